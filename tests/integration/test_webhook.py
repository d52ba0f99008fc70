from __future__ import annotations

import base64
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import ClassVar

import pytest
import requests
import standardwebhooks
from pytest_httpserver import HTTPServer
from requests.adapters import HTTPAdapter
from werkzeug import Request, Response

from monitor.errors import AddressRefused, ConnectionFailed, DeliveryError, FetchError
from monitor.model import Notice
from notifiers import WebhookChannel, WebhookOptions
from tests.channels import plain_session, webhook
from tests.notices import changed, replace_all, seen, trial, unreachable
from tests.servers import RESET, Sent, raw_server

SECRET = "whsec_" + base64.b64encode(b"a secret of twenty-four bytes").decode()
OTHER = "whsec_" + base64.b64encode(b"the secret of the year before").decode()


@pytest.fixture
def session() -> Iterator[requests.Session]:
    with plain_session() as session:
        yield session


def channel(url: str, session: requests.Session, **options: object) -> WebhookChannel:
    return webhook(url, session, **{"secrets": (SECRET,), **options})


def failure(channel: WebhookChannel, notice: Notice | None = None) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        channel.send(notice or trial())
    return caught.value


def last(httpserver: HTTPServer) -> Request:
    return httpserver.log[-1][0]


class TestThePost:
    def test_verifies_with_the_reference_implementation(
        self, httpserver: HTTPServer, session: requests.Session
    ) -> None:
        httpserver.expect_request("/hook", method="POST").respond_with_data(status=204)
        channel(httpserver.url_for("/hook"), session, secrets=(SECRET, OTHER)).send(changed())
        request = last(httpserver)
        for secret in (SECRET, OTHER):
            read = standardwebhooks.Webhook(secret).verify(request.get_data(), dict(request.headers))
            assert read["type"] == "policy.changed"
        assert request.headers["webhook-id"] == "al_5f3c9b2e7d41" == json.loads(request.get_data())["data"]["key"]
        assert request.headers["Content-Type"] == "application/json"
        assert request.headers["User-Agent"].startswith("Clausewatch/")
        with pytest.raises(standardwebhooks.WebhookVerificationError):
            standardwebhooks.Webhook(SECRET).verify(request.get_data() + b" ", dict(request.headers))

    def test_tells_what_changed(self, httpserver: HTTPServer, session: requests.Session) -> None:
        httpserver.expect_request("/hook").respond_with_data()
        channel(httpserver.url_for("/hook"), session).send(changed("~ p 1 | Kept [-30 days-]{+24 months+}."))
        body = json.loads(last(httpserver).get_data())
        assert body["timestamp"] == "2026-06-10T00:05:00+00:00"
        data = body["data"]
        assert data["subject"] == "Harbour Lane Books privacy policy: “30 days” → “24 months”"
        assert data["policy"]["name"] == "harbour-lane"
        change = data["change"]
        assert change["bracket"] == {"after": "2026-06-08T20:00:00+00:00", "before": "2026-06-09T08:00:00+00:00"}
        assert [operation["words"] for operation in change["operations"]] == [
            [
                {"kind": "equal", "text": "Kept "},
                {"kind": "delete", "text": "30 days"},
                {"kind": "insert", "text": "24 months"},
                {"kind": "equal", "text": "."},
            ]
        ]

    @pytest.mark.parametrize(
        ("notice", "kind"), [(seen(), "policy.seen"), (unreachable(), "policy.unreachable"), (trial(), "test")]
    )
    def test_has_a_type_for_each_kind_of_notice(
        self, httpserver: HTTPServer, session: requests.Session, notice: Notice, kind: str
    ) -> None:
        httpserver.expect_request("/hook").respond_with_data()
        channel(httpserver.url_for("/hook"), session).send(notice)
        body = json.loads(last(httpserver).get_data())
        assert body["type"] == kind
        assert body["data"]["reason"] == notice.alert.reason
        if kind == "policy.seen":
            assert body["data"]["change"]["confirmed"] is False
            assert "not confirmed yet" in body["data"]["subject"]
        else:
            assert body["data"]["change"] is None

    def test_is_the_same_at_each_attempt(self, httpserver: HTTPServer, session: requests.Session) -> None:
        httpserver.expect_request("/hook").respond_with_data()
        for _ in range(2):
            channel(httpserver.url_for("/hook"), session).send(changed())
        one, two = (request for request, _ in httpserver.log)
        assert one.get_data() == two.get_data()
        assert one.headers["webhook-id"] == two.headers["webhook-id"]
        assert abs(int(two.headers["webhook-timestamp"]) - time.time()) < 60

    def test_of_a_huge_change_is_bounded_and_counts_what_it_leaves_out(
        self, httpserver: HTTPServer, session: requests.Session
    ) -> None:
        httpserver.expect_request("/hook").respond_with_data()
        source = f"+ p | Short.\n+ p | {'long ' * 200_000}\n+ p | Short too."
        channel(httpserver.url_for("/hook"), session, limit=10_000).send(changed(source))
        body = last(httpserver).get_data()
        change = json.loads(body)["data"]["change"]
        assert len(body) < 20_000
        assert len(change["operations"]) == 1
        assert change["operations_left_out"] == 2

    def test_carries_the_headers_asked_for_and_goes_unsigned_without_a_secret(
        self, httpserver: HTTPServer, session: requests.Session
    ) -> None:
        httpserver.expect_request("/hook").respond_with_data()
        channel(httpserver.url_for("/hook"), session, secrets=(), headers=(("Authorization", "Bearer t"),)).send(
            trial()
        )
        assert last(httpserver).headers["Authorization"] == "Bearer t"
        assert "webhook-signature" not in last(httpserver).headers
        assert last(httpserver).headers["webhook-id"] == "al_test"


