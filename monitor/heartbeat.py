"""Keeps the claims of a living process, so that those of a dead one may be short.

A lease has to outlast the longest check or sending, or another process would do it a second time. Renewed while the
work goes on, it need only outlast a few missed beats: what a crash leaves behind is taken up by others soon. Of work
that has ended, nothing is renewed: what a database that failed could not be told runs out as well.
"""

from __future__ import annotations

import threading
from datetime import timedelta
from types import TracebackType
from typing import Self

import structlog

from monitor.errors import StoreError
from monitor.in_hand import InHand
from monitor.ports import Clock, Store

# Beats within one lease: two may be missed in a row, in a database that is busy, before anything is lost.
BEATS = 4

log = structlog.get_logger(__name__)


class Heartbeat:
    """Renews the leases of the looks and sendings that `owner` has in hand while the `with` block lasts."""

    def __init__(
        self, store: Store, clock: Clock, *, owner: str, lease: timedelta, looks: InHand, sendings: InHand
    ) -> None:
        self._store = store
        self._clock = clock
        self._owner = owner
        self._lease = lease
        self._looks = looks
        self._sendings = sendings
        self._ended = False
        self._woken = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _value: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        self._ended = True
        self._woken.set()
        self._thread.join()

    @property
    def beats(self) -> bool:
        """Tell whether leases are still renewed."""
        return self._thread.is_alive()

    def keep(self, lease: timedelta) -> None:
        """Renew for so long from now on."""
        self._lease = lease
        self._woken.set()

    def _beat(self) -> None:
        while True:
            if self._woken.wait(self._lease.total_seconds() / BEATS):
                self._woken.clear()  # and beat: who reads the configuration anew all the time must not keep it waiting
            if self._ended:
                return
            try:
                self._store.renew_leases(
                    owner=self._owner,
                    now=self._clock.now(),
                    lease=self._lease,
                    policies=self._looks.all(),
                    deliveries=self._sendings.all(),
                )
            except StoreError as error:
                log.warning("cannot renew leases", error=str(error))
