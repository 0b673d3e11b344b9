"""The code behind the page of memory."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rnnviz.memory_grid import Variant
from rnnviz.ui.codegen.source import Raw, literal, script, set_to

if TYPE_CHECKING:
    from rnnviz.spec import TaskSpec, TrainSpec
    from rnnviz.ui.codegen.drawing import Drawing

_FOUND = "    shipped_of(spec) or outcome(train(spec))  # or trained here"


def example(spec: "TaskSpec", drawing: "Drawing") -> str:
    """The script of one sequence of a task."""
    heights = ["heights = tuple(float(row.split()[0]) for row in example.inputs)"] if spec.name == "adding" else []
    return script(
        f"spec = {literal(spec)}",
        "example = task(spec).example(0)",
        "marked = remembered(spec, example)  # what the answer depends on",
        *heights,
        f"drawn = Drawn(example.inputs, example.answers, marked{', heights' * bool(heights)})",
        drawing.shown(),
    )


def grid(specs: "Sequence[TrainSpec]", width: int, drawing: "Drawing") -> str:
    """The script of a grid of trainings, ``specs`` row by row with ``width`` in each."""
    first, rows = specs[0], specs[::width]
    windows = first.window is not None
    task = f"TaskSpec({literal(first.task.name)}, {first.task.length if windows else 'row'})"
    down = "window k" if windows else "distance T"
    return script(
        f"rows = {literal([spec.window if windows else spec.task.length for spec in rows])}  # each a {down}",
        f"variants = {literal([_variant(spec) for spec in specs[:width]])}",
        "specs = [",
        f"    cell_spec({task}, variant, steps={first.steps}{', window=row' * windows})",
        "    for row in rows",
        "    for variant in variants",
        "]",
        "found = [",
        _FOUND,
        "    for spec in specs",
        "]",
        f"begins = range(0, len(found), {width})",
        f"cells = tuple(tuple(found[k : k + {width}]) for k in begins)",
        set_to(
            "grid", "Grid", Raw("tuple(map(str, rows))"), Raw("tuple(one.label for one in variants)"), down, "cell",
            Raw("cells"), losses=first.task.name == "adding",
        ),
        drawing.shown(),
    )  # fmt: skip


def _variant(spec: "TrainSpec") -> Variant:
    return Variant(spec.model.cell, spec.model.forget_bias)


def _cell(spec: "TrainSpec") -> str:
    """The training of one cell, as ``spec``."""
    more = {"steps": spec.steps} | ({"window": spec.window} if spec.window else {})
    return set_to("spec", "cell_spec", spec.task, _variant(spec), **more)


def scores(spec: "TrainSpec", drawing: "Drawing") -> str:
    """The script of the scores of one training."""
    return script(_cell(spec), f"found = {_FOUND.strip()}", drawing.shown())


def window(spec: "TrainSpec", size: int, drawing: "Drawing") -> str:
    """The script of the first gradients with a window of ``size`` steps and without; ``spec`` has none."""
    return script(
        set_to("spec", "cell_spec", spec.task, _variant(spec)),
        "example = task(spec.task).example(0)",
        f"window = {size}",
        "# Of the first batch's loss, with respect to each state.",
        "whole = first_gradients(spec)",
        "cut = first_gradients(replace(spec, window=window))",
        drawing.shown(),
    )
