"""Backfill: from an archive's index to brackets, through whatever the archive does meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from monitor.errors import ArchiveDown, BlockedBySite, RateLimited
from monitor.model import Found
from monitor.past.backfill import Bounds, Progress, backfill
from monitor.ports import Store
from tests.databases import new_store
from tests.past_desk import DAY, DAY0, URL, Past, captures, days_of, past, stamp
from tests.wayback_server import Fault, Stored


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = new_store(tmp_path / "monitor.db")
    yield opened
    opened.close()


def test_every_change_is_bracketed_by_neighbours(store: Store) -> None:
    with past(store, "A" * 130 + "B" * 90 + "C" * 80) as desk:
        done = desk.backfill()
        assert days_of(done) == [(129, 130), (219, 220)]
        assert done.fetches == len(desk.played()) == len(set(desk.played())) < 40
        assert done.timeline.finished
        assert (done.listings[0].rows, done.listings[0].token) == (300, None)


def test_a_second_run_fetches_nothing(store: Store) -> None:
    with past(store, "A" * 130 + "B" * 90) as desk:
        first = desk.backfill()
        asked = len(desk.played())
        again = desk.backfill()
        assert again.fetches == 0
        assert len(desk.played()) == asked
        assert again.timeline.transitions == first.timeline.transitions


def test_a_budget_ends_it_and_the_next_run_goes_on(store: Store) -> None:
    with past(store, "A" * 200 + "B" * 200) as desk:
        first = desk.backfill(Bounds(max_fetches=5))
        assert first.fetches == 5
        assert not first.timeline.finished
        assert store.past_state(desk.policy.id).exhausted
        assert days_of(desk.backfill()) == [(199, 200)]
        assert len(desk.played()) == len(set(desk.played()))
        assert not store.past_state(desk.policy.id).exhausted


def test_bounds_are_kept_to(store: Store) -> None:
    with past(store, "A" * 100 + "B" * 100 + "C" * 100) as desk:
        done = desk.backfill(Bounds(after=DAY0 + 150 * DAY, before=DAY0 + 250 * DAY))
        assert days_of(done) == [(199, 200)]
        assert all(stamp(150) <= path.split("/")[2][:14] <= stamp(250) for path in desk.played())
        assert done.listings[0].rows == 300


def test_equal_bytes_are_fetched_once_ever(store: Store) -> None:
    with past(store) as desk:
        body = captures("A")[0].body
        desk.machine.stored = [Stored(stamp(day), URL, body, revisit=day > 0) for day in range(100)]
        done = desk.backfill()
        assert done.fetches == 1
        assert done.timeline.complete
        assert done.timeline.stretches[0].captures == 100


def test_captures_are_kept_as_evidence(store: Store) -> None:
    with past(store, "A" * 20) as desk:
        done = desk.backfill()
        looks = store.past_looks(desk.policy.id)
        assert len(looks) == done.fetches == 2
        capture = store.capture(looks[0].capture_ids[0])
        assert capture.archive_url is not None
        assert capture.archive_url.startswith(f"{desk.machine.base}/web/")
        assert b"Privacy policy" in store.body(capture.id)
        assert store.versions(desk.policy.id) == []
        assert store.observations(desk.policy.id) == []


def test_what_is_not_the_policy_steps_aside(store: Store) -> None:
    with past(store, "A" * 60 + "!?!" + "?" * 20 + "B" * 60) as desk:
        done = desk.backfill()
        assert days_of(done) == [(59, 83)]
        found = {look.found for look in store.past_looks(desk.policy.id)}
        assert found == {Found.TEXT, Found.SUSPECT, Found.UNPLAYABLE}
        assert done.timeline.transitions[0].unseen == 23


def test_another_capture_with_the_same_bytes_is_tried(store: Store) -> None:
    with past(store, "A" * 3) as desk:
        first = desk.machine.stored[0]
        desk.machine.stored.append(Stored(stamp(0.5), URL, first.body))
        first.broken = True
        done = desk.backfill()
        assert done.timeline.stretches[0].first_seen == DAY0
        assert {look.found for look in store.past_looks(desk.policy.id)} == {Found.TEXT}


def test_a_row_that_jumps_to_another_capture_says_nothing(store: Store) -> None:
    with past(store, "A" * 2 + "B" * 2) as desk:
        odd = desk.machine.stored[3]
        ghost = Stored(stamp(5), URL, b"gone")
        desk.machine.stored.append(ghost)
        listed = ghost.row
        desk.machine.stored[-1] = Stored(stamp(4.6), URL, odd.body, line=listed)
        done = desk.backfill()
        assert done.timeline.stretches[-1].last_seen <= DAY0 + 3 * DAY
        reasons = {look.reason for look in store.past_looks(desk.policy.id) if look.found is Found.UNPLAYABLE}
        assert reasons == {"outside-window"}


def test_nothing_archived(store: Store) -> None:
    with past(store) as desk:
        done = desk.backfill()
        assert done.fetches == 0
        assert done.timeline.stretches == ()
        assert done.timeline.complete


FAULTS = {
    "429 with Retry-After": [Fault(status=429, headers=(("Retry-After", "5"),))],
    "429 without": [Fault(status=429)],
    "503 of the archive": [Fault(status=503), Fault(status=502)],
    "no answer": [Fault(drop=True)],
    "cut off": [Fault(body=b"half of a page or of a listing", cut=4)],
    "a toolbar": [Fault(status=504, body=b"<html>busy</html>")],
}


@pytest.mark.parametrize("where", ["index", "playback"])
@pytest.mark.parametrize("name", FAULTS)
def test_faults_that_pass_change_nothing(store: Store, name: str, where: str) -> None:
    with past(store, "A" * 70 + "B" * 50) as desk:
        faults = desk.machine.index_faults if where == "index" else desk.machine.playback_faults
        faults.extend(FAULTS[name])
        done = desk.backfill()
        assert days_of(done) == [(69, 70)]
        assert done.listings[0].rows == len(store.archive_rows(desk.policy.id)) == 120
        assert desk.machine.blocks == 0


@pytest.mark.parametrize("where", ["index", "playback"])
def test_a_refusal_is_told_and_gone_on_with_later(store: Store, where: str) -> None:
    with past(store, "A" * 70 + "B" * 50) as desk:
        faults = desk.machine.index_faults if where == "index" else desk.machine.playback_faults
        faults.append(Fault(status=429, headers=(("Retry-After", "7200"),)))
        with pytest.raises(RateLimited) as caught:
            desk.backfill()
        assert 7000 < caught.value.retry_after <= 7200
        desk.machine.timer.sleep(7200)
        assert days_of(desk.backfill()) == [(69, 70)]
        assert desk.machine.blocks == 0


def test_an_archive_that_is_down_costs_nothing_that_was_found(store: Store) -> None:
    with past(store, "A" * 70 + "B" * 50) as desk:
        desk.backfill(Bounds(max_fetches=3))
        desk.machine.playback_faults.extend([Fault(status=503)] * 4)
        with pytest.raises(ArchiveDown):
            desk.backfill()
        asked = len(set(desk.played()))
        done = desk.backfill()
        assert days_of(done) == [(69, 70)]
        assert len(store.past_looks(desk.policy.id)) == len(set(desk.played())) >= asked


def test_a_site_that_wants_no_captures_shown(store: Store) -> None:
    with past(store, "A" * 5) as desk:
        desk.machine.excluded.add(URL)
        with pytest.raises(BlockedBySite):
            desk.backfill()


def test_a_listing_cut_short_goes_on_and_loses_and_doubles_nothing(store: Store) -> None:
    with past(store, "A" * 230) as desk:
        pages = 0

        def stop() -> bool:
            return pages > 1

        def report(progress: Progress) -> None:
            nonlocal pages
            pages += progress.stage == "listing"

        done = backfill(desk.policy, desk.parts, Bounds(), report=report, stop=stop)
        assert done.stopped
        assert 0 < done.listings[0].rows < 230
        assert done.listings[0].token
        whole = desk.backfill()
        assert whole.listings[0].rows == 230
        assert [one.row.stamp for one in store.archive_rows(desk.policy.id)] == [stamp(day) for day in range(230)]


def test_the_pace_of_the_archive_is_kept(store: Store) -> None:
    with past(store, "".join("ABCD"[n % 4] for n in range(80))) as desk:
        desk.machine.limits = True
        desk.archive._page_rows = 2
        desk.backfill()
        for kind, at_least, spacing in (("/cdx/", 40, 60 / 24), ("/web/", 40, 60 / 480)):
            times = desk.machine.times(kind)
            assert len(times) >= at_least
            assert all(later - earlier >= spacing - 0.001 for earlier, later in pairwise(times))
        assert desk.machine.blocks == 0


def test_rows_that_are_broken_in_the_index_are_repaired_or_counted(store: Store) -> None:
    with past(store, "A" * 10 + "B" * 10) as desk:
        lines = [capture.row for capture in desk.machine.stored]
        key, at, _, mime, status, digest, length = lines[3].split()
        desk.machine.stored[
            3
        ].line = f"{key} {at} https://acme.example:443/privacy {mime} {status} {digest} {length} - 7 x"
        desk.machine.stored[4].line = lines[4].replace("2015030512", "2015030012")
        desk.machine.stored[5].line = f"{lines[5].rsplit(' ', 1)[0]}"
        desk.machine.stored[6].line = f"{key} nonsense"
        done = desk.backfill()
        assert (done.listings[0].rows, done.listings[0].unreadable) == (19, 1)
        assert days_of(done) == [(9, 10)]


def test_new_captures_are_taken_up_and_nothing_is_fetched_again(store: Store) -> None:
    with past(store, "A" * 50) as desk:
        desk.backfill()
        desk.machine.stored += captures("B" * 10, start=50)
        before = len(desk.played())
        done = desk.backfill()
        assert days_of(done) == [(49, 50)]
        assert 0 < len(desk.played()) - before < 10
        assert len(desk.played()) == len(set(desk.played()))
        assert done.listings[0].rows == 60
        asked = [path for _, path in desk.machine.asked if "/cdx/" in path]
        assert "from=" in asked[-1]


def test_two_archives_share_what_was_fetched(store: Store) -> None:
    with past(store, "A" * 40) as desk, past(store, "A" * 40 + "B" * 40) as other:
        desk.backfill()
        second = Past(store, other.machine, name="other")
        desk.parts = type(desk.parts)(
            store=store, archives=[desk.archive, second.archive], clock=desk.clock, convert=desk.parts.convert
        )
        done = desk.backfill()
        assert days_of(done) == [(39, 40)]
        assert {look.archive for look in store.past_looks(desk.policy.id)} == {"web.archive.org", "other"}
        digests = [look.digest for look in store.past_looks(desk.policy.id)]
        assert len(digests) == len(set(digests))
        second.archive.close()
