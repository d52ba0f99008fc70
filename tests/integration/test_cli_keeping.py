"""Backups and thinning, as somebody at a terminal asks for them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

from storage import open_store
from tests.desk import Desk
from tests.site import WebSite, policy_page


def test_a_backup_is_a_database(desk: Desk, site: WebSite) -> None:
    desk.configure()
    desk.run("add", site.put("/one"), "--name", "one")
    copy = desk.folder / "copy.db"
    assert desk.run("backup", str(copy)) == 0
    assert f"Wrote {copy}" in desk.out
    assert desk.run("backup", str(copy)) == 2
    assert "--replace replaces it" in desk.err
    assert desk.run("backup", str(copy), "--replace") == 0
    store = open_store(str(copy))
    assert [policy.spec.name for policy in store.policies()] == ["one"]
    assert store.body(store.captures(store.policy("one").id)[0].id) == policy_page()
    store.close()


def test_a_backup_never_replaces_the_database_itself(desk: Desk, site: WebSite) -> None:
    desk.configure()
    desk.run("add", site.put("/one"), "--name", "one")
    database = desk.folder / "clausewatch.db"
    (desk.folder / "other.db").symlink_to(database)
    (desk.folder / "hard.db").hardlink_to(database)
    before = database.stat().st_ino
    with closing(sqlite3.connect(database)) as connection:  # somebody has it open, so that its -wal is there
        connection.execute("SELECT * FROM policies").fetchall()
        for name in ("clausewatch.db", "other.db", "hard.db", "clausewatch.db-wal", "clausewatch.db-shm"):
            assert desk.run("backup", name, "--replace") == 2, name
            assert "is the database itself" in desk.err
    assert database.stat().st_ino == before
    assert desk.run("backup", "another.db", "--replace") == 0


def test_old_captures_are_thinned(desk: Desk, site: WebSite) -> None:
    desk.configure()
    desk.run("add", site.put("/one"), "--name", "one")
    for number in range(5):
        site.put("/one", policy_page().replace(b"<main>", b"<main data-token='%d'>" % number))
        desk.run("check", "one")
    database = desk.folder / "clausewatch.db"
    with closing(sqlite3.connect(database)) as connection:
        connection.execute(
            "UPDATE captures SET taken = ?", (str(datetime.now(UTC).replace(tzinfo=None) - timedelta(days=60)),)
        )
        connection.commit()
    assert desk.run("gc", "--dry-run") == 0
    assert "4 captures would be thinned" in desk.out
    assert desk.run("gc", "--vacuum", "--json") == 0
    assert desk.json()["captures"] == 4
    assert desk.run("gc") == 0
    assert "0 captures were thinned" in desk.out
    assert desk.run("doctor", "--offline") == 0
    assert "stored pages" in desk.out
    assert desk.run("check", "one") == 0
