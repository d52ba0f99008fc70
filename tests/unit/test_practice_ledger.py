"""What a policy says, as a table: by practice, with its words and values; and what a few words name."""

from __future__ import annotations

import csv
import io

from monitor.diff import compare
from monitor.model import Clause, ClauseKind, Polarity
from monitor.practices import ledger, meaning, practices_of
from monitor.practices.taxonomy import taxonomy
from monitor.report import ledger as ledgers
from monitor.report import meaning as meanings
from monitor.report.phrases import plainly, topic
from monitor.text import segment

MEADOW = """
<h1>Meadow privacy notice</h1>
<h2>What we collect</h2><p>We collect your name and your e-mail address when you open an account.</p>
<h2>Sharing</h2><p>We do not sell your personal data. We share your location with advertisers.</p>
<h2>How long</h2><p>We keep your messages for 30 days.</p>
"""


def clauses(markup: str = MEADOW) -> list[Clause]:
    return segment(markup.encode(), "text/html")


def told() -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = {}
    for entry in ledger(clauses()):
        found.setdefault(entry.fact.practice, []).append((entry.fact.aspect, entry.quote))
    return found


def test_each_practice_has_the_sentence_that_states_it() -> None:
    found = told()
    assert ("collect", "We collect your name and your e-mail address when you open an account.") in found[
        "first-party-collection"
    ]
    assert ("sell", "We do not sell your personal data.") in found["sale"]
    assert ("share", "We share your location with advertisers.") in found["third-party-sharing"]
    assert ("keep", "We keep your messages for 30 days.") in found["data-retention"]


def test_it_goes_by_the_order_of_the_taxonomy_and_leaves_headings_out() -> None:
    text = clauses()
    entries = ledger(text, "en")
    order = list(taxonomy().practices)
    assert [order.index(entry.fact.practice) for entry in entries] == sorted(
        order.index(entry.fact.practice) for entry in entries
    )
    assert all(text[entry.clause].kind is not ClauseKind.HEADING for entry in entries)
    assert all(entry.quote in text[entry.clause].text for entry in entries)


def test_a_text_in_no_known_language_has_no_entries() -> None:
    assert ledger(clauses("<p>Мы храним ваши сообщения тридцать дней.</p>")) == []


def test_words_name_practices() -> None:
    assert practices_of("AI training", ("en",)) == {"automated-decisions-ai"}
    assert practices_of("data-retention", ("en",)) == {"data-retention"}
    assert practices_of("retention period", ("en",)) == {"data-retention"}
    assert practices_of("meadow", ("en", "de")) == frozenset()


class TestShapes:
    def test_csv_is_safe_for_spreadsheets(self) -> None:
        text = clauses("<p>+1 We keep your messages for 30 days.</p>")
        rows = [("meadow", each) for each in ledgers.documents(ledger(text, "en"), text)]
        head, first, *_ = csv.reader(io.StringIO(ledgers.as_csv(rows)))
        row = dict(zip(head, first, strict=True))
        assert row["quote"].startswith("'+1 We")
        assert (row["policy"], row["practice"], row["values"]) == ("meadow", "data-retention", "30 days")

    def test_json_ld_speaks_dpv(self) -> None:
        graph = ledgers.as_json_ld(ledger(clauses(), "en"), url="https://meadow.example/p", service="Meadow")
        nodes = {node["@id"].rpartition("-")[2]: node for node in graph["dpv:hasProcess"]}
        known = taxonomy()
        assert "dpv:Prohibition" in nodes["sell"]["@type"]
        assert known.practices["sale"].dpv in nodes["sell"]["@type"]
        assert nodes["share"]["hasPersonalData"] == [known.data["location"]]
        assert nodes["keep"]["dpv:hasDuration"] == [
            {"@type": "https://w3id.org/dpv#TemporalDuration", "schema:duration": "P30D", "schema:text": "30 days"}
        ]

    def test_json_ld_names_each_fact_apart(self) -> None:
        text = clauses("<p>We keep your messages for 30 days. We keep your location for 90 days.</p>")
        entries = ledger(text, "en")
        graph = ledgers.as_json_ld(entries, url="https://meadow.example/p", service="")
        names = [node["@id"] for node in graph["dpv:hasProcess"]]
        kept = [name for name in names if "-data-retention-keep" in name]
        assert len(set(names)) == len(names) == len(entries)
        assert [name.rpartition("#")[2] for name in kept] == [
            "clause-0-data-retention-keep",
            "clause-0-data-retention-keep-2",
        ]

    def test_json_ld_names_a_provider_only_where_one_is_known(self) -> None:
        entries = ledger(clauses(), "en")
        named = ledgers.as_json_ld(entries, url="https://meadow.example/p", service="Meadow")
        assert named["schema:provider"] == "Meadow"
        assert "schema:provider" not in ledgers.as_json_ld(entries, url="https://meadow.example/p", service="")

    def test_a_table_has_a_row_for_each(self) -> None:
        text = clauses()
        entries = ledgers.documents(ledger(text, "en"), text)
        assert ledgers.table([("meadow", each) for each in entries], title="x", with_policy=True).row_count == len(
            entries
        )

    def test_a_difference_can_be_narrowed_to_a_practice(self) -> None:
        new = clauses(MEADOW.replace("30 days", "24 months").replace("do not sell", "may sell"))
        meant = meaning(compare(clauses(), new), "en")
        whole = ledgers.difference(meant, title="x").row_count
        assert 0 < ledgers.difference(meant, title="x", practice="sale").row_count < whole


class TestLines:
    def test_the_subject_says_what_it_means_where_that_is_plain(self) -> None:
        diff = compare(clauses(), clauses(MEADOW.replace("30 days", "24 months")))
        meant = meaning(diff, "en")
        line = meanings.told_line(meant, diff.old, diff.new, diff.operations)
        assert line == plainly(meant) == "retention 30 days → 24 months (less protective)"
        assert meanings.lines(meant)[0].startswith("retention 30 days → 24 months (less protective: ")

    def test_without_facts_the_words_are_told(self) -> None:
        diff = compare(clauses(), clauses(MEADOW.replace("Meadow privacy", "Meadows privacy")))
        meant = meaning(diff, "en")
        assert plainly(meant) == topic(meant) == ""
        assert "Meadow" in meanings.told_line(meant, diff.old, diff.new, diff.operations)
        assert "Meadow" in meanings.told_line(None, diff.old, diff.new, diff.operations)

    def test_a_denial_is_told_as_one(self) -> None:
        meant = meaning(compare(clauses(), clauses(MEADOW.replace("do not sell", "may sell"))), "en")
        assert plainly(meant) == "sale of data not done → done (less protective)"
        assert next(iter(meant.changes)).new.polarity is Polarity.DOES  # type: ignore[union-attr]
