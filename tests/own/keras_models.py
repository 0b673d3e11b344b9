"""Small networks of Keras as the files that it writes, with what its own layers output: ``python -m`` with a folder."""

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np

os.environ["KERAS_BACKEND"] = "torch"

import keras
from keras import layers

TOKENS: Final = 7
STEPS: Final = 6
LAST: Final = "last_recurrent"
"""The name of the layer whose output is compared."""


def sequential(*stack: Any, features: int = 0) -> Any:
    """A model of token numbers, or of rows with so many features."""
    given = keras.Input((None, features)) if features else keras.Input((None,), dtype="int32")
    return keras.Sequential([given, *stack])


def embedded(*stack: Any, **options: Any) -> Any:
    return sequential(layers.Embedding(TOKENS, 5, name="emb", **options), *stack)


def both(kind: Any, units: int, name: str | None = None, merge_mode: str = "concat", **options: Any) -> Any:
    ahead = kind(units, return_sequences=True, **options)
    return layers.Bidirectional(ahead, merge_mode=merge_mode, name=name)


def functional() -> Any:
    given = keras.Input((None, 4))
    first = layers.GRU(3, return_sequences=True, name="first")(given)
    second = layers.SimpleRNN(6, activation="relu", return_sequences=True, name=LAST)(first)
    return keras.Model(given, layers.Dense(2, name="head")(second))


def masked() -> Any:
    """Layers that get the mask of an embedding beside what they read."""
    given = keras.Input((None,), dtype="int32")
    low = layers.LSTM(4, return_sequences=True, name="low")(layers.Embedding(TOKENS, 5, mask_zero=True)(given))
    return keras.Model(given, layers.LSTM(4, return_sequences=True, name=LAST)(low))


def pooled(pooling: Any, *between: Any) -> Any:
    """Probabilities from the steps of a layer, with a mask for the padding that no text of a test has."""
    given = keras.Input((None,), dtype="int32")
    steps = layers.LSTM(4, return_sequences=True, name=LAST)(layers.Embedding(TOKENS, 5, mask_zero=True)(given))
    for layer in (*between, pooling):
        steps = layer(steps)
    return keras.Model(given, layers.Dense(3, activation="softmax", name="head")(layers.Dropout(0.5)(steps)))


def skipping() -> Any:
    """The second layer reads the input and the first layer; the third reads both others added."""
    given = keras.Input((None, 4))
    first = layers.LSTM(4, return_sequences=True, name="first")(given)
    second = layers.LSTM(4, return_sequences=True, name="second")(layers.Add()([given, first]))
    return keras.Model(given, layers.LSTM(4, return_sequences=True, name=LAST)(layers.Add()([first, second])))


def started() -> Any:
    """The second layer starts from the state of the first."""
    given = keras.Input((None, 4))
    outputs, h, c = layers.LSTM(4, return_sequences=True, return_state=True, name="first")(given)
    return keras.Model(given, layers.LSTM(4, return_sequences=True, name=LAST)(outputs, initial_state=[h, c]))


def nested() -> Any:
    inner = keras.Sequential([keras.Input((None, 4)), layers.GRU(3, return_sequences=True, name="gru")], name="inner")
    given = keras.Input((None, 4))
    return keras.Model(given, layers.Dense(2, name="head")(inner(given)))


class Written(keras.Model):
    """A model written as a class: its settings are not in its file."""

    def __init__(self) -> None:
        super().__init__()
        self.words = layers.Embedding(TOKENS, 5)
        self.rnn = layers.LSTM(4, return_sequences=True)
        self.head = layers.Dense(3)

    def call(self, x: Any) -> Any:
        return self.head(self.rnn(self.words(x)))


def written() -> Any:
    model = Written()
    model(np.ones((1, STEPS), np.int32))
    return model


