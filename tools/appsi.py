"""APPSI-139 as it is trained and measured on: equal texts joined, topics joined, a tenth held out by its words."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping
from pathlib import Path

import zstandard

from monitor.practices.words import split_words

TOPIC_OF = {
    "First Party Collection Information": "collection",
    "Usage": "collection",
    "Permission Acquisition": "collection",
    "Third Party Sharing/ Disclosure": "sharing",
    "Edit/Control": "control",
    "Data Retention": "retention",
    "Data Security": "security",
    "Policy Change": "change",
    "Specific Audiences": "audiences",
    "Contact Information": "contact",
}


# The practices that a topic stands for.
TOPICS: Mapping[str, tuple[str, ...]] = {
    "collection": ("first-party-collection", "cookies-tracking", "automated-decisions-ai", "do-not-track"),
    "sharing": ("third-party-sharing", "sale"),
    "control": ("user-choice", "user-access", "do-not-track"),
    "retention": ("data-retention", "international-transfer"),
    "security": ("data-security",),
    "change": ("policy-change",),
    "audiences": ("specific-audiences", "eligibility"),
    "contact": ("identity-contact",),
}


def key_of(text: str) -> str:
    """The same for texts of the same words."""
    return " ".join(word for word in split_words(text).lower if word[0].isalnum())


def held_out(text: str) -> bool:
    """A tenth, by the words of the text, so that no text is in both parts."""
    return int(hashlib.sha256(key_of(text).encode()).hexdigest(), 16) % 10 == 0


def short_key(text: str) -> str:
    """Names a text where the text itself is not kept."""
    return hashlib.sha256(key_of(text).encode()).hexdigest()[:12]


def sentences(path: Path) -> dict[str, tuple[str, set[str]]]:
    """Key → text and topics; labels of equal texts are joined."""
    found: dict[str, tuple[str, set[str]]] = {}
    with path.open("rb") as packed:
        stream = zstandard.ZstdDecompressor().stream_reader(packed)
        for line in io.TextIOWrapper(stream, encoding="utf-8"):
            row = json.loads(line)
            found.setdefault(key_of(row["text"]), (row["text"], set()))[1].update(
                TOPIC_OF[topic] for topic in row["topics"] if topic in TOPIC_OF
            )
    return found
