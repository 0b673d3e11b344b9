"""Models of Keras as the files that it writes, with the numbers of its own layers: ``python -m`` with a folder.

A process of its own writes them, since Keras is told by the environment which backend it has.
"""

import os
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

os.environ["KERAS_BACKEND"] = "torch"

import keras
import numpy as np
import torch
from keras import layers

from tests.own import keras_models
from tests.own.keras_models import TOKENS, both, drawn, embedded, sequential

LSTM, GRU, RNN, Dense = layers.LSTM, layers.GRU, layers.SimpleRNN, layers.Dense
STEPS: Final = 6
STEPWISE: Final = {"return_sequences": True}
ACTIVATIONS: Final = (
    "relu", "linear", "elu", "selu", "softplus", "softsign", "sigmoid", "hard_sigmoid", "swish", "gelu", "exponential",
    "leaky_relu", "relu6", "mish", "hard_tanh", "softmax",
)  # fmt: skip


def stepping(kind: Any, units: int = 4, name: str = "rnn", **options: Any) -> Any:
    return kind(units, return_sequences=True, name=name, **options)


def tagger(*stack: Any, **options: Any) -> Any:
    """Tokens, a stack, an output at each step."""
    return embedded(*stack, Dense(3, name="head"), **options)


def classifier(*stack: Any, outputs: int = 3, activation: str = "softmax") -> Any:
    """Tokens, a stack that ends with one state, probabilities."""
    return embedded(*stack, Dense(outputs, activation=activation, name="head"))


def functional(build: Callable[[Any], Any], *, features: int = 0) -> Any:
    """A model of the functional interface, of tokens or of rows."""
    given = keras.Input((None, features) if features else (None,), dtype="float32" if features else "int32")
    return keras.Model(given, build(given))


def words(given: Any, size: int = 5) -> Any:
    return layers.Embedding(TOKENS, size, name="emb")(given)


def attended() -> Any:
    def build(given: Any) -> Any:
        steps = stepping(LSTM)(words(given))
        return Dense(3, name="head")(layers.GlobalAveragePooling1D()(layers.Attention()([steps, steps])))

    return functional(build)


def weighted() -> Any:
    def build(given: Any) -> Any:
        steps = stepping(LSTM)(words(given))
        scores = layers.Softmax(axis=1)(Dense(1, activation="tanh", name="scores")(steps))
        return Dense(3, name="head")(layers.GlobalAveragePooling1D()(layers.Multiply()([steps, scores])))

    return functional(build)


def started(source: str) -> Any:
    """A layer that begins with a computed state."""

    def build(given: Any) -> Any:
        if source == "dense":
            first = Dense(4, name="start")(layers.GlobalAveragePooling1D()(given))
            return stepping(GRU)(given, initial_state=first)
        _, h, c = LSTM(4, return_state=True, name="encoder")(given)
        return Dense(2, name="head")(stepping(LSTM, name="decoder")(given, initial_state=[h, c]))

    return functional(build, features=4)


def branches() -> Any:
    """Two recurrent layers on one input, side by side into the output layer."""

    def build(given: Any) -> Any:
        read = words(given)
        return Dense(3, name="head")(layers.Concatenate()([LSTM(4, name="one")(read), GRU(4, name="two")(read)]))

    return functional(build)


def added() -> Any:
    """The sum of words and positions, and of two recurrent layers."""

    def build(given: Any) -> Any:
        read = layers.Add()([words(given), layers.Embedding(TOKENS, 5, name="tags")(given)])
        return Dense(3, name="head")(layers.Add()([LSTM(4, name="one")(read), GRU(4, name="two")(read)]))

    return functional(build)


def shared() -> Any:
    """One layer that reads twice."""

    def build(given: Any) -> Any:
        rnn = stepping(GRU, 5)
        return Dense(3, name="head")(rnn(rnn(words(given))))

    return functional(build)


