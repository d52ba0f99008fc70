"""`monitor export` and `monitor verify`, with a real archive to play the WARC and a real authority to stamp."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.request import ProxyHandler, build_opener

import pytest

from tests.bundles import contents, remake
from tests.desk import Desk
from tests.pywb_server import serving
from tests.site import LONGER, WebSite, policy_page
from tests.tsa_server import Authority, authority


@pytest.fixture
def watched(desk: Desk, site: WebSite) -> str:
    """A policy that changed once; gives its address."""
    url = site.put("/privacy")
    assert desk.run("add", url, "--name", "acme") == 0
    site.put("/privacy", policy_page(*LONGER), X_Served_By="w7")
    assert desk.run("check", "--confirm", "now", "--no-notify") == 1
    return url


@pytest.fixture
def tsa(tmp_path: Path) -> Iterator[tuple[Authority, str]]:
    folder = tmp_path / "tsa"
    folder.mkdir()
    with authority(folder) as running:
        yield running


class TestExport:
    def test_the_warc_passes_warcio_check_and_replays_in_pywb(self, desk: Desk, watched: str) -> None:
        assert desk.run("export", "acme", "--warc", "a.warc.gz", "--json") == 0
        assert desk.json()["warc"]["captures"] == 2
        command = [sys.executable, "-m", "warcio.cli", "check", "-v", "a.warc.gz"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        with serving(desk.folder, desk.folder / "a.warc.gz") as base:
            opener = build_opener(ProxyHandler({}))
            with opener.open(f"{base}/cdx?url={watched}&output=json", timeout=20) as answer:
                stamps = [json.loads(line)["timestamp"] for line in answer.read().splitlines()]
            assert len(stamps) == 2
            with opener.open(f"{base}/{stamps[-1]}id_/{watched}", timeout=20) as answer:
                assert answer.read() == policy_page(*LONGER)
                assert answer.headers["X-Served-By"] or answer.headers["X-Archive-Orig-X-Served-By"]

    def test_a_bundle_is_whole_and_verified_without_a_database(self, desk: Desk, watched: str) -> None:
        del watched
        assert desk.run("export", "acme", "--bundle", "a.zip") == 0
        seal = desk.out.split("Its seal is ")[1][:64]
        assert desk.run("export", "acme", "--bundle", "b.zip", "--json") == 0
        again = desk.json()["bundle"]
        assert (again["seal"], again["changes"], again["versions"], again["timestamped"]) == (seal, 1, 2, False)
        (desk.folder / "clausewatch.db").unlink()
        (desk.folder / "config.toml").unlink()
        assert desk.run("verify", "a.zip", "--seal", seal, "--extends", "b.zip") == 0
        assert "Everything holds." in desk.out
        assert not (desk.folder / "clausewatch.db").exists()
        assert desk.run("verify", "a.zip", "--json") == 0
        said = desk.json()
        assert (said["holds"], said["seal"], said["bodies"]) == (True, seal, 2)
        assert said["chains"] == again["chains"]
        body = next(name for name in contents(Path("a.zip")) if name.startswith("bodies/"))
        remake(Path("a.zip"), lambda files: files.update({body: b"forged"}))
        assert desk.run("verify", "a.zip") == 1
        assert f"{body}: is not what was written: its SHA-256 differs" in desk.out
        assert desk.run("verify", "missing.zip") == 2

    def test_files_are_never_overwritten_or_left_half(self, desk: Desk, watched: str) -> None:
        del watched
        (desk.folder / "a.zip").write_bytes(b"mine")
        assert desk.run("export", "acme", "--bundle", "a.zip") == 2
        assert "--force" in desk.err
        assert (desk.folder / "a.zip").read_bytes() == b"mine"
        with closing(sqlite3.connect("clausewatch.db")) as database, database:
            database.execute("UPDATE blobs SET packed = X'00'")
        for name in ("--bundle", "--warc"):
            assert desk.run("export", "acme", name, "a.zip", "--force") == 2
            assert "damaged" in desk.err
        assert (desk.folder / "a.zip").read_bytes() == b"mine"
        assert [path.name for path in desk.folder.iterdir() if path.name.endswith(".part")] == []
        assert desk.run("verify", "--store") == 1
        assert "body " in desk.out
        assert desk.run("export", "acme", "--warc", "no/such/folder.warc.gz") == 2
        assert "cannot be written" in desk.err

    def test_a_window_of_time_and_all_policies(self, desk: Desk, watched: str) -> None:
        assert desk.run("add", watched, "--name", "second") == 0
        assert desk.run("remove", "second") == 0
        today = datetime.now(UTC).date()
        assert desk.run("export", "--all", "--bundle", "a.zip", "--to", (today - timedelta(days=2)).isoformat()) == 0
        with zipfile.ZipFile("a.zip") as source:
            assert not [name for name in source.namelist() if name.startswith("bodies/")]
        assert desk.run("export", "--all", "--warc", "b.warc.gz", "--from", today.isoformat(), "--json") == 0
        assert (desk.json()["policies"], desk.json()["warc"]["captures"]) == (["acme", "second"], 3)
        assert desk.run("verify", "--store", "--json") == 0
        assert desk.json()["policies"] == 2

    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            (("export", "--bundle", "a.zip"), "--all"),
            (("export", "acme", "--all", "--bundle", "a.zip"), "--all"),
            (("export", "acme"), "--warc FILE"),
            (("export", "acme", "--bundle", "a.zip", "--from", "soon"), "2024-05-25"),
            (("export", "nobody", "--bundle", "a.zip"), "nobody"),
            (("verify",), "--store"),
            (("verify", "a.zip", "--store"), "--store"),
        ],
    )
    def test_what_makes_no_sense(self, desk: Desk, arguments: tuple[str, ...], words: str) -> None:
        assert desk.run(*arguments) == 2
        assert words in desk.err


class TestStamp:
    def test_it_is_verified_against_a_root(self, desk: Desk, watched: str, tsa: tuple[Authority, str]) -> None:
        del watched
        signer, url = tsa
        assert desk.run("export", "acme", "--bundle", "a.zip", "--timestamp", url, "--json") == 0
        assert desk.json()["bundle"]["timestamped"] is True
        assert desk.run("verify", "a.zip", "--tsa-root", str(signer.root)) == 0
        assert "CN=Test TSA" in desk.out
        assert "was not checked" not in desk.out
        assert desk.run("verify", "a.zip", "--json") == 0
        stamp = desk.json()["timestamp"]
        assert stamp["trusted"] is False
        assert abs(datetime.fromisoformat(stamp["made"]) - datetime.now(UTC)) < timedelta(minutes=5)
        other = desk.folder / "other"
        other.mkdir()
        stranger = Authority(other)
        assert desk.run("verify", "a.zip", "--tsa-root", str(stranger.root)) == 1
        assert "timestamp.tsr: the time stamp does not hold" in desk.out
        for wrong in ("config.toml", "missing.pem"):
            assert desk.run("verify", "a.zip", "--tsa-root", wrong) == 2

    def test_the_configuration_names_the_authority(self, desk: Desk, watched: str, tsa: tuple[Authority, str]) -> None:
        del watched
        signer, url = tsa
        desk.configure(f'[evidence]\ntsa = "{url}"\ntsa_root = "{signer.root}"\n')
        assert desk.run("export", "acme", "--bundle", "a.zip") == 0
        assert desk.run("verify", "a.zip", "--json") == 0
        assert desk.json()["timestamp"]["trusted"] is True
        # The stamp of another bundle is of something else, whatever the sums say.
        site_stamp = contents(Path("a.zip"))["timestamp.tsr"]
        assert desk.run("check", "--no-notify") == 0
        assert desk.run("export", "acme", "--bundle", "b.zip") == 0
        remake(Path("b.zip"), lambda files: files.update({"timestamp.tsr": site_stamp}), sums=True)
        assert desk.run("verify", "b.zip") == 1
        assert "the time stamp is of something else" in desk.out

    @pytest.mark.parametrize(
        ("status", "answer", "words"),
        [
            (503, b"down", "answered with status 503"),
            (200, b"<html>", "no time stamp"),
            (200, b"x" * (1 << 20) + b"yy", "more than a time stamp"),
            (200, bytes.fromhex("30053003020102"), "refused"),
        ],
    )
    def test_an_authority_that_gives_none(
        self, desk: Desk, watched: str, tsa: tuple[Authority, str], status: int, answer: bytes, words: str
    ) -> None:
        del watched
        signer, url = tsa
        signer.status, signer.answer = status, answer
        assert desk.run("export", "acme", "--bundle", "a.zip", "--timestamp", url) == 2
        assert words in desk.err
        assert not Path("a.zip").exists()

    def test_a_stamp_of_before_and_an_authority_that_is_away(
        self, desk: Desk, watched: str, tsa: tuple[Authority, str]
    ) -> None:
        """An answer is to one request: an old one that is sent again is refused."""
        del watched
        signer, url = tsa
        assert desk.run("export", "acme", "--bundle", "a.zip", "--timestamp", url) == 0
        signer.answer = (signer.folder / "reply").read_bytes()
        assert desk.run("export", "acme", "--bundle", "a.zip", "--force", "--timestamp", url) == 2
        assert "another request" in desk.err
        assert desk.run("export", "acme", "--bundle", "b.zip", "--timestamp", "http://127.0.0.1:9/tsr") == 2
        assert "gave no time stamp" in desk.err
