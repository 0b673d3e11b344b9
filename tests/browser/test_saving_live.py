"""Trainings are saved while they go on, and what is drawn meanwhile is as light as before."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import Trouble
from tests.browser.test_clipping_training import LONG, button, reached, training
from tests.browser.test_memory import begin, small, updates_of
from tests.browser.test_saving import saved
from tests.browser.waiting import PATIENCE, until

Visit = Callable[[str], Page]


@pytest.fixture
def stopped(page: Page) -> Iterator[None]:
    """Whatever happens, the training does not go on after the test."""
    yield
    button(page, "Stop").click()
    expect(button(page, "Stop")).to_have_count(0, timeout=PATIENCE)


def opened_of(page: Page, key: str) -> Locator:
    """The menu of what is live, and of no figure of the run before, which may stand above it for a moment."""
    opener = page.locator(f".st-key-{key}-save").get_by_role("button", name="Save", exact=True)
    opener.click()
    menu = page.get_by_test_id("stPopoverBody")
    expect(menu.get_by_role("button", name="PNG")).to_be_enabled(timeout=PATIENCE)
    # The menu goes with its button, which moves down when a picture above it gets another line or mark.
    opener.evaluate("(button) => button.scrollIntoView({ block: 'center' })")
    return menu


@pytest.mark.usefixtures("stopped")
def test_curves_that_grow(visit: Visit, browser: Browser, trouble: Trouble, tmp_path: Path) -> None:
    page = visit(training(LONG))
    button(page, "Train both").click()
    until(page, lambda: reached(page) > 100)
    menu = opened_of(page, "training-live")
    table = pd.read_csv(saved(page, menu, "CSV", tmp_path))
    loss = table[(table["picture"] == "Loss of each batch") & (table["what"] == "curve")]
    assert loss["curve"].nunique() == 2
    assert loss["x"].max() >= 100
    assert (loss["y"] > 0).all()
    with Image.open(saved(page, menu, "PNG", tmp_path)) as picture:
        assert picture.width == 3840
        colors = picture.convert("RGB").resize((400, 300), Image.Resampling.NEAREST).getcolors(120_000)
    assert colors is not None
    assert len(colors) > 50
    path = saved(page, menu, "HTML", tmp_path)
    with browser.new_context(offline=True) as context:
        alone = context.new_page()
        trouble.watch(alone)
        alone.goto(path.as_uri())
        expect(alone.locator(".live-curves figure")).to_have_count(6, timeout=PATIENCE)
        assert float(alone.locator(".live-curves canvas").first.get_attribute("data-reached") or 0) >= 100
    now = reached(page)
    until(page, lambda: reached(page) > now)


@pytest.mark.smoke("live_grid", "save_figure")
@pytest.mark.usefixtures("stopped")
def test_a_grid_that_fills_in(visit: Visit, tmp_path: Path) -> None:
    page = visit(small(2_995, "lstm+gru", "100"))
    begin(page)
    until(page, lambda: updates_of(page) > 0)
    menu = opened_of(page, "memory-live")
    table = pd.read_csv(saved(page, menu, "CSV", tmp_path))
    assert set(table["cell"]) == {"LSTM", "GRU"}
    assert set(table["distance T"]) == {100}
    assert table["state"].str.contains("of 2,995").any()
    known = table.dropna(subset=["score"])
    assert known["score"].between(0, 1).all()
    with Image.open(saved(page, menu, "PNG", tmp_path)) as picture:
        assert picture.width == 3840
    before = updates_of(page)
    time.sleep(0.5)
    until(page, lambda: updates_of(page) > before)