def tagger_with(head: Any) -> Any:
    """A tagger of an LSTM with another last layer."""
    return functional(lambda given: head(stepping(LSTM)(words(given))))


def own_class() -> Any:
    """Layers of Keras in a model whose class is somebody's own, which gives twice what they give."""
    given = keras.Input((None,), dtype="int32")
    return Twice(given, Dense(3, name="head")(LSTM(4, name="rnn")(words(given))))


def mask_other() -> Any:
    """A mask like that of an embedding, of another input than the one that the layer reads."""
    given, other = (keras.Input((None,), dtype="int32") for _ in range(2))
    states = GRU(4, name="rnn")(words(given), mask=keras.ops.not_equal(other, 0))
    return keras.Model([given, other], Dense(3, name="head")(states))


def siamese() -> Any:
    """One embedding and one layer for two texts."""
    one, other = (keras.Input((None,), dtype="int32") for _ in range(2))
    emb, rnn = layers.Embedding(TOKENS, 5, name="emb"), LSTM(4, name="rnn")
    both = layers.Concatenate()([rnn(emb(one)), rnn(emb(other))])
    return keras.Model([one, other], Dense(3, name="head")(both))


def multiplied() -> Any:
    def build(given: Any) -> Any:
        return Dense(3, name="head")(stepping(LSTM)(words(given) * 2.0))

    return functional(build)


def turned() -> Any:
    """Steps that are turned around by an operation before a layer."""

    def build(given: Any) -> Any:
        return Dense(3, name="head")(stepping(LSTM)(keras.ops.flip(words(given), axis=1)))

    return functional(build)


def last_by_index() -> Any:
    def build(given: Any) -> Any:
        return Dense(3, name="head")(stepping(LSTM)(words(given))[:, -1])

    return functional(build)


def first_by_index() -> Any:
    def build(given: Any) -> Any:
        return Dense(3, name="head")(stepping(LSTM)(words(given))[:, 0])

    return functional(build)


def two_outputs() -> Any:
    given = keras.Input((None,), dtype="int32")
    steps = stepping(LSTM)(words(given))
    return keras.Model(given, [Dense(3, name="head")(steps), Dense(2, name="other")(steps)])


def mid_output() -> Any:
    """An output that another layer reads as well."""
    given = keras.Input((None,), dtype="int32")
    first = Dense(3, name="head")(stepping(LSTM)(words(given)))
    return keras.Model(given, [first, Dense(2, name="other")(first)])


@keras.saving.register_keras_serializable(package="ours")
class LSTM2(layers.LSTM):
    """Somebody's own LSTM, which computes something else."""

    def call(self, sequences: Any, initial_state: Any = None, mask: Any = None, training: Any = False) -> Any:
        return super().call(sequences * 2, initial_state, mask, training)


@keras.saving.register_keras_serializable(package="ours")
class Twice(keras.Model):
    """A model of somebody's own."""

    def call(self, x: Any, training: Any = None, mask: Any = None) -> Any:
        return 2 * super().call(x, training, mask)


@keras.saving.register_keras_serializable(package="ours")
class Doubled(layers.Layer):
    """A layer of somebody's own."""

    def call(self, x: Any) -> Any:
        return 2 * x


@keras.saving.register_keras_serializable(package="ours")
def cubed(x: Any) -> Any:
    """An activation of somebody's own."""
    return x * x * x


class Subclassed(keras.Model):
    """A model written as a class."""

    def __init__(self) -> None:
        super().__init__()
        self.emb, self.rnn, self.head = layers.Embedding(TOKENS, 5), stepping(GRU), Dense(3)

    def call(self, x: Any) -> Any:
        return self.head(self.rnn(self.emb(x)))


def subclassed() -> Any:
    model = Subclassed()
    model(np.ones((1, STEPS), np.int32))
    return model


def compiled(model: Any) -> Any:
    """The model after an epoch."""
    model.compile("adam", "mse")
    shape = [STEPS if size is None else size for size in model.output_shape[1:]]
    model.fit(np.ones((2, STEPS), np.int32), np.zeros((2, *shape)), verbose=0)
    return model


