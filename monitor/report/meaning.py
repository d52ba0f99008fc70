"""What a change means, in words and as plain data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

from monitor.model import Clause, Direction, Evidence, Fact, FactChange, Meaning, Operation, Significance
from monitor.practices import label, told
from monitor.report.harmless import shorten, visible
from monitor.report.summary import LIMIT, summarise

_TELLING = frozenset(["value", "recipient", "data", "purpose", "polarity", "condition"])
_MOST = 12  # changes of facts that a reader is shown
_DIRECTED = {Direction.LESS: "less protective", Direction.MORE: "more protective"}


class ValueDocument(TypedDict):
    """A value that a clause names, such as a period; `normal` is the same for equal values."""

    kind: str
    text: str
    normal: str


class FactDocument(TypedDict):
    """What a clause says."""

    aspect: str
    polarity: str
    modality: str
    actor: str
    recipients: list[str]
    data: list[str]
    purposes: list[str]
    conditions: list[str]
    values: list[ValueDocument]


class FactChangeDocument(TypedDict):
    """A fact gained, lost or altered; `operation` is the place in the change's list of operations."""

    kind: str
    practice: str
    what: str
    text: str
    before: str
    after: str
    direction: str
    reason: str
    operation: int
    old: FactDocument | None
    new: FactDocument | None


class MeaningDocument(TypedDict):
    """What a change means for the reader."""

    headline: str
    practices: list[str]
    direction: str
    reasons: list[str]
    significance: str
    why: str
    changes: list[FactChangeDocument]


def one_line(meaning: Meaning) -> str:
    """Such as "retention 30 days → 24 months (less protective)"; nothing where no fact was found to differ."""
    return shorten(visible(meaning.headline), LIMIT) if meaning.changes else ""


def told_line(
    meaning: Meaning | None, old: Sequence[Clause], new: Sequence[Clause], operations: Sequence[Operation]
) -> str:
    """One line that tells a change, for logs and subjects: what it means where that is plain, else its words."""
    if meaning is not None and _is_plain(meaning):
        return one_line(meaning)
    return summarise(old, new, operations)


def _is_plain(meaning: Meaning) -> bool:
    """A value, a recipient or the like is known to differ, in a known direction: the headline says it all."""
    return (
        meaning.significance is Significance.SUBSTANTIVE
        and meaning.direction in _DIRECTED
        and any(change.direction is meaning.direction and change.what in _TELLING for change in meaning.changes[:1])
    )


def lines(meaning: Meaning) -> list[str]:
    """One line for each change of a fact, the weightiest first, with its direction and the reason."""
    found: list[str] = []
    for change in meaning.changes:
        fact = change.new or change.old
        if fact is not None and fact.evidence is Evidence.MODEL:
            continue  # a topic that the linear model saw: nothing that a reader could check
        direction = _DIRECTED.get(change.direction, "")
        reason = f": {change.reason}" if change.reason and direction else ""
        line = visible(f"{told(change)}{f' ({direction}{reason})' if direction else ''}")
        if line not in found:
            found.append(line)
    return found[:_MOST]


def document(meaning: Meaning) -> MeaningDocument:
    """As plain data."""
    return MeaningDocument(
        headline=meaning.headline,
        practices=list(meaning.practices),
        direction=meaning.direction.value,
        reasons=list(meaning.reasons),
        significance=meaning.significance.value,
        why=meaning.why,
        changes=[_change(change) for change in meaning.changes],
    )


def _change(change: FactChange) -> FactChangeDocument:
    return FactChangeDocument(
        kind=change.kind.value,
        practice=change.practice,
        what=change.what,
        text=told(change),
        before=change.before,
        after=change.after,
        direction=change.direction.value,
        reason=change.reason,
        operation=change.operation,
        old=fact_document(change.old) if change.old else None,
        new=fact_document(change.new) if change.new else None,
    )


def fact_document(held: Fact) -> FactDocument:
    """A fact as plain data."""
    return FactDocument(
        aspect=held.aspect,
        polarity=held.polarity.value,
        modality=held.modality.value,
        actor=held.actor.value,
        recipients=list(held.recipients),
        data=list(held.data),
        purposes=list(held.purposes),
        conditions=list(held.conditions),
        values=[ValueDocument(kind=value.kind.value, text=value.text, normal=value.normal) for value in held.values],
    )


def practice_names(practices: Sequence[str]) -> str:
    """For people: "retention, sharing"."""
    return ", ".join(label(practice) for practice in practices)
