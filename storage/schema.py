"""Brings a database to the schema of this code, and refuses those it must not touch."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from monitor.errors import StoreUnavailable
from storage.connecting import POSTGRESQL, SQLITE
from storage.engine import Database

if TYPE_CHECKING:
    from alembic.config import Config

HEAD = "0006"  # the newest file in migrations/versions; said here so that opening a store need not load Alembic
VERSION_TABLE = "clausewatch_schema"  # not Alembic's usual name: another program may share the database
_LOCK = 0x636C617573657761  # "clausewa": the advisory lock of whoever migrates


def prepare_schema(database: Database, *, migrate: bool) -> None:
    """Check the schema and, with `migrate`, bring it up to date. Two processes may do so at once.

    Raises:
        StoreUnavailable: a schema newer than this code, an older one without `migrate`, or another program's file.
    """
    with database.read() as connection:
        found = current_revision(connection)
    if found == HEAD:
        return
    if not migrate:
        raise StoreUnavailable(f"{database.place} has schema {found or 'none'}, and {HEAD} is needed: migrate it first")
    with database.write() as connection:
        if database.backend == POSTGRESQL:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        found = current_revision(connection)  # another process may have been faster
        if found == HEAD:
            return
        if found is None and database.backend == SQLITE and inspect(connection).get_table_names():
            raise StoreUnavailable(f"{database.place} is the database of another program")
        _upgrade(connection, found, database.place)


def current_revision(connection: Connection) -> str | None:
    """The schema's revision; None for a database without our tables."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    revision: str | None = connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()  # noqa: S608 - a constant
    return revision


def alembic_config(connection: Connection) -> Config:
    """For Alembic's commands on an open connection."""
    from alembic.config import Config  # noqa: PLC0415 - 50 ms that most starts do not need

    config = Config(stdout=StringIO())  # its commands talk, and ours have the screen
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _upgrade(connection: Connection, found: str | None, place: str) -> None:
    from alembic import command  # noqa: PLC0415 - see alembic_config
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - see alembic_config

    config = alembic_config(connection)
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if found is not None and found not in known:
        raise StoreUnavailable(
            f"{place} has schema {found}, which is newer than this program (it knows up to {HEAD}): upgrade clausewatch"
        )
    command.upgrade(config, "head")
