"""Implements `Outbox`: alerts, and the delivery of each to each channel."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, insert, or_, select, update

from monitor.errors import NotFound
from monitor.model import Alert, AlertDraft, AlertKind, Change, Delivery, DeliveryState, Notice
from storage import versions
from storage.changes import as_change
from storage.copies import load_saved
from storage.engine import Database
from storage.looks import load_captures
from storage.policies import as_policy, policy_row
from storage.tables import alerts, changes, deliveries, policy_states


class SqlOutbox:
    """The alerts of a database."""

    _database: Database

    def raise_alert(self, policy_id: int, draft: AlertDraft, *, now: datetime) -> Alert:
        """See `Outbox.raise_alert`."""
        with self._database.write() as connection:
            policy_row(connection, policy_id)
            return insert_alert(connection, policy_id, draft, change_id=None, version_id=None, now=now)

    def lease_deliveries(
        self, *, owner: str, now: datetime, lease: timedelta, limit: int, channels: Sequence[str] | None = None
    ) -> list[Delivery]:
        """See `Outbox.lease_deliveries`. Leasing counts as an attempt: a send that kills the process counts too."""
        wanted = (
            select(deliveries.c.id)
            .where(
                or_(
                    and_(deliveries.c.state == DeliveryState.DUE, deliveries.c.due <= now),
                    and_(deliveries.c.state == DeliveryState.SENDING, deliveries.c.lease_until <= now),
                )
            )
            .order_by(deliveries.c.due, deliveries.c.id)
            .limit(limit)
            .with_for_update(skip_locked=True)  # on SQLite nobody else writes now
        )
        if channels is not None:
            wanted = wanted.where(deliveries.c.channel.in_(channels))
        with self._database.write() as connection:
            rows = connection.execute(
                update(deliveries)
                .where(deliveries.c.id.in_(connection.scalars(wanted).all()))
                .values(
                    state=DeliveryState.SENDING,
                    attempts=deliveries.c.attempts + 1,
                    lease_owner=owner,
                    lease_until=now + lease,
                )
                .returning(deliveries)
            )
            return sorted(map(_as_delivery, rows), key=lambda delivery: (delivery.due, delivery.id))

    def delivery_sent(self, delivery_id: int, *, owner: str, now: datetime) -> None:
        """See `Outbox.delivery_sent`."""
        self._finish(delivery_id, owner=owner, state=DeliveryState.SENT, sent=now, error="")

    def delivery_failed(
        self, delivery_id: int, *, owner: str, now: datetime, error: str, retry_at: datetime | None
    ) -> None:
        """See `Outbox.delivery_failed`."""
        del now
        if retry_at is None:
            self._finish(delivery_id, owner=owner, state=DeliveryState.DEAD, error=error)
        else:
            self._finish(delivery_id, owner=owner, state=DeliveryState.DUE, due=retry_at, error=error)

    def notice(self, alert_id: int) -> Notice:
        """See `Outbox.notice`. With a SEEN alert, `old` is the version that is current now."""
        with self._database.read() as connection:
            row = connection.execute(select(alerts).where(alerts.c.id == alert_id)).one_or_none()
            if row is None:
                raise NotFound(f"no alert has the id {alert_id}")
            alert = _as_alert(row)
            change = _change(connection, alert.change_id)
            old_id, new_id = None, alert.version_id
            if change is not None:
                old_id, new_id = change.old_version_id, change.new_version_id
            elif alert.kind is AlertKind.SEEN:
                old_id = connection.scalar(
                    select(policy_states.c.current_id).where(policy_states.c.policy_id == alert.policy_id)
                )
            texts = versions.load(connection, [number for number in (old_id, new_id) if number is not None])
            old = texts[old_id] if old_id is not None else None
            new = texts[new_id] if new_id is not None else None
            return Notice(
                alert=alert,
                policy=as_policy(policy_row(connection, alert.policy_id)),
                change=change,
                old=old,
                new=new,
                copies=load_saved(connection, alert.change_id),
                captures=load_captures(connection, new.capture_ids if new is not None else ()),
            )

    def alerts(self, *, limit: int | None = None) -> list[Alert]:
        """See `Outbox.alerts`."""
        with self._database.read() as connection:
            rows = connection.execute(select(alerts).order_by(alerts.c.id.desc()).limit(limit))
            return [_as_alert(row) for row in rows]

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

    def _finish(self, delivery_id: int, *, owner: str, **values: Any) -> None:
        """End a lease, if `owner` still has it."""
        with self._database.write() as connection:
            finished = connection.execute(
                update(deliveries)
                .where(
                    deliveries.c.id == delivery_id,
                    deliveries.c.state == DeliveryState.SENDING,
                    deliveries.c.lease_owner == owner,
                )
                .values(lease_owner=None, lease_until=None, **values)
            )
            if finished.rowcount == 0 and not connection.scalar(
                select(deliveries.c.id).where(deliveries.c.id == delivery_id)
            ):
                raise NotFound(f"no delivery has the id {delivery_id}")


def insert_alert(
    connection: Connection,
    policy_id: int,
    draft: AlertDraft,
    *,
    change_id: int | None,
    version_id: int | None,
    now: datetime,
    due: datetime | None = None,
) -> Alert:
    """Write an alert and its deliveries, due at once unless `due` says when."""
    row = connection.execute(
        insert(alerts)
        .values(
            key=uuid.uuid4().hex,
            kind=draft.kind,
            rule=draft.rule,
            policy_id=policy_id,
            change_id=change_id,
            version_id=version_id,
            created=now,
            reason=draft.reason,
        )
        .returning(alerts)
    ).one()
    for channel in dict.fromkeys(draft.channels):
        connection.execute(
            insert(deliveries).values(
                alert_id=row.id, channel=channel, state=DeliveryState.DUE, attempts=0, due=due or now, error=""
            )
        )
    return _as_alert(row)


def _change(connection: Connection, change_id: int | None) -> Change | None:
    if change_id is None:
        return None
    return as_change(connection.execute(select(changes).where(changes.c.id == change_id)).one())


def _as_alert(row: Row[Any]) -> Alert:
    return Alert(
        id=row.id,
        key=row.key,
        kind=row.kind,
        rule=row.rule,
        policy_id=row.policy_id,
        change_id=row.change_id,
        version_id=row.version_id,
        created=row.created,
        reason=row.reason,
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
    )
