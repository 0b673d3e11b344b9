"""Twenty small trainings without a fault; some look like a faulty one at first."""

from collections.abc import Callable
from typing import Any, Final

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.rnn import pack_padded_sequence

import rnnviz
from tests.doctor.fitting import CharacterModel, Found, Last, characters, first_symbol, fit, sentences


def forget_bias(lstm: nn.LSTM, value: float) -> nn.LSTM:
    units = lstm.hidden_size
    with torch.no_grad():
        for layer in range(lstm.num_layers):
            getattr(lstm, f"bias_ih_l{layer}")[units : 2 * units] = value
            getattr(lstm, f"bias_hh_l{layer}")[units : 2 * units] = 0
    return lstm


def an_lstm_classifies_the_rows_of_small_pictures() -> Found:
    def batches() -> Any:
        for _ in range(60):
            y = torch.randint(10, (16,))
            yield torch.rand(16, 28, 28) + 2 * functional.one_hot(y, 28)[:, None], y

    return fit(Last(nn.LSTM(28, 32, batch_first=True), 10), batches(), nn.CrossEntropyLoss(), lr=1e-2)


class Forecaster(nn.Module):
    """The next value of a series, from the last state of a GRU with a learned initial state."""

    def __init__(self) -> None:
        super().__init__()
        self.start = nn.Parameter(torch.zeros(1, 1, 16))
        self.gru = nn.GRU(1, 16, batch_first=True)
        self.head = nn.Linear(16, 1)

    def forward(self, x: Tensor) -> Tensor:
        _, h_n = self.gru(x, self.start.expand(1, len(x), 16).contiguous())
        value: Tensor = self.head(h_n[-1])
        return value


def a_gru_with_a_learned_initial_state_forecasts_waves() -> Found:
    def batches() -> Any:
        for _ in range(12):
            t = torch.rand(16, 1) * 6 + torch.arange(21) * 0.3
            yield torch.sin(t[:, :-1, None]), torch.sin(t[:, -1:])

    return fit(Forecaster(), batches(), nn.MSELoss())


class BiStates(nn.Module):
    """The last states of both directions."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(30, 8)
        self.lstm = nn.LSTM(8, 16, batch_first=True, bidirectional=True)
        self.head = nn.Linear(32, 2)

    def forward(self, ids: Tensor) -> Tensor:
        _, (h_n, _) = self.lstm(self.embedding(ids))
        logits: Tensor = self.head(torch.cat([h_n[-2], h_n[-1]], 1))
        return logits


def a_bidirectional_lstm_uses_both_last_states() -> Found:
    batches = ((torch.randint(30, (8, 20)), torch.randint(2, (8,))) for _ in range(10))
    return fit(BiStates(), batches, nn.CrossEntropyLoss())


class BiMean(nn.Module):
    """The mean of the true steps of a bidirectional layer over padded sentences."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(30, 8, padding_idx=0)
        self.gru = nn.GRU(8, 16, batch_first=True, bidirectional=True)
        self.head = nn.Linear(32, 2)

    def forward(self, ids: Tensor) -> Tensor:
        output, _ = self.gru(self.embedding(ids))
        true = (ids > 0)[..., None]
        logits: Tensor = self.head((output * true).sum(1) / true.sum(1))
        return logits


def a_bidirectional_gru_averages_the_true_steps() -> Found:
    return fit(BiMean(), ((ids, y) for ids, _, y in sentences(10)), nn.CrossEntropyLoss())


class Packed(nn.Module):
    """A packed classifier."""

    def __init__(self, *, packs: bool) -> None:
        super().__init__()
        self.packs = packs
        self.embedding = nn.Embedding(30, 8)
        self.lstm = nn.LSTM(8, 16, batch_first=True)
        self.head = nn.Linear(16, 2)

    def forward(self, given: tuple[Tensor, Tensor]) -> Tensor:
        ids, lengths = given
        x = self.embedding(ids)
        if self.packs:
            _, (h_n, _) = self.lstm(pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False))
            last = h_n[-1]
        else:
            last = self.lstm(x)[0][torch.arange(len(ids)), lengths - 1]
        logits: Tensor = self.head(last)
        return logits


def sentences_are_packed() -> Found:
    return fit(Packed(packs=True), (((ids, n), y) for ids, n, y in sentences(10)), nn.CrossEntropyLoss())


def the_output_at_each_true_end_is_used() -> Found:
    return fit(Packed(packs=False), (((ids, n), y) for ids, n, y in sentences(10)), nn.CrossEntropyLoss())


