"""Words and sentences of a clause, with their places in its text."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+|\.(?![A-ZÀ-Þ][a-zß-ÿ])[^\W_]+)*|[.;:!?,()&+%$€£@|•–—]")
_ELIDING = re.compile(
    r"(?:[ldjmtsnc]|qu|jusqu|lorsqu|puisqu)['’](?=\w)|[^\W_]+(?:['’][^\W_]+|\.(?![A-ZÀ-Þ][a-zß-ÿ])[^\W_]+)*|[.;:!?,()&+%$€£@|•–—]",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"\]?\(?(?:https?://|data:[a-z]+/)\S+")  # web addresses are no words of the policy
_ENDS = frozenset(".!?;")
BREAKS = frozenset(".!?;:()|•–—")  # no phrase and no negation reaches across these

MAX_WORDS = 5_000
"""Words of one clause that are read. The longest clause of 25 real policies has under 2,000; a page that arrives as one
block is cut here, so that time stays bounded."""


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a text: lower case with straight apostrophes, and where each stands. Marks are words too."""

    text: str
    lower: tuple[str, ...]
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def __len__(self) -> int:
        """How many."""
        return len(self.lower)

    def raw(self, index: int) -> str:
        """A word as shown."""
        return self.text[self.starts[index] : self.ends[index]]

    def between(self, first: int, last: int) -> str:
        """The text from the start of one word to the end of another."""
        return self.text[self.starts[first] : self.ends[last]]


def split_words(text: str, *, eliding: bool = False) -> Words:
    """The words of `text`, at most MAX_WORDS. With `eliding`, French elisions are words of their own (l' / adresse)."""
    shown = text
    lower: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    if "://" in text or "data:" in text:
        text = _ADDRESS.sub(lambda match: " " * len(match.group()), text)
    for match in (_ELIDING if eliding else _WORD).finditer(text):
        lower.append(match.group().lower().replace("’", "'"))
        starts.append(match.start())
        ends.append(match.end())
        if len(lower) == MAX_WORDS:
            break
    return Words(shown, tuple(lower), tuple(starts), tuple(ends))


def sentences(words: Words, abbreviations: Collection[str]) -> list[tuple[int, int]]:
    """Ranges of word indices, one per sentence. A semicolon ends one too.

    A full stop after an abbreviation, a single letter or a number that a lower-case word follows ends none:
    "En. Ali", "Art. 6", "1. Januar".
    """
    lower = words.lower
    found: list[tuple[int, int]] = []
    begin = 0
    last = len(lower) - 1
    for index, word in enumerate(lower):
        if word not in _ENDS:
            continue
        if word == "." and index < last:
            before = lower[index - 1] if index else ""
            after = words.text[words.starts[index + 1]]
            closed = words.starts[index + 1] == words.ends[index] and not after.isupper()
            if (
                closed
                or before in abbreviations
                or (len(before) == 1 and before.isalpha())
                or after.islower()
                or before.isdigit()
            ):
                continue
        if index + 1 > begin:
            found.append((begin, index + 1))
        begin = index + 1
    if begin < len(lower):
        found.append((begin, len(lower)))
    return found
