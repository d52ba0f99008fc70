"""Which language a text is in, told by py3langid's model.

The model (140 languages, 1 s to load, some 100 MB) is loaded on first use. It is only read, never restricted in place,
so any number of threads and any sets of languages share one.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from threading import Lock

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from monitor.model import Clause, ClauseKind

SAMPLE_CHARACTERS = 2048
# Of cuttings from policies in four languages, 6 in 100 were told wrong at 8 to 14 letters, none from 25 on; headings
# and names, of which short texts often consist, are harder.
_LEAST_LETTERS = 30
# A text is called foreign only when all wanted languages together are this unlikely.
_FOREIGN_BELOW = 0.02
_FOREIGN_LETTERS = 150

_NOT_PROSE = re.compile(r"\S*(?:://|www\.|@)\S*|[^\W\d_]*\d\S*")
_loading = Lock()


@cache
def _load() -> LanguageIdentifier:
    return LanguageIdentifier.from_model_file(MODEL_FILE)


def _model() -> LanguageIdentifier:
    with _loading:  # the cache alone would load it once per thread
        return _load()


def supported() -> frozenset[str]:
    """Codes that can be told apart, nearly all of them ISO 639-1."""
    return frozenset(_model().labels)


def sample_of(clauses: Iterable[Clause]) -> str:
    """Running text of a policy, enough to tell its language; headings and cells only when there is nothing else."""
    prose: list[str] = []
    rest: list[str] = []
    size = 0
    for clause in clauses:
        running = clause.kind in (ClauseKind.PARAGRAPH, ClauseKind.LIST_ITEM, ClauseKind.DEFINITION)
        (prose if running else rest).append(clause.text)
        size += len(clause.text) if running else 0
        if size > SAMPLE_CHARACTERS:
            break
    return "\n".join(prose if size >= _FOREIGN_LETTERS else prose + rest)


@lru_cache(maxsize=4)  # each question about a text begins with it, and most looks bring the text of the look before
def _cut(text: str) -> str:
    """The part that is looked at: no addresses, no numbers, ending with a whole word where words are told apart."""
    text = _NOT_PROSE.sub(" ", text[: 2 * SAMPLE_CHARACTERS])
    if len(text) <= SAMPLE_CHARACTERS:
        return text.strip()
    head = text[:SAMPLE_CHARACTERS]
    return (head.rsplit(maxsplit=1)[0] if " " in head.strip() else head).strip()


def _shares(text: str) -> list[tuple[str, float]]:
    """Every language with its probability, likeliest first."""
    ranked = _ranked(text)
    # The model's own calibration: a softmax at a temperature of the square root of the bytes scored.
    temperature = math.sqrt(len(text.encode("utf-8", "surrogatepass")) or 1)
    best = ranked[0][1]
    weights = [(code, math.exp((score - best) / temperature)) for code, score in ranked]
    total = math.fsum(weight for _, weight in weights)
    return [(code, weight / total) for code, weight in weights]


def _letters(text: str) -> int:
    return sum(map(str.isalpha, text))


@lru_cache(maxsize=64)
def _ranked(text: str) -> tuple[tuple[str, float], ...]:
    """Every language with its score, likeliest first; most looks bring the text of the look before."""
    return tuple(_model().rank(text))


def identify(sample: str, languages: Sequence[str]) -> str | None:
    """The likeliest of `languages` (ISO 639-1; empty: of all), or None when there is too little text.

    Codes that the model does not know are passed over. Looks at the first 2 KB.
    """
    text = _cut(sample)
    if _letters(text) < _LEAST_LETTERS:
        return None
    wanted = set(languages)
    return next((code for code, _ in _ranked(text) if not wanted or code in wanted), None)


def likely(sample: str) -> tuple[str, float] | None:
    """The likeliest of all languages and its probability, or None when there is too little text."""
    text = _cut(sample)
    if _letters(text) < _LEAST_LETTERS:
        return None
    return _shares(text)[0]


def foreign(sample: str, languages: Sequence[str]) -> str | None:
    """The language of a text that is in none of `languages`, or None when it may well be in one of them."""
    text = _cut(sample)
    if _letters(text) < _FOREIGN_LETTERS:
        return None
    shares = _shares(text)
    wanted = set(languages)
    if not wanted or sum(share for code, share in shares if code in wanted) >= _FOREIGN_BELOW:
        return None
    return shares[0][0]
