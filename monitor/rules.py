"""Which rules a change matches, and on which channels it is told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase

from monitor.model import AlertDraft, AlertKind, Policy, Rule, Significance


def change_alerts(
    policy: Policy, significance: Significance, *, rules: Sequence[Rule], channels: Sequence[str], told: bool
) -> tuple[AlertDraft, ...]:
    """Alerts for a confirmed change. `told`: rules with `when = "seen"` have told of it as a candidate already."""
    matching = (
        rule
        for rule in rules
        if _covers(rule, policy) and significance.rank >= rule.significance.rank and not (told and rule.when == "seen")
    )
    return _drafts(AlertKind.CHANGE, matching, channels)


def seen_alerts(
    policy: Policy, significance: Significance, *, rules: Sequence[Rule], channels: Sequence[str]
) -> tuple[AlertDraft, ...]:
    """Alerts for a candidate, from rules that do not wait for its confirmation."""
    matching = (
        rule
        for rule in rules
        if rule.when == "seen" and _covers(rule, policy) and significance.rank >= rule.significance.rank
    )
    return _drafts(AlertKind.SEEN, matching, channels)


def unreachable_alerts(
    policy: Policy, reason: str, *, rules: Sequence[Rule], channels: Sequence[str]
) -> tuple[AlertDraft, ...]:
    """Alerts that a policy cannot be read any more; their rules' significance plays no part."""
    return _drafts(AlertKind.UNREACHABLE, (rule for rule in rules if _covers(rule, policy)), channels, reason=reason)


def _covers(rule: Rule, policy: Policy) -> bool:
    named = not rule.policies or any(fnmatchcase(policy.spec.name, pattern) for pattern in rule.policies)
    return named and (not rule.kinds or policy.spec.kind in rule.kinds)


def _drafts(
    kind: AlertKind, rules: Iterable[Rule], channels: Sequence[str], *, reason: str = ""
) -> tuple[AlertDraft, ...]:
    """One alert a rule, but no channel twice: a reader who matches two rules is told once."""
    drafts = []
    free = list(channels)
    for rule in rules:
        own = tuple(name for name in free if not rule.channels or name in rule.channels)
        if own:
            drafts.append(AlertDraft(kind=kind, rule=rule.name, channels=own, reason=reason))
            free = [name for name in free if name not in own]
    return tuple(drafts)
