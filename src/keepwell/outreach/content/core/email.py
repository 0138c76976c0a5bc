"""From blocks to HTML and plain text: MJML for the layout, its styles inlined, values left to be filled in.

What a template fills in goes through both programs as a mark, so that neither can break it, and a value of a
customer is never read as a mark-up: what is written by hand is turned into HTML first, values are escaped
when they are put in.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape

import css_inline
import mrml

from keepwell.outreach.content.contracts import ContentError
from keepwell.outreach.content.core import links, recommended
from keepwell.outreach.content.core.blocks import Block

UNSUBSCRIBE = "{{ message.unsubscribe_url }}"
FOOTER_WORDS: dict[str, tuple[str, str]] = {
    "en": ("You receive this message as a customer of", "Unsubscribe"),
    "zh-hans": ("您收到此邮件，因为您是我们的顾客：", "退订"),
    "zh-hant": ("您收到此郵件，因為您是我們的顧客：", "取消訂閱"),
    "de": ("Sie erhalten diese Nachricht als Kunde von", "Abmelden"),
    "fr": ("Vous recevez ce message en tant que client de", "Se désabonner"),
    "es": ("Recibe este mensaje como cliente de", "Darse de baja"),
    "ja": ("このメールはお客様にお送りしています：", "配信停止"),
}
BOLD = re.compile(r"\*\*(?=\S)(.+?)(?<=\S)\*\*", re.DOTALL)
LINK = re.compile(r"\[([^\[\]\n]{1,200})\]\((https://[^\s()]{1,500})\)")
COUPON_WORDS: dict[str, tuple[str, str, str]] = {
    "en": ("Your code", "valid until", ", for orders from VALUE"),
    "zh-hans": ("您的优惠码", "有效期至", "，满 VALUE 可用"),
    "zh-hant": ("您的優惠碼", "有效期至", "，滿 VALUE 可用"),
    "de": ("Ihr Code", "gültig bis", ", ab einem Bestellwert von VALUE"),
    "fr": ("Votre code", "valable jusqu'au", ", dès un achat de VALUE"),
    "es": ("Su código", "válido hasta el", ", para pedidos desde VALUE"),
    "ja": ("クーポンコード", "有効期限", "、VALUE以上のご注文"),
}
COUPON_UNTIL = "{{ offer.until | date: 'long' }}"
COUPON_MINIMUM = "{% if offer.minimum %}KW{% endif %}"
COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
DEFAULTS = {"accent": "#0f766e", "ink": "#1f2937", "background": "#f3f4f6"}
FONTS = "'Helvetica Neue', Helvetica, Arial, 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', sans-serif"
DARK = (
    "@media (prefers-color-scheme: dark) {"
    " body { background-color: #111827 !important; }"
    " .kw-page { background: #111827 !important; background-color: #111827 !important; }"
    " .kw-sheet, .kw-sheet > table { background: #1f2937 !important; background-color: #1f2937 !important; }"
    " .kw-ink div, .kw-ink a { color: #f3f4f6 !important; }"
    " .kw-faint div, .kw-faint a { color: #9ca3af !important; } }"
)


@dataclass(frozen=True)
class Case:
    """A success case as an e-mail shows it."""

    title: str
    text: str


@dataclass(frozen=True)
class Compiled:
    """Templates of both parts; values are still to be put in."""

    html: str
    text: str


def compile_email(
    blocks: Sequence[Block],
    *,
    brand: Mapping[str, str],
    language: str,
    title: str,
    cases: Mapping[str, Case] | None = None,
) -> Compiled:
    """Both parts of an e-mail; raises ContentError where the layout cannot be made of the blocks."""
    holder = Holder([*(str(v) for b in blocks for v in b.values()), title, *brand.values()])
    known = cases or {}
    rows = "".join(_row(block, holder, brand, language, known) for block in blocks)
    try:
        made = mrml.to_html(
            _document(rows, holder, brand, language, title),
            render_options=mrml.RenderOptions(disable_comments=True, fonts={}),
        )
        html = css_inline.inline(made.content, keep_at_rules=True, load_remote_stylesheets=False)
    except (OSError, ValueError) as error:
        raise ContentError("layout_failed", "blocks", detail=str(error)[:120]) from None
    return Compiled(holder.restore(html), _plain(blocks, brand, language, known))


class Holder:
    """Keeps what a template fills in out of the way: a mark that no text contains stands in its place."""

    def __init__(self, sources: Sequence[str]) -> None:
        everything = "".join(sources)
        self.mark = "kwv"
        while self.mark in everything:
            self.mark += "v"
        self.kept: list[str] = []

    def hold(self, source: str) -> str:
        """`source` with marks."""

        def keep(match: re.Match[str]) -> str:
            self.kept.append(match.group())
            return f"{self.mark}{len(self.kept) - 1}x"

        return links.LIQUID.sub(keep, source)

    def restore(self, html: str) -> str:
        """The template again."""
        return re.sub(rf"{self.mark}(\d+)x", lambda match: self.kept[int(match[1])], html)

    def line(self, source: str) -> str:
        """One line as HTML."""
        return _escaped(self.hold(source))

    def rich(self, source: str) -> str:
        """Paragraphs, line ends, **bold** and [links](https://…) as HTML."""
        held = _escaped(self.hold(source.replace("\r\n", "\n")))
        held = LINK.sub(r'<a href="\2" target="_blank">\1</a>', BOLD.sub(r"<b>\1</b>", held))
        return "<br /><br />".join(
            part.strip().replace("\n", "<br />") for part in re.split(r"\n\s*\n", held) if part.strip()
        )

    def href(self, source: str) -> str:
        """An address as an attribute."""
        return _escaped(self.hold(source))


def _escaped(text: str) -> str:
    """HTML that XML can read too: control characters cannot be written in it."""
    return escape("".join(one for one in text if one >= " " or one in "\n\t"), quote=True)


def colour(brand: Mapping[str, str], name: str) -> str:
    """A colour of the brand, or the usual one."""
    value = brand.get(name, "")
    return value if COLOUR.fullmatch(value) else DEFAULTS[name]


def readable_on(background: str) -> str:
    """Black or white, whichever can be read on a colour (WCAG 2 relative luminance).

    >>> readable_on("#0f766e"), readable_on("#fde047")
    ('#ffffff', '#111111')
    """
    parts = [int(background[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "#ffffff" if 1.05 / (luminance + 0.05) >= (luminance + 0.05) / 0.0556 else "#111111"


def tag(language: str) -> str:
    """A language as HTML and mail headers name it.

    >>> tag("zh-hans"), tag("pt-br"), tag("en")
    ('zh-Hans', 'pt-BR', 'en')
    """
    parts = language.split("-")
    return "-".join([parts[0], *(one.title() if len(one) == 4 else one.upper() for one in parts[1:])])


def _document(rows: str, holder: Holder, brand: Mapping[str, str], language: str, title: str) -> str:
    ink, background = colour(brand, "ink"), colour(brand, "background")
    logo = _logo(brand)
    return (
        f'<mjml lang="{_escaped(tag(language))}" dir="ltr"><mj-head><mj-title>{holder.line(title)}</mj-title>'
        '<mj-raw><meta name="color-scheme" content="light dark" />'
        '<meta name="supported-color-schemes" content="light dark" /></mj-raw>'
        f'<mj-attributes><mj-all font-family="{escape(FONTS)}" />'
        f'<mj-text font-size="16px" line-height="1.6" color="{ink}" /></mj-attributes>'
        f"<mj-style>{DARK}</mj-style></mj-head>"
        f'<mj-body background-color="{background}" width="600px" css-class="kw-page">{logo}'
        '<mj-section background-color="#ffffff" css-class="kw-sheet" border-radius="8px"><mj-column>'
        f"{rows}</mj-column></mj-section></mj-body></mjml>"
    )


def _logo(brand: Mapping[str, str]) -> str:
    if not brand.get("logo_url"):
        return ""
    alt = _escaped(brand.get("logo_alt") or brand.get("company_name", ""))
    return (
        '<mj-section><mj-column><mj-image width="160px" '
        f'src="{_escaped(brand["logo_url"])}" alt="{alt}" /></mj-column></mj-section>'
    )


def _row(
    block: Block, holder: Holder, brand: Mapping[str, str], language: str, cases: Mapping[str, Case]
) -> str:
    return ROWS[block["type"]](block, holder, brand, language, cases)


def _heading(block: Block, holder: Holder, *_rest: object) -> str:
    words = holder.line(block["text"])
    return (
        f'<mj-text css-class="kw-ink" font-size="22px" font-weight="600" line-height="1.35">{words}</mj-text>'
    )


def _text(block: Block, holder: Holder, *_rest: object) -> str:
    return f'<mj-text css-class="kw-ink">{holder.rich(block["text"])}</mj-text>'


def _pressed(label: str, url: str, holder: Holder, brand: Mapping[str, str]) -> str:
    accent = colour(brand, "accent")
    return (
        f'<mj-button href="{holder.href(url)}" background-color="{accent}" color="{readable_on(accent)}" '
        f'font-size="16px" inner-padding="14px 28px" border-radius="6px">{holder.line(label)}</mj-button>'
    )


def _button(block: Block, holder: Holder, brand: Mapping[str, str], *_rest: object) -> str:
    return _pressed(block["label"], block["url"], holder, brand)


def _picture(url: str, alt: str, link: str, holder: Holder) -> str:
    href = f' href="{holder.href(link)}"' if link else ""
    return f'<mj-image src="{holder.href(url)}" alt="{holder.line(alt)}" fluid-on-mobile="true"{href} />'


def _image(block: Block, holder: Holder, *_rest: object) -> str:
    return _picture(block["url"], block["alt"], block.get("link", ""), holder)


def _divider(*_rest: object) -> str:
    return '<mj-divider border-width="1px" border-color="#d1d5db" />'


def _product(block: Block, holder: Holder, brand: Mapping[str, str], *_rest: object) -> str:
    picture = _picture(block["image"], block["alt"], block["url"], holder) if block.get("image") else ""
    price = f"<br />{holder.line(block['price'])}" if block.get("price") else ""
    text = f"<br />{holder.rich(block['text'])}" if block.get("text") else ""
    words = f'<mj-text css-class="kw-ink"><b>{holder.line(block["name"])}</b>{price}{text}</mj-text>'
    return picture + words + _pressed(block["label"], block["url"], holder, brand)


def _case(block: Block, holder: Holder, _brand: object, _language: object, cases: Mapping[str, Case]) -> str:
    case = cases.get(block["code"])
    if case is None:
        raise ContentError("no_such_case", "blocks", code=block["code"])
    words = f"<b>{holder.line(case.title)}</b><br />{holder.rich(case.text)}"
    return f'<mj-text css-class="kw-ink" padding="10px 25px 10px 37px">{words}</mj-text>'


def _coupon(block: Block, holder: Holder, brand: Mapping[str, str], language: str, _cases: object) -> str:
    accent = colour(brand, "accent")
    yours, until, least = _coupon_words(language)
    told = f'<mj-text css-class="kw-ink">{holder.rich(block["text"])}</mj-text>' if block.get("text") else ""
    frame = f"border:2px dashed {accent};border-radius:6px;padding:10px 18px;letter-spacing:1px"
    minimum = _least(least)
    code = f'<span style="{frame}">{holder.line("{{ coupon.code }}")}</span>'
    return told + "".join(
        f'<mj-text css-class="{ink}" align="center" font-size="{size}" line-height="1.8">{line}</mj-text>'
        for ink, size, line in (
            ("kw-ink", "22px", f"<b>{holder.line('{{ offer.words }}')}</b>"),
            ("kw-faint", "13px", escape(yours)),
            ("kw-ink", "20px", code),
            ("kw-faint", "13px", holder.line(f"{until} {COUPON_UNTIL}{minimum}")),
        )
    )


def _recommendations(block: Block, holder: Holder, _brand: object, language: str, _cases: object) -> str:
    heading, instead = holder.line(block["heading"]), holder.rich(block.get("instead", ""))
    return recommended.html(heading, instead, language, holder.hold)


def _least(words: str) -> str:
    return COUPON_MINIMUM.replace("KW", words.replace("VALUE", "{{ offer.minimum }}"))


def _coupon_words(language: str) -> tuple[str, str, str]:
    return COUPON_WORDS.get(language) or COUPON_WORDS.get(language.partition("-")[0], COUPON_WORDS["en"])


def _footer_words(language: str) -> tuple[str, str]:
    return FOOTER_WORDS.get(language) or FOOTER_WORDS.get(language.partition("-")[0], FOOTER_WORDS["en"])


def _footer(_block: Block, holder: Holder, brand: Mapping[str, str], language: str, _cases: object) -> str:
    why, end = _footer_words(language)
    lines = [f"{escape(why)} {_escaped(brand.get('company_name', ''))}"]
    lines += [_escaped(brand[name]) for name in ("legal_address", "phone", "email") if brand.get(name)]
    if brand.get("footer_note"):
        lines.append(_escaped(brand["footer_note"]))
    lines.append(
        f'<a href="{holder.href(UNSUBSCRIBE)}" target="_blank" style="color:#6b7280">{escape(end)}</a>'
    )
    return (
        '<mj-divider border-width="1px" border-color="#d1d5db" />'
        f'<mj-text css-class="kw-faint" font-size="13px" color="#6b7280">{"<br />".join(lines)}</mj-text>'
    )


Row = Callable[[Block, Holder, Mapping[str, str], str, Mapping[str, Case]], str]
ROWS: dict[str, Row] = {
    "heading": _heading,
    "text": _text,
    "button": _button,
    "image": _image,
    "divider": _divider,
    "product": _product,
    "case": _case,
    "coupon": _coupon,
    "recommendations": _recommendations,
    "footer": _footer,
}


def _plain(
    blocks: Sequence[Block], brand: Mapping[str, str], language: str, cases: Mapping[str, Case]
) -> str:
    parts = [_plain_block(block, brand, language, cases) for block in blocks]
    return "\n\n".join(part for part in parts if part) + "\n"


def _plain_block(block: Block, brand: Mapping[str, str], language: str, cases: Mapping[str, Case]) -> str:
    kind = block["type"]
    if kind in ("heading", "text"):
        return unmarked(block["text"])
    if kind == "button":
        return f"{block['label']}: {block['url']}"
    if kind == "image":
        return f"[{block['alt']}]" + (f" {block['link']}" if block.get("link") else "")
    if kind == "divider":
        return "-" * 40
    if kind == "product":
        lines = [block["name"], block.get("price", ""), unmarked(block.get("text", ""))]
        return "\n".join([*(one for one in lines if one), f"{block['label']}: {block['url']}"])
    if kind == "case":
        case = cases[block["code"]]
        return f"{case.title}\n{unmarked(case.text)}"
    if kind == "coupon":
        yours, until, least = _coupon_words(language)
        lines = [unmarked(block.get("text", "")), "{{ offer.words }}", f"{yours}: {{{{ coupon.code }}}}"]
        lines.append(f"{until} {COUPON_UNTIL}{_least(least)}")
        return "\n".join(one for one in lines if one)
    if kind == "recommendations":
        return recommended.plain(block["heading"], unmarked(block.get("instead", "")), language)
    why, end = _footer_words(language)
    lines = [f"{why} {brand.get('company_name', '')}", brand.get("legal_address", ""), brand.get("phone", "")]
    lines += [brand.get("email", ""), brand.get("footer_note", ""), f"{end}: {UNSUBSCRIBE}"]
    return "-- \n" + "\n".join(one for one in lines if one)


def unmarked(source: str) -> str:
    """Text as it is read without any mark-up."""
    return LINK.sub(r"\1: \2", BOLD.sub(r"\1", source.replace("\r\n", "\n"))).strip()
