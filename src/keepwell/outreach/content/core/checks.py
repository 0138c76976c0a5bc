"""What is wrong with a text before anybody gets it; each finding has a code, a place and figures."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from keepwell.outreach.content.contracts import ContentError, ContentType, Finding, Kind, Severity
from keepwell.outreach.content.core import days, jargon, links, liquid, sms
from keepwell.outreach.content.core.variables import examples, nested

ERROR, WARNING, INFO = Severity.ERROR, Severity.WARNING, Severity.INFO
SUBJECT_LENGTH_MAX = {True: 25, False: 60}  # Chinese characters, Latin letters
SHORT = frozenset({Kind.SMS, Kind.CHAT, Kind.BANNER, Kind.POPUP})
LINKS_MAX, CALLS_MAX = {True: 1, False: 3}, {True: 1, False: 3}  # short messages, longer ones
CHAT_CHARACTERS_MAX = 4_000
JARGON_SHOWN = 8
SENTENCE = re.compile(r"[^.!?。！？\n;；]+(?:[.!?。！？;；]+|$)")
PERCENT_OFF = re.compile(r"(\d{1,4}(?:\.\d+)?)\s*[%％]\s*(?:off|discount|rebate|的?折扣|优惠|優惠)", re.I)
ZHE = re.compile(r"(?<![\d.])(\d{1,3}(?:\.\d+)?)\s*折(?![叠疊扣])")
PROMOTION = re.compile(
    r"\b(?:discount|sale|special offer|coupon|voucher|\d+\s*% off)\b"
    r"|优惠|優惠|折扣|促销|促銷|特价|特價|满减|滿減|秒杀|[\d.]+\s*折",
    re.I,
)
# Values of an offer, which only a text that sells may tell.
GIVES = re.compile(r"\{[{%][^}]*\b(?:offer|coupon)\.")
RECOMMENDS = re.compile(r"\{[{%][^}]*\brecommended\.")
OPT_OUT = {
    "zh": re.compile(r"拒收|退订|退訂|取消订阅|取消訂閱"),
    "en": re.compile(r"\b(?:stop|unsubscribe|opt[ -]?out)\b", re.I),
}
HAN = re.compile(r"[㐀-鿿]")


@dataclass(frozen=True)
class Subject:
    """What is checked, and how: the text's language and purpose, and the day it is checked on."""

    kind: Kind
    purpose: str
    content_type: ContentType
    language: str
    today: date

    @property
    def is_chinese(self) -> bool:
        """Whether Chinese words are looked for."""
        return self.language.startswith("zh")


def check_text(source: str, where: str, about: Subject) -> Iterator[Finding]:
    """One field: its template, links, days, discounts and words."""
    broken = list(check_template(source, where))
    yield from broken
    text = links.without_values(source).replace(links.VALUE, " ")
    for url in links.found(source):
        yield from links.check(url, where)
    yield from days.check(text, where, about.today)
    yield from _discounts(text, where)
    yield from check_words(text, where, about.language)
    if about.purpose == "service" and about.kind in (Kind.EMAIL, *SHORT):
        said = PROMOTION.search(text)
        if GIVES.search(source):
            yield Finding("coupon_in_service", ERROR, where)
        elif RECOMMENDS.search(source):
            yield Finding("recommendation_in_service", ERROR, where)
        elif said:
            yield Finding("promotion_in_service", WARNING, where, {"word": said.group()})
    if about.content_type == ContentType.CARE and (word := offer_in(source)):
        # The contact policy lets care through on days that are kept free of offers.
        yield Finding("promotion_in_care", ERROR, where, {"word": word})


def offer_in(text: str) -> str:
    """The first words of a text that sell or promise money off; "" for none.

    >>> offer_in("Happy birthday"), offer_in("生日快乐，全场8折")
    ('', '8折')
    """
    if GIVES.search(text):
        return "coupon"
    if RECOMMENDS.search(text):
        return "recommendation"
    plain = links.without_values(text).replace(links.VALUE, " ")
    found = PROMOTION.search(plain) or PERCENT_OFF.search(plain) or ZHE.search(plain)
    return found.group().strip() if found else ""


def check_template(source: str, where: str) -> Iterator[Finding]:
    """Whether a template can be read, names what there is, and stands where nothing is known of somebody."""
    try:
        unknown = liquid.unknown(source, where=where)
    except ContentError as error:
        yield Finding(error.code, ERROR, where, error.figures)
        return
    for name in unknown:
        yield Finding("unknown_variable", ERROR, where, {"variable": name})
    if unknown:
        return
    for complete in (True, False):
        try:
            liquid.render(source, nested(examples(complete=complete)), where=where)
        except ContentError as error:
            code = "no_fallback" if error.code == "missing_value" else error.code
            yield Finding(code, ERROR, where, error.figures)
            return


def check_words(text: str, where: str, language: str) -> Iterator[Finding]:
    """Abbreviations and slang, each with plain words to say instead; promises that no shop can keep."""
    for word, plain in list(_jargon(text, language))[:JARGON_SHOWN]:
        yield Finding("jargon", WARNING, where, {"word": word, "plain": plain})
    if language.startswith("zh"):
        for word in jargon.ABSOLUTE_ZH:
            if word in text:
                yield Finding("absolute_claim", WARNING, where, {"word": word})


