"""Values that sentences name, one sentence at a time."""

from __future__ import annotations

import pytest

from monitor.model import Value, ValueKind
from monitor.practices.lexicon import lexicon
from monitor.practices.values import values
from monitor.practices.words import split_words


def found(text: str, language: str = "en") -> list[Value]:
    known = lexicon(language)
    words = split_words(text, eliding=known.eliding)
    return [each.value for each in values(words, known.hits(words), known)]


def of(kind: ValueKind, text: str, language: str = "en") -> list[str]:
    return [value.normal for value in found(text, language) if value.kind is kind]


@pytest.mark.parametrize(
    ("language", "text", "normal"),
    [
        ("en", "for half a year", "P6M"),
        ("en", "a half-year", "P6M"),
        ("en", "half an hour", "PT30M"),
        ("en", "1.5 hours", "PT90M"),
        ("en", "24 hours", "P1D"),
        ("en", "12 hours", "PT12H"),
        ("en", "for 1,5 years", "P18M"),
        ("en", "for 2.5 years", "P30M"),
        ("en", "two and a half years", "P30M"),
        ("en", "2 and a half years", "P30M"),
        ("en", "a year and a half", "P18M"),
        ("en", "for a year and", "P1Y"),
        ("en", "for a year and one more", "P1Y"),
        ("en", "logs and a half year", "P6M"),
        ("en", "for 2 yrs", "P2Y"),
        ("en", "90 (ninety) calendar days", "P90D"),
        ("en", "ninety (90) calendar days", "P90D"),
        ("en", "a period (30 days)", "P30D"),
        ("en", "a period of (30) days", "P30D"),
        ("en", "thirty-six (36) months", "P3Y"),
        ("en", "one hundred and eighty days", "P180D"),
        ("en", "seven and thirty days", "P30D"),
        ("en", "and thirty days", "P30D"),
        ("en", "30 full days", "P30D"),
        ("en", "10,000 days", "P10000D"),
        ("en", "a one-year term", "P1Y"),
        ("en", "for 10-12 years", "P12Y"),
        ("en", "six to twelve months", "P1Y"),
        ("en", "5 business days", "P7D"),
        ("de", "anderthalb Jahre", "P18M"),
        ("de", "ein halbes Jahr", "P6M"),
        ("de", "90 (neunzig) Kalendertage", "P90D"),
        ("fr", "5 jours ouvrables", "P7D"),
        ("fr", "un an et demi", "P18M"),
        ("fr", "cent quatre-vingts jours", "P180D"),
        ("fr", "quatre-vingt-dix jours", "P90D"),
        ("fr", "vingt et un jours", "P21D"),
        ("ms", "dua setengah tahun", "P30M"),
        ("ms", "seratus lapan puluh hari", "P180D"),
        ("ms", "tiga puluh hari", "P30D"),
    ],
)
def test_a_duration(language: str, text: str, normal: str) -> None:
    assert of(ValueKind.DURATION, text, language) == [normal]


@pytest.mark.parametrize(
    "text",
    [
        "£90/year",
        "20 USD/month",
        "£1,000 / year",
        "$5.99 per month",
        "$10 a month",
        "24/7 days",
        "version 1.2.3 days",
        "half two years",
        "days",
        "some) days",
        "(x) days",
        "7) days",
    ],
)
def test_no_duration(text: str) -> None:
    assert of(ValueKind.DURATION, text) == []


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("RM 1,000,000.00", "1000000 MYR"),
        ("€ 1.000.000", "1000000 EUR"),
        ("USD 1,234.56", "1234.56 USD"),
        ("$5.90", "5.9 USD"),
        ("£90/year", "90 GBP"),
        ("EUR 0.00", "0 EUR"),
    ],
)
def test_an_amount(text: str, normal: str) -> None:
    assert of(ValueKind.AMOUNT, text) == [normal]


def test_the_longest_company_holds_what_is_inside_its_name() -> None:
    told = found("We share it with Meta Platforms Ireland Ltd. and Google, both in Ireland.")
    assert [(value.kind, value.normal) for value in told] == [
        (ValueKind.COMPANY, "Meta Platforms Ireland Ltd"),
        (ValueKind.COMPANY, "Google"),
        (ValueKind.COUNTRY, "IE"),
    ]
