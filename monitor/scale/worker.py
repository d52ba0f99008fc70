"""Does what the leader hands out: looks at policies, sends what is due. As many workers as there are machines."""

from __future__ import annotations

import asyncio
import signal
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from monitor.app import App
from monitor.daemon import FAREWELL
from monitor.errors import StoreError
from monitor.heartbeat import BEATS
from monitor.scale.queue import CHECKS, DELIVERIES, Queue

if TYPE_CHECKING:
    import procrastinate

# Rounds of sending that may go on together: one that waits for a slow receiver must not keep others from theirs.
_SENDERS = 2
# Until jobs are looked for without having been told of any, which a broken connection may swallow.
_POLL_S = 5.0
# After trouble with the database.
REST = timedelta(seconds=5)

log = structlog.get_logger(__name__)


class Worker:
    """Takes jobs until it is told to stop, and finishes those that it has begun."""

    def __init__(self, app: App, *, jobs: int | None = None) -> None:
        """`jobs` stands above the configuration's, for machines of another size. See `Queue` for errors."""
        self._app = app
        self._jobs = jobs or app.config.monitor.jobs
        self._queue = Queue(app.config)
        self._stopping = False

    def run(self) -> None:
        """Work until SIGTERM or SIGINT."""
        _ = self._app.looks, self._app.courier  # made, and found faulty, before any thread needs them
        self._app.claims.recover()
        with self._app.alive():
            asyncio.run(self._run())
        log.info("stopped")

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        loop.set_default_executor(ThreadPoolExecutor(self._jobs + _SENDERS, thread_name_prefix="job"))
        told = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, told.set)
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

    def _check(self, policies: list[int]) -> None:
        """Look at policies that the leader found due, those of them that still are."""
        try:
            taken = self._app.looks.take_due(len(policies), among=policies)
            for policy in taken:
                if self._stopping:
                    self._app.claims.give_back(policy)
                else:
                    self._app.looks.look(policy, claimed=True)
        except StoreError as error:  # what is due stays due, and what is claimed comes back
            log.error("the database failed", error=str(error))  # noqa: TRY400 - told in a line

    def _deliver(self) -> None:
        """Send what is due."""
        try:
            self._app.deliver()
        except StoreError as error:
            log.error("cannot send alerts", error=str(error))  # noqa: TRY400 - told in a line
