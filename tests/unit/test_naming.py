from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.config import declare, defaults
from monitor.model import PolicyKind
from monitor.naming import guess_kind, service_of, suggest_name


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("https://acme.example/privacy", PolicyKind.PRIVACY),
        ("https://acme.example/PRIVACY-notice", PolicyKind.PRIVACY),
        ("https://acme.example/ms/dasar-privasi", PolicyKind.PRIVACY),
        ("https://acme.example/datenschutzerklaerung", PolicyKind.PRIVACY),
        ("https://acme.example/privacy/cookies", PolicyKind.COOKIES),
        ("https://acme.example/terms-of-service", PolicyKind.TERMS),
        ("https://acme.example/tos", PolicyKind.TERMS),
        ("https://acme.example/autos", PolicyKind.PRIVACY),  # "tos" is no word there
        ("https://acme.example/legal", PolicyKind.TERMS),
        ("https://acme.example/legal/sub-processors", PolicyKind.SUBPROCESSORS),
        ("https://acme.example/subprocessors.html", PolicyKind.SUBPROCESSORS),
        ("https://acme.example/dpa", PolicyKind.DPA),
        ("https://acme.example/legal/data-processing-addendum", PolicyKind.DPA),
        ("https://acme.example/aup", PolicyKind.ACCEPTABLE_USE),
        ("https://terms.acme.example/", PolicyKind.TERMS),
        ("https://cookie.example/", PolicyKind.PRIVACY),  # a company's name tells nothing
        ("https://acme.example/", PolicyKind.PRIVACY),
        ("http://[not an address", PolicyKind.PRIVACY),
    ],
)
def test_the_kind_is_told_from_the_address(url: str, kind: PolicyKind) -> None:
    assert guess_kind(url) is kind


@pytest.mark.parametrize(
    ("url", "service"),
    [
        ("https://www.acme.com/privacy", "acme"),
        ("https://www.acme.com.my/privasi", "acme"),
        ("https://acme.co.uk/", "acme"),
        ("https://help.acme.com/", "acme"),
        ("https://privacy.acme.com/", "acme"),
        ("https://shop.acme.com/", "acme"),
        ("https://www.gov.uk/help/privacy", "gov"),
        ("https://com.example/", "com"),
        ("https://acme.com./", "acme"),
        ("https://münchen.example/", "munchen"),
        ("https://例え.example/", "policy"),
        ("http://127.0.0.1:8000/privacy", "127-0-0-1"),
        ("http://[::1]/", "1"),
        ("http://localhost/", "localhost"),
        ("http://[not an address", "policy"),
        ("https:///nothing", "policy"),
    ],
)
def test_the_service_is_the_distinctive_part_of_the_host(url: str, service: str) -> None:
    assert service_of(url) == service


def test_a_name_that_is_taken_gets_the_next_free_number() -> None:
    url = "https://acme.example/privacy"
    assert suggest_name(url, PolicyKind.PRIVACY, ()) == "acme-privacy"
    assert suggest_name(url, PolicyKind.PRIVACY, ("acme-privacy",)) == "acme-privacy-2"
    assert suggest_name(url, PolicyKind.PRIVACY, ("acme-privacy", "acme-privacy-2")) == "acme-privacy-3"


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=30))
def test_every_suggested_name_is_one_that_the_configuration_takes(host: str) -> None:
    name = suggest_name(f"https://{host}/", PolicyKind.TERMS, ())
    assert declare(defaults(), {"name": name, "url": "https://acme.example/"}).name == name
