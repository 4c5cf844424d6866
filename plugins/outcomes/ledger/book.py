"""Opening the ledger: one engine, sessions, and the schema brought up to date.

Promises that an opened ledger has the newest schema, that events join the trail when their transaction commits, that
two processes opening it at once do not migrate twice, that a database out of reach is one clear sentence, and that no
sentence shows the password.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, create_engine, event, insert, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, OperationalError
from sqlalchemy.orm import Session, sessionmaker

from outcomes.errors import SetupError
from outcomes.ledger.tables import Table
from outcomes.ledger.trail import join, keep_back

_MIGRATIONS = Path(__file__).parent / "migrations"

# Any number will do; on PostgreSQL all that change the schema, or want to write alone, queue for the same one.
_QUEUE = 7_202_602
_READING = {"reading": True}


class Ledger:
    """The ledger at a database URL, ready to use."""

    def __init__(self, url: str) -> None:
        """Open and bring up to date; raises SetupError when the database cannot be reached or written."""
        try:
            parsed = _address(url)
            self.where = _without_secrets(parsed)
            if parsed.get_backend_name() == "sqlite" and parsed.database:
                # The home, where it is new: it is nobody else's.
                Path(parsed.database).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.engine = create_engine(parsed, **_options(parsed.get_backend_name()))
            if self.engine.dialect.name == "sqlite":
                event.listen(self.engine, "connect", _sqlite_on_connect)
                event.listen(self.engine, "begin", _sqlite_begin)
            self._sessions = sessionmaker(self.engine, expire_on_commit=False, close_resets_only=False)
            self._migrate()
        except (ArgumentError, NoSuchModuleError, ImportError, ValueError) as error:
            raise SetupError(
                f"OUTCOMES_DATABASE_URL is not a usable address ({error}): "
                "write sqlite:///path or postgresql+psycopg://user:password@host/database."
            ) from None
        except (DBAPIError, OSError) as error:
            reason = getattr(error, "orig", None) or error
            raise SetupError(
                f"The ledger {self.where} cannot be opened ({str(reason).splitlines()[0]}): "
                "check OUTCOMES_DATABASE_URL, that the server runs and that the folder can be written."
            ) from None

    @contextmanager
    def session(self, *, alone: bool = False, reading: bool = False) -> Iterator[Session]:
        """One transaction: committed at the end, rolled back when anything is raised.

        With `alone` no other such transaction is open meanwhile (on SQLite none ever is). With `reading` nothing may be
        written, and on SQLite it does not wait for one who writes.
        Raises SetupError when the database stops answering, is locked for too long or cannot be written.
        """
        try:
            with self._sessions.begin() as session:
                if reading:
                    session.connection(execution_options=_READING)
                keep_back(session)
                if alone:
                    _queue(session.connection())
                yield session
                join(session)
        except OperationalError as error:
            raise SetupError(
                f"The ledger {self.where} does not take what is written ({str(error.orig).splitlines()[0]}): check the "
                "server, its rights and its free space, then run the same again; nothing is half done."
            ) from None

    def close(self) -> None:
        self.engine.dispose()

    def _migrate(self) -> None:
        # A migration's file bears its revision's name, so that every task need not import Alembic to see that all is
        # well.
        known = {path.stem for path in (_MIGRATIONS / "versions").glob("*.py")}
        newest = max(known)
        with self.engine.connect() as connection:
            stands = _revision(connection)
        if stands == newest:
            return
        if stands is not None and stands not in known:
            raise SetupError(
                f"The database {self.where} is not this program's, or that of a newer one (its schema is {stands!r}): give "
                "the ledger a database of its own in OUTCOMES_DATABASE_URL, not Airflow's, or install the newer program."
            )
        from alembic import command
        from alembic.config import Config

        config = Config()
        config.set_main_option("script_location", str(_MIGRATIONS))
        with self.engine.begin() as connection:
            _queue(connection)
            if _revision(connection) != newest:
                config.attributes["connection"] = connection
                command.upgrade(config, "head")


def insert_rows(session: Session, kind: type[Table], rows: Sequence[Mapping[str, Any]]) -> None:
    """Add many rows at once, into the plain table.

    For mapped rows SQLAlchemy makes a statement anew wherever other columns are empty, which takes many times as long.
    """
    if rows:
        session.execute(insert(kind.metadata.tables[kind.__tablename__]), rows)


def _address(url: str) -> URL:
    """The URL taken apart; ValueError or ArgumentError when it cannot be, neither showing it."""
    try:
        parsed = make_url(url)
    except ValueError:
        raise ValueError("its port is no number") from None
    # What was cut off wrongly holds a part of the password, and the address is told in messages.
    if "@" in (parsed.host or "") or ("@" in (parsed.database or "") and parsed.get_backend_name() != "sqlite"):
        raise ValueError("in the user and the password an @ is written %40, a / %2F and a : %3A")
    if parsed.get_dialect().is_async:
        raise ValueError("its driver is for programs that do many things at once, and this one is not")
    return parsed


def _without_secrets(url: URL) -> str:
    return url.set(query={}).render_as_string()


def _queue(connection: Connection) -> None:
    """Wait until this transaction is the only one that asked for it; a transaction on SQLite always is alone."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("select pg_advisory_xact_lock(:n)"), {"n": _QUEUE})


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("select version_num from alembic_version")).scalar()


def _options(backend: str) -> dict[str, Any]:
    # pysqlite waits this many seconds for another process's transaction before it gives up.
    return {"connect_args": {"timeout": 120}} if backend == "sqlite" else {"pool_pre_ping": True}


def _sqlite_on_connect(connection: Any, _record: Any) -> None:
    # Transactions are ours (below): left to itself the driver starts them late and two writers then deadlock.
    # Write-ahead logging would gain nothing, since every transaction is alone, and SQLite changes into it without
    # waiting its turn.
    connection.isolation_level = None
    connection.execute("pragma synchronous = full")
    connection.execute("pragma foreign_keys = on")


def _sqlite_begin(connection: Connection) -> None:
    reading = connection.get_execution_options().get("reading")
    connection.exec_driver_sql("begin" if reading else "begin immediate")
