"""The contract of `Outbox`, on both databases."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime

import pytest

from monitor.errors import NotFound
from monitor.model import Alert, AlertDraft, AlertKind, Delivery, DeliveryState, Origin, Outcome, VersionDraft
from monitor.ports import Store
from storage import open_store
from tests.records import (
    HOUR,
    NOON,
    a_candidate,
    a_change,
    a_first,
    a_reading,
    a_record,
    a_spec,
    an_answer,
    unchanged,
)


@pytest.fixture
def policy_id(store: Store) -> int:
    policy = store.add_policy(a_spec(), origin=Origin.DATABASE, now=NOON)
    store.commit(a_first(store.history(policy.id), "We keep data.", captures=(an_answer(b"1"),)))
    return policy.id


def a_test(store: Store, policy_id: int, *channels: str) -> Alert:
    draft = AlertDraft(kind=AlertKind.TEST, rule="", channels=channels, reason="a test \x00")
    return store.raise_alert(policy_id, draft, now=NOON)


def test_unknown_numbers(store: Store, policy_id: int) -> None:
    calls: list[Callable[[], object]] = [
        lambda: a_test(store, 9),
        lambda: store.notice(9),
        lambda: store.deliveries(alert_id=9),
        lambda: store.delivery_sent(9, owner="a", now=NOON),
        lambda: store.delivery_failed(9, owner="a", now=NOON, error="", retry_at=None),
    ]
    for call in calls:
        with pytest.raises(NotFound, match="9"):
            call()
    assert store.alerts() == store.deliveries() == []
    assert policy_id


def test_an_alert_has_one_delivery_per_channel(store: Store, policy_id: int) -> None:
    alert = a_test(store, policy_id, "mail", "hook", "mail")
    other = a_test(store, policy_id, "mail")
    assert alert.key != other.key
    assert (alert.kind, alert.reason, alert.created, alert.policy_id) == (
        AlertKind.TEST,
        "a test \x00",
        NOON,
        policy_id,
    )
    assert store.alerts() == [other, alert]
    assert store.alerts(limit=1) == [other]
    found = store.deliveries(alert_id=alert.id)
    assert [(d.channel, d.state, d.attempts, d.due, d.sent) for d in found] == [
        ("hook", DeliveryState.DUE, 0, NOON, None),
        ("mail", DeliveryState.DUE, 0, NOON, None),
    ]
    assert len(store.deliveries()) == 3
    assert len(store.deliveries(limit=2, state=DeliveryState.DUE)) == 2
    assert store.deliveries(state=DeliveryState.SENT) == []


def test_a_change_and_its_alerts_are_one(store: Store, policy_id: int) -> None:
    history = store.history(policy_id)
    old = history.current
    assert old is not None
    committed = store.commit(
        a_record(
            history,
            Outcome.CHANGED,
            NOON + HOUR,
            version=VersionDraft(reading=a_reading("B"), first_seen=NOON + HOUR),
            change=a_change(old.id),
            captures=(an_answer(b"2"),),
            alerts=(
                AlertDraft(kind=AlertKind.CHANGE, rule="all", channels=("mail", "hook")),
                AlertDraft(kind=AlertKind.CHANGE, rule="nobody", channels=()),
            ),
        )
    )
    first, second = committed.alert_ids
    notice = store.notice(first)
    assert (notice.alert.id, notice.alert.kind, notice.alert.rule) == (first, AlertKind.CHANGE, "all")
    assert (notice.alert.change_id, notice.alert.version_id) == (committed.change_id, None)
    assert notice.policy == history.policy
    assert notice.change == store.change(committed.change_id or 0)
    assert history.current is not None
    assert notice.old == store.version(history.current.id)
    assert notice.new == store.version(committed.version_id or 0)
    assert notice.captures == store.history(policy_id).latest
    assert store.notice(second).alert.rule == "nobody"
    assert [d.due for d in store.deliveries()] == [NOON + HOUR] * 2


def test_an_alert_of_something_seen_shows_the_candidate(store: Store, policy_id: int) -> None:
    seen = AlertDraft(kind=AlertKind.SEEN, rule="fast", channels=("mail",))
    since = (("+a", NOON), ("-b", NOON))
    committed = store.commit(
        a_record(store.history(policy_id), Outcome.CANDIDATE, candidate=a_candidate("B", since=since), alerts=(seen,))
    )
    history = store.history(policy_id)
    assert history.candidate is not None
    assert history.candidate.alerted
    notice = store.notice(committed.alert_ids[0])
    assert notice.alert.version_id == history.candidate.version_id == (notice.new and notice.new.id)
    assert notice.change is None
    assert history.current is not None
    assert notice.old == store.version(history.current.id)


@pytest.mark.parametrize(
    ("texts", "since", "told"),
    [
        (("B",), (("+a", NOON), ("-b", NOON)), True),  # what was told of it
        (("B",), (("+a", NOON), ("-b", NOON), ("+c", NOON)), False),  # and more
        (("C",), (("+a", NOON),), True),  # another text with nothing new in it
        (("C",), (("+a", NOON), ("+c", NOON)), False),
        (("C",), (), False),
    ],
)
def test_a_candidate_that_was_told_of(
    store: Store, policy_id: int, texts: tuple[str, ...], since: tuple[tuple[str, object], ...], *, told: bool
) -> None:
    seen = AlertDraft(kind=AlertKind.SEEN, rule="fast", channels=("mail",))
    before = a_candidate("B", since=(("+a", NOON), ("-b", NOON)))
    store.commit(a_record(store.history(policy_id), Outcome.CANDIDATE, candidate=before, alerts=(seen,)))
    after = a_candidate(*texts, since=since)
    store.commit(a_record(store.history(policy_id), Outcome.CANDIDATE, candidate=after))
    candidate = store.history(policy_id).candidate
    assert candidate is not None
    assert candidate.alerted is told


def test_the_stored_candidate_is_told_of_by_a_later_look(store: Store, policy_id: int) -> None:
    store.commit(
        a_record(store.history(policy_id), Outcome.CANDIDATE, candidate=a_candidate("B", since=(("+a", NOON),)))
    )
    seen = AlertDraft(kind=AlertKind.SEEN, rule="fast", channels=("mail",))
    committed = store.commit(unchanged(store.history(policy_id), NOON + HOUR, alerts=(seen,)))
    candidate = store.history(policy_id).candidate
    assert candidate is not None
    assert candidate.alerted
    assert store.notice(committed.alert_ids[0]).alert.version_id == candidate.version_id


def test_an_unreachable_policy_has_a_notice(store: Store, policy_id: int) -> None:
    gone = AlertDraft(kind=AlertKind.UNREACHABLE, rule="operator", channels=("mail",), reason="404 since Friday")
    committed = store.commit(a_record(store.history(policy_id), Outcome.UNREACHABLE, alerts=(gone,)))
    notice = store.notice(committed.alert_ids[0])
    assert (notice.alert.reason, notice.change, notice.old, notice.new) == ("404 since Friday", None, None, None)
    assert notice.captures == ()


def test_a_delivery_that_arrives(store: Store, policy_id: int) -> None:
    a_test(store, policy_id, "mail")
    assert store.lease_deliveries(owner="a", now=NOON - HOUR, lease=HOUR, limit=9) == []
    [leased] = store.lease_deliveries(owner="a", now=NOON, lease=HOUR, limit=9)
    assert (leased.state, leased.attempts, leased.channel) == (DeliveryState.SENDING, 1, "mail")
    assert store.lease_deliveries(owner="b", now=NOON, lease=HOUR, limit=9) == []
    store.delivery_sent(leased.id, owner="a", now=NOON + HOUR / 2)
    store.delivery_failed(leased.id, owner="a", now=NOON, error="too late", retry_at=NOON)
    [sent] = store.deliveries()
    assert (sent.state, sent.sent, sent.error, sent.attempts) == (DeliveryState.SENT, NOON + HOUR / 2, "", 1)
    assert store.lease_deliveries(owner="a", now=NOON + 9 * HOUR, lease=HOUR, limit=9) == []


def test_a_delivery_that_fails_is_due_again_or_dead(store: Store, policy_id: int) -> None:
    a_test(store, policy_id, "mail")
    [leased] = store.lease_deliveries(owner="a", now=NOON, lease=HOUR, limit=9)
    store.delivery_failed(leased.id, owner="a", now=NOON, error="busy", retry_at=NOON + 2 * HOUR)
    [waiting] = store.deliveries(state=DeliveryState.FAILED)
    assert (waiting.error, waiting.due, waiting.attempts) == ("busy", NOON + 2 * HOUR, 1)
    assert store.lease_deliveries(owner="a", now=NOON + HOUR, lease=HOUR, limit=9) == []
    [again] = store.lease_deliveries(owner="b", now=NOON + 2 * HOUR, lease=HOUR, limit=9)
    assert again.attempts == 2
    store.delivery_failed(again.id, owner="b", now=NOON, error="no such user", retry_at=None)
    [dead] = store.deliveries(state=DeliveryState.DEAD)
    assert dead.error == "no such user"
    assert store.lease_deliveries(owner="b", now=NOON + 99 * HOUR, lease=HOUR, limit=9) == []


def test_a_lease_that_ran_out_goes_to_another(store: Store, policy_id: int) -> None:
    a_test(store, policy_id, "mail")
    [lost] = store.lease_deliveries(owner="a", now=NOON, lease=HOUR, limit=9)
    [taken] = store.lease_deliveries(owner="b", now=NOON + HOUR, lease=HOUR, limit=9)
    assert (taken.id, taken.attempts) == (lost.id, 2)
    store.delivery_sent(lost.id, owner="a", now=NOON + HOUR)  # too late: b has it
    store.delivery_failed(lost.id, owner="a", now=NOON + HOUR, error="x", retry_at=None)
    assert [d.state for d in store.deliveries()] == [DeliveryState.SENDING]
    store.delivery_sent(taken.id, owner="b", now=NOON + HOUR)
    assert [d.state for d in store.deliveries()] == [DeliveryState.SENT]


def test_leases_are_limited_and_by_channel(store: Store, policy_id: int) -> None:
    for _ in range(3):
        a_test(store, policy_id, "mail", "hook")
    assert [d.channel for d in store.lease_deliveries(owner="a", now=NOON, lease=HOUR, limit=2)] == ["mail", "hook"]
    hooks = store.lease_deliveries(owner="a", now=NOON, lease=HOUR, limit=9, channels=("hook",))
    assert [d.channel for d in hooks] == ["hook", "hook"]
    assert store.lease_deliveries(owner="a", now=NOON, lease=HOUR, limit=9, channels=()) == []
    assert len(store.lease_deliveries(owner="a", now=NOON, lease=HOUR, limit=9)) == 2


def test_no_two_callers_get_the_same_delivery(url: str) -> None:
    stores = [open_store(url) for _ in range(4)]
    policy = stores[0].add_policy(a_spec(), origin=Origin.DATABASE, now=NOON)
    for _ in range(20):
        a_test(stores[0], policy.id, "mail", "hook")
    taken: list[int] = []
    start = threading.Barrier(len(stores))

    def lease_all(store: Store, owner: str) -> None:
        start.wait()
        while leased := store.lease_deliveries(owner=owner, now=NOON, lease=HOUR, limit=3):
            taken.extend(delivery.id for delivery in leased)

    threads = [threading.Thread(target=lease_all, args=(s, f"owner {n}")) for n, s in enumerate(stores)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == sorted(delivery.id for delivery in stores[0].deliveries())
    assert {delivery.attempts for delivery in stores[0].deliveries()} == {1}
    for store in stores:
        store.close()


def lease_digest(store: Store, owner: str = "a", *, now: datetime = NOON, most: int = 9) -> list[Delivery]:
    return store.lease_batch("mail", owner=owner, now=now, lease=HOUR, fresh_by=NOON, most=most)


def test_a_digest_keeps_together(store: Store, policy_id: int) -> None:
    for _ in range(3):
        a_test(store, policy_id, "mail", "hook")
    first = lease_digest(store, most=2)
    assert len(first) == 2
    assert len({delivery.batch for delivery in first}) == 1
    assert [delivery.alert_id for delivery in first] == sorted(delivery.alert_id for delivery in first)
    (rest,) = lease_digest(store, "b")
    assert rest.batch != first[0].batch
    assert lease_digest(store, "c") == []
    store.delivery_failed(*(d.id for d in first), owner="a", now=NOON, error="busy", retry_at=NOON + HOUR)
    assert lease_digest(store, "c") == []
    store.delivery_sent(rest.id, owner="b", now=NOON)
    again = lease_digest(store, "c", now=NOON + HOUR)
    assert [(d.id, d.batch, d.attempts) for d in again] == [(d.id, d.batch, 2) for d in first]
    store.delivery_sent(*(d.id for d in again), owner="c", now=NOON + HOUR)
    assert lease_digest(store, "c", now=NOON + 9 * HOUR) == []
    assert {d.state for d in store.deliveries() if d.channel == "mail"} == {DeliveryState.SENT}
    assert {d.batch for d in store.deliveries() if d.channel == "hook"} == {""}


def test_what_was_never_tried_may_be_kept_for_later(store: Store, policy_id: int) -> None:
    a_test(store, policy_id, "mail")
    early = NOON - HOUR
    assert store.lease_batch("mail", owner="a", now=NOON, lease=HOUR, fresh_by=early, most=9) == []
    assert store.lease_deliveries(owner="a", now=NOON, lease=HOUR, limit=9, fresh_by=early) == []
    (one,) = store.lease_deliveries(owner="a", now=NOON, lease=HOUR, limit=9)
    store.delivery_failed(one.id, owner="a", now=NOON, error="busy", retry_at=NOON)
    assert len(store.lease_deliveries(owner="a", now=NOON, lease=HOUR, limit=9, fresh_by=early)) == 1


def test_no_two_callers_get_the_same_digest(url: str) -> None:
    stores = [open_store(url) for _ in range(4)]
    policy = stores[0].add_policy(a_spec(), origin=Origin.DATABASE, now=NOON)
    for _ in range(20):
        a_test(stores[0], policy.id, "mail")
    taken: list[int] = []
    start = threading.Barrier(len(stores))

    def lease_all(store: Store, owner: str) -> None:
        start.wait()
        for _ in range(20):
            taken.extend(delivery.id for delivery in lease_digest(store, owner, most=3))

    threads = [threading.Thread(target=lease_all, args=(s, f"owner {n}")) for n, s in enumerate(stores)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == sorted(delivery.id for delivery in stores[0].deliveries())
    for store in stores:
        store.close()


def test_what_did_not_arrive_is_sent_again_when_asked(store: Store, policy_id: int) -> None:
    first, other = a_test(store, policy_id, "mail", "hook"), a_test(store, policy_id, "mail")
    settled = (("a@x", ""), ("b\x00@x", "550 no\ud800"))
    for leased in store.lease_deliveries(owner="a", now=NOON, lease=HOUR, limit=9):
        if leased.channel == "hook":
            store.delivery_sent(leased.id, owner="a", now=NOON)
        else:
            store.delivery_failed(
                leased.id, owner="a", now=NOON, error="no", retry_at=None if leased.id < 3 else NOON, settled=settled
            )
    assert store.resend(now=NOON + HOUR, alert_id=first.id) == 1
    again = next(d for d in store.deliveries(alert_id=first.id) if d.channel == "mail")
    assert (again.state, again.due, again.attempts, again.settled) == (
        DeliveryState.DUE,
        NOON + HOUR,
        0,
        (("a@x", ""),),
    )
    assert store.deliveries(alert_id=other.id)[0].settled == settled
    assert store.resend(now=NOON + HOUR) == 1
    assert store.resend(now=NOON + HOUR) == 0
    with pytest.raises(NotFound):
        store.resend(now=NOON, alert_id=999)
    assert store.alert(first.id) == first
    with pytest.raises(NotFound):
        store.alert(999)


def test_one_alert_of_a_digest_that_is_sent_again_leaves_it(store: Store, policy_id: int) -> None:
    raised = [a_test(store, policy_id, "mail") for _ in range(3)]
    dead = lease_digest(store)
    took = (("a@x", ""),)
    store.delivery_failed(*(d.id for d in dead), owner="a", now=NOON, error="no", retry_at=None, settled=took)
    assert store.resend(now=NOON + HOUR, alert_id=raised[1].id) == 1
    (alone,) = lease_digest(store, now=NOON + HOUR)  # at once, though nothing fresh is due yet
    assert (alone.alert_id, alone.settled) == (raised[1].id, took)
    assert store.resend(now=NOON + HOUR) == 2
    rest = lease_digest(store, now=NOON + HOUR)
    assert [d.alert_id for d in rest] == [raised[0].id, raised[2].id]
    assert {d.batch for d in rest} == {dead[0].batch}  # whose receipt may have been lost
    assert alone.batch not in (dead[0].batch, "")


def test_a_digest_that_is_sent_again_whole_keeps_its_key(store: Store, policy_id: int) -> None:
    for _ in range(2):
        a_test(store, policy_id, "mail")
    dead = lease_digest(store)
    store.delivery_failed(*(d.id for d in dead), owner="a", now=NOON, error="no", retry_at=None)
    assert store.resend(now=NOON) == 2
    assert [d.batch for d in lease_digest(store)] == [d.batch for d in dead]
    lone = a_test(store, policy_id, "mail")
    (single,) = lease_digest(store)
    store.delivery_failed(single.id, owner="a", now=NOON, error="no", retry_at=None)
    store.resend(now=NOON, alert_id=lone.id)
    assert [d.batch for d in lease_digest(store)] == [single.batch]


def test_what_waits_for_other_channels_is_counted(store: Store, policy_id: int) -> None:
    for names in (("mail", "hook"), ("mail", "feed"), ("mail",)):
        a_test(store, policy_id, *names)
    for leased in store.lease_deliveries(owner="a", now=NOON, lease=HOUR, limit=2, channels=["mail"]):
        again = NOON if leased.alert_id == 1 else None
        store.delivery_failed(leased.id, owner="a", now=NOON, error="no", retry_at=again)
    assert store.waiting_elsewhere(["hook"]) == {"feed": 1, "mail": 2}  # one is dead
    assert store.waiting_elsewhere([]) == {"feed": 1, "hook": 1, "mail": 2}
    assert store.waiting_elsewhere(["mail", "hook", "feed"]) == {}


def test_what_was_never_tried_goes_before_what_is_tried_again(store: Store, policy_id: int) -> None:
    old = a_test(store, policy_id, "mail")
    (tried,) = store.lease_deliveries(owner="a", now=NOON, lease=HOUR, limit=1)
    store.delivery_failed(tried.id, owner="a", now=NOON, error="busy", retry_at=NOON - HOUR)
    new = a_test(store, policy_id, "mail")
    order = [store.lease_deliveries(owner="a", now=NOON, lease=HOUR, limit=1)[0].alert_id for _ in range(2)]
    assert order == [new.id, old.id]


def test_messages_sent_are_counted_digests_as_one(store: Store, policy_id: int) -> None:
    for _ in range(3):
        a_test(store, policy_id, "mail", "hook")
    digest = lease_digest(store)
    store.delivery_sent(*(d.id for d in digest), owner="a", now=NOON + HOUR)
    for one in store.lease_deliveries(owner="a", now=NOON, lease=HOUR, limit=2, channels=["hook"]):
        store.delivery_sent(one.id, owner="a", now=NOON + HOUR)
    assert (store.sent_since("mail", NOON), store.sent_since("hook", NOON)) == (1, 2)
    assert store.sent_since("hook", NOON + HOUR) == store.sent_since("pigeon", NOON) == 0


def test_an_alert_about_what_was_given_up_is_raised_with_it(store: Store, policy_id: int) -> None:
    for _ in range(3):
        a_test(store, policy_id, "mail")
    trouble = AlertDraft(kind=AlertKind.TROUBLE, rule="given up: mail", channels=("op",), reason="gone")
    for leased, now in zip(
        store.lease_deliveries(owner="a", now=NOON, lease=9 * HOUR, limit=9),
        (NOON, NOON + HOUR, NOON + 3 * HOUR),
        strict=True,
    ):
        lately = now - 2 * HOUR
        for owner in ("somebody else", "a"):
            store.delivery_failed(
                leased.id, owner=owner, now=now, error="x", retry_at=None, alert=trouble, unless_raised_since=lately
            )
    raised = [alert for alert in store.alerts() if alert.kind is AlertKind.TROUBLE]
    assert [alert.created for alert in raised] == [NOON + 3 * HOUR, NOON]
    assert {alert.policy_id for alert in raised} == {policy_id}
    assert [d.channel for d in store.deliveries(alert_id=raised[0].id)] == ["op"]
