"""Made-up notices, one of every kind, to try templates on."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from monitor.model import (
    Alert,
    AlertKind,
    Bracket,
    Capture,
    CaptureSource,
    Change,
    ChangeKind,
    Clause,
    ClauseKind,
    Edit,
    EditKind,
    Notice,
    Operation,
    OperationKind,
    Origin,
    Policy,
    PolicySpec,
    Significance,
    StatedDates,
    Version,
)

_DAY = datetime(2026, 3, 2, 8, tzinfo=UTC)
_POLICY = Policy(
    id=1,
    spec=PolicySpec(name="sample", urls=("https://sample.example/privacy",), service="Sample & Sons", language="en"),
    origin=Origin.DATABASE,
    created=_DAY,
)


def samples() -> tuple[Notice, ...]:
    """A change, the same seen as a candidate, and the notices that have no texts."""
    old, new = _version(1, "We keep it for 30 days."), _version(2, "We keep it for 24 months.")
    words = (
        Edit(EditKind.EQUAL, "We keep it for "),
        Edit(EditKind.DELETE, "30 days"),
        Edit(EditKind.INSERT, "24 months"),
        Edit(EditKind.EQUAL, "."),
    )
    change = Change(
        id=1,
        policy_id=_POLICY.id,
        kind=ChangeKind.CHANGED,
        old_version_id=old.id,
        new_version_id=new.id,
        operations=(Operation(kind=OperationKind.MODIFIED, old=(1,), new=(1,), words=words),),
        significance=Significance.SUBSTANTIVE,
        why="a period differs",
        summary="1 clause modified",
        bracket=Bracket(after=_DAY, before=_DAY + timedelta(hours=12)),
        silent=True,
        confirmed=_DAY + timedelta(days=1),
    )
    seen = replace(new, number=0, confirmed=None)
    return (
        Notice(alert=_alert(AlertKind.CHANGE), policy=_POLICY, change=change, old=old, new=new, captures=(_capture(),)),
        Notice(alert=_alert(AlertKind.SEEN), policy=_POLICY, old=None, new=seen),
        *(
            Notice(alert=_alert(kind), policy=_POLICY)
            for kind in (AlertKind.UNREACHABLE, AlertKind.TROUBLE, AlertKind.TEST)
        ),
    )


def _alert(kind: AlertKind) -> Alert:
    return Alert(
        id=1,
        key=f"sample-{kind}",
        kind=kind,
        rule="sample",
        policy_id=_POLICY.id,
        change_id=None,
        version_id=None,
        created=_DAY,
        reason="" if kind is AlertKind.CHANGE else "a reason",
    )


def _clause(text: str, kind: ClauseKind = ClauseKind.PARAGRAPH) -> Clause:
    path = () if kind is ClauseKind.HEADING else ("Retention",)
    return Clause(kind=kind, text=text, path=path, digest=hashlib.sha256(text.encode()).hexdigest())


def _version(number: int, text: str) -> Version:
    clauses = (_clause("Retention", ClauseKind.HEADING), _clause(text))
    return Version(
        id=number,
        policy_id=_POLICY.id,
        number=number,
        digest=hashlib.sha256(text.encode()).hexdigest(),
        extractor="sample",
        language="en",
        dates=StatedDates(),
        first_seen=_DAY,
        last_seen=_DAY,
        confirmed=_DAY,
        standing_since=_DAY,
        absent_since=None,
        capture_ids=(),
        clause_count=len(clauses),
        clauses=clauses,
    )


def _capture() -> Capture:
    digest = hashlib.sha256(b"sample").hexdigest()
    return Capture(
        id=1,
        policy_id=_POLICY.id,
        url=_POLICY.spec.urls[0],
        final_url=_POLICY.spec.urls[0],
        taken=_DAY,
        source=CaptureSource.LIVE,
        status=200,
        headers=(),
        digest=digest,
        wire_digest=digest,
        wire_size=6,
        media_type="text/html",
        charset="utf-8",
    )
