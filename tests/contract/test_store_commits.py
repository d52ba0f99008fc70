"""The contract of `HistoryStore`: a commit is whole or nothing, and one at a time for a policy, on both databases."""

from __future__ import annotations

import threading

import pytest
import zstandard

from monitor.errors import StaleCheck, StoreError
from monitor.model import (
    AlertDraft,
    AlertKind,
    History,
    Origin,
)
from monitor.ports import Store
from storage import open_store
from tests.records import (
    HOUR,
    NOON,
    a_change,
    a_first,
    a_reading,
    a_spec,
    an_answer,
    unchanged,
)

DAY = 24 * HOUR
OTHER = zstandard.compress(b"other bytes, whole")


def test_a_stale_check_leaves_nothing(store: Store, first: History) -> None:
    policy_id = first.policy.id
    store.commit(unchanged(first, NOON + HOUR))
    before = (store.history(policy_id), store.captures(policy_id))
    late = a_first(first, "B", captures=(an_answer(b"late"),), next_due=NOON + DAY)
    with pytest.raises(StaleCheck, match="acme/privacy"):
        store.commit(late)
    assert (store.history(policy_id), store.captures(policy_id)) == before
    assert store.next_due() == NOON


def test_a_commit_that_fails_midway_leaves_nothing(store: Store, first: History) -> None:
    """The change refers to a version that does not exist: the database refuses it after most was written."""
    policy_id = first.policy.id
    before = (store.history(policy_id), store.captures(policy_id), store.observations(policy_id))
    alert = AlertDraft(kind=AlertKind.CHANGE, rule="all", channels=("mail",))
    broken = a_first(first, "B", captures=(an_answer(b"b"),), change=a_change(999), alerts=(alert,))
    with pytest.raises(StoreError):
        store.commit(broken)
    assert (store.history(policy_id), store.captures(policy_id), store.observations(policy_id)) == before
    assert store.version_by_digest(policy_id, a_reading("B").digest) is None
    assert store.alerts() == []
    store.commit(unchanged(store.history(policy_id), NOON + HOUR))


def test_of_two_commits_on_one_revision_one_is_refused(url: str) -> None:
    stores = [open_store(url) for _ in range(4)]
    policy_id = stores[0].add_policy(a_spec(), origin=Origin.DATABASE, now=NOON).id
    start = threading.Barrier(len(stores))
    ends: list[str] = []

    def look(store: Store, text: str) -> None:
        for _ in range(5):
            history = store.history(policy_id)
            start.wait()
            try:
                store.commit(a_first(history, text, captures=(an_answer(text.encode()),)))
                ends.append("committed")
            except StaleCheck:
                ends.append("stale")
            start.wait()

    threads = [threading.Thread(target=look, args=(s, f"text {n}")) for n, s in enumerate(stores)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    history = stores[0].history(policy_id)
    assert history.revision == ends.count("committed") == 5
    assert ends.count("stale") == 15
    assert sum(o.count for o in stores[0].observations(policy_id)) == 5
    for store in stores:
        store.close()


def test_policies_share_texts_that_are_written_at_once(url: str) -> None:
    """Many policies with the same clauses in different orders, and the same bytes, from several threads."""
    stores = [open_store(url) for _ in range(3)]
    texts = [f"Clause {number}" for number in range(60)]
    failures: list[Exception] = []

    def commit_some(store: Store, worker: int) -> None:
        try:
            for number in range(4):
                policy = store.add_policy(a_spec(f"{worker}/{number}"), origin=Origin.DATABASE, now=NOON)
                mixed = texts[worker * 7 + number :] + texts[: worker * 7 + number]
                body = an_answer(f"page {number}".encode(), policy.spec.urls[0])
                store.commit(a_first(store.history(policy.id), *mixed, captures=(body,)))
        except StoreError as error:
            failures.append(error)

    threads = [threading.Thread(target=commit_some, args=(s, n)) for n, s in enumerate(stores)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    for policy in stores[0].policies():
        current = stores[0].history(policy.id).current
        assert current is not None
        assert sorted(clause.text for clause in stores[0].version(current.id).clauses) == sorted(texts)
    for store in stores:
        store.close()
