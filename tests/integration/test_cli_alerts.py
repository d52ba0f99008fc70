"""The commands alerts, alerts resend and check-config, and what the configuration of channels brings."""

from __future__ import annotations

import json
from pathlib import Path

from monitor.model import AlertDraft, AlertKind, Origin, PolicySpec
from storage import open_store
from tests.desk import Desk
from tests.records import NOON
from tests.site import WebSite

HOOK = '[notify.webhook]\nurl = "{url}/hook"\nallow_private = true\n'
FEED = '[[notify.atom]]\nname = "{name}"\npath = "{name}.atom"\n{more}\n'


def raise_alerts(desk: Desk, *channels: str) -> None:
    store = open_store(str(desk.folder / "clausewatch.db"))
    spec = PolicySpec(name="acme", urls=("https://acme.example/",))
    policy = next(iter(store.policies()), None) or store.add_policy(spec, origin=Origin.DATABASE, now=NOON)
    store.raise_alert(policy.id, AlertDraft(kind=AlertKind.TEST, rule="r", channels=channels), now=NOON)
    store.close()


def entries(path: Path) -> int:
    return path.read_text("utf-8").count("<entry>") if path.exists() else 0


class TestAlerts:
    def test_are_shown_and_sent_again(self, desk: Desk, site: WebSite) -> None:
        desk.configure(HOOK.format(url=site.url) + FEED.format(name="feed", more=""))
        assert desk.run("alerts") == 0
        assert "No alert yet" in desk.out
        assert desk.run("alerts", "--failed") == 0
        assert "Nothing failed" in desk.out
        raise_alerts(desk, "webhook", "feed")
        site.hook_status = 410
        desk.run("check")  # the policy itself cannot be reached, which is not the point
        assert desk.run("alerts", "--failed", "--json") == 1
        (dead,) = desk.json()
        assert (dead["alert"], dead["policy"], dead["channel"], dead["state"]) == (1, "acme", "webhook", "dead")
        assert "gone, it wants no more" in dead["error"]
        assert desk.run("alerts") == 0
        assert "given up" in desk.out
        assert "monitor alerts resend --all-failed" in desk.out
        site.hook_status = 503
        assert desk.run("alerts", "resend", "1") == 2
        assert "to be tried again: 1" in desk.out
        assert desk.run("alerts", "--failed") == 1
        assert "next attempt in" in desk.out
        site.hook_status = 200
        assert desk.run("alerts", "resend", "--all-failed") == 0
        assert "Sent now: 1" in desk.out
        keys = {json.loads(post)["data"]["key"] for post in site.posts}
        assert len(keys) == 1
        assert desk.run("alerts", "resend", "1") == 0
        assert "Nothing to send again" in desk.out
        assert entries(desk.folder / "feed.atom") == 1

    def test_a_channel_that_is_gone_is_told_everywhere(self, desk: Desk, site: WebSite) -> None:
        desk.configure(HOOK.format(url=site.url) + FEED.format(name="op", more="operator = true"))
        site.hook_status = 410
        raise_alerts(desk, "webhook")
        raise_alerts(desk, "webhook")
        desk.run("check")
        assert desk.run("alerts") == 0
        assert "1 to webhook: webhook at 127.0.0.1: answered with status 410: gone" in desk.out
        assert "nothing more is sent there until it is mended" in desk.out
        assert desk.run("doctor", "--offline") == 2
        assert "1 waits for webhook: webhook at 127.0.0.1: answered with status 410" in " ".join(desk.out.split())
        desk.run("check")
        assert "The channel webhook is stopped" in (desk.folder / "op.atom").read_text("utf-8")
        assert len(site.posts) == 2  # one of each process: the second alert waits for the next

    def test_what_fails_is_told_once_for_all_that_it_befell(self, desk: Desk, site: WebSite) -> None:
        desk.configure(HOOK.format(url=site.url))
        site.hook_status = 503
        for _ in range(3):
            raise_alerts(desk, "webhook")
        desk.run("check")
        assert desk.run("alerts", "--failed") == 1
        assert "3, 2, 1 to webhook: webhook at 127.0.0.1: answered with status 503" in desk.out
        assert desk.run("doctor", "--offline") == 0
        assert "3 wait for webhook: webhook at 127.0.0.1: answered" in " ".join(desk.out.split())

    def test_to_send_again_are_named(self, desk: Desk) -> None:
        assert desk.run("alerts", "resend") == 2
        assert desk.run("alerts", "resend", "1", "--all-failed") == 2
        assert desk.run("alerts", "resend", "7") == 2
        assert "no alert has the id 7" in desk.err

    def test_for_a_channel_that_has_gone_say_so(self, desk: Desk) -> None:
        raise_alerts(desk, "pigeon")
        assert desk.run("alerts") == 0
        assert "no such channel is configured" in desk.out
        assert desk.run("doctor", "--offline") == 2
        assert "1 waiting for pigeon, and no such channel is configured" in " ".join(desk.out.split())

    def test_for_a_channel_that_was_renamed_say_so_after_failures_too(self, desk: Desk, site: WebSite) -> None:
        desk.configure(HOOK.format(url=site.url))
        site.hook_status = 503
        raise_alerts(desk, "webhook")
        desk.run("check")
        assert desk.run("alerts", "--failed") == 1
        assert "failed, tried again" in desk.out
        desk.configure(HOOK.format(url=site.url) + 'name = "hook"\n')
        assert desk.run("alerts", "--failed") == 1
        assert "no such channel is configured; last: " in desk.out
        assert "waiting" in desk.out
        assert "tried again" not in desk.out
        for arguments in (("1",), ("--all-failed",)):
            assert desk.run("alerts", "resend", *arguments) == 2
            assert "1 alert waiting for webhook, and no such channel is configured." in desk.err
        site.hook_status = 200
        desk.configure(HOOK.format(url=site.url))
        assert desk.run("alerts", "resend", "1") == 0


