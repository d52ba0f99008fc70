"""All that is known of a policy's past, live and archived, as one list of captures in order of time.

A live look takes part as a capture of its own, so that one search and one timeline serve both: what was seen live
costs nothing, bounds what the archive is asked, and is bounded by it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from monitor.model import (
    ArchiveRow,
    ChangeKind,
    Found,
    ListedRow,
    Observation,
    Outcome,
    PastLook,
    Policy,
    VersionInfo,
)
from monitor.past.identity import words_digest
from monitor.past.imported import is_imported, key_of
from monitor.ports import Store
from monitor.timeline import Look, usable

# What archives give no digest for gets one made up: it says nothing beyond that archive.
MADE_UP = "UNKNOWN-"
# Live looks no further apart than this, all with one text: an archived capture between them need not be asked.
CLOSE_LOOKS = timedelta(days=2)

_SHOWN = frozenset({Outcome.FIRST, Outcome.UNCHANGED, Outcome.VARIANT, Outcome.CHANGED, Outcome.CANDIDATE})


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """`rows` are usable captures in order of time, named by a digest that is the same for equal content anywhere.

    `known` says what some of them show, as words digests; `versions` gives a text for each of these. `sources` are the
    archives' own rows behind a digest, those that hold the bytes first; `looks` what was kept of it; `observed` the
    live finding behind it.
    """

    policy: Policy
    rows: tuple[ArchiveRow, ...]
    known: tuple[Look, ...]
    versions: dict[str, int]
    sources: dict[str, tuple[ListedRow, ...]] = field(default_factory=dict)
    looks: dict[str, PastLook] = field(default_factory=dict)
    observed: dict[str, Observation] = field(default_factory=dict)
    volatile: frozenset[str] = frozenset()  # places whose words are left out
    passed_over: int = 0  # captures between live looks that agree, closely spaced
    unusable: int = 0  # rows of errors and redirects
    asked: bool = False  # whether an archive has listed all that it has
    unread: int = 0  # imported captures that nothing was read in

    @property
    def imported(self) -> int:
        """Imported captures that were read as those of archives are."""
        return sum(map(is_imported, self.looks))

    @property
    def searchable(self) -> tuple[ArchiveRow, ...]:
        """The rows of which something is known, and those that an archive can be asked for."""
        known = {look.digest for look in self.known}
        return tuple(row for row in self.rows if row.digest in known or row.digest in self.sources)

    def within(self, after: datetime | None, before: datetime | None) -> tuple[ArchiveRow, ...]:
        """The rows between two times, both included."""
        return tuple(
            row
            for row in self.rows
            if (after is None or row.taken >= after) and (before is None or row.taken <= before)
        )


@dataclass(slots=True)
class _Texts:
    """Versions by their words; confirmed ones before others, early ones before late ones."""

    store: Store
    volatile: frozenset[str]
    confirmed: frozenset[int]
    by_words: dict[str, int] = field(default_factory=dict)
    _words: dict[int, str] = field(default_factory=dict)

    def words(self, version_id: int, known: str = "") -> str:
        """The words digest of a version; `known` is one computed before, with nothing left out."""
        found = self._words.get(version_id)
        if found is None:
            if known and not self.volatile:
                found = known
            else:
                found = words_digest(self.store.version(version_id).clauses, self.volatile)
            self._words[version_id] = found
            held = self.by_words.get(found)
            if held is None or (version_id in self.confirmed and held not in self.confirmed):
                self.by_words[found] = version_id
        return found


def load_view(store: Store, policy: Policy) -> View:
    """Read it all. Nothing is fetched."""
    versions = store.versions(policy.id)
    volatile = frozenset(place.name for place in store.history(policy.id).places if place.volatile)
    texts = _Texts(store, volatile, frozenset(version.id for version in versions))
    observed: dict[str, Observation] = {}
    live = list(_live(store, policy, versions, texts, observed))
    looks = {look.digest: look for look in store.past_looks(policy.id)}
    listed = store.archive_rows(policy.id)
    kept = usable(replace(one.row, digest=content_key(one)) for one in listed)
    sources: dict[str, list[ListedRow]] = {}
    for one in listed:
        sources.setdefault(content_key(one), []).append(one)
    covered = _covered(policy, observed.values())
    rows = [row for row in kept if row.digest in looks or not any(a < row.taken < b for a, b in covered)]
    taken_over = [_row(policy, look.taken, key) for key, look in looks.items() if is_imported(key)]
    unread = [
        _row(policy, one.taken, key_of(one)) for one in store.kept_captures(policy.id) if one.url in policy.spec.urls
    ]
    listings = store.listings(policy.id)
    known = [
        Look(look.digest, look.found, texts.words(look.version_id, look.words) if look.version_id else "")
        for look in looks.values()
    ]
    return View(
        policy=policy,
        rows=tuple(sorted([*rows, *taken_over, *unread, *(row for row, _ in live)], key=lambda row: row.taken)),
        known=(*dict.fromkeys(look for _, look in live), *known),
        versions=texts.by_words,
        sources={key: tuple(sorted(found, key=lambda one: one.row.revisit)) for key, found in sources.items()},
        looks=looks,
        observed=observed,
        volatile=volatile,
        passed_over=len(kept) - len(rows),
        unusable=len(listed) - len(kept),
        asked=bool(listings) and all(one.complete and one.token is None for one in listings),
        unread=len(unread),
    )


def _row(policy: Policy, taken: datetime, key: str) -> ArchiveRow:
    """A capture of ours, live or imported, as a row."""
    return ArchiveRow(url=policy.spec.urls[0], stamp="", taken=taken, digest=key)


def words_of(look: PastLook, view: View, store: Store) -> str:
    """What identifies the words of a look that was made after the view; empty where it shows no text."""
    if look.version_id is None:
        return ""
    return words_digest(store.version(look.version_id).clauses, view.volatile) if view.volatile else look.words


def content_key(listed: ListedRow) -> str:
    """The digest of a row, apart from other archives' where it was made up."""
    digest = listed.row.digest
    return f"{listed.archive}:{digest}" if digest.startswith(MADE_UP) else digest


