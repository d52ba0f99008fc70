"""Text of a stranger's, as bad as it gets, is harmless in every channel; and no secret leaves by any way."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import requests
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from monitor.errors import DeliveryError
from monitor.model import Digest, Notice
from tests import channels
from tests.mail_server import Mailbox, MailServer
from tests.notices import BOOKSHOP, alert, changed, unreachable

HOSTILE = (
    "<script>alert(1)</script><img src=x onerror=alert(2)>\r\nBcc: victim@press.example\r\n\r\n.\r\nQUIT"
    " \u202egnp.exe\u202c \u2066x\u2069 \x00\x07\x1b[31m\x7f\x85 \ud800 \udfff \ufffe \U000e0041"
    " {{ 7 * 7 }} {% raw %} ]]> <!-- @everyone <!channel> [bank](https://evil.example) $(reboot) `id`"
)
LONG = "x" * 1_000_000
DANGEROUS = [chr(code) for code in (0, 7, 0x1B, 0x7F, 0x85, 0x202E, 0x2066, 0xD800, 0xFFFE, 0xE0041)]


def hostile() -> list[Notice]:
    """Hostile words in a change, a name and a reason."""
    change = changed(
        "= h2 | @@\n+ p | @@\n~ p | {+@@+}and so on".replace("@@", " ".join(HOSTILE.split("\n"))), key="k1"
    )
    assert change.new
    clauses = tuple(replace(clause, text=f"{clause.text}{HOSTILE}", path=(HOSTILE,)) for clause in change.new.clauses)
    change = replace(change, new=replace(change.new, clauses=clauses), change=None)
    named = replace(BOOKSHOP, spec=replace(BOOKSHOP.spec, service=HOSTILE, urls=('https://a.example/"><b>',)))
    long = changed(f"+ p | {LONG}\n+ p | {'<b>' * 100_000}", key="k3")
    gone = replace(unreachable(), policy=named, alert=alert(unreachable().alert.kind, key="k2", reason=HOSTILE))
    return [change, gone, long]


def each_and_together() -> list[Notice | Digest]:
    notices = hostile()
    return [*notices, Digest(key="d", notices=tuple(notices))]


def hand_over(channel: object, what: Notice | Digest) -> None:
    if isinstance(what, Digest):
        channel.send_digest(what)  # type: ignore[attr-defined]
    else:
        channel.send(what)  # type: ignore[attr-defined]


def free_of_danger(text: str) -> None:
    for char in DANGEROUS:
        assert char not in text, f"U+{ord(char):04X}"


def test_in_mail() -> None:
    mailbox = Mailbox()
    with MailServer(mailbox) as port:
        channel = channels.mail(port, "c@d.example")
        for what in each_and_together():
            hand_over(channel, what)
    assert len(mailbox.messages) == 4
    for (_, message), raw in zip(mailbox.messages, mailbox.raw, strict=True):
        assert message["Bcc"] is None
        assert message["To"] == "c@d.example"
        free_of_danger(str(message["Subject"]))
        assert max(len(line) for line in raw.split(b"\r\n")) <= 998
        assert raw.isascii()
        plain, html = message.iter_parts()
        for part in (plain, html):
            free_of_danger(part.get_content().replace("\n", ""))
        shown = html.get_content()
        assert "<script" not in shown
        assert "<img" not in shown
        assert len(shown.encode()) < 102_000  # Gmail clips there
        assert "49" not in str(message["Subject"])


def test_in_a_webhook(httpserver: HTTPServer) -> None:
    bodies: list[bytes] = []

    def answer(request: Request) -> Response:
        bodies.append(request.get_data())
        return Response(status=204)

    httpserver.expect_request("/").respond_with_handler(answer)
    with channels.plain_session() as session:
        channel = channels.webhook(httpserver.url_for("/"), session)
        for what in each_and_together():
            hand_over(channel, what)
    assert len(bodies) == 4
    for body in bodies:
        free_of_danger(body.decode("utf-8").replace("\n", ""))
        json.loads(body)
        assert len(body) < 2_000_000


def test_in_a_chat(httpserver: HTTPServer) -> None:
    said: list[dict[str, str]] = []

    def answer(request: Request) -> Response:
        said.append(json.loads(request.get_data()))
        return Response(status=200)

    httpserver.expect_request("/").respond_with_handler(answer)
    channel = channels.chat(httpserver.url_for("/"))
    for what in each_and_together():
        hand_over(channel, what)
    assert len(said) == 4
    for one in said:
        text = one["title"] + one["message"]
        free_of_danger(text.replace("\n", ""))
        for steering in ("@everyone", "<!channel>", "](https"):
            assert steering not in text
        assert len(one["message"]) <= 1_900


def test_in_a_feed(tmp_path: Path) -> None:
    path = tmp_path / "feed.atom"
    channel = channels.feed(path, url="https://a.example/feed.atom")
    for what in each_and_together():
        hand_over(channel, what)
    entries = ET.fromstring(path.read_bytes()).findall("{http://www.w3.org/2005/Atom}entry")
    assert len(entries) == 3
    for entry in entries:
        content = entry.findtext("{http://www.w3.org/2005/Atom}content") or ""
        free_of_danger(content.replace("\n", ""))
        assert "<script" not in content
        assert "<img" not in content
        assert len(content) < 60_000


def test_in_a_command(tmp_path: Path) -> None:
    out = tmp_path / "out"
    script = (
        "import sys, os, json; text = sys.stdin.read(); json.loads(text);"
        f" open({str(out)!r}, 'a').write(text + ' '.join(sys.argv[1:]) + os.environ['CLAUSEWATCH_KEY'])"
    )
    channel = channels.command(script, "fixed")
    for what in each_and_together():
        hand_over(channel, what)
    free_of_danger(out.read_text("utf-8").replace("\n", ""))
    assert out.read_text("utf-8").endswith("fixedd")


SECRET = "pl4nted-s3cret"


def _echo(httpserver: HTTPServer) -> str:
    """A receiver that refuses and repeats all that it was sent."""

    def answer(request: Request) -> Response:
        said = f"{request.url} {dict(request.headers)} {request.path.rpartition('/')[2]} is unknown"
        return Response(said, status=500)

    httpserver.expect_request(f"/hook/{SECRET}").respond_with_handler(answer)
    return httpserver.url_for(f"/hook/{SECRET}")


def a_webhook(httpserver: HTTPServer) -> object:
    session = requests.Session()
    session.trust_env = False
    return channels.webhook(
        f"{_echo(httpserver)}?token={SECRET}2",
        session,
        headers=(("Authorization", f"Bearer {SECRET}"),),
        secrets=("whsec_cGw0bnRlZC1zM2NyZXQ=",),
    )


def a_chat(httpserver: HTTPServer) -> object:
    return channels.chat(_echo(httpserver).replace("http://", f"http://{SECRET}:{SECRET}@"))


def a_command(_httpserver: HTTPServer) -> object:
    script = "import os, sys; print(sys.argv, dict(os.environ)); sys.exit(3)"
    return channels.command(script, SECRET, environment=("PLANTED",))


@pytest.mark.parametrize("make", [a_webhook, a_chat, a_command])
def test_no_secret_is_in_what_is_told(
    make: Callable[[HTTPServer], object],
    httpserver: HTTPServer,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PLANTED", SECRET)
    monkeypatch.setenv("SMTP_PASSWORD", f"{SECRET}-of-another")
    caplog.set_level(logging.DEBUG)
    channel = make(httpserver)
    for what in (changed("+ p | New."), Digest(key="d", notices=(changed("+ p | New."),))):
        with pytest.raises(DeliveryError) as caught:
            hand_over(channel, what)
        assert SECRET not in str(caught.value)
        assert "of-another" not in str(caught.value)
    # urllib3 tells at its debug level what it asks for, which the program never writes; werkzeug is the receiver here.
    ours = [one for one in caplog.records if one.levelno > logging.DEBUG and one.name != "werkzeug"]
    logged = "\n".join(one.getMessage() for one in ours)
    assert SECRET not in logged
    assert SECRET not in "".join(capsys.readouterr())
    assert SECRET not in repr(vars(channel).get("_options")) or make is a_command
    for request, _ in httpserver.log:
        assert SECRET not in request.get_data(as_text=True)


def test_a_command_gets_nothing_of_our_environment_but_what_it_needs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SMTP_PASSWORD", SECRET)
    monkeypatch.setenv("WANTED", "yes")
    out = tmp_path / "env.json"
    script = f"import json, os; json.dump(dict(os.environ), open({str(out)!r}, 'w'))"
    channels.command(script, environment=("WANTED", "MISSING")).send(changed("+ p | New."))
    given = json.loads(out.read_text("utf-8"))
    assert given["WANTED"] == "yes"
    assert (given["CLAUSEWATCH_KIND"], given["CLAUSEWATCH_CHANNEL"]) == ("change", "command")
    assert SECRET not in given.values()
    assert given["PATH"] == os.environ["PATH"]
