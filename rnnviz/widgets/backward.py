"""What the stepper's widget gets of a loss on its way back through time, and how each number of it comes about."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from rnnviz import names
from rnnviz.analysis.gradients import stable_norm
from rnnviz.widgets.packing import Packed, exact, largest
from rnnviz.widgets.stepper import Way

if TYPE_CHECKING:
    from rnnviz.reach import ThroughTime
    from rnnviz.reach.through_time import LayerBack

TOLERANCE: Final = 1e-9
"""Of the largest number of a gradient: float64 rounding stays well below it."""

_MULTIPLICATIONS: Final = 1_000_000_000
"""For the largest singular values of all Jacobians; beyond, none is shown."""

_DIGITS: Final = 4
"""Units up to which Jacobians are shown number by number."""

_NAMED: Final = {
    "above": r"\mathrm{above}", "next_h": r"\mathrm{later}", "next_c": r"\mathrm{later}",
    "past_h": "∂L/∂h_{t-1}", "past_c": "∂L/∂c_{t-1}",
    "dh": "∂L/∂h_t", "dc": "∂L/∂c_t", "dx": "∂L/∂x_t", "slope_c": "∂h_t/∂c_t",
}  # fmt: skip


_PASSED: Final[dict[names.Cell, str]] = {
    "rnn": "W_{hh}⊤ ∂L/∂a_t",
    "lstm": " + ".join(f"W_{{h{gate}}}⊤ ∂L/∂a_{{{gate},t}}" for gate in names.GATES["lstm"]),
    "gru": "W_{hr}⊤ ∂L/∂a_{r,t} + W_{hz}⊤ ∂L/∂a_{z,t} + W_{hn}⊤ (r_t \\odot ∂L/∂a_{n,t}) + z_t \\odot ∂L/∂h_t",
}
"""What goes on to the state before, as LaTeX."""

_PASSED_RESET_BEFORE: Final = (
    "W_{hr}⊤ ∂L/∂a_{r,t} + W_{hz}⊤ ∂L/∂a_{z,t} + r_t \\odot (W_{hn}⊤ ∂L/∂a_{n,t}) + z_t \\odot ∂L/∂h_t"
)
"""The same of a GRU that resets before the product."""

_RESET_STATE: Final = r"(r_t \odot h_{t-1})"
"""What W_hn of such a GRU multiplies."""


def _signed(number: float) -> str:
    return f"{number:.4g}".replace("-", "−") if np.isfinite(number) else "not a finite number"


def series(found: "ThroughTime", layer: int, direction: names.Direction) -> dict[str, np.ndarray]:
    """The numbers of every step, each (…, time, unit) in float32: dh and dc of all places, the rest of one."""
    here = found.layers[layer, direction]
    arrays: dict[str, np.ndarray] = {"dh": _of_all(found, "h"), "dx": found.x}
    arrays |= {name: getattr(here, name) for name in ("above", "next_h", "past_h")}
    if here.c is not None and here.slopes.onto_c is not None:
        arrays |= {"dc": _of_all(found, "c"), "slope_c": here.slopes.onto_c}
        arrays |= {"next_c": here.next_c, "past_c": here.past_c}
    for k, gate in enumerate(names.GATES[_cell_of(here)]):
        arrays[f"da_{gate}"] = here.reads[:, k]
        arrays[f"slope_{gate}"] = _slope(here, gate, k)
    if here.by_reset is not None:
        arrays["drh"] = here.by_reset
    return {name: array.astype(np.float32) for name, array in arrays.items()}


def way(found: "ThroughTime", layer: int, direction: names.Direction, threshold: float | None = None) -> Way:
    """What the stepper takes of a loss on its way back, with the checks of it in place of the others.

    Args:
        threshold: Of clipping the gradient's norm, if it is clipped.
    """
    told = {"back": _told(found, layer, direction, threshold), "checks": checks(found), "tolerance": tolerance(found)}
    return Way(told, series(found, layer, direction))


def _told(found: "ThroughTime", layer: int, direction: names.Direction, threshold: float | None) -> dict[str, Any]:
    """What stands still: norms on all edges, sums over the steps beside torch's, lines and where numbers come from.

    Returns:
        Plain data and packed arrays. ``norms`` are of shape (layer, direction, time), ``added`` of (time,), ``lines``
        as the browser's recipe has them; ``jacobians``, (time, state, state), and ``stretches``, (time,), may be None.
    """
    here = found.layers[layer, direction]
    factor = 1.0
    if threshold is not None and threshold < found.norm < np.inf:
        factor = threshold / found.norm
    is_top = (layer, direction) in _top(found)
    lines, origins = _lines(_cell_of(here), layer, direction, top=is_top, resets_before=here.reset is not None)
    values = series(found, layer, direction)
    return {
        "loss": f"L = {_signed(found.loss)}: {_loss_in_words(found)}, in place of a loss with a target",
        "steps": list(found.steps),
        "cut": found.cut,
        "clipping": _clipping(found.norm, threshold, factor),
        "clipped": factor < 1,
        "windows": _windows(len(found.x), found.cut),
        "norms": {name: _packed(_norms(found, name)) for name in ("above", "next_h", "next_c", "h")},
        "colors": _colors(_ranges(values)),
        "added": {"hh": _packed(here.added_hh * factor), "ih": _packed(here.added_ih * factor)},
        "sums": {"hh": _size(here.weight_hh, factor), "ih": _size(here.weight_ih, factor)},
        "lines": lines,
        "origins": origins,
        "keys": sorted(values),
        "symbols": _symbols(_cell_of(here), direction, resets_before=here.reset is not None),
        "ranges": _ranges(values),
        **_jacobians(here),
    }


def _loss_in_words(found: "ThroughTime") -> str:
    """The loss as captions tell it."""
    each = {0: "p · hₜ, p random of length 1", 1: "the output yₜ"}.get(found.outputs, "the largest of the outputs yₜ")
    if found.steps == (len(found.x) - 1,):
        return f"{each} at the last step"
    some = "all steps" if len(found.steps) == len(found.x) else f"the steps {', '.join(map(str, found.steps))}"
    return f"the sum over {some} of {each}"


def checks(found: "ThroughTime") -> list[dict[str, object]]:
    """The gradient of every matrix as a sum over the steps, beside torch's ``.grad``."""
    return [
        _check(f"dL/d{name}{ending}", getattr(back, name), found.grads[f"rnn.{name}{ending}"])
        for (layer, direction), back in found.layers.items()
        for ending in [f"_l{layer}" + ("_reverse" if direction == "reverse" else "")]
        for name in ("weight_ih", "weight_hh")
    ]


