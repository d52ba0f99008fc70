"""Lexicons: how one language words the concepts that the rules name. Each is a data file in `lexicons/`."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from itertools import product
from typing import Any

from monitor.practices.companies import company_names
from monitor.practices.words import BREAKS, Words

GAP = 3
"""Words that "_" in a phrase may stand for, at most."""

_REMEMBERED_FORMS = 50_000  # distinct word forms a lexicon remembers; a language's policies use some 20,000

Hits = dict[str, list[tuple[int, int]]]
"""Concept → ranges of words (last one included), in order, none inside another."""


@dataclass(slots=True)
class _Node:
    """A place in the tree of phrases."""

    children: dict[int, _Node] = field(default_factory=dict)
    gap: _Node | None = None
    concepts: tuple[str, ...] = ()


@dataclass(slots=True)
class Lexicon:
    """One language, ready for matching. `data` is the file as read."""

    language: str
    data: Mapping[str, Any]
    abbreviations: frozenset[str]
    references: frozenset[str]  # words that a number of a section follows
    numbers: Mapping[str, float]
    multipliers: Mapping[str, float]
    eliding: bool
    capital_nouns: bool
    _root: _Node = field(default_factory=_Node)
    _exact: dict[str, int] = field(default_factory=dict)
    _starts: dict[str, int] = field(default_factory=dict)  # of "retain*", what stands before the star
    _ends: dict[str, int] = field(default_factory=dict)
    _middles: dict[str, int] = field(default_factory=dict)
    _forms: dict[str, tuple[int, ...]] = field(default_factory=dict)

    def learn(self, concept: str, phrase: str) -> None:
        """Let `phrase` stand for `concept`."""
        choices = [[choice.replace("-", " ").split() for choice in element.split("|")] for element in phrase.split()]
        for chosen in product(*choices):
            node = self._root
            for element in (word for words in chosen for word in words):
                if element == "_":
                    node.gap = node.gap or _Node()
                    node = node.gap
                else:
                    node = node.children.setdefault(self._id(element), _Node())
            if concept not in node.concepts:
                node.concepts = (*node.concepts, concept)

    def _id(self, element: str) -> int:
        known = self._exact.get(element)
        if known is None:
            known = self._exact[element] = len(self._exact)
            core = element.strip("*")
            if element[0] == "*" and element[-1] == "*":
                self._middles[core] = known
            elif element[0] == "*":
                self._ends[core] = known
            elif element[-1] == "*":
                self._starts[core] = known
        return known

    def _ids(self, word: str) -> tuple[int, ...]:
        ids = self._forms.get(word)
        if ids is None:
            exact = self._exact.get(word)
            found = [exact]
            found.extend(self._starts.get(word[:end]) for end in range(len(word) + 1))
            found.extend(self._ends.get(word[start:]) for start in range(len(word) + 1))
            found.extend(number for core, number in self._middles.items() if core in word)
            ids = tuple(sorted(number for number in found if number is not None))
            if len(self._forms) < _REMEMBERED_FORMS:
                self._forms[word] = ids
        return ids

    def hits(self, words: Words) -> Hits:
        """Every phrase that occurs, by concept; of overlapping ones of a concept the first and longest."""
        ids = [self._ids(word) for word in words.lower]
        children = self._root.children
        found: Hits = {}
        for start, here in enumerate(ids):
            for number in here:
                node = children.get(number)
                if node is None:
                    continue
                for concept, end in _walk(node, start, ids, words.lower):
                    ranges = found.get(concept)
                    if ranges is None:
                        found[concept] = [(start, end)]
                    elif ranges[-1][0] == start:
                        if end > ranges[-1][1]:
                            ranges[-1] = (start, end)
                    elif start > ranges[-1][1]:
                        ranges.append((start, end))
        return found


def _walk(node: _Node, index: int, ids: list[tuple[int, ...]], lower: tuple[str, ...]) -> Iterator[tuple[str, int]]:
    """Concepts whose phrases end at or after the word `index`, which led to `node`."""
    for concept in node.concepts:
        yield concept, index
    after = index + 1
    if node.children and after < len(ids):
        for number in ids[after]:
            child = node.children.get(number)
            if child is not None:
                yield from _walk(child, after, ids, lower)
    if node.gap is not None:
        for place in range(after, min(after + GAP + 1, len(ids))):
            for number in ids[place]:
                child = node.gap.children.get(number)
                if child is not None:
                    yield from _walk(child, place, ids, lower)
            if lower[place] in BREAKS:
                break


_PREFIXED = ("data", "purposes", "recipients", "conditions", "negation", "modality", "actors")
PREFIX = {"data": "data:", "purposes": "purpose:", "recipients": "recipient:", "conditions": "condition:"}


def base_code(language: str | None) -> str | None:
    """The language of a tag such as "en-GB" or "EN", by its ISO 639-1 code."""
    return language.replace("_", "-").partition("-")[0].lower() if language else None


@cache
def languages() -> tuple[str, ...]:
    """The languages that have a lexicon, sorted."""
    folder = files("monitor.practices").joinpath("lexicons")
    return tuple(sorted(entry.name[:-5] for entry in folder.iterdir() if entry.name.endswith(".toml")))


@cache
def lexicon_data(language: str) -> Mapping[str, Any]:
    """The file of `language`, as read: for those who need some of its words only."""
    folder = files("monitor.practices").joinpath("lexicons")
    return tomllib.loads(folder.joinpath(f"{language}.toml").read_text(encoding="utf-8"))


@cache
def lexicon(language: str) -> Lexicon:
    """The lexicon of `language`, an ISO 639-1 code that `languages()` lists; read once."""
    data = lexicon_data(language)
    made = Lexicon(
        language=language,
        data=data,
        abbreviations=frozenset(data["abbreviations"]),
        references=frozenset(data["references"]),
        numbers={str(word): float(number) for word, number in data["numbers"].items()},
        multipliers={str(word): float(number) for word, number in data["multipliers"].items()},
        capital_nouns=bool(data.get("capital-nouns", False)),
        eliding=bool(data.get("eliding", False)),
    )
    for concept, phrases in _phrases(data):
        for phrase in phrases:
            made.learn(concept, phrase)
    for name in company_names():
        made.learn(f"company:{name}", name.lower())
    _learn_durations(made, data["durations"])
    return made


def _phrases(data: Mapping[str, Any]) -> Iterator[tuple[str, list[str]]]:
    """Concept → phrases, of every section that holds plain phrases."""
    yield from data["concepts"].items()
    for section in _PREFIXED:
        prefix = PREFIX.get(section, f"{section}:")
        yield from ((prefix + name, phrases) for name, phrases in data[section].items())
    yield from ((f"country:{code}", phrases) for code, phrases in data["countries"].items())
    yield from ((f"age:{side}", phrases) for side, phrases in data["ages"].items())


def _learn_durations(made: Lexicon, durations: Mapping[str, Any]) -> None:
    for entry in durations["once"]:
        phrase, _, days = entry.rpartition("=")
        made.learn(f"unit:{days}", phrase)
    for entry in durations["until-event"]:
        event, _, phrase = entry.partition("=")
        made.learn(f"until-event:{event}", phrase)
    for name in ("endless", "until-time", "criterion"):
        for phrase in durations[name]:
            made.learn(f"duration:{name}", phrase)
