"""Late suppliers are asked by e-mail: their own contact, once for each extract and due day, also when something breaks."""

import re
from pathlib import Path

import pytest
from sqlalchemy import select

from outcomes.definitions.shipped import shipped
from outcomes.ledger import Event, Ledger
from services.conftest import put
from services.mail_server import HOLD, MailServer
from shell import KEY, LONG, Shell
from unit.intake.suppliers import as_csv
from unit.intake.valid_records import many

DATA = as_csv(many("deaths", 20))
CONTACT = {"05W": "data@stoke.example", "RJE": "information@stp.example"}


def with_contacts(file: Path, contacts: dict[str, str]) -> Path:
    text = shipped("config/organisations.toml").read_text("utf-8")
    for code, address in contacts.items():
        text = text.replace(f'code = "{code}"\n', f'code = "{code}"\ncontacts = ["{address}"]\n')
    file.write_text(text, encoding="utf-8")
    return file


@pytest.fixture
def shell(tmp_path: Path, mail_server: MailServer) -> Shell:
    """April is there from two CCGs; two suppliers have a contact."""
    organisations = with_contacts(tmp_path / "organisations.toml", CONTACT)
    relay = {f"OUTCOMES_{name.upper()}": str(value) for name, value in mail_server.settings().items()}
    shell = Shell(
        tmp_path / "home", {"OUTCOMES_PSEUDONYM_KEY": KEY, "OUTCOMES_ORGANISATIONS": str(organisations), **relay}
    )
    for supplier in ("04Y", "05W"):
        put(shell.home / "inbox", f"deaths_{supplier}_2018-04_1.csv", DATA)
    shell.do("receive")
    return shell


def states(shell: Shell, day: str) -> dict[tuple[str, str, str], str]:
    rows = shell.do("chase", "--as-of", day, "--format", "csv").rows
    return {(row["supplier"], row["feed"], row["deadline"]): row["state"] for row in rows}


def chased(shell: Shell) -> list[tuple[str, str]]:
    ledger = Ledger(f"sqlite:///{shell.home / 'ledger.sqlite'}")
    try:
        with ledger.session() as session:
            found = session.scalars(select(Event).where(Event.kind == "supplier chased"))
            return sorted((event.subject, event.detail) for event in found)
    finally:
        ledger.close()


def text_of(mail_server: MailServer, recipient: str) -> list[str]:
    return [str(received.message.get_content()) for received in mail_server.to(recipient)]


def test_each_contact_is_asked_once_for_each_extract_and_due_day(shell: Shell, mail_server: MailServer) -> None:
    assert states(shell, "2018-05-15") == {}
    assert mail_server.got == []
    asked = states(shell, "2018-05-16")
    assert {key[0] for key, state in asked.items() if state == "sent"} == set(CONTACT)
    assert asked["HDM", "hospice_care", "flex"] == "no contact"
    (letter,) = text_of(mail_server, CONTACT["RJE"])
    assert letter.count("the first extract (flex) was due on 15 May 2018") == 2
    assert "Deaths" not in "".join(text_of(mail_server, CONTACT["05W"]))
    for _ in range(2):
        assert states(shell, "2018-05-17") == asked
    assert len(mail_server.got) == 2
    # The next due day is another question: then the deaths' flex no longer does.
    assert states(shell, "2018-06-08")["05W", "deaths", "freeze"] == "sent"
    assert len(text_of(mail_server, CONTACT["05W"])) == 2
    subjects = [subject for subject, _ in chased(shell)]
    assert len(subjects) == len(set(subjects))
    assert ("admissions_RJE_2018-04 flex", "sent") in chased(shell)


def test_what_was_rejected_is_told(shell: Shell, mail_server: MailServer) -> None:
    put(shell.home / "inbox", "ed_attendances_RJE_2018-04_1.csv", b"not,what,was,agreed\n1,2,3,4\n", rows=1)
    shell.do("receive")
    shell.do("chase", "--as-of", "2018-05-16")
    (letter,) = text_of(mail_server, CONTACT["RJE"])
    assert letter.count("see the feedback report") == 1


def test_nobody_is_asked_at_an_address_that_is_not_allowed(
    shell: Shell, mail_server: MailServer, tmp_path: Path
) -> None:
    outside = with_contacts(tmp_path / "outside.toml", {"05W": CONTACT["05W"], "RYA": "someone@elsewhere.example"})
    ran = shell.set(organisations=str(outside))("chase", "--as-of", "2018-05-16")
    assert ran.says(2, "RYA", "elsewhere.example", "a domain that is not allowed")
    assert mail_server.got == []
    assert "MEND  organisations and recipients" in shell.set(organisations=str(outside))("doctor").out


def test_a_letter_put_off_is_sent_the_next_time_and_one_refused_never(shell: Shell, mail_server: MailServer) -> None:
    mail_server.faults = ["451 4.3.0 Try later", "554 5.7.1 No"]
    first = states(shell, "2018-05-16")
    assert (first["05W", "epaccs", "flex"], first["RJE", "admissions", "flex"]) == ("queued", "refused")
    second = states(shell, "2018-05-17")
    assert (second["05W", "epaccs", "flex"], second["RJE", "admissions", "flex"]) == ("sent", "refused")
    assert [len(text_of(mail_server, CONTACT[code])) for code in ("05W", "RJE")] == [1, 0]


def test_killed_while_the_relay_has_a_letter_it_is_not_sent_again(shell: Shell, mail_server: MailServer) -> None:
    mail_server.faults = [HOLD]
    process = shell.begun("chase", "--as-of", "2018-05-16")
    assert mail_server.holding.wait(LONG)
    process.kill()
    process.join(LONG)
    mail_server.release.set()
    for _ in range(2):
        asked = states(shell, "2018-05-16")
        assert asked["05W", "epaccs", "flex"] == "unknown"
        assert asked["RJE", "admissions", "flex"] == "sent"
    assert [len(text_of(mail_server, CONTACT[code])) for code in ("05W", "RJE")] == [1, 1]


def test_a_letter_names_no_path_and_no_number_of_people(shell: Shell, mail_server: MailServer) -> None:
    shell.do("chase", "--as-of", "2018-05-16")
    for received in mail_server.got:
        text = received.content.decode()
        assert str(shell.home) not in text
        assert not re.search(r"\b999\d{7}\b", text)
        assert received.message["Auto-Submitted"] == "auto-generated"
