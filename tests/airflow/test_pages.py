"""The pages: closed to strangers, and what the ledger and the publications say, no more."""

import hashlib
import re
from datetime import UTC, datetime

import pytest
from airflow.api_fastapi.app import create_auth_manager
from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser
from airflow.api_fastapi.core_api.security import get_user
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import delete, event, select
from sqlalchemy.exc import OperationalError

from outcomes.ledger import (
    Approval,
    Arrival,
    Computation,
    Delivery,
    Edition,
    Event,
    Ledger,
    Release,
    Selection,
    Submission,
)
from outcomes.periods import Month, today
from outcomes.settings import Settings
from outcomes.web import records
from outcomes.web.app import app
from outcomes.web.compared import Row, Told
from outcomes.workflow.telling import enter_hold

PAGES = [
    "/",
    "/status/2018-04",
    "/status/2018-04/deaths/04Y",
    "/status/2018-04/deaths/04Y/4",
    "/scorecards",
    "/scorecards/2018-04/1",
    "/scorecards/2018-04/1/scorecard-QNC.pdf",
    "/deliveries",
    "/deliveries/3",
    "/style.css",
    "/fonts/600",
]
FINDINGS = """severity,row,column,letter,code,what,do
file,,,,checksum,The checksum is wrong <b>& so on</b>.,
record,12,sex,C,value,It is none of the values allowed.,Send 1 or 2.
record,17,sex,C,value,It is none of the values allowed.,Send 1 or 2.
"""
PDF = b"%PDF-1.7 as it was sent"
HTML = b"<!DOCTYPE html><title>Scorecard</title>"


def submission(feed: str, supplier: str, sequence: int, outcome: str, **other) -> Submission:
    words = {"status": "freeze", "rows": 1234, "rejected_records": 0, "reason": None} | other
    return Submission(
        feed=feed,
        supplier=supplier,
        period="2018-04",
        sequence=sequence,
        file_name=f"{feed}_{supplier}_2018-04_{sequence}.csv",
        sha256=hashlib.sha256(f"{feed}{supplier}{sequence}".encode()).hexdigest(),
        claimed_sha256="",
        extracted_at=None,
        outcome=outcome,
        uses_sequence=True,
        warnings=0,
        contract_version=1,
        key_id="k",
        lake_file=None,
        lake_sha256=None,
        rejected_file=None,
        received_at=datetime(2018, 5, 10, 6, 2, tzinfo=UTC),
        **words,
    )


@pytest.fixture
def publications(tmp_path, monkeypatch):
    """A ledger and a publications folder with one edition of April 2018."""
    monkeypatch.setenv("OUTCOMES_HOME", str(tmp_path))
    folder = tmp_path / "publications" / "2018-04" / "edition-1"
    folder.mkdir(parents=True)
    files = {
        "scorecard-QNC.pdf": PDF,
        "scorecard-QNC.html": HTML,
        "figures.csv": b"measure\n",
        "measure-reports-QNC.json": b"{}",
    }
    for name, content in files.items():
        (folder / name).write_bytes(content)
    ledger = Ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    with ledger.session() as session:
        session.add_all(
            [
                submission("admissions", "RJE", 1, "accepted", status="flex"),
                submission("admissions", "RJE", 2, "accepted", rejected_records=3),
                submission("ed_attendances", "RJE", 1, "accepted", status="flex"),
                submission("deaths", "04Y", 1, "file_rejected", reason="checksum"),
                submission("deaths", "05D", 1, "accepted"),
                submission("deaths", "05D", 2, "file_rejected", reason="empty"),
                Arrival(
                    source="inbox",
                    file_name="deaths_05W_2018-04_1.csv",
                    feed="deaths",
                    supplier="05W",
                    period="2018-04",
                    sequence=1,
                    missing="manifest",
                ),
                Selection(id="s"),
            ]
        )
        session.flush()
        computation = Computation(
            selection_id="s",
            first_month="2018-04",
            last_month="2018-04",
            code_version="1",
            definitions="1",
            measures={},
            report={},
        )
        session.add(computation)
        session.flush()
        release = Release(period="2018-04", computation_id=computation.id, content_sha256="r")
        session.add(release)
        session.flush()
        edition = Edition(
            period="2018-04",
            number=1,
            release_id=release.id,
            context={"areas": [{"code": "QNC", "name": "Staffordshire"}, {"code": "05W", "name": "Stoke-on-Trent"}]},
            files={name: hashlib.sha256(content).hexdigest() for name, content in files.items()},
            made_at=datetime(2018, 6, 14, 5, 0, tzinfo=UTC),
        )
        session.add(edition)
        session.flush()
        session.add(Approval(edition_id=edition.id, decision="approved", person="Ann Other", reason=""))
        for number, state in enumerate(["sent", "sent", "unknown"]):
            words = {
                "recipient": f"r{number}@stp.example",
                "message_id": f"m{number}",
                "attachment_sha256": "",
                "detail": "",
            }
            session.add(Delivery(edition_id=edition.id, area="QNC", state=state, attempts=1, **words))
    ledger.close()
    report = tmp_path / "feedback" / "2018-04" / f"deaths_04Y_2018-04_1-{hashlib.sha256(b'deaths04Y1').hexdigest()[:8]}"
    report.parent.mkdir(parents=True)
    report.with_suffix(".csv").write_text(FINDINGS, encoding="utf-8")
    report.with_suffix(".txt").write_text("REJECTED", encoding="utf-8")
    return folder


