"""How customers feel by what they write: accuracy and AUC on real Chinese reviews, and time.

`python -m bench.sentiment [--quick]` prints the rows; `run()` returns them. The split is by chance, 80 to 20,
each label apart, seed 0, of reviews without repetitions. The English figure is of 60 sentences
written by hand for the tests: an honest look, no benchmark.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import time
from pathlib import Path
from typing import Any

import numpy as np

from keepwell.science.metrics import auc
from keepwell.science.sentiment import SentimentModel
from tests.science.sentences import ENGLISH

DATA = Path(os.environ.get("KEEPWELL_TEST_DATA") or Path(__file__).resolve().parents[2] / "shared" / "data")
# As the notes beside the data say: accuracy of hashed character n-grams with a linear model, and of SnowNLP.
FILES = {
    "shopping": ("online_shopping_10_cats.csv", 0.935, 0.851),
    "take-away": ("waimai_10k.csv", 0.897, 0.774),
}
TRAINING = (200, 2_000, None)


def reviews(name: str) -> tuple[list[str], np.ndarray]:
    """Texts without repetitions, and whether each is content."""
    with open(DATA / "zh_reviews" / name, encoding="utf-8-sig", newline="") as file:
        rows = {row["review"].strip(): int(row["label"]) for row in csv.DictReader(file)}
    rows.pop("", None)
    return list(rows), np.array(list(rows.values()))


def split(labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Places to learn from, in an order by lot, and places held out."""
    rng = np.random.default_rng(0)
    held = np.zeros(labels.size, dtype=bool)
    for label in (0, 1):
        places = rng.permutation(np.flatnonzero(labels == label))
        held[places[: places.size // 5]] = True
    return rng.permutation(np.flatnonzero(~held)), np.flatnonzero(held)


def measured(labels: np.ndarray, chances: np.ndarray) -> tuple[float, float]:
    """Accuracy and AUC."""
    return float(np.mean((chances > 0.5) == labels)), auc(labels, chances)


def run(quick: bool = False) -> list[dict[str, Any]]:
    """The rows of the report."""
    rows = []
    for name, (file, linear, snow) in FILES.items():
        texts, labels = reviews(file)
        learn, held = split(labels)
        tested = [texts[place] for place in held]
        begin = time.process_time()
        accuracy, area = measured(labels[held], SentimentModel.load().predict_proba(tested))
        rate = len(tested) / (time.process_time() - begin)
        rows.append(
            {
                "name": f"accuracy, {name}, lexicon alone",
                "ours": round(accuracy, 4),
                "peer": snow,
                "note": f"AUC {area:.4f}; {rate:,.0f} texts a second; peer: SnowNLP, trained on part of it",
            }
        )
        for count in TRAINING[: 2 if quick else None]:
            chosen = learn[:count]
            begin = time.process_time()
            model = SentimentModel().fit([texts[place] for place in chosen], labels[chosen])
            seconds = time.process_time() - begin
            accuracy, area = measured(labels[held], model.predict_proba(tested))
            rows.append(
                {
                    "name": f"accuracy, {name}, learnt from {len(chosen):,}",
                    "ours": round(accuracy, 4),
                    "peer": linear if count is None else None,
                    "note": f"AUC {area:.4f}; fit {seconds:.1f} CPU s; peer: character n-grams, linear model",
                }
            )
    told = [SentimentModel.load().read(text).polarity * (2 * label - 1) > 0 for text, label in ENGLISH]
    rows.append(
        {
            "name": "share told, 60 English sentences by hand, lexicon alone",
            "ours": round(float(np.mean(told)), 4),
            "note": "written for the tests by who wrote the lexicon; no sign counts as not told",
        }
    )
    return rows


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    for row in run(parser.parse_args().quick):
        print(json.dumps(row, ensure_ascii=False))
