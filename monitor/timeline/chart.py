"""What is known of a list of captures, and the gaps between: kept up with every look, whatever the order of looks."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.model import ArchiveRow, Found
from monitor.timeline.records import Look
from monitor.timeline.runs import Run, collapse

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Gap:
    """Between two neighbouring looks, or an end of the list and the next look. Something in it is not yet known."""

    left: int  # place of the run before; -1 at the start of the list
    right: int  # place of the run behind; the number of runs at the end of the list
    days: float
    failed: int  # runs in it that were fetched in vain


class Chart:
    """Runs of captures by place (their index), the texts known of them, and the gaps that can still be split."""

    def __init__(self, rows: Sequence[ArchiveRow]) -> None:
        """`rows` are usable ones in order of time."""
        self.runs: list[Run] = collapse(rows)
        self.looks: dict[str, Look] = {}  # by digest
        self.shown: list[int] = []  # places whose text is known
        self.failed: list[int] = []  # places fetched in vain
        self.gaps: dict[int, Gap] = {}  # by their left
        self._starts = [run.first for run in self.runs]
        self._places: dict[str, list[int]] = {}
        for place, run in enumerate(self.runs):
            self._places.setdefault(run.digest, []).append(place)
        self._note_gap(-1, len(self.runs))

    def learn(self, look: Look) -> None:
        """Take in what one digest showed, everywhere it occurs."""
        self.looks[look.digest] = look
        for place in self._places.get(look.digest, ()):
            at = bisect_left(self.shown, place)
            left = self.shown[at - 1] if at else -1
            right = self.shown[at] if at < len(self.shown) else len(self.runs)
            if look.found is Found.TEXT:
                self.shown.insert(at, place)
                self._note_gap(left, place)
                self._note_gap(place, right)
            else:
                insort(self.failed, place)
                self._note_gap(left, right)

    def places(self, digest: str) -> Sequence[int]:
        """Where a digest occurs."""
        return self._places.get(digest, ())

    def text(self, place: int) -> str:
        """What a shown run says."""
        return self.looks[self.runs[place].digest].text

    def gap_around(self, place: int) -> Gap | None:
        """The gap that a place which is not shown lies in."""
        at = bisect_left(self.shown, place)
        return self.gaps.get(self.shown[at - 1] if at else -1)

    def is_unknown(self, place: int) -> bool:
        """It was not looked at."""
        return self.runs[place].digest not in self.looks

    def failed_in(self, gap: Gap) -> list[int]:
        """Places in the gap that were fetched in vain."""
        return self.failed[bisect_right(self.failed, gap.left) : bisect_left(self.failed, gap.right)]

    def at_an_end(self, gap: Gap) -> bool:
        """It has a look on one side at most."""
        return gap.left < 0 or gap.right >= len(self.runs)

    def start(self, gap: Gap) -> datetime:
        """When its left look was taken last, or the list begins."""
        return self.runs[gap.left].last if gap.left >= 0 else self.runs[0].first

    def end(self, gap: Gap) -> datetime:
        """When its right look was taken first, or the list ends."""
        return self.runs[gap.right].first if gap.right < len(self.runs) else self.runs[-1].last

    def place_near(self, moment: datetime, *, low: int, high: int) -> int | None:
        """The unknown place in low..high that is the fewest places off the one that starts nearest to a moment."""
        at = min(max(bisect_left(self._starts, moment, low, high + 1), low), high)
        if at > low and moment - self._starts[at - 1] <= abs(self._starts[at] - moment):
            at -= 1
        for off in range(max(high - at, at - low) + 1):
            for place in (at + off, at - off):
                if low <= place <= high and self.is_unknown(place):
                    return place
        return None

    def _note_gap(self, left: int, right: int) -> None:
        failed = bisect_left(self.failed, right) - bisect_right(self.failed, left)
        if right - left - 1 > failed:
            gap = Gap(left, right, 0.0, failed)
            self.gaps[left] = Gap(left, right, (self.end(gap) - self.start(gap)) / DAY, failed)
        else:
            self.gaps.pop(left, None)
