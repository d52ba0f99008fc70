"""Deliveries out of a real outbox, to channels that refuse and recover."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from monitor.circuit import DOWN_AFTER, FOR_GOOD, LONGEST_REST, MOST_ATTEMPTS, Circuit, retry_at
from monitor.delivery import LATE, LEASE, MOST_IN_DIGEST, STOPPED, Courier, Manners, Sent
from monitor.errors import StoreUnavailable
from monitor.in_hand import InHand
from monitor.model import AlertDraft, AlertKind, DeliveryState, Notice, Origin, PolicySpec
from monitor.ports import Store
from monitor.timetable import Rhythm, Timetable
from storage import open_store
from tests.databases import new_store
from tests.fakes import FakeClock
from tests.fakes_channel import FakeChannel

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = new_store(tmp_path / "outbox.db")
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


@contextmanager
def courier(
    store: Store, clock: FakeClock, *channels: FakeChannel, manners: dict[str, Manners] | None = None
) -> Iterator[Courier]:
    made = Courier(
        store,
        {channel.name: channel for channel in channels},
        clock,
        owner="me",
        manners=manners,
        jitter=lambda: 0.0,
    )
    try:
        yield made
    finally:
        made.close()


def deliver(store: Store, clock: FakeClock, *channels: FakeChannel, **manners: Manners) -> Sent:
    with courier(store, clock, *channels, manners=manners) as made:
        return made.deliver()


def test_what_was_sent_and_could_not_be_noted_comes_back(store: Store, clock: FakeClock) -> None:
    """The database failed between sending and noting it. Nobody is at work on it, so its lease runs out."""
    alerts(store)

    class Forgetful(FakeChannel):
        def send(self, notice: Notice) -> None:
            super().send(notice)
            if len(self.sent) == 1:
                store.end_leases(owner="me", now=clock.time)  # what it will look like when the lease has run out
                raise StoreUnavailable("gone for a moment")

    channel, in_hand = Forgetful(), InHand()
    made = Courier(store, {"fake": channel}, clock, owner="me", in_hand=in_hand)
    with pytest.raises(StoreUnavailable):
        made.deliver()
    assert in_hand.all() == []
    assert made.deliver() == Sent(sent=1)
    made.close()
    first, again = channel.sent
    assert first.alert.key == again.alert.key


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


DAILY = Manners(timetable=Timetable(zone=ZoneInfo("UTC"), digest=Rhythm.DAILY))
SOON = timedelta(hours=1)


def test_a_digest_gathers_what_came_before_its_moment(store: Store, clock: FakeClock) -> None:
    alerts(store, 3)
    channel = FakeChannel()
    assert deliver(store, clock, channel, fake=DAILY) == Sent()
    clock.time = NOON + timedelta(hours=20)  # 08:00
    assert deliver(store, clock, channel, fake=DAILY) == Sent(sent=3)
    assert deliver(store, clock, channel, fake=DAILY) == Sent()
    (digest,) = channel.digests
    assert [notice.alert.id for notice in digest.notices] == [1, 2, 3]
    assert channel.sent == []


def test_a_digest_is_the_same_at_every_attempt(store: Store, clock: FakeClock) -> None:
    alerts(store, 2)
    clock.time = NOON + timedelta(hours=20)
    channel = FakeChannel().refusing(settled=(("a", ""),))
    assert deliver(store, clock, channel, fake=DAILY) == Sent(postponed=2)
    (batch,) = {delivery.batch for delivery in store.deliveries()}
    alerts(store, 1)  # raised at noon, so that it would have been in it
    clock.time += timedelta(minutes=1)
    assert deliver(store, clock, channel, fake=DAILY) == Sent(sent=3)
    again, other = channel.digests
    assert (again.key, len(again.notices), again.settled) == (batch, 2, (("a", ""),))
    assert (other.key != batch, len(other.notices), other.settled) == (True, 1, ())


def test_a_digest_too_large_goes_in_parts(store: Store, clock: FakeClock) -> None:
    alerts(store, MOST_IN_DIGEST + 1)
    clock.time = NOON + timedelta(hours=20)
    channel = FakeChannel()
    assert deliver(store, clock, channel, fake=DAILY) == Sent(sent=MOST_IN_DIGEST + 1)
    assert [len(digest.notices) for digest in channel.digests] == [MOST_IN_DIGEST, 1]


def test_in_quiet_hours_nothing_is_sent_and_nothing_lost(store: Store, clock: FakeClock) -> None:
    quiet = (NOON.time(), (NOON + SOON).time())
    manners = Manners(timetable=Timetable(zone=ZoneInfo("UTC"), quiet=quiet))
    alerts(store, 2)
    channel = FakeChannel()
    assert deliver(store, clock, channel, fake=manners) == Sent()
    clock.time += SOON
    assert deliver(store, clock, channel, fake=manners) == Sent(sent=2)


def test_no_more_are_sent_than_the_rate_allows(store: Store, clock: FakeClock) -> None:
    manners = Manners(rate=(2, timedelta(minutes=1)))
    alerts(store, 5)
    channel = FakeChannel()
    for sent in (2, 0):
        assert deliver(store, clock, channel, fake=manners) == Sent(sent=sent)  # by another process too
    clock.time += timedelta(minutes=1)
    assert deliver(store, clock, channel, fake=manners) == Sent(sent=2)


def test_the_operator_is_told_once_of_what_was_given_up(store: Store, clock: FakeClock) -> None:
    manners = {"fake": Manners(), "op": Manners(operator=True), "other": Manners(operator=True)}
    alerts(store, 2, "fake", "op")
    fake = FakeChannel().refusing(permanent=True).refusing(permanent=True)
    operator, other = FakeChannel("op").refusing(permanent=True), FakeChannel("other")
    with courier(store, clock, fake, operator, other, manners=manners) as made:
        first = made.deliver()
        second = made.deliver()
    assert (first + second).dead == 3
    troubles = [alert for alert in store.alerts() if alert.kind is AlertKind.TROUBLE]
    assert sorted(alert.rule for alert in troubles) == ["given up: fake", "given up: op"]
    assert "the fake refuses" in troubles[0].reason
    told = {alert.rule: {one.channel for one in store.deliveries(alert_id=alert.id)} for alert in troubles}
    assert told == {"given up: fake": {"op", "other"}, "given up: op": {"other"}}


@pytest.mark.parametrize(("permanent", "state"), [(True, "dead"), (False, "failed")])  # gone for good, or no login
def test_a_channel_that_takes_nothing_any_more_is_stopped_and_the_operator_told(
    store: Store, clock: FakeClock, *, permanent: bool, state: str
) -> None:
    manners = {"fake": Manners(), "op": Manners(operator=True)}
    alerts(store, 3)
    fake, operator = FakeChannel().refusing(permanent=permanent, stops=True), FakeChannel("op")
    with courier(store, clock, fake, operator, manners=manners) as made:
        made.deliver()
        clock.time += timedelta(days=30)
        made.deliver()
        assert made.resting() == {"fake": FOR_GOOD}
    assert fake.sent == []
    (told,) = operator.sent
    assert told.alert.rule == "stopped: fake"
    assert "nothing more is sent there until it is mended" in told.alert.reason
    assert sorted(one.state.value for one in store.deliveries() if one.channel == "fake") == sorted(
        ["due", "due", state]
    )
    assert STOPPED in next(one.error for one in store.deliveries() if one.error)
    assert deliver(store, clock, fake).sent == (2 if permanent else 3)  # the configuration was read anew


def test_the_operator_is_told_of_what_fails_for_long(store: Store, clock: FakeClock) -> None:
    manners = {"fake": Manners(), "op": Manners(operator=True)}
    alerts(store)
    fake, operator = FakeChannel(), FakeChannel("op")
    for _ in range(LATE + 3):
        fake.refusing()
    with courier(store, clock, fake, operator, manners=manners) as made:
        while not operator.sent:
            made.deliver()
            clock.time = max(one.due for one in store.deliveries())
    (told,) = operator.sent
    assert told.alert.rule == "failing: fake"
    assert timedelta(hours=1) < told.alert.created - NOON < timedelta(hours=2)


def test_a_channel_that_is_down_rests_ever_longer_and_is_tried_one_by_one(store: Store, clock: FakeClock) -> None:
    alerts(store, 9)
    channel = FakeChannel()
    for _ in range(DOWN_AFTER + 1):
        channel.refusing()
    with courier(store, clock, channel) as made:
        assert made.deliver() == Sent(postponed=DOWN_AFTER)
        assert made.deliver() == Sent()
        (until,) = made.resting().values()
        clock.time = until
        assert made.resting() == {}
        assert made.deliver() == Sent(postponed=1)
        assert made.resting()["fake"] - clock.time > until - NOON
        clock.time = made.resting()["fake"]
        assert made.deliver().sent >= 9 - DOWN_AFTER - 1
    circuit = Circuit()
    for _ in range(2_000):
        circuit.failed(NOON)
    assert circuit.open_until == NOON + LONGEST_REST


def test_a_receiver_that_asks_for_time_is_left_alone(store: Store, clock: FakeClock) -> None:
    alerts(store, 5)
    channel = FakeChannel().refusing(retry_after=600)
    with courier(store, clock, channel) as made:
        assert made.deliver() == Sent(postponed=1)
        clock.time += timedelta(minutes=9)
        assert made.deliver() == Sent()
        clock.time += timedelta(minutes=1)
        assert made.deliver() == Sent(sent=5)


def test_receivers_who_are_settled_stay_so(store: Store, clock: FakeClock) -> None:
    alerts(store)
    channel = FakeChannel().refusing(settled=(("a@x", ""), ("b@x", "550 unknown")))
    deliver(store, clock, channel)
    clock.time += timedelta(minutes=1)
    deliver(store, clock, channel.refusing(permanent=True, settled=(("c@x", ""),)))
    (dead,) = store.deliveries()
    assert dead.settled == (("a@x", ""), ("b@x", "550 unknown"), ("c@x", ""))
    assert store.resend(now=clock.time) == 1
    deliver(store, clock, channel)
    assert channel.sent[0].settled == (("a@x", ""), ("c@x", ""))  # whoever was refused is asked again


class Stalling(FakeChannel):
    """A channel that takes its time."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.go_on = threading.Event()
        self.began = threading.Event()

    def send(self, notice: Notice) -> None:
        self.began.set()
        assert self.go_on.wait(20)
        super().send(notice)


