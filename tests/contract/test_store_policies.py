"""The contract of `PolicyStore`, on both databases."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta, timezone

import pytest

from monitor.errors import NotFound, PolicyExists, StaleCheck
from monitor.model import Origin, Outcome, PolicyKind
from monitor.ports import Store
from storage import open_store
from tests.records import HOUR, NOON, a_first, a_record, a_spec, unchanged


def add(store: Store, name: str = "acme/privacy") -> int:
    return store.add_policy(a_spec(name), origin=Origin.DATABASE, now=NOON).id


def test_a_policy_comes_back_as_it_was_added(store: Store) -> None:
    spec = a_spec(
        "Acmé: \x00 dasar \ud800 privasi \ue000",
        urls=("https://a.example/1", "https://a.example/2"),
        service="Acme",
        kind=PolicyKind.TERMS,
        language="ms",
        every=timedelta(days=1, microseconds=7),
        select=("main > p", "[title='ä']"),
        remove=(".ad",),
    )
    added = store.add_policy(spec, origin=Origin.CONFIG, now=NOON)
    assert (added.spec, added.origin, added.created, added.retired) == (spec, Origin.CONFIG, NOON, None)
    assert store.policy(spec.name) == added
    assert store.policies() == [added]


def test_times_of_any_zone_are_kept_as_utc(store: Store) -> None:
    kuala_lumpur = timezone(8 * HOUR)
    added = store.add_policy(a_spec(), origin=Origin.DATABASE, now=NOON.astimezone(kuala_lumpur))
    assert added.created == NOON
    assert added.created.tzinfo is NOON.tzinfo
    assert store.next_due() == NOON


def test_a_name_is_taken_once(store: Store) -> None:
    add(store)
    with pytest.raises(PolicyExists, match="acme/privacy"):
        add(store)
    other = add(store, "other")
    with pytest.raises(PolicyExists):
        store.change_policy(other, a_spec())
    assert store.policy("other").id == other


def test_unknown_names_and_numbers(store: Store) -> None:
    calls: list[Callable[[], object]] = [
        lambda: store.policy("nobody"),
        lambda: store.change_policy(9, a_spec()),
        lambda: store.retire_policy(9, now=NOON),
        lambda: store.claim(9, owner="a", now=NOON, lease=HOUR),
        lambda: store.release(9, owner="a"),
        lambda: store.postpone(9, until=NOON),
    ]
    for call in calls:
        with pytest.raises(NotFound, match=r"nobody|9"):
            call()


def test_a_retired_policy_comes_back_with_its_history(store: Store) -> None:
    policy_id = add(store)
    store.commit(a_first(store.history(policy_id), "We keep data."))
    store.retire_policy(policy_id, now=NOON)
    store.retire_policy(policy_id, now=NOON + HOUR)  # a second time changes nothing
    assert store.policies() == []
    assert [policy.retired for policy in store.policies(retired=True)] == [NOON]
    assert store.policy("acme/privacy").retired == NOON
    assert store.next_due() is None
    assert not store.claim(policy_id, owner="a", now=NOON, lease=HOUR)
    back = store.add_policy(a_spec(service="Acme"), origin=Origin.CONFIG, now=NOON + HOUR)
    assert (back.id, back.retired, back.created, back.origin) == (policy_id, None, NOON, Origin.CONFIG)
    assert back.spec.service == "Acme"
    assert store.next_due() == NOON + HOUR
    assert store.history(policy_id).current is not None


def test_new_urls_clear_where_it_moved_to(store: Store) -> None:
    policy_id = add(store)
    moved = a_record(store.history(policy_id), Outcome.UNREACHABLE, moved_to="https://new.example/")
    store.commit(moved)
    assert store.policy("acme/privacy").moved_to == "https://new.example/"
    renamed = store.change_policy(policy_id, a_spec("acme", urls=a_spec().urls))
    assert (renamed.spec.name, renamed.moved_to) == ("acme", "https://new.example/")
    assert store.change_policy(policy_id, a_spec("acme", urls=("https://new.example/",))).moved_to is None


def test_a_check_of_the_old_spec_is_stale(store: Store) -> None:
    policy_id = add(store)
    before = store.history(policy_id)
    store.change_policy(policy_id, a_spec())
    assert store.history(policy_id).revision == before.revision
    store.change_policy(policy_id, a_spec(select=("main",)))
    with pytest.raises(StaleCheck):
        store.commit(a_first(before, "We keep data."))


def test_declared_policies_follow_the_configuration(store: Store) -> None:
    mine = add(store, "mine")
    taken = add(store, "taken")
    store.sync_declared([a_spec("a"), a_spec("b"), a_spec("taken", service="T")], now=NOON)
    assert [(p.spec.name, p.origin) for p in store.policies()] == [
        ("a", Origin.CONFIG),
        ("b", Origin.CONFIG),
        ("mine", Origin.DATABASE),
        ("taken", Origin.CONFIG),
    ]
    assert store.policy("taken").id == taken
    assert store.policy("taken").spec.service == "T"
    first = store.policy("a")
    store.postpone(first.id, until=NOON + 9 * HOUR)
    store.sync_declared([a_spec("b", language="en")], now=NOON + HOUR)
    assert [p.spec.name for p in store.policies()] == ["b", "mine"]
    assert store.policy("b").spec.language == "en"
    store.sync_declared([a_spec("a"), a_spec("b", language="en")], now=NOON + 2 * HOUR)
    assert store.policy("a").id == first.id
    assert store.policy("a").retired is None
    assert store.policy("mine").id == mine


def test_a_sync_with_a_name_twice_changes_nothing(store: Store) -> None:
    with pytest.raises(PolicyExists):
        store.sync_declared([a_spec("a"), a_spec("a")], now=NOON)
    assert store.policies(retired=True) == []


def test_the_longest_due_comes_first_and_claimed_ones_are_left_out(store: Store) -> None:
    late, later, future = add(store, "late"), add(store, "later"), add(store, "future")
    store.postpone(late, until=NOON - 2 * HOUR)
    store.postpone(later, until=NOON - HOUR)
    store.postpone(future, until=NOON + HOUR)
    assert [p.id for p in store.due(now=NOON, limit=9)] == [late, later]
    assert [p.id for p in store.due(now=NOON, limit=1)] == [late]
    assert store.next_due() == NOON - 2 * HOUR
    assert store.claim(late, owner="a", now=NOON, lease=HOUR)
    assert [p.id for p in store.due(now=NOON, limit=9)] == [later]
    assert store.claim(later, owner="a", now=NOON, lease=3 * HOUR)
    assert store.next_due() == NOON + HOUR  # the lease of `late` ends
    assert [p.id for p in store.due(now=NOON + HOUR, limit=9)] == [late, future]


def test_a_claim_holds_until_it_is_released_or_runs_out(store: Store) -> None:
    policy_id = add(store)
    assert store.claim(policy_id, owner="a", now=NOON, lease=HOUR)
    assert store.claim(policy_id, owner="a", now=NOON, lease=HOUR)  # renewed
    assert not store.claim(policy_id, owner="b", now=NOON, lease=HOUR)
    store.release(policy_id, owner="b")  # not b's to give up
    assert not store.claim(policy_id, owner="b", now=NOON, lease=HOUR)
    assert store.claim(policy_id, owner="b", now=NOON + HOUR, lease=HOUR)
    store.release(policy_id, owner="a")
    assert not store.claim(policy_id, owner="c", now=NOON + HOUR, lease=HOUR)
    store.release(policy_id, owner="b")
    assert store.claim(policy_id, owner="c", now=NOON + HOUR, lease=HOUR)


def test_a_check_sets_when_it_is_due_next(store: Store) -> None:
    policy_id = add(store)
    store.commit(a_first(store.history(policy_id), "We keep data.", next_due=NOON + HOUR))
    assert store.next_due() == NOON + HOUR
    store.commit(unchanged(store.history(policy_id), NOON + HOUR, next_due=NOON + 2 * HOUR))
    assert store.next_due() == NOON + 2 * HOUR
    store.retire_policy(policy_id, now=NOON)
    store.commit(unchanged(store.history(policy_id), NOON + 2 * HOUR, next_due=NOON + 3 * HOUR))
    assert store.next_due() is None


def test_of_many_who_claim_at_once_one_succeeds(url: str) -> None:
    stores = [open_store(url) for _ in range(4)]
    policies = [add(stores[0], f"policy {number}") for number in range(5)]
    won: list[tuple[int, str]] = []
    start = threading.Barrier(len(stores))

    def claim_all(store: Store, owner: str) -> None:
        start.wait()
        won.extend((p, owner) for p in policies if store.claim(p, owner=owner, now=NOON, lease=HOUR))

    threads = [threading.Thread(target=claim_all, args=(s, f"owner {n}")) for n, s in enumerate(stores)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for store in stores:
        store.close()
    assert sorted(policy for policy, _ in won) == policies


def test_many_may_bring_the_same_declared_policies_in_step_at_once(url: str) -> None:
    stores = [open_store(url) for _ in range(4)]
    specs = [a_spec(f"policy {number}") for number in range(30)]
    failed: list[BaseException] = []
    start = threading.Barrier(len(stores))

    def sync(store: Store) -> None:
        start.wait()
        try:
            store.sync_declared(specs, now=NOON)
        except PolicyExists as error:
            failed.append(error)

    threads = [threading.Thread(target=sync, args=(store,)) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert len(stores[0].policies()) == len(specs)
    for store in stores:
        store.close()


def test_of_many_who_add_a_name_at_once_one_succeeds(url: str) -> None:
    stores = [open_store(url) for _ in range(4)]
    ends: list[str] = []
    start = threading.Barrier(len(stores))

    def add_all(store: Store) -> None:
        for number in range(5):
            start.wait()
            try:
                add(store, f"policy {number}")
                ends.append("added")
            except PolicyExists:
                ends.append("taken")

    threads = [threading.Thread(target=add_all, args=(s,)) for s in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (ends.count("added"), ends.count("taken")) == (5, 15)
    assert len(stores[0].policies()) == 5
    for store in stores:
        store.close()
