"""What the figures of the page of gradients say of themselves, how much they send, and whether its prose is true."""

from dataclasses import replace
from typing import Any, Final, get_args

import numpy as np
import pytest

from rnnviz import analysis, checkpoints, tasks
from rnnviz.checkpoints.reviews import FAMILY
from rnnviz.figures import table_of
from rnnviz.reach import step_gradients
from rnnviz.sequences.lessons import LESSONS
from rnnviz.spec import Edit, ModelSpec
from rnnviz.ui.pages.gradients import figures as gradient_figures
from rnnviz.ui.pages.gradients import lines as gradient_lines
from rnnviz.ui.pages.gradients import view as gradient_view
from rnnviz.ui.pages.gradients.figures import Request
from rnnviz.ui.selection import DEFAULT, Selection, families, without_viewpoint
from rnnviz.ui.selection.changes import changed
from rnnviz.ui.selection.fields import HIDDEN_SIZE
from rnnviz.ui.selection.openings import OPENINGS
from rnnviz.ui.shell import frame, networks
from rnnviz.widgets.packing import message

TASKS: Final = [name for name in families() if not name.startswith(FAMILY) and name not in LESSONS]
"""The families that learned a task."""

PROSE: Final = (frame.TEXTS / "gradients.md").read_text(encoding="utf-8")
NAMES: Final = get_args(gradient_figures.Name)


def words(count: int = 10, **fields: Any) -> Selection:
    text = " ".join(f"w{k}" for k in range(count))
    chosen = {"cell": "lstm", "input": "words", "words": text, "input_size": 4, "hidden_size": 8, "t": count - 1}
    return changed(DEFAULT, **{**chosen, **fields})


def drawn(selection: Selection, name: Any, **fields: Any) -> Any:
    lines = gradient_lines.distinct(selection, gradient_lines.offered(selection).values())
    asked = Request(name, **{"lines": lines, "at": selection.t, **fields})
    return gradient_figures.figure_of(gradient_figures.relevant(selection), asked)


def alt(figure: Any) -> str:
    return str(figure.layout.meta["alt"])


def bands(figure: Any) -> int:
    return sum(trace.meta == "band" for trace in figure.data)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", NAMES)
def test_every_figure_says_in_words_what_it_shows(name: Any, theme: Any) -> None:
    for selection in (words(), changed(DEFAULT, cell="gru", trained="adding")):
        figure = drawn(selection, name, theme=theme)
        assert len(alt(figure)) > 60
        assert len(figure.to_json()) < 300_000


@pytest.mark.parametrize("name", NAMES)
def test_a_figure_is_drawn_anew_only_for_what_it_depends_on(name: Any) -> None:
    one = words(units=(2,), span=(1, 2), fold=True)
    same = gradient_figures.relevant(one)
    assert same == gradient_figures.relevant(replace(one, t=2, units=(), span=(), fold=False, numbers="1 2"))
    assert same != gradient_figures.relevant(replace(one, edits=(Edit("bias_hh_l0", (0,), 1.0),)))
    assert alt(drawn(same, name, at=3)) == alt(drawn(one, name, at=3))


@pytest.mark.parametrize("name", ["time", "triangle"])
def test_the_numbers_say_what_was_read_also_where_an_axis_has_no_room_for_it(name: Any) -> None:
    for selection in (words(), changed(DEFAULT, numbers="\n".join(f"{k} 1" for k in range(40)))):
        table = table_of(drawn(selection, name))
        read = networks.recording(without_viewpoint(selection)).tokens
        assert list(table["input"]) == [read[t] for t in table.index]


def test_a_band_is_of_seeds_and_a_trained_network_has_none() -> None:
    figure = drawn(words(), "time")
    assert bands(figure) == 2 * len([trace for trace in figure.data if trace.mode == "lines+markers"])
    assert "seed 1; band: seeds 1 to 5." in alt(figure)
    assert "seed 1; band: seeds 1 to 3; random normal inputs." in alt(drawn(words(), "length"))
    one = changed(DEFAULT, cell="lstm", trained="latch")
    figure = drawn(one, "time")
    assert bands(figure) == 0
    assert "16 → 32 units; untrained: seed 2." in alt(figure)
    names = {trace.name.partition(":")[0] for trace in figure.data if trace.mode == "lines+markers"}
    assert {"LSTM, trained", "LSTM, untrained, forget bias 1", "RNN, untrained", "GRU, trained"} <= names
    assert "random tokens of its vocabulary." in alt(drawn(one, "length"))
    assert "random normal inputs." in alt(drawn(changed(DEFAULT, cell="lstm", trained="adding"), "length"))
    assert "seed" not in alt(drawn(one, "time", lines=(gradient_lines.OWN,)))


