"""Words of a text, and their coding as characters, so that string algorithms in C can compare word by word."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

# What parts words: white space, ASCII and general punctuation, CJK and full-width marks. Everything else belongs to a
# word, so that combining marks, currency signs and joiners (U+200C, U+200D) never part from their letters.
_PARTING: Final = (
    "\\s!-/:-@\\[-\\^`{-~\u00a1\u00a7\u00ab\u00b6\u00bb\u00bf\u2000-\u200b\u200e-\u206f\u2e00-\u2e7f"
    "\u3000-\u303f\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65"
)
# Scripts that write no space between words: there each character counts as a word of its own.
_UNSPACED: Final = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_LETTERS: Final = f"[^{_PARTING}{_UNSPACED}]+"

WORD: Final = re.compile(f"[{_UNSPACED}]|{_LETTERS}")
# For showing edits, what is written together stays together: "3,000", "e-mail", "don’t", "4.2", "a@b.org", "and/or".
TOKEN: Final = re.compile(f"[{_UNSPACED}]|{_LETTERS}(?:[-.,:/@&'’\u00b7\u2010\u2011]+{_LETTERS})*|\\S")

_SENTENCE_ENDS: Final = ".!?;:。！？；："

_FIRST: Final = 0x4E00
_SURROGATES: Final = 0xD800
_SURROGATE_COUNT: Final = 0x800
_CAPACITY: Final = 0x110000 - _FIRST - _SURROGATE_COUNT


def character(number: int) -> str:
    """The character that stands for the word of that number; lone surrogates are skipped, as no codec takes them.

    Numbers beyond the code space start again, so a comparison of more than a million distinct words is approximate.
    """
    code = _FIRST + number % _CAPACITY
    return chr(code if code < _SURROGATES else code + _SURROGATE_COUNT)


class Lexicon:
    """Gives each distinct word one character."""

    def __init__(self) -> None:
        self._characters = _Characters()

    def encode(self, words: Iterable[str]) -> str:
        """One character per word."""
        return "".join(map(self._characters.__getitem__, words))

    def ends(self) -> frozenset[str]:
        """The characters that stand for marks that close a sentence."""
        return frozenset(self._characters[mark] for mark in _SENTENCE_ENDS if mark in self._characters)


class _Characters(dict[str, str]):
    """Words and their characters; a new word gets the next one."""

    def __missing__(self, word: str) -> str:
        found = self[word] = character(len(self))
        return found
