"""TimeMaps in pages, and what hostile ones try."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from monitor.archive import PywbArchive, TimeMapArchive
from monitor.errors import ArchiveDown, ArchiveError, BlockedBySite
from monitor.model import ArchiveRow
from tests.wayback_server import FakeTimer, Fault, serving

URL = "http://shop.example/privacy"
DAY0 = datetime(2015, 3, 1, 12, tzinfo=UTC)


@dataclass
class Site:
    """Answers by path; `base` is its address."""

    base: str = ""
    answers: dict[str, Fault] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def answer(self, path: str) -> Fault:
        self.asked.append(path)
        return self.answers.get(path, Fault(status=404))


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()
    with ExitStack() as stack:
        site.base = stack.enter_context(serving(site.answer))
        yield site


def timemap(site: Site) -> TimeMapArchive:
    return TimeMapArchive(timemap=f"{site.base}/timemap/link", playback=f"{site.base}/web", timer=FakeTimer())


def memento(site: Site, day: int, where: str = "") -> str:
    taken = DAY0 + timedelta(days=day)
    target = where or f"{site.base}/web/{taken:%Y%m%d%H%M%S}/{URL}"
    return f'<{target}>; rel="memento"; datetime="{taken:%a, %d %b %Y %H:%M:%S GMT}"'


def rows(archive: TimeMapArchive | PywbArchive, **options: str) -> list[ArchiveRow]:
    return [row for page in archive.list_captures(URL, **options) for row in page.rows]  # type: ignore[arg-type]


def test_pages_and_an_index_of_pages(site: Site) -> None:
    site.answers[f"/timemap/link/{URL}"] = Fault(
        body=f'<{URL}>; rel="original", <{site.base}/timemap/link/{URL}>; rel="self",'
        f'<{site.base}/p/1>; rel="timemap", <{site.base}/p/2>; rel="timemap"'.encode()
    )
    site.answers["/p/1"] = Fault(body=f"{memento(site, 0)},\n{memento(site, 1)}, </p/1b>; rel=next".encode())
    site.answers["/p/1b"] = Fault(body=f'{memento(site, 4)}, <{site.base}/p/1>; rel="prev timemap"'.encode())
    site.answers["/p/2"] = Fault(body=f"{memento(site, 2)}, {memento(site, 3)}".encode())
    archive = timemap(site)
    assert [(row.taken - DAY0).days for row in rows(archive)] == [0, 1, 2, 3, 4]
    pages = list(archive.list_captures(URL))
    assert [len(page.rows) for page in pages] == [0, 2, 2, 1]
    rest = rows(archive, token=pages[1].token or "")
    assert [(row.taken - DAY0).days for row in rest] == [2, 3, 4]


def test_an_archive_whose_addresses_name_no_time(site: Site) -> None:
    site.answers[f"/timemap/link/{URL}"] = Fault(body=memento(site, 0, f"{site.base}/memento/x7").encode())
    site.answers["/memento/x7"] = Fault(
        headers=(("Memento-Datetime", "Sun, 01 Mar 2015 12:00:00 GMT"), ("Content-Type", "text/html")), body=b"here"
    )
    archive = timemap(site)
    (row,) = rows(archive)
    fetched = archive.fetch(row)
    assert fetched.body == b"here"
    assert fetched.archive_url == f"{site.base}/memento/x7"
    assert fetched.taken == row.taken == DAY0


def test_other_hosts_are_never_asked(site: Site) -> None:
    site.answers[f"/timemap/link/{URL}"] = Fault(
        body=f'{memento(site, 0, "http://127.0.0.1:1/x")}, <http://127.0.0.1:1/more>; rel="timemap",'
        f"{memento(site, 1, 'file:///etc/passwd')}".encode()
    )
    (page,) = timemap(site).list_captures(URL)
    assert page.rows == ()
    assert page.unreadable == ("http://127.0.0.1:1/x", "file:///etc/passwd")


def test_a_page_for_people(site: Site) -> None:
    site.answers[f"/timemap/link/{URL}"] = Fault(body=b"<html><p>Welcome</p>")
    with pytest.raises(ArchiveDown):
        rows(timemap(site))


def test_an_index_that_refuses(site: Site) -> None:
    site.answers[f"/timemap/link/{URL}"] = Fault(status=451)
    with pytest.raises(BlockedBySite):
        rows(timemap(site))
    site.answers[f"/timemap/link/{URL}"] = Fault(status=418)
    with pytest.raises(ArchiveError, match="status 418"):
        rows(timemap(site))


class Index:
    """A pywb index that obeys `limit` and `from`."""

    def __init__(self, lines: list[tuple[str, str]]) -> None:
        self.lines = lines

    def answer(self, path: str) -> Fault:
        query = dict(part.split("=", 1) for part in path.partition("?")[2].split("&"))
        fit = [line for stamp, line in self.lines if stamp >= query.get("from", "")]
        return Fault(body="\n".join(fit[: int(query["limit"])]).encode())


def test_more_captures_in_a_second_than_a_page_holds() -> None:
    lines = [
        ("20150301120000", f'{{"timestamp": "20150301120000", "url": "{URL}", "digest": "sha1:D{n}"}}')
        for n in range(9)
    ]
    lines += [("20150301120001", "not json"), ("20150301120002", '{"url": "no timestamp"}')]
    lines += [("20150302120000", f'{{"timestamp": "20150302120000", "url": "{URL}"}}')]
    with serving(Index(lines).answer) as base:
        archive = PywbArchive(base=base, timer=FakeTimer(), page_rows=3)
        pages = list(archive.list_captures(URL))
    assert [row.digest for page in pages for row in page.rows][:9] == [f"D{n}" for n in range(9)]
    assert sum(len(page.rows) for page in pages) == 10
    assert {line for page in pages for line in page.unreadable} == {"not json", '{"url": "no timestamp"}'}


def test_an_index_with_a_page_for_people() -> None:
    with serving(lambda _: Fault(body=b"<html>")) as base, pytest.raises(ArchiveDown):
        rows(PywbArchive(base=base, timer=FakeTimer()))


def test_nothing_archived_is_an_empty_listing(site: Site) -> None:
    assert rows(timemap(site)) == []
    assert rows(PywbArchive(base=f"{site.base}/c", timer=FakeTimer())) == []


def test_a_timemap_without_end() -> None:
    def answer(path: str) -> Fault:
        return Fault(body=f'</t/{len(path)}/{path[1:40]}x>; rel="next timemap"'.encode())

    class Endless(TimeMapArchive):
        MOST_PAGES = 5

    with serving(answer) as base, pytest.raises(ArchiveDown, match="no end"):
        rows(Endless(timemap=f"{base}/t", playback=base, timer=FakeTimer()))
