"""The figures of the page of memory, with what their captions say."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

from rnnviz import memory_grid
from rnnviz.caching import cached
from rnnviz.memory_grid import Variant
from rnnviz.outcome import Outcome
from rnnviz.palette import Theme
from rnnviz.spec import TaskSpec, TrainSpec
from rnnviz.tasks import HELD_OUT, Task, task
from rnnviz.ui.codegen.drawing import Drawing
from rnnviz.ui.codegen.source import Raw
from rnnviz.ui.pages.memory import code as codegen

if TYPE_CHECKING:
    from numpy import ndarray

    from rnnviz.figures import Figure, Grid

Name = Literal["example", "grid", "windows", "scores", "window"]

TITLES: Final = {"latch": "Latch", "adding": "Adding", "copy": "Copy", "order": "Temporal order"}
WANTED: Final = {
    "latch": "Output the first word at the end.",
    "adding": "Add the two marked numbers.",
    "copy": "Repeat the ten letters in the same order after the colon.",
    "order": "Output which of x and y came first and which second.",
}


@dataclass(frozen=True)
class Request:
    """The request for a figure; what a figure does not need stays empty.

    Attributes:
        rows: Distances or windows.
        cells: Row by row, or the one that the scores are of.
        chosen: Row and column.
        spec: One of the grid, for what all have in common.
        made: Where the outcomes were trained, in words.
    """

    name: Name
    task: TaskSpec
    theme: Theme
    rows: tuple[int, ...] = ()
    columns: tuple[Variant, ...] = ()
    cells: tuple[Outcome | str, ...] = ()
    chosen: tuple[int, int] | None = None
    variant: Variant | None = None
    window: int | None = None
    spec: TrainSpec | None = None
    made: str = "Trained here"


@cached(64)
def figure_of(request: Request) -> "Figure":
    """The figure of a request, computed."""
    match request.name:
        case "example":
            return _example(request)
        case "scores":
            return _scores(request)
        case "window":
            return _window(request)
        case _:
            return _grid(request)


def code_of(request: Request, specs: tuple[TrainSpec, ...] = ()) -> str:
    """The script of a figure; ``specs`` are those of a grid, row by row."""
    drawn = drawing(request)
    match request.name:
        case "example":
            return codegen.example(request.task, drawn)
        case "scores" if request.spec is not None:
            return codegen.scores(request.spec, drawn)
        case "window" if request.variant is not None and request.window is not None:
            return codegen.window(memory_grid.cell_spec(request.task, request.variant), request.window, drawn)
    return codegen.grid(specs, len(request.columns), drawn)


def drawing(request: Request) -> Drawing:
    """The call that draws a figure."""
    known = task(request.task)
    match request.name:
        case "example":
            title = f"{TITLES[request.task.name]}, T = {request.task.length}"
            return Drawing(
                "task_example", Raw("drawn"), title, caption=[WANTED[request.task.name], baseline_said(known)]
            )
        case "scores":
            baseline = {"baseline": known.chance, "chance": chance_said(known)}
            return Drawing(
                "score_curves", Raw("found"), score_title(request), **baseline, caption=[score_task(request)]
            )
        case "window":
            return Drawing(
                "window_gradients", Raw("whole"), Raw("cut"), Raw("window"), Raw("example.inputs"),
                remembered=Raw("remembered(spec.task, example)"), caption=_window_said(request),
            )  # fmt: skip
    _, title, caption = grid_of(request)
    return Drawing("outcome_grid", Raw("grid"), title, chosen=request.chosen, caption=caption)


@cached(64)
def first_gradients(spec: TrainSpec) -> "ndarray":
    """The size of the first batch's gradient by the state of every step."""
    from rnnviz.train.reaching import first_gradients as of_one

    return of_one(spec)


def baseline_said(known: Task) -> str:
    """The score and the loss of the best answer that remembers nothing, in words."""
    if not known.classes:
        return f"Always predicting 1: a mean squared error of 1/6 = {known.baseline:.3g}."
    guess = f"Guessing: accuracy {_percent(known.chance)}"
    if known.spec.name == "copy":  # the formula stays together
        return f"{guess}, loss 10\u00a0ln\u00a08\u00a0/\u00a0(T\u00a0+\u00a020) = {known.baseline:.3g}."
    return f"{guess}, a loss of ln {len(known.classes)} = {known.baseline:.3g}."


def _example(request: Request) -> "Figure":
    from rnnviz import figures

    known = task(request.task)
    example = known.example(0)
    heights = () if known.vocabulary else tuple(float(row.split()[0]) for row in example.inputs)
    drawn = figures.Drawn(example.inputs, example.answers, memory_grid.remembered(request.task, example), heights)
    return drawing(request).figure(drawn, theme=request.theme)


def grid_of(request: Request) -> "tuple[Grid, str, list[str]]":
    """The data of a grid, its title, and its caption, a line a sentence."""
    from rnnviz import figures

    known, width = task(request.task), len(request.columns)
    rows = tuple(request.cells[begin : begin + width] for begin in range(0, len(request.cells), width))
    names, labels = tuple(map(str, request.rows)), tuple(variant.label for variant in request.columns)
    whole = request.name == "grid"
    grid = figures.Grid(names, labels, "distance T" if whole else "window k", "cell", rows, losses=not known.classes)
    title = _found(request, rows[-1]) if whole else _found_truncated(request, rows[0], rows[-1])
    said = [] if whole else [f"Sequences of {known.steps} steps: with k = {known.steps} nothing is truncated."]
    return grid, title, [*said, *_settings(request, known)]


