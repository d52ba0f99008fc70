"""What archived captures say of changes that live looks found: never whether, only when."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from monitor.model import Bracket, Change, ChangeKind, Found, Policy
from monitor.past.identity import words_digest
from monitor.past.view import load_view
from monitor.ports import Store


def narrow_changes(store: Store, policy: Policy) -> int:
    """Narrow the brackets of confirmed changes by what was captured within them; tell how many were narrowed."""
    changes = [
        change for change in store.changes(policy.id) if change.kind is ChangeKind.CHANGED and change.bracket.after
    ]
    if not changes:
        return 0
    view = load_view(store, policy)
    shown = {look.digest: look.text for look in view.known if look.found is Found.TEXT}
    sights = [(row.taken, shown[row.digest]) for row in view.rows if row.digest in shown]
    count = 0
    for change in changes:
        old, new = (
            words_digest(store.version(number).clauses, view.volatile)
            for number in (change.old_version_id, change.new_version_id)
        )
        bracket = narrowed(change, sights, old=old, new=new)
        if bracket != change.bracket and store.narrow_change(change.id, bracket):
            count += 1
    return count


def narrowed(change: Change, sights: Iterable[tuple[datetime, str]], *, old: str, new: str) -> Bracket:
    """The bracket between the last sight of the old text and the first of the new one behind it."""
    after, before = change.bracket.after, change.bracket.before
    if after is None or old == new:
        return change.bracket
    inside = [(taken, words) for taken, words in sights if after < taken < before]
    after = max((taken for taken, words in inside if words == old), default=after)
    before = min((taken for taken, words in inside if words == new and taken > after), default=before)
    return Bracket(after, before)
