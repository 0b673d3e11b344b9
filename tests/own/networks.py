"""Twenty recurrent networks of the literature in small, each from its paper, as their users would write them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

WORDS: Final = 12
"""Words, characters or tags that the networks tell apart."""


class WordModel(nn.Module):
    """Predicts the next word, with one matrix for words in and out: Press and Wolf (2017), arXiv 1608.05859."""

    def __init__(self) -> None:
        super().__init__()
        self.drop = nn.Dropout(0.5)
        self.encoder = nn.Embedding(WORDS, 6)
        self.rnn = nn.LSTM(6, 6, num_layers=2, dropout=0.5)
        self.decoder = nn.Linear(6, WORDS)
        self.decoder.weight = self.encoder.weight

    def forward(self, words: Tensor, hidden: tuple[Tensor, Tensor]) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        output, hidden = self.rnn(self.drop(self.encoder(words)), hidden)
        return self.decoder(self.drop(output)), hidden


class CharacterModel(nn.Module):
    """Predicts the next character from one-hot characters: Karpathy (2015), char-rnn."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(WORDS, 7, num_layers=2, batch_first=True)
        self.output = nn.Linear(7, WORDS)

    def forward(self, characters: Tensor) -> Tensor:
        return self.output(self.lstm(functional.one_hot(characters, WORDS).float())[0])


class WeightDrop(nn.Module):
    """Drops recurrent weights anew in each pass: Merity, Keskar and Socher (2017), arXiv 1708.02182."""

    def __init__(self, lstm: nn.LSTM, p: float) -> None:
        super().__init__()
        self.lstm, self.p = lstm, p
        raw = lstm.weight_hh_l0
        del lstm.weight_hh_l0
        self.weight_hh_raw = nn.Parameter(raw.data)
        self.lstm.weight_hh_l0 = raw.data

    def forward(self, x: Tensor, hx: Any = None) -> tuple[Tensor, Any]:
        self.lstm.weight_hh_l0 = functional.dropout(self.weight_hh_raw, self.p, self.training)
        return self.lstm(x, hx)


class WeightDroppedModel(nn.Module):
    """The word model of the same paper: three layers with dropped weights, whole words dropped between them."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.Embedding(WORDS, 5)
        self.rnns = nn.ModuleList(WeightDrop(nn.LSTM(a, b), 0.5) for a, b in ((5, 8), (8, 8), (8, 5)))
        self.decoder = nn.Linear(5, WORDS)
        self.decoder.weight = self.encoder.weight

    def forward(self, words: Tensor) -> Tensor:
        x = self.encoder(words)
        for rnn in self.rnns:
            x = self.locked(rnn(x)[0])
        return self.decoder(x)

    def locked(self, x: Tensor) -> Tensor:
        """The same units dropped at all steps."""
        return x * functional.dropout(x.new_ones(1, *x.shape[1:]), 0.3, self.training)


class Translator(nn.Module):
    """Encoder and decoder with additive attention: Bahdanau, Cho and Bengio (2014), arXiv 1409.0473."""

    def __init__(self) -> None:
        super().__init__()
        self.source, self.target = nn.Embedding(WORDS, 4), nn.Embedding(WORDS, 4)
        self.encoder = nn.GRU(4, 5, batch_first=True, bidirectional=True)
        self.bridge = nn.Linear(5, 6)
        self.keys, self.query, self.energy = nn.Linear(10, 6), nn.Linear(6, 6), nn.Linear(6, 1)
        self.decoder = nn.GRU(4 + 10, 6, batch_first=True)
        self.output = nn.Linear(6, WORDS)

    def forward(self, source: Tensor, target: Tensor) -> Tensor:
        states, last = self.encoder(self.source(source))
        hidden = torch.tanh(self.bridge(last[1:]))
        logits = []
        for word in self.target(target).split(1, dim=1):
            scores = self.energy(torch.tanh(self.keys(states) + self.query(hidden[-1])[:, None]))
            context = (scores.softmax(1) * states).sum(1, keepdim=True)
            output, hidden = self.decoder(torch.cat([word, context], -1), hidden)
            logits.append(self.output(output))
        return torch.cat(logits, 1)


class Tagger(nn.Module):
    """Tags each word by both sides: Huang, Xu and Yu (2015), arXiv 1508.01991, without the CRF."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(WORDS, 5, padding_idx=0)
        self.lstm = nn.LSTM(5, 4, batch_first=True, bidirectional=True)
        self.tags = nn.Linear(8, 3)

    def forward(self, words: Tensor, lengths: Tensor) -> Tensor:
        packed = pack_padded_sequence(self.embedding(words), lengths, batch_first=True)
        return self.tags(pad_packed_sequence(self.lstm(packed)[0], batch_first=True)[0])


