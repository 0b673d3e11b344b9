"""The view "Reach in": what is done and where, the states before and after beside each other, and the output."""

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np
import streamlit as st

from rnnviz import names
from rnnviz.answers import noun_of
from rnnviz.caching import cached
from rnnviz.spec.acts import LARGEST, MOST_ACTS, Act, ActKind, read_all
from rnnviz.text import ask_about_separators
from rnnviz.ui.pages.interventions import acts, code, running
from rnnviz.ui.pages.interventions.running import OTHER, Outputs
from rnnviz.ui.selection import Selection, checkpoint_of, entries, state, step_count, unknown_steps
from rnnviz.ui.shell import components, frame, numbers, saving
from rnnviz.ui.widgets import controls, panel_view
from rnnviz.ui.widgets.network_controls import network_picker, place_picker
from rnnviz.ui.widgets.widget_files import by_step
from rnnviz.widgets import heatmaps
from rnnviz.widgets.heatmaps import Panel
from rnnviz.widgets.outputs import packed
from rnnviz.written import visible

if TYPE_CHECKING:
    from pandas import DataFrame

    from rnnviz.stepping import Recording

NAME: Final = "interventions.panels"
"""The linked heatmaps, and their key."""

PART: Final = "reach_in"
"""Of the prose."""

MOST_OTHER: Final = 5_000
"""Characters of the other text."""

PANELS: Final = ("Before", "After", "Difference")
_DO: Final[dict[str, ActKind]] = {"Ablate": "ablate", "Clamp": "clamp", "Patch": "patch", "Steer": "steer"}
_TO: Final = {"Zero": "zero", "Mean": "mean", "Resample": "resample"}
_FROM: Final = {"Same step": "start", "From the end": "end", "Unchanged": "unchanged"}
_ALONG: Final = {"The units": "units", "A component": "pc", "Difference of means": "means"}
_DRAFTS: Final = "interventions.drafts"
"""In the session: units and steps that cannot be read, as they were typed, and why."""


def show(selection: Selection) -> str:
    """All of the view; what comes back is the signal on show."""
    signal = form(selection)
    seen = running.asked(selection)
    try:
        found = running.after(seen)
    except ValueError as error:
        acts.show(selection, running.before(seen).tokens)
        frame.note(frame.plain(str(error)))
        return signal
    acts.show(selection, found.tokens, running.outside(seen))
    panels(selection, signal)
    output(selection)
    return signal


# --- What is done ---


def form(selection: Selection) -> str:
    """The controls of the next intervention; what comes back is the signal on show."""
    with frame.row("center"):
        network_picker(selection)
        place_picker(selection)
    with frame.row():
        kind = controls.choice("Do", _DO, key="interventions.do", default="Clamp")
        signal = signal_picker(selection, states=kind == "steer")
    if state.current().present:
        return signal
    with frame.row():
        if kind != "steer" or controls.written("interventions.along") is None:  # a direction is of all units
            _typed("units", "Units", "all", " ".join(map(str, selection.units)), selection)
        span = "" if not selection.span else "-".join(map(str, dict.fromkeys(selection.span)))
        _typed("steps", "Steps", "all", span, selection)
        how, value, along = _amount(selection, kind)
        full = len(read_all(selection.interventions)) >= MOST_ACTS
        # No callback: it would get the numbers of the run before, without what was typed just before the click.
        if st.button(
            "Add", key="interventions.add", type="primary", disabled=full or bool(_problems(kind, along)),
            help=f"At most {MOST_ACTS} at once. Units and steps can also be selected in the heatmaps.",
        ):  # fmt: skip
            _add(kind, signal, how, value, along)
            st.rerun()
    with frame.place():
        for problem in _problems(kind, along):
            st.error(frame.plain(f"{problem} Nothing is added until this is corrected."))
    if kind == "ablate" or (kind == "patch" and how != "unchanged"):
        use = "Its states are patched in." if kind == "patch" else "“Mean” and “Resample” take the states from it."
        other_box(selection, use)
    return signal


