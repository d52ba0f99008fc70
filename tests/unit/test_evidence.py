"""Proof that can be checked."""

from __future__ import annotations

import hashlib
import json
import random
import subprocess
import sys
import zipfile
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from warcio.archiveiterator import ArchiveIterator

from monitor.errors import ReadError
from monitor.evidence import GENESIS, Flaw, Link, broken_links, chain, seal_of, verify_bundle, write_bundle, write_warc
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


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    path = tmp_path / "a.zip"
    bodies = {sha(body): body for body in BODIES}
    write_bundle(
        path,
        records={"captures": [{"id": n, "digest": d} for n, d in enumerate(bodies)], "versions": [{"number": 1}]},
        observations=[{"day": n} for n in range(6)],
        digests=bodies,
        body=bodies.__getitem__,
    )
    return path


def remake(path: Path, files: dict[str, bytes | None]) -> None:
    """Write the zip anew with other contents (None: without that file)."""
    with zipfile.ZipFile(path) as source:
        kept = {name: source.read(name) for name in source.namelist()}
        comment = source.comment
    with zipfile.ZipFile(path, "w") as target:
        for name, content in {**kept, **files}.items():
            if content is not None:
                target.writestr(name, content)
        target.comment = comment


class TestBundle:
    def test_as_written(self, bundle: Path) -> None:
        assert verify_bundle(bundle) == ()
        assert verify_bundle(bundle, seal=seal_of(bundle)) == ()

    def test_the_same_content_is_the_same_file(self, bundle: Path, tmp_path: Path) -> None:
        again = tmp_path / "b.zip"
        with zipfile.ZipFile(bundle) as source:
            bodies = {sha(body): body for body in BODIES}
            records: dict[str, list[dict[str, Any]]] = {
                "captures": [{"digest": d, "id": n} for n, d in enumerate(bodies)],
                "versions": [{"number": 1}],
            }
            assert source.testzip() is None
        observations = [{"day": n} for n in range(6)]
        write_bundle(again, records=records, observations=observations, digests=bodies, body=bodies.__getitem__)
        assert again.read_bytes() == bundle.read_bytes()

    def test_an_empty_one(self, tmp_path: Path) -> None:
        write_bundle(tmp_path / "e.zip", records={}, observations=[], digests=[], body=lambda _: b"")
        assert verify_bundle(tmp_path / "e.zip") == ()

    def test_any_byte(self, bundle: Path) -> None:
        """Flip one byte at a time, everywhere."""
        whole = bundle.read_bytes()
        chance = random.Random(5)
        places = sorted({*chance.sample(range(len(whole)), 250), *range(len(whole) - 90, len(whole)), *range(40)})
        for place in places:
            bundle.write_bytes(whole[:place] + bytes([whole[place] ^ (1 << chance.randrange(8))]) + whole[place + 1 :])
            try:
                flaws = verify_bundle(bundle)
            except ReadError:
                continue
            assert flaws, f"byte {place} of {len(whole)}"

    def test_the_changed_file_is_named(self, bundle: Path) -> None:
        whole = bundle.read_bytes()
        bundle.write_bytes(whole.replace(BODIES[2], BODIES[2].replace(b"2 days", b"9 days")))
        assert [flaw.place for flaw in verify_bundle(bundle)] == [f"bodies/{sha(BODIES[2])}"]

    def test_files_added_lost_and_exchanged(self, bundle: Path) -> None:
        remake(bundle, {"versions.jsonl": None, "extra.txt": b"hello", "captures.jsonl": b"{}\n"})
        assert set(verify_bundle(bundle)) == {
            Flaw("versions.jsonl", "is missing"),
            Flaw("extra.txt", "is not in the manifest"),
            Flaw("captures.jsonl", "is not what was written: its SHA-256 differs"),
        }

    def test_a_chain_that_does_not_hold_under_new_sums(self, bundle: Path) -> None:
        """Somebody changed an observation and the manifest with it."""
        seal = seal_of(bundle)
        with zipfile.ZipFile(bundle) as source:
            lines = source.read("observations.jsonl").replace(b'"day":3', b'"day":8')
            manifest = json.loads(source.read("manifest.json"))
        manifest["files"]["observations.jsonl"] = sha(lines)
        remake(bundle, {"observations.jsonl": lines, "manifest.json": json.dumps(manifest).encode()})
        problems = {flaw.problem for flaw in verify_bundle(bundle, seal=seal)}
        assert "the chain breaks at observation 4" in problems
        assert f"does not have the seal {seal}" in problems

    @pytest.mark.parametrize(
        ("lines", "problem"),
        [(b"[]\n", "is not a chain"), (b"", "the chain does not end where the manifest says")],
    )
    def test_no_chain(self, bundle: Path, lines: bytes, problem: str) -> None:
        with zipfile.ZipFile(bundle) as source:
            manifest = json.loads(source.read("manifest.json"))
        manifest["files"]["observations.jsonl"] = sha(lines)
        remake(bundle, {"observations.jsonl": lines, "manifest.json": json.dumps(manifest).encode()})
        assert Flaw("observations.jsonl", problem) in verify_bundle(bundle)

    @pytest.mark.parametrize(("content", "problem"), [(None, "is missing"), (b"[]", "is not a manifest")])
    def test_no_manifest(self, bundle: Path, content: bytes | None, problem: str) -> None:
        remake(bundle, {"manifest.json": content})
        assert Flaw("manifest.json", problem) in verify_bundle(bundle)

    def test_a_body_under_another_name(self, bundle: Path) -> None:
        with zipfile.ZipFile(bundle) as source:
            manifest = json.loads(source.read("manifest.json"))
        name = f"bodies/{sha(BODIES[0])}"
        manifest["files"][name] = sha(b"other")
        remake(bundle, {name: b"other", "manifest.json": json.dumps(manifest).encode()})
        assert Flaw(name, "does not have the content that its name says") in verify_bundle(bundle)

    def test_no_bundle(self, tmp_path: Path) -> None:
        path = tmp_path / "x.zip"
        path.write_bytes(BytesIO(b"not a zip").getvalue())
        with pytest.raises(ReadError):
            verify_bundle(path)
