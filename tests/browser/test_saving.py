"""What is saved under a picture is opened and looked at: PNG, SVG, CSV, and a page without a network."""

import csv
import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

from tests import pdf
from tests.browser.conftest import Trouble
from tests.browser.waiting import PATIENCE, settle

Visit = Callable[[str], Page]
VIEW: Final = "/Gradients?cell=lstm&words=the+film+was+not+bad"
GROUNDS: Final = {"White": (255, 255, 255, 255), "Dark": (18, 22, 29, 255), "Transparent": None}


def opened(page: Page) -> Locator:
    """The menu under the first picture."""
    page.get_by_role("button", name="Save", exact=True).first.click()
    menu = page.get_by_test_id("stPopoverBody")
    expect(menu.get_by_role("button", name="PNG")).to_be_enabled(timeout=PATIENCE)
    settle(page)
    return menu


def saved(page: Page, menu: Locator, kind: str, folder: Path) -> Path:
    with page.expect_download(timeout=PATIENCE) as download:
        menu.get_by_role("button", name=kind).click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


@pytest.mark.parametrize("ground", GROUNDS)
def test_a_picture_on_each_ground(visit: Visit, tmp_path: Path, ground: str) -> None:
    page = visit(VIEW)
    menu = opened(page)
    menu.get_by_role("radio", name=ground).click()
    expect(menu.locator(".save-figure")).to_have_attribute("data-ground", ground.lower(), timeout=PATIENCE)
    path = saved(page, menu, "PNG", tmp_path)
    assert re.fullmatch(r"rnnviz-[a-z0-9-]+\.png", path.name)
    expect(menu.get_by_role("status")).to_have_text(f"Saved as {path.name}")
    with Image.open(path) as opened_picture:
        picture = opened_picture.convert("RGBA")
    assert picture.width == 3840
    assert picture.height > 1500
    corner = picture.getpixel((3, 3))
    assert corner == GROUNDS[ground] if GROUNDS[ground] else corner[3] == 0  # type: ignore[index]
    colors = picture.resize((192, 108), Image.Resampling.NEAREST).getcolors(192 * 108)
    assert colors is not None
    assert len(colors) > 20


def test_a_slide_is_sixteen_by_nine_without_an_address(visit: Visit, page: Page, tmp_path: Path) -> None:
    visit(VIEW)
    path = saved(page, opened(page), "For a slide", tmp_path)
    assert re.fullmatch(r"rnnviz-[a-z0-9-]+-slide\.png", path.name)
    with Image.open(path) as picture:
        assert picture.size == (3840, 2160)
        colors = picture.convert("RGB").resize((192, 108), Image.Resampling.NEAREST).getcolors(192 * 108)
    assert colors is not None
    assert len(colors) > 20


@pytest.mark.parametrize("ground", GROUNDS)
def test_a_pdf_is_a_page_with_the_slide_and_its_words(visit: Visit, tmp_path: Path, ground: str) -> None:
    page = visit(VIEW)
    menu = opened(page)
    menu.get_by_role("radio", name=ground).click()
    expect(menu.locator(".save-figure")).to_have_attribute("data-ground", ground.lower(), timeout=PATIENCE)
    expect(menu.get_by_role("button", name="PDF")).to_have_text("PDF a slide, made of pixels")
    path = saved(page, menu, "PDF", tmp_path)
    assert re.fullmatch(r"rnnviz-[a-z0-9-]+\.pdf", path.name)
    expect(menu.get_by_role("status")).to_have_text(f"Saved as {path.name}")
    found = pdf.read(path.read_bytes())
    assert found.size == (960, 540)
    with Image.open(saved(page, menu, "For a slide", tmp_path)) as picture:
        expected = np.asarray(picture.convert("RGBA"))
    np.testing.assert_array_equal(
        np.full(expected.shape[:2], 255) if found.alphas is None else found.alphas, expected[..., 3]
    )
    seen = expected[..., 3] > 0
    np.testing.assert_array_equal(found.colors[seen], expected[seen][:, :3])
    assert (found.alphas is None) == (ground != "Transparent")
    assert found.title.replace(" ", "") == (page.locator(".gtitle").first.text_content() or "").replace(" ", "")
    assert found.subject == page.url
    assert found.alt == page.locator(".js-plotly-plot").first.evaluate("plot => plot.layout.meta.alt")


