"""Every example that draws is opened in a browser and looked at: after `>>>`, in docs/, and in the notebook."""

import io
import json
from pathlib import Path
from typing import Final

import pytest
import torch
from PIL import Image
from playwright.sync_api import Locator, Page, expect
from plotly.offline import get_plotlyjs
from torch import nn

from rnnviz.listings import LESSONS
from rnnviz.notebook.pages import Saved
from tests import examples
from tests.test_reference import EXAMPLES
from tests.together import together

DOCSTRINGS: Final = {name: examples.of_docstring(value) for name, value in EXAMPLES.items()}
DRAWING: Final = [name for name, sources in DOCSTRINGS.items() if examples.may_draw(sources)]
OF_A_FILE: Final = "docs/own.md"
"""Its examples are of a file that the reader has."""

DOCUMENTS: Final = [
    name for name in examples.DOCUMENTS if name != OF_A_FILE and examples.may_draw(examples.of_document(name))
]

HAS_ROOM: Final = "() => document.getElementById('widget').getBoundingClientRect().height > 80"
LEAST: Final = 0.005
"""The share of a picture's pixels that are not its background, at least; in an empty frame there are none."""

MARKS: Final = ".cartesianlayer .mlayer :is(path, image, text), .cartesianlayer .shapelayer path, .gl-container canvas"
"""What plotly draws of numbers, beside axes."""


def painted(place: Locator) -> float:
    """The share of an element's pixels that have another colour than most."""
    picture = Image.open(io.BytesIO(place.screenshot())).convert("RGB")
    pixels = picture.width * picture.height
    return 1 - max(count for count, _ in picture.getcolors(pixels)) / pixels


def look(page: Page, name: str, picture: examples.Picture, folder: Path) -> None:
    """Open a picture as a page, or draw it on one that has plotly; something must be painted in it."""
    if isinstance(picture, Saved):
        path = folder / "picture.html"
        path.write_text(picture.html, encoding="utf-8")
        page.goto(path.as_uri())
        expect(page.locator("#widget > *").last).to_be_attached()
        page.wait_for_function(HAS_ROOM)
        assert painted(page.locator("#widget")) > LEAST, name
        return
    if not page.evaluate("() => Boolean(window.Plotly && document.getElementById('figure'))"):
        page.set_content("<!doctype html><div id='figure'></div>")
        page.add_script_tag(content=get_plotlyjs())
    page.evaluate("async (figure) => { await Plotly.newPlot('figure', figure); }", json.loads(picture.to_json()))
    expect(page.locator(MARKS).first).to_be_attached()
    assert painted(page.locator("#figure")) > LEAST, name
    page.evaluate("() => Plotly.purge('figure')")


@together("name", DRAWING)
def test_the_example_of(page: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.chdir(tmp_path)
    for what, picture in examples.pictures(DOCSTRINGS[name]).items():
        look(page, what, picture, tmp_path)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_the_examples_of(page: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, document: str) -> None:
    monkeypatch.chdir(tmp_path)
    found = examples.pictures(examples.of_document(document))
    assert found
    for what, picture in found.items():
        look(page, what, picture, tmp_path)


def test_the_example_of_a_network_from_a_file(page: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    words = ["<unk>", "not", "a", "good", "film"]
    model = nn.ModuleDict({"embed": nn.Embedding(5, 4), "rnn": nn.LSTM(4, 6), "out": nn.Linear(6, 2)})
    torch.save(model.state_dict(), "mine.pt")
    Path("vocab.json").write_text(json.dumps(words), "utf-8")
    first, *others = examples.of_document(OF_A_FILE)
    found = examples.pictures([first, *(block for block in others if "rnnviz.show" in block)])
    assert found
    for what, picture in found.items():
        look(page, what, picture, tmp_path)


def test_the_pictures_of_the_notebook(page: Page, tmp_path: Path) -> None:
    found = examples.pictures(examples.of_document("docs/lecture.ipynb"))
    assert set(found) == {block.draws for lesson in LESSONS for block in lesson.blocks if block.draws}
    for what, picture in found.items():
        look(page, what, picture, tmp_path)
