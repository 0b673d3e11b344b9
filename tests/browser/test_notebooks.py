"""The widgets in somebody else's notebook: JupyterLab and marimo with their kernels, and a page made of one."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import nbformat
import numpy as np
import pytest
import torch
from playwright.sync_api import Locator, Page, expect
from torch import nn

import rnnviz
from rnnviz.palette import GROUNDS
from tests.browser.waiting import PATIENCE, until
from tests.serving import ROOT, Server, running

MADE: Final = """\
import torch, rnnviz
torch.manual_seed(0)
lstm, x = torch.nn.LSTM(3, 4), torch.randn(6, 1, 3)
view = rnnviz.show(lstm, x, tokens=list("abcdef"))
"""
CELLS: Final = (f"{MADE}view", "rnnviz.capture(lstm, x)", "view.t")
MARIMO: Final = f"""\
import marimo
app = marimo.App()
@app.cell
def _():
{"".join(f"    {line}{chr(10)}" for line in MADE.splitlines())}    view
    return lstm, rnnviz, x
@app.cell
def _(lstm, rnnviz, x):
    rnnviz.capture(lstm, x)
    return
"""


@pytest.fixture
def jupyterlab(tmp_path: Path) -> Iterator[Server]:
    """JupyterLab as it is after its installation, with a notebook, in folders of its own."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS])
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    (tmp_path / "files").mkdir()
    nbformat.write(notebook, tmp_path / "files" / "own.ipynb")
    folders = {f"JUPYTER_{name}_DIR": str(tmp_path / name) for name in ("CONFIG", "DATA", "RUNTIME")}
    options = ("--no-browser", "--allow-root", "--IdentityProvider.token=", "--LabApp.news_url=None", "--port")
    with running(
        tmp_path / "log.txt",
        cwd=tmp_path / "files",
        command=("jupyterlab", *options),
        environment={**os.environ, **folders, "PYTHONPATH": str(ROOT)},
        health="/api",
    ) as server:
        yield server


@pytest.fixture
def marimo(tmp_path: Path) -> Iterator[Server]:
    """A notebook of marimo as its readers see it."""
    (tmp_path / "own.py").write_text(MARIMO, "utf-8")
    command = ("marimo", "--quiet", "run", str(tmp_path / "own.py"), "--headless", "--no-token", "--port")
    with running(tmp_path / "log.txt", cwd=tmp_path, command=command, health="/health") as server:
        yield server


def lstm() -> tuple[nn.LSTM, torch.Tensor]:
    """What the notebooks make."""
    torch.manual_seed(0)
    return nn.LSTM(3, 4), torch.randn(6, 1, 3)


def rgb(color: str) -> str:
    """A colour of the palette as a browser says it."""
    return f"rgb({', '.join(str(int(color[at : at + 2], 16)) for at in (1, 3, 5))})"


def read(widget: Locator, line: str) -> list[float]:
    """The numbers of the last column of a line of the stepper, as they are written."""
    column = widget.locator(f"[data-line={line}] figure").last.locator(".values span")
    return [float(text.replace("−", "-")) for text in column.all_inner_texts()]


def expect_h(widget: Locator, state: torch.Tensor) -> None:
    """Wait for the numbers of a state: what an edit changes comes from the kernel, after the edit is said."""
    until(widget.page, lambda: np.allclose(read(widget, "h"), state.detach().numpy(), rtol=0, atol=6e-5))


def edit_first_weight(page: Page, widget: Locator, value: str) -> None:
    widget.locator("[data-line=i] .matrix .values span").first.click()
    box = widget.locator(".editor input.typed")
    box.fill(value)
    box.press("Enter")
    expect(widget.get_by_text("weight_ih_l0[0, 0] =")).to_be_visible()


def steps_and_edits(page: Page) -> Locator:
    """Step by the keys, edit a weight, and find torch's numbers both times."""
    widget = page.locator("[data-guest]").filter(has=page.locator(".step-through")).first
    module, x = lstm()
    address = page.url
    expect(widget.locator(".read-out")).to_have_text(
        re.compile("t = 0 of 5 a"), timeout=3 * PATIENCE
    )  # torch is loaded
    widget.locator("[data-part=step]").click()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(widget.locator(".read-out")).to_have_text(re.compile("t = 2 of 5 c"))
    expect_h(widget, module(x)[0][2, 0])
    edit_first_weight(page, widget, "2.5")
    with torch.no_grad():
        module.weight_ih_l0[0, 0] = 2.5
    expect_h(widget, module(x)[0][2, 0])
    assert page.url == address, "the notebook's address is its own"
    return widget


def test_jupyterlab(jupyterlab: Server, page: Page) -> None:
    page.goto(f"{jupyterlab.url}/lab/tree/own.ipynb")
    expect(page.locator(".jp-Notebook .jp-Cell")).to_have_count(len(CELLS))
    expect(page.get_by_text("| Idle")).to_be_visible(timeout=3 * PATIENCE)
    page.get_by_text("Run", exact=True).first.click()
    page.get_by_text("Run All Cells", exact=True).click()
    widget = steps_and_edits(page)
    expect(page.locator("[data-guest] .panels")).to_be_visible()
    expect(page.locator(".panels [data-part=step]")).to_have_text("t = 0 of 5")  # the keys were another widget's
    expect(widget).to_have_css("background-color", rgb(GROUNDS["light"]["background"]))
    page.locator(".jp-Cell").nth(2).locator(".cm-content").click()
    page.keyboard.press("Control+Enter")
    expect(page.locator(".jp-Cell").nth(2).locator(".jp-OutputArea-output")).to_have_text("2")
    page.get_by_text("Settings", exact=True).click()
    page.get_by_text("Theme", exact=True).click()
    page.get_by_text("JupyterLab Dark", exact=True).click()
    expect(widget).to_have_css("background-color", rgb(GROUNDS["dark"]["background"]))


def test_marimo(marimo: Server, page: Page) -> None:
    page.goto(marimo.url)
    steps_and_edits(page)
    expect(page.locator("[data-guest] .panels")).to_be_visible()


def test_a_page_without_a_kernel(page: Page, tmp_path: Path) -> None:
    module, x = lstm()
    frame = rnnviz.show(module, x, view="cell", live=False)._repr_mimebundle_()["text/html"]
    (tmp_path / "made.html").write_text(f"<!doctype html><h1>Report</h1>{frame}<p>The end</p>", "utf-8")
    page.goto((tmp_path / "made.html").as_uri())
    inside = page.frame_locator("iframe")
    expect(inside.locator(".pictures label:visible")).to_have_text(["Unrolled", "Rolled", "The cell"])
    inside.locator("[data-part=step]").click()
    page.keyboard.press("End")
    expect(inside.locator(".read-out")).to_have_text(re.compile("t = 5 of 5"))
    shown = inside.locator("[data-line=h] figure").last.locator(".values span").all_inner_texts()
    told = [float(text.replace("−", "-")) for text in shown]
    np.testing.assert_allclose(told, module(x)[0][5, 0].detach().numpy(), atol=6e-5)
    expect(page.get_by_text("The end")).to_be_visible()
    height = page.locator("iframe").evaluate("(frame) => frame.contentDocument.documentElement.scrollHeight")
    expect(page.locator("iframe")).to_have_css("height", f"{height}px")
