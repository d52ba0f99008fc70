"""From links between clauses to what happened to them."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.diff.order import arranged
from monitor.diff.pairing import Pairing, Span
from monitor.diff.words import words
from monitor.model import Clause, ClauseKind, Edit, EditKind, Operation, OperationKind


def operations(pairing: Pairing) -> tuple[Operation, ...]:
    """What happened, in the order of `arranged`.

    Each fact is told once: a clause that got other words and another number is MODIFIED and RENUMBERED, one that
    went elsewhere with other words is MOVED with those words.
    """
    stayed, moved = pairing.stayed()
    found = [Operation(kind=OperationKind.REMOVED, old=(i,)) for i in pairing.free_old(0, len(pairing.old))]
    found += [Operation(kind=OperationKind.ADDED, new=(j,)) for j in pairing.free_new(0, len(pairing.new))]
    for before, after in stayed:
        found += _linked(pairing, before, after, moved=False)
    for before, after in moved:
        found += _linked(pairing, before, after, moved=True)
    return arranged(len(pairing.old), len(pairing.new), found)


def _linked(pairing: Pairing, before: Span, after: Span, *, moved: bool) -> list[Operation]:
    old = [pairing.old.clauses[i] for i in before]
    new = [pairing.new.clauses[j] for j in after]
    if len(old) > 1 or len(new) > 1:
        kind = OperationKind.MERGE if len(old) > 1 else OperationKind.SPLIT
        return [Operation(kind=kind, old=before, new=after, words=_inner(old, new))]
    one, other = old[0], new[0]
    if not moved and one == other:
        return []
    facts = []
    same_words = one.digest == other.digest
    if moved:
        facts.append(
            Operation(kind=OperationKind.MOVED, old=before, new=after, words=() if same_words else _inner(old, new))
        )
    elif not same_words:
        facts.append(Operation(kind=OperationKind.MODIFIED, old=before, new=after, words=_inner(old, new)))
    if renumbered(one, other):
        facts.append(Operation(kind=OperationKind.RENUMBERED, old=before, new=after))
    if relinked(one, other):
        facts.append(Operation(kind=OperationKind.RELINKED, old=before, new=after))
    if same_words and restyled(one, other):
        facts.append(Operation(kind=OperationKind.RESTYLED, old=before, new=after))
    return facts


def renumbered(old: Clause, new: Clause) -> bool:
    """The label differs in letters or digits; another bullet or another bracket is no other number."""
    return old.label != new.label and _number(old.label) != _number(new.label)


def _number(label: str) -> str:
    return " ".join("".join(char if char.isalnum() else " " for char in label).split())


def relinked(old: Clause, new: Clause) -> bool:
    """A link target differs. Where words changed, links that came or went with them are not told again."""
    if old.links == new.links:
        return False
    if old.digest == new.digest:
        return [link.target for link in old.links] != [link.target for link in new.links]
    targets: dict[str, list[str]] = {}
    for link in old.links:
        targets.setdefault(link.text, []).append(link.target)
    others: dict[str, list[str]] = {}
    for link in new.links:
        others.setdefault(link.text, []).append(link.target)
    return any(text in others and others[text] != found for text, found in targets.items())


def restyled(old: Clause, new: Clause) -> bool:
    """A heading became a body, or one of another level, or the borders of table cells moved.

    A paragraph set as a list item, or a list nested deeper, is how a page is laid out: no reader is told of it.
    """
    if (old.kind, old.level, old.cells) == (new.kind, new.level, new.cells):
        return False
    heading = ClauseKind.HEADING
    if (old.kind is heading) != (new.kind is heading):
        return True
    if old.kind is heading:
        return old.level != new.level
    return [" ".join(cell.split()) for _, cell in old.cells] != [" ".join(cell.split()) for _, cell in new.cells]


def _inner(old: Sequence[Clause], new: Sequence[Clause]) -> tuple[Edit, ...]:
    """The words inside, empty if only white space differs."""
    edits = words(" ".join(clause.text for clause in old), " ".join(clause.text for clause in new))
    if any(edit.kind is not EditKind.EQUAL and not edit.text.isspace() for edit in edits):
        return edits
    return ()
