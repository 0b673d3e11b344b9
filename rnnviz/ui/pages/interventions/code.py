"""Scripts of the page: the network, its interventions and what follows, as anybody may run it."""

import re
from dataclasses import replace
from html import escape
from typing import TYPE_CHECKING, Final

import numpy as np

from rnnviz.answers import noun_of
from rnnviz.caching import cached
from rnnviz.checkpoints.classifiers import pooling_of
from rnnviz.checkpoints.reviews import model_of
from rnnviz.spec.acts import Act, read_all
from rnnviz.ui.codegen.drawing import Drawing
from rnnviz.ui.codegen.networks import (
    capture_line,
    captured,
    initial_argument,
    input_lines,
    located,
    network_lines,
    outputs_lines,
    state_names,
    state_tuple,
    told_of_outputs,
    traced,
    viewpoint,
)
from rnnviz.ui.codegen.source import Raw, call, inner, literal, script, set_to
from rnnviz.ui.pages.interventions import acts as listing
from rnnviz.ui.pages.interventions import probing, running
from rnnviz.ui.pages.interventions.held import relevant
from rnnviz.ui.selection import (
    Selection,
    checkpoint_of,
    described,
    network,
    step_count,
    translator_of,
    unknown_words,
    without_viewpoint,
)
from rnnviz.widgets.heatmaps import beyond

if TYPE_CHECKING:
    from rnnviz.figures import Figure
    from rnnviz.palette import Theme

MOST_TOLD: Final = 3
"""Sentences of a caption about interventions."""

DIFFERENCE: Final = "after − before"
"""The label of the panel of the difference."""

# --- The interventions ---


def begun(seen: Selection, *, head: bool = False, other: bool | None = None) -> str:
    """The network, its input and its trace, as from ``traced``; and ``other``, the trace of the other text, if needed.

    Args:
        other: Whether it is needed in any case.
    """
    needed = any(_needs_other(act) for act in read_all(seen.interventions)) if other is None else other
    if not needed:
        return traced(seen, head=head)
    text = running.other_of(seen)
    own = {"numbers": text} if seen.input == "numbers" else {"words": text}
    there = replace(without_viewpoint(seen), edits=(), **own)  # type: ignore[arg-type]
    return "\n".join(
        [
            network_lines(network(seen), seen.edits, head=head),
            f"\n# The other text.\n{input_lines(there)}",
            *_initial_pair(there),
            capture_line(there, "other"),
            f"\n# The input.\n{input_lines(seen)}\n",
            captured(seen),
        ]
    )


def _initial_pair(there: Selection) -> list[str]:
    """The line that makes the initial state of an LSTM, which ``captured`` has for the input."""
    both = len(state_names(there)) == 2
    return [f"hx = {state_tuple(there, '{}[:, None]')}"] if both else []


def _needs_other(act: Act) -> bool:
    return act.how in ("start", "end", "mean", "resample")


def edits_lines(seen: Selection) -> str:
    """Lines that define ``edits`` and ``after``, the trace with them, from what ``begun`` defines."""
    lines, calls = [], []
    acts = read_all(seen.interventions)
    if any(act.along.startswith("probe") for act in acts):
        lines.append(probing.captured_lines(relevant(seen)))
    for number, act in enumerate(acts):
        if act.along:
            lines += _along(f"along_{number}", act)
        calls.append(edit_call(seen, act, f"along_{number}"))
    lines.append(f"edits = {literal(calls)}")
    named: dict[str, object] = {"tokens": Raw("[tokens]")}
    if states := initial_argument(seen, "hx="):
        named = {"hx": Raw(states.removeprefix(", hx=")), **named}
    lines.append(set_to("after", "rnnviz.intervene", Raw("rnn"), Raw("x[None]"), Raw("edits"), **named))
    return "\n".join(lines)


