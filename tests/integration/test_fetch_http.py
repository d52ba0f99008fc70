"""HttpFetcher against real servers: headers, conditional requests, redirects, retries, proxies, media types."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from monitor.errors import (
    AddressRefused,
    ConnectionFailed,
    HttpStatus,
    InvalidUrl,
    TooManyRedirects,
    UnsupportedContent,
)
from monitor.fetch import FetchOptions, HttpFetcher
from monitor.model import Fetched, FetchRequest, Validators
from tests.fakes import FakeClock
from tests.servers import Sent, http_answer, raw_server

PAGE = "<h1>Privacy</h1><p>We keep logs for 30 days.</p>"


class Waits:
    """Time that passes by sleeping only."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    def monotonic(self) -> float:
        return sum(self.slept)


@pytest.fixture
def waits() -> Waits:
    return Waits()


@pytest.fixture
def fetcher(waits: Waits) -> Callable[..., HttpFetcher]:
    def make(**options: object) -> HttpFetcher:
        defaults: dict[str, object] = {"allow_private": ("127.0.0.0/8", "localhost"), "pace": 0}
        settings = FetchOptions(**(defaults | options))  # type: ignore[arg-type]
        clock = FakeClock(datetime(2026, 5, 6, 7, 8, 9, tzinfo=UTC))
        return HttpFetcher(settings, clock=clock, sleep=waits.sleep, monotonic=waits.monotonic)

    return make


Make = Callable[..., HttpFetcher]


def get(fetcher: HttpFetcher, url: str, **request: object) -> Fetched:
    return fetcher.fetch(FetchRequest(url=url, **request))  # type: ignore[arg-type]


# --- what is sent


def test_the_request_says_who_asks_and_in_which_language(fetcher: Make) -> None:
    with raw_server(http_answer()) as server:
        get(fetcher(contact="privacy@watch.example", languages=("en", "de")), server.url("/p?q=1#part"), language="ms")
    lines = server.requests[0].decode().split("\r\n")
    assert lines[0] == "GET /p?q=1 HTTP/1.1"
    assert f"Host: 127.0.0.1:{server.port}" in lines
    assert "User-Agent: Clausewatch/0.1 (+https://pypi.org/project/clausewatch/; privacy@watch.example)" in lines
    assert "Accept-Language: ms, en;q=0.9, de;q=0.8, *;q=0.1" in lines
    assert any(line.startswith("Accept: text/html") for line in lines)
    assert not [line for line in lines if line.startswith(("If-", "Cookie", "Authorization", "Referer"))]


def test_a_whole_user_agent_can_be_given(fetcher: Make) -> None:
    with raw_server(http_answer()) as server:
        get(fetcher(user_agent="Watcher/7"), server.url())
    assert b"User-Agent: Watcher/7\r\n" in server.requests[0]


def test_validators_go_out_as_they_came(fetcher: Make) -> None:
    validators = Validators(etag='W/"é-1"', last_modified="Tue, 05 May 2026 00:00:00 GMT")
    with raw_server(http_answer(status="304 Not Modified", etag='"next"')) as server:
        fetched = get(fetcher(), server.url(), validators=validators)
    assert 'If-None-Match: W/"é-1"\r\n'.encode("latin-1") in server.requests[0]
    assert b"If-Modified-Since: Tue, 05 May 2026 00:00:00 GMT\r\n" in server.requests[0]
    assert fetched.not_modified
    assert ("etag", '"next"') in fetched.headers


@pytest.mark.parametrize("etag", ["", '"a"\r\nX-Evil: 1', '"😀"', " padded "])
def test_validators_that_no_header_can_carry_are_left_out(fetcher: Make, etag: str) -> None:
    with raw_server(http_answer(PAGE.encode())) as server:
        assert get(fetcher(), server.url(), validators=Validators(etag=etag)).status == 200
    assert b"If-None-Match" not in server.requests[0]
    assert b"Evil" not in server.requests[0]


def test_validators_are_not_sent_to_where_a_redirect_leads_now(fetcher: Make) -> None:
    """A page elsewhere may well be "not modified since", and yet never have been seen."""
    with raw_server(http_answer(status="302 Found", location="/new"), http_answer(PAGE.encode())) as server:
        old = Validators(last_modified="Tue, 05 May 2026 00:00:00 GMT", url=server.url("/old"))
        assert get(fetcher(), server.url("/p"), validators=old).body == PAGE.encode()
    assert not any(b"If-Modified-Since" in request for request in server.requests)


