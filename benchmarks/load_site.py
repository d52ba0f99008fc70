"""A loopback server of recorded pages, in a process of its own: lean, so that it is not what is measured.

    python -m benchmarks.load_site CORPUS PAGES     (prints its port and the number of pages)

Each page has a host of its own (see `address`), and `/PAGE?COPY` there is a policy, so that links lead to the same
places on all copies; whatever is posted is taken. GET
/mode/not_modified, /mode/same_text and /mode/changed say how all answer from then on: 304 to whoever brings the ETag
back; other bytes around the same text; another sentence in a paragraph. Other bytes are, in turns, such as no reader
sees (a token and a script in the head) and such as only reading tells from text (an attribute of the body).
"""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from benchmarks import corpus as recordings
from monitor.model import Page as PageBytes
from monitor.text import read

_PARAGRAPH = re.compile(r"<p\b[^>]*>(?=[^<]{120})", re.IGNORECASE)
_HEAD = re.compile(r"<head\b[^>]*>", re.IGNORECASE)
_BODY = re.compile(r"<body\b[^>]*[^>/]>", re.IGNORECASE)
_REQUEST = re.compile(rb"GET /(\S+) HTTP/1\.[01]\r\n")
_POSTED = re.compile(rb"\r\nContent-Length: (\d+)\r\n", re.IGNORECASE)
_ETAG = re.compile(rb"\r\nIf-None-Match: (\S+)\r\n", re.IGNORECASE)


def host(page: int) -> str:
    """Where a page is to be asked."""
    return f"127.0.{1 + page // 250}.{1 + page % 250}"


def address(site: str, page: int) -> str:
    """Of the first copy of a page."""
    return f"{site.replace('127.0.0.1', host(page))}/{page}?0"


def pages(corpus: Path, number: int) -> Iterator[_Page]:
    """Recorded pages, as many of each document, that have a paragraph to change."""
    documents = recordings.documents(corpus)
    taken = 0
    for place, document in enumerate(documents):
        wanted = (number - taken) // (len(documents) - place)
        usable = [
            html
            for _, _, html in recordings.captures(corpus, document)
            if all(pattern.search(html) for pattern in (_PARAGRAPH, _HEAD, _BODY))
        ]
        step = max(1, len(usable) // max(1, wanted))
        for html in usable[::-1][::step][:wanted]:  # the newest, and others evenly from before
            if (paragraph := _paragraph(html)) is not None:
                yield _Page(html, paragraph, str(taken))
                taken += 1


def _paragraph(html: str) -> int | None:
    """Where a paragraph of the policy begins, whose words are read; notices about cookies have such, too."""
    places = [found.end() for found in _PARAGRAPH.finditer(html)]
    before = _digest(html)
    return next(
        (
            place
            for place in (places[len(places) // 2], places[0], places[-1])
            if _digest(f"{html[:place]}Since then. {html[place:]}") != before
        ),
        None,
    )


def _digest(html: str) -> str:
    return read([PageBytes(body=html.encode(), media_type="text/html", charset="utf-8", url="http://x/")]).digest


class _Page:
    """A page as it is answered: cut where it is made to differ, once and for all."""

    def __init__(self, text: str, paragraph: int, etag: str) -> None:
        self.etag = f'"{etag}"'.encode()
        self.plain = _response(text.encode(), self.etag)
        self.not_modified = b"HTTP/1.1 304 Not Modified\r\nETag: " + self.etag + b"\r\n\r\n"
        self._head, self._body = (
            _cut(text, found.end()) for pattern in (_HEAD, _BODY) if (found := pattern.search(text))
        )
        self._paragraph = _cut(text, paragraph)

    def with_noise(self, serial: int) -> bytes:
        """Other bytes, the same text."""
        if serial % 2:
            before, after = self._body
            return _response(b'%s data-build="b%d"%s' % (before[:-1], serial, before[-1:] + after), b'"s%d"' % serial)
        before, after = self._head
        noise = b'<meta name="csrf-token" content="t%09d"><script nonce="n%d">var t="%d";</script>'
        return _response(before + noise % (serial, serial, serial) + after, b'"s%d"' % serial)

    def changed(self, serial: int) -> bytes:
        """Another text."""
        before, after = self._paragraph
        return _response(b"%sSince revision %d the following holds. %s" % (before, serial, after), b'"s%d"' % serial)


def _cut(text: str, place: int) -> tuple[bytes, bytes]:
    return text[:place].encode(), text[place:].encode()


class _Site:
    def __init__(self, pages: list[_Page]) -> None:
        self.mode = "not_modified"
        self._pages = pages
        self._serial = count(1)

    def answer(self, path: str, known: bytes) -> bytes:
        if path.startswith("mode/"):
            self.mode = path.removeprefix("mode/")
            return _response(b"", b'""')
        page = self._pages[int(path.partition("?")[0])]
        if self.mode == "not_modified":
            return page.not_modified if known == page.etag else page.plain
        return page.with_noise(next(self._serial)) if self.mode == "same_text" else page.changed(next(self._serial))


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
    found = list(pages(corpus, number))
    site = _Site(found)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Connection(site), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    hosts = [host(page) for page in range(len(found))]
    others = await loop.create_server(lambda: _Connection(site), hosts, port)
    print(port, len(found), flush=True)
    await asyncio.gather(server.serve_forever(), others.serve_forever())


if __name__ == "__main__":
    asyncio.run(_serve(Path(sys.argv[1]), int(sys.argv[2])))