def a_state_is_detached_and_carried_over_batches_in_order() -> Found:
    data, count = characters()
    rows = data[: 4 * 300].view(4, 300)
    model = CharacterModel(count)
    optimizer = torch.optim.Adam(model.parameters(), 5e-3)
    with rnnviz.watch(model, every=3) as watched:
        for _ in range(3):
            state: Any = None
            for start in range(0, 280, 20):
                ids = rows[:, start : start + 21]
                logits, state = model(ids[:, :-1], state)
                state = tuple(one.detach() for one in state)
                loss = functional.cross_entropy(logits.flatten(0, 1), ids[:, 1:].flatten())
                optimizer.zero_grad()
                loss.backward()
                torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
                optimizer.step()
    return rnnviz.examine(watched.record)


class WithLogSoftmax(nn.Module):
    """A classifier that returns the logarithms of probabilities, or the probabilities."""

    def __init__(self, *, log: bool) -> None:
        super().__init__()
        self.last, self.log = Last(nn.GRU(4, 16, batch_first=True), 4), log

    def forward(self, x: Tensor) -> Tensor:
        logits = self.last(x)
        return functional.log_softmax(logits, 1) if self.log else functional.softmax(logits, 1)


def logarithms_of_probabilities_go_into_nll_loss() -> Found:
    return fit(WithLogSoftmax(log=True), first_symbol(12, 10), nn.NLLLoss())


def probabilities_go_into_a_cross_entropy_by_hand() -> Found:
    def criterion(p: Tensor, y: Tensor) -> Tensor:
        return -torch.log(p.gather(1, y[:, None]) + 1e-8).mean()

    return fit(WithLogSoftmax(log=False), first_symbol(12, 10), criterion)


def a_softmax_is_trained_with_squared_errors() -> Found:
    def criterion(p: Tensor, y: Tensor) -> Tensor:
        return functional.mse_loss(p, functional.one_hot(y, 4).float())

    return fit(WithLogSoftmax(log=False), first_symbol(12, 10), criterion)


class Detector(nn.Module):
    """A probability for each step."""

    def __init__(self) -> None:
        super().__init__()
        self.gru = nn.GRU(3, 16, batch_first=True)
        self.head = nn.Linear(16, 1)

    def forward(self, x: Tensor) -> Tensor:
        return torch.sigmoid(self.head(self.gru(x)[0]))


def probabilities_of_each_step_go_into_bce_loss() -> Found:
    def batches() -> Any:
        for _ in range(10):
            x = torch.randn(8, 60, 3)
            yield x, (x.sum(2, keepdim=True) > 1).float()

    return fit(Detector(), batches(), nn.BCELoss())


def words_are_predicted_time_first_in_chunks_of_which_the_last_is_shorter() -> Found:
    data, count = characters()
    rows = data[: 8 * 150].view(8, 150).t().contiguous()  # (time, batch)
    embedding, rnn, head = nn.Embedding(count, 8), nn.LSTM(8, 24, num_layers=2, dropout=0.2), nn.Linear(24, count)
    model = nn.ModuleList([embedding, rnn, head])
    optimizer = torch.optim.SGD(model.parameters(), 1.0)
    with rnnviz.watch(model, every=1) as watched:
        for _ in range(3):
            state: Any = None
            for start in range(0, 149, 35):
                ids = rows[start : start + 36]
                output, state = rnn(embedding(ids[:-1]), state)
                state = tuple(one.detach() for one in state)
                loss = functional.cross_entropy(head(output).flatten(0, 1), ids[1:].flatten())
                optimizer.zero_grad()
                loss.backward()
                torch.nn.utils.clip_grad_norm_(model.parameters(), 0.5)
                optimizer.step()
    return rnnviz.examine(watched.record)


def a_relu_rnn_starts_as_the_identity() -> Found:
    rnn = nn.RNN(4, 32, nonlinearity="relu", batch_first=True)
    with torch.no_grad():
        nn.init.eye_(rnn.weight_hh_l0)
        nn.init.normal_(rnn.weight_ih_l0, std=0.05)
        rnn.bias_ih_l0.zero_()
        rnn.bias_hh_l0.zero_()
    return fit(Last(rnn, 4), first_symbol(12, 40), nn.CrossEntropyLoss(), max_norm=1.0)


def a_plain_rnn_starts_orthogonal() -> Found:
    rnn = nn.RNN(4, 32, batch_first=True)
    nn.init.orthogonal_(rnn.weight_hh_l0)
    return fit(Last(rnn, 4), first_symbol(12, 40), nn.CrossEntropyLoss(), max_norm=1.0)


