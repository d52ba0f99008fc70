"""What the addresses of a policy answer in one look: bytes, or that what we hold is still what they would send."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor.errors import HttpStatus
from monitor.model import Capture, Fetched, FetchRequest, History, Page
from monitor.ports import Fetcher, HistoryStore

# Some servers answer 304 for ever, whatever stands on the page. So we ask without validators once in a while.
FULL_FETCH_EVERY = timedelta(days=7)


class Once:
    """A fetcher for one look: an address is asked again only for what it has not answered yet."""

    def __init__(self, fetcher: Fetcher) -> None:
        self._fetcher = fetcher
        self._answers: dict[str, tuple[FetchRequest, Fetched]] = {}

    def fetch(self, request: FetchRequest) -> Fetched:
        """See `Fetcher.fetch`. A page that was sent stands for itself, whatever else might be known of it by now."""
        asked, answer = self._answers.get(request.url, (None, None))
        if answer is not None and (not answer.not_modified or asked == request):
            return answer
        answer = self._fetcher.fetch(request)
        self._answers[request.url] = request, answer
        return answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """One answer per URL; after a 304 the answer is the capture that we hold."""

    each: tuple[Fetched, ...]
    held: tuple[Capture | None, ...]  # the capture that a 304 stands for
    worth_keeping: bool  # as new captures

    @property
    def digests(self) -> tuple[str, ...]:
        """Of the bytes of each."""
        return tuple(answer.digest for answer in self.each)

    @property
    def sent(self) -> tuple[Fetched, ...]:
        """The answers that brought bytes."""
        return tuple(answer for answer, capture in zip(self.each, self.held, strict=True) if capture is None)

    def whole(self, store: HistoryStore) -> tuple[Fetched, ...]:
        """The answers with all their bytes."""
        return tuple(
            replace(answer, body=store.body(capture.id)) if capture else answer
            for answer, capture in zip(self.each, self.held, strict=True)
        )


def ask(history: History, fetcher: Fetcher, now: datetime) -> Answers:
    """Ask all addresses of a policy, one after the other.

    Raises:
        FetchError: one of them gave no usable answer.
    """
    spec = history.policy.spec
    known: dict[str, Capture] = {}
    if tuple(capture.url for capture in history.latest) == spec.urls:
        known = {capture.url: capture for capture in history.latest}
    fresh = bool(known) and all(now - capture.taken < FULL_FETCH_EVERY for capture in known.values())
    answers: list[Fetched] = []
    held: list[Capture | None] = []
    for url in spec.urls:
        validators = known[url].validators if fresh else None
        answer = fetcher.fetch(FetchRequest(url=url, validators=validators, language=spec.language))
        if not answer.not_modified:
            answers.append(answer)
            held.append(None)
        elif validators:
            answers.append(_standing_for(known[url], answer))
            held.append(known[url])
        else:
            raise HttpStatus(url, answer.status)  # nobody asked whether anything was modified
    return Answers(
        each=tuple(answers), held=tuple(held), worth_keeping=not (fresh and _are_known(answers, held, known))
    )


def _are_known(answers: Sequence[Fetched], held: Sequence[Capture | None], known: dict[str, Capture]) -> bool:
    return all(
        capture or (answer.digest == known[answer.url].digest and answer.validators == known[answer.url].validators)
        for answer, capture in zip(answers, held, strict=True)
    )


def _standing_for(capture: Capture, answer: Fetched) -> Fetched:
    """The capture that a 304 confirms, as if it had been sent again; its bytes are loaded only when needed."""
    return replace(
        answer,
        headers=capture.headers,
        digest=capture.digest,
        wire_digest=capture.wire_digest,
        wire_size=capture.wire_size,
        media_type=capture.media_type,
        charset=capture.charset,
    )


def page(answer: Fetched) -> Page:
    """An answer as what is read."""
    return Page(body=answer.body, media_type=answer.media_type, charset=answer.charset, url=answer.final_url)
