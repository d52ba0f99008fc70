"""Makes what connects to a database of each kind."""

from __future__ import annotations

import math
import time
from typing import Any

from sqlalchemy import URL, Engine, create_engine, event
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.pool import QueuePool

from monitor.errors import StoreUnavailable

SQLITE = "sqlite"
POSTGRESQL = "postgresql"
# What the driver is told of a server that says nothing, unless the URL tells it otherwise: a machine that has gone
# without a word is given up after a minute. By itself the system waits for two hours.
# https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS
PATIENCE: dict[str, int] = {
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}
_TRUSTED_S = 1.0  # for so long a connection that worked is taken to work still
_USED = "clausewatch_used"


def libpq_address(url: URL) -> str:
    """For PostgreSQL's own tools and its driver: "name=value" pairs, with the password, if the URL has one.

    Not as a URL: they read spaces and several hosts otherwise than SQLAlchemy writes them.
    https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS
    """
    from psycopg.conninfo import make_conninfo  # noqa: PLC0415 - whoever uses SQLite need not have it
    from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg  # noqa: PLC0415 - likewise

    _, values = PGDialect_psycopg().create_connect_args(url)  # type: ignore[no-untyped-call]
    return make_conninfo(**values)


def sqlite_engine(url: URL, wait: float) -> Engine:
    """For SQLite. `wait` is how many seconds another process is waited for."""
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


def postgresql_engine(url: URL, wait: float) -> Engine:
    """For PostgreSQL. A transaction of ours that does nothing for `wait` seconds is ended by the server.

    A process that hangs in the middle of one, or whose machine has gone without a word, would keep its rows from all
    others for good.

    Raises:
        StoreUnavailable: its package is not installed.
    """
    try:
        engine = create_engine(
            url,
            hide_parameters=True,
            connect_args={name: value for name, value in PATIENCE.items() if name not in url.query},
        )
    except ImportError as error:
        raise StoreUnavailable("PostgreSQL needs one more package: install clausewatch[postgres]") from error

    # Unless whoever looks after the server has set a time of their own; 0, which is for ever, cannot be told from none.
    bound = "SELECT set_config(name, %s, false) FROM pg_settings WHERE name = %s AND setting = '0'"
    values = (f"{wait * 1000:.0f}ms", "idle_in_transaction_session_timeout")

    @event.listens_for(engine, "connect")
    def bound_silence(connection: Any, _record: Any) -> None:
        connection.execute(bound, values)
        connection.commit()

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