def _live(
    store: Store, policy: Policy, versions: list[VersionInfo], texts: _Texts, observed: dict[str, Observation]
) -> Iterator[tuple[ArchiveRow, Look]]:
    """The first and the last look of each run of live findings."""
    confirmed = {version.id for version in versions}
    stands_for = {
        change.old_version_id: change.new_version_id
        for change in store.changes(policy.id)
        if change.kind is ChangeKind.REEXTRACTED
    }
    for one in reversed(store.observations(policy.id)):
        if one.outcome not in _SHOWN:
            look = Look(f"live:{one.id}", Found.UNPLAYABLE)
        else:
            version_id = _stand_in(one.version_id, stands_for)
            if version_id is None or version_id not in confirmed:
                continue
            look = Look(f"live:{one.id}", Found.TEXT, texts.words(version_id))
        observed[look.digest] = one
        for taken in dict.fromkeys((one.first_seen, one.last_seen)):
            yield _row(policy, taken, look.digest), look


def _stand_in(version_id: int | None, stands_for: dict[int, int]) -> int | None:
    """The text that another extractor read in the bytes of a version, if it was read again."""
    passed: set[int] = set()
    while version_id in stands_for and version_id not in passed:
        passed.add(version_id)
        version_id = stands_for[version_id]
    return version_id


def _covered(policy: Policy, observations: Iterable[Observation]) -> list[tuple[datetime, datetime]]:
    """Times in which live looks agreed and were close together."""
    longest = max(CLOSE_LOOKS, 2 * policy.spec.every)
    return [
        (one.first_seen, one.last_seen)
        for one in observations
        if one.count > 1 and one.outcome in _SHOWN and (one.last_seen - one.first_seen) / (one.count - 1) <= longest
    ]
