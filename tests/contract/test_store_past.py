"""The past in the database: listings that go on where they stopped, looks that are made once, and who looks."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from monitor.errors import NotFound
from monitor.model import (
    ArchivePage,
    ArchiveRow,
    Bracket,
    CaptureSource,
    Found,
    Listing,
    Origin,
    Outcome,
    PastLookDraft,
    PastState,
    VersionDraft,
)
from monitor.ports import Store
from tests.records import HOUR, NOON, a_change, a_first, a_reading, a_record, a_spec, an_answer, unchanged

DAY = timedelta(days=1)
URL = "https://acme/privacy.example/"
ARCHIVE = "web.archive.org"


@pytest.fixture
def policy(store: Store) -> int:
    return store.add_policy(a_spec(), origin=Origin.DATABASE, now=NOON).id


def row(day: int, **fields: object) -> ArchiveRow:
    taken = NOON - DAY * (1000 - day)
    said = {"url": URL, "stamp": f"{taken:%Y%m%d%H%M%S}", "taken": taken, "digest": f"D{day}", "status": 200} | fields
    return ArchiveRow(**said)  # type: ignore[arg-type]


def page(*rows: ArchiveRow, token: str | None = None, unreadable: tuple[str, ...] = ()) -> ArchivePage:
    return ArchivePage(rows=rows, token=token, unreadable=unreadable)


def draft(policy_id: int, digest: str = "D1", *texts: str, **fields: object) -> PastLookDraft:
    reading = a_reading(*texts) if texts else None
    body = " ".join(texts).encode()
    capture = an_answer(body, URL, source=CaptureSource.ARCHIVE, archive_url="https://archive/1", taken=NOON - 9 * DAY)
    said = {
        "policy_id": policy_id,
        "archive": ARCHIVE,
        "digest": digest,
        "found": Found.TEXT if texts else Found.UNPLAYABLE,
        "taken": NOON - 9 * DAY,
        "now": NOON,
        "extractor": "lines/1",
        "capture": capture if texts else None,
        "reading": reading,
        "words": "w" if texts else "",
    }
    return PastLookDraft(**(said | fields))  # type: ignore[arg-type]


def test_a_listing_that_never_began(store: Store, policy: int) -> None:
    assert store.listing(policy, ARCHIVE, URL) == Listing(archive=ARCHIVE, url=URL)
    assert store.listings(policy) == []
    assert store.archive_rows(policy) == []


def test_a_listing_goes_on_where_it_stopped(store: Store, policy: int) -> None:
    first = store.extend_listing(
        policy, store.listing(policy, ARCHIVE, URL), page(row(1), row(2), token="t2", unreadable=("x",)),
        after=None, now=NOON,
    )  # fmt: skip
    assert (first.rows, first.token, first.walk_started, first.complete) == (2, "t2", NOON, None)
    assert store.listing(policy, ARCHIVE, URL) == first
    done = store.extend_listing(policy, first, page(row(3), unreadable=("y",)), after=None, now=NOON + HOUR)
    assert (done.rows, done.token, done.complete, done.unreadable) == (3, None, NOON, 2)
    assert (done.first, done.last) == (row(1).taken, row(3).taken)
    assert [listed.row for listed in store.archive_rows(policy)] == [row(1), row(2), row(3)]


def test_what_is_listed_again_is_not_doubled(store: Store, policy: int) -> None:
    listing = store.extend_listing(
        policy, store.listing(policy, ARCHIVE, URL), page(row(1), row(2)), after=None, now=NOON
    )
    other = row(2, url="http://acme/privacy.example/")
    again = store.extend_listing(policy, listing, page(row(2), other, row(3)), after=row(2).taken, now=NOON + DAY)
    assert again.rows == 4
    assert again.complete == NOON + DAY
    assert {listed.row.url for listed in store.archive_rows(policy)} == {URL, "http://acme/privacy.example/"}


def test_rows_keep_all_that_the_index_says(store: Store, policy: int) -> None:
    odd = row(
        5, url="https://acme/" + "long/" * 900, status=None, media_type="", length=None, revisit=True,
        memento_url="https://a/1", stamp="20150300120000",
    )  # fmt: skip
    store.extend_listing(policy, store.listing(policy, "b", URL), page(odd, row(4, length=7)), after=None, now=NOON)
    assert [listed.row for listed in store.archive_rows(policy)] == [row(4, length=7), odd]
    assert {listed.archive for listed in store.archive_rows(policy)} == {"b"}


def test_a_long_listing(store: Store, policy: int) -> None:
    listing = store.listing(policy, ARCHIVE, URL)
    hour = NOON - 20_000 * HOUR
    for start in range(0, 20_000, 5_000):
        rows = [replace(row(1), taken=hour + HOUR * n, digest=str(n)) for n in range(start, start + 5_000)]
        listing = store.extend_listing(policy, listing, page(*rows, token=f"t{start}"), after=None, now=NOON)
    assert listing.rows == 20_000
    assert [listed.row.digest for listed in store.archive_rows(policy)] == [str(n) for n in range(20_000)]


def test_a_look_is_made_once(store: Store, policy: int) -> None:
    look = store.keep_past_look(draft(policy, "D1", "We keep data."))
    assert store.keep_past_look(draft(policy, "D1", "Something else.")) == look
    assert store.past_looks(policy) == [look]
    assert look.version_id is not None
    version = store.version(look.version_id)
    assert [clause.text for clause in version.clauses] == ["We keep data."]
    assert (version.number, version.capture_ids) == (0, look.capture_ids)
    (capture,) = store.captures(policy)
    assert (capture.id,) == look.capture_ids
    assert (capture.source, capture.archive_url) == (CaptureSource.ARCHIVE, "https://archive/1")
    assert store.body(capture.id) == b"We keep data."


def test_what_cannot_be_played_is_kept_too(store: Store, policy: int) -> None:
    look = store.keep_past_look(draft(policy, "D2", reason="unplayable", why="broken", search=3))
    assert (look.found, look.version_id, look.capture_ids) == (Found.UNPLAYABLE, None, ())
    assert (look.reason, look.why, look.search) == ("unplayable", "broken", 3)
    assert store.captures(policy) == []


def test_a_look_at_the_past_changes_nothing_that_was_confirmed(store: Store, policy: int) -> None:
    store.commit(a_first(store.history(policy), "We keep data.", captures=(an_answer(b"live"),)))
    before = store.history(policy), store.observations(policy), store.versions(policy)
    look = store.keep_past_look(draft(policy, "D1", "We keep data."))
    store.keep_past_look(draft(policy, "D2", "We keep less."))
    assert (store.history(policy), store.observations(policy), store.versions(policy)) == before
    assert look.version_id == store.versions(policy)[0].id


def test_a_text_of_the_past_can_be_confirmed_later(store: Store, policy: int) -> None:
    store.commit(a_first(store.history(policy), "We keep data."))
    look = store.keep_past_look(draft(policy, "D2", "We keep less."))
    later = NOON + DAY
    record = a_record(
        store.history(policy), Outcome.CHANGED, later,
        version=VersionDraft(reading=a_reading("We keep less."), first_seen=later),
        change=a_change(store.versions(policy)[0].id, later),
    )  # fmt: skip
    store.commit(record)
    current = store.history(policy).current
    assert current is not None
    assert (current.id, current.number, current.first_seen) == (look.version_id, 2, later)
    assert (current.last_seen, current.standing_since, current.absent_since) == (later, later, None)


def test_a_look_is_read_again(store: Store, policy: int) -> None:
    look = store.keep_past_look(draft(policy, "D1", "We keep data."))
    again = store.reread_past_look(look, draft(policy, "D1", "We keep", "data.", extractor="lines/2", words="x"))
    assert (again.id, again.extractor, again.words, again.capture_ids) == (look.id, "lines/2", "x", look.capture_ids)
    assert again.version_id != look.version_id
    nothing = store.reread_past_look(again, draft(policy, "D1", found=Found.SUSPECT, reason="empty"))
    assert (nothing.version_id, nothing.found, nothing.capture_ids) == (None, Found.SUSPECT, look.capture_ids)
    with pytest.raises(NotFound):
        store.reread_past_look(replace(look, id=99), draft(policy))


def test_many_pages_alike_take_little_room(store: Store, policy: int) -> None:
    text = "".join(f"Clause {n} says {n * 7919 % 1013}. " for n in range(3000))
    for day in range(30):
        body = f"{text}{day}".encode()
        capture = an_answer(body, URL, taken=NOON - DAY * day, source=CaptureSource.ARCHIVE)
        store.keep_past_look(draft(policy, f"D{day}", "x", capture=capture, taken=NOON - DAY * day))
    assert len(store.captures(policy)) == 30
    assert {len(store.body(capture.id)) for capture in store.captures(policy)} <= {len(text) + 1, len(text) + 2}


def test_brackets_only_narrow(store: Store, policy: int) -> None:
    store.commit(a_first(store.history(policy), "Old."))
    later = NOON + 10 * DAY
    record = a_record(
        store.history(policy), Outcome.CHANGED, later,
        version=VersionDraft(reading=a_reading("New."), first_seen=later),
        change=a_change(store.versions(policy)[0].id, later, bracket=Bracket(NOON, later)),
    )  # fmt: skip
    change_id = store.commit(record).change_id
    assert change_id is not None
    assert store.narrow_change(change_id, Bracket(NOON + DAY, later - DAY))
    assert store.change(change_id).bracket == Bracket(NOON + DAY, later - DAY)
    assert not store.narrow_change(change_id, Bracket(NOON, later - DAY))
    assert not store.narrow_change(change_id, Bracket(NOON + DAY, later))
    assert store.narrow_change(change_id, Bracket(None, later - 2 * DAY))
    assert store.change(change_id).bracket == Bracket(NOON + DAY, later - 2 * DAY)
    with pytest.raises(NotFound):
        store.narrow_change(99, Bracket(None, NOON))


def test_the_state_of_a_search(store: Store, policy: int) -> None:
    assert store.past_state(policy) == PastState(policy_id=policy)
    state = PastState(
        policy_id=policy, search=2, open=True, after=NOON - DAY, before=NOON, max_fetches=7, finished=NOON,
        exhausted=True, due=NOON + DAY, note="down",
    )  # fmt: skip
    store.set_past_state(state)
    assert store.past_state(policy) == state


def test_who_is_due_to_be_looked_into(store: Store, policy: int) -> None:
    other = store.add_policy(a_spec("b"), origin=Origin.DATABASE, now=NOON).id
    gone = store.add_policy(a_spec("c"), origin=Origin.DATABASE, now=NOON).id
    store.retire_policy(gone, now=NOON)
    store.set_past_state(PastState(policy_id=policy, due=NOON))
    assert [one.id for one in store.past_due(now=NOON, limit=9)] == [other, policy]
    assert store.claim_past(other, owner="me", now=NOON, lease=HOUR)
    assert [one.id for one in store.past_due(now=NOON, limit=9)] == [policy]
    store.set_past_state(PastState(policy_id=policy, due=NOON + DAY))
    assert store.past_due(now=NOON, limit=9) == []
    assert [one.id for one in store.past_due(now=NOON + HOUR, limit=9)] == [other]  # its lease ran out


def test_one_searches_at_a_time(store: Store, policy: int) -> None:
    assert store.claim_past(policy, owner="me", now=NOON, lease=HOUR)
    assert not store.claim_past(policy, owner="you", now=NOON, lease=HOUR)
    assert store.claim_past(policy, owner="me", now=NOON, lease=2 * HOUR)
    store.set_past_state(PastState(policy_id=policy, search=1))
    store.release_past(policy, owner="you")
    assert not store.claim_past(policy, owner="you", now=NOON + HOUR, lease=HOUR)
    store.release_past(policy, owner="me")
    assert store.claim_past(policy, owner="you", now=NOON, lease=HOUR)
    assert store.claim(policy, owner="you", now=NOON, lease=HOUR)  # live looks have a claim of their own


def test_live_looks_go_on_beside(store: Store, policy: int) -> None:
    store.commit(a_first(store.history(policy), "We keep data."))
    history = store.history(policy)
    store.keep_past_look(draft(policy, "D1", "We keep less."))
    store.commit(unchanged(history, NOON + HOUR))  # the revision is as it was


def test_nothing_is_said_of_policies_that_are_not_there(store: Store) -> None:
    for ask in (
        lambda: store.listing(9, ARCHIVE, URL),
        lambda: store.listings(9),
        lambda: store.archive_rows(9),
        lambda: store.past_looks(9),
        lambda: store.past_state(9),
        lambda: store.set_past_state(PastState(policy_id=9)),
        lambda: store.keep_past_look(draft(9)),
        lambda: store.claim_past(9, owner="me", now=NOON, lease=HOUR),
        lambda: store.extend_listing(9, Listing(archive="a", url=URL), page(), after=None, now=NOON),
    ):
        with pytest.raises(NotFound):
            ask()
