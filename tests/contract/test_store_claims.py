"""The contract of claims that are taken together and kept alive, on both databases."""

from __future__ import annotations

import threading

from monitor.model import AlertDraft, AlertKind, Origin, Outcome
from monitor.ports import Store
from storage import open_store
from tests.records import HOUR, NOON, a_first, a_record, a_spec, an_answer, unchanged


def watch(store: Store, *names: str) -> list[int]:
    return [store.add_policy(a_spec(name), origin=Origin.DATABASE, now=NOON).id for name in names]


def test_what_is_due_is_taken_together_longest_due_first(store: Store) -> None:
    first, second, third, later = watch(store, "a", "b", "c", "d")
    store.postpone(third, until=NOON - HOUR)
    store.postpone(later, until=NOON + HOUR)
    taken = store.claim_due(owner="me", now=NOON, lease=HOUR, limit=2)
    assert [policy.id for policy in taken] == [third, first]
    assert [policy.id for policy in store.due(now=NOON, limit=9)] == [second]
    assert [policy.id for policy in store.claim_due(owner="you", now=NOON, lease=HOUR, limit=9)] == [second]
    assert store.claim_due(owner="you", now=NOON, lease=HOUR, limit=9) == []
    # A lease that ran out is anybody's.
    again = store.claim_due(owner="you", now=NOON + HOUR, lease=HOUR, limit=9)
    assert {policy.id for policy in again} == {first, second, third, later}


def test_no_two_callers_take_the_same_policy(url: str) -> None:
    stores = [open_store(url) for _ in range(4)]
    wanted = watch(stores[0], *(f"p{number}" for number in range(40)))
    taken: list[int] = []
    start = threading.Barrier(len(stores))

    def take(store: Store, owner: str) -> None:
        start.wait()
        while found := store.claim_due(owner=owner, now=NOON, lease=HOUR, limit=3):
            taken.extend(policy.id for policy in found)

    threads = [threading.Thread(target=take, args=(store, str(number))) for number, store in enumerate(stores)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == wanted
    for store in stores:
        store.close()


def test_a_check_ends_its_claim_when_it_says_what_comes_next(store: Store) -> None:
    one, other = watch(store, "a", "b")
    store.claim_due(owner="me", now=NOON, lease=9 * HOUR, limit=9)
    store.commit(a_first(store.history(one), "We keep data.", captures=(an_answer(b"1"),), next_due=NOON + HOUR))
    store.commit(a_record(store.history(other), Outcome.UNREACHABLE))
    assert [policy.id for policy in store.due(now=NOON + HOUR, limit=9)] == [one]


def test_leases_are_renewed_for_their_owner_alone(store: Store) -> None:
    mine, yours = watch(store, "mine", "yours")
    assert store.claim(mine, owner="me", now=NOON, lease=HOUR)
    assert store.claim(yours, owner="you", now=NOON, lease=HOUR)
    draft = AlertDraft(kind=AlertKind.TEST, rule="", channels=("mail", "hook"))
    store.raise_alert(mine, draft, now=NOON)
    for owner, channel in (("me", "mail"), ("you", "hook")):
        assert store.lease_deliveries(owner=owner, now=NOON, lease=HOUR, limit=9, channels=[channel])
    store.renew_leases(owner="nobody", now=NOON + HOUR / 2, lease=HOUR)
    store.renew_leases(owner="me", now=NOON + HOUR / 2, lease=HOUR)
    assert [policy.id for policy in store.due(now=NOON + HOUR, limit=9)] == [yours]
    leased = store.lease_deliveries(owner="x", now=NOON + HOUR, lease=HOUR, limit=9)
    assert [delivery.channel for delivery in leased] == ["hook"]
    assert store.due(now=NOON + 1.5 * HOUR, limit=9)[0].id in {mine, yours}
    assert len(store.due(now=NOON + 1.5 * HOUR, limit=9)) == 2


def test_a_look_that_finds_nothing_new_ends_its_claim(store: Store) -> None:
    (policy_id,) = watch(store, "a")
    store.commit(a_first(store.history(policy_id), "We keep data.", captures=(an_answer(b"1"),)))
    store.commit(unchanged(store.history(policy_id), NOON))
    history = store.history(policy_id)
    assert history.last is not None
    store.claim_due(owner="me", now=NOON, lease=9 * HOUR, limit=9)
    store.repeat(unchanged(history, NOON + HOUR, next_due=NOON + 2 * HOUR), history.last)
    assert [policy.id for policy in store.due(now=NOON + 2 * HOUR, limit=9)] == [policy_id]
