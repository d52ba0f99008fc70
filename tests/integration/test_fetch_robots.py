"""robots.txt, respected: against a real site."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from monitor.errors import HttpStatus, RobotsDisallowed
from monitor.fetch import FetchOptions, HttpFetcher
from monitor.model import FetchRequest
from tests.fakes import FakeClock
from tests.site import WebSite

RULES = b"User-agent: *\nDisallow: /\n\nUser-agent: clausewatch\nDisallow: /private\nAllow: /private/policy\n"


@pytest.fixture
def site() -> Iterator[WebSite]:
    with WebSite().served() as served:
        yield served


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


Get = Callable[[str], int]


@pytest.fixture
def slept() -> list[float]:
    return []


@pytest.fixture
def get(clock: FakeClock, slept: list[float]) -> Get:
    options = FetchOptions(respect_robots=True, allow_private=("127.0.0.1",), pace=0, retries=0)
    fetcher = HttpFetcher(options, clock=clock, sleep=slept.append, monotonic=lambda: 0.0)
    return lambda url: fetcher.fetch(FetchRequest(url=url)).status


def test_the_rules_for_us_are_kept(site: WebSite, get: Get) -> None:
    site.put("/robots.txt", RULES, Content_Type="text/plain")
    for path in ("/policy", "/private/policy"):
        assert get(site.put(path)) == 200
    with pytest.raises(RobotsDisallowed, match="keeps this page from Clausewatch") as caught:
        get(site.put("/private/terms"))
    assert not caught.value.retryable
    assert site.visits["/private/terms"] == 0
    assert site.visits["/robots.txt"] == 1


def test_the_rules_are_asked_for_once_a_day(site: WebSite, get: Get, clock: FakeClock) -> None:
    site.put("/robots.txt", RULES, Content_Type="text/plain")
    url = site.put("/policy")
    get(url)
    clock.time += timedelta(hours=23)
    get(url)
    assert site.visits["/robots.txt"] == 1
    site.put("/robots.txt", RULES + b"Disallow: /policy\n", Content_Type="text/plain")
    clock.time += timedelta(hours=2)
    with pytest.raises(RobotsDisallowed):
        get(url)
    assert site.visits["/robots.txt"] == 2


@pytest.mark.parametrize("status", [401, 403, 404, 410, 429])
def test_without_rules_everything_may_be_asked(site: WebSite, get: Get, status: int) -> None:
    site.put("/robots.txt", b"no", status=status)
    assert get(site.put("/policy")) == 200


@pytest.mark.parametrize("status", [500, 503])
def test_while_the_server_fails_nothing_may_be_asked(site: WebSite, get: Get, clock: FakeClock, status: int) -> None:
    site.put("/robots.txt", b"no", status=status)
    url = site.put("/policy")
    with pytest.raises(RobotsDisallowed, match=f"status {status}") as caught:
        get(url)
    assert caught.value.retryable
    assert site.visits["/policy"] == 0
    site.put("/robots.txt", b"", status=404)
    with pytest.raises(RobotsDisallowed):
        get(url)
    clock.time += timedelta(hours=2)
    assert get(url) == 200


def test_rules_that_cannot_be_renewed_go_on(site: WebSite, get: Get, clock: FakeClock) -> None:
    site.put("/robots.txt", RULES, Content_Type="text/plain")
    allowed, kept = site.put("/policy"), site.put("/private/x")
    get(allowed)
    site.put("/robots.txt", b"no", status=500)
    clock.time += timedelta(hours=25)
    assert get(allowed) == 200
    with pytest.raises(RobotsDisallowed, match="keeps this page"):
        get(kept)


def test_a_redirect_is_asked_about_too(site: WebSite, get: Get) -> None:
    site.put("/robots.txt", RULES, Content_Type="text/plain")
    site.put("/private/terms")
    url = site.put("/terms", b"", status=302, Location="/private/terms")
    with pytest.raises(RobotsDisallowed, match="/private/terms"):
        get(url)
    assert site.visits["/private/terms"] == 0


def test_rules_may_stand_behind_a_redirect(site: WebSite, get: Get) -> None:
    site.put("/robots.txt", b"", status=301, Location="/rules")
    site.put("/rules", RULES, Content_Type="text/plain")
    with pytest.raises(RobotsDisallowed):
        get(site.put("/private/x"))


def test_only_the_first_half_megabyte_counts(site: WebSite, get: Get) -> None:
    padding = b"# nothing to see here\n" * 30_000
    site.put("/robots.txt", RULES + padding + b"Disallow: /policy\n", Content_Type="text/plain")
    assert get(site.put("/policy")) == 200
    with pytest.raises(RobotsDisallowed):
        get(site.put("/private/x"))


def test_what_is_no_robots_txt_holds_no_rules(site: WebSite, get: Get) -> None:
    site.put("/robots.txt", b"\x89PNG\r\n", Content_Type="image/png")
    assert get(site.put("/policy")) == 200
    with pytest.raises(HttpStatus):
        get(site.url + "/gone")


def test_a_crawl_delay_sets_the_pace(site: WebSite, get: Get, slept: list[float]) -> None:
    site.put("/robots.txt", b"User-agent: *\nCrawl-delay: 7\n", Content_Type="text/plain")
    url = site.put("/policy")
    get(url)
    get(url)
    assert slept == [7.0]
