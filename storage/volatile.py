"""Rows of the places that keep changing by themselves."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, insert, select

from monitor.model import PassingText, Place
from storage.tables import volatile_places

_PLACES = select(volatile_places).where(volatile_places.c.policy_id == bindparam("policy_id"))


def load_places(connection: Connection, policy_id: int) -> tuple[Place, ...]:
    """All that are known of a policy, by name."""
    rows = connection.execute(_PLACES, {"policy_id": policy_id})
    # Sorted here: PostgreSQL sorts by its locale.
    return tuple(sorted(map(_as_place, rows), key=lambda place: place.name))


def replace_places(connection: Connection, policy_id: int, places: Iterable[Place]) -> None:
    """Keep these and no others."""
    connection.execute(delete(volatile_places).where(volatile_places.c.policy_id == policy_id))
    rows = [
        {
            "policy_id": policy_id,
            "name": place.name,
            "before": place.before,
            "after": place.after,
            "texts": [
                [text.digest, text.text, text.seen.isoformat(), _dump(text.after), _dump(text.gone)]
                for text in place.texts
            ],
            "learned": place.learned,
            "why": place.why,
            "pinned": place.pinned,
        }
        for place in places
    ]
    if rows:
        connection.execute(insert(volatile_places), rows)


def _as_place(row: Row[Any]) -> Place:
    return Place(
        name=row.name,
        before=row.before,
        after=row.after,
        texts=tuple(
            PassingText(
                digest=digest, text=text, seen=datetime.fromisoformat(seen), after=_load(after), gone=_load(gone)
            )
            for digest, text, seen, after, gone in row.texts
        ),
        learned=row.learned,
        why=row.why,
        pinned=row.pinned,
    )


def _dump(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _load(stored: str | None) -> datetime | None:
    return datetime.fromisoformat(stored) if stored else None