def edit_call(seen: Selection, act: Act, along: str) -> Raw:
    """The call that makes an intervention; ``along`` is what its direction is called."""
    count = step_count(seen)
    first, last = act.steps or (0, count - 1)
    named: dict[str, object] = {"steps": Raw(f"range({first}, {last + 1})" if act.steps else "range(len(x))")}
    named |= located(act.layer, act.direction)
    units: list[object] = [list(act.units)] if act.units else []
    if act.kind == "clamp":
        return inner(4, "clamp", act.signal, act.value, *units, **named)
    if act.kind == "ablate":
        of: dict[str, object] = {} if act.how == "zero" else {"to": act.how, "of": Raw("other")}
        return inner(4, "ablate", act.signal, *units, **of, **named)
    if act.kind == "patch":
        if act.how == "unchanged":
            return inner(4, "patch", act.signal, Raw("trace"), *units, **named)
        taken = running.from_steps(act, count, len(running.source(seen).tokens))
        moved = {} if taken[0] == first else {"from_steps": Raw(f"range({taken[0]}, {taken[-1] + 1})")}
        return inner(4, "patch", act.signal, Raw("other"), *units, **moved, **named)
    if act.along:
        return inner(4, "steer", Raw(along), act.value, signal=act.signal, **named)
    chosen = {"units": act.units} if act.units else {}
    return inner(4, "Intervention", act.signal, act.value, **chosen, **named, adds=True)


def _along(name: str, act: Act) -> list[str]:
    """Lines that define a direction under a name."""
    if act.along.startswith("probe"):
        _, property_, label = act.along.split(".")
        place = {"signal": act.signal, **located(act.layer, act.direction)}
        return [
            f"labels = labels_of(known, held, {literal(property_)})",
            set_to("found", "rnnviz.probe", Raw("states"), Raw("labels"), **place),
            f"{name} = found.direction({literal(label)})",
        ]
    panel = set_to("panel", "trace.panel", act.signal, **located(act.layer, act.direction))
    if act.along.startswith("pc"):
        return [panel, f"{name} = component(panel, {act.along[2:]})"]
    first, last, begin, end = map(int, re.findall("[0-9]+", act.along))
    return [panel, f"{name} = panel[{first}:{last + 1}].mean(0) - panel[{begin}:{end + 1}].mean(0)"]


# --- The states and the output ---


def states(seen: Selection, signal: str) -> str:
    """The script of the linked heatmaps: the trace before and after, each in a widget, and the difference."""
    place = located(seen.layer, seen.direction)
    told = {} if translator_of(seen.model) else told_of_outputs(seen)
    view = viewpoint(seen) | {"title": title_of(seen)}
    return script(
        begun(seen, head=bool(told)),
        edits_lines(seen),
        set_to("before", "trace.panel", signal, **place),
        set_to("changed", "after.panel", signal, **place),
        *_panels(seen, signal),
        *(_said(seen) if told else []),
        f"{call('rnnviz.show', Raw('panels'), tokens=Raw('tokens'), **told, **view)}.show()",
    )


def _panels(seen: Selection, signal: str) -> list[str]:
    """Lines that define ``panels``; with the ends of their colours if an intervention has set a number beyond."""
    low, high = running.limits_of(seen, signal)
    after = running.after(replace(seen, layer=0, direction="forward")).trace
    ends: dict[str, object] = {}
    apart: dict[str, object] = {}
    lines = []
    if beyond(after.panel(signal, layer=seen.layer, direction=seen.direction), (low, high)) is not None:
        if np.isfinite(running.range_of(seen.model, signal)[1]):
            lines.append("# The colours end at what the cell can produce. What is beyond is marked.")
            ends, apart = {"limits": (low, high)}, {"limits": (low - high, high - low)}
        else:
            lines += [
                "# The colours end at twice the largest value before. What is beyond is marked.",
                "most = 2 * np.abs(before).max()",
            ]
            ends = {"limits": Raw("(0.0, most)" if low == 0 else "(-most, most)")}
            apart = {"limits": Raw("(-most, most)" if low == 0 else "(-2 * most, 2 * most)")}
    panels = [
        inner(4, "pictures.Panel", signal, Raw("before"), "before", **ends),
        inner(4, "pictures.Panel", signal, Raw("changed"), "after", **ends),
        inner(4, "pictures.Panel", signal, Raw("changed - before"), "difference", DIFFERENCE, **apart),
    ]
    return [*lines, f"panels = {literal(panels)}"]


