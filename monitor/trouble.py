"""Tells the operator past the outbox of what cannot go through it: a database that fails."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import structlog

from monitor.alert_ports import Channel
from monitor.errors import DeliveryError
from monitor.model import Alert, AlertKind, Notice, Origin, Policy, PolicySpec
from monitor.ports import Clock

AGAIN = timedelta(hours=1)
SOON = timedelta(minutes=10)

log = structlog.get_logger(__name__)


class TroubleDesk:
    """Sends on the operator's channels, each trouble once in a while, and never raises."""

    def __init__(self, channels: Mapping[str, Channel], operators: Sequence[str], clock: Clock) -> None:
        self._channels = channels
        self._operators = operators
        self._clock = clock
        self._told: dict[str, datetime] = {}
        self._failed: dict[str, datetime] = {}
        self._lock = threading.Lock()

    def report(self, what: str, detail: str) -> threading.Thread | None:
        """Tell it in a thread of its own, unless the same `what` was told lately or nobody is there to hear it."""
        now = self._clock.now()
        with self._lock:
            last = self._told.get(what)
            if not self._operators or (last is not None and now - last < AGAIN):
                return None
            self._told[what] = now
        notice = system_notice(AlertKind.TROUBLE, f"{what}: {detail}", rule="operator", now=now)
        thread = threading.Thread(target=self._send, args=(notice,), name="trouble", daemon=True)
        thread.start()
        return thread

    def database_failed(self, doing: str, error: str) -> threading.Thread | None:
        """Report it if that failed twice in ten minutes: a machine that has slept finds its connections gone once."""
        now = self._clock.now()
        with self._lock:
            last = self._failed.get(doing)
            self._failed[doing] = now
        if last is None or now - last > SOON:
            return None
        return self.report("The database failed", f"{doing} ({error})")

    def _send(self, notice: Notice) -> None:
        for name in self._operators:
            try:
                self._channels[name].send(notice)
            except DeliveryError as error:
                log.warning("the operator cannot be told", channel=name, error=str(error))
            except Exception as error:  # noqa: BLE001 - one channel's fault must not silence the others
                log.error("the operator cannot be told", channel=name, error=type(error).__name__)  # noqa: TRY400 - its words may hold secrets


def system_notice(kind: AlertKind, reason: str, *, rule: str, now: datetime) -> Notice:
    """A notice that no policy caused and no store keeps."""
    spec = PolicySpec(name="test", urls=("https://example.com/privacy",), service="Clausewatch test")
    if kind is AlertKind.TROUBLE:
        spec = PolicySpec(name="clausewatch", urls=(), service="Clausewatch")
    policy = Policy(id=0, spec=spec, origin=Origin.DATABASE, created=now)
    alert = Alert(
        id=0,
        key=uuid.uuid4().hex,
        kind=kind,
        rule=rule,
        policy_id=0,
        change_id=None,
        version_id=None,
        created=now,
        reason=reason,
    )
    return Notice(alert=alert, policy=policy)
