"""The cliff: an error surface, a start that the visitor picks on it, and two descents from there."""

import math
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
import streamlit as st

from rnnviz import cliff, palette
from rnnviz.caching import cached
from rnnviz.cliff import Descent, Settings
from rnnviz.figures import style
from rnnviz.palette import RELIEF, Theme
from rnnviz.ui.codegen.drawing import Drawing
from rnnviz.ui.codegen.source import Raw, call, literal, script, set_to
from rnnviz.ui.pages.clipping import tables
from rnnviz.ui.selection import state
from rnnviz.ui.shell import components, frame
from rnnviz.ui.widgets import controls, widget_files
from rnnviz.widgets.packing import Packed, exact, rounded

if TYPE_CHECKING:
    from rnnviz.figures import Figure

CliffName = Literal["steps", "surface"]
Place = Literal["on", "off", "lost"]
"""Where a descent ends: on the map, off it, or at values that are not finite."""

SWING: Final = 50
"""So many last steps say whether a descent has come to rest."""

RANGES: Final = {"w": (4.0, 8.0), "b": (-4.0, -2.0)}
"""The ranges of the map, where a descent may start."""

PLACES: Final = {"w": 201, "b": 129}
"""The number of the map's places along each axis."""

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
_PARTS: Final = ("xₜ = w σ(xₜ₋₁) + b", "x₀ = 0.5", "E = (σ(x₅₀) − 0.7)²")
EQUATION: Final = ", ".join(part.replace(" ", "\N{NO-BREAK SPACE}") for part in _PARTS)


def show() -> Settings:
    """The map with its stepper, and one of two figures below it; their settings."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown("Start at", width="content")
        for name, start in STARTS.items():
            st.button(name, key=f"cliff.start {name}", on_click=move, args=(list(start),))
    settings = _settings()
    data = {
        **payload(settings),
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
        code=lambda: descent_code(settings), titled=True,
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


def payload(settings: Settings) -> dict[str, object]:
    """The data of the map for ``packing.message``: the surface and both descents, at most 100 kB."""
    unclipped, clipped = both(settings)
    return {
        "map": _map(),
        "arms": [{"name": "unclipped", "rows": _rows(unclipped)}, {"name": "clipped", "rows": _rows(clipped)}],
        "begin": [settings.w, settings.b],
        "longest": unclipped.longest,
        "title": headline(unclipped, clipped),
        "said": told(unclipped, clipped),
        "caption": described(settings),
        "palette": _palette(),
    }


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
    caption = [f"{EQUATION}.", f"{_chosen(settings)}.".capitalize()]
    if name == "steps":
        return Drawing("descent_curves", Raw("unclipped"), Raw("clipped"), caption=caption)
    return Drawing("descent_surface", Raw("w"), Raw("b"), Raw("error"), Raw("(unclipped, clipped)"), caption=caption)


def code_of(name: CliffName, settings: Settings) -> str:
    """The script of a figure."""
    w, b = (call("np.linspace", *RANGES[axis], SURFACE_PLACES) for axis in RANGES)
    surface = [f"w, b = {w}, {b}", "error, _, _ = error_and_gradient(w, b[:, None])"]
    return script(
        set_to("settings", "Settings", settings.w, settings.b, rate=settings.rate, max_norm=settings.max_norm,
               steps=settings.steps),
        "clipped = descend(settings)",
        "unclipped = descend(replace(settings, max_norm=None))",
        *(surface if name == "surface" else []),
        drawing(name, settings).line(),
        "fig.show()",
    )  # fmt: skip


def descent_code(settings: Settings) -> str:
    """The script of both descents, in torch alone; it ends with what the headline says of them."""
    (w_low, w_high), (b_low, b_high) = RANGES["w"], RANGES["b"]
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
    print(f"{{name}}: longest step {{longest:.1g}}, ends {{'on' if on_the_map else 'off'}} the map")""",
    )


def described(settings: Settings) -> str:
    """Equation, rate, threshold and steps in a line."""
    return f"{EQUATION}; {_chosen(settings)}; float64"


def _chosen(settings: Settings) -> str:
    begin = f"w = {_number(settings.w)}, b = {_number(settings.b)}"
    return f"rate {settings.rate:g}, max_norm {settings.max_norm:g}, {settings.steps} steps from {begin}"


def headline(unclipped: Descent, clipped: Descent) -> str:
    """What clipping has come to: which descent is thrown off the map, and how far one step went.

    Near the cliff the last bits of the start decide the digits of a step and of the last error, so none are said.
    """
    if not clipped.clipped.any():
        return "From this start no gradient exceeds the threshold: clipping changes nothing"
    jump, most, ends = float(unclipped.update_norm.max()), _number(clipped.update_norm.max()), where(clipped)
    if where(unclipped) == ends == "on":
        return f"Both descents end on the map; clipped, no step is longer than {most}"
    size = f" longer than {10.0 ** math.floor(math.log10(jump)):,g}" if 0 < jump < math.inf else ""
    without = {
        "on": "Unclipped, the descent ends on the map",
        "off": f"Unclipped, one step{size} throws the descent off the map",
        "lost": "Unclipped, the descent ends in values that are not finite",
    }[where(unclipped)]
    with_it = {"on": "ends on the map", "off": "ends off the map", "lost": "has no finite values"}[ends]
    return f"{without}; clipped, no step is longer than {most}, and the descent {with_it}"


