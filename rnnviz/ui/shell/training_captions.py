"""A training in words: its settings in a line, and sentences on what happened, made from the numbers."""

import math
from collections.abc import Sequence
from typing import Final, Literal

from rnnviz.analysis import BadUpdate, Course, first_bad_update
from rnnviz.spec import TrainSpec
from rnnviz.ui.selection import described
from rnnviz.written import raised

OPTIMIZERS: Final = {"sgd": "SGD", "adam": "Adam"}


def settings(spec: TrainSpec, *, clipping: bool = False) -> str:
    """What was trained: ``RNN, ReLU, 2 → 32 units, …; adding, T = 50; SGD, rate 0.01, batch 32; seeds 0, 1, 2``.

    Args:
        clipping: Whether to say how gradients were clipped.
    """
    network = described.line(spec.model).replace(f", seed {spec.model.seed}", "")
    descent = f"{OPTIMIZERS[spec.optimizer]}, rate {spec.rate:g}, batch {spec.batch_size}"
    seeds = f"seed{'s' * (len(spec.seeds) > 1)} {', '.join(map(str, spec.seeds))}"
    limits = [f"{name} {value:g}" for name in ("max_norm", "max_value") if (value := getattr(spec, name)) is not None]
    cut = f"; {', '.join(limits) or 'unclipped'}" if clipping else ""
    return f"{network}; {spec.task.name}, T = {spec.task.length}; {descent}; {seeds}{cut}"


def sentences(courses: Sequence[Course], baseline: float) -> list[str]:
    """What happened, as plain text: where the unclipped arm failed, what the clipped arm did there, and how both ended.

    Args:
        courses: The unclipped arm, then the clipped one.
        baseline: The loss of the best answer that remembers nothing.
    """
    bare, clipped = courses
    bad = first_bad_update(bare)
    told = [f"Seed {bare.spec.seeds[0]}, unclipped: {_bad_said(bare, bad)}"]
    told += [f"Clipped, at the same update: {_same_said(clipped, bad.update)}"] if bad else []
    if len(bare.spec.seeds) > 1:
        count = sum(first_bad_update(bare, run) is not None for run in range(len(bare.spec.seeds)))
        runs = len(bare.spec.seeds)
        told.append(f"{f'All {runs}' if count == runs else f'{count} of {runs}'} unclipped runs had such an update.")
    return [*told, _ends_said(courses, baseline)]


def mark_text(bad: BadUpdate) -> str:
    """The label at the mark of a bad update."""
    size = f"norm {number(bad.grad_norm)}" if math.isfinite(bad.grad_norm) else "the gradient is not finite"
    return f"update {bad.update}: {size}"


def number(value: float) -> str:
    """A number as a sentence has it: ``26,069``, ``0.0123``, ``1.6·10⁹``, ``∞``, ``NaN``."""
    if not math.isfinite(value):
        return {math.inf: "∞", -math.inf: "−∞"}.get(value, "NaN")
    size = abs(value)
    if size >= 1e6 or 0 < size < 1e-3:
        return raised(f"{value:.2g}" if size >= 1e6 else f"{value:.1e}")
    return raised(f"{value:,.0f}" if size >= 100 else f"{value:.3g}")


_OFF: Final = {"dead": "dead, 0 at every step", "saturated": "saturated"}


def _bad_said(course: Course, bad: BadUpdate | None) -> str:
    if bad is None:
        return "no gradient norm is 10 times the median of those before it."
    if not math.isfinite(bad.grad_norm):
        return f"at update {bad.update} the loss is {number(bad.loss)} and the gradient is not finite any more."
    times = f", {number(bad.grad_norm / bad.usual)} times the median before" if 0 < bad.usual < math.inf else ""
    moved = f"that one step moves the weights by {number(bad.update_norm)}"
    first = (
        f"at update {bad.update} the loss is {number(bad.loss)} and the gradient’s norm {number(bad.grad_norm)}{times}"
    )
    return f"{first}; {moved}{_after_said(course, bad)}."


def _after_said(course: Course, bad: BadUpdate) -> str:
    """What happened to W_hh and to the units, as far as both arms were measured, and when that was."""
    before, after, end = bad.before, bad.after, bad.end
    if not before or not after:
        return ""
    at_once = bad.measured_at == bad.update
    when = "" if at_once else f" at the next measurement, after update {bad.measured_at:,},"
    kind = unit_kind(course.spec)
    width = course.spec.model.hidden_size * course.spec.model.num_layers
    went = f"{'goes' if at_once else 'has gone'} from {number(before['singular_value'])}"
    units = (
        f"{after[kind]:.0f} of {width} units are {_OFF[kind]}" if math.isfinite(after[kind]) else "no state is finite"
    )
    last = end.get(kind, math.nan)
    stay = f" ({last:.0f} at the end)" if math.isfinite(last) and last != after[kind] else ", and stay so until the end"
    stay = stay if math.isfinite(after[kind]) and after[kind] > 0 else ""
    value = f"the largest singular value of W_hh {went} to {number(after['singular_value'])}"
    return f"{',' if at_once else ';'}{when} {value}, and {units}{stay}"


def _same_said(course: Course, update: int) -> str:
    k = int((course.update < update).sum())
    if k >= len(course.update):
        return "this update has not been reached yet."
    norm, moved = float(course.grad_norm[0, k]), float(course.update_norm[0, k])
    return f"norm {number(norm)} before clipping, the weights move by {number(moved)}."


def _ends_said(courses: Sequence[Course], baseline: float) -> str:
    """The losses of all seeds of both arms on held-out data."""
    if not courses[0].score.size:
        return ""
    ends = [f"{name} {_spread(course)}" for name, course in zip(("unclipped", "clipped"), courses, strict=True)]
    return (
        f"On held-out data the loss after {int(courses[0].measured_at[-1]):,} updates is {', '.join(ends)}; "
        f"the best loss without memory is {baseline:.3g}."
    )


def _spread(course: Course) -> str:
    last = [float(score) for score in course.score[:, -1]]
    return " / ".join(number(score) for score in last)


def unit_kind(spec: TrainSpec) -> Literal["dead", "saturated"]:
    """How units of a network fail: ReLU's die, all others saturate."""
    return "dead" if spec.model.cell == "rnn" and spec.model.nonlinearity == "relu" else "saturated"
