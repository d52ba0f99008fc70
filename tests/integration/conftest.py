"""What tests of the command share: a folder to work in, a site, and the command itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.ports import Store
from tests.databases import new_store, put_database
from tests.desk import Desk
from tests.site import WebSite
from tests.watch import Watch


@pytest.fixture
def site() -> Iterator[WebSite]:
    with WebSite().served() as site:
        yield site


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """In `watch.db`."""
    opened = new_store(tmp_path / "watch.db")
    yield opened
    opened.close()


@pytest.fixture
def watch(store: Store) -> Watch:
    """A policy under watch, never looked at yet."""
    return Watch(store)


@pytest.fixture
def bare_desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Desk:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "200")
    for name in ("CLAUSEWATCH_CONFIG", "FORCE_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)
    desk = Desk(tmp_path, capsys)
    desk.configure()
    return desk


@pytest.fixture
def desk(bare_desk: Desk) -> Desk:
    """With a database, as after the first command that needs one."""
    put_database(bare_desk.folder / "clausewatch.db")
    return bare_desk
