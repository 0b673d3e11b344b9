"""Every menu of code gives the picture that it stands under: run in an empty folder, and compared with the page's."""

import re
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest

from rnnviz.page_registry import PAGES
from rnnviz.ui.shell import code_menu
from tests import views
from tests.ui.codegen.pictures import coarser, differences, inside, is_other, plain, shown
from tests.ui.codegen.running import assert_same, run
from tests.ui.codegen.test_views import MORE

SETTINGS: Final = (
    "/",
    "/?views=home.cell:gru&entries=home.text%3D(a(b))%26home.step%3D3",
    "/?views=home.forget_bias:3-lower",
    "/Sequences?views=sequences.kind:delayed+sequences.step:2",
    "/Step_through?trained=brackets&cell=lstm&t=3",
    "/Step_through?cell=lstm&num_layers=2&bidirectional=1&layer=1&direction=reverse&picture=cell&units=2",
    "/Step_through?trained=reviews-lecture-lstm&cell=lstm",
    "/Hidden_states?trained=brackets&cell=lstm&t=3&units=2,4",
    "/Hidden_states?cell=gru&input=words&t=2",
    "/Hidden_states?cell=gru&input=words&views=hidden_states.networks:rnn-lstm-and-gru",
    "/Hidden_states?trained=reviews-lecture-lstm&cell=lstm&views=hidden_states.networks:rnn-lstm-and-gru",
    "/Hidden_states?trained=characters-python&cell=lstm",
    "/Hidden_states?trained=characters-python&cell=lstm&words=for+k+in+x:&views=hidden_states.networks:rnn-lstm-and-gru",
    "/Hidden_states?trained=characters-shakespeare&cell=gru&views=hidden_states.networks:rnn-lstm-and-gru",
    "/Hidden_states?trained=brackets&cell=lstm&views=hidden_states.networks:rnn-lstm-and-gru",
    "/Gradients?cell=lstm&output_size=3&input=words&views=gradients.view:on-the-input",
    "/Step_through?cell=lstm&picture=backward&t=2",
    "/Step_through?trained=brackets&cell=gru&picture=backward&units=3&views=step_through.loss:loss-at-every-step",
    "/Step_through?cell=rnn&picture=backward&views=step_through.truncation:windows-of-2+step_through.clipping:at-most-0.5",
    "/Clipping?views=cliff.w:5+cliff.b:-2.5+cliff.step:7",
    "/Dynamics?trained=brackets&cell=lstm&t=3&views=dynamics.input:chosen-input+dynamics.point:1",
    "/Dynamics?trained=latch&cell=gru&t=8&views=dynamics.moment:450-updates+dynamics.starts:from-examples",
    "/Dynamics?trained=reviews-lecture-lstm&cell=lstm",
    "/Hidden_states?trained=reviews-lecture-lstm&cell=lstm",
    "/Step_through?trained=encoder-reverse-dot&cell=gru",
    "/Step_through?trained=decoder-reverse-dot&cell=gru",
    "/Step_through?trained=decoder-reverse-dot&cell=gru&picture=backward",
    "/Step_through?trained=reviews-lecture-lstm&cell=lstm&picture=backward",
    "/Step_through?picture=backward&edits=weight_ih_l0%5B0%2C0%5D%3D1%3Bx%5B1%2C0%5D%3D0.5",
    "/Gradients?trained=reviews-lecture-lstm&cell=lstm&words=The+flurb+film+was+good&t=1",
    "/Hidden_states?trained=reviews-lecture-lstm&cell=lstm&words=The+flurb+film+was+good&views=hidden_states.view:words-and-units-together",
    "/Gates?trained=reviews-lecture-lstm&cell=lstm&words=The+flurb+film+was+good&views=gates.view:unit-memory+gates.memory_picture:what-is-left",
    "/Interventions?trained=reviews-lecture-lstm&cell=lstm&words=The+flurb+film+was+good&interventions=ablate:h@0:u3",
    "/Dynamics?trained=reviews-lecture-lstm&cell=lstm&words=The+flurb+film+was+good&t=2",
    "/Characters?views=characters.view:neurons&entries=characters.read%3Dx%2B%253D%2B%2527%25C3%25A9%2527",
    "/Characters?views=characters.view:match&entries=characters.read%3Dx%2B%253D%2B%2527%25C3%25A9%2527",
    "/Sequences?views=sequences.view:order&entries=sequences.first=zyx&sequences.second=a+film",
    "/Interventions?trained=brackets&cell=gru&interventions=ablate:h@0:u3",
)
"""Further settings of views whose scripts have many branches."""

ADDRESSES: Final = [
    *dict.fromkeys([*(address for page in PAGES for address in views.addresses(page)), *(one for one, _ in MORE)]),
    *SETTINGS,
]


@pytest.mark.parametrize("address", ADDRESSES)
def test_the_picture_of(address: str, tmp_path: Path) -> None:
    view = shown(address)
    for key, code in view.codes.items():
        if key in view.widgets or key in view.figures:
            assert re.search(r"^rnnviz\.show\(.*\)\.show\(\)|^\)\.show\(\)", code.splitlines()[-1]), "how it ends"
        with inside(tmp_path):
            names = run(code)
        if key in view.widgets:
            (page,) = names["views"]
            widget, data = view.widgets[key]
            assert page._picture.widget == widget
            drawn = plain(page._picture.whole())
            assert not [text for text in differences(coarser(data, drawn), drawn) if not is_other(text)]
        else:
            (figure,) = names["shown"]
            assert_same(figure, view.figures[key], rtol=1e-2, atol=1e-3)


def test_a_script_begins_with_what_it_needs() -> None:
    assert code_menu.headed("import rnnviz\n").splitlines() == [code_menu.NEEDS, "import rnnviz"]
    assert code_menu.headed("import torch\n").splitlines() == [code_menu.NEEDS_TORCH, "import torch"]


def test_a_difference_is_found() -> None:
    one: dict[str, Any] = {"start": {"id": "1.1", "t": 3}, "said": ["a", "b"], "h": 0.5}
    other = {"start": {"id": "alone", "t": 4}, "said": ["a", "c"], "h": 0.5}
    found = [text for text in differences(one, other) if not is_other(text)]
    assert [text.partition(": ")[0] for text in found] == [".said[1]", ".start.t"]
    assert differences({"a": 1.0}, {}) == [".a: only one has it"]


def test_a_speed_is_compared_where_it_is_more_than_last_bits() -> None:
    def told(*speeds: str) -> list[str]:
        data = ({"points": [{"lines": ["", "", f"Speed q = {speed}"]}]} for speed in speeds)
        return differences(*data)

    assert not told("1.5·10⁻²²", "3·10⁻³¹")
    assert not told("0", "3·10⁻³¹")
    assert not told("0.00031", "0.00032")
    assert told("0.00031", "0.00036")
    assert told("1.5·10⁻²²", "3·10⁻⁹")


def test_numbers_in_one_byte_each_are_those_of_the_script() -> None:
    exact = np.linspace(-0.9, 0.9, 200).reshape(20, 10)
    drawn = {"panels": [{"array": exact}], "view": {"single": True, "stride": 1, "window": 0}}
    coarse = {"panels": [{"array": np.rint(exact / 0.9 * 127) / 127 * 0.9}]}
    page = {**coarse, "view": {"single": False, "stride": 1, "window": 12}}
    assert not differences(coarser(page, drawn), drawn)
    other = {"panels": [{"array": exact[::-1]}], "view": drawn["view"]}
    assert differences(coarser(page, other), other)
