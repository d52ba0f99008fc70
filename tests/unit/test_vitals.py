"""What a daemon says of itself."""

from __future__ import annotations

from datetime import timedelta

from monitor.vitals import Vitals


def test_silence_is_trouble() -> None:
    now = [0.0]
    vitals = Vitals(allowed=timedelta(seconds=10), monotonic=lambda: now[0])
    assert (vitals.beats, vitals.trouble) == (True, None)
    now[0] = 11
    assert not vitals.beats
    assert vitals.trouble == "nothing was looked for in 11 seconds"
    vitals.beat()
    assert vitals.beats
    assert vitals.trouble is not None
    vitals.well()
    assert vitals.trouble is None
    vitals.ill("the disk is full")
    assert vitals.trouble == "the disk is full"
    assert vitals.beats
