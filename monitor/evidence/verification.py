"""Reads a bundle without a database and names everything in it that does not hold.

Nothing is trusted: files are read in pieces and by lines of bounded length, and only what is stored plain, so a
hostile bundle costs no more than its own size.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from monitor.errors import ReadError
from monitor.evidence import container
from monitor.evidence.bundle import BODIES, CHAIN, CHAINS, CHAINS_FORMAT, FORMAT, MANIFEST, TIMESTAMP, Window
from monitor.evidence.chain import GENESIS, Head, canonical, link_hash

_LONGEST_LINE = 64 << 20
_LONGEST_INDEX = 256 << 20  # the manifest of a million bodies has half of that
_MOST_FLAWS = 1000
_BROKEN = (
    zipfile.BadZipFile,
    EOFError,
    ValueError,
    NotImplementedError,  # zipfile's word for a compression or a version that it does not know
    RuntimeError,
    RecursionError,
    OSError,
    OverflowError,
)


@dataclass(frozen=True, slots=True)
class Flaw:
    """Something that does not hold, and in which file of the bundle."""

    place: str
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What a bundle turned out to be. `chains` and `stamp` are what `monitor.evidence.timestamp` verifies."""

    seal: str
    flaws: tuple[Flaw, ...]
    heads: dict[int, Head] = field(default_factory=dict)  # by number of the policy
    names: dict[int, str] = field(default_factory=dict)
    bodies: int = 0
    chains: bytes = b""
    stamp: bytes | None = None


def verify_bundle(path: Path, *, seal: str | None = None, extends: Path | None = None) -> Verified:
    """Everything in a bundle that does not hold; no flaws for one as it was written.

    `seal` is the number published when it was written: without it, a bundle that was made anew passes. `extends` is an
    earlier bundle, with whose chains those of the same policies must begin.

    Raises:
        ReadError: the file, or the earlier one, is no zip.
    """
    try:
        with zipfile.ZipFile(path) as source:
            reading = _Reading(source)
            reading.read(seal)
            if extends is not None:
                reading.flaws += _not_extended(reading, extends)
            if not reading.flaws:
                reading.flaws += list(_differences(path, source))
            return reading.result()
    except _BROKEN as error:
        raise ReadError(f"{path} cannot be read as a bundle: {error}") from error


