"""Drops what surrounds a policy: menus, banners, footers, widgets. Decides by evidence, and never on much text."""

from __future__ import annotations

import re
from collections import Counter

from lxml import etree

from monitor.text.survey import Survey, drop, survey

# No rule may remove more of a page's prose than this: what it takes for chrome is then the policy itself.
_CAP = 0.40
_LINKED = 0.5  # share of link text from which a doubtful element counts as a menu or a teaser
_WIDGET = 600  # characters of prose up to which a frame is a frame, however little the page says besides
_FEW = 150  # characters of prose that a widget may have

_FRAME_TAGS = {
    "nav": "navigation",
    "dialog": "dialog",
    "footer": "footer",
    "header": "header",
    "aside": "aside",
    "form": "form",
}
_FRAME_ROLES = {
    "navigation": "navigation",
    "menu": "navigation",
    "menubar": "navigation",
    "banner": "header",
    "contentinfo": "footer",
    "complementary": "aside",
    "search": "search",
    "dialog": "dialog",
    "alertdialog": "dialog",
    "alert": "notice",
}
# Names that site builders give to the frame of a page, in lower case with "-" between words. A name counts only whole.
_NAMED = re.compile(
    r"""(?<![\w-])(?:
    (?P<consent>
        (?:[a-z0-9]+-){0,2}(?:cookies?|gdpr|ccpa|consent)-?(?:law|policy|consent|notice)?-?
          (?:banner|bar|notice|pop-?up|modal|overlay|dialog|toast|manager|preferences?-?center|wall|alert|message|prompt
            |drawer|info-?bar|disclaimer)(?:-[\w-]*)?|eu-cookie[\w-]*
    )
    # What consent platforms build over a page; not their declarations, which are part of cookie policies.
    |(?P<platform>
        onetrust-(?:banner|consent|pc)[\w-]*|optanon-(?:alert|popup)[\w-]*|cybot-?cookiebot-?dialog[\w-]*
        |didomi-(?:host|popup|notice)[\w-]*|usercentrics-(?:root|cmp)[\w-]*|truste-(?:consent|overlay|popframe)[\w-]*
        |osano-cm-(?:window|dialog|info-dialog)[\w-]*|cky-(?:consent|modal|notice|preference|overlay|btn|banner)[\w-]*
        |cc-(?:window|revoke)|cmplz-(?:cookiebanner|manage)[\w-]*|qc-cmp2?-(?:container|ui)[\w-]*|iubenda-cs[\w-]*
        |axeptio-[\w-]+|borlabs-cookie-box[\w-]*|moove-gdpr[\w-]*|cli-(?:modal|bar)[\w-]*|sp-message[\w-]*
    )
    |(?P<navigation>
        (?:[a-z0-9]+-){0,3}(?:nav|navs|navbar|navigation|mega-?menu|menu|sub-?menu|menu-?bar|breadcrumbs?|pagination|sitemap)
          (?:-(?:menu|list|wrapper|container|inner|links?|primary|main|mobile|desktop|top|bar|drawer|items?|section|footer
            |header|content|\d+))*
        |menu-[\w-]+|skip-?(?:link|nav|to)[\w-]*|(?:off-?canvas|hamburger)[\w-]*
    )
    |(?P<language>(?:[a-z]+-){0,2}(?:lang(?:uages?)?|locales?|country|region)-?(?:switch(?:er)?|select(?:or|ion)?|picker|chooser
          |menu|drop-?down|list|nav)(?:-[\w-]*)?)
    |(?P<footer>(?:[a-z0-9]+-){0,2}footer[a-z0-9]*(?:-(?:wrapper|container|inner|main|section|content|bottom|top|widgets?|area
          |links?|nav|wp|col|row|[a-z]?\d+))*)
    |(?P<header>(?:site|global|main|app|top|masthead)-?(?:header|masthead|bar)(?:-(?:wrapper|container|inner))?
          |header(?:-(?:wrapper|container|inner|main|top))?|masthead|my-header)
    |(?P<aside>(?:[a-z]+-)?side-?bar(?:-(?:left|right|wrapper|container|inner|content|primary))?)
    |(?P<notice>
        (?:[a-z0-9]+-){0,2}(?:top|hero|app|promo|promotion(?:al)?|marketing|download|site|announcement|info|smart|sale|offer
          |countdown)-?banner(?:-[\w-]*)?
    )
    |(?P<widget>
        (?:[a-z]+-){0,2}(?:share|sharing|social(?:-?media)?|follow-us)(?:-(?:links?|icons?|buttons?|bar|list|menu|media|share
          |wrapper|container))?
        |(?:article-|post-|page-)?(?:votes?|feedback|helpful|rating)(?:-[\w-]*)?
        |(?:related|recent|recommended|popular|similar|latest|more)-(?:\w+-)?(?:articles?|posts?|content|news|stories|reads?
          |topics|links|pages|entries)(?:-[\w-]*)?
        |(?:[a-z]+-)?(?:newsletter|subscribe|sign-?up)(?:-[\w-]*)?
        |(?:back|scroll|go)-?to-?top[\w-]*|search(?:-?(?:form|box|bar|results?|field|overlay|modal|wrapper|container))?
        |(?:[a-z]+-)?(?:pop-?up|modal|overlay|toast|snackbar|lightbox|drawer|announcement|promo)(?:-(?:bar|banner|wrapper
          |container|content|dialog|inner|body))?
        |comments?(?:-(?:area|form|list|section|wrapper))?|disqus[\w-]*|(?:chat|intercom|launcher)-?(?:widget|frame|button
          |container)[\w-]*|(?:[a-z0-9]+-){0,3}(?:cta|call-to-action)(?:-[\w-]*)?|advert\w*|ads?-(?:banner|slot|container|wrapper)[\w-]*|toolbar|tooltip
    )
    )(?![\w-])""",
    re.VERBOSE,
)
_WORD_EDGE = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|_+|-{2,}")
# A consent window, with its list of vendors, may be longer than the policy. One that carries a platform's own name is
# never the policy; one known by general words ("cookie-policy-modal") is not, when so much prose remains besides.
_UNCAPPED = frozenset({"consent", "platform"})
_POLICY_LEFT = 2_000  # characters
# A form to fill in (to register, to subscribe) is shorter than this; one that wraps the whole page is longer.
_LONGEST_FORM = 1_500  # characters of prose
_FIELDS = 2
_ALWAYS = frozenset({"consent", "platform", "language"})
_NEVER_CHROME = frozenset(
    """
    html body main article p table tbody tr td th li h1 h2 h3 h4 h5 h6
    """.split()  # noqa: SIM905 - a list of words reads best as one
)
_FORM_CONTROLS = ("form", "button")


