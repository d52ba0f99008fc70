"""A redline for e-mail: HTML that mail clients keep, Outlook's Word engine included, and plain text; both bounded."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from jinja2 import Environment
from markupsafe import Markup

from monitor.model import Clause, ClauseKind, Edit, EditKind
from monitor.report import marks, runs, wording
from monitor.report.cells import is_row_pair, row_cells
from monitor.report.harmless import shorten, visible
from monitor.report.layout import Departure, Entry, Fold, Move, Pair, Row, lay_out
from monitor.report.page import web_link
from monitor.report.redline import Redline
from monitor.report.templating import packaged

HTML_LIMIT = 85_000  # bytes; Gmail clips a message at 102 kB, and what surrounds a redline needs room too
TEXT_LIMIT = 40_000  # characters

_FRAME = 250  # bytes of the table itself
_CONTEXT = 1
_CONTEXT_LIMIT = 200  # characters of a clause that stayed
_AROUND = 160  # characters that stayed, on each side of an edit
_LONGEST = 1_500  # characters of one edit
_RUNS = 60  # of one clause: each costs its own styles
_CLAUSE = 4_000  # characters of one clause
_LINKS = 10  # of one clause
_WIDTH = 76  # RFC 5322 asks for 78 at most
_SIGNS = {"added": "+", "removed": "-", "moved": ">"}


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A rendering that may have been cut short: how many changes are in it and how many are not."""

    text: str
    shown: int
    left: int


@dataclass(frozen=True, slots=True)
class _Piece:
    text: str
    changes: int = 0


def html(redline: Redline, *, limit: int = HTML_LIMIT) -> Excerpt:
    """A table with inline styles, at most `limit` bytes of UTF-8, to be set into a message's body as it is."""
    excerpt = _bounded(_html_pieces(redline), limit - _FRAME, size=lambda text: len(text.encode("utf-8")))
    opened = (
        '<table role="presentation" width="100%" cellpadding="0" cellspacing="0" '
        'style="border-collapse:collapse;table-layout:fixed;width:100%"><colgroup><col width="68"><col></colgroup>'
    )
    return Excerpt(Markup(f"{opened}{excerpt.text}</table>"), excerpt.shown, excerpt.left)  # noqa: S704 - escaped by the template


def text(redline: Redline, *, limit: int = TEXT_LIMIT) -> Excerpt:
    """Plain text with `[-…-]{+…+}`, at most `limit` characters, wrapped for mail."""
    return _bounded(_text_pieces(redline), limit, size=len)


def _bounded(pieces: Iterator[_Piece], limit: int, *, size: Callable[[str], int]) -> Excerpt:
    kept: list[str] = []
    used = shown = left = 0
    for piece in pieces:
        used += size(piece.text)
        if used > limit:  # for good: what follows would stand under a wrong heading
            used = limit + 1
            left += piece.changes
        else:
            kept.append(piece.text)
            shown += piece.changes
    return Excerpt("".join(kept), shown, left)


def _html_pieces(redline: Redline) -> Iterator[_Piece]:
    templates = (
        _templates()
        .get_template("mail.html.j2")
        .make_module({"old": redline.diff.old, "new": redline.diff.new, "wording": wording})
    )
    macros = vars(templates)
    for block in lay_out(redline.diff, context=_CONTEXT):
        if isinstance(block, Fold):
            yield _Piece(macros["fold"](block))
            continue
        if block.path:
            yield _Piece(macros["path"](block.path))
        for row in block.rows:
            if isinstance(row, Pair):
                yield _Piece(macros["stayed"](row))
            elif isinstance(row, Departure):
                yield _Piece(macros["departure"](row.move))
            elif isinstance(row, Move):
                yield _Piece(macros["move"](row), changes=1)
                for entry in row.entries:
                    yield _Piece(macros["entry"](entry, "moved", ""))
            else:
                yield _Piece(
                    macros["entry"](row, row.kind, wording.happened(row, redline.diff.old, redline.diff.new)), 1
                )


def _text_pieces(redline: Redline) -> Iterator[_Piece]:
    old, new = redline.diff.old, redline.diff.new
    for block in lay_out(redline.diff, context=_CONTEXT):
        if isinstance(block, Fold):
            yield _Piece(f"\n  … {wording.folded(block, old, new)} …\n")
            continue
        if block.path:
            yield _Piece("\n" + _wrapped(" > ".join(block.path), "== ", "   ") + "\n")
        for row in block.rows:
            yield from _text_row(row, old, new)