def test_what_a_loss_is_of_is_said() -> None:
    assert "L is p · hₜ, p random of length 1, at t = 9; float64." in alt(drawn(words(), "time"))
    assert "L is the output yₜ, summed over all steps" in alt(drawn(words(), "time", of="read-out", at=None))
    several = words(output_size=3)
    assert "Lₜ is the largest of the outputs yₜ" in alt(drawn(several, "triangle", of="read-out"))
    assert "the largest of the outputs" in str(gradient_figures.word_payload(several, "read-out", (0, 2))["caption"])


def test_the_layer_is_said_where_there_are_several() -> None:
    deep = words(num_layers=2, bidirectional=True, layer=1, direction="reverse")
    assert "layer 1 ←" in alt(drawn(deep, "time"))
    assert "layer 1 ←" in alt(drawn(deep, "triangle"))
    assert "layer" not in alt(drawn(deep, "time", by="x")).replace("2 layers", "")


def test_why_is_shown_of_a_plain_rnn() -> None:
    assert "A plain RNN instead of your network: RNN, 4 → 8 units, seed 1." in alt(drawn(words(), "singular"))
    assert "A plain RNN in its place" not in alt(drawn(words(cell="rnn"), "jacobian"))
    one = changed(DEFAULT, cell="lstm", trained="latch")
    assert "A plain RNN instead of your network: RNN, 16 → 32 units, trained: the first word." in alt(
        drawn(one, "jacobian")
    )
    weight = checkpoints.load("latch-rnn").weights["weight_hh_l0"]
    np.testing.assert_allclose(drawn(one, "singular").data[0].y, analysis.singular_values(weight), rtol=1e-5)


def test_at_the_limits_less_is_computed_and_that_is_said() -> None:
    long, wide = words(5_000, hidden_size=64), words(250, cell="rnn", hidden_size=512, num_layers=4)
    assert len(drawn(long, "time", lines=(gradient_lines.OWN,)).to_json()) < 300_000
    triangle = drawn(long, "triangle")
    assert "Only every 69th loss is drawn." in alt(triangle)
    assert len(triangle.to_json()) < 300_000
    assert "From the last step back, at most 20 steps." in alt(drawn(wide, "jacobian"))
    assert "Longer sequences than 100 would take too long for a network of this size." in alt(
        drawn(wide, "length", lines=(gradient_lines.OWN,))
    )
    assert "would take" not in alt(drawn(words(), "length"))


