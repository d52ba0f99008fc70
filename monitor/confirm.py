"""Confirmation, clause by clause: what of a new text has stood long enough, and what is no news at all.

Marks (see `monitor.diff.marks`) name what an operation takes away and brings, so that it is known again in a later look
even if the texts around it differ.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from monitor.diff import compared, marks
from monitor.model import CandidateDraft, Clause, Diff, EditKind, Operation, OperationKind, Reading, Version
from monitor.text import normalise

# Between two digits it may carry the meaning: 1.5 and 15.
_PUNCTUATION = re.compile(r"(?<!\d)[\W_]+|[\W_]+(?!\d)")


def nearest(baselines: Sequence[Version], reading: Reading) -> tuple[Version, Diff]:
    """Find the text that a new one differs least from, in words; the first of equals, which is the current one."""
    diffs = [(base, compared(base.clauses, reading.clauses)) for base in baselines]
    return min(diffs, key=lambda pair: _weight(pair[1]))


def _weight(diff: Diff) -> int:
    """How many characters an author would have had to touch."""
    weight = 0
    for operation in diff.operations:
        if operation.words:
            weight += sum(len(edit.text) for edit in operation.words if edit.kind is not EditKind.EQUAL)
        elif operation.kind in {OperationKind.ADDED, OperationKind.REMOVED}:
            weight += sum(len(diff.old[i].text) for i in operation.old)
            weight += sum(len(diff.new[i].text) for i in operation.new)
        else:
            weight += 1
    return weight


def first_sights(candidate: CandidateDraft | None, now: datetime, diff: Diff) -> dict[str, datetime]:
    """When each mark of this diff was first seen: what the candidate remembers, else now.

    A clause whose commas were mended while it waited has waited all the same.
    """
    found = {mark for operation in diff.operations for mark in marks(diff, operation)}
    if candidate is None:
        return dict.fromkeys(found, now)
    remembered = dict(candidate.since)
    if not found <= remembered.keys():
        waited = {
            _letters(clause): seen for clause in candidate.reading.clauses if (seen := remembered.get(_come(clause)))
        }
        for operation in diff.operations:
            for clause in (diff.new[i] for i in operation.new):
                if (seen := waited.get(_letters(clause))) and _letters(clause):
                    remembered.setdefault(_come(clause), seen)
    return {mark: remembered.get(mark, now) for mark in found}


def _come(clause: Clause) -> str:
    """The mark of a clause that came (see `monitor.diff.marks`)."""
    return f"+{clause.digest}"


def _letters(clause: Clause) -> str:
    return _PUNCTUATION.sub("", normalise(clause.text).casefold())


def standing(diff: Diff, since: dict[str, datetime], *, now: datetime, confirm_after: timedelta) -> list[bool]:
    """Which operations are confirmed: the old enough ones, but no removal whose place an unconfirmed clause has taken.

    A rotating clause takes another one's place with every look: the one removed stays away, each one added is new.
    Alone, its removal would be confirmed, and false.
    """
    young = [now - max(since[mark] for mark in marks(diff, operation)) < confirm_after for operation in diff.operations]
    stands = [not is_young for is_young in young]
    places = _places(diff)
    waiting: dict[int, int] = {}
    for operation, is_young, place in zip(diff.operations, young, places, strict=True):
        if is_young and operation.kind is OperationKind.ADDED:
            waiting[place] = waiting.get(place, 0) + len(operation.new)
    for index, (operation, place) in enumerate(zip(diff.operations, places, strict=True)):
        if operation.kind is OperationKind.REMOVED and stands[index] and waiting.get(place, 0) > 0:
            waiting[place] -= len(operation.old)
            stands[index] = False
    return stands


def _places(diff: Diff) -> list[int]:
    """For each operation, the gap between standing clauses that it is in, as a count of standing clauses before it."""
    gone = {i for op in diff.operations if op.kind is OperationKind.REMOVED for i in op.old}
    come = {i for op in diff.operations if op.kind is OperationKind.ADDED for i in op.new}
    before_old = standing_before(len(diff.old), gone)
    before_new = standing_before(len(diff.new), come)
    return [before_old[op.old[0]] if op.old else before_new[op.new[0]] for op in diff.operations]


def standing_before(length: int, without: Collection[int]) -> list[int]:
    """For each clause, how many that stand come before it; those in `without` do not stand."""
    counts = []
    count = 0
    for index in range(length):
        counts.append(count)
        count += index not in without
    return counts


def is_known(diff: Diff, operation: Operation, base: Version, baselines: Sequence[Version]) -> bool:
    """Tell whether another recent text had this operation's new clauses and lacked its old ones: no news in it."""
    gone = {diff.old[i].digest for i in operation.old}
    come = {diff.new[i].digest for i in operation.new}
    if gone == come:
        return False
    for other in baselines:
        if other.id != base.id:
            digests = {clause.digest for clause in other.clauses}
            if (come - gone) <= digests and not (gone - come) & digests:
                return True
    return False