def test_a_channel_that_stalls_keeps_no_other_waiting(store: Store, clock: FakeClock) -> None:
    alerts(store, 1, "slow", "quick")
    slow, quick = Stalling("slow"), FakeChannel("quick")
    with courier(store, clock, slow, quick) as made:
        made.deliver(wait_for_all=False)
        assert slow.began.wait(20)
        alerts(store, 3, "quick")
        total = Sent()
        while len(quick.sent) < 4:
            total += made.deliver(wait_for_all=False)
        slow.go_on.set()
        assert made.deliver() + total == Sent(sent=5)


def test_a_receiver_who_is_always_put_off_opens_no_circuit(store: Store, clock: FakeClock) -> None:
    alerts(store, DOWN_AFTER + 2)
    channel = FakeChannel()
    for _ in range(DOWN_AFTER + 1):
        channel.refusing(there=True)
    with courier(store, clock, channel) as made:
        assert made.deliver() == Sent(sent=1, postponed=DOWN_AFTER + 1)
        assert made.resting() == {}


def test_one_that_was_closed_begins_nothing(store: Store, clock: FakeClock) -> None:
    channel = FakeChannel()
    with courier(store, clock, channel) as made:
        made.close()
        alerts(store)
        assert made.deliver() == made.deliver(wait_for_all=False) == Sent()
    assert states(store) == ["due"]


def test_no_more_is_begun_than_there_is_time_for(store: Store, clock: FakeClock) -> None:
    alerts(store, 3)
    slow = Stalling("fake")
    with courier(store, clock, slow) as made:
        made.deliver(wait_for_all=False)
        assert slow.began.wait(20)
        made.begin_until(time.monotonic())
        slow.go_on.set()
        assert made.deliver() == Sent(sent=1)
    assert states(store) == ["due", "due", "sent"]


def test_waits_are_spread() -> None:
    assert retry_at(1, NOON, jitter=1.0) == NOON + timedelta(seconds=72)
    assert retry_at(1, NOON, asked=600, jitter=0.5) == NOON + timedelta(seconds=660)


def test_the_words_of_a_crash_stay_out_of_the_log(
    store: Store, clock: FakeClock, capsys: pytest.CaptureFixture[str]
) -> None:
    class Leaking(FakeChannel):
        def send(self, _notice: Notice) -> None:
            raise RuntimeError("https://hooks.example/s3cr3t-token")

    alerts(store)
    deliver(store, clock, Leaking())
    assert "s3cr3t" not in store.deliveries()[0].error
    assert "s3cr3t" not in "".join(capsys.readouterr())
