"""Hand-written stand-ins for the ports, so that tests read as stories."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from threading import Lock
from typing import Self

from monitor.errors import FetchError, HttpStatus
from monitor.model import Fetched, FetchRequest, Headers
from monitor.ports import Clock


class FakeClock:
    """Stands still until a test moves it."""

    def __init__(self, now: datetime = datetime(2026, 1, 1, 12, tzinfo=UTC)) -> None:
        self.time = now

    def now(self) -> datetime:
        return self.time


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    body: bytes
    media_type: str
    charset: str | None
    headers: Headers
    final_url: str
    permanent: bool


class FakeFetcher:
    """A web of the pages that a test put there. Implements `monitor.ports.Fetcher`.

    An answer stands until another replaces it. Unknown URLs answer with status 404. `requests` are kept in order.
    A page that was given an ETag answers 304 to a request that brings it back, as a server would.
    """

    def __init__(self, clock: Clock | None = None) -> None:
        self.clock: Clock = clock or FakeClock()
        self.requests: list[FetchRequest] = []
        self._answers: dict[str, _Answer | FetchError] = {}
        self._not_modified: set[str] = set()
        self._lock = Lock()

    def page(
        self,
        url: str,
        html: str | bytes,
        *,
        media_type: str = "text/html",
        charset: str = "utf-8",
        etag: str | None = None,
        final_url: str | None = None,
        permanent: bool = False,
    ) -> Self:
        """A page, possibly behind a redirect to `final_url`."""
        headers = (("Content-Type", f"{media_type}; charset={charset}"),) + ((("ETag", etag),) if etag else ())
        body = html.encode(charset) if isinstance(html, str) else html
        return self._put(url, body, media_type, charset, headers, final_url, permanent=permanent)

    def pdf(self, url: str, body: bytes) -> Self:
        return self._put(url, body, "application/pdf", None, (("Content-Type", "application/pdf"),), None)

    def fails(self, url: str, error: FetchError) -> Self:
        self._not_modified.discard(url)
        self._answers[url] = error
        return self

    def not_modified(self, url: str) -> Self:
        """From now on 304 to every conditional request, until the URL is given something else."""
        self._not_modified.add(url)
        return self

    def fetch(self, request: FetchRequest) -> Fetched:
        with self._lock:
            self.requests.append(request)
            answer = self._answers.get(request.url) or HttpStatus(request.url, 404)
            unmodified = request.url in self._not_modified
        if isinstance(answer, FetchError):
            raise answer
        fetched = Fetched(
            url=request.url,
            final_url=answer.final_url,
            taken=self.clock.now(),
            status=200,
            headers=answer.headers,
            body=answer.body,
            digest=hashlib.sha256(answer.body).hexdigest(),
            wire_digest=hashlib.sha256(answer.body).hexdigest(),
            wire_size=len(answer.body),
            media_type=answer.media_type,
            charset=answer.charset,
            permanent_url=answer.final_url if answer.permanent else None,
        )
        validators = request.validators
        if validators is None or validators.url not in (None, answer.final_url):
            return fetched
        etag = dict(answer.headers).get("ETag")
        if unmodified or (etag is not None and validators.etag == etag):
            nothing = hashlib.sha256(b"").hexdigest()
            return replace(fetched, status=304, body=b"", digest=nothing, wire_digest=nothing, wire_size=0)
        return fetched

    def _put(
        self,
        url: str,
        body: bytes,
        media_type: str,
        charset: str | None,
        headers: Headers,
        final_url: str | None,
        *,
        permanent: bool = False,
    ) -> Self:
        self._not_modified.discard(url)
        self._answers[url] = _Answer(
            body=body,
            media_type=media_type,
            charset=charset,
            headers=headers,
            final_url=final_url or url,
            permanent=permanent,
        )
        return self
