"""The zip of a bundle, written in the one possible way: no compression, one date, one system.

So the same content is the same file, and a reader can write it again and compare even the bytes between its files.
"""

from __future__ import annotations

import hashlib
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import IO

EPOCH = (1980, 1, 1, 0, 0, 0)  # the first that a zip can name
PIECE = 1 << 20
IN_MEMORY = 16 << 20  # bytes of a file in the making; more of it waits on the disk


def put(target: zipfile.ZipFile, name: str, content: bytes) -> str:
    """Add a file; give its SHA-256."""
    info = _info(name, len(content))
    with target.open(info, "w") as file:
        file.write(content)
    return hashlib.sha256(content).hexdigest()


def put_lines(target: zipfile.ZipFile, name: str, lines: Iterable[bytes]) -> str:
    """Add a file line by line; give its SHA-256. Its size must be known first, so it is written aside."""
    with spool() as aside:
        digest = hashlib.sha256()
        size = 0
        for line in lines:
            digest.update(line)
            size += aside.write(line)
        aside.seek(0)
        put_stream(target, name, aside, size)
    return digest.hexdigest()


def put_stream(target: zipfile.ZipFile, name: str, source: IO[bytes], size: int) -> None:
    """Add a file of `size` bytes from a stream."""
    with target.open(_info(name, size), "w") as file:
        while piece := source.read(PIECE):
            file.write(piece)


@contextmanager
def spool() -> Iterator[IO[bytes]]:
    """A temporary file, in memory while it is small."""
    with tempfile.SpooledTemporaryFile(IN_MEMORY) as file:
        yield file


def _info(name: str, size: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, EPOCH)
    info.external_attr = 0o644 << 16
    info.create_system = 3  # the same on every system
    info.file_size = size
    return info