class SpeechModel(nn.Module):
    """Convolution over a spectrogram, then RNNs whose directions are added: Amodei et al. (2015), arXiv 1512.02595."""

    def __init__(self) -> None:
        super().__init__()
        self.convolution = nn.Conv1d(4, 6, kernel_size=3, stride=2)
        self.rnns = nn.ModuleList(nn.RNN(6, 6, nonlinearity="relu", bidirectional=True, bias=k > 0) for k in range(3))
        self.norms = nn.ModuleList(nn.BatchNorm1d(6) for _ in range(3))
        self.letters = nn.Linear(6, WORDS)

    def forward(self, spectrogram: Tensor) -> Tensor:
        x = functional.hardtanh(self.convolution(spectrogram), 0, 20).permute(2, 0, 1)  # (time, batch, feature)
        for rnn, norm in zip(self.rnns, self.norms, strict=True):
            x = rnn(norm(x.transpose(1, 2)).transpose(1, 2))[0]
            x = x.view(*x.shape[:2], 2, 6).sum(2)
        return self.letters(x).log_softmax(-1)


class Forecaster(nn.Module):
    """Reads a series, then goes on from its own forecasts: Salinas, Flunkert and Gasthaus (2017), arXiv 1704.04110."""

    def __init__(self, horizon: int) -> None:
        super().__init__()
        self.horizon = horizon
        self.lstm = nn.LSTM(1, 6, num_layers=2, batch_first=True)
        self.mean = nn.Linear(6, 1)

    def forward(self, series: Tensor) -> Tensor:
        output, state = self.lstm(series)
        forecasts = [self.mean(output[:, -1:])]
        while len(forecasts) < self.horizon:
            output, state = self.lstm(forecasts[-1], state)
            forecasts.append(self.mean(output))
        return torch.cat(forecasts, 1)


class ConvolutionThenLSTM(nn.Module):
    """Phrases by a convolution, their order by an LSTM: Zhou et al. (2015), arXiv 1511.08630."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(WORDS, 5)
        self.phrases = nn.Sequential(nn.Conv1d(5, 6, kernel_size=3), nn.ReLU())
        self.lstm = nn.LSTM(6, 5, batch_first=True)
        self.classes = nn.Linear(5, 2)

    def forward(self, words: Tensor) -> Tensor:
        phrases = self.phrases(self.embedding(words).transpose(1, 2)).transpose(1, 2)
        _, (h, _) = self.lstm(phrases)
        return self.classes(h[-1])


class PackedClassifier(nn.Module):
    """Sentiment of padded reviews in any order: chapter 15 of Raschka, Liu and Mirjalili (2022)."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(WORDS, 4, padding_idx=0)
        self.rnn = nn.LSTM(4, 5, num_layers=2, batch_first=True, bidirectional=True)
        self.head = nn.Sequential(nn.Linear(10, 6), nn.ReLU(), nn.Linear(6, 1), nn.Sigmoid())

    def forward(self, text: Tensor, lengths: Tensor) -> Tensor:
        packed = pack_padded_sequence(self.embedding(text), lengths, batch_first=True, enforce_sorted=False)
        _, (h, _) = self.rnn(packed)
        return self.head(torch.cat([h[-2], h[-1]], 1))


