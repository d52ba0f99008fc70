"""Implements `ChainStore`: the chains over what was found, and the bodies that they speak of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import func, insert, select
from sqlalchemy.exc import IntegrityError

from monitor.errors import StaleCheck, StoreError, StoreUnavailable
from monitor.model import ChainLink, Fetched
from storage import blobs
from storage.engine import Database
from storage.looks import insert_capture
from storage.policies import policy_row
from storage.proof_tables import chain_links
from storage.tables import blobs as blob_table


class SqlChains:
    """The chains of a database."""

    _database: Database

    def chain(self, policy_id: int) -> list[ChainLink]:
        """See `ChainStore.chain`."""
        with self._database.read() as connection:
            policy_row(connection, policy_id)
            rows = connection.execute(
                select(chain_links).where(chain_links.c.policy_id == policy_id).order_by(chain_links.c.position)
            )
            return [
                ChainLink(position=row.position, kind=row.kind, subject=row.subject, record=row.record, hash=row.hash)
                for row in rows
            ]

    def extend_chain(self, policy_id: int, links: Sequence[ChainLink]) -> None:
        """See `ChainStore.extend_chain`."""
        if not links:
            return
        with self._database.write() as connection:
            last = select(func.coalesce(func.max(chain_links.c.position), 0)).where(
                chain_links.c.policy_id == policy_id
            )
            stale = StaleCheck("another process has extended the chain of this policy meanwhile")
            if connection.scalar(last) != links[0].position - 1:
                raise stale
            rows = [
                {
                    "policy_id": policy_id,
                    "position": link.position,
                    "kind": link.kind,
                    "subject": link.subject,
                    "record": link.record,
                    "hash": link.hash,
                }
                for link in links
            ]
            try:
                connection.execute(insert(chain_links), rows)
            except IntegrityError as error:  # on PostgreSQL two may get this far
                raise stale from error

    def keep_captures(self, policy_id: int, captures: Sequence[Fetched]) -> None:
        """See `ChainStore.keep_captures`."""
        with self._database.read() as connection:
            policy_row(connection, policy_id)
            packed = blobs.pack_new(connection, policy_id, [(one.url, one.digest, one.body) for one in captures])
        with self._database.write() as connection:
            blobs.store(connection, packed)
            for one in captures:
                insert_capture(connection, policy_id, one)

    def damaged_blobs(self) -> Iterator[tuple[str, str]]:
        """See `ChainStore.damaged_blobs`. One transaction a body: nobody is kept waiting."""
        digest = ""
        while True:
            with self._database.read() as connection:
                following: str | None = connection.scalar(
                    select(func.min(blob_table.c.digest)).where(blob_table.c.digest > digest)
                )
                if following is None:
                    return
                digest, problem = following, ""
                try:
                    blobs.load(connection, digest)
                except StoreUnavailable:
                    raise
                except StoreError as error:
                    problem = str(error)
            if problem:
                yield digest, problem
