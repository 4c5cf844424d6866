"""Who sees and does what, on a real Airflow with FAB: two CCGs' leads, an engineer, one without rights, and strangers."""

import re
import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

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
    assert "say what became of it" in everything
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
    burton = fab.with_cookie("burton")
    changing = [(method, address) for method, address in routes() if method != "GET"]
    for method, address in [("POST", "/probe/act"), *changing]:
        answer = burton.request(method, fab.address + address, headers={"Origin": fab.address}, data={"token": token})
        assert answer.status_code == 403, address
        assert "This form is too old or not yours" in answer.text or address == "/probe/act"


# 05W's lead as an attacker of 05D

# Names that could be taken for 05D, or lead out of what is 05W's own.
TRICKS = (
    "05d",
    "05D ",
    " 05D",
    "05D\n",
    "05D\x00",
    "05D\u200b",
    "０５Ｄ",
    "٠٥D",
    "05W,05D",
    "05W 05D",
    "05W/../05D",
    "../05D",
    "%2e%2e/05D",
    "05%44",
    "outcomes_backfill_05D",
    "*",
    "%",
    "_____",
    "",
)


class Browser:
    """Somebody's browser: the cookie, the site's own origin, and the token of the forms."""

    def __init__(self, fab, name: str) -> None:
        self.client = fab.with_cookie(name)
        self.client.headers["Origin"] = fab.address
        self.token = self.client.get("/probe/form").json()["token"]

    def get(self, address: str) -> httpx.Response:
        return self.client.get(f"/outcomes/{address}")

    def press(self, address: str, **fields: object) -> httpx.Response:
        return self.client.post(f"/outcomes/{address}", data={"token": self.token, **fields})


@pytest.fixture(scope="module")
def stoke(fab) -> Browser:
    return Browser(fab, "stoke")


@pytest.fixture(scope="module")
def theirs(fab) -> str:
    """The address of a request of 05D, by its own lead."""
    words = {"ccg": OTHER, "first": MONTH, "last": MONTH, "reason": "Burton sent its deaths again."}
    answer = Browser(fab, "burton").press("redo", **words)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"].removeprefix("/outcomes/")


def requests_of(engineer: httpx.Client) -> list[str]:
    """Every request there is, as the page lists them to an engineer."""
    return re.findall(r'/outcomes/redo/\d+">.*?</tr>', engineer.get("/outcomes/redo").text)


def test_no_other_way_to_write_a_ccg_opens_its_figures(lead):
    for trick in TRICKS:
        once = quote(trick, safe="")
        for written in (once, quote(once, safe="")):
            for address in pages(written):
                answer = lead.get(address)
                # A name of nothing at all leads to another address, or to the list.
                assert answer.status_code in {307, 400, 403, 404, 422}, (trick, address)
                assert "East Staffordshire" not in answer.text, (trick, address)


def test_no_parameter_given_twice_opens_what_one_alone_does_not(lead):
    for query in (story(OWN) + f"&area={OTHER}", story(OTHER) + f"&area={OWN}"):
        answer = lead.get(query)
        assert answer.status_code == 403 or "East Staffordshire" not in answer.text
    for month in ("2018-04%00", "２０１８-04", "2018-04/../2018-05", "..", "2018-4"):
        for page in (f"scorecards/{month}/1/figures/{OTHER}", f"scorecards/{month}/1/scorecard-{OTHER}.pdf"):
            assert lead.get(f"/outcomes/{page}").status_code in {400, 403, 404}, page


@pytest.mark.parametrize("name", ["scorecard-{}.pdf", "measure-reports-{}.json"])
def test_no_other_name_of_a_file_opens_it(lead, name):
    other = name.format(OTHER)
    for trick in (
        other.upper(),
        f"{other}%00.pdf",
        f"{other}%20",
        f"./{other}",
        f"%2e%2f{other}",
        f"..%2f1%2f{other}",
        f"{name.format(OWN)}%2f..%2f{other}",
        f"{name.format(OWN)}%00{other}",
        f"x{other}",
        f"scorecard-{OWN}.pdf%3Fname={other}",
    ):
        assert lead.get(f"/outcomes/scorecards/{MONTH}/1/{trick}").status_code in {307, 400, 403, 404}, trick


def test_no_other_way_to_write_a_ccg_asks_for_its_months(stoke, engineer, theirs):
    before = requests_of(engineer)
    words = {"first": MONTH, "last": MONTH, "reason": "Mine now."}
    for trick in (OTHER, "QNC", *TRICKS):
        assert stoke.press("redo", ccg=trick, **words).status_code in {400, 403}, trick
    # Of a field that is given twice, the one that is judged is the one that is used.
    twice = stoke.press("redo", ccg=[OWN, OTHER], **words)
    assert twice.status_code == 403
    assert stoke.press(f"redo?ccg={OWN}", ccg=OTHER, **words).status_code == 403
    answer = stoke.client.post("/outcomes/redo", json={"token": stoke.token, "ccg": OWN, **words})
    assert answer.status_code == 403
    assert requests_of(engineer) == before


