from __future__ import annotations

from datetime import date

import pytest

from monitor.model import ClauseKind, StatedDates
from monitor.text import clause
from monitor.text.dates import DATE_MARK, is_date_line, stated_dates, without_dates
from tests.pages import POLICIES

MAY = date(2018, 5, 25)
FILLER = ["We keep letters in a drawer by the window and read them to nobody at all."] * 30


def stated(*lines: str, language: str | None = "en") -> StatedDates:
    return stated_dates([clause(line) for line in lines], language)


@pytest.mark.parametrize(
    ("line", "language"),
    [
        ("Last updated: May 25, 2018", "en"),
        ("LAST UPDATED MAY 25 2018", "en"),
        ("Last updated on the 25th day of May, 2018", "en"),
        ("Last updated: Friday, May 25th, 2018", "en"),
        ("Last revised: 25 May 2018", "en"),
        ("Last modified 25-May-2018", "en"),
        ("Last updated: 05/25/2018", "en"),
        ("Last updated: 25/05/2018", "en"),
        ("Last updated: 5/25/18", "en"),
        ("Version of 2018-05-25", "en"),
        ("Version 3.2 (2018/05/25)", "en"),
        ("Rev. 25.05.2018", "en"),
        ("May 25, 2018 (last updated)", "en"),
        ("As of 25th of May 2018", "en"),
        ("Zuletzt aktualisiert am 25. Mai 2018", "de"),
        ("Stand: 25.05.2018", "de"),
        ("Stand: 25.5.18", "de"),
        ("Fassung vom 25. Mai 2018", "de"),
        ("Dernière mise à jour : 25 mai 2018", "fr"),
        ("Dernière mise à jour\u00a0: le 25\u202fmai\u00a02018", "fr"),
        ("Mise à jour le 25/05/2018", "fr"),
        ("Version en date du 25 mai 2018", "fr"),
        ("Kemas kini terakhir: 25 Mei 2018", "ms"),
        ("Terakhir dikemaskini pada 25hb Mei 2018", "ms"),
        ("Última actualización: 25 de mayo de 2018", "es"),
        ("Laatst bijgewerkt op 25 mei 2018", "nl"),
        ("Ultimo aggiornamento: 25 maggio 2018", "it"),
        ("Última atualização: 25 de maio de 2018", "pt"),
        ("Terakhir diperbarui: 25 Mei 2018", "id"),
    ],
)
def test_when_it_was_updated(line: str, language: str) -> None:
    assert stated(line, language=language) == stated(line, language=None)
    found = stated(line, language=language)
    assert (found.updated, found.effective) == (MAY, None)
    assert is_date_line(clause(line), language)
    assert "2018" not in without_dates(line, language)


@pytest.mark.parametrize(
    ("line", "language"),
    [
        ("Effective Date: May 25, 2018", "en"),
        ("This policy is effective as of 25 May 2018.", "en"),
        ("These terms come into force on 25 May 2018 for new users.", "en"),
        ("Effective date: the earlier of May 25, 2018, or user acceptance", "en"),
        ("This notice applies from 25/05/2018", "en"),
        ("Gültig ab 25. Mai 2018", "de"),
        ("Diese Fassung tritt am 25.05.2018 in Kraft", "de"),
        ("En vigueur au 25/05/2018", "fr"),
        ("La présente charte s’applique à partir du 25 mai 2018.", "fr"),
        ("Tarikh berkuat kuasa: 25 Mei 2018", "ms"),
        ("Entrada en vigor: 25 de mayo de 2018", "es"),
        ("In vigore dal 25 maggio 2018", "it"),
        ("Ingangsdatum: 25 mei 2018", "nl"),
        ("Em vigor desde 25 de maio de 2018", "pt"),
        ("Berlaku sejak 25 Mei 2018", "id"),
    ],
)
def test_from_when_it_holds(line: str, language: str) -> None:
    found = stated(line, language=language)
    assert found.effective == MAY


def test_both_in_one_line() -> None:
    assert stated("Last updated and effective: 25 May 2018") == StatedDates(
        updated=MAY, effective=MAY, wording="Last updated and effective: 25 May 2018"
    )
    found = stated("This policy was last updated on April 2, 2018 and is effective May 25, 2018.")
    assert (found.updated, found.effective) == (date(2018, 4, 2), MAY)
    assert found.wording == "last updated on April 2, 2018; is effective May 25, 2018"


@pytest.mark.parametrize(
    ("line", "language", "expected"),
    [
        ("As of May 2018", "en", date(2018, 5, 1)),
        ("Stand: 05.2018", "de", date(2018, 5, 1)),
        ("Stand Mai 2018", "de", date(2018, 5, 1)),
        ("Dernière mise à jour : 1er janvier 2024", "fr", date(2024, 1, 1)),
        ("Dernière mise à jour : 1ᵉʳ août 2024", "fr", date(2024, 8, 1)),
        ("Kemas kini terakhir: 31 Disember 2023", "ms", date(2023, 12, 31)),
    ],
)
def test_months_and_firsts(line: str, language: str, expected: date) -> None:
    assert stated(line, language=language).updated == expected


