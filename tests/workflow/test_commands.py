"""Every command as documented: its options, what it says when something is wrong, and with which exit code."""

import csv
import io
import json
import os
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from outcomes import workflow
from outcomes.cli import app
from outcomes.settings import Settings
from services.mail_server import DROP_AFTER_ACCEPTANCE, MailServer
from shell import KEY, LONG, MONTH, Shell, manifest

ROOT = Path(__file__).resolve().parents[2]
Copied = Callable[[Shell], Shell]

# interfaces.md, "Commands": what each command takes. `approve` is needed beside them where Airflow does not ask.
COMMANDS = {
    "synth": {"DIR", "--from", "--to", "--scale", "--seed"},
    "check": {"FILE…", "--to"},
    "receive": {"--inbox", "--as-of"},
    "status": {"--period", "--late", "--format"},
    "compute": {"--to"},
    "figures": {"--measure", "--left-out", "--format"},
    "release": {"--period"},
    "released": {"--period", "--edition", "--format"},
    "render": {"--period", "--edition", "--large-print"},
    "comment": {"MEASURE", "WORDS", "--period", "--by", "--area"},
    "agree": {"WORDS", "--period", "--owner", "--due", "--by", "--area"},
    "settle": {"NUMBER", "STATE", "--by", "--words"},
    "actions": {"--area", "--format"},
    "approve": {"--period", "--edition", "--by", "--refuse", "--reason"},
    "deliver": {"--period", "--edition", "--area", "--now", "--format"},
    "deliveries": {"--period", "--edition", "--format"},
    "resend": {"--delivery", "--period", "--edition", "--recipient", "--by", "--reason", "--although-sent"},
    "arrived": {"--delivery", "--period", "--edition", "--recipient", "--by", "--reason"},
    "alerts": {"--tell", "--format"},
    "backfill": {"--ccg", "--from", "--to", "--reason", "--preview", "--by"},
    "backfills": {"--ccg", "--format"},
    "chase": {"--as-of", "--format"},
    "explain": {"MEASURE", "AREA", "PERIOD", "--edition"},
    "audit": {"--period"},
    "withdraw": {"SUBMISSION", "--reason", "--by", "--authority"},
    "rekey": {"--from", "--by"},
    "retain": {"--dry-run", "--by", "--format"},
    "hold": {"WHAT", "--reason", "--by"},
    "lift": {"NUMBER", "--reason", "--by"},
    "holds": {"--format"},
    "trail": {"--verify", "--holds", "--since", "--about", "--format"},
    "maturity": {"--period", "--format"},
    "equity": {"--period", "--format"},
    "revisions": {"--computation", "--format"},
    "measures": set(),
    "feeds": set(),
    "doctor": set(),
}
STATUS = "feed,supplier,period,sequence,outcome,rows,rejected_records,in_force"
FIGURES = "measure,area,grain,period,stratum,stratum_value,denominator,numerator,value,lower,upper,state"


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """A new installation that has received nothing."""
    return Shell(tmp_path / "home", {"OUTCOMES_PSEUDONYM_KEY": KEY})


@pytest.fixture(scope="session")
def deaths(extracts: Path) -> Path:
    """A supplier's file as it should be."""
    return extracts / f"deaths_05W_{MONTH}_1.csv"


# What there is


