"""Reads the stored captures behind versions again when the extractor has changed, before a look is compared with them.

Otherwise the difference between two extractors (ours, or the selectors of the policy) would look like the authors'
work. What differs in the same bytes is recorded as a re-extraction: no significance, no alert. Where the bytes cannot
be read again, the version stays as it is and `monitor.decide` takes the next text for a re-extraction, since nobody can
tell the two causes apart.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from monitor.diff import compare, marks, restrict
from monitor.errors import ReadError, StoreError, StoreUnavailable
from monitor.look import RECENT
from monitor.model import (
    Bracket,
    Capture,
    ChangeDraft,
    ChangeKind,
    Clause,
    History,
    Reading,
    Rereading,
    Significance,
    VersionInfo,
)
from monitor.report.summary import summarise
from monitor.rereading import Rereader
from monitor.text import extractor_id, reading_digest

# Other texts shown lately, besides the current one: as many as a new text is compared with.
MOST_OTHERS = 8


def reextract(history: History, rereader: Rereader, now: datetime) -> History:
    """Bring the current version and those shown lately to the present extractor; give the history after that.

    Raises:
        StoreError: the database failed.
        StaleCheck: somebody else checked the policy meanwhile.
    """
    for version in _compared(history, now):
        if not _is_outdated(version, history):
            continue
        is_current = version.id == history.current.id if history.current else False
        reading = _read_again(version, history, rereader)
        if reading is None and is_current:
            break  # the next text is compared with this one alone: others would make it look like an edit
        if reading is None:
            continue
        old = rereader.store.version(version.id).clauses
        rereader.store.reread(
            Rereading(
                policy_id=history.policy.id,
                revision=history.revision,
                now=now,
                version_id=version.id,
                reading=reading,
                change=None if reading.digest == version.digest else _change(version, old, reading, now),
            )
        )
        history = rereader.store.history(history.policy.id)
    return history


def is_up_to_date(history: History, now: datetime) -> bool:
    """Tell whether there is nothing to read again."""
    return not any(_is_outdated(version, history) for version in _compared(history, now))


def _is_outdated(version: VersionInfo, history: History) -> bool:
    spec = history.policy.spec
    extractor = extractor_id(select=spec.select, remove=spec.remove)
    is_current = version.id == history.current.id if history.current else False
    return version.extractor != extractor and (is_current or version.reread_by != extractor)


def _compared(history: History, now: datetime) -> list[VersionInfo]:
    """The versions that the next text may be compared with; other ones that no look showed whole never come back."""
    if history.current is None:
        return []
    others = [
        version
        for version in sorted(history.variants, key=lambda version: version.last_seen, reverse=True)
        if version.id != history.current.id and version.exact and now - version.last_seen < RECENT
    ]
    return [history.current, *others[:MOST_OTHERS]]


def _read_again(version: VersionInfo, history: History, rereader: Rereader) -> Reading | None:
    """What the present extractor reads behind that version; None: the bytes are gone, or say nothing to it."""
    store = rereader.store
    captures = tuple(store.capture(number) for number in version.capture_ids)
    if not captures:
        return None
    try:
        reading = rereader.read(captures, history.policy.spec)
    except StoreUnavailable:
        raise
    except (StoreError, ReadError):
        return None
    if not reading.clauses:
        return None
    return reading if version.exact else _without_the_rest(version, captures, reading, rereader)


def _without_the_rest(
    version: VersionInfo, captures: tuple[Capture, ...], reading: Reading, rereader: Rereader
) -> Reading | None:
    """The reading of a version that no single look showed: without what its captures showed besides, unconfirmed."""
    store = rereader.store
    then = store.recall(version.policy_id, [capture.digest for capture in captures], extractor=version.extractor)
    whole = store.version_by_digest(version.policy_id, then.text_digest) if then and then.text_digest else None
    if whole is None:
        return None
    confirmed = store.version(version.id).clauses
    besides = compare(confirmed, whole.clauses)
    unconfirmed = {mark for operation in besides.operations for mark in marks(besides, operation)}
    diff = compare(confirmed, reading.clauses)
    clauses = restrict(diff, lambda operation: not unconfirmed.issuperset(marks(diff, operation)))
    return replace(reading, clauses=clauses, digest=reading_digest(clauses))


def _change(version: VersionInfo, old: tuple[Clause, ...], reading: Reading, now: datetime) -> ChangeDraft:
    diff = compare(old, reading.clauses)
    return ChangeDraft(
        kind=ChangeKind.REEXTRACTED,
        old_version_id=version.id,
        operations=diff.operations,
        significance=Significance.NONE,
        why=f"the same bytes, read by {reading.extractor} instead of {version.extractor}",
        summary=summarise(diff.old, diff.new, diff.operations),
        bracket=Bracket(version.last_seen, now),
    )
