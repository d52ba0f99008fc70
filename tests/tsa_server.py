"""A time-stamping authority on loopback: openssl's own, behind an HTTP server. Tests skip where there is no openssl."""

from __future__ import annotations

import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

_CONFIG = """
[req]
distinguished_name = name
[name]
[ca]
basicConstraints = critical, CA:true
[leaf]
extendedKeyUsage = critical, timeStamping
[tsa]
default_tsa = tsa1
[tsa1]
serial = {folder}/serial
crypto_device = builtin
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
ess_cert_id_alg = sha256
"""


class Authority:
    """`answer` replaces what openssl says; `root` is the certificate to trust."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.root = folder / "ca.pem"
        self.status = 200
        self.answer: bytes | None = None
        self.asked = 0
        (folder / "tsa.cnf").write_text(_CONFIG.format(folder=folder))
        (folder / "serial").write_text("01\n")
        key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30")
        config = ("-config", f"{folder}/tsa.cnf")
        self._openssl("req", "-x509", *key, *config, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=Test root",
                      "-extensions", "ca")  # fmt: skip
        self._openssl(
            "req", "-new", *key[:-2], *config, "-keyout", "tsa.key", "-out", "tsa.csr", "-subj", "/CN=Test TSA"
        )
        self._openssl("x509", "-req", "-in", "tsa.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
                      "-days", "30", "-extfile", "tsa.cnf", "-extensions", "leaf", "-out", "tsa.pem")  # fmt: skip

    def stamp(self, query: bytes) -> bytes:
        self.asked += 1
        if self.answer is not None:
            return self.answer
        (self.folder / "query").write_bytes(query)
        self._openssl("ts", "-reply", "-config", "tsa.cnf", "-section", "tsa1", "-queryfile", "query", "-out", "reply")
        return (self.folder / "reply").read_bytes()

    def _openssl(self, *arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=self.folder, check=True, capture_output=True, timeout=30)


@contextmanager
def authority(folder: Path) -> Iterator[tuple[Authority, str]]:
    """A running authority and its address."""
    if shutil.which("openssl") is None:
        pytest.skip("there is no openssl to sign time stamps")
    signer = Authority(folder)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = self.rfile.read(int(self.headers["Content-Length"]))
            assert self.headers["Content-Type"] == "application/timestamp-query"
            reply = signer.stamp(query)
            self.send_response(signer.status)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(reply)))
            self.end_headers()
            self.wfile.write(reply)

        def log_message(self, *_args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield signer, f"http://127.0.0.1:{server.server_port}/tsr"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
