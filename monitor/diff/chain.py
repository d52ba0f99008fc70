"""The heaviest part of a set of links that keeps its order on both sides."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence


def heaviest_chain(positions: Sequence[int], weights: Sequence[int]) -> list[int]:
    """Indices of the strictly increasing subsequence of `positions` with the greatest total weight.

    Positions are distinct. Among equals the one found first in order wins. O(n log n), and linear when nothing moved.
    """
    runs = _runs(positions)
    if len(runs) == 1:
        return list(range(len(positions)))
    heads = [positions[start] for start, _ in runs]
    mass = [sum(weights[start:end]) for start, end in runs]
    ranks = sorted(heads)
    best: list[tuple[int, int]] = [(0, -1)] * (len(runs) + 1)  # Fenwick tree of (weight, last run) by rank
    before = [-1] * len(runs)
    for run, head in enumerate(heads):
        rank = bisect_left(ranks, head) + 1
        total, previous = _best_below(best, rank - 1)
        before[run] = previous
        _raise(best, rank, (total + mass[run], run))
    _, run = _best_below(best, len(runs))
    chosen: list[int] = []
    while run >= 0:
        start, end = runs[run]
        chosen.extend(range(end - 1, start - 1, -1))
        run = before[run]
    chosen.reverse()
    return chosen


def _runs(positions: Sequence[int]) -> list[tuple[int, int]]:
    """Stretches whose positions follow one another with none between: any best chain takes all of one or nothing."""
    rank = {position: index for index, position in enumerate(sorted(positions))}
    runs = []
    start = 0
    for index in range(1, len(positions) + 1):
        if index == len(positions) or rank[positions[index]] != rank[positions[index - 1]] + 1:
            runs.append((start, index))
            start = index
    return runs


def _best_below(tree: list[tuple[int, int]], rank: int) -> tuple[int, int]:
    found = (0, -1)
    while rank > 0:
        if tree[rank][0] > found[0]:
            found = tree[rank]
        rank &= rank - 1
    return found


def _raise(tree: list[tuple[int, int]], rank: int, value: tuple[int, int]) -> None:
    while rank < len(tree):
        if value[0] > tree[rank][0]:
            tree[rank] = value
        rank += rank & -rank
