"""What the page "Clipping" trains: networks with and without clipping, at many thresholds, and those that ship."""

import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, get_args

from rnnviz.places import ASSETS
from rnnviz.spec import ModelSpec, TaskSpec, TrainSpec

if TYPE_CHECKING:
    from rnnviz.analysis import RateSweep, Sweep
    from rnnviz.history import History

Kind = Literal["norm", "value"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)

ARMS: Final = ("unclipped", "clipped")

THRESHOLDS: Final = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0)

SHIPPED: Final = ASSETS / "runs"
"""Finished runs, so that a lecture never waits for the usual ones."""

_SIZES: Final = {"input_size": 2, "hidden_size": 32, "output_size": 1}
_SEEDS: Final = (0, 1, 2)


def _preset(
    length: int, rate: float, max_norm: float, *, adam: bool = False, steps: int = 1500, **model: object
) -> TrainSpec:
    return TrainSpec(
        model=ModelSpec(**{**_SIZES, **model}),  # type: ignore[arg-type]
        task=TaskSpec("adding", length),
        optimizer="adam" if adam else "sgd",
        rate=rate,
        max_norm=max_norm,
        steps=steps,
        seeds=_SEEDS,
    )


PRESETS: Final[Mapping[str, TrainSpec]] = {
    "IRNN, 10 steps, SGD": _preset(10, 0.1, 1.0, steps=2000, cell="rnn", nonlinearity="relu", recurrent="identity"),
    "IRNN, SGD": _preset(50, 0.01, 1.0, cell="rnn", nonlinearity="relu", recurrent="identity"),
    "RNN orthogonal × 1.5, SGD": _preset(50, 0.05, 1.0, cell="rnn", recurrent="orthogonal", recurrent_scale=1.5),
    "LSTM, SGD": _preset(10, 1.0, 0.1, cell="lstm"),
    "GRU, SGD": _preset(10, 1.0, 0.1, cell="gru"),
    "RNN, Adam": _preset(30, 1e-3, 1.0, adam=True, cell="rnn"),
}
"""The clipped arm of each training that has a story."""

IRNN: Final = "IRNN, SGD"
"""The name of the preset with the most dramatic update."""

USUAL: Final = PRESETS[IRNN]
SWEPT: Final = "GRU, SGD"
"""The name of the preset that is trained at many thresholds."""

USUAL_SWEEP: Final = PRESETS[SWEPT]

RATED: Final[Mapping[str, tuple[str, tuple[float, ...]]]] = {
    "IRNN": (
        "IRNN, 10 steps, SGD", (0.003, 0.005, 0.01, 0.02, 0.03, 0.04, 0.05, 0.07, 0.1, 0.15, 0.2, 0.3, 0.5, 1.0)
    ),
    "GRU": ("GRU, SGD", (0.03, 0.1, 0.2, 0.3, 0.5, 1.0, 2.0, 3.0, 5.0)),
    "LSTM": ("LSTM, SGD", (0.03, 0.1, 0.2, 0.3, 0.5, 1.0, 2.0, 3.0, 5.0)),
}  # fmt: skip
"""The networks that are trained at many learning rates, each by the name of its preset, and the rates."""

RATE_SEEDS: Final = range(20)
"""The seeds at each of the rates."""


def preset_of(spec: TrainSpec) -> str | None:
    """The name of the preset that a clipped arm is, with its default seeds; None for another training."""
    return next((name for name, preset in PRESETS.items() if preset == spec), None)


def pair(clipped: TrainSpec) -> tuple[TrainSpec, TrainSpec]:
    """The same training without clipping and with it."""
    return replace(clipped, max_norm=None, max_value=None), clipped


def arms(spec: TrainSpec, kinds: Collection[Kind]) -> tuple[TrainSpec, ...]:
    """The same training at all ``THRESHOLDS`` of each kind, and last without any; its own clipping is left out."""
    bare, _ = pair(spec)
    by_norm = [replace(bare, max_norm=limit) for limit in THRESHOLDS if "norm" in kinds]
    by_value = [replace(bare, max_value=limit) for limit in THRESHOLDS if "value" in kinds]
    return *by_norm, *by_value, bare


def rate_arms(name: str, rates: Collection[float] = (), seeds: Collection[int] = ()) -> tuple[TrainSpec, ...]:
    """One of ``RATED`` at each of its rates without clipping, then at each with it; measured once, at the end.

    Args:
        rates: Some of the rates; all by default.
        seeds: At most as many as one training may have; by default the first ten of ``RATE_SEEDS``.
    """
    preset, usual = RATED[name]
    spec = replace(PRESETS[preset], seeds=tuple(seeds or RATE_SEEDS[:10]), every=PRESETS[preset].steps)
    return tuple(replace(arm, rate=rate) for arm in pair(spec) for rate in rates or usual)


def shipped_pair(preset: str = IRNN) -> "tuple[History, History]":
    """The finished run of one of ``PRESETS``, without clipping and with it."""
    from rnnviz.history import History

    return History.load(pair_file(preset, "unclipped")), History.load(pair_file(preset, "clipped"))


def shipped_sweep(kind: Kind) -> "Sweep":
    """The finished run of ``USUAL_SWEEP`` at all thresholds of one kind."""
    from rnnviz.analysis import Sweep

    return Sweep.from_json(sweep_file(kind).read_text(encoding="utf-8"))


def shipped_rates(name: str = "IRNN") -> "RateSweep":
    """The finished trainings of one of ``RATED`` at all of its learning rates, without clipping and with it."""
    from rnnviz.analysis import RateSweep

    return RateSweep.from_json(rates_file(name).read_text(encoding="utf-8"))


def pair_file(preset: str, arm: Literal["unclipped", "clipped"], folder: Path = SHIPPED) -> Path:
    """Where an arm of the run of one of ``PRESETS`` is."""
    name = re.sub("[^a-z0-9]+", "-", preset.lower())
    return folder / f"clipping-{name}-{arm}.safetensors"


def rates_file(name: str, folder: Path = SHIPPED) -> Path:
    """Where the run of one of ``RATED`` at all learning rates is."""
    return folder / f"clipping-rates-{name.lower()}.json"


def sweep_file(kind: Kind, folder: Path = SHIPPED) -> Path:
    """Where the usual run at all thresholds of one kind is."""
    return folder / f"clipping-by-{kind}.json"
