"""Servers that send too much, too little, too slowly or nonsense. Real sockets throughout."""

from __future__ import annotations

import gzip
import itertools
import time
import tracemalloc
import zlib
from collections.abc import Iterator

import pytest
import zstandard

from monitor.errors import (
    ConnectionFailed,
    FetchError,
    HttpStatus,
    TimedOut,
    TooLarge,
    Truncated,
    UnsupportedContent,
)
from monitor.fetch import FetchOptions, HttpFetcher
from monitor.model import Fetched, FetchRequest
from tests.servers import Sent, http_answer, raw_server

PAGE = b"<h1>Privacy</h1>" + b"<p>We keep logs for 30 days.</p>" * 200


def fetch(url: str, **options: object) -> Fetched:
    defaults: dict[str, object] = {"allow_private": ("127.0.0.0/8",), "retries": 0, "pace": 0}
    return HttpFetcher(FetchOptions(**(defaults | options))).fetch(FetchRequest(url=url))  # type: ignore[arg-type]


def chunked(*chunks: bytes, end: bytes = b"0\r\n\r\n") -> list[Sent]:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n"
    return [head, *(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks), end]


def drip(data: bytes, every: float = 0.05) -> Iterator[Sent]:
    for byte in data:
        yield bytes([byte])
        yield every


# --- sizes


def test_a_chunked_body_comes_whole() -> None:
    with raw_server(chunked(PAGE[:100], PAGE[100:])) as server:
        fetched = fetch(server.url())
    assert (fetched.body, fetched.wire_size) == (PAGE, len(PAGE))


def test_a_promised_size_above_the_cap_is_refused_before_the_body() -> None:
    with raw_server(http_answer(b"x", content_length="50000000")) as server, pytest.raises(TooLarge):
        fetch(server.url())