@pytest.fixture
def whole(publications):
    """The pages as Airflow mounts them, with its simple auth manager."""
    create_auth_manager()
    whole = FastAPI()
    whole.mount("/outcomes", app)
    yield whole
    app.dependency_overrides.clear()


@pytest.fixture
def sender(whole):
    """An engineer who may start runs too."""
    app.dependency_overrides[get_user] = lambda: SimpleAuthManagerUser(username="ann", role="USER")
    return TestClient(whole, raise_server_exceptions=False)


@pytest.fixture
def signed_in(whole):
    """An engineer: of the simple auth manager that is everyone who may read DAGs."""
    app.dependency_overrides[get_user] = lambda: SimpleAuthManagerUser(username="ann", role="VIEWER")
    return TestClient(whole, raise_server_exceptions=False)


def get(client: TestClient, page: str):
    return client.get(f"/outcomes{page}")


@pytest.mark.parametrize("page", [*PAGES, "/scorecards/2018-04/1/figures.csv", "/status/nonsense"])
def test_strangers_see_nothing_but_where_to_sign_in(whole, page):
    answer = TestClient(whole).get(f"/outcomes{page}")
    assert answer.status_code == 401
    assert f'<a href="/api/v2/auth/login?next=%2Foutcomes{page.replace("/", "%2F")}">Sign in</a>' in answer.text
    assert "<nav" not in answer.text
    assert "stylesheet" not in answer.text


def test_one_who_is_signed_in_without_rights_is_told_what_to_ask_for(whole):
    app.dependency_overrides[get_user] = lambda: SimpleAuthManagerUser(username="ann", role=None)
    answer = TestClient(whole).get("/outcomes/")
    assert answer.status_code == 403
    assert "You are signed in as ann, and nothing here is open to you: ask whoever runs Airflow" in answer.text


@pytest.mark.parametrize("page", ["/docs", "/redoc", "/openapi.json"])
def test_there_is_no_description_of_the_addresses(signed_in, page):
    assert get(signed_in, page).status_code == 404


@pytest.mark.parametrize("page", PAGES)
def test_every_page_forbids_scripts_and_foreign_content(signed_in, page):
    answer = get(signed_in, page)
    assert answer.status_code == 200
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none';")
    assert "frame-ancestors 'self'" in policy
    assert "script" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    # The letters are the same for everyone; what a page says is nobody else's.
    assert answer.headers["cache-control"] == ("private, max-age=86400" if "/fonts/" in page else "no-store")
    assert b"<script" not in answer.content


def test_status_shows_a_month_in_the_matrix(signed_in):
    text = get(signed_in, "/?to=2018-04").text
    assert "May 2017 to April 2018" in text
    assert "University Hospitals of North Midlands" in text
    assert "2 final, 1 provisional, 489 late, 2 rejected, 1 arriving." in text
    for word in ("Final", "Provisional", "Final late", "Late", "Rejected", "Arriving"):
        assert f">{word}</span>" in text
    assert '<a href="/outcomes/status/2018-04">Apr 2018</a>' in text


