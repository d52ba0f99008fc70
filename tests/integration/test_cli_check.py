"""The command `check`, against a real site."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime, timedelta

import pytest

from storage import open_store
from tests.desk import Desk
from tests.mail_server import Mailbox, MailServer
from tests.site import CLAUSES, LONGER, WebSite, policy_page

MAIL = '[notify.email]\nhost="127.0.0.1"\nport={port}\nsecurity="none"\nfrom="a@b.example"\nto=["c@d.example"]\n'
HOOK = '[notify.webhook]\nurl = "{url}/hook"\nallow_private = true\nsecret = "whsec_c2VjcmV0"\n'


@pytest.fixture
def acme(desk: Desk, site: WebSite) -> str:
    """A policy that was looked at once."""
    url = site.put("/privacy")
    assert desk.run("add", url, "--name", "acme") == 0
    return url


class TestUrl:
    def test_shows_the_clauses_and_keeps_nothing(self, desk: Desk, site: WebSite) -> None:
        before = sorted(desk.folder.rglob("*"))
        assert desk.run("check", site.put("/privacy"), "--lang", "en") == 0
        assert "We do not sell your personal information" in desk.out
        assert "Nothing was kept." in desk.out
        assert sorted(desk.folder.rglob("*")) == before

    def test_without_any_configuration_this_machine_is_not_asked(self, bare_desk: Desk, site: WebSite) -> None:
        (bare_desk.folder / "config.toml").unlink()
        assert bare_desk.run("check", site.put("/privacy")) == 2
        assert "must not be asked" in bare_desk.err
        assert site.visits == {}
        assert list(bare_desk.folder.rglob("*")) == []

    def test_as_json(self, desk: Desk, site: WebSite) -> None:
        page = policy_page("Last updated: 3 March 2025", *CLAUSES)
        assert desk.run("check", site.put("/privacy", page), "--json") == 0
        found = desk.json()
        assert (found["title"], found["language"], found["suspect"]) == ("Privacy policy", "en", None)
        assert found["updated"] == "2025-03-03"
        assert CLAUSES[2] in [clause["text"] for clause in found["clauses"]]

    def test_a_stated_date_is_told(self, desk: Desk, site: WebSite) -> None:
        assert desk.run("check", site.put("/privacy", policy_page("Last updated: 3 March 2025", *CLAUSES))) == 0
        assert "stated date 03 March 2025" in desk.out

    def test_a_page_that_is_no_policy(self, desk: Desk, site: WebSite) -> None:
        url = site.put("/x", b"<html><title>Oops</title><body><h1>Service unavailable</h1><p>Later.</p></body></html>")
        assert desk.run("check", url) == 2
        assert "may not be the policy" in desk.out
        assert desk.run("check", url, "--json") == 2
        assert desk.json()["suspect"]["why"]

    def test_only_one_at_a_time(self, desk: Desk) -> None:
        assert desk.run("check", "https://a.example/", "acme") == 2
        assert "by itself" in desk.err


class TestPolicies:
    def test_nothing_is_watched(self, desk: Desk) -> None:
        assert desk.run("check") == 0
        assert "No policy is watched yet" in desk.out
        assert desk.run("check", "--json") == 0
        assert desk.json() == {"results": [], "alerts_sent": 0}

    def test_a_name_that_nobody_has(self, desk: Desk) -> None:
        assert desk.run("check", "nobody") == 2
        assert "nobody" in desk.err
        assert desk.run("check", "acme.example/privacy") == 2
        assert "monitor check https://acme.example/privacy" in desk.err

    def test_unchanged(self, desk: Desk, acme: str) -> None:
        assert desk.run("check") == 0
        assert desk.out == "acme: unchanged\n"
        assert acme

    def test_a_candidate_is_shown_and_not_told(self, desk: Desk, site: WebSite, acme: str) -> None:
        desk.configure(HOOK.format(url=site.url))
        site.put("/privacy", policy_page(*LONGER))
        assert desk.run("check", "acme") == 1
        assert "changed, not confirmed yet" in desk.out
        assert "[-30 days-]{+24 months+}" in desk.out
        assert "--confirm now" in desk.out
        assert desk.run("check", "acme", "--json") == 1
        (result,) = desk.json()["results"]
        assert (result["policy"], result["outcome"]) == ("acme", "candidate")
        assert result["change"]["operations"][0]["kind"] == "modified"
        assert site.posts == []
        assert acme

    def test_confirmed_now_it_is_told_by_mail_and_webhook(self, desk: Desk, site: WebSite, acme: str) -> None:
        mailbox = Mailbox()
        with MailServer(mailbox) as port:
            mail = MAIL.format(port=port)
            desk.configure(HOOK.format(url=site.url) + mail)
            site.put("/privacy", policy_page(*LONGER))
            assert desk.run("check", "--confirm", "now") == 1
            assert "acme: substantive change:" in desk.out
            assert "Alerts: 2 sent, 0 to be tried again, 0 given up." in desk.out
            assert desk.run("check") == 0
        ((_, message),) = mailbox.messages
        assert "24 months" in message["Subject"]
        (post,) = site.posts
        assert json.loads(post)["data"]["policy"]["name"] == "acme"
        assert acme

    def test_no_notify_leaves_alerts_for_the_next_time(self, desk: Desk, site: WebSite, acme: str) -> None:
        desk.configure(HOOK.format(url=site.url))
        site.put("/privacy", policy_page(*LONGER))
        assert desk.run("check", "--confirm", "now", "--no-notify") == 1
        assert site.posts == []
        assert desk.run("check", "--json") == 0
        assert desk.json()["alerts_sent"] == 1
        assert len(site.posts) == 1
        assert acme

    def test_a_receiver_that_refuses(self, desk: Desk, site: WebSite, acme: str) -> None:
        desk.configure(HOOK.format(url=site.url))
        site.hook_status = 410
        site.put("/privacy", policy_page(*LONGER))
        assert desk.run("check", "--confirm", "now") == 1
        assert "0 sent, 0 to be tried again, 1 given up" in desk.out
        assert desk.run("doctor", "--offline") == 2
        assert "1 given up in the last week; the latest, to webhook" in desk.out
        assert acme

    def test_many_end_with_a_summary_and_trouble_outranks_change(self, desk: Desk, site: WebSite, acme: str) -> None:
        for number in range(3):
            assert desk.run("add", site.put(f"/same/{number}"), "--name", f"same-{number}", "--no-check") == 0
        assert desk.run("add", site.put("/gone"), "--name", "gone") == 0
        site.put("/privacy", policy_page(*LONGER))
        del site.pages["/gone"]
        assert desk.run("check") == 2
        assert "5 policies: 3 first version, 1 changed, not confirmed yet, 1 unreachable" in desk.out.replace(
            "1 unreachable, 1 changed, not confirmed yet", "1 changed, not confirmed yet, 1 unreachable"
        )
        assert "gone: unreachable:" in desk.out
        assert "status 404" in desk.out
        assert acme

    def test_a_policy_that_another_process_looks_at(self, desk: Desk, acme: str) -> None:
        store = open_store(str(desk.folder / "clausewatch.db"))
        policy = store.policy("acme")
        assert store.claim(policy.id, owner="somebody", now=datetime.now(UTC), lease=timedelta(minutes=5))
        store.close()
        assert desk.run("check") == 2
        assert "another process" in desk.out
        assert desk.run("check", "--json") == 2
        assert desk.json()["results"] == [{"policy": "acme", "outcome": "busy"}]
        assert acme

    def test_a_permanent_redirect_is_told(self, desk: Desk, site: WebSite, acme: str) -> None:
        site.put("/privacy", b"", status=301, Location="/legal/privacy")
        site.put("/legal/privacy", policy_page(*CLAUSES, title="Privacy Policy of Acme"))
        desk.run("check")
        assert f"It has moved to {site.url}/legal/privacy: monitor move acme" in desk.out
        assert acme


class TestBadInput:
    """Each is told clearly, ends with 2, and takes nothing of what was there."""

    @pytest.fixture(autouse=True)
    def _unharmed(self, desk: Desk, site: WebSite, acme: str) -> object:
        yield
        site.put("/privacy")
        desk.configure()
        assert desk.run("check", "acme") == 0
        assert desk.run("log", "acme", "--json") == 0
        assert [version["number"] for version in desk.json()["versions"]] == [1]
        assert desk.json()["changes"] == []
        assert acme

    @pytest.mark.parametrize(
        "body",
        [b"", b" \n ", b"<html><body></body></html>", b"\x00\x01\x02" * 50],
        ids=["no-bytes", "blanks", "no-text", "binary"],
    )
    def test_an_empty_page(self, desk: Desk, site: WebSite, body: bytes) -> None:
        site.put("/privacy", body)
        assert desk.run("check", "acme") == 2
        assert desk.out.startswith(("acme: not the policy: ", "acme: unreachable: "))

    def test_a_page_of_50_mb(self, desk: Desk, site: WebSite) -> None:
        site.put("/privacy", b"<p>" + b"all work and no play " * 2_500_000)
        assert desk.run("check", "acme") == 2
        assert "larger" in desk.out or "more than" in desk.out
        assert desk.run("check", f"{site.url}/privacy") == 2
        assert desk.err.startswith("monitor: ")

    def test_a_gzip_bomb(self, desk: Desk, site: WebSite) -> None:
        bomb = gzip.compress(b"<p>" + b" " * 60_000_000, 1)
        assert len(bomb) < 1_000_000
        site.put("/privacy", bomb, Content_Encoding="gzip")
        assert desk.run("check", "acme") == 2
        assert "acme: unreachable: " in desk.out

    def test_invalid_utf_8(self, desk: Desk, site: WebSite) -> None:
        site.put("/privacy", policy_page().replace(b"messages", b"mess\xff\xfeages"))
        assert desk.run("check", "acme") == 1  # a letter differs: that is a candidate, and no crash
        assert "changed, not confirmed yet" in desk.out

    def test_tags_nested_10_000_deep(self, desk: Desk, site: WebSite) -> None:
        site.put("/privacy", b"<div>" * 10_000 + policy_page() + b"</div>" * 10_000)
        assert desk.run("check", "acme") in {0, 1, 2}
        assert "fault of the program" not in desk.err

    def test_a_redirect_into_the_cloud(self, desk: Desk, site: WebSite) -> None:
        site.put("/privacy", b"", status=302, Location="http://169.254.169.254/latest/meta-data/")
        assert desk.run("check", "acme") == 2
        assert "169.254.169.254" in desk.out
        assert "must not be asked" in desk.out

    def test_a_wrong_configuration(self, desk: Desk) -> None:
        (desk.folder / "config.toml").write_text('[monitor]\nevery = "often"\njbs = 3\n')
        assert desk.run("check") == 2
        assert desk.err.splitlines() == [
            'monitor: config.toml:2: monitor.every: a duration is written as "30s", "10m", "12h", "7d" or "1d 6h"',
            "config.toml:3: monitor.jbs: unknown key; did you mean jobs?",
        ]

    def test_a_missing_configuration(self, desk: Desk) -> None:
        assert desk.run("--config", "nowhere.toml", "check") == 2
        assert "nowhere.toml: there is no such file; `monitor init` writes one" in desk.err
        assert desk.run("--config", str(desk.folder), "check") == 2

    @pytest.mark.parametrize(
        ("url", "words"),
        [
            ("nodb.txt", "is not an SQLite database"),
            ("folder", "is a folder"),
            ("missing/folder/x.db", "its folder does not exist"),
            ("/dev/full", "/dev/full"),
            ("mysql://u:secret@h/d", "mysql is not a database that can be used"),
            ("postgresql://u:secret@127.0.0.1:1/d", "127.0.0.1"),
        ],
    )
    def test_a_database_that_is_none(self, desk: Desk, url: str, words: str) -> None:
        text = "no database at all, but a text of some length\n" * 100
        (desk.folder / "nodb.txt").write_text(text)
        (desk.folder / "folder").mkdir()
        desk.configure(f'[storage]\nurl = "{url}"\n')
        for command in (("check",), ("list",), ("add", "https://acme.example/"), ("run",)):
            assert desk.run(*command) == 2
            assert words in desk.err
            assert "secret" not in desk.err
            assert "Traceback" not in desk.err
        assert desk.run("doctor", "--offline") == 2
        assert words in " ".join(desk.out.split())
        assert (desk.folder / "nodb.txt").read_text() == text
