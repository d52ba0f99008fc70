"""Which charset a text body is in, by the rules that browsers follow (https://html.spec.whatwg.org/#encoding-sniffing).

Two things differ. Bytes that are valid UTF-8 beyond ASCII are read as UTF-8 even where the server or the page says a
Western single-byte charset: such bytes are UTF-8 in practice, and a browser would show a reader rubbish there.
And where nothing is declared, bytes that are neither UTF-8 nor mostly ASCII go through charset-normalizer.
"""

from __future__ import annotations

import codecs
import re

import charset_normalizer
import webencodings

from monitor.fetch.media import HTML, PDF, XHTML

_PRESCANNED = 1024
_GUESSED_FROM = 64 * 1024  # charset-normalizer takes seconds for megabytes
_FALLBACK = "windows-1252"
_WESTERN_SHARE = 0.2  # of the bytes: more are beyond ASCII only where the alphabet is not the Latin one

# Codecs of Python that read what browsers read under these names (https://encoding.spec.whatwg.org/)
_CODECS = {
    "shift_jis": "cp932",
    "euc-kr": "cp949",
    "big5": "big5hkscs",
    "gbk": "gb18030",
    "iso-8859-8-i": "iso-8859-8",
    "x-mac-cyrillic": "mac-cyrillic",
    "windows-874": "cp874",
    "x-user-defined": _FALLBACK,
    "utf-16be": "utf-16-be",
    "utf-16le": "utf-16-le",
}
_SEVERAL_BYTES = frozenset(
    {"cp932", "cp949", "big5hkscs", "gb18030", "euc-jp", "iso-2022-jp", "utf-16-be", "utf-16-le", "utf-8"}
)
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_BE, "utf-16"), (codecs.BOM_UTF16_LE, "utf-16"))

_CHARSET_PARAMETER = re.compile(r";\s*charset\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s;,]+))", re.IGNORECASE)
_XML_DECLARATION = re.compile(rb"<\?xml\s[^>]*?\bencoding\s*=\s*[\"']([A-Za-z0-9._:-]+)[\"']", re.IGNORECASE)
_CHARSET_IN_CONTENT = re.compile(rb"charset\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s;\"']+))", re.IGNORECASE)

# The pieces of markup that the prescan tells apart, in the order in which it asks
_COMMENT = re.compile(rb"<!--(?:-?>|.*?-->|.*)", re.DOTALL)
_TAG = re.compile(rb"</?([A-Za-z][^\s/>]*)")
_OTHER_MARKUP = re.compile(rb"<[!/?][^>]*>?")
_ATTRIBUTE = re.compile(
    rb"[\s/]*+(?P<name>[^\s/>=]?[^\s/>=]*+)(?:\s*+=\s*+(?:\"(?P<double>[^\"]*)\"|'(?P<single>[^']*)'|(?P<bare>[^\s>\"'][^\s>]*)))?"
)


def charset(content_type: str | None, media_type: str, body: bytes) -> str | None:
    """The name of a Python codec that reads `body`, with errors replaced if need be. None for a PDF."""
    if media_type == PDF:
        return None
    for mark, codec in _MARKS:
        if body.startswith(mark):
            return codec
    declared = _from_header(content_type)
    if declared is None and media_type in (HTML, XHTML):
        declared = _from_meta(body[:_PRESCANNED]) or _from_xml_declaration(body[:_PRESCANNED])
    if declared in _SEVERAL_BYTES:
        return declared
    if _is_utf8(body):
        return declared if declared and body.isascii() else "utf-8"
    return declared or _guessed(body[:_GUESSED_FROM])


def codec_of(label: str) -> str | None:
    """The codec behind a label as browsers understand it (`latin1` is windows-1252); None for an unknown label."""
    encoding = webencodings.lookup(label)
    if encoding is None or encoding.name == "replacement":  # which browsers refuse to read
        return None
    return _CODECS.get(encoding.name, encoding.name)


def _from_header(content_type: str | None) -> str | None:
    match = _CHARSET_PARAMETER.search(content_type or "")
    return codec_of(next(filter(None, match.groups()), "")) if match else None


def _from_xml_declaration(start: bytes) -> str | None:
    match = _XML_DECLARATION.match(start)
    return _in_ascii_markup(match.group(1)) if match else None


def _from_meta(start: bytes) -> str | None:
    """What a `meta` element says, by the standard's "prescan a byte stream to determine its encoding"."""
    position = start.find(b"<")
    while position >= 0:
        comment = _COMMENT.match(start, position)
        tag = None if comment else _TAG.match(start, position)
        if comment:
            position = comment.end()
        elif tag:
            attributes, position = _attributes(start, tag.end())
            if tag.group().lower() == b"<meta":
                found = _meta_charset(attributes)
                if found:
                    return found
        else:
            other = _OTHER_MARKUP.match(start, position)
            position = other.end() if other else position + 1
        position = start.find(b"<", position)
    return None


def _attributes(start: bytes, position: int) -> tuple[dict[bytes, bytes], int]:
    """The attributes of a tag from here on, the first of each name, and where they end."""
    found: dict[bytes, bytes] = {}
    while position < len(start) and start[position : position + 1] != b">":
        match = _ATTRIBUTE.match(start, position)
        if match is None or match.end() == position:
            position += 1  # a lone quote or equals sign
            continue
        name = match["name"].lower()
        if name:
            found.setdefault(name, match["double"] or match["single"] or match["bare"] or b"")
        position = match.end()
    return found, position


def _meta_charset(attributes: dict[bytes, bytes]) -> str | None:
    if attributes.get(b"charset"):
        return _in_ascii_markup(attributes[b"charset"])
    if attributes.get(b"http-equiv", b"").strip().lower() != b"content-type":
        return None
    match = _CHARSET_IN_CONTENT.search(attributes.get(b"content", b""))
    return _in_ascii_markup(next(filter(None, match.groups()), b"")) if match else None


def _in_ascii_markup(label: bytes) -> str | None:
    """A charset that markup names which we could read: so it is no UTF-16, whatever it says."""
    codec = codec_of(label.decode("latin-1"))
    return "utf-8" if codec in ("utf-16-be", "utf-16-le") else codec


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _guessed(sample: bytes) -> str:
    if sum(byte > 0x7F for byte in sample) <= _WESTERN_SHARE * len(sample):  # noqa: PLR2004 - the last of ASCII
        return _FALLBACK  # a guess among Latin alphabets hangs on a few letters, and would flip between two visits
    best = charset_normalizer.from_bytes(sample, preemptive_behaviour=False).best()
    if best is None or best.encoding == "ascii":
        return _FALLBACK
    return codec_of(best.encoding) or best.encoding
