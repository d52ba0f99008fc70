"""Two versions → the facts gained, lost and altered. Facts are compared, not words."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace

from monitor.model import (
    Diff,
    Direction,
    Fact,
    FactChange,
    FactChangeKind,
    OperationKind,
    ValueKind,
)
from monitor.practices.around import around
from monitor.practices.direction import stance
from monitor.practices.fact_changes import altered, whole
from monitor.practices.read import read_all
from monitor.practices.statement import Statement

_ALIKE = 0.45  # shared words (Dice) from which two sentences of an operation are one sentence, reworded
_WORDLESS = frozenset({OperationKind.RENUMBERED, OperationKind.RELINKED, OperationKind.RESTYLED})


@dataclass(frozen=True, slots=True)
class Rewording:
    """Two sentences that are one, reworded, or one that came or went."""

    operation: int
    old: Statement | None
    new: Statement | None
    around: tuple[tuple[str, float], ...] = ()  # practice and how much of it what stands around is about


def renamed(rewording: Rewording) -> bool:
    """A capitalised word stands in one wording that the other does not have in any case."""
    old, new = rewording.old, rewording.new
    if old is None or new is None:
        return False
    return not (old.names <= set(new.key.split()) and new.names <= set(old.key.split()))


@dataclass(frozen=True, slots=True)
class Shown:
    """A change of a fact, and the number of the rewording that shows it."""

    change: FactChange
    rewording: int


@dataclass(slots=True)
class Comparison:
    """What differs between two versions."""

    rewordings: list[Rewording]
    changes: list[Shown]
    known_before: frozenset[tuple[str, ...]] = field(default_factory=frozenset)  # atoms that the old text holds
    known_after: frozenset[tuple[str, ...]] = field(default_factory=frozenset)
    tally: Counter[str] = field(default_factory=Counter)  # facts of both texts by practice
    companies_before: frozenset[str] = field(default_factory=frozenset)
    companies_after: frozenset[str] = field(default_factory=frozenset)


def compare_facts(diff: Diff, language: str | None) -> Comparison:
    """Sentences that stand in the other version too, moved or not, take no part."""
    old = read_all(diff.old, language)
    new = read_all(diff.new, language)
    rewordings = list(_rewordings(diff, old, new, language))
    return Comparison(
        rewordings=rewordings,
        changes=_accompanied(_changes(rewordings)),
        known_before=_atoms(old),
        known_after=_atoms(new),
        tally=Counter(f.practice for read in (old, new) for clause in read for s in clause for f in s.facts),
        companies_before=_companies(old),
        companies_after=_companies(new),
    )


def _atoms(read: Iterable[Iterable[Statement]]) -> frozenset[tuple[str, ...]]:
    return frozenset(
        atom for clause in read for statement in clause for fact in statement.facts for atom in atoms(fact)
    )


def _companies(read: Iterable[Iterable[Statement]]) -> frozenset[str]:
    return frozenset(
        value.normal for clause in read for s in clause for value in s.values if value.kind is ValueKind.COMPANY
    )


def atoms(fact: Fact) -> Iterator[tuple[str, ...]]:
    """The smallest things that a fact says; what no atom of a text says is new to it."""
    base = (fact.practice, fact.aspect, fact.polarity.value)
    yield base
    for kind, names in (("recipient", fact.recipients), ("data", fact.data), ("purpose", fact.purposes)):
        for name in names:
            yield (*base, kind, name)
    for value in fact.values:
        yield (*base, value.kind.value, value.normal)


def _rewordings(
    diff: Diff, old: list[tuple[Statement, ...]], new: list[tuple[Statement, ...]], language: str | None
) -> Iterator[Rewording]:
    before = Counter(statement.key for clause in old for statement in clause)
    after = Counter(statement.key for clause in new for statement in clause)
    for number, operation in enumerate(diff.operations):
        if operation.kind in _WORDLESS:
            continue
        gone = [s for index in operation.old for s in old[index] if s.key and before[s.key] > after[s.key]]
        come = [s for index in operation.new for s in new[index] if s.key and after[s.key] > before[s.key]]
        if not gone and not come:
            continue
        clauses, indices, read = (diff.new, operation.new, new) if operation.new else (diff.old, operation.old, old)
        context = around(clauses, read, indices[0], language)
        for rewording in _paired(number, gone, come):
            yield replace(rewording, around=tuple(sorted(context.items())))


def _paired(number: int, gone: list[Statement], come: list[Statement]) -> Iterator[Rewording]:
    """Sentences of one operation, the likest first."""
    old_words = [Counter(statement.key.split()) for statement in gone]
    new_words = [Counter(statement.key.split()) for statement in come]
    likeness = []
    if len(gone) * len(come) <= 2_500:  # noqa: PLR2004 - a clause of 50 sentences
        for i, one in enumerate(old_words):
            for j, other in enumerate(new_words):
                share = 2 * (one & other).total() / (one.total() + other.total())
                if share >= _ALIKE:
                    likeness.append((-share, i, j))
    likeness.sort()
    left, right = set(range(len(gone))), set(range(len(come)))
    for _, i, j in likeness:
        if i in left and j in right:
            left.remove(i)
            right.remove(j)
            yield Rewording(number, gone[i], come[j])
    yield from (Rewording(number, gone[i], None) for i in sorted(left))
    yield from (Rewording(number, None, come[j]) for j in sorted(right))


@dataclass(frozen=True, slots=True)
class _Loose:
    """A fact without a partner yet."""

    operation: int
    rewording: int
    fact: Fact


def _changes(rewordings: Iterable[Rewording]) -> list[Shown]:
    found: list[Shown] = []
    gone: list[_Loose] = []
    come: list[_Loose] = []
    for number, rewording in enumerate(rewordings):
        old = list(rewording.old.facts) if rewording.old else []
        new = list(rewording.new.facts) if rewording.new else []
        for one, other in _partners(old, new):
            found.extend(Shown(change, number) for change in altered(one, other, rewording.operation))
        gone.extend(_Loose(rewording.operation, number, fact) for fact in old)
        come.extend(_Loose(rewording.operation, number, fact) for fact in new)
    found.extend(_across(gone, come))
    found.extend(Shown(whole(FactChangeKind.LOST, loose.fact, loose.operation), loose.rewording) for loose in gone)
    found.extend(Shown(whole(FactChangeKind.GAINED, loose.fact, loose.operation), loose.rewording) for loose in come)
    return found


_INTRUSIVE = "intrusive"
_NEAR = 2  # operations apart
_CHOICE = "user-choice"


def _accompanied(changes: list[Shown]) -> list[Shown]:
    """A choice that comes along with a new practice is about that one: it does not make up for it, nor add to it."""
    new = {
        shown.change.operation
        for shown in changes
        if (shown.change.kind is FactChangeKind.GAINED or shown.change.what == "polarity")
        and shown.change.direction is Direction.LESS
        and stance(shown.change.practice, "") == _INTRUSIVE
    }
    return [
        replace(shown, change=replace(shown.change, direction=Direction.UNCLEAR, reason=""))
        if _is_new_choice(shown.change) and any(abs(shown.change.operation - place) <= _NEAR for place in new)
        else shown
        for shown in changes
    ]


def _is_new_choice(change: FactChange) -> bool:
    return change.kind is FactChangeKind.GAINED and change.practice == _CHOICE and change.direction is Direction.MORE


def _partners(old: list[Fact], new: list[Fact]) -> list[tuple[Fact, Fact]]:
    """Facts of one sentence in both wordings, taken out of the lists: of one polarity first."""
    pairs = []
    for signed in (True, False):
        for one in list(old):
            match = next((other for other in new if _same(one, other, signed=signed)), None)
            if match is not None:
                old.remove(one)
                new.remove(match)
                pairs.append((one, match))
    return pairs


def _same(one: Fact, other: Fact, *, signed: bool) -> bool:
    told = (one.practice, one.aspect) == (other.practice, other.aspect)
    return told and (one.polarity is other.polarity or not signed)


def _across(gone: list[_Loose], come: list[_Loose]) -> list[Shown]:
    """Facts that left one sentence and stand in another now: nothing happened, or a value was altered on the way.

    What has found a partner is taken out of the lists. The first with the same signature, or else the first of its kin,
    or of its operation, is the partner. A rewritten policy has thousands of facts: they are looked up, not searched.
    """
    found: list[Shown] = []
    partners = _Partners(come, _signature)
    gone[:] = [loose for loose in gone if partners.take(_signature(loose)) is None]
    come[:] = partners.left
    for key in (_kin, _timed, _place):
        kin = _Partners(come, key)
        strangers = []
        for loose in gone:
            other = kin.take(key(loose))
            if other is None:
                strangers.append(loose)
            else:
                changes = altered(loose.fact, other.fact, other.operation)
                found.extend(Shown(change, other.rewording) for change in changes)
        gone[:] = strangers
        come[:] = kin.left
    return found


class _Partners:
    """Facts by what they have in common with others, each to be taken once, in order."""

    def __init__(self, loose: Iterable[_Loose], key: Callable[[_Loose], tuple[object, ...] | None]) -> None:
        self._left = dict(enumerate(loose))
        self._places: dict[tuple[object, ...] | None, deque[int]] = defaultdict(deque)
        for place, one in self._left.items():
            self._places[key(one)].append(place)

    def take(self, key: tuple[object, ...] | None) -> _Loose | None:
        places = self._places.get(key) if key is not None else None
        return self._left.pop(places.popleft()) if places else None

    @property
    def left(self) -> list[_Loose]:
        return list(self._left.values())


def _signature(loose: _Loose) -> tuple[object, ...]:
    fact = loose.fact
    values = tuple(sorted((value.kind.value, value.normal) for value in fact.values))
    return (fact.practice, fact.aspect, fact.polarity, fact.recipients, fact.data, fact.purposes, values)


def _kin(loose: _Loose) -> tuple[object, ...] | None:
    """Of facts with values: what they are about."""
    fact = loose.fact
    return (fact.practice, fact.aspect, fact.polarity, fact.data, fact.recipients) if fact.values else None


def _timed(loose: _Loose) -> tuple[object, ...] | None:
    """Of facts with a period, what they are about in one operation: "posts expire after 30 days" is of the same."""
    fact = loose.fact
    if not any(value.kind is ValueKind.DURATION for value in fact.values):
        return None
    return (loose.operation, fact.practice, fact.polarity)


def _place(loose: _Loose) -> tuple[object, ...]:
    """What is said in one operation, in whatever words: a rewritten clause did not give up all it said."""
    fact = loose.fact
    return (loose.operation, fact.practice, fact.aspect, fact.polarity)
