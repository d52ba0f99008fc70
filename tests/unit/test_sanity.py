from __future__ import annotations

import pytest

from monitor.model import Clause, Page, PolicyKind, Reading, SuspectReason, Suspicion
from monitor.text import clause, read
from monitor.text.sanity import suspicion
from tests.pages import (
    CHALLENGES,
    CONSENT,
    ENGLISH,
    ERRORS,
    FRENCH,
    HOME,
    LOGIN,
    MISSING,
    POLICIES,
    REWRITTEN,
    SHELLS,
    SWEDISH,
    TERMS,
    page,
)

URL = "https://pelican.example/privacy"


def look(
    markup: str | bytes | list[str],
    *,
    current: list[str] | tuple[Clause, ...] | None = None,
    final: str = URL,
    kind: PolicyKind = PolicyKind.PRIVACY,
    language: str | None = None,
    media_type: str = "text/html",
) -> Suspicion | None:
    bodies = markup if isinstance(markup, list) else [markup]
    pages = [
        Page(body=body.encode() if isinstance(body, str) else body, media_type=media_type, charset="utf-8", url=URL)
        for body in bodies
    ]
    before = (
        read([Page(body=page(current).encode(), media_type="text/html", url=URL)]).clauses
        if isinstance(current, list)
        else current
    )
    return suspicion(
        pages, read(pages), current=before, addresses=[(URL, final)] * len(pages), kind=kind, language=language
    )


def reason(found: Suspicion | None) -> SuspectReason | None:
    return found.reason if found else None


@pytest.mark.parametrize("code", POLICIES)
@pytest.mark.parametrize("before", [None, "same"])
def test_a_policy_is_no_suspect(code: str, before: str | None) -> None:
    policy = POLICIES[code]
    assert look(page(policy, language=code), current=policy if before else None, language=code) is None


def test_a_short_policy_may_speak_of_errors() -> None:
    short = [
        "# Privacy",
        "We collect personal data to process your letters and delete it when an unexpected error occurred.",
        "Access denied? Write to our data protection officer, who is the controller's, or withdraw your consent.",
        "We disclose nothing to third parties and set no cookies.",
    ]
    assert look(page(short)) is None


def test_terms_are_no_suspect() -> None:
    assert look(page(TERMS), kind=PolicyKind.TERMS) is None


@pytest.mark.parametrize("known", [False, True])
@pytest.mark.parametrize("name", CHALLENGES)
def test_bot_challenges(name: str, *, known: bool) -> None:
    assert reason(look(CHALLENGES[name], current=ENGLISH if known else None)) is SuspectReason.CHALLENGE


def test_a_challenge_names_the_guard() -> None:
    found = look(CHALLENGES["datadome"])
    assert found
    assert "DataDome" in found.why


def test_a_policy_behind_a_guard_that_lets_it_through_is_no_suspect() -> None:
    sensors = (
        '<script src="/cdn-cgi/challenge-platform/scripts/jsd/main.js"></script><script src="https://js.datadome.co/tags.js">'
        '</script><script src="https://client.perimeterx.net/PX1/main.min.js"></script><div class="h-captcha"></div>'
    )
    assert look(page(ENGLISH, head=sensors)) is None


@pytest.mark.parametrize("known", [False, True])
@pytest.mark.parametrize("name", ERRORS)
def test_error_pages(name: str, *, known: bool) -> None:
    assert reason(look(ERRORS[name], current=ENGLISH if known else None)) is SuspectReason.ERROR_PAGE


@pytest.mark.parametrize("known", [False, True])
@pytest.mark.parametrize("name", MISSING)
def test_missing_pages(name: str, *, known: bool) -> None:
    assert reason(look(MISSING[name], current=ENGLISH if known else None)) is SuspectReason.NOT_FOUND


@pytest.mark.parametrize("known", [False, True])
def test_login(*, known: bool) -> None:
    assert reason(look(LOGIN, current=ENGLISH if known else None)) is SuspectReason.LOGIN


