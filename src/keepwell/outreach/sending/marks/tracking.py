"""Links that lead over us and a picture that tells of an opening, in the HTML part of an e-mail alone.

Put in when a message is handed over: what is kept has the links as they were written, and these are the only
ones that a click can lead to. Whether the customer allows it is asked at that moment too.

Everything but the changed attributes stays as it was, letter by letter: mail programs live on mark-up that a
parser would put in order, such as conditional comments.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from html.parser import HTMLParser
from urllib.parse import urlsplit

from keepwell.outreach.sending.marks import addresses
from keepwell.outreach.sending.marks.tokens import LINK_MAX

FOLLOWED = ("http", "https")
ELEMENTS = frozenset({"a", "area"})
PICTURE = '<img src="{}" width="1" height="1" alt="" style="display:block;width:1px;height:1px;border:0" />'
# Nobody sees it, so nobody but a program that follows all links comes over it.
TRAP = '<a href="{}" style="display:none" tabindex="-1" aria-hidden="true"></a>'


# Mark-up that every parser reads in the same way: comments, elements whose words are no mark-up, and tags
# whose attributes stand between double quotes. In anything else the parser looks for links, far more slowly.
_WORDS = (
    "script", "style", "title", "textarea", "iframe", "noembed", "noframes", "noscript", "xmp", "plaintext",
)  # fmt: skip
_ATTRIBUTES = r'(?:[ \n]++[a-z:-]++="[^"<>]*+")*+'
# At any place one of these can match at most; what is most frequent is tried first.
_PLAIN = re.compile(
    rf"""(?:[^<&]++
    | <(?!(?:a|area|{"|".join(_WORDS)})[ \n/>])[a-z][a-z0-9:]*+{_ATTRIBUTES}[ \n]*+/?>
    | </(?!body>)[a-z][a-z0-9:]*+>
    | &(?:[a-zA-Z][a-zA-Z0-9]*+|\#[0-9]++|\#x[0-9a-fA-F]++);
    | <!--(?!-?>)(?:[^-]++|-(?!-))*+-->
    | {"|".join(f"<{one}{_ATTRIBUTES}>[^<&]*+</{one}>" for one in _WORDS)}
    | <!DOCTYPE\ html>)*+""",
    re.VERBOSE,
)
_LINK = re.compile(rf"<(?:a|area){_ATTRIBUTES}[ \n]*+/?>")


@dataclass(frozen=True)
class _Place:
    """A start tag with a link to be followed: where it stands, and what it says."""

    begin: int
    end: int
    tag: str
    attributes: tuple[tuple[str, str | None], ...]
    target: str


class _Finder(HTMLParser):
    """Finds the links that may be followed, and the end of the body, by their places in the source."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=False)
        self.found: list[_Place] = []
        self.body_end = -1
        self._line_begins = [0]
        while place := html.find("\n", self._line_begins[-1]) + 1:
            self._line_begins.append(place)
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep a link that leads to a page."""
        if tag not in ELEMENTS:
            return
        target = next((value for name, value in attrs if name == "href"), None)
        if target is None or not followed(target.strip()):
            return
        source = self.get_starttag_text() or ""
        begin = self._place()
        self.found.append(_Place(begin, begin + len(source), tag, tuple(attrs), target.strip()))

    def handle_endtag(self, tag: str) -> None:
        """Note the end of the body."""
        if tag == "body":
            self.body_end = self._place()

    def _place(self) -> int:
        line, column = self.getpos()
        return self._line_begins[line - 1] + column


class _One(HTMLParser):
    """Reads a single start tag."""

    attributes: tuple[tuple[str, str | None], ...] = ()

    def handle_starttag(self, _tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep what it says."""
        self.attributes = tuple(attrs)


@lru_cache(maxsize=4_096)
def _attributes(source: str) -> tuple[tuple[str, str | None], ...]:
    one = _One(convert_charrefs=False)
    one.feed(source)
    return one.attributes


@dataclass(frozen=True)
class _Found:
    """Links that may be followed, in the order of the text, and where the body ends; -1 where it does not."""

    places: list[_Place]
    body_end: int


def _find(html: str) -> _Found:
    """By what is certain about the mark-up, or else by the parser."""
    places: list[_Place] = []
    place, body_end = 0, -1
    while (place := _end(_PLAIN, html, place)) < len(html):
        if html.startswith("</body>", place):
            body_end = place
            place += len("</body>")
            continue
        link = _LINK.match(html, place)
        if link is None:
            finder = _Finder(html)
            return _Found(finder.found, finder.body_end)
        attributes = _attributes(link.group())
        target = next((value for name, value in attributes if name == "href"), None)
        if target is not None and followed(target.strip()):
            tag = "area" if link.group().startswith("area", 1) else "a"
            places.append(_Place(place, link.end(), tag, attributes, target.strip()))
        place = link.end()
    return _Found(places, body_end)


def _end(pattern: re.Pattern[str], html: str, place: int) -> int:
    found = pattern.match(html, place)
    return found.end() if found else place


@lru_cache(maxsize=4_096)
def followed(target: str) -> bool:
    """Whether a link leads to a page, and not to a letter, a call or a place in the same text."""
    try:
        parts = urlsplit(target)
        return parts.scheme.lower() in FOLLOWED and bool(parts.hostname)
    except ValueError:
        return False


def links(html: str) -> tuple[str, ...]:
    """The targets that a click may lead to, in the order of the text, each once; the first is number 1.

    Numbers follow from the text alone, so that they mean the same whatever is set later.
    """
    return _targets(_find(html).places)


def tracked(html: str, message_id: str, *, clicks: bool, opens: bool) -> str:
    """`html` with links that lead over us and the picture; addresses to unsubscribe are left alone."""
    if not html or not (clicks or opens):
        return html
    found = _find(html)
    parts, last = [], 0
    if clicks:
        numbers = {target: number for number, target in enumerate(_targets(found.places), 1)}
        for one in found.places:
            if not addresses.is_own(one.target) and numbers[one.target] <= LINK_MAX:
                address = addresses.click_url(message_id, numbers[one.target])
                parts += [html[last : one.begin], _tag(one, address, html)]
                last = one.end
    ending = (TRAP.format(escape(addresses.click_url(message_id, 0))) if clicks else "") + (
        PICTURE.format(escape(addresses.open_url(message_id))) if opens else ""
    )
    end = found.body_end if found.body_end >= last else len(html)
    return "".join([*parts, html[last:end], ending, html[end:]])


def _targets(found: list[_Place]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.target for one in found))


def _tag(one: _Place, address: str, html: str) -> str:
    """The start tag with another link, its other attributes as they read."""
    closing = " />" if html[one.begin : one.end].endswith("/>") else ">"
    seen: set[str] = set()
    written = []
    for name, value in one.attributes:
        if name in seen:
            continue  # a second attribute of a name counts for no reader
        seen.add(name)
        said = address if name == "href" else value
        written.append(name if said is None else f'{name}="{escape(said)}"')
    return f"<{' '.join([one.tag, *written])}{closing}"
