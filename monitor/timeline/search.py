"""The search for every change in a list of captures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby
from math import ceil

from monitor.model import ArchiveRow
from monitor.timeline import steps
from monitor.timeline.chart import DAY, Chart, Gap
from monitor.timeline.outline import outline
from monitor.timeline.records import Look, Timeline
from monitor.timeline.runs import row_by_digest
from monitor.timeline.worth import Rates, between_different, between_equal, gap_left_alone

# A capture further away than this does not tell whether a lone text was a glitch of one visit.
NEIGHBOUR = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How hard to look."""

    anchor_every: timedelta = timedelta(days=60)  # the widest gap between two equal looks that is left unsplit
    recurring_span: timedelta = timedelta(days=1)  # a digest that is there again after this long is worth a fetch
    precision: timedelta = timedelta(hours=1)  # a bracket this narrow is narrow enough
    worth_a_fetch: float = 0.01  # transitions a fetch must promise where nothing else asks for it
    max_fetches: int | None = None


class Search:
    """Finds every change with few fetches. Ask `next()`, fetch that row, `record()` what it showed, until None.

    In this order: both ends; every digest that recurs; then always the gap whose splitting promises most, until looks
    that differ are neighbours, looks that agree are no further apart than the anchors, and texts that came and went
    have been hunted for as far as this policy's own past makes it worth while. A lone text between equal ones is held
    against its neighbour before anything else is spent on it. A capture that cannot be played or is not the policy
    says nothing: the search steps aside, further each time.

    `rows` are usable ones in order of time. `known` are looks of earlier searches, which cost nothing; `looks` are
    those of this very search, recorded before it was cut short.
    """

    def __init__(
        self, rows: Sequence[ArchiveRow], plan: Plan, *, known: Iterable[Look] = (), looks: Iterable[Look] = ()
    ) -> None:
        self._plan = plan
        self._chart = Chart(rows)
        self._row = row_by_digest(rows)
        self._recurring = _recurring(rows, plan.recurring_span)
        self._looks: list[Look] = []
        for look in known:
            if look.digest not in self._chart.looks:
                self._chart.learn(look)
        for look in looks:
            self.record(look)

    @property
    def looks(self) -> tuple[Look, ...]:
        """What was recorded, in order: all the state there is."""
        return tuple(self._looks)

    def record(self, look: Look) -> None:
        """Tell what the row showed that `next()` asked for."""
        if look.digest not in self._chart.looks:
            self._looks.append(look)
            self._chart.learn(look)

    def next(self) -> ArchiveRow | None:
        """The row to fetch next; the same until something is recorded. None: nothing more is worth it, or allowed."""
        limit = self._plan.max_fetches
        if limit is not None and len(self._looks) >= limit:
            return None
        place = self._wanted()
        return None if place is None else self._row[self._chart.runs[place].digest]

    def timeline(self) -> Timeline:
        """What is known now."""
        return outline(self._chart, fetches=len(self._looks), finished=self._wanted() is None)

    def _wanted(self) -> int | None:
        return next(self._wishes(), None)

    def _wishes(self) -> Iterator[int]:
        """Places worth a look, best first."""
        yield from steps.outermost(self._chart)
        yield from self._recurring_places()
        chart = self._chart
        texts = [text for text, _ in groupby(chart.text(place) for place in chart.shown)]
        rates = Rates.estimate(
            transitions=max(len(texts) - 1, 0),
            returns=len(texts) - len(set(texts)),
            days=(chart.runs[-1].last - chart.runs[0].first) / DAY if chart.runs else 0.0,
        )
        ranked = sorted((-self._promise(gap, rates), gap.left) for gap in chart.gaps.values())
        for promise, left in ranked:
            gap = chart.gaps[left]
            if self._must_split(gap) or -promise >= self._plan.worth_a_fetch:
                place = self._split(gap, rates)
                if place is not None:
                    yield place

    def _recurring_places(self) -> Iterator[int]:
        """Digests that stood for long or came back, longest first: where nothing is known nearby, or amid equal bytes.

        Bytes that gave way to others and came back as they were: a page without tokens, so the others say something.
        """
        near = self._plan.anchor_every / DAY / 4
        for digest in self._recurring:
            if digest in self._chart.looks:
                continue
            for place in self._chart.places(digest):
                gap = self._chart.gap_around(place)
                if gap is not None and (gap.days > near or self._amid_equal_bytes(gap)):
                    yield place
                    break

    def _amid_equal_bytes(self, gap: Gap) -> bool:
        runs = self._chart.runs
        return not self._chart.at_an_end(gap) and runs[gap.left].digest == runs[gap.right].digest

    def _promise(self, gap: Gap, rates: Rates) -> float:
        worth = between_different if self._differs(gap) else between_equal
        return worth(gap.days, rates) / (1 + gap.failed)

    def _must_split(self, gap: Gap) -> bool:
        widest = self._plan.precision if self._differs(gap) else self._plan.anchor_every
        return gap.days * DAY > widest

    def _differs(self, gap: Gap) -> bool:
        return not self._chart.at_an_end(gap) and self._chart.text(gap.left) != self._chart.text(gap.right)

    def _split(self, gap: Gap, rates: Rates) -> int | None:
        """The place in a gap to look at; None when it has been tried enough."""
        chart = self._chart
        low, high = gap.left + 1, gap.right - 1
        if chart.at_an_end(gap) or (gap.failed > steps.BAD_LUCK and not self._differs(gap)):
            return steps.within_blank(chart, gap, widest=self._plan.anchor_every)
        if self._differs(gap):
            for lone, beside in ((gap.left, low), (gap.right, high)):
                if self._is_lone(lone) and chart.is_unknown(beside) and self._distance(lone, beside) <= NEIGHBOUR:
                    return beside
        parts = self._parts(gap, rates)
        return steps.within(chart, gap, share=parts // 2 / parts)

    def _parts(self, gap: Gap, rates: Rates) -> int:
        """Into how many even parts a gap will be split in the end: two, unless anchors or a hunt want more.

        Halving alone would leave gaps of half or of twice the width that is aimed at.
        """
        aim = self._plan.anchor_every / DAY
        if gap.days <= aim:
            aim = gap_left_alone(self._plan.worth_a_fetch, rates)
        return max(ceil(gap.days / aim), 2)

    def _is_lone(self, place: int) -> bool:
        """A text known from one capture alone, between two looks that agree."""
        chart = self._chart
        at = chart.shown.index(place)
        if chart.runs[place].captures > 1 or not 0 < at < len(chart.shown) - 1:
            return False
        before, after = chart.text(chart.shown[at - 1]), chart.text(chart.shown[at + 1])
        return before == after != chart.text(place) and self._known_once(chart.text(place))

    def _known_once(self, text: str) -> bool:
        return sum(self._chart.text(place) == text for place in self._chart.shown) == 1

    def _distance(self, one: int, other: int) -> timedelta:
        first, second = sorted((one, other))
        return self._chart.runs[second].first - self._chart.runs[first].last


def _recurring(rows: Iterable[ArchiveRow], span: timedelta) -> list[str]:
    """Digests that are there again after at least that long, longest first."""
    ends: dict[str, tuple[ArchiveRow, ArchiveRow]] = {}
    for row in rows:
        ends[row.digest] = (ends.get(row.digest, (row, row))[0], row)
    spans = {digest: last.taken - first.taken for digest, (first, last) in ends.items()}
    return sorted((d for d, length in spans.items() if length >= span > timedelta(0)), key=lambda d: (-spans[d], d))
