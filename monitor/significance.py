"""How much a change matters to a reader, with the reason in one line.

*None*: no word of the text differs, or every difference restores what another recent text had. *Cosmetic*: the words
differ in no meaning: numbers of clauses, order, punctuation, capitals, a slip of the pen, the stated date, an entry in
a table of contents. *Editorial*: the title, the credits, what the policy says elsewhere too, another address to write
to, and a small rewording that leaves every fact as it was. Everything else is called *substantive*: it is better to be
told of a rewording than to miss a right that went.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from monitor.model import (
    Clause,
    ClauseKind,
    Diff,
    Edit,
    EditKind,
    Meaning,
    Operation,
    OperationKind,
    Significance,
    StatedDates,
)
from monitor.practices import charged_words, meaning
from monitor.practices.slips import is_slip
from monitor.repetition import Repetition, in_credits
from monitor.text import is_date_line, normalise, without_dates

# Signs that carry meaning are words: currencies, comparisons, a minus before a figure.
_WORD = re.compile(r"[^\W_]+(?:['’.,][^\W_]+)*|[$€£¥%<>≤≥±]|(?<![\w-])[-−+](?=\d)")
_TOP = 3  # clauses among which a page's title stands
_ADDRESS = re.compile(r"[\"'(<]*https?://(?:www\.)?(?P<site>[^/\s]+)(?:/\S*)?", re.IGNORECASE)
_DIGITS_APART = re.compile(r"\d\s+\d")
_QUIET = {OperationKind.RELINKED: "a link leads elsewhere", OperationKind.RESTYLED: "only the markup differs"}
_WHOLE = {OperationKind.ADDED: "words were added", OperationKind.REMOVED: "words were removed"}
_FORMAL = {
    OperationKind.RENUMBERED: "clauses are numbered anew",
    OperationKind.MOVED: "clauses stand in another order",
    OperationKind.SPLIT: "a clause is divided",
    OperationKind.MERGE: "clauses are joined",
}


@dataclass(frozen=True, slots=True)
class Assessment:
    """A significance and one line that says why; `meaning` where the words differ."""

    significance: Significance
    why: str
    meaning: Meaning | None = None


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
    why = most.why if alike == 1 else f"{most.why}, and {alike - 1} more"
    if most.significance is not Significance.SUBSTANTIVE:
        return Assessment(most.significance, why)
    return _understood(diff, language, found, why)


def _understood(diff: Diff, language: str | None, found: Sequence[Assessment], why: str) -> Assessment:
    """Where words differ, the facts behind them tell why it matters, or that it is a rewording.

    Only what counts takes part: an operation that restores recent words has no meaning of its own.
    """
    operations = tuple(
        operation
        for operation, one in zip(diff.operations, found, strict=True)
        if one.significance.rank > Significance.NONE.rank
    )
    meant = meaning(Diff(old=diff.old, new=diff.new, operations=operations), language)
    if meant.significance is Significance.EDITORIAL:
        return Assessment(Significance.EDITORIAL, meant.why, meant)
    return Assessment(Significance.SUBSTANTIVE, meant.why if meant.practices else why, meant)


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
    if beside := _beside_the_point(diff, operation):
        return beside
    if operation.kind is OperationKind.MOVED and _is_turned(old[0], new[0], language):
        return Assessment(Significance.SUBSTANTIVE, "a clause moved under words that say otherwise")
    if repeated := repetition.judge(operation):
        return Assessment(*repeated)
    if what := _WHOLE.get(operation.kind):
        return Assessment(Significance.SUBSTANTIVE, what)
    if not operation.words:
        return Assessment(Significance.COSMETIC, _FORMAL.get(operation.kind, "the same words"))
    return _words(operation.words)


def _beside_the_point(diff: Diff, operation: Operation) -> Assessment | None:
    """What states no practice whatever it says: names that are thanked, and the page's title."""
    clauses = [*(diff.old[i] for i in operation.old), *(diff.new[i] for i in operation.new)]
    if in_credits(clauses):
        return Assessment(Significance.EDITORIAL, "only who is thanked differs")
    on_top = max((*operation.old, *operation.new)) < _TOP
    if on_top and all(clause.kind is ClauseKind.HEADING and clause.level == 1 for clause in clauses):
        return Assessment(Significance.EDITORIAL, "only the title differs")
    return None


def _is_turned(old: Clause, new: Clause, language: str | None) -> bool:
    """Whether the heading above a clause, or the words that lead in, lost or gained a "not", a "never", a "may"."""
    before, after = (set(_plain(" ".join(clause.path[-1:]))) for clause in (old, new))
    return not charged_words(language or "").isdisjoint(before ^ after)


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
            elif is_slip(before, after):
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
