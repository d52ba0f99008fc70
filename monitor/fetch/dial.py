"""How requests gets its connections: through the guard, and under the deadline.

The seams are those that urllib3's own SOCKS support uses: `pool_classes_by_scheme` and `HTTPConnection._new_conn`.
TLS is done by urllib3 above this, with the host *name*: SNI and the certificate check are untouched.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any, cast

import certifi
from requests.adapters import HTTPAdapter
from urllib3 import BaseHTTPResponse, HTTPConnectionPool, HTTPSConnectionPool, Retry, Timeout
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.util import parse_url
from urllib3.util.ssl_ import create_urllib3_context

from monitor.errors import AddressRefused, ConnectionFailed, InvalidUrl, TimedOut
from monitor.fetch.deadline import Deadline
from monitor.fetch.guard import Endpoint, Guard, host_key, look_up
from monitor.fetch.urls import host_of, port_of

Dial = Callable[[str, int], socket.socket]
_NO_RETRY = Retry(0, read=False)  # as requests has it; trying again is up to the fetcher


class NameUnknown(ConnectionFailed):
    """There is no such host, said with authority: asking again at once is of no use."""


class Dialler:
    """Resolves, checks and connects to the very address that was checked."""

    def __init__(
        self, guard: Guard, *, connect_timeout: float, deadline: Deadline | None = None, url: str | None = None
    ) -> None:
        """`url` is the one to name in errors, instead of the host; with a deadline it is for one thread."""
        self._guard = guard
        self._connect_timeout = connect_timeout
        self._deadline = deadline
        self._url = url

    def dial(self, host: str, port: int) -> socket.socket:
        """Connect to the first address of a host that answers.

        Raises:
            AddressRefused, ConnectionFailed, InvalidUrl, TimedOut
        """
        return self._connect(host, self.check(host, port))

    def dial_proxy(self, host: str, port: int) -> socket.socket:
        """Connect to a proxy. The operator chose it, so its address is not checked."""
        return self._connect(host, self._look_up(host, port))

    def check(self, host: str, port: int) -> list[Endpoint]:
        """The addresses of a host that may be connected to: one at least.

        Raises:
            AddressRefused, InvalidUrl, NameUnknown, ConnectionFailed
        """
        allowed: list[Endpoint] = []
        refused: list[str] = []
        for endpoint in self._look_up(host, port):
            address = endpoint.address[0]
            why = self._guard.refusal(host, address)
            if why is None:
                allowed.append(endpoint)
            else:
                refused.append(f"{address} ({why})")
        if not allowed:
            url = self._url or host
            raise AddressRefused(url, f"{url}: {_named(host_key(host), refused)}, which must not be asked")
        return allowed

    def _look_up(self, host: str, port: int) -> list[Endpoint]:
        url = self._url or host
        try:
            endpoints = look_up(host, port)
        except socket.gaierror as error:
            again = error.errno == socket.EAI_AGAIN
            kind = ConnectionFailed if again else NameUnknown
            raise kind(url, f"{url}: the host {host_key(host)} cannot be found") from error
        except (UnicodeError, ValueError, OverflowError) as error:
            raise InvalidUrl(url, f"{url}: {host!r} cannot be a host name") from error
        if not endpoints:
            raise NameUnknown(url, f"{url}: the host {host_key(host)} has no internet address")
        return endpoints

    def _connect(self, host: str, endpoints: list[Endpoint]) -> socket.socket:
        url = self._url or host
        failure: OSError | None = None
        for endpoint in endpoints:
            if self._is_late():
                break
            sock = socket.socket(endpoint.family, socket.SOCK_STREAM)
            try:
                if self._deadline:
                    self._deadline.watch(sock)
                sock.settimeout(self._connect_timeout)
                sock.connect(endpoint.address)
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            except OSError as error:  # try the next address
                sock.close()
                failure = error
            else:
                return sock
        if self._is_late() or isinstance(failure, TimeoutError):
            raise TimedOut(url, f"{url}: no connection to {host_key(host)} in time") from failure
        raise ConnectionFailed(
            url, f"{url}: no connection to {host_key(host)}: {failure and failure.strerror}"
        ) from failure

    def _is_late(self) -> bool:
        return self._deadline is not None and self._deadline.expired


def _named(host: str, refused: list[str]) -> str:
    """What a name stands for; an address stands for itself, which need not be said."""
    if len(refused) == 1 and refused[0].startswith(f"{host} ("):
        return f"the address is {refused[0]}"
    return f"{host} stands for {', '.join(refused)}"


class _GuardedConnection(HTTPConnection):
    def __init__(self, *args: Any, dial: Dial, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._dial = dial

    def _new_conn(self) -> socket.socket:
        return self._dial(self._dns_host, self.port)  # the name with its trailing dot, if it has one


class _GuardedTlsConnection(HTTPSConnection):
    def __init__(self, *args: Any, dial: Dial, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._dial = dial

    def _new_conn(self) -> socket.socket:
        return self._dial(self._dns_host, self.port)


class _GuardedPool(HTTPConnectionPool):
    ConnectionCls = _GuardedConnection


class _GuardedTlsPool(HTTPSConnectionPool):
    ConnectionCls = _GuardedTlsConnection


def ask(
    dialler: Dialler, tls: ssl.SSLContext, url: str, headers: Mapping[str, str], timeout: Timeout
) -> BaseHTTPResponse:
    """GET an askable URL on a connection of its own; the body is still to be read. Closing the answer closes that.

    This is what a session of requests comes to when there is no proxy and all else is its caller's, at half its cost.
    """
    parts = parse_url(url)
    host, port = host_of(url), port_of(url)
    if parts.scheme == "https":
        pool: HTTPConnectionPool = _GuardedTlsPool(
            host, port, dial=dialler.dial, ssl_context=tls, cert_reqs="CERT_REQUIRED"
        )
    else:
        pool = _GuardedPool(host, port, dial=dialler.dial)
    return pool.urlopen(
        "GET",
        parts.request_uri,
        headers=dict(headers),
        retries=_NO_RETRY,
        redirect=False,
        assert_same_host=False,
        timeout=timeout,
        preload_content=False,
        decode_content=False,
    )


class DialAdapter(HTTPAdapter):
    """A transport adapter whose connections come from a dialler."""

    def __init__(self, dialler: Dialler, tls: ssl.SSLContext) -> None:
        self._dialler = dialler
        self._tls = tls
        super().__init__(max_retries=0)

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **pool_kwargs: Any) -> None:  # noqa: FBT001, FBT002 - the signature of requests
        """Make the pool manager with our connections."""
        super().init_poolmanager(connections, maxsize, block, **pool_kwargs)
        self.poolmanager.pool_classes_by_scheme = _pools(self._dialler.dial)

    def proxy_manager_for(self, proxy: str, **proxy_kwargs: Any) -> Any:
        """Make the manager for a proxy with our connections, which lead to the proxy."""
        manager = super().proxy_manager_for(proxy, proxy_ssl_context=self._tls, **proxy_kwargs)
        manager.pool_classes_by_scheme = _pools(self._dialler.dial_proxy)
        return manager

    def build_connection_pool_key_attributes(self, request: Any, verify: Any, cert: Any = None) -> tuple[Any, Any]:
        """Use the one TLS context that all exchanges share."""
        host, tls = super().build_connection_pool_key_attributes(request, verify, cert)
        return host, {**tls, "ssl_context": self._tls}

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        """Leave the TLS context alone: requests would load the authorities into it anew for each connection."""


def tls_context(ca_file: str | None) -> ssl.SSLContext:
    """A context that checks certificates and host names, against the well-known authorities and those in a file.

    Raises:
        OSError: the file cannot be read, or holds no certificate.
    """
    if ca_file is None:
        return _well_known()
    context = create_urllib3_context()
    context.load_verify_locations(certifi.where())
    context.load_verify_locations(ca_file)
    return context


@cache
def _well_known() -> ssl.SSLContext:
    context = create_urllib3_context()
    context.load_verify_locations(certifi.where())  # takes 20 ms and more; nothing changes it afterwards
    return context


def _pools(dial: Dial) -> dict[str, type[HTTPConnectionPool]]:
    pools = {"http": partial(_GuardedPool, dial=dial), "https": partial(_GuardedTlsPool, dial=dial)}
    return cast("dict[str, type[HTTPConnectionPool]]", pools)  # urllib3 only calls them
