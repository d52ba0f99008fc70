"""Implements `Outbox`: the delivery of each alert to each channel."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    String,
    Update,
    and_,
    case,
    cast,
    distinct,
    func,
    or_,
    select,
    update,
)

from monitor.errors import NotFound
from monitor.model import AlertDraft, Delivery, DeliveryState, Settled
from storage.alerts import SqlAlerts, insert_alert
from storage.tables import alerts, deliveries

_UNDELIVERED = (DeliveryState.FAILED, DeliveryState.DEAD)


class SqlOutbox(SqlAlerts):
    """The alerts of a database, and their deliveries."""

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
        """See `Outbox.lease_deliveries`. Leasing counts as an attempt: a send that kills the process counts too."""
        wanted = (
            select(deliveries.c.id)
            .where(_due(now, fresh_by or now))
            .order_by(deliveries.c.attempts > 0, deliveries.c.due, deliveries.c.id)  # what is new waits for no retry
            .limit(limit)
            .with_for_update(skip_locked=True)  # on SQLite nobody else writes now
        )
        if channels is not None:
            wanted = wanted.where(deliveries.c.channel.in_(channels))
        with self._database.write() as connection:
            ids = connection.scalars(wanted).all()
            rows = connection.execute(_leasing(ids, owner, now + lease).returning(deliveries))
            return sorted(
                map(_as_delivery, rows), key=lambda delivery: (delivery.attempts > 1, delivery.due, delivery.id)
            )

    def lease_batch(
        self, channel: str, *, owner: str, now: datetime, lease: timedelta, fresh_by: datetime, most: int
    ) -> list[Delivery]:
        """See `Outbox.lease_batch`."""
        mine, alone = deliveries.c.channel == channel, deliveries.c.batch == ""
        begun = (
            select(deliveries.c.batch)
            .where(mine, ~alone, _due(now, now))
            .order_by(deliveries.c.due, deliveries.c.id)
            .limit(1)
        )
        fresh = (
            select(deliveries.c.id)
            .where(mine, alone, _due(now, fresh_by))
            .order_by(deliveries.c.alert_id)
            .limit(most)
            .with_for_update(skip_locked=True)
        )
        with self._database.write() as connection:
            if batch := connection.scalar(begun):
                rest = select(deliveries.c.id).where(mine, deliveries.c.batch == batch, _due(now, now))
                # Whoever comes second waits here for the first, and then finds the lease taken.
                ids = connection.scalars(rest.with_for_update()).all()
            else:
                batch = uuid.uuid4().hex
                ids = connection.scalars(fresh).all()
            rows = connection.execute(_leasing(ids, owner, now + lease).values(batch=batch).returning(deliveries))
            return sorted(map(_as_delivery, rows), key=lambda delivery: delivery.alert_id)

    def delivery_sent(self, *delivery_ids: int, owner: str, now: datetime) -> None:
        """See `Outbox.delivery_sent`."""
        self._finish(delivery_ids, owner=owner, state=DeliveryState.SENT, sent=now, error="")

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
        """See `Outbox.delivery_failed`."""
        ending: dict[str, Any] = {"state": DeliveryState.DEAD}
        if retry_at is not None:
            ending = {"state": DeliveryState.FAILED, "due": retry_at}
        self._finish(
            delivery_ids,
            owner=owner,
            told=(alert, unless_raised_since, now),
            error=error,
            settled=list(settled),
            **ending,
        )

    def deliveries(
        self, *, alert_id: int | None = None, state: DeliveryState | None = None, limit: int | None = None
    ) -> list[Delivery]:
        """See `Outbox.deliveries`."""
        wanted: list[ColumnElement[bool]] = []
        if alert_id is not None:
            wanted.append(deliveries.c.alert_id == alert_id)
        if state is not None:
            wanted.append(deliveries.c.state == state)
        with self._database.read() as connection:
            if alert_id is not None and not connection.scalar(select(alerts.c.id).where(alerts.c.id == alert_id)):
                raise NotFound(f"no alert has the id {alert_id}")
            rows = connection.execute(select(deliveries).where(*wanted).order_by(deliveries.c.id.desc()).limit(limit))
            return [_as_delivery(row) for row in rows]

    def resend(self, *, now: datetime, alert_id: int | None = None) -> int:
        """See `Outbox.resend`."""
        with self._database.write() as connection:
            if alert_id is not None and not connection.scalar(select(alerts.c.id).where(alerts.c.id == alert_id)):
                raise NotFound(f"no alert has the id {alert_id}")
            wanted = select(deliveries).where(deliveries.c.state.in_(_UNDELIVERED)).with_for_update()
            if alert_id is not None:
                wanted = wanted.where(deliveries.c.alert_id == alert_id)
            rows = connection.execute(wanted).all()
            if alert_id is not None:
                for row in rows:
                    _take_out(connection, row)
            for row in rows:
                took = [[who, why] for who, why in row.settled if not why]
                again = update(deliveries).where(deliveries.c.id == row.id)
                connection.execute(again.values(state=DeliveryState.DUE, due=now, attempts=0, settled=took))
            return len(rows)

    def waiting_elsewhere(self, channels: Collection[str]) -> dict[str, int]:
        """See `Outbox.waiting_elsewhere`."""
        waiting = (
            select(deliveries.c.channel, func.count().label("waiting"))
            .where(
                deliveries.c.state.in_((DeliveryState.DUE, DeliveryState.FAILED)), deliveries.c.channel.not_in(channels)
            )
            .group_by(deliveries.c.channel)
            .order_by(deliveries.c.channel)
        )
        with self._database.read() as connection:
            return {row.channel: row.waiting for row in connection.execute(waiting)}

    def sent_since(self, channel: str, since: datetime) -> int:
        """See `Outbox.sent_since`."""
        message = case(
            (deliveries.c.batch == "", cast(deliveries.c.id, String)),
            else_=deliveries.c.batch,
        )
        with self._database.read() as connection:
            return (
                connection.scalar(
                    select(func.count(distinct(message))).where(
                        deliveries.c.channel == channel,
                        deliveries.c.state == DeliveryState.SENT,
                        deliveries.c.sent > since,
                    )
                )
                or 0
            )

    def _finish(
        self,
        delivery_ids: Sequence[int],
        *,
        owner: str,
        told: tuple[AlertDraft | None, datetime | None, datetime] | None = None,
        **values: Any,
    ) -> None:
        """End leases, as far as `owner` still has them."""
        with self._database.write() as connection:
            finished = connection.scalars(
                update(deliveries)
                .where(
                    deliveries.c.id.in_(delivery_ids),
                    deliveries.c.state == DeliveryState.SENDING,
                    deliveries.c.lease_owner == owner,
                )
                .values(lease_owner=None, lease_until=None, **values)
                .returning(deliveries.c.alert_id)
            ).all()
            if finished and told is not None:
                self._tell(connection, finished[0], *told)
            known = select(deliveries.c.id).where(deliveries.c.id.in_(delivery_ids))
            if not finished and (unknown := set(delivery_ids) - set(connection.scalars(known))):
                raise NotFound(f"no delivery has the id {min(unknown)}")

    @staticmethod
    def _tell(
        connection: Connection, alert_id: int, draft: AlertDraft | None, since: datetime | None, now: datetime
    ) -> None:
        """Raise an alert about a delivery, unless one of that rule was raised lately."""
        if draft is None:
            return
        told = select(alerts.c.id).where(alerts.c.kind == draft.kind, alerts.c.rule == draft.rule)
        if since is not None and connection.scalar(told.where(alerts.c.created > since).limit(1)) is not None:
            return
        policy_id = connection.scalars(select(alerts.c.policy_id).where(alerts.c.id == alert_id)).one()
        insert_alert(connection, policy_id, draft, change_id=None, version_id=None, now=now)


def _take_out(connection: Connection, row: Row[Any]) -> None:
    """Make what is sent of a digest again by itself a digest of its own.

    Under the key of the whole, receivers would take the rest for what they have had with this one. The rest keeps that
    key: whoever has had the whole after all, with a receipt that was lost, is not shown the rest again.
    """
    if not row.batch:
        return
    fellows = and_(deliveries.c.channel == row.channel, deliveries.c.batch == row.batch, deliveries.c.id != row.id)
    if connection.scalar(select(deliveries.c.id).where(fellows).limit(1)) is not None:
        connection.execute(update(deliveries).where(deliveries.c.id == row.id).values(batch=uuid.uuid4().hex))


def _due(now: datetime, fresh_by: datetime) -> ColumnElement[bool]:
    return or_(
        and_(deliveries.c.state == DeliveryState.DUE, deliveries.c.due <= fresh_by),
        and_(deliveries.c.state == DeliveryState.FAILED, deliveries.c.due <= now),
        and_(deliveries.c.state == DeliveryState.SENDING, deliveries.c.lease_until <= now),
    )


def _leasing(ids: Sequence[int], owner: str, until: datetime) -> Update:
    return (
        update(deliveries)
        .where(deliveries.c.id.in_(ids))
        .values(state=DeliveryState.SENDING, attempts=deliveries.c.attempts + 1, lease_owner=owner, lease_until=until)
    )


def _as_delivery(row: Row[Any]) -> Delivery:
    return Delivery(
        id=row.id,
        alert_id=row.alert_id,
        channel=row.channel,
        state=row.state,
        attempts=row.attempts,
        due=row.due,
        sent=row.sent,
        error=row.error,
        batch=row.batch,
        settled=tuple((who, why) for who, why in row.settled),
    )
