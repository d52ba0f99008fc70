"""Lists an archive's captures of a policy and finds every change in them with few fetches.

Every page of a listing and every look is written before the next is asked for, and the search is a function of what
was written: Ctrl-C, kill -9 and a silence that an archive asks for cost one fetch at most, and the end is the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor.errors import ArchiveDown, ArchiveError, ClausewatchError
from monitor.model import Found, Listing, PastState, Policy
from monitor.past.imported import read_kept
from monitor.past.looking import PastParts, look_at, read_again, subject_of
from monitor.past.narrowing import narrow_changes
from monitor.past.view import View, load_view, words_of
from monitor.ports import Archive
from monitor.timeline import Look, Plan, Search, Timeline

# Archives index some captures weeks after they were taken: so far back is listed again.
OVERLAP = timedelta(days=60)
# ... and some crawls are handed in years later: now and then all of it is listed again.
LIST_ALL_AFTER = timedelta(days=180)


class SeveralPages(ClausewatchError):
    """A policy that stands on several pages cannot be looked up in an archive yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far it has come. `looked_at` is when the capture was taken that was just looked at."""

    stage: str  # "listing" or "looking"
    archive: str
    rows: int
    fetches: int = 0
    max_fetches: int | None = None
    looked_at: datetime | None = None
    found: Found | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """Where to search, both ends included, and how much."""

    after: datetime | None = None
    before: datetime | None = None
    max_fetches: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Backfilled:
    """What a search left. `fetches` are those of this call; `stopped`: it was asked to stop and can be gone on with."""

    policy: Policy
    listings: tuple[Listing, ...]
    timeline: Timeline
    view: View
    fetches: int
    narrowed: int
    stopped: bool
    problems: tuple[str, ...]  # archives that could not be listed


def backfill(
    policy: Policy,
    parts: PastParts,
    bounds: Bounds,
    *,
    report: Callable[[Progress], None] = lambda _: None,
    stop: Callable[[], bool] = lambda: False,
) -> Backfilled:
    """Bring listings up to date and search them; go on with a search that was cut short, if its bounds were the same.

    `report` is called after each page and each look; `stop` is asked before each.

    Raises:
        ArchiveError: no archive could be listed, or one cannot be asked on. What was found is kept.
        StoreError: the database failed.
    """
    if len(policy.spec.urls) > 1:
        raise SeveralPages(f"{policy.spec.name} stands on several pages; their past cannot be put together yet.")
    read_kept(policy, parts)
    problems, stopped = _list_all(policy, parts, report, stop)
    reread_looks(policy.id, parts)
    state = _begin(parts.store.past_state(policy.id), bounds)
    parts.store.set_past_state(state)
    view = load_view(parts.store, policy)
    search = open_search(view, state)
    fetches = 0
    subject = subject_of(parts.store, policy.id)
    while not stopped and (row := search.next()) is not None:
        if stop():
            stopped = True
            break
        kept = look_at(row.digest, view.sources[row.digest], subject, parts, search=state.search)
        fetches += 1
        search.record(Look(row.digest, kept.found, words_of(kept, view, parts.store)))
        report(
            Progress(
                stage="looking",
                archive=kept.archive,
                rows=len(view.rows),
                fetches=len(search.looks),
                max_fetches=bounds.max_fetches,
                looked_at=row.taken,
                found=kept.found,
            )
        )
    timeline = search.timeline()
    if not stopped:
        _end(state, parts, finished=timeline.finished)
    narrowed = narrow_changes(parts.store, policy)
    return Backfilled(
        policy=policy,
        listings=tuple(parts.store.listings(policy.id)),
        timeline=timeline,
        view=load_view(parts.store, policy) if fetches else view,
        fetches=fetches,
        narrowed=narrowed,
        stopped=stopped,
        problems=problems,
    )


def open_search(view: View, state: PastState, plan: Plan | None = None) -> Search:
    """The search as it stands: what earlier ones and live looks saw is known, what it asked for itself is counted."""
    own = {key for key, look in view.looks.items() if state.open and look.search == state.search}
    order = {key: place for place, key in enumerate(view.looks)}
    plan = replace(plan or Plan(), max_fetches=state.max_fetches)
    return Search(
        view.within(state.after, state.before),
        plan,
        known=[look for look in view.known if look.digest not in own],
        looks=sorted((look for look in view.known if look.digest in own), key=lambda look: order[look.digest]),
    )


def reread_looks(policy_id: int, parts: PastParts) -> int:
    """Read stored captures again where another extractor read them; tell how many."""
    subject = subject_of(parts.store, policy_id)
    old = [look for look in parts.store.past_looks(policy_id) if look.extractor != subject.extractor]
    return sum(read_again(look, subject, parts) is not look for look in old)


def list_captures(
    policy: Policy,
    archive: Archive,
    parts: PastParts,
    *,
    report: Callable[[Progress], None] = lambda _: None,
    stop: Callable[[], bool] = lambda: False,
) -> bool:
    """Copy what an archive's index has and we have not, from where it was cut short; tell whether it came to its end.

    Raises:
        ArchiveError: the archive cannot be asked on. What was listed is kept.
    """
    store, url = parts.store, policy.spec.urls[0]
    listing = store.listing(policy.id, archive.name, url)
    now = parts.clock.now()
    if listing.token is not None:
        after = listing.walk_after
    else:
        recent = listing.whole is not None and now - listing.whole <= LIST_ALL_AFTER
        after = listing.last - OVERLAP if recent and listing.last is not None else None
    for page in archive.list_captures(url, after=after, token=listing.token):
        listing = store.extend_listing(policy.id, listing, page, after=after, now=now)
        report(Progress(stage="listing", archive=archive.name, rows=listing.rows))
        if page.token is not None and stop():
            return False
    return True


def _list_all(
    policy: Policy, parts: PastParts, report: Callable[[Progress], None], stop: Callable[[], bool]
) -> tuple[tuple[str, ...], bool]:
    """The words of archives that could not be listed, and whether it was stopped."""
    errors: list[ArchiveError] = []
    for archive in parts.archives:
        if stop():
            return tuple(map(str, errors)), True
        try:
            if not list_captures(policy, archive, parts, report=report, stop=stop):
                return tuple(map(str, errors)), True
        except ArchiveError as error:
            errors.append(error)
    if errors and len(errors) == len(parts.archives):
        raise errors[0]
    if not parts.archives:
        raise ArchiveDown(policy.spec.urls[0], "No archive is configured")
    return tuple(map(str, errors)), False


def _begin(state: PastState, bounds: Bounds) -> PastState:
    """Go on with an open search of the same bounds, else begin the next one."""
    same = (state.after, state.before, state.max_fetches) == (bounds.after, bounds.before, bounds.max_fetches)
    if state.open and same:
        return state
    return replace(
        state,
        search=state.search + 1,
        open=True,
        after=bounds.after,
        before=bounds.before,
        max_fetches=bounds.max_fetches,
    )


def _end(state: PastState, parts: PastParts, *, finished: bool) -> None:
    parts.store.set_past_state(replace(state, open=False, finished=parts.clock.now(), exhausted=not finished, note=""))
