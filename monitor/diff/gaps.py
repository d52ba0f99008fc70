"""Gaps between matches: the free clauses of both sides aligned in order, one to one, one to several, several to one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from monitor.diff.likeness import CONTAINED, COVERAGE, SHORT, common, contained, enough, joined, likeness
from monitor.diff.pairing import Pairing, Span

WIDEST: Final = 4  # clauses on the many side of a bead
LARGEST: Final = 2_500  # cells of the table for one gap
_EXPECTED: Final = 0.2  # likeness of clauses that have nothing to do with each other
_JOINT: Final = 1.0  # words that a bead of several clauses has to gain over simpler ones

Bead = tuple[float, Span, Span]  # gain, old clauses, new clauses


def align(pairing: Pairing, before: Sequence[int], after: Sequence[int]) -> None:
    """Link the free clauses `before` and `after` in order, with the greatest gain. The gap is at most LARGEST."""
    if not before or not after:
        return
    beads = _beads(pairing, before, after)
    rows, columns = len(before), len(after)
    best = [[0.0] * (columns + 1) for _ in range(rows + 1)]
    taken: dict[tuple[int, int], tuple[int, int]] = {}
    for row in range(1, rows + 1):
        for column in range(1, columns + 1):
            gain = best[row - 1][column]
            gain = max(gain, best[row][column - 1])
            for worth, height, width in beads.get((row, column), ()):
                total = best[row - height][column - width] + worth
                if total > gain:
                    gain = total
                    taken[row, column] = (height, width)
            best[row][column] = gain
    _trace(pairing, before, after, best, taken)


def _trace(
    pairing: Pairing,
    before: Sequence[int],
    after: Sequence[int],
    best: list[list[float]],
    taken: dict[tuple[int, int], tuple[int, int]],
) -> None:
    row, column = len(before), len(after)
    while row and column:
        if (row, column) in taken:
            height, width = taken[row, column]
            pairing.link(tuple(before[row - height : row]), tuple(after[column - width : column]))
            row, column = row - height, column - width
        elif best[row - 1][column] == best[row][column]:
            row -= 1
        else:
            column -= 1


def _beads(
    pairing: Pairing, before: Sequence[int], after: Sequence[int]
) -> dict[tuple[int, int], list[tuple[float, int, int]]]:
    """Beads worth taking, by the row and column of their last clauses: gain, rows, columns."""
    old, new = pairing.old, pairing.new
    sandwiched = len(before) == len(after) == 1
    beads: dict[tuple[int, int], list[tuple[float, int, int]]] = {}
    held: list[list[int]] = []
    others = [(j, new.words(j), new.digests[j], len(new.clauses[j].cells) > 1) for j in after]
    for row, i in enumerate(before, 1):
        words, digest, is_row = old.words(i), old.digests[i], len(old.clauses[i].cells) > 1
        counts: list[int] = []
        for column, (j, other, other_digest, other_is_row) in enumerate(others, 1):
            shared = common(words, other)
            counts.append(shared)
            size = len(words) + len(other)
            if digest == other_digest:
                beads[row, column] = [((1 - _EXPECTED) * size + 0.5, 1, 1)]
            elif 2 * shared >= _EXPECTED * size or sandwiched or (is_row and other_is_row):
                alike = likeness(old, i, new, j, shared)
                if alike >= enough(old, i, new, j, sandwiched=sandwiched):
                    beads[row, column] = [(max((alike - _EXPECTED) * size, 0) + 0.5, 1, 1)]
        held.append(counts)
    turned = [list(column) for column in zip(*held, strict=True)]
    for row, column, gain, width in _joints([old.words(i) for i in before], [new.words(j) for j in after], held):
        beads.setdefault((row, column), []).append((gain, 1, width))
    for column, row, gain, height in _joints(
        [new.words(j) for j in after],
        [old.words(i) for i in before],
        turned,
    ):
        beads.setdefault((row, column), []).append((gain, height, 1))
    return beads


def _joints(
    wholes: Sequence[str],
    parts: Sequence[str],
    held: list[list[int]],
) -> list[tuple[int, int, float, int]]:
    """Runs of parts that make up a whole: (number of the whole, number of the last part, gain, parts), from 1."""
    found = []
    for number, whole in enumerate(wholes):
        size = len(whole)
        counts = held[number]
        start = 0
        while start < len(parts):
            covered = total = 0
            stop = start
            while stop < len(parts) and stop < start + WIDEST and counts[stop] >= contained(len(parts[stop])) > 0:
                covered += counts[stop]
                total += len(parts[stop])
                stop += 1
                if CONTAINED * total > size + SHORT:
                    break
                width = stop - start
                if width == 1 or covered < COVERAGE * size:
                    continue
                shared = joined(whole, parts[start:stop])
                if shared:
                    found.append((number + 1, stop, 2 * shared - _EXPECTED * (size + total) - _JOINT, width))
            start += 1
    return found
