"""Which language a text is in, told by the commonest words of the lexicons.

A reading of a page carries its language; this is for texts that come without one. No model: the twenty commonest words
of each lexicon's language tell prose of a few sentences apart, cost nothing to load, and a language without a lexicon
has no facts anyway.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from monitor.model import Clause
from monitor.practices.lexicon import languages, lexicon_data
from monitor.practices.words import split_words

_SAMPLE = 2048  # characters
_LEAST_SHARE = 0.08  # of all words that have to be among the common ones; prose has 0.2 to 0.4


def language_of(clauses: Iterable[Clause]) -> str | None:
    """The language with a lexicon that 2,048 characters of the longest clauses are in; None when it is none of them."""
    sample: list[str] = []
    size = 0
    for clause in sorted(clauses, key=lambda clause: -len(clause.text)):
        sample.append(clause.text[: _SAMPLE - size])
        size += len(sample[-1])
        if size >= _SAMPLE:
            break
    counts = Counter(split_words(" ".join(sample)).lower)
    total = sum(counts.values())
    shares = {code: sum(counts[word] for word in lexicon_data(code)["common"]) for code in languages()}
    best = max(sorted(shares), key=lambda code: shares[code])
    return best if total and shares[best] / total >= _LEAST_SHARE else None