def test_a_drawing_has_title_caption_and_link(visit: Visit, tmp_path: Path) -> None:
    page = visit(VIEW)
    path = saved(page, opened(page), "SVG", tmp_path)
    root = ET.fromstring(path.read_text(encoding="utf-8"))  # noqa: S314 - our own
    text = " ".join("".join(element.itertext()) for element in root.iter("{http://www.w3.org/2000/svg}text"))
    title = page.locator(".gtitle").first.text_content() or "nothing"
    assert title.replace(" ", "") in text.replace(" ", "")  # on the page it may have two lines
    assert "LSTM" in text
    links = [link.get("{http://www.w3.org/1999/xlink}href") for link in root.iter("{http://www.w3.org/2000/svg}a")]
    assert links
    assert set(links) == {page.url}


def test_the_numbers_are_those_of_the_table(visit: Visit, tmp_path: Path) -> None:
    page = visit(VIEW)
    path = saved(page, opened(page), "CSV", tmp_path)
    with path.open(encoding="utf-8", newline="") as file:
        first, *rows = csv.reader(file)
    page.keyboard.press("Escape")
    page.get_by_text("The numbers", exact=True).first.click()
    table = page.get_by_test_id("stTable").first
    expect(table).to_be_visible(timeout=PATIENCE)
    shown = [row.locator("td, th").all_inner_texts() for row in table.locator("tbody tr").all()]
    assert len(shown) == len(rows)
    assert len(first) == len(rows[0])
    pairs = [(said, cell) for told, row in zip(shown, rows, strict=True) for said, cell in zip(told, row, strict=False)]
    numbers = [(float(said.replace("−", "-")), float(cell)) for said, cell in pairs if re.match(r"[−\d]", said)]
    assert len(numbers) > 4
    assert all(said == pytest.approx(cell, rel=1e-6) for said, cell in numbers)


def test_json_has_the_numbers_of_the_csv_with_title_and_link(visit: Visit, tmp_path: Path) -> None:
    page = visit(VIEW)
    menu = opened(page)
    path = saved(page, menu, "JSON", tmp_path)
    assert re.fullmatch(r"rnnviz-[a-z0-9-]+\.json", path.name)
    found = json.loads(path.read_text(encoding="utf-8"))
    assert found["format"] == "rnnviz table 1"
    assert found["link"] == page.url
    assert "seed 1" in found["caption"]
    assert found["title"].replace(" ", "") == (page.locator(".gtitle").first.text_content() or "").replace(" ", "")
    with saved(page, menu, "CSV", tmp_path).open(encoding="utf-8", newline="") as file:
        first, *rows = csv.reader(file)
    assert [column["name"] for column in found["columns"]] == first
    assert [["" if cell is None else str(cell) for cell in row] for row in found["rows"]] == rows


def test_a_page_hovers_without_a_network(visit: Visit, browser: Browser, trouble: Trouble, tmp_path: Path) -> None:
    page = visit(VIEW)
    path = saved(page, opened(page), "HTML", tmp_path)
    address = page.url
    with browser.new_context(offline=True) as context:
        alone = context.new_page()
        trouble.watch(alone)
        alone.goto(path.as_uri())
        plot = alone.locator(".js-plotly-plot")
        expect(plot.locator(".gtitle")).to_have_text(re.compile(r"\w"), timeout=PATIENCE)
        expect(alone.get_by_role("link", name=address)).to_have_attribute("href", address)
        mark = plot.locator(".scatterlayer .points path").first.bounding_box()
        assert mark
        alone.mouse.move(mark["x"] - 20, mark["y"] - 20)
        alone.mouse.move(mark["x"] + mark["width"] / 2, mark["y"] + mark["height"] / 2, steps=5)
        expect(plot.locator(".hoverlayer .hovertext").first).to_be_visible(timeout=PATIENCE)
        expect(alone.locator("a[data-title*=Share], a[data-title*=loud]")).to_have_count(0)


def test_by_the_keyboard_alone(visit: Visit) -> None:
    page = visit(VIEW)
    page.get_by_role("button", name="Save", exact=True).first.focus()
    page.keyboard.press("Enter")
    menu = page.get_by_test_id("stPopoverBody")
    png = menu.get_by_role("button", name="PNG")
    expect(png).to_be_enabled(timeout=PATIENCE)
    for _ in range(8):
        page.keyboard.press("Tab")
        if png.evaluate("button => button === button.getRootNode().activeElement"):
            break
    with page.expect_download(timeout=PATIENCE):
        page.keyboard.press("Enter")
    expect(menu.get_by_role("status")).to_have_text(re.compile("Saved as"))
