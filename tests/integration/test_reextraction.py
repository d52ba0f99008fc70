"""Another extractor: the stored bytes are read again first, and what differs is nobody's edit."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from monitor.model import ChangeKind, Outcome, Significance
from tests.watch import CLAUSES, HOUR, LONGER, START, Watch, html

DAY = 24 * HOUR
OLDER = "clauses-0"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "watch.db"


def page(*clauses: str, teaser: str = "Read next: how our lockers came to be green and why.", token: str = "1") -> str:
    return html(*clauses, token=token).replace("</main>", f"<p class=teaser>{teaser}</p></main>")


def drop_teasers(watch: Watch) -> None:
    watch.policy = watch.store.change_policy(watch.policy.id, replace(watch.policy.spec, remove=(".teaser",)))


def older_extractor(file: Path) -> None:
    """As if all that is stored had been read by the extractor before this one."""
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE versions SET extractor = ?", (OLDER,))
        connection.execute("UPDATE readings SET extractor = ?", (OLDER,))
    connection.close()


def lose_bytes(file: Path) -> None:
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE blobs SET packed = x'00'")
    connection.close()


def texts(watch: Watch) -> list[str]:
    current = watch.store.history(watch.policy.id).current
    assert current is not None
    return [clause.text for clause in watch.store.version(current.id).clauses][1:]


def test_a_new_selector_changes_our_reading_and_tells_nobody(watch: Watch) -> None:
    watch.look(page(*CLAUSES))
    drop_teasers(watch)
    assert watch.look(after=DAY).outcome is Outcome.UNCHANGED
    (change,) = watch.store.changes(watch.policy.id)
    assert change.kind is ChangeKind.REEXTRACTED
    assert change.significance is Significance.NONE
    assert "the same bytes" in change.why
    assert watch.store.alerts() == []
    assert texts(watch) == list(CLAUSES)
    old, new = watch.store.versions(watch.policy.id)
    assert (new.number, new.first_seen, new.capture_ids) == (2, old.first_seen, old.capture_ids)
    assert new.last_seen == START + DAY


def test_an_edit_in_the_same_look_is_told_apart_from_it(watch: Watch) -> None:
    watch.look(page(*CLAUSES))
    drop_teasers(watch)
    assert watch.look(page(*LONGER), after=DAY).outcome is Outcome.CANDIDATE
    watch.look(after=13 * HOUR)
    changed, reread = watch.store.changes(watch.policy.id)
    assert (reread.kind, changed.kind) == (ChangeKind.REEXTRACTED, ChangeKind.CHANGED)
    assert len(changed.operations) == 1
    assert changed.old_version_id == reread.new_version_id
    assert (changed.bracket.after, changed.bracket.before) == (START, START + DAY)
    assert len(watch.store.alerts()) == 1


def test_the_same_text_by_another_extractor_changes_its_name_only(watch: Watch, file: Path) -> None:
    watch.look(page(*CLAUSES))
    older_extractor(file)
    assert watch.look(after=DAY).outcome is Outcome.UNCHANGED
    (version,) = watch.store.versions(watch.policy.id)
    assert version.extractor != OLDER
    assert watch.store.changes(watch.policy.id) == []


def test_it_is_read_again_once(watch: Watch) -> None:
    watch.look(page(*CLAUSES))
    drop_teasers(watch)
    watch.look(after=DAY)
    revision = watch.store.history(watch.policy.id).revision
    watch.look(after=DAY)
    assert watch.store.history(watch.policy.id).revision == revision + 1
    assert len(watch.store.changes(watch.policy.id)) == 1


def test_a_waiting_text_goes_on_waiting(watch: Watch) -> None:
    watch.look(page(*CLAUSES))
    watch.look(page(*LONGER), after=DAY)
    drop_teasers(watch)
    changed = watch.look(after=13 * HOUR)
    assert changed.outcome is Outcome.CHANGED
    assert changed.record.change is not None
    assert changed.record.change.bracket.before == START + DAY
    assert len(changed.record.change.operations) == 1


def test_a_waiting_text_that_both_read_alike_is_confirmed_and_told(watch: Watch, file: Path) -> None:
    watch.look(page(*CLAUSES))
    watch.look(page(*LONGER), after=DAY)
    older_extractor(file)
    assert watch.look(after=HOUR).outcome is Outcome.CANDIDATE
    assert watch.look(after=HOUR).outcome is Outcome.CANDIDATE
    assert watch.look(after=13 * HOUR).outcome is Outcome.CHANGED
    (change,) = watch.store.changes(watch.policy.id)
    assert change.kind is ChangeKind.CHANGED
    assert len(watch.store.alerts()) == 1


def test_recent_variants_are_read_again_too(watch: Watch) -> None:
    watch.look(page(*CLAUSES))
    watch.look(page(*LONGER), after=DAY)
    watch.look(after=13 * HOUR)
    drop_teasers(watch)
    assert watch.look(page(*CLAUSES, token="2"), after=DAY).outcome is Outcome.VARIANT
    assert watch.look(page(*LONGER, token="2"), after=DAY).outcome is Outcome.UNCHANGED
    kinds = [change.kind for change in watch.store.changes(watch.policy.id)]
    assert kinds == [ChangeKind.REEXTRACTED, ChangeKind.REEXTRACTED, ChangeKind.CHANGED]
    assert len(watch.store.alerts()) == 1


def composite(watch: Watch) -> None:
    """A version put together from confirmed clauses: the teaser of its look was not confirmed."""
    watch.look(page(*CLAUSES))
    watch.look(page(*LONGER, teaser="Read next: seven lost hats and one umbrella."), after=DAY)
    watch.look(page(*LONGER, teaser="Read next: meet our bees on the roof of the depot."), after=13 * HOUR)
    current = watch.store.history(watch.policy.id).current
    assert current is not None
    assert not current.exact


def test_a_version_put_together_is_read_again_without_what_waits(watch: Watch) -> None:
    composite(watch)
    watch.policy = watch.store.change_policy(watch.policy.id, replace(watch.policy.spec, remove=("h1",)))
    watch.look(after=HOUR)
    (reread, *_) = watch.store.changes(watch.policy.id)
    assert reread.kind is ChangeKind.REEXTRACTED
    assert [operation.kind for operation in reread.operations] == ["removed"]
    assert len(watch.store.alerts()) == 1
    current = watch.store.history(watch.policy.id).current
    assert current is not None
    assert not current.exact
    words = [clause.text for clause in watch.store.version(current.id).clauses]
    assert words == [*LONGER, "Read next: how our lockers came to be green and why."]


def test_a_version_put_together_by_an_unknown_reading_is_left_to_the_look(watch: Watch, file: Path) -> None:
    composite(watch)
    with sqlite3.connect(file) as connection:
        connection.execute("DELETE FROM readings")
    connection.close()
    drop_teasers(watch)
    assert watch.look(after=HOUR).record.change is not None
    assert watch.store.changes(watch.policy.id)[0].kind is ChangeKind.REEXTRACTED
    assert texts(watch) == list(LONGER)
    assert len(watch.store.alerts()) == 1


def test_bytes_that_are_gone_raise_no_alarm(watch: Watch, file: Path) -> None:
    watch.look(page(*CLAUSES))
    lose_bytes(file)
    drop_teasers(watch)
    checked = watch.look(page(*LONGER), after=DAY)
    assert checked.outcome is Outcome.CHANGED
    (change,) = watch.store.changes(watch.policy.id)
    assert change.kind is ChangeKind.REEXTRACTED
    assert "cannot be read again" in change.why
    assert len(change.operations) == 2
    assert watch.store.alerts() == []
    assert watch.look(after=DAY).outcome is Outcome.UNCHANGED


def test_bytes_that_are_gone_and_the_same_text(watch: Watch, file: Path) -> None:
    watch.look(page(*CLAUSES))
    lose_bytes(file)
    older_extractor(file)
    assert watch.look(page(*CLAUSES, token="2"), after=DAY).outcome is Outcome.UNCHANGED
    (version,) = watch.store.versions(watch.policy.id)
    assert version.extractor != OLDER
    assert watch.store.changes(watch.policy.id) == []


def test_a_selector_that_leaves_nothing_makes_no_version(watch: Watch) -> None:
    watch.look(page(*CLAUSES))
    watch.policy = watch.store.change_policy(watch.policy.id, replace(watch.policy.spec, remove=("body",)))
    watch.look(after=DAY)
    assert len(watch.store.versions(watch.policy.id)) == 1
    assert watch.store.alerts() == []


def test_a_selector_that_comes_and_goes_leads_back_to_the_first_version(watch: Watch) -> None:
    watch.look(page(*CLAUSES))
    plain = watch.policy.spec
    for spec in (replace(plain, remove=(".teaser",)), plain, replace(plain, remove=(".teaser",))):
        watch.policy = watch.store.change_policy(watch.policy.id, spec)
        assert watch.look(after=DAY).outcome is Outcome.UNCHANGED
    assert len(watch.store.versions(watch.policy.id)) == 2
    assert {change.kind for change in watch.store.changes(watch.policy.id)} == {ChangeKind.REEXTRACTED}
    assert watch.store.alerts() == []


def test_two_texts_that_become_one(watch: Watch) -> None:
    """They differed in nothing but what the new selector drops."""
    watch.look(page(*CLAUSES))
    watch.look(page(*CLAUSES, teaser="Subscribe to our letter and win a bicycle, or two."), after=DAY)
    watch.look(after=13 * HOUR)
    drop_teasers(watch)
    assert watch.look(after=DAY).outcome is Outcome.UNCHANGED
    kinds = [change.kind for change in watch.store.changes(watch.policy.id)]
    assert kinds == [ChangeKind.REEXTRACTED, ChangeKind.REEXTRACTED, ChangeKind.CHANGED]
    assert len(watch.store.versions(watch.policy.id)) == 3
