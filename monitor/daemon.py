"""The long-running watch.

Due times live in the database, and a policy is claimed there by a conditional UPDATE: so a restart loses nothing and
two daemons on one database share the work. APScheduler keeps the beat. Its job store is memory alone (two processes on
one SQLAlchemyJobStore fire jobs twice), no run is dropped for being late (`misfire_grace_time=None`) and none piles up
(`max_instances=1`).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from enum import Enum
from queue import Empty, SimpleQueue

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor as SchedulerThreads
from apscheduler.schedulers.background import BackgroundScheduler

from monitor.app import App
from monitor.claims import Busy, Failed
from monitor.config import Config
from monitor.errors import StoreError
from monitor.looks import Result
from monitor.meters import Meters
from monitor.model import Policy, Tally
from monitor.reloading import Former, reloaded
from monitor.service_notice import ServiceNotice
from monitor.status_server import StatusServer
from monitor.vitals import SILENCE, Vitals

# How often due policies and deliveries are looked for. Both looks are one indexed query when nothing is due.
BEAT = timedelta(seconds=2)
# Keeps several daemons on one database from looking at the same instant.
JITTER = timedelta(seconds=1)
# How many policies are claimed for each thread at a time: a claim is a write, and waits for the disk.
AHEAD = 4
# How long sending goes on when it is told to stop; what then has not been begun stays due.
FAREWELL = timedelta(seconds=20)
# How often signals are looked for: one that comes just before a thread waits does not wake it.
GLANCE = timedelta(seconds=1)
# How many beats are left out after the database failed.
REST = 5

# How often claims are looked through for those of processes that were killed.
RECOVER = timedelta(minutes=1)

log = structlog.get_logger(__name__)


class _Asked(Enum):
    STOP = "stop"
    RELOAD = "reload"


class Daemon:
    """Checks due policies and sends due deliveries until it is told to stop."""

    def __init__(self, app: App, *, beat: timedelta = BEAT, reload: Callable[[], Config] | None = None) -> None:
        """`reload` reads the configuration anew, on SIGHUP; without it, that signal is left alone."""
        self._app = app
        self._beat = beat
        self._read_anew = reload
        self._rests_until = 0.0  # on the monotonic clock
        self._asked: SimpleQueue[_Asked] = SimpleQueue()  # its put may be called from a signal handler
        self._stop = threading.Event()
        self._running: set[int] = set()
        self._lock = threading.Lock()
        self._taking = threading.Lock()
        self._former = Former()
        self._checks = ThreadPoolExecutor(app.config.monitor.jobs, thread_name_prefix="check")
        self._notice = ServiceNotice()
        self._vitals = Vitals(allowed=max(SILENCE, 15 * beat))
        self.meters = Meters(self._tally, resting=self._resting)
        self._scheduler = BackgroundScheduler(
            timezone="UTC",
            executors={"default": SchedulerThreads(3)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        every = {"seconds": beat.total_seconds(), "jitter": min(JITTER, beat / 2).total_seconds()}
        self._scheduler.add_job(self._start_due, "interval", id="due", **every)
        self._scheduler.add_job(self._deliver, "interval", id="deliver", **every)
        # Archives set the pace: more threads than one would only wait for each other. Without one to ask these do
        # nothing, until the configuration is read anew.
        self._scheduler.add_executor(SchedulerThreads(1), "past")
        self._scheduler.add_job(self._look_back, "interval", id="past", executor="past", **every)
        # In a thread of its own: an archive may take half a minute to answer.
        self._scheduler.add_executor(SchedulerThreads(1), "copies")
        self._scheduler.add_job(self._save_pages, "interval", id="copies", executor="copies", **every)
        self._scheduler.add_job(self._recover, "interval", id="recover", seconds=RECOVER.total_seconds())

    def run(self) -> None:
        """Work until `stop`; then finish what is running."""
        _ = (
            self._app.looks,
            self._app.archives,
            self._app.courier,
            self._app.trouble,
        )  # made, and found faulty, before any thread needs them
        log.info("watching", policies=len(self._app.store.policies()), channels=sorted(self._app.channels))
        self._tell_stranded()
        with self._app.alive() as self._heart, self._status():
            self._recover()
            self._scheduler.start()
            try:
                self._start_due()
                self._notice.ready("watching")
                self._obey()
            finally:
                log.info("stopping", running=len(self._running))
                self._notice.stopping()
                self._stop.set()
                self._app.wind_up(FAREWELL)
                self._scheduler.shutdown(wait=True)
                self._checks.shutdown(wait=True)  # what waits in it is released, not looked at
                self._deliver(wait=True)  # what the last checks found
                self._former.wait(self._app)
                log.info("stopped")

    def stop(self) -> None:
        """Ask `run` to return. May be called from a signal handler or another thread."""
        self._asked.put(_Asked.STOP)

    def reload(self) -> None:
        """Ask for the configuration to be read anew. May be called from a signal handler or another thread."""
        self._asked.put(_Asked.RELOAD)

    @property
    def trouble(self) -> str | None:
        """Why it is not well, in one line; None if it is."""
        return self._vitals.trouble

    @contextmanager
    def _status(self) -> Iterator[None]:
        listen = self._app.config.monitor.listen
        if listen is None:
            yield
            return
        with StatusServer(listen, trouble=lambda: self.trouble, metrics=self.meters.page) as server:
            log.info("answering", address=listen[0], port=server.port)
            yield

    def _obey(self) -> None:
        """Do what is asked from outside, until that is to stop."""
        watchdog = self._notice.watchdog
        pause = min(watchdog or GLANCE, GLANCE).total_seconds()
        while True:
            try:
                asked = self._asked.get(timeout=pause)
            except Empty:
                asked = None
            if asked is _Asked.STOP:
                return
            if asked is _Asked.RELOAD:
                self._reload()
            if self._vitals.beats:
                self._notice.alive()

    def _reload(self) -> None:
        """Go on with another configuration, or with the old one where the new has mistakes."""
        assert self._read_anew is not None
        self._notice.reloading()
        with self._taking:
            former, new = self._app, reloaded(self._app, self._read_anew)
            if new is None:
                self.meters.reloads.labels("refused").inc()
                self._notice.ready("watching; the new configuration has mistakes")
                return
            self._app, jobs = new, new.config.monitor.jobs
            if former.config.monitor.jobs != jobs:
                pool, self._checks = self._checks, ThreadPoolExecutor(jobs, "check")
                pool.shutdown(wait=False)  # what was handed to it is done
        self._heart.keep(new.config.monitor.lease)
        self._former.retire(former)
        self.meters.reloads.labels("done").inc()
        self._tell_stranded()
        self._notice.ready("watching")

    def _tell_stranded(self) -> None:
        try:
            for channel, number in self._app.stranded().items():
                log.warning("alerts wait for a channel that is not configured", channel=channel, alerts=number)
        except StoreError as error:
            self._rest("cannot look for alerts without a channel", error)

    def _tally(self) -> Tally:
        return self._app.store.tally(now=self._app.clock.now())  # of the present configuration

    def _resting(self) -> Iterable[str]:
        return self._app.courier.resting()  # likewise

    def _recover(self) -> None:
        try:
            if orphans := self._app.claims.recover():
                log.info("took up what a process that died had claimed", policies=orphans)
        except StoreError as error:
            self._rest("cannot look for claims of the dead", error)

    def _start_due(self) -> None:
        """Hand the threads policies that are due, when less than one for each is waiting."""
        self._vitals.beat()
        with self._taking:
            app = self._app
            jobs = app.config.monitor.jobs
            with self._lock:
                taken = len(self._running)
            if self._stop.is_set() or self._rests:
                return
            if taken >= 2 * jobs:
                self._vitals.well()
                return
            try:
                due = app.looks.take_due(AHEAD * jobs)
            except StoreError as error:
                self._rest("cannot look for due policies", error)
                return
            self._vitals.well()
            self.meters.last_beat.set_to_current_time()
            with self._lock:
                self._running |= {policy.id for policy in due}
                self.meters.running.set(len(self._running))
            for policy in due:
                self._checks.submit(self._check, app, policy)

    def _check(self, app: App, policy: Policy) -> None:
        try:
            if self._stop.is_set():
                app.claims.give_back(policy)
            else:
                with self.meters.check_seconds.time():
                    result = app.looks.look(policy, claimed=True)
                self.meters.checks.labels(_outcome(result)).inc()
        except StoreError as error:
            self._rest("cannot give a policy back", error)
        finally:
            with self._lock:
                self._running.discard(policy.id)
                self.meters.running.set(len(self._running))
        self._start_due()  # a thread is free

    def _deliver(self, *, wait: bool = False) -> None:
        """A channel that takes its time must not keep the others waiting, so nothing waits for a round to end."""
        if self._rests:
            return
        try:
            sent = self._app.deliver(wait=wait)
            for result, number in (("sent", sent.sent), ("postponed", sent.postponed), ("dead", sent.dead)):
                self.meters.deliveries.labels(result).inc(number)
        except StoreError as error:
            self._rest("cannot send alerts", error)

    def _look_back(self) -> None:
        """Look into the past of policies that are due, one after the other; live looks go on beside."""
        try:
            while not self._stop.is_set() and not self._rests:
                past = self._app.hindsight
                if not (past.is_automatic and past.look_back(stop=self._stop.is_set)):
                    return
        except StoreError as error:
            self._rest("cannot look into the past", error)

    def _save_pages(self) -> None:
        if self._rests or self._stop.is_set():
            return
        try:
            if (copies := self._app.copies) is not None:
                copies.advance()
        except StoreError as error:
            self._rest("cannot ask for public copies", error)

    @property
    def _rests(self) -> bool:
        return time.monotonic() < self._rests_until

    def _rest(self, what: str, error: StoreError) -> None:
        """Leave a database in trouble alone for some beats; everything that is due stays due."""
        self._rests_until = time.monotonic() + REST * self._beat.total_seconds()
        self._vitals.ill(f"{what}: {error}")
        log.error(what, error=str(error))
        self._app.trouble.database_failed(what, str(error))


def _outcome(result: Result) -> str:
    if isinstance(result, Failed):
        return "crashed" if result.crashed else "failed"
    return "busy" if isinstance(result, Busy) else result.outcome.value
