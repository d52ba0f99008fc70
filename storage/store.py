"""Opens the database and puts its parts together as one `Store`."""

from __future__ import annotations

import sqlite3
import uuid
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import select, text

from monitor.model import Thinned
from monitor.ports import Store
from storage.backup import back_up
from storage.chains import SqlChains
from storage.claims import SqlClaims
from storage.connecting import SQLITE
from storage.copies import SqlCopies
from storage.engine import Database, parse_url
from storage.history import SqlHistory
from storage.integrity import find_damage
from storage.listings import SqlListings
from storage.outbox import SqlOutbox
from storage.pace import SqlTurns
from storage.past import SqlPast
from storage.policies import SqlPolicies
from storage.retention import thin
from storage.schema import current_revision, prepare_schema
from storage.standings import SqlStandings
from storage.statements import upsert
from storage.tables import health


class SqlStore(
    SqlPolicies,
    SqlClaims,
    SqlStandings,
    SqlTurns,
    SqlHistory,
    SqlListings,
    SqlPast,
    SqlOutbox,
    SqlChains,
    SqlCopies,
):
    """Implements `Store` on SQLite and PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def check_health(self) -> str:
        """See `Store.check_health`."""
        token = uuid.uuid4().hex
        with self._database.write() as connection:
            connection.execute(
                upsert(connection.dialect.name, health)
                .values(id=1, token=token)
                .on_conflict_do_update(index_elements=["id"], set_={"token": token})
            )
        with self._database.read() as connection:
            connection.scalars(select(health.c.token)).one()  # maybe that of another health check: both are well
            schema = current_revision(connection)
            if self._database.backend == SQLITE:
                product = f"SQLite {sqlite3.sqlite_version}"
            else:
                product = f"PostgreSQL {connection.scalar(text('SHOW server_version'))}"
        return f"{product}, schema {schema}"

    def back_up(self, target: Path) -> None:
        """See `Store.back_up`."""
        back_up(self._database, target)

    def thin(self, *, now: datetime, keep: timedelta, one_per: timedelta, dry_run: bool) -> Thinned:
        """See `Store.thin`."""
        return thin(self._database, now=now, keep=keep, one_per=one_per, dry_run=dry_run)

    def vacuum(self) -> None:
        """See `Store.vacuum`."""
        self._database.vacuum()

    def find_damage(self, *, sample: int) -> list[str]:
        """See `Store.find_damage`."""
        return find_damage(self._database, sample=sample)

    def close(self) -> None:
        """See `Store.close`."""
        self._database.close()


def open_store(url: str, *, migrate: bool = True, wait: float | None = None) -> Store:
    """Open a database: an SQLAlchemy URL of SQLite or PostgreSQL, or the path of an SQLite file, made if missing.

    With `migrate` its schema is brought up to date; several processes may do so at once. Another process that writes to
    an SQLite file is waited for, up to `wait` seconds (30); on PostgreSQL, one that stopped in the middle of it.

    Raises:
        StoreUnavailable: it cannot be opened or written, is no database, or its schema is not the one needed.
    """
    database = Database(parse_url(url), wait=wait)
    try:
        database.prepare()
        prepare_schema(database, migrate=migrate)
    except BaseException:
        database.close()
        raise
    return SqlStore(database)
