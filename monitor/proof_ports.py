"""The protocols of proof: the chain over findings, and public copies. `monitor.ports.Store` takes them in."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from monitor.model import ChainLink, Fetched, PublicCopy


class ChainStore(Protocol):
    """The chains, one per policy. They only grow: no link is ever changed or taken away."""

    def chain(self, policy_id: int) -> list[ChainLink]:
        """Every link, in order."""
        ...

    def extend_chain(self, policy_id: int, links: Sequence[ChainLink]) -> None:
        """Write links behind those that are there.

        Raises:
            StaleCheck: somebody else has extended the chain meanwhile.
        """
        ...

    def keep_captures(self, policy_id: int, captures: Sequence[Fetched]) -> None:
        """Keep captures of the past that are no look: nothing is found by them."""
        ...

    def damaged_blobs(self) -> Iterator[tuple[str, str]]:
        """Read every stored body: (digest, what is wrong) of those that are not what they were."""
        ...


class CopyStore(Protocol):
    """Public copies that are wanted, under way and there; a queue of its own, apart from the outbox."""

    def want_copies(self, *, now: datetime, since: datetime) -> int:
        """Want a copy of every page of every change of the authors confirmed after `since` that has none; how many."""
        ...

    def lease_copies(self, *, now: datetime, lease: timedelta, limit: int) -> list[PublicCopy]:
        """Take copies that are due, longest due first; nobody else gets them before the lease ends."""
        ...

    def update_copy(self, copy: PublicCopy) -> None:
        """Write how a copy stands. Once no copy of its change is under way, alerts that wait for them are due."""
        ...

    def copies_requested(self, *, since: datetime) -> int:
        """How many were asked of the archive since then."""
        ...

    def copies_under_way(self) -> bool:
        """Whether an alert waits for a copy."""
        ...

    def copies(self, policy_id: int) -> list[PublicCopy]:
        """All of a policy, oldest first."""
        ...
