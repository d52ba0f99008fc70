"""Undo a body's Content-Encoding, within bounds."""

from __future__ import annotations

import zlib
from collections.abc import Callable

import zstandard

from monitor.errors import TooLarge, Truncated, UnsupportedContent

ACCEPT_ENCODING = "gzip, deflate, zstd"  # all that can be decoded here, and nothing else

_GZIP_MAGIC = b"\x1f\x8b"
_ZSTD_WINDOW = 8 * 1024 * 1024  # RFC 9659: the most that a sender may use on the web
_ZSTD_STEP = 256  # 4 bytes can stand for 128 KB, so this much makes 8 MB at most; zstandard has no bound of its own
_MAX_CODINGS = 3  # one is usual, two a mistake of some proxies; more is an attack
_NOT_ASKED_FOR = frozenset({"br", "compress", "x-compress", "dcb", "dcz", "exi", "pack200-gzip", "aes128gcm"})


def decode(wire: bytes, content_encoding: str, *, url: str, limit: int) -> bytes:
    """The bytes that were encoded; never more than `limit` are made on the way.

    A coding that nobody has registered (`utf-8`, `none`) is passed over, as browsers do.

    Raises:
        TooLarge: more than `limit` bytes come out.
        Truncated: the encoded bytes are cut short or broken.
        UnsupportedContent: a coding that we did not ask for and cannot undo.
    """
    codings = [coding.strip().lower() for coding in content_encoding.split(",")]
    body = wire
    if sum(coding in _DECODERS for coding in codings) > _MAX_CODINGS:
        raise UnsupportedContent(url, f"{url} is encoded {len(codings)} times over")
    for coding in reversed(codings):
        if coding in _NOT_ASKED_FOR:
            raise UnsupportedContent(url, f"{url} came in the content encoding {coding}, which was not asked for")
        decoder = _DECODERS.get(coding)
        if decoder is None or not body:
            continue
        try:
            body = decoder(body, limit + 1)
        except (zlib.error, zstandard.ZstdError, EOFError) as error:
            raise Truncated(url, f"{url}: the {coding} encoding of the body is broken or cut short") from error
        if len(body) > limit:
            raise TooLarge(url, f"{url} has more than {limit:,} bytes when its {coding} encoding is undone")
    if len(body) > limit:
        raise TooLarge(url, f"{url} has more than {limit:,} bytes")
    return body


def _gunzip(body: bytes, most: int) -> bytes:
    parts: list[bytes] = []
    left = most
    while body.startswith(_GZIP_MAGIC) or not parts:  # a gzip file may have several members; padding is no member
        inflater = zlib.decompressobj(wbits=31)
        parts.append(inflater.decompress(body, left))
        left -= len(parts[-1])
        if left <= 0:
            break
        if not inflater.eof:
            raise EOFError
        body = inflater.unused_data
    return b"".join(parts)


def _inflate(body: bytes, most: int) -> bytes:
    """`deflate` means zlib's format (RFC 9110), but some servers send the raw one, and browsers take both."""
    try:
        return _inflate_as(body, most, wbits=15)
    except zlib.error:
        return _inflate_as(body, most, wbits=-15)


def _inflate_as(body: bytes, most: int, *, wbits: int) -> bytes:
    inflater = zlib.decompressobj(wbits=wbits)
    plain = inflater.decompress(body, most)
    if not inflater.eof and len(plain) < most:
        raise EOFError
    return plain


def _unzstd(body: bytes, most: int) -> bytes:
    out = bytearray()
    while body and len(out) < most:  # zstd data may have several frames
        inflater = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW).decompressobj()
        start = 0
        while not inflater.eof and start < len(body) and len(out) < most:
            out += inflater.decompress(body[start : start + _ZSTD_STEP])
            start += _ZSTD_STEP
        if len(out) < most and not inflater.eof:
            raise EOFError
        body = inflater.unused_data + body[start:]
    return bytes(out[:most])


_DECODERS: dict[str, Callable[[bytes, int], bytes]] = {
    "gzip": _gunzip,
    "x-gzip": _gunzip,
    "deflate": _inflate,
    "zstd": _unzstd,
}