@pytest.mark.parametrize(
    ("about", "expected"),
    [
        ("We are a company in the State of Delaware, United States.", date(2020, 5, 6)),
        ("We are a company in England.", date(2020, 6, 5)),
        ("We are a Sdn Bhd company in Malaysia.", date(2020, 6, 5)),
        ("We are a company.", date(2020, 5, 6)),
    ],
)
def test_which_number_is_the_month(about: str, expected: date) -> None:
    assert stated("Last updated: 05/06/2020", about).updated == expected


def test_other_languages_put_the_day_first() -> None:
    assert stated("Dernière mise à jour : 05/06/2020", "Une société des United States.", language="fr").updated == date(
        2020, 6, 5
    )
    assert stated("Last updated: 05.06.2020", "A company in California.").updated == date(2020, 6, 5)


@pytest.mark.parametrize(
    "line",
    [
        "We comply with Regulation (EU) 2016/679 of 27 April 2016, effective 25 May 2018.",
        "The California Consumer Privacy Act, effective January 1, 2020, gives you rights.",
        "Previous version: May 3, 2017",
        "Archived policy, effective May 3, 2017",
        "Conformément à la loi du 6 janvier 1978 modifiée, vous disposez de droits.",
        "Gesetz vom 3. Mai 2017 in der Fassung von 2019",
        "The survey was made from 3 May 2017 to 9 June 2018 among two thousand people in nine towns.",
        "Last updated: 31 February 2020",
        "Last updated: 99/99/2020",
        "Last updated soon",
        "Call 020 2018 2019 for help",
        "",
    ],
)
def test_not_the_policys_own(line: str) -> None:
    assert stated("Privacy Policy", line, *FILLER) == StatedDates()
    assert not is_date_line(clause(line), "en")
    assert DATE_MARK not in without_dates(line, "en")


def test_the_label_and_the_date_in_two_clauses() -> None:
    assert stated("Privacy Policy", "Last updated", "25 May 2018", *FILLER).updated == MAY
    assert stated("Terms", "Effective date", "The terms were last updated on: 25 May 2018").effective is None


def test_a_date_alone_counts_under_the_title_and_at_the_end() -> None:
    assert stated("Privacy Policy", "25 May 2018", *FILLER).updated == MAY
    assert stated("Datenschutz", *FILLER, "Berlin, 25. Mai 2018", language="de").updated == MAY
    assert stated("Privacy Policy", *FILLER, "25 May 2018", *FILLER) == StatedDates()


def test_the_end_and_the_middle() -> None:
    assert (
        stated("Policy", *FILLER, "This policy is effective from 25 May 2018 for all of our many users.").effective
        == MAY
    )
    assert stated("Policy", *FILLER, "Last updated: 25 May 2018", *FILLER).updated == MAY
    in_passing = (
        "We told our users of what was last updated on 25 May 2018 and of many other things in our letters to them."
    )
    assert stated("Policy", *FILLER, in_passing, *FILLER) == StatedDates()


def test_the_top_comes_before_the_end() -> None:
    assert stated("Last updated: 25 May 2018", *FILLER, "Last updated: 1 June 2010").updated == MAY


@pytest.mark.parametrize("code", POLICIES)
def test_policies(code: str) -> None:
    lines = [line.lstrip("# ") for line in POLICIES[code]]
    assert stated(*lines, language=code).updated == date(2024, 3, 3)
    assert [line for line in lines if is_date_line(clause(line), code)] == [lines[1]]


def test_a_new_date_alone_is_no_other_text() -> None:
    old = "This policy is effective as of May 25, 2018. By writing to us you agree."
    assert without_dates(old, "en") == without_dates(old.replace("May 25, 2018", "June 1, 2019"), "en")
    assert without_dates("Version 2.1, last updated 3.5.2018", "en") == without_dates(
        "Version 2.2, last updated 4.5.2018", "en"
    )
    kept = "Data that you gave us before May 25, 2018 is deleted."
    assert without_dates(kept, "en") != without_dates(kept.replace("25", "26"), "en")


def test_a_long_text_is_no_date_line() -> None:
    line = "Last updated: 25 May 2018. " + "We print and post letters for people who like to write them. " * 3
    assert not is_date_line(clause(line), "en")
    assert stated(line).updated == MAY


def test_headings_hold_dates_too() -> None:
    heading = clause("Privacy Policy (last updated 25 May 2018)", ClauseKind.HEADING)
    assert stated_dates([heading], "en").updated == MAY


def test_letters_that_grow_in_lower_case_keep_the_words() -> None:
    assert stated("İ Last updated: 25 May 2018").wording.lower().endswith("last updated: 25 may 2018")


def test_an_unknown_language_knows_them_all() -> None:
    assert stated("Stand: 25. Mai 2018", language="sv").updated == MAY
