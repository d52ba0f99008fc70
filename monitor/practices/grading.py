"""How much a change matters to a reader, told from facts and words, with the reason in one line.

It is called editorial on good evidence only: no fact differs, the sentences are the same ones reworded, little differs,
and no figure, no negation and no modal verb is among what does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache

from monitor.model import Diff, EditKind, OperationKind, Significance
from monitor.practices.compare import Rewording
from monitor.practices.lexicon import languages, lexicon
from monitor.practices.read import Statement
from monitor.practices.slips import is_slip
from monitor.practices.wording import label, listed

_MOST_WORDS = 25  # that may differ in a rewording
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
    if all(is_slip(old.split(), new.split()) for old, new in words):
        return Significance.COSMETIC, "only spelling differs"
    if _same(rewordings, lambda statement: statement.reachless):
        return Significance.EDITORIAL, "only how they are reached differs"
    if not facts_differ and _is_slight(rewordings, words, language):
        return Significance.EDITORIAL, "reworded; what it says of each practice is the same"
    if practices:
        return Significance.SUBSTANTIVE, f"what is said of {listed([label(p) for p in practices[:3]])} differs"
    return Significance.SUBSTANTIVE, "words differ"


def _is_slight(rewordings: Iterable[Rewording], words: Sequence[tuple[str, str]], language: str) -> bool:
    if any(rewording.old is None or rewording.new is None for rewording in rewordings):
        return False
    changed = [word for sides in words for side in sides for word in side.split()]
    return (
        len(changed) <= _MOST_WORDS
        and not any(char.isdigit() for word in changed for char in word)
        and _charged(language).isdisjoint(changed)
    )


@cache
def _charged(language: str) -> frozenset[str]:
    """Words that turn a sentence round or loosen it."""
    data = lexicon(language).data
    return frozenset(word for section, name in _CHARGED for phrase in data[section][name] for word in phrase.split())


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
