"""Input made to be slow, and input too long to be compared at once."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence

import pytest

from monitor.diff import apply, compare, restrict, words
from monitor.model import Clause, ClauseKind, Diff, EditKind, OperationKind
from monitor.text import clause

pytestmark = pytest.mark.unfollowed  # what is measured is our time, not that of whoever follows each line

SECONDS = 12.0  # of CPU on a slow and busy machine; what is not bounded takes minutes here
VOCABULARY = [f"w{number}" for number in range(3_000)]


def paragraph(text: str) -> Clause:
    return clause(text, ClauseKind.PARAGRAPH)


def compared(old: Sequence[Clause], new: Sequence[Clause]) -> Diff:
    start = time.process_time()
    diff = compare(old, new)
    assert time.process_time() - start < SECONDS
    assert apply(old, diff) == tuple(new)
    return diff


def kinds(diff: Diff) -> set[OperationKind]:
    return {operation.kind for operation in diff.operations}


def chatter(chance: random.Random, count: int) -> list[str]:
    return chance.choices(VOCABULARY, k=count)


def reworded(chance: random.Random, text: list[str], share: float) -> list[str]:
    return [chance.choice(VOCABULARY) if chance.random() < share else word for word in text]


def test_twenty_thousand_equal_clauses() -> None:
    one = paragraph("We may share your data with partners for the purposes set out here.")
    diff = compared([one] * 20_000, [one] * 19_990)
    assert [operation.kind for operation in diff.operations] == [OperationKind.REMOVED] * 10


def test_a_thousand_equal_clauses_become_others() -> None:
    one, other = paragraph("We may share your data."), paragraph("We may sell your data.")
    diff = compared([one] * 1_000, [other] * 1_000)
    assert kinds(diff) == {OperationKind.MODIFIED}


def test_few_kinds_of_clauses_in_any_order() -> None:
    chance = random.Random(1)
    old = [paragraph(f"Item {number % 5} of the list") for number in range(3_000)]
    new = old[:]
    chance.shuffle(new)
    compared(old, new)


@pytest.mark.parametrize(("share", "least"), [(0.0, 1_490), (0.3, 1_450), (0.55, 900)])
def test_every_clause_of_a_long_text_reworded(share: float, least: int) -> None:
    chance = random.Random(2)
    texts = [chatter(chance, 16) for _ in range(1_500)]
    old = [paragraph(" ".join(text)) for text in texts]
    diff = compared(old, [paragraph(" ".join(["so", *reworded(chance, text, share)])) for text in texts])
    modified = [op for op in diff.operations if op.kind is OperationKind.MODIFIED and op.old == op.new]
    assert len(modified) > least


def test_nothing_left_of_a_long_text() -> None:
    chance = random.Random(3)
    old, new = ([paragraph(" ".join(chatter(chance, 16))) for _ in range(1_000)] for _ in range(2))
    assert kinds(compared(old, new)) == {OperationKind.REMOVED, OperationKind.ADDED}


def test_a_long_text_shuffled() -> None:
    chance = random.Random(4)
    old = [paragraph(" ".join(chatter(chance, 16))) for _ in range(1_000)]
    new = old[:]
    chance.shuffle(new)
    diff = compared(old, new)
    assert kinds(diff) == {OperationKind.MOVED}
    half = restrict(diff, lambda operation: operation.old[0] % 2 == 0)
    assert sorted(one.digest for one in half) == sorted(one.digest for one in old)


def test_a_clause_of_a_quarter_of_a_megabyte() -> None:
    chance = random.Random(5)
    text = chatter(chance, 40_000)
    diff = compared([paragraph(" ".join(text))], [paragraph(" ".join(reworded(chance, text, 0.05)))])
    assert kinds(diff) == {OperationKind.MODIFIED}
    equal = sum(len(edit.text) for edit in diff.operations[0].words if edit.kind is EditKind.EQUAL)
    assert equal > 0.75 * len(diff.old[0].text)


def test_a_huge_clause_is_split() -> None:
    text = chatter(random.Random(6), 40_000)
    parts = [paragraph(" ".join(text[:19_000])), paragraph(" ".join(text[19_000:]))]
    diff = compared([paragraph(" ".join(text))], parts)
    assert kinds(diff) == {OperationKind.SPLIT}


def test_huge_clauses_with_nothing_in_common() -> None:
    chance = random.Random(7)
    old, new = ([paragraph(" ".join(chatter(chance, 12_000))) for _ in range(3)] for _ in range(2))
    assert kinds(compared(old, new)) == {OperationKind.REMOVED, OperationKind.ADDED}


def test_two_words_over_and_over() -> None:
    compared([paragraph("a b " * 60_000)], [paragraph("b a a " * 40_000)])


def test_a_long_rewrite_is_marked_little_more_than_it_is() -> None:
    chance = random.Random(8)
    text = chatter(chance, 5_000)
    for place in range(12, len(text), 13):
        text[place] += "."
    new = [chance.choice(VOCABULARY) if chance.random() < 0.6 else word for word in text]
    start = time.process_time()
    edits = words(" ".join(text), " ".join(new))
    assert time.process_time() - start < SECONDS
    changed = sum(len(one) + len(other) for one, other in zip(text, new, strict=True) if one != other)
    marked = sum(len("".join(edit.text.split())) for edit in edits if edit.kind is not EditKind.EQUAL)
    assert marked < 1.2 * changed


def test_a_stretch_that_nothing_parts_is_still_compared() -> None:
    edits = words("yes no " * 120, "no yes yes " * 80)
    equal = sum(len(edit.text) for edit in edits if edit.kind is EditKind.EQUAL)
    assert equal > 0.5 * len("yes no " * 120)


def test_a_diff_is_not_applied_to_another_text() -> None:
    diff = compare([paragraph("One.")], [paragraph("Two.")])
    with pytest.raises(ValueError, match="another text"):
        apply([paragraph("Three.")], diff)


def test_clauses_without_words() -> None:
    compared([paragraph("—")] * 60 + [paragraph("…")], [paragraph("…")] * 61)
