"""Sources: what the list of organisations may say of them, the quarantine, and files that are not whole yet."""

import fcntl
import os
import re
from hashlib import sha256
from pathlib import Path

import pytest

from outcomes.definitions.shipped import shipped
from outcomes.errors import SetupError
from outcomes.intake import inbox
from outcomes.intake.sources.configured import source_of, sources
from outcomes.intake.sources.connections import Connection, FromSettings
from outcomes.intake.sources.quarantine import Quarantine
from outcomes.organisations import Partnership, partnership
from outcomes.settings import Settings
from shell import KEY, Shell
from unit.intake.suppliers import Desk, as_csv
from unit.intake.valid_records import many

FILE = "deaths_05W_2018-04_{}.csv"
GOOD = as_csv(many("deaths", 20))


def organisations(tmp_path: Path, **entries: str) -> Partnership:
    """The shipped organisations with `source = …` as given for some."""
    text = shipped("config/organisations.toml").read_text("utf-8")
    for code, entry in entries.items():
        text = text.replace(f'code = "{code[1:]}"\n', f'code = "{code[1:]}"\nsource = {entry}\n')
    file = tmp_path / f"organisations-{len(list(tmp_path.iterdir()))}.toml"
    file.write_text(text, encoding="utf-8")
    return partnership(file)


class TestConfigured:
    """`_05W` stands for the supplier 05W."""

    @pytest.mark.parametrize(
        ("entry", "fault"),
        [
            ('{ kind = "ftp", connection = "a", path = "/x" }', "of kind 'ftp', not folder, sftp, s3 or mesh"),
            ('{ connection = "a", path = "/x" }', "kind folder has a path and nothing else"),
            ('{ kind = "sftp", connection = "a" }', "kind sftp needs a path"),
            ('{ kind = "sftp", path = "/x" }', "kind sftp needs a connection"),
            ('{ kind = "s3", connection = "a", path = "bucket/x" }', "not written like s3://bucket/folder"),
            ('{ kind = "mesh", connection = "a", mailbox = "../x" }', "not a mailbox's id"),
            ('{ kind = "mesh", connection = "a", mailbox = 12 }', "needs a mailbox in quotation marks"),
            ('{ kind = "sftp", connection = "a", path = "/x", password = "p" }', "password"),
        ],
    )
    def test_a_source_that_cannot_be_is_refused(self, tmp_path: Path, entry: str, fault: str) -> None:
        with pytest.raises(SetupError, match=re.escape(fault)):
            organisations(tmp_path, _05W=entry)

    def test_the_examples_of_the_documentation_can_be_used(self, tmp_path: Path) -> None:
        examples = re.findall(r"^source = (.+)$", Path("docs/sources.md").read_text("utf-8"), flags=re.MULTILINE)
        kinds = [organisations(tmp_path, _RJE=example).by_code["RJE"].source.kind for example in examples]
        assert kinds == ["folder", "sftp", "s3", "mesh"]

    def test_two_suppliers_cannot_share_a_mailbox(self, tmp_path: Path) -> None:
        same = '{ kind = "mesh", connection = "a", mailbox = "X26" }'
        with pytest.raises(SetupError, match="gives two suppliers the same mailbox"):
            organisations(tmp_path, _05W=same, _RJE=same)

    def test_every_supplier_is_looked_for_where_it_sends_and_nowhere_else(self, tmp_path: Path) -> None:
        known = organisations(
            tmp_path,
            _05W='{ kind = "mesh", connection = "m", mailbox = "X26" }',
            _RJE='{ kind = "sftp", connection = "t", path = "/outgoing" }',
            _HDM='{ kind = "s3", connection = "s", path = "s3://bucket/in" }',
            _HKH=f'{{ kind = "folder", path = "{tmp_path}" }}',
        )
        ways = FromSettings(Settings.load(home=tmp_path))
        found = [(of, source.name) for of, source in sources(known, ways, tmp_path / "inbox", tmp_path / "q")]
        assert found == [
            (None, str(tmp_path / "inbox")),
            (["05W"], "mesh m:X26"),
            (["RJE"], "sftp t:/outgoing"),
            (["HDM"], "s3 s:bucket/in"),
            (["HKH"], str(tmp_path)),
        ]
        (only,) = sources(known, ways, tmp_path / "inbox", tmp_path / "q", ["RJE"])
        assert only[1].name == "sftp t:/outgoing"
        (common,) = sources(known, ways, tmp_path / "inbox", tmp_path / "q", ["04Y"])
        assert common[1].name == str(tmp_path / "inbox")
        # One look at the common folder for all that send there, and none where nobody asked about does.
        both = [of for of, _ in sources(known, ways, tmp_path / "inbox", tmp_path / "q", ["RJE", "04Y", "05D"])]
        assert both == [["04Y", "05D"], ["RJE"]]

    def test_a_connection_that_is_not_there_is_named(self, tmp_path: Path) -> None:
        known = organisations(tmp_path, _05W='{ kind = "mesh", connection = "m", mailbox = "X26" }')
        source = source_of(known.by_code["05W"], known, FromSettings(Settings.load(home=tmp_path)), tmp_path / "q")
        with source, pytest.raises(SetupError, match="There is no connection m"):
            source.look()


