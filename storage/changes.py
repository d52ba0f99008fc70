"""Changes and their operations, which are kept as compact JSON."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert

from monitor.model import Bracket, Change, ChangeDraft, Edit, EditKind, Operation, OperationKind
from storage.tables import changes


def insert_change(
    connection: Connection, policy_id: int, draft: ChangeDraft, new_version_id: int, *, now: datetime
) -> int:
    """Write a change to `new_version_id`; return its number."""
    change_id: int = connection.execute(
        insert(changes)
        .values(
            policy_id=policy_id,
            kind=draft.kind,
            old_version_id=draft.old_version_id,
            new_version_id=new_version_id,
            operations=_dump_operations(draft.operations),
            significance=draft.significance,
            why=draft.why,
            summary=draft.summary,
            after=draft.bracket.after,
            before=draft.bracket.before,
            silent=draft.silent,
            confirmed=now,
        )
        .returning(changes.c.id)
    ).scalar_one()
    return change_id


def as_change(row: Row[Any]) -> Change:
    """A row of `changes` as a record."""
    return Change(
        id=row.id,
        policy_id=row.policy_id,
        kind=row.kind,
        old_version_id=row.old_version_id,
        new_version_id=row.new_version_id,
        operations=_load_operations(row.operations),
        significance=row.significance,
        why=row.why,
        summary=row.summary,
        bracket=Bracket(row.after, row.before),
        silent=row.silent,
        confirmed=row.confirmed,
    )


def _dump_operations(operations: Iterable[Operation]) -> list[Any]:
    """Each is [kind, old indices, new indices, [[edit kind, text], …]]."""
    return [
        [
            operation.kind.value,
            list(operation.old),
            list(operation.new),
            [[edit.kind.value, edit.text] for edit in operation.words],
        ]
        for operation in operations
    ]


def _load_operations(stored: list[Any]) -> tuple[Operation, ...]:
    """And back."""
    return tuple(
        Operation(
            kind=OperationKind(kind),
            old=tuple(old),
            new=tuple(new),
            words=tuple(Edit(EditKind(edit), text) for edit, text in words),
        )
        for kind, old, new, words in stored
    )
