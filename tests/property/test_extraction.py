"""What never changes a reading, and what always does."""

from __future__ import annotations

import html
import re

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from monitor.model import Page
from monitor.text import clause_digest, normalise, read, reading_digest, segment

WORDS = """
we collect your name address email when you create an account and keep it for thirty days unless the law asks for longer
partners receive data only under contract you may object write to our officer cookies remember settings children under
sixteen must not register transfers outside the country need safeguards
""".split()  # noqa: SIM905 - a list of words reads best as one
CHROME = (
    '<nav class="main-nav"><ul><li><a href="/">Home</a></li><li><a href="/jobs?t={n}">Jobs {n}</a></li></ul></nav>',
    '<header class="site-header"><a href="/">Acme {n}</a><button>Menu</button></header>',
    """<div id="cookie-banner" class="cookie-consent-banner"><p>We use cookies to make this site work for you, and {n}
    partners do so too.</p><button>Accept all</button></div>""",
    '<div class="onetrust-pc-dark-filter"></div><script nonce="{n}">var token = "{n}";</script>',
    '<div class="breadcrumbs"><a href="/">Home</a> / <a href="/legal">Legal</a></div>',
)
TAIL = (
    """<section class="related-articles"><h3>Related articles</h3><ul><li><a href="/a{n}">How to log in {n}</a></li>
    <li><a href="/b">How to pay</a></li></ul></section>""",
    """<footer class="site-footer"><p>© 20{n} Acme Ltd. All rights reserved. Acme is a company in Exampleland.</p>
    </footer>""",
    "<p>{n} out of {n} found this helpful</p>",
    '<div class="share-buttons"><a href="https://social.example/?u={n}">Share</a></div>',
    '<aside class="sidebar"><a href="/x">Other topics</a> <a href="/y">Latest news {n}</a></aside>',
)
sentence = st.lists(st.sampled_from(WORDS), min_size=8, max_size=24).map(
    lambda found: " ".join(found).capitalize() + "."
)
paragraphs = st.lists(sentence, min_size=4, max_size=12, unique=True)
number = st.integers(10, 99)


def page(texts: list[str], before: str = "", after: str = "", attribute: str = "") -> str:
    body = "".join(f"<p{attribute}>{html.escape(text)}</p>" for text in texts)
    return (
        f"<!doctype html><html><head><title>T</title></head><body>{before}<main><h1>Privacy policy</h1>{body}</main>"
        f"{after}</body></html>"
    )


def digest(markup: str) -> str:
    return reading_digest(segment(markup, base_url="https://acme.example/privacy"))


@settings(max_examples=30, deadline=None)
@given(paragraphs, st.lists(st.sampled_from(CHROME), unique=True), st.lists(st.sampled_from(TAIL), unique=True), number)
def test_other_chrome_never_changes_the_clauses(
    texts: list[str], before: list[str], after: list[str], count: int
) -> None:
    assume(sum(map(len, texts)) > 200)  # on a page that says less than its frame, the frame is the text
    bare = page(texts)
    dressed = page(texts, "".join(before).replace("{n}", str(count)), "".join(after).replace("{n}", str(count)))
    assert digest(dressed) == digest(bare)


@settings(max_examples=40, deadline=None)
@given(paragraphs, number)
def test_attributes_tokens_and_white_space_never_change_the_clauses(texts: list[str], count: int) -> None:
    link = (
        '<p>Read <a class="x" href="/terms?utm_source={s}&amp;lang=en&amp;sid={n}" data-t="{n}">our terms</a> too.</p>'
    )
    first = page(texts, attribute=' class="a" id="b"') + ""
    first = first.replace("</main>", link.replace("{s}", "mail").replace("{n}", "1") + "</main>")
    second = page(texts, attribute=f'\n id="b"   class="a" data-v-{count} nonce="{count}"')
    second = second.replace("</main>", link.replace("{s}", "web").replace("{n}", str(count)) + "\n\n</main>")
    second = second.replace("><", ">\n   <").replace(". ", ".\n ")
    assert digest(second) == digest(first)


@settings(max_examples=30, deadline=None)
@given(paragraphs, st.data())
def test_removing_or_editing_any_clause_always_changes_the_reading(texts: list[str], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(texts) - 1))
    edited = [*texts]
    edited[at] = edited[at].replace(" ", " not ", 1)
    assume(edited[at] not in texts)
    whole = digest(page(texts))
    assert digest(page(texts[:at] + texts[at + 1 :])) != whole
    assert digest(page(edited)) != whole


@settings(max_examples=80, deadline=None)
@given(st.binary(max_size=400), st.sampled_from(["text/html", "text/plain", "text/markdown", "application/xhtml+xml"]))
def test_reading_never_fails_on_any_bytes(body: bytes, media_type: str) -> None:
    read([Page(body=body, media_type=media_type, url="https://acme.example/")])


MARKUP = st.lists(
    st.sampled_from(
        """<p> </p> <div> </div> <ul> <li> </li> </ul> <ol> <table> <tr> <td> </td> <th> </table> <h2> </h2>
        <a~href="#">
        </a> <a~href="http://[x"> <br> <b> </b> <pre> </pre> <dl> <dt> </dt> <dd> </dl> <button> </button>
        <details> <summary> </summary> <header> <nav> <footer> <span~data-cfemail="00"> <sup>
        <iframe~srcdoc="<p>"> <template> <noscript>
        <textarea> <base~href="//["> a b. Data 1. (a) ** > # | - &shy; &#0; \x0c""".split()  # noqa: SIM905 - as above
    ),
    max_size=60,
)


@settings(max_examples=80, deadline=None)
@given(MARKUP, st.sampled_from(["text/html", "text/plain", "text/markdown"]))
def test_clauses_of_any_tag_soup_are_well_formed(pieces: list[str], media_type: str) -> None:
    for clause in segment(" ".join(pieces).replace("~", " "), media_type, base_url="https://acme.example/"):
        assert clause.text == " ".join(clause.text.split())
        assert re.search(r"\w", clause.text)
        assert clause.digest == clause_digest(clause.text)
        assert (clause.kind == "heading") <= (1 <= clause.level <= 6)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=80) | st.text("aB éx1•*.,()[]`’“–… \u200b\u00ad´", max_size=40))
def test_normalising_twice_changes_nothing(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once