class TestTheAnswer:
    @pytest.mark.parametrize(
        ("status", "permanent"),
        [
            *((status, True) for status in (301, 308, 400, 401, 403, 404, 410, 413, 422)),
            *((status, False) for status in (302, 303, 307, 408, 425, 429, 500, 502, 503, 504)),
        ],
    )
    def test_is_for_good_or_for_now(
        self,
        httpserver: HTTPServer,
        session: requests.Session,
        status: int,
        permanent: bool,  # noqa: FBT001
    ) -> None:
        httpserver.expect_oneshot_request("/hook").respond_with_data(
            "no\nthanks", status=status, headers={"Location": httpserver.url_for("/elsewhere")}
        )
        error = failure(channel(httpserver.url_for("/hook"), session))
        assert error.permanent is permanent
        assert error.stops is (status == 410)
        assert f"status {status}" in str(error)
        assert len(httpserver.log) == 1  # no redirect was followed
        if status >= 400:
            assert str(error).endswith("no thanks")

    @pytest.mark.parametrize(
        ("header", "least", "most"),
        [
            ("120", 120, 120),
            ("999999999999999", 86_400, 86_400),
            ("in 50 minutes", 2_800, 3_001),
        ],
    )
    def test_may_ask_for_a_pause(
        self, httpserver: HTTPServer, session: requests.Session, header: str, least: float, most: float
    ) -> None:
        if header == "in 50 minutes":
            header = format_datetime(datetime.now(UTC) + timedelta(minutes=50))
        httpserver.expect_request("/hook").respond_with_data(status=503, headers={"Retry-After": header})
        wait = failure(channel(httpserver.url_for("/hook"), session)).retry_after
        assert wait is not None
        assert least <= wait <= most

    @pytest.mark.parametrize(
        "header", ["", "0", "-5", "soon", "Thu, 01 Jan 1970 00:00:00 GMT", "²", "1e9", "Mon, 99 Foo"]
    )
    def test_that_asks_for_a_senseless_pause_is_taken_without(
        self, httpserver: HTTPServer, session: requests.Session, header: str
    ) -> None:
        httpserver.expect_request("/hook").respond_with_data(
            status=429, headers={"Retry-After": header.encode().decode("latin-1")}
        )
        error = failure(channel(httpserver.url_for("/hook"), session))
        assert error.retry_after is None
        assert not error.permanent

    def test_is_read_no_further_than_its_start(self, httpserver: HTTPServer, session: requests.Session) -> None:
        sent = []

        def flood(_: Request) -> Response:
            def body() -> Iterator[bytes]:
                for number in range(2_000):
                    sent.append(number)
                    yield b"x" * 100_000

            return Response(body(), status=500)

        httpserver.expect_request("/hook").respond_with_handler(flood)
        error = failure(channel(httpserver.url_for("/hook"), session))
        assert len(str(error)) < 700
        assert len(sent) < 2_000

    def test_that_is_compressed_is_not_unpacked(self, httpserver: HTTPServer, session: requests.Session) -> None:
        httpserver.expect_request("/hook").respond_with_data(
            b"\x1f\x8bnot gzip", status=500, headers={"Content-Encoding": "gzip"}
        )
        assert str(failure(channel(httpserver.url_for("/hook"), session))).endswith("status 500")

    def test_gives_no_secret_away_even_where_the_receiver_repeats_it(
        self, httpserver: HTTPServer, session: requests.Session
    ) -> None:
        def repeat(request: Request) -> Response:
            return Response(f"{request.url} {SECRET} {request.headers['Authorization']} \x1b[2J", status=400)

        httpserver.expect_request("/hooks/T0KEN").respond_with_handler(repeat)
        url = httpserver.url_for("/hooks/T0KEN") + "?pass=w0rd"
        error = failure(channel(url, session, headers=(("Authorization", "Bearer abc123"),)))
        for secret in ("T0KEN", "w0rd", SECRET, SECRET[6:], "abc123", "\x1b"):
            assert secret not in str(error)
        assert "webhook at localhost" in str(error) or "webhook at 127.0.0.1" in str(error)


