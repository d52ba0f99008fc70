"""A policy under watch: real reading, real store; only the web and the clock are fakes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from monitor.check import Checked, Parts, check_policy
from monitor.fetch import convert
from monitor.look import Settings
from monitor.model import Origin, Policy, PolicySpec, Rule
from monitor.ports import Store
from tests.fakes import FakeClock, FakeFetcher

URL = "https://acme.example/privacy"
START = datetime(2026, 1, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
CLAUSES = (
    "This privacy policy says what personal data Acme collects when you use the service, and why.",
    "We collect your name, your e-mail address and the pages that you visit on our web site.",
    "We keep your messages for 30 days after they have been delivered, and then delete them.",
    "We do not sell your personal information to third parties.",
    "You have the right to access, correct and delete your personal data at any time.",
    "If you have questions about this policy, write to our data protection officer.",
)


def html(*clauses: str, token: str = "1") -> str:
    body = "".join(f"<p>{text}</p>" for text in clauses)
    head = f"<head><title>Privacy</title><meta name=t content='{token}'></head>"
    return f"<html>{head}<body><main><h1>Privacy policy</h1>{body}</main></body></html>"


def with_clause(index: int, text: str) -> tuple[str, ...]:
    return (*CLAUSES[:index], text, *CLAUSES[index + 1 :])


LONGER = with_clause(2, "We keep your messages for 24 months after they have been delivered, and then delete them.")


class Watch:
    """A policy under watch: a web, a store, a clock."""

    def __init__(self, store: Store, *urls: str) -> None:
        self.clock = FakeClock(START)
        self.web = FakeFetcher(self.clock)
        self.store = store
        self.parts = Parts(
            store=store,
            fetcher=self.web,
            clock=self.clock,
            settings=Settings(rules=(Rule(name="all"),), channels=("email", "hook")),
            convert=convert,
        )
        self.policy: Policy = store.add_policy(
            PolicySpec(name="acme", urls=urls or (URL,)), origin=Origin.DATABASE, now=START
        )

    def look(self, page: str | None = None, *, after: timedelta = timedelta(), etag: str | None = None) -> Checked:
        self.clock.time += after
        if page is not None:
            self.web.page(URL, page, etag=etag)
        return check_policy(self.policy.id, self.parts)