@pytest.mark.parametrize(("steps", "units"), [(10, 8), (200, 64), (1_000, 256), (1_000, 512), (5_000, 102)])
def test_of_the_words_a_block_about_the_chosen_one_is_sent(steps: int, units: int) -> None:
    one = words(steps, hidden_size=units)
    assert one.model.hidden_size == units <= HIDDEN_SIZE.high
    for t in (0, steps // 2, steps - 1):
        first, end = gradient_figures.block_of(one, t)
        assert first <= t < end <= steps
        assert (end - first) * steps <= 30_000
    assert gradient_figures.block_of(words(), 4) == (0, 10)
    if steps * units <= 12_800:
        payload = gradient_figures.word_payload(without_viewpoint(one), "projection", gradient_figures.block_of(one, 0))
        assert len(message(payload)) < 300_000


def test_rows_of_the_triangle_are_even_and_end_at_the_last_loss() -> None:
    assert gradient_figures.rows_for(7) == (0, 1, 2, 3, 4, 5, 6)
    rows = gradient_figures.rows_for(1_000, 60)
    assert rows[-1] == 999
    assert len(rows) <= 60
    assert set(np.diff(rows)) == {17}


# --- The prose ---

PARTS: Final = [*gradient_view.VIEWS.values(), "time-trained", "time-adding", "length-trained", "words-trained"]
REVIEWS: Final = ["time-reviews", "words-reviews"]


@pytest.mark.parametrize("part", [*PARTS, *REVIEWS])
def test_every_view_is_explained_and_asks_one_question(part: str) -> None:
    text = PROSE.partition(f"<!-- {part} -->\n")[2].partition("\n<!-- ")[0]
    assert "**What you see.**" in text
    assert text.count("**Ask yourself.**") == 1
    asked, _, answer = text.partition("\n\n**Answer.** ")
    assert asked.endswith("?")
    assert answer.strip()


def test_the_text_is_about_what_is_shown() -> None:
    one = changed(DEFAULT, cell="lstm", trained="latch")
    assert {gradient_view.part(words(), view) for view in gradient_view.VIEWS.values()} <= set(PARTS)
    assert {gradient_view.part(one, view) for view in gradient_view.VIEWS.values()} <= set(PARTS)
    assert gradient_view.part(one, "words") == "words-trained"
    assert gradient_view.part(one, "time") == "time-trained"
    assert gradient_view.part(changed(one, trained="adding"), "time") == "time-adding"


def sequences(known: checkpoints.Checkpoint, count: int) -> list[np.ndarray]:
    """Held-out sequences of the task that a network was trained for, as it reads them."""
    batch = tasks.task(known.task).held_out(count)
    return [known.vectors([known.vocabulary[k] for k in x]) if x.ndim == 1 else x for x in batch.x]


def factor(model: ModelSpec, x: np.ndarray) -> float:
    norms = step_gradients(model, x, at=len(x) - 1).norms
    return float(analysis.factor_per_step(norms[::-1], len(x) // 4).factor)


ADDING: Final = changed(DEFAULT, cell="lstm", trained="adding")
"""The network of which the text speaks."""


def norms_of(cell: str, line: gradient_lines.Line = gradient_lines.OWN) -> np.ndarray:
    """What the page shows of one of those that add, (step,)."""
    one = changed(ADDING, cell=cell)
    return gradient_lines.step_gradients(one, line, "h", "read-out", 29)[0].norms


@pytest.mark.parametrize(("cell", "before", "after"), [("rnn", 0.6, 0.95), ("gru", 0.67, 0.95), ("lstm", 0.84, None)])
def test_training_to_add_has_bent_the_curves(cell: str, before: float, after: float | None) -> None:
    curves = [norms_of(cell, gradient_lines.Line("before")), norms_of(cell)]
    found = [round(float(analysis.factor_per_step(norms[::-1], 7).factor), 2) for norms in curves]
    assert found[0] == before
    assert f"{before:.2f}" in PROSE
    legend = alt(drawn(changed(ADDING, cell=cell), "time", of="read-out", at=29, lines=(gradient_lines.OWN,)))
    assert ("per step" in legend) == (after is not None)
    if after:
        assert found[1] == after
        assert f"{after:.2f}" in PROSE


def test_what_reaches_the_first_step_of_the_lstm_that_adds() -> None:
    before, after = norms_of("lstm", gradient_lines.Line("before")), norms_of("lstm")
    assert f"{after[0] / after[-1]:.0%}".replace("%", " %") == "8 %"
    assert f"{before[0] / before[-1]:.2%}".replace("%", " %") == "0.05 %"
    assert "8 % of the gradient at the last step reaches the first step; before training it was 0.05 %" in " ".join(
        PROSE.split()
    )


def test_before_training_a_ten_millionth_reached_the_first_step() -> None:
    known = checkpoints.load("adding-rnn")
    (x,) = sequences(known, 1)
    norms = step_gradients(known.trained_by.model, x, at=len(x) - 1).norms
    assert 0.5e-7 < norms[0] / norms[-1] < 5e-7


def test_an_lstm_that_holds_a_bit_lets_less_through_than_at_its_start() -> None:
    known = checkpoints.load("latch-lstm")
    ratios = []
    for x in sequences(known, 12):
        after, before = (step_gradients(m, x, at=len(x) - 1).norms for m in (known.model, known.trained_by.model))
        ratios.append((after[0] / after[-1]) / (before[0] / before[-1]))
    assert np.median(ratios) < 0.1


@pytest.mark.parametrize(("cell", "found"), [("lstm", 40), ("gru", 40), ("rnn", 14)])
def test_the_marked_numbers_have_the_largest_gradients(cell: str, found: int) -> None:
    known = checkpoints.load(f"adding-{cell}")
    hits, usual = 0, []
    for x in sequences(known, 40):
        norms = step_gradients(known.model, x, by="x", of="read-out", at=len(x) - 1).norms
        marked = np.flatnonzero(x[:, 1] > 0.5)
        hits += set(np.argsort(-norms)[:2]) == set(marked)
        usual.append(norms[marked].mean() / np.median(np.delete(norms, marked)))
    assert hits == found
    if cell != "rnn":
        assert np.median(usual) > 10


def test_the_lstm_that_remembers_the_first_word_has_its_largest_gradient_at_the_last() -> None:
    known = checkpoints.load("latch-lstm")
    for x in sequences(known, 12):
        norms = step_gradients(known.model, x, by="x", of="read-out", at=len(x) - 1).norms
        assert norms.argmax() == len(x) - 1


def test_what_the_prose_says_of_networks_that_judge_reviews() -> None:
    one = OPENINGS["Sentiment"]
    assert gradient_view.part(one, "time") == "time-reviews"
    at = len(gradient_lines.input_of(one, gradient_lines.OWN)) - 1

    def left(line: Any, of: Any, selection: Selection = one, at: int = at) -> float:
        norms = gradient_lines.step_gradients(selection, line, "h", of, at)[0].norms
        return float(norms[0] / norms[-1])

    assert f"{left(gradient_lines.OWN, 'read-out'):.1%}" == "2.6%"
    assert left(gradient_lines.offered(one)["LSTM"], "read-out") == pytest.approx(1.6e-12, rel=0.1)
    shares = []
    for family in ("reviews-lecture-bilstm", "reviews-lecture-lstm"):
        other = changed(changed(one, trained=family), words=one.words)
        last = len(gradient_lines.input_of(other, gradient_lines.OWN)) - 1
        shares.append(f"{left(gradient_lines.OWN, 'projection', other, last):.0%}")
    assert shares == ["3%", "7%"]
    assert "2.6 % of the last word’s gradient" in " ".join(PROSE.split())
    assert "some 3 and 7 %" in " ".join(PROSE.split())
