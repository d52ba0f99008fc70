"""Pages and files as odd as real ones, and the clauses that they must give."""

from __future__ import annotations

import pytest

from monitor.errors import ReadError
from monitor.model import Clause, ClauseKind, Link, Page
from monitor.text import clause, normalise, read, segment
from monitor.text.labels import split_label
from monitor.text.links import target

FILLER = "".join(
    f"<p>We process the data of part {n} only for as long as the purpose of part {n} lasts, and then delete it.</p>"
    for n in ("one", "two", "three", "four", "five", "six")
)
URL = "https://acme.example/privacy"


def texts(markup: str, media_type: str = "text/html") -> list[str]:
    return [found.text for found in segment(markup, media_type, base_url=URL)]


def outline(markup: str, media_type: str = "text/html") -> list[tuple[str, int, str, str]]:
    return [
        (found.kind.value, found.level, found.label, found.text) for found in segment(markup, media_type, base_url=URL)
    ]


def only(found: list[Clause], words: str) -> Clause:
    (one,) = [clause for clause in found if words in clause.text]
    return one


def test_lists_nest_and_keep_their_markers_as_labels() -> None:
    markup = """<h2>3 Your rights</h2><ol type="a" start="2"><li>Access<ul><li>by post</li><li><p>by e-mail</p>
    <p>or form</p>
    </li></ul></li><li value="9">Erasure</li></ol>
    <ol style="list-style-type: upper-roman"><li>Fourth</li><li>(b) Own</li></ol>"""
    assert outline(markup) == [
        ("heading", 2, "3", "Your rights"),
        ("list-item", 1, "b.", "Access"),
        ("list-item", 2, "•", "by post"),
        ("list-item", 2, "•", "by e-mail"),
        ("paragraph", 0, "", "or form"),
        ("list-item", 1, "i.", "Erasure"),
        ("list-item", 1, "I.", "Fourth"),
        ("list-item", 1, "(b)", "Own"),
    ]


def test_a_table_row_is_a_clause_with_its_column_heads() -> None:
    markup = """<table><caption>What we keep</caption><tr><th>Data</th><th>Period</th></tr>
    <tr><td rowspan="2">Name</td><td>30 <b>days</b></td></tr><tr><td>1 year <a href="/why">why</a></td></tr></table>"""
    caption, head, first, second = segment(markup, base_url=URL)
    assert (caption.text, caption.kind) == ("What we keep", ClauseKind.PARAGRAPH)
    assert head.cells == (("", "Data"), ("", "Period"))
    assert (first.kind, first.text) == (ClauseKind.TABLE_ROW, "Name | 30 days")
    assert first.cells == (("Data", "Name"), ("Period", "30 days"))
    assert second.cells == (("Period", "1 year why"),)
    assert second.links == (Link("why", "https://acme.example/why"),)


def test_a_table_for_layout_is_walked_as_text() -> None:
    markup = f"<table role='presentation'><tr><td>Left</td><td>{FILLER}</td></tr></table>"
    assert all(found.kind is ClauseKind.PARAGRAPH for found in segment(markup))


def test_definitions_stand_with_their_terms() -> None:
    markup = """<dl><dt>Controller:</dt><dd>Acme Ltd.</dd><dt>Cookies</dt><dd><p>We set some.</p>
    <p>You may refuse.</p></dd>
    <dt>Alone</dt></dl>"""
    assert outline(markup) == [
        ("definition", 0, "", "Controller: Acme Ltd."),
        ("heading", 1, "", "Cookies"),
        ("paragraph", 0, "", "We set some."),
        ("paragraph", 0, "", "You may refuse."),
        ("definition", 0, "", "Alone"),
    ]


def test_accordion_titles_are_headings_and_hidden_panels_are_read() -> None:
    markup = """<h1>Privacy</h1><button aria-expanded="false">What we collect</button><div hidden>
    <p>Your name.</p></div>
    <details><summary>Sharing</summary><p aria-hidden="true">With nobody.</p></details><h3><button>Old</button>
    </h3><p>Text.</p>"""
    found = segment(markup)
    assert only(found, "What we collect").kind is ClauseKind.HEADING
    assert only(found, "Your name.").path == ("Privacy", "What we collect")
    assert only(found, "With nobody.").path == ("Privacy", "Sharing")
    assert only(found, "Old").level == 3


