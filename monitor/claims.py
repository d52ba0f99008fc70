"""Work on a policy under a claim, so that two processes never do the same at the same time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from monitor.errors import StaleCheck, StoreError
from monitor.in_hand import InHand
from monitor.model import Policy
from monitor.ownership import is_gone
from monitor.ports import Clock, Store

# A search of the past renews its claim with every page and capture. It is short, so that one that was killed can go
# on soon: should two search at once, as an archive kept one waiting, nothing is kept twice.
PAST_LEASE = timedelta(minutes=3)

# When a look that failed is made again: not by the next beat, which would ask the site every other second.
AFTER_FAILURE = timedelta(minutes=5)
AFTER_CRASH = timedelta(hours=1)

_Work = TypeVar("_Work")


def wait_after(error: Exception, policy: Policy) -> timedelta:
    """How long a policy is left alone after a look that left nothing behind: no longer than between usual looks."""
    if isinstance(error, StaleCheck):
        return timedelta()  # another one was committed: what is due after that is due
    return min(policy.spec.every, AFTER_FAILURE if isinstance(error, StoreError) else AFTER_CRASH)


@dataclass(frozen=True, slots=True)
class Busy:
    """A policy that another process or thread is at work on just now."""

    policy: Policy


@dataclass(frozen=True, slots=True)
class Failed:
    """A look that left nothing behind, since the database or (`crashed`) the program failed."""

    policy: Policy
    error: Exception
    crashed: bool = False


class Claims:
    """What one process, `owner`, claims and gives up; all of it raises StoreErrors.

    A look at a policy and a search of its past have claims of their own: neither waits for the other. A claim keeps
    other processes away; what is `in_hand`, the other threads of this one, even if the claim runs out (as when the
    machine slept).
    """

    def __init__(self, store: Store, clock: Clock, *, owner: str, lease: timedelta, in_hand: InHand) -> None:
        self._store = store
        self._clock = clock
        self._owner = owner
        self._lease = lease
        self._in_hand = in_hand
        self._taken: dict[int, datetime] = {}

    def take_due(self, limit: int, *, among: Sequence[int] | None = None) -> list[Policy]:
        """Claim policies that are due (of those numbers alone). Each is in hand until `leased` or `give_back` ends."""
        found = self._store.claim_due(
            owner=self._owner, now=self._clock.now(), lease=self._lease, limit=limit, among=among
        )
        taken = [policy for policy in found if self._in_hand.take(policy.id)]
        self._taken.update((policy.id, self._clock.now()) for policy in taken)
        return taken

    def leased(
        self,
        policy: Policy,
        work: Callable[[], _Work],
        *,
        claimed: bool = False,
        ends: Callable[[_Work], bool] = lambda _: False,
        put_off: Callable[[Exception, Policy], timedelta] | None = None,
    ) -> _Work | Busy:
        """Work under a lease, which may be ours already (`claimed`, see `take_due`).

        `ends` tells of what was done whether its commit has ended the claim already; `put_off`, for how long a policy
        is left alone after an error.
        """
        if not (self._still_claims(policy) if claimed else self._claim(policy)):
            return Busy(policy)
        ended, wait = False, timedelta()
        try:
            done = work()
            ended = ends(done)
        except Exception as error:
            wait = put_off(error, policy) if put_off else wait
            raise
        finally:
            self._end(policy, released=ended, wait=wait)
        return done

    def give_back(self, policy: Policy) -> None:
        """Leave a policy to others that was taken and not looked at."""
        self._end(policy, released=False)

    def searching(self, policy: Policy, search: Callable[[Callable[[], object]], _Work]) -> _Work | Busy:
        """Search a policy's past under a claim; `search` is given what renews it."""

        def claim() -> bool:
            return self._store.claim_past(policy.id, owner=self._owner, now=self._clock.now(), lease=PAST_LEASE)

        if not claim() and not (self.recover() and claim()):
            return Busy(policy)
        try:
            return search(claim)
        finally:
            self._store.release_past(policy.id, owner=self._owner)

    def recover(self) -> int:
        """Give up what processes of this machine had claimed that were killed; say how much that was."""
        now = self._clock.now()
        dead = [owner for owner in self._store.lease_owners(now=now) if is_gone(owner)]
        return sum(self._store.end_leases(owner=owner, now=now) for owner in dead)

    def _claim(self, policy: Policy) -> bool:
        if not self._in_hand.take(policy.id):
            return False
        claimed = False
        try:
            claimed = self._store.claim(policy.id, owner=self._owner, now=self._clock.now(), lease=self._lease)
        finally:
            if not claimed:
                self._in_hand.drop(policy.id)
        return claimed

    def _still_claims(self, policy: Policy) -> bool:
        """Whether a claim still stands that was made before, as it does not when the machine slept since.

        Asked only where it has waited long: a claim that is younger cannot have run out.
        """
        now = self._clock.now()
        if now - self._taken.pop(policy.id, now) < self._lease / 2:
            return True
        stands = False
        try:
            stands = self._store.claim_stands(policy.id, owner=self._owner, now=now)
        finally:
            if not stands:
                self._in_hand.drop(policy.id)
        return stands

    def _end(self, policy: Policy, *, released: bool, wait: timedelta = timedelta()) -> None:
        """End a claim. Should the database fail now, the claim runs out by itself: it is renewed no more."""
        self._taken.pop(policy.id, None)
        self._in_hand.drop(policy.id)
        if not released:
            until = self._clock.now() + wait if wait else None
            self._store.release(policy.id, owner=self._owner, until=until)
