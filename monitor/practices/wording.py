"""Words for people: the short name of a practice, one change in a phrase, a headline."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.model import Direction, Fact, FactChange, FactChangeKind, Polarity, Significance
from monitor.practices.rules import aspect_label
from monitor.practices.taxonomy import taxonomy
from monitor.practices.weighing import Weighed

_SHORT = {
    "first-party-collection": "collection",
    "third-party-sharing": "sharing",
    "user-choice": "choice",
    "user-access": "rights",
    "data-retention": "retention",
    "data-security": "security",
    "international-transfer": "transfer abroad",
    "automated-decisions-ai": "AI and automated decisions",
}

_POLARITY = {"does": "done", "does-not": "not done"}


def label(practice: str) -> str:
    """A short name, for a sentence."""
    return _SHORT.get(practice) or taxonomy().practices[practice].label.lower()


def listed(names: Sequence[str]) -> str:
    """With commas and an "and"."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def headline(
    weighed: Sequence[Weighed],
    practices: Sequence[str],
    direction: Direction,
    significance: Significance,
    why: str,
) -> str:
    """One line that tells a change: the weightiest of its direction, such as "retention 30 days → 24 months"."""
    if significance is not Significance.SUBSTANTIVE or not practices:
        return why
    suffix = f" ({direction.value.replace('-', ' ')})"
    directed = [item for item in weighed if item.change.direction is direction] or list(weighed)
    if not directed:
        return listed([label(practice) for practice in practices[:3]]) + suffix
    return told(directed[0].change) + suffix


def told(change: FactChange) -> str:
    """One change of a fact in a phrase."""
    name = label(change.practice)
    if change.what == "fact":
        fact = change.new or change.old
        assert fact is not None
        what = said(fact)
        return f"{name}{': ' + what if what else ''} {'added' if change.kind is FactChangeKind.GAINED else 'removed'}"
    before, after = (_POLARITY.get(side, side.replace("-", " ")) for side in (change.before, change.after))
    if before and after:
        return f"{name} {before} → {after}"
    if after:
        return f"{name}: {after} added"
    return f"{name}: {before} removed"


def said(fact: Fact) -> str:
    """What of its practice a fact is about: "opting out", "to authorities (not done)"; empty where that adds nothing."""
    what = aspect_label(fact.aspect)
    if fact.polarity is Polarity.DOES_NOT:
        return f"“{what}” (not done)" if what else "not done"
    return f"“{what}”" if what else ""