def stacked_cells(*cells: Any) -> Any:
    return sequential(
        layers.RNN(list(cells) if len(cells) > 1 else cells[0], return_sequences=True, name="rnn"), features=4
    )


BUILT: Final[dict[str, Callable[[], Any]]] = {
    # --- Recurrent layers ---
    **{f"plain-{kind.__name__.lower()}": (lambda kind=kind: tagger(stepping(kind))) for kind in (LSTM, GRU, RNN)},
    **{f"both-{kind.__name__.lower()}": (lambda kind=kind: tagger(both(kind, 4, "rnn"))) for kind in (LSTM, GRU, RNN)},
    **{
        f"no-bias-{kind.__name__.lower()}": (lambda kind=kind: tagger(stepping(kind, use_bias=False)))
        for kind in (LSTM, GRU, RNN)
    },
    **{
        f"stacked-{kind.__name__.lower()}": (
            lambda kind=kind: tagger(
                stepping(kind, name="low"), layers.Dropout(0.3), stepping(kind, name="mid"), stepping(kind, name="high")
            )
        )
        for kind in (LSTM, GRU, RNN)
    },
    "stacked-both": lambda: tagger(both(LSTM, 4, "low"), both(LSTM, 4, "high")),
    "stacked-5": lambda: tagger(*(stepping(GRU, name=f"gru{k}") for k in range(5))),
    "stacked-widths": lambda: tagger(stepping(LSTM, 6, "low"), stepping(LSTM, 4, "high")),
    "stacked-kinds": lambda: tagger(stepping(LSTM, name="low"), stepping(GRU, name="high")),
    "stacked-dense-between": lambda: tagger(
        stepping(LSTM, name="low"), Dense(4, activation="relu", name="mid"), stepping(LSTM, name="high")
    ),
    "stacked-norm-between": lambda: tagger(
        stepping(LSTM, name="low"), layers.LayerNormalization(), stepping(LSTM, name="high")
    ),
    "stacked-one-each": lambda: tagger(stepping(LSTM, name="low"), both(LSTM, 4, "high")),
    "repeat": lambda: tagger(LSTM(4, name="low"), layers.RepeatVector(STEPS), stepping(LSTM, name="high")),
    "reset-before": lambda: tagger(stepping(GRU, reset_after=False)),
    "reset-before-both": lambda: tagger(both(GRU, 4, "rnn", reset_after=False)),
    "reset-mixed": lambda: tagger(stepping(GRU, name="low"), stepping(GRU, name="high", reset_after=False)),
    "reset-before-no-bias": lambda: tagger(stepping(GRU, reset_after=False, use_bias=False)),
    "backwards": lambda: tagger(stepping(LSTM, go_backwards=True)),
    "stateful": lambda: keras.Sequential(
        [
            keras.Input((STEPS,), batch_size=1, dtype="int32"),
            layers.Embedding(TOKENS, 5),
            stepping(LSTM, stateful=True),
            Dense(3, name="head"),
        ]
    ),
    "unrolled": lambda: keras.Sequential(
        [
            keras.Input((STEPS,), dtype="int32"),
            layers.Embedding(TOKENS, 5, name="emb"),
            stepping(LSTM, unroll=True),
            Dense(3, name="head"),
        ]
    ),
    "dropout": lambda: tagger(stepping(LSTM, dropout=0.3, recurrent_dropout=0.3)),
    "cells": lambda: stacked_cells(layers.LSTMCell(4), layers.LSTMCell(4)),
    "cell": lambda: stacked_cells(layers.GRUCell(4)),
    "cell-simple": lambda: stacked_cells(layers.SimpleRNNCell(4)),
    **{
        f"merge-{mode}": (lambda mode=mode: tagger(both(LSTM, 4, "rnn", merge_mode=mode)))
        for mode in ("sum", "mul", "ave")
    },
    "merge-none": lambda: functional(
        lambda given: Dense(3, name="head")(
            layers.Add()(layers.Bidirectional(stepping(LSTM), merge_mode=None, name="both")(words(given)))
        )
    ),
    "two-ways-differ": lambda: tagger(
        layers.Bidirectional(
            stepping(LSTM),
            backward_layer=LSTM(4, return_sequences=True, go_backwards=True, activation="relu", name="back"),
            name="both",
        )
    ),
    # --- Activations ---
    **{f"lstm-{name}": (lambda name=name: tagger(stepping(LSTM, activation=name))) for name in ACTIVATIONS},
    **{
        f"lstm-gates-{name}": (lambda name=name: tagger(stepping(LSTM, recurrent_activation=name)))
        for name in ("hard_sigmoid", "relu", "tanh", "linear")
    },
    **{f"gru-{name}": (lambda name=name: tagger(stepping(GRU, activation=name))) for name in ("relu", "linear", "elu")},
    **{
        f"gru-gates-{name}": (lambda name=name: tagger(stepping(GRU, recurrent_activation=name)))
        for name in ("hard_sigmoid", "tanh")
    },
    **{
        f"simple-{name}": (lambda name=name: tagger(stepping(RNN, activation=name)))
        for name in ("relu", "sigmoid", "linear", "softsign")
    },
    "lstm-relu-both": lambda: tagger(both(LSTM, 4, "rnn", activation="relu")),
    "lstm-relu-stacked": lambda: tagger(
        stepping(LSTM, name="low", activation="relu"), stepping(LSTM, name="high", activation="relu")
    ),
    "lstm-relu-end": lambda: sequential(LSTM(4, activation="relu", name="rnn"), Dense(1, name="head"), features=1),
    "lstm-cubed": lambda: tagger(stepping(LSTM, activation=cubed)),
    "reset-before-hard": lambda: tagger(stepping(GRU, reset_after=False, recurrent_activation="hard_sigmoid")),
    # --- Heads ---
    "end": lambda: classifier(LSTM(4, name="rnn")),
    "end-sigmoid": lambda: classifier(GRU(4, name="rnn"), outputs=1, activation="sigmoid"),
    "end-both": lambda: classifier(layers.Bidirectional(LSTM(4), name="rnn")),
    "end-dropout": lambda: classifier(LSTM(4, name="rnn"), layers.Dropout(0.5)),
    "deep": lambda: classifier(
        layers.Bidirectional(LSTM(8), name="rnn"),
        Dense(8, activation="relu", name="hidden"),
        outputs=1,
        activation="sigmoid",
    ),
    "deep-linear": lambda: classifier(LSTM(4, name="rnn"), Dense(4, name="hidden")),
    "deep-dropout": lambda: classifier(
        LSTM(4, name="rnn"), Dense(6, activation="relu", name="hidden"), layers.Dropout(0.5)
    ),
    "deep-steps": lambda: tagger(stepping(LSTM), Dense(4, activation="tanh", name="hidden")),
    "deep-distributed": lambda: embedded(
        stepping(LSTM),
        layers.TimeDistributed(Dense(4, activation="relu")),
        layers.TimeDistributed(Dense(3, name="head")),
    ),
    "distributed": lambda: embedded(stepping(LSTM), layers.TimeDistributed(Dense(3, name="head"))),
    "head-relu": lambda: embedded(stepping(LSTM), Dense(3, activation="relu", name="head")),
    "head-activation": lambda: embedded(stepping(LSTM), Dense(3, name="head"), layers.Activation("softmax")),
    "after-mean": lambda: embedded(
        stepping(LSTM), Dense(3, name="head"), layers.Activation("softmax"), layers.GlobalAveragePooling1D()
    ),
    "after-max": lambda: embedded(
        stepping(LSTM), Dense(1, name="head"), layers.Activation("sigmoid"), layers.GlobalMaxPooling1D()
    ),
    "after-reshape-mean": lambda: embedded(
        stepping(LSTM), Dense(3, name="head"), layers.Reshape((-1, 3)), layers.GlobalAveragePooling1D()
    ),
    "after-steps": lambda: embedded(stepping(LSTM), Dense(3, name="head"), layers.Softmax(axis=1)),
    "after-flatten": lambda: embedded(
        stepping(LSTM), Dense(1, name="head"), layers.Flatten(), layers.Activation("softmax")
    ),
    "after-groups": lambda: embedded(
        LSTM(4, name="rnn"), Dense(6, name="head"), layers.Reshape((2, 3)), layers.Softmax()
    ),
    "after-axis": lambda: embedded(stepping(LSTM), Dense(3, name="head"), layers.Softmax(axis=2)),
    "own-class": own_class,
    "mask-other": mask_other,
    "head-relu-layer": lambda: embedded(stepping(LSTM), Dense(3, name="head"), layers.ReLU()),
    "head-leaky": lambda: classifier(LSTM(4, name="rnn"), layers.LeakyReLU()),
    "head-batchnorm": lambda: classifier(LSTM(4, name="rnn"), layers.BatchNormalization()),
    "head-layernorm": lambda: classifier(LSTM(4, name="rnn"), layers.LayerNormalization()),
    "head-batchnorm-after": lambda: embedded(LSTM(4, name="rnn"), Dense(3, name="head"), layers.BatchNormalization()),
    "head-mean": lambda: classifier(stepping(LSTM), layers.GlobalAveragePooling1D()),
    "head-max": lambda: classifier(stepping(LSTM), layers.GlobalMaxPooling1D()),
    "head-max-both": lambda: classifier(both(LSTM, 4, "rnn"), layers.GlobalMaxPooling1D(), layers.Dropout(0.2)),
    "head-mean-deep": lambda: classifier(
        stepping(LSTM), layers.GlobalAveragePooling1D(), Dense(8, activation="relu", name="hidden")
    ),
    "head-flatten": lambda: keras.Sequential(
        [
            keras.Input((STEPS,), dtype="int32"),
            layers.Embedding(TOKENS, 5, name="emb"),
            stepping(LSTM),
            layers.Flatten(),
            Dense(3, name="head"),
        ]
    ),
    "head-conv": lambda: tagger(stepping(LSTM), layers.Conv1D(4, 3, padding="same", name="conv")),
    "head-maxpool": lambda: tagger(stepping(LSTM), layers.MaxPooling1D(2, padding="same")),
    "head-scale": lambda: tagger(stepping(LSTM), layers.Rescaling(0.5)),
    "head-custom": lambda: tagger(stepping(LSTM), Doubled()),
    "head-attention": attended,
    "head-weighted": weighted,
    "head-none": lambda: embedded(stepping(LSTM)),
    "head-last": last_by_index,
    "head-first": first_by_index,
    "head-two": two_outputs,
    "head-twice": mid_output,
    # --- What is read ---
    "reads-conv": lambda: embedded(
        layers.Conv1D(5, 3, padding="same", name="conv"), stepping(LSTM), Dense(3, name="head")
    ),
    "reads-conv-pool": lambda: embedded(
        layers.Conv1D(5, 3, padding="same", activation="relu", name="conv"),
        layers.MaxPooling1D(2, padding="same"),
        LSTM(4, name="rnn"),
        Dense(3, activation="softmax", name="head"),
    ),
    "reads-dense": lambda: embedded(Dense(5, name="proj"), stepping(LSTM), Dense(3, name="head")),
    "reads-norm": lambda: embedded(layers.LayerNormalization(), stepping(LSTM), Dense(3, name="head")),
    "reads-batchnorm": lambda: embedded(layers.BatchNormalization(), stepping(LSTM), Dense(3, name="head")),
    "reads-spatial-dropout": lambda: embedded(layers.SpatialDropout1D(0.3), stepping(LSTM), Dense(3, name="head")),
    "reads-custom": lambda: embedded(Doubled(), stepping(LSTM), Dense(3, name="head")),
    "reads-scaled": multiplied,
    "reads-turned": turned,
    "reads-sum": added,
    "reads-rows": lambda: sequential(stepping(LSTM), Dense(2, name="head"), features=4),
    "reads-rows-norm": lambda: sequential(
        layers.LayerNormalization(), stepping(LSTM), Dense(2, name="head"), features=4
    ),
    "reads-masking": lambda: sequential(layers.Masking(0.0), stepping(LSTM), Dense(2, name="head"), features=4),
    "reads-mask-zero": lambda: tagger(stepping(LSTM), mask_zero=True),
    "reads-noise": lambda: sequential(layers.GaussianNoise(0.1), stepping(LSTM), Dense(2, name="head"), features=4),
    "reads-dense-rows": lambda: sequential(Dense(4, name="inp"), stepping(LSTM), Dense(2, name="head"), features=4),
    # --- Models ---
    "branches": branches,
    "shared": shared,
    "started-dense": lambda: started("dense"),
    "started-encoder": lambda: started("encoder"),
    "nested": keras_models.nested,
    "skipping": keras_models.skipping,
    "subclassed": subclassed,
    "own-lstm": lambda: tagger(LSTM2(4, return_sequences=True, name="rnn")),
    "compiled": lambda: compiled(tagger(stepping(LSTM))),
    "compiled-end": lambda: compiled(classifier(GRU(4, name="rnn"))),
    "convolution": keras_models.MODELS["convolution"],
    "around": keras_models.MODELS["around"],
    "dense": keras_models.MODELS["dense"],
    "siamese": siamese,
    "distributed-alone": lambda: tagger_with(layers.TimeDistributed(Dense(4, use_bias=False), name="head")),
    "start-constant": lambda: functional(
        lambda given: GRU(4, name="rnn")(words(given), initial_state=keras.ops.ones((1, 4)))
    ),
    "mask-own": lambda: functional(lambda given: GRU(4, name="rnn")(words(given), mask=keras.ops.not_equal(given, 3))),
    "both-cells": lambda: tagger(
        layers.Bidirectional(layers.RNN(layers.GRUCell(3), return_sequences=True), name="rnn")
    ),
}

