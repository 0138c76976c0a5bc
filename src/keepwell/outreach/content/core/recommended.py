"""The block “Recommendations” of an e-mail: one text, of which nothing stays for whoever has none."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

# Because the reader bought it; the name stands where VALUE does.
BECAUSE_WORDS: dict[str, str] = {
    "en": "goes well with VALUE, which you bought",
    "zh-hans": "适合搭配您买过的VALUE",
    "zh-hant": "適合搭配您買過的VALUE",
    "de": "passt zu VALUE, das Sie gekauft haben",
    "fr": "va bien avec VALUE, que vous avez acheté",
    "es": "combina con VALUE, que usted compró",
    "ja": "ご購入のVALUEとよく合います",
}
PICTURE = (
    '{% if item.picture %}<img src="{{ item.picture }}" width="96" alt="" '
    'style="display:block;width:96px;border-radius:6px;margin:8px 0 4px" />{% endif %}'
)
NAMED = (
    '{% if item.link %}<a href="{{ item.link }}" target="_blank"><b>{{ item.name }}</b></a>'
    "{% else %}<b>{{ item.name }}</b>{% endif %}"
)
PRICE = "{% if item.price %} · {{ item.price }}{% endif %}"


def html(heading: str, instead: str, language: str, hold: Callable[[str], str]) -> str:
    """The layout; `heading` and `instead` are HTML already, `hold` keeps what a template fills in."""
    words = escape(because(language, "{{ item.because }}"))
    reason = f'{{% if item.because %}}<br /><span style="font-size:13px">{words}</span>{{% endif %}}'
    line = f'<div style="margin:12px 0">{PICTURE}{NAMED}{PRICE}{reason}</div>'
    parts = (
        hold("{% if recommended.items %}"),
        f'<b style="font-size:18px">{heading}</b><br />',
        hold(f"{{% for item in recommended.items %}}{line}{{% endfor %}}"),
        hold("{% else %}"),
        instead,
        hold("{% endif %}"),
    )
    return f'<mj-text css-class="kw-ink">{"".join(parts)}</mj-text>'


def plain(heading: str, instead: str, language: str) -> str:
    """The same without mark-up, a line for each product."""
    reason = f"{{% if item.because %}} ({because(language, '{{ item.because }}')}){{% endif %}}"
    line = f"- {{{{ item.name }}}}{PRICE}{reason}{{% if item.link %}}: {{{{ item.link }}}}{{% endif %}}"
    items = f"{{% for item in recommended.items %}}\n{line}{{% endfor %}}"
    return f"{{% if recommended.items %}}{heading}{items}{{% else %}}{instead}{{% endif %}}"


def because(language: str, name: str) -> str:
    """Why a product is shown, in the reader's language.

    >>> because("en", "the kettle")
    'goes well with the kettle, which you bought'
    """
    words = BECAUSE_WORDS.get(language) or BECAUSE_WORDS.get(language.partition("-")[0], BECAUSE_WORDS["en"])
    return words.replace("VALUE", name)