def test_validators_are_sent_to_the_end_of_the_redirects_that_offered_them(fetcher: Make) -> None:
    with raw_server(http_answer(status="302 Found", location="/new"), http_answer(status="304 Same")) as server:
        fetched = get(fetcher(), server.url("/p"), validators=Validators(etag='"1"', url=server.url("/new")))
    assert (fetched.status, fetched.final_url) == (304, server.url("/new"))
    assert [b"If-None-Match" in request for request in server.requests] == [False, True]


# --- what is kept


def test_headers_are_kept_as_sent_in_order_with_duplicates(fetcher: Make) -> None:
    answer = (
        b"HTTP/1.1 200 OK\r\nVary: Accept\r\nSet-Cookie: a=1; path=/\r\nCONTENT-type: Text/HTML; Charset=UTF-8\r\n"
        b"Set-Cookie: b=2\r\nvary: Cookie\r\nX-Name: caf\xe9\r\nX-Folded: one\r\n two\r\nContent-Length: 2\r\n\r\nhi"
    )
    with raw_server([answer]) as server:
        fetched = get(fetcher(), server.url())
    assert fetched.headers == (
        ("Vary", "Accept"),
        ("Set-Cookie", "a=1; path=/"),
        ("CONTENT-type", "Text/HTML; Charset=UTF-8"),
        ("Set-Cookie", "b=2"),
        ("vary", "Cookie"),
        ("X-Name", "café"),
        ("X-Folded", "one two"),
        ("Content-Length", "2"),
    )
    assert fetched.taken == datetime(2026, 5, 6, 7, 8, 9, tzinfo=UTC)
    assert (fetched.media_type, fetched.charset) == ("text/html", "utf-8")


def test_an_empty_page_is_an_answer(fetcher: Make) -> None:
    with raw_server(http_answer(b"")) as server:
        fetched = get(fetcher(), server.url())
    assert (fetched.status, fetched.body, fetched.digest) == (200, b"", hashlib.sha256(b"").hexdigest())


def test_invalid_utf_8_is_kept_byte_by_byte(fetcher: Make) -> None:
    body = b"<p>We keep \xff\xfe\x80 logs</p>"
    with raw_server(http_answer(body)) as server:
        fetched = get(fetcher(), server.url())
    assert (fetched.body, fetched.charset) == (body, "utf-8")


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("image/png", b"\x89PNG"),
        ("application/json", b"{}"),
        ("application/zip", b"PK\3\4"),
        ("video/mp4", b"\0\0\0\x18ftyp"),
        ("application/octet-stream", b"PK\3\4\0\0\0"),
        ("text/html", b"\x89PNG\r\n\x1a\n\0\0"),
        ("application/xml", b"<?xml version='1.0'?><rss></rss>"),
    ],
)
def test_what_holds_no_policy_is_unsupported(fetcher: Make, content_type: str, body: bytes) -> None:
    with raw_server(http_answer(body, content_type=content_type)) as server, pytest.raises(UnsupportedContent):
        get(fetcher(), server.url())


def test_an_unsupported_body_is_not_even_read(fetcher: Make) -> None:
    stalled = [*http_answer(b"", content_type="video/mp4", content_length="999"), 5.0]
    with raw_server(stalled) as server, pytest.raises(UnsupportedContent, match="video/mp4"):
        get(fetcher(read_timeout=1), server.url())


# --- redirects


@pytest.mark.parametrize(
    ("statuses", "permanent"),
    [
        (["301 Moved"], True),
        (["308 Moved", "301 Moved"], True),
        (["301 Moved", "302 Found"], False),
        (["307 Elsewhere"], False),
        (["303 See"], False),
    ],
)
def test_redirects_are_followed_and_permanent_ones_told(fetcher: Make, statuses: list[str], *, permanent: bool) -> None:
    hops = [http_answer(status=status, location=f"/{number}") for number, status in enumerate(statuses)]
    with raw_server(*hops, http_answer(PAGE.encode())) as server:
        fetched = get(fetcher(), server.url("/start"))
    assert fetched.url == server.url("/start")
    assert fetched.final_url == server.url(f"/{len(statuses) - 1}")
    assert fetched.permanent_url == (fetched.final_url if permanent else None)


