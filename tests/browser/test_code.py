"""The code behind a picture is opened, copied, downloaded and run, and its numbers are those on the page."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from rnnviz.ui.selection import without_viewpoint
from rnnviz.ui.selection.link import from_params
from rnnviz.ui.shell import networks
from tests.browser.test_accessibility import predicted, said, turn_dark
from tests.browser.waiting import PATIENCE, settle, steady, until
from tests.ui.codegen.running import run

Visit = Callable[[str], Page]
TYPED: Final = "It's%20%22odd%22%20%5C%20'''%20{x}"
PAGES: Final = {
    f"/Step_through?cell=lstm&input=words&words={TYPED}&t=1": "walk(rnn, x, trace)",
    "/Memory": "figures.outcome_grid",
    "/Sentiment": "model.running",
    "/Attention": "model.decode",
}


def opened(page: Page, at: int = 0) -> Locator:
    """The menu of code under one of the pictures."""
    page.get_by_role("button", name="Code", exact=True).nth(at).click()
    menu = page.get_by_test_id("stPopoverBody")
    expect(menu.get_by_test_id("stCode")).to_be_visible(timeout=PATIENCE)
    settle(page)
    return menu


def shown(menu: Locator) -> str:
    return menu.get_by_test_id("stCode").locator("code").inner_text()


def expect_code(menu: Locator, wanted: str) -> None:
    """Wait for a piece of the code, wherever its lines end."""
    until(menu.page, lambda: wanted in " ".join(shown(menu).split()))


def downloaded(page: Page, menu: Locator, kind: str, folder: Path) -> Path:
    with page.expect_download(timeout=PATIENCE) as download:
        menu.get_by_role("button", name=f"Download {kind}").click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


@pytest.mark.parametrize("address", PAGES)
def test_code_is_downloaded_and_runs(visit: Visit, tmp_path: Path, address: str) -> None:
    page = visit(address)
    menu = opened(page)
    path = downloaded(page, menu, ".py", tmp_path)
    code = path.read_text(encoding="utf-8")
    assert PAGES[address] in code
    assert shown(menu).split() == code.split()
    assert path.name.startswith("rnnviz-")
    names = run(code)
    assert names["shown"] or names["views"] or names["printed"]


def test_what_is_copied_gives_the_numbers_of_the_view(visit: Visit) -> None:
    page = visit(f"/Step_through?cell=lstm&hidden_size=3&input=words&words={TYPED}&t=2&seed=4")
    menu = opened(page)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate("navigator.clipboard.writeText('')")  # what another test has copied
    menu.get_by_test_id("stCode").hover()
    menu.get_by_role("button", name="Copy").click()
    code = page.wait_for_function("() => navigator.clipboard.readText()").json_value()
    params = {"cell": "lstm", "hidden_size": "3", "input": "words", "words": "It's \"odd\" \\ ''' {x}", "seed": "4"}
    selection, _ = from_params(params)
    trace = networks.recording(without_viewpoint(selection)).trace
    names = run(code)
    np.testing.assert_allclose(names["trace"]["c"], trace["c"], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(names["h"], trace.panel("h")[2], rtol=1e-5, atol=1e-6)


def test_a_notebook_of_the_same(visit: Visit, tmp_path: Path) -> None:
    page = visit("/Gates?cell=gru&views=gates.view:weights")
    menu = opened(page)
    path = downloaded(page, menu, ".ipynb", tmp_path)
    book = json.loads(path.read_text(encoding="utf-8"))
    assert (book["nbformat"], [cell["cell_type"] for cell in book["cells"]]) == (4, ["code"])
    source = "".join(book["cells"][0]["source"])
    assert source.split() == shown(menu).split()
    (figure,) = run(source)["shown"]
    assert figure.layout.title.text


def test_nothing_is_made_before_the_menu_is_open_and_it_follows_the_view(visit: Visit) -> None:
    page = visit("/Gradients?cell=lstm")
    expect(page.get_by_test_id("stCode")).to_have_count(0)
    menu = opened(page)
    expect_code(menu, 'ModelSpec(cell="lstm", input_size=5, hidden_size=2, seed=1), start="(this network)"')
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("stPopoverBody")).to_have_count(0)
    page.get_by_role("radio", name="GRU", exact=True).first.click()
    settle(page)
    expect_code(opened(page), 'ModelSpec(cell="gru", input_size=5, hidden_size=2, seed=1), start="(this network)"')


def holds_focus(menu: Locator) -> bool:
    return bool(menu.evaluate("(menu) => menu.contains(document.activeElement)"))


@pytest.mark.parametrize("name", ["Save", "Code"])
def test_the_keyboard_goes_into_a_menu_and_comes_back(visit: Visit, name: str) -> None:
    page = visit("/Gates?cell=gru")
    buttons = {label: page.get_by_role("button", name=label, exact=True).first for label in ("Save", "Code")}
    buttons["Save"].focus()
    if name == "Code":
        page.keyboard.press("Tab")
        expect(buttons["Code"]).to_be_focused()
    page.keyboard.press("Enter")
    menu = page.get_by_role("dialog", name=name, exact=True)
    first = (
        menu.get_by_role("button", name="Download .py") if name == "Code" else menu.get_by_role("radio", name="White")
    )
    expect(first).to_be_focused(timeout=PATIENCE)
    settle(page)
    page.keyboard.press("Tab")
    assert holds_focus(menu)
    page.keyboard.press("Escape")
    expect(menu).to_have_count(0)
    expect(buttons[name]).to_be_focused()


def test_the_pointer_that_opens_a_menu_leaves_the_keyboard_where_it_is(visit: Visit) -> None:
    page = visit("/Gates?cell=gru")
    assert not holds_focus(opened(page))


def test_while_presenting_there_is_none(visit: Visit) -> None:
    page = visit("/Gradients?cell=lstm&present=1")
    expect(page.get_by_role("button", name="Code", exact=True)).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_objects_to_nothing_in_the_menu(visit: Visit, scheme: str) -> None:
    page = visit("/Gradients?cell=lstm&views=gradients.view:on-the-input")
    if scheme == "dark":
        turn_dark(page)
    opened(page)
    found = predicted(page)
    assert not found, said(found)


def test_by_the_keyboard_and_on_a_narrow_window(visit: Visit) -> None:
    page = visit("/Hidden_states?cell=gru")
    page.set_viewport_size({"width": 480, "height": 900})
    settle(page)
    button = page.get_by_role("button", name="Code", exact=True).first
    button.focus()
    page.keyboard.press("Enter")
    menu = page.get_by_test_id("stPopoverBody")
    expect(menu.get_by_role("button", name="Download .py")).to_be_visible(timeout=PATIENCE)
    box = steady(menu)
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 480
    settle(page)
    expect(menu.locator("pre")).to_have_attribute("tabindex", "0")
    found = predicted(page)
    assert not found, said(found)
    page.keyboard.press("Escape")
    expect(menu).to_have_count(0)