def _asked(request: Request, among: str) -> str:
    return f"Which cells solve the {TITLES[request.task.name].lower()} task{among}"


def _found(request: Request, farthest: tuple[Outcome | str, ...]) -> str:
    """The title of a grid over distances: who has solved the task at the farthest."""
    if (able := _able(request, farthest)) is None:
        return _asked(request, ", by distance")
    every = len(farthest)
    who = {0: "no cell solves it", every: f"all {every} cells solve it", 1: f"only {''.join(able)} solves it"}
    said = who.get(len(able), f"{len(able)} of {every} cells solve it")
    return f"{TITLES[request.task.name]}, T = {request.rows[-1]}: {said}{_seeds(farthest)}"


def _found_truncated(request: Request, shortest: tuple[Outcome | str, ...], whole: tuple[Outcome | str, ...]) -> str:
    """The title of a grid over windows: who solves the task with the shortest, and who with the whole sequence."""
    able, able_whole = _able(request, shortest), _able(request, whole)
    if able is None or able_whole is None:
        return _asked(request, f" at T\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}{request.task.length}, by window k")
    every, (short, *_, long) = len(whole), request.rows
    said = {0: "no cell solves it", 1: f"1 of {every} solves it", every: f"all {every} solve it"}
    few, many = (said.get(n, f"{n} of {every} solve it") for n in (len(able), len(able_whole)))
    seeds = _seeds(shortest) or _seeds(whole)
    found = f"{few} at k = {short}, {many} at k = {long}" if few != many else f"{few} at k = {short} or at k = {long}"
    whom = found.replace(" = ", "\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}")
    return f"{TITLES[request.task.name]}{',' * bool(seeds)}{seeds}: {whom}"


def _able(request: Request, row: tuple[Outcome | str, ...]) -> list[str] | None:
    """The cells that have solved their task with every seed; None before all have ended."""
    ended = [cell for cell in row if isinstance(cell, Outcome)]
    pairs = zip(request.columns, ended, strict=False)
    return [of.label for of, cell in pairs if cell.solved == len(cell.spec.seeds)] if len(ended) == len(row) else None


def _seeds(row: tuple[Outcome | str, ...]) -> str:
    partly = any(0 < cell.solved < len(cell.spec.seeds) for cell in row if isinstance(cell, Outcome))
    return " with every seed" if partly else ""


def score_title(request: Request) -> str:
    """A title that says whose scores these are."""
    label = request.variant.label if request.variant else ""
    return f"{label}: {'accuracy' if task(request.task).classes else 'loss'}"


def score_task(request: Request) -> str:
    """The task of the training, with its distance and windows."""
    window = f", windows of k = {request.window} steps" if request.window else ""
    return f"{TITLES[request.task.name]}, T = {request.task.length}{window}."


def chance_said(known: Task) -> str:
    """The score of the best answer that remembers nothing, in few words."""
    return f"guessing: {_percent(known.chance)}" if known.classes else "always predicting 1: 1/6"


def _grid(request: Request) -> "Figure":
    return drawing(request).figure(grid_of(request)[0], theme=request.theme)


def _scores(request: Request) -> "Figure":
    outcome = request.cells[0]
    if not isinstance(outcome, Outcome):
        raise TypeError(f"cells must be the outcome that the scores are of; got {outcome!r:.80}")
    return drawing(request).figure(outcome, theme=request.theme)


def _window(request: Request) -> "Figure":
    if request.variant is None or request.window is None:
        raise TypeError("variant and window must be given for the gradients within windows")
    whole, example = memory_grid.cell_spec(request.task, request.variant), task(request.task).example(0)
    cut, remembered = replace(whole, window=request.window), memory_grid.remembered(request.task, example)
    norms = first_gradients(whole), first_gradients(cut)
    return drawing(request).figure(*norms, request.window, example.inputs, remembered=remembered, theme=request.theme)


def _window_said(request: Request) -> list[str]:
    label = request.variant.label if request.variant else ""
    start = f"{label}, {memory_grid.HIDDEN} units, seed {memory_grid.SEEDS[0]}"
    return [f"{start}, before training.", "The gradient of the first batch’s loss with respect to each state."]


def _settings(request: Request, known: Task) -> list[str]:
    """What all cells of a grid have in common; each of these fits a line."""
    spec = request.spec
    if spec is None or spec.goal is None:
        return []
    goal = f"loss at most {spec.goal:g}" if not known.classes else f"accuracy above {spec.goal:.1%}"
    reads = "" if spec.task.name == "adding" else f", embedding {spec.model.input_size}"
    clip = f", max_norm {spec.max_norm:g}" if spec.max_norm is not None else ""
    return [
        f"Solved: {goal} on {HELD_OUT} held-out sequences.",
        f"Seeds {', '.join(map(str, spec.seeds))}, one line each. {_sentence(chance_said(known))}.",
        f"{spec.model.hidden_size} units{reads}, Adam {spec.rate:g}{clip}, batch {spec.batch_size}",
        f"{request.made}: at most {spec.steps:,} updates.",
    ]


def _sentence(words: str) -> str:
    return words[0].upper() + words[1:]


def _percent(share: float) -> str:
    return f"{100 * share:.3g}%"
