"""The long-running watch.

Due times live in the database, and a policy is claimed there by a conditional UPDATE: so a restart loses nothing and
two daemons on one database share the work. APScheduler keeps the beat. Its job store is memory alone (two processes on
one SQLAlchemyJobStore fire jobs twice), no run is dropped for being late (`misfire_grace_time=None`) and none piles up
(`max_instances=1`).
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from types import FrameType

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from monitor.app import App, Failed
from monitor.errors import StoreError
from monitor.model import Policy

# How often due policies and deliveries are looked for. Both looks are one indexed query when nothing is due.
BEAT = timedelta(seconds=2)
# Keeps several daemons on one database from looking at the same instant.
JITTER = timedelta(seconds=1)
# When a check that failed is tried again: not by the next beat, which would ask the site every other second.
AFTER_FAILURE = timedelta(minutes=5)
AFTER_CRASH = timedelta(hours=1)
# How many beats are left out after the database failed.
REST = 5

log = structlog.get_logger(__name__)


class Daemon:
    """Checks due policies and sends due deliveries until it is told to stop."""

    def __init__(self, app: App, *, beat: timedelta = BEAT) -> None:
        self._app = app
        self._beat = beat
        self._rests_until = 0.0  # on the monotonic clock
        self._stop = threading.Event()
        self._running: set[int] = set()
        self._lock = threading.Lock()
        jobs = app.config.monitor.jobs
        self._scheduler = BackgroundScheduler(
            timezone="UTC",
            executors={
                "default": ThreadPoolExecutor(2),
                "checks": ThreadPoolExecutor(jobs),
                "past": ThreadPoolExecutor(1),  # archives set the pace: more threads would only wait for each other
            },
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        every = {"seconds": beat.total_seconds(), "jitter": min(JITTER, beat / 2).total_seconds()}
        self._scheduler.add_job(self._start_due, "interval", id="due", **every)
        self._scheduler.add_job(self._deliver, "interval", id="deliver", **every)
        if app.config.archive and app.config.backfill.automatic:
            self._scheduler.add_job(self._look_back, "interval", id="past", executor="past", **every)
        if app.saves_pages:  # in a thread of its own: an archive may take half a minute to answer
            self._scheduler.add_executor(ThreadPoolExecutor(1), "copies")
            self._scheduler.add_job(self._save_pages, "interval", id="copies", executor="copies", **every)

    def run(self) -> None:
        """Work until `stop`; then finish what is running."""
        _ = (
            self._app.parts,
            self._app.channels,
            self._app.archives,
        )  # made, and found faulty, before any thread needs them
        log.info("watching", policies=len(self._app.store.policies()), channels=sorted(self._app.channels))
        self._scheduler.start()
        try:
            self._start_due()
            self._stop.wait()
        finally:
            log.info("stopping", running=len(self._running))
            self._scheduler.shutdown(wait=True)
            self._deliver()  # what the last checks found
            log.info("stopped")

    def stop(self) -> None:
        """Ask `run` to return. May be called from a signal handler or another thread."""
        self._stop.set()

    @contextmanager
    def stopped_by_signals(self) -> Iterator[None]:
        """Stop on SIGTERM and SIGINT; a second one of them ends the process at once."""

        def handle(number: int, _frame: FrameType | None) -> None:
            signal.signal(number, signal.SIG_DFL)
            self.stop()

        before = {number: signal.signal(number, handle) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _start_due(self) -> None:
        """Hand free threads the policies that are due, no more than there are threads."""
        with self._lock:
            free = self._app.config.monitor.jobs - len(self._running)
        if free <= 0 or self._stop.is_set() or self._rests:
            return
        try:
            due = self._app.store.due(now=self._app.clock.now(), limit=free)
        except StoreError as error:
            self._rest("cannot look for due policies", error)
            return
        for policy in due:
            with self._lock:
                if policy.id in self._running:
                    continue
                self._running.add(policy.id)
            self._scheduler.add_job(self._check, args=[policy], executor="checks", name=f"check {policy.spec.name}")

    def _check(self, policy: Policy) -> None:
        result = None
        try:
            if not self._stop.is_set():
                result = self._app.check(policy)
            if isinstance(result, Failed):
                wait = AFTER_CRASH if result.crashed else AFTER_FAILURE
                self._app.store.postpone(policy.id, until=self._app.clock.now() + wait)
        except StoreError as error:
            self._rest("cannot postpone a check that failed", error)
        finally:
            with self._lock:
                self._running.discard(policy.id)
        self._start_due()  # a thread is free

    def _deliver(self) -> None:
        if self._rests:
            return
        try:
            self._app.deliver()
        except StoreError as error:
            self._rest("cannot send alerts", error)

    def _look_back(self) -> None:
        """Look into the past of policies that are due, one after the other; live looks go on beside."""
        try:
            while not self._stop.is_set() and not self._rests and self._app.look_back(stop=self._stop.is_set):
                pass
        except StoreError as error:
            self._rest("cannot look into the past", error)

    def _save_pages(self) -> None:
        if self._rests or self._stop.is_set():
            return
        try:
            self._app.save_pages()
        except StoreError as error:
            self._rest("cannot ask for public copies", error)

    @property
    def _rests(self) -> bool:
        return time.monotonic() < self._rests_until

    def _rest(self, what: str, error: StoreError) -> None:
        """Leave a database in trouble alone for some beats; everything that is due stays due."""
        self._rests_until = time.monotonic() + REST * self._beat.total_seconds()
        log.error(what, error=str(error))
