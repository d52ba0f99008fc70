"""The bytes of captures: stored once by SHA-256, packed with zstd, pages as deltas to an earlier one.

The previous capture of the same URL as dictionary packs a page 30 to 200 times. A delta always builds on a key frame
(depth 1), so that reading takes two rows at most and one damaged row costs little.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import zstandard
from sqlalchemy import Connection, bindparam, func, select, update

from monitor.errors import BytesThinned, StoreError
from storage.small import run
from storage.statements import insert_new
from storage.tables import blobs, captures, look_captures, policy_states

# Level 3 packs a page of 330 KB to 14 % in 1 ms, with the one before as dictionary to 0.2 %; level 9 takes ten times as
# long for a tenth less. It is done with every page that changed a byte, which is nearly every page.
_LEVEL = 3
# A delta this small is kept without a look at what the page would take by itself (1/8 is a usual ratio).
_SURELY_SMALL = 1 / 20
# A delta larger than this share of the packed page is a sign that its key frame has aged: a new one is stored, and
# the pages to come are small against that.
_WORTHWHILE = 0.5

# Built once, as every check runs them.
_BLOB = select(blobs).where(blobs.c.digest == bindparam("digest"))
_KNOWN = select(blobs.c.digest).where(blobs.c.digest == bindparam("digest"))
_LAST = (
    select(func.coalesce(blobs.c.base, blobs.c.digest).label("key"), func.length(blobs.c.packed).label("size"))
    .join(captures, captures.c.digest == blobs.c.digest)
    .join(look_captures, look_captures.c.capture_id == captures.c.id)
    .join(policy_states, policy_states.c.look_id == look_captures.c.look_id)
    .where(policy_states.c.policy_id == bindparam("policy_id"), captures.c.url == bindparam("url"))
    .limit(1)
)


_LAST_INDEXED = "clausewatch_indexed"
_ROOM = 16  # a key frame is indexed for pages that differ in size by one part of so many


@dataclass(frozen=True, slots=True)
class _Indexed:
    """A key frame, and what packs pages of some sizes against it."""

    base: str
    smallest: int
    largest: int
    compressor: zstandard.ZstdCompressor


@dataclass(frozen=True, slots=True)
class PackedBlob:
    """A row of `blobs` to be."""

    digest: str
    size: int
    base: str | None
    packed: bytes


def pack_new(connection: Connection, policy_id: int, bodies: Iterable[tuple[str, str, bytes]]) -> list[PackedBlob]:
    """Pack what is not stored yet of (URL, digest, body). Reads only: it is done before the write lock is taken."""
    return [
        _pack(connection, digest, body, base=_key_frame(connection, policy_id, url))
        for url, digest, body in bodies
        if not _is_stored(connection, digest)
    ]


def pack_beside(connection: Connection, digest: str, body: bytes, neighbour: str | None) -> list[PackedBlob]:
    """Pack a body, unless it is stored, against the key frame of a stored one that it is likely to resemble."""
    if _is_stored(connection, digest):
        return []
    row = connection.execute(select(blobs.c.digest, blobs.c.base).where(blobs.c.digest == neighbour)).one_or_none()
    return [_pack(connection, digest, body, base=row and (row.base or row.digest))]


def _is_stored(connection: Connection, digest: str) -> bool:
    return bool(run(connection, _KNOWN, {"digest": digest}).rows)


def store(connection: Connection, packed: list[PackedBlob]) -> None:
    """Write rows, except those that another check wrote meanwhile."""
    rows = [{"digest": b.digest, "size": b.size, "base": b.base, "packed": b.packed} for b in packed]
    insert_new(connection, blobs, sorted(rows, key=lambda row: str(row["digest"])))


def refill(connection: Connection, known: Mapping[str, bytes]) -> None:
    """Bring back what was thinned of these bodies, by digest, where captures have it again. Call it after those."""
    if not known:
        return
    gone = select(blobs.c.digest).where(blobs.c.digest.in_(known), func.length(blobs.c.packed) == 0)
    for digest in connection.scalars(gone).all():
        packed = zstandard.ZstdCompressor(level=_LEVEL).compress(known[digest])
        connection.execute(update(blobs).where(blobs.c.digest == digest).values(packed=packed))


def load(connection: Connection, digest: str) -> bytes:
    """The bytes with that digest, checked against it.

    Raises:
        BytesThinned: they were dropped on purpose.
        StoreError: they are damaged.
    """
    [row] = run(connection, _BLOB, {"digest": digest}).rows
    if not row.packed:
        raise BytesThinned(f"the stored bytes {digest} are gone: `monitor gc` thinned the captures that had them")
    dictionary = None
    if row.base is not None:
        dictionary = _dictionary(load(connection, row.base))
    try:
        body = zstandard.ZstdDecompressor(dict_data=dictionary).decompress(row.packed, max_output_size=row.size)
    except zstandard.ZstdError as error:
        raise StoreError(f"the stored bytes {digest} are damaged: {error}") from error
    if hashlib.sha256(body).hexdigest() != digest:
        raise StoreError(f"the stored bytes {digest} are damaged: they have another digest")
    return body


def _pack(connection: Connection, digest: str, body: bytes, *, base: str | None) -> PackedBlob:
    delta = None
    compressor = _against(connection, base, len(body)) if base is not None else None
    if compressor is not None:
        delta = compressor.compress(body)
        if len(delta) < len(body) * _SURELY_SMALL:
            return PackedBlob(digest, len(body), base, delta)
    plain = zstandard.ZstdCompressor(level=_LEVEL).compress(body)
    if delta is not None and len(delta) < len(plain) * _WORTHWHILE:
        return PackedBlob(digest, len(body), base, delta)
    return PackedBlob(digest, len(body), None, plain)


def _against(connection: Connection, base: str, size: int) -> zstandard.ZstdCompressor | None:
    """What packs a page of this size as a delta to a key frame; None when that is damaged.

    Indexing the key frame takes longer than packing: each connection remembers what it last packed against, since the
    next page is often a new look at the same one. Not more, as it takes several times the size of a page.
    """
    known: _Indexed | None = connection.info.get(_LAST_INDEXED)
    if known is None or known.base != base or not known.smallest <= size <= known.largest:
        connection.info.pop(_LAST_INDEXED, None)
        reference = _undamaged(connection, base)
        if reference is None:
            return None
        # The window has to span the dictionary and the page, or the end of a large page finds no match.
        settings = zstandard.ZstdCompressionParameters.from_level(
            _LEVEL, source_size=size + size // _ROOM, dict_size=len(reference)
        )
        compressor = zstandard.ZstdCompressor(compression_params=settings, dict_data=_dictionary(reference))
        known = _Indexed(base, size - size // _ROOM, size + size // _ROOM, compressor)
        connection.info[_LAST_INDEXED] = known
    return known.compressor


def _undamaged(connection: Connection, digest: str) -> bytes | None:
    """The bytes with that digest; None when they are damaged, which must not keep new ones from being stored."""
    try:
        return load(connection, digest)
    except StoreError:
        return None


def _key_frame(connection: Connection, policy_id: int, url: str) -> str | None:
    """The key frame of the last capture of that URL, unless its bytes were thinned."""
    last = run(connection, _LAST, {"policy_id": policy_id, "url": url}).rows
    return last[0].key if last and last[0].size else None


def _dictionary(reference: bytes) -> zstandard.ZstdCompressionDict:
    return zstandard.ZstdCompressionDict(reference, dict_type=zstandard.DICT_TYPE_RAWCONTENT)
