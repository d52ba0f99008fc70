"""The operator is told of what the outbox cannot carry, once in a while."""

from __future__ import annotations

from datetime import timedelta

from monitor.model import AlertKind, Notice
from monitor.trouble import AGAIN, SOON, TroubleDesk
from tests.fakes import FakeClock
from tests.fakes_channel import FakeChannel


class Broken(FakeChannel):
    """A channel with a fault."""

    def send(self, _notice: Notice) -> None:
        raise ZeroDivisionError


def report(desk: TroubleDesk, what: str = "The database failed") -> bool:
    thread = desk.report(what, "disk full")
    if thread is not None:
        thread.join(10)
    return thread is not None


def test_each_trouble_is_told_once_an_hour_on_every_channel_that_works() -> None:
    clock = FakeClock()
    refusing, broken, well = FakeChannel("a").refusing(), Broken("b"), FakeChannel("c")
    desk = TroubleDesk({one.name: one for one in (refusing, broken, well)}, ("a", "b", "c"), clock)
    assert report(desk)
    assert not report(desk)
    assert report(desk, "Something else")
    clock.time += AGAIN
    assert report(desk)
    assert [notice.alert.kind for notice in well.sent] == [AlertKind.TROUBLE] * 3
    assert well.sent[0].alert.reason == "The database failed: disk full"
    assert len({notice.alert.key for notice in well.sent}) == 3
    assert len(refusing.sent) == 2


def test_a_database_that_failed_once_is_no_trouble_yet() -> None:
    """A machine that has slept finds its connections gone, once in each of its threads."""
    clock, well = FakeClock(), FakeChannel("a")
    desk = TroubleDesk({"a": well}, ("a",), clock)
    assert desk.database_failed("cannot send", "gone") is None
    assert desk.database_failed("cannot look", "gone") is None
    clock.time += SOON + timedelta(seconds=1)
    assert desk.database_failed("cannot send", "gone") is None
    clock.time += SOON
    thread = desk.database_failed("cannot send", "disk full")
    assert thread is not None
    thread.join(10)
    assert [notice.alert.reason for notice in well.sent] == ["The database failed: cannot send (disk full)"]


def test_without_an_operator_nobody_is_told() -> None:
    reader = FakeChannel("a")
    assert not report(TroubleDesk({"a": reader}, (), FakeClock()))
    assert reader.sent == []
