"""Backfill from a real archive server: pywb, serving WARCs of our own, and recorded captures where there are some."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from benchmarks import corpus
from monitor.archive import PywbArchive
from monitor.fetch import convert
from monitor.model import Origin, PolicySpec
from monitor.past.backfill import Backfilled, Bounds, backfill
from monitor.past.looking import PastParts
from monitor.past.telling import tell
from monitor.ports import Store
from tests.databases import new_store
from tests.fakes import FakeClock
from tests.past_desk import URL, captures, days_of
from tests.pywb_server import pywb
from tests.wayback_server import Stored

AUTHORS = {"cosmetic", "editorial", "substantive"}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = new_store(tmp_path / "monitor.db")
    yield opened
    opened.close()


def filled(store: Store, folder: Path, stored: list[Stored], url: str, **spec: str) -> Backfilled:
    policy = store.add_policy(
        PolicySpec(name="acme", urls=(url,), **spec), origin=Origin.DATABASE, now=FakeClock().now()
    )
    folder.mkdir()
    with pywb(folder, stored) as base:
        archive = PywbArchive(base=base, name="mine", cdx_pace=1e6, playback_pace=1e6, page_rows=150)
        parts = PastParts(store=store, archives=[archive], clock=FakeClock(), convert=convert)
        done = backfill(policy, parts, Bounds())
        again = backfill(policy, parts, Bounds())
        archive.close()
    assert again.fetches == 0
    assert again.timeline.transitions == done.timeline.transitions
    return done


def test_a_collection_of_our_own(store: Store, tmp_path: Path) -> None:
    texts = "A" * 120 + "?" * 5 + "B" * 90 + "A" * 30 + "C" * 80
    stored = captures(texts)
    stored[130] = Stored(stored[130].stamp, URL, stored[129].body)  # the same bytes: a revisit in the index
    done = filled(store, tmp_path / "pywb", stored, URL)
    assert days_of(done) == [(119, 125), (214, 215), (244, 245)]
    assert done.listings[0].rows == len(texts)
    assert done.fetches < 60
    chronicle = tell(store, done.policy)
    assert [chapter.kind.value for chapter in chronicle.chapters] == ["first", "changed", "returned", "changed"]
    proof = chronicle.chapters[1].first_new
    assert proof is not None
    assert store.capture(proof.capture_id).archive_url == proof.url


@pytest.mark.timeout(900)
@pytest.mark.skipif("CLAUSEWATCH_CORPUS" not in os.environ, reason="needs a folder of recorded captures")
@pytest.mark.parametrize("document", ["dating/tinder/privacy-policy", "demo/github/privacy-policy"])
def test_recorded_captures(store: Store, tmp_path: Path, document: str) -> None:
    folder = Path(os.environ["CLAUSEWATCH_CORPUS"])
    shown = list(corpus.captures(folder, document))
    url = shown[-1][1]
    stored = [Stored(f"{taken:%Y%m%d%H%M%S}", url, html.encode()) for taken, _, html in shown]
    done = filled(store, tmp_path / "pywb", stored, url)
    wanted = [label for label in corpus.labels(folder)[document] if label["kind"] in AUTHORS]
    brackets = [(t.bracket.after, t.bracket.before) for t in done.timeline.transitions if t.bracket.after]
    missed = [label["capture_time"] for label in wanted if not within(label["capture_time"], brackets)]
    assert len(missed) <= len(wanted) // 10, missed
    assert done.fetches < len(stored)


def within(moment: datetime, brackets: list[tuple[datetime, datetime]]) -> bool:
    """Stamps have no fractions of a second."""
    second = timedelta(seconds=1)
    return any(after - second < moment <= before + second for after, before in brackets)
