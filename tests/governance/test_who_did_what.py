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


def read(shell: Shell) -> list[tuple[str, str]]:
    return [(e["about"], e["person"]) for e in shell.do("trail", "--about", "read ", "--format", "csv").rows]


def test_who_reads_what_is_sensitive_is_in_the_trail(shell: Shell) -> None:
    story = f"the story of deaths_in_hospital, 05W, {MONTH} in edition 1 of {MONTH}"
    for words, told in {
        ("figures", "--measure", "deaths_in_hospital"): "the figures of deaths_in_hospital, unreleased",
        ("figures", "--left-out"): "who is left out of the figures of every measure, unreleased",
        ("revisions",): "what the latest computation moved, unreleased",
        ("maturity", "--period", MONTH): f"how far the data of {MONTH} can be trusted, in exact counts",
        ("equity", "--period", MONTH): f"the equity gap of {MONTH}, unreleased",
        ("explain", "deaths_in_hospital", "05W", MONTH): story,
    }.items():
        for _ in range(2):
            shell.do(*words)
        # Twice within the hour is told once.
        assert read(shell)[-1] == (told, logged_in())
    assert len(read(shell)) == 6
    # What everybody may read, or is nobody's.
    for words in (("released", "--period", MONTH), ("status",), ("measures",), ("deliveries",)):
        shell.do(*words)
    assert shell("explain", "deaths_in_hospital", "05W", "2030-01").code == 1
    assert len(read(shell)) == 6


def test_a_person_is_named_as_they_sign_in_but_never_by_an_nhs_number(shell: Shell) -> None:
    shell.do("hold", "05V", "--reason", "asked by sam@stp.example", "--by", "jo@stp.example")
    shell.do("lift", "1", "--reason", "it is over", "--by", "999 000 0018")
    placed, lifted = shell.do("trail", "--about", "hold 1", "--format", "csv").rows
    assert (placed["person"], placed["detail"]) == ("jo@stp.example", "asked by [address]")
    assert lifted["person"] == "##########"
    assert [(h["placed_by"], h["lifted_by"]) for h in shell.do("holds", "--format", "csv").rows] == [
        ("jo@stp.example", "##########")
    ]
    assert "The trail is whole" in shell.do("trail", "--verify").out


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
