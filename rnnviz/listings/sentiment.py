"""The sentiment program: reviews, a vocabulary, a bidirectional LSTM and its training, in plain torch.

Source: TensorFlow, *Text classification with an RNN*, tensorflow.org/text/tutorials/text_classification_rnn.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_sequence
from torch.utils.data import DataLoader

from rnnviz.listings.block import Block, Names
from rnnviz.sentiment.reviews import Part, Reviews

Pairs = list[tuple[str, float]]
"""Reviews, each with its label: 1 for positive, 0 for negative."""


def pairs(reviews: Mapping[Part, Reviews]) -> dict[Part, Pairs]:
    """Reviews of each part as the program takes them.

    >>> from rnnviz import listings
    >>> from rnnviz.sentiment import synthetic
    >>> data = listings.pairs(synthetic.reviews(100))
    >>> len(data["train"]), data["train"][0][1] in (0.0, 1.0)
    (100, True)
    """
    return {name: list(zip(some.texts, some.labels.tolist(), strict=True)) for name, some in reviews.items()}


def _dataset(data: Mapping[str, Pairs]) -> Names:
    """The dataset is three lists of pairs. One element is the text of a review and its label: 1 for positive, 0 for
    negative.
    """
    torch.manual_seed(0)
    train, test = data["train"], data["test"]
    validation = data["validation"]
    text, label = train[0]
    return locals()


def _batches(train: Any) -> Names:
    """A DataLoader shuffles the reviews in each epoch and puts 64 of them into a batch. With `num_workers=2` other
    processes would prepare the next batches meanwhile, as `prefetch` does.
    """
    loader = DataLoader(train, batch_size=64, shuffle=True)
    texts, labels = next(iter(loader))
    return locals()


def _vocabulary(train: Pairs) -> Names:
    """The vocabulary has the most frequent words of the training reviews. Number 0 is for padding, and number 1,
    `[UNK]`, for all words that are not in it.
    """

    def words_of(text: str) -> list[str]:
        return re.findall(r"[a-z0-9']+", text.lower())

    words = (word for text, _ in train for word in words_of(text))
    counts = Counter(words).most_common(998)
    vocabulary = ["", "[UNK]", *(word for word, _ in counts)]
    return locals()


def _encode(texts: Sequence[str], vocabulary: list[str], words_of: Callable[[str], list[str]]) -> Names:
    """Each word becomes its number, and the batch is filled up with 0 to the length of its longest review. The way
    back gives the words again, but unknown words stay `[UNK]`.
    """
    numbers = {word: k for k, word in enumerate(vocabulary)}

    def numbers_of(text: str) -> Tensor:
        return torch.tensor([numbers.get(w, 1) for w in words_of(text)])

    def encode(texts: Iterable[str]) -> Tensor:
        return pad_sequence([*map(numbers_of, texts)], batch_first=True)

    ids = encode(texts)
    round_trip = " ".join(vocabulary[k] for k in ids[0] if k != 0)
    return locals()


def _embedding(ids: Tensor) -> Names:
    """Each number selects a row of the embedding: 64 numbers that are learned. The row of the padding is zero and
    stays zero, since `padding_idx` gives it no gradient. A vocabulary of fewer than 1,000 words leaves rows unused.
    """
    embedding = nn.Embedding(1000, 64, padding_idx=0)
    x = embedding(ids)
    return locals()


def _bilstm(x: Tensor) -> Names:
    """One LSTM reads each review forwards and another one reads it backwards. Their last states together stand for the
    review. `packed` tells torch the lengths, so that no state is computed on padding; Keras does this with the mask.
    """

    def packed(x: Tensor) -> PackedSequence:
        lengths = x.any(2).sum(1)  # padding is a row of zeros
        return pack_padded_sequence(
            x, lengths, batch_first=True, enforce_sorted=False
        )  # fmt: skip

    class BiLSTM(nn.Module):
        def __init__(self, input_size: int, hidden_size: int) -> None:
            super().__init__()
            self.lstm = nn.LSTM(
                input_size, hidden_size, batch_first=True, bidirectional=True
            )  # fmt: skip

        def forward(self, x: Tensor) -> Tensor:
            _, (h_n, _) = self.lstm(packed(x))
            return torch.cat([h_n[0], h_n[1]], dim=1)

    bilstm = BiLSTM(64, 64)
    h = bilstm(x)
    return locals()


def _dense(h: Tensor) -> Names:
    """A linear layer makes 64 numbers of the 128 of both directions, and ReLU sets the negative ones to 0."""
    dense = nn.Linear(128, 64)
    a = torch.relu(dense(h))
    return locals()


def _output(a: Tensor) -> Names:
    """The output layer gives one number for each review: the logit. A positive logit predicts a positive review."""
    output = nn.Linear(64, 1)
    logits = output(a).squeeze(1)
    return locals()


def _network(embedding: nn.Module, bilstm: nn.Module, dense: nn.Module, output: nn.Module) -> Names:
    """The network applies the layers one after the other. Its number of parameters is the sum over the layers."""
    network = nn.Sequential(embedding, bilstm, dense, nn.ReLU(), output)
    parameters = sum(p.numel() for p in network.parameters())
    return locals()


def _loss(logits: Tensor, labels: Tensor) -> Names:
    """The loss takes logits, not probabilities: for large logits this is more accurate. Before the training it is
    close to ln 2 = 0.693, the loss of a network that outputs 0.5 for every review.
    """
    criterion = nn.BCEWithLogitsLoss()
    loss = criterion(logits, labels.float())
    return locals()


def _backward(loss: Any, network: Any) -> Names:
    """The backward pass computes the gradient of the loss for each parameter. The optimizer will change each
    parameter against its gradient.
    """
    loss.backward()
    norm = nn.utils.get_total_norm([p.grad for p in network.parameters()])
    return locals()


def _measure(
    network: nn.Module, encode: Callable[[Iterable[str]], Tensor], criterion: nn.Module, validation: Pairs
) -> Names:
    """Loss and accuracy are measured without gradients. Before the training the accuracy is close to guessing."""

    @torch.no_grad()
    def evaluate(reviews: list[tuple[str, float]]) -> tuple[float, float]:
        batches = DataLoader(reviews, batch_size=64)  # type: ignore[arg-type, var-annotated]
        outputs = [network(encode(texts)) for texts, _ in batches]
        logits = torch.cat(outputs).squeeze(1)
        labels = torch.tensor([label for _, label in reviews])
        correct = (logits > 0) == (labels == 1)
        return criterion(logits, labels).item(), correct.float().mean().item()

    before = evaluate(validation)
    return locals()


def _optimizer(network: nn.Module) -> Names:
    """Adam changes the parameters after each batch. TensorFlow's tutorial has a learning rate of 1e-4 and trains
    for 10 epochs on 25,000 reviews. This program trains for 3 epochs on 2,000 reviews, so its learning rate is larger.
    """
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3)  # tutorial: 1e-4
    return locals()


def _fit(
    *,
    loader: DataLoader[tuple[str, float]],
    network: nn.Module,
    encode: Callable[[Iterable[str]], Tensor],
    criterion: nn.Module,
    optimizer: torch.optim.Optimizer,
    evaluate: Callable[[Pairs], tuple[float, float]],
    train: Pairs,
    validation: Pairs,
) -> Names:
    """Each epoch passes over all batches once. `history` holds the loss and accuracy on the training
    reviews and on the validation reviews after each epoch.
    """
    history = []
    for _ in range(3):  # tutorial: 10
        for texts, labels in loader:
            optimizer.zero_grad()
            logits = network(encode(texts)).squeeze(1)
            loss = criterion(logits, labels.float())
            loss.backward()
            optimizer.step()
        history.append((*evaluate(train), *evaluate(validation)))
    return locals()


def _evaluate(evaluate: Callable[[Pairs], tuple[float, float]], test: Pairs) -> Names:
    """The test reviews are used once, at the end."""
    test_loss, test_accuracy = evaluate(test)
    return locals()


def _predict(network: nn.Module, encode: Callable[[Iterable[str]], Tensor]) -> Names:
    """The sigmoid of the logit is the probability that the review is positive. The words of this sample occur in the
    training reviews; a word that does not is `[UNK]` for the network.
    """
    sample = (
        "We saw this movie last night. The animation was superb. "
        "I liked the music. All in all this movie is great."
    )  # fmt: skip
    probability = torch.sigmoid(network(encode([sample])))
    return locals()


def _stacked(
    packed: Callable[[Tensor], PackedSequence], encode: Callable[[Iterable[str]], Tensor], texts: Sequence[str]
) -> Names:
    """In the stacked version a second LSTM reads all states of the first one, not only the last. In Keras the first
    layer needs `return_sequences=True` for this; torch always returns all states.
    """

    class Stacked(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first = nn.LSTM(64, 64, batch_first=True, bidirectional=True)
            self.second = nn.LSTM(128, 32, batch_first=True, bidirectional=True)

        def forward(self, x: Tensor) -> Tensor:
            states, _ = self.first(packed(x))
            _, (h_n, _) = self.second(states)
            return torch.cat([h_n[0], h_n[1]], dim=1)

    stacked = nn.Sequential(
        nn.Embedding(1000, 64, padding_idx=0), Stacked(),
        nn.Linear(64, 64), nn.ReLU(), nn.Dropout(0.5), nn.Linear(64, 1),
    )  # fmt: skip
    stacked_logits = stacked(encode(texts)).squeeze(1)
    return locals()


SENTIMENT: Final = (
    Block(
        "One element of the dataset",
        _dataset,
        "tfds.load('imdb_reviews', as_supervised=True)",
        ("text", "label"),
        "text",
        prints="len(train), label, text",
    ),
    Block(
        "Shuffle and batch",
        _batches,
        "train.shuffle(10000).batch(64).prefetch(AUTOTUNE)",
        ("texts", "labels"),
        "text",
        prints="len(loader), len(texts), labels.shape",
        checks=("labels.shape == (len(texts),)",),
    ),
    Block(
        "Vocabulary",
        _vocabulary,
        "encoder = TextVectorization(max_tokens=1000)\nencoder.adapt(train.map(lambda text, label: text))",
        ("vocabulary",),
        "ids",
        prints="len(vocabulary), vocabulary[:20]",
        checks=("len(vocabulary) <= 1000",),
    ),
    Block(
        "Encode a batch, and back",
        _encode,
        "encoder(example)",
        ("ids", "round_trip"),
        "ids",
        prints="ids.shape, ids[0, :10], round_trip",
        checks=("ids.shape[0] == len(texts)",),
    ),
    Block(
        "Embedding",
        _embedding,
        "Embedding(1000, 64, mask_zero=True)",
        ("x",),
        "embedding",
        prints="x.shape",
        checks=("x.shape == (*ids.shape, 64)", "not x[ids == 0].any()"),
    ),
    Block(
        "Bidirectional LSTM",
        _bilstm,
        "Bidirectional(LSTM(64))",
        ("h",),
        "lstm",
        prints="h.shape",
        checks=("h.shape == (len(texts), 128)",),
    ),
    Block("Linear layer and ReLU", _dense, "Dense(64, activation='relu')", ("a",), "dense", prints="a.shape"),
    Block("Output layer", _output, "Dense(1)", ("logits",), "output", prints="logits.shape, logits[:4]"),
    Block(
        "The network and its parameters",
        _network,
        "model = tf.keras.Sequential([...])\nmodel.summary()",
        ("parameters",),
        "network",
        prints="network, parameters",
        checks=("parameters == 64_000 + 66_560 + 8_256 + 65",),
    ),
    Block("Loss", _loss, "BinaryCrossentropy(from_logits=True)", ("loss",), "loss", prints="loss"),
    Block("Backward pass", _backward, "", ("norm",), "network", prints="norm"),
    Block("Loss and accuracy", _measure, "metrics=['accuracy']", ("before",), "output", prints="before"),
    Block(
        "Optimizer",
        _optimizer,
        "model.compile(loss=..., optimizer=Adam(1e-4),\n              metrics=['accuracy'])",
        (),
        "network",
        is_long=True,
    ),
    Block(
        "Fit",
        _fit,
        "history = model.fit(train, epochs=10, validation_data=test,\n                    validation_steps=30)",
        ("history",),
        "network",
        prints="history",
        checks=("len(history) == 3",),
        is_long=True,
    ),
    Block(
        "Evaluate",
        _evaluate,
        "test_loss, test_acc = model.evaluate(test)",
        ("test_loss", "test_accuracy"),
        "output",
        prints="test_loss, test_accuracy",
    ),
    Block(
        "Predict",
        _predict,
        "model.predict(np.array([sample_text]))",
        ("sample", "probability"),
        "output",
        prints="probability",
        checks=("0 < probability.item() < 1",),
    ),
    Block(
        "Two layers",
        _stacked,
        "Bidirectional(LSTM(64, return_sequences=True))\nBidirectional(LSTM(32))",
        ("stacked_logits",),
        "stacked",
        prints="stacked, stacked_logits.shape",
        checks=("stacked_logits.shape == (len(texts),)",),
    ),
)
"""In their order; the first one needs ``data``: the reviews of each part."""
