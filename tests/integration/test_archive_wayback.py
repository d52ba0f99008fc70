"""The Wayback Machine, in all its moods."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from monitor.archive import WaybackArchive
from monitor.archive.pace import CDX_PACE, PLAYBACK_PACE, SHARE, Pace
from monitor.errors import (
    ArchiveDown,
    ArchiveError,
    BlockedBySite,
    NotArchived,
    OutsideWindow,
    RateLimited,
    Unplayable,
)
from monitor.model import ArchiveRow, CaptureSource
from tests.wayback_server import FakeTimer, Fault, Stored, Wayback, digest_of, wayback_machine, zipped

URL = "https://shop.example/privacy"
DAY0 = datetime(2012, 1, 1, 10, tzinfo=UTC)


def stamp(days: float) -> str:
    return (DAY0 + timedelta(days=days)).strftime("%Y%m%d%H%M%S")


def row(stamp: str, url: str = URL) -> ArchiveRow:
    return ArchiveRow(url=url, stamp=stamp, taken=DAY0, digest="")


@pytest.fixture
def timer() -> FakeTimer:
    return FakeTimer()


@pytest.fixture
def machine(timer: FakeTimer) -> Iterator[Wayback]:
    with wayback_machine(timer) as machine:
        yield machine


def archive(machine: Wayback, **options: object) -> WaybackArchive:
    return WaybackArchive(base=machine.base, timer=machine.timer, **options)  # type: ignore[arg-type]


def listed(archive: WaybackArchive, **options: object) -> list[ArchiveRow]:
    return [r for page in archive.list_captures(URL, **options) for r in page.rows]  # type: ignore[arg-type]


def many(count: int, step: float = 1.0) -> list[Stored]:
    return [Stored(stamp(n * step), URL, f"text {n // 7}".encode()) for n in range(count)]


def busiest_minute(times: list[float]) -> int:
    return max(sum(start <= at < start + 60 for at in times) for start in times)


class TestListing:
    def test_reads_every_page_once(self, machine: Wayback) -> None:
        machine.stored = many(95)
        rows = listed(archive(machine, page_rows=10))
        assert [r.stamp for r in rows] == [c.stamp for c in machine.stored]
        assert len(machine.times("/cdx/")) == 10

    def test_tells_what_the_index_says(self, machine: Wayback) -> None:
        machine.stored = [Stored(stamp(0), URL, b"one", length="512")]
        (only,) = listed(archive(machine))
        assert only == ArchiveRow(
            url=URL,
            stamp=stamp(0),
            taken=DAY0,
            digest=digest_of(b"one"),
            status=200,
            media_type="text/html",
            length=512,
        )

    def test_goes_on_behind_any_page_in_another_process(self, machine: Wayback) -> None:
        machine.stored = many(57)
        # five crawls in one second, across a page border
        machine.stored[28:30] = [Stored(stamp(28), URL, f"same second {n}".encode()) for n in range(5)]
        whole = listed(archive(machine, page_rows=10))
        tokens = [page.token for page in archive(machine, page_rows=10).list_captures(URL)]
        assert tokens[-1] is None
        counts = [len(page.rows) for page in archive(machine, page_rows=10).list_captures(URL)]
        for read, token in enumerate(tokens[:-1], 1):
            assert listed(archive(machine, page_rows=10), token=token) == whole[sum(counts[:read]) :]

    def test_a_range_includes_both_ends(self, machine: Wayback) -> None:
        machine.stored = many(30)
        rows = listed(archive(machine), after=DAY0 + timedelta(days=3), before=DAY0 + timedelta(days=9))
        assert [r.stamp for r in rows] == [stamp(n) for n in range(3, 10)]

    def test_a_range_goes_on_too(self, machine: Wayback) -> None:
        machine.stored = many(30)
        rows = listed(archive(machine, page_rows=4), after=DAY0 + timedelta(days=3), before=DAY0 + timedelta(days=20))
        assert [r.stamp for r in rows] == [stamp(n) for n in range(3, 21)]

    def test_revisits_are_rows(self, machine: Wayback) -> None:
        machine.stored = [Stored(stamp(0), URL, b"one"), Stored(stamp(1), URL, b"one", revisit=True, length="-")]
        first, second = listed(archive(machine))
        assert second.revisit
        assert (second.status, second.length, second.digest) == (None, None, first.digest)

    def test_a_row_given_twice_is_one(self, machine: Wayback) -> None:
        machine.stored = [c for c in many(12) for _ in range(2)]
        assert [r.stamp for r in listed(archive(machine, page_rows=5))] == [stamp(n) for n in range(12)]

    def test_broken_rows_are_repaired_and_end_nothing(self, machine: Wayback) -> None:
        digest = digest_of(b"x")
        lines = [
            f"example,shop)/privacy 20000008241731 http://shop.example:80/privacy text/html 200 {digest} 99",
            f"example,shop)/privacy 20000900121456 {URL} text/html 200 {digest} 99",
            f"example,shop)/privacy 20010101000000 {URL} unk - {digest}",
            f"example,shop)/privacy 20010102000000 {URL} text/html 200 {digest} 99 - 1234 file.warc.gz",
            f"example,shop)/privacy 20010103000000 {URL}?a b c text/html 200 {digest} -",
            f"example,shop)/privacy 20010104000000 {URL} - - - -",
            "what is this",
            f"example,shop)/privacy 20010105000000 {URL} text/html 200 {digest} 99",
        ]
        machine.stored = [Stored(f"2000{n:010}", URL, line=line) for n, line in enumerate(lines)]
        (page,) = archive(machine).list_captures(URL)
        assert page.unreadable == ("what is this",)
        rows = page.rows
        assert [r.taken for r in rows[:2]] == [
            datetime(2000, 8, 24, 17, 31, tzinfo=UTC),
            datetime(2000, 9, 12, 14, 56, tzinfo=UTC),
        ]
        assert rows[0].stamp == "20000008241731"
        assert rows[0].url == "http://shop.example/privacy"
        assert rows[2].length is None
        assert rows[3].length == 99
        assert rows[4].url == f"{URL}?a%20b%20c"
        assert rows[5].digest.startswith("UNKNOWN-")
        assert len(rows) == 7

    def test_nothing_archived_is_an_empty_listing(self, machine: Wayback) -> None:
        (page,) = archive(machine).list_captures(URL)
        assert (page.rows, page.token) == ((), None)

    def test_a_full_page_without_a_key_is_not_the_end(self, machine: Wayback) -> None:
        machine.stored = many(40)
        machine.omit_key = True
        assert len(listed(archive(machine, page_rows=10))) == 40

    def test_an_excluded_site(self, machine: Wayback) -> None:
        machine.excluded.add(URL)
        with pytest.raises(BlockedBySite):
            listed(archive(machine))

    def test_an_exclusion_told_with_status_200(self, machine: Wayback) -> None:
        machine.index_faults = [Fault(body=b"org.archive...AdministrativeAccessControlException: Blocked Site Error\n")]
        with pytest.raises(BlockedBySite):
            listed(archive(machine))

    def test_a_page_for_people_is_no_listing(self, machine: Wayback) -> None:
        machine.index_faults = [Fault(body=b"<html>The Internet Archive is down for maintenance</html>")]
        with pytest.raises(ArchiveDown):
            listed(archive(machine))

    def test_another_status_is_no_empty_listing(self, machine: Wayback) -> None:
        machine.index_faults = [Fault(status=400, body=b"Bad Query")]
        with pytest.raises(ArchiveError, match="status 400"):
            listed(archive(machine))

    def test_a_listing_that_came_in_part_is_asked_for_again(self, machine: Wayback) -> None:
        machine.stored = many(9)
        whole = "".join(f"{c.row}\n" for c in machine.stored).encode()
        machine.index_faults = [
            Fault(body=whole, cut=300),  # the connection broke
            Fault(body=whole[:-60]),  # the server gave up in the middle of a row
        ]
        assert len(listed(archive(machine))) == 9

    def test_one_that_never_comes_whole(self, machine: Wayback) -> None:
        machine.index_faults = [Fault(body=b"example,shop)/privacy 2001010") for _ in range(3)]
        with pytest.raises(ArchiveDown, match="in part"):
            listed(archive(machine))

    def test_a_key_that_leads_nowhere(self, machine: Wayback) -> None:
        line = f"{Stored(stamp(0), URL).row}\n\nthe+same+key\n".encode()
        machine.index_faults = [Fault(body=line), Fault(body=line)]
        with pytest.raises(ArchiveDown, match="does not go on"):
            listed(archive(machine))

    def test_a_token_of_somebody_else(self, machine: Wayback) -> None:
        with pytest.raises(ArchiveError, match="no token"):
            listed(archive(machine), token="page 2")


class TestPlayback:
    def test_a_capture_as_it_was_stored(self, machine: Wayback) -> None:
        headers = (("Content-Type", "text/html; charset=iso-8859-1"), ("ETag", '"a"'), ("Date", "then"))
        machine.stored = [Stored(stamp(0), URL, "Größe".encode("latin-1"), headers=headers)]
        fetched = archive(machine).fetch(row(stamp(0)))
        assert fetched.body == "Größe".encode("latin-1")
        assert fetched.headers == headers
        assert (fetched.taken, fetched.status, fetched.charset) == (DAY0, 200, "iso8859-1")
        assert fetched.source is CaptureSource.ARCHIVE
        assert fetched.archive_url == f"{machine.base}/web/{stamp(0)}/{URL}"
        assert fetched.media_type == "text/html"

    def test_a_compressed_body_under_doubled_headers(self, machine: Wayback) -> None:
        body = zipped("<p>We sell nothing.</p>")
        machine.stored = [
            Stored(stamp(0), URL, body, headers=(("Content-Type", "text/html"), ("Content-Encoding", "gzip")))
        ]
        fetched = archive(machine).fetch(row(stamp(0)))
        assert fetched.body == gzip.decompress(body)
        assert fetched.wire_size == len(body)

    def test_a_decoded_body_under_a_header_that_says_gzip(self, machine: Wayback) -> None:
        machine.stored = [Stored(stamp(0), URL, b"plain", headers=(("Content-Encoding", "gzip"),))]
        assert archive(machine).fetch(row(stamp(0))).body == b"plain"

    @pytest.mark.parametrize(
        ("body", "encoding"),
        [(b"\x0b\x02\x80hello\x03", "br"), (zipped("x" * 500)[:-20], "gzip"), (b"\x1f\x8bnonsense...", "gzip")],
    )
    def test_an_encoding_that_cannot_be_undone(self, machine: Wayback, body: bytes, encoding: str) -> None:
        machine.stored = [Stored(stamp(0), URL, body, headers=(("Content-Encoding", encoding),))]
        with pytest.raises(Unplayable, match="cannot be read"):
            archive(machine).fetch(row(stamp(0)))

    def test_an_archived_500_is_content(self, machine: Wayback) -> None:
        machine.stored = [Stored(stamp(0), URL, b"out of order", status=500)]
        assert archive(machine).fetch(row(stamp(0))).status == 500
        assert len(machine.times("/web/")) == 1

    def test_an_archived_429_is_content(self, machine: Wayback) -> None:
        machine.stored = [Stored(stamp(0), URL, b"slow down", status=429)]
        assert archive(machine).fetch(row(stamp(0))).status == 429

    def test_an_archives_own_500_is_tried_again(self, machine: Wayback) -> None:
        machine.stored = [Stored(stamp(0), URL, b"there")]
        machine.playback_faults = [Fault(status=503), Fault(status=502), Fault(drop=True)]
        assert archive(machine).fetch(row(stamp(0))).body == b"there"
        assert len(machine.times("/web/")) == 4

    def test_an_archive_that_stays_down(self, machine: Wayback) -> None:
        machine.playback_faults = [Fault(status=503)] * 4
        with pytest.raises(ArchiveDown, match="503") as caught:
            archive(machine).fetch(row(stamp(0)))
        assert caught.value.retryable
        assert len(machine.times("/web/")) == 4

    def test_a_body_cut_on_the_way_is_tried_again(self, machine: Wayback) -> None:
        machine.stored = [Stored(stamp(0), URL, b"whole")]
        whole = machine._memento(machine.stored[0])
        machine.playback_faults = [Fault(status=200, headers=whole.headers, body=b"whole", cut=2)]
        assert archive(machine).fetch(row(stamp(0))).body == b"whole"

    def test_a_near_capture_will_do(self, machine: Wayback) -> None:
        machine.stored = [Stored(stamp(0.5), URL, b"near")]
        fetched = archive(machine).fetch(row(stamp(0)))
        assert fetched.body == b"near"
        assert fetched.taken == DAY0 + timedelta(hours=12)
        assert fetched.archive_url == f"{machine.base}/web/{stamp(0.5)}/{URL}"

    def test_one_months_away_will_not(self, machine: Wayback) -> None:
        machine.stored = [Stored(stamp(90), URL, b"far")]
        with pytest.raises(OutsideWindow) as caught:
            archive(machine).fetch(row(stamp(0)))
        assert caught.value.nearest == DAY0 + timedelta(days=90)
        assert len(machine.times("/web/")) == 1

    def test_a_redirect_of_then_is_followed_inside_the_archive(self, machine: Wayback) -> None:
        moved = "https://shop.example/legal/privacy?lang=en"
        machine.stored = [
            Stored(stamp(0), URL, status=301, headers=(("Location", moved),)),
            Stored(stamp(0.01), moved, b"here now"),
        ]
        fetched = archive(machine).fetch(row(stamp(0)))
        assert fetched.body == b"here now"
        assert (fetched.url, fetched.final_url) == (URL, moved)

    def test_redirects_in_a_circle(self, machine: Wayback) -> None:
        machine.stored = [Stored(stamp(0), URL, status=302, headers=(("Location", "http://www.shop.example/privacy"),))]
        with pytest.raises(Unplayable, match="circle"):
            archive(machine).fetch(row(stamp(0)))

    def test_redirects_without_end(self, machine: Wayback) -> None:
        machine.stored = [
            Stored(stamp(0), f"{URL}/{n}", status=302, headers=(("Location", f"{URL}/{n + 1}"),)) for n in range(20)
        ]
        with pytest.raises(Unplayable, match="more than"):
            archive(machine).fetch(row(stamp(0), f"{URL}/0"))

    def test_a_redirect_to_no_page(self, machine: Wayback) -> None:
        machine.stored = [Stored(stamp(0), URL, status=302)]
        target = Fault(
            status=302,
            headers=(("Memento-Datetime", "Sun, 01 Jan 2012 10:00:00 GMT"), ("Location", "file:///etc/passwd")),
        )
        machine.playback_faults = [target]
        with pytest.raises(Unplayable, match="no page"):
            archive(machine).fetch(row(stamp(0)))

    def test_a_redirect_out_of_the_archive_stays_inside(self, machine: Wayback) -> None:
        machine.playback_faults = [Fault(status=302, headers=(("Location", "http://127.0.0.1:1/admin"),))]
        with pytest.raises(Unplayable):
            archive(machine).fetch(row(stamp(0)))

    def test_never_archived(self, machine: Wayback) -> None:
        with pytest.raises(NotArchived):
            archive(machine).fetch(row(stamp(0)))

    def test_listed_but_its_storage_is_gone(self, machine: Wayback) -> None:
        machine.stored = [Stored(stamp(0), URL, b"lost", broken=True)]
        with pytest.raises(Unplayable, match="ResourceNotAvailable"):
            archive(machine).fetch(row(stamp(0)))

    def test_excluded(self, machine: Wayback) -> None:
        machine.excluded.add(URL)
        with pytest.raises(BlockedBySite):
            archive(machine).fetch(row(stamp(0)))

    def test_a_page_of_the_archive_is_no_capture(self, machine: Wayback) -> None:
        machine.playback_faults = [Fault(body=b"<html>Hrm.</html>")]
        with pytest.raises(Unplayable, match="page of its own"):
            archive(machine).fetch(row(stamp(0)))

    def test_too_large(self, machine: Wayback) -> None:
        machine.stored = [Stored(stamp(0), URL, b"x" * (33 * 1024 * 1024))]
        with pytest.raises(Unplayable, match="larger"):
            archive(machine).fetch(row(stamp(0)))

    def test_a_bomb(self, machine: Wayback) -> None:
        body = gzip.compress(b"\0" * (40 * 1024 * 1024), compresslevel=1)
        machine.stored = [Stored(stamp(0), URL, body, headers=(("Content-Encoding", "gzip"),))]
        with pytest.raises(Unplayable, match="larger"):
            archive(machine).fetch(row(stamp(0)))


class TestPace:
    def test_never_more_than_the_share(self, machine: Wayback) -> None:
        machine.stored = many(127)
        machine.limits = True
        client = archive(machine, page_rows=4, playback_pace=PLAYBACK_PACE / 5)
        rows = listed(client)
        for one in rows:
            client.fetch(one)
        assert busiest_minute(machine.times("/cdx/")) <= CDX_PACE == 24
        assert busiest_minute(machine.times("/web/")) <= PLAYBACK_PACE / 5 == 96
        assert (len(machine.times("/cdx/")), len(machine.times("/web/"))) == (32, 127)

    def test_nor_over_several_threads(self, timer: FakeTimer) -> None:
        pace = Pace(PLAYBACK_PACE, timer)
        turns: list[float] = []

        def call(_: int) -> None:
            pace.wait()
            turns.append(timer.now)

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(call, range(600)))
        # A thread may be held up between its turn and the call: what the archive itself allows is the limit here.
        assert busiest_minute(turns) <= PLAYBACK_PACE / SHARE
        assert timer.now - 1000.0 >= 599 * 60 / PLAYBACK_PACE

    def test_too_fast_a_client_is_told_and_listens(self, machine: Wayback) -> None:
        """The server's own rule: whoever goes on for a minute after a 429 is blocked."""
        machine.stored = many(100)
        machine.limits = True
        rows = listed(archive(machine, page_rows=1, cdx_pace=240.0, patience=10_000.0))
        assert len(rows) == 100
        assert machine.blocks == 0

    def test_retry_after_is_kept(self, machine: Wayback) -> None:
        machine.stored = many(3)
        machine.index_faults = [Fault(status=429, headers=(("Retry-After", "40"),))]
        assert len(listed(archive(machine))) == 3
        first, second = machine.times("/cdx/")
        assert second - first >= 40

    def test_retry_after_as_a_date(self, machine: Wayback) -> None:
        headers = (("Date", "Sun, 01 Jan 2012 10:00:00 GMT"), ("Retry-After", "Sun, 01 Jan 2012 10:01:30 GMT"))
        machine.index_faults = [Fault(status=429, headers=headers)]
        listed(archive(machine))
        first, second = machine.times("/cdx/")
        assert 90 <= second - first < 100

    def test_without_retry_after_the_silence_is_longer_than_a_minute_and_grows(self, machine: Wayback) -> None:
        machine.index_faults = [Fault(status=429)] * 3
        listed(archive(machine, patience=10_000.0))
        times = machine.times("/cdx/")
        waits = [b - a for a, b in pairwise(times)]
        assert waits[0] > 60
        assert waits[1] >= 2 * waits[0] - 5
        assert waits[2] >= 2 * waits[1] - 5

    def test_a_long_silence_is_the_callers_to_keep(self, machine: Wayback, timer: FakeTimer) -> None:
        machine.stored = many(1)
        client = archive(machine)
        machine.index_faults = [Fault(status=429, headers=(("Retry-After", "3600"),))]
        with pytest.raises(RateLimited) as caught:
            listed(client)
        assert 3500 < caught.value.retry_after <= 3600
        with pytest.raises(RateLimited):
            client.fetch(row(stamp(0)))  # the silence is for the whole archive
        assert len(machine.asked) == 1
        timer.sleep(3600)
        assert len(listed(client)) == 1

    def test_an_endless_retry_after_is_bounded(self, machine: Wayback) -> None:
        machine.index_faults = [Fault(status=429, headers=(("Retry-After", "99999999"),))]
        with pytest.raises(RateLimited) as caught:
            listed(archive(machine))
        assert caught.value.retry_after <= 24 * 3600

    def test_refused_again_and_again(self, machine: Wayback) -> None:
        machine.index_faults = [Fault(status=429, headers=(("Retry-After", "1"),))] * 10
        with pytest.raises(RateLimited):
            listed(archive(machine))
        assert len(machine.asked) == 3
        first, second, third = machine.times("/cdx/")
        assert 1 <= second - first < 10
        assert third - second > 60
