"""Who sees and does what, on a real Airflow with FAB: two CCGs' leads, an engineer, one without rights, and strangers."""

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from fastapi.routing import APIRoute
from installation import LATER, REASON

from outcomes.ledger import Ledger, backfills
from outcomes.organisations import partnership
from outcomes.web.app import app
from outcomes.web.roles import backfill_dag
from shell import MONTH

pytestmark = [pytest.mark.airflow, pytest.mark.weasyprint]

OWN, OTHER = "05W", "05D"
WHO_SEES = "nothing here is open to you"
MEASURE = "preferred_place_achieved"
# What stands in the addresses of the pages.
PLACES = {"period": MONTH, "number": "1", "name": "scorecard-QNC.pdf", "area": "QNC", "feed": "deaths"}
PLACES |= {"supplier": OWN, "submission": "1", "weight": "400"}


def story(area: str) -> str:
    return f"/outcomes/story?measure={MEASURE}&area={area}&period={MONTH}&grain=month&edition=1&of={MONTH}"


def pages(area: str) -> list[str]:
    """Every page about an area's figures."""
    edition = f"/outcomes/scorecards/{MONTH}/1"
    files = [f"{edition}/scorecard-{area}.{kind}" for kind in ("html", "pdf")]
    return [*files, f"{edition}/measure-reports-{area}.json", f"{edition}/figures/{area}", story(area)]


def routes() -> Iterator[tuple[str, str]]:
    """Every address of the pages with each of its methods, filled in: what an address holds besides is a number."""
    for route in app.routes:
        assert isinstance(route, APIRoute), f"{route} is not guarded by what guards routes"
        for method in sorted(route.methods):
            yield method, "/outcomes" + re.sub(r"{(\w+)}", lambda m: PLACES.get(m[1], "1"), route.path)


@pytest.fixture(scope="module")
def lead(fab) -> httpx.Client:
    return fab.signed_in("stoke")


@pytest.fixture(scope="module")
def engineer(fab) -> httpx.Client:
    return fab.signed_in("engineer")


def test_setting_up_again_takes_back_what_somebody_added_and_changes_nothing_else(fab):
    first = [line for line in fab.said if re.match(r"(ccg_|outcomes_)", line)]
    assert len(first) == 7
    assert all(": made, " in line for line in first)
    again = {line.split(":")[1].strip(): line for line in fab.said if line.startswith("again: ")}
    assert again.pop("ccg_05W") == "again: ccg_05W: changed, 0 permissions added; taken back: can_delete on DAG Runs"
    assert len(again) == 6
    assert all("nothing to change" in line for line in again.values())


def test_strangers_get_401_from_every_route(fab):
    asked = list(routes())
    assert len(asked) > 10
    for method, address in asked:
        answer = httpx.request(method, fab.address + address, trust_env=False)
        assert answer.status_code == 401, f"{method} {address}"
        assert MONTH not in answer.text.replace(f"%2F{MONTH}", "").replace(f"%3D{MONTH}", "")


def test_somebody_without_rights_is_told_so_and_sees_nothing(fab):
    stranger = fab.signed_in("stranger")
    for method, address in routes():
        # The look of the pages tells nothing.
        if address.endswith("style.css") or "/fonts/" in address:
            continue
        address = story("QNC") if address.endswith("/story") else address
        answer = stranger.request(method, address)
        assert answer.status_code == 403, f"{method} {address}"
        if method == "GET":
            assert "You are signed in as stranger" in answer.text
            assert WHO_SEES in answer.text


def test_every_route_that_changes_something_refuses_what_no_form_of_ours_sent(fab, lead):
    changing = [(method, address) for method, address in routes() if method != "GET"]
    assert changing
    for method, address in changing:
        for headers in ({}, {"Origin": "https://elsewhere.example"}):
            answer = lead.request(method, address, headers=headers)
            assert answer.status_code == 403, f"{method} {address}"
            assert "did not come from a page of this site" in answer.text
        answer = lead.request(method, address, headers={"Origin": fab.address})
        assert answer.status_code == 403, f"{method} {address}"
        assert "This form is too old or not yours" in answer.text


def test_a_lead_sees_their_ccg_and_the_stp(lead):
    for area in (OWN, "QNC"):
        for address in pages(area):
            assert lead.get(address).status_code == 200, address


def test_a_lead_is_refused_every_page_of_another_ccg(lead, engineer):
    for address in pages(OTHER):
        assert engineer.get(address).status_code == 200, address
        answer = lead.get(address)
        assert answer.status_code == 403, address
        assert f"{OTHER} is not open to you: you see QNC and {OWN}." in answer.text


