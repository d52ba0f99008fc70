"""What a body is: its media type, from the header checked against the bytes themselves."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

HTML = "text/html"
XHTML = "application/xhtml+xml"
PLAIN = "text/plain"
MARKDOWN = "text/markdown"
PDF = "application/pdf"

ACCEPT = f"{HTML}, {XHTML}, {PDF};q=0.9, {MARKDOWN};q=0.8, {PLAIN};q=0.8, */*;q=0.1"

_ALIASES = {
    "application/x-pdf": PDF,
    "text/pdf": PDF,
    "text/x-markdown": MARKDOWN,
    "text/vnd.daringfireball.markdown": MARKDOWN,
    "application/vnd.wap.xhtml+xml": XHTML,
}
_READ = frozenset({HTML, XHTML, PLAIN, MARKDOWN, PDF})
_XML = frozenset({"text/xml", "application/xml"})
_SAYS_NOTHING = frozenset(  # what servers send for files they do not know, or to force a download
    {
        "application/octet-stream",
        "binary/octet-stream",
        "application/binary",
        "application/download",
        "application/x-download",
        "application/force-download",
        "application/unknown",
        "unknown/unknown",
        "*/*",
    }
)
_MEDIA_TYPE = re.compile(r"[!#$%&'*+.^_`|~0-9a-z-]+/[!#$%&'*+.^_`|~0-9a-z-]+")

# https://mimesniff.spec.whatwg.org/: how much is looked at, the tags that make a page, the bytes that no text has
_SNIFFED = 1445
_HTML_START = re.compile(
    rb"(?:<!doctype html|<(?:html|head|script|iframe|h1|div|font|table|a|style|title|b|body|br|p"  # the standard's
    rb"|meta|link|main|section|article|header|nav|ul|ol|span|h2))[\s>/]|<!--",
    re.IGNORECASE,
)
_BINARY = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]")
_BYTE_ORDER_MARKS = (b"\xef\xbb\xbf", b"\xfe\xff", b"\xff\xfe")
_PDF_WITHIN = 1024  # readers accept that much before the magic (ISO 32000 appendix H, note 13)
_MARKDOWN_SUFFIXES = (".md", ".markdown", ".mdown", ".mkd")
_WHOLE_PAGE = re.compile(rb"<!doctype html|<html[\s>]", re.IGNORECASE)


def is_readable(content_type: str | None) -> bool:
    """Whether a body under this header may hold a policy at all, told before a byte of it is read."""
    declared = _declared(content_type)
    return declared is None or declared in _READ | _XML | _SAYS_NOTHING


def media_type(content_type: str | None, url: str, body: bytes) -> str | None:
    """The media type to read a body as, in lower case without parameters; None when it holds no policy.

    `content_type` is the header as sent. One of the types that we read comes out: HTML, XHTML, plain text, Markdown
    or PDF.
    """
    declared = _declared(content_type)
    start = _start(body)
    pdf_within = b"%PDF-" in body[:_PDF_WITHIN]
    if not is_readable(content_type):
        found = None
    elif start.startswith(b"%PDF-"):
        found = PDF
    elif declared == PDF:  # or an error page under the type of the file that is not there
        found = HTML if _HTML_START.match(start) and not pdf_within else PDF
    elif declared in _XML:
        found = XHTML if _WHOLE_PAGE.search(start) else None
    elif declared is None or declared in _SAYS_NOTHING:
        found = PDF if pdf_within else _sniffed(start, url, empty=HTML)
    elif declared == PLAIN:
        found = _sniffed(start, url, empty=PLAIN)
    else:
        found = None if _is_binary(start) else declared
    return found


def _declared(content_type: str | None) -> str | None:
    if content_type is None:
        return None
    essence = content_type.partition(";")[0].strip().lower()
    if not _MEDIA_TYPE.fullmatch(essence):
        return None
    return _ALIASES.get(essence, essence)


def _start(body: bytes) -> bytes:
    """The first bytes that matter, in ASCII as far as they are ASCII."""
    head = body[: 2 * _SNIFFED]
    for mark, encoding in zip(_BYTE_ORDER_MARKS, ("utf-8", "utf-16-be", "utf-16-le"), strict=True):
        if head.startswith(mark):
            head = head[len(mark) :].decode(encoding, "ignore").encode("ascii", "replace")
    return head.lstrip()[:_SNIFFED]


def _is_binary(start: bytes) -> bool:
    return _BINARY.search(start) is not None


def _sniffed(start: bytes, url: str, *, empty: str) -> str | None:
    if not start:
        return empty
    if _is_binary(start):
        return None
    markdown = urlsplit(url).path.lower().endswith(_MARKDOWN_SUFFIXES)
    if markdown:  # which may well begin with a tag or a comment
        return HTML if _WHOLE_PAGE.match(start) else MARKDOWN
    if start.startswith(b"<?xml"):
        return XHTML if _WHOLE_PAGE.search(start) else None
    return HTML if _HTML_START.match(start) else PLAIN
