"""A folder of recorded captures: `COLLECTION/SERVICE/DOCUMENT/{captures,versions}.jsonl.zst` and `labels.jsonl`."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import zstandard


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of a packed JSON-lines file."""
    with path.open("rb") as packed:
        stream = zstandard.ZstdDecompressor(max_window_size=2**27).stream_reader(packed)
        for line in io.TextIOWrapper(stream, encoding="utf-8", newline="\n"):
            yield json.loads(line)


def documents(corpus: Path) -> list[str]:
    """Names such as `dating/badoo/privacy-policy`."""
    return sorted(str(path.parent.relative_to(corpus)) for path in corpus.rglob("captures.jsonl.zst"))


def moment(text: str) -> datetime:
    """An aware time in UTC."""
    return datetime.fromisoformat(text).astimezone(UTC)


def captures(corpus: Path, document: str) -> Iterator[tuple[datetime, str, str]]:
    """Time, URL and HTML of each capture, in time order."""
    for row in rows(corpus / document / "captures.jsonl.zst"):
        yield moment(row["time"]), row["url"], row["html"]


def recorded(corpus: Path, document: str) -> list[str]:
    """The Markdown of the recorded versions, oldest first; empty when there are none."""
    path = corpus / document / "versions.jsonl.zst"
    return [row["markdown"] for row in rows(path)] if path.exists() else []


def labels(corpus: Path) -> dict[str, list[dict[str, Any]]]:
    """The judged changes of each document that can be replayed, in time order."""
    found: dict[str, list[dict[str, Any]]] = {}
    for line in (corpus / "labels.jsonl").read_text(encoding="utf-8").splitlines():
        label = json.loads(line)
        if label.get("replayable"):
            label["capture_time"] = moment(label["capture_time"])
            found.setdefault(label["document"], []).append(label)
    for one in found.values():
        one.sort(key=lambda label: label["capture_time"])
    return found