def title_of(seen: Selection) -> str:
    """What stands above the linked heatmaps where they stand alone: what was done, to which network."""
    done = [f"{listing.in_words(act)}." for act in read_all(seen.interventions)] or ["No intervention."]
    return " ".join([*shortened(done), f"Before and after: {described.line(network(seen))}"])


def _said(seen: Selection) -> list[str]:
    """The lines of what the network outputs before and after."""
    lines = outputs_lines(seen, name="said[tag]").splitlines()
    return [
        "said = {}",
        'for tag, run in {"before": trace, "after": after}.items():',
        '    output = torch.from_numpy(np.concatenate(list(run["h"][-1]), -1))',
        *(f"    {line}" for line in lines),
    ]


def output_lines(seen: Selection) -> str:
    """Lines that define ``outputs``, before and after, each of shape (time, output)."""
    known = checkpoint_of(seen.model)
    if known is not None and (reviewer := model_of(known.name)):
        return _review_lines(reviewer, is_weighed=seen.model.output_size > 0)
    found = running.outputs_of(seen, running.top_of(running.before(seen)))
    pooling = "ends" if known is None else pooling_of(known)
    pool = {"mean": ".mean(0, keepdim=True)", "max": ".amax(0, keepdim=True)"}.get(pooling, "")
    lines = [
        "def logits_of(trace):",
        '    states = np.concatenate(list(trace["h"][-1, :, 0]), -1)',
        f"    return head(torch.from_numpy(states){pool})  # (time, output)",
        "",
        "with torch.no_grad():",
        "    logits = [logits_of(trace), logits_of(after)]",
    ]
    if found is not None and found.is_share and seen.model.output_size == 1:
        lines.append("logits = [nn.functional.pad(each, (1, 0)) for each in logits]  # of two classes")
    shares = "each.double().softmax(-1)" if found is not None and found.is_share else "each"
    lines.append(f"outputs = [{shares}.numpy() for each in logits]")
    if running.at_end_alone(seen):
        lines += ["for each in outputs:", "    each[:-1] = np.nan  # the training asked for the last alone"]
    if pool:
        lines += [
            "gap = np.full((len(x) - 1, outputs[0].shape[1]), np.nan)",
            "outputs = [np.concatenate([gap, each]) for each in outputs]",
        ]
    return "\n".join(lines)


def _review_lines(name: str, *, is_weighed: bool) -> str:
    lines = [
        f"model = sentiment.load({literal(name)})",
        "outputs = []",
        "for one in (trace, after):",
        '    states = np.concatenate(list(one["h"][-1, :, 0]), -1)',
    ]
    given = "states"
    if is_weighed:
        lines.append("    logits = states @ head.weight.detach().numpy().T + head.bias.item()")
        given = "states, logits"
    lines += [
        f"    positive = model.concluded({given})",
        "    values = np.full((len(x), 2), np.nan)",
        "    values[-1] = 1 - positive, positive  # known at the end alone",
        "    outputs.append(values)",
    ]
    return "\n".join(lines)


def output_drawing(seen: Selection, number: int, t: int) -> Drawing:
    """The call that draws one output before and after."""
    found = running.outputs_of(seen, running.top_of(running.before(seen)))
    if found is None:
        raise ValueError("the network must have an output layer; there is none")
    known = checkpoint_of(seen.model)
    noun = noun_of(known) if known is not None else ""
    name = f"{noun} {found.names[number]}".strip() or found.names[number]
    told = [*described.sentences(without_viewpoint(seen)), *shortened(in_words(seen))]
    named: dict[str, object] = {"t": t, "caption": told}
    if not found.is_share:
        named["is_share"] = False
    before, after = (Raw(f"outputs[{k}][:, {number}]") for k in (0, 1))
    return Drawing("output_change", before, after, name, Raw("tokens"), **named).marking(*unknown_words(seen))


