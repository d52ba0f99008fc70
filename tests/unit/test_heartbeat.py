"""Leases that live as long as their owner."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from monitor.heartbeat import Heartbeat
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
    with Heartbeat(store, clock, owner="me", lease=lease):
        assert store.claim(policy.id, owner="me", now=clock.now(), lease=lease)
        time.sleep(1.5)
        assert store.due(now=clock.now(), limit=1) == []
    assert store.due(now=clock.now() + lease, limit=1) == [policy]
    store.close()


def test_a_database_in_trouble_stops_no_heart(tmp_path: Path) -> None:
    store = new_store(tmp_path / "monitor.db")
    heart = Heartbeat(store, _Clock(), owner="me", lease=timedelta(seconds=0.2))
    with heart:
        store.close()
        time.sleep(0.2)
        assert heart.beats
    assert not heart.beats
