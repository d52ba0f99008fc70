"""Receivers of alerts that fail, stall and break off as they like; what they took is what was shown to people."""

from __future__ import annotations

import asyncio
import json
import random
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

# How a receiver behaves, and how often. What it "took" it shows, whether or not the sender learns of that.
_MOODS = {
    "takes": 0.70,
    "refuses": 0.12,  # an error; it did not take it
    "takes and fails": 0.06,  # an error, but it did take it
    "takes and breaks off": 0.06,  # the connection ends before the sender learns of it
    "takes and stalls": 0.03,  # the sender has gone when the answer comes
    "breaks off": 0.03,
}
_STALL_S = 1.5
_DAYS = re.compile(r"\b(1\d{3})\b")


@dataclass(slots=True)
class Inbox:
    """What one receiver took: by idempotency key, the alert (policy and newest number of days) that it shows."""

    name: str
    seed: int
    taken: dict[str, tuple[str, int]] = field(default_factory=dict)
    muddled: list[str] = field(default_factory=list)  # keys that came with two different alerts
    repeats: int = 0
    calm: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _random: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)

    def mood(self) -> str:
        with self._lock:
            return "takes" if self.calm else self._random.choices(list(_MOODS), list(_MOODS.values()))[0]

    def take(self, key: str, shown: tuple[str, int]) -> None:
        with self._lock:
            self.repeats += key in self.taken
            if self.taken.setdefault(key, shown) != shown:
                self.muddled.append(key)


def _newest(text: str) -> int:
    """The number of days that a text speaks of; a redline shows the old one too, which is lower."""
    return max((int(found) for found in _DAYS.findall(text)), default=0)


@contextmanager
def webhook(inbox: Inbox) -> Iterator[int]:
    """Receive notices over HTTP; give the port."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            mood = inbox.mood()
            if "takes" in mood:
                change = body["data"]["change"]
                text = " ".join(new for operation in change["operations"] for new in _new_texts(operation))
                inbox.take(self.headers["webhook-id"], (body["data"]["policy"]["name"], _newest(text)))
            if mood.endswith("breaks off"):
                return
            if mood.endswith("stalls"):
                threading.Event().wait(_STALL_S)
            self.send_response({"takes": 204, "refuses": 503, "takes and fails": 500}.get(mood, 204))
            if mood == "refuses":
                self.send_header("Retry-After", "1")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.handle_error = lambda *_: None  # type: ignore[method-assign]  # killed clients are the point
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()


def _new_texts(operation: dict[str, Any]) -> Iterator[str]:
    """Every text that an operation brings."""
    for clause in operation.get("new") or []:
        yield clause["text"] if isinstance(clause, dict) else str(clause)


class _Mailbox:
    """aiosmtpd's handler."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - its name
        mood = self._inbox.mood()
        if "takes" in mood:
            message = message_from_bytes(envelope.original_content or b"", policy=policy.default)
            assert isinstance(message, EmailMessage)
            plain = message.get_body(("plain",))
            assert plain is not None
            text = plain.get_content()
            address = re.search(r"/policy/(\d+)", text)
            self._inbox.take(str(message["Message-ID"]), (f"policy-{address[1] if address else '?'}", _newest(text)))
        if mood.endswith("breaks off"):
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
        if mood.endswith("stalls"):
            await asyncio.sleep(_STALL_S)
        return {"refuses": "451 try again", "takes and fails": "451 try again"}.get(mood, "250 OK")


@contextmanager
def mailbox(inbox: Inbox) -> Iterator[int]:
    """Receive mails; give the port."""
    loop = asyncio.new_event_loop()
    loop.set_exception_handler(lambda *_: None)  # killed clients are the point
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    listen = loop.create_server(lambda: SMTP(_Mailbox(inbox), hostname="mail.test", loop=loop), "127.0.0.1", 0)
    server = asyncio.run_coroutine_threadsafe(listen, loop).result(10)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        asyncio.run_coroutine_threadsafe(_stop(server), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


async def _stop(server: asyncio.Server) -> None:
    server.close()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    with suppress(asyncio.CancelledError):
        await asyncio.gather(*others, return_exceptions=True)
