"""An authority over HTTP that does not end what it says."""

from __future__ import annotations

import pytest
import requests

from monitor.errors import StampError
from monitor.evidence.stamping import stamper
from tests.servers import RESET, raw_server


def test_an_answer_that_breaks_is_no_stamp() -> None:
    answer = [b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\nhalf", RESET]
    with raw_server(answer) as server, requests.Session() as session:
        stamp = stamper(server.url(), session, timeout=5)
        with pytest.raises(StampError, match="gave no time stamp"):
            stamp(b"content")
