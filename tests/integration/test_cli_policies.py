"""The commands about which policies are watched."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.desk import Desk
from tests.site import LONGER, WebSite, policy_page


@pytest.fixture
def url(site: WebSite) -> str:
    return site.put("/privacy")


class TestInit:
    def test_writes_a_file_that_works(self, desk: Desk) -> None:
        (desk.folder / "config.toml").unlink()
        assert desk.run("init") == 0
        assert (desk.folder / "config.toml").read_text() == (Path(__file__).parents[2] / "config.toml").read_text()
        assert desk.run("list") == 0
        assert "No policy is watched yet" in desk.out

    def test_leaves_an_existing_file_alone(self, desk: Desk) -> None:
        before = (desk.folder / "config.toml").read_bytes()
        assert desk.run("init") == 2
        assert "there already" in desk.err
        assert (desk.folder / "config.toml").read_bytes() == before

    def test_makes_the_folder_or_says_why_not(self, desk: Desk) -> None:
        assert desk.run("init", "--path", "etc/new/config.toml") == 0
        assert (desk.folder / "etc/new/config.toml").is_file()
        assert desk.run("init", "--path", "config.toml/config.toml") == 2
        assert "cannot be written" in desk.err


class TestAdd:
    def test_watches_and_looks_at_once(self, bare_desk: Desk, url: str) -> None:
        assert bare_desk.run("add", url, "--name", "acme-privacy", "--every", "6h") == 0
        assert "Watching acme-privacy (privacy), every 6 hours." in bare_desk.out
        assert "First look: first version" in bare_desk.out
        assert bare_desk.run("list", "--json") == 0
        (listed,) = bare_desk.json()
        assert (listed["name"], listed["urls"], listed["every_seconds"]) == ("acme-privacy", [url], 21600)
        assert (listed["versions"], listed["outcome"], listed["defined_in"]) == (1, "first", "database")

    def test_all_its_options(self, desk: Desk, site: WebSite, url: str) -> None:
        second = site.put("/privacy/2", policy_page(*LONGER[3:]))
        code = desk.run(
            *("add", url, second, "--service", "Acme", "--kind", "terms", "--lang", "en", "--no-check", "--json"),
            *("--select", "main", "--remove", "aside", "--remove", ".ad"),
        )
        assert code == 0
        added = desk.json()
        assert added["urls"] == [url, second]
        assert (added["service"], added["kind"], added["language"], added["outcome"]) == ("Acme", "terms", "en", None)
        assert added["name"] == "127-0-0-1-terms"
        assert site.visits == {}
        assert desk.run("check") == 0
        assert site.visits == {"/privacy": 1, "/privacy/2": 1}

    def test_a_page_that_is_no_policy_is_watched_and_told(self, desk: Desk, site: WebSite) -> None:
        assert desk.run("add", site.url + "/missing", "--name", "gone") == 2
        assert "status 404" in desk.out
        assert desk.run("list") == 0
        assert "gone" in desk.out

    def test_a_name_or_an_address_that_is_taken(self, desk: Desk, site: WebSite, url: str) -> None:
        assert desk.run("add", url, "--name", "acme") == 0
        assert desk.run("add", url) == 2
        assert "already, as acme" in desk.err
        other = site.put("/cookies")
        assert desk.run("add", other, "--name", "acme") == 2
        assert "acme" in desk.err
        assert desk.run("add", url, "--name", "acme-too") == 0

    def test_names_are_made_from_addresses(self, desk: Desk, site: WebSite) -> None:
        assert desk.run("add", site.put("/privacy"), "--json") == 0
        assert desk.json()["name"] == "127-0-0-1-privacy"
        assert desk.run("add", site.put("/privacy/eu"), "--json") == 0
        assert desk.json()["name"] == "127-0-0-1-privacy-2"

    def test_what_was_removed_comes_back_with_its_history(self, desk: Desk, url: str) -> None:
        assert desk.run("add", url, "--name", "acme") == 0
        assert desk.run("remove", "acme") == 0
        assert desk.run("list") == 0
        assert "acme" not in desk.out
        assert desk.run("list", "--retired") == 0
        assert "retired" in desk.out
        assert desk.run("check", "acme") == 2
        assert "no longer watched" in desk.err
        assert desk.run("add", url) == 0
        assert "Watching acme" in desk.out
        assert desk.run("log", "acme", "--json") == 0
        assert [version["number"] for version in desk.json()["versions"]] == [1]

    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            (("acme.example/privacy",), "starts with https://"),
            (("http://[broken",), "starts with https://"),
            (("https://acme.example/", "--name", "Acme Inc"), "lowercase letters"),
            (("https://acme.example/", "--every", "soon"), "a duration is written as"),
            (("https://acme.example/", "--every", "0s"), "a duration is written as"),
            (("https://acme.example/", "--kind", "poetry"), "'poetry' is not one of"),
            (("https://acme.example/", "--lang", "english"), "two-letter code"),
            (("https://acme.example/", "--select", "a[["), "not a CSS selector"),
            ((), "Missing argument 'URL...'"),
        ],
    )
    def test_what_makes_no_sense(self, desk: Desk, arguments: tuple[str, ...], words: str) -> None:
        assert desk.run("add", *arguments) == 2
        assert words in desk.err
        assert desk.run("list", "--json") == 0
        assert desk.json() == []


class TestFind:
    HOME = b"""<html><body><h1>Acme</h1><footer><a href="/privacy">Privacy policy</a>
        <a href="/terms">Terms of service</a> <a href="/jobs">Jobs</a></footer></body></html>"""

    def test_tells_what_a_home_page_links_to(self, desk: Desk, site: WebSite) -> None:
        home = site.put("/", self.HOME)
        assert desk.run("find", home) == 0
        assert f"{site.url}/privacy" in desk.out
        assert "jobs" not in desk.out
        assert desk.run("find", home, "--json") == 0
        assert [(link["kind"], link["url"]) for link in desk.json()] == [
            ("privacy", f"{site.url}/privacy"),
            ("terms", f"{site.url}/terms"),
        ]
        assert desk.run("list", "--json") == 0
        assert desk.json() == []

    def test_adds_them_once(self, desk: Desk, site: WebSite) -> None:
        home = site.put("/", self.HOME)
        assert desk.run("find", home, "--add") == 0
        assert desk.run("find", home, "--add") == 0
        assert "watched already" in desk.err
        assert desk.run("list", "--json") == 0
        assert [one["name"] for one in desk.json()] == ["127-0-0-1-privacy", "127-0-0-1-terms"]

    def test_a_page_without_policies_and_none_at_all(self, desk: Desk, site: WebSite) -> None:
        assert desk.run("find", site.put("/", b"<html><body><p>Nothing here.</p></body></html>")) == 2
        assert "links to no policy" in desk.out
        assert desk.run("find", site.url + "/missing") == 2
        assert "status 404" in desk.err
        assert desk.run("find", "127.0.0.1:1") == 2  # https is meant where nothing is said
        assert "https://127.0.0.1:1" in desk.err


class TestList:
    def test_shows_which_is_declared_and_which_is_not(self, desk: Desk, url: str) -> None:
        desk.configure(f'[[policy]]\nname = "declared"\nurl = "{url}"\n')
        assert desk.run("add", url, "--name", "added", "--no-check") == 0
        assert desk.run("list") == 0
        lines = {line.split()[0]: line for line in desk.out.splitlines()}
        assert "config" in lines["declared"]
        assert "not looked at yet" in lines["declared"]
        assert "database" in lines["added"]
        desk.configure()
        assert desk.run("list", "--retired") == 0
        assert "retired" in next(line for line in desk.out.splitlines() if "declared" in line)


class TestMove:
    def moved(self, desk: Desk, site: WebSite) -> None:
        site.put("/old", b"", status=301, Location="/new")
        site.put("/new")
        assert desk.run("add", f"{site.url}/old", "--name", "acme") == 0

    def test_follows_the_redirect(self, desk: Desk, site: WebSite) -> None:
        self.moved(desk, site)
        assert desk.run("list") == 0
        assert "acme has moved to" in desk.out
        assert desk.run("move", "acme") == 0
        assert f"acme is now watched at {site.url}/new." in desk.out
        assert desk.run("check") == 0
        assert desk.run("list", "--json") == 0
        (listed,) = desk.json()
        assert (listed["urls"], listed["moved_to"], listed["versions"]) == ([f"{site.url}/new"], None, 1)

    def test_of_several_pages_the_one_that_moved(self, desk: Desk, site: WebSite) -> None:
        first = site.put("/first")
        site.put("/old", b"", status=308, Location="/new")
        site.put("/new", policy_page(*LONGER))
        assert desk.run("add", first, f"{site.url}/old", "--name", "acme") == 0
        assert desk.run("move", "acme") == 0
        assert desk.run("list", "--json") == 0
        assert desk.json()[0]["urls"] == [first, f"{site.url}/new"]

    def test_to_named_addresses(self, desk: Desk, site: WebSite, url: str) -> None:
        assert desk.run("add", url, "--name", "acme") == 0
        assert desk.run("move", "acme") == 2
        assert "answers where it is" in desk.err
        assert desk.run("move", "acme", "nowhere") == 2
        assert "starts with https://" in desk.err
        assert desk.run("move", "acme", f"{site.url}/1", f"{site.url}/2") == 0
        assert desk.run("list", "--json") == 0
        assert desk.json()[0]["urls"] == [f"{site.url}/1", f"{site.url}/2"]

    def test_a_declared_one_is_moved_in_its_file(self, desk: Desk, url: str) -> None:
        desk.configure(f'[[policy]]\nname = "acme"\nurl = "{url}"\n')
        for arguments in (("move", "acme", url + "/2"), ("remove", "acme")):
            assert desk.run(*arguments) == 2
            assert "is defined in config.toml" in desk.err
        assert desk.run("move", "nobody") == 2
        assert "nobody" in desk.err
        assert desk.run("remove", "nobody") == 2
