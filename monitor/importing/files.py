"""A folder of pages with dates in their names, and text files that say themselves where they come from."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, time
from functools import partial
from pathlib import Path

from monitor.archive.playback import stamp_and_url
from monitor.archive.stamps import moment_of
from monitor.errors import ReadError
from monitor.importing.item import Item, Skipped, Unreadable, as_fetched
from monitor.importing.spelling import key_of
from monitor.model import Fetched, Provenance
from monitor.text.markdown import split_provenance

SUFFIXES = frozenset({".html", ".htm", ".xhtml", ".pdf", ".md", ".markdown", ".txt"})
_TEXTS = frozenset({".md", ".markdown", ".txt"})
_HEAD = 20_000  # bytes in which a text says where it comes from
# 2024-05-25, 20240525, 2024-05-25T14-30-00, 20240525143000, 2024_05_25 14.30; not a part of a longer number.
_DATE = re.compile(
    r"(?<!\d)((?:19|20)\d\d)([-_.]?)(0[1-9]|1[0-2])\2(0[1-9]|[12]\d|3[01])"
    r"(?:[-_T .]?([01]\d|2[0-3])[-_:.h]?([0-5]\d)(?:[-_:.m]?([0-5]\d))?Z?)?(?!\d)"
)


def list_files(path: Path, *, url: str, limit: int) -> Iterator[Item | Skipped]:
    """The files of a folder and those below it, or one file; `url` is the page that they are captures of.

    Times in names are in UTC; a day alone is taken as its beginning. A text that names the archived capture of another
    page is skipped. `limit` bounds the bytes of a file.

    Raises:
        ReadError: the folder cannot be read.
    """
    try:
        files = sorted(one for one in path.rglob("*") if one.is_file()) if path.is_dir() else [path]
    except OSError as error:
        raise ReadError(f"{path} cannot be read: {error.strerror}") from error
    for file in files:
        place = str(file.relative_to(path)) if file != path else file.name
        if any(part.startswith(".") for part in Path(place).parts):
            continue
        if file.suffix.lower() not in SUFFIXES:
            yield Skipped(place, "is neither HTML, PDF, Markdown nor plain text by its name")
            continue
        origin = _origin(file)
        taken = _told(origin) or date_of(place)
        if (other := _other_page(origin, url)) is not None:
            yield Skipped(place, f"is a capture of another page, {other}")
        elif taken is None:
            yield Skipped(place, "has no date in its name, such as 2024-05-25 or 20240525143000")
        else:
            load = partial(_load, file, url=url, taken=taken, origin=origin, limit=limit)
            yield Item(place=place, taken=taken, load=load)


def date_of(name: str) -> datetime | None:
    """The date that a path names: that of the file before those of its folders."""
    for part in reversed(Path(name).parts):
        for found in _DATE.finditer(part):
            year, _, month, day, hour, minute, second = found.groups()
            try:
                return datetime(
                    int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0), tzinfo=UTC
                )
            except ValueError:
                continue
    return None


def _origin(file: Path) -> Provenance | None:
    """What a text says above itself of the archived page that it was made from."""
    if file.suffix.lower() not in _TEXTS:
        return None
    try:
        with file.open("rb") as source:
            head = source.read(_HEAD)
    except OSError:
        return None  # loading it will say why
    return split_provenance(head.decode("utf-8", "replace"))[1]


def _other_page(origin: Provenance | None, url: str) -> str | None:
    """The page that a text says it is of, if that is not this one."""
    named = stamp_and_url(origin.archive_url) if origin is not None else None
    return named[1] if named is not None and key_of(named[1]) != key_of(url) else None


def _told(origin: Provenance | None) -> datetime | None:
    """The archive's own time stamp, which is to the second; else the day that is written."""
    if origin is None:
        return None
    if named := stamp_and_url(origin.archive_url):
        return moment_of(named[0])
    return datetime.combine(origin.captured, time.min, UTC) if origin.captured else None


def _load(file: Path, *, url: str, taken: datetime, origin: Provenance | None, limit: int) -> Fetched:
    try:
        with file.open("rb") as source:
            body = source.read(limit + 1)
    except OSError as error:
        raise Unreadable(f"cannot be read: {error.strerror}") from error
    if len(body) > limit:
        raise Unreadable(f"is larger than {limit:,} bytes (fetch.max_bytes)")
    # A text with an origin is Markdown, whatever its name says: the quote itself is.
    name = "page.md" if origin else file.name
    return as_fetched(
        body, url=url, taken=taken, name=f"file:///{name}", archive_url=origin.archive_url if origin else None
    )