def drop_chrome(body: etree._Element) -> Survey:
    """Empty the elements around the policy; return the counts of what is left."""
    counts = survey(body)
    refused: frozenset[str] = frozenset()
    while True:
        chosen = _choose(counts, refused)
        weights: Counter[str] = Counter()
        for at, rule in chosen:
            weights[rule] += counts.prose[at]
        total = counts.total_prose - weights.pop("platform", 0)
        consent = weights.pop("consent", 0)
        rest = total - consent
        too_much = {rule for rule, weight in weights.items() if _is_policy(weight, rest)}
        if _is_policy(consent, total) and rest < _POLICY_LEFT:
            too_much.add("consent")
        if not too_much:
            break
        refused |= too_much
    for at, _ in chosen:
        counts.forget(at)
        drop(counts.elements[at])
    return counts


def _is_policy(weight: int, total: int) -> bool:
    """Whether so much prose, of all that there is, must be the policy itself."""
    return weight > total * _CAP and (weight > _WIDGET or total - weight < _FEW)


def _choose(counts: Survey, refused: frozenset[str]) -> list[tuple[int, str]]:
    chosen: list[tuple[int, str]] = []
    total = counts.total_prose
    known: dict[str, str] = {}  # class and id → rule; the same names come again and again in one page
    in_article = 0  # position up to which the walk is inside <article> or <main>
    at, size = 1, len(counts.elements)
    while at < size:
        if not counts.text[at]:
            at = counts.after[at]
            continue
        element = counts.elements[at]
        if element.tag in {"article", "main"}:
            in_article = max(in_article, counts.after[at])
        rule = _rule(element, known)
        if (
            rule
            and rule not in refused
            and (rule in _UNCAPPED or not _is_policy(counts.prose[at], total))
            and _believable(counts, at, rule, inside=at < in_article)
        ):
            chosen.append((at, rule))
            at = counts.after[at]
        else:
            at += 1
    return chosen


def _rule(element: etree._Element, known: dict[str, str]) -> str:
    """The kind of chrome that tag, role or names suggest; "" for none."""
    tag = element.tag
    rule = _FRAME_TAGS.get(tag, "")
    if rule:
        return rule
    if tag in _NEVER_CHROME:
        return ""
    role = element.get("role")
    if role and (rule := _FRAME_ROLES.get(role.lower(), "")):
        return rule
    if element.get("aria-modal") is not None:
        return "dialog"
    names = f"{element.get('class') or ''} {element.get('id') or ''}"
    if names == " ":
        return ""
    found = known.get(names)
    if found is None:
        match = _NAMED.search(_WORD_EDGE.sub("-", names).lower())
        found = known[names] = (match.lastgroup or "") if match else ""
    return found


def _believable(counts: Survey, at: int, rule: str, *, inside: bool) -> bool:
    """Whether what the element holds fits the rule. Topic words name sections of policies too ("newsletter")."""
    text, linked, prose = counts.text[at], counts.linked[at], counts.prose[at]
    menu_like = linked >= text * _LINKED
    if rule in {"header", "form"}:
        return _is_header(counts, at, inside=inside) if rule == "header" else _is_form(counts, at)
    if rule in {"footer", "dialog"}:
        return not inside or prose <= _FEW or (menu_like and rule == "footer")
    if rule in {"navigation", "aside"}:
        return menu_like or prose <= _FEW
    small = prose <= _FEW
    if rule == "notice" and not inside:
        return small
    return rule in _ALWAYS or (
        small and (menu_like or _has(counts, at, *_FORM_CONTROLS) or not _has(counts, at, "p", "h2", "h3", "h4"))
    )


def _is_header(counts: Survey, at: int, *, inside: bool) -> bool:
    return not inside and not _has(counts, at, "h1")


def _is_form(counts: Survey, at: int) -> bool:
    """Tell a form to fill in from one that wraps the page, by length and by its labels: its fields are gone by now."""
    labels = sum(counts.elements[i].tag == "label" for i in range(at, counts.after[at]))
    return counts.prose[at] <= _LONGEST_FORM and labels >= _FIELDS


def _has(counts: Survey, at: int, *tags: str) -> bool:
    return any(counts.elements[i].tag in tags for i in range(at, counts.after[at]))
