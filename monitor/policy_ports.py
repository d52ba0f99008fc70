"""What a store keeps of the policies that are watched: what they are, when they are due, who is at work on them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from monitor.model import Origin, Policy, PolicySpec, Standing, Tally


class PolicyStore(Protocol):
    """The policies that are watched, and when each is due.

    All methods of all store protocols: safe to call from several threads; each is one transaction; times given and
    returned are aware and in UTC. `StoreUnavailable` may come out of every one, `NotFound` where an identifier or a
    name is given, and no driver error ever.
    """

    def add_policy(self, spec: PolicySpec, *, origin: Origin, now: datetime) -> Policy:
        """Watch a policy, due at once. A retired policy of that name comes back with its history.

        Raises:
            PolicyExists: a watched policy has that name.
        """
        ...

    def change_policy(self, policy_id: int, spec: PolicySpec) -> Policy:
        """Replace how it is watched. Its name may change too; a new `urls` clears `moved_to`.

        Raises:
            PolicyExists: the new name is another policy's.
        """
        ...

    def retire_policy(self, policy_id: int, *, now: datetime) -> None:
        """Watch it no more; its history stays."""
        ...

    def sync_declared(self, specs: Sequence[PolicySpec], *, now: datetime) -> None:
        """Make the policies of origin CONFIG those of `specs`: add, change, revive, retire.

        A spec whose name a DATABASE policy has takes that policy over.
        """
        ...

    def policy(self, name: str) -> Policy:
        """By name, retired ones too."""
        ...

    def policies(self, *, retired: bool = False) -> list[Policy]:
        """Watched ones (and retired ones if asked), by name."""
        ...

    def due(self, *, now: datetime, limit: int) -> list[Policy]:
        """Watched policies that are due and neither claimed nor paused, longest due first.

        Before them all come those whose candidate waits for confirmation.
        """
        ...

    def next_due(self) -> datetime | None:
        """When the next policy is due; None when none is watched, or all are paused until further notice."""
        ...

    def claim(self, policy_id: int, *, owner: str, now: datetime, lease: timedelta) -> bool:
        """Take a policy for one check by a conditional UPDATE. False: another owner's lease still runs."""
        ...

    def claim_stands(self, policy_id: int, *, owner: str, now: datetime) -> bool:
        """Whether `owner` has a claim on it that has not run out."""
        ...

    def claim_due(
        self, *, owner: str, now: datetime, lease: timedelta, limit: int, among: Sequence[int] | None = None
    ) -> list[Policy]:
        """Take what `due` would give, all at once; no two callers get the same policy.

        `among` restricts it to policies with these numbers.
        """
        ...

    def release(self, policy_id: int, *, owner: str, until: datetime | None = None) -> None:
        """Give up a claim, and with it let no look be due until then. No effect when `owner` no longer has it."""
        ...

    def postpone(self, policy_id: int, *, until: datetime) -> None:
        """Set when it is due."""
        ...

    def pause(self, policy_id: int, *, now: datetime, until: datetime | None) -> Policy:
        """Let no look be due until then; None: until `resume`. A pause of before is replaced."""
        ...

    def resume(self, policy_id: int) -> Policy:
        """End a pause. What became due meanwhile is due now."""
        ...

    def standings(self, *, retired: bool = False) -> list[Standing]:
        """How each policy stands, by name: those of `policies`."""
        ...

    def tally(self, *, now: datetime) -> Tally:
        """Count."""
        ...