def tolerance(found: "ThroughTime") -> float:
    """Beyond this difference a check turns red."""
    return TOLERANCE * max((largest(grad) for grad in found.grads.values()), default=0.0) + 1e-300


def _check(label: str, ours: np.ndarray, torchs: np.ndarray) -> dict[str, object]:
    apart = np.abs(ours - torchs)
    place = np.unravel_index(int(np.argmax(apart)), apart.shape)
    difference = float(apart[place])
    ulps = difference / float(np.spacing(max(largest(torchs), 1e-300)))
    finite = np.isfinite(difference)
    return {
        "signal": label,
        "label": label,
        "difference": difference if finite else None,
        "ulps": ulps if finite else None,
        "where": f"[{place[0]}, {place[1]}]",
    }


def _cell_of(here: "LayerBack") -> names.Cell:
    return next(cell for cell, gates in names.GATES.items() if len(gates) == here.sums.shape[1])


def _of_all(found: "ThroughTime", state: str) -> np.ndarray:
    """A derivative of all layers and directions, (layer, direction, time, unit)."""
    places = sorted(found.layers, key=lambda place: (place[0], names.DIRECTIONS.index(place[1])))
    every = np.stack([getattr(found.layers[place], state) for place in places])
    layers = 1 + max(layer for layer, _ in places)
    return every.reshape(layers, -1, *every.shape[1:])


