"""Text of strangers made safe to show: nothing in it can steer a terminal, reorder a line or end a header.

What is taken away from the eye is made visible instead of dropped, as a hidden character may be the change itself.
"""

from __future__ import annotations

import re

# Controls of C0, DEL and C1; line and paragraph separators; bidi embeddings, overrides and isolates; interlinear
# annotation; lone surrogates and non-characters, which no encoder takes; tag characters, which carry hidden ASCII.
# Left alone: ZWJ, ZWNJ, LRM, RLM, ALM, which Persian, Hebrew and Arabic text needs and which reach no further
# than their neighbours.
_DANGEROUS = re.compile(
    "[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufff9-\ufffb\ufffe\uffff\ud800-\udfff"
    "\U000e0000-\U000e007f"
    + "".join(f"{chr(p + 0xFFFE)}{chr(p + 0xFFFF)}" for p in range(0x10000, 0x110000, 0x10000))
    + "]"
)
_SPACES = "\t\n\v\f\r\x85\u2028\u2029"
_WORD_EDGE = re.compile(r"\s+\S*$")


def _picture(match: re.Match[str]) -> str:
    char = match.group()
    code = ord(char)
    if char in _SPACES:
        return " "
    if code < 0x20:  # noqa: PLR2004 - the end of C0
        return chr(0x2400 + code)  # the control pictures block mirrors C0
    if code == 0x7F:  # noqa: PLR2004 - DEL
        return "\u2421"
    if 0x202A <= code <= 0x2069 or 0xE0000 <= code <= 0xE007F:  # noqa: PLR2004 - bidi controls and tags
        return f"[U+{code:04X}]"
    return "\ufffd"


def visible(text: str) -> str:
    """`text` on one line, with every dangerous character replaced by something harmless that shows."""
    return _DANGEROUS.sub(_picture, text)


def escape_dangerous(json_text: str) -> str:
    """JSON text with dangerous characters inside its strings as escapes by number: same value, safe to print.

    Line feeds and spaces outside strings, as an indenting encoder writes them, stay.
    """
    return _DANGEROUS.sub(_json_escape, json_text)


def _json_escape(match: re.Match[str]) -> str:
    char = match.group()
    if char == "\n":
        return char
    units = char.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[i : i + 4]}" for i in range(0, len(units), 4))


def shorten(text: str, limit: int) -> str:
    """At most `limit` characters, cut between words where that keeps most of it, with an ellipsis where cut."""
    if len(text) <= limit:
        return text
    head = text[: max(limit - 1, 0)]
    at_word = head if text[len(head) : len(head) + 1].isspace() else _WORD_EDGE.sub("", head)
    if len(at_word) * 2 >= len(head):
        head = at_word
    return f"{head.rstrip()}…"
