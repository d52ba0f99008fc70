"""Work on a policy under a claim, so that two processes never do the same at the same time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from monitor.model import Policy
from monitor.ownership import is_gone
from monitor.ports import Clock, Store

# A search of the past renews its claim with every page and capture. It is short, so that one that was killed can go
# on soon: should two search at once, as an archive kept one waiting, nothing is kept twice.
PAST_LEASE = timedelta(minutes=3)

_Work = TypeVar("_Work")


@dataclass(frozen=True, slots=True)
class Busy:
    """A policy that another process is at work on just now."""

    policy: Policy


class Claims:
    """What one process, `owner`, claims and gives up; all of it raises StoreErrors.

    A look at a policy and a search of its past have claims of their own: neither waits for the other.
    """

    def __init__(self, store: Store, clock: Clock, *, owner: str, lease: timedelta) -> None:
        self._store = store
        self._clock = clock
        self._owner = owner
        self._lease = lease

    def take_due(self, limit: int, *, among: Sequence[int] | None = None) -> list[Policy]:
        """Claim policies that are due (of those numbers alone)."""
        return self._store.claim_due(
            owner=self._owner, now=self._clock.now(), lease=self._lease, limit=limit, among=among
        )

    def leased(
        self,
        policy: Policy,
        work: Callable[[], _Work],
        *,
        claimed: bool = False,
        ends: Callable[[_Work], bool] = lambda _: False,
    ) -> _Work | Busy:
        """Work under a lease, which may be ours already (`claimed`).

        `ends` tells of what was done whether its commit has ended the claim already.
        """
        if not claimed and not self._store.claim(
            policy.id, owner=self._owner, now=self._clock.now(), lease=self._lease
        ):
            return Busy(policy)
        ended = False
        try:
            done = work()
            ended = ends(done)
        finally:
            if not ended:
                self._store.release(policy.id, owner=self._owner)
        return done

    def searching(self, policy: Policy, search: Callable[[Callable[[], object]], _Work]) -> _Work | Busy:
        """Search a policy's past under a claim; `search` is given what renews it."""

        def claim() -> bool:
            return self._store.claim_past(policy.id, owner=self._owner, now=self._clock.now(), lease=PAST_LEASE)

        if not claim() and not (self._recover_past() and claim()):
            return Busy(policy)
        try:
            return search(claim)
        finally:
            self._store.release_past(policy.id, owner=self._owner)

    def recover(self) -> int:
        """Give up the claims of processes of this machine that were killed; say how many those were."""
        orphans = [claim for claim in self._store.claims(now=self._clock.now()) if is_gone(claim[1])]
        for policy_id, owner in orphans:
            self._store.release(policy_id, owner=owner)
        return len(orphans) + self._recover_past()

    def _recover_past(self) -> int:
        orphans = [claim for claim in self._store.past_claims(now=self._clock.now()) if is_gone(claim[1])]
        for policy_id, owner in orphans:
            self._store.release_past(policy_id, owner=owner)
        return len(orphans)
