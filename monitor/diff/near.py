"""Clauses that are much alike wherever they stand, found through an index of the word pairs that few of them have."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import chain
from typing import Final

from monitor.diff.likeness import FAR, HEADING_AGAINST_BODY, SHORT, common, likeness, pairs
from monitor.diff.pairing import Pairing

_RARE: Final = 8  # clauses of one side that may hold a word pair for it to tell anything
_TRIED: Final = 6  # candidates compared word by word for each clause
SURE: Final = 0.75
_MARGIN: Final = 0.10  # by which the best has to be ahead of the next to be sure


def candidates(sides: Sequence[str], others: Sequence[str]) -> list[list[int]]:
    """For each text the places of the others that share most rare word pairs with it, most first."""
    index: defaultdict[str, list[int]] = defaultdict(list)
    for place, words in enumerate(others):
        for pair in pairs(words):
            index[pair].append(place)
    rare = {pair: places for pair, places in index.items() if len(places) <= _RARE}
    found = []
    for words in sides:
        shared = Counter(chain.from_iterable([rare[pair] for pair in pairs(words) & rare.keys()]))
        ranked = sorted(shared.items(), key=lambda item: (-item[1], item[0]))
        found.append([place for place, _ in ranked[:_TRIED]])
    return found


def alike(pairing: Pairing, before: Sequence[int], after: Sequence[int], least: float) -> list[tuple[float, int, int]]:
    """(likeness, old, new) of the free clauses that are at least so much alike, best first."""
    old, new = pairing.old, pairing.new
    before = [i for i in before if len(old.words(i)) >= SHORT]
    after = [j for j in after if len(new.words(j)) >= SHORT]
    found = []
    for i, places in zip(
        before, candidates([old.words(i) for i in before], [new.words(j) for j in after]), strict=True
    ):
        for j in (after[place] for place in places):
            measure = likeness(old, i, new, j, common(old.words(i), new.words(j)))
            asked = least + HEADING_AGAINST_BODY if old.is_heading(i) != new.is_heading(j) else least
            if measure >= asked:
                found.append((measure, i, j))
    found.sort(key=lambda item: (-item[0], item[1], item[2]))
    return found


def link_sure(pairing: Pairing) -> None:
    """Link clauses that are each other's best by far, before the gaps are looked at."""
    found = alike(pairing, pairing.free_old(0, len(pairing.old)), pairing.free_new(0, len(pairing.new)), SURE - _MARGIN)
    best_old: dict[int, list[float]] = defaultdict(list)
    best_new: dict[int, list[float]] = defaultdict(list)
    for measure, i, j in found:
        best_old[i].append(measure)
        best_new[j].append(measure)
    for measure, i, j in found:
        if measure >= SURE and _ahead(best_old[i], measure) and _ahead(best_new[j], measure):
            pairing.link((i,), (j,))


def _ahead(measures: list[float], measure: float) -> bool:
    return measures[0] == measure and (len(measures) == 1 or measures[1] <= measure - _MARGIN)


def link_far(pairing: Pairing) -> None:
    """Link what is free and alike enough to have moved and changed, best first."""
    found = alike(pairing, pairing.free_old(0, len(pairing.old)), pairing.free_new(0, len(pairing.new)), FAR)
    for _, i, j in found:
        if not pairing.to_new[i] and not pairing.to_old[j]:
            pairing.link((i,), (j,))
