"""Policies that are left alone for a time, as somebody at a terminal does it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.desk import Desk


def test_a_policy_is_paused_and_resumed(desk: Desk) -> None:
    desk.configure()
    assert desk.run("add", "https://acme.example/privacy", "--name", "acme", "--no-check") == 0
    assert desk.run("pause", "acme") == 0
    assert "acme is paused until you say: monitor resume acme." in desk.out
    assert desk.run("list") == 0
    assert "not looked at yet, paused" in desk.out
    assert desk.run("list", "--json") == 0
    assert desk.json()[0]["paused"]
    assert desk.json()[0]["resumes"] is None
    assert desk.run("resume", "acme") == 0
    assert desk.run("list") == 0
    assert "paused" not in desk.out
    assert desk.run("resume", "acme") == 2
    assert "is not paused" in desk.err


def test_a_pause_until_a_date_is_one_of_the_configured_zone(desk: Desk) -> None:
    desk.configure('[monitor]\ntimezone = "Asia/Kuala_Lumpur"\n')
    desk.run("add", "https://acme.example/privacy", "--name", "acme", "--no-check")
    day = (datetime.now(UTC) + timedelta(days=40)).date()
    assert desk.run("pause", "acme", "--until", str(day)) == 0
    assert f"acme is paused until {day} 00:00 +08." in desk.out
    desk.run("list", "--json")
    assert datetime.fromisoformat(desk.json()[0]["resumes"]) == datetime.fromisoformat(f"{day}T00:00+08:00")
    assert desk.run("pause", "acme", "--until", "2020-01-01") == 2
    assert "that moment has passed" in desk.err
    assert desk.run("pause", "nobody") == 2
    desk.run("remove", "acme")
    assert desk.run("pause", "acme") == 2
    assert "not watched any more" in desk.err


def test_a_policy_is_added_with_times_of_its_own(desk: Desk) -> None:
    desk.configure()
    line = "30 9 * * mon"
    assert desk.run("add", "https://acme.example/privacy", "--name", "acme", "--no-check", "--cron", line) == 0
    assert "Watching acme (privacy), at 30 9 * * mon (UTC)." in desk.out
    desk.run("list", "--json")
    assert desk.json()[0]["cron"] == line
    assert desk.run("add", "https://acme.example/terms", "--no-check", "--cron", "0 9 31 2 *") == 2
    assert "cron: '0 9 31 2 *' is not a cron line of five fields: bad day-of-month" in desk.err
