"""Rows of an index, however broken."""

from __future__ import annotations

from datetime import datetime

from hypothesis import given, settings
from hypothesis import strategies as st
from waybackpy.cdx_snapshot import CDXSnapshot

from monitor.archive.cdx import FIELDS, repair
from monitor.archive.stamps import moment_of

WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Z", "C"]), min_size=1, max_size=20)
DIGESTS = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", min_size=32, max_size=32)
STAMPS = st.text("0123456789", min_size=14, max_size=14)


@given(STAMPS)
@settings(max_examples=100)
def test_every_stamp_is_some_time_of_its_year(stamp: str) -> None:
    assert moment_of(stamp).year == max(int(stamp[:4]), 1)


@given(st.lists(WORDS | DIGESTS | STAMPS | st.sampled_from(["-", "200", "text/html"]), max_size=12))
@settings(max_examples=200)
def test_what_is_repaired_waybackpy_can_read(words: list[str]) -> None:
    line = repair(" ".join(words))
    if line is None:
        return
    text = str(line)
    fields = text.split(" ")
    assert len(fields) == len(FIELDS)
    assert len(text) >= 46  # waybackpy drops shorter ones without a word
    snapshot = CDXSnapshot(dict(zip(FIELDS, fields, strict=True)))
    assert isinstance(snapshot.datetime_timestamp, datetime)


@given(
    stamp=STAMPS,
    digest=DIGESTS,
    status=st.sampled_from(["200", "404", "-"]),
    tail=st.lists(st.sampled_from(["-", "123", "file.warc.gz"]), max_size=3),
    spaces=st.integers(0, 3),
)
@settings(max_examples=100)
def test_a_row_keeps_what_it_says(stamp: str, digest: str, status: str, tail: list[str], spaces: int) -> None:
    url = " ".join(["http://a.example/x", *["y"] * spaces])
    line = repair(" ".join(["example,a)/x", stamp, url, "text/html", status, digest, "77", *tail]))
    assert line is not None
    assert (line.stamp, line.digest, line.statuscode, line.length) == (stamp, digest, status, "77")
    assert line.original == url.replace(" ", "%20")
    assert line.mimetype == "text/html"
