"""Statements that the two databases spell alike but SQLAlchemy does not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, Insert, Table
from sqlalchemy.dialects import postgresql, sqlite

from storage.connecting import POSTGRESQL
from storage.small import run

_IN = 500  # values in one IN (...): well below the 32,766 parameters that SQLite takes, few enough to plan fast


def upsert(backend: str, table: Table) -> postgresql.Insert | sqlite.Insert:
    """An INSERT that can be told what to do ON CONFLICT."""
    return postgresql.insert(table) if backend == POSTGRESQL else sqlite.insert(table)


def insert_new(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """Insert the rows whose keys are not there yet.

    Give them in the order of their keys: two transactions that insert the same rows in different orders can
    deadlock on PostgreSQL.
    """
    if len(rows) == 1:
        run(connection, _insert_new(connection.dialect.name, table), rows[0])
    elif rows:
        connection.execute(_insert_new(connection.dialect.name, table), rows)


@cache
def _insert_new(backend: str, table: Table) -> Insert:
    return upsert(backend, table).on_conflict_do_nothing()


def in_parts(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """Parts of a list that fit into IN (...)."""
    for start in range(0, len(values), _IN):
        yield values[start : start + _IN]