def test_a_login_form_with_a_captcha_is_a_login() -> None:
    with_captcha = LOGIN.replace("</form>", '<div class="g-recaptcha"></div></form>')
    assert reason(look(with_captcha)) is SuspectReason.LOGIN


def test_a_policy_with_a_login_form_in_its_header_is_no_suspect() -> None:
    form = '<form><input type="password" name="p"><button>Log in</button><a href="/r">Forgot your password?</a></form>'
    assert look(page(ENGLISH).replace("<main>", form + "<main>")) is None


@pytest.mark.parametrize("known", [False, True])
def test_consent_wall(*, known: bool) -> None:
    assert reason(look(CONSENT, current=ENGLISH if known else None)) is SuspectReason.CONSENT


@pytest.mark.parametrize("known", [False, True])
def test_a_consent_wall_that_speaks_at_length(*, known: bool) -> None:
    purposes = " ".join(
        f"With your permission we and our {n} partners process personal data such as identifiers for purpose {n}, share"
        " it, and retain it; you may withdraw your consent or object to processing at any time."
        for n in range(800, 806)
    )
    page = f"""<html><body><h2>We value your privacy</h2><p>{purposes}</p>
    <button>Manage preferences</button><button>Accept all</button></body></html>"""
    assert reason(look(page.encode(), current=ENGLISH if known else None)) is SuspectReason.CONSENT


@pytest.mark.parametrize("known", [False, True])
@pytest.mark.parametrize("name", SHELLS)
def test_shells_need_a_browser(name: str, *, known: bool) -> None:
    assert reason(look(SHELLS[name], current=ENGLISH if known else None)) is SuspectReason.NEEDS_BROWSER


@pytest.mark.parametrize("body", [b"", b"<html><body></body></html>", b"<p>Our policy.</p>"])
def test_nothing_is_empty(body: bytes) -> None:
    assert reason(look(body)) is SuspectReason.EMPTY


def test_a_short_policy_stays_one() -> None:
    short = ["# Privacy", "We keep no data of yours at all."]
    assert look(page([*short, "Write to us."]), current=short) is None


@pytest.mark.parametrize("known", [False, True])
def test_the_home_page(*, known: bool) -> None:
    found = look(HOME, current=ENGLISH if known else None)
    assert reason(found) in {SuspectReason.HOME_PAGE, SuspectReason.REPLACED}


def test_a_redirect_to_the_top_of_the_site_makes_it_the_home_page() -> None:
    assert reason(look(HOME, current=ENGLISH, final="https://pelican.example/en-gb/")) is SuspectReason.HOME_PAGE
    assert reason(look(HOME, final="https://pelican.example/")) is SuspectReason.HOME_PAGE


def test_a_page_of_links_is_the_home_page() -> None:
    links = "".join(
        f'<p>See <a href="/s/{n}">the story of the letter that went to town number {n}</a> now</p>' for n in range(30)
    )
    assert reason(look(page([]).replace("<main>", "<main>" + links), current=ENGLISH)) is SuspectReason.HOME_PAGE


def test_a_policy_that_moved_to_the_top_of_a_site_is_no_suspect() -> None:
    assert look(page(ENGLISH), final="https://privacy.pelican.example/") is None
    assert look(page(ENGLISH), current=ENGLISH, final="https://privacy.pelican.example/") is None


def test_a_list_of_subprocessors_needs_no_words_of_policies() -> None:
    rows = [f"Firm number {n} of the town prints, folds and posts letters for readers in region {n}" for n in range(20)]
    assert look(page(["# Our partners", *rows]), kind=PolicyKind.SUBPROCESSORS) is None


def test_a_rewritten_policy_is_a_change_and_no_suspect() -> None:
    assert look(page(REWRITTEN), current=ENGLISH) is None


