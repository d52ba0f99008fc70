"""Alerts: what was found worth telling, and all that a channel needs to tell it."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from monitor.errors import NotFound
from monitor.model import Alert, AlertDraft, AlertKind, Change, DeliveryState, Notice
from storage import versions
from storage.changes import as_change
from storage.copies import load_saved
from storage.engine import Database
from storage.looks import load_captures
from storage.policies import as_policy, policy_row
from storage.tables import alerts, changes, deliveries, policy_states


class SqlAlerts:
    """The alerts of a database."""

    _database: Database

    def raise_alert(self, policy_id: int, draft: AlertDraft, *, now: datetime) -> Alert:
        """See `Outbox.raise_alert`."""
        with self._database.write() as connection:
            policy_row(connection, policy_id)
            return insert_alert(connection, policy_id, draft, change_id=None, version_id=None, now=now)

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

    def alert(self, alert_id: int) -> Alert:
        """See `Outbox.alert`."""
        with self._database.read() as connection:
            row = connection.execute(select(alerts).where(alerts.c.id == alert_id)).one_or_none()
        if row is None:
            raise NotFound(f"no alert has the id {alert_id}")
        return _as_alert(row)

    def alerts(self, *, limit: int | None = None) -> list[Alert]:
        """See `Outbox.alerts`."""
        with self._database.read() as connection:
            rows = connection.execute(select(alerts).order_by(alerts.c.id.desc()).limit(limit))
            return [_as_alert(row) for row in rows]


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
                alert_id=row.id,
                channel=channel,
                state=DeliveryState.DUE,
                attempts=0,
                due=due or now,
                error="",
                batch="",
                settled=[],
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
