"""The model that reads now, and what was learnt."""

from __future__ import annotations

from functools import lru_cache

from keepwell.outreach.moods.contracts import LEXICON, Learnt
from keepwell.outreach.moods.models import LearntModel
from keepwell.science.sentiment import SentimentModel


def in_use() -> tuple[str, SentimentModel]:
    """Its version and the model: the newest one that was learnt and did better, else the lexicon alone."""
    newest = LearntModel.objects.order_by("-version").values_list("pk", "version", "is_used").first()
    if newest is None or not newest[2]:
        return LEXICON, SentimentModel.load()
    return f"learnt-{newest[1]}", _opened(newest[0], newest[1])


@lru_cache(maxsize=2)
def _opened(pk: int, version: int) -> SentimentModel:
    return SentimentModel.load(bytes(LearntModel.objects.values_list("weights", flat=True).get(pk=pk)))


def learnt() -> Learnt | None:
    """The newest fit; None before the first."""
    row = LearntModel.objects.defer("weights").order_by("-version").first()
    if row is None:
        return None
    return Learnt(
        version=row.version,
        fitted_at=row.fitted_at,
        texts=row.texts,
        corrections=row.corrections,
        auc_lexicon=row.auc_lexicon,
        auc_learnt=row.auc_learnt,
        is_used=row.is_used,
    )