class _Reading:
    """One pass over a bundle."""

    def __init__(self, source: zipfile.ZipFile) -> None:
        self.source = source
        self.flaws: list[Flaw] = []
        self.sums: dict[str, str] = {}
        self.heads: dict[int, Head] = {}
        self.names: dict[int, str] = {}
        self.hashes: dict[int, list[str]] = {}
        self._window = Window()
        self._wanted: set[str] = set()
        self._chains = b""
        self._stamp: bytes | None = None
        self._seal = source.comment.decode("ascii", "replace")

    def result(self) -> Verified:
        return Verified(
            seal=self._seal,
            flaws=tuple(self.flaws[:_MOST_FLAWS]),
            heads=self.heads,
            names=self.names,
            bodies=sum(name.startswith(BODIES) for name in self.sums),
            chains=self._chains,
            stamp=self._stamp,
        )

    def read(self, seal: str | None) -> None:
        names = self.source.namelist()
        if not self._read_manifest(names, seal):
            return
        for name in sorted(set(names) - set(self.sums) - {MANIFEST}):
            self._say(name, "is not in the manifest")
        seen: set[str] = set()
        for name in names:
            if name in seen:
                self._say(name, "is there twice")
            seen.add(name)
        for name, digest in sorted(self.sums.items()):
            if name not in seen:
                self._say(name, "is missing")
            else:
                self._check_file(name, digest)
        self._read_chains()
        for digest in sorted(self._wanted - {name.removeprefix(BODIES) for name in self.sums}):
            self._say(BODIES + digest, "is missing: a capture of the bundle's time has it")

    def _say(self, place: str, problem: str) -> None:
        if len(self.flaws) <= _MOST_FLAWS:
            self.flaws.append(Flaw(place, problem))

    def _read_manifest(self, names: list[str], seal: str | None) -> bool:
        if MANIFEST not in names:
            self._say(MANIFEST, "is missing")
            return False
        content = self._small(MANIFEST)
        if content is None:
            return False
        actual = hashlib.sha256(content).hexdigest()
        for expected in sorted({self._seal[:64], seal or actual}):
            if actual != expected:
                self._say(MANIFEST, f"does not have the seal {expected}")
        try:
            manifest = json.loads(content)
            self.sums = {str(name): str(digest) for name, digest in manifest["files"].items()}
            limits = (manifest["window"][name] for name in ("from", "to"))
            self._window = Window(*(limit and datetime.fromisoformat(limit) for limit in limits))
            known = bool(manifest["format"] == FORMAT)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            self._say(MANIFEST, "is not a manifest")
            return False
        if not known:
            self._say(MANIFEST, f"is of another format than {FORMAT}")
        return known

    def _check_file(self, name: str, digest: str) -> None:
        try:
            with self._open(name) as file:
                actual = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]  # a ZipExtFile reads
        except _BROKEN as error:
            self._say(name, f"cannot be read: {error}")
            return
        if actual != digest:
            self._say(name, "is not what was written: its SHA-256 differs")
        elif name.startswith(BODIES) and name != BODIES + digest:
            self._say(name, "does not have the content that its name says")

    def _open(self, name: str) -> IO[bytes]:
        info = self.source.getinfo(name)
        if info.compress_type != zipfile.ZIP_STORED:
            raise ValueError("it is compressed, which no bundle is")
        return self.source.open(info)

    def _small(self, name: str) -> bytes | None:
        try:
            with self._open(name) as file:
                content = file.read(_LONGEST_INDEX + 1)
        except KeyError:
            return None  # said to be missing when the manifest was gone through
        except _BROKEN as error:
            self._say(name, f"cannot be read: {error}")
            return None
        if len(content) > _LONGEST_INDEX:
            self._say(name, "is too large to be one")
            return None
        return content

    def _read_chains(self) -> None:
        """Follow every chain from its beginning, and compare where it ends with what is said of it."""
        if CHAINS not in self.sums or CHAIN not in self.sums:
            self._say(CHAINS, "or the chain itself is not in the manifest")
            return
        content = self._small(CHAINS)
        if content is None:
            return
        self._chains = content
        if TIMESTAMP in self.sums:
            self._stamp = self._small(TIMESTAMP)
        try:
            said = json.loads(content)
            ends = {entry["policy"]: Head(entry["head"], entry["length"]) for entry in said["chains"]}
            self.names = {entry["policy"]: str(entry["name"]) for entry in said["chains"]}
            known = said["format"] == CHAINS_FORMAT
        except (ValueError, KeyError, TypeError, RecursionError):
            known = False
        if not known:
            self._say(CHAINS, "is not a list of chains")
            return
        try:
            self._follow()
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError, *_BROKEN) as error:
            self._say(CHAIN, f"is not a chain: {error}")
            return
        for policy in sorted({*ends, *self.heads}, key=str):
            if ends.get(policy, Head()) != self.heads.get(policy, Head()):
                self._say(CHAIN, f"the chain of {self.called(policy)} does not end where {CHAINS} says")

    def _follow(self) -> None:
        with self._open(CHAIN) as file:
            while line := file.readline(_LONGEST_LINE):
                said = json.loads(line)
                policy, record = said["policy"], said["record"]
                before = self.heads.get(policy, Head())
                if said["previous"] != before.hash or said["hash"] != link_hash(record, said["previous"]):
                    what = f"{record['kind']} {record['id']}"
                    self._say(CHAIN, f"the chain of {self.called(policy)} breaks at link {before.length + 1} ({what})")
                elif canonical(said) + b"\n" != line:
                    self._say(CHAIN, f"link {before.length + 1} of {self.called(policy)} is not written as it was")
                self.heads[policy] = Head(said["hash"], before.length + 1)
                self.hashes.setdefault(policy, []).append(said["hash"])
                if record["kind"] == "capture" and self._in_window(record["taken"]):
                    self._wanted.add(record["body"])

    def _in_window(self, taken: str) -> bool:
        return datetime.fromisoformat(taken) in self._window

    def called(self, policy: Any) -> str:
        return self.names.get(policy, f"policy {policy}")


def _not_extended(later: _Reading, path: Path) -> list[Flaw]:
    """Policies whose chain does not begin with that of an earlier bundle."""
    with zipfile.ZipFile(path) as source:
        earlier = _Reading(source)
        earlier.read(None)
    flaws = [Flaw(f"{path.name}: {flaw.place}", flaw.problem) for flaw in earlier.flaws]
    for policy, head in earlier.heads.items():
        hashes = later.hashes.get(policy, [])
        if head.hash != GENESIS and hashes[head.length - 1 : head.length] != [head.hash]:
            flaws.append(Flaw(CHAIN, f"the chain of {earlier.called(policy)} does not begin with that of {path.name}"))
    return flaws


def _differences(path: Path, source: zipfile.ZipFile) -> Iterator[Flaw]:
    """Bytes between and around the files: write the zip again and compare."""
    with container.spool() as again, path.open("rb") as was:
        with zipfile.ZipFile(again, "w") as target:
            for info in source.infolist():
                with source.open(info) as file:
                    container.put_stream(target, info.filename, file, info.file_size)
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
        left, right = one.read(container.PIECE), other.read(container.PIECE)
        if left != right:
            same = next((n for n, pair in enumerate(zip(left, right, strict=False)) if pair[0] != pair[1]), None)
            return at + (min(len(left), len(right)) if same is None else same)
        if not left:
            return None
        at += len(left)
