"""Asks a time-stamping authority over HTTP (RFC 3161, section 3.4)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing

import requests
from urllib3.exceptions import HTTPError

from monitor.errors import ClausewatchError, StampError
from monitor.evidence.timestamp import QUERY, ask, read_roots

_MOST = 1 << 20  # bytes of an answer; real ones have five thousand
_OK = 200


def stamper(
    url: str, session: requests.Session, *, timeout: float, roots: bytes | None = None
) -> Callable[[bytes], bytes]:
    """What has content stamped by the authority at `url`; `roots` are certificates (PEM) that must vouch for it.

    The stamper raises:
        StampError: no stamp, or one that does not hold.
    """
    trusted = read_roots(roots) if roots else ()

    def post(query: bytes) -> bytes:
        try:
            headers = {"Content-Type": QUERY}
            with closing(
                session.post(url, data=query, headers=headers, timeout=timeout, stream=True, allow_redirects=False)
            ) as response:
                status = response.status_code
                answer: bytes = response.raw.read(_MOST + 1, decode_content=True) if status == _OK else b""
        except (requests.RequestException, HTTPError, OSError, ClausewatchError) as error:
            raise StampError(f"{url} gave no time stamp: {error}") from error
        if status != _OK:
            raise StampError(f"{url} answered with status {status}")
        if len(answer) > _MOST:
            raise StampError(f"{url} answered with more than a time stamp")
        return answer

    return lambda content: ask(content, post, roots=trusted)
