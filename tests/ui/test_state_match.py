"""Where else the units of a range are on: what is searched, the list, and groups that a visitor has named."""

from dataclasses import replace
from pathlib import Path
from urllib.parse import quote, urlencode

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from rnnviz import analysis, checkpoints
from rnnviz.matching.search import units_on
from rnnviz.sentiment import dataset, synthetic
from rnnviz.sentiment.reading import random_of, tokens_of
from rnnviz.sentiment.searched import COUNT, searched
from rnnviz.ui.pages.hidden_states import groups, match_code, match_search
from rnnviz.ui.pages.hidden_states import match as match_view
from rnnviz.ui.pages.hidden_states.groups import Group
from rnnviz.ui.selection import DEFAULT, Selection
from rnnviz.ui.selection.changes import changed
from rnnviz.ui.selection.link import to_params
from tests.ui.codegen.running import run
from tests.ui.opened import choices_of, link_of, opened, warned

VIEW = "hidden_states.view:match"
GROUP = Group("brackets", "h", 0, "forward", 1, 0.3, alone=True, units=(2, 9), name="<b>two</b> $x$ [a](b)")


def brackets(**changes: object) -> Selection:
    return changed(DEFAULT, trained="brackets", cell="gru", **{"words": "((a)b)", **changes})


def values_and_range(selection: Selection, *, alone: bool) -> tuple[np.ndarray, Group]:
    of = match_search.signal_of(selection, "h")
    there = match_search.values_on(of)
    return match_search.values_in(selection, of), match_search.range_of(selection, of, there, alone=alone)


def test_the_units_are_those_that_the_panels_mark() -> None:
    shown = brackets(span=(1, 2), threshold=0.25)
    values, group = values_and_range(shown, alone=True)
    assert group.units == tuple(analysis.on_in_range(values, 1, 2, 0.25).tolist())
    assert (group.length, group.threshold, group.alone) == (2, 0.25, True)


def test_with_any_before_and_after_only_those_are_left_out_that_are_always_on() -> None:
    shown = brackets(span=(1, 2), threshold=0.01)
    values, group = values_and_range(shown, alone=False)
    of = match_search.signal_of(shown, "h")
    _, always = match_search.reached_on(of, 0.01)
    wanted = units_on((values >= np.float32(0.01)).astype(np.uint8), 1, 3, 1, often=2.0)
    assert set(group.units) == set(wanted.tolist()) - set(always)


def test_without_a_range_the_step_is_taken_that_has_most_units_for_itself() -> None:
    values, group = values_and_range(brackets(), alone=True)
    counts = [len(analysis.on_in_range(values, t, t, group.threshold)) for t in range(len(values))]
    assert len(group.units) == max(counts) > 0


def test_places_are_found_with_the_sequences_of_the_task() -> None:
    shown = brackets(span=(0, 0))
    of = match_search.signal_of(shown, "h")
    _, group = values_and_range(shown, alone=True)
    found, corpus = match_search.places_of(of, group), match_search.sequences_of("brackets", "gru").corpus
    values = match_search.values_on(of)
    for place in found.places[:20]:
        assert corpus.tokens[place.start]
        on = values[place.start] >= np.float32(group.threshold)
        assert place.units <= on[list(group.units)].sum()
    assert len(corpus) == match_code.DRAWN


def test_a_place_is_told_as_data_of_sentiment_counts_it() -> None:
    shown = changed(DEFAULT, trained="reviews-lecture-lstm", cell="lstm")
    of = match_search.signal_of(shown, "h")
    _, group = values_and_range(shown, alone=False)
    listed = match_view.rows_of(of, group, match_search.sequences_of("reviews-lecture-lstm", "lstm").corpus)
    assert listed
    texts = dataset.shipped().reviews.texts
    for row in listed:
        number, step = map(int, row.where.split(", t = "))
        assert tuple(tokens_of(texts[number], has_marks=False)[step : step + group.length]) == tuple(row.phrase)


def test_the_steps_are_those_of_the_range_or_as_many_in_a_row() -> None:
    for span, said in (("1,2", "at each of these steps"), ("1,1", "at this step")):
        at = opened(f"/Hidden_states?trained=brackets&cell=gru&words=((a)b)&span={span}&views={VIEW}")
        assert any(said in one.value for one in (*at.markdown, *at.info))
    at = page(f"{VIEW} hidden_states.group:1", (replace(GROUP, length=3),))
    assert any("at least 0.3 for 3 steps in a row and below it" in one.value for one in at.markdown)
    assert not any("at each of these steps" in one.value for one in at.markdown)


def test_the_script_finds_the_same_places() -> None:
    shown = brackets(span=(0, 0))
    of = match_search.signal_of(shown, "h")
    _, group = values_and_range(shown, alone=True)
    done = run(match_code.script_of(shown, group, "sequences drawn from its task"))
    found = match_search.places_of(of, group)
    assert done["found"].complete == found.complete
    assert done["found"].places == found.places


@pytest.mark.parametrize(
    ("trained", "said"),
    [("", "needs a trained network"), ("adding", "no sequences"), ("characters-python", "“Characters”"),
     ("encoder-dates-dot", "no sequences"), ("brackets", ""), ("reviews-lecture-lstm", "")],
)  # fmt: skip
def test_what_cannot_be_searched_is_said(trained: str, said: str) -> None:
    why = match_view.unsearchable(changed(DEFAULT, trained=trained, cell="lstm"))
    assert said in why if said else why == ""