@contextmanager
def talking(answer: bytes, *, drip: bytes = b"") -> Iterator[str]:
    """A server that gives `answer`, then drips until its client is gone."""
    stop = threading.Event()
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:

        def serve() -> None:
            client, _ = listener.accept()
            with client:
                client.settimeout(5)
                try:
                    client.recv(100_000)
                    client.sendall(answer)
                    while drip and not stop.wait(0.02):
                        client.sendall(drip)
                except OSError:
                    return

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/hook"
        stop.set()
        thread.join(10)
        assert not thread.is_alive()


class TestTheConnection:
    def test_that_nobody_takes_may_be_tried_again(self, session: requests.Session) -> None:
        with closing(socket.create_server(("127.0.0.1", 0))) as listener:
            port = listener.getsockname()[1]
        error = failure(channel(f"http://127.0.0.1:{port}/t0ken", session))
        assert not error.permanent
        assert str(error) == "webhook at 127.0.0.1: the connection failed"

    def test_that_stalls_ends_with_the_time_out(self, session: requests.Session) -> None:
        with closing(socket.create_server(("127.0.0.1", 0))) as silent:
            error = failure(channel(f"http://127.0.0.1:{silent.getsockname()[1]}/", session, timeout=0.2))
        assert not error.permanent
        assert "no answer within 0.2 s" in str(error)

    def test_that_trickles_its_headers_ends_with_the_deadline(self, session: requests.Session) -> None:
        started = time.monotonic()
        with talking(b"HTTP/1.1 200 OK\r\nX-Slow: ", drip=b"x") as url:
            error = failure(channel(url, session, deadline=0.3))
        assert not error.permanent
        assert "no answer within 0.3 s" in str(error)
        assert time.monotonic() - started < 3

    def test_that_trickles_its_body_after_a_receipt_has_delivered(self, session: requests.Session) -> None:
        with talking(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n", drip=b"x") as url:
            channel(url, session, deadline=2).send(trial())

    @pytest.mark.parametrize(
        "answer",
        [b"", b"220 mail.example ESMTP\r\n", b"HTTP/1.1 500 No\r\nContent-Length: 50\r\n\r\nshort", b"\x00\xff"],
    )
    def test_that_breaks_may_be_tried_again(self, session: requests.Session, answer: bytes) -> None:
        with talking(answer) as url:
            assert not failure(channel(url, session)).permanent

    @pytest.mark.parametrize("ending", [[RESET], [5.0]], ids=["reset", "silence"])
    def test_that_breaks_in_a_refusal_is_refused_all_the_same(
        self, session: requests.Session, ending: list[Sent]
    ) -> None:
        with raw_server([b"HTTP/1.1 410 Gone\r\nContent-Length: 50\r\n\r\n", *ending]) as server:
            error = failure(channel(server.url("/hook"), session, timeout=1))
        assert (error.permanent, error.stops) == (True, True)
        assert "status 410" in str(error)

    def test_without_tls_where_tls_is_wanted_fails_cleanly(self, session: requests.Session) -> None:
        with talking(b"HTTP/1.1 200 OK\r\n\r\n") as url:
            error = failure(channel(url.replace("http:", "https:"), session))
        assert not error.permanent
        assert "TLS" in str(error)


def test_a_crash_while_asking_is_not_taken_for_silence() -> None:
    class Faulty(requests.Session):
        def request(self, *_args: object, **_options: object) -> requests.Response:
            raise ZeroDivisionError

    with Faulty() as session, pytest.raises(ZeroDivisionError):
        channel("http://127.0.0.1:1/", session, deadline=20.0).send(changed())


class TestTheGuard:
    """The session that the caller gives in decides what may be reached."""

    class Guard(HTTPAdapter):
        error: ClassVar[FetchError] = AddressRefused("http://x/t0ken", "10.0.0.1 at http://x/t0ken is private")

        def send(self, *_: object, **__: object) -> requests.Response:  # type: ignore[override]
            raise self.error

    def test_may_refuse_an_address_for_good(self, session: requests.Session) -> None:
        session.mount("http://", self.Guard())
        error = failure(channel("http://x/t0ken", session))
        assert error.permanent
        assert "10.0.0.1" in str(error)
        assert str(error).endswith("(unless it says allow_private = true)")
        assert "t0ken" not in str(error)

    def test_may_fail_for_now(self, session: requests.Session, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(self.Guard, "error", ConnectionFailed("http://x/t0ken", "no such host"))
        session.mount("http://", self.Guard())
        assert not failure(channel("http://x/t0ken", session)).permanent

    def test_may_know_no_way_there_at_all(self, session: requests.Session) -> None:
        session.adapters.clear()
        error = failure(channel("http://x/t0ken", session))
        assert error.permanent
        assert "InvalidSchema" in str(error)


class TestTheOptions:
    def test_do_not_show_their_secrets(self, session: requests.Session) -> None:
        options = WebhookOptions(url="https://x.example/t0ken", secrets=(SECRET,), headers=(("A", "b4r"),))
        for shown in (repr(options), repr(WebhookChannel(options, session=session, compare=replace_all))):
            assert "t0ken" not in shown
            assert SECRET not in shown
            assert "b4r" not in shown

    @pytest.mark.parametrize(
        "wrong",
        [
            {"url": "ftp://x.example/"},
            {"url": "https://"},
            {"url": "https://[x"},
            {"secrets": ("not base64!",)},
            {"secrets": ("whsec_",)},
            {"secrets": ("whsec_ü",)},
            {"headers": (("Content-Type", "text/plain"),)},
            {"headers": (("X", "a\r\nY: b"),)},
        ],
    )
    def test_that_cannot_be_used_are_refused_at_once(self, wrong: dict[str, object]) -> None:
        with pytest.raises(ValueError, match=r"webhook|header") as caught:
            WebhookOptions(**({"url": "https://x.example/t0ken"} | wrong))  # type: ignore[arg-type]
        assert "base64!" not in str(caught.value)

    def test_may_word_the_subject(self, httpserver: HTTPServer, session: requests.Session, tmp_path: Path) -> None:
        (tmp_path / "subject.txt.j2").write_text("[{{ policy.spec.name }}]", "utf-8")
        httpserver.expect_request("/hook").respond_with_data()
        channel(httpserver.url_for("/hook"), session, templates=tmp_path).send(trial())
        assert json.loads(last(httpserver).get_data())["data"]["subject"] == "[harbour-lane]"
