"""What ``rnnviz.show`` shows: a trace as linked heatmaps, a module step by step, in a notebook or as a page."""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final, Literal, TypeGuard

from rnnviz.names import SIGNALS
from rnnviz.notebook.heatmaps import Heatmaps, Said, line_of, panels_of
from rnnviz.notebook.pages import FigurePage, Page, Picture, is_answered
from rnnviz.notebook.still import Still
from rnnviz.palette import GROUNDS
from rnnviz.trace import Trace
from rnnviz.widgets.drawn import Drawn
from rnnviz.widgets.heatmaps import Panel
from rnnviz.widgets.outputs import follows
from rnnviz.widgets.stepper import FORWARD

if TYPE_CHECKING:
    from torch import nn

    from rnnviz.capture.calls import Call
    from rnnviz.cells import Recurrent
    from rnnviz.figures import Figure
    from rnnviz.names import Direction
    from rnnviz.notebook.live import Live
    from rnnviz.palette import Theme

View = Literal["heatmaps", "unrolled", "rolled", "cell"]


_READERS: Final = {
    "rnnviz.sentiment.model.SentimentModel": "WordByWord",
    "rnnviz.attention.model.AttentionModel": "Decoded",
    "rnnviz.checkpoints.checkpoint.Checkpoint": "ClassesByWord",
}
"""What shows a network that reads texts, by its class."""


def show(
    what: object,
    x: object = None,
    *,
    path: str | None = None,
    view: View | None = None,
    signals: Sequence[str] | None = None,
    tokens: Sequence[str] | None = None,
    tags: Sequence[str] | None = None,
    batch: int = 0,
    layer: int = 0,
    direction: "Direction" = "forward",
    head: "nn.Linear | None" = None,
    answers: "Said" = (),
    noun: str = "",
    module: "Recurrent | None" = None,
    marked: Sequence[int] = (),
    unknown: Sequence[int] = (),
    initial: str = "",
    title: str = "",
    t: int = 0,
    units: Sequence[int] = (),
    theme: "Theme" = "light",
    live: bool | None = None,
) -> "Page | FigurePage | Live":
    """Show one sequence through a recurrent layer with the application's own widgets.

    In a notebook with anywidget what comes back is live: it is drawn in the notebook's own light or dark, a number of
    the stepper that is typed over is computed with by the network itself, and ``t`` and ``units`` hold what is
    selected. Everywhere else it is a page by itself: a notebook shows it in a frame, ``save`` writes it to a file, and
    it needs neither a kernel nor a network.

    Args:
        what: A Trace, or what ``rnnviz.capture`` gives for a whole model; several traces of the same steps, or
            several ``rnnviz.pictures.Panel``, in a list; an nn.Module with ``x``; a network of ``rnnviz.sentiment`` or
            of ``rnnviz.own``, shown word by word, or of ``rnnviz.attention``, shown while it decodes; what
            ``rnnviz.pictures`` gives; or a figure of ``rnnviz.figures``, with nothing else but its ``theme``.
        x: As ``rnnviz.capture`` takes it, or all arguments of the module as a tuple, ``(x, h_0)``; for a network that
            reads texts a text, or a ``Decoding`` of it.
        path: Which recurrent layer of a model, by its path; the first one by default.
        view: ``heatmaps``, unit by time, which is what is shown of a trace; of a module ``unrolled`` over the steps
            with all arithmetic, ``rolled`` up, or the drawn ``cell``.
        signals: Those of the heatmaps from top to bottom; all of the cell by default.
        tokens: A label a step of the sequence; a trace has its own, a module the numbers of the steps.
        tags: What the panels of each of several traces are called; their cells by default.
        batch: Which sequence.
        layer, direction: Of a recurrent layer that has several.
        head: The output layer of a module that is stepped through.
        answers: What a trained network outputs, as ``rnnviz.answers`` has it; of several traces by their cells, of
            several panels by their tags.
        noun: What that is, in a word: “depth”.
        module: That of a trace: heatmaps of its gates can then be compared with what its biases alone give.
        marked: Steps of heatmaps that are marked.
        unknown: Steps whose tokens the network does not know.
        initial: Where the initial state of a module comes from, in words; without it that it was given.
        title: The network in a line; by default its cell and its sizes.
        t, units: The step and the units that are selected at first.
        theme: Of the page; what is live has the notebook's.
        live: Whether a kernel is to answer; by default if anywidget is installed and this is a notebook.

    Returns:
        ``Live``, an anywidget, or ``Page``; of a figure ``FigurePage``. Each has ``html``, ``save(path)`` and
        ``show()``.

    Raises:
        TypeError: If ``what`` is neither a trace nor a module.
        ValueError: If another argument does not fit; if a module is to be stepped through that has projections, or
            active dropout between its layers.

    >>> import torch
    >>> import rnnviz
    >>> lstm = torch.nn.LSTM(input_size=3, hidden_size=4)
    >>> rnnviz.show(lstm, torch.ones(6, 1, 3), live=False)
    Page(LSTM, 3 → 4 units)
    >>> rnnviz.show(rnnviz.capture(lstm, torch.ones(6, 1, 3)), signals=("h", "c"), live=False)
    Page(LSTM, 4 units, 6 steps)
    """
    if view not in (None, "heatmaps", *FORWARD):
        raise ValueError(f"view must be one of heatmaps, {', '.join(FORWARD)}; got {view!r:.40}")
    if theme not in GROUNDS:
        raise ValueError(f"theme must be light or dark; got {theme!r:.40}")
    at: dict[str, Any] = {"batch": batch, "layer": layer, "direction": direction}
    told: dict[str, Any] = {
        "answers": answers, "noun": noun, "title": title, "unknown": unknown, "t": t, "units": units,
    }  # fmt: skip
    maps = {**told, "marked": marked}
    named: dict[str, Any] = {"path": path, "tokens": tokens, "at": at}
    traces = _traces(what)
    reader = _reader(what)
    if _is_figure(what):
        _refuse(x=x, path=path, view=view, signals=signals, tokens=tokens)
        return FigurePage(what, theme)
    if isinstance(what, Drawn):
        _refuse(x=x, path=path, view=view, signals=signals, tokens=tokens)
        picture: Picture = Still(what)
    elif reader is not None:
        _refuse(path=path, view=view, signals=signals, tokens=tokens)
        picture = reader(what, x, **({"title": title} if title else {}))
    elif panels := _panels(what):
        _refuse(x=x, path=path, view=None if view == "heatmaps" else view, signals=signals)
        picture = Heatmaps(panels, _labels(tokens, [str(step) for step in range(len(panels[0].values))]), **maps)
    elif traces is not None:
        _refuse(x=x, view=None if view == "heatmaps" else view)
        picture = _heatmaps(traces, signals, module, tags, **named, told=maps)
    elif view == "heatmaps":
        from rnnviz.capture.models import trace_model

        picture = _heatmaps(trace_model(_module(what, x), x), signals, **named, told=maps)
    else:
        from rnnviz.capture.models import calls_of

        _refuse(signals=signals)
        calls = calls_of(_module(what, x), x)[0]
        picture = _steps(calls, view or "unrolled", **named, told={**told, "head": head, "initial": initial})
    if live or (live is None and find_spec("anywidget") and is_answered()):
        return _live(picture, theme)
    return Page(picture, theme)


