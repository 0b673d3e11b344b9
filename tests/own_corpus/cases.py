"""A file of the corpus, the numbers of the framework that made it, and what happens when it is opened."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
import torch

import rnnviz
from rnnviz import own
from rnnviz.capture import state_of
from rnnviz.checkpoints import Checkpoint, held
from rnnviz.checkpoints.classifiers import pooling_of
from rnnviz.own.choosing import chosen_of
from rnnviz.own.tensors import read_file

NEAR: Final = 2e-5
"""How far a number may be from the framework's: both compute in float32, in another order."""

Happens = Literal["right", "asked", "refused"]
_SETTINGS: Final = ("nonlinearity",)
"""What a state dict does not have of a plain RNN, so that it is always asked."""
_REASONS: Final = ("no_outputs", "no_embedding", "no_embeddings")
After = Literal["", "softmax", "sigmoid", "log_softmax"]


@dataclass(frozen=True, eq=False)
class Truth:
    """What a framework computes of one recurrent module.

    Attributes:
        x: What the module or its embedding reads: tokens (time,), or rows (time, feature).
        states: Of each layer (time, direction * unit).
        outputs: At every step (time, output); None where the model has none of these states.
        whole: Of the whole input (output,); None where the model has none.
        after: What the framework's numbers are of the logits.
        is_direct: Whether the output layer reads the states, so that it is to be shown. Outputs of several layers may
            be shown, and are compared then.
    """

    x: np.ndarray
    states: tuple[np.ndarray, ...]
    outputs: np.ndarray | None = None
    whole: np.ndarray | None = None
    after: After = ""
    is_direct: bool = True


@dataclass(frozen=True, eq=False)
class Made:
    """A file, and what is right of each recurrent module in it by its path here."""

    path: Path
    truths: Mapping[str, Truth] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Case:
    """One file of the corpus.

    Attributes:
        name: Of the case, in a link: ``torch-lstm-2``.
        kind: Under which it stands in the table.
        about: What it is, in a line.
        make: Writes it into a folder; None for a file of Keras, which a process of its own writes.
        happens: What is to happen when it is opened.
        told: What the message must have: the reason of a refusal, or why no output layer is proposed.
        chosen: What the visitor chooses, as ``own.open_file`` takes it.
    """

    name: str
    kind: str
    about: str
    make: Callable[[Path], Made]
    happens: Happens = "right"
    told: str = ""
    chosen: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Happened:
    """What has happened; ``open`` if more is asked than a case chooses."""

    what: Literal["right", "asked", "refused", "wrong", "crashed", "open"]
    message: str = ""


def happened(case: Case, folder: Path) -> Happened:
    """Open the file of a case as a visitor does, and compare all that is shown with the framework's numbers."""
    made = case.make(folder)
    try:
        tensors, _ = read_file(made.path)
        parts = own.parts(tensors)
        said = {name: case.chosen[name] for name in ("unused", "start") if name in case.chosen}
        shown = {part.name: opened(tensors, part=part.name, **said) for part in parts}
    except ValueError as error:  # RefusedError is one
        return Happened("refused", str(error))
    except Exception as error:  # noqa: BLE001 - this is what is looked for
        return Happened("crashed", f"{type(error).__name__}: {error}")
    unknown = [part.name for part in parts if part.name not in made.truths]
    if unknown:
        return Happened("wrong", f"{', '.join(map(repr, unknown))} is shown, and the model has no such layer")
    missing = [name for name in made.truths if name not in [part.name for part in parts]]
    if missing:
        return Happened("wrong", f"{', '.join(missing)} is not shown; left out: {'; '.join(tensors.left_out)}")
    asked = [name for part in parts for name in own.doubts(own.proposed(part, tensors, None), tensors)]
    if set(asked) != {name for names in said.values() for name in names}:
        return Happened("open", f"{', '.join(dict.fromkeys(asked)) or 'nothing'} is asked about")
    told, verified, missing = list(tensors.left_out), bool(said), []
    for part in parts:
        truth, plain = made.truths[part.name], shown[part.name]
        told += [str(one) for kind in _REASONS for one in plain.card.get(kind, ())]
        needed = _needed(plain, truth)
        fitting = {"embedding": part.embeddings, "head": part.heads}
        meant = case.chosen if case.chosen.get("part", part.name) == part.name else {}
        choice = {
            name: value for name, value in meant.items()
            if (name in needed and value in fitting[name]) or (name in _SETTINGS and part.model.cell == "rnn")
        }  # fmt: skip
        missing += [f"{part.name}: {name}" for name in needed if name not in choice]
        open_still = {*needed, *choice}
        if fault := _fault(plain, truth, open_still):
            return Happened("wrong", f"{part.name}: {fault}")
        if choice:
            if fault := _fault(opened(tensors, part=part.name, **said, **choice), truth, {*needed} - {*choice}):
                return Happened("wrong", f"{part.name}, {choice}: {fault}")
            verified = True
    if missing and not verified:
        return Happened("open", f"{', '.join(missing)}; {'; '.join(told)}")
    return Happened("asked" if verified else "right", "; ".join(told))