class TestChannels:
    def test_the_operator_and_readers_are_told_apart(self, desk: Desk) -> None:
        desk.configure(
            '[monitor]\nunreachable_after = 1\n[[policy]]\nname = "a"\nurl = "http://127.0.0.1:1/"\n'
            + FEED.format(name="readers", more="")
            + FEED.format(name="op", more="operator = true")
        )
        desk.run("check")
        assert (entries(desk.folder / "readers.atom"), entries(desk.folder / "op.atom")) == (0, 1)

    def test_a_digest_waits_and_a_test_does_not(self, desk: Desk) -> None:
        desk.configure(FEED.format(name="weekly", more='digest = "weekly"\nquiet = "00:00-23:59"'))
        raise_alerts(desk, "weekly")
        assert desk.run("notify", "weekly", "--test") == 0
        assert entries(desk.folder / "weekly.atom") == 1
        assert desk.run("notify", "weekly") == 2
        assert "Say --test" in desk.err

    def test_a_rule_that_covers_nothing_is_told(self, desk: Desk) -> None:
        desk.configure('[[rule]]\nname = "typo"\npolicies = ["amce-*"]\n')
        raise_alerts(desk, "x")
        assert desk.run("doctor", "--offline") == 2
        assert "'typo' covers no policy" in desk.out
        desk.run("check")
        assert "'typo' covers no policy" in desk.err


class TestCheckConfig:
    def test_all_is_well(self, desk: Desk) -> None:
        (desk.folder / "mine").mkdir()
        desk.configure(FEED.format(name="feed", more='templates = "mine"'))
        assert desk.run("check-config") == 0
        assert "in order. 0 policies declared; told: feed." in desk.out
        assert not (desk.folder / "clausewatch.db").exists()

    def test_channels_for_trouble_alone_tell_nobody_of_changes(self, desk: Desk) -> None:
        desk.configure(FEED.format(name="op", more="operator = true"))
        assert desk.run("check-config") == 0
        assert "nobody is told of changes" in desk.err
        assert desk.run("doctor", "--offline") == 0
        assert "nobody is told of them" in desk.out

    def test_a_broken_template_is_told_by_name(self, desk: Desk) -> None:
        (desk.folder / "mine").mkdir()
        (desk.folder / "mine" / "entry.html.j2").write_text("{{ oops }}")
        desk.configure(FEED.format(name="feed", more='templates = "mine"'))
        for arguments in (("check-config",), ("run",)):
            assert desk.run(*arguments) == 2
            assert "notify.atom (feed): templates: entry.html.j2: 'oops' is undefined" in desk.err

    def test_what_is_wrong_is_told_at_once(self, desk: Desk) -> None:
        wrong = 'quiet = "22-7"\ntimezone = "Mars/Olympus"\nrate = "many"\nat = "8"\nday = "someday"'
        desk.configure(
            FEED.format(name="feed", more=wrong)
            + FEED.format(name="op", more="operator = true")
            + '[[rule]]\nchannels = ["op"]\n'
            + '[notify.apprise]\nurl = "nonsense://s3cret"\n'
        )
        assert desk.run("check-config") == 2
        for words in (
            "22:00-07:00",
            "no time zone",
            '"20/m"',
            '"08:00"',
            "sunday",
            "told of trouble, and of no change",
        ):
            assert words in desk.err
        desk.configure('[notify.apprise]\nurl = "nonsense://s3cret"\n')
        assert desk.run("check-config") == 2
        assert "apprise knows no service of this address" in desk.err
        assert "s3cret" not in desk.err
