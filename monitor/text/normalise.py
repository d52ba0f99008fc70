"""The form of a text that is compared, never shown: the same words give the same string, however they are set."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from functools import lru_cache

# Typographic variants that editors and browsers swap on their own (Unicode chapter 6.2, "General Punctuation").
_APOSTROPHES = "‘’‚‛′‵ʹʻʼʽʾˈˊˋ`´＇❛❜"
_QUOTES = "“”„‟″‶«»‹›〝〞〟＂❝❞"
_DASHES = "‐‑‒–—―−⁃﹘﹣－⸺⸻"
_BULLETS = "•‣◦▪▫●○■□▸►▶◆◇❖➢➤✓✔·∙⋅⁌⁍*\uf0b7\uf0a7\uf0d8"  # the last three: Word's Symbol and Wingdings
# Zero-width and format characters (category Cf), soft hyphen, variation selectors, the combining grapheme joiner.
INVISIBLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180e\u180f\u200b\u200c\u200d\u200e\u200f"
    "\u202a\u202b\u202c\u202d\u202e\u2060\u2061\u2062\u2063\u2064\u2066\u2067\u2068\u2069\u206a\u206b\u206c"
    "\u206d\u206e\u206f\u3164\ufeff\uffa0\ufff9\ufffa\ufffb"
    + "".join(map(chr, range(0xFE00, 0xFE10)))
    + "".join(map(chr, range(0xFDD0, 0xFDF0)))
)

_UNSHOWN = re.compile(rf"[{INVISIBLE}\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]+")
_SAME = {
    **dict.fromkeys(_APOSTROPHES, "'"),
    **dict.fromkeys(_QUOTES, '"'),
    **dict.fromkeys(_DASHES, "-"),
    **dict.fromkeys(INVISIBLE, ""),
    "…": "...",
}
_VARIANT = re.compile(f"[{''.join(map(re.escape, _SAME))}]")
_LEADING_BULLETS = re.compile(rf"(?:[{re.escape(_BULLETS)}]\s*)+(?=\W*\w)")
# Four or more single letters in a row: letter-spacing made with spaces ("P R I V A C Y"). The hint, two of them between
# spaces, is much cheaper to look for.
_SPACED_LETTERS = re.compile(r"(?<![^\W_])[A-Za-zÀ-ÖØ-öø-ɏ](?: [A-Za-zÀ-ÖØ-öø-ɏ]){3,}(?![^\W_])")
_SPACED_HINT = re.compile(r" [^\W\d_] [^\W\d_] ")
# What screen readers are told after a link; sites add it to all links at once.
_NEW_WINDOW = re.compile(
    r"\s*\((?:opens? (?:up )?in (?:an? )?(?:new|external|separate)[^()]{0,20}"
    r"|(?:s')?ouvre (?:dans )?une nouvelle fenêtre"
    r"|öffnet (?:sich )?in (?:einem )?neue[mn] (?:fenster|tab)|(?:external|new) (?:link|window|tab))\)",
    re.IGNORECASE,
)
# Looks at a page bring the same clauses over and over. At most 8 MB, as no longer text is remembered.
_REMEMBERED = 1_000  # characters
_REMEMBERED_TEXTS = 8_192
# Inline markup comes and goes with a space beside punctuation; French sets one before ":", ";", "!" and "?".
_LOOSE_PUNCTUATION = re.compile(r" (?:(?=[,.;:!?)\]])|(?<=[(\[] ))")


def normalise(text: str) -> str:
    """Fold what is no difference between two texts; case and words stay. Applying it twice changes nothing."""
    if not text.isascii():
        text = _VARIANT.sub(_same, text.replace("’", "'"))  # by far the most frequent
        if not unicodedata.is_normalized("NFKC", text):
            text = _VARIANT.sub(_same, unicodedata.normalize("NFKC", text))
    elif "`" in text:
        text = text.replace("`", "'")
    text = " ".join(text.split())
    if "(" in text:
        text = _NEW_WINDOW.sub("", text)
    if _SPACED_HINT.search(text):
        text = _SPACED_LETTERS.sub(lambda found: found[0].replace(" ", ""), text)
    text = _LOOSE_PUNCTUATION.sub("", text)
    bullets = _LEADING_BULLETS.match(text)
    return text[bullets.end() :] if bullets else text


def _same(found: re.Match[str]) -> str:
    return _SAME[found[0]]


def visible(text: str) -> str:
    """Text as shown: white space folded, characters without a shape left out."""
    folded = " ".join(text.split())
    if folded.isprintable():  # the quick way to see that none of them is there
        return folded
    return " ".join(_UNSHOWN.sub("", text).split())


def clause_digest(text: str) -> str:
    """SHA-256 (hex) of the normalised words."""
    return _remembered_digest(text) if len(text) <= _REMEMBERED else _digest(text)


def _digest(text: str) -> str:
    return hashlib.sha256(normalise(text).encode("utf-8", "surrogatepass")).hexdigest()


_remembered_digest = lru_cache(maxsize=_REMEMBERED_TEXTS)(_digest)
