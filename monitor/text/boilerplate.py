"""Blocks that belong to the page and not to the policy, told by their words or by standing at its edge."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from monitor.model import ClauseKind
from monitor.text.block import Block
from monitor.text.labels import split_label

_MOST_WORDS = 14
_TITLE_WORDS = 5  # of a title over a column of links
_BAR_LINKS = 3
_WIDGET_TEXT = 160  # characters
_TEASER_TITLE = 60  # characters
_NOT_A_PAGE = ("#", "mailto:", "tel:")
_LINKED = 0.85  # share of link text from which a block is a menu entry
_WIDEN = 6  # blocks between a title and the container that are taken in
_COPY_WORDS = 4  # a single block this long that comes twice in a row is a copy for another screen size

# Short texts of widgets, in the languages of our corpora: feedback, counters, relative dates, controls, copyright.
_PASSING = re.compile(
    r"""
    (?:\W*(?:
      (?:was|is|did|have|has)\b.{0,40}\b(?:helpful|useful|answer|question).{0,20}\?.{0,40}
    | \d[\d,.]*\ (?:out\ of|of|sur|von|daripada)\ \d[\d,.]*\b.{0,60}\b(?:helpful|useful|utile|hilfreich|membantu).{0,20}
    | \d[\d,.\s]*(?:people|users|members|personnes|utilisateurs|personen|nutzer|orang)\b.{0,40}
        \b(?:helpful|useful|utile|hilfreich|membantu|liked?).{0,20}
    | (?:war|ist|fanden|hat)\b.{0,50}\b(?:hilfreich|geholfen).{0,20}
    | (?:cet|cette|ces|avez).{0,50}\b(?:utile|aidé)\b.{0,20}
    | adakah.{0,40}(?:membantu|berguna).{0,10}
    | (?:reading\ time|read(?:ing)?\ time|temps\ de\ lecture|lesezeit|masa\ (?:mem)?baca\w*).{0,20}
    | \d+\s*(?:min(?:ute)?s?|minuten|minit)\.?\s*(?:read|de\ lecture|lesezeit|baca\w*)?
    | (?:last\ )?(?:updated|modified|edited|posted|published|mis\ à\ jour|modifié|aktualisiert|geändert
        |dikemas\ kini)?\s*
        (?:over|about|almost|il\ y\ a|vor)?\s*(?:an?|\d+|un|une|eine[mnr]?|se)\s*
        (?:second|minute|hour|day|week|month|year|seconde|heure|jour|semaine|mois|an|née|sekunde|stunde|tage?
        |woche|monat|
        jahr|saat|jam|hari|minggu|bulan|tahun)\w*(?:\ ago|\ lalu)?
    | (?:skip|jump|zum|aller|passer|langkau|lompat|direkt)\b.{0,20}(?:content|navigation|inhalt|contenu
        |kandungan|main).{0,10}
    | (?:back|return|scroll|go)\ to\ (?:the\ )?top(?:\ of\ (?:the\ )?page)?|nach\ oben|zum\ seitenanfang
    | (?:retour\ )?(?:en\ )?haut\ de\ (?:la\ )?page|kembali\ ke\ atas
    | (?:copy|share|print|download|save|email|e-mail|tweet|pin)(?:\ (?:this|the|a))?(?:\ (?:page|link|article
        |pdf|post|as\ pdf))?
    | (?:share|follow|find|like)\ (?:us|this)?\s*on\b.{0,30}|drucken|imprimer|cetak|teilen|partager|kongsi
    | menu|menü|close|schließen|fermer|tutup|open\ menu|toggle\ (?:navigation|menu|search)|search|suche|recherche|cari
    | (?:accept|reject|decline|allow|deny)(?:\ all)?(?:\ cookies)?|(?:alle\ )?(?:akzeptieren|ablehnen)
        |(?:tout\ )?(?:accepter|refuser)
    | log\ ?in|sign\ ?(?:in|up|out)|log\ ?out|register|anmelden|registrieren|connexion|se\ connecter|s'inscrire
        |log\ masuk
    | (?:select|choose|change)\ (?:your\ )?(?:language|country|region)|sprache(?:\ wählen)?|langue|bahasa
    | loading.{0,3}|please\ (?:enable|turn\ on)\ javascript.{0,60}|you\ need\ to\ enable\ javascript.{0,40}
    | (?:see|view|show|hide)\ details|(?:view|copy)\ (?:page\ )?as\ markdown|table\ of\ contents|contents
        |on\ this\ page
    | inhalt(?:sverzeichnis)?|sommaire|table\ des\ matières|isi\ kandungan|kandungan
    | english|deutsch|français|español|português|italiano|nederlands|bahasa\ (?:melayu|malaysia|indonesia)
        |中文|日本語|한국어
    | imprimer(?:\ et\ enregistrer)?(?:\ (?:en|au)\ format\ pdf)?|(?:print|save)\ (?:and|or|\/)\ (?:print|save).{0,20}
    | (?:show|read|view|see|load)\ (?:more|less|all)|expand\ all|collapse\ all|mehr\ (?:anzeigen|lesen)
        |voir\ plus|lire\ la\ suite
    | (?:previous|next|prev|zurück|weiter|précédent|suivant)(?:\ (?:article|page|post))?
    | (?:have\ )?more\ questions\?.{0,40}|submit\ a\ request|return\ to\ top
    | (?:(?:©|&copy;)\W?|(?:\(c\)|copyright)\s*(?:©|\(c\))?\s*\d{4}).{0,100}
    | .{0,60}(?:all\ rights\ reserved|tous\ droits\ réservés
        |alle\ rechte\ vorbehalten|
        hak\ cipta\ terpelihara).{0,40}
    )\W*)
    """,
    re.IGNORECASE | re.VERBOSE,
)
_ANSWER = re.compile(r"\W*(?:yes|no|ja|nein|oui|non|ya|tidak)\W*", re.IGNORECASE)
# Titles over teasers of other pages.
_OTHER_PAGES = re.compile(
    r"""(?:related|recent(?:ly)?|popular|promoted|similar|recommended|more|other|trending|latest)\b.{0,12}
        \b(?:articles?|posts?|viewed|topics|guides|stories|content|reading|resources|news|from|pages)\b.{0,20}
      |articles?\ (?:associés|récents|similaires|connexes).{0,20}|(?:verwandte|ähnliche|weitere)\ (?:beiträge
        |artikel|themen)
      |artikel\ (?:berkaitan|terkini)|(?:you\ may\ also\ like|read\ next|see\ also|in\ this\ section
        |on\ this\ page)""",
    re.IGNORECASE | re.VERBOSE,
)
_DATED = re.compile(
    r"updat|effective|revis|modif|version|last|mis à jour|vigueur|aktualis|stand|gültig|kemas ?kini|berkuat|\b20\d\d\b",
    re.IGNORECASE,
)


def within_policy(blocks: list[Block]) -> list[Block]:
    """The blocks of the container, with the title and the date line that stand before it."""
    first = next((at for at, block in enumerate(blocks) if block.inside), None)
    if first is None:
        return blocks
    kept = [block for block in blocks if block.inside]
    title = next((at for at in range(first - 1, -1, -1) if _is_title(blocks[at])), None)
    before = blocks[max(0, first - _WIDEN) : first]
    if title is None:
        title = next((at for at in range(first - 1, -1, -1) if blocks[at].kind is ClauseKind.HEADING), None)
    if title is not None and first - title <= _WIDEN and not any(_is_title(block) for block in kept):
        before = blocks[title:first]
        lead = [block for block in before if block is before[0] or not _is_menu_entry(block)]
    else:
        lead = [block for block in before[-2:] if _DATED.search(block.text) and len(block.text.split()) <= _MOST_WORDS]
    for block in lead:
        block.inside = True
    return [*lead, *kept]


def _is_title(block: Block) -> bool:
    return block.kind is ClauseKind.HEADING and block.level == 1


def without_boilerplate(blocks: list[Block], site: str) -> list[Block]:
    """Leave out widgets' texts, menus, tables of contents, and sections that only point at other pages.

    `site` is the host that the page came from; links to it, and relative ones, are the site's own.
    """
    kept = [block for block in _without_passing(blocks) if not _is_menu_bar(block, site)]
    first, last = 0, len(kept)
    while first < last and _is_menu_entry(kept[first]):
        first += 1
    last = _end_of_text(kept, site)
    if first >= last:  # nothing but links: a list of documents, perhaps; not ours to empty
        return kept
    return _without_contents(_without_other_pages(kept[first:last]))


def _end_of_text(blocks: list[Block], site: str) -> int:
    """Where the menus at the end begin: link after link, with short titles between, at least half to the site."""
    end = at = len(blocks)
    own = entries = 0
    while at > 0:
        block = blocks[at - 1]
        if _is_menu_entry(block):
            entries += 1
            own += any(_is_own(href, site) for _, href in block.links)
            at -= 1
            if own * 2 >= entries:
                end = at
        elif entries and len(block.text.split()) <= _TITLE_WORDS and block.text[-1] not in ".;:?!," and not block.links:
            at -= 1  # the title of a column, if a menu entry stands below it
            if at + 1 == end:
                end = at
        else:
            break
    return end


def _is_own(href: str, site: str) -> bool:
    address = href.partition("//")[2] if "//" in href else ""
    host = address.partition("/")[0].lower()
    return not host or (bool(site) and host.removeprefix("www.").endswith(".".join(site.split(".")[-2:])))


def _is_menu_bar(block: Block, site: str) -> bool:
    """Several links in one block and nothing else."""
    links = [(text, href) for text, href in block.links if not href.startswith("#")]
    return (
        len(links) >= _BAR_LINKS
        and block.kind is not ClauseKind.TABLE_ROW
        and sum(len(text) for text, _ in links) >= len(block.text) * _LINKED
        and all(len(text.split()) <= _MOST_WORDS and _is_own(href, site) for text, href in links)
    )


def _without_contents(blocks: list[Block]) -> list[Block]:
    """Leave out lists of links to the page's own sections: they say the headings again."""
    if not any(map(_leads_inside, blocks)):
        return blocks
    names = Counter(map(_name, blocks))
    return [block for block in blocks if not (_leads_inside(block) and names[_name(block)] > 1)]


