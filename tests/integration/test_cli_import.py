"""`monitor import`: what others kept becomes history, once, in order, and in silence."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any, ClassVar

import pytest
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from monitor.ports import Store
from storage import open_store
from tests.desk import Desk
from tests.site import CLAUSES, LONGER, WebSite, policy_page

URL = "https://acme.example/privacy"
SHORT = policy_page()
LONG = policy_page(*LONGER)


@pytest.fixture
def acme(desk: Desk) -> Desk:
    """A policy that nobody has looked at."""
    desk.configure('[notify.webhook]\nurl = "http://127.0.0.1:9/hook"\nallow_private = true\n')
    assert desk.run("add", URL, "--name", "acme", "--no-check") == 0
    return desk


def folder(desk: Desk, files: dict[str, bytes]) -> str:
    for name, content in files.items():
        path = desk.folder / "captures" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return "captures"


def imported(desk: Desk, *arguments: str) -> dict[str, Any]:
    assert desk.run("import", *arguments, "--json") == 0, desk.err
    said: dict[str, Any] = desk.json()
    return said


def history(desk: Desk, name: str = "acme") -> dict[str, Any]:
    assert desk.run("log", name, "--json", "--looks", "100") == 0
    said: dict[str, Any] = desk.json()
    return said


def opened(desk: Desk) -> Store:
    return open_store(str(desk.folder / "clausewatch.db"))


def git(repo: Path, *arguments: str, when: str = "2020-01-01T00:00:00+00:00") -> None:
    env = {
        **os.environ,
        **{f"GIT_{who}_{what}": "t@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
        "GIT_AUTHOR_DATE": when,
        "GIT_COMMITTER_DATE": when,
        "GIT_CONFIG_GLOBAL": os.devnull,
    }
    subprocess.run(["git", *arguments], cwd=repo, env=env, check=True, capture_output=True)


def record(repo: Path, name: str, content: bytes, when: str, subject: str = "Record new changes of Acme") -> None:
    path = repo / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    git(repo, "add", ".")
    git(repo, "commit", "-q", "-m", f"{subject}\n\nThis version was recorded after extracting", when=when)


class TestFolder:
    FILES: ClassVar = {
        "2021-03-01.html": LONG,  # out of order on purpose
        "2020/acme_20200101_093000.htm": SHORT,
        "2020-06-01 acme.html": SHORT,
        "notes.txt": b"no date at all",
        "2020-07-01.exe": b"MZ",
        "2020-08-01.html": b"<html><title>404 Not Found</title><h1>404 Not Found</h1><p>No such page.</p></html>",
        "2020-09-01.pdf": b"\0\1\2\3",
        ".2019-01-01.html": SHORT,
        "2087-01-01.html": SHORT,
    }

    def test_captures_become_looks_in_their_order(self, acme: Desk) -> None:
        source = folder(acme, self.FILES)
        said = imported(acme, "acme", source)
        items = {one["place"]: one for one in said["items"]}
        assert items["2020/acme_20200101_093000.htm"]["outcome"] == "first"
        assert items["2020-06-01 acme.html"]["outcome"] == "unchanged"
        assert items["2020-08-01.html"]["outcome"] == "suspect"
        assert items["2021-03-01.html"]["outcome"] == "changed"
        assert "no date" in items["notes.txt"]["why"]
        assert "by its name" in items["2020-07-01.exe"]["why"]
        assert "future" in items["2087-01-01.html"]["why"]
        log = history(acme)
        assert [one["first_seen"][:10] for one in log["versions"]] == ["2020-01-01", "2021-03-01"]
        (change,) = log["changes"]
        assert (change["after"][:10], change["before"][:10]) == ("2020-06-01", "2021-03-01")
        store = opened(acme)
        policy = store.policy("acme")
        assert store.alerts() == []
        assert {capture.source.value for capture in store.captures(policy.id)} == {"imported"}
        assert [one.id for one in store.due(now=datetime.now(UTC), limit=5)] == [policy.id]
        store.close()

    def test_a_second_run_adds_nothing(self, acme: Desk) -> None:
        source = folder(acme, self.FILES)
        imported(acme, "acme", source)
        before = (acme.folder / "clausewatch.db").read_bytes()
        again = imported(acme, "acme", source)
        assert again["counts"]["read"] == again["counts"]["kept"] == 0
        assert again["counts"]["skipped"] == len(self.FILES) - 1  # the hidden one is not told of
        store = opened(acme)
        assert len(store.captures(store.policy("acme").id)) == 4
        store.close()
        assert len(before) == len((acme.folder / "clausewatch.db").read_bytes())

    def test_a_run_that_broke_off_goes_on(self, acme: Desk) -> None:
        """The folder grows behind what was imported, as it would have gone on."""
        imported(acme, "acme", folder(acme, {"2020-01-01.html": SHORT}))
        later = imported(acme, "acme", folder(acme, {"2020-02-01.html": SHORT, "2020-03-01.html": LONG}))
        assert later["counts"] == {"read": 2, "kept": 0, "waiting": 0, "skipped": 1}
        assert [one["outcome"] for one in history(acme)["observations"]] == ["changed", "unchanged", "first"]

    def test_a_dry_run_takes_nothing(self, acme: Desk) -> None:
        said = imported(acme, "acme", folder(acme, self.FILES), "--dry-run")
        assert said["counts"]["read"] == 4
        assert history(acme)["versions"] == []
        assert acme.run("import", "acme", "captures", "--dry-run") == 0
        assert "Would be: 4 read, 4 skipped." in acme.out

    def test_what_is_older_than_our_looks_is_kept_as_captures(self, desk: Desk, site: WebSite) -> None:
        url = site.put("/privacy")
        assert desk.run("add", url, "--name", "acme") == 0
        said = imported(desk, "acme", folder(desk, {"2020-01-01.html": LONG}))
        assert said["counts"] == {"read": 0, "kept": 1, "waiting": 0, "skipped": 0}
        log = history(desk)
        assert (len(log["versions"]), len(log["observations"])) == (1, 1)
        assert imported(desk, "acme", "captures")["counts"]["skipped"] == 1
        assert desk.run("check", "acme") == 0
        assert desk.run("export", "acme", "--bundle", "a.zip") == 0
        assert desk.run("verify", "a.zip") == 0

    def test_the_live_watch_goes_on_behind_it(self, desk: Desk, site: WebSite) -> None:
        url = site.put("/privacy")
        assert desk.run("add", url, "--name", "acme", "--no-check") == 0
        imported(desk, "acme", folder(desk, {"2020-01-01.html": LONG, "2020-05-01.html": SHORT}))
        assert desk.run("check", "acme") == 0
        assert [one["outcome"] for one in history(desk)["observations"]] == ["unchanged", "changed", "first"]

    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            (("nobody", "captures"), "nobody"),
            (("acme", "nowhere"), "is not there"),
            (("captures",), "Name the policy"),
            (("a", "b", "c"), "a policy and a source"),
            (("acme", "captures", "--url", "https://other.example/"), "not watched at"),
            (("acme", "bad.json"), "names its policies itself"),
            (("bad.json",), "no declaration"),
            (("acme", "bad.warc"), "WARC"),
            (("acme", "empty.warc.gz"), "no record of a WARC"),
        ],
    )
    def test_what_makes_no_sense(self, acme: Desk, arguments: tuple[str, ...], words: str) -> None:
        folder(acme, {"2020-01-01.html": SHORT})
        for name in ("bad.json", "bad.warc"):
            (acme.folder / name).write_bytes(b"this is nothing at all\r\n\r\n")
        (acme.folder / "empty.warc.gz").write_bytes(gzip.compress(b""))
        assert acme.run("import", *arguments) == 2
        assert words in acme.err


class TestText:
    QUOTE = (
        "> *The following text is extracted and transformed from the acme.example privacy policy that was archived on "
        "2016-03-15. Please check the [original snapshot on the Wayback Machine]"
        "(https://web.archive.org/web/20160315122213id_/https%3A//acme.example/privacy) for the rest.*\n\n"
    )

    def test_the_quote_says_when_and_where(self, acme: Desk) -> None:
        text = self.QUOTE + "# Privacy policy\n\n" + "\n\n".join(CLAUSES)
        (acme.folder / "000_ab.txt").write_text(text)
        (item,) = imported(acme, "acme", "000_ab.txt")["items"]
        assert (item["outcome"], item["taken"]) == ("first", "2016-03-15T12:22:13+00:00")
        store = opened(acme)
        (capture,) = store.captures(store.policy("acme").id)
        assert capture.archive_url == "https://web.archive.org/web/20160315122213id_/https%3A//acme.example/privacy"
        assert capture.media_type == "text/markdown"
        store.close()
        assert acme.run("show", "acme", "--json") == 0
        assert [clause["text"] for clause in acme.json()["clauses"]][1:] == list(CLAUSES)

    def test_a_capture_of_another_page_is_no_version_of_this_one(self, acme: Desk) -> None:
        """A folder of many companies' texts, each of which names its own page."""
        body = "# Privacy policy\n\n" + "\n\n".join(CLAUSES)
        other = self.QUOTE.replace("acme.example/privacy)", "other.example/legal/privacy)")
        spelt = self.QUOTE.replace("https%3A//acme.example/privacy)", "http://www.acme.example:80/privacy/)")
        assert len({self.QUOTE, other, spelt}) == 3
        pages = {"2016-03-15 other.md": other, "2017-01-01 spelt.md": spelt}
        said = imported(acme, "acme", folder(acme, {name: (head + body).encode() for name, head in pages.items()}))
        results = {one["place"]: (one["result"], one["why"]) for one in said["items"]}
        assert results["2016-03-15 other.md"] == (
            "skipped", "is a capture of another page, https://other.example/legal/privacy",
        )  # fmt: skip
        assert results["2017-01-01 spelt.md"][0] == "read"


