"""The door to the database: opening, schema, transactions."""

from __future__ import annotations

import random
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import create_engine, event, func, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from crawler.errors import ConfigurationError, StoreError
from workers.clock import utc_now
from workers.ledger.revision import REVISION
from workers.ledger.tables.base import revision
from workers.ledger.work import lane_changes
from workers.private import private_database

if TYPE_CHECKING:
    import psycopg
    from sqlalchemy import URL, Connection, Engine
    from sqlalchemy.pool import ConnectionPoolEntry

__all__ = ["Ledger"]

_T = TypeVar("_T")
_ATTEMPTS = 12
_LONGEST_PAUSE = 1.0
"""Seconds between two attempts at one transaction."""
_BUSY = 30
"""Seconds that SQLite waits for another writer."""
_KEPT, _MOST = 16, 80
"""Connections that stay open, and that there may be: a process has some fifty threads."""
_AGAIN = frozenset({"40001", "40P01", "23505", "55P03", "57P01", "57P02", "57P03"})
"""SQLSTATE: serialization failure, deadlock, unique violation (a race for one key), lock not
available, administrator shutdown, crash shutdown, cannot connect now (PostgreSQL, Appendix A)."""


class Ledger:
    """One database. Connections are pooled; safe to share between threads, not over a fork."""

    def __init__(self, engine: Engine) -> None:
        """Use `Ledger.open` instead, which sets up the engine."""
        self._engine = engine
        # Threads of one process queue up here: each waits for a moment, not for SQLite's next try.
        alone = engine.dialect.name == "sqlite"
        self._one_writer: AbstractContextManager[object] = (
            threading.Lock() if alone else nullcontext()
        )

    @classmethod
    def open(cls, url: str) -> Ledger:
        """Open `sqlite:///path` or `postgresql://...`; nothing is connected or created yet.

        Raises ConfigurationError for a URL that names neither, and where the driver is missing.
        """
        try:
            parsed = make_url(url)
        except ArgumentError as error:
            msg = "the database URL cannot be read; write sqlite:///path or postgresql://host/name"
            raise ConfigurationError(msg) from error
        match parsed.get_backend_name():
            case "sqlite":
                return cls(_sqlite(parsed))
            case "postgresql":
                return cls(_postgresql(parsed))
            case other:
                msg = f"no ledger on {other}; write sqlite:///path or postgresql://host/name"
                raise ConfigurationError(msg)

    def close(self) -> None:
        """Close all pooled connections."""
        self._engine.dispose()

    def upgrade(self) -> None:
        """Migrate the schema to the latest revision (creates it if missing). Raises StoreError."""
        with self.write() as conn:
            from workers.ledger import schema

            schema.upgrade(conn)

    def current(self) -> str | None:
        """Return the revision of the schema, None where there is none. Raises StoreError."""
        with self.read() as conn:
            return revision(conn)

    def is_current(self) -> bool:
        """Say at once whether we may work with the schema, by its revision and its mark alone.

        Raises StoreError.
        """
        with self.read() as conn:
            have = revision(conn)
            if have == REVISION:
                return True
            from workers.ledger.marks import may_work

            return may_work(conn, have, REVISION)

    def now(self) -> datetime:
        """Return the time of the database; on SQLite that of this machine. Raises StoreError."""
        if self._engine.dialect.name == "sqlite":
            return utc_now()
        with self.read() as conn:
            told: datetime = conn.execute(select(func.clock_timestamp())).scalar_one()
        return told.astimezone(UTC)

    def check(self) -> None:
        """Raise StoreError where the database does not answer, or has no schema that we may work with."""
        with self.read() as conn:
            from workers.ledger import schema

            schema.check(conn)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Give a connection that sees one state of the database and writes nothing."""
        with _as_store_error(), self._engine.connect() as conn:
            yield conn

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """Give a connection whose every statement sees the same state, whoever writes meanwhile."""
        still = self._engine
        if still.dialect.name == "postgresql":
            still = still.execution_options(isolation_level="REPEATABLE READ")
        with _as_store_error(), still.connect() as conn:
            yield conn

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Give a connection in a writing transaction: committed at the end, rolled back on error.

        Raises StoreError for every fault of the database; `transaction` tries again instead.
        """
        with _as_store_error(), self._begin() as conn:
            yield conn

    def transaction(self, work: Callable[[Connection], _T]) -> _T:
        """Run `work` in a writing transaction, the whole of it again where the database asks so.

        `work` may run several times: it must have no effect but on its connection. Raises StoreError
        when the database does not recover within a few seconds.
        """
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                with self._begin() as conn:
                    return work(conn)
            except DBAPIError as error:
                if attempt == _ATTEMPTS or not _may_work_again(error):
                    raise _store_error(error) from error
            time.sleep(random.uniform(0, min(_LONGEST_PAUSE, 0.02 * 2**attempt)))  # noqa: S311 - jitter
        raise AssertionError

    @contextmanager
    def _begin(self) -> Iterator[Connection]:
        writing = self._engine.execution_options(ghostcrawl_writes=True)
        with self._one_writer, writing.begin() as conn:
            lane_changes.forget(conn)
            yield conn
            lane_changes.write_down(conn)


@contextmanager
def _as_store_error() -> Iterator[None]:
    try:
        yield
    except (DBAPIError, PoolTimeout) as error:
        raise _store_error(error) from error


