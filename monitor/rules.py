"""Which rules a change matches, and on which channels it is told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase

from monitor.model import AlertDraft, AlertKind, Fact, Meaning, Policy, Rule, Significance, ValueKind


def change_alerts(
    policy: Policy,
    significance: Significance,
    meaning: Meaning | None = None,
    *,
    rules: Sequence[Rule],
    channels: Sequence[str],
    told: bool,
    language: str | None = None,
) -> tuple[AlertDraft, ...]:
    """Alerts for a confirmed change. `told`: rules with `when = "seen"` have told of it as a candidate already.

    `language` is that of the text, where the policy itself does not say one.
    """
    matching = (
        rule
        for rule in rules
        if _covers(rule, policy, language)
        and significance.rank >= rule.significance.rank
        and wants(rule, meaning)
        and not (told and rule.when == "seen")
    )
    return _drafts(AlertKind.CHANGE, matching, channels)


def seen_alerts(
    policy: Policy,
    significance: Significance,
    meaning: Meaning | None = None,
    *,
    rules: Sequence[Rule],
    channels: Sequence[str],
    language: str | None = None,
) -> tuple[AlertDraft, ...]:
    """Alerts for a candidate, from rules that do not wait for its confirmation."""
    matching = (
        rule
        for rule in rules
        if rule.when == "seen"
        and _covers(rule, policy, language)
        and significance.rank >= rule.significance.rank
        and wants(rule, meaning)
    )
    return _drafts(AlertKind.SEEN, matching, channels)


def unreachable_alerts(
    policy: Policy,
    reason: str,
    *,
    rules: Sequence[Rule],
    channels: Sequence[str],
    operators: Sequence[str] = (),
) -> tuple[AlertDraft, ...]:
    """Alerts that a policy cannot be read any more: for the operator's channels, if there are any.

    Else readers are told, by the rules that cover the policy: their significance and languages play no part.
    """
    if operators:
        return (AlertDraft(kind=AlertKind.UNREACHABLE, rule="operator", channels=tuple(operators), reason=reason),)
    covering = (rule for rule in rules if _names(rule, policy))
    return _drafts(AlertKind.UNREACHABLE, covering, channels, reason=reason)


def wants(rule: Rule, meaning: Meaning | None) -> bool:
    """Whether what a change means is what the rule asks for; a rule that asks for no meaning takes every change.

    What has no meaning (no fact of it could be read) is not what a rule about facts asks for.
    """
    if not (rule.practices or rule.directions or rule.data_types or rule.least_days or rule.least_amount):
        return True
    if meaning is None:
        return False
    if rule.directions and meaning.direction not in rule.directions:
        return False
    if rule.practices and not (rule.data_types or rule.least_days or rule.least_amount):
        return not set(rule.practices).isdisjoint(meaning.practices)
    if not (rule.data_types or rule.least_days or rule.least_amount):
        return True
    return any(
        _holds(rule, fact)
        for change in meaning.changes
        if not rule.practices or change.practice in rule.practices
        for fact in (change.old, change.new)
        if fact is not None
    )


def _holds(rule: Rule, fact: Fact) -> bool:
    """Whether a fact has the rule's type of data and its least values, each where the rule names one."""
    if rule.data_types and set(rule.data_types).isdisjoint(fact.data):
        return False
    least = ((ValueKind.DURATION, rule.least_days), (ValueKind.AMOUNT, rule.least_amount))
    return all(
        not bound or any(value.kind is kind and (value.size or 0) >= bound for value in fact.values)
        for kind, bound in least
    )


def covers_none(rules: Sequence[Rule], policies: Sequence[Policy]) -> tuple[Rule, ...]:
    """The rules that can tell of nothing, since no watched policy is among theirs."""
    if not policies:
        return ()
    return tuple(
        rule
        for rule in rules
        if not any(_names(rule, policy) and _speaks(rule, policy.spec.language) is not False for policy in policies)
    )


def _covers(rule: Rule, policy: Policy, language: str | None) -> bool:
    # Of an unknown language nobody can say that it is not wanted, and a change untold is the worse mistake.
    return _names(rule, policy) and _speaks(rule, policy.spec.language or language) is not False


def _names(rule: Rule, policy: Policy) -> bool:
    named = not rule.policies or any(fnmatchcase(policy.spec.name, pattern) for pattern in rule.policies)
    return named and (not rule.kinds or policy.spec.kind in rule.kinds)


def _speaks(rule: Rule, language: str | None) -> bool | None:
    """Whether a rule wants a language; None where nobody knows the language."""
    if not rule.languages:
        return True
    return None if language is None else language in rule.languages


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
