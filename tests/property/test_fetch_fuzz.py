"""Whatever URL is asked and wherever a redirect points: an answer, or one of our own errors."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.errors import FetchError, InvalidUrl
from monitor.fetch import FetchOptions, HttpFetcher
from monitor.fetch.encoding import decode
from monitor.fetch.urls import askable, redirect_target
from monitor.model import FetchRequest
from tests.servers import raw_server

ODD = st.text(alphabet=st.sampled_from("ab1.:/?#@[]%\\ *&=\u00e9\u3002\uff11\u202e\ud800\x00\n-_~|<>\"'"), max_size=40)
URLS = st.one_of(
    st.text(max_size=60),
    st.builds("{}://{}".format, st.sampled_from(["http", "https", "HTTP", "ftp", ""]), ODD),
    st.builds("http://{}.invalid{}".format, ODD, ODD),
)


@given(URLS)
@settings(max_examples=150)
def test_a_url_is_made_askable_or_refused(url: str) -> None:
    try:
        asked = askable(url)
    except InvalidUrl:
        return
    assert asked.isascii()
    assert asked.startswith(("http://", "https://"))
    assert "#" not in asked
    assert askable(asked) == asked


@given(URLS)
@settings(max_examples=100)
def test_a_location_leads_somewhere_or_is_refused(location: str) -> None:
    try:
        target = redirect_target("https://a.example/b/c", location)
    except InvalidUrl:
        return
    assert target.isascii()
    assert "@" not in target.split("/")[2]


@given(URLS)
@settings(max_examples=40, deadline=None)
def test_only_our_errors_come_out_of_a_fetch(url: str) -> None:
    fetcher = HttpFetcher(FetchOptions(retries=0, pace=0, connect_timeout=0.2, deadline=0.5))
    with pytest.raises(FetchError):
        fetcher.fetch(FetchRequest(url=url))


@given(st.binary(max_size=80).filter(lambda raw: b"\n" not in raw and b"\r" not in raw))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_only_our_errors_come_out_of_a_redirect(location: bytes) -> None:
    answer = b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: " + location + b"\r\n\r\n"
    options = FetchOptions(
        retries=0, pace=0, connect_timeout=0.2, deadline=1, max_redirects=2, allow_private=("127.0.0.1",)
    )
    with raw_server([answer]) as server, pytest.raises(FetchError):
        HttpFetcher(options).fetch(FetchRequest(url=server.url()))


@given(st.binary(max_size=200))
@settings(max_examples=40, deadline=None)
def test_only_our_errors_come_out_of_any_answer(answer: bytes) -> None:
    options = FetchOptions(retries=0, pace=0, connect_timeout=0.2, deadline=1, allow_private=("127.0.0.1",))
    with raw_server([b"HTTP/1.1 200 OK\r\n" + answer]) as server:
        try:
            HttpFetcher(options).fetch(FetchRequest(url=server.url()))
        except FetchError:
            return


@given(st.binary(max_size=200), st.lists(st.sampled_from(["gzip", "deflate", "zstd", "x", ""]), max_size=4))
def test_any_bytes_decode_within_the_cap_or_fail_typed(body: bytes, codings: list[str]) -> None:
    try:
        assert len(decode(body, ", ".join(codings), url="https://a.example/", limit=1000)) <= 1000
    except FetchError:
        return
