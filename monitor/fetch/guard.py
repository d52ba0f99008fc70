"""The guard: which addresses may be asked at all.

A watched page, or a redirect in it, must not make us ask the machines behind our own firewall. Names are resolved
here, each address is checked, and the address that was checked is the one connected to (`monitor.fetch.dial`), so
that a name cannot answer differently a moment later (DNS rebinding).
"""

from __future__ import annotations

import socket
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

# IANA special-purpose address registries (RFC 6890 and updates), fetched into a table of our own because
# `ipaddress.is_global` differs between Python patch releases. Wider where the whole block is of no use to a web site.
_REFUSED_V4: tuple[tuple[IPv4Network, str], ...] = tuple(
    (IPv4Network(network), why)
    for network, why in (
        ("0.0.0.0/8", "this network"),
        ("10.0.0.0/8", "private"),
        ("100.64.0.0/10", "carrier-grade NAT"),
        ("127.0.0.0/8", "loopback"),
        (
            "168.63.129.16/32",
            "a cloud provider's inner service",
        ),  # public in the registry, Azure's host channel in fact
        ("169.254.0.0/16", "link-local"),
        ("172.16.0.0/12", "private"),
        ("192.0.0.0/24", "reserved"),
        ("192.0.2.0/24", "documentation"),
        ("192.88.99.0/24", "6to4 relay"),
        ("192.168.0.0/16", "private"),
        ("198.18.0.0/15", "benchmarking"),
        ("198.51.100.0/24", "documentation"),
        ("203.0.113.0/24", "documentation"),
        ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved"),
    )
)
_REFUSED_V6: tuple[tuple[IPv6Network, str], ...] = tuple(
    (IPv6Network(network), why)
    for network, why in (
        ("::/128", "unspecified"),
        ("::1/128", "loopback"),
        ("64:ff9b:1::/48", "local NAT64"),
        ("2001::/23", "a protocol's own (Teredo and others)"),
        ("2001:db8::/32", "documentation"),
        ("3fff::/20", "documentation"),
        ("fc00::/7", "private"),
        ("fe80::/10", "link-local"),
        ("ff00::/8", "multicast"),
    )
)
_GLOBAL_UNICAST = IPv6Network("2000::/3")  # all that IANA has given out to the internet
_NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One address to connect to, as `getaddrinfo` gives it."""

    family: socket.AddressFamily
    address: tuple[str, int] | tuple[str, int, int, int]


def refusal(address: IPv4Address | IPv6Address) -> str | None:
    """Tell why an address must not be asked; None when it is an ordinary public one.

    IPv6 addresses that carry an IPv4 address (mapped, NAT64, 6to4) are judged by that one.
    """
    if isinstance(address, IPv6Address):
        embedded = _embedded(address)
        if embedded is not None:
            return refusal(embedded)
        for network6, why in _REFUSED_V6:
            if address in network6:
                return why
        return None if address in _GLOBAL_UNICAST else "reserved"
    return next((why for network4, why in _REFUSED_V4 if address in network4), None)


def _embedded(address: IPv6Address) -> IPv4Address | None:
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.sixtofour


class Guard:
    """Lets through only addresses that may be asked.

    `allow_private` lists what is allowed nevertheless: networks ("10.1.0.0/16", "127.0.0.1") by address, and host
    names ("intranet.example") whatever they resolve to.
    """

    def __init__(self, allow_private: Iterable[str] = ()) -> None:
        networks: list[IPv4Network | IPv6Network] = []
        hosts: set[str] = set()
        for entry in allow_private:
            network = _network(entry)
            if network is None:
                hosts.add(host_key(entry))
            else:
                networks.append(network)
        self._networks = tuple(networks)
        self._hosts = frozenset(hosts)

    def refusal(self, host: str, address: str) -> str | None:
        """Tell why `address`, which `host` stands for, must not be asked; None when it may."""
        if host_key(host) in self._hosts:
            return None
        parsed = ip_address(address.partition("%")[0])  # a zone such as %eth0 plays no part
        plain = (isinstance(parsed, IPv6Address) and _embedded(parsed)) or parsed
        if any(plain.version == network.version and plain in network for network in self._networks):
            return None
        return refusal(parsed)


def look_up(host: str, port: int) -> list[Endpoint]:
    """The addresses of a host, which may be a name or any spelling of an address that the system understands.

    How long it takes at most is set in the system's resolver configuration: the call cannot be interrupted.

    Raises:
        socket.gaierror: the name has no address.
        UnicodeError: the name cannot be a host name.
    """
    return [
        Endpoint(family, _sockaddr(address))
        for family, _type, _protocol, _name, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    ]


def host_key(host: str) -> str:
    """A host name as it is compared: lower case, without a trailing dot or brackets."""
    return host.strip().strip("[]").rstrip(".").lower()


def _network(entry: str) -> IPv4Network | IPv6Network | None:
    try:
        return ip_network(entry.strip().strip("[]"), strict=False)
    except ValueError:
        if "/" in entry:
            raise
        return None


def _sockaddr(address: Sequence[object]) -> tuple[str, int] | tuple[str, int, int, int]:
    host, port, *rest = address
    if len(rest) == 2:  # noqa: PLR2004 - flow and scope, which only IPv6 has
        return str(host), int(str(port)), int(str(rest[0])), int(str(rest[1]))
    return str(host), int(str(port))