def test_an_endless_body_is_cut_off_at_the_cap() -> None:
    endless = itertools.chain([b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"], itertools.repeat(b"x" * 65536))
    with raw_server(endless) as server, pytest.raises(TooLarge):
        fetch(server.url(), max_wire_bytes=1_000_000)


def test_an_endless_body_of_a_redirect_is_not_read() -> None:
    head = b"HTTP/1.1 302 Found\r\nLocation: /there\r\n\r\n"
    with raw_server(itertools.chain([head], itertools.repeat(b"x" * 65536)), http_answer(PAGE)) as server:
        assert fetch(server.url()).body == PAGE


def test_an_endless_body_of_an_error_is_not_read() -> None:
    head = b"HTTP/1.1 404 Not Found\r\n\r\n"
    with raw_server(itertools.chain([head], itertools.repeat(b"x" * 65536))) as server, pytest.raises(HttpStatus):
        fetch(server.url())


def gzip_bomb() -> bytes:
    return gzip.compress(bytes(64_000_000), mtime=0)


def zstd_bomb() -> bytes:
    return zstandard.ZstdCompressor().compress(bytes(200_000_000))


def nested_bomb() -> bytes:
    return gzip.compress(gzip_bomb(), mtime=0)


@pytest.mark.parametrize(
    ("bomb", "coding"),
    [(gzip_bomb, "gzip"), (zstd_bomb, "zstd"), (nested_bomb, "gzip, gzip")],
    ids=["gzip", "zstd", "twice"],
)
def test_a_bomb_is_not_inflated_beyond_the_cap(bomb: object, coding: str) -> None:
    assert callable(bomb)
    body = bomb()
    with raw_server(http_answer(body, content_encoding=coding)) as server:
        tracemalloc.start()
        try:
            with pytest.raises(TooLarge):
                fetch(server.url(), max_bytes=1_000_000)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert peak < 16_000_000


# --- encodings


@pytest.mark.parametrize(
    ("coding", "wire"),
    [
        ("gzip", gzip.compress(PAGE, mtime=0)),
        ("x-gzip", gzip.compress(PAGE, mtime=0)),
        ("GZIP", gzip.compress(PAGE[:50], mtime=0) + gzip.compress(PAGE[50:], mtime=0) + b"\0" * 20),
        ("deflate", zlib.compress(PAGE)),
        ("deflate", zlib.compress(PAGE)[2:-4]),
        ("zstd", zstandard.ZstdCompressor().compress(PAGE)),
        ("gzip, deflate", zlib.compress(gzip.compress(PAGE, mtime=0))),
        ("identity", PAGE),
        ("utf-8", PAGE),
    ],
)
def test_encodings_are_undone_and_both_digests_kept(coding: str, wire: bytes) -> None:
    with raw_server(http_answer(wire, content_encoding=coding)) as server:
        fetched = fetch(server.url())
    assert (fetched.body, fetched.wire_size) == (PAGE, len(wire))
    assert (fetched.digest == fetched.wire_digest) == (wire == PAGE)
    assert b"Accept-Encoding: gzip, deflate, zstd\r\n" in server.requests[0]


@pytest.mark.parametrize(
    ("coding", "wire"),
    [
        ("gzip", gzip.compress(PAGE, mtime=0)[:-30]),
        ("gzip", gzip.compress(PAGE, mtime=0)[:5]),
        ("gzip", PAGE),
        ("gzip", gzip.compress(PAGE, mtime=0)[:-8] + bytes(8)),  # wrong checksum
        ("deflate", zlib.compress(PAGE)[:-20]),
        ("deflate", b"\xff" * 50),
        ("zstd", zstandard.ZstdCompressor().compress(PAGE)[:-3]),
        ("zstd", PAGE),
    ],
)
def test_a_broken_encoding_is_a_truncated_body(coding: str, wire: bytes) -> None:
    with raw_server(http_answer(wire, content_encoding=coding)) as server, pytest.raises(Truncated):
        fetch(server.url())


@pytest.mark.parametrize("coding", ["br", "compress", "gzip, gzip, gzip, gzip"])
def test_an_encoding_that_was_not_asked_for_is_unsupported(coding: str) -> None:
    with raw_server(http_answer(PAGE, content_encoding=coding)) as server, pytest.raises(UnsupportedContent):
        fetch(server.url())


def test_an_empty_body_is_an_answer_whatever_its_encoding() -> None:
    with raw_server(http_answer(b"", content_encoding="gzip")) as server:
        assert fetch(server.url()).body == b""


# --- cut short


@pytest.mark.parametrize(
    "answer",
    [
        http_answer(PAGE, content_length=str(len(PAGE) + 1)),
        chunked(PAGE, end=b""),
        chunked(PAGE, end=b"ff\r\nnot all of it"),
        chunked(PAGE, end=b"zz\r\n"),
    ],
    ids=["length", "no last chunk", "half a chunk", "no number"],
)
def test_a_body_cut_short_is_told_from_a_whole_one(answer: list[Sent]) -> None:
    with raw_server(answer) as server, pytest.raises(Truncated) as caught:
        fetch(server.url())
    assert caught.value.retryable


@pytest.mark.parametrize(
    "answer",
    [
        [],
        [b"\0\1\2 nonsense \r\n\r\n"],
        [b"SSH-2.0-OpenSSH_9.6\r\n"],
        [b"HTTP/1.1 two hundred\r\n\r\n"],
        [b"HTTP/1.1 200 OK\r\n" + b"X: " + b"y" * 70_000 + b"\r\n\r\n"],
        [b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-%d: y\r\n" % n for n in range(500)) + b"\r\n"],
    ],
    ids=["nothing", "bytes", "ssh", "no status", "long header", "many headers"],
)
def test_an_answer_that_is_no_http_is_a_failed_connection(answer: list[Sent]) -> None:
    with raw_server(answer) as server, pytest.raises(ConnectionFailed) as caught:
        fetch(server.url())
    assert caught.value.retryable


# --- time


def assert_timed_out_soon(url: str, **options: object) -> None:
    started = time.monotonic()
    with pytest.raises(TimedOut):
        fetch(url, **options)
    assert time.monotonic() - started < 2


def test_a_silent_server_runs_into_the_read_timeout() -> None:
    with raw_server([3.0]) as server:
        assert_timed_out_soon(server.url(), read_timeout=0.2)


def test_a_server_that_stops_midway_runs_into_the_read_timeout() -> None:
    with raw_server([*http_answer(PAGE[:50], content_length=str(len(PAGE))), 3.0]) as server:
        assert_timed_out_soon(server.url(), read_timeout=0.2)


OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"


@pytest.mark.parametrize(
    ("at_once", "dripped"),
    [
        (OK, b"X-Slow: " + b"y" * 500),
        (OK + b"Content-Length: 500\r\n\r\n", b"x" * 500),
        (OK + b"\r\n", b"x" * 500),  # ends where the connection does
        (OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n" * 100),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 100),
    ],
    ids=["headers", "body", "body without length", "chunks", "continues"],
)
def test_a_drip_runs_into_the_deadline(at_once: bytes, dripped: bytes) -> None:
    with raw_server(itertools.chain([at_once], drip(dripped, 0.02))) as server:
        assert_timed_out_soon(server.url(), read_timeout=5, deadline=0.4)


def test_the_deadline_counts_over_redirects() -> None:
    def slow_redirect(request: bytes) -> Iterator[Sent]:
        path = request.split()[1].decode()
        yield 0.15
        yield from http_answer(status="302 Found", location=f"{path}x")

    with raw_server(slow_redirect) as server:
        assert_timed_out_soon(server.url(), deadline=0.4, max_redirects=50)


def test_a_fetch_in_time_leaves_no_thread_behind() -> None:
    import threading  # noqa: PLC0415 - only here

    with raw_server(http_answer(PAGE)) as server:
        fetch(server.url())
    assert not [thread for thread in threading.enumerate() if isinstance(thread, threading.Timer)]


# --- whatever it is, it has a type


@pytest.mark.parametrize("status", ["203 Elsewhere", "204 No Content", "206 Partial", "300 Many", "304 Same", "999 No"])
def test_odd_statuses_are_typed(status: str) -> None:
    with raw_server(http_answer(status=status)) as server, pytest.raises(HttpStatus) as caught:
        fetch(server.url())
    assert caught.value.status == int(status[:3])
    assert isinstance(caught.value, FetchError)


def test_nobody_listening_is_a_failed_connection() -> None:
    with raw_server([]) as server:
        url = server.url()
    with pytest.raises(ConnectionFailed, match="refused"):
        fetch(url)
