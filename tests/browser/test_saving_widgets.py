"""What is saved of the widgets is opened: pictures show something, pages step alone, numbers are the trace's."""

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Final
from urllib.parse import unquote

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from playwright.sync_api import Browser, Download, Locator, Page, expect

from rnnviz.ui.selection import without_viewpoint
from rnnviz.ui.selection.link import from_params
from rnnviz.ui.shell import networks
from tests.browser.conftest import WINDOW, Trouble
from tests.browser.test_saving import PRINT, opened, printed, saved
from tests.browser.waiting import LISTEN, PATIENCE, settle, until
from tests.serving import Server

Visit = Callable[[str], Page]
PAGES: Final = {
    "step_through": "/Step_through?cell=lstm&t=1",
    "cell": "/Step_through?cell=gru&t=1&picture=cell",
    "backward": "/Step_through?cell=lstm&t=1&picture=backward",
    "panels": "/Hidden_states?cell=lstm",
    "unrolled": "/Sequences?views=sequences.kind%3Aone-to-one",
    "decoding": "/Attention",
    "writing": "/Characters",
    "cliff": "/Clipping",
    "reader": "/",
}
HINTS: Final = (
    "Drag over", "Keys:", "Point at", "Click", ">The numbers<", "Change", "Output instead", ">say this<", "Unrolled",
    "show matrices", "hide matrices", "Clear selection",
)  # fmt: skip
"""What is of use in a living widget only."""
SHOWN: Final = {
    "step_through": "t = 1 of 2",
    "cell": "update gate",
    "backward": "Back through this step",
    "panels": "Units by <b>index</b>",
    "unrolled": "t = 0 of 0",
    "decoding": ">output<",
    "writing": "1 probability",
    "cliff": "after clipping",
    "reader": "first word",
}
"""What stays."""
WIDGETS: Final = {"cell": "step_through", "backward": "step_through"}
"""Where the widget has another name than the picture."""
NEURONS: Final = "/Characters?views=characters.view:neurons"
LAID_OUT: Final = """() => {
  const svg = document.querySelector("body > svg"), frame = svg.querySelector("foreignObject > div");
  const scale = 1280 / Number(svg.getAttribute("width")), all = [...frame.querySelectorAll("*")];
  const seen = all.filter((one) => one.checkVisibility() && one.getBoundingClientRect().width);
  const said = seen.filter((one) => [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim()));
  const beyond = said.filter((one) => one.getBoundingClientRect().bottom > svg.getBoundingClientRect().bottom + 1);
  const lines = said.filter((one) => !one.closest("sub, sup, tspan, .katex, math"));
  const points = lines.map((one) => parseFloat(getComputedStyle(one).fontSize) * scale * 0.75);
  return [beyond.map((one) => one.textContent), Math.min(...points)];
}"""
"""Text below the slide's lower edge, and the smallest type in points of a slide 13.33 inches wide, but for indices."""
SIZE: Final = "(widget) => [widget.offsetWidth, widget.offsetHeight]"
OVERLAPPING: Final = """
  [...document.querySelectorAll(".inside > *")].flatMap((line, k, lines) => lines.slice(k + 1).filter((next) => {
    const there = next.getBoundingClientRect();
    return [line, ...line.querySelectorAll("*")].some((one) => {
      const here = one.getBoundingClientRect();
      const across = here.right > there.left + 1 && here.left < there.right;
      return across && here.bottom > there.top + 1 && here.top < there.bottom;
    });
  }).map((next) => `${line.textContent} reaches over ${next.textContent}`))
"""


@pytest.mark.parametrize("name", PAGES)
def test_pictures(visit: Visit, server: Server, tmp_path: Path, name: str) -> None:
    page = visit(PAGES[name])
    menu = opened(page)
    with Image.open(saved(page, menu, "PNG", tmp_path)) as picture:
        assert picture.width == 3840
        colors = picture.convert("RGB").resize((400, 300), Image.Resampling.NEAREST).getcolors(120_000)
    assert colors is not None
    assert len(colors) > 50
    text = saved(page, menu, "SVG", tmp_path).read_text(encoding="utf-8")
    root = ET.fromstring(text)  # noqa: S314 - our own
    title = root.find("{http://www.w3.org/2000/svg}title")
    origin = root.find("{http://www.w3.org/2000/svg}desc")
    assert title is not None
    assert title.text
    assert origin is not None
    assert origin.text == page.url.removeprefix(server.url)
    assert server.url not in text
    assert ">Made with rnnviz.<" in text
    assert "<script" not in text
    body = re.sub(r"<style.*?</style>", "", text, flags=re.DOTALL)
    assert re.findall(r"<(?:input|select|textarea|form)\b[^>]*>", body) == []
    assert [hint for hint in HINTS if hint in body] == []
    assert SHOWN[name] in body


