"""Has a third party keep a copy of what changed: a queue of its own, which no check and no alert waits in.

An alert may wait a bounded time for the copy (`held`), written with the alert itself: if the archive is slow, or this
process dies, it is due all the same.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from monitor.errors import ArchiveError, NotSaved, RateLimited
from monitor.model import CheckRecord, CopyState, PublicCopy
from monitor.ports import Clock
from monitor.proof_ports import CopyStore

# Longer than one exchange with the archive takes at most: a lease that runs out means that its owner is gone.
LEASE = timedelta(minutes=3)
POLL = timedelta(seconds=5)  # between two looks at a job; captures take 5 to 60 s
# The archive forgets jobs after an hour or so: one that is pending longer is asked for again.
JOB_LIFE = timedelta(minutes=30)
FIRST_RETRY = timedelta(minutes=1)
LONGEST_RETRY = timedelta(hours=6)
# A copy asked for later shows perhaps another text than the one that was told.
GIVE_UP = timedelta(days=2)
# Changes confirmed before that are not asked for: the page of then is gone.
RECENT = timedelta(days=1)
# Between two looks at copies under way, for who waits for them.
AWAIT_SECONDS = 1.0
_DAY = timedelta(days=1)

log = structlog.get_logger(__name__)


class SavedPage(Protocol):
    """A copy that is there."""

    @property
    def archive_url(self) -> str:
        """Where."""
        ...

    @property
    def taken(self) -> datetime:
        """When."""
        ...


class PageSaver(Protocol):
    """Keeps copies of pages; both methods raise ArchiveErrors."""

    def request(self, url: str) -> str:
        """Ask for a copy; give a job."""
        ...

    def status(self, job: str, url: str) -> SavedPage | None:
        """The copy, or None while it is made."""
        ...


@dataclass(frozen=True, slots=True)
class Quota:
    """How much is asked of the archive."""

    per_day: int
    together: int = 3  # jobs at once; an account may have 12


def held(record: CheckRecord, wait: timedelta) -> CheckRecord:
    """Let the alerts of a change wait for its copy, no longer than that."""
    if record.change is None or not record.alerts:
        return record
    return replace(record, alerts_due=record.now + wait)


def advance(store: CopyStore, saver: PageSaver, clock: Clock, quota: Quota) -> int:
    """Do what is due: want, ask, look. Returns how many copies were worked on; never waits for the archive's work.

    Raises:
        StoreError: the database failed; what was leased comes back when the lease runs out.
    """
    now = clock.now()
    store.want_copies(now=now, since=now - RECENT)
    due = store.lease_copies(now=now, lease=LEASE, limit=quota.together)
    for copy in due:
        if copy.state is CopyState.WANTED and store.copies_requested(since=now - _DAY) >= quota.per_day:
            log.info("no more copies today", url=copy.url, per_day=quota.per_day)
            store.update_copy(_later(copy, clock.now(), timedelta(hours=1), "the quota of the day is used up"))
            continue
        store.update_copy(_worked_on(copy, saver, clock))
    return len(due)


class CopyDesk:
    """Works on copies, with one archive and within one quota."""

    def __init__(self, store: CopyStore, saver: PageSaver, clock: Clock, quota: Quota) -> None:
        self._store = store
        self._saver = saver
        self._clock = clock
        self._quota = quota

    def advance(self) -> int:
        """See `advance`; takes as long as an exchange with the archive for each copy."""
        return advance(self._store, self._saver, self._clock, self._quota)

    def settle(self, wait: timedelta) -> None:
        """Work on copies until none that an alert waits for is under way, no longer than `wait`."""
        end = time.monotonic() + wait.total_seconds()
        self.advance()
        while self._store.copies_under_way() and time.monotonic() < end:
            time.sleep(min(AWAIT_SECONDS, max(end - time.monotonic(), 0)))
            self.advance()


def _worked_on(copy: PublicCopy, saver: PageSaver, clock: Clock) -> PublicCopy:
    events = log.bind(url=copy.url, change=copy.change_id)
    try:
        if copy.state is CopyState.WANTED:
            job = saver.request(copy.url)
            now = clock.now()
            return replace(copy, state=CopyState.REQUESTED, job=job, requested=now, due=now + POLL, error="")
        saved = saver.status(copy.job, copy.url)
    except NotSaved as error:
        events.warning("no public copy", error=str(error))
        return replace(copy, state=CopyState.FAILED, due=clock.now(), error=str(error))
    except ArchiveError as error:
        asked = timedelta(seconds=error.retry_after) if isinstance(error, RateLimited) else timedelta()
        events.info("the public copy is tried again", error=str(error))
        return _later(copy, clock.now(), asked, str(error))
    except Exception as error:  # noqa: BLE001 - a fault of ours with one page must not hold up those behind it
        events.exception("asking for a public copy crashed")
        return _later(copy, clock.now(), timedelta(), f"the program failed: {type(error).__name__}")
    now = clock.now()
    if saved is not None:
        events.info("public copy", archive_url=saved.archive_url)
        return replace(copy, state=CopyState.SAVED, due=now, archive_url=saved.archive_url, taken=saved.taken, error="")
    if copy.requested is not None and now - copy.requested > JOB_LIFE:
        return _later(copy, now, timedelta(), "the archive never finished it")
    return replace(copy, due=now + POLL)


def _later(copy: PublicCopy, now: datetime, asked: timedelta, why: str) -> PublicCopy:
    """To be asked for again, or given up. A refused job is over: the next attempt is a new one."""
    if now - copy.created > GIVE_UP:
        return replace(copy, state=CopyState.FAILED, due=now, error=why)
    wait = max(asked, min(FIRST_RETRY * 2 ** min(copy.attempts, 10), LONGEST_RETRY))
    return replace(copy, state=CopyState.WANTED, job="", attempts=copy.attempts + 1, due=now + wait, error=why)
