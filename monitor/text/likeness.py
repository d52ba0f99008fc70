"""How much a text is like a policy, and how much of one text stands in another. Numbers only, no verdicts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from monitor.model import Clause
from monitor.text.language import foreign, identify, sample_of
from monitor.text.vocabulary import beginnings, fold, languages, words

_SAMPLE = 24_000  # characters in which the words of policies are counted
SENTENCE_WORDS = 12  # that a clause of running text has at least
_RUN = 5  # words in a row that two texts hardly share by chance
_SAMPLED_RUNS = 200


@dataclass(frozen=True, slots=True)
class Likeness:
    """A text measured against the words of policies. Densities are hits per word; None without a vocabulary."""

    words: int
    running: int  # words in clauses of running text
    linked: float  # share of the characters that are link text
    privacy: float | None
    terms: float | None
    distinct: int  # different words of policies

    @property
    def density(self) -> float | None:
        """Words of policies of either sort, per word."""
        return None if self.privacy is None or self.terms is None else self.privacy + self.terms


def count_words(clauses: Iterable[Clause]) -> int:
    """Words of all clauses together."""
    return sum(len(clause.text.split()) for clause in clauses)


def measure(clauses: Sequence[Clause]) -> Likeness:
    """Measure a text by the vocabulary of its language."""
    characters = sum(len(clause.text) for clause in clauses)
    linked = sum(len(link.text) for clause in clauses for link in clause.links)
    running = sum(n for n in (len(clause.text.split()) for clause in clauses) if n >= SENTENCE_WORDS)
    prose = sample_of(clauses)
    code = identify(prose, languages())
    privacy = terms = None
    distinct = 0
    if code is not None and foreign(prose, languages()) is None:
        sample = _spread(clauses, characters)
        told = max(1, len(sample.split()))
        hits = [Counter(match.group() for match in pattern.finditer(sample)) for pattern in _vocabulary(code)]
        privacy, terms = (hit.total() / told for hit in hits)
        distinct = sum(map(len, hits))
    return Likeness(
        words=count_words(clauses),
        running=running,
        linked=min(1.0, linked / max(1, characters)),
        privacy=privacy,
        terms=terms,
        distinct=distinct,
    )


def _spread(clauses: Sequence[Clause], characters: int) -> str:
    """Folded text of clauses from all over a long text."""
    step = max(1, characters // _SAMPLE)
    return fold("\n".join(clause.text for clause in clauses[::step]))[: 2 * _SAMPLE]


@cache
def _vocabulary(code: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    table = words(code)["policy"]
    return beginnings(map(fold, table["privacy"])), beginnings(map(fold, table["terms"]))


def standing(old: Sequence[Clause], new: Sequence[Clause]) -> float:
    """Share (0 to 1) of the words of `old` in clauses that stand in `new` as they are, however often."""
    there = {clause.digest for clause in new}
    sizes = {clause.digest: len(clause.text.split()) for clause in old}
    total = sum(sizes.values())
    return sum(size for digest, size in sizes.items() if digest in there) / total if total else 0.0


def overlap(old: Sequence[Clause], new: Sequence[Clause]) -> float:
    """Share (0 to 1) of the runs of words of `new` that occur in `old`, wherever clauses begin and end; by samples."""
    said = " ".join(clause.text for clause in new).lower().split()
    known = " ".join(" ".join(clause.text for clause in old).lower().split())
    step = max(_RUN, len(said) // _SAMPLED_RUNS)
    runs = [" ".join(said[start : start + _RUN]) for start in range(0, len(said) - _RUN + 1, step)]
    return sum(run in known for run in runs) / len(runs) if runs else 0.0


def repeated(clauses: Sequence[Clause]) -> float:
    """Share (0 to 1) of the words of running text in clauses that were there before: 0.5 when all is there twice."""
    seen: set[str] = set()
    total = again = 0
    for clause in clauses:
        size = len(clause.text.split())
        if size < SENTENCE_WORDS:
            continue
        total += size
        again += size if clause.digest in seen else 0
        seen.add(clause.digest)
    return again / total if total else 0.0
