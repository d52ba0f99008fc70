"""What PostgreSQL's own tools are told of a database."""

from __future__ import annotations

import pytest

from storage.connecting import libpq_address
from storage.engine import parse_url


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("postgres://db.example/watch?sslmode=require", "host=db.example dbname=watch sslmode=require"),
        (
            "postgresql://a%20b:p%40+%20x%25@/my%20db?host=/run/pg&options=-c%20a%3D3s&application_name=a%2Bb",
            "dbname='my db' user='a b' password='p@+ x%' host=/run/pg options='-c a=3s' application_name=a+b",
        ),
        ("postgresql://me@/watch?host=one:1&host=two:2", "dbname=watch user=me host=one,two port=1,2"),
    ],
    ids=["plain", "odd characters", "several hosts"],
)
def test_an_address_says_what_the_url_says(url: str, address: str) -> None:
    assert libpq_address(parse_url(url)) == address
