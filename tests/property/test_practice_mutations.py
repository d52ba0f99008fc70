"""A policy is changed in one way that matters: found, right practice, right direction. In one that does not: silent."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.diff import compare
from monitor.model import Clause, ClauseKind, Direction, Meaning, Significance
from monitor.practices import meaning
from monitor.text import clause


@dataclass(frozen=True)
class Language:
    """A small policy in one language, and how its sentences are changed. `{}` takes a period."""

    code: str
    keep: str
    periods: tuple[str, str]  # 30 days, 24 months
    deny: str
    allow: str
    opt_out: str
    share: str
    share_more: str
    right: str
    filler: tuple[str, ...]
    dated: str
    typo: tuple[str, str]
    paraphrase: tuple[str, str]


ENGLISH = Language(
    code="en",
    keep="We keep your messages for {} after you have sent them.",
    periods=("30 days", "24 months"),
    deny="We do not sell your personal data to anyone.",
    allow="We may sell your personal data to anyone.",
    opt_out="You can opt out of marketing emails at any time.",
    share="We share your email address with our payment processors.",
    share_more="We share your email address with our payment processors and with advertisers.",
    right="You have the right to request access to your personal data.",
    filler=(
        "Thank you for reading this page with care.",
        "Our offices are closed on public holidays.",
        "The headings of this page are there for your convenience.",
    ),
    dated="This page was last updated on {} March 2025.",
    typo=("Thank you for reading this page with care.", "Thank you for raeding this page with care."),
    paraphrase=(
        "We collect your name when you create an account with us.",
        "When you create an account with us, we collect your name.",
    ),
)
MALAY = Language(
    code="ms",
    keep="Kami menyimpan mesej anda selama {} selepas anda menghantarnya.",
    periods=("30 hari", "24 bulan"),
    deny="Kami tidak menjual data peribadi anda kepada sesiapa.",
    allow="Kami mungkin menjual data peribadi anda kepada sesiapa.",
    opt_out="Anda boleh berhenti melanggan e-mel pemasaran pada bila-bila masa.",
    share="Kami berkongsi alamat e-mel anda dengan pemproses pembayaran kami.",
    share_more="Kami berkongsi alamat e-mel anda dengan pemproses pembayaran kami dan dengan pengiklan.",
    right="Anda berhak untuk mengakses data peribadi anda.",
    filler=(
        "Terima kasih kerana membaca halaman ini dengan teliti.",
        "Pejabat kami ditutup pada hari kelepasan am.",
        "Tajuk di halaman ini adalah untuk kemudahan sahaja.",
    ),
    dated="Halaman ini dikemas kini pada {} Mac 2025.",
    typo=(
        "Terima kasih kerana membaca halaman ini dengan teliti.",
        "Terima kasih kerana membcaa halaman ini dengan teliti.",
    ),
    paraphrase=(
        "Kami mengumpul nama anda apabila anda membuka akaun dengan kami.",
        "Apabila anda membuka akaun dengan kami, kami mengumpul nama anda.",
    ),
)
FRENCH = Language(
    code="fr",
    keep="Nous conservons vos messages pendant {} après leur envoi.",
    periods=("30 jours", "24 mois"),
    deny="Nous ne vendons pas vos données personnelles à quiconque.",
    allow="Nous pouvons vendre vos données personnelles à quiconque.",
    opt_out="Vous pouvez vous désinscrire des courriels promotionnels à tout moment.",
    share="Nous partageons votre adresse e-mail avec nos prestataires de paiement.",
    share_more="Nous partageons votre adresse e-mail avec nos prestataires de paiement et avec des annonceurs.",
    right="Vous avez le droit d’accéder à vos données personnelles.",
    filler=(
        "Merci de lire cette page avec attention.",
        "Nos bureaux restent fermés les jours fériés.",
        "Les titres de cette page servent à la lecture.",
    ),
    dated="Cette page a été mise à jour le {} mars 2025.",
    typo=("Merci de lire cette page avec attention.", "Merci de lire cette page avec atention."),
    paraphrase=(
        "Nous collectons votre nom lorsque vous créez un compte chez nous.",
        "Lorsque vous créez un compte chez nous, nous collectons votre nom.",
    ),
)
GERMAN = Language(
    code="de",
    keep="Wir speichern Ihre Nachrichten für {} nach dem Versand.",
    periods=("30 Tage", "24 Monate"),
    deny="Wir verkaufen Ihre personenbezogenen Daten nicht an andere Unternehmen.",
    allow="Wir verkaufen Ihre personenbezogenen Daten an andere Unternehmen.",
    opt_out="Sie können sich jederzeit vom Newsletter abmelden.",
    share="Wir geben Ihre E-Mail-Adresse an unsere Zahlungsdienstleister weiter.",
    share_more="Wir geben Ihre E-Mail-Adresse an unsere Zahlungsdienstleister und an Werbetreibende weiter.",
    right="Sie haben das Recht auf Auskunft über Ihre personenbezogenen Daten.",
    filler=(
        "Vielen Dank, dass Sie diese Seite aufmerksam lesen.",
        "Unsere Büros sind an Feiertagen geschlossen.",
        "Die Überschriften dieser Seite dienen nur der Übersicht.",
    ),
    dated="Diese Seite wurde am {}. März 2025 aktualisiert.",
    typo=("Unsere Büros sind an Feiertagen geschlossen.", "Unsere Büros sind an Feiertagen geschlosen."),
    paraphrase=(
        "Wir erheben Ihren Namen, wenn Sie ein Konto bei uns eröffnen.",
        "Wenn Sie ein Konto bei uns eröffnen, erheben wir Ihren Namen.",
    ),
)
LANGUAGES = [ENGLISH, MALAY, FRENCH, GERMAN]


def policy(language: Language) -> list[str]:
    return [
        language.keep.format(language.periods[0]),
        language.deny,
        language.opt_out,
        language.share,
        language.right,
        language.paraphrase[0],
        language.dated.format(3),
        *language.filler,
    ]


def clauses(texts: list[str]) -> list[Clause]:
    return [clause(text, ClauseKind.PARAGRAPH) for text in texts]


def told(language: Language, old: list[str], new: list[str]) -> Meaning:
    return meaning(compare(clauses(old), clauses(new)), language.code)


def mutated(language: Language, name: str) -> tuple[str, str | None, str]:
    """The sentence, what becomes of it, and the practice."""
    return {
        "longer": (
            language.keep.format(language.periods[0]),
            language.keep.format(language.periods[1]),
            "data-retention",
        ),
        "negation": (language.deny, language.allow, "sale"),
        "opt-out": (language.opt_out, None, "user-choice"),
        "recipient": (language.share, language.share_more, "third-party-sharing"),
        "right": (language.right, None, "user-access"),
    }[name]


by_language = pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.code)
MUTATIONS = ["longer", "negation", "opt-out", "recipient", "right"]


@by_language
@pytest.mark.parametrize("name", MUTATIONS)
@settings(max_examples=8, deadline=None)
@given(data=st.data())
def test_a_change_that_matters_is_found_both_ways(language: Language, name: str, data: st.DataObject) -> None:
    old = data.draw(st.permutations(policy(language)))
    before, after, practice = mutated(language, name)
    new = [after if text == before else text for text in old if text != before or after]
    less, more = told(language, old, new), told(language, new, old)
    assert practice in less.practices
    assert practice in more.practices
    assert less.direction is Direction.LESS
    assert more.direction is Direction.MORE
    assert less.significance is more.significance is Significance.SUBSTANTIVE
    assert less.reasons
    assert more.reasons
    assert "less protective" in less.headline


@by_language
@settings(max_examples=8, deadline=None)
@given(data=st.data())
def test_another_order_is_silent(language: Language, data: st.DataObject) -> None:
    found = told(language, policy(language), data.draw(st.permutations(policy(language))))
    assert not found.practices
    assert found.significance.rank < Significance.EDITORIAL.rank


@by_language
@settings(max_examples=6, deadline=None)
@given(day=st.integers(4, 28))
def test_another_date_is_cosmetic(language: Language, day: int) -> None:
    old = policy(language)
    new = [language.dated.format(day) if text == language.dated.format(3) else text for text in old]
    found = told(language, old, new)
    assert not found.practices
    assert found.significance is Significance.COSMETIC


@by_language
def test_a_typo_is_cosmetic(language: Language) -> None:
    old = policy(language)
    found = told(language, old, [language.typo[1] if text == language.typo[0] else text for text in old])
    assert not found.practices
    assert found.significance is Significance.COSMETIC


@by_language
def test_a_paraphrase_says_nothing_new(language: Language) -> None:
    old = policy(language)
    found = told(language, old, [language.paraphrase[1] if text == language.paraphrase[0] else text for text in old])
    assert not found.practices
    assert found.significance.rank < Significance.SUBSTANTIVE.rank


@by_language
@settings(max_examples=6, deadline=None)
@given(start=st.integers(1, 9))
def test_other_numbers_of_clauses_are_silent(language: Language, start: int) -> None:
    old = [clause(f"{n}. {text}", ClauseKind.LIST_ITEM) for n, text in enumerate(policy(language), 1)]
    new = [clause(f"{n}. {text}", ClauseKind.LIST_ITEM) for n, text in enumerate(policy(language), start + 1)]
    assert not meaning(compare(old, new), language.code).practices


def test_the_headline_names_both_values() -> None:
    old = policy(ENGLISH)
    before, after, _ = mutated(ENGLISH, "longer")
    found = told(ENGLISH, old, [after if text == before else text for text in old])
    assert found.headline == "retention 30 days → 24 months (less protective)"
