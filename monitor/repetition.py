"""Clauses that come or go while their words stand in the policy before and after: form rather than substance.

Pages repeat themselves: a table of contents lists the headings, a short line is set elsewhere, a paragraph stands once
for each region. None of that says anything that the policy did not say.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cached_property

from monitor.model import Clause, ClauseKind, Diff, Operation, OperationKind, Significance

# Fewer words say too little by themselves: "e-mail address" in another list is another promise.
LEAST_SAID = 6

_LONGEST_NAME = 5  # words; more say something

_WORD = re.compile(r"[^\W_]+")
# Sections that thank or name whom the text is owed to: they bind nobody.
_CREDITS = re.compile(
    r"\W*(?:acknowledge?ments|credits|hall of fame|special thanks|thanks(?: to)?|contributors"
    r"|remerciements|danksagung(?:en)?|penghargaan|ucapan terima kasih)\W*",
    re.IGNORECASE,
)


class Repetition:
    """What a difference repeats. Counts every clause of both texts once, when the first of them comes or goes."""

    def __init__(self, diff: Diff) -> None:
        self._diff = diff

    @cached_property
    def _before(self) -> Counter[tuple[str, ...]]:
        return _counts(self._diff.old)

    @cached_property
    def _after(self) -> Counter[tuple[str, ...]]:
        return _counts(self._diff.new)

    @cached_property
    def _headings(self) -> set[tuple[str, ...]]:
        return _headings(self._diff.old) & _headings(self._diff.new)

    def judge(self, operation: Operation) -> tuple[Significance, str] | None:
        """Judge clauses that came or went by where else their words stand; None when one says something new."""
        if operation.kind is OperationKind.ADDED:
            clauses = [self._diff.new[i] for i in operation.new]
        elif operation.kind is OperationKind.REMOVED:
            clauses = [self._diff.old[i] for i in operation.old]
        else:
            return None
        found = [one for clause in clauses if (one := self._clause(clause))]
        return max(found, key=lambda one: one[0].rank) if len(found) == len(clauses) else None

    def _clause(self, clause: Clause) -> tuple[Significance, str] | None:
        words = _words(clause)
        before, after = self._before[words], self._after[words]
        if not before or not after:
            return None
        if before == after and (clause.kind is ClauseKind.HEADING or self._stands_under(clause, words)):
            return Significance.COSMETIC, "clauses stand in another order"
        if words in self._headings:
            return Significance.COSMETIC, "a heading is repeated"
        if len(words) >= LEAST_SAID and self._stands_under(clause, words):
            return Significance.EDITORIAL, "the policy says the same elsewhere"
        return None

    def _stands_under(self, clause: Clause, words: tuple[str, ...]) -> bool:
        """Whether the words stand under a heading of that name in both texts: what holds for whom is said there."""
        place = clause.path[-1:]
        return all(
            any(other.path[-1:] == place and _words(other) == words for other in clauses)
            for clauses in (self._diff.old, self._diff.new)
        )


def in_credits(clauses: Iterable[Clause]) -> bool:
    """Tell whether all of these are names under a heading that thanks somebody."""
    return all(
        len(_words(clause)) <= _LONGEST_NAME and any(_CREDITS.fullmatch(heading) for heading in clause.path[-1:])
        for clause in clauses
    )


def _words(clause: Clause) -> tuple[str, ...]:
    return tuple(_WORD.findall(clause.text.casefold()))


def _counts(clauses: Sequence[Clause]) -> Counter[tuple[str, ...]]:
    return Counter(_words(clause) for clause in clauses)


def _headings(clauses: Sequence[Clause]) -> set[tuple[str, ...]]:
    return {_words(clause) for clause in clauses if clause.kind is ClauseKind.HEADING}
