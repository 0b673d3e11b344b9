"""Every menu of code gives the picture that it stands under: run in an empty folder, and compared with the page's."""

import re
from pathlib import Path
from typing import Any, Final

import pytest

from rnnviz.page_registry import PAGES
from tests import views
from tests.ui.codegen.pictures import differences, inside, plain, shown
from tests.ui.codegen.running import assert_same, run
from tests.ui.codegen.test_views import MORE

OTHER: Final = re.compile(
    r"\.start|\.start\.id|\.start\.of|\.answer\.start|\.token|\.of|\.asked|\.model\.links\.\w+|.*\.(?:ulps|where)"
)
"""What is another thing in a script: names of an opening in a browser, links to pages, what a box asks for, and of the
check by torch the last bits, since a network may be built again."""

NUMBERS_ALONE: Final = frozenset({"cliff", "dynamics.plane"})
"""Widgets whose scripts do not open them: the map of an error surface, and the plane of states, of which the script
draws plotly's figure."""

SETTINGS: Final = (
    "/",
    "/?views=home.cell:gru&entries=home.text%3D(a(b))%26home.step%3D3",
    "/?views=home.forget_bias:3-lower",
    "/Sequences?views=sequences.kind:delayed+sequences.step:2",
    "/Step_through?trained=brackets&cell=lstm&t=3",
    "/Step_through?cell=lstm&num_layers=2&bidirectional=1&layer=1&direction=reverse&picture=cell&units=2",
    "/Step_through?trained=reviews-lecture&cell=lstm",
    "/Hidden_states?trained=brackets&cell=lstm&t=3&units=2,4",
    "/Hidden_states?cell=gru&input=words&t=2",
    "/Hidden_states?cell=gru&input=words&views=hidden_states.networks:rnn-lstm-and-gru",
    "/Gradients?cell=lstm&output_size=3&input=words&views=gradients.view:on-the-input",
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
        if key in NUMBERS_ALONE:
            continue
        with inside(tmp_path):
            names = run(code)
        if key in view.widgets:
            (page,) = names["views"]
            widget, data = view.widgets[key]
            assert page._picture.widget == widget
            assert not [text for text in differences(data, plain(page._picture.whole())) if not is_other(text)]
        else:
            (figure,) = names["shown"]
            assert_same(figure, view.figures[key], rtol=1e-2, atol=1e-3)


def is_other(difference: str) -> bool:
    return OTHER.fullmatch(difference.partition(": ")[0]) is not None


def test_a_difference_is_found() -> None:
    one: dict[str, Any] = {"start": {"id": "1.1", "t": 3}, "said": ["a", "b"], "h": 0.5}
    other = {"start": {"id": "alone", "t": 4}, "said": ["a", "c"], "h": 0.5}
    found = [text for text in differences(one, other) if not is_other(text)]
    assert [text.partition(": ")[0] for text in found] == [".said[1]", ".start.t"]
    assert differences({"a": 1.0}, {}) == [".a: only one has it"]
