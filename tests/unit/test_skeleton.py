"""What of a page its skeleton leaves out, and what it never does."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.model import Page
from monitor.text import read, segment, skeleton_digest
from monitor.text.skeleton import skeleton

_PAGE = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Privacy</title>{head}</head>
<body>{top}<main><h1>Privacy policy</h1><p>We collect your name {inside}and your address.</p>
<p>We keep them for two years.</p></main>{end}</body></html>"""


def _page(head: str = "", top: str = "", inside: str = "", end: str = "") -> Page:
    text = _PAGE.format(head=head, top=top, inside=inside, end=end)
    return Page(body=text.encode(), media_type="text/html", charset="utf-8", url="https://a.example/privacy")


def _hidden(address: str, key: int) -> str:
    return bytes([key, *(byte ^ key for byte in address.encode())]).hex()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"head": "<script nonce='1'>a</script>"}, {"head": "<script nonce='2'>b()</script>"}),
        ({"end": "<script>var a = '<script src=x>'</script>"}, {"end": "<SCRIPT>2</SCRIPT >"}),
        ({"head": "<style>a{}</style>"}, {"head": ""}),
        ({"top": "<!-- 12 ms -->"}, {"top": "<!-- <p>13 ms</p> -->"}),
        ({"head": "<link rel=preload href='/a.1.css'>"}, {"head": "<link href='/a.2.css' rel=preload>"}),
        ({"head": '<meta name="_csrf" content="a > b"/>'}, {"head": ""}),
        ({"top": "<input type=hidden name=token value='1'>"}, {"top": "<input value=2>"}),
        ({"inside": "<img src='/a.png?v=1'>"}, {"inside": '<img alt="a > b" src="/b.png">'}),
        ({"inside": "<svg class=a><use href='/i.svg?v=1#x'/></svg>"}, {"inside": ""}),
        ({"end": "<iframe id='f_1' src='about:blank'></iframe>"}, {"end": "<iframe id='f_2'> </iframe>"}),
        ({"top": '<noscript data-n-css="1"></noscript>'}, {"top": '<noscript data-n-css="2"></noscript>'}),
        (
            {"inside": f'<a href="/cdn-cgi/l/email-protection#{_hidden("me@a.example", 7)}">us</a> '},
            {"inside": f'<a href="/cdn-cgi/l/email-protection#{_hidden("me@a.example", 99)}">us</a> '},
        ),
        (
            {"inside": f'<span data-cfemail="{_hidden("me@a.example", 7)}">[…]</span> '},
            {"inside": f'<span data-cfemail="{_hidden("me@a.example", 200)}">[…]</span> '},
        ),
    ],
)
def test_what_no_reader_sees_is_no_difference(one: dict[str, str], other: dict[str, str]) -> None:
    """Nonces, versions of assets, tokens, keys: equal skeletons, and both pages are read as they were."""
    assert skeleton_digest(_page(**one)) == skeleton_digest(_page(**other))
    body = _page(**one).body.decode()
    assert read([_page(**one)]).clauses == tuple(segment(body, base_url="https://a.example/privacy"))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"inside": "and mail "}, {"inside": "and e-mail "}),
        ({"inside": "<a href='/a'>it</a> "}, {"inside": "<a href='/b'>it</a> "}),
        ({"top": "<div class=menu>Home</div>"}, {"top": "<div>Home</div>"}),
        (
            {"inside": f'<span data-cfemail="{_hidden("me@a.example", 7)}">[…]</span> '},
            {"inside": f'<span data-cfemail="{_hidden("us@a.example", 7)}">[…]</span> '},
        ),
        ({"inside": "<svg><text>up to 5</text></svg>"}, {"inside": "<svg><text>up to 6</text></svg>"}),
        ({"end": "<iframe srcdoc='<p>1</p>'></iframe>"}, {"end": "<iframe srcdoc='<p>2</p>'></iframe>"}),
    ],
)
def test_what_may_be_seen_is_a_difference(one: dict[str, str], other: dict[str, str]) -> None:
    """Words, targets, names of elements, hidden addresses."""
    assert skeleton_digest(_page(**one)) != skeleton_digest(_page(**other))


