"""Practices that a kind of document is not about: payments in a privacy policy, cookies in terms of service."""

from __future__ import annotations

from collections import Counter

from monitor.practices.taxonomy import taxonomy

_OF_BOTH = frozenset(["policy-change", "identity-contact", "specific-audiences", "automated-decisions-ai"])


def foreign_practices(tally: Counter[str]) -> frozenset[str]:
    """Practices that are not what this kind of document is about."""
    terms = {name for name, practice in taxonomy().practices.items() if not practice.opp115}
    if 2 * sum(tally[name] for name in terms) > tally.total():
        return frozenset(taxonomy().practices) - terms - _OF_BOTH
    return frozenset(terms)
