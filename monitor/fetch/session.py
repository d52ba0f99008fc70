"""A requests session whose connections pass the guard, for adapters that speak HTTP for other ends than fetching."""

from __future__ import annotations

import socket

import requests

from monitor.fetch.deadline import Deadline
from monitor.fetch.dial import DialAdapter, Dialler, tls_context
from monitor.fetch.guard import Guard


class _DiallerForAll(Dialler):
    """Connects for many exchanges: each connection has a deadline of its own."""

    def __init__(self, guard: Guard, *, connect_timeout: float) -> None:
        self._guard = guard
        self._connect_timeout = connect_timeout

    def dial(self, host: str, port: int) -> socket.socket:
        """Connect to the first allowed address of a host."""
        one = Dialler(
            self._guard, Deadline(self._connect_timeout), connect_timeout=self._connect_timeout, url=f"//{host}"
        )
        return one.dial(host, port)


def guarded_session(guard: Guard, *, connect_timeout: float, ca_file: str | None = None) -> requests.Session:
    """Make a session that refuses addresses as the fetcher does, and takes nothing from the environment.

    Its calls may raise `AddressRefused` and the other errors of connecting from `monitor.errors`.
    """
    session = requests.Session()
    session.trust_env = False
    adapter = DialAdapter(_DiallerForAll(guard, connect_timeout=connect_timeout), tls_context(ca_file))
    for scheme in ("http://", "https://"):
        session.mount(scheme, adapter)
    return session
