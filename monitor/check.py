"""One check of a policy, end to end, speaking only to ports.

Fetch, read, decide, commit. The cheap ways out come first, since nearly every check takes one: the server says 304 or
sends bytes that were read before, or the text has the digest of the current version.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from monitor.answers import Answers, Once, ask, page
from monitor.decide import decide, outlived
from monitor.errors import FetchError, HttpStatus, ReadError, StaleCheck
from monitor.look import RECENT, Failure, Look, Settings
from monitor.model import (
    CheckRecord,
    Clause,
    Committed,
    Fetched,
    FetchRequest,
    History,
    Outcome,
    Page,
    Policy,
    PolicyKind,
    Reading,
    Remembered,
    Suspicion,
    Version,
    VersionInfo,
)
from monitor.ports import Clock, Fetcher, HistoryStore
from monitor.reextraction import is_up_to_date, reextract
from monitor.rereading import Rereader
from monitor.standing import Memory, after, before
from monitor.text import extractor_id, read, skeleton_digest, suspicion

# How many other recent texts a new one is compared with; more would only be near copies of these.
MOST_BASELINES = 8
# How many observations are read to count misses; a longer run has been told of long ago.
MOST_MISSES = 32
# The reason of observations that an archive's captures left, while the live page could not be seen.
ARCHIVED = "archived"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """What reading a page takes. `convert` turns a page that is no markup (a PDF) into one that is."""

    fetcher: Fetcher
    convert: Callable[[Page], Page]
    languages: tuple[str, ...] = ("en", "ms", "fr", "de")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts(Reader):
    """What a check takes."""

    store: HistoryStore
    clock: Clock
    settings: Settings
    memory: Memory = field(default_factory=Memory)
    adapt: Callable[[CheckRecord], CheckRecord] = lambda record: record  # what a check leaves, just before it does
    keep_all: bool = False  # captures are kept even when nothing in them is new


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What a check found and left behind."""

    policy: Policy
    record: CheckRecord
    committed: Committed

    @property
    def outcome(self) -> Outcome:
        """What was found."""
        return self.record.observation.outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """What the bytes say, or why they say nothing. `skeletons` are set when they were read just now."""

    reading: Reading | None = None
    doubt: Suspicion | None = None
    failure: Failure | None = None
    skeletons: tuple[str, ...] = ()
    recalled: bool = False  # the store knows already that these bytes say this


def prepare(policies: Sequence[Policy], parts: Parts) -> None:
    """Read at once what looks at these policies begin with, as far as nothing is remembered of them.

    Where that fails, each look reads for itself what it needs, and tells what is wrong.
    """
    now = parts.clock.now()
    lacking = parts.memory.lacks(policy.id for policy in policies)
    try:
        found = parts.store.histories(lacking) if lacking else []
    except Exception:  # noqa: BLE001 - one policy may be at fault, and the others have been claimed as well
        return
    parts.memory.bring(
        before(history, read_as, extractor=_extractor(history.policy))
        for history, read_as in found
        if is_up_to_date(history, now)
    )


def check_policy(policy_id: int, parts: Parts) -> Checked:
    """Look at a policy once.

    Raises:
        StoreError: the database failed; nothing of this check was written.
        StaleCheck: somebody else checked the policy meanwhile.
    """
    now = parts.clock.now()
    parts = replace(parts, fetcher=Once(parts.fetcher))
    standing = parts.memory.take(policy_id)
    if standing is not None:
        try:
            return _check(standing.history, standing.digests, parts, now)
        except StaleCheck:  # another process has looked meanwhile, or the policy is another one
            pass
    rereader = Rereader(store=parts.store, convert=parts.convert, languages=parts.languages)
    history = reextract(parts.store.history(policy_id), rereader, now)
    return _check(history, None, parts, now)


