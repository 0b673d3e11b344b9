"""The scripts of the page: the same search and the same pictures in a notebook."""

from dataclasses import replace

from rnnviz.ui.codegen.drawing import Drawing
from rnnviz.ui.codegen.networks import located, traced
from rnnviz.ui.codegen.source import Raw, literal, script, set_to
from rnnviz.ui.pages.dynamics import moments
from rnnviz.ui.pages.dynamics.request import EXAMPLES, Request, constant_input
from rnnviz.ui.selection import checkpoint_of


def plane(request: Request) -> str:
    """The script of the plane, as a figure of plotly."""
    where = _place(request)
    earlier = moments.is_earlier(request.network)
    path = set_to("path", "visited_states", Raw("trace"), **where)
    shown = set_to(
        "plane", "speed_plane", Raw("rnn"), Raw("constant"), through=Raw("end" if earlier else "trace"),
        including=Raw("np.concatenate([points.states, path, last])" if earlier else "points.states"),
        resolution=request.resolution, **where,
    )  # fmt: skip
    drawn = Drawing("fixed_points", Raw("points"), Raw("plane"), path=Raw("path"))
    return script(*_at_the_end(request), *_searched(request), path, shown, drawn.line(), "fig.show()")


def _at_the_end(request: Request) -> list[str]:
    """The lines of the same search at the end of the training, if the plane is of that."""
    if not moments.is_earlier(request.network):
        return []
    whole = replace(request, network=moments.at_the_end(request.network))
    kept = "# The plane is that of the end of the training.\nend, last = trace, points.states"
    return [*_searched(whole), kept]


def eigenvalues(request: Request, drawing: Drawing) -> str:
    """The script of the eigenvalues."""
    return script(*_searched(request), drawing.line(), "fig.show()")


def modes(request: Request, drawing: Drawing, point: int, count: int, *, weighted: bool) -> str:
    """The script of the modes at a point."""
    named: dict[str, object] = {"count": count}
    if weighted:
        named["weight"] = Raw("head.weight.detach().numpy()")
    line = set_to("modes", "leading_modes", Raw("points"), point, **named)
    return script(*_searched(request), line, drawing.line(), "fig.show()")


def _searched(request: Request) -> list[str]:
    """The network, its trace, the constant input and the search."""
    traces = {"visited": Raw("trace"), "examples": Raw("visited")}
    starts: dict[str, object] = {} if request.starts == "random" else {"starts": traces[request.starts]}
    has_head = bool(request.network.model.output_size)
    head = {"head": Raw("head")} if has_head and _is_last(request) else {}
    searched = set_to(
        "points", "rnnviz.fixed_points", Raw("rnn"), Raw("constant"), **starts, count=request.count,
        iterations=request.iterations, **head, **_place(request),
    )  # fmt: skip
    examples = _examples(request) if request.starts == "examples" else ""
    return [traced(request.network, head=has_head), examples, _constant(request), searched, "print(points.summary)"]


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
    one = f"[{request.t}]" if request.kind == "step" else ".mean(0)"
    if not request.layer:
        return f"constant = x.numpy(){one}"
    panel = f'    trace.panel("h", layer={request.layer - 1}, direction=way)'
    return f"below = [\n{panel}\n    for way in trace.directions\n]\nconstant = np.concatenate(below, 1){one}"
