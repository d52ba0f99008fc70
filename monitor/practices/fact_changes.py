"""One change of a fact: gained, lost, or altered in one of its parts, with its direction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from monitor.model import (
    Direction,
    DurationKind,
    Evidence,
    Fact,
    FactChange,
    FactChangeKind,
    Modality,
    Polarity,
    Value,
    ValueKind,
)
from monitor.practices.direction import Case, judge
from monitor.practices.sentence import MENTIONED

_FIRMNESS = {Modality.MAY: 0, Modality.STATED: 1, Modality.WILL: 2, Modality.MUST: 2}
_EXCEPTION = "exception"
_SAME_SIZE = 0.02  # part by which two periods differ that are called equal: "two years" and "730 days"
_PLAIN = 0.7  # probability from which what only the model saw may have a direction
_PERMANENCE = {
    DurationKind.TEMPORAL: 0,
    DurationKind.UNTIL_TIME: 0,
    DurationKind.UNTIL_EVENT: 1,
    DurationKind.INDETERMINATE: 2,
    DurationKind.ENDLESS: 3,
}


def details(fact: Fact) -> tuple[str, ...]:
    """What the table of directions may ask of a whole fact: its conditions and how long it lasts."""
    lasting = []
    for value in fact.values:
        if value.duration is DurationKind.ENDLESS:
            lasting.append("endless")
        elif value.duration in (DurationKind.TEMPORAL, DurationKind.UNTIL_TIME):
            lasting.append("temporal")
        elif value.duration is not None:
            lasting.append("criterion")
    return (*fact.conditions, *lasting)


def whole(kind: FactChangeKind, fact: Fact, operation: int) -> FactChange:
    """A fact gained or lost."""
    direction, reason = judge(
        Case(
            change=kind.value,
            practice=fact.practice,
            aspect=fact.aspect,
            polarity=fact.polarity.value,
            details=details(fact),
        )
    )
    if fact.evidence is Evidence.MODEL and (fact.aspect == MENTIONED or fact.score < _PLAIN):
        direction, reason = Direction.UNCLEAR, ""
    return FactChange(
        kind=kind,
        practice=fact.practice,
        what="fact",
        operation=operation,
        old=fact if kind is FactChangeKind.LOST else None,
        new=fact if kind is FactChangeKind.GAINED else None,
        direction=direction,
        reason=reason,
    )


def altered(old: Fact, new: Fact, operation: int) -> Iterator[FactChange]:  # noqa: C901 - one branch per part of a fact
    """Every way in which two facts of one practice differ."""

    def change(what: str, shift: str, before: str, after: str, detail: str = "") -> FactChange:
        direction, reason = judge(
            Case(
                change="altered",
                what=what,
                shift=shift,
                practice=new.practice,
                aspect=new.aspect,
                polarity=new.polarity.value,
                details=(detail,) if detail else (),
            )
        )
        return FactChange(
            kind=FactChangeKind.ALTERED,
            practice=new.practice,
            what=what,
            operation=operation,
            old=old,
            new=new,
            before=before,
            after=after,
            direction=direction,
            reason=reason,
        )

    if old.polarity is not new.polarity:
        yield change("polarity", f"to-{new.polarity.value}", old.polarity.value, new.polarity.value)
    excepted = _EXCEPTION in new.conditions and new.polarity is Polarity.DOES_NOT
    for what, before, after in (
        ("recipient", old.recipients, new.recipients),
        ("data", old.data, new.data),
        ("purpose", old.purposes, new.purposes),
        ("condition", old.conditions, new.conditions),
    ):
        for name in after:
            # "We share with nobody, except advertisers": it names those who are excepted from the promise.
            if name not in before and not (excepted and what != "condition"):
                yield change(what, "gained", "", name, name)
        for name in before:
            if name not in after:
                yield change(what, "lost", name, "", name)
    for kind in ValueKind:
        for before_value, after_value, shift in _shifts(kind, old.values, new.values):
            yield change(
                "value",
                shift,
                before_value.text if before_value else "",
                after_value.text if after_value else "",
                kind.value,
            )
    if old.modality is not new.modality and _FIRMNESS[old.modality] != _FIRMNESS[new.modality]:
        shift = "firmer" if _FIRMNESS[new.modality] > _FIRMNESS[old.modality] else "weaker"
        yield change("modality", shift, old.modality.value, new.modality.value)


def _shifts(
    kind: ValueKind, old: Iterable[Value], new: Iterable[Value]
) -> Iterator[tuple[Value | None, Value | None, str]]:
    """Values of one kind that differ, in pairs as they stand in the text."""
    before = {value.normal: value for value in old if value.kind is kind}
    after = {value.normal: value for value in new if value.kind is kind}
    gone = [value for value in before.values() if not any(_equal(value, other) for other in after.values())]
    come = [value for value in after.values() if not any(_equal(value, other) for other in before.values())]
    if kind in (ValueKind.COMPANY, ValueKind.COUNTRY):  # sets: one more is no other in its place
        yield from ((None, value, "gained") for value in come)
        yield from ((value, None, "lost") for value in gone)
        return
    for one, other in zip(gone, come, strict=False):
        yield one, other, _shift(one, other)
    yield from ((value, None, "shorter" if _is_endless(value) else "lost") for value in gone[len(come) :])
    yield from ((None, value, "longer" if _is_endless(value) else "gained") for value in come[len(gone) :])


def _equal(one: Value, other: Value) -> bool:
    if one.normal == other.normal:
        return True
    if one.kind is not ValueKind.DURATION or one.size is None or other.size is None:
        return False
    return abs(one.size - other.size) <= _SAME_SIZE * min(one.size, other.size)


def _is_endless(value: Value) -> bool:
    return value.duration is DurationKind.ENDLESS


def _shift(old: Value, new: Value) -> str:
    if old.kind is ValueKind.DURATION and old.duration is not None and new.duration is not None:
        before, after = _PERMANENCE[old.duration], _PERMANENCE[new.duration]
        if before != after:
            return "longer" if after > before else "shorter"
    if old.size is None or new.size is None or old.size == new.size:
        return "other"
    larger = new.size > old.size
    if old.kind is ValueKind.DURATION:
        return "longer" if larger else "shorter"
    return "higher" if larger else "lower"
