"""Words and colours that several commands print."""

from __future__ import annotations

from datetime import datetime, timedelta

from monitor.advice import advice
from monitor.model import ObservationDraft, Outcome, PolicySpec

_STYLES = {
    Outcome.FIRST: "cyan",
    Outcome.UNCHANGED: "green",
    Outcome.VARIANT: "green",
    Outcome.CANDIDATE: "yellow",
    Outcome.CHANGED: "bold magenta",
    Outcome.SUSPECT: "red",
    Outcome.UNREACHABLE: "red",
}
_WORDS = {
    Outcome.FIRST: "first version",
    Outcome.VARIANT: "a known variant",
    Outcome.CANDIDATE: "changed, not confirmed yet",
    Outcome.SUSPECT: "not the policy",
}
_AN_INSTANT = timedelta(seconds=1)
_UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60))


def outcome_style(outcome: Outcome) -> str:
    """The colour that stands for an outcome."""
    return _STYLES[outcome]


def outcome_words(outcome: Outcome) -> str:
    """An outcome as a person would say it."""
    return _WORDS.get(outcome, outcome.value)


def suspect_advice(found: ObservationDraft, policy: str) -> str:
    """Say what a person can do about a page that is not believed to be the policy; empty for other findings."""
    return advice(found.reason, policy) if found.outcome is Outcome.SUSPECT else ""


def span(duration: timedelta) -> str:
    """Say a duration in its largest whole unit: "3 days", "12 hours", "40 seconds"."""
    seconds = int(duration.total_seconds())
    for name, size in _UNITS:
        if seconds >= size:
            return count(seconds // size, name)
    return count(seconds, "second")


def rhythm(spec: PolicySpec) -> str:
    """Say how often a policy is looked at."""
    if spec.timetable.cron:
        return f"at {spec.timetable.cron} ({spec.timetable.zone})"
    return f"every {span(spec.every)}"


def ago(moment: datetime | None, now: datetime) -> str:
    """Say when that was, or will be."""
    if moment is None:
        return "never"
    if abs(moment - now) < _AN_INSTANT:  # another process may have done it since we took the time
        return "now"
    if moment > now:
        return f"in {span(moment - now)}"
    return f"{span(now - moment)} ago"


def count(number: int, noun: str) -> str:
    """Count things: "1 clause", "2 clauses"."""
    many = f"{noun[:-1]}ies" if noun.endswith("y") and noun[-2:] not in {"ay", "ey", "oy"} else f"{noun}s"
    return f"{number:,} {noun if number == 1 else many}"
