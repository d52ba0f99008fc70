"""Captures as WARC 1.1, to be kept by archives and played back by any of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC
from http import HTTPStatus
from io import BytesIO
from typing import BinaryIO, TypeVar

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from monitor.model import Capture, Fetched, Headers

# The body is kept decoded and in one piece: under the headers of the wire it would play back broken.
WIRE_HEADERS = frozenset({"content-encoding", "transfer-encoding", "content-length"})
KEPT_AS = "X-Clausewatch-Orig-"

_C = TypeVar("_C", Capture, Fetched)


def write_warc(out: BinaryIO, captures: Iterable[_C], body: Callable[[_C], bytes], *, software: str) -> int:
    """Write a gzipped WARC with one response record a capture; return how many.

    `body` gives a capture's decoded bytes. Headers stay as sent, but for those of the wire, which are renamed. The
    digest of the wire's bytes, the URL asked for and the archive it came from are fields of the WARC record.
    """
    writer = WARCWriter(out, gzip=True, warc_version="WARC/1.1")
    writer.write_record(writer.create_warcinfo_record(None, {"software": software, "format": "WARC File Format 1.1"}))
    count = 0
    for capture in captures:
        content = body(capture)
        fields = {
            "WARC-Date": capture.taken.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "X-Clausewatch-Requested-URI": capture.url,
            "X-Clausewatch-Source": capture.source.value,
            "X-Clausewatch-Body-Digest": f"sha256:{capture.digest}",
            "X-Clausewatch-Wire-Digest": f"sha256:{capture.wire_digest}",
        }
        if capture.archive_url:
            fields["X-Clausewatch-Archive-URI"] = capture.archive_url
        record = writer.create_warc_record(
            capture.final_url,
            "response",
            payload=BytesIO(content),
            length=len(content),
            http_headers=StatusAndHeaders(_status(capture.status), _headers(capture.headers, content), "HTTP/1.1"),
            warc_headers_dict={name: _one_line(value) for name, value in fields.items()},
        )
        try:
            writer.write_record(record)
        finally:
            record.raw_stream.close()  # a temporary file that warcio leaves open
        count += 1
    return count


def _headers(headers: Headers, content: bytes) -> list[tuple[str, str]]:
    kept = [(f"{KEPT_AS}{name}" if name.lower() in WIRE_HEADERS else name, _one_line(value)) for name, value in headers]
    return [*kept, ("Content-Length", str(len(content)))]


def _status(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"{status} Unknown"


def _one_line(value: str) -> str:
    """A header that was folded over lines must not become two."""
    return " ".join(value.split())
