"""Pages that stand in a policy's place and say so: errors, bot challenges, logins, consent walls, empty shells."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache

from monitor.model import Clause, SuspectReason, Suspicion
from monitor.text.markers import Markers
from monitor.text.vocabulary import fold, languages, whole, words

_FIRST = 40  # clauses in which a wall says what it is
_NOTICE = 14  # words of a line that says one thing
_PASSAGE = 45  # words of a line that explains, which counts only on a page with little else
_LITTLE = 130  # words of a page that has little else
_SOME = 500  # words of an error page with the site's menus around it
_NEXT_TO_NOTHING = 60
_WINDOW = 8  # clauses of a consent window
_FIELDS = 2  # different words of a form or of a consent wall, that one alone may be by chance
_QUOTED = 80  # characters


def wall(
    clauses: Sequence[Clause], title: str, markers: Markers, count: int, *, brief_policy: bool
) -> Suspicion | None:
    """What kind of wall a page is, if it is one. `count` is its words.

    `brief_policy`: it has many words of policies for its few words, so that the mention of an error shows nothing.
    To be asked only of texts that are not like a policy: every policy speaks of errors and consent somewhere.
    """
    said = _said(clauses, (title, *markers.titles), count)
    return (
        _challenge(said, markers, count)
        or (None if brief_policy else _missing_or_broken(said, count))
        or _login(said, markers, count)
        or _shell(said, markers, count)
        or _consent(said, markers, count)
    )


def notice_in(clauses: Sequence[Clause]) -> Suspicion | None:
    """A page among several that is an error or missing, by what its clauses say."""
    count = sum(len(clause.text.split()) for clause in clauses)
    said = _said(clauses, (), count)
    return _missing_or_broken(said, count)


def consent_window(clauses: Sequence[Clause], markers: Markers) -> Suspicion | None:
    """A window that asks for consent at length: it speaks of data as a policy does, but it begins with its question."""
    if len(clauses) > _WINDOW:
        return None
    asked = next(_hits("consent", [clause.text for clause in clauses[:2]]), None)
    button = next(_hits("consent", markers.buttons), None)
    if asked is None or button is None:
        return None
    return Suspicion(SuspectReason.CONSENT, f"the page asks for consent first: {_quote(asked[1])}, {_quote(button[1])}")


def _said(clauses: Sequence[Clause], titles: Sequence[str], count: int) -> list[str]:
    """Lines in which a wall would say what it is, as shown."""
    longest = _PASSAGE if count <= _LITTLE else _NOTICE
    lines = [*titles, *(clause.text for clause in clauses[:_FIRST])]
    return [line for line in dict.fromkeys(lines) if line and len(line.split()) <= longest]


@cache
def _phrases(category: str) -> re.Pattern[str]:
    """Any language's: an error page speaks the server's language, not the policy's."""
    return whole(fold(phrase) for code in languages() for phrase in words(code)["pages"][category])


def _hits(category: str, lines: Sequence[str]) -> Iterator[tuple[str, str]]:
    """(phrase, the line that holds it)."""
    for line in lines:
        for match in _phrases(category).finditer(fold(line)):
            yield match.group(), line


def _quote(line: str) -> str:
    return f"“{line if len(line) <= _QUOTED else line[: _QUOTED - 1].rstrip() + '…'}”"


def _challenge(said: Sequence[str], markers: Markers, count: int) -> Suspicion | None:
    name = markers.guard(certain=True)
    hit = next(_hits("challenge", said), None) if count <= _SOME else None
    if name is None and (hit is not None or count <= _NEXT_TO_NOTHING):
        name = markers.guard(certain=False)
        if name is not None and hit is None and markers.password_field:
            return None  # a login form with a captcha
    if name is None and hit is None:
        return None
    where = f"a bot check of {name}" if name else "a bot check"
    return Suspicion(SuspectReason.CHALLENGE, f"{where}: {_quote(hit[1])}" if hit else f"{where}, by its markup")


def _missing_or_broken(said: Sequence[str], count: int) -> Suspicion | None:
    return _notice("not_found", SuspectReason.NOT_FOUND, said, count) or _notice(
        "error", SuspectReason.ERROR_PAGE, said, count
    )


def _notice(category: str, reason: SuspectReason, said: Sequence[str], count: int) -> Suspicion | None:
    hit = next(_hits(category, said), None) if count <= _SOME else None
    return Suspicion(reason, f"the page says {_quote(hit[1])}") if hit else None


def _login(said: Sequence[str], markers: Markers, count: int) -> Suspicion | None:
    asked = dict(_hits("login", said))
    if count > _SOME or not markers.password_field or (len(asked) < _FIELDS and count > _NEXT_TO_NOTHING):
        return None
    quoted = f": {_quote(next(iter(asked.values())))}" if asked else ""
    return Suspicion(SuspectReason.LOGIN, f"the page asks for a password and says little else{quoted}")


def _consent(said: Sequence[str], markers: Markers, count: int) -> Suspicion | None:
    # A banner's buttons are on many pages; they are the page where there is next to no text.
    asked = dict(_hits("consent", [*said, *(markers.buttons if count <= _NEXT_TO_NOTHING else ())]))
    if count > _SOME or len(asked) < _FIELDS:
        return None
    return Suspicion(SuspectReason.CONSENT, "the page asks for consent first: " + ", ".join(map(_quote, asked)))


def _shell(said: Sequence[str], markers: Markers, count: int) -> Suspicion | None:
    if count > _NEXT_TO_NOTHING:
        return None
    told = next(_hits("javascript", [*said, markers.noscript]), None)
    if told is not None and markers.scripts:
        return Suspicion(SuspectReason.NEEDS_BROWSER, f"its text comes by script: {_quote(told[1])}")
    if markers.scripts and markers.empty_root:
        return Suspicion(SuspectReason.NEEDS_BROWSER, "scripts, and an empty element for them to fill")
    return None
