"""Databases with thousands of policies: some are really looked at once, the others are copies of their rows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    String,
    Table,
    cast,
    delete,
    func,
    insert,
    literal,
    select,
    text,
    update,
)

from benchmarks.load_site import address
from monitor.app import App
from monitor.model import Origin, Outcome, Page, PolicySpec
from monitor.ports import Store
from monitor.text import skeleton_digest
from storage import open_store
from storage.connecting import POSTGRESQL
from storage.engine import Database, parse_url
from storage.looks import bytes_digest
from storage.tables import metadata, readings, schedule

_STRIDE = 1_000_000  # between the numbers of a row and of its copies


def plant(app: App, site: str, pages: int) -> None:
    """Look at each page twice, for real: most looks follow one that found nothing new."""
    for page in range(pages):
        spec = PolicySpec(name=f"p-0-{page}", urls=(address(site, page),))
        app.store.add_policy(spec, origin=Origin.DATABASE, now=app.clock.now())
    for result in app.looks.look_at_all(app.store.policies()):
        if getattr(result, "outcome", None) is not Outcome.FIRST:  # a wall, an error page, a language we do not know
            app.store.retire_policy(result.policy.id, now=app.clock.now())
    for result in app.looks.look_at_all(app.store.policies()):
        assert getattr(result, "outcome", None) is Outcome.UNCHANGED, result
    app.close()


def multiply(url: str, wanted: int) -> int:
    """Copy what was looked at until there are `wanted` policies; give how many there are then."""
    store = open_store(url)
    kept = len(store.policies())
    copies = -(-wanted // kept) - 1
    known, meant_for_others = _known_as(store, copies)
    store.close()
    database = Database(parse_url(url))
    with database.write() as connection:
        for table in metadata.sorted_tables:
            if columns := _owned(table):
                _copy(connection, table, columns, copies)
        copied = readings.c.policy_id > _STRIDE
        connection.execute(delete(readings).where(copied, readings.c.bytes_digest.in_(meant_for_others)))
        connection.execute(insert(readings), known)
    with database.write() as connection:
        if database.backend == POSTGRESQL:
            _move_sequences(connection)
        connection.execute(text("ANALYZE"))
    database.close()
    return kept * (copies + 1)


def _known_as(store: Store, copies: int) -> tuple[list[dict[str, Any]], list[str]]:
    """What a first look at each copy would have left to know its page again by, and what only the planted one needs.

    The address of a page is part of that, and so it is the one thing that cannot be copied.
    """
    rows, planted = [], []
    for policy in store.policies():
        past = store.history(policy.id)
        [capture], version = past.latest, past.current
        assert version is not None
        page = Page(
            body=store.body(capture.id), media_type=capture.media_type, charset=capture.charset, url=capture.final_url
        )
        planted.append(bytes_digest([skeleton_digest(page)]))
        for copy in range(1, copies + 1):
            address = page.url.replace("?0", f"?{copy}")
            rows.append(
                {
                    "policy_id": policy.id + copy * _STRIDE,
                    "bytes_digest": bytes_digest([skeleton_digest(replace(page, url=address))]),
                    "extractor": version.extractor,
                    "text_digest": version.digest,
                }
            )
    return rows, planted


def all_due(url: str) -> None:
    """Let every policy be due now, in the order of their names' numbers."""
    database = Database(parse_url(url))
    with database.write() as connection:
        now = datetime.now(UTC) - timedelta(hours=1)
        connection.execute(update(schedule).values(due_at=now, lease_owner=None, lease_until=None))
    database.close()


def _owned(table: Table) -> dict[str, Column[Any]]:
    """The columns that name a policy or what belongs to one, if there are any."""
    if table.name == "policies":
        return {"id": table.c.id}
    owned = {
        column.name: column
        for column in table.columns
        for key in column.foreign_keys
        if key.column.table is not table and _owned(key.column.table)
    }
    if owned and "id" in table.c:
        owned["id"] = table.c.id
    return owned


def _copy(connection: Connection, table: Table, owned: dict[str, Column[Any]], copies: int) -> None:
    """Insert the copies of a table's rows, with the numbers and addresses of theirs."""
    numbers = select(literal(1).label("n")).cte("numbers", recursive=True)
    numbers = numbers.union_all(select(numbers.c.n + 1).where(numbers.c.n < copies))
    number = cast(numbers.c.n, String)
    values: list[Any] = []
    for column in table.columns:
        if column.name in owned:
            values.append(column + numbers.c.n * _STRIDE)
        elif table.name in {"policies", "captures"} and column.name == "name":
            values.append(func.replace(column, "p-0-", literal("p-") + number + "-"))
        elif table.name in {"policies", "captures"} and column.name in {"url", "final_url", "urls"}:
            values.append(func.replace(column, "?0", literal("?") + number))
        else:
            values.append(column)
    rows = select(*values).select_from(table.join(numbers, literal(1) == 1)).where(_kept(table))
    connection.execute(insert(table).from_select([column.name for column in table.columns], rows))


def _kept(table: Table) -> ColumnElement[bool]:
    """Whether a row belongs to a policy that is still watched."""
    if table.name == "policies":
        return table.c.retired.is_(None)
    column = next(column for name, column in _owned(table).items() if name != "id")
    owner = next(key.column.table for key in column.foreign_keys)
    return column.in_(select(owner.c.id).where(_kept(owner)))


def _move_sequences(connection: Connection) -> None:
    """Let PostgreSQL number new rows after the copies."""
    for table in metadata.sorted_tables:
        if "id" in table.c and "id" in _owned(table):
            last = f"(SELECT max(id) + 1 FROM {table.name})"
            connection.execute(text(f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), {last})"))
