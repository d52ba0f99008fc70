"""Takes due deliveries out of the outbox and sends them, each channel by itself, so that a bad one delays no other."""

from __future__ import annotations

import math
import random
import threading
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from monitor.alert_ports import Channel, Outbox
from monitor.circuit import FIRST_RETRY, Circuit, retry_at
from monitor.errors import DeliveryError, NotFound, StoreError
from monitor.in_hand import InHand
from monitor.model import AlertDraft, AlertKind, Delivery, Digest, Notice
from monitor.ports import Clock
from monitor.timetable import Timetable

# Longer than any channel's deadline, for owners whose leases nobody renews: one that runs out means that they are gone.
LEASE = timedelta(minutes=10)
# What one digest holds at most; more go into the next one, at once.
MOST_IN_DIGEST = 100
# The operator is told of alerts that were given up once in so long for each channel.
TELL_AGAIN = timedelta(hours=1)
STOPPED = "; nothing more is sent there until it is mended and the configuration is read anew"
# The attempt of an alert after which the operator is told that it does not get through: about an hour after the first.
LATE = 7
_FRAMES = 12

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Manners:
    """When and how fast a channel may be told. `rate` is so many messages in so long."""

    timetable: Timetable | None = None
    rate: tuple[int, timedelta] | None = None
    operator: bool = False  # is told of trouble with the others

    @property
    def gathers(self) -> bool:
        """Tells several alerts as one message."""
        return self.timetable is not None and self.timetable.digest is not None


_PLAIN = Manners()