def signal_picker(selection: Selection, *, states: bool = False) -> str:
    """The choice of a signal of the network, of states alone if wished."""
    ever = dict.fromkeys(signal for signals in names.SIGNALS.values() for signal in signals)
    offered = (names.STATES if states else names.SIGNALS)[selection.model.cell]
    return controls.choice("Signal", {one: one for one in offered}, key="interventions.signal", ever=list(ever))


def _drafts() -> dict[str, tuple[str, str]]:
    drafts: dict[str, tuple[str, str]] = st.session_state.setdefault(_DRAFTS, {})
    return drafts


def _problems(kind: ActKind, along: str) -> list[str]:
    """What is wrong with the fields that the next intervention is made of."""
    fields = ["steps"] if along else ["units", "steps"]
    fields += ["plus", "minus"] if along.startswith("means") else []
    numbers = {"clamp": ["value"], "steer": ["strength"]}.get(kind, [])
    numbers += ["component"] if along.startswith("pc") else []
    typed = [_drafts()[name][1] for name in fields if name in _drafts()]
    return typed + [why for name in numbers if (why := controls.refused(f"interventions.{name}"))]


def _typed(name: str, label: str, empty: str, now: str, selection: Selection) -> None:
    """A box for units or steps; what cannot be read stays in it."""
    key = f"interventions.box_{name}"
    text, _ = _drafts().get(name, (now, ""))
    st.session_state[key] = text
    size = selection.model.hidden_size if name == "units" else step_count(selection)
    st.text_input(
        label, key=key, placeholder=f"{empty} (0 to {size - 1})", width=170, on_change=_take, args=(name, key, size)
    )


def _take(name: str, key: str, size: int) -> None:
    text = st.session_state[key]
    _drafts().pop(name, None)
    try:
        if name == "units":
            state.update(units=acts.units_in(text, size))
        else:
            state.update(span=acts.steps_in(text, size))
        frame.restart(NAME)
    except ValueError as error:
        _drafts()[name] = (text[:200], str(error))


def _amount(selection: Selection, kind: ActKind) -> tuple[str, float, str]:
    """How it is done: a word, a number, a direction."""
    if kind == "ablate":
        return controls.choice("To", _TO, key="interventions.to"), 0.0, ""
    if kind == "patch":
        return controls.choice("From", _FROM, key="interventions.from"), 0.0, ""
    if kind == "clamp":
        value = controls.number(
            "Value", -LARGEST, LARGEST, key="interventions.value", default=0.0, is_held=True,
            hint="A gate at 1 is wide open, at 0 it is shut.",
        )  # fmt: skip
        return "", float(value), ""
    along = controls.choice("Along", _ALONG, key="interventions.along", listed=True)
    strength = float(
        controls.number("Strength", -LARGEST, LARGEST, key="interventions.strength", default=1.0, is_held=True)
    )
    if along == "pc":
        most = min(9, selection.model.hidden_size - 1, step_count(selection) - 2)
        if most < 0:
            return "", strength, ""
        component = controls.number("Component", 0, most, key="interventions.component", default=0, is_held=True)
        return "", strength, f"pc{int(component)}"
    if along == "means":
        return "", strength, f"means{_two_spans(step_count(selection))}"
    return "", strength, ""


