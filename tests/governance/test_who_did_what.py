"""Every verb that changes something is in the trail, with who did it; and a trail that was tampered with is noticed."""

import sqlite3

from outcomes.acting import logged_in
from shell import MONTH, Shell

BY = ("--by", "Jo Example")


def test_every_verb_that_changes_something_says_who_did_it(shell: Shell) -> None:
    shell.do("comment", "deaths_in_hospital", "Fewer than before.", "--period", MONTH, *BY)
    shell.do("agree", "Open a second ward.", "--period", MONTH, "--owner", "Sam Example", "--due", "2018-09-01", *BY)
    shell.do("settle", "1", "done", *BY)
    shell.do("hold", "05V", "--reason", "an inquest", *BY)
    shell.do("lift", "1", "--reason", "it is over", *BY)
    shell.do("withdraw", f"deaths_05W_{MONTH}_2", "--reason", "sent by mistake", *BY)
    events = shell.do("trail", "--format", "csv").rows
    who = {event["kind"]: event["person"] for event in events}
    by_the_system = {"submission accepted": logged_in(), "computed": logged_in(), "released": logged_in()}
    by_name = dict.fromkeys(
        ["commented", "agreed", "done", "hold_placed", "hold_lifted", "withdrawn", "erased"], "Jo Example"
    )
    assert who == by_the_system | by_name
    about = shell.do("trail", "--about", "jo example", "--format", "csv").rows
    assert {event["kind"] for event in about} == set(by_name)
    assert shell.do("trail", "--since", "2999-01-01", "--format", "csv").rows == []


def test_a_trail_that_was_changed_or_cut_off_is_noticed(shell: Shell) -> None:
    latest = shell.do("trail", "--verify").out.split()[-1]
    shell.do("trail", "--verify", "--holds", latest)
    with sqlite3.connect(shell.home / "ledger.sqlite") as ledger:
        (last,) = ledger.execute("select max(id) from events").fetchone()
        ledger.execute("drop trigger events_refuse_delete")
        ledger.execute("delete from events where id = ?", (last,))
    shell.do("trail", "--verify")
    assert shell("trail", "--verify", "--holds", latest).says(2, "its end was cut off, or it was made anew")
    with sqlite3.connect(shell.home / "ledger.sqlite") as ledger:
        ledger.execute("drop trigger events_refuse_update")
        ledger.execute("update events set person = 'somebody else' where id = 5")
    assert shell("trail", "--verify").says(2, "Event 5 (submission accepted")
