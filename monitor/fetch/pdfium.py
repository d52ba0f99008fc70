"""PDFium's side of reading a PDF: pages → lines of text with size, weight and place.

Run as a program it reads a PDF from standard input and writes a JSON array of lines, for `monitor.fetch.pdf`, which
keeps it in a process of its own: PDFium is C++ fed with files of strangers, and not safe for threads. So nothing of
this project is imported here, and the program starts in a moment.
"""

from __future__ import annotations

import ctypes
import json
import math
import re
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import Any, TypedDict

import pypdfium2
import pypdfium2.raw as pdfium_c

UNREADABLE = 3  # exit status: the reason stands on standard error

_MOST_CHARACTERS = 5_000_000  # of one document; the longest terms have 300,000
_LINE_BREAK_HYPHEN = "\x02"  # PDFium's mark for a hyphen that it takes for one of the line break
_BOLD_NAME = re.compile(r"bold|black|heavy|semi-?b|demi", re.IGNORECASE)
_BOLD_WEIGHT = 600
_FORCE_BOLD = 1 << 18  # font flag, ISO 32000-1 table 123
_STYLE_SAMPLES = 12  # characters of a line whose style is looked at
_WORD = re.compile(r"\w+")
_UNMAPPED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff\ud800-\udfff]")


class Unreadable(Exception):
    """The PDF cannot be read; the message says why."""


class Line(TypedDict):
    """The fields of a `monitor.text.pdf_lines.PdfLine`."""

    page: int
    text: str
    left: float
    right: float
    baseline: float
    size: float
    bold: bool
    links: list[tuple[int, int, str]]


@dataclass(frozen=True, slots=True)
class _Place:
    left: float
    right: float
    baseline: float  # upwards from the page's bottom, as PDFium has it


def read_lines(body: bytes, *, max_pages: int) -> list[Line]:
    """The lines of a PDF in reading order. Not safe for threads.

    Raises:
        Unreadable: it is broken, encrypted, too long, or holds no text.
    """
    try:
        document = pypdfium2.PdfDocument(body)
    except pypdfium2.PdfiumError as error:
        if getattr(error, "err_code", None) == pdfium_c.FPDF_ERR_PASSWORD:
            raise Unreadable("The PDF is encrypted and needs a password.") from error
        raise Unreadable(f"The PDF is broken: {error}") from error
    with closing(document):
        if len(document) > max_pages:
            raise Unreadable(f"The PDF has {len(document):,} pages, more than the {max_pages:,} that are read.")
        lines: list[Line] = []
        characters = 0
        for number in range(len(document)):
            for line in _page_lines(document, number):
                characters += len(line["text"])
                if characters > _MOST_CHARACTERS:
                    raise Unreadable(f"The PDF has more than {_MOST_CHARACTERS:,} characters of text.")
                lines.append(line)
        if not lines:
            raise Unreadable(f"The PDF has no text layer: its {len(document)} pages are pictures, or empty.")
        return lines


def _page_lines(document: Any, number: int) -> Iterator[Line]:
    try:
        page = document[number]
    except pypdfium2.PdfiumError as error:
        raise Unreadable(f"Page {number + 1} of the PDF is broken.") from error
    with closing(page), closing(page.get_textpage()) as text_page:
        reader = _PageReader(document, page, text_page, number)
        yield from reader.lines()


