"""Connections, transactions and the errors that come out of them."""

from __future__ import annotations

import contextlib
import math
import sqlite3
import threading
import time
from collections import namedtuple
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from sqlalchemy import (
    URL,
    Connection,
    Engine,
    Insert,
    Select,
    Update,
    create_engine,
    event,
    exists,
    func,
    literal,
    make_url,
    select,
)
from sqlalchemy.dialects.sqlite import pysqlite
from sqlalchemy.exc import (
    ArgumentError,
    DBAPIError,
    InterfaceError,
    InvalidatePoolError,
    OperationalError,
    SQLAlchemyError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import QueuePool

from monitor.errors import StoreError, StoreUnavailable

SQLITE = "sqlite"
POSTGRESQL = "postgresql"
_DRIVERS = {SQLITE: "sqlite+pysqlite", POSTGRESQL: "postgresql+psycopg"}
_WAIT_S = 30  # for another process that writes, before the database counts as unavailable
_CONNECT_S = 10
_UNSYNCED_S = 1.0  # of a power cut that may be lost of what is not durable, while there is more to write
_TRUSTED_S = 1.0  # for so long a connection that worked is taken to work still
_USED = "clausewatch_used"

_Processor: TypeAlias = Callable[[Any], Any]
Small: TypeAlias = Select[Any] | Insert | Update
_DIALECT = pysqlite.dialect(paramstyle="qmark")
_SPELT = 256  # statements that are remembered as SQLite takes them; some 20 are run so


class Ran(NamedTuple):
    """What a statement gave: rows, and how many it changed."""

    rows: Sequence[Any]
    changed: int


def parse_url(url: str) -> URL:
    """An SQLAlchemy URL of SQLite or PostgreSQL, or a plain file path (an SQLite file).

    Raises:
        StoreUnavailable: another database, or a text that cannot be split with certainty.
    """
    if "://" not in url:
        path = url if url == ":memory:" else str(Path(url).expanduser())
        return URL.create(_DRIVERS[SQLITE], database=path)
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        parsed = None  # the error's own words may hold the password
    # An unescaped @ or / in the password moves a part of it into the host, which error messages name.
    if parsed is None or "@" in (parsed.host or ""):
        raise StoreUnavailable(
            "the database URL cannot be read; special characters in a password are written as %40 for @, %2F for /"
        )
    if parsed.drivername == "postgres":  # as many hosting services write it
        parsed = parsed.set(drivername=POSTGRESQL)
    backend = parsed.get_backend_name()
    if backend not in _DRIVERS:
        raise StoreUnavailable(f"{backend} is not a database that can be used: sqlite and postgresql are")
    if parsed.drivername == backend:
        parsed = parsed.set(drivername=_DRIVERS[backend])
    return parsed


class Database:
    """One database: read and write transactions, with driver errors turned into ours.

    Safe to use from several threads. `place` names it to people: never with user or password.
    """

    def __init__(self, url: URL, *, wait: float | None = None) -> None:
        """Opens nothing yet. `wait` is how many seconds another process on an SQLite file is waited for."""
        self._wait = _WAIT_S if wait is None else wait
        self.backend = url.get_backend_name()
        self.url = url
        self._secret = url.password
        self._closed = False
        self._synced = 0.0  # when a transaction last waited for the disk
        if self.backend == SQLITE:
            self.place = url.database or ":memory:"
            self._engine = _sqlite_engine(url, self._wait)
            self._reader = self._single = self._engine
            # SQLite has one writer. Threads queue here, in order, instead of polling with growing sleeps.
            self._writer: contextlib.AbstractContextManager[object] = threading.Lock()
        else:
            host = url.host or url.query.get("host") or "localhost"
            self.place = f"PostgreSQL database {url.database or ''} at {host}{f':{url.port}' if url.port else ''}"
            self._engine = _postgresql_engine(url)
            # One snapshot for all the queries of a read: it must never see half a check.
            self._reader = self._engine.execution_options(isolation_level="REPEATABLE READ")
            self._single = self._engine.execution_options(isolation_level="AUTOCOMMIT")
            self._writer = contextlib.nullcontext()

    @contextlib.contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that sees one state of the database."""
        with self._errors(), self._reader.connect() as connection, connection.begin():
            if self.backend == SQLITE:
                driver_of(connection).execute("BEGIN")
            yield connection

    @contextlib.contextmanager
    def write(self, *, durable: bool = True) -> Iterator[Connection]:
        """A transaction that writes: all of it or nothing. On SQLite nobody else writes meanwhile.

        One that is not `durable` may be undone by a power cut (never by the end of a process), and waits for no disk:
        one a second at most does. Whatever is durable makes all durable that was written before.
        """
        with self._errors(), self._writer, self._engine.connect() as connection, self._hasty(connection, durable):
            if self.backend == SQLITE:
                # IMMEDIATE: a transaction that reads first and writes later can fail for a lock that no wait resolves.
                driver_of(connection).execute("BEGIN IMMEDIATE")
            yield connection

    @contextlib.contextmanager
    def _hasty(self, connection: Connection, durable: bool) -> Iterator[None]:  # noqa: FBT001 - private
        """A transaction of a connection that does not wait for the disk, unless it is durable."""
        if durable:
            with connection.begin():
                yield
            self._synced = time.monotonic()
        elif self.backend == POSTGRESQL:
            with connection.begin():
                connection.exec_driver_sql("SET LOCAL synchronous_commit TO off")
                yield
        else:
            with self._unsynced(driver_of(connection)), connection.begin():
                yield

    @contextlib.contextmanager
    def _unsynced(self, driver: sqlite3.Connection) -> Iterator[None]:
        """Let a transaction of SQLite end without waiting for the disk, if one has waited lately."""
        if time.monotonic() - self._synced > _UNSYNCED_S:
            yield
            self._synced = time.monotonic()
            return
        driver.execute("PRAGMA synchronous=NORMAL")
        try:
            yield
        finally:
            driver.execute("PRAGMA synchronous=FULL")

    @contextlib.contextmanager
    def glance(self) -> Iterator[Connection]:
        """As `read`, for one query: by itself it sees one state of the database."""
        with self._errors(), self._single.connect() as connection:
            yield connection

    def note(self, updates: Sequence[Update], values: Mapping[str, Any]) -> bool:
        """Run a few small updates, the others only if the first changed a row; tell whether it did.

        They are not durable (see `write`), since waiting for the disk takes longer than all else. On SQLite they go
        past SQLAlchemy, which takes longer than the database, too. To PostgreSQL they go as one statement, since each
        would be a way there and back.
        """
        if self.backend == POSTGRESQL:
            with self.glance() as connection:
                return bool(connection.scalar(_chained(tuple(updates)), values))
        with self._errors(), self._writer, contextlib.closing(self._engine.raw_connection()) as pooled:
            driver = pooled.driver_connection
            assert isinstance(driver, sqlite3.Connection)
            with self._unsynced(driver):
                try:
                    driver.execute("BEGIN IMMEDIATE")
                    done = _run(driver, updates[0], values).rowcount > 0
                    for further in updates[1:] if done else ():
                        _run(driver, further, values)
                    driver.execute("COMMIT")
                finally:
                    if driver.in_transaction:
                        driver.execute("ROLLBACK")
        return done

    @contextlib.contextmanager
    def raw(self) -> Iterator[sqlite3.Connection]:
        """A connection of the driver, for what SQLite offers beside SQL."""
        with self._errors():
            connection = self._engine.raw_connection()
            try:
                driver = connection.driver_connection
                assert isinstance(driver, sqlite3.Connection)
                yield driver
            finally:
                connection.close()

    def vacuum(self) -> None:
        """Give unused space back to the disk. On SQLite nobody else works meanwhile."""
        with self._errors(), self._writer:
            if self.backend == SQLITE:
                with self.raw() as connection:
                    connection.execute("VACUUM")
                return
            with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                for table in ("captures", "blobs", "readings"):
                    connection.exec_driver_sql(f"VACUUM (ANALYZE) {table}")

    def prepare(self) -> None:
        """Look at an SQLite file before anything writes to it, and let its readers go on while one writes.

        Raises:
            StoreUnavailable: it cannot be opened or written, or is something else.
        """
        if self.backend != SQLITE:
            return
        with self._errors():
            deadline = time.monotonic() + self._wait
            while not self._switch_to_wal():
                if time.monotonic() > deadline:
                    raise StoreUnavailable(f"{self.place}: another process keeps it locked")
                time.sleep(0.05)

    def _switch_to_wal(self) -> bool:
        """The mode stays in the file. SQLite does not always wait for a lock here: False means to try again."""
        try:
            connection = self._engine.raw_connection()
            try:
                connection.cursor().execute("PRAGMA journal_mode=WAL")
            finally:
                connection.close()
        except sqlite3.Error as error:
            code = error.sqlite_errorcode & 0xFF  # without SQLite's finer distinctions
            if code == sqlite3.SQLITE_BUSY:
                return False
            path = Path(self.place)
            if path.is_dir():
                why = "is a folder, not a file"
            elif code == sqlite3.SQLITE_NOTADB:
                why = "is not an SQLite database"
            elif not self.place.startswith("file:") and not path.parent.is_dir():
                why = "cannot be made: its folder does not exist"
            else:
                why = f"cannot be opened for writing: {error}"
            raise StoreUnavailable(f"{self.place} {why}") from error
        return True

    def close(self) -> None:
        """Release connections; what comes after fails."""
        self._closed = True
        self._engine.dispose()

    @contextlib.contextmanager
    def _errors(self) -> Iterator[None]:
        if self._closed:
            raise StoreUnavailable(f"{self.place} has been closed")
        try:
            yield
        except (OperationalError, InterfaceError, PoolTimeout, sqlite3.OperationalError) as error:
            raise StoreUnavailable(f"{self.place}: {self._words(error)}") from error
        except (SQLAlchemyError, sqlite3.Error) as error:
            raise StoreError(f"{self.place}: {self._words(error)}") from error

    def _words(self, error: Exception) -> str:
        """What the driver said, in one line and without the password."""
        said = str(error.orig if isinstance(error, DBAPIError) else error)
        line = " ".join(said.split()) or type(error).__name__
        return line.replace(self._secret, "***") if self._secret else line


def driver_of(connection: Connection) -> sqlite3.Connection:
    """What is under a connection to SQLite."""
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    return driver


def run(connection: Connection, statement: Small, values: Mapping[str, Any]) -> Ran:
    """Run a small statement that was built once, as every check runs a dozen.

    On SQLite it goes past SQLAlchemy, which takes longer than the database.
    """
    if connection.dialect.name != SQLITE:
        result = connection.execute(statement, values)
        return Ran(result.all() if result.returns_rows else (), result.rowcount)
    cursor = _run(driver_of(connection), statement, values)
    if cursor.description is None:
        return Ran((), cursor.rowcount)
    row, processors = _row(statement)
    rows = [
        row(*[processor(value) if processor else value for value, processor in zip(found, processors, strict=True)])
        for found in cursor.fetchall()
    ]
    return Ran(rows, cursor.rowcount)


def _run(driver: sqlite3.Connection, statement: Small, values: Mapping[str, Any]) -> sqlite3.Cursor:
    text, binds = _spelt(statement, tuple(values))
    given = [(values.get(name, default), processor) for name, default, processor in binds]
    return driver.execute(text, [processor(value) if processor else value for value, processor in given])


@lru_cache(maxsize=_SPELT)
def _spelt(statement: Small, names: tuple[str, ...]) -> tuple[str, list[tuple[str, Any, _Processor | None]]]:
    """A statement as the driver of SQLite takes it: text, and for each place in it a name, a default, a conversion."""
    compiled = statement.compile(dialect=_DIALECT, column_keys=names)
    binds: list[tuple[str, Any, _Processor | None]] = []
    for name in compiled.positiontup or ():
        bind = compiled.binds[name]
        binds.append((name, bind.value, bind.type.dialect_impl(_DIALECT).bind_processor(_DIALECT)))
    return str(compiled), binds


@lru_cache(maxsize=_SPELT)
def _row(statement: Small) -> tuple[Callable[..., Any], list[_Processor | None]]:
    """What makes a row of what the driver of SQLite gives: with names, as SQLAlchemy's have, and converted alike."""
    columns = statement.exported_columns
    return namedtuple("Row", [str(column.key) for column in columns]), [  # noqa: PYI024 - the names are known by the statement alone
        column.type.dialect_impl(_DIALECT).result_processor(_DIALECT, None) for column in columns
    ]


@cache
def _chained(updates: tuple[Update, ...]) -> Select[Any]:
    """One statement of several updates, for PostgreSQL: gives how many rows the first has changed."""
    first = updates[0].returning(literal(1).label("done")).cte("first")
    further = [
        update.where(exists(select(first.c.done))).returning(literal(1)).cte(f"further_{place}")
        for place, update in enumerate(updates[1:])
    ]
    # It is the setting at the end of a transaction that counts, and this statement is one.
    hasty = func.set_config("synchronous_commit", "off", True).label("hasty")
    return select(select(func.count()).select_from(first).scalar_subquery(), hasty).add_cte(first, *further)


def _sqlite_engine(url: URL, wait: float) -> Engine:
    options: dict[str, Any] = {}
    if url.database in (None, "", ":memory:"):
        # Each connection would be a database of its own: all threads take turns on one.
        options = {"poolclass": QueuePool, "pool_size": 1, "max_overflow": 0}
    # isolation_level=None: the driver opens no transactions by itself; `Database` does. No listener to "begin" does, as
    # SQLAlchemy's recipe has it: one listener makes every statement look for all kinds of listeners.
    engine = create_engine(
        url,
        hide_parameters=True,
        connect_args={"timeout": wait, "isolation_level": None, "check_same_thread": False},
        **options,
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA foreign_keys=ON")
        # FULL: with WAL, NORMAL may lose the last commits when the power fails. A change whose alert has been sent
        # would be found and told again, and a capture that was shown as evidence would be gone.
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.close()

    return engine


def _postgresql_engine(url: URL) -> Engine:
    try:
        engine = create_engine(
            url,
            hide_parameters=True,
            connect_args={} if "connect_timeout" in url.query else {"connect_timeout": _CONNECT_S},
        )
    except ImportError as error:
        raise StoreUnavailable("PostgreSQL needs one more package: install clausewatch[postgres]") from error

    @event.listens_for(engine, "checkin")
    def note_time(_connection: Any, record: Any) -> None:
        record.info[_USED] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def try_out(connection: Any, record: Any, _proxy: Any) -> None:
        """Bear a server that was restarted; `pool_pre_ping` would ask before each transaction, however soon."""
        if time.monotonic() - record.info.get(_USED, math.inf) <= _TRUSTED_S:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise InvalidatePoolError from error  # and so all others that are as old

    return engine
