"""The views of the page of clipping that train: two arms, many thresholds, and both as code."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import streamlit as st

from rnnviz import clipping
from rnnviz.analysis import Sweep, course, first_bad_update, sweeps
from rnnviz.caching import cached
from rnnviz.notation import Notation
from rnnviz.palette import Theme
from rnnviz.runs import identity
from rnnviz.spec import TrainSpec
from rnnviz.tasks import task
from rnnviz.ui.pages.clipping import training_code as codegen
from rnnviz.ui.pages.clipping.settings import presets, training_settings
from rnnviz.ui.selection import described, state
from rnnviz.ui.shell import components, frame, notations, runs, training_captions
from rnnviz.ui.shell.runs import Run
from rnnviz.ui.widgets import controls, live_files, live_view
from rnnviz.ui.widgets.controls import slug

if TYPE_CHECKING:
    from rnnviz.figures import Figure, TrainingMark

KINDS: Final[Mapping[str, tuple[clipping.Kind, ...]]] = {
    "By norm": ("norm",), "By value": ("value",), "Norm against value": ("norm", "value"),
}  # fmt: skip
ARMS: Final = {"Overlaid": False, "Side by side": True}
AXIS: Final = {"First updates wider": True, "All updates equally wide": False}
RECORDED: Final = ("loss", "grad_norm", "update_norm")
"""What is drawn of a run that was stopped before anything was measured."""


@dataclass(frozen=True)
class Request:
    """A figure of a run, whose courses are passed beside it.

    Attributes:
        name: A measure, or ``answers``, ``thresholds``, ``shares``, ``norms``.
        arm: The only arm in the picture; None for all.
        logarithmic: Whether the axis of updates is.
    """

    name: str
    theme: Theme
    arm: int | None = None
    logarithmic: bool = True


@dataclass(frozen=True, eq=False)
class Sweeps:
    """A training at many thresholds, of norms, of values or of both, as far as it has come.

    Attributes:
        going: Whether more will come.
    """

    id: str
    version: int
    found: tuple[Sweep, ...]
    going: bool = False

    @property
    def cache_key(self) -> tuple[str, int]:
        """What stands for the run in keys of caches, instead of its numbers."""
        return self.id, self.version


def training() -> TrainSpec | None:
    """The same network with and without clipping; the settings of the clipped one, as from all of these views."""
    with frame.row("center"):
        presets("training")
        beside = controls.choice("Arms", ARMS, key="training.arms")
        logarithmic = controls.choice("Axis of updates", AXIS, key="training.axis")
    spec = training_settings("training")
    specs = () if spec is None else clipping.pair(spec)

    def ready() -> Run | None:
        preset = None if spec is None else clipping.preset_of(spec)
        return None if preset is None else shipped_pair(preset)

    going = runs.live(
        specs, lambda run: _draw_pair(run, beside=beside, logarithmic=logarithmic), key="training.run",
        label="Train both", ready=ready, missing=_missing(specs),
    )  # fmt: skip
    if going:
        live_files.menu(
            "live_curves", "training.live", "The same network trained with and without clipping, so far", of=specs,
            code=lambda: codegen.figure("loss", specs, None, whole(specs, logarithmic=logarithmic)),
        )  # fmt: skip
    return spec


def thresholds() -> TrainSpec | None:
    """The same network at many thresholds."""
    with frame.row("center"):
        presets("thresholds")
        kinds = controls.choice("Clip", KINDS, key="thresholds.kinds")
    spec = training_settings("thresholds", limited=False)
    specs = () if spec is None else clipping.arms(spec, kinds)

    if spec is not None and clipping.pair(spec)[0] == clipping.pair(clipping.USUAL_SWEEP)[0]:
        st.caption("This is a finished run of these settings that ships with rnnviz. Other settings are trained here.")
        _draw_sweeps(Sweeps("+".join(kinds), 0, tuple(shipped_sweep(kind) for kind in kinds)))
        return spec

    def draw(run: Run) -> None:
        _draw_sweeps(Sweeps(run.id, run.version, sweeps(run.courses), run.going))

    if runs.live(specs, draw, key="thresholds.run", label=f"Train {len(specs)} arms", missing=_missing(specs)):
        live_files.menu(
            "live_curves", "thresholds.live", "The loss by the threshold, so far", of=specs,
            code=lambda: codegen.thresholds("thresholds", specs[-1], kinds, None, _said(specs[-1], specs[-1].steps)),
        )  # fmt: skip
    return spec


def code() -> TrainSpec | None:
    """The training of the first seed as plain torch."""
    presets("training")
    spec = training_settings("training")
    if spec is not None:
        st.code(codegen.training_code(spec), language="python", line_numbers=False)
    return spec


SHOW: Final = {"training": training, "thresholds": thresholds, "code": code}


def part(view: str, shown: object) -> str:
    """The part of the page's text that is about a view; about a network or a preset's training, if that is shown."""
    if view == "rates":
        return f"{view}-{slug(str(shown))}"
    preset = clipping.preset_of(shown) if view == "training" and isinstance(shown, TrainSpec) else None
    return view if preset is None else f"{view}-{slug(preset)}"


def _missing(specs: tuple[TrainSpec, ...]) -> str:
    """The note in place of figures."""
    if not specs:
        return ""
    count = len(specs) * len(specs[0].seeds)
    return (
        f"Not trained yet. The button trains {count} networks together, with {specs[0].steps:,} updates each. The "
        "curves grow during the training, and after two seconds the bar estimates how long it will take."
    )


# --- Figures ---


def _draw_pair(run: Run, *, beside: bool, logarithmic: bool) -> None:
    """A figure for each quantity, and under them what happened, in sentences."""
    baseline = task(run.specs[0].task).baseline
    happened = frame.plain(notations.written(" ".join(training_captions.sentences(run.courses, baseline))))
    if run.going:
        notation = state.current().notation
        message = live_message(run, beside=beside, logarithmic=logarithmic, notation=notation)
        components.live_curves(message, key="training.live")
        live_files.curves(
            message, "training.live",
            lambda: live_view.training_pictures(run.courses, beside=beside, logarithmic=logarithmic).values(),
        )  # fmt: skip
        st.markdown(happened)
        return
    names = [*live_view.measures(run.courses[0]), "answers"] if len(run.courses[0].measured_at) else [*RECORDED]
    arms: list[int | None] = list(range(len(run.courses))) if beside else [None]
    request = [Request(name, frame.theme(), arm, logarithmic) for name in names for arm in arms if name != "answers"]
    request += [Request("answers", frame.theme())] if "answers" in names else []
    for pair in zip(request[::2], [*request[1::2], None], strict=False):
        for place, one in zip(st.columns(2), pair, strict=True):
            if one is not None:
                with place:
                    _show(run, one)
    st.markdown(happened)


def _show(run: Run, request: Request) -> None:
    figure = figure_of(request, run)
    arm = "" if request.arm is None else f".{request.arm}"
    frame.show(
        figure, key=f"training.{request.name}{arm}", alt=figure.layout.meta["alt"],
        code=lambda: codegen.figure(request.name, made(run), request.arm, told(request, run)),
    )  # fmt: skip


def _draw_sweeps(of: Sweeps) -> None:
    if of.going:
        message = live_sweep_message(of, state.current().notation)
        components.live_curves(message, key="thresholds.live")
        live_files.curves(
            message, "thresholds.live", lambda: [live_view.sweep_picture(of.found)],
        )  # fmt: skip
        return
    first = of.found[0]
    curve, shares = Request("thresholds", frame.theme()), Request("shares", frame.theme())
    if first.by_value:
        _show_sweep(of, curve)
    else:
        _pair_of(of, curve, shares)
    limits = {f"{limit:g}" if np.isfinite(limit) else "none": k for k, limit in enumerate(first.limits)}
    arm = controls.choice(
        "Threshold", limits, key="thresholds.arm", default=list(limits)[first.best], ever=_arms_ever()
    )
    chosen, bare = (Request("norms", frame.theme(), k) for k in (arm, len(limits) - 1))
    _pair_of(of, chosen, bare if bare != chosen else None)


def _arms_ever() -> list[str]:
    """The threshold of a link, if it is one: another sweep may have it."""
    kept = state.view("thresholds.arm") or ""
    return [kept] if re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,6})?(e-?[0-9]{1,2})?|none", kept) else []


def _pair_of(of: Sweeps, left: Request, right: Request | None) -> None:
    for place, one in zip(st.columns(2), (left, right), strict=True):
        if one is not None:
            with place:
                _show_sweep(of, one)


def _show_sweep(of: Sweeps, request: Request) -> None:
    figure = sweep_figure_of(request, of)
    arm = "" if request.arm is None else f".{request.arm}"
    frame.show(
        figure, key=f"thresholds.{request.name}{arm}", alt=figure.layout.meta["alt"],
        code=lambda: codegen.thresholds(request.name, *swept(of), request.arm, _sweep_said(of)),
    )  # fmt: skip


@cached(64)
def figure_of(request: Request, run: Run) -> "Figure":
    """A figure of a run of two arms."""
    known, drawn = task(run.specs[-1].task), codegen.drawing(request.name, request.arm, told(request, run))
    if request.name == "answers":
        answered = run.courses[0].answers.shape[1]
        return drawn.figure(run.courses, known.held_out().y[:answered, 0], theme=request.theme)
    arms, named = run.courses, dict[str, object](baseline=known.baseline)
    if request.arm is not None:
        arms, named["beside"] = (arms[request.arm],), (arms[1 - request.arm],)
    return drawn.figure(arms, **named, theme=request.theme)


def told(request: Request, run: Run) -> dict[str, Any]:
    """What a figure of two arms needs beside the numbers: caption, and of a measure its axis and its mark."""
    caption = list(_said(run.specs[-1], run.courses[0].update[-1]))
    if request.name == "answers":
        return {"caption": caption}
    return {"logarithmic": request.logarithmic, "mark": _mark(request, run), "caption": caption}


def _mark(request: Request, run: Run) -> "TrainingMark | None":
    """The first bad update of the unclipped arm and what is written beside it, where that arm is in the picture."""
    from rnnviz.figures import TrainingMark

    bad = first_bad_update(run.courses[0])
    return TrainingMark(bad.update, training_captions.mark_text(bad)) if bad and not request.arm else None


def whole(specs: Sequence[TrainSpec], *, logarithmic: bool) -> dict[str, Any]:
    """The same for a measure of a run that goes on, as it will be at its end."""
    spec = specs[-1]
    return {"logarithmic": logarithmic, "caption": list(_said(spec, spec.steps)), "mark": None}


def made(run: Run) -> tuple[TrainSpec, ...]:
    """The trainings of a run, with the number of updates that were made."""
    return tuple(replace(spec, steps=int(run.courses[0].update[-1])) for spec in run.specs)


@cached(32)
def sweep_figure_of(request: Request, of: Sweeps) -> "Figure":
    """A figure of a training at many thresholds."""
    found = of.found
    spec = found[0].specs[-1]
    drawn = codegen.sweep_drawing(request.name, spec, request.arm, _sweep_said(of))
    if request.name == "thresholds":
        return drawn.figure(found, baseline=task(spec.task).baseline, theme=request.theme)
    return drawn.figure(found[0], theme=request.theme)


@cached(16)
def live_message(run: Run, *, beside: bool, logarithmic: bool, notation: Notation = "torch") -> bytes:
    """The curves of a run that goes on, as their widget takes them."""
    caption = _said(run.specs[-1], run.courses[0].update[-1])
    return live_view.training_message(
        run.id, run.courses, beside=beside, logarithmic=logarithmic, caption=caption, notation=notation
    )


@cached(16)
def live_sweep_message(of: Sweeps, notation: Notation = "torch") -> bytes:
    """The losses of a run that goes on, as their widget takes them."""
    return live_view.sweep_message(of.id, of.found, _said(of.found[0].specs[-1], of.found[0].updates), notation)


@cached(2)
def shipped_sweep(kind: clipping.Kind) -> Sweep:
    """The usual training at many thresholds, as it ships."""
    return clipping.shipped_sweep(kind)


@cached(len(clipping.PRESETS))
def shipped_pair(preset: str) -> Run:
    """The run of a preset, as it ships."""
    histories = clipping.shipped_pair(preset)
    courses = tuple(course(history) for history in histories)
    return Run(identity([one.spec for one in courses]), -1, going=False, courses=courses)


def swept(of: Sweeps) -> tuple[TrainSpec, list[clipping.Kind]]:
    """The arm without clipping, and the kinds of clipping in the others."""
    return of.found[0].specs[-1], ["value" if sweep.by_value else "norm" for sweep in of.found]


def _sweep_said(of: Sweeps) -> tuple[str, ...]:
    return _said(of.found[0].specs[-1], of.found[0].updates)


def _said(spec: TrainSpec, updates: int) -> tuple[str, ...]:
    told = described.marked_up(training_captions.settings(spec)).replace("W_ih", "W<sub>ih</sub>")
    part = f" So far {updates:,} of {spec.steps:,} updates." if updates < spec.steps else ""
    return (f"{told}.{part}",)