def test_markup_by_role_and_style_counts() -> None:
    markup = """<div role="heading" aria-level="2">Scope</div><div role="list"><div role="listitem">First</div></div>
    <p><span style="font-weight: 700">Your choices</span></p>
    <p>You may refuse. <span style="display:block">Always.</span></p>
    <div style="font-weight:bold">Children</div><div style="white-space: pre-line">None under 16.\n\nAsk a parent.</div>
    <div role="button" aria-expanded="true">More</div><p>Text.</p><fieldset>
    <legend>Rights</legend>All of them.</fieldset>"""
    assert outline(markup) == [
        ("heading", 2, "", "Scope"),
        ("list-item", 1, "•", "First"),
        ("heading", 3, "", "Your choices"),
        ("paragraph", 0, "", "You may refuse."),
        ("paragraph", 0, "", "Always."),
        ("heading", 3, "", "Children"),
        ("paragraph", 0, "", "None under 16."),
        ("paragraph", 0, "", "Ask a parent."),
        ("heading", 3, "", "More"),
        ("paragraph", 0, "", "Text."),
        ("heading", 3, "", "Rights"),
        ("paragraph", 0, "", "All of them."),
    ]


def test_headings_without_markup_are_ranked_by_their_style() -> None:
    markup = """<h1>Terms</h1><p>FEES AND PAYMENT</p><p>1. Fees</p><p>You pay monthly, in advance, by card.</p>
    <p><strong>Late payment</strong></p><p>Costs two per cent.</p><p>REFUNDS</p><p>There are none at all.</p>"""
    levels = [(found.level, found.text) for found in segment(markup) if found.kind is ClauseKind.HEADING]
    assert levels == [(1, "Terms"), (2, "FEES AND PAYMENT"), (3, "Fees"), (4, "Late payment"), (2, "REFUNDS")]


def test_protected_addresses_are_links_to_them() -> None:
    code = bytes([1, *(ord(letter) ^ 1 for letter in "&#109;e@a.example")]).hex()
    markup = f"<p>Write to <a href='/cdn-cgi/l/email-protection#{code}'>us</a>.</p>"
    assert segment(markup, base_url=URL)[0].links == (Link("us", "mailto:me@a.example"),)
    for broken in ("zz", "", "0102"):
        lost = f"<p>Write to <a href='/cdn-cgi/l/email-protection#{broken}'>us</a>.</p>"
        assert segment(lost, base_url=URL)[0].links == ()


def test_a_consent_window_longer_than_the_policy_is_left_out() -> None:
    vendors = "".join(f"<p>Vendor {n} may store data on your device for as long as it says.</p>" for n in range(200))
    policy = FILLER * 1 + "".join(
        f"<p>Rule {n}: we shall answer every request within {n} days of it.</p>" for n in range(2, 40)
    )
    found = texts(f"<body><main>{policy}</main><div id='onetrust-consent-sdk'>{vendors}</div></body>")
    assert not any("Vendor" in text for text in found)
    assert len(found) == 44
    assert texts(f"<body><div id='onetrust-consent-sdk'>{vendors}</div></body>") == []
    general = f"<body><div class='cookie-policy-modal'>{vendors}</div></body>"
    assert len(texts(general)) == 200


def test_an_ordered_list_counts_as_the_page_shows_it() -> None:
    markup = """<ol reversed><li>A word</li><li>B word</li></ol><ol type="I" start="4"><li>C word</li></ol>
    <ol style="list-style:none"><li>D word</li></ol><ol type="a" start="27"><li>E word</li></ol><li>F word</li>"""
    assert [found.label for found in segment(markup)] == ["2.", "1.", "IV.", "", "aa.", "•"]