def where(descent: Descent) -> Place:
    """Where a descent ends: on the map, off it, or at values that are not finite."""
    end = {"w": float(descent.w[-1]), "b": float(descent.b[-1])}
    if not np.isfinite([*end.values(), descent.error[-1]]).all():
        return "lost"
    return "on" if all(low <= end[name] <= high for name, (low, high) in RANGES.items()) else "off"


def told(unclipped: Descent, clipped: Descent) -> list[str]:
    """What happened on two descents from the same start, in sentences made of the numbers."""
    most = clipped.settings.max_norm
    count = int(clipped.clipped.sum())
    if not count:
        return [f"No gradient is longer than max_norm = {most:g}: clipping changes nothing. {_ended(clipped)}"]
    at = unclipped.longest
    jump = (
        f"Unclipped, at step {at}: the gradient’s norm is about {_number(unclipped.grad_norm[at], 2)}, "
        f"and one step of length about {_number(unclipped.update_norm[at], 2)}{_landed(unclipped, at + 1)}."
    )
    longest = clipped.update_norm.max()
    shortened = "1 gradient is" if count == 1 else f"{count} of {clipped.settings.steps} gradients are"
    return [
        jump if (unclipped.grad_norm[at + 1 : at + 2] == 0).any() else f"{jump} {_ended(unclipped)}",
        f"Clipped: {shortened} shortened to {most:g}, and no step is longer than {_number(longest)}. {_ended(clipped)}",
    ]


# --- Parts ---


def _settings() -> Settings:
    """The start that is kept, and the controls of the descents."""
    w, b = (
        controls.kept_number(f"cliff.{name}", *RANGES[name], usual)
        for name, usual in zip(RANGES, _usual(), strict=True)
    )
    with frame.row():
        most = controls.amount("Threshold max_norm", 0.1, 5.0, 0.1, key="cliff.max_norm", default=1.0)
        rate = controls.amount("Learning rate", 0.01, 0.5, 0.01, key="cliff.rate", default=0.1)
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


def _palette() -> dict[str, object]:
    looks: dict[str, Any] = palette.themes()
    return {theme: {**looks[theme], "relief": stops} for theme, stops in RELIEF.items()}


@lru_cache(maxsize=1)
def _map() -> dict[str, object]:
    w, b = (np.linspace(*RANGES[axis], PLACES[axis]) for axis in RANGES)
    error, _, _ = cliff.error_and_gradient(w, b[:, None])  # (b, w)
    edge = cliff.edge(w)
    seen = w[(edge >= RANGES["b"][0]) & (edge <= RANGES["b"][1])]
    ends = [[float(at), float(cliff.edge(at))] for at in (seen[0], seen[-1])]
    return {"off": rounded(np.sqrt(error)), "w": RANGES["w"], "b": RANGES["b"], "edge": ends}


def _rows(descent: Descent) -> Packed:
    """(step, 8): w, b, E, its gradient by both, the length of that before and after clipping and of the step."""
    columns = ("w", "b", "error", "grad_w", "grad_b", "grad_norm", "clipped_norm", "update_norm")
    with np.errstate(over="ignore"):
        return exact(np.stack([getattr(descent, name) for name in columns], axis=1))


def _landed(descent: Descent, t: int) -> str:
    """Where a step has led."""
    if t >= descent.settings.steps:
        return " is the last"
    w, b, error = (float(part[t]) for part in (descent.w, descent.b, descent.error))
    if not np.isfinite([w, b, error]).all():
        return " leads to values that are not finite"
    flat = " and the gradient is 0, so it stays there" if descent.grad_norm[t] == 0 else ""
    return f" leads to w = {_number(w, 2)}, b = {_number(b, 2)}, where the error is {_number(error, 2)}{flat}"


def _ended(descent: Descent) -> str:
    """The error of a descent at rest; where it still goes back and forth across the cliff, how far it goes up.

    At which step it stops is then chance, and so is the last error.
    """
    last = descent.error[-SWING:]
    if not np.isfinite(last).all() or last.max() <= 2 * last.min():
        return f"At the end the error is {_number(last[-1], 2)}."
    largest = f"in the last {len(last)} steps it is at most about {_number(last.max(), 1)}"
    moves = "goes up and down" if (np.diff(last) > 0).any() else "falls"
    return f"At the end the error still {moves}: {largest}."


def _number(value: float, digits: int = 4) -> str:
    """A number as a sentence has it: ``2,200``, ``−0.09``, ``8.1·10⁻⁷``."""
    if math.isfinite(value) and abs(value) >= 10**digits:
        value = round(value, digits - len(f"{abs(value):.0f}"))
        return f"{value:,.0f}".replace("-", "−")
    return style.raised(f"{value:,.{digits}g}")
