"""Does what the leader hands out: looks at policies, sends what is due. As many workers as there are machines."""

from __future__ import annotations

import asyncio
import signal
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
from monitor.reloading import reloaded
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
        self._retiring: list[threading.Thread] = []
        self._jobs = jobs or app.config.monitor.jobs
        self._queue = Queue(app.config)
        self._stopping = False

    def run(self) -> None:
        """Work until SIGTERM or SIGINT. SIGHUP reads the configuration anew, but for the number of jobs."""
        _ = self._app.looks, self._app.courier  # made, and found faulty, before any thread needs them
        self._app.claims.recover()
        with self._app.alive() as self._heart:
            asyncio.run(self._run())
            self._deliver(wait=True)  # what is being sent ends
            for thread in self._retiring:
                thread.join()
            if self._retiring:  # of the first one, whoever made it takes care
                self._app.retire()
        log.info("stopped")

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        loop.set_default_executor(ThreadPoolExecutor(self._jobs + _SENDERS, thread_name_prefix="job"))
        told = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, told.set)
        if self._read_anew:
            loop.add_signal_handler(signal.SIGHUP, lambda: loop.run_in_executor(None, self._reload))
        stop = asyncio.create_task(told.wait())
        while not told.is_set():
            work = asyncio.create_task(self._work())
            await asyncio.wait({stop, work}, return_when=asyncio.FIRST_COMPLETED)
            if told.is_set():
                self._stopping = True
                log.info("stopping")
                self._app.wind_up(FAREWELL)
                work.cancel()
            try:
                await work
            except asyncio.CancelledError:
                break
            except Exception as error:  # noqa: BLE001 - whatever the queue's libraries raise: it is tried again
                log.error("the queue failed", error=" ".join(str(error).split()))  # noqa: TRY400 - told in a line
            await asyncio.wait({stop}, timeout=REST.total_seconds())
        stop.cancel()

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
        self._heart.keep(new.config.monitor.lease)
        thread = threading.Thread(target=former.retire, name="retire")
        self._retiring.append(thread)
        thread.start()

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
