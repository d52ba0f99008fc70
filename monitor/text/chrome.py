"""Drops what surrounds a policy: menus, banners, footers, widgets. Decides by evidence, and never on much text."""

from __future__ import annotations

import re
from collections import Counter

from lxml import etree

from monitor.text.survey import Survey, drop, survey

# No rule may remove more of a page's prose than this: what it takes for chrome is then the policy itself.
_CAP = 0.40
_LINKED = 0.5  # share of link text from which a doubtful element counts as a menu or a teaser
_FEW = 150  # characters of prose that a widget may have

_FRAME_TAGS = {"nav": "navigation", "dialog": "dialog", "footer": "footer", "header": "header", "aside": "aside"}
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
}
# Names that site builders give to the frame of a page. Each alternative is a whole class or id, or its clear stem.
_NAMED = re.compile(
    r"""(?<![\w-])(?:
    (?P<consent>
        (?:[a-z]+[-_]{1,2})?(?:cookies?|gdpr|ccpa|privacy|consent)[-_]?(?:law|policy)?[-_]{0,2}
          (?:banner|bar|notice|popup|pop-?up|modal|overlay|dialog|toast|manager|preferences?-?center|wall|alert|message|
             settings-?modal|info-?bar|prompt|drawer|disclaimer)(?:[-_][\w-]*)?
        |onetrust-[\w-]+|ot-sdk-[\w-]+|optanon[\w-]*|cybotcookiebot\w*|didomi-[\w-]+|usercentrics[\w-]*|truste[-_][\w-]+
        |osano-cm[\w-]*|cky-[\w-]+|cc-(?:window|banner|revoke)|cmplz-[\w-]+|qc-cmp2?[\w-]*|iubenda-cs[\w-]*|axeptio[\w-]*
        |borlabs-?cookie[\w-]*|moove[-_]gdpr[\w-]*|termly-styles[\w-]*|cli-modal[\w-]*|sp_message[\w-]*|eu-cookie[\w-]*
    )
    |(?P<navigation>
        (?:[a-z]+[-_]{1,2})*(?:nav|navbar|navigation|megamenu|mega-menu|main-?menu|mobile-?menu|site-?menu|top-?menu|sub-?nav
          |side-?nav|menu-?bar|breadcrumbs?|pagination|sitemap)(?:[-_](?:menu|list|wrapper|container|inner|links|primary
          |main|mobile|desktop|top|bar|drawer|items?|section))?
        |skip-?(?:link|nav|to)[\w-]*|(?:off-?canvas|hamburger)[\w-]*
    )
    |(?P<language>(?:[a-z]+[-_])*(?:lang(?:uage)?s?|locale|country|region)[-_]?(?:switch(?:er)?|select(?:or|ion)?|picker
          |chooser|menu|dropdown|list|nav)(?:[-_][\w-]*)?)
    |(?P<footer>(?:[a-z]+[-_])?(?:site|page|global|main|app)?[-_]?footer(?:[-_](?:wrapper|container|inner|main|section
          |content|bottom|top|widgets?|area|links|nav))?)
    |(?P<header>(?:site|global|main|app|top|masthead)[-_]?(?:header|masthead|bar)(?:[-_](?:wrapper|container|inner))?
          |header|masthead)
    |(?P<aside>(?:[a-z]+[-_])?side-?bar(?:[-_](?:left|right|wrapper|container|inner|content|primary))?)
    |(?P<widget>
        (?:[a-z]+[-_])*(?:share|sharing|social(?:-?media)?|follow-us)(?:[-_](?:links?|icons?|buttons?|bar|list|menu|media
          |share|wrapper|container))?
        |(?:article|post|page)?[-_]?(?:votes?|feedback|helpful|rating)(?:[-_][\w-]*)?
        |(?:related|recent|recommended|popular|similar|latest|more)[-_](?:\w+[-_])?(?:articles?|posts?|content|news|stories|
          reads?|topics|links|pages|entries)(?:[-_][\w-]*)?
        |(?:[a-z]+[-_])?(?:newsletter|subscribe|sign-?up)(?:[-_][\w-]*)?
        |(?:back|scroll|go)-?to-?top[\w-]*|search(?:[-_]?(?:form|box|bar|results?|field|overlay|modal|wrapper|container))?
        |(?:[a-z]+[-_])?(?:popup|pop-up|modal|overlay|toast|snackbar|lightbox|drawer|announcement|promo)(?:[-_](?:bar|banner
          |wrapper|container|content|dialog|inner|body))?
        |(?:[a-z]+[-_])?(?:top|hero|app|promo|download|site|announcement|info)[-_]?banner(?:[-_][\w-]*)?|smart-?banner[\w-]*
        |comments?(?:[-_](?:area|form|list|section|wrapper))?|disqus[\w-]*|(?:chat|intercom|launcher)[-_]?(?:widget|frame
          |button|container)[\w-]*|cta(?:[-_][\w-]*)?|advert\w*|ads?[-_](?:banner|slot|container|wrapper)[\w-]*
        |meta-?nav[\w-]*|toolbar|tooltip
    )
    )(?![\w-])""",
    re.IGNORECASE | re.VERBOSE,
)
_NEVER_CHROME = frozenset("html body main article p table tbody tr td th li h1 h2 h3 h4 h5 h6".split())
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
        too_much = {rule for rule, weight in weights.items() if weight > counts.total_prose * _CAP}
        if not too_much:
            break
        refused |= too_much
    if not chosen:
        return counts
    for at, _ in chosen:
        drop(counts.elements[at])
    return survey(body)


def _choose(counts: Survey, refused: frozenset[str]) -> list[tuple[int, str]]:
    chosen: list[tuple[int, str]] = []
    cap = counts.total_prose * _CAP
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
            and counts.prose[at] <= cap
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
    attributes = element.attrib
    if not attributes or tag in _NEVER_CHROME:
        return ""
    role = attributes.get("role")
    if role and (rule := _FRAME_ROLES.get(role.lower(), "")):
        return rule
    if "aria-modal" in attributes:
        return "dialog"
    names = f"{attributes.get('class', '')} {attributes.get('id', '')}"
    if names == " ":
        return ""
    found = known.get(names)
    if found is None:
        match = _NAMED.search(names)
        found = known[names] = (match.lastgroup or "") if match else ""
    return found


def _believable(counts: Survey, at: int, rule: str, *, inside: bool) -> bool:
    """Whether what the element holds fits the rule. Topic words name sections of policies too ("newsletter")."""
    text, linked, prose = counts.text[at], counts.linked[at], counts.prose[at]
    menu_like = linked >= text * _LINKED
    if rule in {"consent", "language"}:
        return True
    if rule == "navigation":
        return menu_like or prose <= _FEW or not inside
    if rule == "header":
        return not inside and not _has(counts, at, "h1")
    if rule == "footer":
        return not inside or menu_like or prose <= _FEW
    if rule == "dialog":
        return not inside or prose <= _FEW
    if rule == "aside":
        return menu_like or prose <= _FEW
    small = prose <= _FEW
    return small and (menu_like or _has(counts, at, *_FORM_CONTROLS) or not _has(counts, at, "p", "h2", "h3", "h4"))


def _has(counts: Survey, at: int, *tags: str) -> bool:
    return any(counts.elements[i].tag in tags for i in range(at, counts.after[at]))