def _name(block: Block) -> str:
    return split_label(block.text, heading=True)[1].casefold()


def _leads_inside(block: Block) -> bool:
    return (
        block.kind is not ClauseKind.HEADING
        and bool(block.links)
        and all(href.startswith("#") for _, href in block.links)
        and block.linked >= len(block.text) * _LINKED
    )


def _without_passing(blocks: Sequence[Block]) -> Iterator[Block]:
    """Leave out widgets' texts. "Yes" and "no" are a widget's beside each other or under a widget's question."""
    passing = [_is_passing(block) for block in blocks]
    answers = [_ANSWER.fullmatch(block.text) is not None for block in blocks]
    for at, block in enumerate(blocks):
        beside = answers[at] and (
            (at > 0 and (passing[at - 1] or answers[at - 1])) or (at + 1 < len(blocks) and answers[at + 1])
        )
        if not passing[at] and not beside:
            yield block


def _is_passing(block: Block) -> bool:
    text = block.text
    return len(text) <= _WIDGET_TEXT and len(text.split()) <= _MOST_WORDS and _PASSING.fullmatch(text) is not None


def _is_menu_entry(block: Block) -> bool:
    if block.kind is ClauseKind.HEADING or not block.links:
        return False
    out = [(text, href) for text, href in block.links if not href.startswith(_NOT_A_PAGE)]
    return (
        bool(out)
        and sum(len(text) for text, _ in out) >= len(block.text) * _LINKED
        and len(block.text.split()) <= _MOST_WORDS
    )


