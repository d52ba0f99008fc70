"""Small statements that were built once and are run by every check, past whatever takes longer than the database."""

from __future__ import annotations

import sqlite3
from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from functools import cache, lru_cache
from typing import Any, NamedTuple, TypeAlias

from sqlalchemy import Connection, Insert, Select, Update, exists, func, literal, select
from sqlalchemy.dialects.sqlite import pysqlite

from storage.connecting import SQLITE

_Processor: TypeAlias = Callable[[Any], Any]
Small: TypeAlias = Select[Any] | Insert | Update
_DIALECT = pysqlite.dialect(paramstyle="qmark")
_SPELT = 256  # statements that are remembered as SQLite takes them; some 20 are run so


class Ran(NamedTuple):
    """What a statement gave: rows, and how many it changed."""

    rows: Sequence[Any]
    changed: int


def driver_of(connection: Connection) -> sqlite3.Connection:
    """What is under a connection to SQLite."""
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    return driver


def run(connection: Connection, statement: Small, values: Mapping[str, Any]) -> Ran:
    """Run a small statement that was built once, as every check runs a dozen.

    On SQLite it goes past SQLAlchemy, which takes longer than the database.
    """
    if connection.dialect.name != SQLITE:
        result = connection.execute(statement, values)
        return Ran(result.all() if result.returns_rows else (), result.rowcount)
    cursor = run_on(driver_of(connection), statement, values)
    if cursor.description is None:
        return Ran((), cursor.rowcount)
    row, processors = _row(statement)
    rows = [
        row(*[processor(value) if processor else value for value, processor in zip(found, processors, strict=True)])
        for found in cursor.fetchall()
    ]
    return Ran(rows, cursor.rowcount)


def run_on(driver: sqlite3.Connection, statement: Small, values: Mapping[str, Any]) -> sqlite3.Cursor:
    """Run one by the driver of SQLite."""
    text, binds = _spelt(statement, tuple(values))
    given = [(values.get(name, default), processor) for name, default, processor in binds]
    return driver.execute(text, [processor(value) if processor else value for value, processor in given])


@lru_cache(maxsize=_SPELT)
def _spelt(statement: Small, names: tuple[str, ...]) -> tuple[str, list[tuple[str, Any, _Processor | None]]]:
    """A statement as the driver of SQLite takes it: text, and for each place in it a name, a default, a conversion."""
    compiled = statement.compile(dialect=_DIALECT, column_keys=names)
    binds: list[tuple[str, Any, _Processor | None]] = []
    for name in compiled.positiontup or ():
        bind = compiled.binds[name]
        binds.append((name, bind.value, bind.type.dialect_impl(_DIALECT).bind_processor(_DIALECT)))
    return str(compiled), binds


@lru_cache(maxsize=_SPELT)
def _row(statement: Small) -> tuple[Callable[..., Any], list[_Processor | None]]:
    """What makes a row of what the driver of SQLite gives: with names, as SQLAlchemy's have, and converted alike."""
    columns = statement.exported_columns
    return namedtuple("Row", [str(column.key) for column in columns]), [  # noqa: PYI024 - the names are known by the statement alone
        column.type.dialect_impl(_DIALECT).result_processor(_DIALECT, None) for column in columns
    ]


@cache
def chained(updates: tuple[Update, ...]) -> Select[Any]:
    """One statement of several updates, for PostgreSQL: gives how many rows the first has changed."""
    first = updates[0].returning(literal(1).label("done")).cte("first")
    further = [
        update.where(exists(select(first.c.done))).returning(literal(1)).cte(f"further_{place}")
        for place, update in enumerate(updates[1:])
    ]
    # It is the setting at the end of a transaction that counts, and this statement is one.
    hasty = func.set_config("synchronous_commit", "off", True).label("hasty")
    return select(select(func.count()).select_from(first).scalar_subquery(), hasty).add_cte(first, *further)
