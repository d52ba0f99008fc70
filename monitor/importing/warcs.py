"""The captures of a policy's pages in a WARC file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed

from monitor.errors import FetchError, ReadError
from monitor.evidence.warc import KEPT_AS
from monitor.fetch.encoding import decode
from monitor.importing.item import Item, Skipped, Unreadable, as_fetched
from monitor.importing.spelling import key_of
from monitor.model import Fetched

_OK = 200
_BROKEN = (ArchiveLoadFailed, EOFError, OSError, ValueError, AttributeError)


def list_warc(path: Path, *, urls: Sequence[str], limit: int) -> Iterator[Item | Skipped]:
    """Captures of these URLs, in the order of the file; other pages are passed over in silence.

    A URL is found under http and https, with and without `www.` and a last slash. Of a record that says that nothing
    had changed (revisit), the bytes are those of the record that it names, if that is in the file.

    Raises:
        ReadError: the file is no WARC.
    """
    wanted = {key_of(url): url for url in urls}
    offsets: dict[str, int] = {}  # by digest of the payload: for revisits
    count = 0
    try:
        with path.open("rb") as file:
            records = ArchiveIterator(file)
            for record in records:
                if record.format != "warc":  # the first of an ARC is told by any line with the right number of words
                    break
                count += 1
                if found := _item(record, records.get_record_offset(), path, wanted, offsets, limit):
                    yield found
    except _BROKEN as error:
        if not count:
            raise ReadError(f"{path} cannot be read as a WARC: {error}") from error
        yield Skipped(f"behind record {count}", f"the file is broken: {error}")
        return
    if not count:
        raise ReadError(f"{path} has no record of a WARC")


def _item(
    record: Any, offset: int, path: Path, wanted: dict[str, str], offsets: dict[str, int], limit: int
) -> Item | Skipped | None:
    said = record.rec_headers
    if record.rec_type not in {"response", "revisit"} or record.http_headers is None:
        return None
    target = said.get_header("WARC-Target-URI") or ""
    asked = said.get_header("X-Clausewatch-Requested-URI") or target
    url = wanted.get(key_of(asked)) or wanted.get(key_of(target))
    if url is None:
        return None
    place = f"offset {offset}"
    taken = _moment(said.get_header("WARC-Date"))
    if taken is None:
        return Skipped(place, "has no date")
    digest = said.get_header("WARC-Payload-Digest") or ""
    if record.rec_type == "revisit":
        at = offsets.get(digest)
        if at is None:
            return Skipped(place, "refers to a capture that is not in the file")
    else:
        status = record.http_headers.get_statuscode()
        if status != str(_OK):
            return Skipped(place, f"has status {status}")
        offsets.setdefault(digest, offset)
        at = offset
    load = partial(_load, path, at, url=url, taken=taken, target=target, limit=limit)
    return Item(place=place, taken=taken, load=load)


def _moment(text: str | None) -> datetime | None:
    try:
        moment = datetime.fromisoformat((text or "").strip())
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _load(path: Path, offset: int, *, url: str, taken: datetime, target: str, limit: int) -> Fetched:
    try:
        with path.open("rb") as file:
            file.seek(offset)
            record = next(iter(ArchiveIterator(file)))
            headers = record.http_headers
            wire = record.raw_stream.read(limit + 1) if headers.get_header("Transfer-Encoding") is None else None
            if wire is None:
                wire = record.content_stream().read(limit + 1)  # chunks joined, and decoded where it can be
            archive_url = record.rec_headers.get_header("X-Clausewatch-Archive-URI")
        if len(wire) > limit:
            raise Unreadable(f"is larger than {limit:,} bytes (fetch.max_bytes)")
        encoding = headers.get_header("Content-Encoding") or ""
        chunked = headers.get_header("Transfer-Encoding") is not None
        body = wire if chunked else decode(wire, encoding, url=url, limit=limit)
    except _BROKEN as error:
        raise Unreadable(f"cannot be read: {error}") from error
    except FetchError as error:
        raise Unreadable(str(error)) from error
    # As the site sent them: what our own WARCs rename for playback gets its name back.
    renamed = {name[len(KEPT_AS) :].lower() for name, _ in headers.headers if name.startswith(KEPT_AS)}
    sent = tuple(
        (name.removeprefix(KEPT_AS), value)
        for name, value in headers.headers
        if name.startswith(KEPT_AS) or name.lower() not in {*renamed, "content-length"}
    )
    return as_fetched(
        body,
        url=url,
        taken=taken,
        name=target,
        content_type=headers.get_header("Content-Type"),
        headers=sent,
        wire=wire,
        final_url=target,
        archive_url=archive_url,
    )
