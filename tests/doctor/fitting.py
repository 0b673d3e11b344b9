"""The loop and the data that several of the small scripts share."""

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn

import rnnviz
from rnnviz import Finding

Found = tuple[Finding, ...]
Batches = Iterable[tuple[Any, Tensor]]


def fit(
    model: nn.Module,
    batches: Batches,
    criterion: Callable[[Tensor, Tensor], Tensor],
    *,
    lr: float = 1e-3,
    max_norm: float | None = None,
    sgd: bool = False,
) -> Found:
    """Train on some batches, watched at every update, and examine the record."""
    optimizer = torch.optim.SGD(model.parameters(), lr) if sgd else torch.optim.Adam(model.parameters(), lr)
    with rnnviz.watch(model, every=1) as watched:
        for x, y in batches:
            optimizer.zero_grad()
            loss = criterion(model(x), y)
            loss.backward()
            if max_norm is not None:
                torch.nn.utils.clip_grad_norm_(model.parameters(), max_norm)
            optimizer.step()
            watched.note_loss(loss)
    return rnnviz.examine(watched.record)


def first_symbol(updates: int, steps: int, batch: int = 16) -> Batches:
    """One of four symbols, then noise: which one was it?"""
    for _ in range(updates):
        y = torch.randint(4, (batch,))
        x = torch.randn(batch, steps, 4) * 0.3
        x[:, 0] = nn.functional.one_hot(y, 4).float()
        yield x, y


def sentences(
    updates: int, longest: int = 24, batch: int = 8, words: int = 30
) -> Iterable[tuple[Tensor, Tensor, Tensor]]:
    """Sentences of several lengths, padded with 0, their lengths and their classes."""
    for _ in range(updates):
        lengths = torch.randint(longest // 3, longest + 1, (batch,))
        lengths[0] = longest
        ids = torch.randint(1, words, (batch, longest))
        ids[torch.arange(longest) >= lengths[:, None]] = 0
        yield ids, lengths, torch.randint(2, (batch,))


TEXT = "the cat sat on the mat and the dog ran after the cat until both of them were tired and went home to sleep. "


def characters() -> tuple[Tensor, int]:
    """A text as numbers, and how many characters there are."""
    known = sorted(set(TEXT))
    return torch.tensor([known.index(letter) for letter in TEXT * 12]), len(known)


class Last(nn.Module):
    """A classifier of the last step of a batch-first layer."""

    def __init__(self, rnn: Any, outputs: int) -> None:
        super().__init__()
        self.rnn = rnn
        self.head = nn.Linear(rnn.hidden_size * (1 + rnn.bidirectional), outputs)

    def forward(self, x: Tensor) -> Tensor:
        output, _ = self.rnn(x)
        logits: Tensor = self.head(output[:, -1])
        return logits


class CharacterModel(nn.Module):
    """A character model whose caller carries the state on."""

    def __init__(self, characters: int, cell: str = "lstm") -> None:
        super().__init__()
        self.embedding = nn.Embedding(characters, 8)
        self.rnn: Any = (nn.LSTM if cell == "lstm" else nn.GRU)(8, 24, batch_first=True)
        self.head = nn.Linear(24, characters)

    def forward(self, ids: Tensor, state: Any = None) -> tuple[Tensor, Any]:
        output, state = self.rnn(self.embedding(ids), state)
        return self.head(output), state
