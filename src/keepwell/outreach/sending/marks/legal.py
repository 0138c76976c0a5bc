"""What the law asks of marketing in writing, put in where the text does not carry it.

Done when a message is queued, so that what is kept is what the customer reads, and again when it goes, for
words that are made only then.

E-mail: who sends it, from where, and how to end it (CAN-SPAM, 16 CFR 316; PIPL and the Measures for
Internet E-mail Services, article 14), and the headers of RFC 8058. Text messages: how to end them
(Short Message Service rules of the MIIT, article 18; CTIA messaging principles, 5.1.3).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import replace
from html import escape

from keepwell.outreach.channels.email.composing import unsubscribe_headers
from keepwell.outreach.content import queries as content
from keepwell.outreach.content.core.email import FONTS, FOOTER_WORDS
from keepwell.outreach.policy.contracts import PROMOTIONAL
from keepwell.outreach.sending.contracts import Draft
from keepwell.outreach.sending.marks import addresses

BODY_END = "</body>"
SMS_WORDS = {
    "zh-hans": " 拒收请回复R",
    "zh-hant": " 拒收請回覆R",
    "de": " Abmelden: Antwort STOP",
    "fr": " STOP pour se désabonner",
    "es": " Responda STOP para darse de baja",
    "ja": " 配信停止はSTOPと返信",
    "en": " Reply STOP to opt out",
}
# Any of these says it, in whatever script the rest is written.
SMS_SAID = (
    "拒收", "退订", "退訂", "回复r", "回覆r", "回复t", "回复n", "配信停止", "reply stop", "text stop",
    "send stop", "stop to ", "stop pour", "responda stop", "antwort stop", "opt out", "opt-out",
    "unsubscribe",
)  # fmt: skip


class NotReadyError(ValueError):
    """Marketing cannot go out by this channel; `code` is one of `words.PROBLEM`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def complete(draft: Draft, message_id: str) -> Draft:
    """`draft` with all that marketing and surveys must carry; anything else comes back as it is.

    Raises NotReadyError.
    """
    return Finisher()(draft, addresses.OwnAddresses(message_id))


class Finisher:
    """`complete` for many: whether it can be is asked once for each channel, the brand is read once."""

    def __init__(self) -> None:
        self._problems: dict[str, str] = {}
        self._lines: list[str] = []

    def __call__(self, draft: Draft, own: addresses.OwnAddresses) -> Draft:
        """See `complete`."""
        if draft.purpose not in PROMOTIONAL:
            return draft
        if draft.recipe is not None:
            # Its words are made when it goes; they are completed then.
            self._require(draft.channel)
            return draft
        if draft.channel == "sms":
            return replace(draft, text=with_opt_out(draft.text, draft.language))
        if draft.channel not in addresses.WITH_ADDRESSES:
            return draft
        self._require(draft.channel)
        return _finished(draft, own.unsubscribe, self._lines)

    def _require(self, channel: str) -> None:
        if channel not in self._problems:
            self._problems[channel] = addresses.ready(channel)
            self._lines = _lines(content.brand().values)
        if problem := self._problems[channel]:
            raise NotReadyError(problem)


def _finished(draft: Draft, address: str, lines: list[str]) -> Draft:
    """An e-mail with its footer in both parts where it is missing, and its headers."""
    why, end = _words(draft.language)
    html = draft.html
    if html and not _carries(html, address, [escape(line) for line in lines[:2]]):
        html = _inserted(html, _footer(why, lines, end, address))
    text = draft.text
    if text and not _carries(text, address, lines[:2]):
        shown = [f"{why} {lines[0]}", *lines[1:], f"{end}: {address}"]
        text = text.rstrip("\n") + "\n\n-- \n" + "\n".join(shown) + "\n"
    return replace(draft, html=html, text=text, headers={**draft.headers, **unsubscribe_headers(address)})


def with_opt_out(text: str, language: str = "") -> str:
    """A text message that says how to get no more, in its own language.

    >>> with_opt_out("春茶上市"), with_opt_out("New tea. Reply STOP to end", "en")
    ('春茶上市 拒收请回复R', 'New tea. Reply STOP to end')
    """
    plain = unicodedata.normalize("NFKC", text).casefold()
    if any(words in plain for words in SMS_SAID):
        return text
    code = language.lower().replace("_", "-")
    if not code and any("一" <= letter <= "鿿" for letter in text):
        code = "zh-hans"
    return text.rstrip() + (SMS_WORDS.get(code) or SMS_WORDS.get(code.partition("-")[0]) or SMS_WORDS["en"])


def _words(language: str) -> tuple[str, str]:
    code = language.lower()
    return FOOTER_WORDS.get(code) or FOOTER_WORDS.get(code.partition("-")[0]) or FOOTER_WORDS["en"]


def _lines(brand: Mapping[str, str]) -> list[str]:
    """Name and postal address, which are always there, then telephone and e-mail."""
    more = [brand[name] for name in ("phone", "email") if brand.get(name)]
    return [brand.get("company_name", ""), brand.get("legal_address", ""), *more]


def _carries(part: str, address: str, lines: list[str]) -> bool:
    return address in part and all(line in part for line in lines)


def _footer(why: str, lines: list[str], end: str, address: str) -> str:
    shown = [f"{escape(why)} {escape(lines[0])}", *(escape(line) for line in lines[1:])]
    link = f'<a href="{escape(address)}" style="color:#6b7280">{escape(end)}</a>'
    style = (
        f"max-width:600px;margin:24px auto 0;padding:16px 25px;border-top:1px solid #d1d5db;"
        f"font:13px/1.6 {FONTS};color:#6b7280"
    )
    return f'<div style="{escape(style)}">{"<br />".join([*shown, link])}</div>'


def _inserted(html: str, footer: str) -> str:
    """Before the end of the body, or at the end where there is none."""
    for end in (BODY_END, BODY_END.upper()):
        place = html.rfind(end)
        if place >= 0:
            return html[:place] + footer + html[place:]
    return html + footer
