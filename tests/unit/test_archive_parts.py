"""The small parts of the archive clients."""

from __future__ import annotations

import gzip
import zlib
from datetime import UTC, datetime

import pytest
import zstandard

from monitor.archive.bookmark import Bookmark
from monitor.archive.cdx import repair, without_default_port
from monitor.archive.content import charset_of, media_type_of
from monitor.archive.encoding import Undecodable, decode
from monitor.archive.linkformat import parse
from monitor.archive.playback import original_headers, stamp_and_url
from monitor.archive.stamps import moment_of, stamp_of
from monitor.model import ArchiveRow

CAP = 1000


@pytest.mark.parametrize(
    ("stamp", "moment"),
    [
        ("20120229235959", datetime(2012, 2, 29, 23, 59, 59, tzinfo=UTC)),
        ("20000008241731", datetime(2000, 8, 24, 17, 31, tzinfo=UTC)),  # 00 pushed in before the month
        ("20000800241731", datetime(2000, 8, 24, 17, 31, tzinfo=UTC)),  # before the day
        ("20130231000000", datetime(2013, 2, 28, tzinfo=UTC)),
        ("20131301246060", datetime(2013, 12, 1, 23, 59, 59, tzinfo=UTC)),
        ("2013", datetime(2013, 1, 1, tzinfo=UTC)),
        ("201306", datetime(2013, 6, 1, tzinfo=UTC)),
        ("20130607080910999", datetime(2013, 6, 7, 8, 9, 10, tzinfo=UTC)),
        ("00000000000000", datetime(1, 1, 1, tzinfo=UTC)),
    ],
)
def test_stamps(stamp: str, moment: datetime) -> None:
    assert moment_of(stamp) == moment


@pytest.mark.parametrize("stamp", ["", "201", "today", "２０１２", "2012-01-01"])
def test_no_stamps(stamp: str) -> None:
    with pytest.raises(ValueError, match="no time stamp"):
        moment_of(stamp)


def test_stamps_there_and_back() -> None:
    moment = datetime(2012, 3, 4, 5, 6, 7, tzinfo=UTC)
    assert moment_of(stamp_of(moment)) == moment


@pytest.mark.parametrize(
    ("url", "cleaned"),
    [
        ("http://a.example:80/x", "http://a.example/x"),
        ("http://a.example:80", "http://a.example"),
        ("https://a.example:443/x?y=:443/", "https://a.example/x?y=:443/"),
        ("http://a.example:8080/x", "http://a.example:8080/x"),
        ("http://a.example/b:80/", "http://a.example/b:80/"),
        ("https://a.example:80/", "https://a.example:80/"),
    ],
)
def test_default_ports(url: str, cleaned: str) -> None:
    assert without_default_port(url) == cleaned


def test_a_line_too_short_to_name_a_capture() -> None:
    assert repair("example)/ 20120101000000") is None
    assert repair("example)/ yesterday http://example/ text/html 200 X 1") is None


class TestEncoding:
    text = b"We keep it. " * 20

    @pytest.mark.parametrize(
        ("name", "wire"),
        [
            ("gzip", gzip.compress(text, mtime=0)),
            ("x-gzip", gzip.compress(text[:100], mtime=0) + gzip.compress(text[100:], mtime=0)),
            ("gzip", gzip.compress(text, mtime=0) + b"\0\0\0"),
            ("deflate", zlib.compress(text)),
            ("deflate", zlib.compress(text)[2:-4]),
            ("zstd", zstandard.compress(text)),
            ("zstd", text),
            ("identity", text),
            ("UTF-8", text),
            ("deflate, gzip", gzip.compress(zlib.compress(text), mtime=0)),
            (" ", text),
        ],
    )
    def test_undone(self, name: str, wire: bytes) -> None:
        assert decode(wire, (("Content-Encoding", name), ("content-encoding", "")), cap=CAP) == self.text

    def test_nothing_stays_nothing(self) -> None:
        assert decode(b"", (("Content-Encoding", "br"),), cap=CAP) == b""

    @pytest.mark.parametrize(
        ("name", "wire"),
        [
            ("gzip", gzip.compress(b"x" * 1001, mtime=0)),
            ("zstd", zstandard.compress(b"x" * 1001)),
            ("zstd", zstandard.compress(text)[:-3]),
            ("zstd", b"\x28\xb5\x2f\xfd certainly not"),
            ("deflate", b"certainly not deflated"),
            ("deflate", zlib.compress(text)[:-9]),
            ("exi", b"x"),
        ],
    )
    def test_not_to_be_undone(self, name: str, wire: bytes) -> None:
        with pytest.raises(Undecodable):
            decode(wire, (("Content-Encoding", name),), cap=CAP)


