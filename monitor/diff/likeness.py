"""How alike clauses are, from 0 to 1, and from where on they count as the same clause changed.

The thresholds are mined from 6,555 edits that real policies made. Word-LCS did as well as any weighting of words.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import add
from typing import Final

from rapidfuzz.distance import LCSseq

from monitor.diff.runs import equal_runs
from monitor.diff.side import Side

SANDWICHED: Final = 0.25  # the only clause left on each side between two matches
IN_GAP: Final = 0.40
IN_GAP_SHORT: Final = 0.35
FAR: Final = 0.60
HEADING_AGAINST_BODY: Final = 0.20  # more is asked for
COVERAGE: Final = 0.72  # of the whole that its parts hold
CONTAINED: Final = 0.70  # of each part that the whole holds
CONTAINED_SHORT: Final = 0.50  # of a short one, where one changed word weighs more
SHORT: Final = 6  # words
_EXACT: Final = 4_000_000  # pairs of words (2,000 on each side) up to which common words are counted exactly
_TRACE: Final = 0.05  # of the word pairs that such texts share when one was made from the other
_MATRIX: Final = 200_000_000  # bits (25 MB) that an alignment of two texts may take; beyond it shares are estimated


def common(old: str, new: str) -> int:
    """Words in the longest common subsequence; of texts far longer than clauses are, about as many."""
    if len(old) * len(new) > _EXACT:
        one, other = pairs(old), pairs(new)
        if len(one & other) < _TRACE * min(len(one), len(other)):
            return 0
        return sum(run.size for run in equal_runs(old, new))
    return LCSseq.similarity(old, new)


def pairs(words: str) -> set[str]:
    """Neighbouring words, two by two."""
    return set(map(add, words, words[1:]))


def ratio(shared: int, old: int, new: int) -> float:
    """Share of the words of both that are common. Two clauses without words are alike."""
    return 2 * shared / (old + new) if old + new else 1.0


def likeness(old: Side, i: int, new: Side, j: int, shared: int) -> float:
    """Of old clause i and new clause j with so many common words; table rows by their cells.

    A row is known by its first cell: rows of one table often differ in nothing else.
    """
    plain = ratio(shared, len(old.words(i)), len(new.words(j)))
    before, after = old.clauses[i].cells, new.clauses[j].cells
    if len(before) < 2 or len(after) < 2:  # noqa: PLR2004 - a row of one cell is no table
        return plain
    cells_before, cells_after = old.cells(i), new.cells(j)
    by_head = dict(cells_after)
    if len(by_head) == len(cells_after) and all(head in by_head for head, _ in cells_before):
        matched = sum(common(cell, by_head[head]) for head, cell in cells_before)
        plain = max(plain, ratio(matched, len(old.words(i)), len(new.words(j))))
    if cells_before[0][1] == cells_after[0][1]:
        return plain + (1 - plain) / 4
    return plain * 0.9


def enough(old: Side, i: int, new: Side, j: int, *, sandwiched: bool) -> float:
    """The likeness from which on a clause in a gap is the other, changed."""
    if sandwiched:
        one, other = old.clauses[i], new.clauses[j]
        if max(len(old.words(i)), len(new.words(j))) < SHORT and (one.kind, one.level) == (other.kind, other.level):
            return 0.0  # in a word or two nothing need be left of what was there
        least = SANDWICHED
    elif min(len(old.words(i)), len(new.words(j))) < SHORT:
        least = IN_GAP_SHORT
    else:
        least = IN_GAP
    return least + HEADING_AGAINST_BODY if old.is_heading(i) != new.is_heading(j) else least


def shares(whole: str, parts: Sequence[str]) -> list[int]:
    """How many words of each part the whole holds, all parts laid end to end and aligned at once."""
    if len(whole) * sum(map(len, parts)) > _MATRIX:
        return [common(whole, part) for part in parts]
    held = [0] * len(parts)
    ends = []
    total = 0
    for part in parts:
        total += len(part)
        ends.append(total)
    at = 0
    for block in LCSseq.opcodes(whole, "".join(parts)).as_matching_blocks():
        start, stop = block.b, block.b + block.size
        while start < stop:
            while ends[at] <= start:
                at += 1
            step = min(stop, ends[at]) - start
            held[at] += step
            start += step
    return held


def contained(size: int) -> float:
    """Words of a part of that size that the whole has to hold."""
    return (CONTAINED if size >= SHORT else CONTAINED_SHORT) * size


def joined(whole: str, parts: Sequence[str]) -> int:
    """Common words if the parts make up the whole (a split, or backwards a merge), else 0."""
    held = shares(whole, parts)
    shared = sum(held)
    if shared < COVERAGE * len(whole):
        return 0
    for words, part in zip(held, parts, strict=True):
        if not words or words < contained(len(part)):
            return 0
    return shared
