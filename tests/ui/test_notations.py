import json
from pathlib import Path
from typing import Final

import pytest
from streamlit.testing.v1 import AppTest

from rnnviz import names
from rnnviz.notation import LABELS, NOTATIONS, Notation, rewritten, table
from rnnviz.page_registry import GATES, GLOSSARY, GRADIENTS, STEP_THROUGH
from rnnviz.ui.pages.clipping import training
from rnnviz.ui.selection import DEFAULT, Selection, without_viewpoint
from rnnviz.ui.selection.changes import changed
from rnnviz.ui.selection.link import from_params, to_params
from rnnviz.ui.shell import touring
from tests import node
from tests.serving import ROOT
from tests.ui.test_touring import LECTURE

FIGURE: Final = {"gradients.view": "why"}


def opened(path: str, **params: str) -> AppTest:
    page = AppTest.from_file(ROOT / "app.py", default_timeout=60.0).switch_page(path)
    for name, value in params.items():
        page.query_params[name] = value
    page.run()
    assert not page.exception
    return page


def prose(page: AppTest) -> str:
    return "\n".join(one.value for one in (*page.markdown, *page.caption, *page.info))


def test_a_link_names_a_notation_and_one_without_means_torchs() -> None:
    assert to_params(changed(DEFAULT, notation="goodfellow")) == {"notation": "goodfellow"}
    assert from_params({"notation": "raschka"}) == (Selection(notation="raschka"), [])
    assert from_params({})[0].notation == "torch"
    wrong, problems = from_params({"notation": "latex"})
    assert wrong.notation == "torch"
    assert problems == ["notation must be one of torch, raschka, goodfellow; got 'latex'"]


def test_the_network_does_not_depend_on_it() -> None:
    assert without_viewpoint(Selection(notation="raschka")) == without_viewpoint(DEFAULT)


def test_a_tour_goes_on_in_the_notation_of_the_visit() -> None:
    params = touring.params_of(LECTURE.stops[0], "lecture", 1, Selection(notation="raschka", t=1))
    assert params["notation"] == "raschka"
    assert params.get("t") == dict(LECTURE.stops[0].params).get("t")


@pytest.mark.parametrize(
    ("notation", "hidden"), [("torch", "$W_{hh}$"), ("raschka", "$W_{hh}$"), ("goodfellow", "$W$")]
)
def test_prose_of_a_page_is_in_the_notation_of_its_link(notation: Notation, hidden: str) -> None:
    page = opened(STEP_THROUGH.path, cell="rnn", notation=notation, views="step_through.below:what-to-look-for")
    said = prose(page)
    assert hidden in said
    assert rewritten("$W_{ih}$", notation) in said
    if notation != "torch":
        assert "W_{ih}" not in said
    assert page.sidebar.button_group(key="control_notation").value == notation


def test_it_is_chosen_once_for_all_pages() -> None:
    page = opened(GATES.path, cell="lstm")
    page.sidebar.button_group(key="control_notation").set_value("goodfellow").run()
    assert page.query_params["notation"] in ("goodfellow", ["goodfellow"])
    page.switch_page(GRADIENTS.path).run()
    assert not page.exception
    assert page.sidebar.button_group(key="control_notation").value == "goodfellow"
    assert page.sidebar.button_group(key="control_notation").options == [LABELS[one] for one in NOTATIONS]


def test_a_figure_is_in_the_notation_and_torchs_is_left_as_it_is() -> None:
    import numpy as np

    from rnnviz import figures

    figure = figures.singular_value_bars(np.array([1.2, 0.5]), 0.7)
    before = json.loads(figure.to_json())
    assert figures.lettered(figure, "torch") is figure
    now = figures.lettered(figure, "goodfellow").to_json()
    assert "W<sub>hh" in json.dumps(before)
    assert "u003csub\\u003ehh" not in now
    assert json.loads(figure.to_json()) == before, "the figure of other visitors stays"


@pytest.mark.parametrize("notation", NOTATIONS)
def test_the_browser_rewrites_as_python_does(tmp_path: Path, notation: Notation) -> None:
    texts = [latex for cell in names.CELLS for latex in names.formulas(cell).values()]
    texts += [*(part for pair in names.READ_OUT.values() for part in pair), "W_{hh}⊤ ∂L/∂a_t", "∂L/∂W_hh and b_if"]
    texts += ["softmax(W<sub>hy</sub> h + b<sub>y</sub>)", "W<sub>if</sub> and W<sub>in</sub>"]
    texts += ["weight_ih_l0[0,1]", "the transposed W_ih times the gradients"]
    script = (
        'import { translated } from "./shared/notation.js";\n'
        f"const told = translated({json.dumps({'all': texts})}, {json.dumps(dict(table(notation)))}).all;"
    )
    assert node.told(tmp_path, ["shared/notation.js"], script) == [rewritten(text, notation) for text in texts]


def test_an_entry_of_the_glossary_and_an_alt_text_are_in_the_notation_of_the_link() -> None:
    entries = prose(opened(GLOSSARY.path, notation="goodfellow"))
    assert "W_{h" not in entries
    assert "W^{n}h_{t-1}" in entries
    assert rewritten("the largest singular value of Wₕₕ, and W_if", "goodfellow") == (
        "the largest singular value of W, and U^f"
    )


def test_curves_of_a_running_training_are_in_the_notation_of_the_visit() -> None:
    run = training.shipped_pair("IRNN, 10 steps, SGD")
    for notation, letters in (("torch", b"W<sub>hh</sub>"), ("goodfellow", b'singular value of W"')):
        assert letters in training.live_message(run, beside=False, logarithmic=True, notation=notation)
