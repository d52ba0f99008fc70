"""Captures of the past: the Wayback Machine, pywb collections and any archive that speaks Memento (RFC 7089)."""

from monitor.archive.memento import PywbArchive, TimeMapArchive
from monitor.archive.pace import CDX_PACE, PLAYBACK_PACE, Pace, Timer
from monitor.archive.save_page_now import Saved, SavePageNow
from monitor.archive.wayback import WaybackArchive

__all__ = [
    "CDX_PACE",
    "PLAYBACK_PACE",
    "Pace",
    "PywbArchive",
    "SavePageNow",
    "Saved",
    "TimeMapArchive",
    "Timer",
    "WaybackArchive",
]
