"""Asks a time-stamping authority over HTTP (RFC 3161, section 3.4)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing

import requests

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
                if response.status_code != _OK:
                    raise StampError(f"{url} answered with status {response.status_code}")
                answer: bytes = response.raw.read(_MOST + 1, decode_content=True)
        except (requests.RequestException, OSError, ClausewatchError) as error:
            if isinstance(error, StampError):
                raise
            raise StampError(f"{url} gave no time stamp: {error}") from error
        if len(answer) > _MOST:
            raise StampError(f"{url} answered with more than a time stamp")
        return answer

    return lambda content: ask(content, post, roots=trusted)
