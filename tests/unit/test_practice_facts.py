"""What is read from one clause, in four languages."""

from __future__ import annotations

import pytest

from monitor.model import (
    Actor,
    Clause,
    ClauseKind,
    DurationKind,
    Evidence,
    Fact,
    Modality,
    Polarity,
    ValueKind,
)
from monitor.practices import read
from monitor.practices.language import language_of
from monitor.practices.words import MAX_WORDS, split_words
from monitor.text import clause


def facts(text: str, language: str = "en", kind: ClauseKind = ClauseKind.PARAGRAPH) -> list[Fact]:
    return read(clause(text, kind), language)


def of(practice: str, text: str, language: str = "en") -> Fact:
    found = [fact for fact in facts(text, language) if fact.practice == practice]
    assert found, facts(text, language)
    return max(found, key=lambda fact: fact.score)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "We do not sell, rent or lease your personal data to third parties."),
        ("en", "We will never sell your personal information."),
        ("en", "No personal data will be sold."),
        ("ms", "Kami tidak akan menjual atau menyewakan data peribadi anda."),
        ("fr", "Nous ne vendons ni ne louons vos données personnelles à des tiers."),
        ("de", "Wir verkaufen Ihre personenbezogenen Daten nicht."),
        ("de", "Wir verkaufen keine personenbezogenen Daten."),
    ],
)
def test_a_negated_sale_is_not_done(language: str, text: str) -> None:
    assert of("sale", text, language).polarity is Polarity.DOES_NOT


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "We do not control these sites, and we may sell your personal data."),
        ("en", "We not only rent but also sell your personal data."),
        ("en", "If you do not object, we sell your personal data."),
        ("ms", "Jika anda tidak membantah, kami menjual data peribadi anda."),
        ("fr", "Si vous ne refusez pas, nous vendons vos données personnelles."),
        ("de", "Wenn Sie nicht widersprechen, verkaufen wir Ihre personenbezogenen Daten."),
    ],
)
def test_a_negation_belongs_to_its_own_verb(language: str, text: str) -> None:
    assert of("sale", text, language).polarity is Polarity.DOES


@pytest.mark.parametrize(
    ("language", "text", "normal", "kind"),
    [
        ("en", "We keep your messages for two (2) years.", "P2Y", DurationKind.TEMPORAL),
        ("en", "We keep your messages for 24 months.", "P2Y", DurationKind.TEMPORAL),
        ("en", "We retain your data for a 30-day period.", "P30D", DurationKind.TEMPORAL),
        ("en", "We retain your data as long as your account exists.", "account", DurationKind.UNTIL_EVENT),
        ("en", "We retain your data indefinitely.", "endless", DurationKind.ENDLESS),
        ("en", "We retain your data as long as necessary.", "criterion", DurationKind.INDETERMINATE),
        ("ms", "Rekod anda disimpan selama tujuh tahun.", "P7Y", DurationKind.TEMPORAL),
        ("ms", "Data anda disimpan selama 6 bulan.", "P6M", DurationKind.TEMPORAL),
        ("ms", "Data anda disimpan selama tiga puluh hari.", "P30D", DurationKind.TEMPORAL),
        ("de", "Wir speichern Ihre Daten 30 Tage lang.", "P30D", DurationKind.TEMPORAL),
        ("fr", "Vos données sont conservées pendant trente jours.", "P30D", DurationKind.TEMPORAL),
    ],
)
def test_retention_has_its_duration(language: str, text: str, normal: str, kind: DurationKind) -> None:
    durations = [value for value in of("data-retention", text, language).values if value.kind is ValueKind.DURATION]
    assert (normal, kind) in {(value.normal, value.duration) for value in durations}


@pytest.mark.parametrize(
    ("language", "text", "age"),
    [
        ("en", "Our service is not meant for children under 13 years of age.", "13"),
        ("en", "You have to be at least eighteen years old to use the service.", "18"),
        ("ms", "Perkhidmatan ini bukan untuk kanak-kanak di bawah umur 16 tahun.", "16"),
        ("fr", "Le service ne s’adresse pas aux enfants de moins de 15 ans.", "15"),
        ("de", "Der Dienst richtet sich nicht an Kinder unter 16 Jahren.", "16"),
    ],
)
def test_an_age_is_no_duration(language: str, text: str, age: str) -> None:
    values = {(value.kind, value.normal) for fact in facts(text, language) for value in fact.values}
    assert (ValueKind.AGE, age) in values
    assert not {kind for kind, _ in values} & {ValueKind.DURATION}


