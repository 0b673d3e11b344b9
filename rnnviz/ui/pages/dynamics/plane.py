"""The widget of the plane: what its picture is made of, and what it is told in words."""

from typing import Any, Final

from rnnviz import pictures
from rnnviz.ui.codegen.networks import located
from rnnviz.ui.pages.dynamics import moments, search
from rnnviz.ui.pages.dynamics.request import EXAMPLES, Request, in_words, inputs_of
from rnnviz.ui.pages.dynamics.search import Found
from rnnviz.ui.selection import described, network, unknown_steps
from rnnviz.ui.shell import networks

_BEGUN: Final = {
    "visited": "states of this input",
    "examples": f"states of {EXAMPLES} examples of its task",
    "random": "random states",
}


def drawn(request: Request, found: Found | None) -> pictures.Drawn:
    """The picture; without points before they are found."""
    return pictures.phase_plane(
        None if found is None else found.points,
        search.plane(request, reached(found)),
        networks.recording(request.network).trace,
        inputs=inputs_of(request.network, request.layer),
        outputs=() if found is None else found.outputs.said,
        **told(request),
    )


def told(request: Request) -> dict[str, Any]:
    """What the picture is told beside numbers, on the page and in the script."""
    model = network(request.network)
    where = f", layer {request.layer}" * (model.num_layers > 1) + f", {request.direction}" * model.bidirectional
    caption = [
        f"{described.line(model, len(request.network.edits))}{where}.",
        *described.start_sentence(request.network),
        *moments.told(request.network),
    ]
    named = {**located(request.layer, request.direction), "constant": in_words(request)}
    named |= {"step": request.t} if request.kind == "step" else {}
    named |= {"starts": _BEGUN[request.starts], "caption": caption}
    named |= {"unknown": list(unknown)} if (unknown := unknown_steps(request.network)) else {}
    return named | ({"at_the_end": True} if moments.is_earlier(request.network) else {})


def reached(found: Found | None) -> tuple[tuple[float, ...], ...]:
    """The states that the plane shall reach to."""
    return () if found is None else tuple(map(tuple, found.points.states.tolist()))