def test_a_month_says_what_is_in_force_and_what_is_to_be_mended(signed_in):
    text = get(signed_in, "/status/2018-04").text
    # In force: admissions and A&E attendances of RJE, deaths of 05D; of these the A&E attendances are a first submission.
    assert "<b>3 of 41</b> submissions are in force, 2 of them final." in text
    row = (
        text.split(">Hospital episodes of finished spells</th>")[1]
        .split("University Hospitals of North Midlands")[1]
        .split("</tr>")[0]
    )
    assert '<td class="number">2</td>' in row
    assert '<td class="number">1,234</td>' in row
    assert '<td class="number">3</td>' in row
    assert "10 May 2018, 07:02" in row
    assert "Sequence 1 was rejected: checksum." in text
    assert "Sequence 2 was rejected: empty." in text
    assert "Sequence 1 is arriving: the manifest is not there yet." in text


def test_what_is_not_due_yet_is_expected_and_not_late(signed_in):
    text = get(signed_in, f"/status/{Month.of(today())}").text
    assert ">Expected</span>" in text
    assert ">Late</span>" not in text


def test_the_ledger_is_asked_as_often_however_many_submissions_there_are(signed_in):
    get(signed_in, "/")
    asked = []
    engine = records.ledger(Settings.load().database_url).engine
    event.listen(engine, "before_cursor_execute", lambda *words: asked.append(words[2]))
    get(signed_in, "/?to=2018-04")
    assert len([statement for statement in asked if statement.startswith("SELECT")]) == 2


def test_a_cell_leads_to_all_that_came_and_why_it_was_rejected(signed_in):
    text = get(signed_in, "/status/2018-04/deaths/04Y").text
    assert "Why sequence 1 was rejected" in text
    assert "<b>checksum</b>: The checksum is wrong &lt;b&gt;&amp; so on&lt;/b&gt;." in text
    assert "<b>value</b> in sex: It is none of the values allowed. Send 1 or 2." in text
    assert '<a href="/outcomes/status/2018-04/deaths/04Y/4">Feedback report' in text
    text = get(signed_in, "/status/2018-04/admissions/RJE").text
    assert "Sequence 2 is in force, received 10 May 2018, 07:02." in text
    assert "Accepted, replaced since" in text


def test_a_feedback_report_is_told_by_rule_with_its_rows_and_files(signed_in):
    text = get(signed_in, "/status/2018-04/deaths/04Y/4").text
    assert "Rows 12, 17" in text
    (name,) = re.findall(r"/deaths/04Y/4/([\w.-]+csv)", text)
    file = get(signed_in, f"/status/2018-04/deaths/04Y/4/{name}")
    assert file.text == FINDINGS
    assert file.headers["content-disposition"] == f'attachment; filename="{name}"'


@pytest.mark.parametrize("name", ["other.csv", "..%2F..%2Fledger.sqlite", "deaths_05D_2018-04_2.csv"])
def test_only_the_files_of_that_report_can_be_had(signed_in, name):
    answer = get(signed_in, f"/status/2018-04/deaths/04Y/4/{name}")
    assert answer.status_code == 404
    assert b"SQLite" not in answer.content


@pytest.mark.parametrize("place", ["deaths/RJE", "nonsense/04Y", "deaths/04Y/99", "deaths/04Y/5"])
def test_a_cell_or_report_that_is_not_there_is_not_found(signed_in, place):
    assert get(signed_in, f"/status/2018-04/{place}").status_code == 404


def test_deliveries_say_what_is_unknown_first_and_then_everything(signed_in):
    text = get(signed_in, "/deliveries").text
    assert text.index("1 letter may or may not have arrived") < text.index("<h2>April 2018</h2>")
    assert "r2@stp.example" in text
    assert "2 sent, 1 unknown" in text


def decide(client: TestClient, delivery: int, verb: str, **fields: str):
    """Press a button on the page of a delivery, as a browser does; `ann` has been given the token with another form."""
    token = re.search(r'name="token" value="(\w+)"', get(client, "/deliveries/1").text)
    if token is None:
        token = re.search(r'name="token" value="(\w+)"', get(client, "/deliveries/2").text)
    assert token
    address, headers = f"/outcomes/deliveries/{delivery}/{verb}", {"Origin": "http://testserver"}
    return client.post(address, data={"token": token[1], **fields}, headers=headers)