def test_files_with_all_areas_in_them_are_for_engineers(lead, engineer):
    for name in ("figures.csv", "figures.json"):
        address = f"/outcomes/scorecards/{MONTH}/1/{name}"
        assert lead.get(address).status_code == 403
        assert engineer.get(address).status_code == 200


def test_an_edition_shows_a_lead_their_own_scorecards_and_letters(lead, engineer):
    everything = engineer.get(f"/outcomes/scorecards/{MONTH}/1").text
    own = lead.get(f"/outcomes/scorecards/{MONTH}/1").text
    assert f"scorecard-{OTHER}.pdf" in everything
    assert "6 sent, 1 unknown" in everything
    assert f"scorecard-{OWN}.pdf" in own
    assert OTHER not in own
    assert "1 sent, 1 unknown" in own


def test_a_lead_sees_no_other_ccgs_addresses(lead, engineer):
    everything = engineer.get("/outcomes/deliveries").text
    own = lead.get("/outcomes/deliveries").text
    assert "lead@east-staffordshire.example" in everything
    assert "outcomes resend" in everything
    assert set(re.findall(r"[\w-]+@[\w.-]+", own)) == {"partnership-board@stp.example", "lead@stoke.example"}
    assert "1 letter may or may not have arrived" in own


def test_what_is_inside_an_extract_is_for_engineers_and_the_ccgs_own_lead(fab, lead, engineer):
    burton = fab.signed_in("burton")
    month = f"/outcomes/status/{MONTH}"
    for who, place, inside, told in [
        (engineer, "deaths/05W", True, True),
        (lead, "deaths/05W", True, True),
        (burton, "deaths/05W", False, False),
        (lead, "admissions/RJE", False, True),
        (engineer, "admissions/RJE", True, True),
    ]:
        text = who.get(f"{month}/{place}").text
        assert ">Rejected</span>" in text
        assert ('<th scope="col" class="number">Records</th>' in text) is inside
        assert (f"<b>{REASON}</b>" in text) is told
        assert ("The header lacks" in text) is told
        report = re.findall(rf"{month}/{place}/\d+", engineer.get(f"{month}/{place}").text)[0]
        answer = who.get(report)
        assert answer.status_code == (200 if inside else 403)
        if inside:
            files = re.findall(rf"{report}/[\w.-]+\.(?:html|xlsx|csv|txt)", answer.text)
            assert len(files) == 4
            assert all(who.get(file).status_code == 200 for file in files)
            assert all(burton.get(file).status_code == 403 for file in files)


def test_no_record_count_of_another_ccg_is_on_the_page_of_a_month(lead, engineer):
    cells = re.compile(r'/deaths/05D">.*?</tr>', re.DOTALL)
    counted = re.compile(r'<td class="number">[\d,]+</td>')
    shown = {who: cells.search(c.get(f"/outcomes/status/{MONTH}").text) for who, c in [("l", lead), ("e", engineer)]}
    assert shown["l"]
    assert shown["e"]
    # Its sequence, and for an engineer its records and those set aside.
    assert len(counted.findall(shown["l"][0])) == 1
    assert len(counted.findall(shown["e"][0])) == 3


def test_a_figures_story_leads_to_its_submissions_and_tells_no_count_of_records(fab, lead):
    text = lead.get(story(OWN)).text
    read = fab.installation.do("trail", "--about", "the story of", "--format", "csv").rows
    told = f"the story of {MEASURE}, {OWN}, {MONTH} in edition 1 of {MONTH}"
    assert [e["kind"] for e in read if e["about"] == told and e["person"].startswith("stoke ")] == ["read"]
    for words in ("Died where they wanted to", "through the disclosure gate", "version 2", "deaths_05W_2018-04_"):
        assert words in text
    assert re.search(r'<td class="code">[0-9a-f]{64}</td>', text)
    assert "ecords" not in text


def test_who_reads_a_preview_is_in_the_trail(fab, lead):
    ledger = Ledger(f"sqlite:///{fab.installation.home / 'ledger.sqlite'}")
    with ledger.session() as session:
        words = {"reason": "to see", "person": "stoke (2)", "via": "page", "confirmed": False}
        asked = backfills.ask(session, partnership(), OWN, MONTH, MONTH, **words)
        backfills.show(session, asked.id, {"because": [], "months": []})
        backfills.cancel(session, asked.id, "stoke (2)")
    ledger.close()
    assert lead.get(f"/outcomes/redo/{asked.id}").status_code == 200
    (read,) = fab.installation.do("trail", "--about", f"the preview of {asked.subject}", "--format", "csv").rows
    assert (read["kind"], read["person"].split()[0]) == ("read", "stoke")


