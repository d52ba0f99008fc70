"""The past from the command line: backfill, history, when, at, diff by days, and a URL held against its past."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from storage import open_store
from tests.desk import Desk
from tests.past_desk import URL, captures, page
from tests.site import WebSite
from tests.wayback_server import FakeTimer, Fault, Stored, Wayback, wayback_machine

FAST = "pace = 100000\nindex_pace = 100000\n"


@pytest.fixture
def machine(bare_desk: Desk) -> Iterator[Wayback]:
    """A Wayback Machine in the configuration; no time passes while it is asked."""
    with wayback_machine(FakeTimer()) as machine:
        machine.stored = captures("A" * 100 + "B" * 60 + "C" * 40)
        bare_desk.configure(f'[archive]\nname = "wayback"\nurl = "{machine.base}"\npatience = "0s"\n{FAST}')
        yield machine


@pytest.fixture
def watched(desk: Desk, machine: Wayback) -> Wayback:
    assert desk.run("add", URL, "--name", "acme", "--no-check") == 0
    return machine


@pytest.fixture
def filled(desk: Desk, watched: Wayback) -> Wayback:
    assert desk.run("backfill", "acme") == 0
    return watched


@pytest.mark.usefixtures("watched")
def test_backfill_tells_what_it_found(desk: Desk) -> None:
    assert desk.run("backfill", "acme", "--json") == 0
    told = desk.json()
    assert [chapter["kind"] for chapter in told["chapters"]] == ["first", "changed", "changed"]
    assert [chapter["bracket"] for chapter in told["chapters"][1:]] == [
        {"after": "2015-06-08T12:00:00+00:00", "before": "2015-06-09T12:00:00+00:00"},
        {"after": "2015-08-07T12:00:00+00:00", "before": "2015-08-08T12:00:00+00:00"},
    ]
    assert 0 < told["fetches"] < 30
    assert told["archives"][0]["captures"] == 200
    assert desk.run("backfill", "acme", "--json") == 0
    assert desk.json()["fetches"] == 0


@pytest.mark.usefixtures("watched")
def test_backfill_says_what_was_not_looked_at(desk: Desk) -> None:
    assert desk.run("backfill", "acme", "--max-fetches", "3") == 0
    assert "not looked at" in desk.out
    assert "the search is not at its end" in desk.out
    assert desk.run("backfill", "acme", "--from", "2015-07", "--to", "2015-07-20", "--json") == 0
    assert len(desk.json()["chapters"]) == 1
    assert desk.json()["first"].startswith("2015-07-01")


@pytest.mark.usefixtures("filled")
def test_what_cannot_be_done_is_said(desk: Desk) -> None:
    for wrong in (
        ("backfill", "acme", "--from", "soon"),
        ("backfill", "acme", "--from", "2016", "--to", "2015"),
        ("backfill", "acme", "--to", "2015-13"),
        ("backfill", "nobody"),
        ("history", "nobody"),
        ("history", "acme", "--json", "--html"),
        ("when", "acme"),
        ("when", "acme", " "),
        ("when", "acme", "--clause", "ab"),
        ("at", "acme", "yesterday"),
        ("at", "acme", "2014-01-01"),
        ("at", "acme", "2015-04-01", "-o", "x.txt"),
        ("diff", "acme", "2015-04-01", "now"),
        ("diff", "acme", "2015-04-01", "later"),
    ):
        assert desk.run(*wrong) == 2, wrong
        assert desk.err.strip(), wrong
        assert "Traceback" not in desk.err, wrong


def test_an_archive_that_refuses_is_told(desk: Desk, watched: Wayback) -> None:
    watched.index_faults.append(Fault(status=429, headers=(("Retry-After", "7200"),)))
    assert desk.run("backfill", "acme") == 2
    assert "wants no requests for another 7200 s" in desk.err


def test_history(desk: Desk, filled: Wayback) -> None:
    assert desk.run("history", "acme") == 0
    assert "2015-06-08 … 06-09" in desk.out
    assert "archived" in desk.out
    assert "substantive" in desk.out
    assert desk.run("history", "acme", "--from", "2015-07", "--json") == 0
    told = desk.json()
    assert [chapter["kind"] for chapter in told["chapters"]] == ["first", "changed"]
    assert told["chapters"][1]["first_new"]["url"].startswith(f"{filled.base}/web/2015")
    assert re.fullmatch(r"[0-9a-f]{64}", told["chapters"][1]["first_new"]["sha256"])


@pytest.mark.usefixtures("filled")
def test_history_as_a_page(desk: Desk) -> None:
    assert desk.run("history", "acme", "--html", "-o", "h.html") == 0
    text = (desk.folder / "h.html").read_text("utf-8")
    assert "2015-06-08 … 06-09" in text
    assert "<script" not in text
    assert not re.search(r"(src|href)=\"(?!https?:)", text)
    assert desk.run("history", "acme", "--html") == 0
    assert desk.out.strip() == text.strip()


@pytest.mark.usefixtures("watched")
def test_history_of_nothing(desk: Desk) -> None:
    assert desk.run("history", "acme") == 0
    assert "monitor backfill acme" in desk.out
    assert desk.run("history", "acme", "--json") == 0
    assert desk.json()["chapters"] == []


def test_silent_edits_and_returns_are_named(desk: Desk, watched: Wayback) -> None:
    stated = b"<p>Last updated: 1 January 2015.</p></main>"
    texts = captures("A" * 20 + "B" * 30 + "A" * 30)
    watched.stored = [Stored(one.stamp, one.url, one.body.replace(b"</main>", stated)) for one in texts]
    assert desk.run("backfill", "acme") == 0
    assert desk.run("history", "acme", "--json") == 0
    chapters = desk.json()["chapters"]
    assert [chapter["kind"] for chapter in chapters] == ["first", "changed", "returned"]
    assert [chapter["silent"] for chapter in chapters if chapter["kind"] == "changed"] == [True]
    assert desk.run("history", "acme") == 0
    assert "silent: the stated date did not change" in desk.out
    assert "back to a text that stood before" in desk.out


def test_a_lone_capture_is_a_passing_oddity(desk: Desk, watched: Wayback) -> None:
    watched.stored = captures("AXA", every=40)
    assert desk.run("backfill", "acme") == 0
    assert "seen once only, gone by 2015-05-20" in desk.out
    assert desk.run("history", "acme", "--json") == 0
    assert [one["kind"] for one in desk.json()["chapters"]] == ["first", "passing"]
    assert desk.json()["complete"]


def test_when_words_appeared(desk: Desk, filled: Wayback) -> None:
    assert desk.run("when", "acme", "as  B SAYS") == 0
    assert "First" in desk.out
    assert "Last seen" in desk.out
    assert desk.run("when", "acme", "as B says", "--json") == 0
    told = desk.json()
    assert told["first"] == {"after": "2015-06-08T12:00:00+00:00", "before": "2015-06-09T12:00:00+00:00"}
    assert told["gone"] == {"after": "2015-08-07T12:00:00+00:00", "before": "2015-08-08T12:00:00+00:00"}
    assert told["fetches"] == 0
    assert not told["first_certain"]
    assert told["first_proof"]["url"].startswith(filled.base)


@pytest.mark.usefixtures("watched")
def test_when_fetches_what_it_needs(desk: Desk) -> None:
    assert desk.run("backfill", "acme", "--max-fetches", "2") == 0
    assert desk.run("when", "acme", "as C says", "--json") == 0
    told = desk.json()
    assert told["first"]["before"] == "2015-08-08T12:00:00+00:00"
    assert 0 < told["fetches"] < 12
    assert desk.run("when", "acme", "as C says", "--offline", "--json") == 0
    assert desk.json()["fetches"] == 0
    assert desk.run("when", "acme", "--max-fetches", "0", "as C says") == 0
    assert "still stands" in desk.out


@pytest.mark.usefixtures("filled")
def test_when_it_was_always_there_or_never(desk: Desk) -> None:
    assert desk.run("when", "acme", "right to access") == 0
    assert "it may be older" in desk.out
    assert desk.run("when", "acme", "unicorns", "--offline") == 1
    assert "Not found" in desk.out
    assert "other captures were not looked at" in desk.out


@pytest.mark.usefixtures("filled")
def test_when_a_clause_appeared(desk: Desk) -> None:
    assert desk.run("at", "acme", "2015-07-01", "--json") in {0, 1}
    clause = next(one for one in desk.json()["clauses"] if "as B says" in one["text"])
    assert desk.run("when", "acme", "--clause", clause["digest"][:12], "--json") == 0
    assert desk.json()["text"] == clause["text"]


@pytest.mark.usefixtures("filled")
def test_at_a_day(desk: Desk) -> None:
    assert desk.run("at", "acme", "2015-07-01") == 0
    assert "as B says" in desk.out
    assert "2015-07-01 12:00 UTC in an archive" in desk.out
    assert "SHA-256" in desk.out
    assert desk.run("at", "acme", "2015-06-08") == 1
    assert "not later than 2015-06-09 12:00 UTC" in desk.out
    assert desk.run("at", "acme", "2019-01-01", "--json") == 1
    assert (desk.json()["before"]["taken"], desk.json()["after"]) == ("2015-09-16T12:00:00+00:00", None)


def test_at_a_day_fetches_the_captures_next_to_it_once(desk: Desk, watched: Wayback) -> None:
    assert desk.run("backfill", "acme", "--max-fetches", "2") == 0
    before = len(watched.asked)
    assert desk.run("at", "acme", "2015-05-05", "--json") == 0
    assert desk.json()["before"]["taken"] == "2015-05-05T12:00:00+00:00"
    assert desk.json()["after"]["taken"] == "2015-05-06T12:00:00+00:00"
    asked = len(watched.asked)
    assert 0 < asked - before <= 2
    assert desk.run("at", "acme", "2015-05-05", "--json") == 0
    assert len(watched.asked) == asked
    watched.playback_faults.append(Fault(status=429, headers=(("Retry-After", "7200"),)))
    assert desk.run("at", "acme", "2015-08-20", "--json") in {0, 1}
    assert "this is what is known without it" in desk.err


@pytest.mark.parametrize("shape", ["html", "markdown", "json"])
def test_at_a_day_as_a_document(desk: Desk, filled: Wayback, shape: str) -> None:
    assert desk.run("at", "acme", "2015-07-01", "--format", shape, "-o", "out") == 0
    text = (desk.folder / "out").read_text("utf-8")
    assert "as B says" in text
    assert f"{filled.base}/web/20150701120000" in text.replace("\\", "")
    if shape == "json":
        assert json.loads(text)["agrees"] is True


@pytest.mark.usefixtures("filled")
def test_at_a_day_before_all(desk: Desk) -> None:
    assert desk.run("at", "acme", "2015-01-01") == 2
    assert "its earliest text is of 2015-03-01" in desk.err


def _days_kept(told: dict[str, Any]) -> set[str]:
    return {
        value["normal"]
        for policy in told["policies"]
        for entry in policy["entries"]
        for value in entry["fact"]["values"]
    }


@pytest.mark.usefixtures("filled")
def test_practices_of_a_day(desk: Desk) -> None:
    """The archived past says what a policy promised, before anybody watched it."""
    assert desk.run("practices", "acme", "--at", "2015-04", "--json") == 0
    told = desk.json()
    assert "P30D" in _days_kept(told)
    assert told["policies"][0]["version"] is None
    assert told["policies"][0]["as_of"]["agrees"] is True
    assert told["policies"][0]["as_of"]["before"]["proof"]["archived"] is True
    assert desk.run("practices", "acme", "--at", "2015-09-17") == 0
    assert "Seen again: not since" in desk.out
    assert desk.run("practices", "--all", "--at", "2015-09-17", "--json") == 0
    assert len(desk.json()["policies"]) == 1
    assert desk.run("practices", "acme", "--at", "2014") == 2
    assert "Nothing is known of acme on that day" in desk.err


@pytest.mark.usefixtures("filled")
def test_practices_between_days(desk: Desk) -> None:
    assert desk.run("practices", "acme", "2015-03-10", "2015-07-10", "--json") == 0
    told = desk.json()
    assert (told["old"], told["old_text"]) == (None, "2015-03-10, as seen 2015-03-10")
    assert desk.run("practices", "acme", "2015-03-10", "2015-07-10") == 0
    assert desk.run("practices", "acme", "2015-03-10", "now") == 2
    assert "no version yet" in desk.err


@pytest.mark.usefixtures("filled")
def test_diff_between_days(desk: Desk) -> None:
    assert desk.run("diff", "acme", "2015-04-01", "2015-09-01") == 1
    assert "as seen 2015-04-01" in desk.out
    assert "2015-04-01, as seen 2015-04-01 (text first seen 2015-03-01" in " ".join(desk.out.split())
    assert desk.run("diff", "acme", "2015-04-01", "2015-04-02") == 0
    assert desk.run("diff", "acme", "2015-04-01", "2015-07-01", "--format", "json") == 1
    assert desk.json()["evidence"][0]["archived"]


def test_live_and_archive_together(desk: Desk, site: WebSite, watched: Wayback, tmp_path: Path) -> None:
    del tmp_path
    url = site.put("/privacy", page("D", 1))
    watched.stored = [Stored(one.stamp, url, one.body) for one in captures("A" * 40 + "B" * 40)]
    assert desk.run("add", url, "--name", "live", "--no-check") == 0
    assert desk.run("check", "live") == 0
    assert desk.run("backfill", "live") == 0
    assert desk.run("history", "live", "--json") == 0
    chapters = desk.json()["chapters"]
    assert [one["kind"] for one in chapters] == ["first", "changed", "changed"]
    assert (chapters[-1]["version"], chapters[-1]["first_new"]["archived"]) == (1, False)
    assert chapters[-1]["last_old"]["archived"]
    assert desk.run("diff", "live", "2015-04-01", "now") == 1
    assert "now, version 1" in desk.out
    assert desk.run("diff", "live", "2015-04-01", "1") == 1
    assert desk.run("log", "live", "--json") == 0
    assert [one["number"] for one in desk.json()["versions"]] == [1]
    assert desk.json()["changes"] == []


def test_a_url_is_held_against_its_past(bare_desk: Desk, site: WebSite, machine: Wayback) -> None:
    url = site.put("/privacy", page("D", 1))
    machine.stored = [Stored(one.stamp, url, one.body) for one in captures("AB?")]
    assert bare_desk.run("check", url) == 1
    assert "2015-03-02, in wayback" in bare_desk.out
    assert f"{machine.base}/web/20150302" in bare_desk.out
    assert bare_desk.run("check", url, "--since", "2015-03-01", "--json") == 1
    assert bare_desk.json()["since"]["taken"].startswith("2015-03-01")
    assert bare_desk.json()["change"]["operations"]
    site.put("/privacy", page("B", 2))
    assert bare_desk.run("check", url) == 0
    assert "The same clauses" in bare_desk.out
    assert bare_desk.run("check", url, "--since", "2014-01-01") == 2
    assert "No archive has it as it was by 2014-01-01" in bare_desk.err
    machine.index_faults.append(Fault(status=429, headers=(("Retry-After", "7200"),)))
    assert bare_desk.run("check", url) == 0
    assert "it is shown by itself" in bare_desk.err
    assert bare_desk.run("check", url, "--since", "soon") == 2
    assert not (bare_desk.folder / "clausewatch.db").exists()


def test_a_url_is_held_against_a_capture_further_back(desk: Desk, site: WebSite, machine: Wayback) -> None:
    """The nearest ones are lost: some are tried further back, not all, and it is said how many were in vain."""
    url = site.put("/privacy", page("D", 1))
    machine.stored = [
        Stored(one.stamp, url, one.body, broken=one.broken) for one in captures("A" * 60 + "!" * 40, every=3)
    ]
    assert desk.run("check", url, "--since", "2016-01-01") == 1
    assert "Compared with" in desk.out
    machine.stored = [Stored(one.stamp, url, one.body, broken=True) for one in captures("A" * 100)]
    asked = len(machine.asked)
    assert desk.run("check", url, "--since", "2016-01-01") == 2
    assert "captures of it by 2016-01-01 were asked for: they cannot be played" in desk.err
    assert "No archive has it" not in desk.err
    assert len({path for _, path in machine.asked[asked:] if path.startswith("/web/")}) <= 12
    machine.stored = machine.stored[:1]
    assert desk.run("check", url, "--since", "2016-01-01") == 2
    assert "The one capture of it" in desk.err
    assert desk.run("check", url) == 0  # nobody asked to compare it


def test_without_an_archive_none_is_asked(desk: Desk, site: WebSite) -> None:
    desk.configure()
    assert desk.run("check", site.put("/privacy")) == 0
    assert not desk.err
    assert desk.run("add", site.put("/privacy"), "--name", "x", "--no-check") == 0
    assert desk.run("check", "x", "--since", "30d") == 2


@pytest.mark.usefixtures("watched")
def test_one_process_searches_at_a_time(desk: Desk) -> None:
    store = open_store(str(desk.folder / "clausewatch.db"))
    policy = store.policy("acme").id
    assert store.claim_past(policy, owner="another", now=datetime.now(UTC), lease=timedelta(minutes=3))
    assert desk.run("backfill", "acme") == 2
    assert "or was killed on another machine in the last 3 minutes" in " ".join(desk.err.split())
    store.release_past(policy, owner="another")
    assert desk.run("backfill", "acme") == 0
    store.close()


@pytest.mark.usefixtures("watched")
def test_the_search_of_a_killed_process_is_taken_over_at_once(desk: Desk) -> None:
    code = "from monitor.ownership import owner_token; print(owner_token())"
    env = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    ended = subprocess.run([sys.executable, "-c", code], env=env, check=True, capture_output=True, text=True)
    killed = ended.stdout.strip()
    store = open_store(str(desk.folder / "clausewatch.db"))
    policy = store.policy("acme").id
    now = datetime.now(UTC)
    assert store.claim_past(policy, owner=killed, now=now, lease=timedelta(minutes=3))
    assert store.lease_owners(now=now) == {killed}
    assert desk.run("backfill", "acme") == 0, desk.err
    assert store.lease_owners(now=now) == set()
    store.close()
