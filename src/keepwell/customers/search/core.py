"""What is indexed of a customer, what a query asks for, and how well an answer fits. Pure rules.

A token is a text with a letter in front that says what it is: `n` a whole name, `f` a whole name in Latin
letters (pinyin too), `l` a beginning in Latin letters or another alphabet, `g` two Chinese characters,
`p` the end of a phone number, `e` an e-mail address or the beginning of its local part.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum

from keepwell.customers.search import spelling

PREFIX_MIN, PREFIX_MAX = 2, 12
PHONE_ENDS = (4, 6, 8)
LOCAL_BEGINNINGS = (4, 6, 8)
QUERY_LENGTH_MAX = 100
DIGITS = re.compile(r"[\d\s().+\-/]+")


@dataclass(frozen=True)
class Terms:
    """What names a customer, in plain text: only ever in memory."""

    names: tuple[str, ...] = ()
    companies: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()  # digits, perhaps with a leading "+"
    emails: tuple[str, ...] = ()  # lower case


class Fit(IntEnum):
    """How well a customer answers a query; the greater the earlier."""

    SOUND = 20
    COMPANY = 30
    EMAIL_PART = 35
    PHONE_END = 40
    NAME_PART = 45
    INITIALS = 50
    PINYIN_PART = 55
    NAME_WORDS = 60
    NAME_BEGIN = 70
    PINYIN = 80
    NAME = 90
    CONTACT = 95
    NUMBER_BEGIN = 65
    NUMBER = 100


@dataclass(frozen=True)
class Query:
    """A query, taken apart once."""

    text: str
    compact: str
    words: tuple[str, ...]
    han: tuple[str, ...]
    digits: str
    email: str
    probes: tuple[frozenset[str], ...] = field(default=())

    @property
    def is_latin(self) -> bool:
        """Whether it has no Chinese character."""
        return not self.han


def tokens(terms: Terms) -> frozenset[str]:
    """Every token under which a customer is found."""
    found: set[str] = set()
    for text in (*terms.names, *terms.companies):
        found.update(_name_tokens(text))
    for phone in terms.phones:
        digits = phone.lstrip("+")
        found.update(f"p{digits[-size:]}" for size in PHONE_ENDS if len(digits) >= size)
    for email in terms.emails:
        local = email.partition("@")[0]
        found.update((f"e{email}", f"e{local}"))
        found.update(f"e{local[:size]}" for size in LOCAL_BEGINNINGS if len(local) > size)
    return frozenset(found)


def _name_tokens(text: str) -> Iterator[str]:
    whole = spelling.compact(text)
    if not whole:
        return
    yield f"n{whole}"
    words = spelling.words(text)
    for word in words:
        yield from _beginnings(word)
    if words:
        yield f"f{''.join(words)}"
    for run in spelling.han_runs(text):
        yield from (f"g{run[place : place + 2]}" for place in range(len(run) - 1))
        for surname, given in spelling.readings(run):
            joined = surname + "".join(given)
            yield f"f{joined}"
            yield from _beginnings(joined)
            if given:
                yield f"f{''.join(given)}"
        for letters in spelling.initials(run):
            yield from _beginnings(letters)


def _beginnings(word: str) -> Iterator[str]:
    for size in range(PREFIX_MIN, min(len(word), PREFIX_MAX) + 1):
        yield f"l{word[:size]}"


def parse(text: str) -> Query | None:
    """Take a query apart; None where it is too short to be looked for."""
    shown = text.strip()[:QUERY_LENGTH_MAX]
    whole = spelling.compact(shown)
    if len(whole) < PREFIX_MIN and not spelling.HAN.search(whole):
        return None
    digits = re.sub(r"\D", "", shown) if DIGITS.fullmatch(shown) else ""
    email = shown.casefold() if re.fullmatch(r"[^\s@]+@?[^\s@]*", shown) else ""
    words, han = tuple(spelling.words(shown)), tuple(spelling.han_runs(shown))
    asked = Query(shown, whole, words, han, digits, email)
    return Query(shown, whole, words, han, digits, email, tuple(_probes(asked)))


def _probes(asked: Query) -> Iterator[frozenset[str]]:
    """Sets of tokens, any of which an answer must have whole; the surest first."""
    if asked.digits:
        size = max((s for s in PHONE_ENDS if s <= len(asked.digits)), default=0)
        if size:
            yield frozenset({f"p{asked.digits[-size:]}"})
    if asked.email:
        yield frozenset({f"e{asked.email}"})
        local = asked.email.partition("@")[0]
        size = max((s for s in LOCAL_BEGINNINGS if s < len(local)), default=0)
        yield frozenset({f"e{local[:size] if size else local}"})
    if asked.compact:
        yield frozenset({f"n{asked.compact}"})
    if asked.han:
        grams = {f"g{run[at : at + 2]}" for run in asked.han for at in range(len(run) - 1)}
        rest = {f"l{word[:PREFIX_MAX]}" for word in asked.words if len(word) >= PREFIX_MIN}
        if grams or rest:
            yield frozenset(grams | rest)
        if len(asked.han) == 1 and not asked.words and len(asked.han[0]) > 1:
            for surname, given in spelling.readings(asked.han[0]):
                yield frozenset({f"f{surname}{''.join(given)}"})
    elif asked.words:
        yield from _latin_probes(asked.words)


def _latin_probes(words: tuple[str, ...]) -> Iterator[frozenset[str]]:
    joined = "".join(words)
    if len(joined) < PREFIX_MIN:
        return
    yield frozenset({f"f{joined}"})
    if len(words) == 2:
        yield frozenset({f"f{words[1]}{words[0]}"})  # "wei zhang"
    yield frozenset({f"l{joined[:PREFIX_MAX]}"})
    if len(words) > 1:
        parts = frozenset(f"l{word[:PREFIX_MAX]}" for word in words if len(word) >= PREFIX_MIN)
        if parts:
            yield parts


def grade(asked: Query, terms: Terms) -> Fit | None:
    """How well `terms` answer the query; None where they do not."""
    found = [fit for fit in (_contact_fit(asked, terms), *_name_fits(asked, terms)) if fit is not None]
    return max(found, default=None)


def _contact_fit(asked: Query, terms: Terms) -> Fit | None:
    if len(asked.digits) >= PHONE_ENDS[0]:
        for phone in terms.phones:
            digits = phone.lstrip("+")
            if digits == asked.digits or (len(asked.digits) >= 10 and digits.endswith(asked.digits)):
                return Fit.CONTACT
            if digits.endswith(asked.digits[-len(digits) :]) and len(asked.digits) <= len(digits):
                return Fit.PHONE_END
    if asked.email:
        if asked.email in terms.emails:
            return Fit.CONTACT
        local, at, _domain = asked.email.partition("@")
        for email in terms.emails:
            mine = email.partition("@")[0]
            whole = email.startswith(asked.email) if at else mine == local
            if whole or (not at and len(local) >= LOCAL_BEGINNINGS[0] and mine.startswith(local)):
                return Fit.EMAIL_PART
    return None


def _name_fits(asked: Query, terms: Terms) -> Iterator[Fit | None]:
    for name in terms.names:
        yield _name_fit(asked, name)
    for company in terms.companies:
        yield Fit.COMPANY if _name_fit(asked, company) is not None else None


def _name_fit(asked: Query, name: str) -> Fit | None:
    whole = spelling.compact(name)
    if not asked.compact or not whole:
        return None
    if whole == asked.compact:
        return Fit.NAME
    if whole.startswith(asked.compact):
        return Fit.NAME_BEGIN
    mine = spelling.words(name)
    if asked.han:
        inside = all(run in whole for run in asked.han)
        if inside and all(any(w.startswith(word) for w in mine) for word in asked.words):
            return Fit.NAME_PART
        return _sound_fit(asked, name)
    return _latin_fit(asked, name, mine)


def _latin_fit(asked: Query, name: str, mine: list[str]) -> Fit | None:
    joined = "".join(asked.words)
    turned = "".join(reversed(asked.words)) if len(asked.words) == 2 else joined
    if mine and "".join(mine) in (joined, turned):
        return Fit.NAME
    if mine and all(any(w.startswith(word) for w in mine) for word in asked.words):
        return Fit.NAME_WORDS
    best: Fit | None = None
    for run in spelling.han_runs(name):
        for surname, given in spelling.readings(run):
            spelt = surname + "".join(given)
            if spelt in (joined, turned):
                return Fit.PINYIN
            if spelt.startswith(joined) or "".join(given) == joined:
                best = max(best or Fit.PINYIN_PART, Fit.PINYIN_PART)
        if any(letters.startswith(joined) for letters in spelling.initials(run)):
            best = max(best or Fit.INITIALS, Fit.INITIALS)
    return best


def _sound_fit(asked: Query, name: str) -> Fit | None:
    """The same sound in other characters, 張偉 for 张伟."""
    if len(asked.han) != 1 or asked.words or len(asked.han[0]) < 2:
        return None
    sounds = {surname + "".join(given) for surname, given in spelling.readings(asked.han[0])}
    for run in spelling.han_runs(name):
        if any(surname + "".join(given) in sounds for surname, given in spelling.readings(run)):
            return Fit.SOUND
    return None
