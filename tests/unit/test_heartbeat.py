"""Leases that live as long as their owner."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from monitor.heartbeat import Heartbeat
from monitor.in_hand import InHand
from monitor.model import Origin, PolicySpec
from tests.databases import new_store


class _Clock:
    def now(self) -> datetime:
        return datetime.now(UTC)


def test_a_lease_outlasts_its_length_while_its_owner_lives(tmp_path: Path) -> None:
    store = new_store(tmp_path / "monitor.db")
    clock, lease = _Clock(), timedelta(seconds=1)
    spec = PolicySpec(name="acme", urls=("https://acme.example/",))
    policy = store.add_policy(spec, origin=Origin.DATABASE, now=clock.now())
    looks = InHand()
    with Heartbeat(store, clock, owner="me", lease=lease, looks=looks, sendings=InHand()):
        assert looks.take(policy.id)
        assert store.claim(policy.id, owner="me", now=clock.now(), lease=lease)
        time.sleep(1.5)
        assert store.due(now=clock.now(), limit=1) == []
        looks.drop(policy.id)
        time.sleep(1.5)
        assert store.due(now=clock.now(), limit=1) == [policy]  # what has ended is not kept from others
    store.close()


def test_another_lease_is_kept_from_now_on(tmp_path: Path) -> None:
    """The configuration was read anew, and says less: beats that are as far apart as before would come too late."""
    store = new_store(tmp_path / "monitor.db")
    clock, lease = _Clock(), timedelta(seconds=1)
    spec = PolicySpec(name="acme", urls=("https://acme.example/",))
    policy = store.add_policy(spec, origin=Origin.DATABASE, now=clock.now())
    looks = InHand()
    with Heartbeat(store, clock, owner="me", lease=timedelta(minutes=9), looks=looks, sendings=InHand()) as heart:
        heart.keep(lease)
        assert looks.take(policy.id)
        assert store.claim(policy.id, owner="me", now=clock.now(), lease=lease)
        for _ in range(15):
            heart.keep(lease)  # told so over and over, it beats all the same
            time.sleep(0.1)
        assert store.due(now=clock.now(), limit=1) == []
    store.close()


def test_a_database_in_trouble_stops_no_heart(tmp_path: Path) -> None:
    store = new_store(tmp_path / "monitor.db")
    looks = InHand()
    looks.take(1)
    heart = Heartbeat(store, _Clock(), owner="me", lease=timedelta(seconds=0.2), looks=looks, sendings=InHand())
    with heart:
        store.close()
        time.sleep(0.2)
        assert heart.beats
    assert not heart.beats
