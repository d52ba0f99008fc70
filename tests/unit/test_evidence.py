"""Proof that can be checked."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from warcio.archiveiterator import ArchiveIterator

from monitor.evidence import GENESIS, Link, broken_links, chain, write_warc
from monitor.model import CaptureSource, Fetched, Headers

BODIES = [f"<p>We keep your orders for {n} days.</p>".encode() for n in range(4)]


def sha(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def fetched(body: bytes, *, status: int = 200, headers: Headers = (), archive_url: str | None = None) -> Fetched:
    return Fetched(
        url="https://shop.example/privacy",
        final_url="https://shop.example/legal",
        taken=datetime(2020, 2, 3, 4, 5, 6, tzinfo=UTC),
        status=status,
        headers=(("Content-Type", "text/html"), *headers),
        body=body,
        digest=sha(body),
        wire_digest="f" * 64,
        wire_size=7,
        media_type="text/html",
        charset="utf-8",
        source=CaptureSource.ARCHIVE if archive_url else CaptureSource.LIVE,
        archive_url=archive_url,
    )


class TestWarc:
    def write(self, path: Path) -> list[Fetched]:
        captures = [
            fetched(BODIES[0], headers=(("Content-Encoding", "br"), ("Content-Length", "9"), ("X-Long", "a\r\n b"))),
            fetched(BODIES[1], archive_url="https://web.archive.org/web/2020/x"),
            fetched(b"", status=404),
            fetched(BODIES[2], status=799),
        ]
        with path.open("wb") as out:
            assert write_warc(out, captures, lambda capture: capture.body, software="test") == 4
        return captures

    def test_says_what_was_captured(self, tmp_path: Path) -> None:
        captures = self.write(tmp_path / "a.warc.gz")
        with (tmp_path / "a.warc.gz").open("rb") as file:
            seen = []
            for record in ArchiveIterator(file):
                if record.rec_type != "response":
                    continue
                seen.append(record.content_stream().read())
                assert record.rec_headers.protocol == "WARC/1.1"
                assert record.rec_headers["WARC-Target-URI"] == "https://shop.example/legal"
                assert record.rec_headers["WARC-Date"] == "2020-02-03T04:05:06Z"
                assert record.rec_headers["X-Clausewatch-Requested-URI"] == "https://shop.example/privacy"
                assert record.rec_headers["X-Clausewatch-Wire-Digest"] == "sha256:" + "f" * 64
                assert record.http_headers["Content-Length"] == str(len(seen[-1]))
                if len(seen) == 1:
                    assert record.http_headers["Content-Encoding"] is None
                    assert record.http_headers["X-Clausewatch-Orig-Content-Encoding"] == "br"
                    assert record.http_headers["X-Long"] == "a b"
                if len(seen) == 2:
                    assert record.rec_headers["X-Clausewatch-Archive-URI"] == captures[1].archive_url
        assert seen == [capture.body for capture in captures]

    def test_passes_warcio_check(self, tmp_path: Path) -> None:
        self.write(tmp_path / "a.warc.gz")
        command = [sys.executable, "-m", "warcio.cli", "check", "-v", str(tmp_path / "a.warc.gz")]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "digest pass" in done.stdout


class TestChain:
    records = tuple({"outcome": "unchanged", "day": n, "wort": "Größe"} for n in range(5))

    def test_holds(self) -> None:
        links = list(chain(self.records))
        assert links[0].previous == GENESIS
        assert list(broken_links(links)) == []
        assert list(chain(self.records[3:], previous=links[2].hash)) == links[3:]

    def test_every_tampering_shows(self) -> None:
        links = list(chain(self.records))
        changed = [*links[:2], Link({**links[2].record, "day": 9}, links[2].previous, links[2].hash), *links[3:]]
        assert list(broken_links(changed)) == [3]
        assert list(broken_links(links[:2] + links[3:])) == [3]
        assert list(broken_links(links[1:])) == [1]
        swapped = [links[1], links[0], *links[2:]]
        assert next(broken_links(swapped)) == 1
