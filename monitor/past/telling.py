"""The history of a policy, told from live looks and archived captures together."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from monitor.diff import compare
from monitor.errors import NotFound
from monitor.model import Bracket, CaptureSource, Change, ChangeKind, Diff, Found, Policy, Version
from monitor.past.view import View, load_view
from monitor.ports import Store
from monitor.report.chronicle import Chapter, ChapterKind, Chronicle, Hole, Proof
from monitor.report.redline import policy_title
from monitor.report.summary import summarise
from monitor.significance import assess, is_silent
from monitor.timeline import Plan, Search, Stretch, Timeline, Transition


def tell(
    store: Store,
    policy: Policy,
    *,
    after: datetime | None = None,
    before: datetime | None = None,
    practices_of: Callable[[Diff], tuple[str, ...]] = lambda _: (),
) -> Chronicle:
    """The chronicle between two times. Nothing is fetched. `practices_of` says what a difference is about."""
    view = load_view(store, policy)
    rows = view.within(after, before)
    timeline = Search(rows, Plan(), known=view.known).timeline()
    state = store.past_state(policy.id)
    teller = _Teller(store, policy, view, practices_of)
    return Chronicle(
        name=policy.spec.name,
        title=policy_title(policy),
        url=policy.spec.urls[0],
        chapters=tuple(teller.chapters(timeline)),
        holes=tuple(Hole(gap.after, gap.before, gap.captures, gap.failed) for gap in timeline.unseen),
        listings=tuple(store.listings(policy.id)),
        first=rows[0].taken if rows else None,
        last=rows[-1].taken if rows else None,
        looked_at=len(view.looks) - view.imported,
        imported=view.imported,
        unread=view.unread,
        passed_over=view.passed_over,
        unusable=view.unusable,
        complete=bool(rows) and view.asked and timeline.complete,
        finished=timeline.finished,
        note=state.note,
    )


def proof_of(store: Store, view: View, digest: str, taken: datetime) -> Proof | None:
    """The capture behind what was seen at a time; None where its bytes are not kept."""
    if digest in view.looks:
        numbers = view.looks[digest].capture_ids
    else:
        observation = view.observed[digest]
        numbers = observation.capture_ids
        if not numbers and observation.version_id is not None:
            numbers = store.version(observation.version_id).capture_ids
    for number in numbers[:1]:
        try:
            capture = store.capture(number)
        except NotFound:
            return None
        return Proof(
            taken=taken,
            url=capture.archive_url or capture.final_url,
            archived=capture.archive_url is not None,
            imported=capture.source is CaptureSource.IMPORTED,
            digest=capture.digest,
            capture_id=capture.id,
        )
    return None


class _Teller:
    def __init__(
        self, store: Store, policy: Policy, view: View, practices_of: Callable[[Diff], tuple[str, ...]]
    ) -> None:
        self._store, self._view, self._practices_of = store, view, practices_of
        self._versions: dict[str, Version] = {}
        self._changes: dict[tuple[int, int], list[Change]] = {}
        for change in store.changes(policy.id):
            if change.kind is not ChangeKind.REEXTRACTED:
                self._changes.setdefault((change.old_version_id, change.new_version_id), []).append(change)
        shown = {look.digest: look.text for look in view.known if look.found is Found.TEXT}
        self._sights = {(row.taken, shown[row.digest]): row.digest for row in view.rows if row.digest in shown}

    def chapters(self, timeline: Timeline) -> Iterator[Chapter]:
        """In order of time."""
        stretches, transitions = timeline.stretches, timeline.transitions
        if stretches:
            yield self._first(stretches[0])
        place, stood = 0, {stretch.text for stretch in stretches[:1]}
        while place < len(transitions):
            change = transitions[place]
            passing = (
                place + 1 < len(transitions)
                and stretches[place + 1].one_off
                and transitions[place + 1].new == change.old
            )
            if passing:
                yield self._chapter(change, ChapterKind.PASSING, gone=transitions[place + 1].bracket)
                place += 2
                continue
            yield self._chapter(change, ChapterKind.RETURNED if change.new in stood else ChapterKind.CHANGED)
            stood.add(change.new)
            place += 1

    def _first(self, stretch: Stretch) -> Chapter:
        version = self._version(stretch.text)
        return Chapter(
            kind=ChapterKind.FIRST,
            bracket=Bracket(None, stretch.first_seen),
            version_id=version.id,
            number=version.number,
            dates=version.dates,
            clauses=version.clause_count,
            summary="the earliest text that is known",
            first_new=self._proof(stretch.first_seen, stretch.text),
        )

    def _chapter(self, change: Transition, kind: ChapterKind, *, gone: Bracket | None = None) -> Chapter:
        old, new = self._version(change.old), self._version(change.new)
        told = self._told(old.id, new.id, change.bracket) if kind is ChapterKind.CHANGED else None
        diff = compare(old.clauses, new.clauses)
        assessment = assess(diff, language=new.language)
        significance = told.significance if told else assessment.significance
        return Chapter(
            kind=kind,
            bracket=change.bracket,
            version_id=new.id,
            number=new.number,
            dates=new.dates,
            clauses=new.clause_count,
            summary=told.summary if told else summarise(diff.old, diff.new, diff.operations),
            significance=significance,
            why=told.why if told else assessment.why,
            silent=told.silent if told else is_silent(old.dates, new.dates, significance),
            settled=change.settled,
            unseen=change.unseen,
            gone=gone,
            change_id=told.id if told else None,
            old_version_id=old.id,
            last_old=self._proof(change.bracket.after, change.old),
            first_new=self._proof(change.bracket.before, change.new),
            practices=self._practices_of(diff),
        )

    def _version(self, words: str) -> Version:
        if words not in self._versions:
            self._versions[words] = self._store.version(self._view.versions[words])
        return self._versions[words]

    def _told(self, old: int, new: int, bracket: Bracket) -> Change | None:
        """The change that a live look made of it."""
        return next(
            (one for one in self._changes.get((old, new), ()) if one.bracket.before == bracket.before),
            None,
        )

    def _proof(self, taken: datetime | None, words: str) -> Proof | None:
        if taken is None:
            return None
        return proof_of(self._store, self._view, self._sights[taken, words], taken)
