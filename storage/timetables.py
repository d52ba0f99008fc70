"""Timetables as compact JSON: what differs from looks at any time."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Any

from monitor.model import Timetable


def dump_timetable(timetable: Timetable) -> dict[str, Any] | None:
    """As it is kept; None for the usual one."""
    if timetable == Timetable():
        return None
    return {
        "cron": timetable.cron,
        "zone": timetable.zone,
        "opens": timetable.opens and timetable.opens.isoformat(),
        "closes": timetable.closes and timetable.closes.isoformat(),
        "days": timetable.days,
        "jitter": timetable.jitter // timedelta(microseconds=1),
    }


def load_timetable(stored: dict[str, Any] | None) -> Timetable:
    """And back."""
    if stored is None:
        return Timetable()
    return Timetable(
        cron=stored["cron"],
        zone=stored["zone"],
        opens=time.fromisoformat(stored["opens"]) if stored["opens"] else None,
        closes=time.fromisoformat(stored["closes"]) if stored["closes"] else None,
        days=tuple(stored["days"]),
        jitter=timedelta(microseconds=stored["jitter"]),
    )