def in_words(seen: Selection) -> list[str]:
    """The interventions as sentences of a caption."""
    tokens = running.before(seen).tokens
    return [f"{escape(listing.in_words(act, tokens), quote=False)}." for act in read_all(seen.interventions)]


def shortened(done: list[str]) -> list[str]:
    """So few of the sentences that they leave the picture room, and how many others there are."""
    left = len(done) - MOST_TOLD + 1
    return done if len(done) <= MOST_TOLD else [*done[: MOST_TOLD - 1], f"And {left} more interventions."]


@cached(64)
def output_figure(seen: Selection, number: int, t: int, theme: "Theme") -> "Figure":
    """The figure of one output before and after."""
    both = [running.outputs_of(seen, running.top_of(one)) for one in (running.before(seen), running.after(seen))]
    values = [found.values[:, number] for found in both if found is not None]
    tokens = running.before(seen).tokens
    return output_drawing(seen, number, t).figure(*values, tokens, theme=theme)


def output(seen: Selection, number: int, t: int) -> str:
    """The script of one output before and after."""
    return script(
        begun(seen, head=seen.model.output_size > 0),
        edits_lines(seen),
        output_lines(seen),
        output_drawing(seen, number, t).shown(),
    )


def effect_lines(seen: Selection, at: str) -> str:
    """Lines that define ``effects``, how far each of ``runs`` moves the output at the last step, or in the mean."""
    hx = f", hx=[{', '.join(f'{name}.numpy()' for name in state_names(seen))}]" if state_names(seen) else ""
    found = running.outputs_of(seen, running.top_of(running.before(seen)))
    is_share = found is not None and found.is_share
    apart = "np.abs(moved - before).sum(-1) / 2" if is_share else "np.abs(moved - before).max(-1)"
    known = checkpoint_of(seen.model)
    if known is not None and (reviewer := model_of(known.name)):
        made = _review_outputs(reviewer, is_weighed=seen.model.output_size > 0)
    else:
        made = _head_outputs(seen, is_share=is_share)
    return "\n".join(
        [
            made,
            f"runs = each_alone(rnn, x[None].numpy(), [[], *runs]{hx})",
            "before, *others = [outputs_of(states[0]) for states in runs]",
            f"effects = [{apart} for moved in others]",
            f"effects = [{'one[-1]' if at == 'last' else 'np.nanmean(one)'} for one in effects]",
        ]
    )


def _review_outputs(name: str, *, is_weighed: bool) -> str:
    weigh = ["    logits = states @ head.weight.detach().numpy().T + head.bias.item()"] if is_weighed else []
    return "\n".join(
        [
            f"model = sentiment.load({literal(name)})",
            "def outputs_of(states):",
            *weigh,
            f"    positive = model.concluded(states{', logits' if weigh else ''})",
            "    return np.array([[1 - positive, positive]])",
        ]
    )


def _head_outputs(seen: Selection, *, is_share: bool) -> str:
    known = checkpoint_of(seen.model)
    pooling = "ends" if known is None else pooling_of(known)
    pool = {"mean": ".mean(0, keepdim=True)", "max": ".amax(0, keepdim=True)"}.get(pooling, "")
    lines = [
        "def outputs_of(states):",
        f"    logits = head(torch.from_numpy(states){pool}).detach()  # (time, output)",
    ]
    if is_share and seen.model.output_size == 1:
        lines.append("    logits = nn.functional.pad(logits, (1, 0))  # of two classes")
    if running.at_end_alone(seen):
        lines.append("    logits[:-1] = torch.nan  # the training asked for the last alone")
    return "\n".join([*lines, f"    return logits{'.double().softmax(-1)' if is_share else ''}.numpy()"])