@pytest.mark.parametrize("name", [*PAGES, "review_words", "colored_text"])
def test_a_slide_has_whole_parts_in_type_that_a_back_row_reads(
    visit: Visit, browser: Browser, tmp_path: Path, name: str
) -> None:
    page = visit({**PAGES, "review_words": "/Sentiment", "colored_text": NEURONS}[name])
    menu = opened(page)
    widget = page.locator(f".{WIDGETS.get(name, name).replace('_', '-')}")
    before = widget.evaluate(SIZE)
    path = slide(page, menu, tmp_path)
    assert path.name.endswith("-slide.png")
    with Image.open(path) as picture:
        assert picture.size == (3840, 2160)
    assert widget.evaluate(SIZE) == before
    menu.locator(".save-figure").evaluate("(root) => { root.dataset.ratio = 16 / 9; }")
    drawing = saved(page, menu, "SVG", tmp_path).read_text(encoding="utf-8")
    assert page.url not in re.sub(r"<desc>.*?</desc>", "", drawing)
    sheet = browser.new_page(viewport=WINDOW)
    sheet.set_content(f"<style>body {{ margin: 0 }} body > svg {{ width: 1280px; height: 720px }}</style>{drawing}")
    beyond, points = sheet.evaluate(LAID_OUT)
    sheet.close()
    assert beyond == []
    assert points >= 10


GATES: Final = ["input gate", "forget gate", "cell candidate", "output gate", "cell state"]


def words_on_slide(page: Page, menu: Locator, folder: Path) -> str:
    """The words of a widget as it is laid out for one slide."""
    menu.locator(".save-figure").evaluate("(root) => { root.dataset.ratio = 16 / 9; }")
    drawing = saved(page, menu, "SVG", folder).read_text(encoding="utf-8")
    return re.sub(r"<(style|title)\b.*?</\1>|<[^>]*>", "", drawing, flags=re.DOTALL)


MOMENT: Final = "dynamics.moment%3A450-updates"
LATCH: Final = "/Dynamics?cell=gru&trained=latch&t=8&views=dynamics.starts%3Afrom-examples"


@pytest.mark.parametrize(
    "address",
    [PAGES["unrolled"], PAGES["decoding"], PAGES["cliff"], LATCH, LATCH.replace("views=", f"views={MOMENT}+")],
)
def test_the_caption_is_on_the_slide(visit: Visit, tmp_path: Path, address: str) -> None:
    page = visit(address)
    menu = opened(page)
    caption = page.locator(".stBidiComponent [data-part=caption]").first
    said = caption.inner_text()
    assert said
    words = " ".join(words_on_slide(page, menu, tmp_path).split())
    assert " ".join(said.split()).replace("&", "&amp;") in words


def test_all_panels_are_on_the_slide_and_what_is_not_is_said_before(visit: Visit, tmp_path: Path) -> None:
    page = visit("/Gates")
    menu = opened(page)
    shown = page.locator(".panels .panel .name").all_inner_texts()
    assert [name for name in GATES if any(name in one for one in shown)] == GATES
    menu.get_by_role("button", name="For a slide").click()
    expect(menu.get_by_role("alert")).to_contain_text("no room for: the lines of single units.", timeout=PATIENCE)
    words = words_on_slide(page, menu, tmp_path)
    assert [words.count(name) for name in GATES] == [1] * len(GATES)
    assert page.locator(".panels.tight").count() == 0