def _text_row(row: Row, old: Sequence[Clause], new: Sequence[Clause]) -> Iterator[_Piece]:
    if isinstance(row, Pair):
        start = _label(old[row.old], new[row.new])
        yield _Piece(_wrapped(start + shorten(visible(new[row.new].text), _CONTEXT_LIMIT), "  ", "  "))
    elif isinstance(row, Departure):
        first = old[row.move.entries[0].old[0]]
        yield _Piece(_wrapped(f"({wording.departed(row.move)}: {shorten(visible(first.text), 60)})", "< ", "  "))
    elif isinstance(row, Move):
        yield _Piece(_wrapped(f"({wording.moved(row)})", "> ", "  "), changes=1)
        for entry in row.entries:
            yield from (_Piece(text) for text in _text_entry(entry, old, new))
    else:
        said = wording.happened(row, old, new)
        note = "" if said in ("added", "removed", "modified") else _wrapped(f"({said})", "~ ", "  ")
        yield _Piece(note + "".join(_text_entry(row, old, new)), changes=1)


def _text_entry(entry: Entry, old: Sequence[Clause], new: Sequence[Clause]) -> Iterator[str]:
    before, after = [old[i] for i in entry.old], [new[j] for j in entry.new]
    sign = _SIGNS.get(entry.kind, "~")
    start = _label(before[0] if before else None, after[0] if after else None)
    if is_row_pair(before, after) and wording.has_edits(entry):
        for head, was, now in row_cells(entry.words, before[0], after[0]):
            cell = _marked(was) if was == now else f"{_marked(was)} {_marked(now)}"
            yield _wrapped(f"{visible(head)}: {cell}" if head else cell, f"{sign} ", "    ")
    else:
        for number, words in enumerate(marks.texts(entry, before, after)):
            yield _wrapped(("" if number else start) + _marked(words), f"{sign} ", "  ")
    for link in entry.links[:_LINKS]:
        edits = [Edit(EditKind.DELETE, link.old or "no link"), Edit(EditKind.INSERT, link.new or "no link")]
        yield _wrapped(f"link “{shorten(visible(link.text), _CONTEXT_LIMIT)}”: {_marked(edits)}", "  ", "    ")
    if len(entry.links) > _LINKS:
        yield _wrapped(f"({len(entry.links) - _LINKS:,} more links)", "  ", "    ")


def _label(old: Clause | None, new: Clause | None) -> str:
    clause = new or old
    assert clause is not None
    if old and new and old.label != new.label:
        return f"{_marked([Edit(EditKind.DELETE, old.label), Edit(EditKind.INSERT, new.label)])} "
    return f"{visible(clause.label)} " if clause.label else ""


def _marked(words: Sequence[Edit]) -> str:
    return "".join(marks.marked(edit) for edit in short(words))


def short(words: Sequence[Edit]) -> runs.Runs:
    """What a message has room for of one clause."""
    kept = runs.elided(words, around=_AROUND, longest=_LONGEST)
    if len(kept) > _RUNS:
        more = len(kept) - _RUNS
        kept = (*kept[:_RUNS], Edit(EditKind.EQUAL, f" … [{more:,} more pieces of this clause]"))
    return runs.capped(kept, _CLAUSE)


def _wrapped(text: str, first: str, rest: str) -> str:
    return (
        textwrap.fill(
            text, _WIDTH, initial_indent=first, subsequent_indent=rest, break_long_words=False, break_on_hyphens=False
        )
        + "\n"
    )


@lru_cache(maxsize=1)
def _templates() -> Environment:
    environment = packaged()
    environment.globals.update(
        texts=lambda entry, old, new: marks.texts(entry, [old[i] for i in entry.old], [new[j] for j in entry.new]),
        is_cells=lambda entry, old, new: (
            wording.has_edits(entry) and is_row_pair([old[i] for i in entry.old], [new[j] for j in entry.new])
        ),
        cells=lambda entry, old, new: row_cells(entry.words, old[entry.old[0]], new[entry.new[0]]),
        short=short,
        LINKS=_LINKS,
        opening_link=lambda target: shorten(visible(target), _LONGEST),
        opening=lambda text: shorten(visible(text), _CONTEXT_LIMIT),
        HEADING=ClauseKind.HEADING,
    )
    environment.tests["web_link"] = web_link
    return environment
