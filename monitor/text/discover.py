"""The policies that a page, mostly a home page, links to."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from urllib.parse import unquote, urljoin, urlsplit

from lxml import etree

from monitor.model import PolicyKind
from monitor.text.links import target
from monitor.text.markup import decode, parse
from monitor.text.vocabulary import languages, whole, words

_MAX_TEXT = 80  # characters of a link; longer ones are teasers
_LEAST_COVERED = 0.34  # share of a link's words that name the policy
# Folders and hosts where companies write about privacy rather than state it.
_ARTICLES = re.compile(
    r"(?:^|/)(?:blogs?|news|newsroom|press|articles?|stories|magazine?|insights?|academy|courses?|careers?|jobs|events?"
    r"|webinars?|podcasts?|case-studies|templates?|guides?|aktuelles|actualites|noticias|notizie|nieuws|berita)(?:/|$)"
    r"|/(?:19|20)\d\d/\d\d?(?:/|$)"
)
_ARTICLE_HOST = re.compile(r"^(?:blog|news|press|jobs|careers|academy)\.")
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")  # an earlier edition
_SCHEME = re.compile(r"^https?://(?:www\.)?")
_EXTENSION = re.compile(r"\.(?:html?|php|aspx?|jsp|pdf|md|txt)$")
_FOOTER_NAME = re.compile(r"foot(?:er)?|legal|colophon|imprint|bottom", re.IGNORECASE)
_SECOND_LEVEL = frozenset({"co", "com", "org", "net", "gov", "edu", "ac", "ne", "or"})

# Weights of the evidence; only their order matters: the words of the link, then its address, then its place.
_WORDS_WEIGHT, _COVER_WEIGHT, _ADDRESS_WEIGHT, _FOOTER_WEIGHT, _AWAY_WEIGHT = 3.0, 5.0, 2.0, 1.0, -6.0


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPolicy:
    """A link that leads to a policy. `url` is absolute and cleaned, `text` as shown."""

    kind: PolicyKind
    url: str
    text: str


@dataclass(frozen=True, slots=True)
class _Named:
    """What a link's words say: kinds, how sure the first phrase is (1 the surest), the share of words covered."""

    kinds: tuple[PolicyKind, ...]
    sureness: float
    covered: float


@dataclass(frozen=True, slots=True)
class _Judged:
    """What a link's words and address say together. `named`: the words name a policy, not the address alone."""

    kind: PolicyKind
    score: float
    named: bool


@dataclass(frozen=True, slots=True)
class _Scored:
    found: FoundPolicy
    score: float
    sure: bool


def policy_links(markup: str | bytes, base_url: str) -> list[FoundPolicy]:
    """Links to privacy policies, terms, cookie policies and their kin: by kind, the likeliest of each kind first.

    Each address comes once, as the kind it is likeliest to be. `base_url` is where the page came from. Links to
    other companies' policies, and links that only their address names, are given only where the page has nothing
    better of that kind.
    """
    page = parse(decode(markup) if isinstance(markup, bytes) else markup)
    try:
        base = urljoin(base_url, page.base_href)
    except ValueError:
        base = base_url
    home = _site(base_url)
    best: dict[str, _Scored] = {}
    for element in page.body.iter("a", "area"):
        url = target(element.get("href") or "", base)
        scored = _score(element, url, home) if url.startswith(("http://", "https://")) else None
        if scored is None:
            continue
        key = _SCHEME.sub("", url.partition("#")[0]).rstrip("/")
        if key not in best or best[key].score < scored.score:
            best[key] = scored
    sure = {scored.found.kind for scored in best.values() if scored.sure}
    order = list(PolicyKind)
    kept = [scored for scored in best.values() if scored.sure or scored.found.kind not in sure]
    kept.sort(key=lambda scored: (order.index(scored.found.kind), -scored.score, len(scored.found.url)))
    return [scored.found for scored in kept]


def _score(element: etree._Element, url: str, home: str) -> _Scored | None:
    """How likely one link leads to a policy; None for any other link."""
    text = _text(element)
    judged = _judge(text, url)
    if judged is None:
        return None
    away = bool(home) and _site(url) != home
    if away and not judged.named:
        return None
    score = judged.score + _FOOTER_WEIGHT * _in_footer(element) + _AWAY_WEIGHT * away
    return _Scored(FoundPolicy(kind=judged.kind, url=url, text=text), score, sure=judged.named and not away)


def _text(element: etree._Element) -> str:
    """What a link shows, or what it tells those who cannot see it."""
    shown = " ".join("".join(map(str, element.itertext())).split())
    if shown:
        return shown
    named = [element.get("aria-label"), element.get("title"), *(image.get("alt") for image in element.iter("img"))]
    return " ".join(next((name for name in named if name and name.strip()), "").split())