class Courier:
    """Sends what is due on some channels. One round at a time for each channel, in a thread of its own.

    Deliveries for a channel that is not among these wait for its return.
    """

    def __init__(
        self,
        outbox: Outbox,
        channels: Mapping[str, Channel],
        clock: Clock,
        *,
        owner: str,
        manners: Mapping[str, Manners] | None = None,
        timing: Timing | None = None,
        jitter: Callable[[], float] = random.random,
        in_hand: InHand | None = None,
    ) -> None:
        """`in_hand` tells whoever renews leases which are needed still."""
        self._outbox = outbox
        self._channels = dict(channels)
        self._clock = clock
        self._owner = owner
        self._manners = manners or {}
        self._timing = timing or Timing()
        self._jitter = jitter
        self._in_hand = in_hand or InHand()
        self._circuits = {name: Circuit(first_rest=self._timing.first_retry / 2) for name in channels}
        self._rounds: dict[str, Future[Sent]] = {}
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._end = math.inf
        self._threads = ThreadPoolExecutor(max(1, len(self._channels)), thread_name_prefix="deliver")

    def deliver(self, *, wait_for_all: bool = True) -> Sent:
        """Send what is due now; or only begin to, where no round is under way, and give what earlier rounds did.

        Raises:
            StoreError: the database failed, now or in an earlier round; what was leased comes back when the lease
                runs out, and has the same key then.
        """
        if wait_for_all:
            wait(list(self._rounds.values()))
        with self._lock:
            ended = {name: round_ for name, round_ in self._rounds.items() if round_.done()}
            for name in ended:
                del self._rounds[name]
            for name, channel in self._channels.items():
                if name not in self._rounds and not self._closed.is_set():
                    self._rounds[name] = self._threads.submit(self._round, channel)
            rounds = list(self._rounds.values())
        total = sum((round_.result() for round_ in ended.values()), Sent())
        if wait_for_all:
            wait(rounds)
            with self._lock:
                self._rounds.clear()
            total = sum((round_.result() for round_ in rounds), total)
        return total

    def resting(self) -> dict[str, datetime]:
        """The channels that are left alone for now, and until when."""
        now = self._clock.now()
        return {
            name: circuit.open_until
            for name, circuit in self._circuits.items()
            if circuit.open_until is not None and circuit.is_open(now)
        }

    def begin_until(self, end: float) -> None:
        """Begin nothing new from this moment of the monotonic clock on; it stays due."""
        self._end = end

    def close(self) -> None:
        """Let what is being sent end, and begin nothing new: `deliver` only gives what rounds did from here on."""
        with self._lock:
            self._closed.set()
        self._threads.shutdown(wait=True)

    def _round(self, channel: Channel) -> Sent:
        """Lease and send one by one, so that no lease runs out while those before it are sent."""
        total = Sent()
        while not self._closed.is_set() and time.monotonic() < self._end and (leased := self._lease(channel.name)):
            ids = [delivery.id for delivery in leased]
            for number in ids:
                self._in_hand.take(number)
            try:
                total += self._send(channel, leased)
            finally:
                self._in_hand.drop(*ids)
        return total

    def _lease(self, name: str) -> list[Delivery]:
        now, manners = self._clock.now(), self._manners.get(name, _PLAIN)
        fresh_by = manners.timetable.fresh_by(now) if manners.timetable else now
        if fresh_by is None or self._circuits[name].is_open(now) or self._is_too_fast(name, manners, now):
            return []
        if manners.gathers:
            return self._outbox.lease_batch(
                name, owner=self._owner, now=now, lease=self._timing.lease, fresh_by=fresh_by, most=MOST_IN_DIGEST
            )
        return self._outbox.lease_deliveries(
            owner=self._owner, now=now, lease=self._timing.lease, limit=1, channels=[name], fresh_by=fresh_by
        )

    def _is_too_fast(self, name: str, manners: Manners, now: datetime) -> bool:
        if manners.rate is None:
            return False
        most, span = manners.rate
        return self._outbox.sent_since(name, now - span) >= most

    def _send(self, channel: Channel, leased: Sequence[Delivery]) -> Sent:
        ids = [delivery.id for delivery in leased]
        first, circuit = leased[0], self._circuits[channel.name]
        attempts = max(delivery.attempts for delivery in leased)
        events = log.bind(channel=channel.name, alerts=[delivery.alert_id for delivery in leased], attempt=attempts)
        asked: float | None = None
        settled = before = first.settled
        permanent = there = stops = False
        try:
            self._hand_over(channel, leased)
        except NotFound as error:
            said, permanent = str(error), True
        except StoreError:
            raise
        except DeliveryError as error:
            said, permanent, asked, there = str(error), error.permanent, error.retry_after, error.there
            stops = error.stops
            settled = tuple(dict((*before, *error.settled)).items())
        except Exception as error:  # noqa: BLE001 - a fault of ours in one notice must not hold up those behind it
            said = f"the program failed: {type(error).__name__}"
            # Its words may hold an address that is a secret, so only where it happened is told.
            events.error("the delivery crashed", error=type(error).__name__, where=_where(error))
        else:
            circuit.worked()
            self._outbox.delivery_sent(*ids, owner=self._owner, now=self._clock.now())
            events.info("delivered")
            return Sent(sent=len(ids))
        now = self._clock.now()
        if stops:
            circuit.stop()
            said += STOPPED
        elif permanent or there or len(settled) > len(before):
            circuit.worked()
        else:
            circuit.failed(now, asked=asked)
        again = (
            None
            if permanent
            else retry_at(attempts, now, asked=asked, jitter=self._jitter(), first=self._timing.first_retry)
        )
        self._outbox.delivery_failed(
            *ids,
            owner=self._owner,
            now=now,
            error=said,
            retry_at=again,
            settled=settled,
            alert=self._complaint(channel.name, said, stops=stops, gave_up=not again)
            if stops or not again or attempts == LATE
            else None,
            unless_raised_since=now - TELL_AGAIN,
        )
        events.warning("delivery failed", error=said, again=again.isoformat() if again else "never")
        if stops:
            log.error("the channel is stopped", channel=channel.name)
        return Sent(postponed=len(ids)) if again else Sent(dead=len(ids))

    def _hand_over(self, channel: Channel, leased: Sequence[Delivery]) -> None:
        notices = tuple(self._notice(delivery) for delivery in leased)
        if not self._manners.get(channel.name, _PLAIN).gathers:
            channel.send(notices[0])
            return
        channel.send_digest(Digest(key=leased[0].batch, notices=notices, settled=leased[0].settled))

    def _notice(self, delivery: Delivery) -> Notice:
        return replace(self._outbox.notice(delivery.alert_id), settled=delivery.settled)

    def _complaint(self, name: str, said: str, *, stops: bool, gave_up: bool) -> AlertDraft | None:
        """What the operator is told of a channel that takes no alert: on other channels than that one."""
        others = tuple(other for other, manners in self._manners.items() if manners.operator and other != name)
        if not others:
            return None
        rule, what = f"failing: {name}", f"The channel {name} has been failing for a while"
        if stops:
            rule, what = f"stopped: {name}", f"The channel {name} is stopped"
        elif gave_up:
            rule, what = f"given up: {name}", f"An alert for the channel {name} was given up"
        reason = f"{what}: {said}. See `monitor alerts --failed`."
        return AlertDraft(kind=AlertKind.TROUBLE, rule=rule, channels=others, reason=reason)


def _where(error: Exception) -> list[str]:
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    return [f"{frame.filename}:{frame.lineno} in {frame.name}" for frame in frames]
