"""A bundle: a zip of captures, versions, changes and chained observations, in which every byte is accounted for.

`manifest.json` has the SHA-256 of every other file and the head of the chain; the zip's comment has the manifest's.
That one number, the seal, is what to publish or to have time-stamped: with it nothing can be exchanged, not even by
somebody who makes all hashes anew. The zip is written in one possible way (order, dates, no compression), so that
verifying can write it again and compare the rest of its bytes too.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from monitor.errors import ReadError
from monitor.evidence.chain import GENESIS, Link, broken_links, canonical, chain

FORMAT = "clausewatch-bundle/1"
MANIFEST = "manifest.json"
OBSERVATIONS = "observations.jsonl"
BODIES = "bodies/"
EPOCH = (1980, 1, 1, 0, 0, 0)  # the first that a zip can name
PIECE = 1 << 20
IN_MEMORY = 16 << 20


@dataclass(frozen=True, slots=True)
class Flaw:
    """Something that does not hold, and in which file of the bundle."""

    place: str
    problem: str


def write_bundle(
    path: Path,
    *,
    records: Mapping[str, Sequence[Mapping[str, Any]]],
    observations: Iterable[Mapping[str, Any]],
    digests: Iterable[str],
    body: Callable[[str], bytes],
) -> str:
    """Write a bundle and return its seal.

    `records` become `NAME.jsonl` files (policies, captures, versions, changes). `body` gives the bytes for each of the
    `digests` (SHA-256). All records are JSON values.
    """
    sums: dict[str, str] = {}
    with zipfile.ZipFile(path, "w") as target:
        for name in sorted(records):
            _put(target, f"{name}.jsonl", b"".join(canonical(record) + b"\n" for record in records[name]), sums)
        links = list(chain(observations))
        lines = (canonical({"record": link.record, "previous": link.previous, "hash": link.hash}) for link in links)
        _put(target, OBSERVATIONS, b"".join(line + b"\n" for line in lines), sums)
        for digest in sorted(set(digests)):
            _put(target, BODIES + digest, body(digest), sums)
        head = links[-1].hash if links else GENESIS
        manifest = canonical({"format": FORMAT, "files": sums, "chain": {"head": head, "length": len(links)}})
        _put(target, MANIFEST, manifest, sums)
        seal = hashlib.sha256(manifest).hexdigest()
        target.comment = seal.encode("ascii")
    return seal


def seal_of(path: Path) -> str:
    """The seal that a bundle carries.

    Raises:
        ReadError: the file is no zip.
    """
    try:
        with zipfile.ZipFile(path) as source:
            return source.comment.decode("ascii", "replace")
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise ReadError(f"{path} cannot be read as a bundle: {error}") from error


def verify_bundle(path: Path, *, seal: str | None = None) -> tuple[Flaw, ...]:
    """Everything in a bundle that does not hold; empty for one as it was written.

    `seal` is the number published when it was written: without it, a bundle that was made anew passes.

    Raises:
        ReadError: the file is no zip.
    """
    seal_of(path)
    try:
        with zipfile.ZipFile(path) as source:
            flaws = list(_flaws(source, seal))
            if not flaws:
                flaws = list(_differences(path, source))
    except (zipfile.BadZipFile, EOFError, ValueError, NotImplementedError, RuntimeError, OSError) as error:
        raise ReadError(f"{path} cannot be read as a bundle: {error}") from error
    return tuple(flaws)


def _flaws(source: zipfile.ZipFile, seal: str | None) -> Iterator[Flaw]:
    """What does not hold in the files, the manifest first."""
    names = source.namelist()
    if MANIFEST not in names:
        yield Flaw(MANIFEST, "is missing")
        return
    content, flaw = _read(source, MANIFEST)
    if flaw:
        yield flaw
        return
    actual = hashlib.sha256(content).hexdigest()
    for expected in {source.comment.decode("ascii", "replace")[:64], seal or actual}:
        if actual != expected:
            yield Flaw(MANIFEST, f"does not have the seal {expected}")
    try:
        manifest = json.loads(content)
        sums, end = dict(manifest["files"]), (manifest["chain"]["head"], manifest["chain"]["length"])
    except (ValueError, KeyError, TypeError):
        yield Flaw(MANIFEST, "is not a manifest")
        return
    for name in sorted(set(names) - set(sums) - {MANIFEST}):
        yield Flaw(name, "is not in the manifest")
    for name in sorted(name for name in set(names) if names.count(name) > 1):
        yield Flaw(name, "is there twice")
    for name, digest in sorted(sums.items()):
        if name in names:
            yield from _file_flaws(source, name, digest, end)
        else:
            yield Flaw(name, "is missing")


def _file_flaws(source: zipfile.ZipFile, name: str, digest: str, end: tuple[str, int]) -> Iterator[Flaw]:
    content, flaw = _read(source, name)
    if flaw:
        yield flaw
    elif hashlib.sha256(content).hexdigest() != digest:
        yield Flaw(name, "is not what was written: its SHA-256 differs")
    elif name.startswith(BODIES) and name != BODIES + digest:
        yield Flaw(name, "does not have the content that its name says")
    elif name == OBSERVATIONS:
        yield from _chain_flaws(content, *end)


def _chain_flaws(content: bytes, head: str, length: int) -> Iterator[Flaw]:
    try:
        links = [Link(said["record"], said["previous"], said["hash"]) for said in map(json.loads, content.splitlines())]
        for number in broken_links(links):
            yield Flaw(OBSERVATIONS, f"the chain breaks at observation {number}")
    except (ValueError, KeyError, TypeError, AttributeError):
        yield Flaw(OBSERVATIONS, "is not a chain")
        return
    if (links[-1].hash if links else GENESIS, len(links)) != (head, length):
        yield Flaw(OBSERVATIONS, "the chain does not end where the manifest says")


def _differences(path: Path, source: zipfile.ZipFile) -> Iterator[Flaw]:
    """Bytes between and around the files: write the zip again and compare."""
    with tempfile.SpooledTemporaryFile(IN_MEMORY) as again, path.open("rb") as was:
        with zipfile.ZipFile(again, "w") as target:
            for name in source.namelist():
                _put(target, name, source.read(name), {})
            target.comment = source.comment
        at = _first_difference(was, again)
    if at is not None:
        before = [info.filename for info in source.infolist() if info.header_offset <= at < source.start_dir]
        place = before[-1] if before else "the list of files"
        yield Flaw(place, f"byte {at} of the bundle, outside of any content, is not what was written")


def _first_difference(one: IO[bytes], other: IO[bytes]) -> int | None:
    one.seek(0)
    other.seek(0)
    at = 0
    while True:
        left, right = one.read(PIECE), other.read(PIECE)
        if left != right:
            same = next((n for n, pair in enumerate(zip(left, right, strict=False)) if pair[0] != pair[1]), None)
            return at + (min(len(left), len(right)) if same is None else same)
        if not left:
            return None
        at += len(left)


def _read(source: zipfile.ZipFile, name: str) -> tuple[bytes, Flaw | None]:
    try:
        return source.read(name), None
    except (zipfile.BadZipFile, EOFError, ValueError, NotImplementedError, RuntimeError) as error:
        return b"", Flaw(name, f"cannot be read: {error}")


def _put(target: zipfile.ZipFile, name: str, content: bytes, sums: dict[str, str]) -> None:
    info = zipfile.ZipInfo(name, EPOCH)
    info.external_attr = 0o644 << 16
    info.create_system = 3  # the same on every system
    target.writestr(info, content, zipfile.ZIP_STORED)
    sums[name] = hashlib.sha256(content).hexdigest()
