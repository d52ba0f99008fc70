from __future__ import annotations

import pytest

from monitor.model import PolicyKind
from monitor.text.discover import FoundPolicy, policy_links

HOME = "https://www.pelican.example/"


def found(*links: str, base: str = HOME, before: str = "", after: str = "") -> list[tuple[str, str]]:
    return [(one.kind.value, one.url) for one in policy_links(f"<body>{before}{''.join(links)}{after}</body>", base)]


def link(text: str, href: str) -> str:
    return f'<a href="{href}">{text}</a>'


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Privacy Policy", "privacy"),
        ("Privacy", "privacy"),
        ("Pelican Privacy Notice", "privacy"),
        ("PRIVACY & COOKIES", "privacy"),
        ("Terms of Service", "terms"),
        ("Terms & Conditions", "terms"),
        ("Terms and Privacy", "terms"),
        ("Cookie Policy", "cookies"),
        ("Data Processing Addendum", "dpa"),
        ("DPA", "dpa"),
        ("Sub‑processors", "subprocessors"),
        ("List of subprocessors", "subprocessors"),
        ("Acceptable Use Policy", "acceptable-use"),
        ("Community Guidelines", "acceptable-use"),
        ("AI Principles", "ai"),
        ("Dasar Privasi", "privacy"),
        ("Notis Privasi (PDPA)", "privacy"),
        ("Terma dan Syarat", "terms"),
        ("Dasar Kuki", "cookies"),
        ("Politique de confidentialité", "privacy"),
        ("Données personnelles", "privacy"),
        ("CGU", "terms"),
        ("Conditions générales d’utilisation", "terms"),
        ("Gestion des cookies : politique de cookies", "cookies"),
        ("Datenschutz", "privacy"),
        ("Datenschutzerklärung", "privacy"),
        ("AGB", "terms"),
        ("Auftragsverarbeitung", "dpa"),
        ("Unterauftragnehmer", "subprocessors"),
        ("KI-Grundsätze", "ai"),
        ("Política de privacidad", "privacy"),
        ("Términos y condiciones", "terms"),
        ("Privacyverklaring", "privacy"),
        ("Algemene voorwaarden", "terms"),
        ("Informativa sulla privacy", "privacy"),
        ("Termini e condizioni", "terms"),
        ("Política de Privacidade", "privacy"),
        ("Termos de uso", "terms"),
        ("Kebijakan Privasi", "privacy"),
        ("Syarat & Ketentuan", "terms"),
    ],
)
def test_what_links_are_called(text: str, kind: str) -> None:
    assert found(link(text, "/p/7")) == [(kind, "https://www.pelican.example/p/7")]


@pytest.mark.parametrize(
    ("text", "href"),
    [
        ("Manage cookies", "/cookies"),
        ("Cookie settings", "/cookie-settings"),
        ("Privacy settings", "/account/privacy"),
        ("Your privacy choices", "/choices"),
        ("Gérer les cookies", "/c"),
        ("Cookie-Einstellungen", "/c"),
        ("Why privacy matters", "/about"),
        ("10 privacy tips for letter writers", "/tips"),
        ("How we think about privacy in the age of letters and of stamps and of postmen", "/x"),
        ("Privacy", "/blog/privacy"),
        ("Privacy Policy", "/2021/05/privacy-policy"),
        ("Privacy policy", "https://blog.pelican.example/privacy"),
        ("2019 Terms of Use", "/terms/2019"),
        ("Archived Terms of Use", "/terms/old"),
        ("Privacy", "#privacy"),
        ("Privacy", "javascript:void(0)"),
        ("Privacy", "mailto:privacy@pelican.example"),
        ("Privacy", ""),
        ("Pricing", "/pricing"),
        ("Blog: privacy", "/p"),
        ("x" * 200 + " privacy policy", "/privacy"),
    ],
)
def test_what_is_no_policy(text: str, href: str) -> None:
    assert found(link(text, href)) == []


