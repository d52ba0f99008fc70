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
5. A new text is compared with the nearest of the current and the recent texts. Each clause that came or went has its
   own time of first sight. What still stands `confirm_after` later is *changed*; what has not stood as long makes the
   text a *candidate*; what has gone is forgotten. So a clause that rotates with every look holds up no real change.
   If another extractor read the text that it stems from (and `monitor.reextraction` found no bytes to read again),
   nothing is confirmed or told: the difference is *re-extracted*.
6. Before 3 to 5, what a volatile place shows (see `monitor.volatile`) is left out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor.bracketing import last_seen_before
from monitor.confirm import first_sights, is_known, standing
from monitor.diff import compare, marks, restrict
from monitor.model import (
    AlertDraft,
    Bracket,
    CandidateDraft,
    ChangeDraft,
    ChangeKind,
    CheckRecord,
    Diff,
    History,
    ObservationDraft,
    Outcome,
    Reading,
    Rule,
    Significance,
    SuspectReason,
    Suspicion,
    Version,
    VersionDraft,
    VersionInfo,
)
from monitor.report.summary import summarise
from monitor.rules import change_alerts, seen_alerts, unreachable_alerts
from monitor.significance import Assessment, assess, is_silent
from monitor.text import reading_digest
from monitor.volatile import Settled, settle

RESTORED_AFTER = timedelta(days=14)
ABSENT_AT_LEAST = timedelta(days=30)
# A text last seen within this time may still be served to somebody: a region, a test group, a stale cache.
RECENT = timedelta(days=7)


# How long a doubt lasts while looks keep finding the same. Walls, errors and home pages stay what they are for ever.
OUTLIVED_AFTER = {
    SuspectReason.LANGUAGE: timedelta(days=3),
    SuspectReason.TRUNCATED: timedelta(days=14),
    SuspectReason.REPLACED: timedelta(days=14),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a decision depends on besides the facts."""

    confirm_after: timedelta = timedelta(hours=12)
    early_look: timedelta = timedelta(hours=1)  # a candidate is looked at again after this; that can only drop it
    unreachable_after: int = 4
    rules: tuple[Rule, ...] = ()
    channels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Failure:
    """A fetch that brought nothing usable. `retry_after` is in seconds, as the server asked."""

    code: str
    message: str
    retry_after: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What one look brought: a failure, a suspicion, or a reading.

    `baselines` are the texts that a new one may stem from: the current version first, then other confirmed ones seen
    within RECENT. `misses` counts the looks in a row before this one that did not show the policy.
    """

    now: datetime
    reading: Reading | None = None
    suspicion: Suspicion | None = None
    failure: Failure | None = None
    baselines: tuple[Version, ...] = ()
    misses: int = 0


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
            _record(history, look, Outcome.FIRST),
            version=VersionDraft(reading=reading, first_seen=look.now),
            next_due=look.now + history.policy.spec.every,
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
    return _new_text(history, look, settled, settings)


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
            summary=summarise(diff.old, diff.new, diff.operations),
            bracket=Bracket(last_seen_before(history, seen), seen),
            silent=is_silent(base.dates, reading.dates, assessment.significance),
        )
    return replace(
        _record(history, look, Outcome.CHANGED if change else Outcome.VARIANT, doubt.reason, f"it stands: {doubt.why}"),
        version=VersionDraft(reading=reading, first_seen=look.now),
        change=change,
        drop_candidate=history.candidate is not None,
        next_due=look.now + history.policy.spec.every,
    )


def _record(history: History, look: Look, outcome: Outcome, reason: str = "", detail: str = "") -> CheckRecord:
    return CheckRecord(
        policy_id=history.policy.id,
        revision=history.revision,
        now=look.now,
        observation=ObservationDraft(outcome=outcome, reason=reason, detail=detail),
    )


def _missed(history: History, look: Look, settings: Settings) -> CheckRecord:
    every = history.policy.spec.every
    # Soon at first, since most outages are short; then ever later, up to the usual pace.
    wait = min(every, settings.early_look * 2 ** min(look.misses, 10))
    if look.failure:
        record = _record(history, look, Outcome.UNREACHABLE, look.failure.code, look.failure.message)
        if look.failure.retry_after:
            wait = max(wait, timedelta(seconds=look.failure.retry_after))
    else:
        assert look.suspicion is not None
        record = _record(history, look, Outcome.SUSPECT, look.suspicion.reason, look.suspicion.why)
    alerts: tuple[AlertDraft, ...] = ()
    if look.misses + 1 == settings.unreachable_after:
        alerts = unreachable_alerts(
            history.policy, record.observation.detail, rules=settings.rules, channels=settings.channels
        )
    return replace(record, alerts=alerts, next_due=look.now + wait)


