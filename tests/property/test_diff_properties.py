"""What holds for every pair of texts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.diff import apply, compare, invert, marks, restrict, words
from monitor.diff.chain import heaviest_chain
from monitor.diff.runs import equal_runs
from monitor.diff.tokens import Lexicon, character
from monitor.model import Clause, ClauseKind, Diff, Edit, EditKind, Link, Operation, OperationKind
from monitor.text import clause

COMMON = [
    "we",
    "you",
    "may",
    "share",
    "keep",
    "sell",
    "data",
    "cookies",
    "days",
    "months",
    "partners",
    "never",
    "always",
]
WORDS = st.sampled_from([*COMMON, "the", "of", "and", "30", "24", "e-mail", "3,000", "Ärger", "保存", "."])
TEXTS = st.lists(WORDS, min_size=1, max_size=14).map(" ".join)
CLAUSES = st.builds(
    lambda text, kind, label, target, level: replace(
        clause(text, kind),
        label=label,
        level=level if kind is ClauseKind.HEADING else 0,
        links=(Link("here", target),) if target else (),
        cells=(("What", text), ("Why", label)) if kind is ClauseKind.TABLE_ROW else (),
    ),
    TEXTS,
    st.sampled_from(ClauseKind),
    st.sampled_from(["", "•", "1", "2.1"]),
    st.sampled_from(["", "https://a.example", "https://b.example"]),
    st.integers(1, 2),
)
LOOSE = st.text(st.sampled_from("ab c.,-'’  \n\t3é保字_€\u0301\u200d\U0001f600"), max_size=30)

ASIDE = {OperationKind.RENUMBERED, OperationKind.RELINKED, OperationKind.RESTYLED}


@st.composite
def edited(draw: st.DrawFn) -> tuple[list[Clause], list[Clause]]:
    """A text and what became of it."""
    old = draw(st.lists(CLAUSES, max_size=14))
    new = list(old)
    for _ in range(draw(st.integers(0, 6))):
        at = draw(st.integers(0, len(new)))
        how = draw(st.sampled_from(["add", "remove", "move", "reword", "split", "merge", "copy"]))
        if how == "add" or not new[at : at + 1]:
            new.insert(at, draw(CLAUSES))
        elif how == "remove":
            del new[at]
        elif how == "move":
            block = new[at : at + 3]
            del new[at : at + 3]
            to = draw(st.integers(0, len(new)))
            new[to:to] = block
        elif how == "reword":
            parts = new[at].text.split()
            parts[draw(st.integers(0, len(parts) - 1))] = draw(WORDS)
            new[at] = _reworded(new[at], " ".join(parts))
        elif how == "split":
            parts = new[at].text.split()
            cut = draw(st.integers(1, len(parts)))
            new[at : at + 1] = [_reworded(new[at], " ".join(part)) for part in (parts[:cut], parts[cut:]) if part]
        elif how == "merge":
            new[at : at + 2] = [_reworded(new[at], " ".join(one.text for one in new[at : at + 2]))]
        else:
            new.insert(draw(st.integers(0, len(new))), new[at])
    return old, new


def _reworded(one: Clause, text: str) -> Clause:
    return replace(one, text=text, digest=clause(text, one.kind).digest)


def _side(edits: Sequence[Edit], left_out: EditKind) -> str:
    return "".join(edit.text for edit in edits if edit.kind is not left_out)


@given(edited())
@settings(max_examples=120, deadline=None)
def test_the_new_text_comes_from_the_old_one_and_the_operations(pair: tuple[list[Clause], list[Clause]]) -> None:
    old, new = pair
    diff = compare(old, new)
    assert apply(old, diff) == tuple(new)
    assert restrict(diff, lambda _: False)[: len(old)] == (tuple(old) if diff.operations else tuple(new))
    for operation in diff.operations:
        if operation.words:
            assert _side(operation.words, EditKind.INSERT) == " ".join(old[i].text for i in operation.old)
            assert _side(operation.words, EditKind.DELETE) == " ".join(new[j].text for j in operation.new)


@given(edited())
@settings(max_examples=120, deadline=None)
def test_both_ways_agree_and_so_do_two_runs(pair: tuple[list[Clause], list[Clause]]) -> None:
    old, new = pair
    diff = compare(old, new)
    assert compare(new, old) == invert(diff)
    assert invert(invert(diff)) == diff
    assert compare(list(old), list(new)) == diff


@given(st.lists(CLAUSES, max_size=20))
@settings(max_examples=40, deadline=None)
def test_a_text_does_not_differ_from_itself(text: list[Clause]) -> None:
    assert compare(text, text).operations == ()


@given(edited())
@settings(max_examples=120, deadline=None)
def test_what_no_operation_names_is_equal_and_in_order(pair: tuple[list[Clause], list[Clause]]) -> None:
    old, new = pair
    operations = compare(old, new).operations
    named_old, named_new = {i for op in operations for i in op.old}, {j for op in operations for j in op.new}
    rest_old = [c for i, c in enumerate(old) if i not in named_old]
    rest_new = [c for j, c in enumerate(new) if j not in named_new]
    assert [c.digest for c in rest_old] == [c.digest for c in rest_new]
    assert [c.links for c in rest_old] == [c.links for c in rest_new]
    whole = [op for op in operations if op.kind not in ASIDE]
    for side in (Counter(i for op in whole for i in op.old), Counter(j for op in whole for j in op.new)):
        assert not side or max(side.values()) == 1
    for operation in operations:
        _fits(operation)


def _fits(operation: Operation) -> None:
    sizes = (len(operation.old), len(operation.new))
    if operation.kind is OperationKind.SPLIT:
        assert sizes[0] == 1
        assert sizes[1] > 1
    elif operation.kind is OperationKind.MERGE:
        assert sizes[0] > 1
        assert sizes[1] == 1
    else:
        assert sizes == {OperationKind.ADDED: (0, 1), OperationKind.REMOVED: (1, 0)}.get(operation.kind, (1, 1))


@given(edited(), st.integers(0, 2**12))
@settings(max_examples=120, deadline=None)
def test_some_of_the_operations_give_a_text_between(pair: tuple[list[Clause], list[Clause]], chosen: int) -> None:
    old, new = pair
    diff = compare(old, new)
    done = {op for number, op in enumerate(diff.operations) if chosen >> number & 1}
    text = restrict(diff, lambda operation: operation in done)
    expected = Counter(c.digest for c in old)
    for operation in (op for op in done if op.kind not in ASIDE):
        expected.subtract(old[i].digest for i in operation.old)
        expected.update(new[j].digest for j in operation.new)
    assert Counter(c.digest for c in text) == +expected
    # The rest of the operations is what a diff from there on would still have to do.
    assert apply(text, compare(text, new)) == tuple(new)
    left_links = {c.links for c in text} - {c.links for c in old} - {c.links for c in new}
    assert not left_links


@given(edited(), CLAUSES)
@settings(max_examples=60, deadline=None)
def test_an_operation_is_known_again_by_its_marks(pair: tuple[list[Clause], list[Clause]], late: Clause) -> None:
    old, new = pair
    diff = compare(old, new)
    later = compare(old, new)
    assert [marks(diff, op) for op in diff.operations] == [marks(later, op) for op in later.operations]
    for operation in diff.operations:
        found = marks(diff, operation)
        gone = len(operation.old) * (operation.kind is OperationKind.REMOVED)
        assert len(found) == len(operation.old) + len(operation.new) + gone
        assert all(mark[0] in "+-" for mark in found)
        assert operation.kind is OperationKind.MOVED or len(set(found)) > len(found) - 2
    added = compare(old, [*old, replace(late, label="77", text="unheard", digest="0" * 64)])
    assert marks(added, added.operations[-1]) == ("+" + "0" * 64,)


@given(st.one_of(st.tuples(TEXTS, TEXTS), st.tuples(LOOSE, LOOSE)))
@settings(max_examples=200, deadline=None)
def test_words_rebuild_both_texts_and_cut_none(pair: tuple[str, str]) -> None:
    old, new = pair
    edits = words(old, new)
    assert _side(edits, EditKind.INSERT) == old
    assert _side(edits, EditKind.DELETE) == new
    assert all(edit.text for edit in edits)
    assert _mirrored(words(new, old)) == edits
    kinds = [edit.kind for edit in edits]
    assert all(one is not other for one, other in pairwise(kinds))
    assert (EditKind.INSERT, EditKind.DELETE) not in pairwise(kinds)
    if "保" not in old + new and "字" not in old + new:
        for left_out in (EditKind.INSERT, EditKind.DELETE):
            runs = [edit.text for edit in edits if edit.kind is not left_out]
            assert not any(one[-1].isalnum() and other[0].isalnum() for one, other in pairwise(runs))


def _mirrored(edits: Sequence[Edit]) -> tuple[Edit, ...]:
    diff = Diff(
        old=(), new=(), operations=(Operation(kind=OperationKind.MODIFIED, old=(), new=(), words=tuple(edits)),)
    )
    turned = {EditKind.DELETE: EditKind.INSERT, EditKind.INSERT: EditKind.DELETE, EditKind.EQUAL: EditKind.EQUAL}
    swapped = [Edit(turned[edit.kind], edit.text) for edit in diff.operations[0].words]
    for at in range(len(swapped) - 1):
        if (swapped[at].kind, swapped[at + 1].kind) == (EditKind.INSERT, EditKind.DELETE):
            swapped[at], swapped[at + 1] = swapped[at + 1], swapped[at]
    return tuple(swapped)


@given(st.lists(WORDS, max_size=30), st.lists(WORDS, max_size=30))
@settings(max_examples=100, deadline=None)
def test_no_island_of_a_short_word_stays(old: list[str], new: list[str]) -> None:
    edits = words(" ".join(old), " ".join(new))
    inner = [edit.text for edit in edits[1:-1] if edit.kind is EditKind.EQUAL]
    assert all(sum(map(str.isalnum, text)) > 3 for text in inner)


@given(st.permutations(range(8)), st.lists(st.integers(1, 9), min_size=8, max_size=8))
@settings(max_examples=80, deadline=None)
def test_the_heaviest_chain_is_the_heaviest(order: list[int], weights: list[int]) -> None:
    positions = list(order)
    chain = heaviest_chain(positions, weights)
    assert all(positions[one] < positions[other] for one, other in pairwise(chain))
    best = [0] * 8
    for k in range(8):
        best[k] = weights[k] + max([best[m] for m in range(k) if positions[m] < positions[k]], default=0)
    assert sum(weights[k] for k in chain) == max(best)


@given(st.lists(st.sampled_from("abcdef."), max_size=400), st.lists(st.sampled_from("abcdefg."), max_size=400))
@settings(max_examples=60, deadline=None)
def test_runs_are_equal_and_in_order(old: list[str], new: list[str]) -> None:
    lexicon = Lexicon()
    one, other = lexicon.encode(old), lexicon.encode(new)
    at_old = at_new = 0
    for run in equal_runs(one, other, lexicon.ends()):
        assert run.size > 0
        assert run.old >= at_old
        assert run.new >= at_new
        assert one[run.old : run.old + run.size] == other[run.new : run.new + run.size]
        at_old, at_new = run.old + run.size, run.new + run.size


@given(st.integers(0, 2_000_000))
@settings(max_examples=60, deadline=None)
def test_no_word_is_a_lone_surrogate(number: int) -> None:
    character(number).encode("utf-8")