def _store_error(error: DBAPIError | PoolTimeout) -> StoreError:
    cause = str(error.orig if isinstance(error, DBAPIError) else error).strip()
    first = cause.splitlines()[0] if cause else "it gave no reason"
    return StoreError(f"the database failed: {first}; try `ghostcrawl db check`")


def _may_work_again(error: DBAPIError) -> bool:
    if error.connection_invalidated:
        return True
    state = getattr(error.orig, "sqlstate", None)
    if state is None:
        name = getattr(error.orig, "sqlite_errorname", "")
        return name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")) or _unconnected(error)
    return state in _AGAIN or state.startswith("08")


def _unconnected(error: DBAPIError) -> bool:
    """Say whether PostgreSQL could not be reached: psycopg has no SQLSTATE for that."""
    return type(error.orig).__module__.startswith("psycopg") and (
        type(error.orig).__name__ in {"OperationalError", "InterfaceError"}
    )


_CONNECTING = {
    "client_encoding": "utf8",  # whatever PGCLIENTENCODING or the role say
    "connect_timeout": 10,
    "keepalives_idle": 5,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}
"""libpq, "Parameter Key Words": a half-open connection is noticed within 20 s."""


def _postgresql(url: URL) -> Engine:
    url = url.set(drivername="postgresql+psycopg")
    try:
        from workers.ledger.half_open import PatientConnection

        engine = create_engine(
            url,
            pool_pre_ping=True,
            pool_size=_KEPT,
            max_overflow=_MOST - _KEPT,
            connect_args=_CONNECTING,
        )
    except ModuleNotFoundError as error:
        msg = f"the PostgreSQL driver is not installed; install it: {_how_to_install()}"
        raise ConfigurationError(msg) from error
    event.listen(
        engine, "do_connect", lambda _, __, args, more: PatientConnection.connect(*args, **more)
    )
    event.listen(engine, "connect", _require_unicode)
    event.listen(engine, "connect", _end_when_idle)
    event.listen(engine, "begin", _end_soon_when_idle)
    return engine


def _require_unicode(connection: psycopg.Connection[Any], entry: ConnectionPoolEntry) -> None:
    """Raise StoreError for a database that does not keep every text: names and locks are in any script."""
    told = connection.info.parameter_status("server_encoding")
    if told != "UTF8":
        msg = (
            f"the database {connection.info.dbname} has the encoding {told}, and UTF8 is needed; make another one: "
            "CREATE DATABASE name ENCODING 'UTF8' LOCALE 'C.UTF-8' TEMPLATE template0"
        )
        raise StoreError(msg)
    del entry


_IDLE = "idle_in_transaction_session_timeout"
_LONGEST_IDLE = "20s"
"""Between two statements of a transaction that writes: its process was stopped, or its machine is gone."""
_LONGEST_READING = "10min"
"""The same of one that only reads: it locks no rows, and a backup is written meanwhile."""


def _end_when_idle(connection: psycopg.Connection[Any], entry: ConnectionPoolEntry) -> None:
    """Let the server end a transaction that asks nothing any more.

    Whoever comes back to it works again on another connection. Source: PostgreSQL, "Client Connection Defaults".
    """
    connection.execute("SELECT set_config(%s, %s, false)", [_IDLE, _LONGEST_READING])
    connection.commit()
    del entry


def _end_soon_when_idle(conn: Connection) -> None:
    """Let it end a writing one soon: the rows it locked stop all others."""
    if conn.get_execution_options().get("ghostcrawl_writes", False):
        conn.exec_driver_sql(f"SET LOCAL {_IDLE} = '{_LONGEST_IDLE}'")


def _how_to_install() -> str:
    """Return the command that installs the driver into the environment of this process."""
    lock = Path(__file__).resolve().parents[2] / "requirements-postgres.lock"
    what = f"--require-hashes -r {lock}" if lock.is_file() else "'psycopg[binary]'"
    if find_spec("pip") is None:
        return f"uv pip install --python {sys.executable} {what}"
    return f"{sys.executable} -m pip install {what}"


def _sqlite(url: URL) -> Engine:
    connect = {"timeout": _BUSY, "check_same_thread": False}
    path = _database_path(url.database or "")
    if path is None:
        engine = create_engine(url, connect_args=connect)
    else:
        pool = {"pool_size": _KEPT, "max_overflow": _MOST - _KEPT}
        engine = create_engine(url, connect_args=connect, **pool)
        event.listen(engine, "do_connect", lambda *_: private_database(path, create=True))
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _database_path(database: str) -> Path | None:
    """Return the file of an SQLite database; None for one in memory."""
    path = database.removeprefix("file:").partition("?")[0]
    return None if path in {"", ":memory:"} else Path(path)


def _prepare(connection: object, entry: ConnectionPoolEntry) -> None:
    """Set what each SQLite connection needs; WAL stays with the file."""
    connection.isolation_level = None  # type: ignore[attr-defined] # transactions are begun below
    for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}")  # type: ignore[attr-defined]
    del entry


def _begin_sqlite(conn: Connection) -> None:
    """Writers queue up at BEGIN IMMEDIATE instead of failing in the middle."""
    writes = conn.get_execution_options().get("ghostcrawl_writes", False)
    conn.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
