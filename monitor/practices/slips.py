"""Tell a slip of the pen from another word."""

from __future__ import annotations

from collections.abc import Sequence

_SHORT_FORMS = {"won't": "will not", "can't": "cannot", "n't": " not", "'re": " are", "'ll": " will", "'ve": " have"}
# Shorter words differ in one letter and mean another thing: "now" and "not", "may" and "way".
SHORTEST_SLIP = 5


def is_slip(gone: Sequence[str], come: Sequence[str]) -> bool:
    """Whether the words that came are those that went, spelt otherwise."""
    return len(gone) == len(come) and all(
        before == after or _one_letter_apart(before, after) for before, after in zip(gone, come, strict=True)
    )


def _one_letter_apart(before: str, after: str) -> bool:
    """Tell a slip of the pen: two letters swapped, or one doubled or not, inside a long word without digits.

    Any other letter may make another word: "contacts" and "contracts", "consent" and "content". First letters must
    agree, so that a negating prefix (un-, in-, a-) is no slip, and so must the last, so that an ending that carries
    number or tense is none.
    """
    if min(len(before), len(after)) < SHORTEST_SLIP or not (before + after).isalpha():
        return False
    if before[0] != after[0] or before[-1] != after[-1] or abs(len(before) - len(after)) > 1:
        return False
    start = next((i for i, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), 0)
    left, right = before[start:], after[start:]
    swapped = left[:2] == right[1::-1] and left[2:] == right[2:]
    longer, shorter = (left, right) if len(before) > len(after) else (right, left)
    doubled = longer[1:] == shorter and longer[0] == (before if len(before) > len(after) else after)[start - 1]
    return swapped or doubled


def plain_letters(words: Sequence[str]) -> str:
    """The same for texts that differ in a word said twice, in spaces or in short forms: "to to", "can not", "don't"."""
    once = [word for place, word in enumerate(words) if not place or words[place - 1] != word]
    text = " ".join(once).replace("\u2019", "'")
    for short, full in _SHORT_FORMS.items():
        text = text.replace(short, full)
    figures = any(char.isdigit() for char in text)  # "1 000" and "10 00" are not the same
    return text if figures else text.replace(" ", "")
