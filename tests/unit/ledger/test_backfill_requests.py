"""Requests for past months: one for each run of Airflow that asks, however often and however many at once."""

from concurrent.futures import ThreadPoolExecutor

from outcomes import workflow
from outcomes.settings import Settings


def test_tries_of_one_run_that_ask_at_once_are_given_one_request(ledger_url: str) -> None:
    settings = Settings.load(database_url=ledger_url)

    def ask(run: str | None) -> int:
        return workflow.ask(
            settings, "05W", "2018-04", "2018-04", reason="Sent again.", person="lea", via="airflow", run=run
        )

    first = ask("one")
    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(ask, ["two"] * 4)) == {first + 1}
        assert set(pool.map(ask, ["one"] * 4)) == {first}
    # Who asks by the page or the shell asks anew each time.
    assert len({ask(None), ask(None)}) == 2
    assert len(workflow.backfills(settings)) == 4
