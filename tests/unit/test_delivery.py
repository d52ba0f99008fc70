"""Deliveries out of a real outbox, to channels that refuse and recover."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor.circuit import DOWN_AFTER, MOST_ATTEMPTS, retry_at
from monitor.delivery import LEASE, Courier, Sent
from monitor.errors import StoreUnavailable
from monitor.model import AlertDraft, AlertKind, DeliveryState, Notice, Origin, PolicySpec
from monitor.ports import Store
from storage import open_store
from tests.fakes import FakeClock
from tests.fakes_channel import FakeChannel

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(str(tmp_path / "outbox.db"))
    yield opened
    opened.close()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(NOON)


def alerts(store: Store, number: int = 1, *channels: str) -> None:
    policy = next(iter(store.policies()), None) or store.add_policy(
        PolicySpec(name="acme", urls=("https://acme.example/",)), origin=Origin.DATABASE, now=NOON
    )
    for _ in range(number):
        draft = AlertDraft(kind=AlertKind.TEST, rule="r", channels=channels or ("fake",))
        store.raise_alert(policy.id, draft, now=NOON)


def deliver(store: Store, clock: FakeClock, *channels: object) -> Sent:
    courier = Courier(
        store,
        {channel.name: channel for channel in channels},  # type: ignore[attr-defined]
        clock,
        owner="me",
        jitter=lambda: 0.0,
    )
    try:
        return courier.deliver()
    finally:
        courier.close()


def states(store: Store) -> list[str]:
    return sorted(delivery.state.value for delivery in store.deliveries())


def test_everything_due_is_sent_once_on_its_channel(store: Store, clock: FakeClock) -> None:
    alerts(store, 60, "one", "two")
    one, two = FakeChannel("one"), FakeChannel("two")
    assert deliver(store, clock, one, two) == Sent(sent=120)
    assert len({notice.alert.key for notice in one.sent}) == len({notice.alert.key for notice in two.sent}) == 60
    assert deliver(store, clock, one, two) == Sent()


def test_without_channels_all_waits_for_their_return(store: Store, clock: FakeClock) -> None:
    alerts(store)
    assert deliver(store, clock) == Sent()
    assert deliver(store, clock, FakeChannel("other")) == Sent()
    assert deliver(store, clock, FakeChannel()) == Sent(sent=1)


def test_a_refusal_is_tried_again_later(store: Store, clock: FakeClock) -> None:
    alerts(store)
    channel = FakeChannel().refusing()
    assert deliver(store, clock, channel) == Sent(postponed=1)
    assert deliver(store, clock, channel) == Sent()
    (waiting,) = store.deliveries()
    assert (waiting.due, waiting.attempts, waiting.error) == (NOON + timedelta(minutes=1), 1, "the fake refuses")
    clock.time = waiting.due
    assert deliver(store, clock, channel) == Sent(sent=1)
    assert len(channel.sent) == 1


def test_a_permanent_refusal_is_the_last(store: Store, clock: FakeClock) -> None:
    alerts(store, 2)
    assert deliver(store, clock, FakeChannel().refusing(permanent=True)) == Sent(sent=1, dead=1)
    assert states(store) == ["dead", "sent"]


def test_a_receiver_may_ask_for_time_within_bounds(store: Store, clock: FakeClock) -> None:
    alerts(store)
    deliver(store, clock, FakeChannel().refusing(retry_after=1800))
    assert store.deliveries()[0].due == NOON + timedelta(minutes=30)
    assert retry_at(1, NOON, asked=10**9) == NOON + timedelta(hours=6)
    assert retry_at(5, NOON, asked=1) == NOON + timedelta(minutes=16)


def test_it_is_given_up_after_some_five_days(store: Store, clock: FakeClock) -> None:
    alerts(store)
    channel = FakeChannel()
    rounds = 0
    while store.deliveries()[0].state is not DeliveryState.DEAD:
        clock.time = max(clock.time, store.deliveries()[0].due)
        deliver(store, clock, channel.refusing())
        rounds += 1
    assert rounds == MOST_ATTEMPTS
    assert timedelta(days=4) < clock.time - NOON < timedelta(days=6)
    assert channel.sent == []


def test_a_channel_that_is_down_is_left_alone_and_delays_no_other(store: Store, clock: FakeClock) -> None:
    alerts(store, 20, "down", "up")
    down, up = FakeChannel("down"), FakeChannel("up")
    for _ in range(20):
        down.refusing()
    assert deliver(store, clock, down, up) == Sent(sent=20, postponed=DOWN_AFTER)


def test_a_sender_that_died_is_taken_over_when_its_lease_runs_out(store: Store, clock: FakeClock) -> None:
    alerts(store)
    assert store.lease_deliveries(owner="dead", now=NOON, lease=LEASE, limit=9)
    channel = FakeChannel()
    assert deliver(store, clock, channel) == Sent()
    clock.time += LEASE
    assert deliver(store, clock, channel) == Sent(sent=1)


class Faulty(FakeChannel):
    """A channel with a fault for one notice."""

    def send(self, notice: Notice) -> None:
        if notice.alert.id == 1:
            raise ZeroDivisionError
        super().send(notice)


def test_a_fault_of_ours_in_one_notice_holds_up_no_other(store: Store, clock: FakeClock) -> None:
    alerts(store, 3)
    channel = Faulty()
    assert deliver(store, clock, channel) == Sent(sent=2, postponed=1)
    assert "ZeroDivisionError" in {delivery.id: delivery for delivery in store.deliveries()}[1].error


class Closing(FakeChannel):
    """A channel whose sending outlives the database."""

    def __init__(self, store: Store) -> None:
        super().__init__()
        self._store = store

    def send(self, notice: Notice) -> None:
        super().send(notice)
        self._store.close()


def test_a_database_that_goes_away_meanwhile_is_told(store: Store, clock: FakeClock, tmp_path: Path) -> None:
    alerts(store)
    with pytest.raises(StoreUnavailable):
        deliver(store, clock, Closing(store))
    again = open_store(str(tmp_path / "outbox.db"))
    assert states(again) == ["sending"]  # sent, not noted: at least once, with the same key
    clock.time += LEASE
    channel = FakeChannel()
    assert deliver(again, clock, channel) == Sent(sent=1)
    again.close()
