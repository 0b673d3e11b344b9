"""The settings of a training on the page of clipping: presets, and a control for each choice."""

from collections.abc import Mapping
from typing import Any, Final

import streamlit as st

from rnnviz import clipping
from rnnviz.spec import OPTIMIZERS, TRAINING_LIMITS, ModelSpec, TaskSpec, TrainSpec
from rnnviz.ui.selection import state
from rnnviz.ui.shell import frame, training_captions
from rnnviz.ui.widgets import controls
from rnnviz.ui.widgets.controls import slug

NETWORKS: Final[Mapping[str, Mapping[str, Any]]] = {
    "IRNN: ReLU, W_hh = identity": {"cell": "rnn", "nonlinearity": "relu", "recurrent": "identity"},
    "RNN": {"cell": "rnn"},
    "RNN, W_hh orthogonal": {"cell": "rnn", "recurrent": "orthogonal"},
    "RNN, W_hh orthogonal × 1.5": {"cell": "rnn", "recurrent": "orthogonal", "recurrent_scale": 1.5},
    "LSTM": {"cell": "lstm"},
    "LSTM, forget bias 3": {"cell": "lstm", "forget_bias": 3.0},
    "GRU": {"cell": "gru"},
}
OPTIMIZER_LABELS: Final = {training_captions.OPTIMIZERS[name]: name for name in OPTIMIZERS}
KIND_LABELS: Final[Mapping[str, clipping.Kind]] = {"By norm": "norm", "By value": "value"}
SEEDS: Final = {"1 seed": 1, "3 seeds": 3, "5 seeds": 5}

LIMITS: Final = {"length": (2, 200), "hidden_size": (1, 128), "steps": (10, 20_000)}
LEAST_RATE, LARGEST_RATE = 1e-6, 100.0
LEAST_LIMIT, LARGEST_LIMIT = 1e-6, 1e6


USUAL: Final[Mapping[str, str]] = {"training": clipping.IRNN, "thresholds": clipping.SWEPT}
"""The preset whose values the controls have where no other is chosen, by the name under which the link keeps them."""

_PRESET: Final = "preset"
_THRESHOLD: Final = ("by", "limit")


def training_settings(prefix: str, *, limited: bool = True) -> TrainSpec | None:
    """The training that the controls mean, kept in the link; None, with the reason shown, if it is impossible.

    Args:
        prefix: One of those of ``USUAL``.
        limited: Whether there is a threshold to choose.
    """
    usual = clipping.PRESETS[_chosen(prefix)]
    usually = _written(usual)
    with frame.row():
        rate = controls.number(
            "Learning rate", LEAST_RATE, LARGEST_RATE, key=f"{prefix}.rate", default=float(usual.rate)
        )  # fmt: skip
        kind = _named(f"{prefix}.by", "Clip", KIND_LABELS, usually["by"]) if limited else "norm"
        limit = usual.max_norm
        if limited:
            limit = controls.number(
                f"Threshold max_{kind}", LEAST_LIMIT, LARGEST_LIMIT, key=f"{prefix}.limit",
                default=float(usual.max_norm or 1.0),
            )  # fmt: skip
    with st.expander("Settings"):
        network = _named(f"{prefix}.network", "Network", NETWORKS, usually["network"])
        places = st.columns(3)
        with places[0]:
            length = _whole(prefix, "length", "Length T (steps)", usual.task.length)
        with places[1]:
            hidden = _whole(prefix, "hidden_size", "Hidden units", usual.model.hidden_size)
        with places[2]:
            steps = _whole(prefix, "steps", "Updates", usual.steps)
        with frame.row():
            optimizer = _named(f"{prefix}.optimizer", "Optimizer", OPTIMIZER_LABELS, usually["optimizer"])
            seeds = _named(f"{prefix}.seeds", "Seeds", SEEDS, usually["seeds"])
    try:
        return TrainSpec(
            model=ModelSpec(input_size=2, hidden_size=hidden, output_size=1, **network),
            task=TaskSpec("adding", length), optimizer=optimizer, rate=rate, steps=steps, seeds=tuple(range(seeds)),
            max_norm=limit if kind == "norm" else None, max_value=limit if kind == "value" else None,
        )  # fmt: skip
    except ValueError as error:
        st.error(frame.plain(str(error)))
        return None


def _named(key: str, label: str, options: Mapping[str, Any], usual: str) -> Any:
    default = next(name for name in options if slug(name) == usual)
    return controls.choice(label, options, key=key, default=default)


def _whole(prefix: str, name: str, label: str, usual: int) -> int:
    low, high = LIMITS[name]
    return int(controls.number(label, low, min(high, TRAINING_LIMITS[name][1]), key=f"{prefix}.{name}", default=usual))


def _written(spec: TrainSpec) -> dict[str, str]:
    """The controls' values for a preset, as the link writes them."""
    start = ("cell", "nonlinearity", "recurrent", "recurrent_scale", "forget_bias")
    plain = ModelSpec()
    network = next(
        name
        for name, fields in NETWORKS.items()
        if all(getattr(spec.model, part) == fields.get(part, getattr(plain, part)) for part in start)
    )
    return {
        "network": slug(network),
        "length": str(spec.task.length),
        "hidden_size": str(spec.model.hidden_size),
        "steps": str(spec.steps),
        "rate": f"{spec.rate:.10g}",
        "optimizer": slug(training_captions.OPTIMIZERS[spec.optimizer]),
        "seeds": slug(next(name for name, count in SEEDS.items() if count == len(spec.seeds))),
        "by": "by-norm" if spec.max_value is None else "by-value",
        "limit": f"{spec.max_norm or spec.max_value:.10g}",
    }


def presets(prefix: str) -> None:
    """The presets; the one that the controls match is marked."""
    key = f"preset_{prefix}"
    st.session_state[key] = next((name for name, preset in clipping.PRESETS.items() if _is_at(prefix, preset)), None)
    st.segmented_control(
        "Preset", list(clipping.PRESETS), key=key, label_visibility="collapsed",
        on_change=lambda: take(st.session_state[key]),
    )  # fmt: skip


def _is_at(prefix: str, preset: TrainSpec) -> bool:
    usually = _written(clipping.PRESETS[_chosen(prefix)])
    return all((state.view(f"{prefix}.{name}") or usually[name]) == text for name, text in _named_by(prefix, preset))


def take(name: str | None) -> None:
    """Put a preset into the controls of every view, so that all show the same network; a marked one stays marked."""
    if name is None:
        return
    for prefix, usual in USUAL.items():
        for control, _ in _named_by(prefix, clipping.PRESETS[name]):
            state.choose(f"{prefix}.{control}", "", "")
        state.choose(f"{prefix}.{_PRESET}", slug(name), slug(usual))


def _chosen(prefix: str) -> str:
    """The preset whose values the controls have, but for what is changed."""
    names, key = {slug(name): name for name in clipping.PRESETS}, f"{prefix}.{_PRESET}"
    kept = state.view(key) or slug(USUAL[prefix])
    if kept not in names:
        controls.unreadable(key, f"one of {', '.join(names)}", slug(USUAL[prefix]))
    return names.get(kept, USUAL[prefix])


def _named_by(prefix: str, preset: TrainSpec) -> list[tuple[str, str]]:
    """The values of a preset for a view's controls: where many thresholds are tried there is none."""
    given = _written(preset).items()
    return [(name, text) for name, text in given if prefix != "thresholds" or name not in _THRESHOLD]