LSTM, GRU, RNN = layers.LSTM, layers.GRU, layers.SimpleRNN
MODELS: Final[dict[str, Callable[[], Any]]] = {
    "stacked": lambda: embedded(
        LSTM(4, return_sequences=True, name="low"), layers.Dropout(0.5), LSTM(4, return_sequences=True, name=LAST),
        layers.Dense(3, name="head"), mask_zero=True,
    ),
    "both": lambda: embedded(both(GRU, 4, "low"), both(GRU, 4, LAST), layers.Dense(3, name="head")),
    "mixed": functional,
    "bare": lambda: sequential(LSTM(3, use_bias=False, return_sequences=True, name=LAST), features=4),
    "bare_gru": lambda: sequential(GRU(3, use_bias=False, return_sequences=True, name=LAST), features=4),
    "tanh": lambda: embedded(both(RNN, 3, LAST), layers.Dense(3, use_bias=False, name="head")),
    "summed": lambda: embedded(both(LSTM, 4, "low", "sum"), both(LSTM, 4, LAST, "sum"), layers.Dense(3, name="head")),
    "ends": lambda: embedded(LSTM(5, name="low", return_sequences=True), LSTM(5, name="high")),
    "mean": lambda: pooled(layers.GlobalAveragePooling1D(), layers.Dropout(0.5)),
    "mean_of_outputs": lambda: embedded(
        LSTM(4, return_sequences=True, name=LAST), layers.Dense(3, name="head"), layers.GlobalAveragePooling1D(),
        layers.Activation("softmax"),
    ),
    "max_of_outputs": lambda: embedded(
        LSTM(4, return_sequences=True, name=LAST), layers.Dense(3, name="head"), layers.GlobalMaxPooling1D(),
    ),
    "mean_of_sigmoids": lambda: embedded(
        LSTM(4, return_sequences=True, name=LAST), layers.Dense(3, activation="sigmoid", name="head"),
        layers.GlobalAveragePooling1D(),
    ),
    "normalized": lambda: pooled(layers.GlobalAveragePooling1D(), layers.LayerNormalization()),
    "mean_of_both": lambda: embedded(
        both(GRU, 4, LAST), layers.GlobalAveragePooling1D(), layers.Dense(3, activation="softmax", name="head")
    ),
    "max": lambda: embedded(
        LSTM(4, return_sequences=True, name="low"), LSTM(4, return_sequences=True, name=LAST),
        layers.GlobalMaxPooling1D(), layers.Dense(1, activation="sigmoid", name="head"),
    ),
    "ends_of_both": lambda: embedded(
        layers.Bidirectional(LSTM(4), name=LAST), layers.Dense(3, activation="softmax", name="head")
    ),
    "each_of_both": lambda: embedded(
        both(LSTM, 4, LAST), layers.TimeDistributed(layers.Dense(3, activation="softmax", name="head"))
    ),
    "all_of_both": lambda: embedded(both(LSTM, 4, LAST), layers.Dense(3, activation="softmax", name="head")),
    "max_of_cells": lambda: sequential(
        layers.Embedding(TOKENS, 4),
        layers.RNN([layers.LSTMCell(4), layers.LSTMCell(4)], return_sequences=True, name="two"),
        layers.GlobalMaxPooling1D(), layers.Dense(3, name="head"),
    ),
    "masked": masked,
    "skipping": skipping,
    "started": started,
    "nested": nested,
    "class": written,
    "cells": lambda: sequential(layers.RNN([layers.LSTMCell(3), layers.LSTMCell(3)]), features=4),
    "cell": lambda: sequential(layers.RNN(layers.GRUCell(3), return_sequences=True, name=LAST), features=4),
    "compiled": lambda: embedded(LSTM(4, return_sequences=True, name=LAST), layers.Dense(3, name="head")),
    "reset_before": lambda: embedded(
        GRU(4, reset_after=False, return_sequences=True, name="low"),
        GRU(4, reset_after=False, return_sequences=True, name=LAST), layers.Dense(3, name="head"),
    ),
    "reset_before_both": lambda: embedded(
        both(GRU, 4, "low", reset_after=False), both(GRU, 4, LAST, reset_after=False), layers.Dense(3, name="head")
    ),
    "bare_reset_before": lambda: sequential(
        GRU(3, use_bias=False, reset_after=False, return_sequences=True, name=LAST), features=4
    ),
    "resets_mixed": lambda: sequential(
        GRU(3, return_sequences=True, name="low"),
        GRU(3, reset_after=False, return_sequences=True, name=LAST), features=4,
    ),
    "hard": lambda: sequential(LSTM(3, recurrent_activation="hard_sigmoid", name="lstm"), features=4),
    "relu": lambda: sequential(LSTM(3, activation="relu", name="lstm"), features=4),
    "sigmoid": lambda: sequential(RNN(3, activation="sigmoid", name="rnn"), features=4),
    "backwards": lambda: sequential(LSTM(3, go_backwards=True, name="lstm"), features=4),
    "convolution": lambda: keras.Sequential([keras.Input((5, 8, 8, 1)), layers.ConvLSTM2D(2, 3, name="conv")]),
    "around": lambda: keras.Sequential([keras.Input((2, 5, 4)), layers.TimeDistributed(LSTM(3), name="each")]),
    "dense": lambda: keras.Sequential([keras.Input((4,)), layers.Dense(2, name="head")]),
}  # fmt: skip


def drawn(model: Any, number: int) -> Any:
    """The model with other numbers than zeros in its biases."""
    rng = np.random.default_rng(number)
    model.set_weights([rng.normal(0, 0.5, weight.shape).astype(np.float32) for weight in model.get_weights()])
    return model


def measured(model: Any, number: int) -> Iterator[tuple[str, np.ndarray]]:
    """An input, what the last recurrent layer outputs, what the model outputs, and the weights of that layer."""
    if LAST not in [layer.name for layer in model.layers]:
        return
    rng = np.random.default_rng(100 + number)
    is_tokens = model.inputs[0].ndim == 2
    x = rng.integers(1, TOKENS, (1, STEPS)) if is_tokens else rng.normal(size=(1, STEPS, 4)).astype(np.float32)
    recurrent = model.get_layer(LAST)
    read = recurrent.input[0] if isinstance(recurrent.input, list) else recurrent.input  # beside a mask
    for name, output in (("reads", read), ("states", recurrent.output), ("output", model.outputs[0])):
        yield name, np.asarray(keras.ops.convert_to_numpy(keras.Model(model.inputs[0], output)(x, training=False)))
    yield "x", x
    for place, weight in enumerate(recurrent.get_weights()):
        yield f"weight{place}", weight


def write(folder: Path) -> None:
    """Each model as ``name.keras``, ``name.weights.h5`` and ``name.h5``, with its numbers as ``name.npz``."""
    for number, (name, make) in enumerate(MODELS.items()):
        model = drawn(make(), number)
        if name == "compiled":
            model.compile("adam", "mse")
            model.fit(np.ones((2, STEPS), np.int32), np.ones((2, STEPS, 3)), verbose=0)
        model.save(folder / f"{name}.keras")
        model.save_weights(folder / f"{name}.weights.h5")
        if name != "class":
            model.save(folder / f"{name}.h5")
            np.savez(folder / f"{name}.npz", **dict(measured(model, number)))


if __name__ == "__main__":
    write(Path(sys.argv[1]))
