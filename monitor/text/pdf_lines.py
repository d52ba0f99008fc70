"""Lines of a PDF page as they are printed, and what is usual between them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

_USUAL_LEADING = 1.2  # of typesetting programs, where a document is too short to tell
_FARTHEST = 3.0  # lines farther apart than so many sizes do not follow each other
SAME_SIZE = 0.6  # points: sizes that differ by less look the same
WIDER_LEADING = 1.3  # more than so many times the usual distance of lines parts paragraphs
LINE_END_HYPHENS = ("-", "\u2010", "\u00ad")


@dataclass(frozen=True, slots=True, kw_only=True)
class PdfLine:
    """One line of text as printed. Lengths are points; `baseline` and `page_height` are measured from the page's top.

    A soft hyphen at the end of `text` is a hyphen that the PDF's reader takes for one of the line break alone.
    `links` are (start, end, target) in `text`.
    """

    page: int  # from 0
    text: str
    left: float
    right: float
    baseline: float
    size: float
    bold: bool = False
    links: Sequence[tuple[int, int, str]] = ()


def usual_leading(lines: Sequence[PdfLine]) -> float:
    """How far apart the baselines of lines that follow each other mostly are, as a multiple of their size."""
    distances = _distances(lines)
    if not distances:
        return _USUAL_LEADING
    # The least of those that are as common: paragraphs stand wider apart.
    counted = Counter(round(distance, 1) for distance in distances)
    return max(counted, key=lambda each: (counted[each], -each))


def _distances(lines: Sequence[PdfLine]) -> list[float]:
    """Distances of the baselines of lines that follow each other, as multiples of their size."""
    return [
        (below.baseline - above.baseline) / above.size
        for above, below in pairwise(lines)
        if above.page == below.page and 0 < below.baseline - above.baseline < _FARTHEST * above.size
    ]
