"""The queue between leader and workers: Procrastinate, in a schema of its own beside our tables.

Jobs are hints. What is due stands in our tables and is claimed there: a job that is lost, or comes twice, costs a look
at the schedule and no more. So the queue may be emptied at any time, and is made anew when Procrastinate changes its
tables.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from importlib import resources
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import URL, make_url

from monitor.config import Config
from monitor.errors import ConfigError, ConfigProblem, StoreUnavailable
from storage.connecting import PATIENCE, libpq_address

if TYPE_CHECKING:
    import procrastinate
    from procrastinate.jobs import Job
    from psycopg import AsyncConnection

CHECKS = "checks"
DELIVERIES = "deliveries"
SCHEMA = "clausewatch_jobs"
LEADER_LOCK = 0x636C617573656C64  # "clauseld": the advisory lock of the one who hands out work
_SCHEMA_LOCK = 0x636C617573656A6F  # "clausejo": of the one who makes the tables
_PATIENCE_S = 30  # with another process that makes them
_AWAY_S = 5  # for a connection, before the database counts as away
_PLACE = "monitor.work"

log = structlog.get_logger(__name__)


class Queue:
    """The jobs of a database."""

    def __init__(self, config: Config) -> None:
        """Opens nothing yet.

        Raises:
            ConfigError: the database is not PostgreSQL, or the package for the queue is missing.
        """
        self._url = _address(config)
        try:
            import procrastinate  # noqa: F401, PLC0415 - only who has several machines needs it
            import psycopg_pool  # noqa: F401, PLC0415 - likewise
        except ImportError as error:
            raise _trouble(f"workers need one more package ({error.name}): install clausewatch[scale]") from error

    @asynccontextmanager
    async def opened(
        self, check: Callable[..., None] | None = None, deliver: Callable[..., None] | None = None
    ) -> AsyncIterator[procrastinate.App]:
        """A connection to the queue, whose tables are made if they are missing. Workers say what their jobs do."""
        import procrastinate  # noqa: PLC0415 - see above

        await self._prepare()
        given = self._url.query.get("options", "")
        url = self._url.update_query_dict({"options": f"{given} -c search_path={SCHEMA}"})
        connector = procrastinate.PsycopgConnector(
            conninfo=libpq_address(url),
            configure=_end_each_statement,
            timeout=_AWAY_S,
            min_size=1,
            max_size=6,
        )
        app = procrastinate.App(connector=connector)
        for name, work in ((CHECKS, check), (DELIVERIES, deliver)):
            if work is not None:
                app.task(name=name, queue=name)(work)
        async with app.open_async():
            yield app

    async def connect(self) -> AsyncConnection:
        """A connection by itself, such as holds a lock of its session."""
        from psycopg import AsyncConnection, OperationalError  # noqa: PLC0415 - see above

        try:
            return await AsyncConnection.connect(libpq_address(self._url), autocommit=True)
        except OperationalError as error:
            raise StoreUnavailable(f"the queue cannot be reached: {' '.join(str(error).split())}") from error

    async def _prepare(self) -> None:
        """Make the tables, anew if they are those of another Procrastinate. Several may do so at once."""
        script = (resources.files("procrastinate.sql") / "schema.sql").read_text(encoding="utf-8")
        made_by = hashlib.sha256(script.encode()).hexdigest()
        async with await self.connect() as connection:
            if await _maker(connection) == made_by:  # nearly always, and then nobody waits for anybody
                return
            async with connection.transaction():
                await self._make(connection, script, made_by)

    async def _make(self, connection: AsyncConnection, script: str, made_by: str) -> None:
        # Whoever hangs while making them is undone soon; whoever waits for that goes on, or tries again.
        for name in ("idle_in_transaction_session_timeout", "lock_timeout"):
            await connection.execute(f"SET LOCAL {name} = '{_PATIENCE_S}s'".encode())
        await connection.execute("SELECT pg_advisory_xact_lock(%s)", (_SCHEMA_LOCK,))
        if await _maker(connection) != made_by:  # else somebody was faster
            log.info("making the queue", schema=SCHEMA)
            await connection.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")
            await connection.execute(f"CREATE SCHEMA {SCHEMA}")
            await connection.execute(f"SET LOCAL search_path TO {SCHEMA}")
            await connection.execute(script.encode())
            await connection.execute(f"COMMENT ON SCHEMA {SCHEMA} IS '{made_by}'".encode())


def checks_of(policies: Iterable[int]) -> Job:
    """A job: look at these policies, one after the other."""
    from procrastinate.jobs import Job  # noqa: PLC0415 - see above

    return Job(queue=CHECKS, task_name=CHECKS, lock=None, queueing_lock=None, task_kwargs={"policies": list(policies)})


def round_of_deliveries() -> Job:
    """A job: send what is due. One that waits is enough."""
    from procrastinate.jobs import Job  # noqa: PLC0415 - see above

    return Job(queue=DELIVERIES, task_name=DELIVERIES, lock=None, queueing_lock=DELIVERIES, task_kwargs={})


def policies_of(job: Job) -> Iterable[int]:
    """Those that a job looks at."""
    policies = job.task_kwargs.get("policies", [])
    assert isinstance(policies, list)
    return [number for number in policies if isinstance(number, int)]


async def _maker(connection: AsyncConnection) -> str | None:
    """Which script has made the tables that are there."""
    query = "SELECT obj_description(oid, 'pg_namespace') FROM pg_namespace WHERE nspname = %s"
    found = await (await connection.execute(query, (SCHEMA,))).fetchone()
    return found[0] if found else None


async def _end_each_statement(connection: AsyncConnection) -> None:
    """Let the server end the transaction of each statement, not us.

    A process that hangs between the two would keep its jobs, and the lock that a round of deliveries is queued with,
    from all others.
    """
    await connection.set_autocommit(True)


def _address(config: Config) -> URL:
    url = config.storage.url.get_secret_value()
    if not url.startswith(("postgresql", "postgres:")):
        raise _trouble("workers share a PostgreSQL database: name one in storage.url")
    parsed = make_url(url)
    return parsed.update_query_dict({name: str(value) for name, value in PATIENCE.items() if name not in parsed.query})


def _trouble(what: str) -> ConfigError:
    return ConfigError("configuration", (ConfigProblem(_PLACE, what),))
