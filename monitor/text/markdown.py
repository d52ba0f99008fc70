"""Markdown → HTML, with what converters of web pages get wrong put right first."""

from __future__ import annotations

import re
from datetime import date

from markdown_it import MarkdownIt

from monitor.model import Provenance

_BLANK_LINE = re.compile(r"(\n[ \t]*\n)")
_SIGNS = re.compile(
    r"^#{1,6}\s+\S|^\*\*[^*\n]+\*\*\s*$|^[^\n]+\n(?:={3,}|-{3,})\s*$|\]\((?:https?:|mailto:|/|#)|^>\s*\S|^\|.+\|\s*$",
    re.MULTILINE,
)
_ENOUGH_SIGNS = 2
_QUOTE = re.compile(r"\A\s*((?:>[^\n]*(?:\n|\Z))+)")
_ARCHIVE_URL = re.compile(r"https?://[^\s()\[\]<>]+/(\d{4})(\d{2})(\d{2})\d{0,6}(?:[a-z]{2}_)?/[^\s()\[\]<>]+")
_ISO_DATE = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})\b")
_SNIFFED = 20_000  # characters
_LONGEST = 5_000_000  # characters; the parser takes a second for a few of them


def looks_like_markdown(text: str) -> bool:
    """Whether plain text is written in Markdown: an origin quote, or several of its signs."""
    head = text[:_SNIFFED]
    if split_provenance(head)[1] is not None:
        return True
    return sum(1 for _ in zip(_SIGNS.finditer(head), range(_ENOUGH_SIGNS), strict=False)) >= _ENOUGH_SIGNS


def split_provenance(text: str) -> tuple[str, Provenance | None]:
    """Take a leading quote that names an archived copy off a text: (the rest, where it comes from)."""
    quote = _QUOTE.match(text)
    address = _ARCHIVE_URL.search(quote[1]) if quote else None
    if quote is None or address is None:
        return text, None
    said = _ISO_DATE.search(quote[1].replace(address[0], ""))
    return text[quote.end() :], Provenance(archive_url=address[0], captured=_date(*(said or address).groups()[:3]))


def _date(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def render(source: str) -> str:
    """Markdown as HTML (CommonMark with tables); raw HTML in it stays HTML."""
    source = "".join(map(_mend_bold, _BLANK_LINE.split(source[:_LONGEST])))
    parser = MarkdownIt("commonmark", {"html": True}).enable("table")
    html: str = parser.render(source)
    return html


def _mend_bold(paragraph: str) -> str:
    r"""Make pairs of "**" that CommonMark takes for bold.

    Converters write "**Title ** text", or "**Title** **  \n** text" where a page closed and opened bold around a line
    break. A paragraph whose marks do not pair, or that holds code, stays as it is.
    """
    parts = paragraph.split("**")
    if len(parts) < 3 or not len(parts) % 2 or "`" in paragraph or "***" in paragraph:  # noqa: PLR2004 - one pair
        return paragraph
    out = [parts[0]]
    for bold, plain in zip(parts[1::2], parts[2::2], strict=True):
        words = bold.strip()
        if not words:
            out += (bold, plain)
            continue
        start = bold.index(words)
        out += (bold[:start], "**", words, "**", bold[start + len(words) :], plain)
    return "".join(out)