@pytest.mark.parametrize(
    "markup",
    [
        "<p title='<script>'>one</p><p>two</p><script>three</script>",
        "<p title='a > b <script>'>one</p><p>two</p><script>three</script>",
        "<p>one</p><script>two<p>three</p>",
        "<p>one</p><!-- two <p>three</p>",
        "<p>1 < 2 and <b>one</b></p><script>'<script>'</script><p>two</p>",
        "<scripture>one</scripture><script/><p>two</p>",
        "<svg><title>one</title></svg><p>two</p>",
        "<p>one<svg><path d='M1'></p><p>two</p></svg>",
        "<p>one <svg/> two</p><p>three</p><svg></svg>",
        "<p>one<link>two<meta>three<input>four</p>",
        "<dl><dt>term<img></dt><img><dd>its meaning</dd></dl>",
        "<p>one</p><iframe/><p>two</p><iframe></iframe>",
    ],
)
def test_words_stay_where_the_markup_is_odd(markup: str) -> None:
    """Cutting must take no word away that reading the page as it is would have found."""
    page = f"<html><body>{markup}</body></html>"
    assert segment(skeleton(page.encode())) == segment(page)


def test_script_without_an_end_is_not_cut() -> None:
    assert skeleton(b"<p>one</p><script src=a") == b"<p>one</p><script src=a"
    assert skeleton(b"<p>one</p><script>two") == b"<p>one</p><script>two"
    assert skeleton(b"<p>one</p><script") == b"<p>one</p><script"


def test_a_late_charset_stays_late() -> None:
    """Or bytes would be decoded otherwise than they were."""
    links = b"<link href=a>" * 1_000
    late = b"<head>" + links + b"<meta charset=koi8-r></head>"
    assert skeleton(late) == late
    assert skeleton(late.replace(b"koi8-r", b"utf-8")) == b"<head><meta charset=utf-8></head>"
    assert skeleton(b"<meta charset=koi8-r>" + links) == b"<meta charset=koi8-r>"


def test_selectors_may_name_any_tag() -> None:
    body = b"<p>one</p><img name=a><p>two</p><script>1</script>"
    assert skeleton(body, selectors=True) == b"<p>one</p><img name=a><p>two</p>"
    page = Page(body=body, media_type="text/html")
    assert [one.text for one in read([page], remove=("img[name=a] + p",)).clauses] == ["one"]


def test_only_markup_has_a_skeleton() -> None:
    body = b"<script>one</script> is how a script is written."
    assert skeleton_digest(Page(body=body, media_type="text/plain")) != skeleton_digest(
        Page(body=b" is how a script is written.", media_type="text/plain")
    )


_NOISE = st.sampled_from(
    [
        "<script nonce=1>if (a < b) { c('</p>') }</script>",
        "<style>p > a { }</style>",
        "<!-- <p>old</p> -->",
        "<link rel=stylesheet href=/a.css>",
        "<meta name=a content='x > y'>",
        "<input type=hidden value='\"'>",
        "<svg width=1><g><path d='M0 0'/></g></svg>",
        "<img src=a.png alt='>'>",
        "<iframe id=a src=b></iframe>",
        '<noscript data-a="1"><img src=b></noscript>',
    ]
)
_TEXT = st.sampled_from(
    ["<p>We share data.</p>", "<p>1 < 2.</p>", "<ul><li>Your name</li><li>Your <b>age</b></li></ul>",
     "<h2>Sharing</h2>", "plain words<br>", "<table><tr><td>a</td><td>b</td></tr><tr><td>c</td><td>d</td></tr></table>",
     "<div title='<b>'>In a box.</div>", "<p title=\"it's\">Quoted</p>"]
)  # fmt: skip


@given(st.lists(st.one_of(_NOISE, _TEXT), max_size=12))
@settings(max_examples=150)
def test_reading_the_skeleton_is_reading_the_page(pieces: list[str]) -> None:
    """Wherever noise stands."""
    page = f"<html><head><title>T</title></head><body><p>Beginning</p>{''.join(pieces)}<p>End</p></body></html>"
    assert segment(skeleton(page.encode())) == segment(page)


@given(st.binary(max_size=400) | st.text("<>scriptyle!-/='\" \n", max_size=400).map(str.encode))
@settings(max_examples=150)
def test_any_bytes_have_a_skeleton(body: bytes) -> None:
    """Never longer than the page."""
    assert len(skeleton(body)) <= len(body)
