"""What surrounds a verb: its negation, its modality and its actor.

A "not" belongs to the verb that follows it, not to the sentence: of the negators of privacy policies 58 % belong to
another verb than the one in question. So the words before a verb are walked until something closes its scope.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from monitor.model import Actor, Modality
from monitor.practices.lexicon import Hits
from monitor.practices.words import BREAKS

_REACH = 8  # words before a verb in which its own negator or modal stands
_AFTER_REACH = 12  # words after it, for languages that negate there
_ACTOR_REACH = 14
_TO = frozenset(["to", "pour", "zum", "zur", "zu", "untuk", "bagi"])  # what leads to a purpose


def _covered(ranges: Iterable[tuple[int, int]]) -> set[int]:
    return {place for first, last in ranges for place in range(first, last + 1)}


@dataclass(frozen=True, slots=True)
class Scope:
    """The words of a clause that open and close scopes."""

    lower: tuple[str, ...]
    before: frozenset[int]  # places of negators of the verb that follows
    after: frozenset[int]  # of the verb before
    objects: frozenset[int]  # negators of an object, on either side
    joiners: frozenset[int]
    chains: frozenset[int]  # joiners that hand a negation on across an object: or, nor
    stops: frozenset[int]
    verbs: frozenset[int]  # verbs that no rule asks for: they take a negation away from those behind them
    uses: frozenset[int]  # "use": hands a negation on to what it is for ("not use it to train")
    modals: dict[int, Modality]
    actors: dict[int, Actor]


def scope(lower: tuple[str, ...], hits: Hits) -> Scope:
    """Read the hits of a clause."""
    inert = _covered(hits.get("negation:inert", ()))
    modals: dict[int, Modality] = {}
    for name in ("will", "may", "must"):
        for first, last in hits.get(f"modality:{name}", ()):
            modals.update(dict.fromkeys(range(first, last + 1), Modality(name)))
    actors: dict[int, Actor] = {}
    for name in ("service", "reader", "others"):
        for first, last in hits.get(f"actors:{name}", ()):
            actors.update(dict.fromkeys(range(first, last + 1), Actor(name)))
    return Scope(
        lower=lower,
        before=frozenset(_covered(hits.get("negation:before", ())) - inert),
        after=frozenset(_covered(hits.get("negation:after", ())) - inert),
        objects=frozenset(_covered(hits.get("negation:object", ())) - inert),
        joiners=frozenset(_covered(hits.get("negation:joiners", ()))),
        chains=frozenset(_covered(hits.get("negation:chains", ()))),
        stops=frozenset(_covered(hits.get("negation:stops", ()))),
        verbs=frozenset(_covered(hits.get("negation:verbs", ()))),
        uses=frozenset(_covered(hits.get("use", ()))),
        modals=modals,
        actors=actors,
    )


def negated(scope: Scope, first: int, last: int, *, begin: int, end: int, verbs: set[int]) -> bool:
    """Whether the verb on the words first..last is negated. `begin` and `end` bound its sentence.

    `verbs` are the places of all anchors. A negation reaches over joined verbs ("not sell, rent or share") but not
    over another verb ("we do not control how they share").
    """
    return (
        _inside(scope, first, last)
        or _negated_before(scope, first, begin=begin, verbs=verbs)
        or _negated_after(scope, last, end=end, verbs=verbs)
    )


def _negated_before(scope: Scope, first: int, *, begin: int, verbs: set[int]) -> bool:
    purpose = first - 1 >= begin and scope.lower[first - 1] in _TO
    chained = first - 1 >= begin and first - 1 in scope.chains  # "not share it with anyone or sell it"
    joined = True  # only joiners and commas since the last verb
    ruled = False  # a modal stands between: what is farther off negates a subject ("no data will be ..."), not the verb
    steps = 0
    for place in range(first - 1, begin - 1, -1):
        if place in scope.objects or (place in scope.before and (not ruled or place + 1 in scope.modals)):
            return True
        word = scope.lower[place]
        if word == "," and _opens_clause(scope, place, begin=begin):
            break
        if steps == _REACH or word in BREAKS or (place in scope.stops and not (purpose and place == first - 1)):
            break
        if purpose and place in scope.uses:
            joined, purpose, steps = True, False, 0
        elif place in verbs or place in scope.verbs:
            if not (joined or chained):
                break
            joined = True
            steps = 0
        elif place in scope.modals:
            ruled = True
            joined = chained = False
        elif word != "," and place not in scope.joiners:
            joined = False
            steps += 1
    return False


def _inside(scope: Scope, first: int, last: int) -> bool:
    """Whether a verb in two parts has its negation between them: "geben Ihre Daten nicht weiter"."""
    negators = scope.before | scope.after | scope.objects
    return not negators.isdisjoint(range(first + 1, last))


def _opens_clause(scope: Scope, comma: int, *, begin: int) -> bool:
    """Whether a clause of its own follows: "if you do not object, we sell"; "wenn Sie nicht ..., verkaufen wir"."""
    return comma + 1 in scope.actors or begin in scope.stops


def _negated_after(scope: Scope, last: int, *, end: int, verbs: set[int]) -> bool:
    """By a word behind the verb: "we share no data", "wir verkaufen Ihre Daten nicht"."""
    for place in range(last + 1, min(end, last + 1 + _AFTER_REACH)):
        if place in scope.after:
            return True
        if place in scope.objects and place <= last + 3:
            return True
        if scope.lower[place] in BREAKS or scope.lower[place] == "," or place in scope.stops or place in verbs:
            return False
    return False


def modality(scope: Scope, first: int, last: int, *, begin: int) -> Modality:
    """The nearest modal before the verb, or on it; STATED without one."""
    for place in range(last, max(begin, first - _REACH) - 1, -1):
        found = scope.modals.get(place)
        if found is not None:
            return found
        if scope.lower[place] in BREAKS and place < first:
            break
    return Modality.STATED


def actor(scope: Scope, first: int, *, begin: int) -> Actor:
    """The nearest one named before the verb in its sentence."""
    for place in range(first, max(begin, first - _ACTOR_REACH) - 1, -1):
        found = scope.actors.get(place)
        if found is not None:
            return found
    return Actor.UNSAID
