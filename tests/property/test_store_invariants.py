"""Whatever checks find, in whatever order, and however often their commits are refused: what holds of the store."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.errors import StaleCheck
from monitor.model import (
    AlertDraft,
    AlertKind,
    CandidateDraft,
    CheckRecord,
    History,
    Origin,
    Outcome,
    VersionDraft,
)
from monitor.ports import Store
from storage import open_store
from tests.records import HOUR, NOON, a_change, a_reading, a_record, a_spec, an_answer

TEXTS = st.sampled_from(["a", "b", "c", "d"])
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["confirm", "candidate", "see", "restore", "suspect", "unreachable", "stale"]),
        TEXTS,
        st.booleans(),  # new bytes came with it
        st.booleans(),  # somebody is told
        st.booleans(),  # the candidate is dropped
    ),
    max_size=14,
)


def plan(history: History, kind: str, text: str, now: datetime, *, bytes_came: bool) -> CheckRecord:
    """A check that `history` allows, of about that kind."""
    captures = (an_answer(text.encode(), history.policy.spec.urls[0], taken=now),) if bytes_came else ()
    reading = a_reading(text)
    known = next((v.id for v in history.variants if v.digest == reading.digest), None)
    current = history.current
    if kind == "candidate" and current is not None and known is None:
        draft = CandidateDraft(reading=reading, first_seen=now, last_seen=now, looks=1, since=(("+" + text, now),))
        return a_record(history, Outcome.CANDIDATE, now, captures=captures, candidate=draft)
    if kind in {"see", "restore"} and current is not None and known is not None:
        seen: dict[str, Any] = {"captures": captures, "seen_version_id": known}
        if kind == "restore" and known != current.id:
            change = a_change(current.id, now)
            return a_record(history, Outcome.CHANGED, now, **seen, make_current=True, change=change)
        return a_record(history, Outcome.UNCHANGED if known == current.id else Outcome.VARIANT, now, **seen)
    if kind == "suspect":
        return a_record(history, Outcome.SUSPECT, now, captures=captures, reason=text)
    if kind == "unreachable":
        return a_record(history, Outcome.UNREACHABLE, now, reason=text)
    change_or_none = None if current is None else a_change(current.id, now)
    outcome = Outcome.FIRST if current is None else Outcome.CHANGED
    version = VersionDraft(reading=reading, first_seen=now)
    return a_record(history, outcome, now, captures=captures, version=version, change=change_or_none)


def holds(store: Store, policy_id: int, *, commits: int, told: int, now: datetime) -> None:
    history = store.history(policy_id)
    found = store.observations(policy_id)
    assert history.revision == commits == sum(run.count for run in found)
    assert history.last == (found[0] if found else None)
    for later, earlier in pairwise(found):
        assert earlier.last_seen < later.first_seen <= later.last_seen <= now
        assert (earlier.outcome, earlier.reason, earlier.version_id) != (later.outcome, later.reason, later.version_id)
    infos = store.versions(policy_id)
    assert [info.number for info in infos] == list(range(1, len(infos) + 1))
    assert list(history.variants) == infos[::-1]
    assert len({info.digest for info in infos}) == len(infos)
    assert (history.current is None) == (infos == [])
    for info in infos:
        assert info.first_seen <= info.standing_since <= info.last_seen <= now
        assert info.absent_since is None or info.absent_since < info.standing_since
        version = store.version(info.id)
        assert a_reading(*(clause.text for clause in version.clauses)).digest == info.digest
    if history.candidate is not None:
        waiting = store.version(history.candidate.version_id)
        assert waiting.digest == history.candidate.reading.digest
    captures = store.captures(policy_id)
    assert history.latest == tuple(captures[:1])
    assert all(store.body(capture.id).decode() in "abcd" for capture in captures)
    changed = store.changes(policy_id)
    assert all(change.old_version_id != 0 and change.new_version_id != 0 for change in changed)
    alerts = [alert.id for alert in store.alerts() if alert.policy_id == policy_id]
    assert len(alerts) == told
    assert all(len(store.deliveries(alert_id=alert)) == 1 for alert in alerts)


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    """One for all sequences: each has a policy of its own."""
    opened = open_store(":memory:")
    yield opened
    opened.close()


@settings(max_examples=30, deadline=None)
@given(STEPS)
def test_any_sequence_of_checks_keeps_the_history_whole(
    store: Store, steps: list[tuple[str, str, bool, bool, bool]]
) -> None:
    name = f"policy {len(store.policies(retired=True))}"
    policy_id = store.add_policy(a_spec(name), origin=Origin.DATABASE, now=NOON).id
    commits = told = 0
    old = store.history(policy_id)
    for step, (kind, text, bytes_came, tell, drop) in enumerate(steps, start=1):
        now = NOON + step * HOUR
        history = old if kind == "stale" else store.history(policy_id)
        record = plan(history, kind, text, now, bytes_came=bytes_came)
        alerts = (AlertDraft(kind=AlertKind.UNREACHABLE, rule="r", channels=("mail",)),) if tell else ()
        record = CheckRecord(
            **{name: getattr(record, name) for name in CheckRecord.__dataclass_fields__}
            | {"alerts": alerts, "drop_candidate": drop, "next_due": now + timedelta(days=1)}
        )
        try:
            store.commit(record)
        except StaleCheck:
            assert history.revision < commits
        else:
            commits += 1
            told += len(alerts)
            old = history
            assert store.next_due() == record.next_due
    holds(store, policy_id, commits=commits, told=told, now=NOON + len(steps) * HOUR)
    store.retire_policy(policy_id, now=NOON)
