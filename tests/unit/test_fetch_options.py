from __future__ import annotations

import threading

import pytest

from monitor.fetch.deadline import Deadline
from monitor.fetch.exchange import accept_language
from monitor.fetch.options import FetchOptions
from monitor.fetch.pace import HostPace


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"deadline": 0}, "deadline must be more than 0"),
        ({"max_bytes": -1}, "max_bytes"),
        ({"retries": -1}, "retries must not be negative"),
        ({"pace": -0.1}, "pace"),
        ({"contact": "a@b.example\r\nX: y"}, "contact"),
        ({"user_agent": "Wächter"}, "user_agent"),
        ({"languages": ("en", "?")}, "languages"),
        ({"allow_private": ("10.0.0.0/99",)}, "allow_private"),
        ({"proxies": {"ftp": "http://p.example"}}, "proxies: 'ftp'"),
        ({"proxies": {"http": "socks5://p.example"}}, "proxies: the one for http"),
        ({"proxies": {"https": "http://[::1"}}, "proxies: the one for https"),
    ],
)
def test_options_that_make_no_sense_are_told(options: dict[str, object], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        FetchOptions(**options)  # type: ignore[arg-type]


def test_a_proxy_is_not_told_with_its_password() -> None:
    with pytest.raises(ValueError, match="proxies") as caught:
        FetchOptions(proxies={"http": "socks5://user:secret@p.example"})
    assert "secret" not in str(caught.value)


def test_the_user_agent_names_product_and_contact() -> None:
    assert FetchOptions().user_agent_sent == "Clausewatch/0.1 (+https://pypi.org/project/clausewatch/)"
    assert FetchOptions(contact="a@b.example").user_agent_sent.endswith("; a@b.example)")
    assert FetchOptions(user_agent="X/1", contact="a@b.example").user_agent_sent == "X/1"


@pytest.mark.parametrize(
    ("wanted", "others", "header"),
    [
        ("ms", ("en",), "ms, en;q=0.9, *;q=0.1"),
        (None, ("en",), "en, *;q=0.1"),
        ("en", ("en", "de"), "en, de;q=0.9, *;q=0.1"),
        ("pt-BR", (), "pt-BR, *;q=0.1"),
        ("e\r\nX: y", ("en",), "en, *;q=0.1"),
        (None, (), "*;q=0.1"),
    ],
)
def test_accept_language(wanted: str | None, others: tuple[str, ...], header: str) -> None:
    assert accept_language(wanted, others) == header


class Time:
    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def test_turns_of_a_host_are_apart_and_hosts_do_not_wait_for_each_other() -> None:
    time = Time()
    pace = HostPace(2, monotonic=time.monotonic, sleep=time.sleep)
    for host in ("a", "b", "a", "b", "a"):
        pace.wait(host)
    assert time.slept == [2, 2]
    time.now += 10
    pace.wait("a")
    assert time.slept == [2, 2]


def test_a_held_host_waits_and_a_shorter_hold_does_not_shorten() -> None:
    time = Time()
    pace = HostPace(1, monotonic=time.monotonic, sleep=time.sleep)
    pace.hold("a", 30)
    pace.hold("a", 5)
    pace.wait("b")
    pace.wait("a")
    assert time.slept == [30]


def test_threads_get_turns_one_after_the_other() -> None:
    waits: list[float] = []
    pace = HostPace(1, monotonic=lambda: 0.0, sleep=waits.append)
    threads = [threading.Thread(target=pace.wait, args=("a",)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(waits) == [1, 2, 3, 4, 5, 6, 7]


def test_hosts_of_long_ago_are_forgotten() -> None:
    time = Time()
    pace = HostPace(1, monotonic=time.monotonic, sleep=time.sleep)
    for number in range(5000):
        pace.wait(f"host-{number}")
        time.now += 0.01
    assert len(pace._next_turn) < 4200
    pace.wait("host-4999")
    assert time.slept == [pytest.approx(0.99)]


def test_a_deadline_that_has_passed_shuts_what_comes_after() -> None:
    import socket  # noqa: PLC0415 - only here

    ours, theirs = socket.socketpair()
    with ours, theirs, Deadline(0.01) as deadline:
        while not deadline.expired:
            pass
        deadline.watch(ours)
        assert theirs.recv(1) == b""
