"""Runs: pieces of text set alike, and how line breaks part them into blocks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from monitor.text.labels import split_label
from monitor.text.normalise import visible

# Text, whether it is bold, and the number of the link it is in (-1: none). Plain tuples: a page has thousands.
Run: TypeAlias = tuple[str, bool, int]
BREAK: Run = ("\n", False, -1)
SPACE: Run = (" ", False, -1)
_SENTENCE_LINE = 80  # characters; a line of this length that ends a sentence before a <br> is a paragraph
_SHORT_LINE = 12  # words; a bold line of at most this many before a <br> is a heading


def paragraphs(runs: list[Run]) -> Iterator[list[Run]]:
    """Runs split at line breaks that end a paragraph; other breaks become spaces."""
    if BREAK not in runs:
        yield runs
        return
    lines: list[list[Run]] = [[]]
    for run in runs:
        if run is BREAK:
            lines.append([])
        else:
            lines[-1].append(run)
    paragraph: list[Run] = []
    above: list[Run] = []
    last = ""
    for line in lines:
        text = visible("".join([run[0] for run in line]))
        if paragraph and (not text or _starts_block(last, above, text, line)):
            yield paragraph
            paragraph = []
        if text:
            paragraph += (*line, SPACE)
            above, last = line, text
    if paragraph:
        yield paragraph


def _starts_block(last: str, above: list[Run], text: str, line: list[Run]) -> bool:
    """Whether a line after a single line break is a block of its own."""
    was_bold = is_bold(above)
    if was_bold != is_bold(line) and len((last if was_bold else text).split()) <= _SHORT_LINE:
        return True
    if split_label(text)[0]:
        return True
    return len(last) >= _SENTENCE_LINE and last[-1] in ".!?:;" and not text[:1].islower()


def is_bold(runs: list[Run]) -> bool:
    """Whether all that shows is bold."""
    for text, bold, _ in runs:  # noqa: SIM110 - a generator costs more than the whole loop, and this runs per block
        if not bold and text.strip():
            return False
    return True