class TestContent:
    @pytest.mark.parametrize(
        ("body", "said", "fallback", "expected"),
        [
            (b"", "Text/HTML; charset=x", "", "text/html"),
            (b"", "", "text/plain", "text/plain"),
            (b"%PDF-1.4", "", "warc/revisit", "application/pdf"),
            (b"%PDF-1.4", "application/octet-stream", "", "application/pdf"),
            (b" <!DOCTYPE html><p>", "html", "unk/unk", "text/html"),
            (b"Privacy", "", "", "text/plain"),
            (b"\0\1", "", "", "application/octet-stream"),
        ],
    )
    def test_media_type(self, body: bytes, said: str, fallback: str, expected: str) -> None:
        assert media_type_of(body, (("Content-Type", said),), fallback) == expected

    @pytest.mark.parametrize(
        ("body", "said", "expected"),
        [
            ("ü".encode(), "text/html; charset=UTF-8", "utf-8"),
            ("ü".encode("latin-1"), "text/html; charset=utf-8", "windows-1252"),
            (b'<meta charset="windows-1250">\xe8', "text/html", "cp1250"),
            (b"\xef\xbb\xbfhello", "text/html; charset=latin-1", "utf-8-sig"),
            (b"hello", "text/html; charset=no-such-thing", "utf-8"),
            ("hi".encode("utf-16"), "text/html", "utf-16"),
        ],
    )
    def test_charset(self, body: bytes, said: str, expected: str) -> None:
        assert charset_of(body, (("Content-Type", said),), "text/html") == expected

    def test_binary_has_none(self) -> None:
        assert charset_of(b"%PDF", (), "application/pdf") is None


def test_links() -> None:
    text = """<http://a.example/?x=1,2;3>; rel="original",
 <http://w.example/20120101000000/http://a.example/?x=1,2;3>;rel="first memento";
 datetime="Sun, 01 Jan 2012 00:00:00 GMT",
<http://w.example/2>; rel=memento; datetime="no date", rubbish,
<http://w.example/tm/2>; rel="timemap"; type="a/b"; until"""
    original, first, second, page = parse(text)
    assert original.target == "http://a.example/?x=1,2;3"
    assert first.relations == {"first", "memento"}
    assert first.moment == datetime(2012, 1, 1, tzinfo=UTC)
    assert second.relations == {"memento"}
    assert second.moment is None
    assert page.relations == {"timemap"}


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("/web/20120101000000id_/http://a.example/?q=1", ("20120101000000", "http://a.example/?q=1")),
        ("https://w.example/c/2012/https%3A%2F%2Fa.example%2F", ("2012", "https://a.example/")),
        ("http://live.example/2012/news", None),
        ("/privacy", None),
    ],
)
def test_addresses_of_an_archive(location: str, expected: tuple[str, str] | None) -> None:
    assert stamp_and_url(location) == expected


def test_headers_of_then() -> None:
    headers = (
        ("X-Archive-Orig-Server", "nginx"),
        ("Content-Type", "text/html"),
        ("x-archive-orig-content-type", "text/plain"),
        ("X-Powered-By", "PHP"),
        ("Server", "archive"),
        ("X-Archive-Src", "file.warc.gz"),
    )
    assert original_headers(headers, prefixed=True) == (("Server", "nginx"), ("content-type", "text/plain"))
    assert ("X-Powered-By", "PHP") in original_headers(headers, prefixed=False)
    assert len(original_headers(headers, prefixed=False)) == 3


def test_a_bookmark_there_and_back() -> None:
    moment = datetime(2012, 1, 1, tzinfo=UTC)
    row = ArchiveRow(url="http://a.example/", stamp="20120101000000", taken=moment, digest="X")
    mark = Bookmark(key="k", pages=["p"])
    assert mark.keep_new([row, row]) == (row,)
    again = Bookmark.parse("http://a.example/", mark.token())
    assert again == mark
    assert again.keep_new([row]) == ()
