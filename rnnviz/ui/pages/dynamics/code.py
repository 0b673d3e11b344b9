"""The scripts of the page: the same search and the same pictures in a notebook."""

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from rnnviz.checkpoints.reviews import model_of
from rnnviz.ui.codegen.drawing import Drawing
from rnnviz.ui.codegen.networks import located, traced
from rnnviz.ui.codegen.source import Raw, literal, script, set_to
from rnnviz.ui.pages.dynamics import moments
from rnnviz.ui.pages.dynamics.outputs import way_of
from rnnviz.ui.pages.dynamics.plane import told
from rnnviz.ui.pages.dynamics.request import EXAMPLES, Request, constant_input
from rnnviz.ui.selection import checkpoint_of

if TYPE_CHECKING:
    from rnnviz.ui.pages.dynamics.search import Found

_UNSEARCHED: Final = "# The picture has no points before the search: rnnviz.fixed_points finds them."


def plane(request: Request, t: int, point: int | None, found: "Found | None") -> str:
    """The script of the plane, which opens at a step and a point, with what the page has found."""
    where = _place(request)
    earlier = moments.is_earlier(request.network)
    including = "np.concatenate([points.states, path, last])" if earlier else "points.states"
    reaches = {} if found is None else {"including": Raw(including)}
    path = set_to("path", "visited_states", Raw("trace"), **where) if earlier else ""
    shown = set_to(
        "plane", "speed_plane", Raw("rnn"), Raw("constant"), through=Raw("end" if earlier else "trace"),
        **reaches,
        resolution=request.resolution, **where,
    )  # fmt: skip
    said = "" if found is None else _said(request)
    outputs = {"outputs": Raw("said")} if said else {}
    drawn = set_to(
        "drawn", "pictures.phase_plane", Raw("points" if found else "None"), Raw("plane"), Raw("trace"),
        inputs=Raw("inputs"), **outputs,
        **told(request), t=t, **({} if point is None else {"point": point}),
    )  # fmt: skip
    inputs = "" if request.kind in ("step", "mean") else _inputs(request)
    searched = _searched(request, found) if found else [*_begun(request), _UNSEARCHED]
    lines = (path, shown, inputs, said, drawn, "rnnviz.show(drawn).show()")
    return script(*_at_the_end(request), *searched, *lines)


def _said(request: Request) -> str:
    """Lines that define what the network outputs at each point, ``said``; empty if it outputs nothing there."""
    way, known = way_of(request), checkpoint_of(request.network.model)
    if way == "layer":
        return set_to("said", "answers.outputs_in_words", Raw("known" if known else "None"), Raw("points.outputs"))
    if way == "beside":
        return (
            "likely = answers.likeliest(known, np.float32(points.h))\n"
            "said = [answers.class_in_words(one.output, one.probability) for one in likely]"
        )
    if way is None or known is None:
        return ""
    review = "answers.review_in_words(reader.concluded(state[None]))"
    return (
        f"{set_to('reader', 'sentiment.load', model_of(known.name))}\n"
        f"said = [\n    {review}\n    for state in np.float32(points.h)\n]"
    )


def _at_the_end(request: Request) -> list[str]:
    """The lines of the same search at the end of the training, if the plane is of that."""
    if not moments.is_earlier(request.network):
        return []
    whole = replace(request, network=moments.at_the_end(request.network))
    kept = "# The plane is that of the end of the training.\nend, last = trace, points.states"
    return [*_searched(whole), kept]


def eigenvalues(request: Request, drawing: Drawing, found: "Found") -> str:
    """The script of the eigenvalues."""
    return script(*_searched(request, found), drawing.shown())


def modes(request: Request, drawing: Drawing, point: int, count: int, found: "Found") -> str:
    """The script of the modes at a point."""
    named: dict[str, object] = {"count": count}
    if found.outputs.weight is not None:
        named["weight"] = Raw("head.weight.detach().numpy()")
    line = set_to("modes", "leading_modes", Raw("points"), point, **named)
    return script(*_searched(request, found), line, drawing.shown())


def _begun(request: Request) -> list[str]:
    """The network, its trace and the constant input."""
    return [traced(request.network, head=bool(request.network.model.output_size)), _constant(request)]


def _searched(request: Request, found: "Found | None" = None) -> list[str]:
    """The same and the search, which ends where that of the page was stopped."""
    traces = {"visited": Raw("trace"), "examples": Raw("visited")}
    starts: dict[str, object] = {} if request.starts == "random" else {"starts": traces[request.starts]}
    has_head = bool(request.network.model.output_size)
    head = {"head": Raw("head")} if has_head and _is_last(request) else {}
    stopped: dict[str, object] = {}
    if found is not None and found.points.stopped:
        stopped = {"on_progress": Raw(f"lambda now: now.step < {found.made}")}
    searched = set_to(
        "points", "rnnviz.fixed_points", Raw("rnn"), Raw("constant"), **starts, count=request.count,
        iterations=request.iterations, **stopped, **head, **_place(request),
    )  # fmt: skip
    examples = _examples(request) if request.starts == "examples" else ""
    note = "# The page stopped its search, so this one stops after the same iteration." if stopped else ""
    network, constant = _begun(request)
    return [network, examples, constant, note, searched, "print(points.summary)"]


def _examples(request: Request) -> str:
    """The lines of the states on examples of the task."""
    known = checkpoint_of(request.network.model)
    drawn = f"task(known.task).draw({EXAMPLES}, np.random.default_rng(0)).x"
    embedded = 'examples = known.weights["embedding.weight"][examples]\n' if known and known.vocabulary else ""
    return f"examples = {drawn}\n{embedded}visited = rnnviz.capture(rnn, torch.tensor(examples))"


def _is_last(request: Request) -> bool:
    model = request.network.model
    return request.layer == model.num_layers - 1 and not model.bidirectional


def _place(request: Request) -> dict[str, object]:
    """Layer and direction, where there is a choice."""
    where = located(request.layer, request.direction)
    if request.network.model.bidirectional:
        where["direction"] = request.direction
    return where


def _constant(request: Request) -> str:
    """The line of the constant input."""
    if request.kind == "chosen" and checkpoint_of(request.network.model) and request.network.input == "words":
        return f"constant = known.vectors([{literal(request.typed)}])[0]"
    if request.kind == "chosen":
        return set_to("constant", "np.array", constant_input(request).astype(float).tolist())
    if request.kind == "zeros":
        return f"constant = np.zeros({len(constant_input(request))})"
    return f"{_inputs(request)}\nconstant = inputs{f'[{request.t}]' if request.kind == 'step' else '.mean(0)'}"


def _inputs(request: Request) -> str:
    """The lines of what the layer reads at each step."""
    if not request.layer:
        return "inputs = x.numpy()"
    panel = f'    trace.panel("h", layer={request.layer - 1}, direction=way)'
    return f"below = [\n{panel}\n    for way in trace.directions\n]\ninputs = np.concatenate(below, 1)"
