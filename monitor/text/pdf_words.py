"""The words of a PDF's lines as HTML: line breaks and their hyphens undone, links around what they stand on."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from html import escape

from monitor.text.pdf_lines import LINE_END_HYPHENS, PdfLine

_WORD = re.compile(r"[^\W\d_]+(?:[-\u2010][^\W\d_]+)*")


def words_of(lines: Iterable[PdfLine]) -> Counter[str]:
    """How often each word stands in a document: whether a hyphen at a line's end is the word's own."""
    return Counter(word.lower() for line in lines for word in _WORD.findall(line.text))


def joined(lines: Sequence[PdfLine], words: Counter[str]) -> str:
    """The lines' words as HTML, line breaks and their hyphens undone, links around their words."""
    out: list[str] = []
    for number, line in enumerate(lines):
        text = line.text
        glue = ""
        if number + 1 < len(lines):
            following = lines[number + 1].text.lstrip()
            text, glue = _end_of_line(text.rstrip(), following, words)
        out.append(_linked(text, line.links) + glue)
    html = "".join(out).replace("\u00ad", "").strip()
    return re.sub(r"</a>( ?)<a href=\"([^\"]*)\">", _same_link, html)


def _same_link(match: re.Match[str]) -> str:
    before = match.string[: match.start()].rpartition('<a href="')[2].partition('"')[0]
    return match.group(1) if before == match.group(2) else match.group(0)


def _end_of_line(text: str, following: str, words: Counter[str]) -> tuple[str, str]:
    """A line's text without the hyphen of its break, and what stands between it and the next line."""
    if not text.endswith(LINE_END_HYPHENS):
        return text, " "
    stem = text[:-1]
    before, after = _last_word(stem), _first_word(following)
    if not before or not after or not after[0].islower():
        return (stem if text.endswith("\u00ad") and not before else stem + "-"), ""
    whole, compound = words[(before + after).lower()], words[f"{before}-{after}".lower()]
    return (stem + "-" if compound > whole else stem), ""


def _last_word(text: str) -> str:
    found = re.search(r"[^\W\d_]+$", text)
    return found.group() if found else ""


def _first_word(text: str) -> str:
    found = re.match(r"[^\W\d_]+", text)
    return found.group() if found else ""


def _linked(text: str, links: Iterable[tuple[int, int, str]]) -> str:
    out: list[str] = []
    done = 0
    for start, end, target in sorted(links):
        first, last = max(start, done), min(end, len(text))
        if first < last and text[first:last].strip():
            out.append(escape(text[done:first]))
            out.append(f'<a href="{escape(target)}">{escape(text[first:last])}</a>')
            done = last
    out.append(escape(text[done:]))
    return "".join(out)
