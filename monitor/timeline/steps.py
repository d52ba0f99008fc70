"""Where to look in a gap: in the middle, at an end, and aside from what was fetched in vain."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise

from monitor.timeline.chart import Chart, Gap

# At either end: the outermost capture first; where that one fails, so many places further in.
STEPS_INSIDE = (0, 1, 3, 7)


def within(chart: Chart, gap: Gap, *, share: float = 0.5) -> int | None:
    """The place nearest to that share of a gap's time.

    Each one fetched in vain pushes the next further aside, on both sides in turn and twice as far each time: a single
    bad capture costs one more look, and a year of them a few. None: tried at every distance.
    """
    moment = chart.start(gap) + (chart.end(gap) - chart.start(gap)) * share
    aside = 1 << (gap.failed - 1) // 2 if gap.failed else 0
    return chart.place_near(moment, low=gap.left + 1, high=gap.right - 1, aside=aside)


def outermost(chart: Chart) -> Iterator[int]:
    """The first and the last place, or some steps in where those failed."""
    last = len(chart.runs) - 1
    head, tail = chart.gaps.get(-1), chart.gaps.get(chart.shown[-1] if chart.shown else -1)
    if head is not None:
        yield from _step_inside(chart, head, [0 + step for step in STEPS_INSIDE])
    if tail is not None:
        yield from _step_inside(chart, tail, [last - step for step in STEPS_INSIDE])


def within_blank(chart: Chart, gap: Gap, *, widest: timedelta) -> int | None:
    """At an end, or where nothing was shown at all: the middle of the widest part between captures that failed.

    None once no such part is wider than `widest`.
    """
    marks = [gap.left, *chart.failed_in(gap), gap.right]
    best: tuple[timedelta, int, int] | None = None
    for left, right in pairwise(marks):
        if right - left > 1:
            width = chart.runs[min(right, len(chart.runs) - 1)].first - chart.runs[max(left, 0)].last
            if best is None or width > best[0]:
                best = (width, left, right)
    if best is None or best[0] <= widest:
        return None
    width, left, right = best
    return chart.place_near(chart.runs[max(left, 0)].last + width / 2, low=left + 1, high=right - 1)


def _step_inside(chart: Chart, gap: Gap, places: list[int]) -> Iterator[int]:
    for place in places:
        if not gap.left < place < gap.right:
            return
        if chart.is_unknown(place):
            yield place
            return
