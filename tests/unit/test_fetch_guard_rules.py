from __future__ import annotations

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.fetch.guard import Guard, refusal


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("0.0.0.0", "this network"),
        ("0.1.2.3", "this network"),
        ("10.255.255.255", "private"),
        ("100.64.0.1", "carrier-grade NAT"),
        ("100.127.255.255", "carrier-grade NAT"),
        ("127.8.8.8", "loopback"),
        ("168.63.129.16", "a cloud provider's inner service"),
        ("169.254.169.254", "link-local"),
        ("172.16.0.1", "private"),
        ("172.31.255.255", "private"),
        ("192.0.0.192", "reserved"),
        ("192.168.1.1", "private"),
        ("198.19.0.1", "benchmarking"),
        ("203.0.113.7", "documentation"),
        ("224.0.0.1", "multicast"),
        ("255.255.255.255", "reserved"),
        ("::", "unspecified"),
        ("::1", "loopback"),
        ("::7f00:1", "reserved"),  # IPv4-compatible, long dead
        ("::ffff:10.0.0.1", "private"),
        ("::ffff:0:10.0.0.1", "reserved"),  # IPv4-translated
        ("64:ff9b::10.0.0.1", "private"),
        ("64:ff9b::169.254.169.254", "link-local"),
        ("64:ff9b:1::1", "local NAT64"),
        ("100::1", "reserved"),
        ("2001::1", "a protocol's own (Teredo and others)"),
        ("2001:db8::1", "documentation"),
        ("2002:a00:1::", "private"),
        ("3fff::1", "documentation"),
        ("5f00::1", "reserved"),
        ("fd00:ec2::254", "private"),
        ("fe80::1", "link-local"),
        ("fec0::1", "reserved"),
        ("ff02::1", "multicast"),
    ],
)
def test_inner_addresses_are_refused(address: str, why: str) -> None:
    assert refusal(ip_address(address)) == why


@pytest.mark.parametrize(
    "address",
    [
        "1.1.1.1",
        "9.255.255.255",
        "11.0.0.1",
        "100.63.255.255",
        "100.128.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "192.0.1.1",
        "223.255.255.255",
        "2606:4700::1111",
        "2001:200::1",
        "2a00:1450::1",
        "64:ff9b::8.8.8.8",
        "::ffff:8.8.8.8",
        "2002:808:808::1",
    ],
)
def test_public_addresses_are_not(address: str) -> None:
    assert refusal(ip_address(address)) is None


@given(st.ip_addresses())
def test_nothing_passes_that_python_calls_anything_but_global(address: object) -> None:
    parsed = ip_address(str(address))
    if refusal(parsed) is None and parsed.version == 4:
        assert parsed.is_global
        assert not parsed.is_multicast


@given(st.ip_addresses(v=4))
def test_an_embedded_address_is_judged_as_itself(address: object) -> None:
    expected = refusal(ip_address(str(address)))
    value = int(ip_address(str(address)))
    assert refusal(ip_address(f"::ffff:{address}")) == expected
    assert refusal(ip_address(f"64:ff9b::{address}")) == expected
    assert refusal(ip_address(f"2002:{value >> 16:x}:{value & 0xFFFF:x}::1")) == expected


def test_what_is_allowed_is_by_network_or_by_name() -> None:
    guard = Guard(("10.1.0.0/16", "fd00::/8", "Intranet.Example.", "[::1]"))
    assert guard.refusal("a.example", "10.1.2.3") is None
    assert guard.refusal("a.example", "::ffff:10.1.2.3") is None
    assert guard.refusal("a.example", "10.2.0.1") == "private"
    assert guard.refusal("a.example", "fd12::1") is None
    assert guard.refusal("a.example", "::1") is None
    assert guard.refusal("intranet.example", "192.168.7.7") is None
    assert guard.refusal("INTRANET.example.", "192.168.7.7") is None
    assert guard.refusal("x.intranet.example", "192.168.7.7") == "private"
    assert guard.refusal("a.example", "fe80::1%eth0") == "link-local"


def test_a_network_that_is_none_is_told() -> None:
    with pytest.raises(ValueError, match=r"10\.0\.0\.0/99"):
        Guard(("10.0.0.0/99",))
