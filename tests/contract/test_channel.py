"""What every `monitor.alert_ports.Channel` keeps to, the fake of the tests among them."""

from __future__ import annotations

import hashlib
import json
import threading
import uuid
from abc import ABC, abstractmethod
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from lxml import etree
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from monitor.alert_ports import Channel
from monitor.errors import DeliveryError
from monitor.model import Digest, Notice
from notifiers.render import Renderer
from tests import channels
from tests.fakes_channel import FakeChannel
from tests.mail_server import ACCEPTED, Mailbox, MailServer
from tests.notices import changed, replace_all, seen, trial, unreachable

ATOM = "{http://www.w3.org/2005/Atom}"


@dataclass
class Stage(ABC):
    """A channel, what has arrived of it by key, and a way to make its receiver refuse."""

    channel: Channel
    refuses_for_good = True  # some can only say that it did not work

    @abstractmethod
    def arrived(self) -> list[str]:
        """The keys of what the receiver has."""

    @abstractmethod
    def refuse_for(self, *, good: bool) -> None:
        """Let the receiver refuse, for good or for now."""

    @abstractmethod
    def relent(self) -> None:
        """Let the receiver take what comes."""


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


@dataclass
class ChatStage(WebStage):
    """Apprise, by the service that is nothing but a JSON post; it has no keys, so the titles count."""

    refuses_for_good = False
    said: list[str] = field(default_factory=list)

    def answer(self, request: Request) -> Response:
        if self.status == 200:
            said = json.loads(request.get_data())
            with self.lock:
                self.keys.append(said["title"])
                self.said.append(said["message"])
        return Response(status=self.status)


@dataclass
class FeedStage(Stage):
    folder: Path = Path()
    refuses_for_good = False

    def arrived(self) -> list[str]:
        file = self.folder / "feed.atom"
        if not file.exists():
            return []
        return [entry.findtext(f"{ATOM}id") for entry in reversed(etree.parse(file).findall(f".//{ATOM}entry"))]

    def refuse_for(self, *, good: bool) -> None:  # noqa: ARG002 - nothing of a file system is for good
        self.folder.rename(self.folder.with_name("elsewhere"))

    def relent(self) -> None:
        self.folder.with_name("elsewhere").rename(self.folder)


TAKE = """
import fcntl, json, os, sys
text = sys.stdin.buffer.read()
if os.path.exists("refuse"):
    sys.exit(int(open("refuse").read()))
with open("taken", "a") as file:
    fcntl.flock(file, fcntl.LOCK_EX)
    file.write(json.loads(text)["data"]["key"] + "\\n")
"""


@dataclass
class CommandStage(Stage):
    folder: Path = Path()

    def arrived(self) -> list[str]:
        taken = self.folder / "taken"
        return taken.read_text().split() if taken.exists() else []

    def refuse_for(self, *, good: bool) -> None:
        (self.folder / "refuse").write_text("100" if good else "75")

    def relent(self) -> None:
        (self.folder / "refuse").unlink()


@pytest.fixture(params=["fake", "email", "webhook", "apprise", "atom", "command"])
def stage(request: pytest.FixtureRequest, httpserver: HTTPServer, tmp_path: Path) -> Iterator[Stage]:
    if request.param == "fake":
        yield FakeStage(FakeChannel("channel"))
    elif request.param == "apprise":
        place = ChatStage(channels.chat(httpserver.url_for("/"), name="channel"))
        httpserver.expect_request("/").respond_with_handler(place.answer)
        yield place
    elif request.param == "atom":
        folder = tmp_path / "feeds"
        folder.mkdir()
        yield FeedStage(channels.feed(folder / "feed.atom", name="channel"), folder=folder)
    elif request.param == "command":
        script = f"import os; os.chdir({str(tmp_path)!r})\n{TAKE}"
        yield CommandStage(channels.command(script, name="channel"), folder=tmp_path)
    elif request.param == "email":
        mailbox = Mailbox()
        with MailServer(mailbox) as port:
            yield MailStage(channels.mail(port, name="channel"), mailbox=mailbox)
    else:
        with channels.plain_session() as session:
            web = WebStage(channels.webhook(httpserver.url_for("/"), session, name="channel"))
            httpserver.expect_request("/").respond_with_handler(web.answer)
            yield web