class SineModel(nn.Module):
    """Two LSTM cells that read a curve and go on with it: as in PyTorch's example time_sequence_prediction."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.LSTMCell(1, 5), nn.LSTMCell(5, 4)
        self.output = nn.Linear(4, 1)

    def forward(self, curve: Tensor, future: int = 0) -> Tensor:
        h, c = (curve.new_zeros(len(curve), 5) for _ in range(2))
        h_2, c_2 = (curve.new_zeros(len(curve), 4) for _ in range(2))
        outputs: list[Tensor] = []
        for t in range(curve.shape[1] + future):
            x = curve[:, t : t + 1] if t < curve.shape[1] else outputs[-1]
            h, c = self.first(x, (h, c))
            h_2, c_2 = self.second(h, (h_2, c_2))
            outputs.append(self.output(h_2))
        return torch.cat(outputs, 1)


class SessionRecommender(nn.Module):
    """What is clicked next, a GRU cell a click: Hidasi et al. (2015), arXiv 1511.06939."""

    def __init__(self) -> None:
        super().__init__()
        self.cell = nn.GRUCell(WORDS, 6)
        self.items = nn.Linear(6, WORDS)

    def forward(self, clicks: Tensor) -> Tensor:
        h, scores = None, []
        for click in functional.one_hot(clicks, WORDS).float().unbind(1):
            h = self.cell(click, h)
            scores.append(torch.tanh(self.items(h)))
        return torch.stack(scores, 1)


class SimpleRecurrentNetwork(nn.Module):
    """One RNN cell over letters: Elman (1990), Finding structure in time."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden = nn.RNNCell(WORDS, 5, bias=False)
        self.output = nn.Linear(5, WORDS)

    def forward(self, letters: Tensor) -> list[Tensor]:
        h, outputs = torch.full((5,), 0.5), []
        for letter in functional.one_hot(letters, WORDS).float():
            h = self.hidden(letter, h)
            outputs.append(self.output(h))
        return outputs


class TwoWayModel(nn.Module):
    """A language model each way with projections, layers mixed: Peters et al. (2018), arXiv 1802.05365."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(WORDS, 4)
        self.forwards = nn.ModuleList(nn.LSTM(4, 7, proj_size=4, batch_first=True) for _ in range(2))
        self.backwards = nn.ModuleList(nn.LSTM(4, 7, proj_size=4, batch_first=True) for _ in range(2))
        self.mix = nn.Parameter(torch.zeros(3))

    def forward(self, words: Tensor) -> Tensor:
        ahead = back = self.embedding(words)
        layers = [torch.cat([ahead, back], -1)]
        for forwards, backwards in zip(self.forwards, self.backwards, strict=True):
            ahead = ahead + forwards(ahead)[0]
            back = back + backwards(back.flip(1))[0].flip(1)
            layers.append(torch.cat([ahead, back], -1))
        return sum(w * layer for w, layer in zip(self.mix.softmax(0), layers, strict=True))  # type: ignore[return-value]


class RecurrentPolicy(nn.Module):
    """Values of actions from frames and a memory: Hausknecht and Stone (2015), arXiv 1507.06527."""

    def __init__(self) -> None:
        super().__init__()
        self.eye = nn.Sequential(nn.Conv2d(1, 3, 3, stride=2), nn.ReLU(inplace=True), nn.Flatten())
        self.lstm = nn.LSTM(12, 6, batch_first=True)
        self.values = nn.Linear(6, 4)

    def forward(self, frames: Tensor, *, hidden: tuple[Tensor, Tensor]) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        batch, time = frames.shape[:2]
        seen = self.eye(frames.flatten(0, 1)).view(batch, time, -1)
        output, hidden = self.lstm(seen, hx=hidden)
        return self.values(output.relu_()), hidden


class TextAutoencoder(nn.Module):
    """A sentence from a drawn vector: Bowman et al. (2015), arXiv 1511.06349."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(WORDS, 4)
        self.encoder = nn.GRU(4, 5, batch_first=True)
        self.mean, self.deviation = nn.Linear(5, 3), nn.Linear(5, 3)
        self.start = nn.Linear(3, 12)
        self.decoder = nn.LSTM(4 + 3, 6, batch_first=True)
        self.output = nn.Linear(6, WORDS)

    def forward(self, words: Tensor) -> Tensor:
        x = self.embedding(words)
        h = self.encoder(x)[1][-1]
        z = self.mean(h) + torch.randn(len(words), 3) * (self.deviation(h) / 2).exp()
        state = tuple(part.contiguous()[None] for part in self.start(z).chunk(2, -1))
        around = z[:, None].expand(-1, words.shape[1], -1)
        return self.output(self.decoder(torch.cat([x, around], -1), state)[0])