def _traces(what: object) -> Mapping[str, Trace] | Sequence[Trace] | None:
    """The traces by their paths, or several of the same steps; None of what is a module or anything else."""
    if isinstance(what, list | tuple) and what and all(isinstance(one, Trace) for one in what):
        return what
    if isinstance(what, Trace):
        return {"": what}
    if isinstance(what, Mapping) and what and all(isinstance(one, Trace) for one in what.values()):
        return what
    return None


def _is_figure(what: object) -> "TypeGuard[Figure]":
    """Whether it is a figure of plotly, which is not imported to find out."""
    plotly = sys.modules.get("plotly.graph_objects")
    return plotly is not None and isinstance(what, plotly.Figure)


def _reader(what: object) -> "Callable[..., Picture] | None":
    """What shows a network that reads texts; None of anything else. Nothing is loaded to find out."""
    kind = f"{type(what).__module__}.{type(what).__qualname__}"
    if kind not in _READERS:
        return None
    from rnnviz.notebook import texts

    reader: Callable[..., Picture] = getattr(texts, _READERS[kind])
    return reader


def _refuse(**given: object) -> None:
    """Refuse arguments that mean nothing for what is shown."""
    for name, value in given.items():
        if value is not None:
            meant = "heatmaps" if name == "signals" else "a module"
            raise ValueError(f"{name} is for {meant} only; got {value!r:.40}")


def _panels(what: object) -> list[Panel]:
    """Panels that somebody made; none of anything else."""
    some = what if isinstance(what, list | tuple) else ()
    return list(some) if some and all(isinstance(one, Panel) for one in some) else []


