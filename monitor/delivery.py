"""Takes due deliveries out of the outbox and sends them, each channel by itself, so that a bad one delays no other."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from monitor.errors import DeliveryError, NotFound, StoreError
from monitor.model import Delivery
from monitor.ports import Channel, Clock, Outbox

# Longer than any channel's deadline, for owners whose leases nobody renews: one that runs out means that they are gone.
LEASE = timedelta(minutes=10)
FIRST_RETRY = timedelta(minutes=1)
LONGEST_RETRY = timedelta(hours=6)
# With the waits above: given up after five days, as mail servers do (RFC 5321, 4.5.4.1: "at least 4-5 days").
MOST_ATTEMPTS = 29
# So many failures in a row mean that the channel is down. The others wait for the next round untried: a dead server
# would cost a time-out for each.
DOWN_AFTER = 3

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Sent:
    """How the deliveries of one round went."""

    sent: int = 0
    postponed: int = 0
    dead: int = 0

    def __add__(self, other: Sent) -> Sent:
        return Sent(self.sent + other.sent, self.postponed + other.postponed, self.dead + other.dead)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """How long a delivery stays with its sender, and how long the first wait after a failure is."""

    lease: timedelta = LEASE
    first_retry: timedelta = FIRST_RETRY


def deliver_due(
    outbox: Outbox, channels: Mapping[str, Channel], clock: Clock, *, owner: str, timing: Timing | None = None
) -> Sent:
    """Send everything that is due now; a delivery for a channel that is no longer configured waits for its return.

    Raises:
        StoreError: the database failed; what was leased comes back when the lease runs out.
    """
    if not channels:
        return Sent()
    with ThreadPoolExecutor(len(channels), thread_name_prefix="deliver") as threads:
        rounds = threads.map(
            lambda channel: _deliver_channel(outbox, channel, clock, owner, timing or Timing()), channels.values()
        )
        return sum(rounds, Sent())


def retry_at(
    attempts: int, now: datetime, *, asked: float | None = None, first: timedelta = FIRST_RETRY
) -> datetime | None:
    """When to try again after `attempts` failures, doubling the wait; None to give up. `asked` is in seconds."""
    if attempts >= MOST_ATTEMPTS:
        return None
    wait: timedelta = min(first * 2 ** (attempts - 1), LONGEST_RETRY)
    if asked is not None:
        wait = max(wait, min(timedelta(seconds=asked), LONGEST_RETRY))
    return now + wait


def _deliver_channel(outbox: Outbox, channel: Channel, clock: Clock, owner: str, timing: Timing) -> Sent:
    """Lease and send one by one, so that no lease runs out while those before it are sent."""
    total = Sent()
    failures = 0
    while failures < DOWN_AFTER and (
        leased := outbox.lease_deliveries(
            owner=owner, now=clock.now(), lease=timing.lease, limit=1, channels=[channel.name]
        )
    ):
        result = _deliver(outbox, channel, clock, owner, leased[0], timing.first_retry)
        failures = failures + 1 if result.postponed else 0
        total += result
    return total


def _deliver(outbox: Outbox, channel: Channel, clock: Clock, owner: str, delivery: Delivery, first: timedelta) -> Sent:
    events = log.bind(channel=channel.name, alert=delivery.alert_id, attempt=delivery.attempts)
    again: datetime | None
    try:
        channel.send(outbox.notice(delivery.alert_id))
    except StoreError as error:
        if not isinstance(error, NotFound):
            raise
        said, again = str(error), None
    except DeliveryError as error:
        said = str(error)
        again = None
        if not error.permanent:
            again = retry_at(delivery.attempts, clock.now(), asked=error.retry_after, first=first)
    except Exception as error:  # noqa: BLE001 - a fault of ours in one notice must not hold up those behind it
        events.exception("the delivery crashed")
        said = f"the program failed: {type(error).__name__}"
        again = retry_at(delivery.attempts, clock.now(), first=first)
    else:
        outbox.delivery_sent(delivery.id, owner=owner, now=clock.now())
        events.info("delivered")
        return Sent(sent=1)
    outbox.delivery_failed(delivery.id, owner=owner, now=clock.now(), error=said, retry_at=again)
    events.warning("delivery failed", error=said, again=again.isoformat() if again else "never")
    return Sent(postponed=1) if again else Sent(dead=1)
