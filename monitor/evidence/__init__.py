"""Proof for others: captures as a WARC, and a bundle in which no byte can be changed unnoticed."""

from monitor.evidence.bundle import Window, Written, captures_within, write_bundle
from monitor.evidence.chain import GENESIS, Head, Link, broken_links, chain
from monitor.evidence.ledger import ProofStore, broken_chain, extend_chain
from monitor.evidence.verification import Flaw, Verified, verify_bundle
from monitor.evidence.warc import write_warc

__all__ = [
    "GENESIS",
    "Flaw",
    "Head",
    "Link",
    "ProofStore",
    "Verified",
    "Window",
    "Written",
    "broken_chain",
    "broken_links",
    "captures_within",
    "chain",
    "extend_chain",
    "verify_bundle",
    "write_bundle",
    "write_warc",
]
