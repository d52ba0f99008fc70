"""Work under a claim: what keeps two threads, and two processes, from doing the same."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.claims import AFTER_CRASH, AFTER_FAILURE, Busy, Claims, wait_after
from monitor.errors import StaleCheck, StoreUnavailable
from monitor.in_hand import InHand
from monitor.model import AlertDraft, AlertKind, Origin, Policy, PolicySpec
from monitor.ownership import owner_token
from monitor.ports import Store
from tests.databases import new_store
from tests.fakes import FakeClock

LEASE = timedelta(minutes=2)


class Desk:
    """One process with one policy, and other processes on its database."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.clock = FakeClock()
        self.in_hand = InHand()
        self.claims = self.process("me", self.in_hand)
        spec = PolicySpec(name="acme", urls=("https://acme.example/",))
        self.policy: Policy = store.add_policy(spec, origin=Origin.DATABASE, now=self.clock.time)

    def process(self, owner: str, in_hand: InHand | None = None) -> Claims:
        return Claims(self.store, self.clock, owner=owner, lease=LEASE, in_hand=in_hand or InHand())

    @property
    def due(self) -> bool:
        return bool(self.store.due(now=self.clock.time, limit=1))


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    store = new_store(tmp_path / "claims.db")
    yield Desk(store)
    store.close()


def test_what_is_worked_on_is_nobody_elses(desk: Desk) -> None:
    def work() -> str:
        assert isinstance(desk.claims.leased(desk.policy, lambda: "twice"), Busy)
        assert isinstance(desk.process("you").leased(desk.policy, lambda: "twice"), Busy)
        assert desk.claims.take_due(9) == []
        return "done"

    assert desk.claims.leased(desk.policy, work) == "done"
    assert desk.claims.leased(desk.policy, lambda: "again") == "again"
    assert desk.in_hand.all() == []


def test_a_lease_that_ran_out_lets_no_second_thread_of_the_process_in(desk: Desk) -> None:
    """The machine slept during a look; when it wakes, the policy is due and nobody's."""
    (taken,) = desk.claims.take_due(9)

    def work() -> str:
        desk.clock.time += 3 * LEASE
        assert desk.due
        assert desk.claims.take_due(9) == []
        return "done"

    assert desk.claims.leased(taken, work, claimed=True) == "done"
    assert desk.claims.take_due(9) == [taken]


def test_a_claim_that_ran_out_before_the_look_began_is_no_claim(desk: Desk) -> None:
    """The machine slept; meanwhile another process looked, and had time to."""
    (taken,) = desk.claims.take_due(9)
    desk.clock.time += 3 * LEASE
    you = desk.process("you")
    assert you.leased(desk.policy, lambda: "looked") == "looked"
    assert isinstance(desk.claims.leased(taken, lambda: "again", claimed=True), Busy)
    assert desk.in_hand.all() == []
    assert desk.claims.take_due(9) == [taken]


def test_a_claim_that_waited_long_and_was_renewed_stands(desk: Desk) -> None:
    (taken,) = desk.claims.take_due(9)
    for _ in range(3):
        desk.clock.time += LEASE / 2
        held = desk.in_hand.all()
        desk.store.renew_leases(owner="me", now=desk.clock.time, lease=LEASE, policies=held, deliveries=[])
    assert desk.claims.leased(taken, lambda: "looked", claimed=True) == "looked"


@pytest.mark.parametrize(
    ("error", "wait"),
    [(StoreUnavailable("locked"), AFTER_FAILURE), (ValueError("?"), AFTER_CRASH), (StaleCheck("meanwhile"), None)],
)
def test_a_look_that_fails_is_put_off_as_its_claim_ends(desk: Desk, error: Exception, wait: timedelta | None) -> None:
    (taken,) = desk.claims.take_due(9)

    def work() -> None:
        raise error

    with pytest.raises(type(error)):
        desk.claims.leased(taken, work, claimed=True, put_off=wait_after)
    assert desk.store.lease_owners(now=desk.clock.time) == set()
    assert desk.store.next_due() == desk.clock.time + (wait or timedelta())
    assert desk.in_hand.all() == []


def test_it_is_put_off_no_longer_than_between_usual_looks(desk: Desk) -> None:
    often = replace(desk.policy, spec=replace(desk.policy.spec, every=timedelta(seconds=9)))
    for error in (StoreUnavailable("locked"), ValueError("?")):
        assert wait_after(error, often) == timedelta(seconds=9)


def test_what_is_given_back_is_due(desk: Desk) -> None:
    (taken,) = desk.claims.take_due(9)
    assert not desk.due
    desk.claims.give_back(taken)
    assert desk.claims.take_due(9) == [taken]


def test_a_claim_that_could_not_be_given_up_runs_out(desk: Desk) -> None:
    """The database failed at that moment: nobody is at work on it, so nothing renews it."""
    (taken,) = desk.claims.take_due(9)

    def work() -> None:
        desk.store.close()

    with pytest.raises(StoreUnavailable):
        desk.claims.leased(taken, work, claimed=True)
    assert desk.in_hand.all() == []


def test_what_a_killed_process_had_begun_is_taken_up_at_once(desk: Desk) -> None:
    """Its look, its search of the past and the alert that it was sending; not what another machine is at."""
    machine, _, _ = owner_token().partition(":")
    killed = f"{machine}:{os.getpid()}:1:abcd"  # a process of that number which began at another time
    now = desk.clock.time
    desk.store.raise_alert(desk.policy.id, AlertDraft(kind=AlertKind.TEST, rule="", channels=("mail", "hook")), now=now)
    desk.store.claim_due(owner=killed, now=now, lease=LEASE, limit=1)
    desk.store.claim_past(desk.policy.id, owner=killed, now=now, lease=LEASE)
    desk.store.lease_deliveries(owner=killed, now=now, lease=LEASE, limit=1, channels=["mail"])
    desk.store.lease_deliveries(owner="elsewhere/1:2:3:ab", now=now, lease=LEASE, limit=1, channels=["hook"])
    assert desk.claims.recover() == 3
    assert desk.claims.recover() == 0
    assert desk.due
    assert [again.channel for again in desk.store.lease_deliveries(owner="me", now=now, lease=LEASE, limit=9)] == [
        "mail"
    ]
    assert desk.claims.searching(desk.policy, lambda _renew: "searched") == "searched"


def test_a_claim_that_fails_leaves_nothing_in_hand(desk: Desk) -> None:
    desk.store.close()
    with pytest.raises(StoreUnavailable):
        desk.claims.leased(desk.policy, lambda: "never")
    assert desk.in_hand.all() == []
