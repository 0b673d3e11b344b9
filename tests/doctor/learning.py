"""Trainings that learn their task, of every cell: six small tasks, and the faults that are planted into them."""

from collections.abc import Callable
from functools import partial
from typing import Any, Final

import torch
from torch import Tensor, nn
from torch.nn import functional

import rnnviz
from tests.doctor.fitting import Batches, Found, Last, characters, first_symbol

UPDATES: Final = 80
CELLS: Final[dict[str, Any]] = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}


class EveryStep(nn.Module):
    """An output at every step; the layer is batch first or not, the data always are."""

    def __init__(
        self, cell: str, inputs: int, outputs: int, *, batch_first: bool = True, symbols: bool = False
    ) -> None:
        super().__init__()
        self.embedding = nn.Embedding(inputs, 8) if symbols else nn.Identity()
        self.rnn = CELLS[cell](8 if symbols else inputs, 20, batch_first=batch_first)
        self.head = nn.Linear(20, outputs)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.rnn(self.embedding(x))[0])  # type: ignore[no-any-return]


def waves(updates: int, steps: int = 20) -> Batches:
    """The next value of a sine, at every step."""
    for _ in range(updates):
        t = torch.rand(16, 1) * 6 + torch.arange(steps + 1) * 0.4
        yield torch.sin(t[:, :-1, None]), torch.sin(t[:, 1:, None])


def walks(updates: int, steps: int = 15) -> Batches:
    """Whether a walk is above its start, at every step."""
    for _ in range(updates):
        x = torch.randn(16, steps, 2).cumsum(1) / 2
        yield x, (x[..., :1] > 0).float()


def letters(updates: int, steps: int = 20) -> Batches:
    """The next letter of a text."""
    data, _ = characters()
    for _ in range(updates):
        starts = torch.randint(len(data) - steps - 1, (16, 1))
        ids = data[starts + torch.arange(steps + 1)]
        yield ids[:, :-1], ids[:, 1:]


def signs(updates: int) -> Batches:
    """Whether the last three numbers come to more than 0."""
    for _ in range(updates):
        x = torch.randn(16, 10, 2)
        yield x, (x[:, -3:, 0].sum(1, keepdim=True) > 0).float()


def means(updates: int) -> Batches:
    """The mean of eight numbers."""
    for _ in range(updates):
        x = torch.randn(16, 8, 2) + torch.randn(16, 1, 1)
        yield x, x[..., 0].mean(1, keepdim=True)


def by_letter(outputs: Tensor, ids: Tensor) -> Tensor:
    return functional.cross_entropy(outputs.flatten(0, 1), ids.flatten())


COUNT: Final = characters()[1]
BCE: Final = nn.BCEWithLogitsLoss()
Task = tuple[Callable[[str], nn.Module], Callable[[int], Batches], Callable[[Tensor, Tensor], Tensor]]

TASKS: Final[dict[str, Task]] = {
    "waves": (lambda cell: EveryStep(cell, 1, 1), waves, nn.MSELoss()),
    "walks": (lambda cell: EveryStep(cell, 2, 1), walks, BCE),
    "letters": (lambda cell: EveryStep(cell, COUNT, COUNT, symbols=True), letters, by_letter),
    "signs": (lambda cell: Last(CELLS[cell](2, 20, batch_first=True), 1), signs, BCE),
    "means": (lambda cell: Last(CELLS[cell](2, 20, batch_first=True), 1), means, nn.MSELoss()),
    "first": (
        lambda cell: Last(CELLS[cell](4, 20, batch_first=True), 4),
        lambda updates: first_symbol(updates, 6),
        nn.CrossEntropyLoss(),
    ),
}


def train(
    model: nn.Module,
    batches: Batches,
    criterion: Callable[[Tensor, Tensor], Tensor],
    *,
    lr: float = 1e-2,
    sgd: bool = False,
    resets: bool = True,
    every: int = 1,
) -> Found:
    """A watched training with what people forget left out, examined."""
    optimizer = torch.optim.SGD(model.parameters(), lr) if sgd else torch.optim.Adam(model.parameters(), lr)
    with rnnviz.watch(model, every=every) as watched:
        for x, y in batches:
            if resets:
                optimizer.zero_grad()
            loss = criterion(model(x), y)
            loss.backward()  # type: ignore[no-untyped-call]
            watched.note_loss(loss)
            optimizer.step()
    return rnnviz.examine(watched.record)


def healthy(task: str, cell: str, every: int = 1) -> Found:
    """A training without a fault."""
    build, batches, criterion = TASKS[task]
    return train(build(cell), batches(UPDATES), criterion, every=every)


def not_reset(task: str, cell: str, *, sgd: bool) -> Found:
    """zero_grad was forgotten."""
    build, batches, criterion = TASKS[task]
    return train(build(cell), batches(40), criterion, resets=False, sgd=sgd, lr=0.05 if sgd else 1e-2)


