"""Takes a page that a person says is the policy as a version at once: a suspect page, or a text that waits.

The page is read again from the bytes that the store keeps, so nobody has to hope that the site shows it once more.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from monitor.bracketing import last_seen_before
from monitor.check import Checked, Parts
from monitor.diff import compare
from monitor.errors import NothingToAccept, ReadError
from monitor.model import (
    Bracket,
    Capture,
    ChangeDraft,
    ChangeKind,
    CheckRecord,
    History,
    Observation,
    ObservationDraft,
    Outcome,
    Reading,
    Remembered,
    Version,
    VersionDraft,
)
from monitor.ports import HistoryStore
from monitor.report.meaning import told_line
from monitor.rereading import Rereader
from monitor.rules import change_alerts
from monitor.schedule import regular
from monitor.significance import assess, is_silent

# How many runs of findings are gone back through failed fetches to the last page that came.
MOST_RUNS = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """A text that a person takes for the policy. `told`: an alert has told of it as a candidate."""

    reading: Reading
    seen: datetime
    found_as: str
    told: bool = False
    from_captures: bool = False  # read just now from the latest captures


def accept_policy(policy_id: int, parts: Parts, *, quiet: bool = False) -> Checked:
    """Confirm the last suspect page, or the text that waits; `quiet` raises no alert.

    Raises:
        NothingToAccept: neither is there, or the page has no text.
        StoreError: the database failed; nothing was written.
        StaleCheck: somebody checked the policy meanwhile.
    """
    history = parts.store.history(policy_id)
    suspect = _last_suspect(parts.store, policy_id)
    if suspect:
        accepted = _suspect_text(history, suspect, parts)
    elif history.candidate:
        waiting = history.candidate
        accepted = Accepted(
            reading=waiting.reading,
            seen=waiting.first_seen,
            found_as="a text that waited for confirmation",
            told=waiting.alerted,
        )
    else:
        raise NothingToAccept(_why_nothing(history))
    current = parts.store.version(history.current.id) if history.current else None
    record = accept(history, accepted, current, parts, quiet=quiet, now=parts.clock.now())
    return Checked(policy=history.policy, record=record, committed=parts.store.commit(record))


def accept(
    history: History, accepted: Accepted, current: Version | None, parts: Parts, *, quiet: bool, now: datetime
) -> CheckRecord:
    """Say what taking a text as the policy means, as the record to be committed."""
    reading = accepted.reading
    record = CheckRecord(
        policy_id=history.policy.id,
        revision=history.revision,
        now=now,
        observation=ObservationDraft(outcome=Outcome.FIRST, reason="accepted", detail=_detail(accepted)),
        remembered=Remembered(text_digest=reading.digest, suspicion=None) if accepted.from_captures else None,
        extractor=reading.extractor,
        version=VersionDraft(reading=reading, first_seen=accepted.seen),
        drop_candidate=history.candidate is not None,
        next_due=regular(history.policy.spec, now),
    )
    if current is None:
        return record
    if current.digest == reading.digest:
        return replace(
            record,
            observation=replace(record.observation, outcome=Outcome.UNCHANGED),
            version=None,
            seen_version_id=current.id,
        )
    diff = compare(current.clauses, reading.clauses)
    assessment = assess(diff, language=reading.language)
    known = any(version.digest == reading.digest for version in history.variants)
    change = ChangeDraft(
        kind=ChangeKind.RESTORED if known else ChangeKind.CHANGED,
        old_version_id=current.id,
        operations=diff.operations,
        significance=assessment.significance,
        why=f"accepted by hand: {assessment.why}",
        summary=told_line(assessment.meaning, diff.old, diff.new, diff.operations),
        bracket=Bracket(last_seen_before(history, accepted.seen), accepted.seen),
        silent=is_silent(current.dates, reading.dates, assessment.significance),
    )
    settings = parts.settings
    return replace(
        record,
        observation=replace(record.observation, outcome=Outcome.CHANGED),
        change=change,
        alerts=()
        if quiet
        else change_alerts(
            history.policy,
            change.significance,
            assessment.meaning,
            rules=settings.rules,
            channels=settings.channels,
            told=accepted.told,
            language=reading.language,
        ),
    )


def _detail(accepted: Accepted) -> str:
    return f"accepted by hand: {accepted.found_as}"


def _last_suspect(store: HistoryStore, policy_id: int) -> Observation | None:
    """The run of suspect looks that ends with the last page that came; failed fetches since then brought none."""
    shown = (one for one in store.observations(policy_id, limit=MOST_RUNS) if one.outcome is not Outcome.UNREACHABLE)
    last = next(shown, None)
    return last if last and last.outcome is Outcome.SUSPECT else None


def _suspect_text(history: History, suspect: Observation, parts: Parts) -> Accepted:
    name = history.policy.spec.name
    captures = history.latest
    if not captures:
        raise NothingToAccept(f"{name} has another address since that look. First: monitor check {name}")
    try:
        reading = Rereader(store=parts.store, convert=parts.convert, languages=parts.languages).read(
            captures, history.policy.spec
        )
    except ReadError as error:
        raise NothingToAccept(f"The last page of {name} cannot be read: {error}") from error
    if not reading.clauses:
        raise NothingToAccept(f"The last page of {name} has no text that could be a policy ({suspect.detail}).")
    return Accepted(
        reading=reading,
        seen=_first_sight(captures, suspect, parts.store),
        found_as=f"a page held for {suspect.reason}",
        from_captures=True,
    )


def _first_sight(captures: tuple[Capture, ...], suspect: Observation, store: HistoryStore) -> datetime:
    """When these bytes were first seen. A run of suspect looks may have shown several pages, one after the other."""
    first = [store.capture(number).digest for number in suspect.capture_ids]
    if first == [capture.digest for capture in captures]:
        return suspect.first_seen
    return max(capture.taken for capture in captures)


def _why_nothing(history: History) -> str:
    name, last = history.policy.spec.name, history.last
    if last is None:
        return f"{name} was not looked at yet. First: monitor check {name}"
    if last.outcome is Outcome.UNREACHABLE:
        return f"There is nothing to accept: the last look at {name} brought no page ({last.detail})."
    return f"There is nothing to accept: the last look at {name} found it {last.outcome.value}, and no text waits."