def _norms(found: "ThroughTime", name: str) -> np.ndarray:
    norms: np.ndarray = stable_norm(_of_all(found, name))
    return norms


def _packed(array: np.ndarray) -> Packed:
    with np.errstate(over="ignore", under="ignore"):
        return exact(array.astype(np.float32))


def _size(matrix: np.ndarray, factor: float) -> float | None:
    size = factor * float(stable_norm(matrix.ravel()))
    return size if np.isfinite(size) else None


def _top(found: "ThroughTime") -> set[tuple[int, names.Direction]]:
    last = max(layer for layer, _ in found.layers)
    return {place for place in found.layers if place[0] == last}


def _clipping(norm: float, threshold: float | None, factor: float) -> str:
    if not np.isfinite(norm):
        return "The gradient with respect to all parameters is not finite, so it cannot be clipped."
    told = f"The gradient with respect to all parameters has the norm {norm:.3g}"
    if threshold is None:
        return f"{told}."
    if factor == 1.0:
        return f"{told}, below the threshold of {threshold:g}: nothing is clipped."
    return (
        f"{told} before clipping. Clipping to {threshold:g} multiplies it by {factor:.3g}: the sums and the rows "
        "“adds” are after clipping, the arrows before it."
    )


def _windows(time: int, cut: int | None) -> str:
    """Between which steps no gradient passes."""
    if cut is None:
        return ""
    ends = [(first, min(first + cut, time) - 1) for first in range(0, time, cut)]
    named = [f"{first}" if first == last else f"{first} to {last}" for first, last in ends[:4]]
    more = ", …" if len(ends) > len(named) else ""
    return f"Windows: {', '.join(named)}{more}. No gradient passes from a window to the one before it."


def _colors(ranges: Mapping[str, float]) -> str:
    """The ends of the colours of what goes back."""
    states, sums = ranges["dh"], next(size for name, size in ranges.items() if name.startswith("da_"))
    slopes = next(size for name, size in ranges.items() if name.startswith("slope"))
    return f"colours end at ∂L/∂h, ∂L/∂c and ∂L/∂x ±{states:.2g}, ∂L/∂a ±{sums:.2g}, slopes ±{slopes:.2g}"


def _slope(here: "LayerBack", gate: str, k: int) -> np.ndarray:
    """What the gradient by the state is multiplied by for that by the gate's sum, as the input enters it."""
    if gate == "n" and here.slopes.read is not None:
        return here.slopes.read
    slope: np.ndarray = here.slopes.sums[:, k]
    return slope


def _jacobians(here: "LayerBack") -> dict[str, object]:
    time, _, size = here.slopes.sums.shape
    states = size * (2 if here.c is not None else 1)
    if time * states**3 > _MULTIPLICATIONS:
        return {"jacobians": None, "stretches": None}
    shown = _packed(here.jacobians) if size <= _DIGITS else None
    return {"jacobians": shown, "stretches": _packed(here.stretches())}


def _ranges(values: Mapping[str, np.ndarray]) -> dict[str, float]:
    """The ends of the colours: one for all derivatives by states, one for those by sums, one for the slopes."""
    states = max(largest(values[name], 1e-30) for name in values if name in (*_NAMED, "drh") and name != "slope_c")
    sums = max(largest(values[name], 1e-30) for name in values if name.startswith("da_"))
    slopes = max(largest(values[name], 1e-30) for name in values if name.startswith("slope"))
    return {name: sums if name.startswith("da_") else slopes if name.startswith("slope") else states for name in values}


def _symbols(cell: names.Cell, direction: names.Direction, *, resets_before: bool) -> dict[str, str]:
    symbols = dict(_NAMED)
    for gate in names.GATES[cell]:
        a = f"a_{{{gate},t}}" if cell != "rnn" else "a_t"
        state = "c_t" if cell == "lstm" and gate != "o" else "h_t"
        symbols |= {f"da_{gate}": f"∂L/∂{a}", f"slope_{gate}": f"∂{state}/∂{a}"}
    if resets_before:
        symbols |= {"drh": f"∂L/∂{_RESET_STATE}", "slope_r": f"∂{_RESET_STATE}/∂a_{{r,t}}"}
    if direction == "reverse":
        symbols = {name: text.replace("t-1", "t+1") for name, text in symbols.items()}
    return symbols


