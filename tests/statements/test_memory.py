"""What the page of memory says of its grid, over the seeds that ship."""

from typing import Final

from rnnviz import memory_grid
from rnnviz.memory_grid import SEEDS, VARIANTS, cell_spec
from rnnviz.spec import TaskSpec
from tests.statements.reading import numbers

PAGE: Final = "assets/text/memory.md"
RNN, GRU, LSTM, BIAS_1, BIAS_3 = VARIANTS


def solved(length: float, variant: memory_grid.Variant) -> int:
    """In how many seeds the latch over so many words is solved."""
    return memory_grid.shipped()[cell_spec(TaskSpec("latch", int(length)), variant)].solved


def test_which_of_the_five_solve_the_latch_over_which_distance():
    bias, longest, short, middle, longer = numbers(
        PAGE,
        "Of these five, only the LSTM whose forget gate is open before training (a forget bias of {}) solves the task "
        "over {} words. The first word is the target, and all others are distractors, to be ignored. Over {} and {} "
        "words all five learn the task. Over {} words the plain RNN and the LSTM with default initialization stay at "
        "guessing, and the GRU solves the task for some seeds only.",
    )
    assert len(VARIANTS) == 5
    assert bias.value == BIAS_3.forget_bias
    assert [solved(longest.value, variant) for variant in VARIANTS] == [0, 0, 0, 0, len(SEEDS)]
    assert all(solved(length.value, variant) == len(SEEDS) for length in (short, middle) for variant in VARIANTS)
    assert [solved(longer.value, variant) for variant in (RNN, LSTM)] == [0, 0]
    assert 0 < solved(longer.value, GRU) < len(SEEDS)


def test_where_a_forget_bias_of_1_brings_the_lstm_to_the_gru_and_past_it():
    length, first, bias, first_of, gru, gru_of, longer, with_bias = numbers(
        PAGE,
        "found that a bias of 1 closes the gap between LSTM and GRU. Over {} words it does more than that here: the "
        "LSTM without it solves the task for {} seed, the LSTM with it solves it for {} of {}, and the GRU solves it "
        "for {} of {}. Over {} words there is no gap to close: the GRU and the LSTM, with and without a bias of {}, "
        "stay at guessing.",
    )
    assert with_bias.value == 1
    assert first_of.value == gru_of.value == len(SEEDS)
    found = [solved(length.value, variant) for variant in (LSTM, BIAS_1, GRU)]
    assert found == [first.value, bias.value, gru.value]
    assert [solved(longer.value, variant) for variant in (LSTM, BIAS_1, GRU)] == [0, 0, 0]
    scores = [memory_grid.shipped()[cell_spec(TaskSpec("latch", int(longer.value)), one)].last for one in VARIANTS[:4]]
    assert all(0.4 < score < 0.6 for row in scores for score in row)


def test_who_solves_the_latch_with_the_shortest_window():
    shortest, seeds, bias, runs = numbers(
        PAGE,
        "With k = {} no cell solves the task with all {} seeds, but the LSTM with a forget bias of {} solves it "
        "with {}.",
    )
    cells = {variant: cell_spec(memory_grid.WINDOWED["latch"], variant, window=1) for variant in VARIANTS}
    found = {variant: memory_grid.shipped()[cell].solved for variant, cell in cells.items()}
    assert (shortest.value, seeds.value, bias.value) == (1, len(SEEDS), BIAS_3.forget_bias)
    assert found == {RNN: 0, GRU: 0, LSTM: 0, BIAS_1: 0, BIAS_3: runs.value}
