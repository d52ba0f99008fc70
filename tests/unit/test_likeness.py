from __future__ import annotations

import pytest

from monitor.model import ClauseKind, Link, Page, PolicyKind
from monitor.text import clause, read
from monitor.text.likeness import count_words, measure, overlap, repeated, standing
from monitor.text.sanity import suspicion
from tests.pages import ENGLISH, FRENCH, HOME, POLICIES, SHORT, SWEDISH, TERMS, page


@pytest.mark.parametrize("code", POLICIES)
def test_policies_speak_like_policies(code: str) -> None:
    text = measure([clause(line) for line in POLICIES[code]])
    assert text.density
    assert text.density > 0.05
    assert text.distinct >= 12
    assert (text.privacy or 0) > (text.terms or 0)


@pytest.mark.parametrize("code", SHORT)
def test_short_policies_in_further_languages(code: str) -> None:
    pages = [Page(body=page([SHORT[code]], language=code).encode(), media_type="text/html")]
    found = measure([clause(SHORT[code])])
    assert found.density
    assert found.density > 0.05
    assert suspicion(pages, read(pages), current=None, addresses=[], kind=PolicyKind.PRIVACY, language=code) is None


def test_terms_are_of_the_other_sort() -> None:
    text = measure([clause(line) for line in TERMS])
    assert (text.terms or 0) > (text.privacy or 0)


def test_a_home_page_does_not() -> None:
    text = measure(read([Page(body=HOME.encode(), media_type="text/html")]).clauses)
    assert text.density is not None
    assert text.density < 0.012


def test_no_vocabulary_no_density() -> None:
    text = measure([clause(line) for line in SWEDISH])
    assert (text.density, text.privacy, text.terms, text.distinct) == (None, None, None, 0)
    assert measure([]).density is None


def test_links_and_running_text() -> None:
    linked = clause("Read on", ClauseKind.LIST_ITEM, links=(Link("Read on", "https://pelican.example/"),))
    assert measure([linked]).linked == 1
    prose = clause("Letters are printed on paper of the best kind and posted on the same day by hand.")
    assert measure([linked, prose]).running == count_words([prose])


def test_long_texts_are_measured_by_samples() -> None:
    once = [clause(line) for line in ENGLISH]
    few, many = measure(once), measure(once * 40)
    assert many.words == 40 * few.words
    assert many.density == pytest.approx(few.density, rel=0.5)


def test_what_stands() -> None:
    old = [clause(line) for line in ENGLISH]
    assert standing(old, old) == 1
    assert standing(old, old[: len(old) // 2]) < 1
    assert standing(old, []) == 0
    assert standing([], old) == 0
    assert standing(old + old, old) == 1


def test_what_is_known_wherever_clauses_end() -> None:
    old = [clause(line) for line in ENGLISH]
    resplit = [clause(" ".join(ENGLISH))]
    assert standing(old, resplit) == 0
    assert overlap(old, resplit) > 0.9
    assert overlap(old, [clause(line) for line in FRENCH]) == 0
    assert overlap(old, []) == 0


def test_what_is_repeated() -> None:
    once = [clause(line) for line in ENGLISH]
    assert repeated(once) == 0
    assert repeated(once + once) == pytest.approx(0.5)
    assert repeated([]) == 0
