"""What a policy said on a day: the last sight before its end and the first behind it, with their proofs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from monitor.model import ArchiveRow, Found, Policy, Version
from monitor.past.looking import PastParts, look_at, subject_of
from monitor.past.telling import proof_of
from monitor.past.view import View, load_view, words_of
from monitor.ports import Store
from monitor.report.chronicle import Proof
from monitor.timeline import Look

# How many captures on each side are asked for, where the nearest cannot be played.
MOST_TRIES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """A text that was seen at a time."""

    taken: datetime
    words: str
    version: Version
    proof: Proof | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AsOf:
    """What is known of a moment. `unseen` captures lie between the two sights and say nothing so far."""

    moment: datetime
    before: Sight | None  # the last at or before the moment
    behind: Sight | None  # the first after it
    unseen: int

    @property
    def agrees(self) -> bool:
        """Both sights show one text: it stood then, unless it was another for a while between them."""
        return self.before is not None and self.behind is not None and self.before.words == self.behind.words


def as_of(policy: Policy, moment: datetime, store: Store, parts: PastParts | None = None) -> AsOf:
    """What the policy said at a moment. With `parts`, the captures nearest to it are asked for.

    Raises:
        ArchiveError: the archive cannot be asked now. What is known without it is told without `parts`.
    """
    view = load_view(store, policy)
    if parts is not None and view.sources:
        view = _closer(policy, view, moment, parts)
    shown = _shown(view)
    rows = [row for row in view.rows if row.digest in shown]
    left = next((row for row in reversed(rows) if row.taken <= moment), None)
    right = next((row for row in rows if row.taken > moment), None)
    inside = [
        row
        for row in view.rows
        if row.digest not in shown
        and (left is None or row.taken > left.taken)
        and (right is None or row.taken < right.taken)
    ]
    return AsOf(
        moment=moment,
        before=_sight(store, view, left, shown),
        behind=_sight(store, view, right, shown),
        unseen=sum(not row.digest.startswith("live:") for row in inside),
    )


def _closer(policy: Policy, view: View, moment: datetime, parts: PastParts) -> View:
    """The view with the captures next to the moment: the one before it; the one behind it where texts differ."""
    unknown = view.sources.keys() - {look.digest for look in view.known}
    shown = _shown(view)
    left = max((row.taken for row in view.rows if row.digest in shown and row.taken <= moment), default=None)
    wanted = [
        row
        for row in reversed(view.rows)
        if row.digest in unknown and row.taken <= moment and (left is None or row.taken > left)
    ]
    view = _ask(policy, view, wanted, parts)
    shown = _shown(view)
    before = next((row for row in reversed(view.rows) if row.digest in shown and row.taken <= moment), None)
    behind = next((row for row in view.rows if row.digest in shown and row.taken > moment), None)
    if before is not None and behind is not None and shown[before.digest] == shown[behind.digest]:
        return view
    unknown = view.sources.keys() - {look.digest for look in view.known}
    wanted = [
        row
        for row in view.rows
        if row.digest in unknown and row.taken > moment and (behind is None or row.taken < behind.taken)
    ]
    return _ask(policy, view, wanted, parts)


def _ask(policy: Policy, view: View, wanted: Sequence[ArchiveRow], parts: PastParts) -> View:
    subject = subject_of(parts.store, policy.id)
    for row in wanted[:MOST_TRIES]:
        kept = look_at(row.digest, view.sources[row.digest], subject, parts, search=0)
        words = words_of(kept, view, parts.store)
        view = replace(
            view,
            known=(*view.known, Look(row.digest, kept.found, words)),
            looks=view.looks | {row.digest: kept},
            versions=view.versions | ({words: kept.version_id} if kept.version_id and words else {}),
        )
        if kept.found is Found.TEXT:
            break
    return view


def _shown(view: View) -> dict[str, str]:
    return {look.digest: look.text for look in view.known if look.found is Found.TEXT}


def _sight(store: Store, view: View, row: ArchiveRow | None, shown: dict[str, str]) -> Sight | None:
    if row is None:
        return None
    words = shown[row.digest]
    return Sight(
        taken=row.taken,
        words=words,
        version=store.version(view.versions[words]),
        proof=proof_of(store, view, row.digest, row.taken),
    )
