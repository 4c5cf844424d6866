"""An approved edition in a ledger and the letters about it, for the tests of delivery; also what its child processes run."""

import hashlib
import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from typing import Any

from sqlalchemy import select

from outcomes.delivery import DeliveryLine, Letter, LettersWait, Link, deliver
from outcomes.ledger import Approval, Computation, Delivery, Edition, Event, Ledger, Release, Selection
from outcomes.settings import Settings

MADE_AT = datetime(2018, 6, 14, 9, 30, tzinfo=UTC)
STOKE, STAFFORD, BOARD = "lead@stoke.example", "lead@stafford.example", "partnership-board@stp.example"
AREAS = {"05W": "Stoke-on-Trent", "05V": "Stafford and Surrounds", "QNC": "Staffordshire and Stoke-on-Trent STP"}


def a_letter(area: str = "05W", recipient: str = STOKE, **other: Any) -> Letter:
    """The letter about edition 1 of 2018-04 to one recipient; anything may be given otherwise."""
    pdf = other.pop("pdf", b"%PDF-1.7 the scorecard of " + area.encode())
    folder = f"2018-04/edition-{other.get('edition', 1)}"
    words: dict[str, Any] = {
        "stp": "QNC",
        "area_name": AREAS.get(area, area),
        "period": "2018-04",
        "edition": 1,
        "replaces": None,
        "made_at": MADE_AT,
        "headline": "Two of eight measures are getting better; none is getting worse.",
        "points": ("Better: died where they wanted to, 64%.", "Watch: days at home in the last 90 days, 77.1."),
        "pdf_name": f"scorecard-{area}.pdf",
        "links": (Link("this scorecard as a web page", f"{folder}/scorecard-{area}.html"),),
    }
    return Letter(area=area, recipient=recipient, pdf=pdf, sha256=hashlib.sha256(pdf).hexdigest(), **(words | other))


def three_letters() -> list[Letter]:
    return [a_letter("05W", STOKE), a_letter("05V", STAFFORD), a_letter("QNC", BOARD)]


def an_edition(ledger: Ledger, *, decision: str | None = "approved", period: str = "2018-04", number: int = 1) -> int:
    """An edition with what it stands on; `decision` is what Ann Lead decided on it."""
    with ledger.session() as session:
        selection = session.get(Selection, "s1") or Selection(id="s1")
        session.add(selection)
        session.flush()
        computation = Computation(
            selection_id="s1",
            first_month="2017-05",
            last_month=period,
            code_version=f"{period}.{number}",
            definitions="d1",
            measures={},
            report={},
        )
        session.add(computation)
        session.flush()
        release = Release(period=period, computation_id=computation.id, content_sha256="0" * 64)
        session.add(release)
        session.flush()
        edition = Edition(period=period, number=number, release_id=release.id, context={}, made_at=MADE_AT, files=None)
        session.add(edition)
        session.flush()
    if decision:
        decide(ledger, edition.id, decision)
    return edition.id


def decide(ledger: Ledger, edition_id: int, decision: str) -> None:
    with ledger.session() as session:
        session.add(Approval(edition_id=edition_id, decision=decision, person="Ann Lead", reason="looked at all seven"))


def states(lines: Iterable[DeliveryLine]) -> dict[str, str]:
    return {line.area: line.state for line in lines}


def rows(ledger: Ledger) -> list[Delivery]:
    with ledger.session() as session:
        return list(session.scalars(select(Delivery).order_by(Delivery.id)))


def events(ledger: Ledger, area: str) -> list[str]:
    """What happened to the deliveries of an area, in order: `queued`, `sending`, …"""
    with ledger.session() as session:
        kinds = session.scalars(select(Event.kind).where(Event.subject.contains(f": {area},")).order_by(Event.id))
        return [kind.removeprefix("delivery_") for kind in kinds]


def run_of_its_own(url: str, settings: dict[str, Any], edition_id: int) -> None:
    """A whole run, for a child process."""
    deliver(Ledger(url), Settings.load(**settings), edition_id, three_letters())


def mother_of_runs(url: str, talk: Connection) -> None:
    """Has a child for each order (settings, edition, period), tells its process id, that it ended, and then how.

    A child sends the three letters of a month, waits or not. It is a copy of this process, which has done all that before,
    to nobody; so a run takes a tenth of a second. Until its end is asked for its process id is not given to another.
    """
    ledger = Ledger("sqlite://")
    _run(ledger, {}, an_edition(ledger), "2018-04")
    talk.send(os.getpid())
    while order := talk.recv():
        child = os.fork()
        if child == 0:
            with suppress(BaseException):
                _run(Ledger(url), *order)
                os._exit(0)
            os._exit(1)
        talk.send(child)
        os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
        talk.send("ended")
        talk.recv()
        talk.send(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


def _run(ledger: Ledger, settings: dict[str, Any], edition_id: int, period: str) -> None:
    letters = [replace(letter, period=period) for letter in three_letters()]
    with suppress(LettersWait):
        deliver(ledger, Settings.load(**settings), edition_id, letters, at_once=True)
