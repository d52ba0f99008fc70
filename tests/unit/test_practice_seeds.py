"""Ledgers of real documents, held against a reading of each by a person. Skipped without CLAUSEWATCH_SEEDS.

The readings are in our own words; the documents stay where they are.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from monitor.model import Polarity
from monitor.practices import ledger
from monitor.text import segment

SEEDS = os.environ.get("CLAUSEWATCH_SEEDS", "")
DOES, NOT = Polarity.DOES, Polarity.DOES_NOT

# Beginning of the file's name → what it says: practice, aspect, polarity, a word of the sentence that says so.
READINGS = {
    "000": [
        ("data-security", "measures", DOES, "encryption"),
        ("cookies-tracking", "cookies", DOES, "per-session"),
        ("data-retention", "keep", NOT, "permanently"),
        ("policy-change", "change", DOES, "updated on this page"),
        ("identity-contact", "contact", DOES, "callcenter"),
    ],
    "001": [
        ("sale", "sell", NOT, "marketing purposes"),
        ("third-party-sharing", "share", NOT, "Under no circumstances"),
        ("user-choice", "opt-out", DOES, "unsubscribe link"),
        ("data-security", "measures", DOES, "electronic, and procedural"),
        ("identity-contact", "contact", DOES, "support@"),
    ],
    "002": [
        ("sale", "sell", NOT, "rent your contact information"),
        ("cookies-tracking", "cookies", DOES, "traffic patterns"),
        ("data-security", "measures", DOES, "administrative, technical"),
        ("first-party-collection", "collect", DOES, "superior level"),
    ],
    "003": [
        ("user-choice", "opt-out", DOES, "mematikan kuki"),
        ("policy-change", "change", DOES, "meminda"),
        ("policy-change", "deemed-consent", DOES, "berterusan"),
        ("legal-basis", "deemed-consent", DOES, "melayari"),
        ("cookies-tracking", "cookies", DOES, "cookies dan pengesan"),
    ],
    "004": [
        ("international-transfer", "transfer", DOES, "outside of Malaysia"),
        ("user-choice", "withdraw-consent", DOES, "revoke"),
        ("user-access", "erase", DOES, "delete your personal data"),
        ("data-retention", "keep", DOES, "as long as it is needed"),
        ("policy-change", "deemed-consent", DOES, "continued Use"),
        ("cookies-tracking", "cookies", DOES, "web beacons"),
    ],
}


@pytest.mark.skipif(not SEEDS, reason="CLAUSEWATCH_SEEDS names no folder of documents")
@pytest.mark.parametrize("document", READINGS)
def test_the_ledger_says_what_the_document_says(document: str) -> None:
    (path,) = Path(SEEDS).glob(f"{document}_*.txt")
    entries = ledger(segment(path.read_bytes(), "text/plain"))
    missing = [
        line
        for line in READINGS[document]
        if not any(
            (entry.fact.practice, entry.fact.aspect, entry.fact.polarity) == line[:3] and line[3] in entry.quote
            for entry in entries
        )
    ]
    assert missing == []