@pytest.mark.parametrize(
    ("location", "path"),
    [
        ("there", "/a/there"),
        ("../up", "/up"),
        ("?q", "/a/b?q"),
        ("/with space", "/with%20space"),
        ("/p#frag", "/p"),
        ("/d\u00e9j\u00e0".encode().decode("latin-1"), "/d%C3%A9j%C3%A0"),  # UTF-8, as most servers send it
        ("/caf\u00e9", "/caf%C3%A9"),  # Latin-1
        ("/a%zz", "/a%25zz"),
        ("  /trimmed  ", "/trimmed"),
    ],
)
def test_odd_locations_lead_somewhere(fetcher: Make, location: str, path: str) -> None:
    hop = http_answer(status="302 Found")[0]
    assert isinstance(hop, bytes)
    hop = hop.replace(b"\r\n\r\n", b"\r\nLocation: " + location.encode("latin-1") + b"\r\n\r\n")
    with raw_server([hop], http_answer(PAGE.encode())) as server:
        assert get(fetcher(), server.url("/a/b")).final_url == server.url(path)


@pytest.mark.parametrize(
    "location",
    ["mailto:a@b.example", "javascript:alert(1)", "file:///etc/passwd", "http://[::1", "ftp://a.example/"],
)
def test_a_redirect_out_of_the_web_is_an_invalid_url(fetcher: Make, location: str) -> None:
    with raw_server(http_answer(status="301 Moved", location=location)) as server, pytest.raises(InvalidUrl):
        get(fetcher(), server.url())


def test_a_redirect_to_nowhere(fetcher: Make) -> None:
    for answer in (http_answer(status="302 Found"), http_answer(status="302 Found", location="")):
        with raw_server(answer) as server, pytest.raises(TooManyRedirects, match="without saying"):
            get(fetcher(), server.url())


def test_a_circle_ends_at_once_and_a_spiral_at_the_limit(fetcher: Make) -> None:
    circle = http_answer(status="302 Found", location="/")
    with raw_server(circle) as server, pytest.raises(TooManyRedirects, match="circle"):
        get(fetcher(), server.url())
    assert len(server.requests) == 1

    def deeper(request: bytes) -> Iterator[Sent]:
        yield from http_answer(status="302 Found", location=request.split()[1].decode() + "x")

    with raw_server(deeper) as server, pytest.raises(TooManyRedirects, match="more than 4"):
        get(fetcher(max_redirects=4), server.url())
    assert len(server.requests) == 5


def test_a_cookie_asked_for_by_a_redirect_is_brought_back_and_then_forgotten(
    fetcher: Make, httpserver: HTTPServer
) -> None:
    def gate(request: Request) -> Response:
        if request.cookies.get("seen") == "yes":
            return Response(PAGE, content_type="text/html")
        return Response(status=302, headers={"Location": "/gate", "Set-Cookie": "seen=yes"})

    httpserver.expect_request("/gate").respond_with_handler(gate)
    one = fetcher()
    for _ in range(2):
        assert get(one, httpserver.url_for("/gate")).body == PAGE.encode()
    assert [bool(request.cookies) for request, _ in httpserver.log] == [False, True, False, True]


def test_a_circle_with_cookies_ends_too(fetcher: Make) -> None:
    circle = http_answer(status="302 Found", location="/", set_cookie="a=1")
    with raw_server(circle) as server, pytest.raises(TooManyRedirects):
        get(fetcher(max_redirects=3), server.url())
    assert len(server.requests) == 4


def test_credentials_in_a_location_are_dropped(fetcher: Make) -> None:
    with raw_server(lambda _: hop, http_answer(PAGE.encode())) as server:
        hop = http_answer(status="302 Found", location=f"http://user:secret@127.0.0.1:{server.port}/in")
        fetched = get(fetcher(), server.url())
    assert fetched.final_url == server.url("/in")
    assert b"Authorization" not in server.requests[1]


# --- another attempt


def test_a_passing_failure_is_tried_again_after_a_longer_and_longer_pause(fetcher: Make, waits: Waits) -> None:
    with raw_server(http_answer(status="503 Busy"), [], http_answer(PAGE.encode())) as server:
        assert get(fetcher(backoff=1), server.url()).body == PAGE.encode()
    assert waits.slept == [1, 2]


def test_after_the_last_attempt_the_failure_is_told(fetcher: Make, waits: Waits) -> None:
    with raw_server(http_answer(status="502 Bad")) as server, pytest.raises(HttpStatus) as caught:
        get(fetcher(retries=3, backoff=4, retry_after_max=10), server.url())
    assert caught.value.retryable
    assert (len(server.requests), waits.slept) == (4, [4, 8, 10])


def test_retry_after_is_obeyed_up_to_a_bound(fetcher: Make, waits: Waits) -> None:
    busy = http_answer(status="429 Slow down", retry_after="7")
    with raw_server(busy, http_answer(PAGE.encode())) as server:
        assert get(fetcher(), server.url()).status == 200
    assert waits.slept == [7]


