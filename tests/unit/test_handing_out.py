"""What of the work goes to one worker together."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from monitor.model import Origin, Policy, PolicySpec
from monitor.scale.leader import AT_ONCE, JOBS, together


def at(urls: Iterable[str]) -> list[Policy]:
    return [
        Policy(
            id=number,
            spec=PolicySpec(name=str(number), urls=(url,)),
            origin=Origin.DATABASE,
            created=datetime(2026, 1, 1, tzinfo=UTC),
        )
        for number, url in enumerate(urls)
    ]


def test_policies_of_one_host_go_together() -> None:
    urls = [f"https://one.example/{number}" for number in range(AT_ONCE + 1)] + ["https://two.example/"]
    assert together(at(urls)) == [list(range(AT_ONCE)), [AT_ONCE], [AT_ONCE + 1]]


def test_policies_of_many_hosts_go_together_when_many_are_due() -> None:
    policies = at(f"https://{number}.example/" for number in range(4 * JOBS + 1))
    assert together(policies[: JOBS + 1]) == [[number] for number in range(JOBS + 1)]
    assert together(policies) == [*([4 * job + place for place in range(4)] for job in range(JOBS)), [4 * JOBS]]
