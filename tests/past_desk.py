"""A watched policy with a past: a fake Wayback Machine, a real store, real reading."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from monitor.archive import WaybackArchive
from monitor.fetch import convert
from monitor.model import Origin, Policy, PolicySpec
from monitor.past.backfill import Backfilled, Bounds, backfill
from monitor.past.looking import PastParts
from monitor.ports import Store
from tests.fakes import FakeClock
from tests.watch import CLAUSES, html
from tests.wayback_server import FakeTimer, Stored, Wayback, wayback_machine

URL = "https://acme.example/privacy"
DAY0 = datetime(2015, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
NOW = datetime(2020, 1, 1, 12, tzinfo=UTC)


def stamp(day: float) -> str:
    return (DAY0 + DAY * day).strftime("%Y%m%d%H%M%S")


def page(text: str, token: object) -> bytes:
    """A policy that names its text; the token makes every capture another one."""
    kept = f"We keep your messages for {len(text) * 30} days after they have been delivered, as {text} says."
    return html(*CLAUSES[:2], kept, *CLAUSES[3:], token=str(token)).encode()


def captures(texts: str, *, every: float = 1.0, start: float = 0.0) -> list[Stored]:
    """One a letter; the letter is the text. `!` cannot be played, `?` is an error page."""
    stored = []
    for place, text in enumerate(texts):
        at = stamp(start + place * every)
        if text == "?":
            body = b"<html><title>Error</title><h1>Service unavailable</h1><p>Please try again later.</p></html>"
            stored.append(Stored(at, URL, body + str(place).encode()))
        else:
            stored.append(Stored(at, URL, page(text, place), broken=text == "!"))
    return stored


class Past:
    """One policy and one archive."""

    def __init__(self, store: Store, machine: Wayback, *, name: str = "web.archive.org", page_rows: int = 50) -> None:
        self.store, self.machine = store, machine
        self.clock = FakeClock(NOW)
        self.archive = WaybackArchive(base=machine.base, timer=machine.timer, page_rows=page_rows, name=name)
        self.parts = PastParts(store=store, archives=[self.archive], clock=self.clock, convert=convert)
        known = [policy for policy in store.policies() if policy.spec.name == "acme"]
        self.policy: Policy = (
            known[0]
            if known
            else store.add_policy(PolicySpec(name="acme", urls=(URL,)), origin=Origin.DATABASE, now=NOW)
        )

    def backfill(self, bounds: Bounds | None = None) -> Backfilled:
        return backfill(self.policy, self.parts, bounds or Bounds())

    def played(self) -> list[str]:
        """What was asked for to be played."""
        return [path for _, path in self.machine.asked if path.startswith("/web/")]


@contextmanager
def past(store: Store, texts: str = "", *, every: float = 1.0) -> Iterator[Past]:
    with wayback_machine(FakeTimer()) as machine:
        machine.stored = captures(texts, every=every)
        desk = Past(store, machine)
        yield desk
        desk.archive.close()


def days_of(done: Backfilled) -> list[tuple[float, float]]:
    """The brackets of all transitions, in days."""
    return [
        ((t.bracket.after - DAY0) / DAY, (t.bracket.before - DAY0) / DAY)
        for t in done.timeline.transitions
        if t.bracket.after is not None
    ]
