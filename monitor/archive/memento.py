"""Archives other than the Wayback Machine: pywb collections, and whatever speaks Memento (RFC 7089)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Unpack
from urllib.parse import urlencode, urljoin, urlsplit

from monitor.archive.bookmark import Bookmark
from monitor.archive.cdx import make_row, unknown_digest, without_default_port
from monitor.archive.client import ArchiveClient, Manners
from monitor.archive.linkformat import TimeLink, parse
from monitor.archive.playback import refusal, stamp_and_url
from monitor.archive.stamps import moment_of, stamp_of
from monitor.archive.transport import Answer
from monitor.errors import ArchiveDown, ArchiveError, BlockedBySite, NotArchived
from monitor.model import ArchivePage, ArchiveRow

PAGE_ROWS = 10_000
LISTING_CAP = 64 * 1024 * 1024
OK = 200


class _MementoArchive(ArchiveClient):
    """What both kinds share: a listing that is asked at the pace of an index."""

    def _ask(self, address: str, url: str) -> Answer:
        answer = self._transport.get(address, wanted=url, pace=self._index_pace, cap=LISTING_CAP)
        if answer.status == OK:
            return answer
        error = refusal(answer, url)
        if isinstance(error, BlockedBySite | NotArchived):
            raise error
        raise ArchiveError(url, f"The index answered about {url} with status {answer.status}")


class PywbArchive(_MementoArchive):
    """A collection served by pywb, such as a user's own or arquivo.pt; `base` is the address of the collection.

    Its index is NDJSON with names of its own, and knows neither collapse nor resumeKey: it is gone through in pages
    that begin with the last stamp of the page before.
    """

    def __init__(self, *, base: str, name: str = "", page_rows: int = PAGE_ROWS, **manners: Unpack[Manners]) -> None:
        super().__init__(name=name or urlsplit(base).netloc, playback=base, prefixed=False, **manners)
        self._index = f"{base.rstrip('/')}/cdx"
        self._page_rows = page_rows

    def list_captures(
        self, url: str, *, after: datetime | None = None, before: datetime | None = None, token: str | None = None
    ) -> Iterator[ArchivePage]:
        """See `Archive`."""
        mark = Bookmark.parse(url, token)
        limit = self._page_rows
        while True:
            start = mark.stamp or (stamp_of(after) if after else "")
            query = {"url": url, "output": "json", "limit": str(limit), "from": start}
            query["to"] = stamp_of(before) if before else ""
            try:
                answer = self._ask(f"{self._index}?{urlencode({k: v for k, v in query.items() if v})}", url)
            except NotArchived:  # newer pywb says so for a URL without captures
                yield ArchivePage(rows=(), token=None)
                return
            rows, unreadable = _read_ndjson(answer.body.decode("utf-8", "replace"), url)
            new = mark.keep_new(rows)
            full = len(rows) + len(unreadable) >= limit
            if full and not new:  # one second holds more captures than a page
                limit *= 2
                continue
            yield ArchivePage(rows=new, token=mark.token() if full else None, unreadable=unreadable)
            if not full:
                return


class TimeMapArchive(_MementoArchive):
    """Any archive with a TimeMap. It tells times and addresses only: no digests, no statuses.

    `timemap` and `playback` are prefixes that a URL is put behind (playback: `/{stamp}id_/` and the URL).
    """

    MOST_PAGES = 10_000  # of one TimeMap: an archive whose pages never end is left here

    def __init__(self, *, timemap: str, playback: str, name: str = "", **manners: Unpack[Manners]) -> None:
        super().__init__(name=name or urlsplit(timemap).netloc, playback=playback, prefixed=False, **manners)
        self._timemap = timemap.rstrip("/") + "/"
        self._hosts = {urlsplit(timemap).netloc.lower(), urlsplit(playback).netloc.lower()}

    def list_captures(
        self, url: str, *, after: datetime | None = None, before: datetime | None = None, token: str | None = None
    ) -> Iterator[ArchivePage]:
        """See `Archive`."""
        mark = Bookmark.parse(url, token)
        if token is None:
            mark.pages = [self._timemap + url]
        while mark.pages:
            address = mark.pages.pop(0)
            mark.read.append(address)
            try:
                text = self._ask(address, url).body.decode("utf-8", "replace")
            except NotArchived:
                links: list[TimeLink] = []
            else:
                links = list(parse(text))
                if not links and text.strip():
                    raise ArchiveDown(url, f"The archive gave no TimeMap of {url}")
            rows, unreadable = self._rows(links, url, after=after, before=before)
            for page in _further_pages(links, address):
                if page not in mark.read and page not in mark.pages and self._is_ours(page):
                    mark.pages.append(page)
            if len(mark.read) > self.MOST_PAGES:
                raise ArchiveDown(url, f"The TimeMap of {url} has no end")
            new = mark.keep_new(rows)
            yield ArchivePage(rows=new, token=mark.token() if mark.pages else None, unreadable=unreadable)

    def _rows(
        self, links: Iterable[TimeLink], url: str, *, after: datetime | None, before: datetime | None
    ) -> tuple[list[ArchiveRow], tuple[str, ...]]:
        rows, unreadable = [], []
        for link in links:
            if "memento" not in link.relations:
                continue
            named = stamp_and_url(link.target)
            if not self._is_ours(link.target) or not (named or link.moment):
                unreadable.append(link.target)
                continue
            taken = link.moment or moment_of(named[0] if named else "")
            stamp, original = named or (stamp_of(taken), url)
            if (after is None or taken >= after) and (before is None or taken <= before):
                rows.append(
                    ArchiveRow(
                        url=without_default_port(original),
                        stamp=stamp,
                        taken=taken,
                        digest=unknown_digest(stamp, original),
                        memento_url=None if named else link.target,
                    )
                )
        return sorted(rows, key=lambda row: row.taken), tuple(unreadable)

    def _is_ours(self, address: str) -> bool:
        """Only the archive that was configured is asked: a TimeMap may name any address."""
        parts = urlsplit(address)
        return parts.scheme in {"http", "https"} and parts.netloc.lower() in self._hosts


def _further_pages(links: Iterable[TimeLink], address: str) -> list[str]:
    """Other parts of a TimeMap: an index lists them, a page names the next."""
    wanted = {"timemap", "next"}
    return [urljoin(address, link.target) for link in links if link.relations & wanted and "self" not in link.relations]


def _read_ndjson(text: str, url: str) -> tuple[list[ArchiveRow], tuple[str, ...]]:
    rows, unreadable = [], []
    for line in text.splitlines():
        if not line.strip():
            continue
        try:
            said = {str(name): str(value) for name, value in json.loads(line).items()}
            stamp = said["timestamp"]
            original = without_default_port(said.get("url", url))
            rows.append(
                make_row(
                    url=original,
                    stamp=stamp,
                    digest=said.get("digest", "").removeprefix("sha1:") or unknown_digest(stamp, original),
                    status=said.get("status", "-"),
                    mime=said.get("mime", "-"),
                    length=said.get("length", "-"),
                )
            )
        except (ValueError, KeyError, AttributeError):
            unreadable.append(line)
    if not rows and text.lstrip().startswith("<"):
        raise ArchiveDown(url, f"The index answered about {url} with a page for people")
    return rows, tuple(unreadable)
