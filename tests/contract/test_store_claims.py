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
    numbers = [delivery.id for delivery in store.deliveries()]
    for owner in ("nobody", "me"):
        store.renew_leases(owner=owner, now=NOON + HOUR / 2, lease=HOUR, policies=[mine, yours], deliveries=numbers)
    assert [policy.id for policy in store.due(now=NOON + HOUR, limit=9)] == [yours]
    leased = store.lease_deliveries(owner="x", now=NOON + HOUR, lease=HOUR, limit=9)
    assert [delivery.channel for delivery in leased] == ["hook"]
    assert store.due(now=NOON + 1.5 * HOUR, limit=9)[0].id in {mine, yours}
    assert len(store.due(now=NOON + 1.5 * HOUR, limit=9)) == 2


def test_what_nobody_is_at_work_on_runs_out(store: Store) -> None:
    """As when the database failed just as a claim was to be given up, or a delivery to be noted as sent."""
    one, other = watch(store, "one", "other")
    draft = AlertDraft(kind=AlertKind.TEST, rule="", channels=("mail", "hook"))
    store.raise_alert(one, draft, now=NOON)
    store.claim_due(owner="me", now=NOON, lease=HOUR, limit=9)
    first, second = store.lease_deliveries(owner="me", now=NOON, lease=HOUR, limit=9)
    store.renew_leases(owner="me", now=NOON + HOUR / 2, lease=HOUR, policies=[one], deliveries=[first.id])
    store.renew_leases(owner="me", now=NOON + HOUR / 2, lease=HOUR, policies=[], deliveries=[])
    assert [policy.id for policy in store.due(now=NOON + HOUR, limit=9)] == [other]
    (again,) = store.lease_deliveries(owner="x", now=NOON + HOUR, lease=HOUR, limit=9)
    assert again.id == second.id
    # What ran out and was taken by somebody else is not brought back.
    store.renew_leases(owner="me", now=NOON + HOUR, lease=HOUR, policies=[other], deliveries=[second.id])
    assert store.lease_owners(now=NOON + 1.6 * HOUR) == {"x", "me"}
    store.release(one, owner="me")
    store.renew_leases(owner="me", now=NOON + HOUR, lease=HOUR, policies=[one], deliveries=[])
    assert one in {policy.id for policy in store.due(now=NOON + HOUR, limit=9)}


def test_a_lease_is_never_made_shorter(store: Store) -> None:
    """Whoever renews has read the clock before, and may have been kept waiting since."""
    (one,) = watch(store, "one")
    store.raise_alert(one, AlertDraft(kind=AlertKind.TEST, rule="", channels=("mail",)), now=NOON)
    store.claim_due(owner="me", now=NOON, lease=3 * HOUR, limit=9)
    (delivery,) = store.lease_deliveries(owner="me", now=NOON, lease=3 * HOUR, limit=9)
    store.renew_leases(owner="me", now=NOON, lease=HOUR, policies=[one], deliveries=[delivery.id])
    assert store.due(now=NOON + 2 * HOUR, limit=9) == []
    assert store.lease_deliveries(owner="x", now=NOON + 2 * HOUR, lease=HOUR, limit=9) == []


def test_a_claim_may_be_given_up_for_a_while(store: Store) -> None:
    one, other = watch(store, "one", "other")
    store.claim_due(owner="me", now=NOON, lease=9 * HOUR, limit=9)
    store.release(one, owner="you", until=NOON + 5 * HOUR)
    store.release(one, owner="me", until=NOON + HOUR)
    store.release(other, owner="me")
    assert [policy.id for policy in store.due(now=NOON, limit=9)] == [other]
    assert [policy.id for policy in store.due(now=NOON + HOUR, limit=9)] == [other, one]


def test_all_leases_of_an_owner_end_together(store: Store) -> None:
    mine, yours = watch(store, "mine", "yours")
    assert store.lease_owners(now=NOON) == set()
    store.claim(mine, owner="me", now=NOON, lease=HOUR)
    store.claim(yours, owner="you", now=NOON, lease=2 * HOUR)
    store.claim_past(mine, owner="past", now=NOON, lease=HOUR)
    store.raise_alert(mine, AlertDraft(kind=AlertKind.TEST, rule="", channels=("mail", "hook")), now=NOON)
    store.lease_deliveries(owner="me", now=NOON, lease=HOUR, limit=9, channels=["mail"])
    store.lease_deliveries(owner="sender", now=NOON, lease=HOUR, limit=9, channels=["hook"])
    assert store.lease_owners(now=NOON) == {"me", "you", "past", "sender"}
    assert store.lease_owners(now=NOON + HOUR) == {"you"}
    assert store.end_leases(owner="me", now=NOON) == 2
    assert store.end_leases(owner="past", now=NOON) == 1
    assert store.end_leases(owner="nobody", now=NOON) == 0
    assert store.lease_owners(now=NOON) == {"you", "sender"}
    assert [policy.id for policy in store.due(now=NOON, limit=9)] == [mine]
    (delivery,) = store.lease_deliveries(owner="x", now=NOON, lease=HOUR, limit=9)
    assert (delivery.channel, delivery.attempts) == ("mail", 2)
    assert store.claim_past(mine, owner="other", now=NOON, lease=HOUR)


def test_a_look_that_finds_nothing_new_ends_its_claim(store: Store) -> None:
    (policy_id,) = watch(store, "a")
    store.commit(a_first(store.history(policy_id), "We keep data.", captures=(an_answer(b"1"),)))
    store.commit(unchanged(store.history(policy_id), NOON))
    history = store.history(policy_id)
    assert history.last is not None
    store.claim_due(owner="me", now=NOON, lease=9 * HOUR, limit=9)
    store.repeat(unchanged(history, NOON + HOUR, next_due=NOON + 2 * HOUR), history.last)
    assert [policy.id for policy in store.due(now=NOON + 2 * HOUR, limit=9)] == [policy_id]
