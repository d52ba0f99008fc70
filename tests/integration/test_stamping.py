"""An authority over HTTP that does not end what it says."""

from __future__ import annotations

import socket
import struct
import threading
from contextlib import closing

import pytest
import requests

from monitor.errors import StampError
from monitor.evidence.stamping import stamper


def test_an_answer_that_breaks_is_no_stamp() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener, requests.Session() as session:

        def answer() -> None:
            client, _ = listener.accept()
            with client:
                while b"\r\n\r\n" not in client.recv(100_000):
                    pass
                client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\nhalf")
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # breaks off at once

        thread = threading.Thread(target=answer)
        thread.start()
        stamp = stamper(f"http://127.0.0.1:{listener.getsockname()[1]}/", session, timeout=5)
        with pytest.raises(StampError, match="gave no time stamp"):
            stamp(b"content")
        thread.join(10)
