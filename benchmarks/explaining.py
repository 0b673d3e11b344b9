"""What it costs to say which word adds what, beside captum's integrated gradients on the same way, on one thread.

``captum 50`` is captum with its usual 50 steps, ``captum 1 %`` with 50, 100, 200, … until its values add up to within
one per cent, as ours do. Run as ``python -m benchmarks.explaining [--folder FOLDER] [--quick]``.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

import torch
from captum.attr import IntegratedGradients
from torch import Tensor

from rnnviz.sentiment import load
from rnnviz.sentiment.explaining import WANTED, integrated_gradients, leave_one_out
from rnnviz.sentiment.model import FOLDER, SentimentModel
from rnnviz.ui.reviews.samples import REVIEWS

MOST_STEPS = 3200
TARGET = 250.0
"""Milliseconds for about 200 words."""


def main(argv: Sequence[str] | None = None) -> int:
    """Print a row a text, the longest of which is all samples together."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.explaining", description=__doc__)
    parser.add_argument("--folder", default=FOLDER, help="where the trained networks are")
    parser.add_argument("--quick", action="store_true", help="fewer rounds")
    options = parser.parse_args(argv)
    torch.set_num_threads(1)
    rounds = 3 if options.quick else 9
    print(f"torch {torch.__version__}, one thread; ms are medians, % is what the values miss of the logits' difference")
    head = ("tokens", "ours ms", "%", "places", "captum 50 ms", "%", "captum 1 % ms", "steps", "left out ms")
    print(f"{'network':<16}{'text':<18}" + "".join(f"{name:>14}" for name in head))
    for name in ("bilstm", "lecture-bilstm"):
        model = load(name, options.folder)
        for label, text in (REVIEWS | {"all of them": " ".join(REVIEWS.values())}).items():
            row = measured(model, text, rounds)
            print(f"{name:<16}{label:<18}" + "".join(f"{number:>14.4g}" for number in row), flush=True)
    print(f"target: {TARGET:.0f} ms for about 200 words")
    return 0


def measured(model: SentimentModel, text: str, rounds: int) -> tuple[float, ...]:
    """The numbers of a row."""
    ours, found = timed(lambda: integrated_gradients(model, text), rounds)
    fifty, missed = timed(lambda: captums(model, text, 50), rounds)
    steps, enough, left = 50, fifty, missed
    while left > WANTED and steps < MOST_STEPS:
        steps *= 2
        enough, left = timed(lambda steps=steps: captums(model, text, steps), 1)
    out, _ = timed(lambda: leave_one_out(model, text), rounds)
    tokens = len(found.tokens)
    left_out = abs(found.values.sum() / (found.logit - found.baseline_logit) - 1)
    return tokens, ours, 100 * left_out, found.steps, fifty, 100 * missed, enough, steps, out


def captums(model: SentimentModel, text: str, steps: int) -> float:
    """What captum's values miss of the difference between the logits, as a share of it."""
    network: Any = model.network
    ids = torch.tensor([model.read(text).ids])

    def classify(x: Tensor) -> Tensor:
        lengths = torch.full((len(x),), x.shape[1])
        logits: Tensor = network.classify(network.pool(network.states(x, lengths), lengths))
        return logits

    known, unknown = network.embedding(ids), network.embedding(torch.zeros_like(ids))
    values = IntegratedGradients(classify).attribute(known, unknown, n_steps=steps, internal_batch_size=64)
    with torch.no_grad():
        difference = (classify(known) - classify(unknown)).item()
    return abs(values.sum().item() - difference) / abs(difference)


def timed(work: Callable[[], Any], rounds: int) -> tuple[float, Any]:
    """Median milliseconds, and what came of it."""
    seconds, found = [], None
    for _ in range(rounds):
        begun = time.perf_counter()
        found = work()
        seconds.append(time.perf_counter() - begun)
    return 1e3 * statistics.median(seconds), found


if __name__ == "__main__":
    sys.exit(main())