def test_it_has_the_name_it_was_given(stage: Stage) -> None:
    assert stage.channel.name == "channel"


@pytest.mark.parametrize("notice", [changed(), seen(), unreachable(), trial()], ids=lambda notice: notice.alert.kind)
def test_every_kind_of_notice_arrives(stage: Stage, notice: object) -> None:
    stage.channel.send(notice)  # type: ignore[arg-type]
    assert stage.arrived() == ids(stage, notice)  # type: ignore[arg-type]


def ids(stage: Stage, *notices: Notice) -> list[str]:
    """What a receiver knows these by."""
    if isinstance(stage, FeedStage):
        return [uuid.UUID(bytes=hashlib.sha256(one.alert.key.encode()).digest()[:16]).urn for one in notices]
    if isinstance(stage, ChatStage):
        return [Renderer(replace_all).chat(one)[0] for one in notices]
    return [one.alert.key for one in notices]


def test_a_digest_arrives_whole(stage: Stage) -> None:
    notices = (changed("~ p | We keep it for [-30 days-]{+24 months+}.", key="one"), unreachable(), trial())
    digest = Digest(key="digest-key", notices=notices)
    stage.channel.send_digest(digest)
    if isinstance(stage, FakeStage):
        assert stage.channel.digests == [digest]
    elif isinstance(stage, FeedStage):
        assert stage.arrived() == ids(stage, *notices)
    elif isinstance(stage, ChatStage):
        (said,) = stage.arrived()
        assert said.startswith("3 alerts: Harbour Lane Books privacy policy")
        assert "cannot be read" in stage.said[0]
    else:
        assert stage.arrived() == ["digest-key"]
    if isinstance(stage, MailStage):
        (_, message) = stage.mailbox.messages[0]
        for part in message.iter_parts():
            for words in ("24 months", "cannot be read", "monitor diff harbour-lane 3 4"):
                assert words in part.get_content()


def test_a_digest_that_is_refused_can_be_sent_again(stage: Stage) -> None:
    digest = Digest(key="digest-key", notices=(changed("+ p | New."),))
    stage.refuse_for(good=False)
    with pytest.raises(DeliveryError) as caught:
        stage.channel.send_digest(digest)
    assert not caught.value.permanent
    stage.relent()
    stage.channel.send_digest(digest)


@pytest.mark.parametrize("good", [True, False])
def test_a_refusal_says_whether_trying_again_makes_sense(stage: Stage, good: bool) -> None:  # noqa: FBT001
    stage.refuse_for(good=good)
    with pytest.raises(DeliveryError) as caught:
        stage.channel.send(changed())
    assert caught.value.permanent is (good and stage.refuses_for_good)
    assert str(caught.value)
    assert stage.arrived() == []


@pytest.mark.parametrize("good", [True, False])
def test_after_a_refusal_the_same_notice_can_be_sent_again(stage: Stage, good: bool) -> None:  # noqa: FBT001
    stage.refuse_for(good=good)
    with pytest.raises(DeliveryError):
        stage.channel.send(changed())
    stage.relent()
    stage.channel.send(changed())
    assert stage.arrived() == ids(stage, changed())


def test_a_notice_sent_twice_can_be_told_by_its_key(stage: Stage) -> None:
    stage.channel.send(changed(key="twice"))
    stage.channel.send(changed(key="twice"))
    known = ids(stage, changed(key="twice"))
    assert stage.arrived() == (known if isinstance(stage, FeedStage) else known * 2)  # a feed drops the second itself


def test_several_threads_may_send_at_once(stage: Stage) -> None:
    keys = [f"key-{number}" for number in range(12)]
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda key: stage.channel.send(changed("+ p | New.", key=key)), keys))
    assert sorted(stage.arrived()) == sorted(ids(stage, *(changed("+ p | New.", key=key) for key in keys)))
