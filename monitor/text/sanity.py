"""Whether a page is the policy at all. What is not is a suspect: kept for a person to see, never a version.

A suspicion needs evidence that the page is something else, or that a part of it is missing. That a text has changed a
great deal is no evidence: a rewritten policy still speaks like a policy and is about as long. Called for texts that
were never seen before; everything here is a rule about pages in general.
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from monitor.model import Clause, Page, PolicyKind, Reading, StatedDates, SuspectReason, Suspicion
from monitor.text.dates import stated_dates
from monitor.text.language import foreign, likely, sample_of
from monitor.text.likeness import Likeness, count_words, measure, overlap, repeated, standing
from monitor.text.markers import Markers
from monitor.text.walls import consent_window, notice_in, wall

_SAME_TEXT = 0.5  # share of the policy that stands: then the page is the policy
# Words of policies make up 3 to 13 % of real ones, some 20 different ones; 0 to 2 % of other pages, 5 different ones.
_LIKE_A_POLICY = 0.02
_UNLIKE_A_POLICY = 0.012
_DISTINCT = 8
_ENOUGH = 150  # words
_DENSE = 0.05  # of a short policy
_DISTINCT_BRIEF = 6
_TOO_FEW = 25  # words that no policy can do with
_FEW_STAND = 0.2
_FEW_KNOWN = 0.3
_MUCH_SHORTER = 0.35
_LINKS = 0.3  # share of link text on pages that lead elsewhere
_RUNNING = 0.5  # share of running text, less on pages that sell
_MUCH_GONE = 0.25  # a quarter of the words gone and nothing new in their place
_SOME_GONE = 0.02
_NOTHING_NEW = 0.01
_DATE_WORDS = 8  # that may be new all the same
_DOUBLED = 0.4  # half, but for what headings and short lines take
_NOT_DOUBLED = 0.2
_HARDLY_NEW = 0.1
_OTHER_KIND = 4.0  # times as many words of another sort of document
_VOCAL = frozenset({PolicyKind.PRIVACY, PolicyKind.TERMS, PolicyKind.COOKIES, PolicyKind.DPA})
_LONG_TEXT = 1_500  # characters from which three places are looked at for the language


def suspicion(
    pages: Sequence[Page],
    reading: Reading,
    *,
    current: Sequence[Clause] | None,
    addresses: Sequence[tuple[str, str]],
    kind: PolicyKind,
    language: str | None,
) -> Suspicion | None:
    """Why a reading is not believed to be the policy, or None.

    Args:
        pages: what was fetched, for what the markup tells.
        reading: what they say.
        current: the clauses of the policy's last version that it should be a successor of; None before the first.
        addresses: (asked URL, URL after redirects) of each page.
        kind: what sort of document the policy is.
        language: ISO 639-1 code that the policy was said to be in; None if nobody said.
    """
    clauses = reading.clauses
    markers = Markers.of(pages)
    stands = standing(current, clauses) if current else 0.0
    if current and stands >= _SAME_TEXT:
        part = _missing_part(current, clauses) if len(pages) > 1 else None
        return part or _damaged(reading, current, markers, stands)
    text = measure(clauses)
    if not _convincing(text):
        found = wall(clauses, reading.title, markers, text.words, brief_policy=_brief_policy(text)) or _nothing(
            text, markers, current
        )
        if found is not None:
            return found
    return (
        consent_window(clauses, markers)
        or _other_language(clauses, current, language)
        or (_damaged(reading, current, markers, stands) if current else None)
        or _other_page(text, clauses, current, stands, sent_home=_sent_home(addresses), kind=kind)
        or _cut(markers, current)
    )


def _convincing(text: Likeness) -> bool:
    """It speaks like a policy. In a language without a vocabulary it is enough to speak at length."""
    if text.density is None:
        return text.running >= _ENOUGH
    return text.words >= _ENOUGH and text.density >= _LIKE_A_POLICY and text.distinct >= _DISTINCT


def _brief_policy(text: Likeness) -> bool:
    """Too short to convince, but every other line speaks of data or duties."""
    return text.density is not None and text.density >= _DENSE and text.distinct >= _DISTINCT_BRIEF


def _nothing(text: Likeness, markers: Markers, current: Sequence[Clause] | None) -> Suspicion | None:
    """Too few words to be a policy, or to be this one."""
    if text.words >= _TOO_FEW or (current and text.words > _MUCH_SHORTER * count_words(current)):
        return None
    if markers.scripts and text.words < _TOO_FEW:
        return Suspicion(SuspectReason.NEEDS_BROWSER, f"{markers.scripts} scripts and {text.words} words")
    return Suspicion(SuspectReason.EMPTY, f"{text.words} words")


def _other_language(
    clauses: Sequence[Clause], current: Sequence[Clause] | None, language: str | None
) -> Suspicion | None:
    expected = [language] if language else []
    before = likely(sample_of(current)) if current else None
    if before is not None:
        expected.append(before[0])
    if not expected:
        return None
    found = None
    for sample in _samples(clauses):
        found = foreign(sample, expected)
        if found is None:
            return None
    wanted = " or ".join(f"“{code}”" for code in dict.fromkeys(expected))
    return Suspicion(SuspectReason.LANGUAGE, f"the text is in “{found}”, not in {wanted}")


def _samples(clauses: Sequence[Clause]) -> list[str]:
    """Text from the start, the middle and the end: a page may say the same in two languages."""
    if sum(len(clause.text) for clause in clauses) < _LONG_TEXT:
        return [sample_of(clauses)]
    third = len(clauses) // 3
    parts = (clauses[:third], clauses[third : 2 * third], clauses[2 * third :]) if third else (clauses,)
    return [sample_of(part) for part in parts]


def _damaged(reading: Reading, current: Sequence[Clause], markers: Markers, stands: float) -> Suspicion | None:
    """The policy, but twice or in part."""
    clauses = reading.clauses
    gone = 1 - stands
    new = 1 - standing(clauses, current)
    again = repeated(clauses)
    # A text that says new things, too, may well say them twice.
    if again >= _DOUBLED and new <= _HARDLY_NEW and gone <= _HARDLY_NEW and repeated(current) < _NOT_DOUBLED:
        return Suspicion(SuspectReason.DOUBLED, f"{again:.0%} of the text is there twice")
    if gone < _SOME_GONE:
        return None
    count = count_words(clauses)
    fresh = count * new
    if markers.cut_in_tag:
        return Suspicion(SuspectReason.TRUNCATED, f"the page ends inside a tag and {gone:.0%} of the words are gone")
    cut = _cut_clause(clauses, current)
    if cut is not None and fresh <= len(cut.split()) + _DATE_WORDS:
        stop = f"the text stops at “…{cut[-40:]}”"
        return Suspicion(SuspectReason.TRUNCATED, f"{gone:.0%} of the words are gone, and {stop}")
    if gone >= _MUCH_GONE and fresh <= max(_DATE_WORDS, _NOTHING_NEW * count) and not _dated_anew(reading, current):
        return Suspicion(SuspectReason.TRUNCATED, f"{gone:.0%} of the words are gone and nothing is new")
    return None


def _cut_clause(clauses: Sequence[Clause], current: Sequence[Clause]) -> str | None:
    """The last clause, where it is only the beginning of one that it was."""
    last = clauses[-1].text if clauses else ""
    begins = any(len(last) < len(clause.text) and clause.text.startswith(last) for clause in current)
    whole = any(clause.digest == clauses[-1].digest for clause in current) if clauses else True
    return last if begins and not whole else None


def _dated_anew(reading: Reading, current: Sequence[Clause]) -> bool:
    """The authors say that they changed something."""
    return reading.dates != StatedDates() and reading.dates != stated_dates(current, reading.language)


def _missing_part(current: Sequence[Clause], clauses: Sequence[Clause]) -> Suspicion | None:
    """One of a policy's pages is an error page, while the others still stand."""
    known = {clause.digest for clause in current}
    return notice_in([clause for clause in clauses if clause.digest not in known])


