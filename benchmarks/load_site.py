"""A loopback server of recorded pages, in a process of its own: lean, so that it is not what is measured.

    python -m benchmarks.load_site CORPUS PAGES     (prints its port and the number of pages)

`/COPY/PAGE` is a policy; whatever is posted is taken. GET /mode/not_modified, /mode/same_text and /mode/changed say how
all answer from then on: 304 to whoever brings the ETag back; other bytes around the same text; another sentence in a
paragraph.
"""

from __future__ import annotations

import asyncio
import re
import sys
from itertools import count
from pathlib import Path

from benchmarks import corpus as recordings

_PARAGRAPH = re.compile(r"<p\b[^>]*>(?=[^<]{120})", re.IGNORECASE)
_HEAD = re.compile(r"<head\b[^>]*>", re.IGNORECASE)
_REQUEST = re.compile(rb"GET /(\S+) HTTP/1\.[01]\r\n")
_POSTED = re.compile(rb"\r\nContent-Length: (\d+)\r\n", re.IGNORECASE)
_ETAG = re.compile(rb"\r\nIf-None-Match: (\S+)\r\n", re.IGNORECASE)


def pages(corpus: Path, number: int) -> list[str]:
    """Recorded pages, as many of each document, that have a paragraph to change."""
    documents = recordings.documents(corpus)
    found: list[str] = []
    for place, document in enumerate(documents):
        wanted = (number - len(found)) // (len(documents) - place)
        usable = [
            html
            for _, _, html in recordings.captures(corpus, document)
            if _PARAGRAPH.search(html) and _HEAD.search(html)
        ]
        step = max(1, len(usable) // max(1, wanted))
        found += usable[::-1][::step][:wanted]  # the newest, and others evenly from before
    return found


class _Site:
    def __init__(self, texts: list[str]) -> None:
        self.mode = "not_modified"
        self._texts = texts
        self._plain = [text.encode() for text in texts]
        self._serial = count(1)

    def answer(self, path: str, known: bytes) -> bytes:
        parts = path.split("/")
        if parts[0] == "mode":
            self.mode = parts[1]
            return _response(b"", b'""')
        page = int(parts[1])
        etag = f'"{page}"'.encode()
        if self.mode == "not_modified":
            if known == etag:
                return b"HTTP/1.1 304 Not Modified\r\nETag: " + etag + b"\r\n\r\n"
            return _response(self._plain[page], etag)
        text, serial = self._texts[page], next(self._serial)
        if self.mode == "same_text":
            noise = (
                f'<meta name="csrf-token" content="t{serial:09}"><script nonce="n{serial}">var t="{serial}";</script>'
            )
            text = _HEAD.sub(lambda found: found[0] + noise, text, count=1)
        else:
            text = _PARAGRAPH.sub(
                lambda found: f"{found[0]}Since revision {serial} the following holds. ", text, count=1
            )
        return _response(text.encode(), f'"s{serial}"'.encode())


def _response(body: bytes, etag: bytes) -> bytes:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nETag: %s\r\nContent-Length: %d\r\n\r\n"
    return head % (etag, len(body)) + body


class _Connection(asyncio.Protocol):
    def __init__(self, site: _Site) -> None:
        self._site = site
        self._heard = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._heard += data
        while b"\r\n\r\n" in self._heard:
            request, _, rest = self._heard.partition(b"\r\n\r\n")
            if posted := _POSTED.search(request + b"\r\n"):
                if len(rest) < int(posted[1]):
                    return
                self._heard = rest[int(posted[1]) :]
                self._transport.write(b"HTTP/1.1 204 No Content\r\n\r\n")
                continue
            self._heard = rest
            asked = _REQUEST.match(request + b"\r\n")
            known = _ETAG.search(request + b"\r\n")
            if asked is None:
                self._transport.close()
                return
            self._transport.write(self._site.answer(asked[1].decode(), known[1] if known else b""))


async def _serve(corpus: Path, number: int) -> None:
    texts = pages(corpus, number)
    site = _Site(texts)
    server = await asyncio.get_running_loop().create_server(lambda: _Connection(site), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], len(texts), flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(Path(sys.argv[1]), int(sys.argv[2])))
