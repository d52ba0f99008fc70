"""The commands show, log and diff."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from reportlab.pdfgen.canvas import Canvas

from tests.desk import Desk
from tests.site import CLAUSES, LONGER, WebSite, policy_page


@pytest.fixture
def acme(desk: Desk, site: WebSite) -> str:
    """A policy with two versions."""
    url = site.put("/privacy")
    assert desk.run("add", url, "--name", "acme", "--service", "Acme") == 0
    site.put("/privacy", policy_page(*LONGER))
    assert desk.run("check", "acme", "--confirm", "now") == 1
    return url


@pytest.fixture
def fresh(desk: Desk, site: WebSite) -> None:
    assert desk.run("add", site.put("/fresh"), "--name", "fresh", "--no-check") == 0


@pytest.mark.usefixtures("acme")
class TestShow:
    def test_the_current_version_and_another(self, desk: Desk) -> None:
        assert desk.run("show", "acme") == 0
        assert "version 2" in desk.out
        assert "24 months" in desk.out
        assert "7 clauses, en" in desk.out
        assert desk.run("show", "acme", "--version", "1") == 0
        assert "30 days" in desk.out

    def test_as_json(self, desk: Desk) -> None:
        assert desk.run("show", "acme", "--json") == 0
        shown = desk.json()
        assert (shown["number"], shown["language"], shown["clause_count"], len(shown["clauses"])) == (2, "en", 7, 7)

    @pytest.mark.usefixtures("fresh")
    def test_what_is_not_there(self, desk: Desk) -> None:
        assert desk.run("show", "acme", "--version", "3") == 2
        assert "acme has no version 3; it has versions 1 to 2" in desk.err
        assert desk.run("show", "acme", "--version", "0") == 2
        assert desk.run("show", "nobody") == 2
        assert desk.run("show", "fresh") == 2
        assert "`monitor check fresh` makes the first" in desk.err


@pytest.mark.usefixtures("acme")
class TestLog:
    def test_versions_changes_and_looks(self, desk: Desk) -> None:
        assert desk.run("log", "acme") == 0
        assert "24 months" in desk.out
        assert "changed: 1 look, last " in desk.out
        assert desk.run("log", "acme", "--looks", "0") == 0
        assert "1 look" not in desk.out

    def test_as_json(self, desk: Desk) -> None:
        assert desk.run("log", "acme", "--json") == 0
        log = desk.json()
        assert [version["number"] for version in log["versions"]] == [1, 2]
        (change,) = log["changes"]
        assert (change["from_version"], change["to_version"], change["significance"]) == (1, 2, "substantive")
        assert [one["outcome"] for one in log["observations"]] == ["changed", "first"]

    @pytest.mark.usefixtures("fresh")
    def test_of_one_that_was_not_looked_at(self, desk: Desk) -> None:
        assert desk.run("log", "fresh") == 0
        assert "no version yet" in desk.out


@pytest.mark.usefixtures("acme")
class TestDiffOfPolicies:
    def test_the_last_change_and_any_two(self, desk: Desk) -> None:
        assert desk.run("diff", "acme") == 1
        assert "[-30 days-]{+24 months+}" in desk.out
        assert desk.run("diff", "acme", "2", "1") == 1
        assert "[-24 months-]{+30 days+}" in desk.out
        assert desk.run("diff", "acme", "1", "1") == 0

    def test_context(self, desk: Desk) -> None:
        assert desk.run("diff", "acme", "--context", "0") == 1
        assert CLAUSES[3] not in desk.out
        assert desk.run("diff", "acme", "--context", "100") == 1
        assert CLAUSES[5] in " ".join(desk.out.split())

    @pytest.mark.usefixtures("fresh")
    def test_what_makes_no_sense(self, desk: Desk) -> None:
        assert desk.run("diff", "fresh") == 2
        assert "no change yet" in desk.err
        assert desk.run("diff", "acme", "2") == 2
        assert "Name a policy" in desk.err
        assert desk.run("diff", "acme", "1", "9") == 2
        assert desk.run("diff", "acme", "a", "b") == 2
        assert desk.run("diff") == 2

    @pytest.mark.parametrize(
        ("shape", "mark"), [("html", "<ins"), ("markdown", "24 months"), ("json", '"operations"')], ids=str
    )
    def test_every_format_to_the_screen_and_to_a_file(self, desk: Desk, shape: str, mark: str) -> None:
        assert desk.run("diff", "acme", "--format", shape) == 1
        assert mark in desk.out
        printed = desk.out
        assert desk.run("diff", "acme", "--format", shape, "-o", "redline") == 1
        assert desk.out == ""
        assert (desk.folder / "redline").read_text("utf-8") == printed
        assert desk.run("diff", "acme", "--format", shape, "-o", "no/where") == 2
        assert "cannot be written" in desk.err

    def test_the_terminal_is_no_file(self, desk: Desk) -> None:
        assert desk.run("diff", "acme", "-o", "redline") == 2
        assert "--format" in desk.err


def pdf(*clauses: str) -> bytes:
    buffer = BytesIO()
    canvas = Canvas(buffer, invariant=True)
    for number, clause in enumerate(clauses):
        canvas.drawString(50, 780 - 30 * number, clause)
    canvas.save()
    return buffer.getvalue()


class TestDiffOfTexts:
    @pytest.mark.parametrize(
        ("name", "make"),
        [
            ("page.html", policy_page),
            ("page", policy_page),
            ("text.md", lambda *clauses: ("# Privacy\n\n" + "\n\n".join(clauses)).encode()),
            ("text.txt", lambda *clauses: ("Privacy\n\n" + "\n\n".join(clauses)).encode("utf-8-sig")),
            ("sheet.pdf", pdf),
        ],
        ids=["html", "no-ending", "markdown", "text", "pdf"],
    )
    def test_files(self, desk: Desk, name: str, make: object) -> None:
        assert callable(make)
        for folder, clauses in (("old", CLAUSES), ("new", LONGER)):
            (desk.folder / folder).mkdir()
            (desk.folder / folder / name).write_bytes(make(*clauses))
        assert desk.run("diff", f"old/{name}", f"new/{name}") == 1
        assert "[-30 days-]{+24 months+}" in " ".join(desk.out.split())
        assert "Significance  substantive" in desk.out
        assert desk.run("diff", f"old/{name}", f"new/{name}", "--format", "json") == 1
        told = desk.json()
        assert (told["significance"], told["why"]) == ("substantive", told["meaning"]["why"])
        assert desk.run("diff", f"old/{name}", f"old/{name}") == 0

    def test_urls_and_a_file(self, bare_desk: Desk, site: WebSite) -> None:
        old, new = site.put("/old"), site.put("/new", policy_page(*LONGER))
        assert bare_desk.run("diff", old, new) == 1
        (bare_desk.folder / "old.html").write_bytes(policy_page())
        assert bare_desk.run("diff", "old.html", old) == 0
        assert not (bare_desk.folder / "clausewatch.db").exists()

    def test_what_cannot_be_read(self, desk: Desk, site: WebSite) -> None:
        page = Path("page.html")
        page.write_bytes(policy_page())
        desk.configure(fetch='max_bytes = "10KB"')
        Path("large.html").write_bytes(b"<p>word " * 2_000)
        Path("broken.pdf").write_bytes(b"%PDF-1.7 nothing more")
        Path("image.png").write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")
        Path("empty.html").touch()
        Path("blank.txt").write_bytes(b" \n")
        for name, words in {
            "missing.html": "No such file",
            ".": "directory",
            "large.html": "larger than 10,000 bytes",
            "broken.pdf": "PDF",
            "image.png": "neither HTML",
            "empty.html": "empty.html is empty",
            "blank.txt": "blank.txt is empty",
            f"{site.url}/gone": "status 404",
        }.items():
            assert desk.run("diff", "page.html", name) == 2
            assert words in desk.err
            assert "Traceback" not in desk.err

    def test_odd_texts_are_no_crash(self, desk: Desk) -> None:
        for name, body in {
            "wordless.html": b"<p></p>",
            "deep.html": b"<div>" * 10_000 + b"<p>All the way down.</p>",
            "invalid.html": b"<p>caf\xe9 \xff\xfe and more</p>",
            "nul.txt": b"one\0two",
        }.items():
            Path(name).write_bytes(body)
        Path("page.html").write_bytes(policy_page())
        for name in ("wordless.html", "deep.html", "invalid.html"):
            assert desk.run("diff", name, "page.html") == 1
            assert desk.run("diff", name, "page.html", "--format", "html") == 1
        assert desk.run("diff", "nul.txt", "page.html") == 2
