"""SQLite databases for tests that care what is in them, not how they come to be.

To migrate one takes longer than most tests; it is done once in a process, and the file is copied. How a database is
made and brought up to date, tests/contract/test_store_schema.py shows.
"""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

from monitor.ports import Store
from storage import open_store


@cache
def _migrated() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "monitor.db"
        open_store(str(path)).close()
        return path.read_bytes()


def put_database(path: Path) -> Path:
    """A file with our schema and nothing in it."""
    path.write_bytes(_migrated())
    return path


def new_store(path: Path) -> Store:
    """An open store on such a file."""
    return open_store(str(put_database(path)))
