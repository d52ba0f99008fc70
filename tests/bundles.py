"""Looking into bundles, and forging them."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from monitor.evidence.chain import canonical


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def contents(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as source:
        return {name: source.read(name) for name in source.namelist()}


def lines(path: Path, name: str) -> list[Any]:
    return [json.loads(line) for line in contents(path)[name].splitlines()]


def remake(path: Path, change: Callable[[dict[str, bytes]], None], *, sums: bool = False) -> None:
    """Write the zip anew with other contents; with `sums` the manifest is made to fit, as a forger would."""
    files = contents(path)
    with zipfile.ZipFile(path) as source:
        comment = source.comment
    change(files)
    if sums:
        manifest = json.loads(files["manifest.json"])
        manifest["files"] = {name: sha(body) for name, body in files.items() if name != "manifest.json"}
        files["manifest.json"] = canonical(manifest)
        comment = sha(files["manifest.json"]).encode()
    with zipfile.ZipFile(path, "w") as target:
        for name, content in files.items():
            target.writestr(name, content)
        target.comment = comment
