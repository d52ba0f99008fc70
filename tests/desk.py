"""The command as somebody at a terminal uses it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from monitor.cli.main import run_command


class Desk:
    """Somebody at a terminal: `run` gives the exit code, `out` and `err` hold what was printed by the last command."""

    def __init__(self, folder: Path, capture: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self._capture = capture
        self.out = self.err = ""

    def configure(self, more: str = "", *, fetch: str = "") -> Path:
        """Write a config.toml that may ask this machine and hurries."""
        path = self.folder / "config.toml"
        path.write_text(f'[fetch]\nallow_private = ["127.0.0.1"]\npace = "0s"\nretries = 0\n{fetch}\n{more}\n')
        return path

    def run(self, *arguments: str) -> int:
        self._capture.readouterr()
        code = run_command(arguments)
        self.out, self.err = self._capture.readouterr()
        return code

    def json(self) -> Any:
        return json.loads(self.out)
