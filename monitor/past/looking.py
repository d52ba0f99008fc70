"""One archived capture: fetched, read as a live page is, judged, and kept for good."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.errors import (
    ArchiveDown,
    ArchiveError,
    BlockedBySite,
    NotArchived,
    OutsideWindow,
    RateLimited,
    ReadError,
    StoreError,
    StoreUnavailable,
    Unplayable,
)
from monitor.model import (
    Capture,
    Fetched,
    Found,
    ListedRow,
    Page,
    PastLook,
    PastLookDraft,
    PolicySpec,
    Reading,
)
from monitor.past.identity import words_digest
from monitor.ports import Archive, Clock, Store
from monitor.text import extractor_id, read, suspicion

OK = 200
# A capture that answers from further away than this is another one: its time must not be told as that of the row.
NEAR_ENOUGH = timedelta(hours=1)
# How many captures with one digest are tried, where the first cannot be played.
MOST_TRIES = 3

_GIVEN_UP = (Unplayable, OutsideWindow, NotArchived)


@dataclass(frozen=True, slots=True, kw_only=True)
class PastParts:
    """What looking into the past takes. `archives` are asked in this order."""

    store: Store
    archives: Sequence[Archive]
    clock: Clock
    convert: Callable[[Page], Page]
    languages: tuple[str, ...] = ("en", "ms", "fr", "de")

    @property
    def by_name(self) -> Mapping[str, Archive]:
        """The archives by their names."""
        return {archive.name: archive for archive in self.archives}


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """The policy that captures are read as."""

    policy_id: int
    spec: PolicySpec
    language: str | None  # that the policy is known to be in

    @property
    def extractor(self) -> str:
        """That reads it now."""
        return extractor_id(select=self.spec.select, remove=self.spec.remove)


def subject_of(store: Store, policy_id: int) -> Subject:
    """Read what a policy is."""
    history = store.history(policy_id)
    language = history.policy.spec.language or (history.current.language if history.current else None)
    return Subject(policy_id=policy_id, spec=history.policy.spec, language=language)


def look_at(key: str, sources: Sequence[ListedRow], subject: Subject, parts: PastParts, *, search: int) -> PastLook:
    """Fetch the capture that a digest names, in one of the places where it is, and keep what it shows.

    Raises:
        ArchiveError: nobody could say what it shows, and a later attempt may. Nothing was kept.
        StoreError: the database failed.
    """
    fetched, source, problem = _fetch(sources, parts)
    draft = _draft(key, source, fetched, problem, subject, parts, search)
    return parts.store.keep_past_look(draft)


def read_again(look: PastLook, subject: Subject, parts: PastParts) -> PastLook:
    """What the present extractor reads in the stored bytes of a look that another one read; as it was without bytes."""
    if look.extractor == subject.extractor or not look.capture_ids:
        return look
    try:
        capture = parts.store.capture(look.capture_ids[0])
        fetched = as_fetched(capture, parts.store.body(capture.id))
    except StoreUnavailable:
        raise
    except StoreError:
        return look  # damaged bytes: what was read in them still stands
    found, reading, reason, why = interpret(fetched, subject, convert=parts.convert, languages=parts.languages)
    return parts.store.reread_past_look(
        look,
        PastLookDraft(
            policy_id=subject.policy_id,
            archive=look.archive,
            digest=look.digest,
            found=found,
            taken=look.taken,
            now=parts.clock.now(),
            extractor=subject.extractor,
            reading=reading,
            words=words_digest(reading.clauses) if reading else "",
            reason=reason,
            why=why,
        ),
    )


def _fetch(sources: Sequence[ListedRow], parts: PastParts) -> tuple[Fetched | None, ListedRow, ArchiveError | None]:
    """The first that can be played, or the last error of those that never will."""
    archives = parts.by_name
    known = [one for one in sources if one.archive in archives]
    if not known:
        where = ", ".join(sorted({one.archive for one in sources}))
        raise ArchiveDown(sources[0].row.url, f"No archive is configured under the name {where}")
    waiting: ArchiveError | None = None
    final: ArchiveError | None = None
    for source in known[:MOST_TRIES]:
        row = source.row
        try:
            fetched = archives[source.archive].fetch(row)
        except (RateLimited, ArchiveDown, BlockedBySite) as error:
            waiting = waiting or error
            continue
        except ArchiveError as error:
            if not isinstance(error, _GIVEN_UP):
                raise
            final = error
            continue
        if abs(fetched.taken - row.taken) <= NEAR_ENOUGH:
            return fetched, source, None
        final = OutsideWindow(
            row.url, f"The archive shows a capture of {fetched.taken:%Y-%m-%d %H:%M} instead", nearest=fetched.taken
        )
    if waiting is not None:
        raise waiting
    assert final is not None
    return None, known[0], final


def _draft(
    key: str,
    source: ListedRow,
    fetched: Fetched | None,
    problem: ArchiveError | None,
    subject: Subject,
    parts: PastParts,
    search: int,
) -> PastLookDraft:
    found, reading, reason, why = Found.UNPLAYABLE, None, "", ""
    if fetched is not None:
        found, reading, reason, why = interpret(fetched, subject, convert=parts.convert, languages=parts.languages)
    elif problem is not None:
        reason, why = problem.code, str(problem)
    return PastLookDraft(
        policy_id=subject.policy_id,
        archive=source.archive,
        digest=key,
        found=found,
        taken=source.row.taken,
        now=parts.clock.now(),
        extractor=subject.extractor,
        capture=fetched,
        reading=reading,
        words=words_digest(reading.clauses) if reading else "",
        reason=reason,
        why=why,
        search=search,
    )


def interpret(
    fetched: Fetched, subject: Subject, *, convert: Callable[[Page], Page], languages: Sequence[str]
) -> tuple[Found, Reading | None, str, str]:
    """What was found, the reading if it is the policy, and why not if not.

    It is judged by itself, not against a neighbour: which neighbours are known depends on the order of fetches, and a
    text that was cut down for good would be doubted for ever. A lone oddity shows as one in the timeline.
    """
    if fetched.status != OK:
        return Found.SUSPECT, None, "http-status", f"the site answered with status {fetched.status} then"
    spec = subject.spec
    try:
        page = convert(
            Page(body=fetched.body, media_type=fetched.media_type, charset=fetched.charset, url=fetched.final_url)
        )
        reading = read([page], select=spec.select, remove=spec.remove, language=spec.language, languages=languages)
    except ReadError as error:
        return Found.SUSPECT, None, "unreadable", str(error)
    doubt = suspicion(
        [page],
        reading,
        current=None,
        addresses=[(fetched.url, fetched.final_url)],
        kind=spec.kind,
        language=subject.language,
    )
    if doubt is not None:
        return Found.SUSPECT, None, doubt.reason.value, doubt.why
    return Found.TEXT, reading, "", ""


def as_fetched(capture: Capture, body: bytes) -> Fetched:
    """A stored capture as it was fetched."""
    return Fetched(
        url=capture.url,
        final_url=capture.final_url,
        taken=capture.taken,
        status=capture.status,
        headers=capture.headers,
        body=body,
        digest=capture.digest,
        wire_digest=capture.wire_digest,
        wire_size=capture.wire_size,
        media_type=capture.media_type,
        charset=capture.charset,
        source=capture.source,
        archive_url=capture.archive_url,
    )


def moment_later(now: datetime, error: ArchiveError) -> datetime:
    """When asking again makes sense after that error."""
    if isinstance(error, RateLimited):
        return now + timedelta(seconds=error.retry_after)
    return now + (timedelta(hours=1) if error.retryable else timedelta(days=30))