class SiameseLSTM(nn.Module):
    """How alike two sentences are, by one LSTM: Mueller and Thyagarajan (2016)."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(WORDS, 4)
        self.lstm = nn.LSTM(4, 5, batch_first=True)

    def forward(self, left: Tensor, right: Tensor) -> Tensor:
        ends = [self.lstm(self.embedding(words))[1][0][-1] for words in (left, right)]
        return (-(ends[0] - ends[1]).abs().sum(-1)).exp()


class Attended(nn.Module):
    """A mean of bidirectional states, weighted by a learnt query."""

    def __init__(self, features: int, units: int) -> None:
        super().__init__()
        self.gru = nn.GRU(features, units, batch_first=True, bidirectional=True)
        self.hidden, self.query = nn.Linear(2 * units, 4), nn.Linear(4, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        states = self.gru(x)[0]
        return (self.query(self.hidden(states).tanh()).softmax(1) * states).sum(1)


class HierarchicalAttention(nn.Module):
    """Words into sentences, sentences into a document: Yang et al. (2016), HLT-NAACL."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(WORDS, 4)
        self.words, self.sentences = Attended(4, 3), Attended(6, 4)
        self.classes = nn.Linear(8, 3)

    def forward(self, documents: Tensor) -> Tensor:
        batch, sentences = documents.shape[:2]
        vectors = self.words(self.embedding(documents.flatten(0, 1)))
        return self.classes(self.sentences(vectors.view(batch, sentences, -1)))


class PointerNetwork(nn.Module):
    """Points at its own inputs, one after the other: Vinyals, Fortunato and Jaitly (2015), arXiv 1506.03134."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder, self.decoder = nn.LSTM(2, 6, batch_first=True), nn.LSTMCell(2, 6)
        self.keys, self.query, self.score = nn.Linear(6, 5), nn.Linear(6, 5), nn.Linear(5, 1)
        self.begin = nn.Parameter(torch.zeros(2))

    def forward(self, places: Tensor) -> Tensor:
        states, (h, c) = self.encoder(places)
        h, c = h[0], c[0]
        x, pointers = self.begin.expand(len(places), 2), []
        for _ in range(places.shape[1]):
            h, c = self.decoder(x, (h, c))
            pointers.append(self.score(torch.tanh(self.keys(states) + self.query(h)[:, None]))[..., 0])
            x = places[torch.arange(len(places)), pointers[-1].argmax(-1)]
        return torch.stack(pointers, 1)


class AcousticModel(nn.Module):
    """Deep LSTMs with a recurrent projection: Sak, Senior and Beaufays (2014), arXiv 1402.1128."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(5, 8, num_layers=2, proj_size=3)
        self.states = nn.Linear(3, WORDS)

    def forward(self, frames: Tensor) -> Tensor:
        return self.states(self.lstm(frames)[0]).log_softmax(-1)


