"""A redline with what means most to the reader first; then the rest, in the order of the text."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from monitor.report.layout import Entry, Fold, Hunk, entries_of, lay_out
from monitor.report.phrases import Point, Said, points
from monitor.report.places import Places
from monitor.report.redline import Redline

_MOST = 5  # clauses that are put first
_MOST_SAID = 4  # phrases of one clause


@dataclass(frozen=True, slots=True)
class Weighty:
    """What happened to a clause, where it stands, and what that means."""

    path: tuple[str, ...]
    said: tuple[str, ...]
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Ranked:
    """`said` is what entries of the rest mean, by the number of their operation."""

    first: tuple[Weighty, ...]
    rest: tuple[Hunk | Fold, ...]
    said: Mapping[int, tuple[str, ...]]

    @property
    def is_all(self) -> bool:
        """Nothing happened but what stands first."""
        return bool(self.first) and not any(isinstance(block, Hunk) for block in self.rest)


def lead(redline: Redline) -> str:
    """The whole in a line: the summary, with the reason where it tells the weightiest change."""
    leader = _leader(redline, _points(redline))
    return leader.line + redline.summary[len(leader.short) :] if leader else redline.summary


def rank(redline: Redline, *, context: int) -> Ranked:
    """Put the weightiest clauses first. None of them only says again what the lead or those before it say.

    Raises:
        ValueError: the operations do not fit the clauses.
    """
    found = _points(redline)
    leader = _leader(redline, found)
    told = {leader.line} if leader else set()
    entries: dict[int, list[Entry]] = defaultdict(list)
    for entry in entries_of(redline.diff):
        for number in entry.numbers:
            entries[number].append(entry)
    first: list[Weighty] = []
    shown: set[int] = set()
    elsewhere: dict[int, tuple[str, ...]] = {}
    for point in found:
        own, news = entries[point.operation], [said.line for said in point.said if said.line not in told]
        if point.operation in shown:
            continue
        if own and len(first) < _MOST and (news or (leader and not first)):
            first.append(Weighty(_path(redline, own[0]), tuple(news[:_MOST_SAID]), tuple(own)))
            told.update(news)
            shown.update(number for entry in own for number in entry.numbers)
        else:
            elsewhere[point.operation] = tuple(said.line for said in point.said if said.direction)[:_MOST_SAID]
    return Ranked(tuple(first), lay_out(redline.diff, context=context, without=shown), elsewhere)


def _points(redline: Redline) -> tuple[Point, ...]:
    return points(redline.meaning) if redline.meaning else ()


def _leader(redline: Redline, found: Sequence[Point]) -> Said | None:
    said = found[0].said if found else ()
    return next((each for each in said if redline.summary.startswith(each.short)), None)


def _path(redline: Redline, entry: Entry) -> tuple[str, ...]:
    clauses, indices = (redline.diff.new, entry.new) if entry.new else (redline.diff.old, entry.old)
    return Places(clauses).path(indices[0])
