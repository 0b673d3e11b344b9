"""The cliff: an error surface, a start that the visitor picks on it, and two descents from there."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import streamlit as st

from rnnviz import cliff, pictures
from rnnviz.caching import cached
from rnnviz.cliff import Descent, Settings
from rnnviz.palette import Theme
from rnnviz.pictures.cliff import EQUATION, RANGES, chosen
from rnnviz.ui.codegen.drawing import Drawing
from rnnviz.ui.codegen.source import Raw, call, literal, script, set_to
from rnnviz.ui.pages.clipping import tables
from rnnviz.ui.selection import state
from rnnviz.ui.shell import components, frame
from rnnviz.ui.widgets import controls, widget_files

if TYPE_CHECKING:
    from rnnviz.figures import Figure

CliffName = Literal["steps", "surface"]

SURFACE_PLACES: Final = 121
"""The number of the surface's places along each axis."""

STARTS: Final[Mapping[str, tuple[float, float]]] = {
    "w 6, b −3.05": (6.0, -3.05),
    "w 5, b −2.5": (5.0, -2.5),
    "w 6, b −2.9": (6.0, -2.9),
    "w 7, b −3.5": (7.0, -3.5),
}
"""Starts that show something special, the usual one first."""

FIGURES: Final[Mapping[str, CliffName]] = {"Over the steps": "steps", "In 3-D": "surface"}
_TURN: Final = "cliff.turn"


def show() -> Settings:
    """The map with its stepper, and one of two figures below it; their settings."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown("Start at", width="content")
        for name, start in STARTS.items():
            st.button(name, key=f"cliff.start {name}", on_click=move, args=(list(start),))
    settings = _settings()
    data = {
        **pictures.cliff(*both(settings)).data,
        "start": frame.start("cliff", t=_step(settings)),
        "turn": st.session_state.get(_TURN, 0),
    }
    components.cliff(
        data,
        key="cliff",
        on_start=hear,
        on_t=lambda t: state.choose("cliff.step", _whole(t), ""),
    )
    widget_files.offer(
        "cliff", "cliff", "The cliff of an error, and two descents on it", data, _step(settings),
        numbers=lambda: tables.descents(*both(settings)),
        code=lambda: descent_code(settings, _step(settings)), titled=True,
    )  # fmt: skip
    name = controls.choice("Figure", FIGURES, key="cliff.figure")
    figure = figure_of(name, settings, frame.theme())
    frame.show(
        figure, key=f"cliff.{name}", alt=figure.layout.meta["alt"], code=lambda: code_of(name, settings), below=True
    )
    return settings


def hear(sent: object) -> None:
    """Take a start from the map, and note which it was: until this comes back, the map shows the visitor's own.

    Args:
        sent: From a browser: ``place``, as for ``move``, and ``turn``, a number that grows.
    """
    if not isinstance(sent, dict) or type(sent.get("turn")) is not int:
        return state.tell("a start must come with its turn, a whole number; nothing was changed")
    st.session_state[_TURN] = sent["turn"]
    return move(sent.get("place"))


def move(start: object) -> None:
    """Let the descents start elsewhere, and select the step where they differ most.

    Args:
        start: w and b, from a browser: moved onto the map, refused if they are anything else.
    """
    if (
        not isinstance(start, list)
        or len(start) != len(RANGES)
        or not all(type(part) in (int, float) for part in start)
    ):
        return state.tell("a start must be two numbers, w and b; nothing was changed")
    for (name, (low, high)), value, usual in zip(RANGES.items(), start, _usual(), strict=True):
        state.choose(f"cliff.{name}", f"{min(high, max(low, value)):.6g}", f"{usual:.6g}")
    return state.choose("cliff.step", "", "")


@cached(64)
def both(settings: Settings) -> tuple[Descent, Descent]:
    """The descents without and with clipping."""
    return cliff.descend(replace(settings, max_norm=None)), cliff.descend(settings)


@cached(16)
def figure_of(name: CliffName, settings: Settings, theme: Theme) -> "Figure":
    """One of the figures below the map."""
    drawn, descents = drawing(name, settings), both(settings)
    if name == "steps":
        return drawn.figure(*descents, theme=theme)
    w, b = (np.linspace(*RANGES[axis], SURFACE_PLACES) for axis in RANGES)
    error, _, _ = cliff.error_and_gradient(w, b[:, None])
    return drawn.figure(w, b, error, descents, theme=theme)


def drawing(name: CliffName, settings: Settings) -> Drawing:
    """The call that draws a figure."""
    caption = [f"{EQUATION}.", f"{chosen(settings)}.".capitalize()]
    if name == "steps":
        return Drawing("descent_curves", Raw("unclipped"), Raw("clipped"), caption=caption)
    return Drawing("descent_surface", Raw("w"), Raw("b"), Raw("error"), Raw("(unclipped, clipped)"), caption=caption)


def code_of(name: CliffName, settings: Settings) -> str:
    """The script of a figure."""
    w, b = (call("np.linspace", *RANGES[axis], SURFACE_PLACES) for axis in RANGES)
    surface = [f"w, b = {w}, {b}", "error, _, _ = error_and_gradient(w, b[:, None])"]
    return script(
        _settings_line(settings),
        "clipped = descend(settings)",
        "unclipped = descend(replace(settings, max_norm=None))",
        *(surface if name == "surface" else []),
        drawing(name, settings).shown(),
    )


def _settings_line(settings: Settings) -> str:
    named = {"rate": settings.rate, "max_norm": settings.max_norm, "steps": settings.steps}
    return set_to("settings", "Settings", settings.w, settings.b, **named)


def descent_code(settings: Settings, t: int | None = None) -> str:
    """The script of both descents in torch alone, which prints what the headline says of them, and of the map."""
    (w_low, w_high), (b_low, b_high) = RANGES["w"], RANGES["b"]
    step = {} if t is None else {"t": t}
    return script(
        f"""def descend(max_norm):
    \"\"\"Print every step; the norm is the one before clipping.\"\"\"
    double, longest = torch.float64, 0.0
    w = torch.tensor({literal(settings.w)}, dtype=double, requires_grad=True)
    b = torch.tensor({literal(settings.b)}, dtype=double, requires_grad=True)
    optimizer = torch.optim.SGD([w, b], lr={literal(settings.rate)})
    for step in range({settings.steps}):
        x = torch.tensor(0.5, dtype=double)
        for t in range(50):
            x = w * torch.sigmoid(x) + b
        error = (torch.sigmoid(x) - 0.7) ** 2
        end = w.item(), b.item()
        optimizer.zero_grad()
        error.backward()
        norm = nn.utils.clip_grad_norm_([w, b], max_norm).item()
        longest = max(longest, {literal(settings.rate)} * min(norm, max_norm))
        print(f"{{step:3d}}  w {{end[0]:.6g}}  b {{end[1]:.6g}}  E {{error:.4g}}  norm {{norm:.4g}}")
        optimizer.step()
    return longest, end