def test_a_request_of_another_ccg_is_as_if_there_were_none(stoke, engineer, theirs):
    number = theirs.rpartition("/")[2]
    assert stoke.get(theirs).status_code == 404
    assert "Burton" not in stoke.get("redo").text
    for verb in ("confirm", "start", "cancel"):
        for way in (number, f"0{number}", f"{number}.0", f"+{number}", f"%20{number}", f"{number}%00"):
            assert stoke.press(f"redo/{way}/{verb}").status_code in {400, 404}, (way, verb)
    assert "Being worked out" in engineer.get(f"/outcomes/{theirs}").text


@pytest.mark.parametrize("number", [0, -1, 2**31, 10**30, "1e3", "１", "0x1", "1 or 1=1"])
def test_a_number_that_cannot_be_is_a_sentence(stoke, number):
    for address in (f"redo/{number}", f"deliveries/{number}", f"scorecards/{MONTH}/{number}"):
        assert stoke.get(address).status_code in {400, 404}, address


def test_a_lead_decides_on_the_letters_of_their_own_ccg_alone(fab, stoke, engineer):
    listed = re.findall(r"/deliveries/(\d+)\">(?:.|\n)*?</tr>", engineer.get("/outcomes/deliveries").text)
    seen = {area: number for number in set(listed) for area in [area_of_delivery(engineer, number)]}
    assert set(seen) >= {"QNC", OWN, OTHER}
    for verb in ("resend", "arrived"):
        # Their own, but for the reason that is missing.
        answer = stoke.press(f"deliveries/{seen[OWN]}/{verb}", reason=" ")
        assert answer.status_code == 400
        assert "A reason of 1 to 280 letters is needed" in answer.text
        answer = stoke.press(f"deliveries/{seen['QNC']}/{verb}", reason="Why not.", although_sent="yes")
        assert answer.status_code == 403
        assert "You do not decide on the letters of QNC" in answer.text
        answer = stoke.press(f"deliveries/{seen[OTHER]}/{verb}", reason="Why not.", although_sent="yes")
        assert answer.status_code == 404
    assert stoke.get(f"deliveries/{seen[OTHER]}").status_code == 404
    assert "<form" not in stoke.get(f"deliveries/{seen['QNC']}").text
    assert '<h2 id="arrived">' in stoke.get(f"deliveries/{seen[OWN]}").text


def area_of_delivery(engineer: httpx.Client, number: str) -> str:
    found = re.search(r"scorecard-(\w+)\.html", engineer.get(f"/outcomes/deliveries/{number}").text)
    assert found
    return found[1]


def test_airflows_own_doors_to_another_ccgs_runs_are_shut(lead, theirs):
    other = f"/api/v2/dags/{backfill_dag(OTHER)}"
    run = f"{other}/dagRuns/preview__{theirs.rpartition('/')[2]}__{MONTH}__1"
    asked = {"chosen_options": ["Approve"], "params_input": {}}
    for method, address, body in (
        ("GET", run, None),
        ("PATCH", run, {"state": "failed"}),
        ("DELETE", run, None),
        ("POST", f"{run}/clear", {"dry_run": False}),
        ("GET", f"{run}/taskInstances", None),
        ("GET", f"{run}/taskInstances/redo/logs/1", None),
        ("GET", f"{run}/taskInstances/asked/xcomEntries/return_value", None),
        ("PATCH", f"{run}/taskInstances/approval/-1/hitlDetails", asked),
        ("PATCH", other, {"is_paused": True}),
        ("GET", f"{other}/details", None),
        ("GET", f"/ui/grid/runs/{backfill_dag(OTHER)}", None),
    ):
        assert lead.request(method, address, json=body).status_code in {403, 404}, (method, address)
    for everything in ("dagRuns", "dagRuns/~/taskInstances", "dagRuns/~/hitlDetails"):
        answer = lead.get(f"/api/v2/dags/~/{everything}")
        assert answer.status_code in {200, 403}
        assert backfill_dag(OTHER) not in answer.text, everything


def test_a_page_that_waits_for_the_ledger_holds_up_no_other(fab, stoke):
    words = {"ccg": OWN, "first": MONTH, "last": MONTH, "reason": "Stoke sent its deaths again."}
    with closing(sqlite3.connect(fab.environment["OUTCOMES_HOME"] + "/ledger.sqlite", isolation_level=None)) as ledger:
        ledger.execute("begin immediate")
        with ThreadPoolExecutor(1) as pool:
            asked = pool.submit(stoke.press, "redo", **words)
            # So that it comes to the lock before the others do; too short a while would only hide a fault.
            time.sleep(1)
            for _ in range(5):
                assert httpx.get(f"{fab.address}/outcomes/", trust_env=False, timeout=30).status_code == 401
            assert not asked.done()
            ledger.execute("rollback")
            assert asked.result().status_code == 303


def test_no_password_hash_leaves_airflow(fab, engineer):
    hashes = {"pbkdf2:", "scrypt:"}
    for method, address in routes():
        text = engineer.request(method, story("QNC") if address.endswith("/story") else address).text
        assert not any(word in text for word in hashes), address


def test_airflows_log_of_the_pages_has_no_error(fab):
    log = Path(fab.folder / "api-server.log").read_text("utf-8")
    assert "Traceback" not in log