def test_reviews_of_the_server_or_synthetic_ones(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("RNNVIZ_REVIEWS", raising=False)
    found = searched()
    assert found.texts == synthetic.reviews(COUNT, seed=0)["train"].texts
    monkeypatch.setenv("RNNVIZ_REVIEWS", str(tmp_path / "nothing"))
    missing = searched()
    assert missing.texts == found.texts
    assert "FileNotFoundError" in missing.problem
    assert str(tmp_path) not in missing.problem


def test_reviews_of_the_server_are_drawn_from_all_of_them(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    rows = {"text": [f"film {k}" for k in range(3_000)], "label": [1] * 1_500 + [0] * 1_500}
    table = pd.DataFrame({**rows, "split": "test", "movie": "tt1"})
    table.to_parquet(tmp_path / "imdb_reviews.parquet")
    monkeypatch.setenv("RNNVIZ_REVIEWS", str(tmp_path))
    found = searched()
    assert (len(found.texts), found.problem) == (COUNT, "")
    assert found.texts == searched().texts
    halves = [int(text.split()[1]) < 1_500 for text in found.texts]
    assert 800 < sum(halves) < 1_200
    code = match_code.script_of(changed(DEFAULT, trained="reviews-lecture-lstm", cell="lstm"), GROUP, found.said)
    lines = "\n".join(line for line in code.splitlines() if line.startswith(("chosen", "texts = ")))
    names: dict[str, object] = {"random_of": random_of, "every": [f"film {k}" for k in range(3_000)]}
    exec(lines, names)  # noqa: S102 - a script of ours
    assert tuple(names["texts"]) == found.texts  # type: ignore[arg-type]


def test_a_network_that_cannot_be_searched_is_one_click_from_one_that_can() -> None:
    at = opened(f"/Hidden_states?cell=gru&views={VIEW}")
    at.button(key="hidden_states.reviews").click().run()
    assert not at.exception
    assert (link_of(at)["trained"], warned(at)) == ("reviews-bilstm", [])
    assert any("reviews. The table lists" in one.value for one in at.markdown)


@pytest.mark.parametrize(
    ("family", "cell", "chosen"),
    [("python", "lstm", ""), ("shakespeare", "gru", "characters.cell:gru characters.subject:shakespeare ")],
)
def test_a_network_of_characters_leads_to_match_of_characters_with_it(family: str, cell: str, chosen: str) -> None:
    found = match_view.on_characters(changed(DEFAULT, trained=f"characters-{family}", cell=cell))
    assert to_params(found)["views"] == f"{chosen}characters.view:match"
    at = opened(f"/Characters?{urlencode(to_params(found))}")
    assert warned(at) == []
    shown = choices_of(at)
    assert shown["characters.view"][1] == ("Match",)
    assert shown["characters.cell"][1] == (cell.upper(),)
    assert shown["characters.subject"][1][0].lower().startswith(family)


# --- Groups ---


@given(st.lists(st.text(max_size=60), max_size=4), st.text(max_size=200))
def test_a_group_comes_back_as_it_was_and_nothing_else_is_one(names: list[str], noise: str) -> None:
    kept = tuple(replace(GROUP, name=groups.cleaned(name)) for name in names if groups.cleaned(name))
    text = groups.written(kept)
    assert groups.read(text) == kept
    assert groups.read(f"{noise}\n{text}")[-len(kept) :] == kept if kept else True
    assert all(name.isprintable() and "\n" not in name for name in (one.name for one in groups.read(noise)))


@pytest.mark.parametrize(
    "line",
    ["brackets h 0 forward 1 0.3 1 9,2 not in order", "brackets h 0 forward 1 0.3 1 2,2 twice",
     "brackets h 0 forward 1 0.3 1 2048 high", "../x h 0 forward 1 0.3 1 2 path", "brackets q 0 forward 1 0.3 1 2 q",
     "brackets h 0 forward 0 0.3 1 2 no step", "brackets h 0 forward 1 3 1 2 high", "brackets h 0 forward 1 0.3 1 2 "],
)  # fmt: skip
def test_a_line_that_is_no_group_is_left_out(line: str) -> None:
    assert groups.read(f"{line}\n{groups.written((GROUP,))}") == (GROUP,)


def page(views: str, kept: tuple[Group, ...] = ()) -> AppTest:
    entries = quote(urlencode([("hidden_states.groups", groups.written(kept))])) if kept else ""
    link = f"/Hidden_states?trained=brackets&cell=gru&words=((a)b)&span=0,0&views={quote(views)}"
    return opened(f"{link}&entries={entries}" if kept else link)


def test_units_are_named_and_searched_for_again_and_forgotten() -> None:
    at = page(VIEW)
    at.text_input(key="hidden_states.name").set_value("  depth\u202e one ").run()
    link = link_of(at)
    assert "hidden_states.group:1" in link["views"]
    assert at.selectbox(key="choice_hidden_states.group").options[1].startswith("depth one: ")
    assert not at.exception
    assert at.selectbox(key="choice_hidden_states.group").value == 1
    at.button(key="hidden_states.forget").click().run()
    assert "entries" not in link_of(at)


def test_a_name_is_never_markup() -> None:
    at = page(f"{VIEW} hidden_states.group:1", (GROUP,))
    assert not at.exception
    assert at.selectbox(key="choice_hidden_states.group").value == 1
    assert GROUP.name in at.selectbox(key="choice_hidden_states.group").options[1]
    assert not any("<b>two" in one.value for one in (*at.markdown, *at.caption))


def test_a_group_of_another_network_opens_that_network() -> None:
    known = checkpoints.load("latch-gru")
    other = replace(GROUP, network="latch", units=(0, known.model.hidden_size - 1))
    at = page(VIEW, (GROUP, other))
    at.selectbox(key="choice_hidden_states.group").set_value(2).run()
    assert not at.exception
    assert link_of(at)["trained"] == "latch"
    assert link_of(at)["units"] == f"0,{known.model.hidden_size - 1}"