def test_a_slide_of_two_states_has_every_character_over_heatmaps_one_can_read(visit: Visit, tmp_path: Path) -> None:
    page = visit("/Hidden_states")
    menu = opened(page)
    menu.get_by_role("button", name="For a slide").click()
    expect(menu.get_by_role("alert")).to_contain_text("no room for: the lines of single units.", timeout=PATIENCE)
    words = words_on_slide(page, menu, tmp_path)
    assert "1 in 2" not in words


def test_a_picture_of_three_cells_is_titled_by_them(visit: Visit, tmp_path: Path) -> None:
    page = visit("/Hidden_states?cell=lstm&trained=brackets&views=hidden_states.networks%3Arnn-lstm-and-gru")
    path = saved(page, opened(page), "SVG", tmp_path)
    assert "RNN, LSTM and GRU, 16 → 32 units, trained: bracket depth" in path.read_text(encoding="utf-8")


def test_a_slide_of_a_program_has_whole_blocks_and_says_which_are_on_others(visit: Visit, tmp_path: Path) -> None:
    page = visit("/In_code?views=in_code.view%3Amanual-loop")
    menu = opened(page)
    menu.get_by_role("button", name="For a slide").click()
    expect(menu.get_by_role("alert")).to_contain_text("All states", timeout=PATIENCE)
    words = words_on_slide(page, menu, tmp_path)
    assert "output, h_n = rnn(x)" in words
    assert "torch.stack" not in words


def test_a_slide_of_the_cliff_says_what_the_length_of_an_arrow_is(visit: Visit, tmp_path: Path) -> None:
    page = visit(PAGES["cliff"])
    menu = opened(page)
    assert "length: log ‖g‖" in words_on_slide(page, menu, tmp_path)


def test_an_input_stands_apart_from_the_count_before_it(visit: Visit) -> None:
    token = visit(PAGES["step_through"]).locator(".step-through .read-out .token")
    expect(token).to_have_text("2 2 2 2 2")
    assert token.evaluate("(one) => getComputedStyle(one, '::before').content") == '"· "'


def test_what_a_slide_has_no_room_for_is_on_slides_of_its_own(visit: Visit, tmp_path: Path) -> None:
    page = visit("/Step_through?cell=rnn&t=1")
    menu = opened(page)
    buttons = menu.locator(".save-figure > button:visible")
    apart = "(all) => all.map((one) => one.getBoundingClientRect().top - all[0].getBoundingClientRect().top)"
    before = buttons.evaluate_all(apart)
    menu.get_by_role("button", name="For a slide").click()
    said = menu.get_by_role("alert")
    expect(said).to_contain_text("no room for: Inside the cell at this step.", timeout=PATIENCE)
    assert buttons.evaluate_all(apart) == before  # what is said stands at the end of the menu
    files: list[Download] = []
    heard(page, files)
    said.get_by_role("button", name="Save all parts").click()
    expect(menu.get_by_role("status")).to_contain_text("Saved 3 files", timeout=PATIENCE)
    until(page, lambda: len(files) == 3)
    assert [file.suggested_filename[-6:] for file in files] == ["-1.png", "-2.png", "-3.png"]
    assert "step-by-step" in files[0].suggested_filename
    inks = []
    for k, file in enumerate(files):
        file.save_as(tmp_path / f"{k}.png")
        with Image.open(tmp_path / f"{k}.png") as picture:
            assert picture.size == (3840, 2160)
            inks.append(np.asarray(picture.convert("L").resize((320, 180))))
    assert all(np.abs(one.astype(float) - other).mean() > 1 for one, other in pairwise(inks))


@pytest.mark.parametrize(("address", "files"), [("/Sentiment", 1), (PAGES["decoding"], 2)])
def test_what_only_measures_is_no_part_and_a_column_beside_the_picture_is_one(
    visit: Visit, address: str, files: int
) -> None:
    page = visit(address)
    menu = opened(page)
    came: list[Download] = []
    heard(page, came)
    menu.get_by_role("button", name="For a slide").click()
    every = menu.get_by_role("button", name="Save all parts")
    until(page, lambda: bool(came) or (every.is_visible() and every.is_enabled()))
    if files > 1:
        expect(menu.get_by_role("alert")).to_contain_text("no room for: Step 0: the output is")
        every.click()
    until(page, lambda: len(came) >= files)
    expect(menu.get_by_role("status")).to_contain_text("Saved", timeout=PATIENCE)
    assert len(came) == files


