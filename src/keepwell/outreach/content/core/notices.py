"""A banner or pop-up: from its block to HTML to be filled in, and from there to what a page or an app shows.

The HTML is only the form in which it is kept and filled in: values are escaped there like those of an e-mail,
and what comes out again is plain text that nobody can mistake for mark-up.
"""

from __future__ import annotations

from dataclasses import dataclass
from html.parser import HTMLParser

from keepwell.outreach.content.core.blocks import Block
from keepwell.outreach.content.core.email import Compiled, Holder

STYLE = (
    "body{margin:0;padding:16px;font:16px/1.5 system-ui,sans-serif;color:#1f2937;background:#fff}"
    "h2{margin:0 0 4px;font-size:18px}p{margin:0 0 12px}img{display:block;max-width:100%;margin:0 0 12px}"
    "a{display:inline-block;padding:10px 20px;border-radius:6px;background:#0f766e;color:#fff;"
    "text-decoration:none}"
)
FIELDS = {"h2": "title", "p": "text", "a": "label"}


@dataclass(frozen=True)
class NoticeWords:
    """What is shown, in plain text; `url` and `image` are addresses by https, or empty."""

    title: str = ""
    text: str = ""
    label: str = ""
    url: str = ""
    image: str = ""
    alt: str = ""


def compile_notice(block: Block) -> Compiled:
    """Templates of a banner or pop-up, as HTML and as plain text."""
    holder = Holder([str(value) for value in block.values()])
    title, text = block.get("title", ""), block.get("text", "").replace("\r\n", "\n")
    label, url, image, alt = (block.get(name, "") for name in ("label", "url", "image", "alt"))
    picture = f'<img src="{holder.href(image)}" alt="{holder.line(alt)}" />' if image else ""
    words = f"<p>{holder.line(text)}</p>".replace("\n", "<br />") if text else ""
    button = f'<a href="{holder.href(url)}">{holder.line(label)}</a>' if url else ""
    body = f"{picture}<h2>{holder.line(title)}</h2>{words}{button}"
    html = f"<html><head><style>{STYLE}</style></head><body>{body}</body></html>"
    plain = [title, text, f"{label}: {url}" if url else ""]
    return Compiled(holder.restore(html), "\n".join(one for one in plain if one))


def read_notice(html: str) -> NoticeWords:
    """What the filled-in HTML of `compile_notice` says."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return NoticeWords(**{name: value.strip() for name, value in reader.found.items()})


class _Reader(HTMLParser):
    """Reads the few elements that there are."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: dict[str, str] = {}
        self._field = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a field, or take a picture."""
        said = {name: value or "" for name, value in attrs}
        if tag == "img":
            self.found |= {"image": _https(said.get("src", "")), "alt": said.get("alt", "")}
        elif tag == "a":
            self.found["url"] = _https(said.get("href", ""))
        elif tag == "br" and self._field:
            self.found[self._field] += "\n"
        if tag in FIELDS:
            self._field = FIELDS[tag]
            self.found.setdefault(self._field, "")

    def handle_endtag(self, tag: str) -> None:
        """End it."""
        if FIELDS.get(tag) == self._field:
            self._field = ""

    def handle_data(self, data: str) -> None:
        """Words of the field that is open."""
        if self._field:
            self.found[self._field] += data


def _https(address: str) -> str:
    """The address, "" where it is not secure: a value must not lead anybody elsewhere."""
    return address if address.lower().startswith("https://") else ""
