"""Lines of a Wayback Machine index (CDX), repaired where they are known to be broken."""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha1

from monitor.archive.stamps import FORMAT, moment_of
from monitor.model import ArchiveRow

FIELDS = ("urlkey", "timestamp", "original", "mimetype", "statuscode", "digest", "length")
REVISIT = "warc/revisit"
_DIGEST = re.compile(r"(?:sha1:)?[A-Z2-7]{32}|[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}")  # SHA-1, MD5, SHA-256
_STATUS = re.compile(r"[1-5]\d\d|-|0")
_PORT = re.compile(r"^(http://[^/:]+):80(?=[/?#]|$)|^(https://[^/:]+):443(?=[/?#]|$)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Line:
    """One row, field by field, fit for waybackpy: seven fields without spaces and a time stamp that is a date."""

    urlkey: str
    stamp: str  # as the archive writes it, for its addresses
    original: str
    mimetype: str
    statuscode: str
    digest: str
    length: str

    def __str__(self) -> str:
        moment = moment_of(self.stamp).strftime(FORMAT).zfill(14)
        return f"{self.urlkey} {moment} {self.original} {self.mimetype} {self.statuscode} {self.digest} {self.length}"


def repair(text: str) -> Line | None:
    """Read one line of the index; None when it holds no capture that can be named.

    Seen in the wild: spaces in the URL, fields behind the length (flags, offset, file), a missing length, `-` for
    status, length, type and digest, months and days of 00, port 80 in the URL.
    """
    fields = text.split()
    if len(fields) < 3:  # noqa: PLR2004 - key, stamp, URL
        return None
    urlkey, stamp, rest = fields[0], fields[1], fields[2:]
    try:
        moment_of(stamp)
    except ValueError:
        return None
    at = _digest_place(rest)
    url = "%20".join(rest[: max(at - 2, 1)])
    rest += ["-"] * (at + 2 - len(rest))
    mime = rest[at - 2] if at > 2 else "-"  # noqa: PLR2004 - behind the URL
    status = rest[at - 1] if _STATUS.fullmatch(rest[at - 1]) else "-"
    digest = rest[at].removeprefix("sha1:") if _DIGEST.fullmatch(rest[at]) else unknown_digest(stamp, url)
    length = rest[at + 1] if rest[at + 1].isdigit() else "-"
    return Line(urlkey, stamp, without_default_port(url), mime, status, digest, length)


def row_of(line: Line) -> ArchiveRow:
    """The row that a line describes."""
    return make_row(
        url=line.original,
        stamp=line.stamp,
        digest=line.digest,
        status=line.statuscode,
        mime=line.mimetype,
        length=line.length,
    )


def make_row(*, url: str, stamp: str, digest: str, status: str, mime: str, length: str) -> ArchiveRow:
    """A row from the words of an index; `-` and odd words mean that it does not say."""
    revisit = mime == REVISIT
    return ArchiveRow(
        url=url,
        stamp=stamp,
        taken=moment_of(stamp),
        digest=digest,
        status=int(status) if status.isdigit() and not revisit and int(status) else None,
        media_type="" if revisit or mime == "-" else mime.lower(),
        length=int(length) if length.isdigit() else None,
        revisit=revisit,
    )


def without_default_port(url: str) -> str:
    """Old crawls wrote the port of the scheme into every URL."""
    return _PORT.sub(lambda match: match.group(1) or match.group(2), url)


def unknown_digest(stamp: str, url: str) -> str:
    """In place of a digest that is missing: equal to no other. As long as a real one, or waybackpy drops the row."""
    return f"UNKNOWN-{stamp}-{sha1(url.encode(), usedforsecurity=False).hexdigest()[:12]}"


def _digest_place(rest: list[str]) -> int:
    """Where the digest stands behind key and stamp: at 3 (URL, type, status) unless spaces in the URL push it on."""
    for place, word in enumerate(rest):
        if place >= 1 and _DIGEST.fullmatch(word) and (place == 1 or _STATUS.fullmatch(rest[place - 1])):
            return place
    return max(len(rest) - 2, 3)
