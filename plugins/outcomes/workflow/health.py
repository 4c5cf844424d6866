"""Whether this machine and its settings can do the job, line by line, and what to do where not."""

import importlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sqlalchemy import select

from outcomes.definitions.feeds import feeds
from outcomes.definitions.measures import published
from outcomes.definitions.policy import policy, said_of_every_flow
from outcomes.errors import OutcomesError, SetupError
from outcomes.intake.agreements import agreement_with
from outcomes.intake.pgp import try_keys
from outcomes.lake import Lake
from outcomes.ledger import Ledger, Submission, Tombstone
from outcomes.ledger.submissions import key_ids
from outcomes.ledger.trail import verify
from outcomes.organisations import Organisation, partnership
from outcomes.periods import today
from outcomes.settings import Settings

SMALLEST_FREE_SPACE = 2 << 30


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: what was looked at, whether it will do, and the fact or the remedy. `needed` tells must from may."""

    what: str
    good: bool
    say: str
    needed: bool = True


def doctor(settings: Settings) -> list[Finding]:
    """Look at everything the month needs; raises nothing."""
    looks: list[tuple[str, Callable[[], str], bool]] = [
        # First, so that it is this account's alone, whatever is put into it.
        ("home", lambda: _home(settings), True),
        ("definitions", lambda: _definitions(settings), True),
        ("organisations and recipients", lambda: _recipients(settings), True),
        ("ledger", lambda: _ledger(settings), True),
        ("trail", lambda: _trail(settings), True),
        ("withdrawals", lambda: _withdrawals(settings), True),
        ("objections", lambda: _objections(settings), True),
        ("lake", lambda: _lake(settings), True),
        ("lake and ledger", lambda: _of_one_another(settings), False),
        ("publications folder", lambda: _writable(settings.publications), True),
        ("feedback folder", lambda: _writable(settings.feedback), True),
        ("inbox", lambda: _inbox(settings), True),
        ("pseudonym key", lambda: _key(settings), True),
        ("locked files", lambda: _locks(settings), True),
        ("PDF rendering", _rendering, True),
        ("mail relay" if settings.transport == "smtp" else "GOV.UK Notify", lambda: _transport(settings), True),
        ("alerts", lambda: _alerts(settings), False),
        ("who can look into the home", lambda: _closed(settings), False),
        ("free disk space", lambda: _space(settings), True),
        ("Airflow", _airflow, False),
    ]
    looks += _sources(settings)
    return list(_findings(looks))


def _findings(looks: list[tuple[str, Callable[[], str], bool]]) -> Iterator[Finding]:
    for what, look, needed in looks:
        try:
            yield Finding(what, good=True, say=look(), needed=needed)
        except OutcomesError as error:
            yield Finding(what, good=False, say=str(error), needed=needed)


def _definitions(settings: Settings) -> str:
    chosen = published(today(), settings.measures)
    late = [m.id for m in chosen.values() if m.overdue(today())]
    policy(settings.policy)
    review = f"; due for review: {', '.join(late)}" if late else ""
    return f"{len(feeds())} feeds, {len(chosen)} published measures{review}"


def _recipients(settings: Settings) -> str:
    from outcomes.delivery.policy import allowed_address, allowed_domains

    known, domains = partnership(settings.organisations), allowed_domains(settings.policy)
    for area in known.areas:
        for recipient in area.recipients:
            allowed_address(area.code, recipient, domains)
    for supplier in known.suppliers:
        for contact in supplier.contacts:
            allowed_address(supplier.code, contact, domains)
    without = [a.code for a in known.areas if not a.recipients]
    if without:
        raise SetupError(
            f"Nobody receives the scorecard of {', '.join(without)}: add recipients in organisations.toml."
        )
    return f"{len(known.areas)} areas with recipients, {len(known.suppliers)} suppliers"


def _ledger(settings: Settings) -> str:
    ledger = Ledger(settings.database_url)
    try:
        return f"{ledger.engine.dialect.name}, schema up to date"
    finally:
        ledger.close()


def _trail(settings: Settings) -> str:
    with closing(Ledger(settings.database_url)) as ledger, ledger.session() as session:
        found = verify(session)
    if found.broken:
        raise SetupError(f"{found.broken} Compare the ledger with its last backup.")
    return f"{found.events:,} events, the latest hash is {found.latest[:12]}"


def _withdrawals(settings: Settings) -> str:
    with closing(Ledger(settings.database_url)) as ledger, ledger.session() as session:
        begun = session.scalars(select(Tombstone).where(Tombstone.erased_at.is_(None)).order_by(Tombstone.id)).all()
    if begun:
        again = "outcomes withdraw" if begun[0].kind == "withdrawn" else "outcomes retain"
        raise SetupError(f"{begun[0].subject} is not deleted completely: run `{again}` again.")
    return "none is half done"


def _objections(settings: Settings) -> str:
    flows = said_of_every_flow(settings.policy)
    said = f"said of each of {len(flows)} feeds"
    if made_up := [feed for feed, flow in flows.items() if flow.synthetic]:
        said = f"for made-up people only in {len(made_up)} of {len(flows)} feeds: no real NHS number is let in there"
    return said + _check_service(settings, [feed for feed, flow in flows.items() if flow.asks])


def _check_service(settings: Settings, asking: list[str]) -> str:
    """How the check service is asked; our mailbox is looked into where the connection stands in the settings."""
    from outcomes.intake.sources.connections import FromSettings
    from outcomes.intake.sources.mesh_session import OurMailbox

    entry = policy(settings.policy).check_service
    if not asking:
        return ""
    if entry is None:
        return f"; questions of {len(asking)} wait in {settings.objections}, for whoever carries them"
    if entry.connection in settings.connections:
        ours = OurMailbox(FromSettings(settings), entry.connection, "check service")
        try:
            next(ours.messages(), None)
        finally:
            ours.hang_up()
    return f"; {len(asking)} ask {entry.mailbox} through the connection {entry.connection}"


def _lake(settings: Settings) -> str:
    Lake(settings.lake)
    if "://" in settings.lake:
        return settings.lake
    return _writable(Path(settings.lake))


def _of_one_another(settings: Settings) -> str:
    """A lost OUTCOMES_DATABASE_URL opens a new ledger beside an old lake, and would fill it a second time."""
    with Ledger(settings.database_url).session(reading=True) as session:
        landed = session.execute(select(Submission.lake_file, Submission.rejected_file))
        known = {name for names in landed for name in names if name}
    strange = [name for name in Lake(settings.lake).names() if name not in known]
    if strange:
        raise SetupError(
            f"{len(strange):,} files of the lake are of no submission in the ledger: a few are left by a run that was "
            "stopped, and the next one uses them; all of them mean another ledger's lake: look at OUTCOMES_DATABASE_URL."
        )
    return f"each of the lake's {len(known):,} files belongs to a submission"


def _home(settings: Settings) -> str:
    settings.make_home()
    return str(settings.home)


def _writable(folder: Path) -> str:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".doctor"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise SetupError(f"{folder} cannot be written ({error.strerror}): create it or mend its rights.") from None
    return str(folder)


def _inbox(settings: Settings) -> str:
    if not settings.inbox.is_dir() or not os.access(settings.inbox, os.R_OK | os.X_OK):
        raise SetupError(f"{settings.inbox} is no folder that can be read: create it or set OUTCOMES_INBOX.")
    return str(settings.inbox)


def _sources(settings: Settings) -> Iterator[tuple[str, Callable[[], str], bool]]:
    """A line for each supplier with a source of its own: whether it can be listed from here."""
    from outcomes.intake.sources.configured import has_its_own, source_of
    from outcomes.intake.sources.connections import FromSettings
    from outcomes.workflow.asking import workflows_of_the_service

    try:
        known = partnership(settings.organisations)
    except OutcomesError:
        # Told of already.
        return

    def look(supplier: Organisation) -> str:
        others = workflows_of_the_service(settings)
        with source_of(supplier, known, FromSettings(settings), settings.quarantine, others) as source:
            listing = source.look([supplier.code])
            return f"{source.name} can be listed, {len(listing.complete)} submissions lie there"

    for supplier in known.suppliers:
        if has_its_own(supplier):
            # What stands in Airflow's connections is not known here.
            here = not supplier.source.connection or supplier.source.connection in settings.connections
            yield f"source of {supplier.code}", partial(look, supplier), here


def _key(settings: Settings) -> str:
    _, key_id = settings.key()
    ledger = Ledger(settings.database_url)
    try:
        with ledger.session() as session:
            others = key_ids(session) - {key_id}
    finally:
        ledger.close()
    if others:
        raise SetupError(
            f"The lake was landed under the key {sorted(others)[0]}, this is {key_id}: set the lake's key."
        )
    return f"key {key_id}"


def _locks(settings: Settings) -> str:
    known, said = partnership(settings.organisations), []
    for supplier in known.suppliers:
        agreement = agreement_with(supplier.code, known, settings)
        if agreement.password() is not None:
            said.append(f"zips of {supplier.code}")
        if agreement.signer:
            try_keys(agreement)
            said.append(f"PGP files of {supplier.code}")
    return f"can be opened: {', '.join(said)}" if said else "agreed with no supplier"


def _rendering() -> str:
    try:
        return f"WeasyPrint {importlib.import_module('weasyprint').__version__}"
    except OSError:
        raise SetupError(
            "WeasyPrint lacks its system libraries: install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fontconfig "
            "(Debian's names) with the system's package manager."
        ) from None


def _transport(settings: Settings) -> str:
    from outcomes.delivery.transports import transport

    return transport(settings).greet()


def _alerts(settings: Settings) -> str:
    told = policy(settings.policy).alerts.tell
    if not told:
        raise SetupError("Nobody is told what waits for a person: enter an address under [alerts] in the policy.")
    return f"{len(told)} told what waits for a person"


def _closed(settings: Settings) -> str:
    if settings.home.is_dir() and settings.home.stat().st_mode & 0o007:
        raise SetupError(
            f"Every account of this machine can look into {settings.home}, where records and exact figures lie: "
            "`chmod o-rwx` closes it."
        )
    return "this account, and at most its group"


def _space(settings: Settings) -> str:
    place = next(p for p in (settings.home, *settings.home.parents) if p.exists())
    free = shutil.disk_usage(place).free
    if free < SMALLEST_FREE_SPACE:
        raise SetupError(f"Only {free >> 20} MiB are free at {place}: make room; a month needs about 50 MiB.")
    return f"{free >> 30} GiB"


def _airflow() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return f"apache-airflow {version('apache-airflow')}"
    except PackageNotFoundError:
        raise SetupError(
            "Airflow is not installed here: fine for the command line, needed for the monthly run."
        ) from None
