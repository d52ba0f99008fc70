"""Companies that a changed sentence names while no fact of it holds them: a line of a table of processors, a new tool.

Most recipients are named in such lines, without a verb that a rule could hang on.
"""

from __future__ import annotations

from collections.abc import Iterator

from monitor.model import Evidence, Fact, FactChange, FactChangeKind, Value, ValueKind
from monitor.practices.companies import legal_forms
from monitor.practices.compare import Comparison, Rewording, Shown
from monitor.practices.direction import Case, judge
from monitor.practices.statement import Statement

_SURE = 0.8
_KNOWN = 0.3  # named elsewhere in the other version too: moved, or one mention more
_SHARING, _IDENTITY = "third-party-sharing", "identity-contact"


def named_companies(comparison: Comparison) -> Iterator[Shown]:
    """Changes of who is named, beyond those that `comparison` holds already."""
    held = {
        (shown.rewording, value.normal)
        for shown in comparison.changes
        for fact in (shown.change.old, shown.change.new)
        if fact is not None and fact.evidence is Evidence.RULE
        for value in fact.values
    }
    for number, rewording in enumerate(comparison.rewordings):
        before, after = _companies(rewording.old), _companies(rewording.new)
        for kind, names, others, known in (
            (FactChangeKind.GAINED, after, before, comparison.companies_before),
            (FactChangeKind.LOST, before, after, comparison.companies_after),
        ):
            for name in sorted(names.keys() - others.keys()):
                if (number, name) not in held:
                    yield Shown(_change(kind, rewording, names[name], known=name in known), number)


def _companies(statement: Statement | None) -> dict[str, Value]:
    values = statement.values if statement else ()
    return {value.normal: value for value in values if value.kind is ValueKind.COMPANY}


def _change(kind: FactChangeKind, rewording: Rewording, value: Value, *, known: bool) -> FactChange:
    gained = kind is FactChangeKind.GAINED
    practices = {fact.practice for side in (rewording.old, rewording.new) if side for fact in side.facts}
    formal = value.normal.lower().split()[-1] in legal_forms()
    practice = _IDENTITY if formal and _SHARING not in practices else _SHARING
    fact = Fact(
        practice=practice, aspect="named", values=(value,), spans=(value.span,), score=_KNOWN if known else _SURE
    )
    direction, reason = judge(
        Case(
            change="altered",
            what="value",
            shift="gained" if gained else "lost",
            practice=practice,
            aspect=fact.aspect,
            polarity=fact.polarity.value,
            details=(value.kind.value,),
        )
    )
    return FactChange(
        kind=kind,
        practice=practice,
        what="recipient",
        operation=rewording.operation,
        old=None if gained else fact,
        new=fact if gained else None,
        before="" if gained else value.text,
        after=value.text if gained else "",
        direction=direction,
        reason=reason,
    )