def test_line_breaks_part_paragraphs_titles_and_typed_lists() -> None:
    markup = """<div><b>Data Protection</b><br>Leading software guards<br>what you send.<br><br>Second paragraph.<br>
    - one thing<br>- another thing</div>"""
    assert outline(markup) == [
        ("heading", 1, "", "Data Protection"),
        ("paragraph", 0, "", "Leading software guards what you send."),
        ("paragraph", 0, "", "Second paragraph."),
        ("paragraph", 0, "-", "one thing"),
        ("paragraph", 0, "-", "another thing"),
    ]


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>We <b>do</b>not <i>sell</i>, <a href='/x'>ever</a>.</p>", "We donot sell, ever."),
        ("<p>Water<sup><a href='#n1'>1</a></sup> and H<sub>2</sub>O, 5 m<sup>2</sup></p>", "Water and H2O, 5 m2"),
        ("<p>soft\u00adly\u200b spoken&nbsp; words</p>", "softly spoken words"),
        ("<p>mail <a data-cfemail='422f2702236c27'>[email protected]</a> now</p>", "mail me@a.e now"),
        ("<p>kept</p><script>var a = 'no'</script><style>b{}</style><template>no</template>", "kept"),
        ("<p>one</p><p>•</p><p> — </p><p>***</p>", "one"),
    ],
)
def test_inline_markup_neither_loses_nor_doubles_anything(markup: str, text: str) -> None:
    assert texts(markup) == [text]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("<footer>", "</footer>"),
        ("<aside class='sidebar'>", "</aside>"),
        ("<div role='dialog' class='modal'>", "</div>"),
        ("<nav>", "</nav>"),
        ("<article><table><tr><td>", "</td></tr></table></article>"),
        ("<div class='MsoNormal footer'>", "</div>"),
        ("<noscript>" + "x " * 800, "</noscript>"),
        ("<template shadowrootmode='open'>", "</template>"),
    ],
)
def test_a_policy_in_an_odd_place_is_read(before: str, after: str) -> None:
    found = texts(f"<body><div>Menu</div>{before}{FILLER}{after}</body>")
    assert sum("only for as long as" in text for text in found) == 6


def test_a_policy_in_one_pre_keeps_paragraphs_and_links() -> None:
    lines = "PRIVACY\n\nWe keep your\nname for a year.\n\nSee <a href='/t'>our terms</a>."
    found = segment(f"<pre>{lines}</pre>", base_url=URL)
    assert found[0].text == "PRIVACY"
    assert only(found, "our terms").links == (Link("our terms", "https://acme.example/t"),)


def test_title_and_date_before_the_container_are_taken_in() -> None:
    markup = (
        f"<body><div><h1>Privacy Policy</h1><p>Last updated: 1 May 2024</p></div><div class='c'>{FILLER}</div></body>"
    )
    assert texts(markup)[:2] == ["Privacy Policy", "Last updated: 1 May 2024"]


def test_widgets_menus_contents_and_copies_are_left_out() -> None:
    markup = f"""<body><a href="/">Home</a><a href="#main">Skip to main content</a><main><h1>Privacy</h1>
    <p>3 min read</p>
    <ul><li><a href="#a">Scope</a></li></ul><h2 id="a">Scope <a href="#a">#</a></h2>{FILLER}
    <div class="mobile"><p>We never sell your data to anybody.</p></div>
    <div class="desktop"><p>We never sell your data to anybody.</p></div><p>Was this article helpful?</p>
    <p>(1) Rayez la mention inutile.</p><p>12 out of 14 found this helpful</p>
    <h4>Related articles</h4><ul><li><a href="/1">How to pay</a></li></ul></main>
    <p>Company</p><ul><li><a href="/about">About</a></li><li><a href="/jobs">Jobs</a></li></ul>
    <p>© 2024 Acme</p></body>"""
    found = texts(markup)
    assert found[:2] == ["Privacy", "Scope"]
    assert found[-2:] == ["We never sell your data to anybody.", "Rayez la mention inutile."]
    assert len(found) == 10


def test_selectors_choose_and_remove() -> None:
    markup = (
        f"<div class='a'><p>One here.</p><p class='n'>Two here.</p></div><div class='a'><p>Three.</p></div>{FILLER}"
    )
    chosen = segment(markup, select=[".a", ".a p"], remove=[".n"])
    assert [one.text for one in chosen] == ["One here.", "Three."]
    with pytest.raises(ReadError, match="not a CSS selector"):
        segment(markup, select=["p["])