class _PageReader:
    """Reads one page while it is open."""

    def __init__(self, document: Any, page: Any, text_page: Any, number: int) -> None:
        self._text_page = text_page
        self._number = number
        self._height = page.get_height()
        self._links = list(_links(document, page))

    def lines(self) -> Iterator[Line]:
        """The page's lines, as PDFium orders them."""
        indices: list[int] = []
        text: list[str] = []
        for index in range(self._text_page.count_chars()):
            character = _character(pdfium_c.FPDFText_GetUnicode(self._text_page, index))
            if character in "\r\n":
                yield from self._line(indices, text)
                indices, text = [], []
            elif character == _LINE_BREAK_HYPHEN:  # PDFium goes on with the next line's words at once
                yield from self._line([*indices, index], [*text, "\u00ad"])
                indices, text = [], []
            else:
                indices.append(index)
                text.append(character)
        yield from self._line(indices, text)

    def _line(self, indices: list[int], text: list[str]) -> Iterator[Line]:
        shown = [place for place, character in enumerate(text) if not character.isspace()]
        if not shown:
            return
        start, end = shown[0], shown[-1] + 1
        indices, text = indices[start:end], text[start:end]
        inked = [index for index, character in zip(indices, text, strict=True) if not character.isspace()]
        places = [place for place in (self._place(inked[0]), self._place(inked[-1])) if place]
        if not places:
            return
        sample = inked[:: max(1, len(inked) // _STYLE_SAMPLES)]
        sizes = sorted(self._size(index) for index in sample)
        yield Line(
            page=self._number,
            text="".join(text),
            left=min(place.left for place in places),
            right=max(place.right for place in places),
            baseline=self._height - places[0].baseline,
            size=sizes[len(sizes) // 2],
            bold=sum(self._is_bold(index) for index in sample) * 2 > len(sample),
            links=self._links_in(indices, "".join(text)),
        )

    def _place(self, index: int) -> _Place | None:
        left, right, bottom, top = (ctypes.c_double() for _ in range(4))
        x, y = ctypes.c_double(), ctypes.c_double()
        if not pdfium_c.FPDFText_GetCharBox(self._text_page, index, left, right, bottom, top):
            return None
        if not pdfium_c.FPDFText_GetCharOrigin(self._text_page, index, x, y):
            return None
        return _Place(left.value, right.value, y.value)

    def _size(self, index: int) -> float:
        """The size as printed: many files set a font of size 1 and scale it."""
        size: float = pdfium_c.FPDFText_GetFontSize(self._text_page, index)
        matrix = pdfium_c.FS_MATRIX()
        if pdfium_c.FPDFText_GetMatrix(self._text_page, index, matrix):
            size *= math.hypot(matrix.b, matrix.d) or 1.0
        return size if size > 0 else 1.0

    def _is_bold(self, index: int) -> bool:
        flags = ctypes.c_int()
        name = ctypes.create_string_buffer(128)
        pdfium_c.FPDFText_GetFontInfo(self._text_page, index, name, len(name), flags)
        return (
            pdfium_c.FPDFText_GetFontWeight(self._text_page, index) >= _BOLD_WEIGHT
            or bool(flags.value & _FORCE_BOLD)
            or _BOLD_NAME.search(name.value.decode("utf-8", "replace")) is not None
        )

    def _links_in(self, indices: list[int], text: str) -> list[tuple[int, int, str]]:
        if not self._links:
            return []
        targets = [self._target_at(index) for index in indices]
        for word in _WORD.finditer(text):  # a link's rectangle is drawn roughly, but its author meant whole words
            start, end = word.span()
            (target, count), *_ = Counter(targets[start:end]).most_common(1)
            targets[start:end] = [target if count * 2 > end - start else None] * (end - start)
        found: list[tuple[int, int, str]] = []
        start = 0
        for end in range(1, len(targets) + 1):
            if end == len(targets) or targets[end] != targets[start]:
                target = targets[start]
                words = text[start:end].strip()
                if target is not None and words:
                    first = text.index(words, start)
                    found.append((first, first + len(words), target))
                start = end
        return found

    def _target_at(self, index: int) -> str | None:
        place = self._place(index)
        if place is None:
            return None
        x = (place.left + place.right) / 2
        for left, bottom, right, top, target in self._links:
            if left <= x <= right and bottom - 1 <= place.baseline <= top:
                return target
        return None


def _links(document: Any, page: Any) -> Iterator[tuple[float, float, float, float, str]]:
    """The page's web links: left, bottom, right, top, target."""
    position, link = ctypes.c_int(0), pdfium_c.FPDF_LINK()
    while pdfium_c.FPDFLink_Enumerate(page, position, link):
        rectangle = pdfium_c.FS_RECTF()
        action = pdfium_c.FPDFLink_GetAction(link)
        if not action or not pdfium_c.FPDFLink_GetAnnotRect(link, rectangle):
            continue
        size = pdfium_c.FPDFAction_GetURIPath(document, action, None, 0)
        buffer = ctypes.create_string_buffer(max(size, 1))
        pdfium_c.FPDFAction_GetURIPath(document, action, buffer, size)
        target = buffer.value.decode("utf-8", "replace")
        if target:
            yield rectangle.left, rectangle.bottom, rectangle.right, rectangle.top, target


def _character(code: int) -> str:
    if code == ord(_LINE_BREAK_HYPHEN):
        return _LINE_BREAK_HYPHEN
    if code in (0xA, 0xD):
        return chr(code)
    character = chr(code) if code <= sys.maxunicode else "\ufffd"
    return "\ufffd" if _UNMAPPED.match(character) else character


def _limit_memory(limit: int) -> None:
    """Keep this process below so many bytes, where the system can."""
    with suppress(ImportError, ValueError, OSError):
        import resource  # noqa: PLC0415 - POSIX alone has it

        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def main(max_pages: str, max_memory: str) -> int:
    """Turn the PDF on standard input into lines on standard output."""
    _limit_memory(int(max_memory))
    try:
        lines = read_lines(sys.stdin.buffer.read(), max_pages=int(max_pages))
    except Unreadable as error:
        sys.stderr.write(str(error))
        return UNREADABLE
    json.dump(lines, sys.stdout)  # all ASCII
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
