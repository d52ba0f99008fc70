"""The looks that one process makes at policies, each under a claim."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager
from typing import TypeAlias

import structlog

from monitor.acceptance import accept_policy
from monitor.check import Checked, Parts, check_policy, prepare
from monitor.claims import Busy, Claims, Failed, wait_after
from monitor.errors import StoreError
from monitor.model import Policy

Result: TypeAlias = Checked | Failed | Busy

log = structlog.get_logger(__name__)


class Looks:
    """Looks at policies, one by one or a few at a time."""

    def __init__(
        self, parts: Parts, claims: Claims, *, alive: Callable[[], AbstractContextManager[object]], jobs: int
    ) -> None:
        """`alive` gives what keeps the claims of this process as long as it lasts."""
        self._parts = parts
        self._claims = claims
        self._alive = alive
        self._jobs = jobs

    def take_due(self, limit: int, *, among: Sequence[int] | None = None) -> list[Policy]:
        """Claim policies that are due (of those numbers alone), for looks that begin soon.

        Raises:
            StoreError: the database failed.
        """
        taken = self._claims.take_due(limit, among=among)
        prepare(taken, self._parts)
        return taken

    def look(self, policy: Policy, *, claimed: bool = False) -> Result:
        """Look at one policy under a lease; what goes wrong becomes a result, so that the others are looked at.

        `claimed`: the lease is ours already (see `take_due`). Then a policy whose look fails is left alone for a while.
        """
        began = time.monotonic()
        try:
            checked = self._claims.leased(
                policy,
                lambda: check_policy(policy.id, self._parts),
                claimed=claimed,
                ends=_has_ended,
                put_off=wait_after if claimed else None,
            )
        except StoreError as error:
            log.error("check failed", policy=policy.spec.name, error=str(error))  # noqa: TRY400 - told in the result
            return Failed(policy, error)
        except Exception as error:
            log.exception("the check crashed", policy=policy.spec.name)
            return Failed(policy, error, crashed=True)
        if isinstance(checked, Busy):
            return checked
        found = checked.record.observation
        seconds = round(time.monotonic() - began, 4)
        log.info("checked", policy=policy.spec.name, outcome=found.outcome, reason=found.reason, seconds=seconds)
        return checked

    def look_at_all(self, policies: Iterable[Policy]) -> Iterator[Result]:
        """Look at many, a few at a time; results come as they are ready."""
        with self._alive(), ThreadPoolExecutor(self._jobs, thread_name_prefix="check") as threads:
            waiting: set[Future[Result]] = {threads.submit(self.look, policy) for policy in policies}
            try:
                while waiting:
                    done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                    yield from (future.result() for future in done)
            finally:
                for future in waiting:
                    future.cancel()

    def accept(self, policy: Policy, *, quiet: bool) -> Checked | Busy:
        """Take the last suspect page or the waiting text of a policy as a version, under a lease.

        Raises:
            NothingToAccept: neither is there.
            StoreError: the database failed.
        """
        with self._alive():
            return self._claims.leased(
                policy, lambda: accept_policy(policy.id, self._parts, quiet=quiet), ends=_has_ended
            )


def _has_ended(checked: Checked) -> bool:
    return checked.record.next_due is not None
