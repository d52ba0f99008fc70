"""Places that keep changing by themselves: learned from what came and went, and left out of comparison.

A teaser, a quote, a counter, "today's" date: its text is another one in every look, while the clauses around it stand.
Confirmation lets none of them pass, so nobody is alerted; but each makes the text wait and asks for another look. After
ENOUGH_TEXTS such texts at one place within MEMORY the place is *volatile*: what happens there neither waits nor is
confirmed. The learning is conservative, since authors rewrite clauses too: only small places are learned, only over
SPREAD or more (an author at work changes a clause several times a day), and a text that stands at a volatile place for
STANDS is a change like any other.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor.confirm import is_known, nearest, standing_before
from monitor.diff import compare, compared, marks, restrict
from monitor.model import (
    Clause,
    Diff,
    History,
    Operation,
    OperationKind,
    PassingText,
    Place,
    Reading,
    Version,
)
from monitor.text import reading_digest

ENOUGH_TEXTS = 3
MEMORY = timedelta(days=60)
SPREAD = timedelta(days=2)
STANDS = timedelta(days=7)
# A larger place is no teaser, and never more than this part of the policy.
MOST_CLAUSES = 12
LARGEST_PART = 4
# What is kept for showing, and how many places are under observation at once: hostile pages change everywhere.
MOST_TEXTS = 8
MOST_PLACES = 64
SHOWN_CHARACTERS = 300

_ASIDE = {OperationKind.RENUMBERED, OperationKind.RELINKED, OperationKind.RESTYLED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """What two texts have between the same two standing clauses; None stands for the start and the end."""

    above: Clause | None
    below: Clause | None
    operations: tuple[Operation, ...]
    old: tuple[Clause, ...]
    new: tuple[Clause, ...]

    @property
    def name(self) -> str:
        """Of the place."""
        return place_name(self.above, self.below)

    @property
    def place(self) -> Place:
        """The place, with nothing known of it."""
        before, after = (_cut(clause.text) if clause else "" for clause in (self.above, self.below))
        return Place(name=self.name, before=before, after=after)

    def shown(self, *, seen: datetime, after: datetime | None = None, gone: datetime | None = None) -> PassingText:
        """The new text's clauses here."""
        return PassingText(
            digest=_digest(*(clause.digest for clause in self.new)),
            text=_cut(" ".join(clause.text for clause in self.new)),
            seen=seen,
            after=after,
            gone=gone,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """A look without what its volatile places show.

    `reading` has the clauses of `base` at those places, and `exact` tells whether it is still what the look read.
    `base` and `diff` (from it to `reading`) are missing where the look showed a known text. `since` gives the marks of
    what has stood at volatile places for long enough, `before` the last look before it came.
    """

    reading: Reading
    places: tuple[Place, ...]
    base: Version | None
    diff: Diff | None
    exact: bool
    since: Mapping[str, datetime]
    before: datetime | None


def gaps(diff: Diff) -> list[Gap]:
    """The small places where two texts differ, each between its standing neighbours.

    Left out are places that something moved into or out of, and those whose two neighbours stand next to each other
    more than once in the text: their name would not tell which is meant.
    """
    touched_old = {i for op in diff.operations if op.kind not in _ASIDE for i in op.old}
    touched_new = {j for op in diff.operations if op.kind not in _ASIDE for j in op.new}
    standing = [clause for i, clause in enumerate(diff.old) if i not in touched_old]
    if not standing:
        return []
    at_old, at_new = standing_before(len(diff.old), touched_old), standing_before(len(diff.new), touched_new)
    here: dict[int, list[Operation]] = {}
    busy: set[int] = set()
    for operation in diff.operations:
        if operation.kind in _ASIDE and operation.old[0] not in touched_old:
            continue
        spots = {at_old[i] for i in operation.old} | {at_new[j] for j in operation.new}
        if len(spots) > 1:
            busy |= spots
        for spot in spots:
            here.setdefault(spot, []).append(operation)
    pairs = [*zip([None, *standing], [*standing, None], strict=True)]
    names = Counter(place_name(*pair) for pair in pairs)
    most = min(MOST_CLAUSES, max(1, len(diff.old) // LARGEST_PART))
    found = []
    for spot, operations in sorted(here.items()):
        gap = Gap(
            above=pairs[spot][0],
            below=pairs[spot][1],
            operations=tuple(operations),
            old=tuple(diff.old[i] for i in sorted(touched_old) if at_old[i] == spot),
            new=tuple(diff.new[j] for j in sorted(touched_new) if at_new[j] == spot),
        )
        if spot not in busy and names[gap.name] == 1 and max(len(gap.old), len(gap.new)) <= most:
            found.append(gap)
    return found


def settle(history: History, reading: Reading, baselines: Sequence[Version], now: datetime) -> Settled:
    """Learn from what has gone since the last look, and leave out what volatile places show now."""
    known = any(version.digest == reading.digest for version in history.variants)
    base, diff = (None, None) if known or not baselines else nearest(baselines, reading)
    places = {place.name: place for place in history.places}
    for gap, seen in _gone(history, reading, baselines, base):
        places[gap.name] = _learn(places.get(gap.name) or gap.place, gap.shown(seen=seen, gone=now), now)
    volatile = {name for name, place in places.items() if place.volatile}
    if diff and volatile and base is not baselines[0]:
        from_current = compared(baselines[0].clauses, reading.clauses)
        if _is_left_out(from_current, volatile):  # nearer to a text of before only by what the place shows
            base, diff = baselines[0], from_current
    here = [gap for gap in gaps(diff) if gap.name in volatile] if diff and volatile else []
    for name in volatile.difference(gap.name for gap in here):
        places[name] = _back(places[name], now)

    left: set[Operation] = set()
    since: dict[str, datetime] = {}
    before = None
    for gap in here:
        place = _showing(places[gap.name], gap.shown(seen=now, after=_last_look(history)))
        places[gap.name] = place
        text = place.texts[-1]
        if now - text.seen < STANDS:
            left.update(gap.operations)
        else:
            assert diff is not None
            since |= {mark: text.seen for operation in gap.operations for mark in marks(diff, operation)}
            before = text.after
    exact = not left
    if diff and base and left:
        clauses = restrict(diff, lambda operation: operation not in left)
        reading = replace(reading, clauses=clauses, digest=reading_digest(clauses))
        diff = compare(base.clauses, clauses)
    return Settled(
        reading=reading,
        places=_bounded(places.values(), now),
        base=base,
        diff=diff,
        exact=exact,
        since=since,
        before=before,
    )


def _is_left_out(diff: Diff, volatile: set[str]) -> bool:
    """Whether nothing differs but what volatile places show."""
    apart = {operation for gap in gaps(diff) if gap.name in volatile for operation in gap.operations}
    return apart.issuperset(diff.operations)


def pinned(place: Place, now: datetime) -> Place:
    """The place, watched for good."""
    return replace(place, learned=None, why="", pinned=now)


def unpinned(place: Place) -> Place:
    """The place, free to be learned from what comes and goes from now on."""
    return replace(place, texts=(), pinned=None)


def _gone(
    history: History, reading: Reading, baselines: Sequence[Version], base: Version | None
) -> list[tuple[Gap, datetime]]:
    """What the candidate had and this look has not, while the clauses around it stand; with when it was first seen."""
    candidate = history.candidate
    if candidate is None or not baselines or candidate.reading.digest == reading.digest:
        return []
    if candidate.reading.extractor != reading.extractor:
        return []  # our reading differs, whatever the page shows
    base = base or next((one for one in baselines if one.digest == reading.digest), baselines[0])
    diff = compared(base.clauses, candidate.reading.clauses)
    # A look that showed the current text may come without its clauses: nobody had to load them.
    clauses = base.clauses if base.digest == reading.digest else reading.clauses
    here = {clause.digest for clause in clauses}
    since = dict(candidate.since)
    found = []
    for gap in gaps(diff):
        framed = all(clause is None or clause.digest in here for clause in (gap.above, gap.below))
        # What another recent text has is what another region or test group is shown.
        known = all(is_known(diff, operation, base, baselines) for operation in gap.operations)
        if framed and not known and _has_gone(gap, here):
            seen = [since[mark] for operation in gap.operations for mark in marks(diff, operation) if mark in since]
            found.append((gap, max(seen, default=candidate.first_seen)))
    return found


def _has_gone(gap: Gap, here: set[str]) -> bool:
    gone, come = {clause.digest for clause in gap.old}, {clause.digest for clause in gap.new}
    if come - gone:
        return not come - gone <= here
    return gone <= here  # something was missing, and is back


def _learn(place: Place, text: PassingText, now: datetime) -> Place:
    """Note a text that came and went, and whether it was one too many."""
    place = replace(place, texts=(*place.texts, text)[-MOST_TEXTS:])
    if place.learned or place.pinned:
        return place
    recent = [one for one in place.texts if _is_recent(one, now)]
    distinct = len({one.digest for one in recent})
    first = min(one.seen for one in recent)
    if distinct < ENOUGH_TEXTS or now - first < SPREAD:
        return place
    why = (
        f"{distinct} texts came and went here between {first:%d %B %Y} and {now:%d %B %Y}, "
        "while the clauses around them stood; none stayed long enough to be confirmed"
    )
    return replace(place, learned=now, why=why)


def _showing(place: Place, text: PassingText) -> Place:
    """The place with the text that a look shows there."""
    if place.standing and place.standing.digest == text.digest:
        return place
    return replace(place, texts=(*_ended(place, text.seen).texts, text)[-MOST_TEXTS:])


def _back(place: Place, now: datetime) -> Place:
    """The place when it shows what the version has: its own text has gone, or is part of the version by now."""
    text = place.standing
    if text and now - text.seen >= STANDS:
        return replace(place, texts=place.texts[:-1])
    return _ended(place, now)


def _ended(place: Place, now: datetime) -> Place:
    text = place.standing
    return replace(place, texts=(*place.texts[:-1], replace(text, gone=now))) if text else place


def _bounded(places: Iterable[Place], now: datetime) -> tuple[Place, ...]:
    """By name, without those where nothing came and went for long, and never more than MOST_PLACES."""
    kept = [place for place in places if place.learned or place.pinned or any(_is_recent(t, now) for t in place.texts)]
    kept.sort(
        key=lambda place: (bool(place.pinned), bool(place.learned), max((t.seen for t in place.texts), default=now)),
        reverse=True,
    )
    return tuple(sorted(kept[:MOST_PLACES], key=lambda place: place.name))


def _is_recent(text: PassingText, now: datetime) -> bool:
    return text.gone is None or now - text.gone <= MEMORY


def _last_look(history: History) -> datetime | None:
    """When a look last showed a text that was believed."""
    seen = [version.last_seen for version in history.variants]
    return max([*seen, history.candidate.last_seen] if history.candidate else seen, default=None)


def place_name(above: Clause | None, below: Clause | None) -> str:
    """Of the place between two clauses; None stands for the start and the end."""
    return _digest(above.digest if above else "", below.digest if below else "")[:8]


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def _cut(text: str) -> str:
    return text if len(text) <= SHOWN_CHARACTERS else text[: SHOWN_CHARACTERS - 1] + "…"
