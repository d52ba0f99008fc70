"""Proof for others: captures as a WARC, and a bundle in which no byte can be changed unnoticed."""

from monitor.evidence.bundle import Flaw, seal_of, verify_bundle, write_bundle
from monitor.evidence.chain import GENESIS, Link, broken_links, chain
from monitor.evidence.warc import write_warc

__all__ = [
    "GENESIS",
    "Flaw",
    "Link",
    "broken_links",
    "chain",
    "seal_of",
    "verify_bundle",
    "write_bundle",
    "write_warc",
]