def _judge(text: str, url: str) -> _Judged | None:
    """What kind of policy a link leads to and how likely, or None."""
    if len(text) > _MAX_TEXT or _is_article(url) or _YEAR.search(text):
        return None
    folded = "" if "://" in text else _fold(text)  # an address shown says no more than the address
    named = _named(folded)
    address = _address_kind(url)
    if named is None:
        # "Legal" or a flag: only an address that is nothing but the name of a policy speaks for itself.
        if address is None or not address[1] or _vetoes().search(folded):
            return None
        return _Judged(address[0], _ADDRESS_WEIGHT, named=False)
    kind, agreed = named.kinds[0], address is not None and address[0] in named.kinds
    if address is not None and agreed and address[1]:
        kind = address[0]  # of the kinds in "charter of the use of cookies" the address knows the right one
    if named.covered < _LEAST_COVERED and not agreed:
        return None
    score = _WORDS_WEIGHT * named.sureness + _COVER_WEIGHT * named.covered + _ADDRESS_WEIGHT * agreed
    return _Judged(kind, score, named=True)


def _fold(text: str) -> str:
    """Lower case without accents, dashes as spaces, so that "Sub‑processors" is "sub processors"."""
    plain = unicodedata.normalize("NFKD", text.lower().replace("ß", "ss"))
    plain = "".join(char for char in plain if not unicodedata.combining(char)).replace("’", "'")
    return " ".join(re.sub(r"[^\w'&]+", " ", plain).split())


@cache
def _phrases() -> dict[str, tuple[PolicyKind, float]]:
    """Folded phrases of all languages with the kind they name and their sureness."""
    found: dict[str, tuple[PolicyKind, float]] = {}
    for code in languages():
        table = words(code)["links"]
        for kind in PolicyKind:
            listed = table.get(kind.value, ())
            for place, phrase in enumerate(listed):
                sureness = 1 - 0.5 * place / len(listed)
                key = _fold(phrase)
                if key not in found or found[key][1] < sureness:
                    found[key] = (kind, sureness)
    return found


@cache
def _naming() -> re.Pattern[str]:
    return whole(_phrases())


@cache
def _vetoes() -> re.Pattern[str]:
    return whole(_fold(word) for code in languages() for word in words(code)["links"]["not"])


def _named(folded: str) -> _Named | None:
    """The kinds that the words name, in their order: of "Privacy and Cookie Policy" privacy first."""
    kinds: list[PolicyKind] = []
    sureness, covered, last = 0.0, 0, 0
    rest = []
    for match in _naming().finditer(folded):
        kind, how_sure = _phrases()[match.group()]
        sureness = sureness or how_sure
        kinds.append(kind)
        covered += len(match.group().split())
        rest.append(folded[last : match.start()])
        last = match.end()
    rest.append(folded[last:])
    if not kinds or any(_vetoes().search(part) for part in rest):
        return None
    return _Named(tuple(kinds), sureness, covered / len(folded.split()))


def _address_kind(url: str) -> tuple[PolicyKind, bool] | None:
    """The kind that the end of an address names, and whether it says nothing else."""
    try:
        path = unquote(urlsplit(url).path)
    except ValueError:
        return None
    segments = [segment for segment in path.lower().split("/") if segment]
    if not segments:
        return None
    last = _fold(_EXTENSION.sub("", segments[-1]).replace("_", "-"))
    exact = _slugs().get(last.replace(" ", ""))
    if exact is not None:
        return exact, True
    match = _naming().search(last)
    return (_phrases()[match.group()][0], False) if match else None


@cache
def _slugs() -> dict[str, PolicyKind]:
    """Phrases as addresses hold them: "privacypolicy", "datenschutz"."""
    return {phrase.replace(" ", "").replace("'", ""): kind for phrase, (kind, _) in _phrases().items()}


def _is_article(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return True
    return bool(_ARTICLES.search(parts.path.lower()) or _ARTICLE_HOST.search(parts.netloc.lower()))


def _site(url: str) -> str:
    """The domain that one company has, near enough: policies live on other hosts of it."""
    try:
        host = (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return ""
    labels = host.split(".")
    country = 2  # letters of a country's domain
    deep = len(labels) > country and len(labels[-1]) == country and labels[-2] in _SECOND_LEVEL
    return ".".join(labels[-3 if deep else -2 :])


def _in_footer(element: etree._Element) -> bool:
    return any(
        ancestor.tag == "footer"
        or ancestor.get("role") == "contentinfo"
        or _FOOTER_NAME.search(f"{ancestor.get('class') or ''} {ancestor.get('id') or ''}") is not None
        for ancestor in element.iterancestors()
    )