_RECURRENT: Final = (LSTM, GRU, RNN, layers.RNN, layers.Bidirectional)


def snake(kind: str) -> str:
    """A class in the paths of a file of weights."""
    split = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", kind)
    return re.sub("([a-z])([A-Z])", r"\1_\2", split).lower()


def measured(model: Any, seed: int) -> Iterator[tuple[str, np.ndarray]]:
    """An input, the outputs, and of each recurrent layer what it reads and all of its states, both directions."""
    if isinstance(model, Subclassed):
        yield from of_class(model)
        return
    x = given_to(model, seed)
    if x is None:
        return
    yield "x", x[0]
    outputs = model(x if len(model.inputs) == 1 else [x] * len(model.inputs), training=False)
    if not isinstance(outputs, list):
        outputs = [outputs]
    for number, one in enumerate(outputs):
        yield f"output{number}", np.asarray(keras.ops.convert_to_numpy(one))[0]
    counted = Counter[str]()
    for layer in model.layers:
        kind = snake(type(layer).__name__)
        counted[kind] += 1
        if isinstance(layer, keras.Sequential):
            inner = layer.layers[0]
            yield f"reads/{layer.name}.{inner.name}", x[0]
            yield f"token/{layer.name}.{inner.name}", np.asarray(False)
            yield f"states/{layer.name}.{inner.name}/0", (stepwise(inner, x) or [])[0]
        if not isinstance(layer, _RECURRENT) or isinstance(layer, LSTM2):
            continue
        read = layer._inbound_nodes[0].input_tensors[0]
        reads = keras.Model(model.inputs[0], read)(x, training=False)
        yield f"reads/{layer.name}", np.asarray(keras.ops.convert_to_numpy(reads))[0]
        yield f"path/{layer.name}", np.asarray(kind + (f"_{counted[kind] - 1}" if counted[kind] > 1 else ""))
        yield f"token/{layer.name}", np.asarray(_reads_tokens(model, read))
        if (states := stepwise(layer, reads)) is not None:
            for place, one in enumerate(states):
                yield f"states/{layer.name}/{place}", one


