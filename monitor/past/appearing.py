"""When some words, or a clause, first stood in a policy and when last: a bisection over presence."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor.model import Clause, Found, Policy
from monitor.past.looking import PastParts, look_at, subject_of
from monitor.past.telling import proof_of
from monitor.past.view import View, load_view
from monitor.ports import Store
from monitor.report.chronicle import Proof
from monitor.text import normalise
from monitor.timeline import Appearance, AppearanceSearch

Test = Callable[[Sequence[Clause]], Clause | None]  # the clause that shows it, or None


@dataclass(frozen=True, slots=True, kw_only=True)
class Appeared:
    """First and last sight of what was asked for. `complete`: an archive was asked, and every capture looked at."""

    appearance: Appearance | None
    clause: Clause | None  # as it stood when it was first found
    first: Proof | None
    last: Proof | None
    fetches: int
    complete: bool
    asked: bool  # whether an archive has listed all that it has
    unread: int  # imported captures that were not looked at
    sights: int  # captures and looks that say whether it stood


def with_words(words: str) -> Test:
    """Clauses that have these words, however they are spaced or capitalised."""
    wanted = normalise(words).casefold()

    def test(clauses: Sequence[Clause]) -> Clause | None:
        return next((clause for clause in clauses if wanted in normalise(clause.text).casefold()), None)

    return test


def with_digest(prefix: str) -> Test:
    """The clause whose digest begins so."""

    def test(clauses: Sequence[Clause]) -> Clause | None:
        return next((clause for clause in clauses if clause.digest.startswith(prefix.lower())), None)

    return test


def appeared(
    policy: Policy,
    test: Test,
    store: Store,
    parts: PastParts | None = None,
    *,
    max_fetches: int | None = None,
    report: Callable[[int], None] = lambda _: None,
) -> Appeared:
    """Find it in what is known; with `parts`, captures are fetched too. `report` is told the number of fetches.

    Raises:
        ArchiveError: the archive cannot be asked on; what was fetched is kept.
    """
    view = load_view(store, policy)
    found: dict[str, Clause | None] = {}

    def clause_in(version_id: int, words: str) -> Clause | None:
        if words not in found:
            found[words] = test(store.version(version_id).clauses)
        return found[words]

    presence: list[tuple[str, bool | None]] = []
    for look in view.known:
        if look.found is Found.TEXT:
            presence.append((look.digest, clause_in(view.versions[look.text], look.text) is not None))
        else:
            presence.append((look.digest, None))
    search = AppearanceSearch(view.searchable, known=presence, max_fetches=max_fetches)
    fetches = 0
    if parts is not None and view.sources:
        subject = subject_of(store, policy.id)
        while (row := search.next()) is not None:
            kept = look_at(row.digest, view.sources[row.digest], subject, parts, search=0)
            present = None
            if kept.version_id is not None:
                present = test(store.version(kept.version_id).clauses) is not None
            search.record(row.digest, present=present)
            fetches += 1
            report(fetches)
        view = load_view(store, policy) if fetches else view
    result = search.result()
    known = {look.digest for look in view.known}
    first = _proof(store, view, test, result.first.before) if result else None
    last = _proof(store, view, test, result.last_seen) if result else None
    return Appeared(
        appearance=result,
        clause=first[1] if first else None,
        first=first[0] if first else None,
        last=last[0] if last else None,
        fetches=fetches,
        complete=bool(view.rows) and view.asked and all(row.digest in known for row in view.rows),
        asked=view.asked,
        unread=view.unread,
        sights=sum(look.found is Found.TEXT for look in view.known),
    )


def _proof(store: Store, view: View, test: Test, taken: datetime) -> tuple[Proof | None, Clause] | None:
    """The capture of that time that shows it, and the clause."""
    shown = {look.digest: look.text for look in view.known if look.found is Found.TEXT}
    for row in view.rows:
        if row.taken == taken and row.digest in shown:
            clause = test(store.version(view.versions[shown[row.digest]]).clauses)
            if clause is not None:
                return proof_of(store, view, row.digest, taken), clause
    return None
