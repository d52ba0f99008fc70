"""What every archive does, whatever it speaks: against the fake Wayback Machine and a real pywb."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from monitor.archive import PywbArchive, TimeMapArchive, WaybackArchive
from monitor.errors import ArchiveError, NotArchived, OutsideWindow
from monitor.model import ArchiveRow, CaptureSource
from monitor.timeline import Found, Look, Plan, Search, usable
from tests.pywb_server import pywb
from tests.wayback_server import FakeTimer, Stored, wayback_machine, zipped

if TYPE_CHECKING:
    from monitor.ports import Archive

URL = "http://shop.example/privacy"
OLD = "http://shop.example/old"
LOST = "http://shop.example/lost"
DAY0 = datetime(2015, 3, 1, 12, tzinfo=UTC)
PAGES = 40


def stamp(days: float) -> str:
    return (DAY0 + timedelta(days=days)).strftime("%Y%m%d%H%M%S")


def text(day: int) -> str:
    kept = "30 days" if day < 20 else "two years"
    return f"<html><h1>Privacy</h1><p>We keep your orders for {kept}.</p><!-- token {day} --></html>"


CAPTURES = [
    *(Stored(stamp(day), URL, text(day).encode(), headers=(("Content-Type", "text/html"), ("X-Served-By", "w7")))
      for day in range(PAGES)),
    Stored(stamp(PAGES), URL, text(PAGES - 1).encode()),  # unchanged since the day before
    Stored(stamp(PAGES + 1), URL, zipped(text(7)),
           headers=(("Content-Type", "text/html"), ("Content-Encoding", "gzip"))),
    Stored(stamp(PAGES + 2), URL, b"down", status=503),
    Stored(stamp(5), OLD, status=301, headers=(("Location", "/privacy"), ("Content-Type", "text/html"))),
    Stored(stamp(5), LOST, status=301, headers=(("Location", "http://elsewhere.example/"),)),
]  # fmt: skip


@pytest.fixture(scope="module")
def collection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with pywb(Path(tmp_path_factory.mktemp("pywb")), CAPTURES) as base:
        yield base


@pytest.fixture(scope="module")
def machine_base() -> Iterator[str]:
    with wayback_machine(FakeTimer()) as machine:
        machine.stored = list(CAPTURES)
        yield machine.base


@pytest.fixture(params=["wayback", "pywb", "timemap"])
def archive(request: pytest.FixtureRequest) -> Iterator[Archive]:
    timer = FakeTimer()
    made: WaybackArchive | PywbArchive | TimeMapArchive
    if request.param == "wayback":
        made = WaybackArchive(base=request.getfixturevalue("machine_base"), timer=timer, page_rows=7)
    elif request.param == "pywb":
        made = PywbArchive(base=request.getfixturevalue("collection"), timer=timer, page_rows=7)
    else:
        base = request.getfixturevalue("collection")
        made = TimeMapArchive(timemap=f"{base}/timemap/link", playback=base, timer=timer)
    yield made
    made.close()


def listed(archive: Archive, after: datetime | None = None, before: datetime | None = None) -> list[ArchiveRow]:
    return [row for page in archive.list_captures(URL, after=after, before=before) for row in page.rows]


def knows_digests(archive: Archive) -> bool:
    return not isinstance(archive, TimeMapArchive)


def test_lists_every_capture_once_in_order(archive: Archive) -> None:
    rows = listed(archive)
    assert [row.stamp for row in rows] == [stamp(day) for day in range(PAGES + 3)]
    assert [row.taken for row in rows] == [DAY0 + timedelta(days=day) for day in range(PAGES + 3)]
    assert {row.url for row in rows} == {URL}


def test_tells_digests_statuses_and_types(archive: Archive) -> None:
    rows = listed(archive)
    if knows_digests(archive):
        assert rows[PAGES].digest == rows[PAGES - 1].digest
        assert len({row.digest for row in rows}) == len(rows) - 1
        assert rows[PAGES + 2].status == 503
        assert rows[0].media_type == "text/html"
    else:  # then no two may look alike
        assert len({row.digest for row in rows}) == len(rows)


def test_a_range_includes_both_ends(archive: Archive) -> None:
    rows = listed(archive, after=DAY0 + timedelta(days=4), before=DAY0 + timedelta(days=30))
    assert [row.stamp for row in rows] == [stamp(day) for day in range(4, 31)]


def test_goes_on_behind_every_page(archive: Archive) -> None:
    whole = listed(archive)
    pages = list(archive.list_captures(URL))
    assert pages[-1].token is None
    read = 0
    for page in pages[:-1]:
        read += len(page.rows)
        rest = [row for later in archive.list_captures(URL, token=page.token) for row in later.rows]
        assert rest == whole[read:]


def test_nothing_archived_is_an_empty_listing(archive: Archive) -> None:
    pages = list(archive.list_captures("http://nobody.example/"))
    assert [row for page in pages for row in page.rows] == []
    assert pages[-1].token is None


def test_plays_every_capture_back(archive: Archive) -> None:
    for day, row in list(enumerate(listed(archive)))[:PAGES:6]:
        fetched = archive.fetch(row)
        assert fetched.body == text(day).encode()
        assert fetched.taken == row.taken
        assert fetched.source is CaptureSource.ARCHIVE
        assert fetched.status == 200
        assert fetched.media_type == "text/html"
        assert ("x-served-by", "w7") in {(name.lower(), value) for name, value in fetched.headers}
        assert fetched.archive_url is not None
        assert row.stamp in fetched.archive_url


def test_decodes_what_was_stored_compressed(archive: Archive) -> None:
    fetched = archive.fetch(listed(archive)[PAGES + 1])
    assert fetched.body == text(7).encode()
    assert fetched.digest != fetched.wire_digest


def test_an_archived_error_is_content(archive: Archive) -> None:
    fetched = archive.fetch(listed(archive)[PAGES + 2])
    assert (fetched.status, fetched.body) == (503, b"down")


def test_a_stamp_is_enough(archive: Archive) -> None:
    fetched = archive.fetch(ArchiveRow(url=URL, stamp=stamp(3), taken=DAY0, digest=""))
    assert fetched.body == text(3).encode()


def test_the_nearest_is_not_just_any(archive: Archive) -> None:
    with pytest.raises(OutsideWindow) as caught:
        archive.fetch(ArchiveRow(url=URL, stamp=stamp(400), taken=DAY0, digest=""))
    assert caught.value.nearest == DAY0 + timedelta(days=PAGES + 2)


def test_a_redirect_of_then(archive: Archive) -> None:
    fetched = archive.fetch(ArchiveRow(url=OLD, stamp=stamp(5), taken=DAY0, digest=""))
    assert fetched.body == text(5).encode()
    assert (fetched.url, fetched.final_url) == (OLD, URL)


def test_a_redirect_to_what_was_not_archived(archive: Archive) -> None:
    with pytest.raises(NotArchived):
        archive.fetch(ArchiveRow(url=LOST, stamp=stamp(5), taken=DAY0, digest=""))


def test_never_archived(archive: Archive) -> None:
    with pytest.raises(NotArchived):
        archive.fetch(ArchiveRow(url="http://nobody.example/", stamp=stamp(5), taken=DAY0, digest=""))


def test_a_token_of_somebody_else(archive: Archive) -> None:
    with pytest.raises(ArchiveError):
        list(archive.list_captures(URL, token="[1]"))


def test_the_change_is_found_with_few_fetches(archive: Archive) -> None:
    search = Search(usable(listed(archive, before=DAY0 + timedelta(days=PAGES))), Plan())
    while (row := search.next()) is not None:
        said = archive.fetch(row).body.partition(b"<!--")[0]
        search.record(Look(row.digest, Found.TEXT, said.decode()))
    (change,) = search.timeline().transitions
    assert (change.bracket.after, change.bracket.before) == (DAY0 + timedelta(days=19), DAY0 + timedelta(days=20))
    assert "30 days" in change.old
    assert "two years" in change.new
    assert len(search.looks) <= 10


def test_has_a_name(archive: Archive) -> None:
    assert archive.name