class TestConnections:
    def test_they_are_read_from_the_settings_file_too_and_never_shown(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        file = tmp_path / "settings.toml"
        file.write_text(
            '[outcomes_connections.trust]\nhost = "h"\nport = 22\nlogin = "l"\npassword = "secret word"\n'
            '[outcomes_connections.trust.extra]\nprivate_key = "secret key"\n'
        )
        monkeypatch.setenv("OUTCOMES_CONFIG", str(file))
        settings = Settings.load(home=tmp_path)
        connection = FromSettings(settings).get("trust")
        assert (connection.host, connection.port, connection.password) == ("h", 22, "secret word")
        assert (
            "secret" not in f"{settings!r} {settings.connections!r} {connection!r} {Connection('x', password='secret')}"
        )

    @pytest.mark.parametrize("given", ["not JSON", '{"trust": {"port": "secret"}}', '{"trust": {"secret": 1}}'])
    def test_what_cannot_be_read_is_one_sentence_without_what_was_given(self, tmp_path: Path, given: str) -> None:
        ran = Shell(tmp_path, {"OUTCOMES_PSEUDONYM_KEY": KEY, "OUTCOMES_CONNECTIONS": given})("doctor")
        assert ran.says(3, "OUTCOMES_CONNECTIONS")
        assert "secret" not in ran.err.replace("trust.secret", "")


class TestQuarantine:
    def test_a_file_is_there_whole_or_not_at_all_and_gone_at_the_end(self, tmp_path: Path) -> None:
        with Quarantine(tmp_path / "q") as quarantine:
            with quarantine.receiving() as (target, whole):
                target.write(b"all of it")
                assert not whole.exists()
            assert whole.read_bytes() == b"all of it"
            assert oct(quarantine.folder.stat().st_mode & 0o777) == "0o700"
            cut = quarantine.receiving()
            target, _ = cut.__enter__()
            target.write(b"half of it")
            assert not cut.__exit__(EOFError, EOFError(), None)
            assert list(quarantine.folder.iterdir()) == [whole]
        assert list((tmp_path / "q").iterdir()) == []

    def test_what_a_killed_process_left_is_removed_and_what_another_works_on_is_not(self, tmp_path: Path) -> None:
        for name in ("left", "at-work"):
            (tmp_path / "q" / name).mkdir(parents=True)
            (tmp_path / "q" / name / "extract").write_bytes(GOOD)
        descriptor = os.open(tmp_path / "q" / "at-work", os.O_RDONLY)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        with Quarantine(tmp_path / "q"):
            assert not (tmp_path / "q" / "left").exists()
            assert (tmp_path / "q" / "at-work" / "extract").exists()
        os.close(descriptor)


class TestNotWholeYet:
    def test_a_file_that_changes_while_it_is_read_is_still_arriving(
        self, desk: Desk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        desk.put(FILE.format(1), GOOD)
        file = desk.inbox / FILE.format(1)
        status = os.fstat

        def grown(descriptor: int) -> os.stat_result:
            seen = status(descriptor)
            with file.open("ab") as more:
                more.write(b"\n")
            return seen

        monkeypatch.setattr(inbox.os, "fstat", grown)
        receipt = desk.receive()
        assert receipt.arriving == (f"{FILE.format(1)} (its rest is missing)",)
        monkeypatch.undo()
        assert [line[1] for line in desk.status()] == ["arriving"]
        desk.put(FILE.format(1), GOOD)
        assert desk.receive().accepted == 1
        assert [line[1] for line in desk.status()] == ["accepted"]

    @pytest.mark.parametrize("told", [b"", b"\xff\xfe", b"0" * 64])
    def test_a_file_against_its_sha256_is_left_alone(self, desk: Desk, told: bytes) -> None:
        desk.put(FILE.format(1), GOOD)
        (desk.inbox / f"{FILE.format(1)}.sha256").write_bytes(told)
        receipt = desk.receive()
        assert (receipt.arriving, receipt.other) == ((f"{FILE.format(1)} (its rest is missing)",), ())
        (desk.inbox / f"{FILE.format(1)}.sha256").write_text(sha256(GOOD).hexdigest())
        assert desk.receive().accepted == 1

    def test_a_sha256_does_not_stand_for_the_manifest(self, desk: Desk) -> None:
        desk.put(FILE.format(1), GOOD, manifest=None)
        (desk.inbox / f"{FILE.format(1)}.sha256").write_text(sha256(GOOD).hexdigest())
        assert desk.receive().arriving == (f"{FILE.format(1)} (its manifest is missing)",)
