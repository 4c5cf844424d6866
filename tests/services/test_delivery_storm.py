"""Two hundred kills and mail faults, at random: no scorecard is sent twice, none is lost, every unknown is shown as such.

Run after run sends the three letters of a month until nothing of them is queued; something goes wrong in each: the process
is killed after a while or at a point of its talk with the relay, the relay refuses or hangs up, or there is none. In between
a person decides on some of what is unknown or refused. The relay counts what it took charge of.
"""

import multiprocessing
import os
import random
import signal
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from outcomes import workflow
from outcomes.ledger import Delivery, Ledger
from outcomes.periods import Month
from outcomes.settings import Settings
from services.delivery_examples import an_edition, mother_of_runs
from services.mail_server import DROP_AFTER_ACCEPTANCE, DROP_BEFORE_ACCEPTANCE, MailServer
from shell import PROCESSES

LONG = 60
SHARED_MEMORY = Path("/dev/shm")
FAULTS = ("451 4.3.0 Try later", "554 5.7.1 Not wanted", DROP_BEFORE_ACCEPTANCE, DROP_AFTER_ACCEPTANCE)
# Where in the talk about a letter the process dies: it is named, its recipient is, its text is there, it is kept.
POINTS = ("MAIL", "RCPT", "DATA", "kept")
DEAD_RELAY = "nobody listens"
AFTER_A_WHILE = "killed after a while"


class DeadlyServer(MailServer):
    """Kills `victim` when the talk about the letter number `at` comes to `point`; the relay itself goes on."""

    victim, point, at = 0, "", 0

    def __init__(self) -> None:
        super().__init__()
        # How often the relay took charge of each message.
        self.taken: Counter[str] = Counter()

    def strike(self, point: str) -> None:
        if point == self.point:
            self.at -= 1
            if self.at == 0:
                self.point = ""
                os.kill(self.victim, signal.SIGKILL)

    async def handle_MAIL(self, *talk: Any) -> str:
        self.strike("MAIL")
        return await super().handle_MAIL(*talk)

    async def handle_RCPT(self, *talk: Any) -> str:
        self.strike("RCPT")
        return await super().handle_RCPT(*talk)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.strike("DATA")
        before = len(self.got)
        answer = await super().handle_DATA(server, session, envelope)
        for received in self.got[before:]:
            self.taken[received.content.partition(b"Message-ID: ")[2].split()[0].decode()] += 1
        self.strike("kept")
        return answer


class Storm:
    """One ledger, one relay, one run after the other, and a person who looks in between."""

    def __init__(self, ledger_url: str, server: DeadlyServer, seed: int) -> None:
        self.url, self.server, self.chance = ledger_url, server, random.Random(seed)
        self.ledger = Ledger(ledger_url)
        self.settings = Settings.load(database_url=ledger_url, **server.settings())
        # How often the relay may have a message at most; a person may allow one more than it has by then.
        self.allowed: Counter[str] = Counter()
        self.hits: Counter[str] = Counter()
        self.resent: set[str] = set()
        self.talk, theirs = multiprocessing.Pipe()
        self.mother = PROCESSES.Process(target=mother_of_runs, args=(ledger_url, theirs))
        self.mother.start()
        assert self.talk.poll(LONG)
        assert self.talk.recv() == self.mother.pid

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.mother.kill()
        self.mother.join(LONG)
        self.ledger.close()

    def rows(self, edition: int | None = None) -> list[Delivery]:
        with self.ledger.session() as session:
            query = session.query(Delivery).order_by(Delivery.id)
            return list(query if edition is None else query.filter_by(edition_id=edition))

    def run(self, edition: int, period: str, evil: str) -> None:
        """One run in which something goes wrong, if it comes to that."""
        settings, chance = self.server.settings(), self.chance
        if evil == DEAD_RELAY:
            settings["smtp_port"] = 9
        self.server.faults = [*["ok"] * chance.randrange(3), evil] if evil in FAULTS else []
        self.server.at = chance.randint(1, 3)
        self.talk.send((settings, edition, period))
        self.server.victim = child = self.talk.recv()
        self.server.point = evil if evil in POINTS else ""
        if evil == AFTER_A_WHILE and not self.talk.poll(chance.uniform(0, 0.15)):
            os.kill(child, signal.SIGKILL)
        assert self.talk.poll(LONG)
        self.talk.recv()
        self.server.point = ""
        self.talk.send("and how?")
        code = self.talk.recv()
        assert code in {0, -signal.SIGKILL}, f"{evil}: {code}"
        hit = code != 0 or evil == DEAD_RELAY or (evil in FAULTS and not self.server.faults)
        self.hits[evil] += hit
        self.server.faults = []

    def look(self, edition: int) -> None:
        """A person decides on some of what is unknown or refused; mostly after asking whether it came."""
        taken = self.server.taken
        for row in self.rows(edition):
            if row.state not in {"unknown", "refused"} or self.chance.random() < 0.6:
                continue
            if row.state == "unknown" and taken[row.message_id] and self.chance.random() < 0.8:
                workflow.arrived(self.settings, row.id, person="Ann Lead", reason="It is there.")
            else:
                workflow.resend(self.settings, row.id, person="Ann Lead", reason="It is not there.")
                self.allowed[row.message_id] = taken[row.message_id] + 1
                self.resent.add(row.message_id)

    def check(self, edition: int | None = None) -> None:
        """What holds at any moment."""
        taken = self.server.taken
        for row in self.rows(edition):
            had = taken[row.message_id]
            assert had <= (self.allowed[row.message_id] or 1), f"delivery {row.id} was sent twice by itself"
            if row.state == "sent":
                assert had, f"delivery {row.id} is lost"
            elif row.state in {"queued", "refused"} and row.message_id not in self.resent:
                assert not had, f"delivery {row.id} is {row.state}, and the relay has it"


