"""What all tests share: one PostgreSQL server, and how a run is put in order."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator

import pytest
from coverage import Coverage
from hypothesis import settings

from tests.postgres import create_database, database_url, drop_database, running_server

# A deadline is wall time, which the tests that run beside take from each other. Where time is bounded, a test of its
# own measures the time of the process.
settings.register_profile("beside others", deadline=None)
settings.load_profile("beside others")


def pytest_xdist_auto_num_workers() -> int:
    """Half as many workers again as cores: some tests wait most of their time, for a beat, a lease or a process."""
    return -(-(os.cpu_count() or 1) * 3 // 2)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest, whatever the order of the rest: or else one worker ends long after the others."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Take those that ask for it out of the coverage, with the processes that they start."""
    following = Coverage.current() if item.get_closest_marker("unfollowed") else None
    if following is None:
        return (yield)
    inherited = {name: os.environ.pop(name) for name in ("COVERAGE_PROCESS_CONFIG",) if name in os.environ}
    following.stop()
    try:
        return (yield)
    finally:
        following.start()
        os.environ.update(inherited)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The socket folder of a running server; it stays until the last worker ends."""
    with running_server() as socket:
        yield socket


@pytest.fixture
def postgres_url(postgres: str) -> Iterator[str]:
    """An empty database there, for one test."""
    name = create_database(postgres)
    yield database_url(postgres, name)
    drop_database(postgres, name)
