"""What clients of all archives share: a name, one door with one pace for the index and one for captures."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TypedDict, Unpack

from monitor.archive.pace import CDX_PACE, PLAYBACK_PACE, Pace, Timer
from monitor.archive.playback import WINDOW, Playback
from monitor.archive.transport import PATIENCE, READ_SECONDS, USER_AGENT, Transport
from monitor.model import ArchiveRow, Fetched


class Manners(TypedDict, total=False):
    """How an archive is asked. All may be left out."""

    timer: Timer
    cdx_pace: float  # requests per minute to the index
    playback_pace: float  # ... and for captures
    window: timedelta  # a capture further off than this from the time asked for is another one
    patience: float  # seconds: the longest silence that a call waits for
    user_agent: str
    read_timeout: float  # seconds between two pieces of an answer


class ArchiveClient:
    """Plays captures back. Its paces are kept per object: share it. Subclasses list captures."""

    def __init__(self, *, name: str, playback: str, prefixed: bool, **manners: Unpack[Manners]) -> None:
        """`playback` is what addresses of captures begin with; `prefixed` as in `Playback`."""
        timer = manners.get("timer", time)
        self._name = name
        self._transport = Transport(
            timer=timer,
            patience=manners.get("patience", PATIENCE),
            user_agent=manners.get("user_agent", USER_AGENT),
            read_timeout=manners.get("read_timeout", READ_SECONDS),
        )
        self._index_pace = Pace(manners.get("cdx_pace", CDX_PACE), timer)
        self._playback = Playback(
            transport=self._transport,
            pace=Pace(manners.get("playback_pace", PLAYBACK_PACE), timer),
            base=playback.rstrip("/") + "/",
            window=manners.get("window", WINDOW),
            prefixed=prefixed,
        )

    @property
    def name(self) -> str:
        """As configured."""
        return self._name

    def close(self) -> None:
        """Give up connections."""
        self._transport.close()

    def fetch(self, row: ArchiveRow) -> Fetched:
        """See `Archive`."""
        return self._playback.fetch(row)
