"""What the traces of a whole model cost, as ratios to its own forward pass; measured interleaved, on one thread.

``fused`` is the model under no_grad, ``trace`` all its recurrent layers by ``capture(model, x)``; the gradient columns
compare ``capture(model, x, loss=…)`` with the model's forward and backward pass (gradients of the weights). Run as
``python -m benchmarks.models [--quick]``.
"""

import argparse
import sys
from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from benchmarks.capture import medians
from rnnviz.capture import capture

WORDS = 1000


class WordModel(nn.Module):
    """Embedding, LSTM of two layers, output layer."""

    def __init__(self, units: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(WORDS, units)
        self.rnn = nn.LSTM(units, units, num_layers=2, batch_first=True)
        self.output = nn.Linear(units, WORDS)

    def forward(self, words: Tensor) -> Tensor:
        """Logits at every step."""
        logits: Tensor = self.output(self.rnn(self.embedding(words))[0])
        return logits


class PackedTagger(nn.Module):
    """Embedding, bidirectional GRU over packed sequences, output layer."""

    def __init__(self, units: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(WORDS, units)
        self.rnn = nn.GRU(units, units, batch_first=True, bidirectional=True)
        self.output = nn.Linear(2 * units, 10)

    def forward(self, words: Tensor) -> Tensor:
        """Logits at every step, the lengths from half to the whole of the time."""
        lengths = torch.linspace(words.shape[1] / 2, words.shape[1], len(words)).long()
        packed = pack_padded_sequence(self.embedding(words), lengths, batch_first=True, enforce_sorted=False)
        logits: Tensor = self.output(pad_packed_sequence(self.rnn(packed)[0], batch_first=True)[0])
        return logits


class CellLoop(nn.Module):
    """Embedding, an LSTM cell in a loop, output layer."""

    def __init__(self, units: int) -> None:
        super().__init__()
        self.embedding, self.cell, self.output = (
            nn.Embedding(WORDS, units),
            nn.LSTMCell(units, units),
            nn.Linear(units, 2),
        )

    def forward(self, words: Tensor) -> Tensor:
        """Logits after the last step."""
        state = None
        for x_t in self.embedding(words).unbind(1):
            state = self.cell(x_t, state)
        logits: Tensor = self.output(state[0])
        return logits


MODELS: tuple[type[nn.Module], ...] = (WordModel, PackedTagger, CellLoop)
SIZES = [(16, 100, 64), (16, 200, 128)]  # batch, time, hidden


def main(argv: Sequence[str] | None = None) -> int:
    """Print a line for each model and size."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.models", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="the smaller size only, one round")
    options = parser.parse_args(argv)
    torch.set_num_threads(1)
    print(f"torch {torch.__version__}, one thread")
    heads = ("fused ms", "trace/fused", "f+b ms", "grads/f+b")
    print(f"{'model':>14}{'batch':>7}{'T':>6}{'H':>6}" + "".join(f"{head:>13}" for head in heads))
    for model in MODELS:
        for size in SIZES[: 1 if options.quick else None]:
            report(model, *size, rounds=1 if options.quick else 2)
    return 0


def report(kind: type[nn.Module], batch: int, time: int, units: int, *, rounds: int) -> None:
    """One line of the table."""
    model, words = kind(units).eval(), torch.randint(WORDS, (batch, time))
    weights = list(model.parameters())
    calls: dict[str, Callable[[], object]] = {
        "fused": torch.no_grad()(lambda: model(words)),
        "trace": lambda: capture(model, words),
        "both": lambda: torch.autograd.grad(squared(model(words)), weights),
        "grads": lambda: capture(model, words, loss=squared),
    }
    ms = medians(calls, rounds)
    print(f"{kind.__name__:>14}{batch:>7}{time:>6}{units:>6}{ms['fused']:>13.2f}", end="")
    print(f"{ms['trace'] / ms['fused']:>13.2f}{ms['both']:>13.2f}{ms['grads'] / ms['both']:>13.2f}", flush=True)


def squared(logits: Tensor) -> Tensor:
    """A loss of all logits."""
    return logits.square().mean()


if __name__ == "__main__":
    sys.exit(main())
