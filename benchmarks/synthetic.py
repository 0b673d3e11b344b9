"""What a network learns from synthetic reviews alone, measured on synthetic and on real ones; --write keeps it.

Each seed draws reviews of its own and starts from weights of its own. The bags of words learn from the same reviews: by
them one sees how much of the label the order of the words decides.
"""

import argparse
import json
import os
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from rnnviz.sentiment import synthetic
from rnnviz.sentiment.bag import fit_bag
from rnnviz.sentiment.in_app import train_on_few
from rnnviz.sentiment.making import measure
from rnnviz.sentiment.reading import vocabulary_of
from rnnviz.sentiment.recipes import BAG_PENALTY, TEACHING_ORDERS
from rnnviz.sentiment.reviews import Part, Reviews, read
from rnnviz.spec import REVIEWERS, REVIEWS_VARIABLE, Reviewer, ReviewSpec

SEEDS = range(20)

FEW: dict[str, Any] = {"reviews": 200, "epochs": 20, "rate": 0.01}
"""Of a training that learns its reviews by heart."""


def main(argv: Sequence[str] | None = None) -> int:
    """Print what is measured, and write it if that is asked for; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.synthetic", description=__doc__.partition("\n")[0])
    parser.add_argument("--reviews", type=Path, default=os.environ.get(REVIEWS_VARIABLE), help="the real ones")
    parser.add_argument("--quick", action="store_true", help="one seed; nothing is written")
    parser.add_argument("--write", action="store_true", help=f"write it into {synthetic.MEASURED.name}")
    arguments = parser.parse_args(argv)
    if arguments.reviews is None:
        parser.error(f"--reviews or {REVIEWS_VARIABLE} must name the real reviews")
    torch.set_num_threads(1)
    seeds = SEEDS[:1] if arguments.quick else SEEDS
    real = read(Path(arguments.reviews))["validation"]
    found = {
        "seeds": len(seeds),
        "reviews": len(real),
        "networks": _networks(seeds, real),
        "bags": _bags(seeds),
        "few": {**FEW, "networks": {name: few(name, seeds) for name in REVIEWERS}},
    }
    told = json.dumps(found, indent=1) + "\n"
    print(told)
    if arguments.write and not arguments.quick:
        synthetic.MEASURED.write_text(told, encoding="utf-8")
    return 0


def _networks(seeds: Sequence[int], real: Reviews) -> dict[str, Any]:
    found: dict[str, dict[str, list[float]]] = {name: {"held_out": [], "real": []} for name in REVIEWERS}
    for seed in seeds:
        data = synthetic.reviews(seed=seed)
        for name, accuracies in found.items():
            spec = ReviewSpec(name, seed=seed, source="synthetic")  # type: ignore[arg-type]
            model = train_on_few(spec, data, lambda _: True)
            if model is None:
                raise RuntimeError("nobody stops this training")
            accuracies["held_out"].append(measure(model, data["test"])["accuracy"])
            accuracies["real"].append(measure(model, real)["accuracy"])
            print(name, seed, accuracies["held_out"][-1], accuracies["real"][-1], flush=True)
    return {name: {of: round(statistics.mean(each), 3) for of, each in both.items()} for name, both in found.items()}


def few(name: Reviewer, seeds: Sequence[int]) -> dict[str, float]:
    """The mean accuracies of the last epoch on training and on validation reviews, of networks trained on few."""
    data, last = synthetic.reviews(FEW["reviews"]), []
    for seed in seeds:
        model = train_on_few(ReviewSpec(name, seed=seed, source="synthetic", **FEW), data, lambda _: True)
        if model is None:
            raise RuntimeError("nobody stops this training")
        last.append(model.card["history"][-1])
    keys = {"training": "accuracy", "validation": "validation_accuracy"}
    return {of: round(statistics.mean(epoch[key] for epoch in last), 3) for of, key in keys.items()}


def _bags(seeds: Sequence[int]) -> dict[str, float]:
    return {
        str(orders): round(statistics.mean(_bag(synthetic.reviews(seed=seed), orders) for seed in seeds), 3)
        for orders in range(1, TEACHING_ORDERS + 1)
    }


def _bag(data: Mapping[Part, Reviews], orders: int) -> float:
    """The accuracy of a bag of pieces of at most so many words on the test reviews."""
    train, test = data["train"], data["test"]
    vocabulary = vocabulary_of(train.texts, 1_000, has_marks=False)
    bag = fit_bag(vocabulary.encode(train.texts), train.labels, orders, BAG_PENALTY)
    return float(np.mean((bag.logits(vocabulary.encode(test.texts)) > 0) == (test.labels > 0.5)))


if __name__ == "__main__":
    raise SystemExit(main())
