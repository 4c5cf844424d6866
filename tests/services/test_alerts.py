"""What waits for a person is told to the operators, once each, and stays listed until it is seen to."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from outcomes import workflow
from outcomes.delivery import deliver
from outcomes.errors import SafetyRefusal, SetupError
from outcomes.intake.entering import arrival
from outcomes.intake.names import SubmissionName
from outcomes.ledger import Arrival, Edition, Event, Ledger
from outcomes.ledger.submissions import ANSWER, note_arrivals
from outcomes.settings import Settings
from outcomes.workflow.telling import NOBODY, enter_hold, held
from services.delivery_examples import STOKE, an_edition, three_letters
from services.mail_server import DROP_AFTER_ACCEPTANCE, MailServer

OPERATORS = "outcomes-operators@stp.example"


@pytest.fixture
def settings(ledger_url: str, mail_server: MailServer) -> Settings:
    return Settings.load(**mail_server.settings(), database_url=ledger_url)


@pytest.fixture
def ledger(settings: Settings) -> Iterator[Ledger]:
    opened = Ledger(settings.database_url)
    yield opened
    opened.close()


def rendered(ledger: Ledger, days_ago: float, **edition: object) -> int:
    """An edition whose scorecards were made so many days ago."""
    made = an_edition(ledger, decision=None, **edition)  # type: ignore[arg-type]
    moment = datetime.now(UTC) - timedelta(days=days_ago)
    with ledger.session() as session:
        session.execute(update(Edition).where(Edition.id == made).values(files={}, rendered_at=moment))
    return made


def kinds(settings: Settings) -> list[str]:
    return [alert.kind for alert in workflow.alerts(settings)]


def mails(mail_server: MailServer) -> list[str]:
    return [received.message.get_content() for received in mail_server.to(OPERATORS)]


def test_where_nothing_waits_nothing_is_told(settings: Settings, ledger: Ledger, mail_server: MailServer) -> None:
    deliver(ledger, settings, an_edition(ledger), three_letters())
    assert workflow.alerts(settings) == []
    assert workflow.tell(settings) == []
    assert mails(mail_server) == []


def test_an_unknown_and_a_refused_letter_are_told_once_in_one_mail(
    settings: Settings, ledger: Ledger, mail_server: MailServer
) -> None:
    mail_server.faults, mail_server.refused = [DROP_AFTER_ACCEPTANCE], {"lead@stafford.example": "550 5.1.1 Nobody"}
    deliver(ledger, settings, an_edition(ledger), three_letters())

    told = workflow.tell(settings)

    assert [alert.kind for alert in told] == ["delivery unknown", "delivery refused"]
    (mail,) = mails(mail_server)
    assert "Delivery 1 (05W, edition 1 of 2018-04) is unknown: `outcomes deliveries` says why" in mail
    assert "Delivery 2 (05V, edition 1 of 2018-04) is refused" in mail
    assert "@" not in mail
    (received,) = mail_server.to(OPERATORS)
    assert received.message["Subject"] == "Outcome measures: 2 things wait for a person"

    assert workflow.tell(settings) == []
    assert len(mails(mail_server)) == 1
    with ledger.session() as session:
        entered = session.query(Event.kind, Event.subject).filter(Event.kind.like("alert%")).order_by(Event.id).all()
    assert [tuple(entry) for entry in entered] == [
        ("alert", "delivery 1, attempt 1, unknown"),
        ("alert", "delivery 2, attempt 1, refused"),
        ("alert_told", "delivery 1, attempt 1, unknown"),
        ("alert_told", "delivery 2, attempt 1, refused"),
    ]


def test_what_a_person_saw_to_is_listed_no_more_and_what_fails_again_is_told_again(
    settings: Settings, ledger: Ledger, mail_server: MailServer
) -> None:
    edition = an_edition(ledger)
    mail_server.refused = {STOKE: "550 5.1.1 Nobody"}
    deliver(ledger, settings, edition, three_letters())
    workflow.tell(settings)
    workflow.resend(settings, 1, person="Ann Lead", reason="The mailbox is there now.")
    assert kinds(settings) == []

    deliver(ledger, settings, edition, three_letters())
    assert [alert.about for alert in workflow.tell(settings)] == ["delivery 1, attempt 2, refused"]


def test_an_edition_that_is_held_is_told_until_the_same_goes_well(
    settings: Settings, ledger: Ledger, mail_server: MailServer
) -> None:
    def release(refused: str) -> None:
        with held(settings, "release of 2018-04"):
            if refused:
                raise SafetyRefusal(refused)

    for _ in range(2):
        with pytest.raises(SafetyRefusal):
            release("Nothing was released: a reader could narrow a count.")
    (alert,) = workflow.tell(settings)
    assert (alert.kind, alert.why) == ("held", "Nothing was released: a reader could narrow a count.")
    assert mails(mail_server)[0].startswith("Release of 2018-04 is held: it was refused for safety.")
    assert "narrow" not in mails(mail_server)[0]

    release("")
    assert kinds(settings) == []
    with pytest.raises(SafetyRefusal):
        release("Once more.")
    assert len(workflow.tell(settings)) == 1


def test_what_holds_an_edition_is_past_once_there_is_a_later_one(settings: Settings, ledger: Ledger) -> None:
    an_edition(ledger)
    enter_hold(settings, "edition 1 of 2018-04", "It leaks.")
    assert kinds(settings) == ["held"]
    an_edition(ledger, number=2)
    assert kinds(settings) == []


def test_a_question_nobody_answers_is_told_before_and_after_its_time(
    settings: Settings, ledger: Ledger, mail_server: MailServer
) -> None:
    edition = rendered(ledger, days_ago=9)
    assert workflow.tell(settings) == []

    for days, said in ((11, "waits for approval until"), (15, "was not decided on within 14 days, so it was not sent")):
        with ledger.session() as session:
            session.execute(update(Edition).values(rendered_at=datetime.now(UTC) - timedelta(days=days)))
        (alert,) = workflow.tell(settings)
        assert f"Edition 1 of 2018-04 {said}" in alert.sentence
        assert workflow.tell(settings) == []
    assert len(mails(mail_server)) == 2

    # Airflow enters the refusal; that is no person's decision.
    workflow.approve(settings, "2018-04", person=NOBODY, decision="refused", reason="no answer within 14 days")
    assert kinds(settings) == ["approval late"]
    workflow.approve(settings, "2018-04", person="Ann Lead", decision="refused", reason="One CCG is missing.")
    assert kinds(settings) == []
    assert edition


def test_an_extract_whose_answer_on_objections_does_not_come_is_told_while_it_can_still_be_had(
    settings: Settings, ledger: Ledger
) -> None:
    name = SubmissionName.parse("deaths_05W_2018-04_1.csv")
    assert name

    def look(days_ago: float, missing: str) -> None:
        """What a look at the mailbox finds; what was found before is so many days old."""
        with ledger.session() as session:
            note_arrivals(session, "mailbox", None, [arrival("mailbox", name, missing)])
            session.flush()
            session.execute(update(Arrival).values(noted_at=datetime.now(UTC) - timedelta(days=days_ago)))

    look(9, "manifest")
    assert kinds(settings) == []
    look(2.9, ANSWER)
    assert kinds(settings) == []
    look(3.1, ANSWER)
    (alert,) = workflow.tell(settings)
    assert alert.kind == "objections late"
    assert "deaths_05W_2018-04_1.csv has waited for the answer on objections since" in alert.sentence
    # Each look notes it anew, and it still waits since the first: told once.
    with ledger.session() as session:
        note_arrivals(session, "mailbox", ["05W"], [arrival("mailbox", name, ANSWER)])
    assert kinds(settings) == ["objections late"]
    assert workflow.tell(settings) == []
    with ledger.session() as session:
        note_arrivals(session, "mailbox", None, [])
    assert kinds(settings) == []


def test_only_the_latest_edition_of_a_month_is_waited_for(settings: Settings, ledger: Ledger) -> None:
    rendered(ledger, days_ago=40)
    rendered(ledger, days_ago=1, number=2)
    assert kinds(settings) == []


def test_without_a_relay_an_alert_is_entered_and_told_later(
    settings: Settings, ledger: Ledger, mail_server: MailServer
) -> None:
    enter_hold(settings, "release of 2018-04", "It leaks.")
    with pytest.raises(SetupError, match="no mail relay"):
        workflow.tell(Settings.load(database_url=settings.database_url))
    mail_server.refused = {OPERATORS: "550 5.1.1 Nobody"}
    with pytest.raises(SetupError, match=r"The operators cannot be told .*check alerts\.tell in the policy"):
        workflow.tell(settings)
    mail_server.refused = {}
    assert len(workflow.tell(settings)) == 1
    with ledger.session() as session:
        assert session.query(Event).filter_by(kind="alert").count() == 1


def test_where_nobody_is_to_be_told_alerts_are_listed(settings: Settings, ledger: Ledger, tmp_path: Path) -> None:
    shipped = Path(__file__).parents[2] / "config" / "policy.toml"
    policy = tmp_path / "policy.toml"
    policy.write_text(shipped.read_text("utf-8").replace(f'["{OPERATORS}"]', "[]"))
    alone = Settings.load(database_url=settings.database_url, policy=policy)
    enter_hold(alone, "release of 2018-04", "It leaks.")
    assert workflow.tell(alone) == []
    assert kinds(alone) == ["held"]