@pytest.mark.parametrize("value", ["3600", "Wed, 06 May 2026 08:08:09 GMT", "Wed, 06 May 2026 08:08:09 -0000"])
def test_a_longer_retry_after_is_left_to_the_caller(fetcher: Make, waits: Waits, value: str) -> None:
    busy = http_answer(status="503 Busy", retry_after=value)
    with raw_server(busy) as server, pytest.raises(HttpStatus) as caught:
        get(fetcher(), server.url())
    assert caught.value.retry_after == 3600
    assert (len(server.requests), waits.slept) == (1, [])


@pytest.mark.parametrize("value", ["soon", "nan", "inf", "", "Wed, 99 May 2026 08:08:09 GMT"])
def test_a_retry_after_that_says_nothing_is_passed_over(fetcher: Make, value: str) -> None:
    busy = http_answer(status="503 Busy", retry_after=value)
    with raw_server(busy) as server, pytest.raises(HttpStatus) as caught:
        get(fetcher(retries=0), server.url())
    assert caught.value.retry_after is None


def test_a_retry_after_in_the_past_means_now(fetcher: Make) -> None:
    with raw_server(http_answer(status="503 Busy", retry_after="-5")) as server, pytest.raises(HttpStatus) as caught:
        get(fetcher(retries=0), server.url())
    assert caught.value.retry_after == 0


@pytest.mark.parametrize("status", ["400 Bad", "403 No", "404 None", "410 Gone", "500 Broken", "501 What"])
def test_what_will_not_pass_is_not_tried_again(fetcher: Make, status: str) -> None:
    with raw_server(http_answer(status=status)) as server, pytest.raises(HttpStatus):
        get(fetcher(), server.url())
    assert len(server.requests) == 1


def test_an_unknown_host_is_asked_for_once(fetcher: Make, waits: Waits) -> None:
    with pytest.raises(ConnectionFailed, match="cannot be found"):
        get(fetcher(), "http://nobody.invalid/")
    assert waits.slept == []


def test_requests_to_one_host_keep_their_distance_over_redirects(fetcher: Make, waits: Waits) -> None:
    with raw_server(http_answer(status="302 Found", location="/b"), http_answer(PAGE.encode())) as server:
        get(fetcher(pace=3), server.url("/a"))
        assert waits.slept == [3]
        get(fetcher(pace=3), server.url("/c"))  # another fetcher knows nothing of the first
    assert waits.slept == [3]


# --- proxies


def test_a_proxy_gets_the_request_after_the_guard_has_seen_the_host(fetcher: Make) -> None:
    with raw_server(http_answer(PAGE.encode())) as proxy:
        through = fetcher(proxies={"http": f"http://127.0.0.1:{proxy.port}"}, allow_private=("policies.localhost",))
        with pytest.raises(AddressRefused):
            get(through, "http://169.254.169.254/latest/meta-data")
        with pytest.raises(ConnectionFailed):
            get(through, "http://nobody.invalid/")
        assert proxy.requests == []


def test_names_that_do_not_resolve_here_can_be_left_to_the_proxy(fetcher: Make) -> None:
    with raw_server(http_answer(PAGE.encode())) as proxy:
        through = fetcher(proxies={"http": f"http://127.0.0.1:{proxy.port}"}, proxy_resolves=True, allow_private=())
        assert get(through, "http://policies.invalid/privacy").body == PAGE.encode()
        with pytest.raises(AddressRefused):
            get(through, "http://10.0.0.1/")
    assert proxy.requests[0].startswith(b"GET http://policies.invalid/privacy HTTP/1.1\r\n")


def test_a_proxy_that_refuses_a_tunnel_is_a_failed_connection(fetcher: Make) -> None:
    with raw_server(http_answer(status="403 No")) as proxy, pytest.raises(ConnectionFailed):
        get(
            fetcher(proxies={"https": f"http://127.0.0.1:{proxy.port}"}, proxy_resolves=True, retries=0),
            "https://policies.invalid/privacy",
        )
    assert proxy.requests[0].startswith(b"CONNECT policies.invalid:443 HTTP/1.")


def test_proxies_of_the_environment_are_passed_over(fetcher: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    with raw_server(http_answer(PAGE.encode())) as server:
        assert get(fetcher(retries=0), server.url()).status == 200


def test_close_leaves_nothing_to_do(fetcher: Make) -> None:
    fetcher().close()
