"""How much a change matters to a reader, with the reason in one line.

*None*: no word of the text differs, or every difference restores what another recent text had. *Cosmetic*: the words
differ in no meaning: numbers of clauses, order, punctuation, capitals, a slip of the pen, the stated date, an entry in
a table of contents. *Editorial*: the title, the credits, what the policy says elsewhere too. Everything else is called
*substantive*: it is better to be told of a rewording than to miss a right that went.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from monitor.model import Clause, ClauseKind, Diff, Edit, EditKind, Operation, OperationKind, Significance, StatedDates
from monitor.repetition import Repetition, in_credits
from monitor.text import is_date_line, normalise, without_dates

# Shorter words differ in one letter and mean another thing: "now" and "not", "may" and "way".
SHORTEST_SLIP = 5

_WORD = re.compile(r"[^\W_]+(?:['’.,][^\W_]+)*|[$€£¥%]")
_ADDRESS = re.compile(r"[\"'(<]*https?://(?:www\.)?(?P<site>[^/\s]+)(?:/\S*)?", re.IGNORECASE)
_DIGITS_APART = re.compile(r"\d\s+\d")
_QUIET = {OperationKind.RELINKED: "a link leads elsewhere", OperationKind.RESTYLED: "only the markup differs"}
_FORMAL = {
    OperationKind.RENUMBERED: "clauses are numbered anew",
    OperationKind.MOVED: "clauses stand in another order",
    OperationKind.SPLIT: "a clause is divided",
    OperationKind.MERGE: "clauses are joined",
}


@dataclass(frozen=True, slots=True)
class Assessment:
    """A significance and one line that says why."""

    significance: Significance
    why: str


def assess(diff: Diff, *, language: str | None, known: Sequence[bool] = ()) -> Assessment:
    """Judge a difference. `known` tells for each operation whether it only restores what another recent text had."""
    flags = known or [False] * len(diff.operations)
    repetition = Repetition(diff)
    found = [
        Assessment(Significance.NONE, "the words stood in a text shown not long ago")
        if is_known
        else _operation(diff, operation, language, repetition)
        for operation, is_known in zip(diff.operations, flags, strict=True)
    ]
    if not found:
        return Assessment(Significance.NONE, "nothing differs")
    most = max(found, key=lambda one: one.significance.rank)
    alike = sum(one.significance is most.significance for one in found)
    return Assessment(most.significance, most.why if alike == 1 else f"{most.why}, and {alike - 1} more")


def is_silent(before: StatedDates, after: StatedDates, significance: Significance) -> bool:
    """Tell a silent edit: words that matter differ under an unchanged stated date."""
    stated = after.updated or after.effective
    return (
        stated is not None
        and stated == (before.updated or before.effective)
        and significance.rank >= Significance.EDITORIAL.rank
    )


def _operation(diff: Diff, operation: Operation, language: str | None, repetition: Repetition) -> Assessment:
    if why := _QUIET.get(operation.kind):
        return Assessment(Significance.NONE, why)
    old = [diff.old[i] for i in operation.old]
    new = [diff.new[i] for i in operation.new]
    if _only_dates(old, new, language):
        return Assessment(Significance.COSMETIC, "only the stated date differs")
    if beside := _beside_the_point((*old, *new)):
        return beside
    if repeated := repetition.judge(operation):
        return Assessment(*repeated)
    if operation.kind is OperationKind.ADDED:
        return Assessment(Significance.SUBSTANTIVE, "words were added")
    if operation.kind is OperationKind.REMOVED:
        return Assessment(Significance.SUBSTANTIVE, "words were removed")
    if not operation.words:
        return Assessment(Significance.COSMETIC, _FORMAL.get(operation.kind, "the same words"))
    return _words(operation.words)


def _beside_the_point(clauses: Sequence[Clause]) -> Assessment | None:
    """What states no practice whatever it says: thanks, and the page's title."""
    if in_credits(clauses):
        return Assessment(Significance.EDITORIAL, "only who is thanked differs")
    if all(clause.kind is ClauseKind.HEADING and clause.level == 1 for clause in clauses):
        return Assessment(Significance.EDITORIAL, "only the title differs")
    return None


