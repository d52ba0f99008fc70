"""Servers that misbehave: they answer each connection with just the bytes that a test wants sent."""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

TLS_HELLO = b"\x16\x03"
RESET = "break the connection off"
Sent = bytes | float | str  # bytes to send, seconds to wait before the next, or RESET


@contextmanager
def raw_server(
    *answers: Iterable[Sent] | Callable[[bytes], Iterable[Sent]], tls: ssl.SSLContext | None = None
) -> Iterator[RawServer]:
    """A server whose n-th connection gets the n-th answer; the last one answers all that follow."""
    server = RawServer(answers, tls)
    try:
        yield server
    finally:
        server.stop()


class RawServer:
    """Speaks no HTTP: it reads up to an empty line (or TLS's greeting), then sends what it was given and closes."""

    def __init__(
        self, answers: Sequence[Iterable[Sent] | Callable[[bytes], Iterable[Sent]]], tls: ssl.SSLContext | None
    ) -> None:
        self.requests: list[bytes] = []
        self._answers = answers
        self._tls = tls
        self._stopped = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def url(self, path: str = "/", *, host: str = "127.0.0.1") -> str:
        return f"{'https' if self._tls else 'http'}://{host}:{self.port}{path}"

    def stop(self) -> None:
        self._stopped.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(5)

    def _accept(self) -> None:
        number = 0
        while not self._stopped.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            answer = self._answers[min(number, len(self._answers) - 1)]
            number += 1
            thread = threading.Thread(target=self._serve, args=(connection, answer), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket, answer: Iterable[Sent] | Callable[[bytes], Iterable[Sent]]) -> None:
        with contextlib.suppress(OSError), connection:
            stream = self._tls.wrap_socket(connection, server_side=True) if self._tls else connection
            with stream:
                request = b""
                while b"\r\n\r\n" not in request and not request.startswith(TLS_HELLO):
                    received = stream.recv(65536)
                    if not received:
                        return
                    request += received
                self.requests.append(request)
                for part in answer(request) if callable(answer) else answer:
                    if self._stopped.is_set():
                        return
                    if isinstance(part, float):
                        self._stopped.wait(part)
                    elif isinstance(part, str):
                        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    else:
                        stream.sendall(part)


def http_answer(body: bytes = b"", *, status: str = "200 OK", **headers: str) -> list[Sent]:
    """A correct HTTP/1.1 answer. Header names are given with underscores."""
    fields = {"content_type": "text/html; charset=utf-8", "content_length": str(len(body)), "connection": "close"}
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in (fields | headers).items()]
    return [f"HTTP/1.1 {status}\r\n".encode() + "\r\n".join(lines).encode() + b"\r\n\r\n" + body]


def free_port() -> int:
    with contextlib.closing(socket.socket()) as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])
