"""Texts clause by clause. A clause, as it is shown, is stored once for all versions of all policies."""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Column, Connection, Table, bindparam, insert, select

from monitor.model import Clause, Link
from storage.statements import in_parts, insert_new
from storage.tables import clauses, heading_paths, places

# Built once, as every check runs them.
_CLAUSES = (
    select(places.c.path_id, clauses)
    .join(clauses, clauses.c.id == places.c.clause_id)
    .where(places.c.version_id == bindparam("version_id"))
    .order_by(places.c.position)
)
_PATHS = select(heading_paths.c.id, heading_paths.c.path).where(
    heading_paths.c.id.in_(select(places.c.path_id).where(places.c.version_id == bindparam("version_id")))
)

_RECENT = "clausewatch_texts"
_MOST_RECENT = 12  # as many as a new text is compared with, and a few; a text of 300 clauses takes some 300 KB


def store_places(connection: Connection, version_id: int, texts: tuple[Clause, ...]) -> None:
    """Write the clauses of a new version."""
    shown = [(_content(row), row) for row in map(_clause_row, texts)]
    paths = [(_content(row), row) for row in ({"path": clause.path} for clause in texts)]
    clause_ids = _store_contents(connection, clauses, dict(shown))
    path_ids = _store_contents(connection, heading_paths, dict(paths))
    rows = [
        {"version_id": version_id, "position": position, "clause_id": clause_ids[text], "path_id": path_ids[path]}
        for position, ((text, _), (path, _)) in enumerate(zip(shown, paths, strict=True))
    ]
    if rows:
        connection.execute(insert(places), rows)


def load_clauses(connection: Connection, version_id: int, digest: str) -> tuple[Clause, ...]:
    """The clauses of a version, in order. `digest` is the version's.

    They never change, and every look at a policy that has changed lately asks for the same: each connection remembers
    the last few.
    """
    recent: OrderedDict[tuple[int, str], tuple[Clause, ...]] = connection.info.setdefault(_RECENT, OrderedDict())
    found = recent.pop((version_id, digest), None)
    if found is None:
        found = _load_clauses(connection, version_id)
    recent[version_id, digest] = found
    if len(recent) > _MOST_RECENT:
        recent.popitem(last=False)
    return found


def _load_clauses(connection: Connection, version_id: int) -> tuple[Clause, ...]:
    rows = connection.execute(_CLAUSES, {"version_id": version_id}).all()
    # Clauses under one heading share its path; they are read once, as every check comes by here.
    paths: dict[int, tuple[str, ...]] = {
        path_id: tuple(path) for path_id, path in connection.execute(_PATHS, {"version_id": version_id})
    }
    return tuple(
        Clause(
            kind=kind,
            text=text,
            digest=digest,
            path=paths[path_id],
            label=label,
            links=tuple(Link(shown, target) for shown, target in links),
            level=level,
            cells=tuple((head, cell) for head, cell in cells),
        )
        for path_id, _id, _content, digest, kind, text, label, level, links, cells in rows
    )


def _clause_row(clause: Clause) -> dict[str, Any]:
    """All of a clause but its path. The digest is of its words alone, so the rest has to be part of the identity."""
    return {
        "digest": clause.digest,
        "kind": clause.kind,
        "text": clause.text,
        "label": clause.label,
        "level": clause.level,
        "links": [[link.text, link.target] for link in clause.links],
        "cells": clause.cells,
    }


def _content(row: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(row, separators=(",", ":")).encode()).hexdigest()


def _store_contents(connection: Connection, table: Table, rows: dict[str, dict[str, Any]]) -> dict[str, int]:
    """Insert the rows that are new, by the digest of their content; return the numbers of all."""
    ids = _ids(connection, table.c.content, table.c.id, rows)
    new = [{"content": content, **rows[content]} for content in sorted(rows.keys() - ids.keys())]
    if new:
        insert_new(connection, table, new)
        ids |= _ids(connection, table.c.content, table.c.id, [str(row["content"]) for row in new])
    return ids


def _ids(connection: Connection, content: Column[str], number: Column[int], wanted: Iterable[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for part in in_parts(list(wanted)):
        rows = connection.execute(select(content, number).where(content.in_(part)))
        found.update((row[0], row[1]) for row in rows)
    return found
