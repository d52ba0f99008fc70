"""One exchange with an archive: paced, bounded in time and size, retried where that helps, refused in silence."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

import requests
import urllib3
from requests.adapters import HTTPAdapter

from monitor.archive.encoding import Undecodable, decode
from monitor.archive.pace import Circuit, Pace, Timer
from monitor.errors import ArchiveDown, RateLimited, Unplayable
from monitor.model import Headers

USER_AGENT = "clausewatch (+https://pypi.org/project/clausewatch/)"
CONNECT_SECONDS = 15.0
READ_SECONDS = 60.0  # between two pieces; the Wayback Machine may search its index for most of a minute
WHOLE_SECONDS = 300.0
ATTEMPTS = 4
FIRST_DELAY = 2.0  # seconds before the second attempt; doubled for each further one
PATIENCE = 120.0  # the longest silence that is waited for in the call itself; longer ones are the caller's to keep
TOO_MANY_REQUESTS = 429
SERVER_ERROR = 500
PIECE = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What an archive answered, redirects not followed."""

    url: str
    status: int
    headers: Headers
    body: bytes  # after Content-Encoding is undone
    wire_digest: str
    wire_size: int

    def header(self, name: str) -> str | None:
        """The first header of that name, in any case."""
        return next((value for key, value in self.headers if key.lower() == name), None)

    @property
    def is_memento(self) -> bool:
        """It is a capture, whatever its status: an archived 500 is content, an archive's own 500 is not."""
        return self.header("memento-datetime") is not None


class _Broken(Exception):
    """One attempt failed in a way that another may mend."""


class Transport:
    """Asks one archive. Safe to use from several threads: requests' sessions are, as long as nobody changes them."""

    def __init__(
        self,
        *,
        timer: Timer = time,
        patience: float = PATIENCE,
        user_agent: str = USER_AGENT,
        read_timeout: float = READ_SECONDS,
    ) -> None:
        """Seconds: `patience` for silences that the archive asks for, `read_timeout` between two pieces."""
        self.timer = timer
        self._timeout = (min(CONNECT_SECONDS, read_timeout), read_timeout)
        self._patience = patience
        self._circuit = Circuit(timer)
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers.update({"User-Agent": user_agent, "Accept-Encoding": "gzip, deflate"})
        for scheme in ("http://", "https://"):
            # Retries are ours: urllib3 cannot tell an archived 500 from an archive's.
            self._session.mount(scheme, HTTPAdapter(max_retries=0, pool_maxsize=8))

    def get(self, url: str, *, wanted: str, pace: Pace, cap: int) -> Answer:
        """GET a URL of the archive. `wanted` is the URL whose captures are asked for; `cap` the most bytes to take.

        Returns any answer below 500, and captures of any status.

        Raises:
            RateLimited: a 429 asked for more silence than the call waits, or came again and again.
            ArchiveDown: no whole answer after several attempts.
            Unplayable: the body is too large, or its encoding cannot be undone.
        """
        problem = ""
        for attempt in range(ATTEMPTS):
            if attempt and problem:
                self.timer.sleep(FIRST_DELAY * 2 ** (attempt - 1))
            self._keep_silence(wanted)
            pace.wait()
            try:
                answer = self._exchange(url, cap)
            except _Broken as error:
                problem = str(error)
                continue
            except Undecodable as error:
                raise Unplayable(wanted, f"The archive's answer about {wanted} cannot be read: {error}") from error
            if answer.status == TOO_MANY_REQUESTS and not answer.is_memento:
                self._circuit.refuse(_retry_after(answer))
                problem = ""
                continue
            self._circuit.answered()
            if answer.status < SERVER_ERROR or answer.is_memento:
                return answer
            problem = f"it answered with status {answer.status}"
        if not problem:
            raise RateLimited(
                wanted, f"The archive refuses more requests for {wanted}", retry_after=self._circuit.left()
            )
        raise ArchiveDown(wanted, f"The archive gave no answer about {wanted}: {problem}")

    def close(self) -> None:
        """Give up its connections."""
        self._session.close()

    def _keep_silence(self, wanted: str) -> None:
        """Wait until the archive may be asked again.

        Raises:
            RateLimited: that takes longer than our patience.
        """
        while (left := self._circuit.left()) > 0:
            if left > self._patience:
                raise RateLimited(wanted, f"The archive wants no requests for another {left:.0f} s", retry_after=left)
            self.timer.sleep(left)

    def _exchange(self, url: str, cap: int) -> Answer:
        limit = self.timer.monotonic() + WHOLE_SECONDS
        try:
            with self._session.get(url, stream=True, allow_redirects=False, timeout=self._timeout) as response:
                wire = bytearray()
                while piece := response.raw.read(PIECE, decode_content=False):
                    wire += piece
                    if len(wire) > cap:
                        raise Undecodable(f"it is larger than {cap} bytes")
                    if self.timer.monotonic() > limit:
                        raise _Broken(f"it took longer than {WHOLE_SECONDS:.0f} s")
                headers = tuple((str(name), str(value)) for name, value in response.raw.headers.items())
                status = response.status_code
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            raise _Broken(str(error)) from error
        return Answer(
            url=url,
            status=status,
            headers=headers,
            body=decode(bytes(wire), headers, cap=cap),
            wire_digest=hashlib.sha256(wire).hexdigest(),
            wire_size=len(wire),
        )


def _retry_after(answer: Answer) -> float | None:
    """Seconds that a Retry-After asks for. A date is read against the server's own clock."""
    value = (answer.header("retry-after") or "").strip()
    if value.isdigit():
        return float(value)
    try:
        then = parsedate_to_datetime(value)
        return (then - parsedate_to_datetime(answer.header("date") or "")).total_seconds()
    except (ValueError, TypeError):  # no date, or one with and one without a zone
        return None