def _two_spans(count: int) -> str:
    """The two spans whose means differ, as an act writes them."""
    half = max(1, count // 2)
    spans = []
    first_half, second_half = (0, half - 1), (min(half, count - 1), count - 1)
    for name, label, (first, last) in (("plus", "Mean of", second_half), ("minus", "minus mean of", first_half)):
        text = entries.get(f"interventions.{name}", f"{first}-{last}", 20)
        _drafts().pop(name, None)
        try:
            begin, end = acts.steps_in(text, count) or (0, count - 1)
        except ValueError as error:
            _drafts()[name] = (text, str(error))
            begin, end = first, last
        key = f"interventions.box_{name}"
        st.session_state[key] = text
        st.text_input(
            label, key=key, width=120,
            on_change=lambda name=name, key=key, usual=f"{first}-{last}": entries.keep(
                f"interventions.{name}", st.session_state[key], usual, 20
            ),
        )  # fmt: skip
        spans.append(f"{begin}-{end}")
    return "/".join(spans)


def other_box(selection: Selection, what: str) -> None:
    """The box of the other text; ``what`` says what it is for. One that cannot be read stays in it, and is not used."""
    key = "interventions.box_other"
    usual = running.turned(selection)
    text, problem = _drafts().get("other", (entries.get(OTHER, usual, MOST_OTHER), ""))
    st.session_state[key] = text
    with frame.on_slide("interventions_other"):
        st.text_area(
            "The other text", key=key, height=68, help=f"{what} It is read by the same network.",
            on_change=lambda: _take_other(st.session_state[key], usual),
        )  # fmt: skip
    if problem:
        st.error(frame.plain(f"The other text: {problem} The picture still shows the previous one."))
    try:
        others = len(running.source(selection).tokens)
        st.caption(f"{others:,} step{'s' * (others != 1)}; the input has {step_count(selection):,}.")
    except ValueError as error:
        st.error(frame.plain(f"The other text: {error}"))


def _take_other(text: str, usual: str) -> None:
    """Take the other text, if the network can read it; else keep it as a draft."""
    now = state.current()
    others = dict(now.entries) | {OTHER: text[:MOST_OTHER]}
    _drafts().pop("other", None)
    try:
        if now.input == "numbers":
            ask_about_separators(text)
        running.source(replace(now, entries=tuple(sorted(others.items()))))
    except ValueError as error:
        _drafts()["other"] = (text[:MOST_OTHER], str(error))
    else:
        entries.keep(OTHER, text, usual, MOST_OTHER)


def _add(kind: ActKind, signal: str, how: str, value: float, along: str) -> None:
    if _problems(kind, along):  # typed in the same moment: the error stands under the field
        return
    now = state.current()
    units = () if along else now.units
    try:
        act = Act(kind, signal, value, how, now.layer, now.direction, units, now.span, along)
    except ValueError as error:
        state.tell(str(error))
        return
    acts.add(act)


# --- The states ---


def panels(selection: Selection, signal: str) -> None:
    """The signal before and after and the difference, linked, with the outputs above them."""
    seen = replace(running.asked(selection), layer=selection.layer, direction=selection.direction)
    look = heatmaps.looked(getattr(st.session_state.get(NAME), "look", None))
    view = payload(seen, signal, look.first)
    begin = frame.start(
        NAME, t=selection.t, units=list(selection.units), range=list(selection.span) or None,
        threshold=selection.threshold, order=panel_view.kept_order(),
    )  # fmt: skip
    data = {**view, "start": begin, "answer": heatmaps.answer(values(seen, signal)[0], look)}
    components.panels(data, key=NAME, on_t=lambda t: state.try_update(t=t), on_chosen=panel_view.take)
    at = replace(seen, t=selection.t, units=selection.units)
    saved = saving.Saved(
        "panels", NAME, code.title_of(seen), lambda: {**data, "start": {**begin, "t": selection.t}},
        lambda: table(seen, signal), code=lambda: code.states(at, signal),
    )  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="top"):
        numbers.below(NAME, lambda: table(seen, signal))
        saving.widget_menu(saved, frame.theme())


def values(seen: Selection, signal: str) -> tuple[np.ndarray, ...]:
    """A signal before, after, and the difference, each of shape (time, unit)."""
    both = [
        found.trace.panel(signal, layer=seen.layer, direction=seen.direction)
        for found in (running.before(_shown(seen)), running.after(_shown(seen)))
    ]
    return *both, both[1] - both[0]


def limits(seen: Selection, signal: str) -> tuple[tuple[float, float], ...]:
    """The values that the colours of each of ``values`` stand for; the largest difference is that between both ends."""
    low, high = running.limits_of(seen, signal)
    return (low, high), (low, high), (low - high, high - low)


def _shown(seen: Selection) -> Selection:
    """Without the place that is looked at, on which no number depends."""
    return replace(seen, layer=0, direction="forward")


