"""Does what the leader hands out: looks at policies, sends what is due. As many workers as there are machines."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from monitor.app import App
from monitor.config import Config
from monitor.daemon import FAREWELL
from monitor.errors import StoreError
from monitor.heartbeat import BEATS
from monitor.reloading import Former, reloaded
from monitor.scale.queue import CHECKS, DELIVERIES, Queue

if TYPE_CHECKING:
    import procrastinate

_SENDERS = 1  # it only begins to send
# Until jobs are looked for without having been told of any, which a broken connection may swallow.
_POLL_S = 5.0
# After trouble with the database.
REST = timedelta(seconds=5)

log = structlog.get_logger(__name__)


class Worker:
    """Takes jobs until it is told to stop, and finishes those that it has begun."""

    def __init__(self, app: App, *, jobs: int | None = None, reload: Callable[[], Config] | None = None) -> None:
        """`jobs` stands above the configuration's, for machines of another size; `reload` reads that anew, on SIGHUP.

        See `Queue` for errors.
        """
        self._app = app
        self._read_anew = reload
        self._reloading = threading.Lock()
        self._former = Former()
        self._jobs = jobs or app.config.monitor.jobs
        self._queue = Queue(app.config)
        self._stopping = False
        self._told = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    def run(self) -> None:
        """Work until `stop`; then finish what is begun."""
        _ = self._app.looks, self._app.courier  # made, and found faulty, before any thread needs them
        self._app.claims.recover()
        with self._app.alive() as self._heart:
            asyncio.run(self._run())
            self._deliver(wait=True)  # what is being sent ends
            self._former.wait(self._app)
        log.info("stopped")

    def stop(self) -> None:
        """Ask `run` to return. May be called from a signal handler or another thread."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._told.set)
        else:
            self._told.set()

    def reload(self) -> None:
        """Read the configuration anew, but for the number of jobs. May be called as `stop`."""
        if (loop := self._loop) is not None:
            loop.call_soon_threadsafe(loop.run_in_executor, None, self._reload)

    async def _run(self) -> None:
        loop = self._loop = asyncio.get_running_loop()
        loop.set_default_executor(ThreadPoolExecutor(self._jobs + _SENDERS, thread_name_prefix="job"))
        stop = asyncio.create_task(self._told.wait())
        while not self._told.is_set():
            work = asyncio.create_task(self._work())
            await asyncio.wait({stop, work}, return_when=asyncio.FIRST_COMPLETED)
            if self._told.is_set():
                self._wind_up()
                work.cancel()
            try:
                await work
            except asyncio.CancelledError:
                break
            except Exception as error:  # noqa: BLE001 - whatever the queue's libraries raise: it is tried again
                log.error("the queue failed", error=" ".join(str(error).split()))  # noqa: TRY400 - told in a line
            await asyncio.wait({stop}, timeout=REST.total_seconds())
        stop.cancel()
        if not self._stopping:  # it was told while it waited for a queue that failed
            self._wind_up()
        self._loop = None

    def _wind_up(self) -> None:
        log.info("stopping")
        self._stopping = True
        self._app.wind_up(FAREWELL)

    async def _work(self) -> None:
        """Take jobs until it is cancelled, or the connection to the queue breaks."""
        async with self._queue.opened(self._check, self._deliver) as queue:
            log.info("working", jobs=self._jobs)
            workers = [
                asyncio.create_task(self._take(queue, name, concurrency))
                for name, concurrency in ((CHECKS, self._jobs), (DELIVERIES, _SENDERS))
            ]
            try:
                await asyncio.wait(workers, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for worker in workers:
                    worker.cancel()
                await asyncio.gather(*workers, return_exceptions=True)

    async def _take(self, queue: procrastinate.App, name: str, concurrency: int) -> None:
        beat = self._app.config.monitor.lease.total_seconds()
        await queue.run_worker_async(
            queues=[name],
            name=f"{self._app.owner}/{name}",
            concurrency=concurrency,
            install_signal_handlers=False,
            delete_jobs="always",
            fetch_job_polling_interval=_POLL_S,
            update_heartbeat_interval=beat / BEATS,
            stalled_worker_timeout=beat,
        )

    def _reload(self) -> None:
        """Go on with another configuration, or with the old one where the new has mistakes."""
        assert self._read_anew is not None
        with self._reloading:
            former, new = self._app, reloaded(self._app, self._read_anew)
            if new is None:
                return
            self._app = new
            if self._stopping:  # meanwhile, which the former one alone was told
                new.wind_up(FAREWELL)
        self._heart.keep(new.config.monitor.lease)
        self._former.retire(former)

    def _check(self, policies: list[int]) -> None:
        """Look at policies that the leader found due, those of them that still are."""
        app = self._app
        try:
            for policy in app.looks.take_due(len(policies), among=policies):
                if self._stopping:
                    app.claims.give_back(policy)
                else:
                    app.looks.look(policy, claimed=True)
        except StoreError as error:  # what is due stays due, and what is claimed comes back
            log.error("the database failed", error=str(error))  # noqa: TRY400 - told in a line

    def _deliver(self, *, wait: bool = False) -> None:
        """Send what is due. A channel that takes its time must not keep the others waiting: no round is waited for."""
        try:
            self._app.deliver(wait=wait)
        except StoreError as error:
            log.error("cannot send alerts", error=str(error))  # noqa: TRY400 - told in a line