def test_the_title_of_the_first_picture_stands_once(visit: Visit, tmp_path: Path) -> None:
    page = visit("/")
    title = page.locator(".reader [data-part=finding]").inner_text()
    drawing = saved(page, opened(page), "SVG", tmp_path).read_text(encoding="utf-8")
    words = re.sub(r"<(style|title)\b.*?</\1>|<[^>]*>", "", drawing, flags=re.DOTALL)
    assert words.count(title) == 1


def heard(page: Page, files: list[Download]) -> None:
    def add(file: Download) -> None:
        files.append(file)

    page.on("download", add)


def slide(page: Page, menu: Locator, folder: Path) -> Path:
    """A widget for a slide, as it is where one has not room for all of it."""
    files: list[Download] = []
    heard(page, files)
    menu.get_by_role("button", name="For a slide").click()
    rest = menu.get_by_role("button", name="Save this slide without")
    until(page, lambda: bool(files) or (rest.is_visible() and rest.is_enabled()))
    if not files:
        rest.click()
        until(page, lambda: bool(files))
    path = folder / files[0].suggested_filename
    files[0].save_as(path)
    return path


@pytest.mark.parametrize(("name", "pages"), [("step_through", 7), ("decoding", 2)])
def test_a_pdf_has_letters_and_all_parts_and_says_what_it_shows(visit: Visit, name: str, pages: int) -> None:
    page = visit(PAGES[name])
    menu = opened(page)
    written, _ = printed(page, menu, pages)
    assert len(re.findall(rb"/Type /Page\b", written)) == pages
    assert re.search(rb"/MediaBox \[0 0 960 540\]", written)
    assert b"+SourceSans" in written


def test_numbers_on_a_canvas_are_text_in_a_picture_and_drawn_again_afterwards(visit: Visit, tmp_path: Path) -> None:
    page = visit(PAGES["step_through"])
    canvas = page.locator(".step-through .stage canvas")
    before = canvas.evaluate("canvas => canvas.toDataURL()")
    drawing = saved(page, opened(page), "SVG", tmp_path).read_text(encoding="utf-8")
    root = ET.fromstring(drawing)  # noqa: S314 - our own
    texts = ["".join(one.itertext()) for one in root.iter("{http://www.w3.org/2000/svg}text")]
    assert [texts.count(f"{number}.00") for number in (1, 2, 3)] == [5, 5, 5]  # the five inputs of each step
    until(page, lambda: canvas.evaluate("canvas => canvas.toDataURL()") == before)


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
def test_a_cell_fills_its_slide_and_its_title_stands_once(visit: Visit, tmp_path: Path, cell: str) -> None:
    page = visit(f"/Step_through?cell={cell}&t=1&picture=cell")
    menu = opened(page)
    with Image.open(slide(page, menu, tmp_path)) as file:
        ink = np.asarray(file.convert("L")) < 250
    rows, columns = (np.flatnonzero(ink.any(axis=axis)) / ink.shape[1 - axis] for axis in (1, 0))
    assert columns[0] < 0.08
    assert columns[-1] > 0.92
    assert rows[-1] > 0.75
    page.evaluate(PRINT)
    menu.get_by_role("button", name="PDF").click()
    address = page.locator(".rnnviz-printed img").first.get_attribute("src", timeout=PATIENCE) or ""
    menu.locator(".save-figure").evaluate("(root) => { root.dataset.ratio = 16 / 9; }")
    of_deck = saved(page, menu, "SVG", tmp_path).read_text(encoding="utf-8")
    title = f"{cell.upper()}, 5 → 2 units, seed 1"
    assert words_of(unquote(address.partition(",")[2])).count(title) == 1
    assert title not in words_of(of_deck), "a deck has it beside the picture"


def words_of(drawing: str) -> str:
    """What a drawing says, apart from its own title, which is not drawn."""
    return re.sub(r"<(style|title)\b.*?</\1>|<[^>]*>", "", drawing, flags=re.DOTALL)


