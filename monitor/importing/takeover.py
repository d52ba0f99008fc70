"""Puts captures of others into a policy's history, by the same path that a look at the live page takes.

Captures later than everything that is stored are read one by one, in the order of their own times, by `check_policy`
with a clock that says their time. A capture stands by itself: whoever kept it vouches for it, so no later one has to
confirm it. Nobody is alerted. Captures before the end of what is stored are kept as captures here: they join those
of archives in the policy's past (see `monitor.past.imported`).

What was taken once is known by its page, time and digest, so a second run adds nothing and a broken one goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from monitor.check import Parts, check_policy
from monitor.importing.item import Item, Skipped, Unreadable
from monitor.look import Settings
from monitor.model import CheckRecord, Fetched, FetchRequest, Outcome, Policy
from monitor.ports import Store


class Result(StrEnum):
    """What became of something in a source."""

    READ = "read"  # a look of its own
    KEPT = "kept"  # as a capture of the past, older than the last look
    WAITING = "waiting"  # for captures of the policy's other pages
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What became of one thing in a source. `outcome` is what a look found."""

    place: str
    result: Result
    taken: datetime | None = None
    why: str = ""
    outcome: Outcome | None = None


@dataclass(slots=True)
class Imported:
    """The whole import, oldest capture first."""

    done: list[Done]

    def count(self, result: Result) -> int:
        """How many came to that."""
        return sum(one.result is result for one in self.done)


class _Shelf:
    """The clock and the web of an import: it shows, at the time of a capture, the pages as they were then."""

    def __init__(self) -> None:
        self.time = datetime.min.replace(tzinfo=UTC)
        self.pages: dict[str, Fetched] = {}
        self.fresh: set[str] = set()  # pages that no look has shown yet

    def now(self) -> datetime:
        return self.time

    def fetch(self, request: FetchRequest) -> Fetched:
        return self.pages[request.url]

    def adapt(self, record: CheckRecord) -> CheckRecord:
        """Of an import nobody is told, the live schedule stays, and a page that did not change is not stored again."""
        new = tuple(capture for capture in record.captures if capture.url in self.fresh)
        return replace(record, captures=new, alerts=(), next_due=None)


def import_captures(
    policy: Policy,
    found: Iterable[Item | Skipped],
    store: Store,
    parts: Parts,
    *,
    dry_run: bool = False,
    before_each: Callable[[], object] = lambda: None,
) -> Imported:
    """Take what a source has; `before_each` is called before each capture (to renew a lease, to show progress).

    Raises:
        StoreError: the database failed; everything before is in it.
        StaleCheck: somebody checked the policy meanwhile; run it again.
    """
    done: list[Done] = []
    items: list[Item] = []
    for one in found:
        if isinstance(one, Skipped):
            done.append(Done(place=one.place, result=Result.SKIPPED, why=one.why))
        else:
            items.append(one)
    items.sort(key=lambda item: (item.taken, item.place))
    takeover = _Takeover(policy, store, parts, dry_run=dry_run)
    for item in items:
        before_each()
        done.append(takeover.take(item))
    takeover.finish()
    return Imported(done)


class _Takeover:
    """One import, capture by capture."""

    def __init__(self, policy: Policy, store: Store, parts: Parts, *, dry_run: bool) -> None:
        self._policy = policy
        self._store = store
        self._dry_run = dry_run
        self._now = parts.clock.now()
        self._known = {(one.url, one.taken, one.digest) for one in store.captures(policy.id)}
        self._end = max((one.last_seen for one in store.observations(policy.id)), default=None)
        self._waiting: dict[str, Fetched] = {}  # captures that are neither stored nor looked at
        self._shelf = _Shelf()
        self._parts = replace(
            parts,
            fetcher=self._shelf,
            clock=self._shelf,
            settings=Settings(confirm_after=timedelta(), unreachable_after=parts.settings.unreachable_after),
            adapt=self._shelf.adapt,
            keep_all=True,
        )

    def take(self, item: Item) -> Done:
        """Take one capture."""
        said = Done(place=item.place, result=Result.SKIPPED, taken=item.taken)
        if item.taken > self._now:
            return replace(said, why="is of the future")
        try:
            fetched = item.load()
        except Unreadable as error:
            return replace(said, why=str(error))
        later = self._end is None or item.taken > self._end
        mark = (fetched.url, fetched.taken, fetched.digest)
        if mark in self._known:
            if later:  # it waited for other pages when it was imported, and may do so still
                self._show(fetched)
            return replace(said, why="is here already")
        self._known.add(mark)
        if not later:
            self._keep(fetched)
            return replace(said, result=Result.KEPT, why="looks of the same time or later are stored")
        if fetched.url in self._waiting:
            self._keep(self._waiting[fetched.url])
        self._waiting[fetched.url] = fetched
        self._show(fetched)
        if missing := [url for url in self._policy.spec.urls if url not in self._shelf.pages]:
            return replace(said, result=Result.WAITING, why=f"no capture of {missing[0]} is as old")
        if self._dry_run:
            return replace(said, result=Result.READ)
        checked = check_policy(self._policy.id, self._parts)
        self._end = item.taken
        self._waiting.clear()
        self._shelf.fresh.clear()
        return replace(said, result=Result.READ, outcome=checked.outcome, why=checked.record.observation.detail)

    def finish(self) -> None:
        """Keep what still waits for captures of other pages."""
        for fetched in self._waiting.values():
            self._keep(fetched)

    def _show(self, fetched: Fetched) -> None:
        self._shelf.time = fetched.taken
        self._shelf.pages[fetched.url] = fetched
        self._shelf.fresh.add(fetched.url)

    def _keep(self, fetched: Fetched) -> None:
        if not self._dry_run:
            self._store.keep_captures(self._policy.id, [fetched])
