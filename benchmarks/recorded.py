"""The recorded versions of a corpus (`<collection>/<service>/<document>/versions.jsonl.zst`), as Markdown."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path

import zstandard


def documents(corpus: Path) -> Iterator[tuple[str, list[str]]]:
    """Names of the documents and the Markdown of their versions, oldest first."""
    for path in sorted(corpus.rglob("versions.jsonl.zst")):
        with path.open("rb") as packed:
            stream = zstandard.ZstdDecompressor(max_window_size=2**27).stream_reader(packed)
            rows = [json.loads(line) for line in io.TextIOWrapper(stream, encoding="utf-8", newline="\n")]
        yield str(path.parent.relative_to(corpus)), [row["markdown"] for row in rows]