@pytest.mark.parametrize("name", [*PAGES, "phrase"])
def test_a_dark_picture_of_a_light_page_is_that_of_a_dark_one(
    visit: Visit, server: Server, browser: Browser, tmp_path: Path, name: str
) -> None:
    path = PAGES.get(name, "/Characters?views=characters.view%3Amatch")
    page = visit(path)
    menu = opened(page)
    expect(menu.get_by_role("radio", name="White")).to_be_checked()
    menu.get_by_text("Dark", exact=True).click()
    expect(menu.locator(".save-figure")).to_have_attribute("data-ground", "dark", timeout=PATIENCE)
    settle(page)
    (tmp_path / "light").mkdir()
    found = colored(saved(page, menu, "PNG", tmp_path / "light"))
    back = "host => getComputedStyle(host).getPropertyValue('--st-background-color')"
    assert page.locator("[data-testid=stBidiComponentIsolated]").first.evaluate(back).strip().lower() == "#ffffff"
    with browser.new_context(
        viewport=WINDOW, color_scheme="dark", reduced_motion="reduce", accept_downloads=True
    ) as context:
        context.add_init_script(LISTEN)
        dark = context.new_page()
        dark.goto(server.url + path)
        menu = opened(settle(dark))
        expect(menu.get_by_role("radio", name="Dark")).to_be_checked()
        (tmp_path / "dark").mkdir()
        wanted = colored(saved(dark, menu, "PNG", tmp_path / "dark"))
    assert found.shape == wanted.shape
    assert tuple(found[2, 2]) == (18, 22, 29)
    assert np.abs(found - wanted).mean() < 1