def _unchanged(history: History, look: Look, settled: Settled) -> CheckRecord:
    assert history.current is not None
    return replace(
        _record(
            history, look, Outcome.UNCHANGED, detail="" if settled.exact else "but for a place that keeps changing"
        ),
        seen_version_id=history.current.id,
        drop_candidate=history.candidate is not None,
        next_due=look.now + history.policy.spec.every,
    )


def _variant(history: History, look: Look, version: VersionInfo, settings: Settings) -> CheckRecord:
    record = replace(
        _record(history, look, Outcome.VARIANT, detail=f"version {version.number} again"),
        seen_version_id=version.id,
        drop_candidate=history.candidate is not None,
        next_due=look.now + history.policy.spec.every,
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
    change = ChangeDraft(
        kind=ChangeKind.RESTORED,
        old_version_id=current.id,
        operations=diff.operations,
        significance=assessment.significance,
        why=assessment.why if not told else f"back after {_days(away)}: {assessment.why}",
        summary=f"version {version.number} is back: {summarise(diff.old, diff.new, diff.operations)}",
        bracket=Bracket(last_seen_before(history, version.standing_since), version.standing_since),
    )
    return replace(
        record,
        observation=replace(record.observation, outcome=Outcome.CHANGED),
        change=change,
        make_current=True,
        alerts=change_alerts(
            history.policy, change.significance, rules=settings.rules, channels=settings.channels, told=False
        ),
    )


def _new_text(history: History, look: Look, settled: Settled, settings: Settings) -> CheckRecord:
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
        summary=summarise(confirmed.old, confirmed.new, confirmed.operations),
        bracket=Bracket(settled.before if seen in settled.since.values() else last_seen_before(history, seen), seen),
        silent=is_silent(base.dates, shown.dates, assessment.significance),
    )
    # The alert about a candidate told of its text alone: what came later has not been told.
    waited = {mark for mark, _ in history.candidate.since} if history.candidate and history.candidate.alerted else set()
    told = all(
        mark in waited
        for operation, stood in zip(diff.operations, stands, strict=True)
        if stood
        for mark in marks(diff, operation)
    )
    return replace(
        _record(history, look, Outcome.CHANGED),
        version=VersionDraft(reading=shown, first_seen=seen, exact=settled.exact and pending is None),
        change=change,
        candidate=pending,
        drop_candidate=pending is None and history.candidate is not None,
        alerts=change_alerts(
            history.policy, change.significance, rules=settings.rules, channels=settings.channels, told=told
        ),
        next_due=_next_look(history, look, pending, settings),
    )


def _read_otherwise(history: History, look: Look, reading: Reading, base: Version, diff: Diff) -> CheckRecord:
    """Another extractor read the text that this one stems from, and its bytes are gone: nobody can tell what is whose.

    The new text is current from now on, without an alert; the difference is kept for whoever wants to look.
    """
    return replace(
        _record(history, look, Outcome.CHANGED, detail="read by another extractor than before"),
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
        next_due=look.now + history.policy.spec.every,
    )


def _waiting(
    history: History, look: Look, candidate: CandidateDraft, diff: Diff, settings: Settings, base: Version
) -> CheckRecord:
    known = [is_known(diff, operation, base, look.baselines) for operation in diff.operations]
    significance = assess(diff, language=candidate.reading.language, known=known).significance
    told = history.candidate is not None and history.candidate.alerted
    return replace(
        _record(history, look, Outcome.CANDIDATE),
        candidate=candidate,
        alerts=()
        if told
        else seen_alerts(history.policy, significance, rules=settings.rules, channels=settings.channels),
        next_due=_next_look(history, look, candidate, settings),
    )


def _stands(history: History, version: VersionInfo) -> bool:
    """Tell whether this version is the text that was last shown."""
    shown = max(other.last_seen for other in history.variants)
    if history.candidate:
        shown = max(shown, history.candidate.last_seen)
    return version.last_seen >= shown


def _next_look(history: History, look: Look, candidate: CandidateDraft | None, settings: Settings) -> datetime:
    usual = look.now + history.policy.spec.every
    if candidate is None:
        return usual
    ripe = [seen + settings.confirm_after for _, seen in candidate.since]
    # Only the first sight has an early look: a clause that is another one with every look would have one every hour.
    early = [look.now + settings.early_look] if candidate.looks == 1 else []
    looks = [moment for moment in ripe if moment > look.now] + early
    return min([usual, *looks])


def _days(span: timedelta) -> str:
    days = span.days
    return "1 day" if days == 1 else f"{days} days"
