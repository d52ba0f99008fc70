"""One capture, as it was stored: redirects of then, jumps of the archive, and errors told apart."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import unquote, urljoin, urlsplit

from monitor.archive.content import charset_of, media_type_of
from monitor.archive.pace import Pace
from monitor.archive.stamps import moment_of
from monitor.archive.transport import Answer, Transport
from monitor.errors import ArchiveError, BlockedBySite, NotArchived, OutsideWindow, Unplayable
from monitor.model import ArchiveRow, CaptureSource, Fetched, Headers

WINDOW = timedelta(days=1)  # a capture further off than this is another capture
MOST_HOPS = 8  # redirects of then and jumps of the archive together
BODY_CAP = 32 * 1024 * 1024
REDIRECTS = frozenset({301, 302, 303, 307, 308})
NOT_FOUND = 404
LEGAL = 451
SUCCESS = range(200, 300)
ORIGINAL_HEADER = "x-archive-orig-"
ENTITY_HEADERS = frozenset({"content-type", "content-encoding"})
ARCHIVE_HEADERS = frozenset(
    {"memento-datetime", "link", "content-location", "date", "server", "connection", "keep-alive", "transfer-encoding"}
)
RUNTIME_ERROR = "x-archive-wayback-runtime-error"

# Words in which the Wayback Machine says that a site wants its captures hidden.
_EXCLUDED = ("AdministrativeAccessControl", "RobotAccessControl", "Blocked Site Error", "Blocked By Robots")
_EXCLUDED_PAGE = ("URL has been excluded", "excluded from the Wayback Machine")

_IN_ARCHIVE = re.compile(r"/(\d{4,14})(?:[a-z]{2}_)?/((?:https?:|https?%3a).+)$", re.IGNORECASE)
_LINK_ORIGINAL = re.compile(r"""<([^>]*)>\s*;[^,<]*\brel=["']?original\b""", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Playback:
    """Plays captures of one archive. Addresses are `{base}{stamp}id_/{url}`: `id_` asks for the bytes as stored."""

    transport: Transport
    pace: Pace
    base: str  # such as https://web.archive.org/web/
    window: timedelta = WINDOW
    cap: int = BODY_CAP
    prefixed: bool = True  # all original headers come as x-archive-orig-*; pywb prefixes only some

    def address(self, url: str, stamp: str) -> str:
        """Where the stored bytes of a capture are."""
        return f"{self.base}{stamp}id_/{url.partition('#')[0].replace(' ', '%20')}"

    def fetch(self, row: ArchiveRow) -> Fetched:
        """Play back; see `Archive.fetch`."""
        url, stamp, asked = row.url, row.stamp, moment_of(row.stamp)
        address = row.memento_url or self.address(url, stamp)
        visited: set[str] = set()
        while len(visited) < MOST_HOPS:
            if address in visited:
                raise Unplayable(row.url, f"The capture of {row.url} redirects in a circle")
            visited.add(address)
            answer = self.transport.get(address, wanted=row.url, pace=self.pace, cap=self.cap)
            location = answer.header("location") if answer.status in REDIRECTS else None
            target = stamp_and_url(location) if location else None
            if not answer.is_memento:
                if target is None:
                    raise refusal(answer, row.url)
                stamp, url = target[0], target[1]  # the archive jumps to the capture that is nearest
                self._check_window(row.url, asked, moment_of(stamp))
            else:
                taken = _taken(answer, stamp)
                self._check_window(row.url, asked, taken)
                url = _original(answer) or url
                if not location:
                    return self._fetched(row, answer, url, stamp, taken)
                # The site redirected then. pywb gives the Location of then, the Wayback Machine one of its own.
                stamp, url = target or (stamp, urljoin(url, location))
                if urlsplit(url).scheme not in {"http", "https"}:
                    raise Unplayable(row.url, f"The capture of {row.url} redirects to {url[:200]}, which is no page")
            address = self.address(url, stamp)
        raise Unplayable(row.url, f"The capture of {row.url} redirects more than {MOST_HOPS} times")

    def _check_window(self, url: str, asked: datetime, offered: datetime) -> None:
        if abs(offered - asked) > self.window:
            raise OutsideWindow(
                url, f"The nearest capture of {url} is of {offered:%Y-%m-%d}, not of {asked:%Y-%m-%d}", nearest=offered
            )

    def _fetched(self, row: ArchiveRow, answer: Answer, url: str, stamp: str, taken: datetime) -> Fetched:
        headers = original_headers(answer.headers, prefixed=self.prefixed)
        media_type = media_type_of(answer.body, headers, row.media_type)
        return Fetched(
            url=row.url,
            final_url=url,
            taken=taken,
            status=answer.status,
            headers=headers,
            body=answer.body,
            digest=hashlib.sha256(answer.body).hexdigest(),
            wire_digest=answer.wire_digest,
            wire_size=answer.wire_size,
            media_type=media_type,
            charset=charset_of(answer.body, headers, media_type),
            source=CaptureSource.ARCHIVE,
            archive_url=row.memento_url if answer.url == row.memento_url else f"{self.base}{stamp}/{url}",
        )


def original_headers(headers: Headers, *, prefixed: bool) -> Headers:
    """Those that the site sent then.

    The Wayback Machine prefixes them all, and gives type and encoding once more as its own. pywb prefixes those that
    would act on the archive itself and passes the others on, between headers of its own.
    """
    kept = tuple(
        (name[len(ORIGINAL_HEADER) :], value) for name, value in headers if name.lower().startswith(ORIGINAL_HEADER)
    )
    names = {name.lower() for name, _ in kept}
    passed = tuple(
        (name, value)
        for name, value in headers
        if (name.lower() in ENTITY_HEADERS or (not prefixed and not name.lower().startswith("x-archive-")))
        and name.lower() not in names | ARCHIVE_HEADERS
        and value.strip()
    )
    return kept + passed


def refusal(answer: Answer, url: str) -> ArchiveError:
    """The error behind an answer that is no capture."""
    reason = answer.header(RUNTIME_ERROR) or ""
    page = answer.body[:65_536].decode("utf-8", "replace")
    if (
        answer.status == LEGAL
        or any(word in reason or word in page for word in _EXCLUDED)
        or any(word in page for word in _EXCLUDED_PAGE)
    ):
        return BlockedBySite(url, f"The archive does not show {url} at the site's wish")
    if answer.status == NOT_FOUND and (not reason or "NotInArchive" in reason):
        return NotArchived(url, f"The archive has no capture of {url}")
    if answer.status in SUCCESS:
        return Unplayable(url, f"The archive answered about {url} with a page of its own")
    return Unplayable(url, f"The archive cannot show {url}: {reason[:200] or f'status {answer.status}'}")


def stamp_and_url(location: str) -> tuple[str, str] | None:
    """Stamp and URL that an address of an archive names. Its host is never followed, only what it names."""
    match = _IN_ARCHIVE.search(urlsplit(location).path + _tail(location))
    if match is None:
        return None
    url = match.group(2)
    return match.group(1), unquote(url) if re.match(r"https?%3a", url, re.IGNORECASE) else url


def _tail(location: str) -> str:
    query = urlsplit(location).query
    return f"?{query}" if query else ""


def _taken(answer: Answer, stamp: str) -> datetime:
    try:
        return parsedate_to_datetime(answer.header("memento-datetime") or "")
    except ValueError:
        return moment_of(stamp)


def _original(answer: Answer) -> str | None:
    """The captured URL: archives find captures by a key that ignores scheme, `www.` and case."""
    match = _LINK_ORIGINAL.search(answer.header("link") or "")
    return match.group(1) if match else None
