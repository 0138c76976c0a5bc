"""After each cycle: what was written before is read, and the model learns from what is known by then."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
from django.db import transaction

from keepwell.insight import queries as insight
from keepwell.outreach.moods.contracts import Done, Feeling
from keepwell.outreach.moods.models import LearntModel, Reading, Round
from keepwell.outreach.moods.services import reading
from keepwell.outreach.questions import sources
from keepwell.science.metrics import auc
from keepwell.science.sentiment import SentimentModel, balanced
from keepwell.science.sentiment.model import FEWEST

PAST = timedelta(days=400)
MOST = 5_000  # of each source, the newest
CHUNK = 500
LEARN_MOST = 20_000
FOLDS = 5
CONTENT, DISCONTENT = 4, 2
# A colleague looked at this very text; a mark may be for something else than its words speak of.
CORRECTION_COUNTS = 3.0
TINY = 1e-6
KEPT_FITS = 3  # whose weights stay: another process may still read by the one before


def work(*, now: datetime) -> Done:
    """Read the past and learn, once for each cycle; nothing where there is no new one."""
    cycle = insight.current_cycle()
    if cycle is None or Round.objects.filter(cycle_id=cycle.cycle_id).exists():
        return Done()
    done = Done(read_past(now=now), learn(now=now))
    with transaction.atomic():
        Round.objects.all().delete()
        Round.objects.create(cycle_id=cycle.cycle_id, at=now)
    return done


def read_past(*, now: datetime) -> int:
    """Read what customers wrote within 400 days and nobody has read; nothing is set going by it."""
    done, chunk = 0, []
    for one in sources.recent(now - PAST, now, MOST):
        chunk.append(one)
        if len(chunk) == CHUNK:
            done += reading.read(inbound=chunk, now=now, live=False)
            chunk = []
    return done + reading.read(inbound=chunk, now=now, live=False)


def learn(*, now: datetime) -> int:
    """Fit the model on texts that a colleague corrected or that came with a mark; how many there were.

    It is used only where it loses less than the lexicon alone on texts held out; 0 where there are too few.
    """
    known = Reading.objects.exclude(corrected="", score__isnull=True)[:LEARN_MOST]
    texts: list[str] = []
    content: list[float] = []
    weights: list[float] = []
    corrections = 0
    for row in known.iterator(chunk_size=1_000):
        label = _label(row)
        if label is None or not row.text:
            continue
        corrections += bool(row.corrected)
        texts.append(row.text)
        content.append(label)
        weights.append(CORRECTION_COUNTS if row.corrected else 1.0)
    y, w = np.array(content), np.array(weights)
    # Every fold must have enough of either to learn from.
    needed = FEWEST * FOLDS / (FOLDS - 1) + FOLDS
    if min((y == 1).sum(), (y == 0).sum()) < needed:
        return 0
    held_out, alone = _held_out(texts, y, w), SentimentModel.load().predict_proba(texts)
    loss_learnt, loss_lexicon = _loss(y, held_out, w), _loss(y, alone, w)
    fitted = SentimentModel().fit(texts, y, w)
    with transaction.atomic():
        newest = LearntModel.objects.select_for_update().order_by("-version").first()
        LearntModel.objects.create(
            version=newest.version + 1 if newest else 1,
            fitted_at=now,
            weights=fitted.dump(),
            texts=len(texts),
            corrections=corrections,
            loss_lexicon=loss_lexicon,
            loss_learnt=loss_learnt,
            auc_lexicon=auc(y, alone),
            auc_learnt=auc(y, held_out),
            is_used=loss_learnt < loss_lexicon,
        )
        # One fit a cycle adds up; the figures of the old ones stay, their weights nobody reads any more.
        kept = list(LearntModel.objects.order_by("-version").values_list("pk", flat=True)[:KEPT_FITS])
        LearntModel.objects.exclude(pk__in=kept).exclude(weights=b"").update(weights=b"", is_used=False)
    return len(texts)


def _label(row: Reading) -> float | None:
    """Whether the customer is content (1) or not (0); None where neither can be said."""
    if row.corrected:
        return {Feeling.POSITIVE: 1.0, Feeling.NEGATIVE: 0.0}.get(Feeling(row.corrected))
    if row.score is None or DISCONTENT < row.score < CONTENT:
        return None
    return float(row.score >= CONTENT)


def _held_out(texts: list[str], y: np.ndarray, w: np.ndarray) -> np.ndarray:
    """(n,) the chance of each text by a model that has not seen it; folds hold as much of either feeling."""
    folds = np.zeros(y.size, dtype=np.int64)
    rng = np.random.default_rng(0)
    for label in (0, 1):
        places = rng.permutation(np.flatnonzero(y == label))
        folds[places] = np.arange(places.size) % FOLDS
    chance = np.empty(y.size)
    for fold in range(FOLDS):
        rest, mine = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        model = SentimentModel().fit([texts[place] for place in rest], y[rest], w[rest])
        chance[mine] = model.predict_proba([texts[place] for place in mine])
    return chance


def _loss(y: np.ndarray, chance: np.ndarray, w: np.ndarray) -> float:
    sure = np.clip(chance, TINY, 1 - TINY)
    return float(np.average(-np.log(np.where(y == 1, sure, 1 - sure)), weights=balanced(y, w)))
