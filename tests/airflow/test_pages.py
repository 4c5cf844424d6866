"""The pages: closed to strangers, and what the ledger and the publications say, no more."""

import hashlib
from datetime import UTC, datetime

import pytest
from airflow.api_fastapi.core_api.security import get_user
from fastapi import FastAPI
from fastapi.testclient import TestClient

from outcomes.ledger import Approval, Arrival, Computation, Delivery, Edition, Ledger, Release, Selection, Submission
from outcomes.web.app import app

PAGES = [
    "/",
    "/status/2018-04",
    "/scorecards",
    "/scorecards/2018-04/1",
    "/scorecards/2018-04/1/scorecard-QNC.pdf",
    "/style.css",
]
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
        sha256=f"{feed}{supplier}{sequence}",
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
                submission("deaths", "04Y", 1, "file_rejected", reason="The checksum is wrong <b>& so on</b>."),
                submission("deaths", "05D", 1, "accepted"),
                submission("deaths", "05D", 2, "file_rejected", reason="It has no rows."),
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
    return folder


@pytest.fixture
def signed_in(publications):
    """The pages as Airflow mounts them, for a signed-in user."""
    app.dependency_overrides[get_user] = lambda: object()
    whole = FastAPI()
    whole.mount("/outcomes", app)
    yield TestClient(whole, raise_server_exceptions=False)
    app.dependency_overrides.clear()


def get(client: TestClient, page: str):
    return client.get(f"/outcomes{page}")


@pytest.mark.parametrize("page", [*PAGES, "/scorecards/2018-04/1/figures.csv", "/status/nonsense"])
def test_strangers_see_nothing(publications, page):
    answer = TestClient(app).get(page)
    assert answer.status_code == 401
    assert answer.json() == {"detail": "Not authenticated"}


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
    assert answer.headers["cache-control"] == "no-store"
    assert "<script" not in answer.text


def test_status_shows_a_month_in_the_matrix(signed_in):
    text = get(signed_in, "/?to=2018-04").text
    assert "May 2017 to April 2018" in text
    assert "University Hospitals of North Midlands" in text
    for word in ("Final", "First", "Missing", "File rejected", "Arriving"):
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
    assert "Sequence 1 was rejected: The checksum is wrong &lt;b&gt;&amp; so on&lt;/b&gt;." in text
    assert "Sequence 2 was rejected: It has no rows." in text
    assert "Sequence 1 is arriving: the manifest is not there yet." in text


def test_scorecards_say_who_let_an_edition_go_and_where_it_went(signed_in):
    text = get(signed_in, "/scorecards").text
    assert '<a href="/outcomes/scorecards/2018-04/1">April 2018, edition 1</a>' in text
    assert "14 June 2018, 06:00" in text
    assert "Approved by Ann Other" in text
    assert "2 sent, 1 unknown" in text
    text = get(signed_in, "/scorecards/2018-04/1").text
    assert 'href="/outcomes/scorecards/2018-04/1/scorecard-QNC.pdf"' in text
    assert "scorecard-05W.pdf" not in text
    assert 'href="/outcomes/scorecards/2018-04/1/measure-reports-QNC.json"' in text
    assert "measure-reports-05W.json" not in text


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


def test_nonsense_is_answered_with_a_sentence(signed_in):
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