class ResidualEncoder(nn.Module):
    """A bidirectional layer, then layers with residual connections: Wu et al. (2016), arXiv 1609.08144."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(WORDS, 6)
        self.bottom = nn.LSTM(6, 3, batch_first=True, bidirectional=True)
        self.layers = nn.ModuleList(nn.LSTM(6, 6, batch_first=True) for _ in range(3))

    def forward(self, words: Tensor) -> Tensor:
        x = self.bottom(self.embedding(words))[0]
        for k, layer in enumerate(self.layers):
            x = layer(x)[0] + (x if k > 0 else 0)
        return x


# --- On small inputs ---


Sizes = tuple[str, int, int, int, int, int]


@dataclass(frozen=True)
class Own:
    """A network, what it is called with, and its traces: cell, then layer, direction, batch, time, unit, by path."""

    make: Callable[[], nn.Module]
    x: Any
    traces: dict[str, Sizes]
    training: bool = False


def words(*shape: int) -> Tensor:
    """Indices of words, the same ones at every call."""
    count = torch.Size(shape).numel()
    return (torch.arange(count) * 7 % (WORDS - 1) + 1).view(shape)


def waves(*shape: int) -> Tensor:
    """Real numbers, the same ones at every call."""
    return torch.arange(torch.Size(shape).numel()).mul(0.37).sin().view(shape)


STATE: Final = (torch.full((2, 3, 6), 0.1), torch.full((2, 3, 6), -0.2))
NETWORKS: Final = (
    Own(WordModel, (words(6, 3), STATE), {"rnn": ("lstm", 2, 1, 3, 6, 6)}),
    Own(CharacterModel, words(2, 8), {"lstm": ("lstm", 2, 1, 2, 8, 7)}),
    Own(
        WeightDroppedModel,
        words(6, 2),
        {f"rnns.{k}.lstm": ("lstm", 1, 1, 2, 6, (8, 8, 5)[k]) for k in range(3)},
        training=True,
    ),
    Own(Translator, (words(2, 6), words(2, 4)), {"encoder": ("gru", 1, 2, 2, 6, 5), "decoder": ("gru", 1, 1, 2, 4, 6)}),
    Own(Tagger, {"words": words(3, 6), "lengths": torch.tensor([6, 4, 2])}, {"lstm": ("lstm", 1, 2, 3, 6, 4)}),
    Own(SpeechModel, waves(2, 4, 15), {f"rnns.{k}": ("rnn", 1, 2, 2, 7, 6) for k in range(3)}),
    Own(lambda: Forecaster(horizon=4), waves(2, 6, 1), {"lstm": ("lstm", 2, 1, 2, 9, 6)}),
    Own(ConvolutionThenLSTM, words(2, 8), {"lstm": ("lstm", 1, 1, 2, 6, 5)}),
    Own(PackedClassifier, (words(3, 6), torch.tensor([3, 6, 1])), {"rnn": ("lstm", 2, 2, 3, 6, 5)}),
    Own(SineModel, (waves(2, 5), 2), {"first": ("lstm", 1, 1, 2, 7, 5), "second": ("lstm", 1, 1, 2, 7, 4)}),
    Own(SessionRecommender, words(3, 5), {"cell": ("gru", 1, 1, 3, 5, 6)}),
    Own(SimpleRecurrentNetwork, words(6), {"hidden": ("rnn", 1, 1, 1, 6, 5)}),
    Own(
        TwoWayModel,
        words(2, 5),
        {f"{way}.{k}": ("lstm", 1, 1, 2, 5, 7) for way in ("forwards", "backwards") for k in range(2)},
    ),
    Own(
        RecurrentPolicy,
        {"frames": waves(2, 4, 1, 6, 6), "hidden": (torch.zeros(1, 2, 6), torch.zeros(1, 2, 6))},
        {"lstm": ("lstm", 1, 1, 2, 4, 6)},
    ),
    Own(TextAutoencoder, words(2, 5), {"encoder": ("gru", 1, 1, 2, 5, 5), "decoder": ("lstm", 1, 1, 2, 5, 6)}),
    Own(
        SiameseLSTM,
        (words(2, 5), words(2, 7)),
        {"lstm#1": ("lstm", 1, 1, 2, 5, 5), "lstm#2": ("lstm", 1, 1, 2, 7, 5)},
    ),
    Own(
        HierarchicalAttention,
        words(2, 3, 4),
        {"words.gru": ("gru", 1, 2, 6, 4, 3), "sentences.gru": ("gru", 1, 2, 2, 3, 4)},
    ),
    Own(PointerNetwork, waves(2, 5, 2), {"encoder": ("lstm", 1, 1, 2, 5, 6), "decoder": ("lstm", 1, 1, 2, 5, 6)}),
    Own(AcousticModel, waves(6, 2, 5), {"lstm": ("lstm", 2, 1, 2, 6, 8)}),
    Own(
        ResidualEncoder,
        words(2, 5),
        {"bottom": ("lstm", 1, 2, 2, 5, 3)} | {f"layers.{k}": ("lstm", 1, 1, 2, 5, 6) for k in range(3)},
    ),
)