class TestWarc:
    def write(self, path: Path, *, broken: bool = False) -> None:
        with path.open("wb") as file:
            writer = WARCWriter(file, gzip=True, warc_version="1.1")
            packed = gzip.compress(LONG)
            rows = [
                ("http://www.acme.example/privacy/", "2020-05-01T00:00:00Z", packed, "200 OK", "gzip"),
                ("https://other.example/", "2020-01-01T00:00:00Z", SHORT, "200 OK", ""),
                (URL, "2020-01-01T00:00:00Z", SHORT, "200 OK", ""),
                (URL, "2020-02-01T00:00:00Z", b"moved", "301 Moved", ""),
                (URL, "2020-03-01T00:00:00Z", b"not gzip", "200 OK", "gzip"),
            ]
            for url, when, body, status, encoding in rows:
                headers = [("Content-Type", "text/html"), ("ETag", '"7"')]
                headers += [("Content-Encoding", encoding)] if encoding else []
                response = writer.create_warc_record(
                    url,
                    "response",
                    payload=BytesIO(body),
                    http_headers=StatusAndHeaders(status, headers, "HTTP/1.1"),
                    warc_headers_dict={"WARC-Date": when},
                )
                writer.write_record(response)
                response.raw_stream.close()  # a temporary file that warcio leaves open
                if body == SHORT and url == URL:
                    digest = response.rec_headers.get_header("WARC-Payload-Digest")
            for digest_named, when in ((digest, "2020-04-01T00:00:00Z"), ("sha1:UNKNOWN", "2020-04-02T00:00:00Z")):
                revisit = writer.create_revisit_record(
                    URL,
                    digest_named,
                    URL,
                    "2020-01-01T00:00:00Z",
                    http_headers=StatusAndHeaders("200 OK", [("Content-Type", "text/html")], "HTTP/1.1"),
                    warc_headers_dict={"WARC-Date": when},
                )
                writer.write_record(revisit)
                revisit.raw_stream.close()
        if broken:
            path.write_bytes(path.read_bytes()[:-40])

    def test_pages_of_the_policy_are_found_and_unpacked(self, acme: Desk) -> None:
        self.write(acme.folder / "a.warc.gz")
        said = imported(acme, "acme", "a.warc.gz")
        read = [(one["taken"][:10], one["outcome"]) for one in said["items"] if one["result"] == "read"]
        assert read == [("2020-01-01", "first"), ("2020-04-01", "unchanged"), ("2020-05-01", "changed")]
        skipped = sorted(one["why"].split(":")[0] for one in said["items"] if one["result"] == "skipped")
        assert skipped == ["has status 301", "https", "refers to a capture that is not in the file"]
        store = opened(acme)
        last = store.captures(store.policy("acme").id, limit=1)[0]
        assert store.body(last.id) == LONG
        assert ("ETag", '"7"') in last.headers
        store.close()
        assert imported(acme, "acme", "a.warc.gz")["counts"]["read"] == 0

    def test_a_file_that_is_cut_off_gives_what_is_whole(self, acme: Desk) -> None:
        self.write(acme.folder / "a.warc.gz", broken=True)
        said = imported(acme, "acme", "a.warc.gz")
        assert said["counts"]["read"] >= 2
        assert not acme.err

    def test_our_own_warcs_come_back(self, desk: Desk, site: WebSite) -> None:
        url = site.put("/privacy", X_Served_By="w7")
        assert desk.run("add", url, "--name", "acme") == 0
        site.put("/privacy", LONG)
        assert desk.run("check", "--confirm", "now", "--no-notify") == 1
        assert desk.run("export", "acme", "--warc", "a.warc.gz") == 0
        (desk.folder / "clausewatch.db").unlink()
        assert desk.run("add", url, "--name", "acme", "--no-check") == 0
        said = imported(desk, "acme", "a.warc.gz")
        outcomes = [one["outcome"] for one in said["items"]]
        assert outcomes in (["first", "changed"], ["first", None])  # None: both within one second, which WARCs count in
        store = opened(desk)
        bodies = {store.body(one.id) for one in store.captures(store.policy("acme").id)}
        assert bodies == {SHORT, LONG}
        store.close()

    def test_several_pages_wait_for_each_other(self, desk: Desk) -> None:
        other = "https://acme.example/privacy/more"
        assert desk.run("add", URL, other, "--name", "acme", "--no-check") == 0
        more = policy_page("You can complain to the data protection authority of your country about us.")
        with (desk.folder / "a.warc.gz").open("wb") as file:
            writer = WARCWriter(file, gzip=True)
            for url, when, body in (
                (URL, "2020-01-01T00:00:00Z", SHORT),
                (URL, "2020-01-02T00:00:00Z", SHORT),
                (other, "2020-01-03T00:00:00Z", more),
                (URL, "2020-03-04T00:00:00Z", LONG),
            ):
                response = writer.create_warc_record(
                    url,
                    "response",
                    payload=BytesIO(body),
                    http_headers=StatusAndHeaders("200 OK", [("Content-Type", "text/html")], "HTTP/1.1"),
                    warc_headers_dict={"WARC-Date": when},
                )
                writer.write_record(response)
                response.raw_stream.close()
        said = imported(desk, "acme", "a.warc.gz")
        assert [(one["result"], one["outcome"]) for one in said["items"]] == [
            ("waiting", None), ("waiting", None), ("read", "first"), ("read", "changed"),
        ]  # fmt: skip
        store = opened(desk)
        policy = store.policy("acme")
        assert len(store.captures(policy.id)) == 4
        assert [len(one.capture_ids) for one in store.versions(policy.id)] == [2, 2]
        store.close()
        assert imported(desk, "acme", "a.warc.gz")["counts"]["skipped"] == 4
        assert desk.run("import", "acme", folder(desk, {"2024-01-01.html": SHORT})) == 2
        assert "--url" in desk.err


