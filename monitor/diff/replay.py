"""What a diff is good for: the new text from the old one, the way back, and a text with only some of it done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final, TypeAlias

from monitor.diff.chain import heaviest_chain
from monitor.diff.order import arranged, kept
from monitor.diff.words import mirrored
from monitor.model import Clause, Diff, Link, Operation, OperationKind

_INVERSE: Final = {
    OperationKind.ADDED: OperationKind.REMOVED,
    OperationKind.REMOVED: OperationKind.ADDED,
    OperationKind.SPLIT: OperationKind.MERGE,
    OperationKind.MERGE: OperationKind.SPLIT,
}
# They change a clause where it stands, whatever else happens to it.
_ASIDE: Final = {OperationKind.RENUMBERED, OperationKind.RELINKED, OperationKind.RESTYLED}

_Slot: TypeAlias = tuple[int, int] | tuple[int, None] | tuple[None, int]
_State: TypeAlias = list[tuple[Operation, bool]]  # the operations that name a clause, and whether they are done


def invert(diff: Diff) -> Diff:
    """The diff seen from the new text. Inverting twice gives the same diff again."""
    turned = [
        Operation(
            kind=_INVERSE.get(operation.kind, operation.kind),
            old=operation.new,
            new=operation.old,
            words=mirrored(operation.words),
        )
        for operation in diff.operations
    ]
    return Diff(old=diff.new, new=diff.old, operations=arranged(len(diff.new), len(diff.old), turned))


def apply(old: Sequence[Clause], diff: Diff) -> tuple[Clause, ...]:
    """The new text, made from the old one by all operations.

    Raises:
        ValueError: `diff` does not start from this text.
    """
    if [clause.digest for clause in old] != [clause.digest for clause in diff.old]:
        raise ValueError("This diff starts from another text.")
    return restrict(diff, lambda _: True)


def restrict(diff: Diff, keep: Callable[[Operation], bool]) -> tuple[Clause, ...]:
    """The old text with only the operations done that `keep` says yes to.

    All of them give the new text, none the old one. Between, every clause stands once, in its old form at its old
    place or in its new form at its new place; clauses that no operation names are spelled as in the
    new text as soon as anything is done. Where clauses came and went at one place, the old ones come first.
    """
    done = [keep(operation) for operation in diff.operations]
    if not any(done) and diff.operations:
        return diff.old
    of_old: dict[int, _State] = {}
    of_new: dict[int, _State] = {}
    for operation, is_done in zip(diff.operations, done, strict=True):
        for states, places in ((of_old, operation.old), (of_new, operation.new)):
            for place in places:
                states.setdefault(place, []).append((operation, is_done))
    text = []
    for slot in _slots(diff):
        if slot[0] is None:
            if _gone(of_new[slot[1]]):
                text.append(_form(diff, *slot, of_new[slot[1]]))
        elif slot[1] is None:
            if not _gone(of_old[slot[0]]):
                text.append(_form(diff, *slot, of_old[slot[0]]))
        else:
            text.append(_form(diff, *slot, of_old.get(slot[0], [])))
    return tuple(text)


def marks(diff: Diff, operation: Operation) -> tuple[str, ...]:
    """What an operation takes away ("-digest") and brings ("+digest"), to know it again in a later diff.

    Diffs that start from the same text give the same marks to the same operation, wherever its clauses stand. Labels,
    link targets and styles have marks of their own, which name the old clause: "-digest#4.2", "+digest#4.3".
    """
    if operation.kind in _ASIDE:
        old, new = diff.old[operation.old[0]], diff.new[operation.new[0]]
        return (f"-{old.digest}{_fact(operation.kind, old)}", f"+{old.digest}{_fact(operation.kind, new)}")
    # A clause that is gone is another finding than one that was reworded, though both take the same words away.
    gone = (f"-{diff.old[i].digest}!" for i in operation.old) if operation.kind is OperationKind.REMOVED else ()
    return (
        *(f"-{diff.old[i].digest}" for i in operation.old),
        *gone,
        *(f"+{diff.new[j].digest}" for j in operation.new),
    )


def _fact(kind: OperationKind, clause: Clause) -> str:
    if kind is OperationKind.RENUMBERED:
        return f"#{clause.label}"
    if kind is OperationKind.RELINKED:
        return ">" + " ".join(link.target for link in clause.links)
    return f"~{clause.kind}{clause.level}" + "".join(f"|{cell}" for _, cell in clause.cells)


def _slots(diff: Diff) -> list[_Slot]:
    """Places of clauses, (old, new) if they stayed in order; between those, the old text's before the new one's."""
    moved = {(op.old[0], op.new[0]) for op in diff.operations if op.kind is OperationKind.MOVED}
    single = dict(kept(len(diff.old), len(diff.new), diff.operations))
    several: dict[int, int] = {}
    for operation in diff.operations:
        if operation.old and operation.new and (operation.old[0], operation.new[0]) not in moved:
            one_to_one = len(operation.old) == len(operation.new)
            (single if one_to_one else several)[operation.old[0]] = operation.new[0]
    # Clauses one to one keep their order; a split or a merge that does not fit among them came from elsewhere.
    links = sorted((single | several).items())
    weights = [len(links) if i in single else 1 for i, _ in links]
    slots: list[_Slot] = []
    at_old = at_new = 0
    for i, j in [links[k] for k in heaviest_chain([j for _, j in links], weights)]:
        slots += [*((k, None) for k in range(at_old, i)), *((None, k) for k in range(at_new, j)), (i, j)]
        at_old, at_new = i + 1, j + 1
    slots += [*((k, None) for k in range(at_old, len(diff.old))), *((None, k) for k in range(at_new, len(diff.new)))]
    return slots


def _gone(state: _State) -> bool:
    """Whether the operation is done that takes a clause from its old place to its new one."""
    return any(is_done for operation, is_done in state if operation.kind not in _ASIDE)


def _form(diff: Diff, i: int | None, j: int | None, state: _State) -> Clause:
    """A clause with the operations done that are."""
    if all(is_done for _, is_done in state) and j is not None:
        return diff.new[j]
    if not any(is_done for _, is_done in state) and i is not None:
        return diff.old[i]
    operation = state[0][0]
    old, new = diff.old[operation.old[0]], diff.new[operation.new[0]]
    done = {operation.kind for operation, is_done in state if is_done}
    clause = new if done & {OperationKind.MODIFIED, OperationKind.MOVED} else old
    other = old if clause is new else new
    style = new if OperationKind.RESTYLED in done else clause
    return replace(
        clause,
        kind=style.kind,
        level=style.level,
        cells=style.cells,
        label=(new if OperationKind.RENUMBERED in done else old).label,
        links=clause.links
        if (OperationKind.RELINKED in done) == (clause is new)
        else _aimed(clause.links, other.links),
    )


def _aimed(links: Sequence[Link], model: Sequence[Link]) -> tuple[Link, ...]:
    """Links with the targets that another clause gives to the same words."""
    targets: dict[str, list[str]] = {}
    for link in reversed(model):
        targets.setdefault(link.text, []).append(link.target)
    aimed = []
    for link in links:
        known = targets.get(link.text)
        aimed.append(Link(link.text, known.pop()) if known else link)
    return tuple(aimed)
