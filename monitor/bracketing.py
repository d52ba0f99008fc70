"""Between which looks a change happened."""

from __future__ import annotations

from datetime import datetime

from monitor.model import History


def last_seen_before(history: History, moment: datetime) -> datetime | None:
    """When the policy last showed a confirmed text before that moment."""
    earlier = [
        seen
        for version in history.variants
        for seen in (version.last_seen, version.absent_since)
        if seen and seen < moment
    ]
    return max(earlier, default=None)
