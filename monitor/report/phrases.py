"""What a change means, in phrases for a reader: which facts differ, clause by clause, the weightiest first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from monitor.model import Direction, Evidence, FactChange, FactChangeKind, Meaning, Modality, Polarity, Significance
from monitor.practices import aspect_label, label, told
from monitor.report.harmless import visible

_TELLING = frozenset(["value", "recipient", "data", "purpose", "polarity", "condition"])
DIRECTED = {Direction.LESS: "less protective", Direction.MORE: "more protective"}
_TOPICS = {**DIRECTED, Direction.MIXED: "mixed"}
_FIRMNESS = {Modality.STATED: "is done", Modality.WILL: "will be", Modality.MAY: "may be", Modality.MUST: "must be"}
_INNER = {"purpose": "purpose", "condition": "condition", "data": "sort of data"}
_MOST_TOPICS = 3
_STEM = 4  # letters: "share" says nothing beside "sharing"


@dataclass(frozen=True, slots=True)
class Said:
    """A phrase, with the direction and the reason where it has one: "retention 30 days → 24 months"."""

    text: str
    direction: str = ""
    reason: str = ""

    @property
    def short(self) -> str:
        """Without the reason."""
        return f"{self.text} ({self.direction})" if self.direction else self.text

    @property
    def line(self) -> str:
        """All of it."""
        if not self.reason or not self.direction:
            return self.short
        return f"{self.text} ({self.direction}: {self.reason})"


@dataclass(frozen=True, slots=True)
class Point:
    """What one operation of a diff means."""

    operation: int
    said: tuple[Said, ...]


def points(meaning: Meaning) -> tuple[Point, ...]:
    """The operations that mean something, the weightiest first, those with a direction before those without."""
    by_operation: dict[int, list[FactChange]] = {}
    for change in sorted(meaning.changes, key=lambda change: change.direction not in DIRECTED):
        fact = change.new or change.old
        if fact is not None and fact.evidence is Evidence.MODEL and change.direction not in DIRECTED:
            continue  # a topic that the linear model saw: nothing that a reader could check
        by_operation.setdefault(change.operation, []).append(change)
    return tuple(
        Point(operation, tuple(dict.fromkeys(_said(change) for change in _once(changes))))
        for operation, changes in by_operation.items()
    )


def plainly(meaning: Meaning) -> str:
    """The weightiest change in a phrase, where it goes the way of the whole and names what differs; else nothing."""
    if meaning.significance is not Significance.SUBSTANTIVE or meaning.direction not in DIRECTED:
        return ""
    first = next(iter(meaning.changes), None)
    if first is None or first.direction is not meaning.direction or first.what not in _TELLING:
        return ""
    return _said(first).short


def topic(meaning: Meaning) -> str:
    """What it is about, such as "sharing and retention (mixed)"; nothing where no practice was told."""
    if meaning.significance is not Significance.SUBSTANTIVE or not meaning.practices:
        return ""
    *others, last = [label(practice) for practice in meaning.practices[:_MOST_TOPICS]]
    names = f"{', '.join(others)} and {last}" if others else last
    direction = _TOPICS.get(meaning.direction)
    return f"{names} ({direction})" if direction else names


def phrase(change: FactChange) -> str:
    """One change of a fact in a phrase."""
    name = label(change.practice)
    if change.what == "fact":
        return f"{_about(change)}: {'newly stated' if change.kind is FactChangeKind.GAINED else 'no longer stated'}"
    if change.what == "modality" and change.before and change.after:
        before, after = (_FIRMNESS[Modality(side)] for side in (change.before, change.after))
        return f"{name}: “{before}” → “{after}”"
    if change.what in _INNER and not (change.before and change.after):
        state = "is new" if change.after else "is gone"
        return f"{name}: the {_INNER[change.what]} “{(change.after or change.before).replace('-', ' ')}” {state}"
    return told(change)


def _said(change: FactChange) -> Said:
    direction = DIRECTED.get(change.direction, "")
    reason = change.reason if direction else ""
    if change.what == "fact" and reason:  # it says itself whether the fact came or went
        return Said(visible(f"{_about(change)}: {reason}"), direction)
    return Said(visible(phrase(change)), direction, visible(reason))


def _about(change: FactChange) -> str:
    """The practice, and what of it, where that says more: "rights (erase)"."""
    name = label(change.practice)
    fact = change.new or change.old
    assert fact is not None
    aspect = aspect_label(fact.aspect)
    if aspect and any(word.startswith(aspect[:_STEM]) for word in name.lower().split()):
        aspect = ""
    parts = [aspect, "not done" if fact.polarity is Polarity.DOES_NOT else ""]
    inside = ", ".join(filter(None, parts))
    return f"{name} ({inside})" if inside else name


def _once(changes: list[FactChange]) -> Iterator[FactChange]:
    """Without values that another change of the same clause names already: one value may be of two practices."""
    named: set[tuple[str, str]] = set()
    paired = {side for change in changes if change.before and change.after for side in (change.before, change.after)}
    for change in changes:
        if change.what == "value":
            sides = change.before, change.after
            alone = (change.before or change.after) if not all(sides) else ""
            if sides in named or (alone in paired and change.direction not in DIRECTED):
                continue
            named.add(sides)
        yield change
