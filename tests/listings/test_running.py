"""The blocks of the programs, run: what they show is what torch gives, and the source on show is what was run."""

import math
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from rnnviz import listings
from rnnviz.listings import summary
from rnnviz.listings.block import Block, Names
from rnnviz.listings.manual import first_state
from rnnviz.sentiment import synthetic
from tests.together import together

EVERY = [*listings.SENTIMENT, *(block for lesson in listings.LESSONS for block in lesson.blocks)]


@pytest.fixture(scope="module")
def ran() -> tuple[dict[str, tuple[listings.Value, ...]], Names]:
    return listings.execute(listings.SENTIMENT, data=listings.pairs(synthetic.reviews(128, seed=0)))


@together("block", EVERY)
def test_a_block_shows_its_own_lines(block: Block) -> None:
    assert block.source
    assert block.text.endswith(".")
    assert "return locals()" not in block.source
    assert '"""' not in block.source
    assert "fmt:" not in block.source
    assert "type: ignore" not in block.source
    assert all(name in block.source for name in block.shows if name not in block.needs)


def _sample(number: int) -> Names:
    """Twice a number."""
    twice = 2 * number  # fmt: skip

    def same(value: int) -> int:
        return value

    return locals()


def test_a_source_ends_before_the_line_that_returns_and_keeps_functions_in_it() -> None:
    block = Block("Twice", _sample, shows=("twice",))
    assert block.source == "twice = 2 * number\n\ndef same(value: int) -> int:\n    return value"
    assert block.needs == ("number",)
    values, names = listings.execute([block], number=21)
    assert values == {"sample": (listings.Value("twice", "int", ("42",)),)}
    assert names["same"](1) == 1


def test_a_function_without_a_docstring_is_refused() -> None:
    with pytest.raises(TypeError, match="run must be a function with a docstring"):
        _ = Block("Nothing", lambda: {}).source  # noqa: PIE807


def test_the_loop_is_that_of_the_module_for_any_weights() -> None:
    values, names = listings.execute(listings.MANUAL)
    rnn = nn.RNN(5, 2, batch_first=True)
    rnn.load_state_dict(names["rnn"].state_dict())
    with torch.no_grad():
        output, h_n = rnn(torch.tensor([[[1.0] * 5, [2.0] * 5, [3.0] * 5]]))
    assert torch.allclose(names["by_hand"], output, atol=1e-6)
    assert output.shape == (1, 3, 2)
    assert h_n.shape == (1, 1, 2)
    by_step = [value for value in values["same"] if value.name == "h"]
    assert [value.t for value in by_step] == [0, 1, 2]
    for t, value in enumerate(by_step):
        assert list(map(float, value.rows[0].split())) == pytest.approx(output[0, t].tolist(), abs=5e-5)
    assert all(float(value.rows[0]) < 1e-6 for value in values["same"] if value.name == "difference")


def test_another_initial_state_is_that_of_the_formula() -> None:
    _, names = listings.execute(listings.MANUAL)
    sums = names["x"][0, 0] @ names["W_ih"].T + names["b_ih"] + torch.full((2,), 2.0) @ names["W_hh"].T + names["b_hh"]
    assert first_state(2.0) == pytest.approx(torch.tanh(sums).tolist(), abs=1e-6)


def test_each_layer_gives_what_torch_gives(ran: tuple[Any, Names]) -> None:
    _, names = ran
    ids, x, h = names["ids"], names["x"], names["h"]
    assert torch.equal(x[0, 0], names["embedding"].weight[ids[0, 0]])
    assert not x[ids == 0].any()
    for row in (0, 5):  # by itself, without padding, packing or a mask
        length = int((ids[row] != 0).sum())
        _, (h_n, _) = names["bilstm"].lstm(x[row : row + 1, :length])
        assert torch.allclose(torch.cat([h_n[0, 0], h_n[1, 0]]), h[row], atol=1e-5)


def test_the_loss_is_its_formula(ran: tuple[Any, Names]) -> None:
    _, names = ran
    logits, labels = names["logits"].tolist(), names["labels"].tolist()
    each = [
        -math.log(1 / (1 + math.exp(-z))) if y else -math.log(1 - 1 / (1 + math.exp(-z)))
        for z, y in zip(logits, labels, strict=True)
    ]
    assert names["loss"].item() == pytest.approx(np.mean(each), abs=1e-5)


def test_the_round_trip_gives_the_words_of_a_text(ran: tuple[Any, Names]) -> None:
    _, names = ran
    assert names["round_trip"].split() == names["words_of"](names["texts"][0])
    assert names["vocabulary"][:2] == ["", "[UNK]"]
    assert names["encode"](["qqq"]).tolist() == [[1]]


def test_counts_are_those_of_their_formulas(ran: tuple[Any, Names]) -> None:
    _, names = ran
    found = summary.layers(names)
    assert [layer.torch for layer in found] == [64_000, 66_560, 8_256, 65]
    for layer in found:
        assert eval(layer.formula.replace("·", "*")) == layer.torch  # noqa: S307 - a formula of ours
    assert sum(layer.torch for layer in found) == names["parameters"]
    assert [layer.shape for layer in found][1:] == [(64, 128), (64, 64), (64,)]


def test_counts_of_the_stacked_version_are_those_of_their_formulas(ran: tuple[Any, Names]) -> None:
    _, names = ran
    (value,) = summary.counted(names)["stacked"]
    *rows, total = value.rows
    assert len(rows) == 5
    for row in rows:
        formula, _, count = row.partition(": ")[2].partition(" = ")
        assert eval(formula.replace("·", "*")) == int(count.replace(",", ""))  # noqa: S307 - a formula of ours
    assert total == f"sum: {sum(p.numel() for p in names['stacked'].parameters()):,}"


def test_the_random_state_stays_as_it_was() -> None:
    torch.manual_seed(7)
    expected = torch.rand(3)
    torch.manual_seed(7)
    listings.execute(listings.MANUAL)
    assert torch.equal(torch.rand(3), expected)


def test_a_layer_of_another_kind_is_refused() -> None:
    with pytest.raises(TypeError, match="must be an Embedding, an LSTM or a Linear; got GRU"):
        summary._formula(nn.GRU(2, 2))


def test_what_takes_long_is_left_out_and_all_else_has_values(ran: tuple[Any, Names]) -> None:
    values, _ = ran
    long = {block.name for block in listings.SENTIMENT if block.is_long}
    assert long == {"optimizer", "fit"}
    assert set(values) == {block.name for block in listings.SENTIMENT} - long
    for block in listings.SENTIMENT:
        assert [value.name.partition("[")[0] for value in values.get(block.name, ())] == list(
            () if block.is_long else block.shows
        )


def test_first_numbers_are_those_of_the_part_that_is_named(ran: tuple[Any, Names]) -> None:
    values, names = ran
    (value,) = values["embedding"]
    assert value.name == "x[0, :3, :4]"
    shown = np.array([row.split() for row in value.rows], float)
    assert np.allclose(shown, names["x"].detach()[0, :3, :4].numpy(), atol=5e-5)
