"""Chains and public copies, on every database."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from monitor.errors import NotFound, StaleCheck
from monitor.evidence import broken_chain, extend_chain
from monitor.model import CopyState, Origin, Outcome
from monitor.ports import Store
from monitor.public_copies import held
from tests.records import HOUR, NOON, a_spec, an_answer, sha
from tests.watch import CLAUSES, LONGER, URL, Watch, html

MINUTE = timedelta(minutes=1)


@pytest.fixture
def watch(store: Store) -> Watch:
    """A policy with a change whose alerts wait a minute."""
    watch = Watch(store)
    watch.parts = replace(watch.parts, adapt=lambda record: held(record, MINUTE))
    watch.look(html(*CLAUSES))
    watch.look(html(*LONGER), after=12 * HOUR)
    assert watch.look(after=12 * HOUR).outcome is Outcome.CHANGED
    return watch


def test_a_chain_is_kept_as_it_was_made(watch: Watch) -> None:
    head = extend_chain(watch.store, watch.policy.id)
    links = watch.store.chain(watch.policy.id)
    assert [link.position for link in links] == list(range(1, head.length + 1))
    assert links[-1].hash == head.hash
    with pytest.raises(StaleCheck):
        watch.store.extend_chain(watch.policy.id, links[-1:])
    assert watch.store.chain(watch.policy.id) == links
    assert list(broken_chain(watch.store, watch.policy.id)) == []
    assert list(watch.store.damaged_blobs()) == []
    with pytest.raises(NotFound):
        watch.store.chain(9_999)


def test_captures_are_kept_without_a_look(store: Store) -> None:
    policy = store.add_policy(a_spec(), origin=Origin.DATABASE, now=NOON)
    before = store.history(policy.id)
    store.keep_captures(policy.id, [an_answer(b"old"), an_answer(b"old", taken=NOON + HOUR)])
    assert store.history(policy.id) == before
    assert [capture.digest for capture in store.captures(policy.id)] == [sha(b"old")] * 2
    assert store.body(store.captures(policy.id)[0].id) == b"old"
    with pytest.raises(NotFound):
        store.keep_captures(9_999, [])


def test_a_copy_from_wish_to_end(watch: Watch) -> None:
    store, now = watch.store, watch.clock.now()
    assert [one.due for one in store.deliveries()] == [now + MINUTE] * 2
    assert store.want_copies(now=now, since=now) == 0
    assert store.want_copies(now=now, since=now - HOUR) == 1
    assert store.want_copies(now=now, since=now - HOUR) == 0
    assert store.copies_under_way()
    (copy,) = store.lease_copies(now=now, lease=MINUTE, limit=5)
    assert (copy.url, copy.state, copy.due) == (URL, CopyState.WANTED, now + MINUTE)
    assert store.lease_copies(now=now, lease=MINUTE, limit=5) == []
    asked = replace(copy, state=CopyState.REQUESTED, job="j", requested=now, due=now + MINUTE)
    store.update_copy(asked)
    assert store.copies(watch.policy.id) == [asked]
    assert (store.copies_requested(since=now - HOUR), store.copies_requested(since=now)) == (1, 0)
    assert [one.due for one in store.deliveries()] == [now + MINUTE] * 2
    saved = replace(asked, state=CopyState.SAVED, due=now, archive_url="https://archive.example/1", taken=now)
    store.update_copy(saved)
    assert [one.due for one in store.deliveries()] == [now] * 2
    assert not store.copies_under_way()
    assert store.notice(store.alerts()[0].id).copies == (saved,)
    with pytest.raises(NotFound):
        store.update_copy(replace(saved, id=9_999))


def test_an_alert_that_was_tried_keeps_its_own_time(watch: Watch) -> None:
    store, now = watch.store, watch.clock.now()
    store.want_copies(now=now, since=now - HOUR)
    (copy,) = store.lease_copies(now=now, lease=MINUTE, limit=5)
    for one in store.lease_deliveries(owner="me", now=now + MINUTE, lease=MINUTE, limit=5):
        store.delivery_failed(one.id, owner="me", now=now + MINUTE, error="no", retry_at=now + HOUR)
    store.update_copy(replace(copy, state=CopyState.FAILED, due=now + MINUTE))
    assert [one.due for one in store.deliveries()] == [now + HOUR] * 2