def _heatmaps(
    traces: Mapping[str, Trace] | Sequence[Trace],
    signals: Sequence[str] | None,
    module: "Recurrent | None" = None,
    tags: Sequence[str] | None = None,
    *,
    path: str | None,
    tokens: Sequence[str] | None,
    at: Mapping[str, Any],
    told: Mapping[str, Any],
) -> Picture:
    if isinstance(traces, Mapping):
        path = _one(traces, path)
        some, name = [traces[path]], _named(traces, path)
    else:
        _refuse(path=path)
        some, name = list(traces), ""
    trace = some[0]
    for part in ("batch", "layer"):
        _within(part, at[part], trace.sizes[part])
    lengths = [int(one.lengths[at["batch"]]) for one in some]
    if len(set(lengths)) > 1:
        raise ValueError(f"traces must be of the same steps; got {', '.join(map(str, lengths))} steps")
    if tags is not None and len(tags) != len(some):
        raise ValueError(f"tags must be one for each of the {len(some)} traces; got {len(tags)}")
    said, panels = told["answers"], list[Panel]()
    for k, one in enumerate(some):
        for panel in panels_of(one, _signals(one, signals, len(some) > 1), module, **at):
            own = said.get(panel.tag, ()) if isinstance(said, Mapping) else said
            tag = panel.tag if tags is None else str(tags[k])
            panels.append(replace(panel, tag=tag, finding=follows(panel.values, own, told["noun"])))
    known = trace.tokens[at["batch"]][: int(trace.lengths[at["batch"]])]
    title = told["title"] or line_of(trace, **at, name=name)
    return Heatmaps(panels, _labels(tokens, known), **{**told, "title": title})


def _signals(trace: Trace, signals: Sequence[str] | None, are_several: bool) -> Sequence[str]:
    """The signals that are wanted of a trace; beside others, those that its cell has."""
    wanted = SIGNALS[trace.cell] if signals is None else signals
    return [signal for signal in wanted if signal in trace] if are_several else wanted


def _module(what: object, x: object) -> "nn.Module":
    from torch import Tensor, nn
    from torch.nn.utils.rnn import PackedSequence

    from rnnviz.cells import Recurrent

    if not isinstance(what, nn.Module):
        raise TypeError(f"what must be a Trace, the traces of a model, or an nn.Module; got {type(what).__name__}")
    if x is None:
        raise ValueError(f"x must be what the {type(what).__name__} reads; got None")
    if isinstance(what, Recurrent) and not isinstance(x, Tensor | PackedSequence | tuple):
        raise TypeError(f"x must be a tensor, a packed sequence, or a tuple (x, h_0); got {type(x).__name__}")
    return what


def _steps(
    calls: "Mapping[str, Call]",
    view: Any,
    *,
    path: str | None,
    tokens: Sequence[str] | None,
    at: Mapping[str, Any],
    told: Mapping[str, Any],
) -> Picture:
    from rnnviz.capture.plain import plain_layer
    from rnnviz.notebook.steps import Steps

    path = _one(calls, path)
    call = calls[path]
    _within("batch", at["batch"], len(call.x))
    if call.masks:
        raise ValueError(
            "dropout between the layers is active, so no two passes are alike; call .eval() first, "
            "or show it with view='heatmaps'"
        )
    length = len(call.x[0]) if call.lengths is None else int(call.lengths[at["batch"]])
    read = call.x[at["batch"], :length].float().numpy()
    labels = _labels(tokens, [str(t) for t in range(length)])
    # Zeros that were given are no other start than none.
    hx = call.states if any(bool(state.any()) for state in call.states) else ()
    where = {
        "layer": at["layer"],
        "direction": at["direction"],
        "hx": tuple(state[:, at["batch"]].float().numpy() for state in hx),
    }
    return Steps(
        plain_layer(call.layer, call.weights), read, labels, view=view, name=_named(calls, path), **where, **told
    )


def _labels(given: Sequence[str] | None, known: Sequence[str]) -> Sequence[str]:
    """The labels that are given, one a step; without any those that are known."""
    if given is not None and len(given) != len(known):
        raise ValueError(f"tokens must be a label for each of the {len(known)} steps; got {len(given)}")
    return known if given is None else [str(token) for token in given]


def _one(found: Mapping[str, object], path: str | None) -> str:
    if path is not None and path not in found:
        raise ValueError(f"path must be one of {', '.join(found)}; got {path!r:.80}")
    return next(iter(found)) if path is None else path


def _named(found: Mapping[str, object], path: str) -> str:
    """The path of a layer, with how many there are."""
    return f"{path} (one of {len(found)} recurrent layers)" if len(found) > 1 else path


def _within(name: str, value: object, size: int) -> None:
    if type(value) is not int or not 0 <= value < size:
        raise ValueError(f"{name} must be a whole number in 0..{size - 1}; got {value!r:.40}")


def _live(picture: Picture, theme: "Theme") -> "Live":
    from rnnviz.extras import require

    require("notebook", "a widget that answers")
    from rnnviz.notebook.live import kind

    return kind(picture.widget)(picture, theme)
