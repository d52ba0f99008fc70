"""Imported captures that are older than the last look: they take part in the past as archived ones do."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from monitor.importing.item import as_fetched
from storage import open_store
from tests.desk import Desk
from tests.past_desk import page
from tests.site import WebSite
from tests.wayback_server import FakeTimer, wayback_machine


@pytest.fixture
def url(desk: Desk, site: WebSite) -> str:
    """Of a policy with one live look, which shows B."""
    url = site.put("/privacy", page("B", 1))
    assert desk.run("add", url, "--name", "acme") == 0
    return url


def take_over(desk: Desk, **texts: str) -> None:
    """Import a page a day; `d20190105="A"`."""
    for day, text in texts.items():
        path = desk.folder / "captures" / f"{day[1:]}.html"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(page(text, day))
    assert desk.run("import", "acme", "captures") == 0, desk.err


def test_they_join_the_history(desk: Desk, url: str) -> None:
    take_over(desk, d20190105="A", d20200105="A", d20210105="B")
    assert "3 kept as captures of the past" in desk.out
    assert "monitor history acme" in desk.out
    assert desk.run("history", "acme", "--json") == 0
    told = desk.json()
    assert [(one["kind"], one["bracket"]["before"][:10]) for one in told["chapters"]] == [
        ("first", "2019-01-05"), ("changed", "2021-01-05"),
    ]  # fmt: skip
    assert told["chapters"][1]["first_new"]["source"] == "imported"
    assert told["chapters"][1]["first_new"]["archived"] is False
    assert (told["imported"], told["imported_not_looked_at"]) == (3, 0)
    assert (told["complete"], told["looked_at"]) == (False, 0)
    assert desk.run("history", "acme") == 0
    assert "imported" in desk.out
    assert "live" not in desk.out
    assert "3 captures imported and read." in desk.out
    assert desk.run("history", "acme", "--html") == 0
    assert f'in an imported capture of <a href="{url}' in desk.out
    assert desk.run("log", "acme", "--json") == 0
    assert len(desk.json()["versions"]) == 1  # what live looks confirmed stays as it is


def test_they_answer_when_and_at(desk: Desk, url: str) -> None:
    take_over(desk, d20190105="A", d20210105="B")
    assert desk.run("when", "acme", "as A says") == 0
    assert "Last seen 2019-01-05" in desk.out
    assert f"imported capture of {url}" in desk.out
    assert "that is all there is" not in desk.out
    assert desk.run("at", "acme", "2020-01-01") == 1
    assert "in an imported capture" in desk.out
    assert desk.run("when", "acme", "no such words") == 1
    assert "no archive was asked" in desk.out
    assert "that is all there is" not in desk.out
    assert desk.run("when", "acme", "no such words", "--json") == 1
    assert desk.json()["complete"] is False


def test_nothing_is_complete_where_nothing_is_known(desk: Desk) -> None:
    assert desk.run("add", "https://acme.example/privacy", "--name", "acme", "--no-check") == 0
    assert desk.run("history", "acme", "--json") == 0
    assert desk.json()["complete"] is False
    assert desk.run("when", "acme", "words") == 1
    assert "that is all there is" not in desk.out
    assert "No archive was asked yet" in desk.out


def test_captures_that_wait_for_other_pages_were_not_looked_at(desk: Desk, site: WebSite) -> None:
    first, second = site.put("/privacy", page("B", 1)), site.put("/more", page("C", 2))
    assert desk.run("add", first, second, "--name", "acme") == 0
    folder = desk.folder / "captures"
    folder.mkdir()
    (folder / "20190105.html").write_bytes(page("A", 3))
    assert desk.run("import", "acme", "captures", "--url", first) == 0
    assert desk.run("history", "acme", "--json") == 0
    told = desk.json()
    assert (told["complete"], told["imported"], told["imported_not_looked_at"]) == (False, 0, 1)
    assert [gap["not_looked_at"] for gap in told["gaps"]] == [1]
    assert desk.run("when", "acme", "no such words") == 1
    assert "1 imported capture was not looked at" in desk.out
    assert desk.run("at", "acme", "2020-01-01") == 2  # and nobody tries to fetch it


@pytest.mark.usefixtures("url")
def test_an_archive_completes_them(desk: Desk, archive_base: str) -> None:
    take_over(desk, d20190105="A", d20210105="B")
    desk.configure(f'[archive]\nname = "wayback"\nurl = "{archive_base}"\npatience = "0s"\npace = 100000\n')
    assert desk.run("backfill", "acme", "--json") == 0, desk.err
    told = desk.json()
    assert (told["complete"], told["fetches"], len(told["chapters"])) == (True, 0, 2)
    assert desk.run("when", "acme", "no such words") == 1
    assert "that is all there is" in desk.out


def test_a_search_reads_what_was_kept_unread(desk: Desk, archive_base: str, url: str) -> None:
    """As imports left captures before they were read."""
    store = open_store(str(desk.folder / "clausewatch.db"))
    policy = store.policy("acme").id
    taken = datetime(2019, 1, 5, tzinfo=UTC)
    old = [
        as_fetched(page("A", days), url=url, taken=taken + timedelta(days=days), name="page.html") for days in (0, 1)
    ]
    store.keep_captures(policy, old)
    assert [one.taken for one in store.kept_captures(policy)] == [one.taken for one in old]
    assert desk.run("history", "acme", "--json") == 0
    assert desk.json()["imported_not_looked_at"] == 2
    desk.configure(f'[archive]\nname = "wayback"\nurl = "{archive_base}"\npatience = "0s"\npace = 100000\n')
    assert desk.run("backfill", "acme", "--json") == 0, desk.err
    assert (desk.json()["imported"], desk.json()["imported_not_looked_at"]) == (2, 0)
    assert [one["kind"] for one in desk.json()["chapters"]] == ["first", "changed"]
    assert store.kept_captures(policy) == []
    assert len(store.captures(policy)) == 3
    store.close()


@pytest.fixture
def archive_base() -> Iterator[str]:
    """An archive that has nothing of any page."""
    with wayback_machine(FakeTimer()) as machine:
        yield machine.base
