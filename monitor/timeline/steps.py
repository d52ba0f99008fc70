"""Where to look in a gap: in the middle, at an end, and aside from what was fetched in vain."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise

from monitor.timeline.chart import Chart, Gap

# At either end: the outermost capture first; where that one fails, so many places further in.
STEPS_INSIDE = (0, 1, 3, 7)

BAD_LUCK = 2  # captures fetched in vain in one gap that may have nothing to do with each other
OUTAGE_SAMPLES = 16  # ... beyond which what lies between them is given up


def within(chart: Chart, gap: Gap, *, share: float = 0.5) -> int | None:
    """The place nearest to that share of a gap's time.

    Beside one or two that were fetched in vain another is likely to do. Three are taken for an outage that lasted: its
    two edges are bisected, and then its inside is sampled for a while. None: tried enough.
    """
    if gap.failed <= BAD_LUCK:
        moment = chart.start(gap) + (chart.end(gap) - chart.start(gap)) * share
        return chart.place_near(moment, low=gap.left + 1, high=gap.right - 1)
    failed = chart.failed_in(gap)
    part = _widest(chart, [(gap.left, failed[0]), (failed[-1], gap.right)])
    if part is None and gap.failed < OUTAGE_SAMPLES:
        part = _widest(chart, list(pairwise(failed)))
    return None if part is None else _middle(chart, *part)


def outermost(chart: Chart) -> Iterator[int]:
    """The first and the last place, or some steps in where those failed."""
    last = len(chart.runs) - 1
    head, tail = chart.gaps.get(-1), chart.gaps.get(chart.shown[-1] if chart.shown else -1)
    if head is not None:
        yield from _step_inside(chart, head, list(STEPS_INSIDE))
    if tail is not None:
        yield from _step_inside(chart, tail, [last - step for step in STEPS_INSIDE])


def within_blank(chart: Chart, gap: Gap, *, widest: timedelta) -> int | None:
    """At an end, or where nothing was shown at all: the middle of the widest part between captures that failed.

    None once no such part is wider than `widest`.
    """
    part = _widest(chart, list(pairwise([gap.left, *chart.failed_in(gap), gap.right])))
    return None if part is None or _width(chart, *part) <= widest else _middle(chart, *part)


def _widest(chart: Chart, parts: list[tuple[int, int]]) -> tuple[int, int] | None:
    """The part that spans the longest time, of those with a place inside; the earliest of equal ones."""
    return max((part for part in parts if part[1] - part[0] > 1), key=lambda part: _width(chart, *part), default=None)


def _width(chart: Chart, left: int, right: int) -> timedelta:
    return chart.runs[min(right, len(chart.runs) - 1)].first - chart.runs[max(left, 0)].last


def _middle(chart: Chart, left: int, right: int) -> int | None:
    moment = chart.runs[max(left, 0)].last + _width(chart, left, right) / 2
    return chart.place_near(moment, low=left + 1, high=right - 1)


def _step_inside(chart: Chart, gap: Gap, places: list[int]) -> Iterator[int]:
    for place in places:
        if not gap.left < place < gap.right:
            return
        if chart.is_unknown(place):
            yield place
            return
