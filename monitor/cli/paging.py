"""Shows what is long through the reader's pager, and prints it where that cannot be run."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from contextlib import suppress

from rich.console import RenderableType

from monitor.cli.context import Context

# What a shell ends with when a command is there and cannot be run, and when there is none (POSIX, 2.8.2).
_NOT_RUN = {126, 127}
_USUAL = ("pager", "less", "more")


def page_out(context: Context, shown: RenderableType, *, pager: bool | None) -> None:
    """Print, through a pager when asked or when it would scroll away."""
    console = context.out
    if pager is None:
        lines = console.render_lines(shown, pad=False) if console.is_terminal else []
        pager = len(lines) > console.height
    command = _pager() if pager and _at_a_terminal() else ""
    if command:
        with console.capture() as captured:
            console.print(shown)
        if _run(command, captured.get(), encoding=console.encoding):
            return
    console.print(shown)


def _pager() -> str:
    """The command of the reader's choice; empty for none."""
    if (chosen := os.environ.get("PAGER")) is not None:
        return chosen.strip()
    if os.environ.get("TERM") == "dumb":
        return ""
    return next((name for name in _USUAL if shutil.which(name)), "")


def _at_a_terminal() -> bool:
    """Whether somebody is there who can turn pages."""
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout))


def _run(command: str, text: str, *, encoding: str) -> bool:
    """Whether the pager could be run. It is a line for the shell, as for git and man."""
    # As git has it: colours pass through, and short texts stay on the screen.
    environment = {"LESS": "FRX", **os.environ}
    process = subprocess.Popen(command, shell=True, stdin=subprocess.PIPE, env=environment)  # noqa: S602 - the reader's own
    assert process.stdin is not None
    # A reader may leave before the end; Ctrl-C is for the pager, which outlives it.
    with suppress(OSError, KeyboardInterrupt), process.stdin as pipe:
        pipe.write(text.encode(encoding, "backslashreplace"))
    while True:
        with suppress(KeyboardInterrupt):
            return process.wait() not in _NOT_RUN