def test_the_commands_are_those_of_the_interface() -> None:
    assert {c.name or c.callback.__name__ for c in app.registered_commands if c.callback} == set(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_has_its_options_and_explains_itself(shell: Shell, command: str) -> None:
    said = shell.do(command, "--help")
    assert said.err == ""
    usage, purpose = [" ".join(part.split()) for part in said.out.strip().split("\n\n")[:2]]
    assert usage.startswith(f"Usage: outcomes {command}")
    assert purpose.endswith((".", "rejected"))
    missing = {word for word in COMMANDS[command] if word not in said.out}
    assert not missing


@pytest.mark.parametrize("words", [[], ["--help"]])
def test_without_words_it_lists_the_commands(shell: Shell, words: list[str]) -> None:
    said = shell.do(*words)
    assert [command for command in COMMANDS if f"\n  {command} " not in said.out] == []


@pytest.mark.parametrize("command", [c for c in COMMANDS if c != "doctor"])
def test_a_command_is_also_a_function(command: str) -> None:
    assert callable(getattr(workflow, command))


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_is_documented(command: str) -> None:
    assert f"`outcomes {command}" in (ROOT / "docs" / "operating.md").read_text("utf-8")


@pytest.mark.parametrize("name", ["config", *Settings.model_fields])
def test_a_setting_is_documented(name: str) -> None:
    assert f"`OUTCOMES_{name.upper()}`" in (ROOT / "docs" / "operating.md").read_text("utf-8")


# What a program reads


def test_status_has_the_documented_columns(landed: Shell) -> None:
    lines = landed.do("status", "--period", MONTH, "--format", "csv")
    assert lines.out.splitlines()[0] == STATUS
    assert len(lines.rows) == 41
    (first,) = [r for r in lines.rows if (r["feed"], r["supplier"]) == ("deaths", "05W")]
    assert (first["period"], first["sequence"]) == (MONTH, "2")
    assert (first["outcome"], first["in_force"]) == ("accepted", "yes")
    assert int(first["rows"]) > int(first["rejected_records"]) >= 0


@pytest.mark.parametrize("missing", ["its manifest", "its file"])
def test_status_shows_what_is_arriving(shell: Shell, deaths: Path, tmp_path: Path, missing: str) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    shutil.copy(deaths if missing == "its manifest" else f"{deaths}.manifest.json", inbox)
    said = shell.do("receive", "--inbox", inbox).out
    assert f"{deaths.name} ({missing} is missing): still arriving" in said
    (line,) = shell.do("status", "--format", "csv").out.splitlines()[1:]
    assert line == f"deaths,05W,{MONTH},1,arriving,,,no"


def test_figures_are_said_to_be_sensitive(computed: Shell) -> None:
    ran = computed.do("figures", "--measure", "deaths_in_hospital", "--format", "csv")
    assert "unreleased and sensitive" in ran.err
    assert ran.out.splitlines()[0] == FIGURES
    (row,) = [
        r
        for r in ran.rows
        if (r["area"], r["grain"], r["period"], r["stratum"]) == ("QNC", "rolling-12", "2018-03", "all")
    ]
    n, x = int(row["denominator"]), int(row["numerator"])
    assert float(row["value"]) == 100 * x / n
    assert float(row["lower"]) < float(row["value"]) < float(row["upper"])
    assert {r["measure"] for r in ran.rows} == {"deaths_in_hospital"}
    assert {r["state"] for r in ran.rows} <= {"counted", "no_cases", "not_submitted", "provisional"}


def test_released_has_the_same_columns_and_only_rounded_or_withheld_counts(published: Shell) -> None:
    ran = published.do("released", "--period", MONTH, "--edition", "1", "--format", "csv")
    assert ran.out.splitlines()[0] == FIGURES
    assert {r["state"] for r in ran.rows} <= {"shown", "suppressed", "not_submitted", "no_cases"}
    counts = {r[c] for r in ran.rows for c in ("numerator", "denominator")} - {"", "[c]"}
    assert counts
    assert all(int(count) % 5 == 0 for count in counts)


@pytest.mark.parametrize(
    "words",
    [
        ("status",),
        ("figures", "--measure", "deaths_in_hospital"),
        ("released", "--period", MONTH),
        ("measures",),
        ("feeds",),
    ],
)
def test_the_three_formats_say_the_same(published: Shell, words: tuple[str, ...]) -> None:
    as_csv = published.do(*words, "--format", "csv").rows
    as_json = json.loads(published.do(*words, "--format", "json").out)
    assert [list(entry) for entry in as_json] == [list(row) for row in as_csv]
    written = ["" if v is None else str(v) for entry in as_json for v in entry.values()]
    assert written == [v for row in as_csv for v in row.values()]
    table = published.do(*words, "--format", "table").out.splitlines()
    assert table[0].split() == list(as_csv[0])
    assert len(table) == 1 + len(as_csv)


# What is wrong with the input


def spoiled(deaths: Path, folder: Path, how: str) -> Path:
    """An inbox with one file that cannot be used."""
    folder.mkdir()
    name = {"unknown supplier": deaths.name.replace("05W", "XXX")}.get(how, deaths.name)
    file, text = folder / name, deaths.read_text("utf-8")
    lines = text.splitlines()
    match how:
        case "missing column":
            table = list(csv.reader(lines))
            gone = table[0].index("sex")
            text = "\n".join(",".join(v for i, v in enumerate(row) if i != gone) for row in table) + "\n"
        case "empty file":
            text = ""
        case "no records":
            text = lines[0] + "\n"
        case "40 % bad":
            table = list(csv.reader(lines))
            for row in table[1::2]:
                row[table[0].index("sex")] = "female"
            out = io.StringIO()
            csv.writer(out).writerows(table)
            text = out.getvalue()
    file.write_bytes(text.encode("utf-16" if how == "UTF-16" else "utf-8"))
    manifest(file, **({"sha256": "0" * 64} if how == "wrong checksum" else {}))
    return file


FAULTS = {
    "wrong checksum": "SHA-256",
    "missing column": "sex",
    "unknown supplier": "XXX",
    "empty file": "empty",
    "no records": "no records",
    "UTF-16": "UTF-8",
    "40 % bad": "%",
}


@pytest.mark.parametrize("how", FAULTS)
def test_a_file_that_cannot_be_used_is_named_with_what_to_do(
    shell: Shell, deaths: Path, tmp_path: Path, how: str
) -> None:
    file = spoiled(deaths, tmp_path / "inbox", how)
    ran = shell("receive", "--inbox", file.parent)
    assert ran.says(1, "Nothing could be read")
    sentence = ran.out.splitlines()[0]
    assert sentence.startswith(f"{file.name}: REJECTED: ")
    assert FAULTS[how] in sentence
    (line,) = shell.do("status", "--format", "csv").rows
    assert (line["outcome"], line["in_force"]) == ("file_rejected", "no")

    checked = shell("check", file)
    assert checked.code == 1
    assert checked.err == ""
    assert "REJECTED" in checked.out
    assert FAULTS[how] in checked.out


def test_a_check_writes_the_reports_files_where_it_is_told(shell: Shell, deaths: Path, tmp_path: Path) -> None:
    file = spoiled(deaths, tmp_path / "inbox", "40 % bad")
    checked = shell("check", file, "--to", tmp_path / "report")
    assert checked.code == 1
    assert f"Open {tmp_path / 'report' / file.name}.html" in checked.out
    written = {p.name for p in (tmp_path / "report").iterdir()}
    assert written == {f"{file.name}.{suffix}" for suffix in ("html", "xlsx", "csv", "txt")}


def test_a_rejected_file_holds_up_no_other(shell: Shell, deaths: Path, tmp_path: Path) -> None:
    file = spoiled(deaths, tmp_path / "inbox", "40 % bad")
    for part in deaths.parent.glob(f"deaths_05V_{MONTH}_1.csv*"):
        shutil.copy(part, file.parent)
    ran = shell.do("receive", "--inbox", file.parent)
    assert "1 accepted" in ran.out
    assert "1 rejected" in ran.out
    assert ran.err == ""


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (["status", "--period", "April"], "April"),
        (["release", "--period", "2018-13"], "2018-13"),
        (["release", "--period", "2019-01"], "2019-01"),
        (["released", "--period", "2018-05"], "outcomes release --period 2018-05"),
        (["released", "--period", MONTH, "--edition", "7"], "edition 7"),
        (["render", "--period", "2018-05"], "outcomes release --period 2018-05"),
        (["deliver", "--period", "2018-05"], "outcomes release --period 2018-05"),
        (["deliver", "--area", "05W"], "--period"),
        (["deliver", "--period", MONTH, "--area", "XXX"], "XXX"),
        (["resend", "--by", "Jo", "--reason", "lost"], "--delivery"),
        (["arrived", "--by", "Jo", "--reason", "there", "--delivery", "7"], "outcomes deliveries"),
        (["approve", "--period", MONTH, "--by", " "], "name"),
        (["figures", "--measure", "happiness"], "happiness"),
        (["status", "--format", "pdf"], "pdf"),
        (["receive", "--as-of", "yesterday"], "yesterday"),
        (["receive", "--inbox", "/nowhere"], "/nowhere"),
        (["receive", "--supplier", "XXX"], "XXX"),
        (["compute", "--to", "1999-01"], "1999-01"),
        (["check", "/nowhere/deaths_05W_2018-04_1.csv"], "/nowhere"),
        (["check", "notes.txt"], "notes.txt"),
        (["synth", "/dev/null/here", "--from", "2018-04", "--to", "2018-04"], "/dev/null"),
        (["synth", "here", "--from", "2018-04", "--to", "2018-01"], "2018-01"),
        (["release"], "--period"),
        (["publish"], "publish"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_slip_is_one_sentence(published: Shell, words: list[str], fault: str) -> None:
    assert published(*words).says(1, fault)


def test_a_month_that_is_not_computed_cannot_be_released(landed: Shell) -> None:
    assert landed("release", "--period", MONTH).says(1, MONTH, "outcomes compute")


def test_compute_with_nothing_received_says_so(shell: Shell) -> None:
    assert shell("compute").says(1, "receive")


def test_deliver_waits_for_rendering_and_for_a_person(computed: Shell, copied: Copied, mail_server: MailServer) -> None:
    shell = copied(computed).set(**{name: str(value) for name, value in mail_server.settings().items()})
    shell.do("release", "--period", MONTH)
    assert shell("approve", "--period", MONTH, "--by", "Jo Example").says(1, "not rendered")
    assert shell("deliver", "--period", MONTH).says(1, "outcomes render")
    assert mail_server.got == []


def test_deliver_waits_for_an_approval_and_obeys_a_refusal(
    published: Shell, copied: Copied, mail_server: MailServer
) -> None:
    shell = copied(published).set(**{name: str(value) for name, value in mail_server.settings().items()})
    assert shell("deliver", "--period", MONTH).says(2, "approv")
    said = shell.do("approve", "--period", MONTH, "--by", "Jo Example", "--refuse", "--reason", "One CCG is missing.")
    assert said.out == f"Edition 1 of {MONTH} is refused by Jo Example.\n"
    assert shell("deliver", "--period", MONTH).says(2, "refused")
    assert mail_server.got == []


def test_letters_that_wait_are_sent_by_a_later_run_and_what_is_unknown_by_a_persons_word(
    published: Shell, copied: Copied, mail_server: MailServer
) -> None:
    shell = copied(published).set(**{name: str(value) for name, value in mail_server.settings().items()})
    shell.do("approve", "--period", MONTH, "--by", "Jo Example")
    mail_server.faults = ["451 4.3.0 Try later", DROP_AFTER_ACCEPTANCE]
    ran = shell.do("deliver", "--period", MONTH, "--area", "05W", "--area", "05V", "--format", "csv")
    assert [(row["area"], row["state"]) for row in ran.rows] == [("05V", "queued"), ("05W", "unknown")]
    assert "1 of them could not be handed over: they are tried again from" in ran.err
    # Nothing is due, so nothing is done.
    assert shell.do("deliver", "--format", "csv").rows == []
    assert [row["state"] for row in shell.do("deliver", "--now", "--format", "csv").rows] == ["sent", "unknown"]

    unknown = shell.do("deliveries", "--period", MONTH, "--format", "csv").rows[1]
    assert (unknown["state"], unknown["attempts"], unknown["next_try_at"]) == ("unknown", "1", "")
    told = shell.do("alerts", "--tell", "--format", "csv")
    assert [row["kind"] for row in told.rows] == ["delivery unknown"]
    assert told.err == "1 new of 1 were told to the operators.\n"
    decision = ("--period", MONTH, "--recipient", unknown["recipient"], "--by", "Jo Example", "--reason", "Asked.")
    said = shell.do("resend", *decision).out
    assert said.startswith(f"Delivery {unknown['number']} is queued again")
    assert shell("arrived", *decision).says(1, "is queued, not unknown")
    shell.do("deliver")
    assert shell("resend", *decision).says(2, "--although-sent")
    assert len(mail_server.to(unknown["recipient"])) == 2
    assert shell.do("alerts", "--format", "csv").rows == []


# What is wrong with the set-up


def test_without_a_key_nothing_is_landed(shell: Shell, inbox: Path) -> None:
    without = shell.set(pseudonym_key=None)
    assert without("receive", "--inbox", inbox).says(3, "OUTCOMES_PSEUDONYM_KEY", "openssl rand -hex 32")
    assert not (shell.home / "lake").exists()


@pytest.mark.parametrize("key", ["short", "5f5f", "zz" * 32])
def test_a_key_that_is_none_is_not_repeated(shell: Shell, key: str) -> None:
    ran = shell.set(pseudonym_key=key)("status")
    assert ran.says(3, "OUTCOMES_PSEUDONYM_KEY")
    assert key not in ran.err


def test_another_key_than_the_lakes_is_refused(landed: Shell, inbox: Path) -> None:
    assert landed.set(pseudonym_key="6e" * 32)("receive", "--inbox", inbox).says(3, "OUTCOMES_PSEUDONYM_KEY")


def test_a_relay_that_does_not_answer_leaves_the_letters_queued(published: Shell, copied: Copied) -> None:
    shell = copied(published).set(smtp_host="localhost", smtp_port="9", smtp_security="none")
    shell.do("approve", "--period", MONTH, "--by", "Jo Example")
    assert shell("deliver", "--period", MONTH).says(3, "localhost port 9", "stay queued")
    assert shell.set(smtp_host=None)("deliver", "--period", MONTH, "--now").says(3, "OUTCOMES_SMTP_HOST")


def test_a_lake_that_cannot_be_written(shell: Shell, deaths: Path, tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    for part in deaths.parent.glob(f"{deaths.name}*"):
        shutil.copy(part, inbox)
    (tmp_path / "a-file").touch()
    assert shell.set(lake=str(tmp_path / "a-file" / "lake"))("receive", "--inbox", inbox).says(3, "OUTCOMES_LAKE")
    assert shell.do("status", "--format", "csv").rows == []
    assert "1 accepted" in shell.do("receive", "--inbox", inbox).out


@pytest.mark.weasyprint
def test_publications_that_cannot_be_written(published: Shell, tmp_path: Path) -> None:
    (tmp_path / "a-file").touch()
    ran = published.set(publications=str(tmp_path / "a-file"))("render", "--period", MONTH)
    assert ran.says(3, str(tmp_path / "a-file"), "writable")


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg://outcomes:hush@127.0.0.1:9/outcomes",
        "nonsense",
        "mysql://db/outcomes",
        "sqlite:////dev/null/ledger.sqlite",
    ],
)
def test_a_database_that_cannot_be_opened(shell: Shell, url: str) -> None:
    ran = shell.set(database_url=url)("status")
    assert ran.says(3, "OUTCOMES_DATABASE_URL")
    assert "hush" not in ran.err


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("outcomes_home =", "TOML"),
        ('home = "here"', "outcomes_"),
        ('outcomes_hme = "here"', "OUTCOMES_HME"),
        ("outcomes_home = 7", "outcomes_home"),
        ('outcomes_smtp_port = "many"', "OUTCOMES_SMTP_PORT"),
    ],
)
def test_a_settings_file_with_a_slip(shell: Shell, tmp_path: Path, text: str, fault: str) -> None:
    file = tmp_path / "outcomes.toml"
    file.write_text(text)
    assert shell.set(home="", config=str(file))("status").says(3, fault)