def _needed(known: Checkpoint, truth: Truth) -> list[str]:
    """What has to be chosen before a network can show what its model computes: its embedding, its output layer."""
    found = ["embedding"] if truth.x.ndim == 1 and not known.vocabulary else []
    lacks = truth.is_direct and (truth.outputs is not None or truth.whole is not None) and _head(known) is None
    return [*found, "head"] if lacks else found


def opened(tensors: own.Tensors, **chosen: Any) -> Checkpoint:
    """As ``own.open_file`` opens a file, which is read once for all that may be chosen."""
    choice = chosen_of(tensors, None, **chosen)
    content = b"".join(one.tobytes() for one in tensors.values())
    return held.hold(own.checkpoint(own.family_of(content, choice), tensors, choice))


def _head(known: Checkpoint) -> tuple[np.ndarray, np.ndarray] | None:
    if known.outputs is not None:
        return known.outputs
    return (known.weights["head.weight"], known.weights["head.bias"]) if known.model.output_size else None


def _fault(known: Checkpoint, truth: Truth, open_still: Collection[str]) -> str:
    """What is wrong of the numbers that are shown; empty if nothing is.

    Args:
        open_still: What the visitor has still to choose.
    """
    is_text = truth.x.ndim == 1
    if {"nonlinearity", "embedding"} & set(open_still):
        return ""
    if is_text is not bool(known.vocabulary):
        return "it reads numbers, not tokens" if is_text else "it reads tokens, not numbers"
    read = known.vectors([known.vocabulary[token] for token in truth.x]) if is_text else truth.x.astype(np.float32)
    network = rnnviz.build(known.model)
    first = state_of(known.start_of(known.model), batch=1)
    got = rnnviz.capture(network.rnn, torch.from_numpy(read)[None], hx=first)["h"][:, :, 0]
    states = [np.concatenate(list(layer), axis=-1) for layer in got]
    if len(states) != len(truth.states):
        return f"it has {len(states)} layers, not {len(truth.states)}"
    for number, (one, expected) in enumerate(zip(states, truth.states, strict=True)):
        if fault := _far(f"h of layer {number}", one, expected):
            return fault
    head = _head(known)
    if head is None:
        return ""
    if truth.outputs is None and truth.whole is None:
        return f"it has outputs of {known.card['opened']['head']}, and the model has none of these states"
    weight, bias = head
    if truth.outputs is not None:
        shown = network(torch.from_numpy(read)[None])[0].detach().numpy() if known.outputs is None else None
        logits = states[-1] @ weight.T + bias if shown is None else shown
        if fault := _far("outputs", _after(logits, truth.after), truth.outputs):
            return fault
    if truth.whole is not None:
        logits = _pooled(states[-1], pooling_of(known), known.model.hidden_size) @ weight.T + bias
        return _far("outputs of the whole", _after(logits, truth.after), truth.whole)
    return ""


def _pooled(steps: np.ndarray, pooling: str, units: int) -> np.ndarray:
    """What the output layer is given of the steps, in numpy."""
    if pooling == "mean":
        return steps.mean(0)
    if pooling == "max":
        return steps.max(0)
    return np.concatenate([steps[-1, :units], steps[0 if pooling == "ends" else -1, units:]])


def _after(logits: np.ndarray, after: After) -> np.ndarray:
    logits = logits.astype(np.float64)
    if after == "sigmoid":
        return 1 / (1 + np.exp(-logits))
    if not after:
        return logits
    logs = logits - logits.max(-1, keepdims=True)
    logs = logs - np.log(np.exp(logs).sum(-1, keepdims=True))
    return np.exp(logs) if after == "softmax" else logs


def _far(what: str, got: np.ndarray, expected: np.ndarray) -> str:
    if got.shape != expected.shape:
        return f"{what} has shape {got.shape}, not {expected.shape}"
    off = float(np.abs(got - expected).max())
    return "" if off <= NEAR * max(1.0, float(np.abs(expected).max())) else f"{what} is {off:.2g} off"
