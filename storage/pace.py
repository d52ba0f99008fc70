"""Implements `HostTurns`: one statement a turn, so that no two callers get the same on either database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import case

from storage.engine import Database
from storage.statements import upsert
from storage.tables import host_pace

_START = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class SqlTurns:
    """The turns of a database."""

    _database: Database

    def take_turn(self, host: str, *, now: datetime, gap: timedelta) -> datetime:
        """See `HostTurns.take_turn`."""
        moment, step = (now - _START) // _MICROSECOND, gap // _MICROSECOND
        turn = case((host_pace.c.next_at > moment, host_pace.c.next_at), else_=moment)
        # Not durable: a turn that a power cut takes back was over before the power came again.
        with self._database.write(durable=False) as connection:
            following: int = connection.execute(
                upsert(self._database.backend, host_pace)
                .values(host=host, next_at=moment + step)
                .on_conflict_do_update(index_elements=["host"], set_={"next_at": turn + step})
                .returning(host_pace.c.next_at)
            ).scalar_one()
        return _START + (following - step) * _MICROSECOND

    def hold_turns(self, host: str, *, until: datetime) -> None:
        """See `HostTurns.hold_turns`."""
        moment = (until - _START) // _MICROSECOND
        later = case((host_pace.c.next_at > moment, host_pace.c.next_at), else_=moment)
        with self._database.write(durable=False) as connection:
            connection.execute(
                upsert(self._database.backend, host_pace)
                .values(host=host, next_at=moment)
                .on_conflict_do_update(index_elements=["host"], set_={"next_at": later})
            )