def of_class(model: Any) -> Iterator[tuple[str, np.ndarray]]:
    """The same of a model written as a class."""
    x = np.array([[3, 1, 4, 1, 5, 2]])
    reads = model.emb(x)
    yield "x", x[0]
    yield "output0", np.asarray(keras.ops.convert_to_numpy(model(x)))[0]
    yield "token/gru", np.asarray(True)
    yield "states/gru/0", (stepwise(model.rnn, reads) or [])[0]


def given_to(model: Any, seed: int) -> np.ndarray | None:
    """Tokens or rows, a batch of one; None for a model that reads something else."""
    rng = np.random.default_rng(100 + seed)
    shape, kind = model.inputs[0].shape, model.inputs[0].dtype
    if "int" in kind:
        return rng.integers(1, TOKENS, (1, STEPS))
    return rng.normal(size=(1, STEPS, shape[-1])).astype(np.float32) if len(shape) == 3 and kind == "float32" else None


def _reads_tokens(model: Any, read: Any) -> bool:
    """Whether a layer reads an embedding, past what only a training uses."""
    while True:
        made = read._keras_history.operation
        if isinstance(made, layers.Embedding):
            return True
        if not isinstance(made, layers.Dropout | layers.SpatialDropout1D | layers.GaussianNoise):
            return False
        read = made._inbound_nodes[0].input_tensors[0]


