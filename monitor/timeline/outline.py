"""A timeline drawn from a chart: the texts in order, how one became the next, and what was not looked at."""

from __future__ import annotations

from itertools import groupby, pairwise

from monitor.model import Bracket
from monitor.timeline.chart import Chart
from monitor.timeline.records import Stretch, Timeline, Transition, Unseen


def outline(chart: Chart, *, fetches: int, finished: bool) -> Timeline:
    """What the looks show, as stretches of equal text with brackets between them."""
    groups = [tuple(places) for _, places in groupby(chart.shown, key=chart.text)]
    stretches = tuple(_stretch(chart, places) for places in groups)
    transitions = []
    for old, new, before, after in zip(stretches, stretches[1:], groups, groups[1:], strict=False):
        captures, failed = _unseen(chart, before[-1], after[0])
        transitions.append(
            Transition(
                old=old.text,
                new=new.text,
                bracket=Bracket(old.last_seen, new.first_seen),
                one_off=old.one_off or new.one_off,
                unseen=captures + failed,
                settled=captures == 0,
            )
        )
    marks = [-1, *chart.shown, len(chart.runs)]
    unseen = []
    for left, right in pairwise(marks):
        if right - left > 1:
            start = chart.runs[left].last if left >= 0 else chart.runs[0].first
            end = chart.runs[right].first if right < len(chart.runs) else chart.runs[-1].last
            unseen.append(Unseen(start, end, *_unseen(chart, left, right)))
    return Timeline(
        stretches=stretches,
        transitions=tuple(transitions),
        unseen=tuple(unseen),
        fetches=fetches,
        finished=finished,
    )


def _stretch(chart: Chart, places: tuple[int, ...]) -> Stretch:
    runs = [chart.runs[place] for place in places]
    return Stretch(
        text=chart.text(places[0]),
        first_seen=runs[0].first,
        last_seen=runs[-1].last,
        captures=sum(run.captures for run in runs),
        looks=len({run.digest for run in runs}),
    )


def _unseen(chart: Chart, left: int, right: int) -> tuple[int, int]:
    """Captures between two places that were not fetched, and those fetched in vain."""
    unknown = failed = 0
    for place in range(left + 1, right):
        if chart.is_unknown(place):
            unknown += chart.runs[place].captures
        else:
            failed += chart.runs[place].captures
    return unknown, failed
