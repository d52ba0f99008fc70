"""What every `monitor.ports.Channel` keeps to, the fake of the tests among them."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest
import requests
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from monitor.errors import DeliveryError
from monitor.ports import Channel
from notifiers import EmailChannel, EmailOptions, Security, WebhookChannel, WebhookOptions
from tests.fakes_channel import FakeChannel
from tests.mail_server import ACCEPTED, Mailbox, MailServer
from tests.notices import changed, replace_all, seen, trial, unreachable


@dataclass
class Stage:
    """A channel, what has arrived of it by key, and a way to make its receiver refuse."""

    channel: Channel
    refuse: dict[str, object] = field(default_factory=dict)

    def arrived(self) -> list[str]:
        raise NotImplementedError

    def refuse_for(self, *, good: bool) -> None:
        raise NotImplementedError

    def relent(self) -> None:
        raise NotImplementedError


class FakeStage(Stage):
    channel: FakeChannel

    def arrived(self) -> list[str]:
        return [notice.alert.key for notice in self.channel.sent]

    def refuse_for(self, *, good: bool) -> None:
        self.channel.refusing(permanent=good)

    def relent(self) -> None:
        """The fake refuses once."""


@dataclass
class MailStage(Stage):
    mailbox: Mailbox = field(default_factory=Mailbox)

    def arrived(self) -> list[str]:
        return [str(message["Message-ID"]).strip("<>").partition("@")[0] for _, message in self.mailbox.messages]

    def refuse_for(self, *, good: bool) -> None:
        self.mailbox.data_reply = "550 never" if good else "450 not now"

    def relent(self) -> None:
        self.mailbox.data_reply = ACCEPTED


@dataclass
class WebStage(Stage):
    status: int = 200
    keys: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, request: Request) -> Response:
        if self.status == 200:
            with self.lock:
                self.keys.append(json.loads(request.get_data())["data"]["key"])
        return Response(status=self.status)

    def arrived(self) -> list[str]:
        return self.keys

    def refuse_for(self, *, good: bool) -> None:
        self.status = 410 if good else 503

    def relent(self) -> None:
        self.status = 200


@pytest.fixture(params=["fake", "email", "webhook"])
def stage(request: pytest.FixtureRequest, httpserver: HTTPServer) -> Iterator[Stage]:
    if request.param == "fake":
        yield FakeStage(FakeChannel("channel"))
    elif request.param == "email":
        mailbox = Mailbox()
        with MailServer(mailbox) as port:
            options = EmailOptions(
                name="channel",
                host="127.0.0.1",
                port=port,
                security=Security.NONE,
                sender="a@b.example",
                recipients=("c@d.example",),
            )
            yield MailStage(EmailChannel(options, compare=replace_all), mailbox=mailbox)
    else:
        with requests.Session() as session:
            session.trust_env = False
            options = WebhookOptions(name="channel", url=httpserver.url_for("/"))
            web = WebStage(WebhookChannel(options, session=session, compare=replace_all))
            httpserver.expect_request("/").respond_with_handler(web.answer)
            yield web


def test_it_has_the_name_it_was_given(stage: Stage) -> None:
    assert stage.channel.name == "channel"


@pytest.mark.parametrize("notice", [changed(), seen(), unreachable(), trial()], ids=lambda notice: notice.alert.kind)
def test_every_kind_of_notice_arrives(stage: Stage, notice: object) -> None:
    stage.channel.send(notice)  # type: ignore[arg-type]
    assert stage.arrived() == [notice.alert.key]  # type: ignore[attr-defined]


@pytest.mark.parametrize("good", [True, False])
def test_a_refusal_says_whether_trying_again_makes_sense(stage: Stage, good: bool) -> None:  # noqa: FBT001
    stage.refuse_for(good=good)
    with pytest.raises(DeliveryError) as caught:
        stage.channel.send(changed())
    assert caught.value.permanent is good
    assert str(caught.value)
    assert stage.arrived() == []


@pytest.mark.parametrize("good", [True, False])
def test_after_a_refusal_the_same_notice_can_be_sent_again(stage: Stage, good: bool) -> None:  # noqa: FBT001
    stage.refuse_for(good=good)
    with pytest.raises(DeliveryError):
        stage.channel.send(changed())
    stage.relent()
    stage.channel.send(changed())
    assert stage.arrived() == ["al_5f3c9b2e7d41"]


def test_a_notice_sent_twice_can_be_told_by_its_key(stage: Stage) -> None:
    stage.channel.send(changed(key="twice"))
    stage.channel.send(changed(key="twice"))
    assert stage.arrived() == ["twice", "twice"]


def test_several_threads_may_send_at_once(stage: Stage) -> None:
    keys = [f"key-{number}" for number in range(12)]
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda key: stage.channel.send(changed("+ p | New.", key=key)), keys))
    assert sorted(stage.arrived()) == sorted(keys)