def _only_dates(old: Sequence[Clause], new: Sequence[Clause], language: str | None) -> bool:
    if not all(is_date_line(clause, language) for clause in (*old, *new)):
        return False
    if old and new:
        return _plain(without_dates(_text(old), language)) == _plain(without_dates(_text(new), language))
    return bool(old or new)


def _text(clauses: Sequence[Clause]) -> str:
    return " ".join(clause.text for clause in clauses)


def _plain(text: str) -> list[str]:
    return _WORD.findall(normalise(text).casefold())


def _words(edits: Sequence[Edit]) -> Assessment:
    """Judge the words inside a clause; deleted and inserted words between two equal runs belong together."""
    slips = places = False
    gone = come = ""
    for edit in (*edits, Edit(EditKind.EQUAL, "")):
        if edit.kind is EditKind.DELETE:
            gone += edit.text
        elif edit.kind is EditKind.INSERT:
            come += edit.text
        else:
            before, after = _plain(gone), _plain(come)
            if before == after or _same_letters(before, after) or _same_but_spaces(gone, come):
                pass
            elif _same_place(gone, come):
                places = True
            elif _is_slip(before, after):
                slips = True
            else:
                return Assessment(Significance.SUBSTANTIVE, "words differ")
            gone = come = ""
    if places:
        return Assessment(Significance.COSMETIC, "an address on the same site differs")
    if slips:
        return Assessment(Significance.COSMETIC, "a slip of the pen was mended")
    return Assessment(Significance.COSMETIC, "only punctuation or capitals differ")


def _same_letters(gone: Sequence[str], come: Sequence[str]) -> bool:
    """Tell "e-mail" from "email" apart from "1.5" and "15": only letters may close ranks."""
    before, after = "".join(gone), "".join(come)
    return before == after and before.isalpha()


def _same_place(gone: str, come: str) -> bool:
    """Tell whether both are addresses of pages on one site, written out: a link that leads elsewhere."""
    before, after = _ADDRESS.fullmatch(gone.strip()), _ADDRESS.fullmatch(come.strip())
    return before is not None and after is not None and before["site"].casefold() == after["site"].casefold()


def _same_but_spaces(gone: str, come: str) -> bool:
    """Tell a space that was forgotten ("of our", "ofour"), unless it stands between digits."""
    before, after = "".join(gone.split()), "".join(come.split())
    return before.casefold() == after.casefold() and not _DIGITS_APART.search(gone + " | " + come)


def _is_slip(gone: Sequence[str], come: Sequence[str]) -> bool:
    return len(gone) == len(come) and all(
        before == after or _one_letter_apart(before, after) for before, after in zip(gone, come, strict=True)
    )


def _one_letter_apart(before: str, after: str) -> bool:
    """Tell a slip of the pen: two letters swapped, or one doubled or not, inside a long word without digits.

    Any other letter may make another word: "contacts" and "contracts", "consent" and "content". First letters must
    agree, so that a negating prefix (un-, in-, a-) is no slip, and so must the last, so that an ending that carries
    number or tense is none.
    """
    if min(len(before), len(after)) < SHORTEST_SLIP or not (before + after).isalpha():
        return False
    if before[0] != after[0] or before[-1] != after[-1] or abs(len(before) - len(after)) > 1:
        return False
    start = next((i for i, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), 0)
    left, right = before[start:], after[start:]
    swapped = left[:2] == right[1::-1] and left[2:] == right[2:]
    longer, shorter = (left, right) if len(before) > len(after) else (right, left)
    doubled = longer[1:] == shorter and longer[0] == (before if len(before) > len(after) else after)[start - 1]
    return swapped or doubled
