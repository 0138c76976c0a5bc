"""Feeling by a lexicon: words with weights, turned round by negation and scaled by words of degree.

The lexicon is Keepwell's own. The way of adding up follows C. Hutto, E. Gilbert, VADER (ICWSM 2014): a
negation reaches over a few words and takes some of the strength, what follows "but" counts for more than what
goes before, and the sum is bent into -1 to 1. Chinese words are found by the longest match, for they are not
set apart.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from keepwell.science.sentiment.script import plain

TURNED = -0.8  # what a negation makes of a word
REACH = 4  # words or characters that a negation or a word of degree reaches over
BEND = 8.0  # half of 1 is reached where the sum's square is a third of it
STEEP = 0.55  # of the logistic curve from the sum to the chance of being content
BEFORE_BUT, AFTER_BUT = 0.6, 1.3
_STOPS = frozenset(',.!?;:~,。!?;:、…\n()[]"“”')
_WORD = re.compile(r"[a-z0-9]+(?:'[a-z]+)?")
_PHRASE_WORDS = 5


@dataclass(frozen=True)
class Sign:
    """A word that says something, and how much of the feeling it makes; below 0 it is bad."""

    word: str
    weight: float


@dataclass(frozen=True)
class _Token:
    word: str
    kind: str  # word, not, more, but, stop, other
    value: float = 0.0


def signs(text: str) -> list[Sign]:
    """The words of `text` that say how somebody feels, in their order, with what negation and degree leave.

    >>> [(one.word, one.weight > 0) for one in signs("东西不错，但是客服不太热情")]
    [('不错', True), ('不太热情', False)]
    """
    tokens = list(_tokens(plain(text)))
    last_but = max((place for place, one in enumerate(tokens) if one.kind == "but"), default=None)
    found = []
    for place, one in enumerate(tokens):
        if one.kind != "word" or not one.value:
            continue
        first, factor = _before(tokens, place)
        if last_but is not None:
            factor *= AFTER_BUT if place > last_but else BEFORE_BUT
        found.append(Sign(_shown(tokens[first : place + 1]), one.value * factor))
    return found


def total(found: list[Sign]) -> float:
    """The sum of the weights; long texts count by the root of how many signs they hold."""
    return sum(one.weight for one in found) / math.sqrt(max(len(found), 1) ** 0.5)


def _before(tokens: list[_Token], place: int) -> tuple[int, float]:
    """Where the words begin that belong to the one at `place`, and their factor."""
    factor, first = 1.0, place
    for back in range(place - 1, max(place - 1 - REACH, -1), -1):
        one = tokens[back]
        if one.kind in ("stop", "but", "word"):
            break
        if one.kind == "not":
            factor, first = factor * TURNED, back
        elif one.kind == "more":
            # "not very good" is milder than "not good"; "very not good" does not turn it again.
            factor, first = factor * one.value, back
    return first, factor


def _shown(tokens: list[_Token]) -> str:
    is_latin = all(one.word.isascii() for one in tokens)
    return (" " if is_latin else "").join(one.word for one in tokens)


def _tokens(text: str) -> Iterator[_Token]:
    place = 0
    chinese, english = _words("zh"), _words("en")
    longest = max(map(len, chinese))
    while place < len(text):
        if (match := _WORD.match(text, place)) is not None:
            found, place = _latin(text, match, english)
            yield found
            continue
        for size in range(min(longest, len(text) - place), 0, -1):
            token = chinese.get(text[place : place + size])
            if token is not None:
                break
        else:
            size, one = 1, text[place]
            if one.isspace() and one != "\n":
                place += 1
                continue
            token = _Token(one, "stop" if one in _STOPS else "other")
        place += size
        yield token


def _latin(text: str, match: re.Match[str], lexicon: Mapping[str, _Token]) -> tuple[_Token, int]:
    """The longest phrase of the lexicon from here on, else one word."""
    ends: list[int] = []
    words: list[str] = []
    place = match.start()
    while len(words) < _PHRASE_WORDS and (following := _WORD.match(text, place)) is not None:
        words.append(following.group())
        ends.append(following.end())
        place = following.end()
        while place < len(text) and text[place] in " -":
            place += 1
    for count in range(len(words), 0, -1):
        token = lexicon.get("_".join(words[:count]))
        if token is not None:
            return _Token(token.word.replace("_", " "), token.kind, token.value), ends[count - 1]
    # Numbers are said among Chinese words too: 12315 is where shops are reported to.
    return _words("zh").get(words[0], _Token(words[0], "other")), ends[0]


@cache
def _words(language: str) -> Mapping[str, _Token]:
    """The words of one language, as they stand in the file: the kind or weight, then the words."""
    words: dict[str, _Token] = {}
    function: dict[str, _Token] = {}
    degree: dict[str, _Token] = {}
    for line in (files(__package__) / f"{language}.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("#") or not line.strip():
            continue
        head, *listed = line.split()
        for word in listed:
            if head in ("not", "but"):
                function[word] = _Token(word, head)
            elif head.startswith("x"):
                degree[word] = _Token(word, "more", float(head[1:]))
            else:
                weight = float(head)
                words[word] = _Token(word, "word" if weight else "other", weight)
    # What bears a feeling itself is no mere degree: "严重" is bad on its own.
    return {**degree, **words, **function}
