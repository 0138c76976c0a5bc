"""What feelings take and give."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

LEXICON = "lexicon-1"
GIVEN = "given"  # the feeling came with the fact from another system
NEGATIVE_TO, POSITIVE_FROM = -0.25, 0.25
LEAST_CONFIDENCE = 0.6  # of the sign, below which a text counts as neutral


class Feeling(StrEnum):
    """How somebody feels by what they wrote."""

    NEGATIVE = "negative"
    NEUTRAL = "neutral"
    POSITIVE = "positive"


class MoodError(ValueError):
    """A correction that cannot be; says why in the active language."""


class NoReadingError(LookupError):
    """There is no reading with this number."""


@dataclass(frozen=True)
class ReadingView:
    """What was read in one text; `feeling` is the colleague's word where it was corrected."""

    reading_id: int
    key: str
    customer_id: str
    origin: str
    channel: str
    at: datetime
    text: str
    words: tuple[str, ...]
    polarity: float
    confidence: float
    feeling: Feeling
    read_as: Feeling
    model: str
    corrected_by: str = ""
    corrected_at: datetime | None = None


@dataclass(frozen=True)
class Learnt:
    """What the newest fit was made of and how it did on texts held out."""

    version: int
    fitted_at: datetime
    texts: int
    corrections: int
    auc_lexicon: float
    auc_learnt: float
    is_used: bool


@dataclass(frozen=True)
class MoodPage:
    """A list of readings, the newest first, and how many there are of each feeling in the period."""

    lines: tuple[ReadingView, ...]
    total: int
    negative: int
    neutral: int
    positive: int


@dataclass(frozen=True)
class Done:
    """What one round did."""

    read: int = 0
    learnt_from: int = 0


def feeling_of(polarity: float, confidence: float) -> Feeling:
    """The feeling of a polarity from -1 to 1 whose sign is this sure.

    >>> feeling_of(-0.6, 0.8).value, feeling_of(-0.3, 0.55).value
    ('negative', 'neutral')
    """
    if confidence >= LEAST_CONFIDENCE:
        if polarity <= NEGATIVE_TO:
            return Feeling.NEGATIVE
        if polarity >= POSITIVE_FROM:
            return Feeling.POSITIVE
    return Feeling.NEUTRAL
