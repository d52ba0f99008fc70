"""The page for Prometheus, whatever becomes of the database."""

from __future__ import annotations

import threading
import time

import pytest

from monitor.errors import StoreUnavailable
from monitor.meters import Meters
from monitor.model import DeliveryState, Tally

TALLY = Tally(watched=3, paused=0, due=1, claimed=0, waiting=0, overdue=5.0, deliveries={DeliveryState.DUE: 2})


def is_up(meters: Meters) -> bool:
    lines = meters.page().decode().splitlines()
    (value,) = [line.split()[1] for line in lines if line.startswith("clausewatch_database_up ")]
    assert ('clausewatch_policies{state="watched"} 3.0' in lines) == (value == "1.0")
    return value == "1.0"


def test_a_database_that_does_not_answer_keeps_nobody_waiting() -> None:
    """As when its machine is frozen. It is asked once, however often somebody comes by."""
    answers, asked = threading.Event(), []

    def tally() -> Tally:
        asked.append(threading.current_thread())
        assert answers.wait(30)
        return TALLY

    meters = Meters(tally, patience=0.1)
    assert not is_up(meters)
    assert not is_up(meters)
    assert len(asked) == 1
    assert asked[0].daemon  # the end of the process does not wait for it
    answers.set()
    asked[0].join(30)
    assert is_up(meters)
    assert len(asked) == 2


def test_those_who_come_while_it_is_asked_share_the_answer() -> None:
    asked = []

    def tally() -> Tally:
        asked.append(1)
        time.sleep(0.3)
        return TALLY

    meters, found = Meters(tally), []
    threads = [threading.Thread(target=lambda: found.append(is_up(meters))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (found, len(asked)) == ([True] * 3, 1)


def test_a_database_that_fails_is_down() -> None:
    def tally() -> Tally:
        raise StoreUnavailable("no space left")

    assert not is_up(Meters(tally))


def test_a_fault_of_ours_is_no_state_of_the_database() -> None:
    def tally() -> Tally:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        Meters(tally).page()