def test_an_unknown_letter_is_sent_again_by_a_button_in_the_name_of_who_pressed_it(sender):
    assert '<a href="/outcomes/deliveries/3">say what became of it' in get(sender, "/deliveries").text
    assert '<h2 id="arrived">It did arrive</h2>' in get(sender, "/deliveries/3").text
    answer = decide(sender, 3, "resend", reason="The board's office says that nothing came.")
    assert answer.status_code == 200
    assert answer.url.path == "/outcomes/deliveries/3"
    assert ">Queued</span>" in answer.text
    assert "It is on its way" in answer.text
    assert "<td>ann</td><td>again, it was unknown: The board&#39;s office says that nothing came.</td>" in answer.text
    with records.ledger(Settings.load().database_url).session() as session:
        assert (session.get_one(Delivery, 3).state, session.get_one(Delivery, 2).state) == ("queued", "sent")
    # It is on its way: nobody decides on it a second time.
    answer = decide(sender, 3, "arrived", reason="It came.")
    assert answer.status_code == 400
    assert "Delivery 3 is queued, not unknown" in answer.text


def test_an_unknown_letter_that_arrived_is_entered_by_a_button(sender):
    answer = decide(sender, 3, "arrived", reason="The chair has it.")
    assert ">Sent</span>" in answer.text
    assert "It did arrive, says ann: The chair has it." in answer.text
    assert "may or may not have arrived" not in get(sender, "/deliveries").text


def test_what_was_sent_goes_twice_only_where_the_box_is_ticked(sender):
    assert "Send it although it was sent" in get(sender, "/deliveries/1").text
    answer = decide(sender, 1, "resend", reason="They deleted it.")
    assert answer.status_code == 409
    assert "Delivery 1 was sent, so it is not sent again" in answer.text
    answer = decide(sender, 1, "resend", reason="They deleted it.", although_sent="yes")
    assert ">Queued</span>" in answer.text


@pytest.mark.parametrize(
    ("delivery", "reason", "status", "said"),
    [
        (3, " ", 400, "A reason of 1 to 280 letters is needed"),
        (3, "Asked r2@stp.example.", 400, "holds an e-mail address"),
        (3, "About 999 123 4567.", 400, "what looks like an NHS number"),
        (3, "Why\0not.", 400, "A sign in this address or form is none that can be kept"),
        (99, "Why not.", 404, "There is no delivery 99 of an area that is open to you"),
        (10**30, "Why not.", 400, "This address is not one of these pages"),
    ],
)
def test_a_slip_decides_nothing(sender, delivery, reason, status, said):
    for verb in ("resend", "arrived"):
        answer = decide(sender, delivery, verb, reason=reason)
        assert answer.status_code == status
        assert said in answer.text
        assert "999 123" not in answer.text
    assert ">Unknown</span>" in get(sender, "/deliveries/3").text


def test_who_may_only_look_decides_nothing(whole, sender):
    token = re.search(r'name="token" value="(\w+)"', get(sender, "/deliveries/3").text)
    assert token
    app.dependency_overrides[get_user] = lambda: SimpleAuthManagerUser(username="ann", role="VIEWER")
    text = get(sender, "/deliveries/3").text
    assert "<form" not in text
    assert "Send again" not in get(sender, "/deliveries").text
    for verb in ("resend", "arrived"):
        address, headers = f"/outcomes/deliveries/3/{verb}", {"Origin": "http://testserver"}
        answer = sender.post(address, data={"token": token[1], "reason": "Why not."}, headers=headers)
        assert answer.status_code == 403
        assert "You do not decide on the letters of QNC" in answer.text
    assert ">Unknown</span>" in get(sender, "/deliveries/3").text


@pytest.mark.parametrize(
    ("then", "now", "moved", "change"),
    [
        (("45%", "9 of 20", False), ("45%", "9 of 20", False), False, ""),
        (("45%", "9 of 20", True), ("45%", "9 of 20", False), False, "now settled"),
        (("45%", "9 of 20", False), ("50%", "10 of 20", False), True, "changed"),
        (("45%", "9 of 20", True), ("Withheld", "[c] of 20", False), True, "changed, and settled"),
        (None, ("50%", "10 of 20", False), True, "not published then"),
        (("50%", "10 of 20", False), None, True, "not published now"),
    ],
)
def test_what_became_of_a_figure_is_told_in_a_word(then, now, moved, change):
    told = [words and Told(*words) for words in (then, now)]
    row = Row(None, "month", "2018-04", "April 2018", *told)
    assert (row.moved, row.change) == (moved, change)


