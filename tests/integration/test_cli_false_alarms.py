"""The commands against false alarms: accept, show --volatile, pin, unpin; and what `check` advises."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from monitor.model import PassingText, Place
from storage import open_store
from tests.desk import Desk
from tests.site import CLAUSES, LONGER, WebSite, policy_page

LONG = (
    *CLAUSES,
    *(f"For purpose {n} we process the data that you gave us, and nothing else at all." for n in range(30)),
)
SHORT = policy_page(
    "This privacy policy is short: we keep your name and your e-mail address while you are a member of our club.",
    "You have the right to see, to correct and to delete what we hold about you, at any time you like.",
)
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
TEXTS = tuple(
    PassingText(digest=str(n), text=words, seen=NOON, gone=NOON + timedelta(days=n) if n else None)
    for n, words in ((2, "seven lost hats"), (1, ""), (0, "meet our bees"))
)
VOLATILE = Place(
    name="3f9a1c20",
    before="We sell nothing.",
    after="",
    texts=TEXTS,
    learned=NOON,
    why="3 texts came and went here",
)
PINNED = Place(name="3fffffff", before="", after="Write to us.", pinned=NOON)
OBSERVED = Place(name="77777777", before="One.", after="Two.", texts=TEXTS[:1])


@pytest.fixture
def acme(desk: Desk, site: WebSite) -> str:
    """A policy that was looked at once."""
    url = site.put("/privacy", policy_page(*LONG))
    assert desk.run("add", url, "--name", "acme") == 0
    return url


def with_places(desk: Desk, *places: Place) -> None:
    store = open_store(str(desk.folder / "clausewatch.db"))
    history = store.history(store.policy("acme").id)
    store.set_places(history.policy.id, history.revision, places)
    store.close()


class TestAccept:
    def test_a_suspect_page_becomes_the_policy(self, desk: Desk, site: WebSite, acme: str) -> None:
        assert acme
        site.put("/privacy", SHORT)
        assert desk.run("check", "acme") == 2
        assert "monitor accept acme" in desk.out
        assert desk.run("accept", "acme") == 0
        assert "Version 2 of acme is the current one now." in desk.out
        assert "substantive change" in desk.out
        assert desk.run("check", "acme") == 0

    def test_a_waiting_text_as_json(self, desk: Desk, site: WebSite, acme: str) -> None:
        assert acme
        site.put("/privacy", policy_page(*LONGER, *LONG[len(CLAUSES) :]))
        assert desk.run("check", "acme") == 1
        assert desk.run("accept", "acme", "--quiet", "--no-notify", "--json") == 0
        found = desk.json()
        assert (found["outcome"], found["reason"], found["alerts_sent"]) == ("changed", "accepted", 0)
        assert found["detail"] == "accepted by hand: a text that waited for confirmation"

    def test_a_short_policy_from_the_first_look_on(self, desk: Desk, site: WebSite) -> None:
        url = site.put("/brief", b"<html><h1>Privacy</h1><p>We keep no personal data of anybody at all.</p></html>")
        assert desk.run("check", url) == 2
        assert "monitor accept" in desk.out
        assert desk.run("add", url, "--name", "brief") == 2
        assert "If this is the whole policy: monitor accept brief." in " ".join(desk.out.split())
        assert desk.run("accept", "brief") == 0
        assert desk.run("check", "brief") == 0

    def test_a_page_without_text(self, desk: Desk, site: WebSite) -> None:
        url = site.put("/blank", b"<html><body></body></html>")
        assert desk.run("check", url) == 2
        assert "monitor accept" not in desk.out
        assert desk.run("add", url, "--name", "blank") == 2
        assert desk.run("accept", "blank") == 2
        assert "has no text" in desk.err

    def test_nothing_to_accept(self, desk: Desk, acme: str) -> None:
        assert acme
        assert desk.run("accept", "acme") == 2
        assert "There is nothing to accept" in desk.err

    def test_a_policy_that_is_watched_no_more(self, desk: Desk, acme: str) -> None:
        assert acme
        assert desk.run("remove", "acme") == 0
        assert desk.run("accept", "acme") == 2
        assert "no longer watched" in desk.err

    def test_while_another_process_looks(self, desk: Desk, acme: str) -> None:
        assert acme
        store = open_store(str(desk.folder / "clausewatch.db"))
        now = datetime.now(UTC)
        assert store.claim(store.policy("acme").id, owner="other", now=now, lease=timedelta(minutes=5))
        store.close()
        assert desk.run("accept", "acme") == 2
        assert "Another process" in desk.err


class TestAdvice:
    def test_a_page_that_needs_a_browser(self, desk: Desk, site: WebSite, acme: str) -> None:
        assert acme
        site.put("/privacy", b"<html><head><script src=/a.js></script></head><body><div id=root></div></body></html>")
        assert desk.run("check", "acme") == 2
        assert "put there by scripts" in desk.out
        assert "monitor move acme URL" in desk.out
        assert "monitor accept" not in desk.out

    def test_a_login(self, desk: Desk, site: WebSite, acme: str) -> None:
        assert acme
        page = b"<html><head><title>Log in</title></head><body><h1>Log in</h1><form><input type=password></form></body>"
        site.put("/privacy", page)
        assert desk.run("check", "acme") == 2
        assert "to programs instead of the policy" in desk.out

    def test_an_empty_page(self, desk: Desk, site: WebSite, acme: str) -> None:
        assert acme
        site.put("/privacy", b"<html><body></body></html>")
        assert desk.run("check", "acme") == 2
        assert "If the address is wrong: monitor move acme URL" in desk.out


class TestPlaces:
    def test_none(self, desk: Desk, acme: str) -> None:
        assert acme
        assert desk.run("show", "acme", "--volatile") == 0
        assert "No place of acme is volatile" in desk.out

    def test_are_shown_with_reason_and_last_texts(self, desk: Desk, acme: str) -> None:
        assert acme
        with_places(desk, VOLATILE, PINNED, OBSERVED)
        assert desk.run("show", "acme", "--volatile") == 0
        assert "3f9a1c20  volatile: left out of comparison" in desk.out
        assert "between: “We sell nothing.” and the end" in desk.out
        assert "because: 3 texts came and went here (learned 01 March 2026)" in desk.out
        assert "showed: “seven lost hats” (2026-03-01 12:00 to 2026-03-03 12:00)" in desk.out
        assert "showed: nothing" in desk.out
        assert "to now)" in desk.out
        assert "monitor pin acme 3f9a1c20" in desk.out
        assert "3fffffff  pinned: always watched" in desk.out
        assert "between: the start and “Write to us.”" in desk.out
        assert "1 more place under observation" in desk.out

    def test_as_json(self, desk: Desk, acme: str) -> None:
        assert acme
        with_places(desk, VOLATILE, PINNED, OBSERVED)
        assert desk.run("show", "acme", "--volatile", "--json") == 0
        assert [(one["place"], one["state"]) for one in desk.json()] == [
            ("3f9a1c20", "volatile"),
            ("3fffffff", "pinned"),
            ("77777777", "observed"),
        ]
        assert [text["text"] for text in desk.json()[0]["texts"]] == ["seven lost hats", "", "meet our bees"]

    def test_pin_and_unpin(self, desk: Desk, acme: str) -> None:
        assert acme
        with_places(desk, VOLATILE, PINNED)
        assert desk.run("pin", "acme", "3f9a") == 0
        assert "watched again" in desk.out
        assert desk.run("pin", "acme", "3f9a1c20") == 0
        assert "pinned already" in desk.out
        assert desk.run("unpin", "acme", "3f9a1c20") == 0
        assert desk.run("unpin", "acme", "3f9a1c20") == 2
        assert "not pinned" in desk.err
        assert desk.run("show", "acme", "--volatile", "--json") == 0
        assert [one["state"] for one in desk.json()] == ["observed", "pinned"]

    def test_a_name_that_is_unknown_or_stands_for_several(self, desk: Desk, acme: str) -> None:
        assert acme
        with_places(desk, VOLATILE, PINNED)
        assert desk.run("pin", "acme", "beef") == 2
        assert "acme has no place beef" in desk.err
        assert desk.run("pin", "acme", "3f") == 2
        assert "2 places of acme begin with 3f" in desk.err
