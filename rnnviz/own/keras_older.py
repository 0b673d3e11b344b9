"""What older versions of Keras wrote, as Keras 2.3 writes it: settings, names of arrays, and the layout of cuDNN."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

_RENAMED: Final = {"inner_activation": "recurrent_activation"}
_INSIDE: Final = ("layer", "backward_layer")
_CUDNN: Final = {"CuDNNLSTM": "LSTM", "CuDNNGRU": "GRU"}
_OF_CUDNN: Final = {"activation": "tanh", "recurrent_activation": "sigmoid", "reset_after": True}

_FIRST: Final = re.compile(
    r"(?P<above>(?:model_weights/)?[^/]+)/(?P<own>[^/]+)_(?P<kind>[WUb])(?:_(?P<gate>[icfozrh]))?(?P<end>:0)?"
)
"""An array of Keras 1: ``lstm_1/lstm_1_W_i:0``."""

_ROLES: Final = {"W": "kernel", "U": "recurrent_kernel", "b": "bias"}
_GATES: Final = ("ifco", "zrh")


def settings(model: Mapping[str, Any]) -> dict[str, Any]:
    """A model or a layer with the names of today; layers for cuDNN are plain ones, and all layers are in a mapping.

    >>> from rnnviz.own.keras_older import settings
    >>> layer = {"class_name": "GRU", "config": {"name": "gru_1", "inner_activation": "sigmoid"}}
    >>> settings({"class_name": "Sequential", "config": [layer]})["config"]["layers"]
    [{'class_name': 'GRU', 'config': {'name': 'gru_1', 'recurrent_activation': 'sigmoid'}}]
    """
    given = model["config"]
    config: dict[str, Any] = {"layers": given} if isinstance(given, list) else dict(given)
    config = {_RENAMED.get(name, name): value for name, value in config.items()}
    if isinstance(layers := config.get("layers"), list):
        config["layers"] = [settings(layer) for layer in layers]
    config |= {name: settings(config[name]) for name in _INSIDE if isinstance(config.get(name), Mapping)}
    kind = str(model["class_name"])
    if kind in _CUDNN:
        config |= _OF_CUDNN
    return {**model, "class_name": _CUDNN.get(kind, kind), "config": config}


def renamed(arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The arrays of Keras 1 by the names that Keras 2 gives them, those of all gates side by side; others as they are.

    >>> import numpy as np
    >>> from rnnviz.own.keras_older import renamed
    >>> list(renamed({f"gru_1/gru_1_U_{gate}:0": np.eye(2) for gate in "hrz"}))
    ['gru_1/gru_1/recurrent_kernel:0']
    """
    gates: dict[str, dict[str, np.ndarray]] = {}
    found = {}
    for path, array in arrays.items():
        if not (match := _FIRST.fullmatch(path)):
            found[path] = array
            continue
        is_embedding = match["kind"] == "W" and match["own"].startswith("embedding")
        name = f"{match['above']}/{match['own']}/{'embeddings' if is_embedding else _ROLES[match['kind']]}:0"
        gates.setdefault(name, {})[match["gate"] or ""] = array
    return found | {name: _joined(name, by_gate) for name, by_gate in gates.items()}


def _joined(name: str, by_gate: Mapping[str, np.ndarray]) -> np.ndarray:
    """The arrays of the gates of a cell in the order of Keras 2."""
    order = next((order for order in ("", *_GATES) if set(order or ("",)) == set(by_gate)), None)
    shapes = {array.shape for array in by_gate.values()}
    if order is None or len(shapes) != 1:
        raise ValueError(f"{name} must have one array for each gate, of one shape; got {sorted(by_gate)}, {shapes}")
    return np.concatenate([by_gate[gate] for gate in order], axis=-1) if order else by_gate[""]


def is_cudnn(arrays: Sequence[np.ndarray]) -> bool:
    """Whether a cell has its weights as cuDNN has them: its two biases are one vector."""
    return len(arrays) == 3 and arrays[2].shape == (2 * arrays[0].shape[1],)


def of_cudnn(arrays: Sequence[np.ndarray]) -> tuple[np.ndarray, ...]:
    """The kernels and both biases of a cell as a plain layer of Keras has them.

    cuDNN reads the numbers of each gate's kernel (input, unit), in their order, as a matrix (unit, input); and the
    recurrent ones as (to, from).
    """
    kernel, recurrent, biases = arrays
    count = recurrent.shape[1] // len(recurrent)
    return (
        np.hstack([gate.reshape(gate.shape[::-1]).T for gate in np.hsplit(kernel, count)]),
        np.hstack([gate.T for gate in np.hsplit(recurrent, count)]),
        biases.reshape(2, -1),
    )
