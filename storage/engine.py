"""Connections, transactions and the errors that come out of them."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import (
    URL,
    Connection,
    Update,
    make_url,
)
from sqlalchemy.exc import (
    ArgumentError,
    DBAPIError,
    InterfaceError,
    OperationalError,
    SQLAlchemyError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout

from monitor.errors import StoreError, StoreUnavailable
from storage.connecting import POSTGRESQL, SQLITE, postgresql_engine, sqlite_engine
from storage.small import chained, driver_of, run_on

_DRIVERS = {SQLITE: "sqlite+pysqlite", POSTGRESQL: "postgresql+psycopg"}
_WAIT_S = 30  # for another process that writes, before the database counts as unavailable
_UNSYNCED_S = 1.0  # of a power cut that may be lost of what is not durable, while there is more to write


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
    if parsed.drivername not in (backend, _DRIVERS[backend]):
        raise StoreUnavailable(f"{parsed.drivername} is not a driver that can be used: write {backend}")
    return parsed.set(drivername=_DRIVERS[backend])


class Database:
    """One database: read and write transactions, with driver errors turned into ours.

    Safe to use from several threads. `place` names it to people: never with user or password.
    """

    def __init__(self, url: URL, *, wait: float | None = None) -> None:
        """Opens nothing yet. `wait` is how many seconds another process that writes is waited for.

        On PostgreSQL, where several write at once: one that has stopped in the middle of it.
        """
        self._wait = _WAIT_S if wait is None else wait
        self.backend = url.get_backend_name()
        self.url = url
        self._secret = url.password
        self._closed = False
        self._synced = 0.0  # when a transaction last waited for the disk
        if self.backend == SQLITE:
            self.place = url.database or ":memory:"
            self._engine = sqlite_engine(url, self._wait)
            self._reader = self._single = self._engine
            # SQLite has one writer. Threads queue here, in order, instead of polling with growing sleeps.
            self._writer: contextlib.AbstractContextManager[object] = threading.Lock()
        else:
            host = url.host or url.query.get("host") or "localhost"
            self.place = f"PostgreSQL database {url.database or ''} at {host}{f':{url.port}' if url.port else ''}"
            self._engine = postgresql_engine(url, self._wait)
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
                return bool(connection.scalar(chained(tuple(updates)), values))
        with self._errors(), self._writer, contextlib.closing(self._engine.raw_connection()) as pooled:
            driver = pooled.driver_connection
            assert isinstance(driver, sqlite3.Connection)
            with self._unsynced(driver):
                try:
                    driver.execute("BEGIN IMMEDIATE")
                    done = run_on(driver, updates[0], values).rowcount > 0
                    for further in updates[1:] if done else ():
                        run_on(driver, further, values)
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
            lost = isinstance(error, DBAPIError) and error.connection_invalidated
            kind = StoreUnavailable if lost else StoreError
            raise kind(f"{self.place}: {self._words(error)}") from error

    def _words(self, error: Exception) -> str:
        """What the driver said, in one line and without the password."""
        said = str(error.orig if isinstance(error, DBAPIError) else error)
        line = " ".join(said.split()) or type(error).__name__
        return line.replace(self._secret, "***") if self._secret else line