def test_scorecards_say_who_let_an_edition_go_and_where_it_went(signed_in):
    text = get(signed_in, "/scorecards").text
    assert '<th scope="rowgroup" rowspan="1">April 2018</th>' in text
    assert '<a href="/outcomes/scorecards/2018-04/1">Edition 1' in text
    assert "14 June 2018, 06:00" in text
    assert "Approved by Ann Other" in text
    assert "2 sent, 1 unknown" in text
    text = get(signed_in, "/scorecards/2018-04/1").text
    assert 'href="/outcomes/scorecards/2018-04/1/scorecard-QNC.pdf"' in text
    assert "scorecard-05W.pdf" not in text
    assert 'href="/outcomes/scorecards/2018-04/1/measure-reports-QNC.json"' in text
    assert "measure-reports-05W.json" not in text


def test_an_edition_that_is_held_or_was_just_answered_for_is_told_as_such(signed_in, publications):
    ledger = Ledger(f"sqlite:///{publications.parents[2] / 'ledger.sqlite'}")
    with ledger.session() as session:
        session.execute(delete(Approval))
    ledger.close()
    assert "Waits for approval" in get(signed_in, "/scorecards").text
    enter_hold(Settings.load(), "edition 1 of 2018-04", "It leaks.")
    text = get(signed_in, "/scorecards").text
    assert "Waits for approval" not in text
    assert "Its files say more than they may, so it cannot go out." in text
    enter_hold(Settings.load(), "edition 1 of 2018-04", "")
    assert "Waits for approval" in get(signed_in, "/scorecards").text
    # Who just answered is told so, until Airflow has entered it.
    told = "Your answer was given."
    assert told not in get(signed_in, "/scorecards/2018-04/1").text
    assert told in get(signed_in, "/scorecards/2018-04/1?answered=true").text


def test_files_come_as_they_were_sent(signed_in):
    pdf = get(signed_in, "/scorecards/2018-04/1/scorecard-QNC.pdf")
    assert (pdf.content, pdf.headers["content-type"]) == (PDF, "application/pdf")
    assert pdf.headers["content-disposition"] == 'inline; filename="2018-04-edition-1-scorecard-QNC.pdf"'
    html = get(signed_in, "/scorecards/2018-04/1/scorecard-QNC.html")
    assert html.content == HTML
    assert "sandbox" in html.headers["content-security-policy"]
    figures = get(signed_in, "/scorecards/2018-04/1/figures.csv")
    assert figures.headers["content-disposition"].startswith("attachment;")


def test_a_file_that_was_changed_since_is_not_shown(signed_in, publications):
    (publications / "scorecard-QNC.pdf").write_bytes(PDF + b" and altered")
    answer = get(signed_in, "/scorecards/2018-04/1/scorecard-QNC.pdf")
    assert answer.status_code == 409
    assert b"altered" not in answer.content


@pytest.mark.parametrize(
    "name",
    ["scorecard-05W.pdf", "secret.txt", "..%2F..%2F..%2Fledger.sqlite", "%2Fetc%2Fpasswd", "scorecard-QNC.pdf%00", "."],
)
def test_only_files_that_the_ledger_lists_can_be_had(signed_in, publications, name):
    (publications / "secret.txt").write_text("not listed", encoding="utf-8")
    answer = get(signed_in, f"/scorecards/2018-04/1/{name}")
    assert answer.status_code in {400, 404} or "scorecards" in str(answer.url)
    assert b"not listed" not in answer.content
    assert b"SQLite" not in answer.content


def test_an_edition_that_is_not_there_is_not_found(signed_in):
    assert get(signed_in, "/scorecards/2018-04/2").status_code == 404
    assert get(signed_in, "/scorecards/2018-05/1").status_code == 404