def stepwise(layer: Any, reads: Any) -> list[np.ndarray] | None:
    """What copies of a layer that give all of their steps compute: one of each cell of an RNN with several."""
    config = layer.get_config()
    if isinstance(layer, layers.Bidirectional):
        for one in ("layer", "backward_layer"):
            config[one]["config"] |= {"return_sequences": True, "return_state": False, "stateful": False}
        config["merge_mode"] = "concat"
    elif type(layer) is layers.RNN and isinstance(layer.cell, layers.StackedRNNCells):
        found = []
        for cell in layer.cell.cells:
            one = layers.RNN(type(cell).from_config(cell.get_config()), return_sequences=True)
            one.build(reads.shape)
            one.set_weights(cell.get_weights())
            reads = one(reads)
            found.append(np.asarray(keras.ops.convert_to_numpy(reads))[0])
        return found
    else:
        config |= {"return_sequences": True, "return_state": False, "stateful": False}
    copy = type(layer).from_config(config | {"name": "copy"})
    copy.build(reads.shape)
    copy.set_weights(layer.get_weights()[: len(copy.get_weights())])
    return [np.asarray(keras.ops.convert_to_numpy(copy(reads)))[0]]


def write(folder: Path, names: list[str]) -> None:
    """Models as ``name.keras``, ``name.weights.h5`` and ``name.h5``, with their numbers as ``name.npz``."""
    torch.set_num_threads(1)
    for name in names:
        seed = list(BUILT).index(name)
        model = BUILT[name]()
        drawn(model, seed)
        for one in model.weights:
            if one.name == "moving_variance":
                one.assign(keras.ops.abs(one))
        model.save(folder / f"{name}.keras")
        model.save_weights(folder / f"{name}.weights.h5")
        if name != "subclassed":
            model.save(folder / f"{name}.h5")
        with torch.no_grad():
            np.savez(folder / f"{name}.npz", **dict(measured(model, seed)))


if __name__ == "__main__":
    write(Path(sys.argv[1]), sys.argv[2:] or list(BUILT))