def test_the_settings_file_counts_unless_the_environment_says_otherwise(shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "outcomes.toml"
    file.write_text(f'outcomes_database_url = "sqlite:///{tmp_path}/by-file.sqlite"\n')
    shell.set(config=str(file)).do("status")
    assert (tmp_path / "by-file.sqlite").exists()
    shell.set(config=str(file), database_url=f"sqlite:///{tmp_path}/by-environment.sqlite").do("status")
    assert (tmp_path / "by-environment.sqlite").exists()
    assert not (shell.home / "ledger.sqlite").exists()


def test_a_settings_file_that_is_not_there(shell: Shell) -> None:
    assert shell.set(config="/nowhere/outcomes.toml")("status").says(3, "/nowhere/outcomes.toml", "OUTCOMES_CONFIG")


# The doctor


def doctors_lines(out: str) -> dict[str, tuple[str, str]]:
    """What was looked at -> the mark and what is said."""
    lines = [line.split("  ", 1) for line in out.splitlines()]
    return {rest.strip().split(": ", 1)[0]: (mark.strip(), rest.split(": ", 1)[1]) for mark, rest in lines}


def test_the_doctor_finds_a_good_set_up_good(shell: Shell, mail_server: MailServer) -> None:
    shell = shell.set(**{name: str(value) for name, value in mail_server.settings().items()})
    shell.home.mkdir(mode=0o700)
    (shell.home / "inbox").mkdir()
    ran = shell.do("doctor")
    lines = doctors_lines(ran.out)
    assert {mark for mark, _ in lines.values()} == {"ok"}
    assert lines["mail relay"][1].startswith(f"localhost:{mail_server.port} answers")
    assert lines["ledger"][1].startswith("sqlite")
    assert KEY not in ran.out


def test_the_doctor_sees_that_a_lake_is_another_ledgers(computed: Shell, tmp_path: Path) -> None:
    mark, said = doctors_lines(computed("doctor").out)["lake and ledger"]
    assert (mark, said.split(" ", 2)[:2]) == ("ok", ["each", "of"])
    lost = computed.set(database_url=f"sqlite:///{tmp_path / 'new.sqlite'}")
    mark, said = doctors_lines(lost("doctor").out)["lake and ledger"]
    assert mark == "note"
    assert "look at OUTCOMES_DATABASE_URL" in said


@pytest.mark.parametrize("first", [("status",), ("doctor",), ("receive",)])
def test_a_new_home_is_closed_to_others_and_an_open_one_is_noted(shell: Shell, first: tuple[str, ...]) -> None:
    # Also where the ledger, which makes it on SQLite, lies elsewhere.
    elsewhere = shell.home.with_name("ledger.sqlite")
    shell = shell if first == ("status",) else shell.set(database_url=f"sqlite:///{elsewhere}")
    shell(*first)
    assert shell.home.stat().st_mode & 0o077 == 0
    shell.home.chmod(0o755)
    mark, said = doctors_lines(shell("doctor").out)["who can look into the home"]
    assert mark == "note"
    assert said.startswith(f"Every account of this machine can look into {shell.home}")


def test_the_doctor_says_of_everything_missing_what_to_do(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "a-file").touch()
    (tmp_path / "organisations.toml").write_text("this is no TOML")
    ran = shell.set(
        pseudonym_key=None,
        publications=str(tmp_path / "a-file"),
        lake=str(tmp_path / "a-file" / "lake"),
        organisations=str(tmp_path / "organisations.toml"),
    )("doctor")
    assert ran.says(3, "MEND")
    lines = doctors_lines(ran.out)
    to_mend = {what: said for what, (mark, said) in lines.items() if mark == "MEND"}
    assert set(to_mend) == {
        "organisations and recipients",
        "lake",
        "publications folder",
        "inbox",
        "pseudonym key",
        "locked files",
        "mail relay",
    }
    assert "OUTCOMES_PSEUDONYM_KEY" in to_mend["pseudonym key"]
    assert "OUTCOMES_INBOX" in to_mend["inbox"]
    assert "OUTCOMES_SMTP_HOST" in to_mend["mail relay"]
    assert "organisations.toml" in to_mend["organisations and recipients"]


def test_the_doctor_notices_a_password_that_is_agreed_and_not_set(shell: Shell, tmp_path: Path) -> None:
    organisations = (ROOT / "config" / "organisations.toml").read_text("utf-8")
    (tmp_path / "agreed.toml").write_text(organisations.replace('code = "RJE"', 'code = "RJE"\nzip_password = true'))
    shell = shell.set(organisations=str(tmp_path / "agreed.toml"))
    mark, said = doctors_lines(shell("doctor").out)["locked files"]
    assert (mark, "set OUTCOMES_ZIP_PASSWORD_RJE" in said) == ("MEND", True)
    told = doctors_lines(shell.set(zip_password_rje="hush")("doctor").out)["locked files"]
    assert told == ("ok", "can be opened: zips of RJE")


def test_the_doctor_notices_a_broken_database(shell: Shell) -> None:
    ran = shell.set(database_url="postgresql+psycopg://outcomes:hush@127.0.0.1:9/outcomes")("doctor")
    assert ran.code == 3
    assert doctors_lines(ran.out)["ledger"][0] == "MEND"
    assert "hush" not in ran.out


def test_the_doctor_notices_a_relay_that_would_not_take_the_login(shell: Shell) -> None:
    with MailServer(security="none") as server:
        settings = {name: str(value) for name, value in server.settings().items()}
        ran = shell.set(**settings | {"smtp_user": "me", "smtp_password": "hush"})("doctor")
    assert doctors_lines(ran.out)["mail relay"][0] == "MEND"
    assert "unprotected" in doctors_lines(ran.out)["mail relay"][1]
    assert "hush" not in ran.out


# In a process of its own


def test_output_that_nobody_reads_to_its_end_is_no_failure(computed: Shell) -> None:
    process = computed.in_a_process("figures")
    assert process.stdout
    assert process.stderr
    assert process.stdout.readline().rstrip() == FIGURES
    process.stdout.close()
    assert process.stderr.read().splitlines() == [
        "These figures are unreleased and sensitive: exact counts of people. Do not pass them on."
    ]
    assert process.wait(LONG) == 0


def test_output_closed_before_the_first_line_is_no_failure(shell: Shell) -> None:
    reader, writer = os.pipe()
    process = shell.in_a_process("feeds", stdout=writer)
    os.close(reader)
    os.close(writer)
    _, err = process.communicate(timeout=LONG)
    assert (process.returncode, err) == (0, "")


def test_ctrl_c_is_one_sentence_and_nothing_is_lost(shell: Shell, inbox: Path, tmp_path: Path) -> None:
    few = tmp_path / "few"
    few.mkdir()
    for part in inbox.glob("deaths_*_2018-0*"):
        shutil.copy(part, few)
    process = shell.in_a_process("receive", "--inbox", few)
    deadline = time.monotonic() + LONG
    while len(list(shell.home.glob("lake/*/*/*.parquet"))) < 3 and time.monotonic() < deadline:
        time.sleep(0.005)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=LONG)
    assert (process.returncode, out, err) == (130, "", "outcomes: stopped; run it again, nothing is lost.\n")
    assert 2 <= len(shell.do("status", "--format", "csv").rows) < 36
    shell.do("receive", "--inbox", few)
    assert len(shell.do("status", "--format", "csv").rows) == 36