def _lines(
    cell: names.Cell, layer: int, direction: names.Direction, *, top: bool, resets_before: bool
) -> tuple[list[dict[str, Any]], dict[str, dict[str, object]]]:
    """The lines under the picture in reading order, and what each number is made from."""
    after, before = ("t + 1", "t − 1") if direction == "forward" else ("t − 1", "t + 1")
    above = "the loss of this step" if top else f"layer {layer + 1}"
    origins: dict[str, dict[str, object]] = {
        "above": _given(f"what reaches this state from {above}"),
        "next_h": _given(f"what step {after} hands back to h; 0 at the last step and where the way is cut"),
        "next_c": _given(f"what step {after} hands back to c; 0 at the last step and where the way is cut"),
        "dh": {"kind": "sum", "terms": ["above", "next_h"]},
        "dc": {"kind": "given", "note": "the sum of the product and of what comes back along c"},
        "past_h": _given(f"goes to h at step {before}: the transposed W_hh times the gradients of all sums"),
        "past_c": {"kind": "product", "of": ["f", "dc"]},
        "slope_c": _given("o_t times the slope of tanh at c_t"),
        "dx": _given("the transposed W_ih times the gradients of all sums"),
    }
    items = [_v("above"), "+", _v("next_h"), "=", _v("dh")]
    lines = [_line("dh", "h", "gradient of h: what comes from above and from the later step", items)]
    if cell == "lstm":
        items = [_v("dh"), "⊙", _v("slope_c"), "+", _v("next_c"), "=", _v("dc")]
        lines.append(_line("dc", "c", "gradient of c: through h, and from the later step", items))
    # What r multiplies receives its gradient from the candidate, which therefore comes before r there.
    for gate in ("z", "n", "r") if resets_before else names.GATES[cell]:
        state = "dc" if cell == "lstm" and gate != "o" else "drh" if resets_before and gate == "r" else "dh"
        origins[f"da_{gate}"] = {"kind": "product", "of": [state, f"slope_{gate}"]}
        origins[f"slope_{gate}"] = _given("the slope of the state by this sum, from the numbers of the step")
        items = [_v(state), "⊙", _v(f"slope_{gate}"), "=", _v(f"da_{gate}")]
        lines.append(_line(f"da_{gate}", gate, f"{names.LABELS[gate]}: gradient of the pre-activation", items))
        if resets_before and gate == "n":
            origins["drh"] = _given("the transposed W_hn times the gradient of the candidate’s sum")
            items = [_v("da_n"), "⊤ ·", {"matrix": "hh.n"}, "=", _v("drh")]
            lines.append(_line("drh", "h", "gradient of the state that the reset gate has multiplied", items))
    items = [_v("da_h"), "⊤ ·", {"matrix": "hh.h"}, "=", _v("past_h")] if cell == "rnn" else [_v("past_h")]
    passed = _PASSED_RESET_BEFORE if resets_before else _PASSED[cell]
    on = [_line("past_h", "h", f"on to h at step {before}", items, passed)]
    if cell == "lstm":
        on.append(_line("past_c", "c", f"on to c at step {before}", [_v("f"), "⊙", _v("dc"), "=", _v("past_c")]))
    return [*lines, *on], origins


def _given(note: str) -> dict[str, object]:
    return {"kind": "given", "note": note}


def _v(key: str) -> dict[str, str]:
    return {"vector": key}


def _line(key: str, signal: str, label: str, items: list[Any], formula: str = "") -> dict[str, Any]:
    return {"key": key, "signal": signal, "label": label, "items": items, "formula": formula, "whole": bool(formula)}