@pytest.mark.parametrize("stated", [None, "en"])
def test_another_language(stated: str | None) -> None:
    found = look(page(FRENCH, language="fr"), current=ENGLISH, language=stated)
    assert reason(found) is SuspectReason.LANGUAGE
    assert found
    assert "“fr”, not in “en”" in found.why


def test_the_first_look_may_be_in_another_language_than_was_said() -> None:
    assert reason(look(page(FRENCH, language="fr"), language="en")) is SuspectReason.LANGUAGE
    assert look(page(FRENCH, language="fr"), language=None) is None


def test_a_page_in_two_languages_is_in_both() -> None:
    assert look(page([*ENGLISH, *FRENCH]), language="fr") is None
    assert look(page([*FRENCH, *ENGLISH]), current=ENGLISH) is None


def test_a_language_without_a_vocabulary_is_taken_on_trust() -> None:
    assert look(page(SWEDISH, language="sv")) is None
    assert reason(look(page(SWEDISH, language="sv"), final="https://pelican.example/")) is SuspectReason.HOME_PAGE


def test_most_clauses_gone() -> None:
    found = look(page(ENGLISH[:9]), current=ENGLISH)
    assert reason(found) is SuspectReason.TRUNCATED


def test_a_section_taken_out_under_a_new_date_is_a_change() -> None:
    assert look(page(["# Privacy Policy", "Last updated: 1 June 2025", *ENGLISH[2:12]]), current=ENGLISH) is None


def test_a_section_taken_out_is_a_change() -> None:
    assert look(page([line for line in ENGLISH if "ookie" not in line]), current=ENGLISH) is None


def test_the_text_stops_in_a_sentence() -> None:
    found = look(page([*ENGLISH[:-2], ENGLISH[-2][:60]]), current=ENGLISH)
    assert reason(found) is SuspectReason.TRUNCATED


@pytest.mark.parametrize("known", [False, True])
def test_the_page_stops_in_a_tag(*, known: bool) -> None:
    whole = page(ENGLISH)
    cut = whole[: whole.index("<h2>6")] + '<p class="par'
    assert reason(look(cut, current=ENGLISH if known else None)) is SuspectReason.TRUNCATED


def test_the_body_is_there_twice() -> None:
    once = tuple(clause(line.lstrip("# ")) for line in ENGLISH)
    twice = Reading(clauses=once + once, digest="d", extractor="e", language="en")

    def verdict(current: tuple[Clause, ...]) -> Suspicion | None:
        return suspicion([], twice, current=current, addresses=[], kind=PolicyKind.PRIVACY, language=None)

    assert reason(verdict(once)) is SuspectReason.DOUBLED
    assert verdict(once + once) is None


def test_another_document_in_its_place() -> None:
    found = look(page(TERMS), current=ENGLISH)
    assert reason(found) is SuspectReason.REPLACED


def test_a_short_hub_in_its_place() -> None:
    hub = [
        "# Legal",
        "Read our privacy policy, our cookie policy and our terms in the help centre of the Pelican group.",
    ]
    found = look(
        page([*hub, "Personal data is safe with us, and consent is yours to give or to take back."]),
        current=ENGLISH,
    )
    assert reason(found) is SuspectReason.REPLACED


def test_one_page_of_several_is_an_error() -> None:
    parts = [page(ENGLISH[:12]), page(ENGLISH[12:])]
    whole = tuple(read([Page(body=part.encode(), media_type="text/html", url=URL) for part in parts]).clauses)
    assert look(parts, current=whole) is None
    assert reason(look([parts[0], ERRORS["internal"]], current=whole)) is SuspectReason.ERROR_PAGE
    assert reason(look([parts[0], MISSING["plain"]], current=whole)) is SuspectReason.NOT_FOUND


def test_plain_text_has_no_markup_to_tell() -> None:
    assert look("\n\n".join(ENGLISH), media_type="text/plain") is None
    assert reason(look("Service unavailable", media_type="text/plain")) is SuspectReason.ERROR_PAGE