ends = {{"unclipped": descend(float("inf")), "clipped": descend({literal(settings.max_norm)})}}
for name, (longest, (w, b)) in ends.items():
    on_the_map = {w_low:g} <= w <= {w_high:g} and {b_low:g} <= b <= {b_high:g}
    print(f"{{name}}: longest step {{longest:.1g}}, ends {{'on' if on_the_map else 'off'}} the map")
""",
        _settings_line(settings),
        "unclipped = cliff.descend(replace(settings, max_norm=None))",
        set_to(
            "drawn",
            "pictures.cliff",
            Raw("unclipped"),
            Raw("cliff.descend(settings)"),
            **step,
        ),
        "rnnviz.show(drawn).show()",
    )


# --- Parts ---


def _settings() -> Settings:
    """The start that is kept, and the controls of the descents."""
    w, b = (
        controls.kept_number(f"cliff.{name}", *RANGES[name], usual)
        for name, usual in zip(RANGES, _usual(), strict=True)
    )
    with frame.row():
        most = controls.amount("Threshold max_norm", 0.1, 5.0, 0.1, key="cliff.max_norm", default=1.0)
        rate = controls.amount("Learning rate", 0.01, 0.5, 0.01, key="cliff.rate", default=0.1, forgets=["cliff.step"])
        steps = controls.amount("Steps", 50.0, 600.0, 50.0, key="cliff.steps", default=400.0)
    return Settings(w, b, rate=rate, max_norm=most, steps=round(steps))


def _step(settings: Settings) -> int | None:
    """The selected step, if one was chosen."""
    kept = state.view("cliff.step")
    if kept is None:
        return None
    if not (kept.isascii() and kept.isdigit() and len(kept) < 6):
        controls.unreadable("cliff.step", f"a whole number in 0..{settings.steps - 1}", "")
    return min(int(kept), settings.steps - 1)


def _usual() -> tuple[float, float]:
    return next(iter(STARTS.values()))


def _whole(t: object) -> str:
    """A step as the link writes it; empty if it is none."""
    return str(t) if type(t) is int and t >= 0 else ""