def test_one_address_comes_once_and_clean() -> None:
    links = [
        link("Privacy", "/privacy?utm_source=footer&gclid=1"),
        link("Privacy Policy", "https://pelican.example/privacy/"),
        link("Privacy notice", "http://www.pelican.example/privacy#top"),
    ]
    assert len(found(*links)) == 1
    assert "utm_source" not in found(*links)[0][1]


def test_the_footer_comes_first_and_kinds_in_order() -> None:
    body = (
        link("Terms", "/terms")
        + link("Privacy Policy", "/products/privacy")
        + f"<footer>{link('Privacy Policy', '/legal/7')}</footer>"
    )
    assert found(body) == [
        ("privacy", "https://www.pelican.example/products/privacy"),
        ("privacy", "https://www.pelican.example/legal/7"),
        ("terms", "https://www.pelican.example/terms"),
    ]
    body = link("Privacy Policy", "/a") + f'<div class="site-footer">{link("Privacy Policy", "/b")}</div>'
    assert [url[-2:] for _, url in found(body)] == ["/b", "/a"]


def test_a_surer_name_comes_first() -> None:
    names = [link("Applicant privacy notice", "/a"), link("Privacy Policy", "/b"), link("Privacy", "/c")]
    assert [url[-1] for _, url in found(*names)] == ["b", "c", "a"]


def test_other_companies_policies_only_for_want_of_ones_own() -> None:
    other = link("Privacy Policy", "https://captcha.example/privacy")
    assert found(other) == [("privacy", "https://captcha.example/privacy")]
    assert found(other, link("Privacy", "/privacy")) == [("privacy", "https://www.pelican.example/privacy")]
    assert found(link("here", "https://captcha.example/privacy")) == []
    assert found(link("https://captcha.example/privacy", "https://captcha.example/privacy")) == []


def test_other_hosts_of_the_same_company_are_its_own() -> None:
    own = link("Privacy Policy", "https://legal.pelican.co.uk/privacy")
    assert found(own, link("Privacy", "https://captcha.example/p"), base="https://www.pelican.co.uk/") == [
        ("privacy", "https://legal.pelican.co.uk/privacy")
    ]


def test_an_address_may_speak_for_itself() -> None:
    assert found(link("Legal", "/legal/privacy-policy.html")) == [
        ("privacy", "https://www.pelican.example/legal/privacy-policy.html")
    ]
    assert found(link("Legal", "/privacy"), link("Privacy Policy", "/p/7")) == [
        ("privacy", "https://www.pelican.example/p/7")
    ]
    assert found(link("Legal", "/legal")) == []


def test_the_address_decides_between_the_kinds_that_words_name() -> None:
    assert found(link("Charte d’utilisation des cookies", "/cookies")) == [
        ("cookies", "https://www.pelican.example/cookies")
    ]


def test_links_without_text_are_read_by_their_labels() -> None:
    assert found('<a href="/p" aria-label="Privacy Policy"><svg></svg></a>') == [
        ("privacy", "https://www.pelican.example/p")
    ]
    assert found('<a href="/p"><img alt="Terms of Service" src="t.png"></a>') == [
        ("terms", "https://www.pelican.example/p")
    ]
    assert found('<a href="/p"></a>') == []


def test_base_href_and_bytes() -> None:
    markup = '<html><head><base href="https://pelican.example/en/"></head><body>' + link("Privacy Policy", "privacy")
    assert policy_links(markup.encode(), HOME) == [
        FoundPolicy(kind=PolicyKind.PRIVACY, url="https://pelican.example/en/privacy", text="Privacy Policy")
    ]
    assert policy_links('<base href="http://[">' + link("Privacy", "https://a.example/privacy"), "http://[")


def test_nothing_to_find() -> None:
    assert policy_links("", HOME) == []
    assert policy_links(b"\x00\xff", "") == []
    assert found(link("Privacy", "http://[/privacy")) == []
