"""What is saved under a picture is opened and looked at: PNG, SVG, CSV, and a page without a network."""

import csv
import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import Trouble
from tests.browser.waiting import PATIENCE, settle
from tests.serving import Server

Visit = Callable[[str], Page]
VIEW: Final = "/Gradients?cell=lstm&words=the+film+was+not+bad"
PRINT: Final = """() => {
  window.print = () => {
    window.named = document.title;
    window.dispatchEvent(new Event("beforeprint"));
  };
}"""
"""A browser without a window never comes back from its dialog."""
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


def test_the_size_of_a_png_is_told_before(visit: Visit, tmp_path: Path) -> None:
    page = visit(VIEW)
    menu = opened(page)
    told = menu.get_by_role("button", name="PNG").inner_text()
    with Image.open(saved(page, menu, "PNG", tmp_path)) as picture:
        assert told == f"PNG {picture.width} × {picture.height} pixels"


def test_a_slide_is_sixteen_by_nine_without_an_address(visit: Visit, page: Page, tmp_path: Path) -> None:
    visit(VIEW)
    path = saved(page, opened(page), "For a slide", tmp_path)
    assert re.fullmatch(r"rnnviz-[a-z0-9-]+-slide\.png", path.name)
    with Image.open(path) as picture:
        assert picture.size == (3840, 2160)
        colors = picture.convert("RGB").resize((192, 108), Image.Resampling.NEAREST).getcolors(192 * 108)
    assert colors is not None
    assert len(colors) > 20


def printed(page: Page, menu: Locator, pages: int = 1) -> tuple[bytes, str]:
    """What the browser's printer writes for the button, so many pages, and the name that its dialog proposes."""
    page.evaluate(PRINT)
    menu.get_by_role("button", name="PDF").click()
    expect(menu.get_by_role("status")).to_have_text(
        "The print dialog saves it: choose “Save as PDF” there."
        + (f" It has {pages} pages, one for each slide." if pages > 1 else ""),
        timeout=PATIENCE,
    )
    expect(page.locator(".rnnviz-printed img")).to_have_count(pages)
    for image in page.locator(".rnnviz-printed img").all():
        expect(image).to_have_attribute("alt", re.compile(r"\w{3}"))
    name = page.evaluate("() => window.named")
    written = page.pdf(prefer_css_page_size=True)
    expect(page.locator(".rnnviz-printed")).to_have_count(0)
    return written, name


@pytest.mark.parametrize("ground", GROUNDS)
def test_a_pdf_is_a_slide_of_lines_and_letters(visit: Visit, ground: str) -> None:
    page = visit(VIEW)
    title = page.title()
    menu = opened(page)
    menu.get_by_role("radio", name=ground).click()
    expect(menu.locator(".save-figure")).to_have_attribute("data-ground", ground.lower(), timeout=PATIENCE)
    written, name = printed(page, menu)
    assert re.fullmatch(r"rnnviz-[a-z0-9-]+", name)
    assert page.title() == title
    assert len(re.findall(rb"/Type /Page\b", written)) == 1
    assert re.search(rb"/MediaBox \[0 0 960 540\]", written)
    assert b"/Subtype /Image" not in written
    assert b"+SourceSans" in written


def test_where_nothing_can_be_printed_it_is_told(visit: Visit) -> None:
    page = visit(VIEW)
    page.evaluate("() => { window.print = () => {}; }")
    menu = opened(page)
    menu.get_by_role("button", name="PDF").click()
    expect(menu.get_by_role("status")).to_have_text(re.compile("no print dialog here"), timeout=PATIENCE)
    expect(page.locator(".rnnviz-printed")).to_have_count(0)


def test_saved_letters_are_those_of_the_page(visit: Visit, tmp_path: Path) -> None:
    page = visit(VIEW)
    drawing = saved(page, opened(page), "SVG", tmp_path).read_text(encoding="utf-8")
    family = page.locator(".gtitle").first.evaluate("title => getComputedStyle(title).fontFamily.split(',')[0]")
    assert family.strip('"') == "Source Sans"
    faces = re.findall(r"@font-face {[^}]*}", drawing)
    assert [re.search(r'font-family: "?([^";]+)', face)[1] for face in faces] == ["Source Sans"]  # type: ignore[index]
    assert all('url("data:font/woff2;base64,' in face for face in faces)
    said = re.sub(r"<style>.*?</style>", "", drawing, flags=re.DOTALL)
    assert said.count("font-family: ") == said.count("font-family: &quot;Source Sans&quot;, ") > 5


def test_a_drawing_has_title_caption_and_link(visit: Visit, tmp_path: Path) -> None:
    page = visit(VIEW)
    path = saved(page, opened(page), "SVG", tmp_path)
    root = ET.fromstring(path.read_text(encoding="utf-8"))  # noqa: S314 - our own
    text = " ".join("".join(element.itertext()) for element in root.iter("{http://www.w3.org/2000/svg}text"))
    title = page.locator(".gtitle").first.text_content() or "nothing"
    assert title.replace(" ", "") in text.replace(" ", "")  # on the page it may have two lines
    assert "LSTM" in text
    assert "http" not in re.sub(
        r'xmlns(:\w+)?="[^"]*"', "", re.sub(r"<style>.*?</style>", "", ET.tostring(root).decode())
    )
    assert text.count("Made with rnnviz.") == 1
    assert text.replace(" ", "").count(title.replace(" ", "")) == 1  # not in the foot again


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


def test_json_has_the_numbers_of_the_csv_with_title_and_link(visit: Visit, server: Server, tmp_path: Path) -> None:
    page = visit(VIEW)
    menu = opened(page)
    path = saved(page, menu, "JSON", tmp_path)
    assert re.fullmatch(r"rnnviz-[a-z0-9-]+\.json", path.name)
    found = json.loads(path.read_text(encoding="utf-8"))
    assert found["format"] == "rnnviz table 1"
    assert found["link"] == page.url.removeprefix(server.url)  # nobody else can open this server
    assert "seed 1" in found["caption"]
    assert found["title"].replace(" ", "") == (page.locator(".gtitle").first.text_content() or "").replace(" ", "")
    with saved(page, menu, "CSV", tmp_path).open(encoding="utf-8", newline="") as file:
        first, *rows = csv.reader(file)
    assert [column["name"] for column in found["columns"]] == first
    assert [["" if cell is None else str(cell) for cell in row] for row in found["rows"]] == rows


def test_a_page_hovers_without_a_network(
    visit: Visit, server: Server, browser: Browser, trouble: Trouble, tmp_path: Path
) -> None:
    page = visit(VIEW)
    path = saved(page, opened(page), "HTML", tmp_path)
    view = page.url.removeprefix(server.url)
    with browser.new_context(offline=True) as context:
        alone = context.new_page()
        trouble.watch(alone)
        alone.goto(path.as_uri())
        plot = alone.locator(".js-plotly-plot")
        expect(plot.locator(".gtitle")).to_have_text(re.compile(r"\w"), timeout=PATIENCE)
        assert alone.evaluate(
            "() => document.fonts.ready.then(() => [...document.fonts].map((one) => one.status))"
        ) == ["loaded"]
        expect(alone.locator("footer")).to_have_text(f"Made with rnnviz. This view: {view}")
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
