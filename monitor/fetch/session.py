"""A requests session whose connections pass the guard, for adapters that speak HTTP for other ends than fetching."""

from __future__ import annotations

import requests

from monitor.fetch.dial import DialAdapter, Dialler, tls_context
from monitor.fetch.guard import Guard


def guarded_session(guard: Guard, *, connect_timeout: float = 10.0, ca_file: str | None = None) -> requests.Session:
    """Make a session that refuses addresses as the fetcher does, and takes nothing from the environment.

    It may be used from several threads, as far as those of requests may. The time of a whole call is the caller's to
    bound. Besides what requests raises, AddressRefused, ConnectionFailed, InvalidUrl and TimedOut come out of
    connecting; they name the host, not the URL, which may be secret.
    """
    session = requests.Session()
    session.trust_env = False
    adapter = DialAdapter(Dialler(guard, connect_timeout=connect_timeout), tls_context(ca_file))
    for scheme in ("http://", "https://"):
        session.mount(scheme, adapter)
    return session
