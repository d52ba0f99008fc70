"""A redline as JSON for programs. The shape is `docs/schema/change-1.json`; its text is never altered or shortened.

Within version 1 fields may be added; none is renamed, removed or given another meaning.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import TypedDict

from monitor.model import Clause, Operation
from monitor.report import meaning as meanings
from monitor.report.harmless import escape_dangerous
from monitor.report.layout import identify
from monitor.report.meaning import MeaningDocument
from monitor.report.places import Places
from monitor.report.redline import Redline, Side

SCHEMA = "clausewatch/change/1"


class LinkDocument(TypedDict):
    """A link inside a clause."""

    text: str
    target: str


class CellDocument(TypedDict):
    """A cell of a table row."""

    head: str
    text: str


class ClauseDocument(TypedDict):
    """A clause as one of the two texts has it. `place` names where it stands, for people."""

    index: int
    kind: str
    label: str
    level: int
    path: list[str]
    place: str
    text: str
    digest: str
    links: list[LinkDocument]
    cells: list[CellDocument]


class EditDocument(TypedDict):
    """A run of words."""

    kind: str
    text: str


class OperationDocument(TypedDict):
    """One thing that happened. `id` is the same wherever this operation on these clauses is shown."""

    id: str
    kind: str
    old: list[ClauseDocument]
    new: list[ClauseDocument]
    words: list[EditDocument]


class SideDocument(TypedDict):
    """One of the two texts."""

    label: str
    number: int | None
    digest: str | None
    language: str | None
    updated: str | None
    effective: str | None
    first_seen: str | None
    last_seen: str | None
    clauses: int


class SubjectDocument(TypedDict):
    """The policy."""

    name: str
    service: str
    kind: str
    urls: list[str]


class BracketDocument(TypedDict):
    """When it happened."""

    after: str | None
    before: str


class EvidenceDocument(TypedDict):
    """A capture behind the new text."""

    url: str
    taken: str
    sha256: str
    archived: bool


class ChangeDocument(TypedDict):
    """The whole. `operations_left_out` counts operations that a size limit cut off."""

    schema: str
    title: str
    summary: str
    policy: SubjectDocument | None
    change: int | None
    kind: str | None
    significance: str | None
    why: str
    silent: bool
    confirmed: bool
    bracket: BracketDocument | None
    old: SideDocument
    new: SideDocument
    operations: list[OperationDocument]
    operations_left_out: int
    evidence: list[EvidenceDocument]
    public_copies: list[str]
    meaning: MeaningDocument | None


def document(redline: Redline, *, limit: int | None = None) -> ChangeDocument:
    """The redline as plain data.

    With `limit` (characters of JSON), operations that would go beyond it are left out, whole and from the end, and
    counted in `operations_left_out`; so are changes of facts that would go beyond a quarter of it.
    """
    facts = None if limit is None else limit // 4
    operations = _operations(redline)
    kept = operations if limit is None else _within(operations, limit)
    bracket = redline.bracket
    subject = redline.subject
    return ChangeDocument(
        schema=SCHEMA,
        title=redline.title,
        summary=redline.summary,
        policy=SubjectDocument(
            name=subject.name, service=subject.service, kind=subject.kind.value, urls=list(subject.urls)
        )
        if subject
        else None,
        change=redline.change_id,
        kind=redline.kind.value if redline.kind else None,
        significance=redline.significance.value if redline.significance else None,
        why=redline.why,
        silent=redline.silent,
        confirmed=redline.confirmed,
        bracket=BracketDocument(after=instant(bracket.after), before=bracket.before.isoformat()) if bracket else None,
        old=_side(redline.old, redline.diff.old),
        new=_side(redline.new, redline.diff.new),
        operations=kept,
        operations_left_out=len(operations) - len(kept),
        evidence=[
            EvidenceDocument(url=proof.url, taken=proof.taken.isoformat(), sha256=proof.digest, archived=proof.archived)
            for proof in redline.evidence
        ],
        public_copies=list(redline.copies),
        meaning=meanings.document(redline.meaning, limit=facts) if redline.meaning else None,
    )


def clause_documents(clauses: Sequence[Clause]) -> list[ClauseDocument]:
    """A whole text as plain data."""
    places = Places(clauses)
    return [_clause(index, clause, places) for index, clause in enumerate(clauses)]


def render(redline: Redline) -> str:
    """The document as text: UTF-8 as it is, save characters that could steer a terminal, which are escaped."""
    return to_json(document(redline), indent=2) + "\n"


def to_json(value: object, *, indent: int | None = None) -> str:
    """JSON that keeps every character and is safe to print."""
    return escape_dangerous(json.dumps(value, ensure_ascii=False, indent=indent))


def instant(when: datetime | None) -> str | None:
    """ISO 8601 with its offset."""
    return when.isoformat() if when else None


def _operations(redline: Redline) -> list[OperationDocument]:
    diff = redline.diff
    places = Places(diff.old), Places(diff.new)
    return [
        _operation(identifier, operation, diff.old, diff.new, places)
        for identifier, operation in zip(identify(diff), diff.operations, strict=True)
    ]


def _within(operations: list[OperationDocument], limit: int) -> list[OperationDocument]:
    used = 0
    for count, operation in enumerate(operations):
        used += len(to_json(operation))
        if used > limit:
            return operations[:count]
    return operations


def _operation(
    identifier: str,
    operation: Operation,
    old: Sequence[Clause],
    new: Sequence[Clause],
    places: tuple[Places, Places],
) -> OperationDocument:
    return OperationDocument(
        id=identifier,
        kind=operation.kind.value,
        old=[_clause(index, old[index], places[0]) for index in operation.old],
        new=[_clause(index, new[index], places[1]) for index in operation.new],
        words=[EditDocument(kind=edit.kind.value, text=edit.text) for edit in operation.words],
    )


def _clause(index: int, clause: Clause, places: Places) -> ClauseDocument:
    return ClauseDocument(
        index=index,
        kind=clause.kind.value,
        label=clause.label,
        level=clause.level,
        path=list(clause.path),
        place=places.of(index),
        text=clause.text,
        digest=clause.digest,
        links=[LinkDocument(text=link.text, target=link.target) for link in clause.links],
        cells=[CellDocument(head=head, text=cell) for head, cell in clause.cells],
    )


def _side(side: Side, clauses: Sequence[Clause]) -> SideDocument:
    return SideDocument(
        label=side.label,
        number=side.number or None,
        digest=side.digest or None,
        language=side.language,
        updated=side.dates.updated.isoformat() if side.dates.updated else None,
        effective=side.dates.effective.isoformat() if side.dates.effective else None,
        first_seen=instant(side.first_seen),
        last_seen=instant(side.last_seen),
        clauses=len(clauses),
    )