@pytest.fixture
def server() -> Iterator[DeadlyServer]:
    with DeadlyServer() as running:
        yield running


@pytest.mark.parametrize(
    ("database", "disturbances"), [("sqlite", 200), ("postgresql", 20)], ids=["sqlite", "postgresql"]
)
def test_no_scorecard_is_sent_twice_none_is_lost_and_every_unknown_is_shown(
    request: pytest.FixtureRequest, tmp_path: Path, server: DeadlyServer, database: str, disturbances: int
) -> None:
    if database == "sqlite":
        # In memory where there is such a folder: a kill is no power cut, and waiting for the disk takes minutes.
        folder = tempfile.TemporaryDirectory(dir=SHARED_MEMORY if SHARED_MEMORY.is_dir() else tmp_path)
        request.addfinalizer(folder.cleanup)
        url = f"sqlite:///{folder.name}/ledger.sqlite"
    else:
        url = request.getfixturevalue("postgres_ledger_url")
    editions: dict[str, int] = {}
    evils = (*FAULTS, *POINTS, *[AFTER_A_WHILE] * 3, DEAD_RELAY)
    with Storm(url, server, seed=20260) as storm:
        while storm.hits.total() < disturbances:
            period = str(Month(2000, 1) + len(editions))
            editions[period] = edition = an_edition(storm.ledger, period=period)
            states = {"queued"}
            while states & {"queued", "sending"} and storm.hits.total() < disturbances:
                storm.run(edition, period, storm.chance.choice(evils))
                storm.check(edition)
                states = {row.state for row in storm.rows(edition)} or {"queued"}
            storm.look(edition)

        # The weather clears. The last month may not even have been queued.
        assert {period for period, _ in workflow.waiting(storm.settings, at_once=True)} <= set(editions)
        for period, edition in editions.items():
            storm.run(edition, period, "nothing")
        storm.check()
        rows = storm.rows()
        open_alerts = {alert.about for alert in workflow.alerts(storm.settings)}

    assert len(rows) == 3 * len(editions)
    assert {row.state for row in rows} <= {"sent", "refused", "unknown"}
    unknown = [row for row in rows if row.state == "unknown"]
    assert all("may have arrived" in row.detail for row in unknown)
    assert {f"delivery {row.id}, attempt {row.attempts}, unknown" for row in unknown} <= open_alerts
    if disturbances > 100:
        assert set(storm.hits) == {*evils, "nothing"}
        assert unknown