def _without_other_pages(blocks: list[Block]) -> list[Block]:
    out: list[Block] = []
    skipping = False
    for at, block in enumerate(blocks):
        if len(block.text) <= _TEASER_TITLE and _OTHER_PAGES.fullmatch(block.text.rstrip(":")):
            below = blocks[at + 1] if at + 1 < len(blocks) else None
            skipping = below is not None and _is_menu_entry(below)
            if skipping or below is None:
                continue
        elif skipping and _is_menu_entry(block):
            continue
        skipping = False
        out.append(block)
    return out


def without_copies(blocks: Sequence[Block]) -> list[Block]:
    """Reduce a run of blocks that comes twice in a row to one: pages hold a copy for small screens."""
    names = [block.text for block in blocks]
    last: dict[str, int] = {}
    dropped: set[int] = set()
    at = 0
    while at < len(names):
        before = last.get(names[at])
        if before is not None and before not in dropped:
            length = at - before
            if names[before:at] == names[at : at + length] and _is_copy(blocks[at : at + length]):
                dropped.update(range(at, at + length))
                at += length
                continue
        last[names[at]] = at
        at += 1
    return [block for at, block in enumerate(blocks) if at not in dropped]


def _is_copy(run: Sequence[Block]) -> bool:
    if any(block.kind is ClauseKind.TABLE_ROW for block in run) and len(run) == 1:
        return False
    return any(len(block.text.split()) >= _COPY_WORDS for block in run) or run[0].kind is ClauseKind.HEADING
