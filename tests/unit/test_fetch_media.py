from __future__ import annotations

import pytest

from monitor.fetch.media import HTML, MARKDOWN, PDF, PLAIN, XHTML, is_readable, media_type

PAGE = b"<!DOCTYPE html><html><p>We keep logs.</p>"
TEXT = b"Privacy policy\n\nWe keep logs.\n"
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
XML = b"<?xml version='1.0'?><!DOCTYPE html PUBLIC '-//W3C//DTD XHTML 1.0'><html xmlns='http://www.w3.org/1999/xhtml'>"
RSS = b"<?xml version='1.0'?><rss><channel/></rss>"
URL = "https://a.example/privacy"


@pytest.mark.parametrize(
    ("content_type", "url", "body", "expected"),
    [
        ("text/html; charset=utf-8", URL, PAGE, HTML),
        ("Text/HTML", URL, b"", HTML),
        ("text/html", URL, b"%PDF-1.7\n...", PDF),
        ("text/html", URL, PNG, None),
        ("application/xhtml+xml", URL, XML, XHTML),
        ("application/vnd.wap.xhtml+xml", URL, XML, XHTML),
        ("application/xml", URL, XML, XHTML),
        ("text/xml", URL, RSS, None),
        ("text/plain", URL, TEXT, PLAIN),
        ("text/plain", URL, b"", PLAIN),
        ("text/plain", URL, b"  \n<!doctype HTML><p>", HTML),
        ("text/plain", URL, b"<p>We keep logs.</p>", HTML),
        ("text/plain", URL, b"<pre>", PLAIN),
        ("text/plain", URL, b"< 5 years: we keep logs", PLAIN),
        ("text/plain", URL, b"\xff\xfe<\0h\0t\0m\0l\0>\0", HTML),
        ("text/plain", URL, b"\xef\xbb\xbf<html>", HTML),
        ("text/plain", URL, b"PK\3\4", None),
        ("text/plain", "https://a.example/POLICY.md?raw=1", TEXT, MARKDOWN),
        ("text/plain", "https://a.example/policy.md", b"<!-- a comment -->\n# Policy", MARKDOWN),
        ("text/plain", "https://a.example/policy.md", PAGE, HTML),
        ("text/markdown; variant=GFM", URL, TEXT, MARKDOWN),
        ("text/x-markdown", URL, TEXT, MARKDOWN),
        ("application/pdf", URL, b"%PDF-1.4", PDF),
        ("application/pdf", URL, b"\n\r junk %PDF-1.4", PDF),
        ("application/pdf", URL, b"no pdf at all", PDF),
        ("application/pdf", URL, PAGE, HTML),
        ("application/x-pdf", URL, b"%PDF-1.4", PDF),
        ("application/octet-stream", URL, b"%PDF-1.4", PDF),
        ("application/octet-stream", URL, b"junk\0%PDF-1.4", PDF),
        ("application/octet-stream", URL, PAGE, HTML),
        ("application/octet-stream", "https://a.example/policy.md", TEXT, MARKDOWN),
        ("application/octet-stream", URL, PNG, None),
        (None, URL, PAGE, HTML),
        (None, URL, XML, XHTML),
        (None, URL, RSS, None),
        (None, URL, TEXT, PLAIN),
        (None, URL, b"", HTML),
        ("", URL, TEXT, PLAIN),
        ("html", URL, PAGE, HTML),
        ("garbage/", URL, TEXT, PLAIN),
        ("application/json", URL, b"{}", None),
        ("image/svg+xml", URL, b"<svg/>", None),
        ("application/msword", URL, b"\xd0\xcf\x11\xe0", None),
        ("text/css", URL, b"p{}", None),
    ],
)
def test_the_type_is_what_the_bytes_are(content_type: str | None, url: str, body: bytes, expected: str | None) -> None:
    assert media_type(content_type, url, body) == expected


def test_a_header_alone_may_rule_a_body_out() -> None:
    assert [
        is_readable(each) for each in ("video/mp4", "application/json; v=1", "text/html", "text/xml", None, "?")
    ] == [
        False,
        False,
        True,
        True,
        True,
        True,
    ]
