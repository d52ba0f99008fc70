"""The Wayback Machine, through waybackpy.

waybackpy knows the query language of the index and reads its rows. What it leaves out is put in at its seam,
`cdx_api_manager`: one session of ours with time-outs, pace and silence after a 429; statuses that are checked, so that
a refusal is no empty listing; rows that are repaired, so that one bad row does not end the listing; and pages that can
be gone on with in another process.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from datetime import datetime
from typing import Unpack

from waybackpy.cdx_api import WaybackMachineCDXServerAPI
from waybackpy.cdx_utils import full_url

from monitor.archive.bookmark import Bookmark
from monitor.archive.cdx import FIELDS, Line, make_row, repair
from monitor.archive.client import ArchiveClient, Manners
from monitor.archive.pace import Pace
from monitor.archive.playback import refusal
from monitor.archive.stamps import stamp_of
from monitor.archive.transport import Transport
from monitor.errors import ArchiveDown, ArchiveError, BlockedBySite
from monitor.model import ArchivePage, ArchiveRow

BASE = "https://web.archive.org"
PAGE_ROWS = 10_000  # some 2 MB
LISTING_CAP = 32 * 1024 * 1024
ATTEMPTS = 3  # at a page that came in part
OK = 200


class WaybackArchive(ArchiveClient):
    """The Wayback Machine, or a server that behaves like it at `base`."""

    def __init__(
        self,
        *,
        name: str = "web.archive.org",
        base: str = BASE,
        page_rows: int = PAGE_ROWS,
        **manners: Unpack[Manners],
    ) -> None:
        super().__init__(name=name, playback=f"{base.rstrip('/')}/web", prefixed=True, **manners)
        self._base = base.rstrip("/")
        self._page_rows = page_rows

    def list_captures(
        self, url: str, *, after: datetime | None = None, before: datetime | None = None, token: str | None = None
    ) -> Iterator[ArchivePage]:
        """See `Archive`."""
        mark = Bookmark.parse(url, token)
        first = stamp_of(after) if after else None
        last = stamp_of(before) if before else None
        while True:
            page = _IndexPage(
                url,
                start_timestamp=mark.stamp if mark.stamp and not mark.key else first,
                end_timestamp=last,
                limit=str(self._page_rows),
            )
            page.ask_with(self._transport, self._index_pace, endpoint=f"{self._base}/cdx/search/cdx", key=mark.key)
            rows = page.rows()
            new = mark.keep_new(rows)
            # A full page without a key: the index owes a key. Go on from the last stamp rather than trust that.
            more = page.next_key is not None or (len(page.lines) >= self._page_rows and bool(new))
            if page.next_key is not None and page.next_key == mark.key:
                raise ArchiveDown(url, f"The index does not go on behind {mark.stamp} in the captures of {url}")
            mark.key = page.next_key
            yield ArchivePage(rows=new, token=mark.token() if more else None, unreadable=tuple(page.unreadable))
            if not more:
                return


class _IndexPage(WaybackMachineCDXServerAPI):
    """One page of the index. waybackpy's own paging has its host hard-coded and forgets where it was."""

    def ask_with(self, transport: Transport, pace: Pace, *, endpoint: str, key: str | None) -> None:
        """Set what the seam needs."""
        self._transport, self._pace = transport, pace
        self._key = key
        self.endpoint = endpoint
        self.next_key: str | None = None
        self.lines: list[Line] = []
        self.unreadable: list[str] = []

    def rows(self) -> list[ArchiveRow]:
        """Fetch and read. The stamp is the archive's own: what waybackpy was given is repaired to be a date."""
        snapshots = list(self.snapshots())
        return [
            make_row(
                url=snapshot.original,
                stamp=line.stamp,
                digest=snapshot.digest,
                status=snapshot.statuscode,
                mime=snapshot.mimetype,
                length=snapshot.length,
            )
            for snapshot, line in zip(snapshots, self.lines, strict=True)  # strict: waybackpy dropped none
        ]

    def cdx_api_manager(self, payload: dict[str, str], headers: dict[str, str]) -> Generator[str, None, None]:
        """Waybackpy's seam: give the text of the answer, its rows repaired. Our session has headers of its own."""
        del headers
        payload |= {"fl": ",".join(FIELDS), "showResumeKey": "true", "limit": str(self.limit)}
        if self._key:
            payload["resumeKey"] = self._key
        listed, _, rest = self._ask(full_url(self.endpoint, params=payload)).partition("\n\n")
        self.next_key = rest.strip() or None
        for text in listed.split("\n"):
            if text.strip():
                line = repair(text)
                if line is None:
                    self.unreadable.append(text)
                else:
                    self.lines.append(line)
        yield "\n".join(map(str, self.lines))

    def _ask(self, address: str) -> str:
        for _ in range(ATTEMPTS):
            answer = self._transport.get(address, wanted=self.url, pace=self._pace, cap=LISTING_CAP)
            text = answer.body.decode("utf-8", "replace")
            error = refusal(answer, self.url)
            if isinstance(error, BlockedBySite):  # it comes with status 200 too
                raise error
            if answer.status != OK:
                raise ArchiveError(self.url, f"The index answered about {self.url} with status {answer.status}")
            if text.lstrip().startswith("<"):
                raise ArchiveDown(self.url, f"The index answered about {self.url} with a page for people")
            if not _cut_off(text):
                return text
        raise ArchiveDown(self.url, f"The listing of {self.url} came in part, {ATTEMPTS} times")


def _cut_off(text: str) -> bool:
    """The last line is only the beginning of a row. A whole listing ends with a line feed, or a key."""
    listed, blank, _ = text.partition("\n\n")
    last = listed.rpartition("\n")[2]
    return not blank and bool(last) and len(last.split()) < len(FIELDS)
