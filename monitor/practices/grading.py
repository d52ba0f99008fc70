"""How much a change matters to a reader, told from facts and words, with the reason in one line.

It is called editorial on good evidence only: no fact differs, the sentences are the same ones reworded, little differs,
and each word that went has one that came for it: another form of it, or another name of the same thing.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache, lru_cache

from rapidfuzz.distance import Prefix

from monitor.model import Diff, EditKind, OperationKind, Significance
from monitor.practices.compare import Rewording, renamed
from monitor.practices.lexicon import languages, lexicon
from monitor.practices.slips import is_slip, plain_letters
from monitor.practices.statement import Statement
from monitor.practices.wording import label, listed
from monitor.practices.words import split_words

_MOST_WORDS = 25  # that may differ in a rewording
# Words that come and go without changing what is said, in the languages that are read: articles, words that point back,
# and "is". Everything else, however small, may turn a sentence round: whose, until, from, a quantity.
_EMPTY = frozenset(
    """
    the a an this that these those which who is are be being there here also please
    le la les l' un une des du ce cet cette ces qui que est sont être aussi ainsi veuillez
    der die das den dem des ein eine einen einem einer eines dieser diese dieses diesen diesem ist sind sein auch bitte
    yang ini itu tersebut ialah adalah sila juga
    """.split()  # noqa: SIM905 - a list of words reads best as one
)
_ALIKE = frozenset(["data", "policy", "service", "account"])  # concepts whose words may stand for each other
_STEM = 4  # letters at least that two forms of a word share
# What forms of a word end in, in the languages that are read.
_ENDINGS = frozenset(
    """
    s es e ed d ing ings ion ions ation ations y ily ly ies ied ment ments
    er é ée és ées ent ons ez ant ements en em n t te ten st ung ungen kan i an nya
    """.split()  # noqa: SIM905 - likewise
)
_SHORTENED, _WRITTEN_OUT = 3, 7  # letters of a shortened word at least, and of the whole: "art." and "article"
_SPELT = 5  # letters at least of a word that is spelt in two ways
_REVERSED = ("less", "free", "los", "frei")
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
    turned = _reordered(rewordings)
    slight = "" if turned else _cosmetic(rewordings, words)
    if slight:
        return Significance.COSMETIC, slight
    if _same(rewordings, lambda statement: statement.reachless):
        return Significance.EDITORIAL, "only how they are reached differs"
    if _same(rewordings, lambda statement: statement.valued):
        return Significance.EDITORIAL, "the same periods and amounts in other words"
    if not facts_differ and _is_slight(rewordings, words, language) and _is_idle(turned, language):
        return Significance.EDITORIAL, "reworded; what it says of each practice is the same"
    if practices:
        return Significance.SUBSTANTIVE, f"what is said of {listed([label(p) for p in practices[:3]])} differs"
    return Significance.SUBSTANTIVE, "words differ"


def _cosmetic(rewordings: Sequence[Rewording], words: Sequence[tuple[str, str]]) -> str:
    """Why the words that differ say nothing else; empty where they may."""
    if not words:
        return "only marks, dates, section numbers or the order of sentences differ"
    if all(side.tells_own_date for r in rewordings for side in (r.old, r.new) if side is not None):
        return "only the date that the document bears differs"
    if _same(rewordings, lambda statement: plain_letters(statement.dateless.split())) or all(
        is_slip(old.split(), new.split()) for old, new in words
    ):
        return "only spelling differs"
    return ""


def _is_slight(rewordings: Iterable[Rewording], words: Sequence[tuple[str, str]], language: str) -> bool:
    if any(rewording.old is None or rewording.new is None or renamed(rewording) for rewording in rewordings):
        return False
    changed = [word for sides in words for side in sides for word in side.split()]
    return (
        len(changed) <= _MOST_WORDS
        and not any(char.isdigit() for word in changed for char in word)
        and charged_words(language).isdisjoint(changed)
        and all(_alike(old.split(), new.split(), language) for old, new in words)
        and not any(_turned(set(old.split()), set(new.split())) for old, new in words)
    )


def _is_idle(turned: Iterable[Statement], language: str) -> bool:
    """Whether it says the same in another order: nothing is negated, allowed, counted or named whose place matters."""
    return all(
        not statement.values
        and not any(char.isdigit() for char in statement.key)
        and charged_words(language).isdisjoint(statement.key.split())
        for statement in turned
    )


def _alike(old: Sequence[str], new: Sequence[str], language: str) -> bool:
    """Whether each word that went has one that came for it, of the same stem or for the same thing."""
    gone = [word for word in old if word not in _EMPTY]
    left = [word for word in new if word not in _EMPTY]
    for word in gone:
        match = next((other for other in left if _same_stem(word, other) or _same_thing(word, other, language)), None)
        if match is None:
            return False
        left.remove(match)
    return not left


def _same_stem(one: str, other: str) -> bool:
    if min(len(one), len(other)) >= _SPELT and _folded(one) == _folded(other):
        return True
    shared = Prefix.similarity(one, other)
    if shared >= _STEM and {one[shared:], other[shared:]} <= _ENDINGS | {""}:
        return True
    shorter, longer = sorted((one, other), key=len)
    short = shorter.removesuffix("s")
    return (
        len(short) >= _SHORTENED
        and len(longer) >= _WRITTEN_OUT
        and longer.startswith(short)
        and not longer.endswith(_REVERSED)
    )


def _folded(word: str) -> str:
    """The same for British and American spelling: "organise", "organize"; "labour", "labor"; "licence", "license"."""
    return word.replace("z", "s").replace("our", "or").replace("ence", "ense")


def _same_thing(one: str, other: str, language: str) -> bool:
    return not _things(one, language).isdisjoint(_things(other, language))


@lru_cache(maxsize=4096)
def _things(word: str, language: str) -> frozenset[str]:
    return _ALIKE & lexicon(language).hits(split_words(word)).keys()


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
    plain = {
        *data["common"],
        *(word for actor in data["actors"].values() for phrase in actor for word in phrase.split()),
    }
    # "kein|keine" are two forms of one word in the lexicon; the "we" of "we reserve the right" says nothing by itself.
    return frozenset(
        word
        for phrase in phrases
        for word in re.split(r"[\s|]+", phrase)
        if word and (" " not in phrase or word not in plain)
    )


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


def _reordered(rewordings: Iterable[Rewording]) -> list[Statement]:
    """Sentences whose words stand in another order, other than the parts of a list do; as they are now."""
    return [
        r.new
        for r in rewordings
        if r.old is not None
        and r.new is not None
        and r.old.dateless != r.new.dateless
        and sorted(r.old.key.split()) == sorted(r.new.key.split())
        and not _same_parts(r.old.text, r.new.text)
    ]


_PARTS = re.compile(r"[,;:()]|\s(?:and|or|et|ou|und|oder|dan|atau)\s", re.IGNORECASE)


def _same_parts(old: str, new: str) -> bool:
    """Whether two sentences list the same parts in another order, after the words that they begin with alike."""
    one, other = old.casefold().split(), new.casefold().split()
    same = next((place for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), 0)
    before, after = (
        sorted(part.strip(" .") for part in _PARTS.split(" ".join(words[same:]))) for words in (one, other)
    )
    return before == after
