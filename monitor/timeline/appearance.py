"""When a clause first stood in a policy, and when last: a bisection over presence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.model import ArchiveRow, Bracket, Found
from monitor.timeline import steps
from monitor.timeline.chart import DAY, Chart, Gap
from monitor.timeline.records import Look
from monitor.timeline.runs import row_by_digest

PRESENT, ABSENT = "present", "absent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Appearance:
    """First and last sight of a clause.

    `first.after` is None when nothing before was seen without it. `gone` brackets its going; None while it stands in
    the last capture looked at. Clauses are removed and added again, and then a bisection may miss an earlier or a
    later life: unless `first_certain`, it was *first found* then, no more; likewise `last_certain`.
    """

    first: Bracket
    last_seen: datetime
    gone: Bracket | None
    first_certain: bool
    last_certain: bool


class AppearanceSearch:
    """Finds the first and the last capture that shows a clause. Used like `Search`: `next()`, fetch, `record()`.

    It starts from what is `known`; while no capture is known to show the clause, it lays anchors, newest first.
    """

    def __init__(
        self,
        rows: Sequence[ArchiveRow],
        *,
        known: Iterable[tuple[str, bool | None]] = (),
        anchor_every: timedelta = timedelta(days=60),
        precision: timedelta = timedelta(hours=1),
        max_fetches: int | None = None,
    ) -> None:
        """`known`: archive digests of captures read before, and whether they show the clause (None: not the policy)."""
        self._chart = Chart(rows)
        self._row = row_by_digest(rows)
        self._anchor_every = anchor_every
        self._precision = precision
        self._max_fetches = max_fetches
        self._fetches = 0
        for digest, present in known:
            self._learn(digest, present=present)

    def record(self, digest: str, *, present: bool | None) -> None:
        """Tell whether the row that `next()` asked for shows the clause; None: unplayable or not the policy."""
        if self._learn(digest, present=present):
            self._fetches += 1

    def next(self) -> ArchiveRow | None:
        """The row to fetch next, or None."""
        if self._max_fetches is not None and self._fetches >= self._max_fetches:
            return None
        place = self._wanted()
        return None if place is None else self._row[self._chart.runs[place].digest]

    def result(self) -> Appearance | None:
        """What is known now; None while no capture is known to show the clause."""
        chart, seen = self._chart, self._seen()
        if not seen:
            return None
        first, last = seen[0], seen[-1]
        before = [place for place in chart.shown if place < first]
        after = [place for place in chart.shown if place > last]
        end = chart.runs[last].last
        return Appearance(
            first=Bracket(chart.runs[before[-1]].last if before else None, chart.runs[first].first),
            last_seen=end,
            gone=Bracket(end, chart.runs[after[0]].first) if after else None,
            first_certain=len(before) == first,
            last_certain=len(after) == len(chart.runs) - 1 - last,
        )

    def _learn(self, digest: str, *, present: bool | None) -> bool:
        if digest in self._chart.looks:
            return False
        found = Found.UNPLAYABLE if present is None else Found.TEXT
        self._chart.learn(Look(digest, found, PRESENT if present else ABSENT))
        return True

    def _seen(self) -> list[int]:
        return [place for place in self._chart.shown if self._chart.text(place) == PRESENT]

    def _wanted(self) -> int | None:
        chart, seen = self._chart, self._seen()
        ends = sorted(steps.outermost(chart), reverse=True)
        if ends:
            return ends[0]
        if not seen:
            return self._anchor()
        before = [place for place in chart.shown if place < seen[0]]
        for left in (*before[-1:], seen[-1]):
            gap = chart.gaps.get(left)
            if gap is not None and not chart.at_an_end(gap) and gap.days * DAY > self._precision:
                place = steps.within(chart, gap)
                if place is not None:
                    return place
        return None

    def _anchor(self) -> int | None:
        wide = [gap for gap in self._chart.gaps.values() if gap.days * DAY > self._anchor_every]
        for gap in sorted(wide, key=lambda gap: (-gap.days, -gap.left)):
            place = self._look_into(gap)
            if place is not None:
                return place
        return None

    def _look_into(self, gap: Gap) -> int | None:
        if self._chart.at_an_end(gap):
            return steps.within_blank(self._chart, gap, widest=self._anchor_every)
        return steps.within(self._chart, gap)
