"""A redline as Markdown for an issue, a wiki or a note: `<del>` and `<ins>`, which GitHub and most others keep."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from monitor.model import Clause, Edit, EditKind
from monitor.report import marks, runs, wording
from monitor.report.cells import is_row_pair, row_cells
from monitor.report.harmless import shorten, visible
from monitor.report.layout import Departure, Entry, Fold, Move, Pair, Row, lay_out
from monitor.report.redline import Redline

CONTEXT = 1  # clauses that stayed, shown on each side of a change

_CONTEXT_LIMIT = 240  # characters of a clause that stayed
_AROUND = 300  # characters that stayed, on each side of an edit
_LONGEST = 20_000  # characters of one edit
# Everything that starts a construct inside a line. ":" only before "//", "." only after "www", where GitHub links.
_INLINE = re.compile(r"[\\`*_\[\]<>&~|$]|:(?=//)|(?<=www)\.", re.IGNORECASE)
# "@name" would notify a person of that name and "#12" link an issue, escaped or not: an empty comment parts them.
_MENTION = re.compile(r"(?<!\w)[@#](?=\w)")
# What starts a block when it stands first in a line.
_BLOCK = re.compile(r"^(\s*)([-+=#]|\d+(?=[.)]))")


def render(redline: Redline, *, context: int = CONTEXT) -> str:
    """The whole of it."""
    return "\n".join(_lines(redline, context)).rstrip() + "\n"


def escaped(text: str) -> str:
    """Text that Markdown shows as it is, wherever in a line it comes to stand."""
    safe = _INLINE.sub(lambda match: "\\" + match.group(), visible(text))
    safe = _MENTION.sub(lambda match: f"{match.group()}<!-- -->", safe)
    return _BLOCK.sub(_escape_start, safe)


def _escape_start(match: re.Match[str]) -> str:
    blank, start = match.groups()
    return f"{blank}{start}\\" if start.isdigit() else f"{blank}\\{start}"


def _lines(redline: Redline, context: int) -> Iterator[str]:
    old, new = redline.diff.old, redline.diff.new
    yield f"# {escaped(redline.title)}"
    yield ""
    yield f"**{escaped(redline.summary).strip()}**"
    yield ""
    for name, value in wording.facts(redline):
        yield f"- {name}: {escaped(value)}"
    for proof in redline.evidence:
        yield f"- Evidence: {escaped(proof.url)}, taken {wording.moment(proof.taken)}, SHA-256 {escaped(proof.digest)}"
    for block in lay_out(redline.diff, context=context):
        yield ""
        if isinstance(block, Fold):
            yield f"*… {wording.folded(block, old, new)} …*"
            continue
        if block.path:
            yield f"## {escaped(' › '.join(block.path))}"
            yield ""
        for row in block.rows:
            yield from _row(row, old, new)


def _row(row: Row, old: Sequence[Clause], new: Sequence[Clause]) -> Iterator[str]:
    if isinstance(row, Pair):
        start = _label(old[row.old], new[row.new])
        yield f"- {start}{escaped(shorten(visible(new[row.new].text), _CONTEXT_LIMIT))}"
    elif isinstance(row, Departure):
        opening = shorten(visible(old[row.move.entries[0].old[0]].text), 60)
        yield f"- **{escaped(wording.departed(row.move))}**: {escaped(opening)}"
    elif isinstance(row, Move):
        yield f"- **{escaped(wording.moved(row))}**"
        for entry in row.entries:
            yield from (f"  {line}" for line in _entry(entry, old, new, ""))
    else:
        yield from _entry(row, old, new, wording.happened(row, old, new))


def _entry(entry: Entry, old: Sequence[Clause], new: Sequence[Clause], said: str) -> Iterator[str]:
    before, after = [old[i] for i in entry.old], [new[j] for j in entry.new]
    note = f"**{escaped(said[0].upper() + said[1:])}** " if said else ""
    start = _label(before[0] if before else None, after[0] if after else None)
    if is_row_pair(before, after) and wording.has_edits(entry):
        yield f"- {note}table row".rstrip()
        for head, was, now in row_cells(entry.words, before[0], after[0]):
            cell = _marked(was) if was == now else f"{_marked(was)} {_marked(now)}"
            yield f"  - {escaped(head)}: {cell}" if head else f"  - {cell}"
    else:
        for number, words in enumerate(marks.texts(entry, before, after)):
            yield f"  {_marked(words)}" if number else f"- {note}{start}{_marked(words)}"
    for link in entry.links:
        edits = [Edit(EditKind.DELETE, link.old or "no link"), Edit(EditKind.INSERT, link.new or "no link")]
        yield f"  - link “{escaped(link.text)}”: {_marked(edits)}"


def _label(old: Clause | None, new: Clause | None) -> str:
    clause = new or old
    assert clause is not None
    if old and new and old.label != new.label:
        return f"{_marked([Edit(EditKind.DELETE, old.label), Edit(EditKind.INSERT, new.label)])} "
    return f"{escaped(clause.label)} " if clause.label else ""


def _marked(words: Sequence[Edit]) -> str:
    tags = {EditKind.EQUAL: "{}", EditKind.DELETE: "<del>{}</del>", EditKind.INSERT: "<ins>{}</ins>"}
    kept = runs.elided(words, around=_AROUND, longest=_LONGEST)
    return "".join(tags[edit.kind].format(escaped(edit.text)) for edit in kept if edit.text)
