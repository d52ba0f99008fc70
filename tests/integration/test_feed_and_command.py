"""What the contract of channels cannot tell of feeds and commands."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from monitor.errors import DeliveryError
from notifiers import CommandChannel, CommandOptions
from tests.channels import command, feed
from tests.notices import changed, replace_all, trial

ATOM = "{http://www.w3.org/2005/Atom}"


class TestAFeed:
    def test_is_what_the_standard_asks(self, tmp_path: Path) -> None:
        path = tmp_path / "feed.atom"
        feed(path, title="A & B", url="https://a.example/feed.atom").send(changed(key="9" * 32))
        root = ET.fromstring(path.read_bytes())
        assert root.tag == f"{ATOM}feed"
        assert (root.findtext(f"{ATOM}title"), root.findtext(f"{ATOM}updated")) == ("A & B", "2026-06-10T00:05:00Z")
        assert (root.findtext(f"{ATOM}id") or "").startswith("urn:uuid:")
        assert root.findtext(f"{ATOM}author/{ATOM}name") == "Clausewatch"
        link = root.find(f"{ATOM}link")
        assert link is not None
        assert link.attrib == {"rel": "self", "href": "https://a.example/feed.atom"}
        (entry,) = root.findall(f"{ATOM}entry")
        assert entry.findtext(f"{ATOM}id") == "urn:uuid:99999999-9999-9999-9999-999999999999"
        assert (entry.findtext(f"{ATOM}title") or "").startswith("Harbour Lane Books privacy policy: ")
        content = entry.find(f"{ATOM}content")
        assert content is not None
        assert content.get("type") == "html"
        assert "24 months" in (content.text or "")

    def test_keeps_its_newest_and_its_identity(self, tmp_path: Path) -> None:
        path = tmp_path / "feed.atom"
        for number in range(5):
            feed(path, entries=3).send(changed("+ p | New.", key=f"{number:032}"))
        root = ET.fromstring(path.read_bytes())
        ids = [str(entry.findtext(f"{ATOM}id"))[-1] for entry in root.findall(f"{ATOM}entry")]
        assert ids == ["4", "3", "2"]
        first = root.findtext(f"{ATOM}id")
        feed(path).send(trial())
        assert ET.fromstring(path.read_bytes()).findtext(f"{ATOM}id") == first
        assert {each.name for each in tmp_path.iterdir()} == {"feed.atom", ".feed.atom.lock"}

    def test_may_be_written_by_many_at_once(self, tmp_path: Path) -> None:
        path = tmp_path / "feed.atom"
        channels = [feed(path) for _ in range(4)]  # each with a lock of its own, as processes have
        with ThreadPoolExecutor(4) as threads:
            list(
                threads.map(
                    lambda number: channels[number % 4].send(changed("+ p | New.", key=f"{number:032}")), range(20)
                )
            )
        assert len(ET.fromstring(path.read_bytes()).findall(f"{ATOM}entry")) == 20

    @pytest.mark.parametrize("found", [b"<feed", b"", b"<rss/>", b"\xff\xfe"])
    def test_that_is_broken_is_put_aside(self, tmp_path: Path, found: bytes) -> None:
        path = tmp_path / "feed.atom"
        path.write_bytes(found)
        feed(path).send(trial())
        assert (tmp_path / "feed.atom.broken").read_bytes() == found
        assert len(ET.fromstring(path.read_bytes()).findall(f"{ATOM}entry")) == 1

    def test_without_its_folder_is_told(self, tmp_path: Path) -> None:
        channel = feed(tmp_path / "none" / "feed.atom")
        for attempt in (channel.probe, lambda: channel.send(trial())):
            with pytest.raises(DeliveryError, match=r"feed .*none"):
                attempt()


class TestACommand:
    def test_that_takes_too_long_is_ended_with_its_children(self, tmp_path: Path) -> None:
        late = tmp_path / "late"
        child = f"import time; time.sleep(3); open({str(late)!r}, 'w')"
        script = f"import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', {child!r}]); time.sleep(60)"
        began = time.monotonic()
        with pytest.raises(DeliveryError, match="had not ended after 1 s"):
            command(script, timeout=1.0).send(trial())
        assert time.monotonic() - began < 20
        time.sleep(3.5)
        assert not late.exists()

    def test_that_says_too_much_is_cut_short(self) -> None:
        with pytest.raises(DeliveryError) as caught:
            command("import sys; sys.stdout.write('x' * 5_000_000); sys.exit(1)").send(trial())
        assert len(str(caught.value)) < 700
        assert not caught.value.permanent

    def test_that_reads_nothing_may_take_it_all_the_same(self) -> None:
        command("pass").send(changed(f"+ p | {'x' * 300_000}"))

    @pytest.mark.parametrize(("code", "permanent"), [("1", False), ("75", False), ("100", True)])
    def test_says_by_its_exit_code_how_it_went(self, code: str, permanent: bool) -> None:  # noqa: FBT001
        with pytest.raises(DeliveryError, match=f"ended with code {code}: why") as caught:
            command(f"print('why'); raise SystemExit({code})").send(trial())
        assert caught.value.permanent is permanent

    def test_that_is_killed_may_be_tried_again(self) -> None:
        with pytest.raises(DeliveryError, match="ended by signal 9"):
            command("import os; os.kill(os.getpid(), 9)").send(trial())

    def test_that_is_not_there_is_told(self) -> None:
        channel = CommandChannel(CommandOptions(command=("/no/such/program",)), compare=replace_all)
        with pytest.raises(DeliveryError, match="no such program"):
            channel.probe()
        with pytest.raises(DeliveryError, match="cannot be run"):
            channel.send(trial())

    @pytest.mark.parametrize("wrong", [(), ("",), ("a\0b",)])
    def test_without_a_program_is_refused(self, wrong: tuple[str, ...]) -> None:
        with pytest.raises(ValueError, match="command"):
            CommandOptions(command=wrong)
