"""A diff laid out in reading order: hunks of what changed with its context, and folds of what did not.

The order is that of the new text; what is gone stands where it stood. A moved clause appears twice: in full where it
is now, and as a departure where it was.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict, deque
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from monitor.model import Clause, Diff, Edit, Link, Operation, OperationKind
from monitor.report import runs
from monitor.report.places import Places

_QUIET = frozenset({OperationKind.RENUMBERED, OperationKind.RESTYLED})
_SMALL = _QUIET | {OperationKind.RELINKED}
_FOLD_FROM = 2  # a fold takes a line itself


@dataclass(frozen=True, slots=True)
class Pair:
    """A clause that stayed; its number may differ."""

    old: int
    new: int


@dataclass(frozen=True, slots=True)
class Relink:
    """A link whose target differs. None: the link is not there on that side."""

    text: str
    old: str | None
    new: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Clauses and all that happened to them. `kinds` names the weightiest operation first."""

    id: str
    numbers: tuple[int, ...]  # of its operations, in the diff's order
    kinds: tuple[OperationKind, ...]
    old: tuple[int, ...]
    new: tuple[int, ...]
    words: tuple[Edit, ...]  # complete: the whole old and new text
    links: tuple[Relink, ...]

    @property
    def kind(self) -> OperationKind:
        """The weightiest."""
        return self.kinds[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """Neighbouring clauses that went elsewhere together, where they are now."""

    id: str
    entries: tuple[Entry, ...]
    source: str
    target: str


@dataclass(frozen=True, slots=True)
class Departure:
    """Where the clauses of a move were."""

    move: Move


@dataclass(frozen=True, slots=True)
class Fold:
    """Clauses that stayed, not shown. `renumbered` are those of them whose number differs."""

    pairs: tuple[Pair, ...]
    renumbered: tuple[Pair, ...]


Row: TypeAlias = Pair | Entry | Move | Departure


@dataclass(frozen=True, slots=True)
class Hunk:
    """Rows in a row, under the headings of the first."""

    path: tuple[str, ...]
    rows: tuple[Row, ...]


def identify(diff: Diff) -> tuple[str, ...]:
    """An identifier for each operation that depends on what it touches and not on what else changed."""
    seen: dict[str, int] = defaultdict(int)
    found = []
    for operation in diff.operations:
        touched = [
            "\x1f".join((clause.digest, clause.label, *(link.target for link in clause.links)))
            for clause in (*_pick(diff.old, operation.old), *_pick(diff.new, operation.new))
        ]
        parts = "\x1e".join((operation.kind, str(len(operation.old)), *touched))
        digest = hashlib.sha256(parts.encode("utf-8", "surrogatepass")).hexdigest()[:12]
        seen[digest] += 1
        found.append(f"{operation.kind}-{digest}" + (f"-{seen[digest]}" if seen[digest] > 1 else ""))
    return tuple(found)


def lay_out(diff: Diff, *, context: int, without: Container[int] = ()) -> tuple[Hunk | Fold, ...]:
    """Hunks and folds in reading order, with `context` clauses that stayed around each change.

    Entries whose operations have their number in `without` are left out: they are shown elsewhere.

    Raises:
        ValueError: the operations do not fit the clauses.
    """
    entries = entries_of(diff)
    quiet = [entry for entry in entries if _QUIET.issuperset(entry.kinds)]
    loud = [entry for entry in entries if not _QUIET.issuperset(entry.kinds)]
    if not loud:  # then these are the news
        loud, quiet = quiet, []
    pairs = _pairs(diff, loud, quiet)
    shown = [entry for entry in loud if not any(number in without for number in entry.numbers)]
    return tuple(_folded(_ordered(diff, shown, pairs), diff, context))


def relinks(old: Sequence[Clause], new: Sequence[Clause]) -> tuple[Relink, ...]:
    """Links whose target differs: paired by their text, in order; then those that came."""
    before = [link for clause in old for link in clause.links]
    after = [link for clause in new for link in clause.links]
    gone, come = _without(before, after), _without(after, before)
    by_text: dict[str, deque[int]] = defaultdict(deque)
    for number, link in enumerate(come):
        by_text[link.text].append(number)
    found = []
    paired = set()
    for link in gone:
        target = None
        if by_text[link.text]:
            number = by_text[link.text].popleft()
            paired.add(number)
            target = come[number].target
        found.append(Relink(link.text, link.target, target))
    came = (Relink(link.text, None, link.target) for number, link in enumerate(come) if number not in paired)
    return (*found, *came)


def _without(links: Iterable[Link], others: Iterable[Link]) -> list[Link]:
    left = Counter(others)
    kept = []
    for link in links:
        if left[link]:
            left[link] -= 1
        else:
            kept.append(link)
    return kept


def _pick(clauses: Sequence[Clause], indices: Sequence[int]) -> list[Clause]:
    return [clauses[index] for index in indices]


def entries_of(diff: Diff) -> list[Entry]:
    """Operations on the same clauses together, in the order of the first of them."""
    owner: dict[tuple[str, int], int] = {}
    groups: list[list[tuple[int, Operation]]] = []
    singles = [(number, single) for number, operation in enumerate(diff.operations) for single in _singles(operation)]
    weighty_first = sorted(singles, key=lambda pair: pair[1].kind in _SMALL)
    for number, operation in weighty_first:
        touched = [("old", i) for i in operation.old] + [("new", j) for j in operation.new]
        group = next((owner[place] for place in touched if place in owner), len(groups))
        if group == len(groups):
            groups.append([])
        groups[group].append((number, operation))
        owner.update((place, group) for place in touched if place not in owner)
    identifiers = identify(diff)
    return [_entry(diff, group, identifiers[group[0][0]]) for group in groups]


def _singles(operation: Operation) -> Iterator[Operation]:
    """An operation on several clauses that have nothing to do with each other, clause by clause."""
    if operation.kind in (OperationKind.SPLIT, OperationKind.MERGE) or operation.words:
        yield operation
    elif not operation.old or not operation.new:
        yield from (replace(operation, old=(i,)) for i in operation.old)
        yield from (replace(operation, new=(j,)) for j in operation.new)
    elif len(operation.old) == len(operation.new):
        pairs = zip(operation.old, operation.new, strict=True)
        yield from (replace(operation, old=(i,), new=(j,)) for i, j in pairs)
    else:
        yield operation


def _entry(diff: Diff, group: list[tuple[int, Operation]], identifier: str) -> Entry:
    operations = sorted((op for _, op in group), key=lambda op: op.kind is not OperationKind.MOVED)
    old = tuple(sorted({i for op in operations for i in op.old}))
    new = tuple(sorted({j for op in operations for j in op.new}))
    before, after = _pick(diff.old, old), _pick(diff.new, new)
    words = next((op.words for op in operations if op.words), ())
    return Entry(
        id=identifier,
        numbers=tuple(dict.fromkeys(number for number, _ in group)),
        kinds=tuple(dict.fromkeys(op.kind for op in operations)),
        old=old,
        new=new,
        words=runs.of_clauses(before, after, words),
        links=relinks(before, after) if before and after else (),
    )


def _pairs(diff: Diff, loud: list[Entry], quiet: list[Entry]) -> list[Pair]:
    named_old = {i for entry in (*loud, *quiet) for i in entry.old}
    named_new = {j for entry in (*loud, *quiet) for j in entry.new}
    old = [i for i in range(len(diff.old)) if i not in named_old]
    new = [j for j in range(len(diff.new)) if j not in named_new]
    if len(old) != len(new):
        raise ValueError(f"the operations leave {len(old)} old clauses but {len(new)} new ones unnamed")
    stayed = [pair for entry in quiet for pair in zip(entry.old, entry.new, strict=True)]
    return [Pair(i, j) for i, j in sorted((*zip(old, new, strict=True), *stayed), key=lambda pair: pair[1])]


def _moves(diff: Diff, entries: list[Entry]) -> list[Move]:
    from_old, to_new = Places(diff.old), Places(diff.new)
    blocks: list[list[Entry]] = []
    for entry in sorted((e for e in entries if e.kind is OperationKind.MOVED), key=lambda entry: entry.new):
        last = blocks[-1][-1] if blocks else None
        if last and entry.new[0] == last.new[-1] + 1 and entry.old[0] == last.old[-1] + 1:
            blocks[-1].append(entry)
        else:
            blocks.append([entry])
    return [
        Move(
            id=block[0].id,
            entries=tuple(block),
            source=from_old.of(block[0].old[0]),
            target=to_new.of(block[0].new[0]),
        )
        for block in blocks
    ]


def _ordered(diff: Diff, entries: list[Entry], pairs: list[Pair]) -> list[Row]:
    """Every row once, in the order of the new text; what is gone follows what stood before it."""
    moves = _moves(diff, entries)
    at_new: dict[int, Row] = {pair.new: pair for pair in pairs}
    at_new |= {move.entries[0].new[0]: move for move in moves}
    stands = {pair.old: pair.new for pair in pairs}  # old clause → new clause after which its followers come
    leaves: dict[int, Row] = {move.entries[0].old[0]: Departure(move) for move in moves}
    for entry in entries:
        if entry.kind is OperationKind.MOVED:
            continue
        if entry.new:
            at_new[entry.new[0]] = entry
            stands |= dict.fromkeys(entry.old, entry.new[-1])
        else:
            leaves[entry.old[0]] = entry
    after: dict[int, list[Row]] = defaultdict(list)
    anchor = -1
    for i in range(len(diff.old)):
        anchor = stands.get(i, anchor)
        if i in leaves:
            after[anchor].append(leaves[i])
    rows = list(after[-1])
    for j in range(len(diff.new)):
        if j in at_new:
            rows.append(at_new[j])
        rows += after[j]
    return rows


def _folded(rows: list[Row], diff: Diff, context: int) -> Iterator[Hunk | Fold]:
    changed = [number for number, row in enumerate(rows) if not isinstance(row, Pair)]
    shown = {near for number in changed for near in range(number - context, number + context + 1)}
    places = (Places(diff.old), Places(diff.new))
    hunk: list[Row] = []
    start = 0
    while start < len(rows):
        stop = start
        while stop < len(rows) and stop not in shown:
            stop += 1
        hidden = [row for row in rows[start:stop] if isinstance(row, Pair)]
        if len(hidden) >= _FOLD_FROM or (hidden and not changed):
            if hunk:
                yield _hunk(hunk, places)
                hunk = []
            yield Fold(
                tuple(hidden), tuple(pair for pair in hidden if diff.old[pair.old].label != diff.new[pair.new].label)
            )
        else:
            hunk += hidden
        if stop < len(rows):
            hunk.append(rows[stop])
        start = stop + 1
    if hunk:
        yield _hunk(hunk, places)


def _hunk(rows: list[Row], places: tuple[Places, Places]) -> Hunk:
    old, new = places
    first = rows[0]
    if isinstance(first, Pair):
        path = new.path(first.new)
    elif isinstance(first, Move):
        path = new.path(first.entries[0].new[0])
    elif isinstance(first, Departure):
        path = old.path(first.move.entries[0].old[0])
    else:
        path = new.path(first.new[0]) if first.new else old.path(first.old[0])
    return Hunk(path, tuple(rows))
