"""The scheduled look into the past: a bounded search when a policy is new, then a look for new captures, day by day."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import structlog

from monitor.errors import ArchiveError, ClausewatchError, StaleCheck, StoreUnavailable
from monitor.model import Policy
from monitor.past.backfill import Backfilled, Bounds
from monitor.past.looking import PastParts, moment_later

if TYPE_CHECKING:
    from monitor.ports import Store

# After a failure that nobody foresaw, and when a search was stopped.
AFTER_FAILURE = timedelta(hours=6)
SOON = timedelta(minutes=1)

log = structlog.get_logger(__name__)


def look_back(
    parts: PastParts,
    *,
    every: timedelta,
    max_fetches: int,
    backfill: Callable[[Policy, Bounds], object],
    catch_up: Callable[[Policy], None],
) -> bool:
    """Look into the past of the policy that is due first, and say when it is due again; False when none is.

    `backfill` searches under a claim, and gives something else than `Backfilled` where another process has it.

    Raises:
        StoreError: the database failed.
    """
    now = parts.clock.now()
    policy = next(iter(parts.store.past_due(now=now, limit=1)), None)
    if policy is None:
        return False
    due, note = now + every, ""
    try:
        done = backfill(policy, Bounds(max_fetches=max_fetches))
        if not isinstance(done, Backfilled):
            return False  # somebody else was faster
        if done.stopped:
            due = now + SOON
        catch_up(policy)
        log.info(
            "looked back",
            policy=policy.spec.name,
            captures=sum(listing.rows for listing in done.listings),
            fetches=done.fetches,
            changes=len(done.timeline.transitions),
            finished=done.timeline.finished,
        )
    except (StaleCheck, StoreUnavailable) as error:
        if isinstance(error, StoreUnavailable):
            raise
        due = now + SOON  # a live look was faster
    except ArchiveError as error:
        due, note = max(moment_later(now, error), now + SOON), str(error)
        log.warning("cannot look back", policy=policy.spec.name, error=note)
    except ClausewatchError as error:
        due, note = now + max(every, AFTER_FAILURE), str(error)
        log.warning("cannot look back", policy=policy.spec.name, error=note)
    except Exception:
        due, note = now + AFTER_FAILURE, "the program failed; see its log"
        log.exception("looking back crashed", policy=policy.spec.name)
    _set_due(parts.store, policy, due, note)
    return True


def _set_due(store: Store, policy: Policy, due: datetime, note: str) -> None:
    store.set_past_state(replace(store.past_state(policy.id), due=due, note=note))