def test_an_embedded_page_is_read() -> None:
    inner = FILLER.replace("<", "&lt;").replace('"', "&quot;") * 3
    assert any("part one" in text for text in texts(f'<p>Above.</p><iframe srcdoc="{inner}"></iframe>'))


def test_markdown_with_its_origin_and_broken_bold() -> None:
    source = """> *The following text is extracted from the acme.example privacy policy archived on 2016-03-15. See the
> [original snapshot](https://web.archive.org/web/20160315122213id_/https%3A//acme.example/p).*

# Acme

**Your Privacy** **  \n** This page explains what we do.

**Sharing**   \nWe share with [partners](/partners).

  * one
    * inner

| Data | Period |
|------|--------|
| Name | a year |
"""
    reading = read([Page(body=source.encode(), media_type="text/plain", url=URL)])
    assert reading.provenance is not None
    assert reading.provenance.archive_url.endswith("acme.example/p")
    assert str(reading.provenance.captured) == "2016-03-15"
    assert reading.title == "Acme"
    assert [(one.kind.value, one.level, one.text) for one in reading.clauses] == [
        ("heading", 1, "Acme"),
        ("heading", 2, "Your Privacy"),
        ("paragraph", 0, "This page explains what we do."),
        ("heading", 2, "Sharing"),
        ("paragraph", 0, "We share with partners."),
        ("list-item", 1, "one"),
        ("list-item", 2, "inner"),
        ("table-row", 0, "Data | Period"),
        ("table-row", 0, "Name | a year"),
    ]


def test_plain_text_with_lost_structure() -> None:
    source = """Dasar Privasi

Alamat

Aras 2, Menara Contoh
12 Jalan Contoh
Kuala Lumpur

Kami menyimpan data anda selama tiga puluh hari sahaja melainkan undang-undang menetapkan tempoh yang lebih lama.

  1. Hak anda termasuk:
    • akses;
      dan salinan;
    • pembetulan.

a. You shall, before that –

i. tell them; and

ii. ask them.

b. You warrant it.

Telefon: +60 3 1234
Faks: +60 3 5678
"""
    assert outline(source, "text/plain") == [
        ("heading", 1, "", "Dasar Privasi"),
        ("heading", 2, "", "Alamat"),
        ("paragraph", 0, "", "Aras 2, Menara Contoh 12 Jalan Contoh Kuala Lumpur"),
        ("paragraph", 0, "", source.split("\n\n")[3]),
        ("list-item", 1, "1.", "Hak anda termasuk:"),
        ("list-item", 2, "•", "akses;"),
        ("list-item", 2, "", "dan salinan;"),
        ("list-item", 2, "•", "pembetulan."),
        ("list-item", 1, "a.", "You shall, before that –"),
        ("list-item", 2, "i.", "tell them; and"),
        ("list-item", 2, "ii.", "ask them."),
        ("list-item", 1, "b.", "You warrant it."),
        ("paragraph", 0, "", "Telefon: +60 3 1234"),
        ("paragraph", 0, "", "Faks: +60 3 5678"),
    ]


def test_hard_wrapped_text_is_joined() -> None:
    source = """1. COLLECTION
We collect the data that you give us when you open an account with us
and when you write to our desk about anything, and we keep it for sixty
days unless the law of your country asks for a longer time than that.
"""
    first, second = segment(source, "text/plain")
    assert (first.kind, first.label, first.text) == (ClauseKind.HEADING, "1.", "COLLECTION")
    assert second.text.endswith("for a longer time than that.")