def _jargon(text: str, language: str) -> Iterator[tuple[str, str]]:
    """Longer expressions first, so that a word inside another is named once."""
    is_chinese = language.startswith("zh")
    rest = text
    lists = {**jargon.ENGLISH, **jargon.CHINESE} if is_chinese else jargon.ENGLISH
    for word in sorted(lists, key=len, reverse=True):
        # Abbreviations in capitals are looked for as they stand: "eta" is also a letter, "np" a name.
        flags = 0 if word.isupper() or any(one.isupper() for one in word[1:]) else re.IGNORECASE
        edged = rf"(?<![A-Za-z0-9]){re.escape(word)}(?![A-Za-z0-9])" if word.isascii() else re.escape(word)
        if re.search(edged, rest, flags):
            plain = lists[word]
            yield word, jargon.IN_HANT.get(plain, plain) if language == "zh-hant" else plain
            rest = re.sub(edged, " ", rest, flags=flags)


def _discounts(text: str, where: str) -> Iterator[Finding]:
    for match in PERCENT_OFF.finditer(text):
        if not 0 < float(match[1]) <= 100:
            yield Finding("discount_impossible", ERROR, where, {"discount": match.group()})
    for match in ZHE.finditer(text):
        # 95折 is 9.5折: two digits without a point are tenths of it.
        value = float(match[1]) / (10 if "." not in match[1] and len(match[1]) == 2 else 1)
        if not 0 < value < 10:
            yield Finding("discount_impossible", ERROR, where, {"discount": match.group()})


def check_subject(source: str, about: Subject) -> Iterator[Finding]:
    """The subject line of an e-mail: there, short, and not like an unwanted one."""
    where = "subject"
    text = " ".join(links.without_values(source).replace(links.VALUE, " ").split())
    if not source.strip():
        yield Finding("subject_missing", ERROR, where)
        return
    limit = SUBJECT_LENGTH_MAX[bool(HAN.search(text))]
    if len(text) > limit:
        yield Finding("subject_long", WARNING, where, {"count": len(text), "limit": limit})
    letters = [one for one in text if one.isalpha() and not HAN.match(one)]
    if len(letters) >= 8 and sum(one.isupper() for one in letters) > 0.7 * len(letters):
        yield Finding("subject_capitals", WARNING, where)
    if len(re.findall(r"[!！]", text)) > 1 or re.search(r"[?？]{2,}|[$￥¥]{2,}", text):
        yield Finding("subject_marks", WARNING, where)
    spam = next((word for word in (*jargon.SPAM_EN, *jargon.SPAM_ZH) if word in text.lower()), "")
    if spam:
        yield Finding("subject_spam", WARNING, where, {"word": spam})


def check_sms(source: str, about: Subject) -> Iterator[Finding]:
    """Length, alphabet, and how to end it; counted with an example of every value."""
    try:
        text = liquid.render(source, nested(examples(complete=True)), language=about.language)
    except ContentError:
        return  # said by the check of the template
    size = sms.mainland_length(text) if about.language == "zh-hans" else sms.length(text)
    yield Finding(
        "sms_length",
        INFO,
        "body",
        {
            "characters": size.characters,
            "segments": size.segments,
            "left": size.left,
            "encoding": size.encoding,
        },
    )
    if size.characters > sms.MAINLAND_CHARACTERS_MAX:
        yield Finding(
            "sms_too_long",
            ERROR,
            "body",
            {"characters": size.characters, "limit": sms.MAINLAND_CHARACTERS_MAX},
        )
    elif size.segments > 1:
        yield Finding("sms_segments", WARNING, "body", {"segments": size.segments})
    if size.odd and len(size.odd) <= 5 and not HAN.search("".join(size.odd)):
        yield Finding("sms_odd_characters", WARNING, "body", {"characters": " ".join(size.odd)})
    if about.purpose != "service":
        wanted = OPT_OUT["zh" if about.is_chinese else "en"]
        if about.language[:2] in OPT_OUT and not wanted.search(text):
            yield Finding("sms_no_opt_out", WARNING, "body")


def check_point(texts: Iterable[str], addresses: Iterable[str], about: Subject) -> Iterator[Finding]:
    """Whether a message has one clear main point: few links, few sentences that ask for something."""
    short = about.kind in SHORT
    several = list(dict.fromkeys(addresses))
    if len(several) > LINKS_MAX[short]:
        figures = {"count": len(several), "limit": LINKS_MAX[short]}
        yield Finding("several_links", WARNING, "body", figures)
    asking = sum(
        _asks(links.LINK.sub(" ", sentence), chinese=about.is_chinese)
        for text in texts
        for sentence in SENTENCE.findall(links.without_values(text).replace(links.VALUE, "v"))
    )
    if asking > CALLS_MAX[short]:
        figures = {"count": asking, "limit": CALLS_MAX[short]}
        yield Finding("several_calls", WARNING, "body", figures)


def _asks(sentence: str, *, chinese: bool) -> bool:
    if OPT_OUT["zh"].search(sentence) or OPT_OUT["en"].search(sentence):
        return False  # how to end it is no second point
    if chinese:
        return any(word in sentence for word in jargon.CALLS_ZH)
    return any(re.search(rf"\b{re.escape(word)}\b", sentence, re.I) for word in jargon.CALLS_EN)


def check_body(source: str, about: Subject) -> Iterator[Finding]:
    """The body of anything but an e-mail."""
    if not source.strip():
        yield Finding("empty", ERROR, "body")
        return
    yield from check_text(source, "body", about)
    if about.kind is Kind.SMS:
        yield from check_sms(source, about)
    if about.kind is Kind.CHAT and len(source) > CHAT_CHARACTERS_MAX:
        yield Finding("chat_too_long", ERROR, "body", {"count": len(source), "limit": CHAT_CHARACTERS_MAX})
    if about.kind in SHORT:
        yield from check_point([source], links.found(source), about)