def test_a_response_time_is_no_retention() -> None:
    assert not [f for f in facts("We answer every request within 30 days.") if f.practice == "data-retention"]


def test_a_fact_says_who_what_to_whom_and_why() -> None:
    fact = of("third-party-sharing", "We may share your email address with advertisers to show you relevant ads.")
    assert fact.actor is Actor.SERVICE
    assert fact.modality is Modality.MAY
    assert fact.data == ("email",)
    assert fact.recipients == ("advertisers",)
    assert "advertise" in fact.purposes


def test_spans_are_the_words_that_show_it() -> None:
    text = "Please note: we share your email address with advertisers."
    shown = [text[span.start : span.end] for span in of("third-party-sharing", text).spans]
    assert "share" in shown
    assert "advertisers" in shown


def test_amounts_countries_contacts_and_companies() -> None:
    cap = of("liability", "Our liability is limited to US$50.")
    assert [(v.normal, v.size) for v in cap.values if v.kind is ValueKind.AMOUNT] == [("50 USD", 50)]
    moved = of("international-transfer", "We transfer your personal data to servers in India and the US.")
    assert {v.normal for v in moved.values if v.kind is ValueKind.COUNTRY} == {"IN", "US"}
    officer = of("identity-contact", "Contact our data protection officer at DPO@meadow.example or +44 20 7946 0000.")
    assert {v.normal for v in officer.values if v.kind is ValueKind.CONTACT} >= {"dpo@meadow.example", "+442079460000"}
    named = of("third-party-sharing", "We share your email address with Stripe and with Meadow Data Ltd.")
    assert {v.normal for v in named.values if v.kind is ValueKind.COMPANY} == {"Stripe", "Meadow Data Ltd"}


def test_dates_in_many_forms_are_one() -> None:
    forms = ["1 March 2025", "March 1, 2025", "01/03/2025", "2025-03-01"]
    for form in forms:
        fact = of("policy-change", f"We last changed this privacy policy on {form}.")
        assert "2025-03-01" in {v.normal for v in fact.values if v.kind is ValueKind.DATE}, form


def test_a_list_item_is_read_under_its_lead_in() -> None:
    found = read(clause("Ihre Telefonnummer", ClauseKind.LIST_ITEM), "de", lead="Wir erheben folgende Daten:")
    assert [(f.practice, f.data) for f in found] == [("first-party-collection", ("phone",))]
    denied = read(clause("Ihre Telefonnummer", ClauseKind.LIST_ITEM), "de", lead="Wir erheben nicht:")
    assert denied[0].polarity is Polarity.DOES_NOT


def test_the_model_sees_what_no_rule_words() -> None:
    found = facts("Couriers get to know your street so that the parcel can be brought to you.")
    assert all(fact.evidence is Evidence.MODEL for fact in found)
    assert all(0 < fact.score <= 1 for fact in found)


def test_a_language_without_a_lexicon_has_no_facts() -> None:
    assert facts("Vi delar dina uppgifter med annonsörer.", "sv") == []
    assert read(clause("We share your data.", ClauseKind.PARAGRAPH), None) == []


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "We use the data that you give us to provide our service to you and to others."),
        ("ms", "Kami menggunakan maklumat yang anda berikan kepada kami untuk menyediakan perkhidmatan ini."),
        ("fr", "Nous utilisons les données que vous nous donnez pour fournir le service."),
        ("de", "Wir verwenden die Daten, die Sie uns geben, um Ihnen den Dienst zu erbringen."),
        (None, "Vi använder de uppgifter som du ger oss när du besöker webbplatsen."),
        (None, ""),
    ],
)
def test_the_language_is_told_by_common_words(language: str | None, text: str) -> None:
    assert language_of([Clause(kind=ClauseKind.PARAGRAPH, text=text, digest="")]) == language


@pytest.mark.parametrize("text", ["", " ", "....", "((((", "\u0000", "a" * 50_000, "not " * 20_000, "🔒 ∆ " * 5_000])
def test_odd_and_hostile_text_is_read_in_bounded_time(text: str) -> None:
    assert len(split_words(text)) <= MAX_WORDS
    read(Clause(kind=ClauseKind.PARAGRAPH, text=text, digest=""), "en")
