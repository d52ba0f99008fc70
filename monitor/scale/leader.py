"""Hands out what is due to the workers, and does the chores.

One process leads, by an advisory lock; others stand by and take over. The lock is its session's: when the leader dies,
loses its connection or hangs, PostgreSQL gives it to the next who asks. Two leaders for a moment do no harm, since
workers claim what they look at.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, suppress
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import structlog

from monitor.app import App
from monitor.config import Config
from monitor.errors import StoreError
from monitor.heartbeat import BEATS
from monitor.meters import Meters
from monitor.model import Policy, Tally
from monitor.reloading import reloaded
from monitor.scale.chores import Chores
from monitor.scale.queue import DELIVERIES, LEADER_LOCK, Queue, checks_of, policies_of, round_of_deliveries
from monitor.status_server import StatusServer
from monitor.vitals import SILENCE, Vitals

if TYPE_CHECKING:
    import procrastinate
    from psycopg import AsyncConnection

BEAT = timedelta(seconds=2)
# While more is due than is handed out at once. The queue is kept short: what waits in it no longer heeds priorities.
BUSY_BEAT = timedelta(seconds=0.5)
DEPTH = 400
# Policies that one job looks at, one after the other, at most. Those of one host would wait for each other anyway;
# those of several are put together when so much is due that there would be more than JOBS jobs.
AT_ONCE = 10
JOBS = 40
# How many beats are left out after the database failed.
REST = 5

log = structlog.get_logger(__name__)


class Leader:
    """What `monitor run` is when workers do the looking. Checks nothing and sends nothing itself."""

    def __init__(self, app: App, *, beat: timedelta = BEAT, reload: Callable[[], Config] | None = None) -> None:
        """It looks for work every `beat`, or more often for a short lease.

        `reload` reads the configuration anew, on SIGHUP. See `Queue` for errors.
        """
        self._app = app
        self._read_anew = reload
        beat = self._beat = min(beat, app.config.monitor.lease / BEATS)  # what the dead leave is swept in its time
        self._queue = Queue(app.config)
        self._stop = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._chores = Chores(self._stop.is_set)
        self._vitals = Vitals(allowed=max(SILENCE, 15 * beat))
        self._meters = Meters(self._tally, resting=tuple)

    def run(self) -> None:
        """Lead or stand by, until `stop`."""
        # Made, and found faulty, before any thread needs them.
        _ = self._app.looks, self._app.archives, self._app.trouble
        listen = self._app.config.monitor.listen
        with self._app.alive() as self._heart, ExitStack() as stack:
            if listen is not None:
                server = StatusServer(listen, trouble=lambda: self.trouble, metrics=self._meters.page)
                stack.enter_context(server)
                log.info("answering", address=listen[0], port=server.port)
            asyncio.run(self._run())

    @property
    def trouble(self) -> str | None:
        """Why it is not well, in one line; None if it is."""
        return self._vitals.trouble

    def reload(self) -> None:
        """Read the configuration anew. May be called from a signal handler or another thread."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._reload)

    def stop(self) -> None:
        """Ask `run` to return. May be called from a signal handler or another thread."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._stop.set)
        else:
            self._stop.set()

    async def _run(self) -> None:
        import procrastinate  # noqa: PLC0415 - only who has several machines needs it
        import psycopg  # noqa: PLC0415 - likewise

        self._loop = asyncio.get_running_loop()
        log.info("watching", policies=len(self._app.store.policies()), work="workers")
        while not self._stop.is_set():
            try:
                async with self._queue.opened() as queue, await self._queue.connect() as session:
                    await self._rest_at_most(session)
                    await self._stand_by(queue, session)
            except (StoreError, psycopg.Error, procrastinate.exceptions.ProcrastinateException) as error:
                said = " ".join(str(error).split())
                log.error("cannot hand out work", error=said)  # noqa: TRY400 - told in a line
                self._vitals.ill(f"cannot hand out work: {said}")
                if not isinstance(error, psycopg.errors.IdleSessionTimeout):  # a lead that was lost
                    await asyncio.to_thread(self._app.trouble.database_failed, "cannot hand out work", said)
                await self._pause(REST * self._beat)
        self._loop = None
        log.info("stopped")

    def _reload(self) -> None:
        assert self._read_anew is not None
        former, new = self._app, reloaded(self._app, self._read_anew)
        self._meters.reloads.labels("done" if new else "refused").inc()
        if new is not None:
            self._app = new
            self._heart.keep(new.config.monitor.lease)
            former.retire()

    async def _rest_at_most(self, session: AsyncConnection) -> None:
        """Let the server end this session, and so its lead, when nothing is heard of it for a lease and some beats.

        A leader that hangs, or whose machine has gone without a word, would keep others from leading else.
        """
        from psycopg.errors import UndefinedObject  # noqa: PLC0415 - only who has several machines needs it

        silence = max(self._app.config.monitor.lease, 5 * self._beat) / timedelta(milliseconds=1)
        try:
            await session.execute(f"SET idle_session_timeout = {max(1, round(silence))}".encode())
        except UndefinedObject:
            log.warning("a leader that hangs is not replaced: that takes PostgreSQL 14")

    async def _stand_by(self, queue: procrastinate.App, session: AsyncConnection) -> None:
        leads = False
        while not self._stop.is_set():
            self._vitals.beat()
            if not leads:
                leads = await _scalar(session, f"SELECT pg_try_advisory_lock({LEADER_LOCK})")
                if leads:
                    log.info("leading")
            if leads:
                # Asked of the session that holds the lock: when it is gone this fails, and somebody else may lead.
                assert await _scalar(session, "SELECT true")
                more = await self._hand_out(queue)
                self._chores.begin(self._app)
                self._well()
                await self._pause(BUSY_BEAT if more else self._beat)
            else:
                self._well()
                await self._pause(self._beat)

    def _well(self) -> None:
        self._vitals.well()
        self._meters.last_beat.set_to_current_time()

    def _tally(self) -> Tally:
        return self._app.store.tally(now=self._app.clock.now())

    async def _hand_out(self, queue: procrastinate.App) -> bool:
        """Fill the queue with what is due; tell whether more of it is to be expected soon."""
        from procrastinate.exceptions import AlreadyEnqueued  # noqa: PLC0415 - see `_run`

        lease = self._app.config.monitor.lease
        for lost in await queue.job_manager.get_stalled_jobs(seconds_since_heartbeat=lease.total_seconds()):
            # Its worker is gone. What it had claimed is due again when the lease ends; it needs this job no more.
            assert lost.id is not None
            log.warning("a worker has gone", job=lost.id, doing=lost.task_name)
            await queue.job_manager.finish_job_by_id_async(lost.id, status=_failed(), delete_job=True)
        waiting = list(await queue.job_manager.list_jobs_async(status="todo"))
        queued = {number for one in waiting for number in policies_of(one)}
        room = DEPTH - len(queued)
        if not any(one.queue == DELIVERIES for one in waiting):
            with suppress(AlreadyEnqueued):  # by another leader, whose place this one took or lost just now
                await queue.job_manager.defer_job_async(round_of_deliveries())
        due: list[Policy] = []
        if room > DEPTH // 2:  # else the workers have enough for now
            found = await asyncio.to_thread(self._app.store.due, now=self._app.clock.now(), limit=DEPTH)
            due = [policy for policy in found if policy.id not in queued][:room]
        if due:
            await queue.job_manager.batch_defer_jobs_async([checks_of(part) for part in together(due)])
        return len(queued) + len(due) > DEPTH // 2

    async def _pause(self, length: timedelta) -> None:
        try:
            await asyncio.wait_for(self._stop.wait(), length.total_seconds())
        except TimeoutError:
            return


def together(policies: Iterable[Policy]) -> list[list[int]]:
    """Parts that one worker looks at, one policy after the other, in the order of the most urgent.

    Those of one host go together, and so do those of several hosts when many are due: a job costs as much as a look.
    """
    hosts: dict[str, list[int]] = {}
    for policy in policies:
        hosts.setdefault(urlsplit(policy.spec.urls[0]).netloc, []).append(policy.id)
    enough = min(AT_ONCE, sum(map(len, hosts.values())) // JOBS)
    found: list[list[int]] = []
    for part in (part for numbers in hosts.values() for part in _parts(numbers)):
        if found and len(found[-1]) + len(part) <= enough:
            found[-1] += part
        else:
            found.append(list(part))
    return found


def _parts(numbers: list[int]) -> Iterator[tuple[int, ...]]:
    walk = iter(numbers)
    return iter(lambda: tuple(itertools.islice(walk, AT_ONCE)), ())


def _failed() -> procrastinate.jobs.Status:
    from procrastinate.jobs import Status  # noqa: PLC0415 - see `_run`

    return Status.FAILED


async def _scalar(session: AsyncConnection, query: str) -> bool:
    row = await (await session.execute(query.encode())).fetchone()
    assert row is not None
    return bool(row[0])
