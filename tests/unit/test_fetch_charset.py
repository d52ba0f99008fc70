from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.fetch.charset import charset, codec_of
from monitor.fetch.media import HTML, MARKDOWN, PDF, PLAIN, XHTML

LATIN = "Données à caractère personnel, gardées trente jours.".encode("cp1252")


@pytest.mark.parametrize(
    ("content_type", "media_type", "body", "expected"),
    [
        ("text/html; charset=UTF-8", HTML, b"a", "utf-8"),
        ('text/html; charset="latin1"', HTML, LATIN, "windows-1252"),
        ("text/html;charset='us-ascii'", HTML, LATIN, "windows-1252"),
        ("text/html; Charset = koi8-r", HTML, "Мы".encode("koi8-r"), "koi8-r"),
        ("text/html; charset=nonsense", HTML, b"<meta charset=koi8-r>\xed", "koi8-r"),
        ("text/html; charset=nonsense", HTML, b"a", "utf-8"),
        ("text/html; charset=utf-16le", HTML, "a".encode("utf-16-le"), "utf-16-le"),
        ("text/html; charset=hz-gb-2312", HTML, b"a", "utf-8"),  # browsers refuse to read it
        ("text/html; charset=koi8-r", HTML, b"\xef\xbb\xbfa", "utf-8-sig"),
        ("text/html", HTML, "\ufeffa".encode("utf-16-le"), "utf-16"),
        ("text/html", HTML, "\ufeffa".encode("utf-16-be"), "utf-16"),
        # Bytes that are UTF-8 are UTF-8
        ("text/html; charset=iso-8859-1", HTML, "Données".encode(), "utf-8"),
        ("text/html; charset=iso-8859-1", HTML, b"only ASCII", "windows-1252"),
        ("text/html; charset=gbk", HTML, "隐私".encode("gbk"), "gb18030"),
        ("text/html; charset=shift_jis", HTML, "個人".encode("cp932"), "cp932"),
        ("text/html; charset=utf-8", HTML, LATIN, "utf-8"),
        # meta
        (None, HTML, b"<meta charset=latin1>\xe9", "windows-1252"),
        (None, HTML, b"<META\nhttp-equiv=Content-Type content='text/html; charset=windows-1251'>\xe9", "windows-1251"),
        (None, HTML, b"<meta content='a; charset=\"koi8-r\"' http-equiv='CONTENT-TYPE'/>\xe9", "koi8-r"),
        (None, HTML, b"<meta http-equiv=Content-Type content='text/html'><meta charset=koi8-r>\xe9", "koi8-r"),
        (None, HTML, b"<meta content='text/html; charset=koi8-r'>" + LATIN, "windows-1252"),
        (None, HTML, b"<!-- <meta charset=koi8-r> --><meta charset=koi8-u>\xe9", "koi8-u"),
        (None, HTML, b"<!--> <meta charset=koi8-u>\xe9", "koi8-u"),
        (None, HTML, b"<!-- never ends <meta charset=koi8-r>" + LATIN, "windows-1252"),
        (None, HTML, b"<a title='<meta charset=koi8-r>'><meta charset=koi8-u>\xe9", "koi8-u"),
        (None, HTML, b"<!doctype html><?php x ?><meta charset=koi8-u>\xe9", "koi8-u"),
        (None, HTML, b"1 < 2 <meta =x \" charset='koi8-u'>\xe9", "koi8-u"),
        (None, HTML, b"<meta charset=koi8-r charset=koi8-u>\xe9", "koi8-r"),
        (None, HTML, b"<meta charset=utf-16>a", "utf-8"),
        (None, HTML, b"<meta charset=x-user-defined>\xe9", "windows-1252"),
        (None, HTML, b"<metadata charset=koi8-r>" + LATIN, "windows-1252"),
        (None, HTML, b" " * 1024 + b"<meta charset=koi8-r>" + LATIN, "windows-1252"),
        (None, PLAIN, b"<meta charset=koi8-r>" + LATIN, "windows-1252"),
        (None, XHTML, b"<?xml version='1.0' encoding='ISO-8859-2'?>\xe9", "iso-8859-2"),
        (None, HTML, b"<?xml version='1.0' encoding='ISO-8859-2'?>\xe9", "iso-8859-2"),
        # nothing said
        (None, MARKDOWN, "é".encode(), "utf-8"),
        (None, HTML, b"", "utf-8"),
        (None, HTML, LATIN, "windows-1252"),
        (
            None,
            PLAIN,
            "Мы обрабатываем ваши персональные данные для оказания услуг. ".encode("cp1251") * 9,
            "windows-1251",
        ),
        (None, PLAIN, bytes(range(128, 256)) * 3, "windows-1252"),
        ("application/pdf", PDF, b"%PDF-", None),
    ],
)
def test_the_charset_is_the_one_a_browser_would_take(
    content_type: str | None, media_type: str, body: bytes, expected: str | None
) -> None:
    assert charset(content_type, media_type, body) == expected


@pytest.mark.parametrize(
    "label", ["utf8", "ks_c_5601-1987", "x-sjis", "big5", "iso-8859-8-i", "x-mac-cyrillic", "tis-620"]
)
def test_every_label_of_browsers_has_a_codec_that_reads(label: str) -> None:
    codec = codec_of(label)
    assert codec is not None
    assert b"abc".decode(codec) == "abc"


@settings(max_examples=50)
@given(st.binary(max_size=300), st.sampled_from([HTML, XHTML, PLAIN]), st.one_of(st.none(), st.text(max_size=40)))
def test_any_bytes_are_read_without_an_error(body: bytes, media_type: str, content_type: str | None) -> None:
    codec = charset(content_type, media_type, body)
    assert codec is not None
    body.decode(codec, "replace")


@given(st.text(alphabet="<>!-/= \"'metachrsu;8", max_size=120))
def test_any_markup_is_scanned_to_its_end(markup: str) -> None:
    assert charset(None, HTML, markup.encode() + b"\xe9")
