"""How a customer feels, from a short text in 简体, 繁體 or English.

Without learning the lexicon speaks alone. `fit` adds a logistic model of what it says and of the text's own
characters and words (n-grams in hashed buckets), learnt from texts whose feeling is known, such as answers
that came with a score. Its ridge penalty pulls towards the lexicon's own weight, so that few texts
change little.
"""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize
from scipy.sparse import csr_matrix
from scipy.special import expit

from keepwell.science.sentiment import lexicon
from keepwell.science.sentiment.script import plain

Floats = NDArray[np.float64]

BUCKETS = 1 << 17
PENALTY = 1.0
LONGEST = 4_000  # characters that are read
FEWEST = 20  # of each feeling, to learn from
SHOWN = 6
TELLING = 0.15  # log-odds from which an n-gram of the text is named
_RUNS = re.compile(r"[\u3400-\u9fff]+|[a-z0-9']+")


@dataclass(frozen=True)
class Feeling:
    """What a text says: `polarity` from -1 to 1, `confidence` 0.5 to 1 of its sign, by which words."""

    polarity: float
    confidence: float
    words: tuple[str, ...] = ()


class SentimentModel:
    """Feeling of short texts.

    >>> model = SentimentModel.load()
    >>> model.read("质量太差了，再也不买").polarity < -0.5 < 0.5 < model.read("非常满意，下次还来").polarity
    True
    """

    def __init__(self, *, penalty: float = PENALTY) -> None:
        self.penalty = penalty

    @classmethod
    def load(cls, data: bytes | None = None) -> Self:
        """The model that comes with Keepwell (the lexicon alone), or one that `dump` wrote.

        Raises ValueError for other bytes.
        """
        model = cls()
        if data is None:
            return model
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as kept:
                buckets = np.asarray(kept["buckets"], dtype=np.int64)
                weights = np.asarray(kept["weights"], dtype=np.float64)
                model.scale_ = float(kept["scale"])
        except (OSError, KeyError, ValueError) as problem:
            raise ValueError("not a model of feelings") from problem
        if not (buckets.shape == weights.shape and np.all((buckets >= 0) & (buckets < BUCKETS))):
            raise ValueError("not a model of feelings")
        model.coef_ = np.zeros(BUCKETS)
        model.coef_[buckets] = weights
        return model

    def dump(self) -> bytes:
        """The learnt model as bytes without pickle; weights that round to nothing are left out.

        Raises ValueError where nothing is learnt.
        """
        if not self.is_learnt:
            raise ValueError("fit the model first")
        kept = np.flatnonzero(np.abs(self.coef_) > 1e-3)
        out = io.BytesIO()
        np.savez_compressed(
            out,
            buckets=kept.astype(np.int32),
            weights=self.coef_[kept].astype(np.float32),
            scale=self.scale_,
        )
        return out.getvalue()

    @property
    def is_learnt(self) -> bool:
        """Whether it has learnt from texts."""
        return hasattr(self, "coef_")

    def fit(self, texts: Sequence[str], is_content: ArrayLike, weights: ArrayLike | None = None) -> Self:
        """Learn from (n,) texts of which it is known whether the customer is content (1) or not (0).

        `weights` (n,) >= 0 say how much each counts; either feeling counts as much in all. Raises ValueError
        for other lengths or values, and for fewer than `FEWEST` texts of either feeling.
        """
        y = np.asarray(is_content, dtype=np.float64)
        w = np.ones(y.size) if weights is None else np.asarray(weights, dtype=np.float64)
        if y.shape != (len(texts),) or w.shape != y.shape:
            raise ValueError("texts, is_content and weights must be of one length")
        if not np.all((y == 0) | (y == 1)) or not np.all(np.isfinite(w) & (w >= 0)):
            raise ValueError("is_content must be 0 or 1, weights finite and >= 0")
        if min(np.sum(y == 1), np.sum(y == 0)) < FEWEST:
            raise ValueError(f"needs at least {FEWEST} texts of either feeling")
        w = balanced(y, w)
        said, grams = self._said(texts), self._grams(texts)
        used = np.unique(grams.indices)
        small = grams[:, used]
        start = np.zeros(used.size + 1)
        start[0] = lexicon.STEEP
        sign = 2 * y - 1

        # No intercept: what says nothing stays in the middle, whichever feeling was learnt from more often.
        def loss(theta: Floats) -> tuple[float, Floats]:
            pull = theta[1:]
            margin = sign * (theta[0] * said + small @ pull)
            value = float(w @ np.logaddexp(0.0, -margin))
            value += 0.5 * self.penalty * (float(pull @ pull) + (theta[0] - lexicon.STEEP) ** 2)
            slope = -w * sign * expit(-margin)
            gradient = np.concatenate(
                [
                    [slope @ said + self.penalty * (theta[0] - lexicon.STEEP)],
                    small.T @ slope + self.penalty * pull,
                ]
            )
            return value, gradient

        found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 200}).x
        self.scale_ = float(found[0])
        self.coef_ = np.zeros(BUCKETS)
        self.coef_[used] = found[1:]
        return self

    def predict_proba(self, texts: Sequence[str]) -> Floats:
        """(n,) the chance that whoever wrote each text is content; without any sign about one half."""
        return np.asarray(expit(self._log_odds(texts)))

    def read(self, text: str) -> Feeling:
        """What one text says, and by which words."""
        found = lexicon.signs(text[:LONGEST])
        if not self.is_learnt and not found:
            return Feeling(0.0, 0.5)
        odds = float(self._log_odds([text])[0])
        content = float(expit(odds))
        if self.is_learnt:
            polarity = 2 * content - 1
        else:
            summed = lexicon.total(found)
            polarity = summed / (summed * summed + lexicon.BEND) ** 0.5
        weighed = [(one.word, one.weight) for one in found] + (self._own(text) if self.is_learnt else [])
        told = sorted((one for one in weighed if one[1] * odds > 0), key=lambda one: -abs(one[1]))
        words = tuple(dict.fromkeys(word for word, _weight in told))[:SHOWN]
        return Feeling(round(polarity, 4), round(max(content, 1 - content), 4), words)

    def _log_odds(self, texts: Sequence[str]) -> Floats:
        said = self._said(texts)
        if not self.is_learnt:
            return np.asarray(lexicon.STEEP * said)
        return np.asarray(self.scale_ * said + self._grams(texts) @ self.coef_)

    @staticmethod
    def _said(texts: Sequence[str]) -> Floats:
        return np.array([lexicon.total(lexicon.signs(text[:LONGEST])) for text in texts])

    @staticmethod
    def _grams(texts: Sequence[str]) -> csr_matrix:
        """(n, BUCKETS) rows of length 1: which n-grams each text holds."""
        columns: list[int] = []
        values: list[float] = []
        ends = [0]
        for text in texts:
            held = sorted({_bucket(gram) for gram in _ngrams(plain(text[:LONGEST]))})
            columns += held
            values += [1.0 / max(len(held), 1) ** 0.5] * len(held)
            ends.append(len(columns))
        return csr_matrix((values, columns, ends), shape=(len(texts), BUCKETS))

    def _own(self, text: str) -> list[tuple[str, float]]:
        """N-grams of two characters or more and what they weigh by what was learnt."""
        grams = {gram for gram in _ngrams(plain(text[:LONGEST])) if len(gram) > 1}
        share = 1.0 / max(len(set(map(_bucket, _ngrams(plain(text[:LONGEST]))))), 1) ** 0.5
        heavy = [(gram, share * float(self.coef_[_bucket(gram)])) for gram in sorted(grams)]
        return [one for one in heavy if abs(one[1]) > TELLING]


def balanced(is_content: ArrayLike, weights: ArrayLike) -> Floats:
    """(n,) weights of which either feeling has half; their sum stays.

    Which texts have a known feeling says nothing of the texts to come: few are marked, the middling seldom.
    """
    y, w = np.asarray(is_content, dtype=np.float64), np.asarray(weights, dtype=np.float64)
    whole, content = float(w.sum()), float(w @ y)
    if not 0 < content < whole:
        return w
    return np.asarray(w * np.where(y == 1, whole / 2 / content, whole / 2 / (whole - content)))


def _ngrams(text: str) -> list[str]:
    """One to three Chinese characters in a row; one or two words of other scripts."""
    found: list[str] = []
    before = ""
    for run in _RUNS.findall(text):
        if run[0] > "\u3000":
            for size in (1, 2, 3):
                found += [run[place : place + size] for place in range(len(run) - size + 1)]
            before = ""
        else:
            found.append(run)
            if before:
                found.append(f"{before} {run}")
            before = run
    return found


def _bucket(gram: str) -> int:
    return zlib.crc32(gram.encode()) % BUCKETS