def test_a_ctrl_c_that_falls_into_a_destructor_is_not_lost(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    class Interrupted:
        def __del__(self) -> None:
            signal.raise_signal(signal.SIGINT)

    def slow(*_: object) -> None:
        Interrupted()
        time.sleep(LONG)

    monkeypatch.setattr("outcomes.workflow.extracts.status", slow)
    assert shell("status").says(130, "stopped; run it again, nothing is lost.")


def test_what_nobody_foresaw_is_one_sentence_that_quotes_nothing(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError("Could not convert '9990001112' to a date")

    monkeypatch.setattr("outcomes.workflow.extracts.status", fails)
    ran = shell("status")
    assert ran.says(3, "RuntimeError", "cli/questions.py line", "report this line")
    assert "9990001112" not in ran.err


def test_words_and_actions_are_entered_from_the_shell(shell: Shell) -> None:
    by = ("--by", "Ann Example")
    said = shell.do("comment", "deaths_in_hospital", "Beds were closed.", "--period", MONTH, *by)
    assert "is entered" in said.out
    refused = shell("comment", "deaths_in_hospital", "4 people were moved.", "--period", MONTH, *by)
    assert refused.says(1, "holds a count of 1 to 7 people")
    agreed = shell.do("agree", "Open more", "--period", MONTH, "--owner", "Ben Example", "--due", "2018-09-30", *by)
    assert "Action 1 is entered" in agreed.out
    assert shell.do("settle", "1", "done", "--words", "Since May", *by).out == "Action 1 is done.\n"
    listed = shell.do("actions", "--format", "csv").out.splitlines()
    assert listed == [
        "number,area,period,state,due,owner,words,note",
        f"1,QNC,{MONTH},done,2018-09-30,Ben Example,Open more,Since May",
    ]