def _check(history: History, standing: tuple[str, ...] | None, parts: Parts, now: datetime) -> Checked:
    """Look at a policy with this past. `standing` are the digests of bytes that say what they said in the last look."""
    policy_id = history.policy.id
    try:
        brought = ask(history, parts.fetcher, now)
    except FetchError as error:
        failure = Failure(error.code, str(error), error.retry_after if isinstance(error, HttpStatus) else None)
        return _finish(history, Look(now=now, failure=failure, misses=_misses(parts.store, policy_id)), parts)
    if brought.digests == standing and not brought.worth_keeping:
        return _repeat(history, brought.digests, parts, now)
    found = _interpret(history, brought, parts, now)
    believed = found.reading is not None and (found.doubt is None or outlived(history, found.doubt, now))
    look = Look(
        now=now,
        reading=found.reading,
        suspicion=found.doubt,
        failure=found.failure,
        baselines=_baselines(history, found.reading, parts.store, now) if found.reading and believed else (),
        misses=0 if believed else _misses(parts.store, policy_id),
    )
    remembered = None
    if found.failure is None and not found.recalled:
        remembered = Remembered(
            text_digest=found.reading.digest if found.reading and believed else None,
            suspicion=None if believed else found.doubt,
        )
    return _finish(
        history,
        look,
        parts,
        captures=brought.sent if brought.worth_keeping or parts.keep_all else (),
        remembered=remembered,
        also_read_as=found.skeletons if believed else (),
        extractor=_extractor(history.policy),
        digests=brought.digests,
    )


def weigh(history: History, reading: Reading, parts: Parts, *, taken: datetime) -> CheckRecord:
    """What a believed text means that was captured later than any that is known; nothing is written."""
    baselines = _baselines(history, reading, parts.store, taken)
    return decide(history, Look(now=taken, reading=reading, baselines=baselines), parts.settings)


def _repeat(history: History, digests: tuple[str, ...], parts: Parts, now: datetime) -> Checked:
    """The look before, at another time: the same bytes of a policy that stands."""
    assert history.current is not None
    assert history.last is not None
    record = decide(history, Look(now=now, reading=_reading(history.current, ())), parts.settings)
    committed = parts.store.repeat(record, history.last)
    if stands := after(history, record, committed, digests):
        parts.memory.put(stands)
    return Checked(policy=history.policy, record=record, committed=committed)


def _extractor(policy: Policy) -> str:
    return extractor_id(select=policy.spec.select, remove=policy.spec.remove)


def _interpret(history: History, brought: Answers, parts: Parts, now: datetime) -> _Found:
    """Say what the bytes are: what they, or their skeletons, were read as before; else what reading them gives."""
    store, policy = parts.store, history.policy
    extractor = _extractor(policy)
    remembered = store.recall(policy.id, brought.digests, extractor=extractor)
    if remembered and remembered.suspicion and not outlived(history, remembered.suspicion, now):
        return _Found(doubt=remembered.suspicion, recalled=True)
    if reading := _known_reading(history, remembered, store):
        return _Found(reading=replace(reading, extractor=extractor), recalled=True)
    answers = brought.whole(store)
    # A doubt depends on what the policy said before, so only readings are looked up by skeleton.
    selectors = bool(policy.spec.select or policy.spec.remove)
    skeletons = tuple(skeleton_digest(page(answer), selectors=selectors) for answer in answers)
    alike = store.recall(policy.id, skeletons, extractor=extractor)
    if reading := _known_reading(history, alike, store):
        return _Found(reading=replace(reading, extractor=extractor))
    try:
        reading, doubt = _read(history, answers, parts)
    except ReadError as error:
        return _Found(failure=Failure("unreadable", str(error)))
    return _Found(reading=reading, doubt=doubt, skeletons=skeletons)


def read_once(urls: Sequence[str], reader: Reader, *, language: str | None = None) -> tuple[Reading, Suspicion | None]:
    """Read pages that nobody watches.

    Raises:
        FetchError: no usable answer.
        ReadError: bytes that are not the document they claim to be.
    """
    fetched = [reader.fetcher.fetch(FetchRequest(url=url, language=language)) for url in urls]
    pages = [reader.convert(page(one)) for one in fetched]
    reading = read(pages, language=language, languages=reader.languages)
    addresses = [(one.url, one.final_url) for one in fetched]
    doubt = suspicion(
        pages,
        reading,
        current=None,
        addresses=addresses,
        kind=PolicyKind.OTHER,
        language=language,
    )
    return reading, doubt


