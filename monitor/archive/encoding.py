"""Content-Encoding undone, within bounds.

Not left to urllib3: captures come with the headers that a site sent years ago, right or wrong. The Wayback Machine
adds an empty `content-encoding` beside the real one (edgi-govdata-archiving/web-monitoring-processing#309), and old
crawlers stored decoded bodies under `Content-Encoding: gzip`.
"""

from __future__ import annotations

import zlib
from io import BytesIO

import zstandard

from monitor.model import Headers

GZIP_MAGIC = b"\x1f\x8b"
ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"


class Undecodable(Exception):
    """Too large, cut off, or of an encoding that we cannot undo."""


def decode(wire: bytes, headers: Headers, *, cap: int) -> bytes:
    """The body behind its encodings, at most `cap` bytes.

    Raises:
        Undecodable: see there.
    """
    body = wire
    for name in reversed(_encodings(headers)):
        body = _undo(name, body, cap)
    return body


def _encodings(headers: Headers) -> list[str]:
    """In the order in which they were applied."""
    values = [value for name, value in headers if name.lower() == "content-encoding"]
    return [token for value in values for token in (part.strip().lower() for part in value.split(",")) if token]


def _undo(name: str, body: bytes, cap: int) -> bytes:
    if not body or name in {"identity", "none", "utf-8", "binary", "8bit"}:  # what servers have been seen to say
        return body
    if name in {"gzip", "x-gzip"}:
        return _inflate(body, 31, cap) if body.startswith(GZIP_MAGIC) else body
    if name == "deflate":
        return _deflated(body, cap)
    if name == "zstd":
        return _zstd(body, cap) if body.startswith(ZSTD_MAGIC) else body
    raise Undecodable(f"its encoding {name!r} is not supported")


def _deflated(body: bytes, cap: int) -> bytes:
    """With the zlib wrapper as the standard says, or bare as some servers send it."""
    try:
        return _inflate(body, 15, cap)
    except Undecodable:
        return _inflate(body, -15, cap)


def _inflate(body: bytes, window: int, cap: int) -> bytes:
    """One or several compressed streams, one behind the other."""
    out = bytearray()
    rest = body
    while rest:
        machine = zlib.decompressobj(window)
        try:
            out += machine.decompress(rest, cap + 1 - len(out))
        except zlib.error as error:
            if out:  # padding behind the last stream
                break
            raise Undecodable(f"its compression is broken: {error}") from error
        if len(out) > cap:
            raise Undecodable(f"it is larger than {cap} bytes when decoded")
        if not machine.eof:
            raise Undecodable("its compressed body is cut off")
        rest = machine.unused_data
    return bytes(out)


def _zstd(body: bytes, cap: int) -> bytes:
    machine = zstandard.ZstdDecompressor(max_window_size=1 << 27)
    try:
        out: bytes = machine.stream_reader(BytesIO(body)).read(cap + 1)
        if len(out) > cap:
            raise Undecodable(f"it is larger than {cap} bytes when decoded")
        whole = machine.decompressobj()  # the reader takes a cut stream for a whole one; this one is not bounded
        whole.decompress(body)
    except zstandard.ZstdError as error:
        raise Undecodable(f"its compression is broken: {error}") from error
    if not whole.eof:
        raise Undecodable("its compressed body is cut off")
    return out
