"""The commands notify test, doctor and demo."""

from __future__ import annotations

import email
import json
import subprocess
import sys
import time

import pytest

from tests.desk import Desk
from tests.mail_server import Mailbox, MailServer
from tests.site import WebSite

HOOK = '[notify.webhook]\nurl = "{url}/hook"\nallow_private = true\nsecret = "whsec_c2VjcmV0"\n'
MAIL = (
    '[notify.email]\nhost = "127.0.0.1"\nport = {port}\nsecurity = "none"\nfrom = "a@b.example"\nto = ["c@d.example"]\n'
)


class TestNotify:
    def test_every_channel_takes_a_test(self, bare_desk: Desk, site: WebSite) -> None:
        mailbox = Mailbox()
        with MailServer(mailbox) as port:
            bare_desk.configure(MAIL.format(port=port) + HOOK.format(url=site.url))
            assert bare_desk.run("notify", "test") == 0
            assert bare_desk.out.splitlines() == ["email: taken", "webhook: taken"]
            assert bare_desk.run("notify", "webhook", "--test", "--json") == 0
        assert bare_desk.json() == [{"channel": "webhook", "taken": True, "error": ""}]
        assert len(mailbox.messages) == 1
        assert [json.loads(post)["type"] for post in site.posts] == ["test", "test"] or len(site.posts) == 2
        assert not (bare_desk.folder / "clausewatch.db").exists()

    def test_one_that_does_not(self, desk: Desk, site: WebSite) -> None:
        site.hook_status = 500
        desk.configure(MAIL.format(port=1) + HOOK.format(url=site.url))
        assert desk.run("notify", "test") == 2
        email_line, hook_line = desk.out.splitlines()
        assert email_line.startswith("email: ")
        assert "taken" not in email_line
        assert "status 500" in hook_line

    def test_what_makes_no_sense(self, desk: Desk) -> None:
        assert desk.run("notify", "test") == 2
        assert "no channel is configured" in desk.err
        desk.configure(MAIL.format(port=1))
        assert desk.run("notify", "test", "--channel", "pigeon") == 2
        assert "No channel is named pigeon; there are: email." in desk.err

    def test_a_secret_that_only_the_channel_can_judge(self, desk: Desk) -> None:
        desk.configure(MAIL.format(port=1) + 'password = "pässword"\n')
        assert desk.run("notify", "test") == 2
        assert "notify.email (email): user name and password must be ASCII" in desk.err
        assert "pässword" not in desk.err


class TestDoctor:
    def test_all_is_well(self, desk: Desk, site: WebSite) -> None:
        archive = f'[monitor]\ncontact = "a@b.example"\n[archive]\nurl = "{site.url}"\n'
        with MailServer(Mailbox()) as port:
            desk.configure(archive + MAIL.format(port=port) + HOOK.format(url=site.url))
            assert desk.run("doctor") == 0
            assert desk.run("doctor", "--json") == 0
        findings = {one["part"]: one["detail"] for one in desk.json()}
        assert list(findings) == [
            "configuration",
            "database",
            "stored pages",
            "alerts",
            "operator",
            "mail server of email",
            "webhook webhook",
            "archive",
        ]
        assert "SQLite" in findings["database"]
        assert site.posts == []

    def test_what_is_not_well(self, desk: Desk) -> None:
        dead = "http://127.0.0.1:1"
        desk.configure(f'[archive]\nurl = "{dead}"\n' + MAIL.format(port=1) + HOOK.format(url=dead))
        assert desk.run("doctor", "--json") == 2
        bad = {one["part"] for one in desk.json() if not one["ok"]}
        assert bad == {"mail server of email", "webhook webhook", "archive"}
        assert desk.run("doctor") == 2
        assert desk.out.count("trouble") == 3

    def test_offline_and_with_nothing_configured(self, desk: Desk) -> None:
        (desk.folder / "config.toml").unlink()
        assert desk.run("doctor", "--offline") == 0
        for words in ("none; defaults are used", "sites cannot tell who asks", "nobody is told"):
            assert words in desk.out


class TestDemo:
    """What is found is what the site did: see `monitor.demo.site.ages`."""

    def test_it_finds_what_happened(self, desk: Desk) -> None:
        began = time.process_time()
        assert desk.run("demo", "--json", "found.json", "--keep", "kept") == 0
        assert time.process_time() - began < 20
        found = json.loads((desk.folder / "found.json").read_text("utf-8"))
        assert found["versions"] == 2 + len(found["changes"])
        assert found["alerts"] == {"email": 3, "webhook": 3}
        assert found["suspects"] == 2
        told = [(one["policy"], one["significance"], one["silent"]) for one in found["changes"]]
        assert told == [
            ("kancil-privacy", "cosmetic", False),  # the typo
            ("kancil-privacy", "substantive", True),  # the new clause, under the old date
            ("kancil-privacy", "substantive", False),  # 30 days → 24 months
            ("kancil-privasi", "substantive", False),  # 30 hari → 24 bulan
            ("kancil-privacy", "cosmetic", False),  # a section moved
        ]
        typo, clause, longer, malay, moved = (one["operations"] for one in found["changes"])
        assert ("recieve" in typo[0]["old"][0], "receive" in typo[0]["new"][0]) == (True, True)
        (added,) = clause
        assert added["kind"] == "added"
        assert "recordings for 90 days" in added["new"][0]
        assert any("30 days" in one["old"][0] and "24 months" in one["new"][0] for one in longer if one["old"])
        assert any("30 hari" in one["old"][0] and "24 bulan" in one["new"][0] for one in malay if one["old"])
        assert {one["kind"] for one in moved} <= {"moved", "renumbered"}
        assert "moved" in {one["kind"] for one in moved}
        assert not any("token" in one["summary"] or "session" in one["summary"] for one in found["changes"])
        mails = sorted((desk.folder / "kept").glob("alert-*.eml"))
        subjects = [email.message_from_bytes(mail.read_bytes())["Subject"] for mail in mails]
        assert len(subjects) == 3
        assert "7 versions, 5 changes kept, 3 of them worth telling." in desk.out
        assert desk.run("demo", "--keep", "kept") == 2
        assert "earlier demo" in desk.err

    @pytest.mark.parametrize("option", [("--json", "no/where.json"), ("--keep", "config.toml")], ids=["json", "keep"])
    def test_a_place_that_cannot_be_written_is_told_before_it_starts(self, desk: Desk, option: tuple[str, str]) -> None:
        began = time.process_time()
        assert desk.run("demo", *option) == 2
        assert time.process_time() - began < 3
        assert desk.out == ""
        assert "Traceback" not in desk.err


def test_what_libraries_say_is_in_the_log_in_the_same_form() -> None:
    script = (
        "import logging; from monitor.cli.context import configure_logging; configure_logging(0, as_json=True); "
        "logging.getLogger('a.library').warning('it %s', 'creaks'); "
        "logging.getLogger('apscheduler.scheduler').warning('a beat was left out')"
    )
    said = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stderr
    (line,) = said.splitlines()
    told = json.loads(line)
    assert (told["event"], told["level"], told["logger"]) == ("it creaks", "warning", "a.library")
    assert told["timestamp"]