class TestOpenTermsArchive:
    DECLARATION: ClassVar = {
        "name": "Acme Söcial",
        "terms": {
            "Privacy Policy": {
                "fetch": URL,
                "select": ["main", {"startBefore": "#a", "endAfter": "#b"}],
                "remove": ".ad",
            },
            "Terms of Service": {
                "combine": [
                    {"fetch": "https://acme.example/terms/1", "select": "article"},
                    {"fetch": "https://acme.example/terms/2", "select": [".legal"], "filter": ["clean"]},
                ],
                "remove": ["nav"],
                "executeClientScripts": True,
            },
            "Odd Document": {"fetch": "ftp://acme.example/x"},
        },
    }

    def test_a_declaration_becomes_policies(self, desk: Desk) -> None:
        (desk.folder / "Acme.json").write_text(json.dumps(self.DECLARATION))
        assert desk.run("import", "Acme.json", "--dry-run") == 0
        assert "would be watched" in desk.out
        assert desk.run("import", "Acme.json", "--json") == 0
        rows = {row["name"]: row for row in desk.json()["policies"]}
        assert "https://" in rows["acme-social-odd-document"]["why"]
        assert "names a range" in rows["acme-social-privacy-policy"]["notes"][0]
        assert len(rows["acme-social-terms-of-service"]["notes"]) == 3
        assert desk.run("list", "--json") == 0
        listed = {one["name"]: one for one in desk.json()}
        assert listed["acme-social-privacy-policy"]["urls"] == [URL]
        assert listed["acme-social-terms-of-service"]["kind"] == "terms"
        store = opened(desk)
        spec = store.policy("acme-social-terms-of-service").spec
        assert (spec.urls[1], spec.select, spec.remove) == (
            "https://acme.example/terms/2", ("article", ".legal"), ("nav",),
        )  # fmt: skip
        store.close()
        assert desk.run("import", "Acme.json") == 0
        assert "already" in desk.out

    def test_or_entries_of_a_configuration(self, desk: Desk) -> None:
        declaration = {**self.DECLARATION, "terms": {"Privacy Policy": {"fetch": URL}}}
        (desk.folder / "Acme.json").write_text(json.dumps(declaration))
        assert desk.run("import", "Acme.json", "--toml") == 0
        desk.configure(desk.out)
        assert desk.run("list", "--json") == 0
        assert [(one["name"], one["service"], one["defined_in"]) for one in desk.json()] == [
            ("acme-social-privacy-policy", "Acme Söcial", "config")
        ]

    @pytest.mark.parametrize(
        "said",
        [
            [],
            {"name": "x"},
            {"name": "x", "terms": []},
            {"name": "x", "terms": {"a": 1}},
            {"name": "x", "terms": {"a": {}}},
            {"name": "x", "terms": {"a": {"combine": [1]}}},
        ],
    )
    def test_what_is_no_declaration(self, desk: Desk, said: object) -> None:
        (desk.folder / "x.json").write_text(json.dumps(said))
        assert desk.run("import", "x.json") == 2
        assert "no declaration" in desk.err

    def repository(self, desk: Desk) -> Path:
        repo = desk.folder / "snapshots"
        repo.mkdir()
        git(repo, "init", "-q")
        record(repo, "Acme/Privacy Policy.html", SHORT, "2020-01-01T08:00:00+02:00", "First record of Acme")
        record(repo, "Acme/Privacy Policy.html", LONG, "2020-02-01T00:00:00+00:00")
        technical = SHORT.replace(b"30 days", b"30 nights")
        record(repo, "Acme/Privacy Policy.html", technical, "2020-02-02T00:00:00+00:00", "Refilter Acme")
        (repo / ".git" / "config").write_text(
            (repo / ".git" / "config").read_text() + '[core]\n\tfsmonitor = "touch pwned"\n\tpager = "touch pwned"\n'
        )
        return repo

    def test_snapshots_of_a_repository(self, acme: Desk) -> None:
        repo = self.repository(acme)
        said = imported(acme, "acme", "snapshots")
        assert [(one["result"], one["taken"] and one["taken"][:16]) for one in said["items"]] == [
            ("skipped", None), ("read", "2020-01-01T06:00"), ("read", "2020-02-01T00:00"),
        ]  # fmt: skip
        assert [one["outcome"] for one in history(acme)["observations"]] == ["changed", "first"]
        assert imported(acme, "acme", "snapshots")["counts"]["skipped"] == 3
        assert not list(acme.folder.rglob("pwned"))
        record(repo, "Acme/Terms.md", b"# Terms", "2020-03-01T00:00:00+00:00")
        assert acme.run("import", "acme", "snapshots") == 2
        assert "Acme/Privacy Policy, Acme/Terms" in acme.err
        assert imported(acme, "acme", "snapshots", "--document", "Acme/Privacy Policy")["counts"]["skipped"] == 3
        assert acme.run("import", "acme", "snapshots", "--document", "Acme/None") == 2
        assert "no document" in acme.err

    def test_versions_in_markdown(self, acme: Desk) -> None:
        repo = acme.folder / "versions"
        repo.mkdir()
        git(repo, "init", "-q")
        for when, clauses in (("2021-01-01", CLAUSES), ("2021-06-01", LONGER)):
            text = "Privacy policy\n==============\n\n" + "\n\n".join(clauses)
            record(repo, "Acme/Privacy Policy.md", text.encode(), f"{when}T00:00:00+00:00")
        assert imported(acme, "acme", "versions")["counts"]["read"] == 2
        (change,) = history(acme)["changes"]
        assert "24 months" in change["summary"] or change["significance"] == "substantive"

    def test_a_broken_repository(self, acme: Desk) -> None:
        (acme.folder / "repo" / ".git").mkdir(parents=True)
        assert acme.run("import", "acme", "repo") == 2
        assert "git cannot read" in acme.err


def test_captures_of_one_moment_are_told_apart(acme: Desk) -> None:
    """Two pages of one instant: one is a look, the other stays a capture."""
    source = folder(acme, {"a-2020-01-01.html": SHORT, "b-2020-01-01.html": LONG})
    assert imported(acme, "acme", source)["counts"] == {"read": 1, "kept": 1, "waiting": 0, "skipped": 0}
    assert imported(acme, "acme", source)["counts"]["skipped"] == 2
