"""The protocols of alerts on their way: the outbox, and the channels that they leave by; see `monitor.ports`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime, timedelta

    from monitor.model import Alert, AlertDraft, Delivery, DeliveryState, Digest, Notice, Settled


class Channel(Protocol):
    """Sends notices to one place, such as a mailbox or a webhook. May be called from several threads at once."""

    @property
    def name(self) -> str:
        """Unique among the channels of a configuration."""
        ...

    def send(self, notice: Notice) -> None:
        """Return once the receiver has taken it.

        Raises:
            DeliveryError: it has not; `permanent` tells whether a later attempt makes sense.
        """
        ...

    def send_digest(self, digest: Digest) -> None:
        """The same for several notices as one message (or, where a channel has no messages, as one step).

        Raises:
            DeliveryError: as above.
        """
        ...


class Outbox(Protocol):
    """Alerts and their deliveries."""

    def raise_alert(self, policy_id: int, draft: AlertDraft, *, now: datetime) -> Alert:
        """An alert apart from a check (`notify test`)."""
        ...

    def lease_deliveries(
        self,
        *,
        owner: str,
        now: datetime,
        lease: timedelta,
        limit: int,
        channels: Sequence[str] | None = None,
        fresh_by: datetime | None = None,
    ) -> list[Delivery]:
        """Take due deliveries (and those whose lease ran out) for sending; no two callers get the same one.

        Those that were never tried come first, then by when they were due.

        `channels` restricts it to those; `fresh_by` leaves out what was never tried and is due later than that.
        """
        ...

    def lease_batch(
        self, channel: str, *, owner: str, now: datetime, lease: timedelta, fresh_by: datetime, most: int
    ) -> list[Delivery]:
        """Take all of one digest, by alert: one that was begun and is due again, else a new one of what is due.

        A new one has at most `most` deliveries. They keep its `batch` for good, so that every attempt is the same.
        """
        ...

    def delivery_sent(self, *delivery_ids: int, owner: str, now: datetime) -> None:
        """They arrived. No effect on those of which `owner` no longer has the lease."""
        ...

    def delivery_failed(
        self,
        *delivery_ids: int,
        owner: str,
        now: datetime,
        error: str,
        retry_at: datetime | None,
        settled: Settled = (),
        alert: AlertDraft | None = None,
        unless_raised_since: datetime | None = None,
    ) -> None:
        """They did not arrive: due again at `retry_at`, or dead with None. No effect without the lease.

        `settled` are the receivers who need no further attempt. In the same transaction `alert` is raised, unless one
        of its kind and rule was raised after `unless_raised_since`.
        """
        ...

    def resend(self, *, now: datetime, alert_id: int | None = None) -> int:
        """Make what failed or is dead due now, of one alert or all, and say how many there were.

        They have all their attempts again; receivers who have an alert already do not get it again. One that was part
        of a digest leaves it, and has a key of its own from then on; the rest keeps the digest's.
        """
        ...

    def waiting_elsewhere(self, channels: Collection[str]) -> dict[str, int]:
        """How many deliveries are due or failed, and will be tried, on each channel that is not among these."""
        ...

    def sent_since(self, channel: str, since: datetime) -> int:
        """How many messages the channel took after that; a digest is one."""
        ...

    def notice(self, alert_id: int) -> Notice:
        """An alert with what a channel needs to render it."""
        ...

    def alert(self, alert_id: int) -> Alert:
        """By number."""
        ...

    def alerts(self, *, limit: int | None = None) -> list[Alert]:
        """Newest first."""
        ...

    def deliveries(
        self, *, alert_id: int | None = None, state: DeliveryState | None = None, limit: int | None = None
    ) -> list[Delivery]:
        """Newest first."""
        ...
