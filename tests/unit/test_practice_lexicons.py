"""Every lexicon is whole, and the vocabularies hold together."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import pytest

from monitor.practices import languages
from monitor.practices.direction import stance
from monitor.practices.lexicon import lexicon
from monitor.practices.rules import attributes, rules
from monitor.practices.taxonomy import taxonomy

LABELLED = {
    "first-party-collection",
    "third-party-sharing",
    "sale",
    "user-choice",
    "user-access",
    "data-retention",
    "data-security",
    "policy-change",
    "do-not-track",
    "cookies-tracking",
    "international-transfer",
    "specific-audiences",
    "legal-basis",
    "automated-decisions-ai",
    "identity-contact",
    "liability",
    "dispute-resolution",
    "payments",
    "termination",
    "content-licence",
    "acceptable-use",
    "eligibility",
    "service-scope",
}
ENGLISH = lexicon("en").data


def concepts_of_rules() -> set[str]:
    named = set()
    for anchor, group in rules().items():
        named.add(anchor)
        for rule in group:
            named.update(name for need in rule.needs for name in need)
            named.update(rule.without)
    return {name for name in named if ":" not in name}


def test_the_first_four_languages_are_there() -> None:
    assert {"en", "ms", "fr", "de"} <= set(languages())


@pytest.mark.parametrize("language", languages())
class TestLexicon:
    def test_words_every_concept_of_the_rules(self, language: str) -> None:
        held = lexicon(language).data["concepts"]
        assert concepts_of_rules() <= set(held)
        unworded = {name for name in concepts_of_rules() if not held[name]}
        assert not unworded

    def test_words_every_id_of_the_taxonomy(self, language: str) -> None:
        data = lexicon(language).data
        for section in ("data", "purposes", "recipients", "conditions"):
            assert set(data[section]) == set(getattr(taxonomy(), section)), section
            assert all(data[section].values()), section

    def test_has_the_sections_of_english(self, language: str) -> None:
        data = lexicon(language).data
        assert set(ENGLISH) - {"eliding", "capital-nouns"} <= set(data)
        for section in ("negation", "modality", "actors", "durations", "counts", "ages"):
            assert set(data[section]) == set(ENGLISH[section]), section

    def test_names_twelve_months_and_units_of_time(self, language: str) -> None:
        data = lexicon(language).data
        assert set(data["months"].values()) == set(range(1, 13))
        days = {float(entry.rpartition("=")[2]) for entry in data["durations"]["once"]}
        assert {365.25, 30.4375, 7, 1} <= days

    def test_has_no_empty_phrase_and_no_star_inside_a_word(self, language: str) -> None:
        data = lexicon(language).data
        sections = ("concepts", "data", "purposes", "recipients", "conditions", "negation", "modality", "actors")
        for section in sections:
            for name, phrases in data[section].items():
                for phrase in phrases:
                    words = [word for element in phrase.split() for word in element.split("|")]
                    assert all(words), (section, name, phrase)
                    assert words, (section, name)
                    assert not any("*" in word[1:-1] for word in words), (section, name, phrase)


def test_rules_speak_of_known_practices_only() -> None:
    known = set(taxonomy().practices)
    assert known >= LABELLED
    assert {rule.practice for group in rules().values() for rule in group} <= known
    assert set(attributes()) == known


def test_every_practice_has_a_stance_and_a_rule() -> None:
    ruled = {rule.practice for group in rules().values() for rule in group}
    assert ruled == set(taxonomy().practices)
    for practice in taxonomy().practices:
        assert stance(practice, "") in {"intrusive", "burden", "protective", "neutral"}


def test_iris_are_terms_of_the_vocabulary() -> None:
    path = os.environ.get("CLAUSEWATCH_DPV")
    if not path:
        pytest.skip("CLAUSEWATCH_DPV names no copy of dpv-2.3.csv")
    with Path(path).open(encoding="utf-8", newline="") as file:
        terms = {row["iri"] for row in csv.DictReader(file)}
    held = taxonomy()
    used = {practice.dpv for practice in held.practices.values()}
    for ids in (held.data, held.purposes, held.recipients, held.conditions):
        used.update(iri for iri in ids.values() if iri)
    assert used <= terms