def _sent_home(addresses: Sequence[tuple[str, str]]) -> bool:
    """A request for a page was redirected to the top of a site."""
    return any(_depth(asked) > 0 and _depth(final) == 0 for asked, final in addresses)


def _depth(url: str) -> int:
    """Folders of an address, without one for a language such as /en or /en-gb."""
    try:
        segments = [segment for segment in urlsplit(url).path.split("/") if segment]
    except ValueError:
        return 1
    language_only = segments[:1] and len(segments[0].replace("_", "-").split("-")[0]) == 2  # noqa: PLR2004 - ISO 639-1
    return len(segments) - bool(language_only)


def _other_page(
    text: Likeness,
    clauses: Sequence[Clause],
    current: Sequence[Clause] | None,
    stands: float,
    *,
    sent_home: bool,
    kind: PolicyKind,
) -> Suspicion | None:
    """A page of the site that is not the policy: its home page, a hub, another document."""
    if text.density is None:
        return Suspicion(SuspectReason.HOME_PAGE, "the address leads to the top of the site") if sent_home else None
    leads_away = sent_home or text.linked >= _LINKS or text.running < _RUNNING * text.words
    reason = SuspectReason.HOME_PAGE if leads_away else SuspectReason.REPLACED
    unlike = text.density < _UNLIKE_A_POLICY or (sent_home and not _convincing(text))
    seen = f"{text.density:.1%} of the words are those of policies"
    if not current:
        return Suspicion(reason, seen) if unlike and kind in _VOCAL else None
    if stands >= _FEW_STAND or overlap(current, clauses) >= _FEW_KNOWN:
        return None
    return _unlike_before(text, measure(current), stands, reason, unlike=unlike)


def _unlike_before(
    text: Likeness, before: Likeness, stands: float, reason: SuspectReason, *, unlike: bool
) -> Suspicion | None:
    """How a text differs from the policy that it hardly shares a word with, where a rewritten policy would not."""
    stood = f"{stands:.0%} of the policy stands"
    if before.density is not None and text.density is not None and unlike and text.density < before.density / 2:
        seen = f"{text.density:.1%} of the words are those of policies, where it was {before.density:.1%}"
        return Suspicion(reason, f"{seen}; {stood}")
    if text.words < _MUCH_SHORTER * before.words:
        return Suspicion(reason, f"{text.words} words where there were {before.words}; {stood}")
    return _other_document(text, before, stood)


def _other_document(text: Likeness, before: Likeness, stood: str) -> Suspicion | None:
    """The terms in place of the privacy policy, or the other way round."""
    if text.privacy is None or text.terms is None or before.privacy is None or before.terms is None:
        return None
    was, now = before.privacy > before.terms, text.privacy > text.terms
    floor = 1e-4  # words of the rarer sort, so that none at all is no division by zero
    if was != now and all(
        max(one.privacy or 0, one.terms or 0) >= _OTHER_KIND * max(floor, min(one.privacy or 0, one.terms or 0))
        for one in (text, before)
    ):
        names = ("terms", "a privacy policy")
        return Suspicion(SuspectReason.REPLACED, f"it reads like {names[now]}, not like {names[was]}; {stood}")
    return None


def _cut(markers: Markers, current: Sequence[Clause] | None) -> Suspicion | None:
    """With nothing to compare with, only a page that stops inside a tag is known to be cut."""
    if not current and markers.cut_in_tag:
        return Suspicion(SuspectReason.TRUNCATED, "the page ends inside a tag")
    return None
