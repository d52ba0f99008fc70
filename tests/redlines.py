"""Redlines for tests, written as a person would mark them up.

One line is one clause: `sign kind label | text`. The text carries its edits as `[-gone-]{+come+}`. Signs:
`=` stayed, `+` added, `-` removed, `~` modified, `>x` moved here as x, `<x` moved away as x, `#` renumbered
(`4→5` as label), `/` split (parts joined by ` ¶ `), `&` merged (likewise). Kinds: h1 to h6, p, li, row, def.
A label `4→5` differs on both sides; a row's text is `head: cell | head: cell`; `@text=old>new` at the end of a line
gives a link whose target differs and `@text=target` one that does not.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from pathlib import Path

from monitor.model import Clause, ClauseKind, Diff, Edit, EditKind, Link, Operation, OperationKind

_KINDS = {
    "p": ClauseKind.PARAGRAPH,
    "li": ClauseKind.LIST_ITEM,
    "row": ClauseKind.TABLE_ROW,
    "def": ClauseKind.DEFINITION,
}
_OPERATIONS = {
    "+": OperationKind.ADDED,
    "-": OperationKind.REMOVED,
    "~": OperationKind.MODIFIED,
    "/": OperationKind.SPLIT,
    "&": OperationKind.MERGE,
}
_EDIT = re.compile(r"\[-(.*?)-\]|\{\+(.*?)\+\}")
_LINK = re.compile(r" @([^=@]+)=([^>@\s]+)(?:>(\S+))?")


def edits(marked: str) -> tuple[Edit, ...]:
    """`We keep it [-30 days-]{+24 months+}.` as edits."""
    found, at = [], 0
    for match in _EDIT.finditer(marked):
        found.append(Edit(EditKind.EQUAL, marked[at : match.start()]))
        gone, come = match.groups()
        found.append(Edit(EditKind.DELETE, gone) if gone is not None else Edit(EditKind.INSERT, come))
        at = match.end()
    found.append(Edit(EditKind.EQUAL, marked[at:]))
    return tuple(edit for edit in found if edit.text)


def digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def clause(text: str, *, kind: ClauseKind = ClauseKind.PARAGRAPH, **fields: object) -> Clause:
    return Clause(kind=kind, text=text, digest=digest(text), **fields)  # type: ignore[arg-type]


@dataclass
class _Text:
    clauses: list[Clause] = field(default_factory=list)
    headings: list[tuple[int, str]] = field(default_factory=list)

    def add(self, kind: str, label: str, text: str, links: tuple[Link, ...]) -> int:
        level = int(kind[1]) if kind[0] == "h" else 0
        if level:
            self.headings = [heading for heading in self.headings if heading[0] < level]
        path = tuple(heading for _, heading in self.headings)
        cells: tuple[tuple[str, str], ...] = ()
        if kind == "row":
            cells = tuple((head, cell) for head, _, cell in (part.partition(": ") for part in text.split(" | ")))
            text = " | ".join(cell for _, cell in cells)
        self.clauses.append(
            clause(
                text,
                kind=ClauseKind.HEADING if level else _KINDS[kind],
                path=path,
                label=label,
                links=links,
                level=level or int(kind == "li"),
                cells=cells,
            )
        )
        if level:
            self.headings.append((level, text))
        return len(self.clauses) - 1


def marked_up(source: str) -> Diff:
    """The diff that such a text describes."""
    writer = _Writer()
    for line in filter(str.strip, source.split("\n")):
        writer.line(line)
    return writer.diff()


@dataclass
class _Writer:
    old: _Text = field(default_factory=_Text)
    new: _Text = field(default_factory=_Text)
    operations: list[Operation] = field(default_factory=list)
    left: dict[str, int] = field(default_factory=dict)
    come: dict[str, tuple[int, tuple[Edit, ...]]] = field(default_factory=dict)

    def line(self, line: str) -> None:
        head, _, marked = line.strip().partition("| ")
        sign, kind, *rest = head.split()
        old_links = tuple(Link(text, old) for text, old, _ in _LINK.findall(marked))
        new_links = tuple(Link(text, new or old) for text, old, new in _LINK.findall(marked))
        marked = _LINK.sub("", marked)
        words = edits(marked)
        before = "".join(edit.text for edit in words if edit.kind is not EditKind.INSERT)
        after = "".join(edit.text for edit in words if edit.kind is not EditKind.DELETE)
        old_label, _, new_label = (rest[0] if rest else "").partition("→")
        new_label = new_label or old_label
        i: tuple[int, ...] = ()
        j: tuple[int, ...] = ()
        if sign[0] not in "+>":
            i = tuple(self.old.add(kind, old_label, part, old_links) for part in _split(before, sign == "&"))
        if sign[0] not in "-<":
            j = tuple(self.new.add(kind, new_label, part, new_links) for part in _split(after, sign == "/"))
        self._operations(sign, kind, marked, words, i, j)
        if i and j and old_label != new_label:
            self.operations.append(Operation(kind=OperationKind.RENUMBERED, old=i, new=j))
        if i and j and old_links != new_links:
            self.operations.append(Operation(kind=OperationKind.RELINKED, old=i, new=j))

    def _operations(
        self, sign: str, kind: str, marked: str, words: tuple[Edit, ...], i: tuple[int, ...], j: tuple[int, ...]
    ) -> None:
        if sign[0] == "<":
            self.left[sign[1:]] = i[0]
        elif sign[0] == ">":
            self.come[sign[1:]] = j[0], words
        elif sign in _OPERATIONS:
            if kind == "row" and sign == "~":
                cells = [edits(part.partition(": ")[2]) for part in marked.split(" | ")]
                between = (Edit(EditKind.EQUAL, " | "),)
                words = tuple(edit for n, cell in enumerate(cells) for edit in (between if n else ()) + cell)
            elif sign in "/&":
                words = edits(marked.replace(" ¶ ", " "))
            self.operations.append(
                Operation(kind=_OPERATIONS[sign], old=i, new=j, words=words if sign in "~/&" else ())
            )

    def diff(self) -> Diff:
        moves = [
            Operation(
                kind=OperationKind.MOVED,
                old=(self.left[name],),
                new=(index,),
                words=words if any(edit.kind is not EditKind.EQUAL for edit in words) else (),
            )
            for name, (index, words) in self.come.items()
        ]
        return Diff(old=tuple(self.old.clauses), new=tuple(self.new.clauses), operations=(*self.operations, *moves))


def _split(text: str, several: bool) -> list[str]:  # noqa: FBT001 - a local choice
    return text.split(" ¶ ") if several else [text.replace(" ¶ ", " ")]


POLICY = (Path(__file__).parent / "golden" / "harbour-lane.redline").read_text("utf-8")