@pytest.mark.parametrize(
    ("text", "label", "rest"),
    [
        ("4.2(b) Text", "4.2(b)", "Text"),
        ("4.2. text", "4.2.", "text"),
        ("iv. Text", "iv.", "Text"),
        ("(ii) text", "(ii)", "text"),
        ("a) text", "a)", "text"),
        ("• text", "•", "text"),
        ("§ 5 Haftung", "§ 5", "Haftung"),
        ("Article 12 – Durée", "Article 12 –", "Durée"),
        ("3. Marketing", "3.", "Marketing"),
        ("30. September 2024", "", "30. September 2024"),
        ("1. Mai 2024", "", "1. Mai 2024"),
        ("(c) 2024 Acme", "", "(c) 2024 Acme"),
        ("z. B. Cookies", "", "z. B. Cookies"),
        ("2024 was good", "", "2024 was good"),
        ("(a)", "", "(a)"),
    ],
)
def test_markers_are_split_from_the_words(text: str, label: str, rest: str) -> None:
    assert split_label(text) == (label, rest)


@pytest.mark.parametrize(
    ("href", "cleaned"),
    [
        ("/terms?utm_source=a&lang=en&gclid=1", "https://acme.example/terms?lang=en"),
        ("HTTPS://Acme.Example:443", "https://acme.example/"),
        ("/a;jsessionid=12?x=1#:~:text=b", "https://acme.example/a?x=1"),
        ("/a?id=0123456789abcdef0123456789abcdef", "https://acme.example/a"),
        ("https://video.example/watch?v=abc", "https://video.example/watch?v=abc"),
        ("https://x.example/url?q=https://y.example/&usg=AOv&ust=17", "https://x.example/url?q=https://y.example/"),
        ("../b", "https://acme.example/b"),
        ("#here", ""),
        ("https://acme.example/privacy#here", ""),
        ("/other#here", "https://acme.example/other#here"),
        ("javascript:void(0)", ""),
        ("mailto:dpo@acme.example?subject=x", "mailto:dpo@acme.example"),
        ("tel:+1", "tel:+1"),
        ("ftp://acme.example/a", "ftp://acme.example/a"),
        ("http://[bad", "http://[bad"),
        ("/" + "a" * 3000, ""),
    ],
)
def test_link_targets_are_absolute_and_clean(href: str, cleaned: str) -> None:
    assert target(href, URL) == cleaned


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("we’ll “keep” it – now…", 'we\'ll "keep" it - now...'),
        ("P R I V A C Y notice", "PRIVACY notice"),
        ("données : oui !", "données: oui!"),
        ("see here (opens in a new tab)", "see here"),
        ("ﬁle\u00a0data\u200b", "file data"),
        ("• item", "item"),
    ],
)
def test_typography_is_no_difference(left: str, right: str) -> None:
    assert clause(left).digest == clause(right).digest
    assert normalise("Data") != normalise("data")


@pytest.mark.parametrize(
    ("body", "charset"),
    [
        ("<p>für Größe</p>".encode("windows-1252"), "iso-8859-1"),
        ("<meta charset=windows-1252><p>für Größe</p>".encode("windows-1252"), None),
        ("<p>für Größe</p>".encode("windows-1252"), None),
        ("<p>für Größe</p>".encode("utf-16"), None),
        ("\ufeff<p>für Größe</p>".encode(), "no-such-charset"),
        (b"<p>f\xc3\xbcr Gr\xc3\xb6\xc3\x9fe</p>", "utf-8"),
    ],
)
def test_bytes_are_decoded_as_the_page_means_them(body: bytes, charset: str | None) -> None:
    assert [one.text for one in segment(body, charset=charset)] == ["für Größe"]


@pytest.mark.parametrize(
    "markup",
    [
        "<div>" * 10_000 + "We keep it." + "</div>" * 10_000,
        "<ul><li>" * 10_000 + "We keep it.",
        "<p class='" + "cookie-" * 150_000 + "'>We keep it.</p>",
        "\x00" * 1_000 + "<p>We\x00 keep it.</p>",
        "<" * 50_000 + "<p>We keep it.",
    ],
)
def test_hostile_markup_is_read_in_bounded_time(markup: str) -> None:
    assert "We keep it." in " ".join(texts(markup))


def test_two_pages_make_one_reading_and_selectors_are_part_of_its_maker() -> None:
    pages = [Page(body=f"<h1>Part {n}</h1>{FILLER}".encode(), media_type="text/html", url=URL) for n in (1, 2)]
    reading = read(pages)
    assert [one.text for one in reading.clauses if one.kind is ClauseKind.HEADING] == ["Part 1", "Part 2"]
    assert (reading.title, reading.language) == ("Part 1", "en")
    assert read(pages, select=["p"]).extractor != reading.extractor
    assert read(pages, language="ms").language == "ms"
    assert read([Page(body=b"", media_type="text/html")]).clauses == ()