def swapped(task: str, cell: str) -> Found:
    """batch_first was forgotten, with an output at every step."""
    _, batches, criterion = TASKS[task]
    sizes = {"waves": (1, 1), "walks": (2, 1), "letters": (COUNT, COUNT)}[task]
    model = EveryStep(cell, *sizes, batch_first=False, symbols=task == "letters")
    return train(model, batches(40), criterion)


def stuck(task: str, cell: str) -> Found:
    """The learning rate is far too low."""
    build, batches, criterion = TASKS[task]
    return train(build(cell), batches(100), criterion, lr=1e-7)


def vanishing(steps: int) -> Found:
    """A plain RNN with small weights has to remember the first step."""
    rnn = nn.RNN(4, 20, batch_first=True)
    with torch.no_grad():
        rnn.weight_hh_l0.mul_(0.3)
    return train(Last(rnn, 4), first_symbol(30, steps), nn.CrossEntropyLoss())


def too_fast(cell: str, every: int, rate: float) -> Found:
    """The rate is so high that the training ends in NaN."""
    build, batches, criterion = TASKS["means"]
    return train(build(cell), batches(200), criterion, lr=rate, sgd=True, every=every)


def growing(rate: float) -> Found:
    """The rate is somewhat too high: squares grow from update to update, and are looked at before they overflow."""
    build, batches, criterion = TASKS["means"]
    return train(build("rnn"), batches(14), criterion, lr=rate, sgd=True)


class Probability(nn.Module):
    """A sigmoid at the end."""

    def __init__(self, cell: str) -> None:
        super().__init__()
        self.last = Last(CELLS[cell](2, 20, batch_first=True), 1)

    def forward(self, x: Tensor) -> Tensor:
        return torch.sigmoid(self.last(x))


def coins(updates: int, share: float) -> Batches:
    """Labels that have nothing to do with the inputs."""
    for _ in range(updates):
        yield torch.randn(16, 10, 2), (torch.rand(16, 1) < share).float()


def nothing_to_learn(cell: str, share: float, *, probability: bool) -> Found:
    """A correct model of coins: logits into the loss of logits, or probabilities into that of probabilities."""
    if probability:
        return train(Probability(cell), coins(60, share), nn.BCELoss())
    return train(Last(CELLS[cell](2, 20, batch_first=True), 1), coins(60, share), BCE)


def sigmoid_before_logits(cell: str) -> Found:
    """A sigmoid before the loss that applies it."""
    return train(Probability(cell), signs(40), BCE)


HEALTHY: Final[dict[str, Callable[[], Found]]] = {
    f"{task}, {cell}": partial(healthy, task, cell) for task in TASKS for cell in CELLS
}
"""Trainings that learn."""

COINS: Final[dict[str, Callable[[], Found]]] = {
    f"coins of {share}, {cell}, {'BCELoss' if probability else 'logits'}": partial(
        nothing_to_learn, cell, share, probability=probability
    )
    for share in (0.5, 0.6, 1.0)
    for cell in ("gru", "lstm")
    for probability in (False, True)
}
"""Correct models that have nothing to learn, whose loss does not fall."""

FAULTS: Final[dict[str, tuple[str, Callable[[], Found]]]] = {
    **{
        f"not reset, {task}, {cell}, {'SGD' if sgd else 'Adam'}": (
            "gradients_kept",
            partial(not_reset, task, cell, sgd=sgd),
        )
        for task, cell in (("waves", "rnn"), ("letters", "lstm"), ("signs", "gru"))
        for sgd in (False, True)
    },
    **{
        f"swapped, {task}, {cell}": ("batch_first", partial(swapped, task, cell))
        for task in ("waves", "walks", "letters")
        for cell in CELLS
    },
    **{
        f"stuck, {task}, {cell}": ("loss_not_falling", partial(stuck, task, cell))
        for task, cell in (("waves", "rnn"), ("letters", "lstm"), ("signs", "gru"), ("means", "lstm"))
    },
    **{f"vanishing, {steps} steps": ("vanishing", partial(vanishing, steps)) for steps in (15, 20, 29, 30, 45)},
    **{
        f"too fast, {cell}, every {every}, rate {rate}": ("not_finite", partial(too_fast, cell, every, rate))
        for cell in CELLS
        for every, rate in ((1, 5.0), (10, 50.0))
    },
    **{f"growing, rate {rate}": ("gradient_growing", partial(growing, rate)) for rate in (0.6, 0.8, 1.0)},
    **{f"sigmoid twice, {cell}": ("sigmoid_twice", partial(sigmoid_before_logits, cell)) for cell in CELLS},
}
"""Faults that are planted, each with the finding that names it."""
