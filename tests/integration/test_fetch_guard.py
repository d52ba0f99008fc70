"""The guard at the socket, and TLS, with real connections."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from monitor.errors import AddressRefused, ConnectionFailed, InvalidUrl, TimedOut
from monitor.fetch import FetchOptions, Guard, HttpFetcher, guarded_session
from monitor.model import Fetched, FetchRequest
from tests.servers import http_answer, raw_server

PAGE = b"<h1>Privacy</h1>"


def fetch(url: str, **options: object) -> Fetched:
    defaults: dict[str, object] = {"retries": 0, "pace": 0}
    return HttpFetcher(FetchOptions(**(defaults | options))).fetch(FetchRequest(url=url))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "LOCALHOST.",
        "localhost.",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "0177.0.0.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "0.0.0.0",
        "[::]",
        "１２７.0.0.1",
        "①②⑦.0.0.1",
        "[64:ff9b::127.0.0.1]",
        "[2002:7f00:1::]",
    ],
)
def test_no_spelling_of_this_machine_is_asked(host: str) -> None:
    refusals = (AddressRefused, InvalidUrl, ConnectionFailed)
    with raw_server(http_answer(PAGE)) as server, pytest.raises(refusals) as caught:
        fetch(server.url(host=host))
    assert server.requests == []
    if host.isascii() and not host.endswith("."):  # a full name is not in every system's hosts file
        assert isinstance(caught.value, AddressRefused)


def test_the_message_tells_which_address_and_why() -> None:
    with pytest.raises(AddressRefused, match=r"stands for 127\.0\.0\.1 \(loopback\)") as caught:
        fetch("http://127.1/")
    assert not caught.value.retryable


@pytest.mark.parametrize(
    "target",
    [
        "http://169.254.169.254/latest/meta-data/",
        "http://[fd00:ec2::254]/",
        "http://10.1.2.3:8080/",
        "https://192.168.0.1/",
        "http://[fe80::1]/",
        "http://2852039166/",
        "//0xa9fea9fe/",
    ],
)
def test_a_redirect_to_an_inner_address_is_refused(target: str) -> None:
    with raw_server(http_answer(status="302 Found", location=target)) as server, pytest.raises(AddressRefused):
        fetch(server.url(), allow_private=("127.0.0.1",))


def test_only_what_is_allowed_is_let_through() -> None:
    with raw_server(http_answer(PAGE)) as server:
        assert fetch(server.url(), allow_private=("127.0.0.1/32",)).body == PAGE
        assert fetch(server.url(host="127.1"), allow_private=("127.0.0.0/8",)).body == PAGE
        assert fetch(server.url(host="localhost"), allow_private=("localhost",)).body == PAGE
        assert fetch(server.url(host="LocalHost"), allow_private=("LOCALHOST.",)).body == PAGE
        with pytest.raises(AddressRefused):
            fetch(server.url(), allow_private=("localhost", "10.0.0.0/8", "127.0.0.2"))


@pytest.mark.parametrize(
    "url",
    [
        "",
        "policies.example/privacy",
        "ftp://policies.example/",
        "file:///etc/passwd",
        "http://",
        "http:///privacy",
        "http://user:secret@policies.example/",
        "http://user@policies.example/",
        "http://policies.example:99999/",
        "http://policies.example:port/",
        "http://[::1/",
        "http://a b/",
        "http://policies.example/\x00",
        "http://policies.example/\r\nX-Evil: 1",
        "http://*.example/",
        "http://.example/",
        f"http://{'a' * 64}.example/",
        f"http://policies.example/{'a' * 9000}",
        "http://\ud800/",
    ],
)
def test_what_cannot_be_asked_is_an_invalid_url(url: str) -> None:
    with pytest.raises(InvalidUrl) as caught:
        fetch(url)
    assert "secret" not in str(caught.value)
    assert len(str(caught.value)) < 1000


# --- TLS


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def ca_file(authority: trustme.CA, tmp_path: Path) -> Iterator[str]:
    with authority.cert_pem.tempfile(dir=str(tmp_path)) as path:
        yield path


def serving(authority: trustme.CA, *names: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names).configure_cert(context)
    return context


def test_a_certificate_of_nobody_is_refused_and_not_tried_again(authority: trustme.CA) -> None:
    started = raw_server(http_answer(PAGE), tls=serving(authority, "localhost"))
    with started as server, pytest.raises(ConnectionFailed, match="certificate is not trusted"):
        fetch(server.url(host="localhost"), allow_private=("localhost",), retries=2, backoff=5)
    assert server.requests == []


def test_a_named_authority_is_trusted_for_the_right_name_alone(authority: trustme.CA, ca_file: str) -> None:
    with raw_server(http_answer(PAGE), tls=serving(authority, "localhost")) as server:
        assert fetch(server.url(host="localhost"), allow_private=("localhost",), ca_file=ca_file).body == PAGE
        with pytest.raises(ConnectionFailed, match="certificate"):
            fetch(server.url(), allow_private=("127.0.0.1",), ca_file=ca_file)


def test_the_server_is_told_the_name(authority: trustme.CA, ca_file: str) -> None:
    context = serving(authority, "localhost")
    names: list[str | None] = []
    context.sni_callback = lambda _socket, name, _context: names.append(name)
    with raw_server(http_answer(PAGE), tls=context) as server:
        fetch(server.url(host="localhost"), allow_private=("localhost",), ca_file=ca_file)
    assert names == ["localhost"]


def test_plain_http_under_https_is_a_failed_connection() -> None:
    with raw_server(http_answer(PAGE)) as server, pytest.raises(ConnectionFailed, match="TLS"):
        fetch(server.url().replace("http:", "https:"), allow_private=("127.0.0.1",), read_timeout=1, connect_timeout=1)


def test_a_silent_handshake_runs_into_a_timeout() -> None:
    with raw_server([3.0]) as server, pytest.raises(TimedOut):
        fetch(
            server.url().replace("http:", "https:"), allow_private=("127.0.0.1",), connect_timeout=0.3, read_timeout=0.3
        )


def test_a_step_down_to_plain_http_is_not_taken(authority: trustme.CA, ca_file: str) -> None:
    tls = serving(authority, "localhost")
    down = http_answer(status="301 Moved", location="http://localhost:8080/privacy")
    with raw_server(down, tls=tls) as server, pytest.raises(AddressRefused, match="from https to plain http"):
        fetch(server.url(host="localhost"), allow_private=("localhost",), ca_file=ca_file)


def test_a_step_down_on_the_usual_port_is_asked_over_https(authority: trustme.CA, ca_file: str) -> None:
    tls = serving(authority, "localhost")
    down = http_answer(status="301 Moved", location="http://nobody.invalid/privacy")
    with raw_server(down, tls=tls) as server, pytest.raises(ConnectionFailed, match=r"https://nobody\.invalid/privacy"):
        fetch(server.url(host="localhost"), allow_private=("localhost",), ca_file=ca_file)


def test_an_authority_file_that_is_none_is_told_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        HttpFetcher(FetchOptions(ca_file=str(tmp_path / "none.pem")))


# --- sessions for others


def test_a_guarded_session_posts_and_refuses_inner_addresses() -> None:
    with raw_server(http_answer(b"taken")) as server:
        with guarded_session(Guard(("127.0.0.1",)), connect_timeout=1) as session:
            assert session.post(server.url("/hook"), data=b"{}", timeout=2).text == "taken"
            assert session.post(server.url("/hook"), data=b"{}", timeout=2).status_code == 200
        with guarded_session(Guard()) as session, pytest.raises(AddressRefused) as caught:
            session.post(server.url("/hook?secret"), timeout=2)
    assert "secret" not in str(caught.value)
    assert len(server.requests) == 2
