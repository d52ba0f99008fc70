"""One contract for everything that fetches: HttpFetcher over a real server, and the fake that other tests use."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Protocol

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from monitor.errors import HttpStatus
from monitor.fetch import FetchOptions, HttpFetcher
from monitor.model import FetchRequest, Validators
from monitor.ports import Fetcher
from tests.fakes import FakeClock, FakeFetcher

NOW = datetime(2026, 3, 4, 5, 6, tzinfo=UTC)
HTML = "<h1>Privacy</h1><p>We keep “logs” for 30 days.</p>"


class Web(Protocol):
    """A place to put pages, and the fetcher that sees them."""

    @property
    def fetcher(self) -> Fetcher: ...
    def url(self, path: str) -> str: ...
    def page(self, path: str, html: str, *, etag: str | None = None, moved_to: str | None = None) -> None: ...
    def fails(self, path: str, status: int) -> None: ...


class FakeWeb:
    def __init__(self) -> None:
        self.fetcher = self.fake = FakeFetcher(FakeClock(NOW))

    def url(self, path: str) -> str:
        return f"http://policies.test{path}"

    def page(self, path: str, html: str, *, etag: str | None = None, moved_to: str | None = None) -> None:
        final_url = self.url(moved_to) if moved_to else None
        self.fake.page(self.url(path), html, etag=etag, final_url=final_url, permanent=moved_to is not None)

    def fails(self, path: str, status: int) -> None:
        self.fake.fails(self.url(path), HttpStatus(self.url(path), status))


class RealWeb:
    def __init__(self, server: HTTPServer) -> None:
        self.server = server
        options = FetchOptions(allow_private=("127.0.0.1",), retries=0, pace=0)
        self.fetcher = HttpFetcher(options, clock=FakeClock(NOW))

    def url(self, path: str) -> str:
        return self.server.url_for(path)

    def page(self, path: str, html: str, *, etag: str | None = None, moved_to: str | None = None) -> None:
        def answer(request: Request) -> Response:
            if etag and request.headers.get("If-None-Match") == etag:
                return Response(status=304, headers={"ETag": etag})
            headers = {"ETag": etag} if etag else {}
            return Response(html, headers=headers, content_type="text/html; charset=utf-8")

        self.server.expect_request(moved_to or path).respond_with_handler(answer)
        if moved_to:
            self.server.expect_request(path).respond_with_data("", 301, headers={"Location": self.url(moved_to)})

    def fails(self, path: str, status: int) -> None:
        self.server.expect_request(path).respond_with_data("sorry", status)


@pytest.fixture(params=["http", "fake"])
def web(request: pytest.FixtureRequest) -> Web:
    return RealWeb(request.getfixturevalue("httpserver")) if request.param == "http" else FakeWeb()


def test_a_page_comes_whole(web: Web) -> None:
    web.page("/privacy", HTML)
    fetched = web.fetcher.fetch(FetchRequest(url=web.url("/privacy")))
    body = HTML.encode()
    assert (fetched.status, fetched.not_modified, fetched.body) == (200, False, body)
    assert fetched.digest == fetched.wire_digest == hashlib.sha256(body).hexdigest()
    assert fetched.wire_size == len(body)
    assert (fetched.media_type, fetched.charset) == ("text/html", "utf-8")
    assert fetched.url == fetched.final_url == web.url("/privacy")
    assert fetched.taken == NOW
    assert fetched.permanent_url is None


def test_its_own_etag_brings_304_without_bytes(web: Web) -> None:
    web.page("/privacy", HTML, etag='"v1"')
    first = web.fetcher.fetch(FetchRequest(url=web.url("/privacy")))
    assert dict(first.headers)["ETag"] == '"v1"'
    validators = Validators(etag='"v1"', url=first.final_url)
    second = web.fetcher.fetch(FetchRequest(url=web.url("/privacy"), validators=validators))
    assert (second.status, second.not_modified, second.body, second.wire_size) == (304, True, b"", 0)
    assert second.digest == second.wire_digest == hashlib.sha256(b"").hexdigest()
    assert second.media_type == "text/html"


def test_another_etag_brings_the_page(web: Web) -> None:
    web.page("/privacy", HTML, etag='"v2"')
    request = FetchRequest(url=web.url("/privacy"), validators=Validators(etag='"v1"', url=web.url("/privacy")))
    assert web.fetcher.fetch(request).body == HTML.encode()


def test_validators_of_another_url_do_not_count(web: Web) -> None:
    web.page("/privacy", HTML, etag='"v1"')
    request = FetchRequest(url=web.url("/privacy"), validators=Validators(etag='"v1"', url=web.url("/old")))
    assert web.fetcher.fetch(request).status == 200


def test_a_permanent_redirect_is_told(web: Web) -> None:
    web.page("/old", HTML, moved_to="/new")
    fetched = web.fetcher.fetch(FetchRequest(url=web.url("/old")))
    assert fetched.url == web.url("/old")
    assert fetched.final_url == fetched.permanent_url == web.url("/new")


@pytest.mark.parametrize(("status", "retryable"), [(403, False), (404, False), (410, False), (429, True), (500, True)])
def test_other_statuses_are_errors(web: Web, status: int, *, retryable: bool) -> None:
    web.fails("/privacy", status)
    with pytest.raises(HttpStatus) as caught:
        web.fetcher.fetch(FetchRequest(url=web.url("/privacy")))
    assert (caught.value.status, caught.value.retryable) == (status, retryable)
    assert caught.value.url == web.url("/privacy")
    assert caught.value.code == "http-status"


def test_many_threads_may_fetch(web: Web) -> None:
    for number in range(12):
        web.page(f"/{number}", f"<p>Policy {number}</p>")
    with ThreadPoolExecutor(6) as pool:
        fetched = list(pool.map(lambda n: web.fetcher.fetch(FetchRequest(url=web.url(f"/{n}"))), range(12)))
    assert [each.body for each in fetched] == [f"<p>Policy {n}</p>".encode() for n in range(12)]