def test_what_was_reported_stands_beside_what_is_now_known(lead):
    text = lead.get(f"/outcomes/scorecards/{MONTH}/1/figures/QNC").text
    assert "As reported" in text
    assert "As now known" in text
    assert "May 2018, edition 1" in text
    assert f"edition=1&amp;of={LATER}" in text


def test_airflows_own_interface_keeps_a_lead_to_their_ccg(fab, lead):
    own, other = backfill_dag(OWN), backfill_dag(OTHER)
    seen = {dag["dag_id"] for dag in lead.get("/api/v2/dags").json()["dags"]}
    assert seen == {own}
    assert lead.get(f"/api/v2/dags/{own}/dagRuns").status_code == 200
    assert lead.get(f"/api/v2/dags/{other}/dagRuns").status_code == 403
    assert lead.get("/api/v2/dags/outcomes_edition/dagRuns").status_code == 403
    run = {"logical_date": None, "partition_key": MONTH}
    assert lead.post(f"/api/v2/dags/{own}/dagRuns", json=run).status_code == 200
    for dag in (other, "outcomes_edition"):
        assert lead.post(f"/api/v2/dags/{dag}/dagRuns", json=run).status_code == 403
    assert fab.signed_in("burton").post(f"/api/v2/dags/{other}/dagRuns", json=run).status_code == 200


def test_airflows_own_backfill_keeps_a_lead_to_their_ccg(lead, engineer):
    def asked(ccg: str) -> dict[str, str]:
        span = {"from_date": "2018-02-01T00:00:00Z", "to_date": "2018-03-01T00:00:00Z"}
        return {"dag_id": backfill_dag(ccg), "reprocess_behavior": "completed", **span}

    for address in ("/api/v2/backfills/dry_run", "/api/v2/backfills"):
        assert lead.post(address, json=asked(OTHER)).status_code == 403
        assert lead.post(address, json=asked(OWN)).status_code == 200
    own = lead.get(f"/api/v2/backfills?dag_id={backfill_dag(OWN)}").json()["backfills"][0]["id"]
    assert lead.get(f"/api/v2/backfills?dag_id={backfill_dag(OTHER)}").status_code == 403
    other = engineer.post("/api/v2/backfills", json=asked(OTHER)).json()["id"]
    # Airflow does not even say that there is one.
    assert lead.put(f"/api/v2/backfills/{other}/cancel").status_code == 404
    assert engineer.get(f"/api/v2/backfills/{other}").json()["completed_at"] is None
    assert lead.put(f"/api/v2/backfills/{own}/cancel").status_code == 200


@pytest.mark.parametrize(
    ("headers", "with_token", "status"),
    [
        ({"Origin": "https://elsewhere.example"}, True, 403),
        ({"Sec-Fetch-Site": "cross-site"}, True, 403),
        ({"Sec-Fetch-Site": "same-site", "Origin": "own"}, True, 403),
        ({"Origin": "null"}, True, 403),
        ({}, True, 403),
        ({"Origin": "own"}, False, 403),
        ({"Origin": "own"}, True, 200),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "own"}, True, 200),
    ],
)
def test_only_our_own_forms_change_anything(fab, headers, with_token, status):
    browser = fab.with_cookie("stoke")
    token = browser.get("/probe/form").json()["token"]
    given = {name: fab.address if value == "own" else value for name, value in headers.items()}
    answer = browser.post("/probe/act", headers=given, data={"token": token} if with_token else {})
    assert answer.status_code == status
    if status == 200:
        assert re.fullmatch(r"stoke \(\d+\)", answer.json()["person"])


def test_a_form_of_one_person_is_not_taken_from_another(fab):
    token = fab.with_cookie("stoke").get("/probe/form").json()["token"]
    answer = fab.with_cookie("burton").post("/probe/act", headers={"Origin": fab.address}, data={"token": token})
    assert answer.status_code == 403


def test_no_password_hash_leaves_airflow(fab, engineer):
    hashes = {"pbkdf2:", "scrypt:"}
    for method, address in routes():
        text = engineer.request(method, story("QNC") if address.endswith("/story") else address).text
        assert not any(word in text for word in hashes), address


def test_airflows_log_of_the_pages_has_no_error(fab):
    log = Path(fab.folder / "api-server.log").read_text("utf-8")
    assert "Traceback" not in log
