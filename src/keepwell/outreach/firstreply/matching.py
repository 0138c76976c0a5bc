"""Which answer of the house a message asks for: weighted n-grams, alike for scripts with and without blanks.

A phrase of an answer and a message are cut into tokens: pairs of characters in Chinese, Japanese and Korean,
triples of characters of each word elsewhere, so that endings and slips of the pen make little difference. A
token weighs by how few answers have it (the inverse document frequency of BM25). The score is the weight of
the phrase that the message holds, made smaller by BM25's length normalisation where the message says much
beside it: from 0, nothing, to 1, all of it. Robertson and Zaragoza (2009), The Probabilistic Relevance
Framework: BM25 and Beyond, equations 3.3 and 3.15.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

B = 0.25  # how much a long message costs
USUAL_LENGTH = 16  # tokens that a question may have for nothing
LONGEST = 6  # characters of a candidate without blanks
NEAR = 0.04  # two answers that are nearer than this are not told apart by their score alone
_HAN = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff"
_RUNS = re.compile(rf"[{_HAN}]+|[^\W_{_HAN}]+")
_IS_HAN = re.compile(rf"[{_HAN}]")
# What a question is made of whatever it is about.
_FILLER = re.compile(
    "请问一下|請問一下|请问|請問|你们|您们|你們|我们|我們|一下|可以|能不能|是不是|有没有|有沒有|怎么样|怎麼樣|什么|什麼|怎么|怎麼"
    "|如何|为什么|為什麼|谢谢|謝謝|麻烦|麻煩|你好|您好|[的了吗嗎呢啊吧呀我你您他她它這这那是在就也都还還和与與要想]"
)
_STOP = frozenset(
    {
        *("a", "an", "and", "any", "are", "at", "be", "can", "could", "do", "does", "for", "from", "get"),
        *("got", "has", "have", "hello", "hi", "how", "i", "if", "in", "is", "it", "its", "me", "my", "of"),
        *("on", "or", "our", "please", "so", "that", "the", "their", "there", "they", "this", "to", "us"),
        *("was", "we", "what", "when", "where", "which", "who", "will", "with", "would", "you", "your"),
    }
)


@dataclass(frozen=True)
class Phrases:
    """The words of one answer in every language."""

    key: int
    phrases: tuple[str, ...]


@dataclass(frozen=True)
class Match:
    """The answer that fits best, and how well, from 0 to 1."""

    key: int
    score: float


def plain(text: str) -> str:
    """Text as it is compared: width and capitals make no difference."""
    return unicodedata.normalize("NFKC", text).casefold()


def has_han(text: str) -> bool:
    """Whether there is a character of a script without blanks."""
    return _IS_HAN.search(text) is not None


def tokens(text: str) -> Counter[str]:
    """The tokens of a text.

    >>> sorted(tokens("快递到哪了")), sorted(tokens("my order"))
    (['到哪', '快递', '递到'], [' or', 'der', 'er ', 'ord', 'rde'])
    """
    found: Counter[str] = Counter()
    for run in _RUNS.findall(plain(text)):
        if _IS_HAN.match(run):
            for part in _FILLER.split(run):
                found.update(_grams(part, 2) if len(part) > 1 else [part] if part else [])
        elif run not in _STOP:
            found.update(_grams(f" {run} ", 3))
    return found


def _grams(text: str, size: int) -> list[str]:
    return [text[at : at + size] for at in range(max(1, len(text) - size + 1))]


class Matcher:
    """Knows the phrases of all answers; asked message by message."""

    def __init__(self, answers: Sequence[Phrases]) -> None:
        self._known = [
            (one.key, [cut for phrase in one.phrases if (cut := tokens(phrase))]) for one in answers
        ]
        having = Counter(token for _key, cuts in self._known for token in {t for cut in cuts for t in cut})
        count = len(self._known)
        self._weights = {
            token: math.log(1 + (count - number + 0.5) / (number + 0.5)) for token, number in having.items()
        }

    def best(self, message: str) -> Match | None:
        """The answer that fits best; None where none fits at all, or two fit alike."""
        said = tokens(message)
        scored = sorted(((*self._score(cuts, said), key) for key, cuts in self._known), reverse=True)
        if not scored or scored[0][0] <= 0:
            return None
        near = [one for one in scored if one[0] >= scored[0][0] - NEAR]
        # Of those that fit alike the one of which more was said.
        near.sort(key=lambda one: (-one[1], -one[0]))
        if len(near) > 1 and near[0][1] == near[1][1]:
            return None
        return Match(near[0][2], near[0][0])

    def _score(self, cuts: Iterable[Mapping[str, int]], said: Mapping[str, int]) -> tuple[float, float]:
        """The best score of a phrase, and the weight of what was found of it."""
        most = (0.0, 0.0)
        for cut in cuts:
            whole = sum(self._weights[token] for token in cut)
            held = sum(self._weights[token] for token in cut if token in said)
            beside = max(0, sum(said.values()) - max(len(cut), USUAL_LENGTH))
            length = 1 + B * beside / USUAL_LENGTH
            if whole and (held / whole / length, held) > most:
                most = (held / whole / length, held)
        return most


def frequent(texts: Iterable[tuple[str, str]], *, least: int, most: int) -> list[tuple[str, int, int]]:
    """Words that come in many messages: (words, messages, customers), the most frequent first.

    `texts` are (customer, message). Chinese words are runs of two to six characters; one within a longer
    one that is as frequent is left out. Words of fewer than `least` customers are not told: they could be
    somebody's name or address. Nothing with a digit is told.
    """
    messages: Counter[str] = Counter()
    people: dict[str, set[str]] = {}
    for customer, text in texts:
        for word in _words(text):
            messages[word] += 1
            people.setdefault(word, set()).add(customer)
    found = {word: count for word, count in messages.items() if len(people[word]) >= least}
    longest = [
        word
        for word in found
        if not any(word != other and word in other and found[other] >= found[word] for other in found)
    ]
    ranked = sorted(longest, key=lambda word: (-found[word], -len(word), word))
    return [(word, found[word], len(people[word])) for word in ranked[:most]]


def _words(text: str) -> set[str]:
    words: set[str] = set()
    for run in _RUNS.findall(plain(text)):
        if any(one.isdigit() for one in run):
            continue
        if _IS_HAN.match(run):
            for part in _FILLER.split(run):
                words.update(
                    gram for size in range(2, LONGEST + 1) for gram in _grams(part, size) if len(gram) >= 2
                )
        elif run not in _STOP and len(run) > 2:
            words.add(run)
    return words
