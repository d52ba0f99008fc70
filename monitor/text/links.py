"""Link targets, absolute and without what differs from one visit to the next."""

from __future__ import annotations

import re
from urllib.parse import unquote, urljoin, urlsplit, urlunsplit

# Parameters that say where a visitor came from, not where a link leads. Sources: the query-stripping lists of Firefox
# (services/settings, "query-stripping"), Brave (debounce and query filter) and ClearURLs (its "globalRules").
_TRACKING = frozenset(
    """
    _bta_c _bta_tid _ga _gac _gl _hsenc _hsmi _ke _kx _openstat _branch_match_id _branch_referrer ac_id adgroupid
    adposition admitad_uid affid aff_id algo_expid algo_pvid at_medium at_campaign at_custom1 awc bbeml bsft_clkid
    bsft_uid campaignid campaign_id cjevent ck_subscriber_id cmpid cm_mmc cr_cc creative cvid dclid dm_i ef_id epik
    elqtrack elqtrackid elq elqaid elqat elqcampaignid et_rid fb_action_ids fb_action_types fb_ref fb_source fbclid
    feeditemid ftag gad_source gad_campaignid gbraid gclid gclsrc gdffi gdfms gdftrk gps_adid guccounter guce_referrer
    guce_referrer_sig hmb_campaign hmb_medium hmb_source hsa_acc hsa_ad hsa_cam hsa_grp hsa_kw hsa_mt hsa_net hsa_src
    hsa_tgt hsa_ver hsctatracking icid igsh igshid irclickid irgwc itm_campaign itm_content itm_medium itm_source
    itm_term kwid li_fat_id linkid mc_cid mc_eid mibextid mkt_tok mkwid ml_subscriber ml_subscriber_hash msclkid
    mtm_campaign mtm_cid mtm_content mtm_keyword mtm_medium mtm_source ncid nr_email_referer ns_campaign ns_mchannel
    ns_source obOrigUrl oft_c oft_ck oft_d oft_id oft_ids oft_k oft_lk oft_sk oly_anon_id oly_enc_id os_ehash pcrid
    piwik_campaign piwik_keyword piwik_kwd pk_campaign pk_cid pk_content pk_kwd pk_keyword pk_medium pk_source
    rb_clickid redirect_log_mongo_id redirect_mongo_id ref_src ref_url referrer rtid s_cid s_kwcid sb_referer_host
    sc_campaign sc_channel sc_content sc_country sc_eh sc_geo sc_medium sc_outcome si spm srsltid ss_email_id
    sscid tduid trk trkcampaign trkinfo ttclid twclid tw_source usqp vero_conv vero_id vgo_ee wbraid wickedid
    wprov wt_mc wt_zmc xtor ymclid yclid ysclid
    """.lower().split()
)
_TRACKING_PREFIXES = ("utm_", "stm_", "mtm_", "pk_", "hsa_", "oft_")
# Parameters that carry a session, a nonce or a cache buster. `ust` and `usg` are the time and the signature that a
# document exported from a word processor on the web puts on every outgoing link.
_PASSING = frozenset(
    """
    _ _t _ts _wpnonce authenticity_token cache cachebust cachebuster cb csrf csrf_token csrfmiddlewaretoken
    jsessionid nocache nonce phpsessid rand random return_to returnto return_url returnurl sessid session
    session_id sessionid sid timestamp token ts usg ust ved x-amz-credential x-amz-date x-amz-security-token
    x-amz-signature
    """.split()  # noqa: SIM905 - a list of words reads best as one
)
# Long values of mixed letters and digits are identifiers handed out to this visit, whatever the parameter is called.
_RANDOM = re.compile(
    r"(?=[^=]*\d)(?=[^=]*[A-Za-z])[A-Za-z0-9_\-]{24,}={0,2}|[0-9a-fA-F]{32,}"
    r"|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
)
_PATH_SESSION = re.compile(r";(?:jsessionid|sid|phpsessid)=[^/?#]*", re.IGNORECASE)
# An address that is clean as it stands; most are, and taking one apart costs more than reading a paragraph.
_CLEAN = re.compile(r"https?://[a-z0-9.-]+/(?!\S*/\.)[\w%~+,=@!$'()*./-]*", re.ASCII)
_DEFAULT_PORT = {"http": ":80", "https": ":443"}
_MAX_TARGET = 2_000  # characters; longer ones are data in disguise


def target(href: str, base_url: str = "") -> str:
    """The cleaned, absolute target of a link; "" when it leads nowhere outside this page.

    Fragments of the same page are no targets: builders make their names anew ("#_Toc4711"), and they lead to text
    that is read anyway. Fragments of other pages stay, but for text fragments.
    """
    if _CLEAN.fullmatch(href):
        return href
    href = "".join(href.split()) if len(href) <= _MAX_TARGET else ""
    scheme, colon, rest = href.partition(":")
    scheme = scheme.lower()
    if not href or href.startswith("#") or (colon and scheme in {"javascript", "data", "about", "blob", "vbscript"}):
        return ""
    if colon and scheme == "mailto":
        return "mailto:" + unquote(rest.partition("?")[0]).strip(".,;:")
    if colon and scheme in {"tel", "sms", "callto", "fax"}:
        return f"{scheme}:{rest}"
    try:
        absolute = urljoin(base_url, href)
        parts = urlsplit(absolute)
        host = parts.netloc
    except ValueError:  # such as "http://[" or a port that is no number
        return href
    if parts.scheme not in {"http", "https", ""}:
        return absolute
    userinfo, at, address = host.rpartition("@")
    host = userinfo + at + address.lower().removesuffix(_DEFAULT_PORT.get(parts.scheme, ":"))
    path = _PATH_SESSION.sub("", parts.path)
    if not path and host:
        path = "/"
    fragment = parts.fragment.partition(":~:")[0]
    if fragment and _same_page(absolute, base_url):
        return ""
    return urlunsplit((parts.scheme, host, path, _clean_query(parts.query), fragment))


def _same_page(absolute: str, base_url: str) -> bool:
    return bool(base_url) and absolute.partition("#")[0].rstrip("/") == base_url.partition("#")[0].rstrip("/")


def _clean_query(query: str) -> str:
    if not query:
        return ""
    return "&".join(pair for pair in query.replace("&amp;", "&").split("&") if pair and not _is_passing(pair))


def _is_passing(pair: str) -> bool:
    name, _, value = pair.partition("=")
    name = unquote(name).lower()
    return (
        name in _TRACKING
        or name in _PASSING
        or name.startswith(_TRACKING_PREFIXES)
        or _RANDOM.fullmatch(unquote(value)) is not None
    )
