"""Headers, footers and page numbers of a PDF: what repeats at the edges of its pages is no part of its text."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from statistics import median

from monitor.text.pdf_lines import SAME_SIZE, WIDER_LEADING, PdfLine, usual_leading

_EDGE_LINES = 3  # at the top and the bottom of a page: that many lines may be running headers or footers
_EDGE_SHARE = 0.4  # on so many pages a running line stands: less than half, as even and odd pages may differ
_SAME_PLACE = 6.0  # points
_LONGEST_RUNNING = 160  # characters
_DIGITS = re.compile(r"\d+|(?<=\s)[ivxlc]+$")


def without_running_lines(lines: Sequence[PdfLine]) -> list[PdfLine]:
    """Leave out headers, footers and page numbers: what stands in the same place of many pages, numbers aside."""
    pages: dict[int, list[PdfLine]] = defaultdict(list)
    for line in lines:
        pages[line.page].append(line)
    usual = usual_leading(lines)
    at_edge: dict[tuple[str, bool], list[PdfLine]] = defaultdict(list)
    for page in pages.values():
        ordered = sorted(page, key=lambda line: line.baseline)
        for top, inwards in ((True, ordered), (False, ordered[::-1])):
            for line in _apart(inwards, usual):
                at_edge[_DIGITS.sub("#", " ".join(line.text.split()).casefold()), top].append(line)
    running: set[int] = set()
    for (text, _top), group in at_edge.items():
        middle = median(line.baseline for line in group)
        placed = [line for line in group if abs(line.baseline - middle) <= _SAME_PLACE]
        on_pages = len({line.page for line in placed})
        if len(text) <= _LONGEST_RUNNING and on_pages >= max(2, _EDGE_SHARE * len(pages)):
            running.update(id(line) for line in placed)
    return [line for line in lines if id(line) not in running]


def _apart(inwards: Sequence[PdfLine], usual: float) -> Sequence[PdfLine]:
    """The first lines from a page's edge inwards, if they stand apart from the text by distance or by size."""
    for count in range(1, min(_EDGE_LINES, len(inwards) - 1) + 1):
        outer, inner = inwards[count - 1], inwards[count]
        distance = abs(outer.baseline - inner.baseline) / max(outer.size, inner.size)
        if distance > usual * WIDER_LEADING or abs(outer.size - inner.size) > SAME_SIZE:
            return inwards[:count]
    return ()
