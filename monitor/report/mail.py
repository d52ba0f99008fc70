"""A redline for e-mail: HTML that mail clients keep, Outlook's Word engine included, and plain text; both bounded.

What means most stands first, so that a bound cuts off what means least.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Self

from jinja2 import Environment
from markupsafe import Markup

from monitor.model import Clause, ClauseKind, Edit, EditKind
from monitor.report import marks, runs, wording
from monitor.report.cells import is_row_pair, row_cells
from monitor.report.harmless import shorten, visible
from monitor.report.layout import Departure, Entry, Fold, Move, Pair, Row
from monitor.report.page import web_link
from monitor.report.ranking import Ranked, rank
from monitor.report.redline import Redline
from monitor.report.runs import Runs
from monitor.report.templating import packaged

HTML_LIMIT = 85_000  # bytes; Gmail clips a message at 102 kB, and what surrounds a redline needs room too
TEXT_LIMIT = 40_000  # characters

_FRAME = 250  # bytes of the table itself
_CONTEXT = 1
_CONTEXT_LIMIT = 200  # characters of a clause that stayed
_AROUND = 160  # characters that stayed, on each side of an edit
_LONGEST = 1_500  # characters of one edit
_NOTE = 40  # characters that tell how much of an edit is left out
_RUNS = 60  # of one clause: each costs its own styles
_CLAUSE = 4_000  # characters of one clause
_LINKS = 10  # of one clause
_WIDTH = 76  # RFC 5322 asks for 78 at most
_REST = "Also changed"
_NOTHING_ELSE = "Nothing else changed."
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
    heads: bool = False  # is nothing without what follows it


def html(redline: Redline, *, limit: int = HTML_LIMIT) -> Excerpt:
    """A table with inline styles, at most `limit` bytes of UTF-8, to be set into a message's body as it is."""
    excerpt = _bounded(
        _html_pieces(redline, _Room.within(limit)), limit - _FRAME, size=lambda text: len(text.encode("utf-8"))
    )
    opened = (
        '<table role="presentation" width="100%" cellpadding="0" cellspacing="0" '
        'style="border-collapse:collapse;table-layout:fixed;width:100%"><colgroup><col width="52"><col></colgroup>'
    )
    return Excerpt(Markup(f"{opened}{excerpt.text}</table>"), excerpt.shown, excerpt.left)  # noqa: S704 - escaped by the template


def text(redline: Redline, *, limit: int = TEXT_LIMIT) -> Excerpt:
    """Plain text with `[-…-]{+…+}`, at most `limit` characters, wrapped for mail."""
    excerpt = _bounded(_text_pieces(redline, _Room.within(limit)), limit, size=len)
    return replace(excerpt, text=excerpt.text.lstrip("\n"))


def _bounded(pieces: Iterator[_Piece], limit: int, *, size: Callable[[str], int]) -> Excerpt:
    kept: list[str] = []
    heads: list[str] = []
    used = shown = left = 0
    for piece in pieces:
        used += size(piece.text)
        if used > limit:  # for good: what follows would stand under a wrong heading
            used = limit + 1
            left += piece.changes
        elif piece.heads:
            heads.append(piece.text)
        else:
            kept += (*heads, piece.text)
            heads.clear()
            shown += piece.changes
    return Excerpt("".join(kept), shown, left)


def _html_pieces(redline: Redline, room: _Room) -> Iterator[_Piece]:
    old, new = redline.diff.old, redline.diff.new
    values = {"old": old, "new": new, "wording": wording, "short": room.short}
    macros = vars(_templates().get_template("mail.html.j2").make_module(values))
    ranked = rank(redline, context=_CONTEXT)
    for weighty in ranked.first:
        yield _Piece(macros["path"](weighty.path) if weighty.path else "", heads=True)
        yield _Piece(macros["said"](weighty.said), heads=True)
        for entry in weighty.entries:
            yield from _html_row(entry, macros, redline, ())
    if ranked.is_all:
        yield _Piece(macros["section"](_NOTHING_ELSE))
        return
    if ranked.first:
        yield _Piece(macros["section"](_REST), heads=True)
    for block in ranked.rest:
        if isinstance(block, Fold):
            yield _Piece(macros["fold"](block))
            continue
        if block.path:
            yield _Piece(macros["path"](block.path), heads=True)
        for row in block.rows:
            yield from _html_row(row, macros, redline, _said(ranked, row))


def _html_row(row: Row, macros: Mapping[str, Any], redline: Redline, said: Sequence[str]) -> Iterator[_Piece]:
    if isinstance(row, Pair):
        yield _Piece(macros["stayed"](row))
    elif isinstance(row, Departure):
        yield _Piece(macros["departure"](row.move))
    elif isinstance(row, Move):
        yield _Piece(macros["said"](said), heads=True)
        yield _Piece(macros["move"](row), changes=1)
        for each in row.entries:
            yield _Piece(macros["entry"](each, "moved", ""))
    else:
        yield _Piece(macros["said"](said), heads=True)
        yield _Piece(macros["entry"](row, row.kind, _note(row, redline.diff.old, redline.diff.new)), changes=1)


