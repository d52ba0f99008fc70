"""Databases for the contract of the store: an SQLite file and PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from monitor.model import History, Origin
from monitor.ports import Store
from storage import open_store
from storage.engine import Database, parse_url
from storage.tables import metadata
from tests.databases import put_database
from tests.postgres import create_database, database_url
from tests.records import NOON, a_first, a_spec, an_answer


@pytest.fixture(scope="session")
def migrated(postgres: str) -> str:
    """A PostgreSQL database with our schema: emptying it is faster than making one for every test."""
    url = database_url(postgres, create_database(postgres))
    open_store(url).close()
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def backend(request: pytest.FixtureRequest) -> str:
    """Which database; a test that uses it runs on both."""
    return str(request.param)


@pytest.fixture
def empty_url(backend: str, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """A database without tables."""
    return str(tmp_path / "monitor.db") if backend == "sqlite" else str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def url(backend: str, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """A database with our schema, to which tests do nothing but through a store."""
    if backend == "sqlite":
        return put_database(tmp_path / "monitor.db").as_posix()
    url = str(request.getfixturevalue("migrated"))
    database = Database(parse_url(url))
    with database.write() as connection:
        names = ", ".join(f'"{name}"' for name in metadata.tables)
        connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY"))
    database.close()
    return url


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    """An open store."""
    opened = open_store(url)
    yield opened
    opened.close()


@pytest.fixture
def policy_id(store: Store) -> int:
    return store.add_policy(a_spec(), origin=Origin.DATABASE, now=NOON).id


@pytest.fixture
def first(store: Store, policy_id: int) -> History:
    """A policy with its first version."""
    store.commit(a_first(store.history(policy_id), "We keep data.", "For 30 days.", captures=(an_answer(b"<p>"),)))
    return store.history(policy_id)
