"""A Save Page Now on loopback that answers as the real one is documented to."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

STAMP = "20260102030405"
KEYS = "LOW access:secret"


class SaveServer:
    """`pending` looks find a job pending; then it ends as `end` says. `refuse` answers the next requests instead."""

    def __init__(self) -> None:  # noqa: C901 - the answers of one small server
        self.pending = 1
        self.end: dict[str, Any] = {"status": "success", "timestamp": STAMP, "duration_sec": 6.2, "resources": []}
        self.available = 12
        self.daily = (0, 100_000)
        self.refuse: list[tuple[int, dict[str, str], bytes]] = []
        self.asked: list[str] = []
        self.looks: dict[str, int] = {}
        self.gate: threading.Event | None = None
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if server.gate is not None:
                    server.gate.wait(20)
                job = self.path.rsplit("/", 1)[-1]
                if self.path == "/save/status/user":
                    used, limit = server.daily
                    self.answer(
                        {"available": server.available, "processing": 0, "daily_captures": used,
                         "daily_captures_limit": limit}
                    )  # fmt: skip
                elif self.path.startswith("/save/status/") and job in server.looks:
                    server.looks[job] += 1
                    url = server.asked[int(job.removeprefix("job-"))]
                    done = {"job_id": job, "original_url": url, **server.end}
                    self.answer({"status": "pending", "job_id": job} if server.looks[job] <= server.pending else done)
                else:
                    self.answer({"status": "error", "status_ext": "error:job-failed", "message": "no such job"})

            def do_POST(self) -> None:
                fields = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
                job = f"job-{len(server.asked)}"
                server.asked.append(fields["url"][0])
                server.looks[job] = 0
                self.answer({"url": fields["url"][0], "job_id": job})

            def answer(self, said: dict[str, Any]) -> None:
                status, headers, body = 200, {}, json.dumps(said).encode()
                if self.headers["Authorization"] != KEYS:
                    status, body = 401, b'{"message": "You need to be logged in to use Save Page Now."}'
                if server.refuse:
                    status, headers, body = server.refuse.pop(0)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    @contextmanager
    def served(self) -> Iterator[SaveServer]:
        thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            if self.gate is not None:
                self.gate.set()
            self._server.shutdown()
            self._server.server_close()
            thread.join()
