"""A copy of the database while it is in use, complete at its place or not there at all."""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import URL

from monitor.errors import StoreError
from storage.connecting import SQLITE, libpq_address
from storage.engine import Database


def back_up(database: Database, target: Path) -> None:
    """Write and verify a copy; what is at `target` is replaced.

    Raises:
        StoreError: it could not be written, is damaged, or would replace the database itself; `target` is as it was.
    """
    if database.backend == SQLITE:
        _spare_the_original(database, target)
    with _partial(target) as part:
        if database.backend == SQLITE:
            _copy_sqlite(database, part)
        else:
            _dump_postgresql(database.url, part, target)


def _spare_the_original(database: Database, target: Path) -> None:
    """Refuse to replace a file of the database: who has it open would go on writing into one without a name."""
    with database.raw() as connection:
        (path,) = (row[2] for row in connection.execute("PRAGMA database_list") if row[1] == "main")
    if not path:  # in memory
        return
    for own in (Path(f"{path}{suffix}") for suffix in ("", "-wal", "-shm", "-journal")):
        with contextlib.suppress(OSError):
            if own.resolve() == target.resolve() or (own.exists() and target.exists() and own.samefile(target)):
                raise StoreError(f"{target} is the database itself; give the copy a name of its own")


@contextlib.contextmanager
def _partial(target: Path) -> Iterator[Path]:
    """A file beside the target that takes its place once it is whole and on the disk."""
    part = target.with_name(f".{target.name}.{os.getpid()}.partial")
    try:
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))  # the texts may be nobody else's business
        yield part
        with part.open("rb") as written:
            os.fsync(written.fileno())
        part.replace(target)
        with contextlib.closing(_Folder(target.parent)) as folder:
            os.fsync(folder.fileno)
    except OSError as error:
        raise StoreError(f"{target} cannot be written: {error.strerror or error}") from error
    finally:
        for leftover in (part, part.with_name(f"{part.name}-journal"), part.with_name(f"{part.name}-wal")):
            leftover.unlink(missing_ok=True)


class _Folder:
    """A folder, opened so that the new name in it can be brought to the disk."""

    def __init__(self, path: Path) -> None:
        self.fileno = os.open(path, os.O_RDONLY)

    def close(self) -> None:
        os.close(self.fileno)


def _copy_sqlite(database: Database, part: Path) -> None:
    try:
        # In one step, so in one read transaction: with WAL nobody waits for it, and no write makes it begin anew.
        with database.raw() as source, contextlib.closing(sqlite3.connect(part)) as copy:
            source.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")  # one file, with no -wal beside it
            (said,) = copy.execute("PRAGMA integrity_check(1)").fetchone()
            if said != "ok":
                raise StoreError(f"the copy of {database.place} is damaged, as the database may be: {said}")
            if copy.execute("PRAGMA foreign_key_check").fetchone() is not None:
                raise StoreError(f"the copy of {database.place} refers to rows that it does not have")
    except sqlite3.Error as error:
        raise StoreError(f"{database.place} cannot be copied: {error}") from error


def _dump_postgresql(url: URL, part: Path, target: Path) -> None:
    """Leave it to PostgreSQL's own tool, which alone knows all that a database may hold."""
    query = {name: value for name, value in url.query.items() if name != "password"}
    # Not by `set`, to which None means "as it is".
    plain = libpq_address(url.set(query=query)._replace(password=None))
    tool = shutil.which("pg_dump")
    if tool is None:
        raise StoreError(
            "a PostgreSQL database is backed up with its own tool, which is not here; where it is, run: "
            f"pg_dump --format=custom --file={shlex.quote(str(target))} {shlex.quote(plain)}"
        )
    password = url.password or url.query.get("password")
    secret = {"PGPASSWORD": str(password)} if password else {}
    _run([tool, "--format=custom", f"--file={part}", plain], secret)
    if lister := shutil.which("pg_restore"):
        _run([lister, "--list", str(part)], {})


def _run(command: list[str], secret: dict[str, str]) -> None:
    done = subprocess.run(  # noqa: S603 - the tool that $PATH names, and an address from the configuration
        command, env=os.environ | secret, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        said = " ".join(done.stderr.split()) or f"exit code {done.returncode}"
        for password in secret.values():
            said = said.replace(password, "***")
        raise StoreError(f"{Path(command[0]).name} failed: {said}")