@pytest.mark.parametrize(
    "frame",
    [
        "<div role='alert'><p>Forty per cent off all yearly plans this week!</p></div>",
        "<div class='lib_marketing-banner__x1 lib_marketing-banner--sale__y2'><h6>Sale</h6><p>All at half.</p></div>",
        """<form action='/join'><h2>Join us for free</h2><label>A man</label><label>A woman</label>
        <p>Please choose a password of eight characters.</p><button>Join</button></form>""",
    ],
    ids=["alert", "banner with a hashed name", "registration form"],
)
def test_what_sells_beside_a_policy_is_left_out(frame: str) -> None:
    plain = texts(f"<body><main>{FILLER}</main></body>")
    assert texts(f"<body>{frame}<main>{FILLER}</main></body>") == plain


def test_a_call_to_action_inside_a_policy_is_left_out() -> None:
    plain = texts(f"<body><main>{FILLER}{FILLER}</main></body>")
    button = "<div class='content-module__cta'><a href='https://join.example/'>Join today</a></div>"
    assert texts(f"<body><main>{FILLER}{button}{FILLER}</main></body>") == plain


def test_a_form_around_the_whole_page_is_no_form_to_fill_in() -> None:
    page = f"<main>{FILLER}{FILLER}</main><label>a</label><label>b</label>"
    assert texts(f"<body><form>{page}</form></body>")[: len(texts(page)) - 1] == texts(f"<body>{page}</body>")[:-1]


def test_marks_and_empty_cells_of_a_table_are_said() -> None:
    grid = "<table><tr><th>Category</th><th>Collected</th><th>Sold</th></tr><tr><td>Identifiers</td>{}</tr></table>"
    ticks, crosses = (grid.format(f"<td>{a}</td><td>{b}</td>") for a, b in (("✓", "✗"), ("✓", "✓")))
    assert segment(FILLER + ticks)[-1].digest != segment(FILLER + crosses)[-1].digest
    left, right = (grid.format(f"<td>{a}</td><td>{b}</td>") for a, b in (("X", ""), ("", "X")))
    assert segment(FILLER + left)[-1].text == "Identifiers | X | –"
    assert segment(FILLER + left)[-1].digest != segment(FILLER + right)[-1].digest
    yes, no = (grid.format(f"<td><img alt={a}></td><td></td>") for a in ("Yes", "No"))
    assert segment(FILLER + yes)[-1].digest != segment(FILLER + no)[-1].digest


def test_an_answer_is_policy_but_for_that_of_a_widget() -> None:
    asked = FILLER + "<h3>Do you sell my data?</h3><p>{}</p><h3>Contact</h3><p>Write to us about anything.</p>"
    assert "No." in texts(asked.format("No."))
    assert texts(asked.format("No.")) != texts(asked.format("Yes."))
    widget = "<p>Was this article helpful?</p><p>Yes</p><p>No</p>"
    assert texts(FILLER + widget) == texts(FILLER)


@pytest.mark.parametrize(
    "struck",
    ["<del>not</del>", "<s>not</s>", "<span hidden>not</span>", "<span style='display: none'>not</span>"],
)
def test_what_is_struck_out_is_not_said(struck: str) -> None:
    assert texts(f"{FILLER}<p>We do {struck} sell your data to anybody.</p>")[-1] == "We do sell your data to anybody."


def test_another_language_is_not_forced_into_a_known_one() -> None:
    spanish = """<h1>Política de privacidad</h1><p>No vendemos sus datos personales a terceros, y los conservamos
    durante tres meses después de que usted cierre su cuenta.</p><p>Usted puede oponerse en todo momento a que
    tratemos sus datos, y pedirnos que los borremos sin demora alguna.</p>"""
    page = Page(body=spanish.encode(), media_type="text/html", charset="utf-8")
    assert read([page], languages=("en", "ms", "fr", "de")).language == "es"
