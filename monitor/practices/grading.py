"""How much a change matters to a reader, told from facts and words, with the reason in one line.

It is called editorial on good evidence only: no fact differs, the sentences are the same ones reworded, little differs,
and no figure, no negation and no modal verb is among what does.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache

from monitor.model import Diff, EditKind, OperationKind, Significance
from monitor.practices.compare import Rewording, renamed
from monitor.practices.lexicon import languages, lexicon
from monitor.practices.slips import is_slip, plain_letters
from monitor.practices.statement import Statement
from monitor.practices.wording import label, listed

_MOST_WORDS = 25  # that may differ in a rewording
# Little words and numbers that turn a promise round or say how far it goes, in the languages that are read.
_TURNS = frozenset(
    """
    before after until unless except only all any both either neither each every none nobody nothing somebody someone
    anyone everyone on off in out with without more less most least prior following than first
    one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen
    nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand
    avant après sauf sans avec tous toutes tout toute aucun aucune seul seule seulement uniquement jusqu plus moins
    deux trois quatre cinq sept huit neuf dix douze quinze vingt trente quarante cinquante soixante cent
    vor nach bis außer ohne mit alle allen jeder jede niemand jemand nur mehr weniger mindestens höchstens
    zwei drei vier fünf sechs sieben acht neun zehn zwölf fünfzehn zwanzig dreißig vierzig fünfzig sechzig hundert
    sebelum selepas sehingga kecuali tanpa dengan semua setiap hanya sahaja lebih kurang
    dua tiga empat lima enam tujuh lapan sembilan sepuluh
    """.split()  # noqa: SIM905 - a list of words reads best as one
)
_OPPOSITES = ("un", "in", "im", "il", "ir", "non", "dis", "de", "nicht", "tidak")
_CHARGED = (
    ("negation", "before"),
    ("negation", "object"),
    ("modality", "may"),
    ("modality", "will"),
    ("modality", "must"),
)


def grade(
    diff: Diff, rewordings: Sequence[Rewording], practices: Sequence[str], *, facts_differ: bool, language: str | None
) -> tuple[Significance, str]:
    """The significance and why. `facts_differ`: some fact that is new to the text came, went or was altered."""
    edited = any(
        operation.kind in (OperationKind.ADDED, OperationKind.REMOVED)
        or any(edit.kind is not EditKind.EQUAL for edit in operation.words)
        for operation in diff.operations
    )
    if not edited:
        return Significance.NONE, "no word differs"
    if language is None or language not in languages():
        return Significance.SUBSTANTIVE, "words differ, in a language whose facts are not read"
    words = list(_changed_words(rewordings))
    if not words:
        return Significance.COSMETIC, "only marks, dates, section numbers or the order of sentences differ"
    if _same(rewordings, lambda statement: plain_letters(statement.dateless.split())) or all(
        is_slip(old.split(), new.split()) for old, new in words
    ):
        return Significance.COSMETIC, "only spelling differs"
    if _same(rewordings, lambda statement: statement.reachless):
        return Significance.EDITORIAL, "only how they are reached differs"
    if not facts_differ and _is_slight(rewordings, words, language):
        return Significance.EDITORIAL, "reworded; what it says of each practice is the same"
    if practices:
        return Significance.SUBSTANTIVE, f"what is said of {listed([label(p) for p in practices[:3]])} differs"
    return Significance.SUBSTANTIVE, "words differ"


def _is_slight(rewordings: Iterable[Rewording], words: Sequence[tuple[str, str]], language: str) -> bool:
    if any(rewording.old is None or rewording.new is None or renamed(rewording) for rewording in rewordings):
        return False
    changed = [word for sides in words for side in sides for word in side.split()]
    return (
        len(changed) <= _MOST_WORDS
        and not any(char.isdigit() for word in changed for char in word)
        and charged_words(language).isdisjoint(changed)
        and _TURNS.isdisjoint(changed)
        and not any(_turned(set(old.split()), set(new.split())) for old, new in words)
    )


def _turned(old: set[str], new: set[str]) -> bool:
    """A word became its own opposite: "authorised" and "unauthorised"."""
    return any(
        longer.removeprefix(prefix) in other
        for one, other in ((old, new), (new, old))
        for longer in one
        for prefix in _OPPOSITES
        if longer.startswith(prefix)
    )


@cache
def charged_words(language: str) -> frozenset[str]:
    """Negations and modal verbs, word by word; none in a language without a lexicon."""
    if language not in languages():
        return frozenset()
    data = lexicon(language).data
    phrases = (phrase for section, name in _CHARGED for phrase in data[section][name])
    # "kein|keine" are two forms of one word in the lexicon.
    return frozenset(word for phrase in phrases for word in re.split(r"[\s|]+", phrase) if word)


def _same(rewordings: Iterable[Rewording], told: Callable[[Statement], str]) -> bool:
    """Whether each sentence is there on both sides and tells the same."""
    return all(
        rewording.old is not None and rewording.new is not None and told(rewording.old) == told(rewording.new)
        for rewording in rewordings
    )


def _changed_words(rewordings: Iterable[Rewording]) -> Iterator[tuple[str, str]]:
    """The words that differ, per sentence, without dates and numbers of sections."""
    for rewording in rewordings:
        old = Counter(rewording.old.key.split()) if rewording.old else Counter()
        new = Counter(rewording.new.key.split()) if rewording.new else Counter()
        if rewording.old and rewording.new and rewording.old.dateless == rewording.new.dateless:
            continue
        gone, come = old - new, new - old
        if gone or come:
            yield " ".join(gone.elements()), " ".join(come.elements())
