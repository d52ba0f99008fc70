"""Databases for the contract of the store: an SQLite file and PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.ports import Store
from storage import open_store
from tests.postgres import create_database, database_url, drop_database, running_server


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The socket folder of a running server."""
    with running_server() as socket:
        yield socket


@pytest.fixture(scope="session")
def migrated(postgres: str) -> str:
    """A PostgreSQL database with our schema, to be copied: that is faster than migrating for every test."""
    name = create_database(postgres)
    open_store(database_url(postgres, name)).close()
    return name


@pytest.fixture(params=["sqlite", "postgresql"])
def backend(request: pytest.FixtureRequest) -> str:
    """Which database; a test that uses it runs on both."""
    return str(request.param)


@pytest.fixture
def empty_url(backend: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """A database without tables."""
    if backend == "sqlite":
        yield str(tmp_path / "monitor.db")
        return
    socket = request.getfixturevalue("postgres")
    name = create_database(socket)
    yield database_url(socket, name)
    drop_database(socket, name)


@pytest.fixture
def url(backend: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """A database with our schema."""
    if backend == "sqlite":
        path = str(tmp_path / "monitor.db")
        open_store(path).close()
        yield path
        return
    socket = request.getfixturevalue("postgres")
    name = create_database(socket, request.getfixturevalue("migrated"))
    yield database_url(socket, name)
    drop_database(socket, name)


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    """An open store."""
    opened = open_store(url)
    yield opened
    opened.close()
