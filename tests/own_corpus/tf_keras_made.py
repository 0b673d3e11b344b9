"""Writes what is shipped of Keras 2 and of Keras 3 on TensorFlow, which the tests do not need then.

In an environment of its own, from the folder of the project::

    python -m venv build/tf && build/tf/bin/pip install tensorflow-cpu tf_keras
    build/tf/bin/python tests/own_corpus/tf_keras_made.py tests/own_corpus/shipped
"""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np
import tf_keras

TOKENS: Final = 7
VOCABULARY: Final = ("the", "film", "good", "bad", "not")
X: Final = np.array([[3, 1, 4, 1, 5, 2]])


def stacked(k: Any, *recurrent: Any, outputs: int = 3, activation: str | None = None) -> Any:
    """Tokens, recurrent layers, an output layer."""
    layers = [k.layers.Embedding(TOKENS, 5, name="emb"), *recurrent, k.layers.Dense(outputs, activation, name="head")]
    return k.Sequential([k.Input((None,), dtype="int32"), *layers])


def stepping(k: Any, kind: str, name: str = "rnn", **options: Any) -> Any:
    return getattr(k.layers, kind)(4, return_sequences=True, name=name, **options)


def vectorized(k: Any) -> Any:
    """Texts: the model splits them itself."""
    vectors = k.layers.TextVectorization(vocabulary=list(VOCABULARY), name="vectorize")
    layers = [
        k.layers.Embedding(TOKENS, 5, name="emb"),
        k.layers.LSTM(4, name="rnn"),
        k.layers.Dense(1, "sigmoid", name="head"),
    ]
    return k.Sequential([k.Input((1,), dtype="string"), vectors, *layers])


MODELS: Final[dict[str, tuple[Any, Callable[[Any], Any], tuple[str, ...]]]] = {
    "lstm": (tf_keras, lambda k: stacked(k, stepping(k, "LSTM")), ("h5", "keras", "weights.h5")),
    "gru": (tf_keras, lambda k: stacked(k, stepping(k, "GRU")), ("h5", "keras")),
    "simple": (tf_keras, lambda k: stacked(k, stepping(k, "SimpleRNN", activation="relu")), ("h5", "keras")),
    "end": (tf_keras, lambda k: stacked(k, k.layers.LSTM(4, name="rnn"), outputs=1, activation="sigmoid"), ("h5",)),
    "both": (
        tf_keras,
        lambda k: stacked(
            k,
            k.layers.Bidirectional(stepping(k, "LSTM", "low"), name="low"),
            k.layers.Bidirectional(k.layers.LSTM(4, name="high"), name="high"),
            activation="softmax",
        ),
        ("h5", "keras"),
    ),
    "deep": (
        tf_keras,
        lambda k: k.Sequential(
            [
                k.Input((None,), dtype="int32"),
                k.layers.Embedding(TOKENS, 5, name="emb"),
                k.layers.Bidirectional(k.layers.LSTM(4, name="rnn"), name="rnn"),
                k.layers.Dense(8, "relu", name="hidden"),
                k.layers.Dense(1, name="head"),
            ]
        ),
        ("h5",),
    ),
    "hard": (tf_keras, lambda k: stacked(k, stepping(k, "LSTM", recurrent_activation="hard_sigmoid")), ("h5",)),
    "before": (tf_keras, lambda k: stacked(k, stepping(k, "GRU", reset_after=False)), ("h5",)),
    "text": (tf_keras, vectorized, ("keras",)),
    "text3": (keras, vectorized, ("keras",)),
}


def states_of(k: Any, layer: Any, read: Any) -> np.ndarray:
    """What a copy of a layer that gives all of its steps computes."""
    config = layer.get_config()
    if isinstance(layer, k.layers.Bidirectional):
        config["layer"]["config"]["return_sequences"] = True
        if "backward_layer" in config:
            config["backward_layer"]["config"]["return_sequences"] = True
    else:
        config["return_sequences"] = True
    copy = type(layer).from_config(config | {"name": "copy"})
    copy.build(read.shape)
    copy.set_weights(layer.get_weights())
    return np.asarray(copy(read))[0]


def write(folder: Path) -> None:
    """Each model in its files, with its numbers beside."""
    for seed, (name, (k, build, endings)) in enumerate(MODELS.items()):
        model, rng = build(k), np.random.default_rng(seed)
        for one in model.layers:
            if one.name != "vectorize":
                one.set_weights([rng.normal(0, 0.5, weight.shape).astype(np.float32) for weight in one.get_weights()])
        for ending in endings:
            save = model.save_weights if ending.startswith("weights") else model.save
            save(folder / f"{name}.{ending}" if k is keras else str(folder / f"{name}.{ending}"))
        numbers: dict[str, np.ndarray] = {"x": X[0]}
        value = X
        for one in model.layers:
            if one.name == "vectorize":
                continue
            is_recurrent = isinstance(one, k.layers.Bidirectional | k.layers.RNN)
            if is_recurrent:
                first = not any(key.startswith("states/") for key in numbers)
                numbers |= {f"reads/{one.name}": np.asarray(value)[0], f"token/{one.name}": np.asarray(first)}
                numbers[f"states/{one.name}/0"] = states_of(k, one, value)
                numbers[f"path/{one.name}"] = np.asarray("lstm")
            value = one(value)
        np.savez_compressed(folder / f"{name}.npz", **numbers, output0=np.asarray(value)[0])


if __name__ == "__main__":
    write(Path(sys.argv[1]))