def colored(path: Path) -> np.ndarray:
    """A picture's colours, an eighth as large."""
    with Image.open(path) as picture:
        small = picture.convert("RGB").resize((picture.width // 8, picture.height // 8), Image.Resampling.BOX)
    return np.asarray(small, dtype=np.int64)


@pytest.mark.parametrize("name", PAGES)
def test_pages_step_without_a_network(
    visit: Visit, browser: Browser, trouble: Trouble, tmp_path: Path, name: str
) -> None:
    page = visit(PAGES[name])
    if name == "unrolled":
        page.locator("input[value=in-step]").focus()
        page.keyboard.press("Space")
        expect(page.locator(".unrolled [data-part=step]")).to_have_text(re.compile("of [1-9]"), timeout=PATIENCE)
        settle(page)
    path = saved(page, opened(page), "HTML", tmp_path)
    view = page.url.split("/", 3)[3]
    with browser.new_context(offline=True, viewport={"width": 1366, "height": 768}) as context:
        alone = context.new_page()
        trouble.watch(alone)
        alone.goto(path.as_uri())
        step = alone.locator("[data-part=step]").first
        expect(step).to_have_text(re.compile(r"\d"), timeout=PATIENCE)
        fonts = alone.evaluate("() => [...document.fonts].map((one) => [one.family, one.status])")
        assert ["Source Sans", "loaded"] in [[family.strip('"'), status] for family, status in fonts]
        expect(alone.locator("footer")).to_contain_text(f"This view: /{view}")
        before = step.inner_text()
        for key in ("ArrowLeft", "ArrowRight", "ArrowRight"):
            alone.keyboard.press(key)
            alone.wait_for_timeout(150)
            if step.inner_text() != before:
                break
        assert step.inner_text() != before


def test_a_page_tells_of_what_is_pointed_at(visit: Visit, browser: Browser, tmp_path: Path) -> None:
    page = visit(PAGES["panels"])
    path = saved(page, opened(page), "HTML", tmp_path)
    with browser.new_context(offline=True, viewport={"width": 1366, "height": 768}) as context:
        alone = context.new_page()
        alone.goto(path.as_uri())
        detail = alone.locator(".detail")
        expect(detail).to_have_text(re.compile("Point at a unit"), timeout=PATIENCE)
        canvas = alone.locator(".plot canvas").first.bounding_box()
        assert canvas
        alone.mouse.move(canvas["x"] + canvas["width"] / 2, canvas["y"] + 40)
        expect(detail).to_have_text(re.compile(r"unit \d+"), timeout=PATIENCE)


@pytest.mark.parametrize("name", ["step_through", "panels"])
def test_numbers_are_those_of_the_trace(visit: Visit, tmp_path: Path, name: str) -> None:
    page = visit(PAGES["step_through"] if name == "step_through" else "/Hidden_states?cell=lstm&trained=")
    table = pd.read_csv(saved(page, opened(page), "CSV", tmp_path))
    params = dict(pair.split("=") for pair in page.url.partition("?")[2].split("&"))
    selection, problems = from_params({key: value for key, value in params.items() if key in ("cell", "t")})
    assert not problems
    trace = networks.recording(without_viewpoint(selection)).trace
    prefix = "" if name == "step_through" else "lstm "
    for signal in ("h", "c"):
        names = [f"{prefix}{signal}[{k}]" for k in range(trace.sizes["unit"])]
        np.testing.assert_array_equal(table[names].to_numpy(np.float32), trace.panel(signal))
    page.keyboard.press("Escape")
    found = json.loads(saved(page, opened(page), "JSON", tmp_path).read_text(encoding="utf-8"))
    assert [column["name"] for column in found["columns"]] == list(table.columns)
    assert [row[-1] for row in found["rows"]] == table.iloc[:, -1].tolist()


def test_what_stands_side_by_side_stays_so(visit: Visit, tmp_path: Path) -> None:
    page = visit(PAGES["decoding"])
    text = saved(page, opened(page), "SVG", tmp_path).read_text(encoding="utf-8")
    assert "minmax(380px, 1fr)" in text
    assert "@media" not in text


@pytest.mark.parametrize("width", [1366, 1920])
def test_what_is_laid_open_covers_nothing(visit: Visit, browser: Browser, tmp_path: Path, width: int) -> None:
    page = visit("/Step_through?cell=lstm&num_layers=1&hidden_size=4&input_size=4&input=words&t=1")
    page.set_viewport_size({"width": width, "height": 1000})
    settle(page)
    text = saved(page, opened(page), "SVG", tmp_path).read_text(encoding="utf-8")
    with browser.new_context(viewport={"width": 2600, "height": 1600}) as context:
        alone = context.new_page()
        alone.set_content(text[text.index("<svg") :])
        assert alone.locator(".inside > *").count() >= 6
        assert alone.evaluate(OVERLAPPING) == []


@pytest.mark.parametrize("t", [200, 419])
def test_a_text_is_where_it_was_scrolled_to(visit: Visit, browser: Browser, tmp_path: Path, t: int) -> None:
    page = visit("/Characters")
    page.locator(".writing .text span").nth(t).dispatch_event("click")
    expect(page.locator(".writing [data-part=step]")).to_have_text(re.compile(rf"t = {t} "), timeout=PATIENCE)
    settle(page)
    text = saved(page, opened(page), "SVG", tmp_path).read_text(encoding="utf-8")
    with browser.new_context(viewport={"width": 2600, "height": 1600}) as context:
        alone = context.new_page()
        alone.set_content(text[text.index("<svg") :])
        box, mark = (alone.locator(place).bounding_box() for place in (".writing .text", ".writing .text .at"))
        assert box
        assert mark
        assert box["y"] <= mark["y"] < mark["y"] + mark["height"] <= box["y"] + box["height"]


def test_a_transparent_ground(visit: Visit, tmp_path: Path) -> None:
    page = visit(PAGES["panels"])
    menu = opened(page)
    menu.get_by_role("radio", name="Transparent").click()
    expect(menu.locator(".save-figure")).to_have_attribute("data-ground", "transparent", timeout=PATIENCE)
    settle(page)
    with Image.open(saved(page, menu, "PNG", tmp_path)) as picture:
        assert picture.convert("RGBA").getpixel((3, 3)) == (0, 0, 0, 0)


def test_the_widget_is_as_it_was_after_it_was_saved(visit: Visit, tmp_path: Path) -> None:
    page = visit(PAGES["panels"])
    canvas = page.locator(".panels canvas").first
    size = "canvas => [canvas.width, canvas.height, window.devicePixelRatio, canvas.getBoundingClientRect().width]"
    before = canvas.evaluate(size)
    saved(page, opened(page), "PNG", tmp_path)
    page.wait_for_timeout(500)
    until(page, lambda: canvas.evaluate(size) == before)
