"""What an archived body is: its media type and character set, from headers that may be wrong or missing."""

from __future__ import annotations

import codecs
import re

from monitor.model import Headers

SNIFFED = 4096  # bytes in which a page may say its charset; HTML asks for the first 1024, old pages are late
_META = re.compile(rb"""<meta[^>]{0,200}charset\s*=\s*["']?\s*([a-zA-Z0-9_:.-]{2,40})""", re.IGNORECASE)
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_TEXTUAL = ("text/", "application/xhtml+xml", "application/xml", "application/json")


def media_type_of(body: bytes, headers: Headers, fallback: str = "") -> str:
    """Lowercase, without parameters. `fallback` is what the index says. Without either, from the first bytes."""
    for value in (_content_type(headers), fallback):
        name = value.partition(";")[0].strip().lower()
        if "/" in name and not name.startswith("warc/") and name not in {"unk/unk", "application/octet-stream"}:
            return name
    head = body[:SNIFFED].lstrip().lower()
    if head.startswith(b"%pdf-"):
        return "application/pdf"
    if head.startswith(b"<?xml") or b"<html" in head or b"<!doctype html" in head or b"<body" in head:
        return "text/html"
    return "text/plain" if b"\0" not in head else "application/octet-stream"


def charset_of(body: bytes, headers: Headers, media_type: str) -> str | None:
    """One that decodes the body, in the order that browsers keep; None for binary types."""
    if not media_type.startswith(_TEXTUAL):
        return None
    for mark, name in _MARKS:
        if body.startswith(mark):
            return name
    said = re.search(r"charset\s*=\s*[\"']?([\w:.-]+)", _content_type(headers), re.IGNORECASE)
    meta = _META.search(body[:SNIFFED])
    for label in (said and said.group(1), meta and meta.group(1).decode("ascii"), "utf-8"):
        if label and _decodes(body, label):
            return codecs.lookup(label).name
    return "windows-1252"  # what browsers take a page without a word for


def _decodes(body: bytes, label: str) -> bool:
    try:
        body.decode(label)
    except (LookupError, ValueError):
        return False
    return True


def _content_type(headers: Headers) -> str:
    return next((value for name, value in headers if name.lower() == "content-type"), "")