@pytest.mark.parametrize(
    ("page", "back"),
    [
        ("/redo/99", '<a href="/outcomes/redo">Back to Redo months</a>'),
        ("/scorecards/2018-04/2", '<a href="/outcomes/scorecards">Back to Scorecards</a>'),
        ("/status/9999-12", '<a href="/outcomes/">Back to Status</a>'),
    ],
)
def test_what_cannot_be_shown_leads_back_to_where_it_was_asked(signed_in, page, back):
    assert back in get(signed_in, page).text


@pytest.mark.parametrize(
    "page",
    [
        f"/redo/{10**30}",
        "/redo/0",
        "/redo/-1",
        f"/scorecards/2018-04/{10**30}",
        f"/story?measure=x&area=QNC&period=2018-04&grain=month&edition={10**30}&of=2018-04",
        "/?to=0001-01",
        "/status/9999-12",
        "/status/2018-04/deaths%00/05W",
        "/story?measure=%00&area=QNC&period=2018-04&grain=month&edition=1&of=2018-04",
        "/deliveries?to=9999-12",
    ],
)
def test_a_number_or_month_that_cannot_be_is_a_sentence(signed_in, page):
    answer = get(signed_in, page)
    assert answer.status_code == 400
    assert "<h1>This page cannot be shown</h1>" in answer.text


def test_nonsense_is_answered_with_a_sentence(signed_in):
    assert get(signed_in, "/scorecards/2018-04/first").status_code == 400
    answer = get(signed_in, "/status/April")
    assert answer.status_code == 400
    assert "&#39;April&#39; is not a month" in answer.text
    assert answer.headers["content-security-policy"].startswith("default-src 'none';")


def test_a_ledger_out_of_reach_is_answered_with_a_sentence(signed_in, monkeypatch):
    monkeypatch.setenv("OUTCOMES_DATABASE_URL", "postgresql+psycopg://us:secretword@127.0.0.1:1/none")
    answer = get(signed_in, "/")
    assert answer.status_code == 503
    assert "cannot be opened" in answer.text
    assert "secretword" not in answer.text


def read(publications) -> list[tuple[str, str]]:
    """Who read what, as the trail has it."""
    ledger = Ledger(f"sqlite:///{publications.parents[2] / 'ledger.sqlite'}")
    with ledger.session(reading=True) as session:
        found = [(e.person, e.subject) for e in session.scalars(select(Event).where(Event.kind == "read"))]
    ledger.close()
    return found


def test_who_reads_a_feedback_report_is_in_the_trail_once_an_hour(signed_in, publications):
    for _ in range(3):
        get(signed_in, "/status/2018-04/deaths/04Y/4")
    report = f"deaths_04Y_2018-04_1-{hashlib.sha256(b'deaths04Y1').hexdigest()[:8]}.csv"
    assert get(signed_in, f"/status/2018-04/deaths/04Y/4/{report}").status_code == 200
    subject = "the feedback report on deaths_04Y_2018-04_1"
    assert read(publications) == [("ann", subject), ("ann", f"{subject}, csv")]


def test_who_reads_an_edition_is_in_the_trail_only_until_it_is_let_go(signed_in, publications):
    for page in ("/", "/scorecards", "/scorecards/2018-04/1", "/scorecards/2018-04/1/scorecard-QNC.pdf", "/deliveries"):
        assert get(signed_in, page).status_code == 200
    assert read(publications) == []
    ledger = Ledger(f"sqlite:///{publications.parents[2] / 'ledger.sqlite'}")
    with ledger.session() as session:
        session.add(Approval(edition_id=1, decision="refused", person="Ann Other", reason="not yet"))
    ledger.close()
    get(signed_in, "/scorecards/2018-04/1/scorecard-QNC.pdf")
    assert read(publications) == [("ann", "scorecard-QNC.pdf of edition 1 of 2018-04, not let go")]


def test_what_cannot_be_entered_is_not_shown(signed_in, publications, monkeypatch):
    ledger = records.ledger(Settings.load().database_url)
    event.listen(ledger.engine, "before_cursor_execute", refuse_events)
    try:
        answer = get(signed_in, "/status/2018-04/deaths/04Y/4")
    finally:
        event.remove(ledger.engine, "before_cursor_execute", refuse_events)
    assert answer.status_code == 503
    assert "Send 1 or 2" not in answer.text


def refuse_events(_connection, _cursor, statement, *_):
    if statement.startswith("INSERT INTO events"):
        raise OperationalError(statement, {}, Exception("disk full"))
