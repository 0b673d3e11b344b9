"""The code behind the page of gradients."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from rnnviz.ui.codegen.networks import (
    initial_lines,
    initial_named,
    input_lines,
    known_line,
    loaded,
    located,
    model_of,
    network_lines,
    set_up,
    state_names,
    state_tuple,
    traced,
)
from rnnviz.ui.codegen.source import WIDTH, Raw, inner, literal, script, set_to
from rnnviz.ui.pages.gradients import figures as gradient_figures
from rnnviz.ui.pages.gradients import lines as gradient_lines
from rnnviz.ui.pages.gradients.figures import drawing, first_lost, found_over_time
from rnnviz.ui.pages.gradients.lines import OWN, Line, curve_of, edits_of, one_way, spec_of
from rnnviz.ui.selection import Selection, checkpoint_of, network, unknown_steps, with_cell

if TYPE_CHECKING:
    from rnnviz.reach import Of
    from rnnviz.spec import Edit, ModelSpec
    from rnnviz.ui.pages.gradients.figures import Request


def figure(selection: Selection, request: "Request") -> str:
    """The script of one of the figures; the selection as ``gradient_figures.relevant`` leaves it."""
    draw = {"time": _time, "length": _length, "singular": _singular, "jacobian": _jacobian, "triangle": _triangle}
    return script(*draw[request.name](selection, request))


def _of(request: "Request") -> dict[str, object]:
    """The loss, if it is not the usual one."""
    return {"of": request.of} if request.of != "projection" else {}


# --- Several networks ---


def _time(selection: Selection, request: "Request") -> list[str]:
    found = found_over_time(selection, request)
    networks = {line: (spec_of(selection, line), edits_of(selection, line)) for line in found}
    others = {line: f"x_{line.cell}" for line in found if line.kind == "trained"}
    is_lost = first_lost(found) is not None
    where = {"by": request.by, **_of(request), "at": request.at, **located(selection.layer, selection.direction)}
    first, takes, gives = _initial(selection)
    asks = inner(8, "step_gradients", Raw("each"), Raw("x"), **where, edits=Raw("edits"), **gives)
    more: dict[Line, Mapping[str, object]] = {line: {"x": Raw(name)} for line, name in others.items()}
    return [
        known_line(selection.model),
        input_lines(selection),
        "x = x.numpy()",
        *(_other_input(selection, line, name) for line, name in others.items()),
        *(["lost = []"] if is_lost else []),
        "",
        _defined("spec", "x=x", *takes),
        f"    seeds = range(spec.seed, spec.seed + {gradient_lines.seeds_for(selection)})",
        "    found = [",
        f"        {asks}",
        "        for each in (replace(spec, seed=seed) for seed in seeds)",
        "    ]",
        *(["    lost.extend(one.began for one in found[:1] if one.began is not None)"] if is_lost else []),
        "    norms = np.stack([one.norms for one in found])  # (seed, time)",
        "    return GradientCurve(spec.cell, start, norms, dash, strong)\n\n",
        _curves(selection, networks, more | {OWN: first}),
        drawing(selection, request, is_lost=is_lost).shown(),
    ]


def _initial(selection: Selection) -> tuple[dict[str, object], tuple[str, ...], dict[str, object]]:
    """The initial state that is not zero: as ``curve`` is given it, as it takes it, and as it gives it on."""
    first = initial_named(selection)
    return first, ("hx=()",) if first else (), {"hx": Raw("hx")} if first else {}


def _defined(*parameters: str) -> str:
    """The first line of ``curve``, which draws a network; those with a default come by name."""
    plain, named = ([one for one in parameters if ("=" in one) == has] for has in (False, True))
    told = ", ".join([*plain, 'start=""', 'dash="solid"', "*", "strong=False", "edits=()", *named])
    line = f"def curve({told}):"
    return "\n\n" + (line if len(line) <= WIDTH else f"def curve(\n    {told}\n):")


def _other_input(selection: Selection, line: Line, name: str) -> str:
    """The input of the network that was trained for the same with another cell."""
    other = with_cell(selection, line.cell or selection.model.cell)
    known = checkpoint_of(other.model)
    if known is not None and known.vocabulary:
        return f"{name} = {loaded(known)}.vectors(tokens)"
    return f"{name} = x"


def _curves(
    selection: Selection,
    networks: "Mapping[Line, tuple[ModelSpec, Sequence[Edit]]]",
    more: "Mapping[Line, Mapping[str, object]]",
) -> str:
    """A call of ``curve`` for each network."""
    made = []
    for line, (spec, edits) in networks.items():
        start = curve_of(selection, line, np.empty((1, 1))).start
        named: dict[str, object] = {"start": start} if start else {}
        named |= {"dash": line.dash} if line.dash != "solid" else {}
        named |= {"strong": True} if line == OWN else {}
        named |= {"edits": list(edits)} if edits else {}
        made.append(inner(4, "curve", model_of(spec), **named, **more.get(line, {})))
    return f"curves = {literal(made)}"


def _length(selection: Selection, request: "Request") -> list[str]:
    lengths, count = gradient_lines.lengths_for(selection)
    drawn = f"random.standard_normal(({gradient_lines.LENGTHS[-1]}, spec.input_size))"
    more: dict[Line, dict[str, object]] = {}
    if gradient_lines.reads_tokens(selection):
        drawn = f"known.vectors(random.choice(known.tokens, {gradient_lines.LENGTHS[-1]}).tolist())"
        for line in request.lines:
            known = checkpoint_of(spec_of(selection, line)) or checkpoint_of(network(selection))
            if known is not None:
                more[line] = {"known": Raw(loaded(known))}
    reads = ("spec", "known") if more else ("spec",)
    first, takes, gives = _initial(selection)
    more[OWN] = {**more.get(OWN, {}), **first}
    asks = inner(8, "length_gradients", Raw("each"), Raw("x"), Raw("lengths"), edits=Raw("edits"), **gives)
    return [
        known_line(selection.model) if first else "",
        initial_lines(selection),
        f"lengths = {literal(lengths)}",
        _defined(*reads, *takes),
        "    ratios = []",
        f"    for seed in range(spec.seed, spec.seed + {count}):",
        "        random = np.random.default_rng([seed, 2])",
        f"        x = {drawn}",
        "        each = replace(spec, seed=seed)",
        f"        ratios.append({asks})",
        "    return GradientCurve(spec.cell, start, np.stack(ratios), dash, strong)\n\n",
        _curves(selection, {line: one_way(selection, line) for line in request.lines}, more),
        drawing(selection, request).shown(),
    ]


# --- Why ---


def _singular(selection: Selection, request: "Request") -> list[str]:
    plain, _ = gradient_figures.plain_rnn(selection)
    ending = f"_l{plain.layer}{'_reverse' * (plain.direction == 'reverse')}"
    return [
        network_lines(network(plain), plain.edits),
        f"weight = rnn.weight_hh{ending}.detach()",
        "print(torch.linalg.svdvals(weight))  # torch alone",
        "singular = analysis.singular_values(weight.numpy())",
        "radius = analysis.spectral_radius(weight.numpy())",
        drawing(selection, request).shown(),
    ]


def _jacobian(selection: Selection, request: "Request") -> list[str]:
    plain, _ = gradient_figures.plain_rnn(selection)
    steps = gradient_figures.jacobian_steps(plain)
    return [
        traced(plain),
        set_to(
            "found", "jacobian_products", Raw("rnn"), Raw("trace"), **located(plain.layer, plain.direction), steps=steps
        ),
        "parts = {name: getattr(found, name) for name in figures.JACOBIAN_PARTS}",
        drawing(selection, request).shown(),
    ]


# --- Which loss reaches which step ---


def _triangle(selection: Selection, request: "Request") -> list[str]:
    rows = gradient_figures.triangle_rows(selection)
    step = rows[1] - rows[0] if len(rows) > 1 else 1
    edits = list(edits_of(selection, OWN))
    where = {**_of(request), **located(selection.layer, selection.direction), **({"edits": edits} if edits else {})}
    where |= initial_named(selection)
    return [
        known_line(selection.model),
        input_lines(selection),
        f"spec = {literal(model_of(network(selection)))}",
        f"rows = range({rows[0]}, {rows[-1] + 1}{f', {step}' if step > 1 else ''})",
        set_to("norms", "loss_rows", Raw("spec"), Raw("x.numpy()"), Raw("rows"), **where),
        drawing(selection, request).shown(),
    ]


def words(selection: Selection, of: "Of", t: int) -> str:
    """The script of the words coloured by the gradients of the outputs, by torch alone, at first by that of ``t``."""
    loss = "head.double()(output[k]).max()  # the largest of the outputs"
    draws = ""
    if of == "projection":
        loss = "output[k] @ torch.from_numpy(p)"
        size = f"{network(selection).hidden_size * len(network(selection).directions)}"
        draws = (
            f"p = np.random.default_rng([{network(selection).seed}, 3]).standard_normal({size})\np /= np.linalg.norm(p)"
        )
    start = f", {state_tuple(selection)}" if state_names(selection) else ""
    batched = [f"{name} = {name}[:, None].double()" for name in state_names(selection)]
    first, end = gradient_figures.block_of(selection, t)
    told: dict[str, object] = {"caption": gradient_figures.words_caption(selection, of)}
    if first:
        told["first"] = first
    if strange := unknown_steps(selection):
        told["unknown"] = list(strange)
    return script(
        set_up(selection, head=of == "read-out"),
        "x = x.double().requires_grad_()",
        *batched,
        f"output = rnn.double()(x[None]{start})[0][0]  # (time, direction * unit)",
        draws,
        "norms = []",
        f"for k in range({first}, {end}):" if first else f"for k in range({end}):",
        f"    loss = {loss}",
        "    (gradient,) = torch.autograd.grad(loss, x, retain_graph=True)",
        "    norms.append(gradient.norm(dim=1))",
        "norms = torch.stack(norms).numpy()  # (output step, time)",
        set_to("drawn", "pictures.word_gradients", Raw("tokens"), Raw("norms"), **told, t=t),
        "rnnviz.show(drawn).show()",
    )