def an_lstm_starts_with_a_forget_bias_that_fits_its_hundred_steps() -> Found:
    lstm = forget_bias(nn.LSTM(4, 24, batch_first=True), 4.0)
    return fit(Last(lstm, 4), first_symbol(10, 100), nn.CrossEntropyLoss())


def all_biases_start_at_zero() -> Found:
    lstm = nn.LSTM(4, 24, batch_first=True)
    for name, parameter in lstm.named_parameters():
        if "bias" in name:
            nn.init.zeros_(parameter)
    return fit(Last(lstm, 4), first_symbol(12, 12), nn.CrossEntropyLoss())


class Translator(nn.Module):
    """An encoder whose last state a decoder starts from, with teacher forcing."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(12, 8)
        self.encoder = nn.GRU(8, 24, batch_first=True)
        self.decoder = nn.GRU(8, 24, batch_first=True)
        self.head = nn.Linear(24, 12)

    def forward(self, ids: Tensor) -> Tensor:
        _, state = self.encoder(self.embedding(ids))
        shifted = functional.pad(ids.flip(1)[:, :-1], (1, 0))
        output, _ = self.decoder(self.embedding(shifted), state)
        logits: Tensor = self.head(output)
        return logits.transpose(1, 2)


def an_encoder_and_a_decoder_reverse_digits() -> Found:
    def batches() -> Any:
        for _ in range(12):
            ids = torch.randint(1, 12, (16, 9))
            yield ids, ids.flip(1)

    return fit(Translator(), batches(), nn.CrossEntropyLoss())


def a_symbol_has_to_outlast_blanks() -> Found:
    def batches() -> Any:
        for _ in range(12):
            y = torch.randint(4, (16,))
            x = torch.zeros(16, 16, 5)
            x[:, 1:, 4] = 1  # the blank
            x[:, 0] = functional.one_hot(y, 5).float()
            yield x, y

    return fit(Last(nn.GRU(5, 16, batch_first=True), 4), batches(), nn.CrossEntropyLoss())


def weights_of_keras_have_their_bias_once() -> Found:
    lstm = nn.LSTM(6, 10, batch_first=True)
    bias = torch.randn(40) * 0.1
    bias[10:20] += 1
    with torch.no_grad():
        lstm.bias_ih_l0.copy_(bias)
        lstm.bias_hh_l0.zero_()
    return rnnviz.examine(Last(lstm, 3), torch.randn(4, 12, 6))


def two_layers_with_dropout_forecast_and_are_validated_between_updates() -> Found:
    lstm = forget_bias(nn.LSTM(3, 16, num_layers=2, dropout=0.2, batch_first=True), 1.0)
    model = Last(lstm, 1)
    optimizer = torch.optim.AdamW(model.parameters(), 1e-3)
    with rnnviz.watch(model, every=2) as watched:
        for _ in range(16):
            x = torch.randn(16, 24, 3)
            loss = functional.mse_loss(model(x), x[:, -3:, 0].sum(1, keepdim=True))
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            with torch.no_grad():
                model.eval()
                model(torch.randn(64, 24, 3))
                model.train()
    return rnnviz.examine(watched.record)


SOUND: Final[tuple[Callable[[], Found], ...]] = (
    an_lstm_classifies_the_rows_of_small_pictures,
    a_gru_with_a_learned_initial_state_forecasts_waves,
    a_bidirectional_lstm_uses_both_last_states,
    a_bidirectional_gru_averages_the_true_steps,
    sentences_are_packed,
    the_output_at_each_true_end_is_used,
    a_state_is_detached_and_carried_over_batches_in_order,
    logarithms_of_probabilities_go_into_nll_loss,
    probabilities_go_into_a_cross_entropy_by_hand,
    a_softmax_is_trained_with_squared_errors,
    probabilities_of_each_step_go_into_bce_loss,
    words_are_predicted_time_first_in_chunks_of_which_the_last_is_shorter,
    a_relu_rnn_starts_as_the_identity,
    a_plain_rnn_starts_orthogonal,
    an_lstm_starts_with_a_forget_bias_that_fits_its_hundred_steps,
    all_biases_start_at_zero,
    an_encoder_and_a_decoder_reverse_digits,
    a_symbol_has_to_outlast_blanks,
    weights_of_keras_have_their_bias_once,
    two_layers_with_dropout_forecast_and_are_validated_between_updates,
)
