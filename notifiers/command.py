"""Notices to a command of the operator's: the document as JSON on its standard input."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from monitor.errors import DeliveryError
from monitor.model import Digest, Notice
from notifiers.base import Compare, scrubbed
from notifiers.render import Renderer

REFUSED_FOR_GOOD = 100  # as qmail has it
_OUTPUT = 2_000  # bytes of output that are kept
_CHUNK = 65_536
_GRACE = 1.0  # seconds, for the last output of a command that has ended
# What a program needs to find its way about. The rest of our environment may hold passwords.
_INHERITED = ("PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LC_ALL", "TZ", "TMPDIR")


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandOptions:
    """One command: the program and its arguments, run without a shell. Nothing of a notice is in its arguments.

    `environment` names variables that it inherits besides the usual ones. `limit` bounds the characters that clause
    operations may take; `timeout` is in seconds, for all of it.
    """

    command: tuple[str, ...]
    name: str = "command"
    timeout: float = 30.0
    environment: tuple[str, ...] = ()
    limit: int = 256_000
    templates: Path | None = None  # overrides the subject's template

    def __post_init__(self) -> None:
        if not self.command or not self.command[0]:
            raise ValueError("a command channel needs a command")
        if any("\0" in part for part in self.command):
            raise ValueError("a command holds no NUL")


class CommandChannel:
    """Implements `monitor.ports.Channel`. Exit code 0 is a receipt, 100 a final refusal, any other is tried again."""

    def __init__(self, options: CommandOptions, *, compare: Compare) -> None:
        self._options = options
        self._renderer = Renderer(compare, options.templates)

    @property
    def name(self) -> str:
        """As configured."""
        return self._options.name

    def send(self, notice: Notice) -> None:
        """Run the command once.

        Raises:
            DeliveryError: it could not be run, took too long, or ended with another code than 0.
        """
        self._run(notice.alert.key, notice.alert.kind.value, self._renderer.body(notice, limit=self._options.limit))

    def send_digest(self, digest: Digest) -> None:
        """The same for a digest, under a schema of its own."""
        self._run(digest.key, "digest", self._renderer.digest_body(digest, limit=self._options.limit))

    def probe(self) -> None:
        """See whether there is such a program.

        Raises:
            DeliveryError: there is none.
        """
        if shutil.which(self._options.command[0]) is None:
            raise self._error("there is no such program")

    def _run(self, key: str, kind: str, document: bytes) -> None:
        options = self._options
        try:
            process = subprocess.Popen(  # noqa: S603 - the operator's own command, and no shell
                options.command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                env=self._environment(key, kind),
                start_new_session=True,  # a group of its own, so that its children end with it
            )
        except OSError as error:
            raise self._error(f"cannot be run: {error.strerror or type(error).__name__}") from None
        output = _Output()
        helpers = [
            threading.Thread(target=_feed, args=(process.stdin, document), daemon=True),
            threading.Thread(target=output.drain, args=(process.stdout,), daemon=True),
        ]
        for thread in helpers:
            thread.start()
        try:
            code = process.wait(options.timeout)
        except subprocess.TimeoutExpired:
            raise self._error(f"had not ended after {options.timeout:g} s") from None
        finally:
            # Whatever it has left behind goes too: a child that keeps the pipe would be waited for without end.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            for thread in helpers:
                thread.join(_GRACE)
        if code:
            what = f"ended by signal {-code}" if code < 0 else f"ended with code {code}"
            said = output.text()
            raise self._error(f"{what}: {said}" if said else what, permanent=code == REFUSED_FOR_GOOD)

    def _environment(self, key: str, kind: str) -> dict[str, str]:
        inherited = {name: os.environ[name] for name in (*_INHERITED, *self._options.environment) if name in os.environ}
        return {**inherited, "CLAUSEWATCH_KEY": key, "CLAUSEWATCH_KIND": kind, "CLAUSEWATCH_CHANNEL": self.name}

    def _error(self, what: str, *, permanent: bool = False) -> DeliveryError:
        # Arguments and the variables asked for may hold secrets, and a command may print them.
        hidden = (*self._options.command[1:], *(os.environ.get(name, "") for name in self._options.environment))
        return DeliveryError(
            f"command {Path(self._options.command[0]).name}: {scrubbed(what, hidden)}", permanent=permanent
        )


class _Output:
    """The start of what a command says; the rest is read and dropped, so that it is not held up."""

    def __init__(self) -> None:
        self._kept = b""

    def drain(self, pipe: IO[bytes]) -> None:
        with pipe, contextlib.suppress(OSError, ValueError):
            while chunk := os.read(pipe.fileno(), _CHUNK):
                self._kept += chunk[: _OUTPUT - len(self._kept)]

    def text(self) -> str:
        return " ".join(self._kept.decode("utf-8", "replace").split())


def _feed(pipe: IO[bytes], document: bytes) -> None:
    with contextlib.suppress(OSError):  # a command need not read what it does not want
        try:
            pipe.write(document)
        finally:
            pipe.close()