def _known_reading(history: History, remembered: Remembered | None, store: HistoryStore) -> Reading | None:
    """What the same bytes were read as before, if that text is still at hand."""
    if remembered is None or remembered.text_digest is None:
        return None
    if history.candidate and history.candidate.reading.digest == remembered.text_digest:
        return history.candidate.reading
    if history.current and history.current.digest == remembered.text_digest:
        return _reading(history.current, ())  # no clause is looked at when nothing changed
    version = store.version_by_digest(history.policy.id, remembered.text_digest)
    return _reading(version, version.clauses) if version else None


def _reading(version: VersionInfo, clauses: tuple[Clause, ...]) -> Reading:
    return Reading(
        clauses=clauses,
        digest=version.digest,
        extractor=version.extractor,
        language=version.language,
        dates=version.dates,
    )


def _read(history: History, answers: Sequence[Fetched], parts: Parts) -> tuple[Reading, Suspicion | None]:
    spec = history.policy.spec
    pages = [parts.convert(page(answer)) for answer in answers]
    reading = read(pages, select=spec.select, remove=spec.remove, language=spec.language, languages=parts.languages)
    seen = {version.digest for version in history.variants}
    if reading.digest in seen or (history.candidate and history.candidate.reading.digest == reading.digest):
        return reading, None
    line = _line(history, reading.language)
    doubt = suspicion(
        pages,
        reading,
        current=parts.store.version(line.id).clauses if line else None,
        addresses=[(answer.url, answer.final_url) for answer in answers],
        kind=spec.kind,
        language=spec.language,
    )
    return reading, doubt


def _line(history: History, language: str | None) -> VersionInfo | None:
    """The last confirmed text in that language; the current one when there is none."""
    if history.current is None or history.current.language == language:
        return history.current
    known = [version for version in history.variants if version.language == language]
    return max(known, key=lambda version: version.last_seen, default=history.current)


def _baselines(history: History, reading: Reading, store: HistoryStore, now: datetime) -> tuple[Version, ...]:
    """The texts that a new one may stem from; none are needed for the current text, unless a candidate has gone."""
    waiting = history.candidate
    if history.current is None or (
        reading.digest == history.current.digest and (waiting is None or waiting.reading.digest == reading.digest)
    ):
        return ()
    recent = [
        version
        for version in sorted(history.variants, key=lambda version: version.last_seen, reverse=True)
        if version.extractor == reading.extractor
        and version.id != history.current.id
        and (now - version.last_seen < RECENT or version.digest == reading.digest)
    ]
    wanted = [history.current, *recent[:MOST_BASELINES]]
    if (line := _line(history, reading.language)) and line not in wanted:
        wanted.append(line)
    return tuple(store.version(version.id) for version in wanted)


def _misses(store: HistoryStore, policy_id: int) -> int:
    """How many live looks in a row, up to now, did not show the policy."""
    missed = (Outcome.SUSPECT, Outcome.UNREACHABLE)
    live = (one for one in store.observations(policy_id, limit=MOST_MISSES) if one.reason != ARCHIVED)
    return sum(one.count for one in itertools.takewhile(lambda one: one.outcome in missed, live))


def _finish(
    history: History,
    look: Look,
    parts: Parts,
    *,
    captures: tuple[Fetched, ...] = (),
    remembered: Remembered | None = None,
    also_read_as: tuple[str, ...] = (),
    extractor: str = "",
    digests: tuple[str, ...] = (),
) -> Checked:
    record = replace(
        decide(history, look, parts.settings),
        captures=captures,
        remembered=remembered,
        also_read_as=also_read_as,
        extractor=extractor,
        moved_to=next((page.permanent_url for page in captures if page.permanent_url), None),
    )
    record = parts.adapt(record)
    committed = parts.store.commit(record)
    if digests and not parts.keep_all and (stands := after(history, record, committed, digests)):
        parts.memory.put(stands)
    return Checked(policy=history.policy, record=record, committed=committed)
