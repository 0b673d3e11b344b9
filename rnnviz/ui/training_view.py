"""The views of the page of clipping that train: two arms, many thresholds, and both as code."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, cast

import numpy as np
import streamlit as st

from rnnviz import clipping
from rnnviz.analysis import Sweep, course, first_bad_update, sweeps
from rnnviz.palette import Theme
from rnnviz.runs import identity
from rnnviz.spec import OPTIMIZERS, TRAINING_LIMITS, ModelSpec, TaskSpec, TrainSpec
from rnnviz.tasks import task
from rnnviz.ui import cache, controls, described, frame, runs, state, training_told
from rnnviz.ui.controls import slug
from rnnviz.ui.runs import Run
from rnnviz.ui.training_code import training_code

if TYPE_CHECKING:
    from rnnviz.figures import Figure
    from rnnviz.figures.training import Measure

NETWORKS: Final[Mapping[str, Mapping[str, Any]]] = {
    "IRNN: ReLU, W_hh = identity": {"cell": "rnn", "nonlinearity": "relu", "recurrent": "identity"},
    "RNN": {"cell": "rnn"},
    "RNN, W_hh orthogonal": {"cell": "rnn", "recurrent": "orthogonal"},
    "RNN, W_hh orthogonal × 1.5": {"cell": "rnn", "recurrent": "orthogonal", "recurrent_scale": 1.5},
    "LSTM": {"cell": "lstm"},
    "LSTM, forget bias 3": {"cell": "lstm", "forget_bias": 3.0},
    "GRU": {"cell": "gru"},
}
OPTIMIZER_LABELS: Final = {training_told.OPTIMIZERS[name]: name for name in OPTIMIZERS}
KIND_LABELS: Final[Mapping[str, clipping.Kind]] = {"By norm": "norm", "By value": "value"}
KINDS: Final[Mapping[str, tuple[clipping.Kind, ...]]] = {
    "By norm": ("norm",), "By value": ("value",), "Norm against value": ("norm", "value"),
}  # fmt: skip
SEEDS: Final = {"1 seed": 1, "3 seeds": 3, "5 seeds": 5}
ARMS: Final = {"Overlaid": False, "Side by side": True}
AXIS: Final = {"First updates spread": True, "Updates evenly": False}

OFTEN: Final = ("loss", "grad_norm")
REDRAWN: Final = 12
"""How often the figures below these two are drawn while a run goes on."""

LIMITS: Final = {"length": (2, 200), "hidden_size": (1, 128), "steps": (10, 20_000)}
LEAST_RATE, LARGEST_RATE = 1e-6, 100.0
LEAST_LIMIT, LARGEST_LIMIT = 1e-6, 1e6


@dataclass(frozen=True)
class Wanted:
    """A figure of a run, whose courses go beside it.

    Attributes
    ----------
    name : str
        A measure, or ``answers``, ``thresholds``, ``shares``, ``norms``.
    theme : {"light", "dark"}
    arm : int or None
        The one arm in the picture; None for all.
    logarithmic : bool
        Whether the axis of updates is.
    """

    name: str
    theme: Theme
    arm: int | None = None
    logarithmic: bool = True


@dataclass(frozen=True, eq=False)
class Sweeps:
    """A training at many thresholds, of norms, of values or of both, as far as it has come.

    Attributes
    ----------
    id : str
    version : int
    found : tuple of Sweep
    """

    id: str
    version: int
    found: tuple[Sweep, ...]


def training() -> None:
    """The same network with and without clipping."""
    spec = _settings("training", clipping.USUAL)
    with frame.row():
        beside = controls.choice("Arms", ARMS, key="training.arms")
        logarithmic = controls.choice("Axis of updates", AXIS, key="training.axis")
    specs = () if spec is None else clipping.pair(spec)

    def ready() -> Run | None:
        return cache.shipped_pair() if specs == clipping.pair(clipping.USUAL) else None

    runs.live(
        specs, lambda run: _draw_pair(run, beside=beside, logarithmic=logarithmic), key="training.run",
        label="Train both", ready=ready,
    )  # fmt: skip


def thresholds() -> None:
    """The same network at many thresholds."""
    spec = _settings("thresholds", clipping.USUAL_SWEEP, limited=False)
    kinds = controls.choice("Clip", KINDS, key="thresholds.kinds")
    specs = () if spec is None else clipping.arms(spec, kinds)

    if spec is not None and clipping.pair(spec)[0] == clipping.pair(clipping.USUAL_SWEEP)[0]:
        st.caption("On show: a finished run of these settings that ships. Others are trained here.")
        _draw_sweeps(Sweeps("+".join(kinds), 0, tuple(cache.shipped_sweep(kind) for kind in kinds)))
        return
    runs.live(
        specs, lambda run: _draw_sweeps(Sweeps(run.id, run.version, sweeps(run.courses))), key="thresholds.run",
        label=f"Train {len(specs)} arms",
    )  # fmt: skip


def code() -> None:
    """The training of the first seed as plain torch."""
    spec = _settings("training", clipping.USUAL)
    if spec is not None:
        st.code(training_code(spec), language="python", line_numbers=False)


SHOW: Final = {"training": training, "thresholds": thresholds, "code": code}


# --- Settings ---


def _settings(prefix: str, usual: TrainSpec, *, limited: bool = True) -> TrainSpec | None:
    """What the controls mean, kept in the link under a prefix; None, with the reason shown, if it cannot be trained."""
    with st.container(horizontal=True):
        for name, preset in clipping.PRESETS.items():
            st.button(name, key=f"{prefix}.preset {name}", on_click=_take, args=(prefix, preset, usual))
    usually = _written(usual)
    with st.expander("Settings"):
        network = _named(f"{prefix}.network", "Network", NETWORKS, usually["network"])
        places = st.columns(4)
        with places[0]:
            length = _whole(prefix, "length", "Length T (steps)", usual.task.length)
        with places[1]:
            hidden = _whole(prefix, "hidden_size", "Hidden units", usual.model.hidden_size)
        with places[2]:
            steps = _whole(prefix, "steps", "Updates", usual.steps)
        with places[3]:
            rate = controls.number(
                "Rate", LEAST_RATE, LARGEST_RATE, key=f"{prefix}.rate", default=float(usual.rate)
            )  # fmt: skip
        with frame.row():
            optimizer = _named(f"{prefix}.optimizer", "Optimizer", OPTIMIZER_LABELS, usually["optimizer"])
            seeds = _named(f"{prefix}.seeds", "Seeds", SEEDS, usually["seeds"])
            kind = _named(f"{prefix}.by", "Clip", KIND_LABELS, usually["by"]) if limited else "norm"
        limit = usual.max_norm
        if limited:
            limit = controls.number(
                f"Threshold max_{kind}", LEAST_LIMIT, LARGEST_LIMIT, key=f"{prefix}.limit",
                default=float(usual.max_norm or 1.0),
            )  # fmt: skip
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
    """What the controls say of a preset, as the link writes it."""
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
        "optimizer": slug(training_told.OPTIMIZERS[spec.optimizer]),
        "seeds": slug(next(name for name, count in SEEDS.items() if count == len(spec.seeds))),
        "by": "by-norm" if spec.max_value is None else "by-value",
        "limit": f"{spec.max_norm or spec.max_value:.10g}",
    }


def _take(prefix: str, preset: TrainSpec, usual: TrainSpec) -> None:
    """Put a preset into the controls."""
    usually = _written(usual)
    for name, text in _written(preset).items():
        state.choose(f"{prefix}.{name}", text, usually[name])


# --- Figures ---


def _draw_pair(run: Run, *, beside: bool, logarithmic: bool) -> None:
    """What happened in sentences, and a figure a quantity."""
    baseline = task(run.specs[0].task).baseline
    st.markdown(frame.plain(" ".join(training_told.sentences(run.courses, baseline))))
    kind = training_told.unit_kind(run.specs[0])
    names = ["loss", "grad_norm", "update_norm"]
    names += ["singular_value", kind, "answers"] if len(run.courses[0].measured_at) else []
    arms: list[int | None] = list(range(len(run.courses))) if beside else [None]
    wanted = [Wanted(name, frame.theme(), arm, logarithmic) for name in names for arm in arms if name != "answers"]
    wanted += [Wanted("answers", frame.theme())] if "answers" in names else []
    for left, right in zip(wanted[::2], [*wanted[1::2], None], strict=False):
        for place, one in zip(st.columns(2), (left, right), strict=True):
            if one is not None:
                with place:
                    _show(run, one)


def _show(run: Run, wanted: Wanted) -> None:
    """Draw a figure, while the run goes on only now and then if it is one of those below the first two."""
    if run.going and wanted.name not in OFTEN:
        run = replace(run, version=REDRAWN * int(run.courses[0].update[-1]) // run.specs[0].steps)
    figure = cache.training_figure(wanted, run)
    arm = "" if wanted.arm is None else f".{wanted.arm}"
    frame.show(figure, key=f"training.{wanted.name}{arm}", alt=figure.layout.meta["alt"])


def _draw_sweeps(of: Sweeps) -> None:
    first = of.found[0]
    _show_sweep(of, Wanted("thresholds", frame.theme()))
    limits = {f"{limit:g}" if np.isfinite(limit) else "none": k for k, limit in enumerate(first.limits)}
    arm = controls.choice("Threshold", limits, key="thresholds.arm", default=list(limits)[first.best])
    left, right = st.columns(2)
    with left:
        _show_sweep(of, Wanted("norms", frame.theme(), arm))
    with right:
        if not first.by_value:
            _show_sweep(of, Wanted("shares", frame.theme()))


def _show_sweep(of: Sweeps, wanted: Wanted) -> None:
    figure = cache.sweep_figure(wanted, of)
    frame.show(figure, key=f"thresholds.{wanted.name}", alt=figure.layout.meta["alt"])


def figure_of(wanted: Wanted, run: Run) -> "Figure":
    """A figure of a run of two arms."""
    from rnnviz import figures

    spec = run.specs[-1]
    said = _said(spec, run.courses[0].update[-1])
    known = task(spec.task)
    if wanted.name == "answers":
        answered = run.courses[0].answers.shape[1]
        return figures.training_answers(run.courses, known.held_out().y[:answered, 0], said=said, theme=wanted.theme)
    arms = run.courses if wanted.arm is None else (run.courses[wanted.arm],)
    beside = () if wanted.arm is None else tuple(one for one in run.courses if one is not arms[0])
    bad = first_bad_update(run.courses[0])
    return figures.training_curve(
        arms, cast("Measure", wanted.name), beside=beside, baseline=known.baseline, said=said,
        logarithmic=wanted.logarithmic,
        mark=figures.TrainingMark(bad.update, training_told.mark_text(bad)) if bad and not wanted.arm else None,
        theme=wanted.theme,
    )  # fmt: skip


def sweep_figure_of(wanted: Wanted, of: Sweeps) -> "Figure":
    """A figure of a training at many thresholds."""
    from rnnviz import figures

    found = of.found
    spec = found[0].specs[-1]
    said = _said(spec, found[0].updates)
    if wanted.name == "thresholds":
        baseline = task(spec.task).baseline
        return figures.threshold_curve(found, baseline=baseline, said=said, theme=wanted.theme)
    if wanted.name == "shares":
        return figures.clipped_bars(found[0], said=said, theme=wanted.theme)
    return figures.norm_histogram(found[0], wanted.arm or 0, said=said, theme=wanted.theme)


def shipped_pair() -> Run:
    """The usual run, as it ships."""
    histories = clipping.shipped_pair()
    courses = tuple(course(history) for history in histories)
    return Run(identity([one.spec for one in courses]), -1, going=False, courses=courses)


def _said(spec: TrainSpec, updates: int) -> tuple[str, ...]:
    told = described.marked_up(training_told.settings(spec)).replace("W_ih", "W<sub>ih</sub>")
    part = f" So far {updates:,} of {spec.steps:,} updates." if updates < spec.steps else ""
    return (f"{told}.{part}",)
