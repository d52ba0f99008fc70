"""Two fetchers on one database ask a host as one would."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.fetch import FetchOptions, HttpFetcher
from monitor.model import FetchRequest
from storage import open_store
from tests.databases import new_store
from tests.fakes import FakeClock
from tests.site import WebSite


@pytest.fixture
def site() -> Iterator[WebSite]:
    with WebSite().served() as served:
        yield served


def test_two_processes_keep_one_pace(site: WebSite, tmp_path: Path) -> None:
    """Each has its own clock for its own threads; only the database knows of both."""
    url = site.put("/policy")
    stores = [open_store(str(tmp_path / "clausewatch.db")) for _ in range(2)]
    options = FetchOptions(allow_private=("127.0.0.1",), pace=5, retries=0)
    slept: list[list[float]] = [[], []]
    fetchers = [
        HttpFetcher(options, clock=FakeClock(), sleep=pauses.append, turns=lambda store=store: store)  # type: ignore[misc]
        for store, pauses in zip(stores, slept, strict=True)
    ]
    threads = [threading.Thread(target=fetcher.fetch, args=(FetchRequest(url=url),)) for fetcher in fetchers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(slept) == [[], [5.0]]  # the one that came second waited for the first
    for store in stores:
        store.close()


def test_a_host_that_asks_for_a_pause_gets_it_from_all(site: WebSite, tmp_path: Path) -> None:
    store = new_store(tmp_path / "clausewatch.db")
    url = site.put("/policy", b"busy", status=503, Retry_After="20")
    options = FetchOptions(allow_private=("127.0.0.1",), pace=1, retries=1)
    first: list[float] = []
    with pytest.raises(Exception, match="503"):
        HttpFetcher(options, clock=FakeClock(), sleep=first.append, turns=lambda: store, monotonic=lambda: 0.0).fetch(
            FetchRequest(url=url)
        )
    assert max(first) == 20
    site.put("/policy")
    second: list[float] = []
    HttpFetcher(options, clock=FakeClock(), sleep=second.append, turns=lambda: store).fetch(FetchRequest(url=url))
    assert second == [21.0]
    store.close()
