"""How long a transaction waits for the disk."""

from __future__ import annotations

from pathlib import Path

from storage.engine import Database, parse_url

FULL, NORMAL = 2, 1


def test_one_hasty_write_a_second_waits_for_the_disk(tmp_path: Path) -> None:
    database = Database(parse_url(str(tmp_path / "monitor.db")))
    database.prepare()
    seen = []
    for durable in (False, False, True, False):
        with database.write(durable=durable) as connection:
            seen.append(connection.exec_driver_sql("PRAGMA synchronous").scalar())
    database.close()
    assert seen == [FULL, NORMAL, FULL, NORMAL]
