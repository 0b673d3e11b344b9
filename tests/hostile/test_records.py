"""A record from anybody is shown or refused in less than a second, whatever numbers, sizes and names are in it."""

from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest

from rnnviz.names import CELLS, sigmoid_gates
from rnnviz.record import CURVES, FILE, KINDS, NUMBERS, QUANTILES, LayerRecord, NonFinite, Record
from rnnviz.ui.pages.your_training import choosing, drawing, findings, opened, view
from rnnviz.ui.pages.your_training.choosing import Chosen
from rnnviz.ui.pages.your_training.drawing import Request
from tests.together import together

SPECIAL: Final = np.array([0, -0.0, 1, -1, 0.5, 1e-45, 3e38, -3e38, np.inf, -np.inf, np.nan, 0.96, 30, 2.5], np.float32)
NAMES: Final = (
    "",
    "rnn",
    "<b>x</b>",
    "`$\\frac{1}{2}$`",
    "\u202eevil",
    "\x1b[31m",
    "a.b" * 3_000,
    "[x](http://x.y)",
    "=1+1",
)


def numbers(generator: np.random.Generator, shape: tuple[int, ...], kind: int) -> np.ndarray:
    if kind == 0:
        return generator.choice(SPECIAL, shape)
    if kind == 1:
        return np.full(shape, generator.choice(SPECIAL), np.float32)
    return generator.random(shape, np.float32)


def drawn(seed: int) -> Record:
    """A record that is well-formed and strange."""
    generator = np.random.default_rng(seed)
    rows, time = int(generator.choice([0, 1, 2, 12, 400])), int(generator.choice([0, 1, 7, 60]))
    layers = []
    for path in generator.choice(NAMES, generator.integers(1, 4), replace=False):
        cell, bidirectional = CELLS[generator.integers(3)], bool(generator.integers(2))
        sizes = {
            "row": rows, "layer": int(generator.integers(1, 4)), "direction": 1 + bidirectional, "time": time,
            "gate": len(sigmoid_gates(cell)), "quantile": len(QUANTILES),
        }  # fmt: skip
        kind = int(generator.integers(3))
        values = {name: numbers(generator, tuple(sizes[axis] for axis in axes), kind) for name, axes in NUMBERS.items()}
        layers.append(
            LayerRecord(
                str(path), cell, "tanh", 3, int(generator.choice([1, 32, 2**31])),
                sizes["layer"], bidirectional, bool(generator.integers(2)), int(generator.choice([-1, 5])), 3, 9,
                values,
            )
        )  # fmt: skip
    updates = np.cumsum(generator.choice([1, 7, 2**50 if rows < 100 else 3], rows)).astype(np.int64)
    curves = {name: numbers(generator, (rows,), int(generator.integers(3))) for name in CURVES}
    first = NonFinite(3, str(generator.choice(KINDS)), str(generator.choice(NAMES))) if generator.integers(2) else None
    return Record("<i>M</i>", 1, 2**53, updates, **curves, non_finite=first, layers=tuple(layers), stage="ended")


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@together("seed", range(60))
def test_strange_numbers_are_shown(seed: int) -> None:
    of, other = (Chosen(f"{one}", f"<b>{one}", drawn(one), one, follows=False) for one in (seed, seed + 1_000))
    findings.found(of)
    places = drawing.places(of.record)
    assert len(view.named_places(of.record, places)) == len(places)
    if not len(of.record.update):
        return
    second = other if len(other.record.update) else None
    for place in (places[0], places[-1]):
        for functions in (drawing.STEPS, drawing.NORMS, drawing.STATES):
            for function in drawing.available(functions, of.record, place):
                request = Request(function, place, "light", 0 if function in drawing.STEPS else None)
                figure = drawing.figure_of(request, of, second)
                assert len(figure.to_json()) < 400_000
                assert "<b>" not in figure.layout.meta["alt"]
                assert drawing.code_of(Request(function, place, "light", 0), _shipped(of), None)
        drawing.film_picture(Request("watched_steps", place, "light", 0), of, second)


def _shipped(of: Chosen) -> Chosen:
    """The same under a name that a script may have."""
    return Chosen("adding-default", of.label, of.record, of.version, follows=False)


def empty(**changes: Any) -> LayerRecord:
    """A layer without a row, whose sizes cost nothing."""
    given: dict[str, Any] = {"num_layers": 1, "path": "rnn", **changes}
    sizes = {"row": 0, "layer": given["num_layers"], "direction": 1, "time": 10**9, "gate": 3, "quantile": 5}
    values = {name: np.empty([sizes[axis] for axis in axes], np.float32) for name, axes in NUMBERS.items()}
    return LayerRecord(
        given["path"], "lstm", "tanh", 1, 1, given["num_layers"], False, True, -1, 0, 0, values
    )  # fmt: skip


@pytest.mark.parametrize(
    "layers", [(empty(num_layers=10**9),), tuple(empty(path=f"{k}") for k in range(1_200))], ids=["layers", "modules"]
)
def test_sizes_that_cost_nothing_in_a_file_are_refused(
    layers: tuple[LayerRecord, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opened.st, "session_state", {})
    monkeypatch.setenv("RNNVIZ_RECORDS", str(tmp_path))
    none = np.zeros(0, np.float32)
    record = Record("M", 1, 0, np.zeros(0, np.int64), none, none, none, none, none, none, None, layers)
    record.save(tmp_path / "mine")
    for read in (
        lambda: choosing.read("mine"),
        lambda: opened.open_record("a", (tmp_path / "mine" / FILE).read_bytes()),
    ):
        with pytest.raises(ValueError, match=r"a record that is shown must have 1\.\.1000 recurrent layers; got"):
            read()
