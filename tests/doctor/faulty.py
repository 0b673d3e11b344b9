"""Twenty small trainings, each with one fault that people make; the name of a function tells which."""

from collections.abc import Callable
from typing import Any, Final

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

import rnnviz
from tests.doctor.fitting import CharacterModel, Found, Last, characters, first_symbol, fit, sentences


def a_plain_rnn_has_to_add_over_a_hundred_steps() -> Found:
    def batches() -> Any:
        for _ in range(6):
            x = torch.rand(16, 100, 2)
            x[..., 1] = 0
            x[:, 10, 1] = x[:, 60, 1] = 1
            yield x, (x[..., 0] * x[..., 1]).sum(1, keepdim=True)

    return fit(Last(nn.RNN(2, 32, batch_first=True), 1), batches(), nn.MSELoss())


def a_gru_has_to_remember_the_first_of_eighty_steps() -> Found:
    return fit(Last(nn.GRU(4, 24, batch_first=True), 4), first_symbol(6, 80), nn.CrossEntropyLoss())


def a_plain_rnn_starts_with_large_weights_and_relu() -> Found:
    rnn = nn.RNN(4, 32, nonlinearity="relu", batch_first=True)
    nn.init.normal_(rnn.weight_hh_l0, std=0.4)
    return fit(Last(rnn, 4), first_symbol(4, 40), nn.CrossEntropyLoss(), lr=1e-4, sgd=True)


def prices_go_into_an_lstm_as_they_are() -> Found:
    def batches() -> Any:
        for _ in range(8):
            prices = 4_000 + torch.randn(16, 25, 3).cumsum(1) * 30
            yield prices[:, :-1], prices[:, -1, :1]

    return fit(Last(nn.LSTM(3, 24, batch_first=True), 1), batches(), nn.MSELoss())


def pixels_go_into_a_plain_rnn_as_bytes() -> Found:
    def batches() -> Any:
        for _ in range(8):
            yield torch.randint(0, 256, (16, 20, 28)).float(), torch.randint(10, (16,))

    return fit(Last(nn.RNN(28, 32, batch_first=True), 10), batches(), nn.CrossEntropyLoss())


def a_relu_rnn_learns_much_too_fast() -> Found:
    rnn = nn.RNN(4, 32, nonlinearity="relu", batch_first=True)
    return fit(Last(rnn, 4), first_symbol(12, 12), nn.CrossEntropyLoss(), lr=0.3)


def an_lstm_with_default_biases_reads_a_hundred_steps() -> Found:
    return fit(Last(nn.LSTM(4, 24, batch_first=True), 4), first_symbol(6, 100), nn.CrossEntropyLoss())


def the_threshold_of_clipping_is_a_thousandth() -> Found:
    rnn = nn.GRU(4, 24, batch_first=True)
    return fit(Last(rnn, 4), first_symbol(15, 12), nn.CrossEntropyLoss(), max_norm=1e-3)


def now_and_then_a_batch_is_wild_and_the_threshold_is_too_high_for_it() -> Found:
    def batches() -> Any:
        for update in range(20):
            x = torch.randn(16, 15, 2) * (40 if update % 7 == 6 else 1)
            yield x, x.sum(1)[:, :1]

    return fit(Last(nn.GRU(2, 24, batch_first=True), 1), batches(), nn.MSELoss(), max_norm=10_000.0)


def the_state_is_not_detached() -> Found:
    data, count = characters()
    model = CharacterModel(count)
    optimizer = torch.optim.Adam(model.parameters())
    watched = rnnviz.watch(model, every=10)

    def train() -> None:
        state = None
        for start in range(0, 160, 16):
            ids = data[start : start + 17][None]
            logits, state = model(ids[:, :-1], state)
            loss = functional.cross_entropy(logits.flatten(0, 1), ids[:, 1:].flatten())
            optimizer.zero_grad()
            loss.backward(retain_graph=True)
            optimizer.step()

    with watched, pytest.raises(RuntimeError, match="inplace"):
        train()
    return rnnviz.examine(watched.record)


class BiLast(nn.Module):
    """The last step of a bidirectional output."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(30, 8)
        self.lstm = nn.LSTM(8, 16, batch_first=True, bidirectional=True)
        self.head = nn.Linear(32, 2)

    def forward(self, ids: Tensor) -> Tensor:
        output, _ = self.lstm(self.embedding(ids))
        logits: Tensor = self.head(output[:, -1, :])
        return logits


def the_last_step_of_a_bidirectional_lstm_classifies() -> Found:
    batches = ((torch.randint(30, (8, 20)), torch.randint(2, (8,))) for _ in range(6))
    return fit(BiLast(), batches, nn.CrossEntropyLoss())


class TimeFirstBiLast(nn.Module):
    """The same of two layers, time first, untrained."""

    def __init__(self) -> None:
        super().__init__()
        self.gru = nn.GRU(5, 12, num_layers=2, bidirectional=True)
        self.head = nn.Linear(24, 3)

    def forward(self, x: Tensor) -> Tensor:
        output, _ = self.gru(x)
        logits: Tensor = self.head(output[-1])
        return logits


def the_last_step_of_a_bidirectional_gru_is_seen_without_a_training() -> Found:
    return rnnviz.examine(TimeFirstBiLast(), torch.randn(15, 8, 5))


class PaddedText(nn.Module):
    """The last state after a padded sentence, with dropout on the embedding."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(30, 8)
        self.drop = nn.Dropout(0.3)
        self.lstm = nn.LSTM(8, 16, batch_first=True)
        self.head = nn.Linear(16, 2)

    def forward(self, ids: Tensor) -> Tensor:
        _, (h_n, _) = self.lstm(self.drop(self.embedding(ids)))
        logits: Tensor = self.head(h_n[-1])
        return logits


