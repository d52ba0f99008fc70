"""Notices for tests: a bookshop's policy, its versions, what changed and who is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime

from monitor.model import (
    Alert,
    AlertKind,
    Bracket,
    Capture,
    CaptureSource,
    Change,
    ChangeKind,
    Clause,
    Diff,
    Notice,
    Operation,
    OperationKind,
    Origin,
    Policy,
    PolicyKind,
    PolicySpec,
    Significance,
    StatedDates,
    Version,
)
from monitor.report.summary import summarise
from tests.redlines import POLICY, digest, marked_up

BOOKSHOP = Policy(
    id=7,
    spec=PolicySpec(
        name="harbour-lane",
        service="Harbour Lane Books",
        kind=PolicyKind.PRIVACY,
        urls=("https://books.example/privacy",),
        language="en",
    ),
    origin=Origin.DATABASE,
    created=datetime(2026, 1, 5, 9, 0, tzinfo=UTC),
)


def replace_all(old: Sequence[Clause], new: Sequence[Clause]) -> Diff:
    """The plainest comparison there is: all of the old goes, all of the new comes."""
    gone = (Operation(kind=OperationKind.REMOVED, old=(i,)) for i in range(len(old)))
    come = (Operation(kind=OperationKind.ADDED, new=(j,)) for j in range(len(new)))
    return Diff(old=tuple(old), new=tuple(new), operations=(*gone, *come))


def version(number: int, clauses: tuple[Clause, ...], seen: datetime, dates: StatedDates) -> Version:
    return Version(
        id=100 + number,
        policy_id=BOOKSHOP.id,
        number=number,
        digest=digest("".join(clause.text for clause in clauses)),
        extractor="test/1",
        language="en",
        dates=dates,
        first_seen=seen,
        last_seen=seen,
        confirmed=seen if number else None,
        standing_since=seen,
        absent_since=None,
        capture_ids=(),
        clause_count=len(clauses),
        clauses=clauses,
    )


def alert(kind: AlertKind = AlertKind.CHANGE, *, key: str = "al_5f3c9b2e7d41", reason: str = "") -> Alert:
    return Alert(
        id=1,
        key=key,
        kind=kind,
        rule="everything",
        policy_id=BOOKSHOP.id,
        change_id=3 if kind is AlertKind.CHANGE else None,
        version_id=None,
        created=datetime(2026, 6, 10, 0, 5, tzinfo=UTC),
        reason=reason,
    )


def changed(source: str = POLICY, *, silent: bool = False, key: str = "al_5f3c9b2e7d41") -> Notice:
    """A confirmed change, from a text as `tests.redlines` reads it."""
    diff = marked_up(source)
    old = version(3, diff.old, datetime(2026, 3, 2, 8, 0, tzinfo=UTC), StatedDates(updated=date(2025, 3, 1)))
    new = version(4, diff.new, datetime(2026, 6, 9, 8, 0, tzinfo=UTC), StatedDates(updated=date(2026, 6, 9)))
    change = Change(
        id=3,
        policy_id=BOOKSHOP.id,
        kind=ChangeKind.CHANGED,
        old_version_id=old.id,
        new_version_id=new.id,
        operations=diff.operations,
        significance=Significance.SUBSTANTIVE,
        why="a period for which data is kept differs",
        summary=summarise(diff.old, diff.new, diff.operations),
        bracket=Bracket(after=datetime(2026, 6, 8, 20, 0, tzinfo=UTC), before=datetime(2026, 6, 9, 8, 0, tzinfo=UTC)),
        silent=silent,
        confirmed=datetime(2026, 6, 9, 20, 0, tzinfo=UTC),
    )
    return Notice(alert=alert(key=key), policy=BOOKSHOP, change=change, old=old, new=new, captures=(CAPTURE,))


CAPTURE = Capture(
    id=9,
    policy_id=BOOKSHOP.id,
    url="https://books.example/privacy",
    final_url="https://books.example/privacy",
    taken=datetime(2026, 6, 9, 8, 0, tzinfo=UTC),
    source=CaptureSource.LIVE,
    status=200,
    headers=(),
    digest=digest("the page"),
    wire_digest=digest("the page"),
    wire_size=9_000,
    media_type="text/html",
    charset="utf-8",
)


def seen() -> Notice:
    """A candidate: both texts, no change yet."""
    notice = changed("= h2 2. | How long we keep it\n~ p 2.1 | We keep it for [-30 days-]{+24 months+}.")
    assert notice.new is not None
    return replace(
        notice,
        alert=alert(AlertKind.SEEN, key="al_seen"),
        change=None,
        new=replace(notice.new, number=0, confirmed=None),
    )


def unreachable() -> Notice:
    return Notice(
        alert=alert(AlertKind.UNREACHABLE, key="al_gone", reason="5 checks in a row were answered with status 404"),
        policy=BOOKSHOP,
    )


def trial() -> Notice:
    return Notice(alert=alert(AlertKind.TEST, key="al_test"), policy=BOOKSHOP)
