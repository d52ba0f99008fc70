"""Words and colours that several commands print."""

from __future__ import annotations

from datetime import datetime, timedelta

from monitor.model import ObservationDraft, Outcome, PolicySpec, SuspectReason

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
    if found.outcome is not Outcome.SUSPECT:
        return ""
    match found.reason:
        case SuspectReason.NEEDS_BROWSER:
            return (
                "The text is put there by scripts, and no browser is run here, so nothing was kept as a version. "
                "Many sites also have it as plain HTML or PDF (a print view, a help page): "
                f"`monitor find` looks for one, `monitor move {policy} URL` watches it."
            )
        case SuspectReason.EMPTY:
            return (
                f"There is hardly any text. If this is the whole policy: monitor accept {policy}. "
                f"If the address is wrong: monitor move {policy} URL"
            )
        case SuspectReason.CHALLENGE | SuspectReason.LOGIN | SuspectReason.CONSENT:
            return (
                "The site shows this to programs instead of the policy. Later looks may get through; "
                f"another address of the same text may do: monitor move {policy} URL"
            )
        case _:
            return f"It is kept, and makes no version. If this is the policy now: monitor accept {policy}"


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