@cached(64)
def payload(seen: Selection, signal: str, first: int | None) -> dict[str, object]:
    """What the linked heatmaps get, the same for all visitors with equal choices."""
    shown = values(seen, signal)
    labels = ("", "", code.DIFFERENCE)
    each = zip(PANELS, shown, labels, limits(seen, signal), strict=True)
    panels = (Panel(signal, one, name.lower(), label, limits=ends) for name, one, label, ends in each)
    facts = [heatmaps.facts(panel) for panel in panels]
    found = (running.before(_shown(seen)), running.after(_shown(seen)))
    return heatmaps.payload(
        facts, list(shown), found[0].tokens, first, unknown=unknown_steps(seen), answers=_answers(seen, found)
    )


def _answers(seen: Selection, found: "tuple[Recording, Recording]") -> list[dict[str, object]]:
    known = checkpoint_of(seen.model)
    if known is None:
        return []
    both = [(name.lower(), running.answers_of(_shown(seen), one)) for name, one in zip(PANELS, found, strict=False)]
    return [packed(said, name, noun_of(known)) for name, said in both if said]


def table(seen: Selection, signal: str) -> "DataFrame":
    """The exact numbers, a column a unit."""
    shown = dict(zip((f"{name.lower()} {signal}" for name in PANELS), values(seen, signal), strict=True))
    return by_step({"input": running.before(_shown(seen)).tokens}, shown)


# --- The output ---


def output(selection: Selection) -> None:
    """The output before and after: of one class at every step, and the likeliest at the end."""
    seen = running.asked(selection)
    both = outputs(seen)
    if both is None:
        frame.note(_no_output(selection))
        return
    before, after = both
    st.markdown(frame.plain(at_the_end(before, after)) if before.is_share else "")
    number = _class(before, after)
    figure = code.output_figure(seen, number, selection.t, frame.theme())
    frame.show(
        figure, key="interventions.output", alt=figure.layout.meta["alt"], below=True,
        code=lambda: code.output(seen, number, selection.t),
    )  # fmt: skip


def outputs(seen: Selection) -> tuple[Outputs, Outputs] | None:
    """What comes out before and after; None if that is not known here."""
    both = [running.outputs_of(seen, running.top_of(one)) for one in (running.before(seen), running.after(seen))]
    return None if both[0] is None or both[1] is None else (both[0], both[1])


def _no_output(selection: Selection) -> str:
    known = checkpoint_of(selection.model)
    if known is not None and known.outputs is not None:
        return (
            "The likeliest outputs stand above the heatmaps, before and after. This network has too many to draw one."
        )
    return "This network has no output layer of its own, so only its states are shown."


def _class(before: Outputs, after: Outputs) -> int:
    """The output that is drawn: the one whose values change most, unless another is chosen."""
    if len(before.names) == 1:
        return 0
    usual = most_changed(before, after)
    labels = {f"Output {k}: {visible(name)}": k for k, name in enumerate(before.names)}
    return controls.choice("Output", labels, key="interventions.output", default=list(labels)[usual], listed=True)


def most_changed(before: Outputs, after: Outputs) -> int:
    """The output whose values change most over all steps."""
    return int(np.nansum(np.abs(after.values - before.values), axis=0).argmax())


def at_the_end(before: Outputs, after: Outputs) -> str:
    """The likeliest output of the last step, before and after."""
    said = []
    for found in (before, after):
        last = found.values[-1]
        most = int(np.nan_to_num(last).argmax())
        said.append(f"“{visible(found.names[most])}” with p = {last[most]:.3f}")
    changed = int((np.nan_to_num(before.values).argmax(-1) != np.nan_to_num(after.values).argmax(-1)).sum())
    steps = int(np.isfinite(before.values[:, 0]).sum())
    last = f"{said[0]} before and {said[1]} after."
    if steps == 1:
        return f"The likeliest output is {last}"
    return f"The likeliest output changes at {changed} of {steps} steps. At the last step it is {last}"
