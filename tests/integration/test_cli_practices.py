"""The commands practices and search."""

from __future__ import annotations

import csv
import io
import json

import pytest
from pytest_httpserver import HTTPServer

from tests.desk import Desk
from tests.site import LONGER, WebSite, policy_page


@pytest.fixture
def acme(desk: Desk, site: WebSite) -> str:
    """A policy with two versions, of which the second keeps messages for longer."""
    url = site.put("/privacy")
    assert desk.run("add", url, "--name", "acme", "--service", "Acme") == 0
    site.put("/privacy", policy_page(*LONGER))
    assert desk.run("check", "acme", "--confirm", "now") == 1
    return url


@pytest.mark.usefixtures("acme")
class TestPractices:
    def test_a_table_of_what_it_says(self, desk: Desk) -> None:
        assert desk.run("practices", "acme", "--practice", "data-retention") == 0
        assert "24 months" in desk.out
        assert "retention" in desk.out

    def test_as_json_and_as_it_was(self, desk: Desk) -> None:
        assert desk.run("practices", "acme", "--json") == 0
        (told,) = desk.json()["policies"]
        held = [value["normal"] for entry in told["entries"] for value in entry["fact"]["values"]]
        assert (told["policy"], told["version"]) == ("acme", 2)
        assert "P2Y" in held

    def test_a_day_before_the_first_version(self, desk: Desk) -> None:
        assert desk.run("practices", "acme", "--at", "2001-01-01") == 2
        assert "Nothing is known of acme on that day" in desk.err
        assert desk.run("practices", "acme", "--at", "2200-01-01", "--json") == 0
        assert desk.json()["policies"][0]["version"] == 2

    def test_as_csv_and_json_ld(self, desk: Desk) -> None:
        assert desk.run("practices", "--all", "--practice", "data-retention", "--csv") == 0
        rows = list(csv.DictReader(io.StringIO(desk.out)))
        assert {row["policy"] for row in rows} == {"acme"}
        assert {row["practice"] for row in rows} == {"data-retention"}
        assert desk.run("practices", "acme", "--json-ld") == 0
        assert desk.json()["@context"]["dpv"] == "https://w3id.org/dpv#"
        assert desk.json()["dpv:hasProcess"]

    def test_two_versions(self, desk: Desk) -> None:
        assert desk.run("practices", "acme", "1", "2") == 0
        assert "30 days → 24 months (less protective)" in desk.out
        assert desk.run("practices", "acme", "1", "2", "--json", "--practice", "data-retention") == 0
        told = desk.json()["meaning"]
        assert told["direction"] == "less-protective"
        assert {change["practice"] for change in told["changes"]} == {"data-retention"}

    def test_a_second_opinion(self, desk: Desk) -> None:
        told = {"practice": "data-retention", "direction": "less-protective", "quote": "24 months"}
        content = json.dumps({"changes": [told]})
        with HTTPServer() as server:
            server.expect_request("/v1/chat/completions").respond_with_json(
                {"choices": [{"message": {"content": content}}]}
            )
            desk.configure(f'[llm]\nurl = "{server.url_for("/v1")}"\nmodel = "m"\n')
            assert desk.run("practices", "acme", "1", "2", "--ask") == 0
            assert "The language model: retention, less-protective: “24 months”" in desk.out
            server.clear()
            assert desk.run("practices", "acme", "1", "2", "--ask", "--json") == 0
            assert desk.json()["opinions"] == []
            assert "status 500" in desk.err

    def test_what_cannot_be(self, desk: Desk) -> None:
        wrong: list[tuple[list[str], str]] = [
            ([], "Name a policy"),
            (["acme", "1"], "Name a policy"),
            (["acme", "--all"], "Name a policy"),
            (["acme", "1", "2", "--csv"], "with --json, for programs"),
            (["acme", "1", "2", "--json-ld"], "run `monitor practices POLICY --at DATE` with each"),
            (["acme", "--json-ld", "--csv"], "Only one of"),
            (["acme", "1", "later"], "Name a policy"),
            (["acme", "--at", "soon"], "is no date"),
            (["acme", "--ask"], "--ask is for a difference"),
            (["acme", "1", "2", "--ask"], "[llm]"),
            (["acme", "--practice", "retention"], "no practice is called retention"),
            (["nobody"], "nobody"),
        ]
        for words, complaint in wrong:
            assert desk.run("practices", *words) == 2, words
            assert complaint in " ".join(desk.err.split()), words

    def test_a_policy_without_a_version_is_passed_over_among_all(self, desk: Desk, site: WebSite) -> None:
        assert desk.run("add", site.put("/fresh"), "--name", "fresh", "--no-check") == 0
        assert desk.run("practices", "--all", "--json") == 0
        assert [each["policy"] for each in desk.json()["policies"]] == ["acme"]
        assert desk.run("practices", "fresh") == 2
        assert "fresh has no version yet" in desk.err


@pytest.mark.usefixtures("acme")
class TestSearch:
    def test_words(self, desk: Desk) -> None:
        assert desk.run("search", "24 months") == 0
        assert "acme" in desk.out
        assert "24 months" in desk.out
        assert desk.run("search", "zeppelin") == 1
        assert "0 clauses found" in desk.out

    def test_no_word_at_all(self, desk: Desk) -> None:
        for blank in ("", "  ", "\t"):
            assert desk.run("search", blank) == 2
            assert "Name a word to look for" in desk.err
            assert not desk.out

    def test_a_practice_by_its_words(self, desk: Desk) -> None:
        assert desk.run("search", "retention period", "--json") == 0
        told = desk.json()
        assert told["practices"] == ["data-retention"]
        assert any("24 months" in clause["text"] and clause["by"] == "practice" for clause in told["clauses"])