def _text_pieces(redline: Redline, room: _Room) -> Iterator[_Piece]:
    old, new = redline.diff.old, redline.diff.new
    ranked = rank(redline, context=_CONTEXT)
    for weighty in ranked.first:
        yield _Piece(_headed(weighty.path) + _text_said(weighty.said), heads=True)
        for entry in weighty.entries:
            yield from _text_row(entry, old, new, room)
    if ranked.is_all:
        yield _Piece(f"\n{_NOTHING_ELSE}\n")
        return
    if ranked.first:
        yield _Piece(f"\n{_REST}\n{'-' * len(_REST)}\n", heads=True)
    for block in ranked.rest:
        if isinstance(block, Fold):
            yield _Piece(f"\n  … {wording.folded(block, old, new)} …\n")
            continue
        yield _Piece(_headed(block.path), heads=True)
        for row in block.rows:
            yield _Piece(_text_said(_said(ranked, row)), heads=True)
            yield from _text_row(row, old, new, room)


def _said(ranked: Ranked, row: Row) -> tuple[str, ...]:
    entries = row.entries if isinstance(row, Move) else (row,) if isinstance(row, Entry) else ()
    return tuple(line for entry in entries for number in entry.numbers for line in ranked.said.get(number, ()))


def _note(entry: Entry, old: Sequence[Clause], new: Sequence[Clause]) -> str:
    """What happened, where its marks do not say so."""
    said = wording.happened(entry, old, new)
    return "" if said in ("added", "removed", "modified") else said


def _headed(path: Sequence[str]) -> str:
    return "\n" + _wrapped(" > ".join(path), "== ", "   ") + "\n" if path else "\n"


def _text_said(said: Sequence[str]) -> str:
    return "".join(_wrapped(line, "* ", "  ") for line in said)


def _text_row(row: Row, old: Sequence[Clause], new: Sequence[Clause], room: _Room) -> Iterator[_Piece]:
    if isinstance(row, Pair):
        start = _label(old[row.old], new[row.new])
        yield _Piece(_wrapped(start + shorten(visible(new[row.new].text), _CONTEXT_LIMIT), "  ", "  "))
    elif isinstance(row, Departure):
        first = old[row.move.entries[0].old[0]]
        yield _Piece(_wrapped(f"({wording.departed(row.move)}: {shorten(visible(first.text), 60)})", "< ", "  "))
    elif isinstance(row, Move):
        yield _Piece(_wrapped(f"({wording.moved(row)})", "> ", "  "), changes=1)
        for entry in row.entries:
            yield from (_Piece(text) for text in _text_entry(entry, old, new, room))
    else:
        said = _note(row, old, new)
        note = _wrapped(f"({said})", "~ ", "  ") if said else ""
        yield _Piece(note + "".join(_text_entry(row, old, new, room)), changes=1)


def _text_entry(entry: Entry, old: Sequence[Clause], new: Sequence[Clause], room: _Room) -> Iterator[str]:
    before, after = [old[i] for i in entry.old], [new[j] for j in entry.new]
    sign = _SIGNS.get(entry.kind, "~")
    start = _label(before[0] if before else None, after[0] if after else None)
    if is_row_pair(before, after) and wording.has_edits(entry):
        for head, was, now in row_cells(entry.words, before[0], after[0]):
            cell = _marked(room.short(was)) if was == now else f"{_marked(room.short(was))} {_marked(room.short(now))}"
            yield _wrapped(f"{visible(head)}: {cell}" if head else cell, f"{sign} ", "    ")
    else:
        for number, words in enumerate(marks.texts(entry, before, after)):
            yield _wrapped(("" if number else start) + _marked(room.short(words)), f"{sign} ", "  ")
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
    return "".join(marks.marked(edit) for edit in words)


@dataclass(frozen=True, slots=True)
class _Room:
    """What a message has room for of one clause: characters, and runs, as each costs its own styles."""

    characters: int
    runs: int

    @classmethod
    def within(cls, limit: int) -> Self:
        """A part of the whole, so that no clause takes it all."""
        return cls(min(_CLAUSE, max(limit // 5, _AROUND)), min(_RUNS, max(limit // 500, 8)))

    def short(self, words: Sequence[Edit]) -> Runs:
        kept = runs.elided(words, around=_AROUND, longest=min(_LONGEST, self.characters - _NOTE))
        if len(kept) > self.runs:
            more = len(kept) - self.runs
            kept = (*kept[: self.runs], Edit(EditKind.EQUAL, f" … [{more:,} more pieces of this clause]"))
        return runs.capped(kept, self.characters)


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
        LINKS=_LINKS,
        opening_link=lambda target: shorten(visible(target), _LONGEST),
        opening=lambda text: shorten(visible(text), _CONTEXT_LIMIT),
        HEADING=ClauseKind.HEADING,
    )
    environment.tests["web_link"] = web_link
    return environment
