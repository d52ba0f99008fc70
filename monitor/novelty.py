"""A text never seen before: what of it stands long enough to be a change, and what makes it a candidate."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from monitor.bracketing import last_seen_before
from monitor.confirm import first_sights, is_known, standing
from monitor.diff import compare, marks, restrict
from monitor.look import Look, Settings, record_of
from monitor.model import (
    AlertDraft,
    Bracket,
    CandidateDraft,
    ChangeDraft,
    ChangeKind,
    CheckRecord,
    Diff,
    History,
    Outcome,
    Reading,
    Significance,
    Version,
    VersionDraft,
)
from monitor.report.meaning import told_line
from monitor.report.summary import summarise
from monitor.rules import change_alerts, seen_alerts
from monitor.schedule import extra, regular
from monitor.significance import assess, is_silent
from monitor.text import reading_digest
from monitor.volatile import Settled


def judge_new_text(history: History, look: Look, settled: Settled, settings: Settings) -> CheckRecord:
    """Compare a new text with the nearest known one, and confirm what has stood."""
    reading, base, diff = settled.reading, settled.base, settled.diff
    assert base is not None
    assert diff is not None
    if base.extractor != reading.extractor:
        return _read_otherwise(history, look, reading, base, diff)
    sights = first_sights(history.candidate, look.now, diff)
    since = {mark: settled.since.get(mark, seen) for mark, seen in sights.items()}
    stands = standing(diff, since, now=look.now, confirm_after=settings.confirm_after)
    candidate = CandidateDraft(
        reading=reading,
        first_seen=min(since.values()),
        last_seen=look.now,
        looks=(history.candidate.looks if history.candidate else 0) + 1,
        since=tuple(sorted(since.items())),
    )
    if not any(stands):
        return _waiting(history, look, candidate, diff, settings, base)
    if all(stands):
        shown, pending = reading, None
    else:
        kept = {operation for operation, stood in zip(diff.operations, stands, strict=True) if stood}
        clauses = restrict(diff, kept.__contains__)
        shown = replace(reading, clauses=clauses, digest=reading_digest(clauses))
        pending = candidate
    if any(version.digest == shown.digest for version in history.variants):
        # What has stood long enough gives a text that was confirmed before: nothing new to tell of yet.
        return _waiting(history, look, candidate, diff, settings, base)
    confirmed = diff if pending is None else compare(base.clauses, shown.clauses)
    assessment = assess(
        confirmed,
        language=reading.language,
        known=[is_known(confirmed, operation, base, look.baselines) for operation in confirmed.operations],
    )
    seen = max(
        since[mark]
        for operation, stood in zip(diff.operations, stands, strict=True)
        if stood
        for mark in marks(diff, operation)
    )
    change = ChangeDraft(
        kind=ChangeKind.CHANGED,
        old_version_id=base.id,
        operations=confirmed.operations,
        significance=assessment.significance,
        why=assessment.why,
        summary=told_line(assessment.meaning, confirmed.old, confirmed.new, confirmed.operations),
        bracket=Bracket(settled.before if seen in settled.since.values() else last_seen_before(history, seen), seen),
        silent=is_silent(base.dates, shown.dates, assessment.significance),
    )
    # An alert about a candidate told of its text alone: what came later has not been told.
    heard = history.candidate.told if history.candidate else frozenset()
    told = all(
        mark in heard
        for operation, stood in zip(diff.operations, stands, strict=True)
        if stood
        for mark in marks(diff, operation)
    )
    return replace(
        record_of(history, look, Outcome.CHANGED),
        version=VersionDraft(reading=shown, first_seen=seen, exact=settled.exact and pending is None),
        change=change,
        candidate=pending,
        drop_candidate=pending is None and history.candidate is not None,
        alerts=change_alerts(
            history.policy,
            change.significance,
            assessment.meaning,
            rules=settings.rules,
            channels=settings.channels,
            told=told,
            language=reading.language,
        ),
        next_due=_next_look(history, look, pending, settings),
    )


def _read_otherwise(history: History, look: Look, reading: Reading, base: Version, diff: Diff) -> CheckRecord:
    """Another extractor read the text that this one stems from, and its bytes are gone: nobody can tell what is whose.

    The new text is current from now on, without an alert; the difference is kept for whoever wants to look.
    """
    return replace(
        record_of(history, look, Outcome.CHANGED, detail="read by another extractor than before"),
        version=VersionDraft(reading=reading, first_seen=look.now),
        change=ChangeDraft(
            kind=ChangeKind.REEXTRACTED,
            old_version_id=base.id,
            operations=diff.operations,
            significance=Significance.NONE,
            why=(
                f"read by {reading.extractor} instead of {base.extractor}; the bytes of before cannot be read again, "
                "so an edit by the authors may be among it"
            ),
            summary=summarise(diff.old, diff.new, diff.operations),
            bracket=Bracket(last_seen_before(history, look.now), look.now),
        ),
        drop_candidate=history.candidate is not None,
        next_due=regular(history.policy.spec, look.now),
    )


def _waiting(
    history: History, look: Look, candidate: CandidateDraft, diff: Diff, settings: Settings, base: Version
) -> CheckRecord:
    return replace(
        record_of(history, look, Outcome.CANDIDATE),
        candidate=candidate,
        alerts=_told_at_once(history, look, candidate, diff, settings, base),
        next_due=_next_look(history, look, candidate, settings),
    )


def _told_at_once(
    history: History, look: Look, candidate: CandidateDraft, diff: Diff, settings: Settings, base: Version
) -> tuple[AlertDraft, ...]:
    """Alerts about a candidate, for those who do not wait for its confirmation."""
    heard = history.candidate.told if history.candidate else frozenset()
    if not any(rule.when == "seen" for rule in settings.rules) or all(mark in heard for mark, _ in candidate.since):
        return ()
    known = [is_known(diff, operation, base, look.baselines) for operation in diff.operations]
    assessment = assess(diff, language=candidate.reading.language, known=known)
    return seen_alerts(
        history.policy,
        assessment.significance,
        assessment.meaning,
        rules=settings.rules,
        channels=settings.channels,
        language=candidate.reading.language,
    )


def _next_look(history: History, look: Look, candidate: CandidateDraft | None, settings: Settings) -> datetime:
    usual = regular(history.policy.spec, look.now)
    if candidate is None:
        return usual
    ripe = [seen + settings.confirm_after for _, seen in candidate.since]
    # Only the first sight has an early look: a clause that is another one with every look would have one every hour.
    early = [look.now + settings.early_look] if candidate.looks == 1 else []
    looks = [moment for moment in ripe if moment > look.now] + early
    return min([usual, *(extra(history.policy.spec, moment) for moment in looks)])
