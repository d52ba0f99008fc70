"""Fetches a robots.txt, through the same guard and limits as any page."""

from __future__ import annotations

from urllib3 import BaseHTTPResponse

from monitor.fetch.exchange import CHUNK, Exchange
from monitor.fetch.robots import MAX_BYTES


class RobotsExchange(Exchange):
    """An attempt at a robots.txt, of which only the beginning counts."""

    def rules(self) -> bytes:
        """The bytes, as far as they are parsed.

        Raises:
            FetchError: there are none.
        """
        return self.run().body[:MAX_BYTES]

    def _headers(self) -> dict[str, str]:
        return super()._headers() | {"Accept": "text/plain, */*;q=0.5", "Accept-Encoding": "identity"}

    def _wire_bytes(self, answer: BaseHTTPResponse, content_length: str | None) -> bytes:
        del content_length
        body = bytearray()
        for chunk in answer.stream(CHUNK, decode_content=False):
            body += chunk
            if len(body) >= MAX_BYTES:
                break
        return bytes(body)
