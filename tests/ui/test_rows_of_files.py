"""Numbers out of a CSV file, as the input of a network."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from rnnviz import checkpoints, own
from rnnviz.checkpoints import Checkpoint
from rnnviz.places import MODELS_VARIABLE
from rnnviz.text import MAX_INPUTS, parse_rows
from rnnviz.ui.selection import DEFAULT, MAX_CHARACTERS, inputs, most_columns
from rnnviz.ui.selection.changes import changed
from rnnviz.ui.widgets import network_controls
from rnnviz.ui.widgets.network_controls import _rows_of
from tests.ui.codegen.running import run
from tests.ui.opened import link_of, opened

WIDTH = 100


@pytest.fixture
def wide(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Checkpoint:
    """A network from a file with more inputs than anybody types."""
    torch.save(nn.LSTM(WIDTH, 5).state_dict(), tmp_path / "wide.pt")
    monkeypatch.chdir(tmp_path)
    return own.open_file(tmp_path / "wide.pt")


def test_a_network_with_many_inputs_opens_and_reads_a_table(wide: Checkpoint) -> None:
    rows = np.random.default_rng(0).normal(size=(12, WIDTH)).astype(np.float32)
    table = ";".join(f"x{k}" for k in range(WIDTH)) + "\n" + "\n".join(";".join(map(str, row)) for row in rows)
    selection = changed(DEFAULT, trained=wide.family, cell="lstm", numbers=table, input="numbers")
    assert np.array_equal(inputs(selection), rows)
    assert changed(DEFAULT, trained=wide.family, cell="lstm").model.trained == wide.family  # with an example
    with pytest.raises(ValueError, match=f"needs {WIDTH} numbers per row; got 2"):
        changed(selection, numbers="1 2")
    with pytest.raises(ValueError, match=f"at most 64 numbers; row 1 has {WIDTH}"):
        changed(DEFAULT, numbers=table)


@pytest.mark.parametrize("page", ["Step_through", "Hidden_states", "Gates", "Gradients"])
def test_each_page_shows_it(wide: Checkpoint, page: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(MODELS_VARIABLE, str(tmp_path))
    checkpoints.save(own.open_file("wide.pt", family="many-inputs"), tmp_path)
    at = opened(f"/{page}?cell=lstm&trained=many-inputs")
    assert link_of(at)["trained"] == "many-inputs"
    assert not at.warning


def test_its_script_reads_the_same_rows(wide: Checkpoint) -> None:
    from rnnviz.ui.codegen.networks import input_lines

    selection = changed(DEFAULT, trained=wide.family, cell="lstm")
    names = run(f"import torch\nfrom rnnviz.text import parse_rows, row_labels\n{input_lines(selection)}")
    assert np.array_equal(names["x"].numpy(), inputs(selection))


def test_a_long_file_is_written_in_the_digits_of_float32(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(network_controls.state, "tell", said.append)
    rows = np.random.default_rng(0).normal(size=(2_000, 4))
    content = ("a,b,c,d\n" + "\n".join(",".join(map(repr, map(float, row))) for row in rows)).encode()
    assert len(content) > MAX_CHARACTERS
    typed = _rows_of("load.csv", content, 64)
    assert np.array_equal(parse_rows(typed), rows.astype(np.float32))
    assert "load.csv has more than 100,000 characters" in said[0]


def test_what_is_no_table_is_refused(wide: Checkpoint) -> None:
    for content, reason in (
        (b"\x00\x01", "plain text"),
        ("\n".join(["1,2"] * 60_000).encode(), "at most 5,000 rows"),
        (b"1;" * 400_000, "at most 64 numbers"),
        (b"a,b\n1,2\n3,x", r"Row 2, number 2 \('b'\)"),
    ):
        with pytest.raises(ValueError, match=reason):
            _rows_of("x.csv", content, most_columns(DEFAULT.model))
    assert most_columns(wide.model) == MAX_INPUTS