def padded_sentences_are_read_to_the_end_of_their_padding() -> Found:
    return fit(PaddedText(), ((ids, y) for ids, _, y in sentences(6)), nn.CrossEntropyLoss())


def series_padded_with_zeros_are_read_to_their_end() -> Found:
    def batches() -> Any:
        for _ in range(6):
            series = [torch.randn(length, 3) for length in torch.randint(5, 25, (8,)).tolist()]
            yield (
                nn.utils.rnn.pad_sequence(series, batch_first=True),
                torch.stack([one.sum() for one in series])[:, None],
            )

    return fit(Last(nn.GRU(3, 16, batch_first=True), 1), batches(), nn.MSELoss())


def the_state_is_carried_over_shuffled_batches() -> Found:
    data, count = characters()
    windows = data[: 16 * 65].unfold(0, 17, 16)  # 64 windows that follow each other
    loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(windows), 8, shuffle=True)
    model = CharacterModel(count)
    optimizer = torch.optim.Adam(model.parameters())
    state: Any = None
    with rnnviz.watch(model, every=4) as watched:
        for _ in range(3):
            for (ids,) in loader:
                if state is not None:
                    state = tuple(one.detach() for one in state)
                logits, state = model(ids[:, :-1], state)
                loss = functional.cross_entropy(logits.flatten(0, 1), ids[:, 1:].flatten())
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
    return rnnviz.examine(watched.record)


class WithSoftmax(nn.Module):
    """A classifier that returns probabilities."""

    def __init__(self) -> None:
        super().__init__()
        self.last = Last(nn.LSTM(4, 16, batch_first=True), 4)

    def forward(self, x: Tensor) -> Tensor:
        return functional.softmax(self.last(x), dim=1)


def a_softmax_stands_before_the_cross_entropy() -> Found:
    return fit(WithSoftmax(), first_symbol(8, 10), nn.CrossEntropyLoss())


class TimeFirstLast(nn.Module):
    """``batch_first`` was forgotten."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(4, 16)
        self.head = nn.Linear(16, 4)

    def forward(self, x: Tensor) -> Tensor:
        output, _ = self.lstm(x)
        logits: Tensor = self.head(output[:, -1])
        return logits


def a_classifier_forgot_batch_first() -> Found:
    return fit(TimeFirstLast(), first_symbol(8, 12), nn.CrossEntropyLoss())


class Tagger(nn.Module):
    """A tag for each word; ``batch_first`` was forgotten."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(30, 8)
        self.gru = nn.GRU(8, 16)
        self.head = nn.Linear(16, 5)

    def forward(self, ids: Tensor) -> Tensor:
        output, _ = self.gru(self.embedding(ids))
        logits: Tensor = self.head(output)
        return logits.transpose(1, 2)


def a_tagger_forgot_batch_first() -> Found:
    ids = torch.randint(30, (60, 12))
    loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(ids, ids % 5), 16, shuffle=True)
    batches = (batch for _ in range(3) for batch in loader)
    return fit(Tagger(), batches, nn.CrossEntropyLoss())


def weights_of_keras_have_their_bias_twice() -> Found:
    lstm = nn.LSTM(6, 10, batch_first=True)
    bias = torch.randn(40) * 0.1
    bias[10:20] += 1  # unit_forget_bias
    with torch.no_grad():
        lstm.bias_ih_l0.copy_(bias)
        lstm.bias_hh_l0.copy_(bias)
    return rnnviz.examine(Last(lstm, 3), torch.randn(4, 12, 6))


def weights_come_from_a_gru_that_resets_before_the_product() -> Found:
    gru = nn.GRU(6, 10, batch_first=True)
    with torch.no_grad():
        gru.bias_ih_l0.copy_(torch.randn(30) * 0.1)  # its one bias
        gru.bias_hh_l0.zero_()
    return rnnviz.examine(Last(gru, 3))


PLANTED: Final[dict[Callable[[], Found], str]] = {
    a_plain_rnn_has_to_add_over_a_hundred_steps: "vanishing",
    a_gru_has_to_remember_the_first_of_eighty_steps: "vanishing",
    a_plain_rnn_starts_with_large_weights_and_relu: "exploding",
    prices_go_into_an_lstm_as_they_are: "saturated",
    pixels_go_into_a_plain_rnn_as_bytes: "saturated",
    a_relu_rnn_learns_much_too_fast: "dead_units",
    an_lstm_with_default_biases_reads_a_hundred_steps: "forget_bias",
    the_threshold_of_clipping_is_a_thousandth: "clipping_always",
    now_and_then_a_batch_is_wild_and_the_threshold_is_too_high_for_it: "clipping_never",
    the_state_is_not_detached: "not_detached",
    the_last_step_of_a_bidirectional_lstm_classifies: "bidirectional_last",
    the_last_step_of_a_bidirectional_gru_is_seen_without_a_training: "bidirectional_last",
    padded_sentences_are_read_to_the_end_of_their_padding: "padding_read",
    series_padded_with_zeros_are_read_to_their_end: "padding_read",
    the_state_is_carried_over_shuffled_batches: "shuffled_state",
    a_softmax_stands_before_the_cross_entropy: "softmax_twice",
    a_classifier_forgot_batch_first: "batch_first",
    a_tagger_forgot_batch_first: "batch_first",
    weights_of_keras_have_their_bias_twice: "bias_doubled",
    weights_come_from_a_gru_that_resets_before_the_product: "gru_reset",
}
"""Each script with the finding that names its fault."""
