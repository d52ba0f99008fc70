"""What a change means, in words and as plain data."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import TypedDict

from monitor.model import Clause, Fact, FactChange, Meaning, Operation
from monitor.practices import label
from monitor.report.harmless import shorten, visible
from monitor.report.phrases import DIRECTED, phrase, plainly, points, topic
from monitor.report.summary import LIMIT, summarise, weighty

_MOST = 12  # changes of facts that a reader is shown


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
    """What a change means for the reader. `changes_left_out` counts changes that a size limit cut off."""

    headline: str
    practices: list[str]
    direction: str
    reasons: list[str]
    significance: str
    why: str
    changes: list[FactChangeDocument]
    changes_left_out: int


def told_line(
    meaning: Meaning | None, old: Sequence[Clause], new: Sequence[Clause], operations: Sequence[Operation]
) -> str:
    """One line that tells a change, for logs and subjects: what it means where that is plain, else its words."""
    if meaning is None:
        return summarise(old, new, operations)
    if said := plainly(meaning):
        others = len(weighty(operations)) - 1
        more = f"; {others} more {'clause' if others == 1 else 'clauses'}" if others > 0 else ""
        return shorten(visible(said), LIMIT - len(more)) + more
    about = visible(topic(meaning))
    line = summarise(old, new, operations, topic=about)
    way = DIRECTED.get(meaning.direction)
    if not about or not way or line.startswith(about) or len(line) + len(way) + 3 > LIMIT:
        return line
    return f"{line} ({way})"


def lines(meaning: Meaning) -> list[str]:
    """One line for each change of a fact, the weightiest first, with its direction and the reason."""
    found = [said for point in points(meaning) for said in point.said]
    found.sort(key=lambda said: not said.direction)
    return list(dict.fromkeys(said.line for said in found))[:_MOST]


def document(meaning: Meaning, *, limit: int | None = None) -> MeaningDocument:
    """As plain data. With `limit` (characters of JSON), the changes that weigh least are left out and counted."""
    kept = list(_within(meaning.changes, limit))
    return MeaningDocument(
        headline=meaning.headline,
        practices=list(meaning.practices),
        direction=meaning.direction.value,
        reasons=list(meaning.reasons),
        significance=meaning.significance.value,
        why=meaning.why,
        changes=kept,
        changes_left_out=len(meaning.changes) - len(kept),
    )


def _within(changes: Sequence[FactChange], limit: int | None) -> Iterator[FactChangeDocument]:
    used = 0
    for change in changes:
        made = _change(change)
        used += len(json.dumps(made, ensure_ascii=False)) if limit is not None else 0
        if limit is not None and used > limit:
            return
        yield made


def _change(change: FactChange) -> FactChangeDocument:
    return FactChangeDocument(
        kind=change.kind.value,
        practice=change.practice,
        what=change.what,
        text=phrase(change),
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
