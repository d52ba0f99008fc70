"""What a policy says, practice by practice: its facts with the clause and the words that show each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from monitor.model import Clause, ClauseKind, Evidence, Fact
from monitor.practices.foreign import foreign_practices
from monitor.practices.language import language_of
from monitor.practices.read import read_all
from monitor.practices.taxonomy import taxonomy
from monitor.practices.wording import label

_LEAST_SCORE = 0.5
_PLAIN = 0.9  # score from which a clause about another kind of document's matters is told all the same


@dataclass(frozen=True, slots=True)
class Entry:
    """One fact, the index of its clause, and the sentence that states it, word for word."""

    fact: Fact
    clause: int
    quote: str


def ledger(clauses: Sequence[Clause], language: str | None = None) -> list[Entry]:
    """The facts of a text, by practice in the order of the taxonomy, then as they stand. Headings state nothing.

    Without `language` it is told from the text. What only the linear model saw is left out: it names a topic, and no
    words that a reader could check.
    """
    language = language or language_of(clauses)
    order = {practice: place for place, practice in enumerate(taxonomy().practices)}
    entries = [
        Entry(fact, index, statement.text)
        for index, (clause, statements) in enumerate(zip(clauses, read_all(clauses, language), strict=True))
        if clause.kind is not ClauseKind.HEADING
        for statement in statements
        for fact in statement.facts
        if fact.evidence is Evidence.RULE and fact.score >= _LEAST_SCORE
    ]
    foreign = foreign_practices(Counter(entry.fact.practice for entry in entries))
    entries = [entry for entry in entries if entry.fact.practice not in foreign or entry.fact.score >= _PLAIN]
    return sorted(entries, key=lambda entry: (order[entry.fact.practice], entry.clause))


def practices_of(words: str, languages: Sequence[str]) -> frozenset[str]:
    """The practices that a few words name, such as "AI training", in any of these languages."""
    clause = Clause(kind=ClauseKind.PARAGRAPH, text=words, digest="")
    named = {
        fact.practice
        for language in languages
        for statements in read_all([clause], language)
        for statement in statements
        for fact in statement.facts
        if fact.evidence is Evidence.RULE
    }
    spoken = set(words.lower().replace("-", " ").split())
    called = {
        practice
        for practice in taxonomy().practices
        if spoken.issuperset(practice.split("-")) or spoken.issuperset(label(practice).lower().split())
    }
    return frozenset(named | called)
