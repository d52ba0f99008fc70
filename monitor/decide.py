"""What one look at a policy means: a pure function of the past, the look and the settings.

The rules, in the order in which they are asked:

1. No page, or a page that is not the policy: *unreachable* or *suspect*. Neither makes or drops anything; after
   `unreachable_after` such looks in a row the operator is told, once. Some suspicions are outlived: what a site shows
   for long is its policy, however odd it looked at first. It then starts a line of its own, silently, since the
   operator was told when it came.
2. No version yet: *first*. The text becomes version 1, and nobody is told.
3. The current text: *unchanged*. A candidate that waited is dropped, since its text has gone.
4. A text that was a confirmed version: *variant*, silent. Half of what looks like a change restores a text seen before,
   and nine tenths of those are gone within three days (measured on 70,000 recorded changes of a peer). Only a text that
   then stands for RESTORED_AFTER is current again, and only if it was away for ABSENT_AT_LEAST is that told.
5. A new text (`monitor.novelty`) is compared with the nearest of the current and the recent texts. Each clause that
   came or went has its own time of first sight. What still stands `confirm_after` later is *changed*; what has not
   stood as long makes the text a *candidate*; what has gone is forgotten. So a clause that rotates with every look
   holds up no real change.
   If another extractor read the text that it stems from (and `monitor.reextraction` found no bytes to read again),
   nothing is confirmed or told: the difference is *re-extracted*.
6. Before 3 to 5, what a volatile place shows (see `monitor.volatile`) is left out.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from monitor.advice import advice
from monitor.bracketing import last_seen_before
from monitor.diff import compare
from monitor.look import Look, Settings, record_of
from monitor.model import (
    AlertDraft,
    Bracket,
    ChangeDraft,
    ChangeKind,
    CheckRecord,
    History,
    Outcome,
    Reading,
    Significance,
    SuspectReason,
    Suspicion,
    VersionDraft,
    VersionInfo,
)
from monitor.novelty import judge_new_text
from monitor.report.meaning import told_line
from monitor.rules import change_alerts, unreachable_alerts
from monitor.schedule import after_failure, regular
from monitor.significance import Assessment, assess, is_silent
from monitor.volatile import Settled, settle

RESTORED_AFTER = timedelta(days=14)
ABSENT_AT_LEAST = timedelta(days=30)

# How long a doubt lasts while looks keep finding the same. Walls, errors and home pages stay what they are for ever.
OUTLIVED_AFTER = {
    SuspectReason.LANGUAGE: timedelta(days=3),
    SuspectReason.TRUNCATED: timedelta(days=14),
    SuspectReason.REPLACED: timedelta(days=14),
}


def decide(history: History, look: Look, settings: Settings) -> CheckRecord:
    """Say what a look means, as the record to be committed (without captures, which are the caller's)."""
    reading = look.reading
    doubt = look.suspicion
    if reading is None or look.failure or (doubt and not outlived(history, doubt, look.now)):
        return _missed(history, look, settings)
    if doubt and history.current is not None:
        return _new_line(history, look, reading, doubt)
    if history.current is None:
        return replace(
            record_of(history, look, Outcome.FIRST),
            version=VersionDraft(reading=reading, first_seen=look.now),
            next_due=regular(history.policy.spec, look.now),
        )
    settled = settle(history, reading, look.baselines, look.now)
    record = _believed(history, look, settled, settings)
    return record if settled.places == history.places else replace(record, places=settled.places)


def _believed(history: History, look: Look, settled: Settled, settings: Settings) -> CheckRecord:
    """Say what a text means, apart from what its volatile places show."""
    assert history.current is not None
    if settled.reading.digest == history.current.digest:
        return _unchanged(history, look, settled)
    for version in history.variants:
        if version.digest == settled.reading.digest and (
            settled.exact or any(version.id == base.id for base in look.baselines)
        ):
            return _variant(history, look, version, settings)
    return judge_new_text(history, look, settled, settings)


def outlived(history: History, doubt: Suspicion, now: datetime) -> bool:
    """Tell whether looks have found the same for so long that it has to be believed."""
    last, enough = history.last, OUTLIVED_AFTER.get(doubt.reason)
    return (
        enough is not None
        and last is not None
        and (last.outcome, last.reason) == (Outcome.SUSPECT, doubt.reason)
        and now - last.first_seen >= enough
    )


def _new_line(history: History, look: Look, reading: Reading, doubt: Suspicion) -> CheckRecord:
    """What was doubted has come to stay: a version to compare later ones with, kept as a change, and no alert.

    It was told as missing when it came; whether the authors or the site's machinery brought it, nobody can say.
    Another language is no change: its texts have a line of their own.
    """
    change = None
    if doubt.reason is not SuspectReason.LANGUAGE and history.last is not None:
        base = look.baselines[0]
        diff = compare(base.clauses, reading.clauses)
        assessment = assess(diff, language=reading.language)
        seen = history.last.first_seen
        change = ChangeDraft(
            kind=ChangeKind.CHANGED,
            old_version_id=base.id,
            operations=diff.operations,
            significance=assessment.significance,
            why=f"{assessment.why}; doubted when it came ({doubt.why}), and it stands",
            summary=told_line(assessment.meaning, diff.old, diff.new, diff.operations),
            bracket=Bracket(last_seen_before(history, seen), seen),
            silent=is_silent(base.dates, reading.dates, assessment.significance),
        )
    outcome = Outcome.CHANGED if change else Outcome.VARIANT
    return replace(
        record_of(history, look, outcome, doubt.reason, f"it stands: {doubt.why}"),
        version=VersionDraft(reading=reading, first_seen=look.now),
        change=change,
        drop_candidate=history.candidate is not None,
        next_due=regular(history.policy.spec, look.now),
    )


def _missed(history: History, look: Look, settings: Settings) -> CheckRecord:
    wait = _retry_after(look.misses, history.policy.spec.every, settings)
    if look.failure:
        record = record_of(history, look, Outcome.UNREACHABLE, look.failure.code, look.failure.message)
        said = look.failure.message
        if look.failure.retry_after:
            wait = max(wait, timedelta(seconds=look.failure.retry_after))
    else:
        assert look.suspicion is not None
        record = record_of(history, look, Outcome.SUSPECT, look.suspicion.reason, look.suspicion.why)
        said = f"{look.suspicion.why}. {advice(look.suspicion.reason, history.policy.spec.name)}"
    alerts: tuple[AlertDraft, ...] = ()
    if look.misses + 1 == settings.unreachable_after:
        alerts = unreachable_alerts(
            history.policy,
            said,
            rules=settings.rules,
            channels=settings.channels,
            operators=settings.operators,
        )
    return replace(record, alerts=alerts, next_due=after_failure(history.policy.spec, look.now, wait))


def _retry_after(misses: int, every: timedelta, settings: Settings) -> timedelta:
    """Soon at first, since most outages are short; then ever later, and beyond the usual pace once it was told."""
    wait = min(every, settings.early_look * (1 << min(misses, 10)))
    told = misses + 1 - settings.unreachable_after
    if told <= 0:
        return wait
    return max(wait, min(settings.back_off_to, every * (1 << min(told, 10))))


def _unchanged(history: History, look: Look, settled: Settled) -> CheckRecord:
    assert history.current is not None
    return replace(
        record_of(
            history, look, Outcome.UNCHANGED, detail="" if settled.exact else "but for a place that keeps changing"
        ),
        seen_version_id=history.current.id,
        drop_candidate=history.candidate is not None,
        next_due=regular(history.policy.spec, look.now),
    )


def _variant(history: History, look: Look, version: VersionInfo, settings: Settings) -> CheckRecord:
    record = replace(
        record_of(history, look, Outcome.VARIANT, detail=f"version {version.number} again"),
        seen_version_id=version.id,
        drop_candidate=history.candidate is not None,
        next_due=regular(history.policy.spec, look.now),
    )
    if not _stands(history, version) or look.now - version.standing_since < RESTORED_AFTER:
        return record
    away = version.standing_since - version.absent_since if version.absent_since else timedelta()
    told = away >= ABSENT_AT_LEAST
    current, shown = look.baselines[0], next(base for base in look.baselines if base.id == version.id)
    diff = compare(current.clauses, shown.clauses)
    assessment = assess(diff, language=version.language)
    if not told:
        assessment = Assessment(
            Significance.NONE, f"a text seen {_days(away)} before is back; its change and return were brief"
        )
    line = told_line(assessment.meaning, diff.old, diff.new, diff.operations)
    change = ChangeDraft(
        kind=ChangeKind.RESTORED,
        old_version_id=current.id,
        operations=diff.operations,
        significance=assessment.significance,
        why=assessment.why if not told else f"back after {_days(away)}: {assessment.why}",
        summary=f"version {version.number} is back: {line}",
        bracket=Bracket(last_seen_before(history, version.standing_since), version.standing_since),
    )
    return replace(
        record,
        observation=replace(record.observation, outcome=Outcome.CHANGED),
        change=change,
        make_current=True,
        alerts=change_alerts(
            history.policy,
            change.significance,
            assessment.meaning,
            rules=settings.rules,
            channels=settings.channels,
            told=False,
            language=version.language,
        ),
    )


def _stands(history: History, version: VersionInfo) -> bool:
    """Tell whether this version is the text that was last shown."""
    shown = max(other.last_seen for other in history.variants)
    if history.candidate:
        shown = max(shown, history.candidate.last_seen)
    return version.last_seen >= shown


def _days(span: timedelta) -> str:
    days = span.days
    return "1 day" if days == 1 else f"{days} days"
