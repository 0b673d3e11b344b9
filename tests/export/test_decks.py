"""Decks are opened again: a slide a picture, with its title, caption, link, alt text and note."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pptx import Presentation
from pptx.util import Inches

from rnnviz.export import album, links, making, powerpoint, printed, slides
from rnnviz.export.album import Picture
from rnnviz.export.lecture import Entry, Lecture, Look
from rnnviz.export.links import Format
from rnnviz.export.slides import Box

LINK = "http://127.0.0.1:8501/Gates?cell=lstm&words=a+%3Cb%3E"
HOSTILE = "<script>alert(1)</script> & “h” 100 % [x](y) *z*"


def picture(folder: Path, name: str = "01-gates", size: tuple[int, int] = (640, 400), note: str = "Wait.") -> Picture:
    """A picture of nothing in particular that is not blank."""
    file = folder / f"{name}.png"
    noise = np.random.default_rng(0).integers(0, 255, (size[1], size[0], 3), dtype=np.uint8)
    Image.fromarray(noise).save(file)
    entry = Entry("line 1", links.read("/Gates?cell=lstm"), title="" if note else HOSTILE, note=note)
    drawing = file.with_suffix(".svg")
    drawing.write_text(
        f'<?xml version="1.0"?>\n<svg class="a" width="{size[0]}" height="{size[1]}.5"/>', encoding="utf-8"
    )
    files: dict[Format, Path] = {"png": file, "svg": drawing}
    return Picture(
        name, "How often the gates saturate", "LSTM, 8 units", f"Alt: {HOSTILE}", entry, LINK, files, dict(files)
    )


@pytest.fixture
def two(tmp_path: Path) -> list[Picture]:
    folder = tmp_path / "week5"
    folder.mkdir()
    return [picture(folder), picture(folder, "02-gates", (300, 900), note="")]


WEEK = Lecture("week5", (), title="Gates & more", author="A. Teacher")


def test_powerpoint(two: list[Picture], tmp_path: Path) -> None:
    path = tmp_path / "week5.pptx"
    powerpoint.write(slides.slides(two, "png"), WEEK, path)
    deck = Presentation(str(path))
    assert deck.slide_width / deck.slide_height == pytest.approx(16 / 9, abs=0.001)
    assert (deck.core_properties.title, deck.core_properties.author) == ("Gates & more", "A. Teacher")
    front, *sheets = deck.slides
    assert [shape.text_frame.text for shape in front.placeholders] == ["Gates & more", "A. Teacher"]
    assert len(sheets) == len(two)
    for sheet, one in zip(sheets, two, strict=True):
        [shown] = [shape for shape in sheet.shapes if shape.shape_type is not None and hasattr(shape, "image")]
        assert shown.image.blob == one.laid_out["png"].read_bytes()
        assert shown._element.nvPicPr.cNvPr.get("descr") == one.alt
        assert shown.click_action.hyperlink.address == LINK
        assert shown.width / shown.height == pytest.approx(shown.image.size[0] / shown.image.size[1], rel=0.001)
        for shape in sheet.shapes:
            assert 0 <= shape.left <= shape.left + shape.width <= deck.slide_width
            assert 0 <= shape.top <= shape.top + shape.height <= deck.slide_height
        runs = [run for shape in sheet.shapes if shape.has_text_frame for run in shape.text_frame.paragraphs[0].runs]
        assert [run.text for run in runs if run.hyperlink.address == LINK] == [slides.LINKED]
        assert "LSTM, 8 units" in [run.text for run in runs]
        assert 'type="slidenum"' in sheet.element.xml
    assert sheets[0].shapes.title.text_frame.text == "When do the gates open, shut, saturate?"
    assert sheets[1].shapes.title.text_frame.text == HOSTILE
    assert sheets[0].notes_slide.notes_text_frame.text == "Wait."
    assert not sheets[1].has_notes_slide


def test_what_people_add_to_a_deck_is_as_wide(two: list[Picture], tmp_path: Path) -> None:
    powerpoint.write(slides.slides(two, "png"), WEEK, tmp_path / "week5.pptx")
    deck = Presentation(str(tmp_path / "week5.pptx"))
    for layout in deck.slide_layouts:
        for shape in layout.placeholders:
            assert shape.left + shape.width <= deck.slide_width
    assert max(shape.left + shape.width for shape in deck.slide_layouts[1].placeholders) > Inches(11)


@pytest.mark.parametrize(("look", "color"), [(Look(), "FFFFFF"), (Look("dark", "dark"), "12161D")])
def test_the_ground_is_that_of_the_pictures(two: list[Picture], tmp_path: Path, look: Look, color: str) -> None:
    dressed = replace(WEEK, look=look)
    powerpoint.write(slides.slides(two, "png"), dressed, tmp_path / "week5.pptx")
    for sheet in Presentation(str(tmp_path / "week5.pptx")).slides:
        assert str(sheet.background.fill.fore_color.rgb) == color
    assert f"background: #{color}" in printed.html(slides.slides(two, "svg"), dressed)


def test_a_page_to_print(two: list[Picture]) -> None:
    html = printed.html(slides.slides(two, "svg"), WEEK)
    assert html.count("<section>") == 3
    assert "<script" not in html
    assert html.count(f'href="{LINK.replace("&", "&amp;")}"') == 4
    assert html.count('alt="Alt: &lt;script&gt;') == 2
    assert [int(number) for number in re.findall(r">(\d+)</p></section>", html)] == [2, 3]
    assert printed.html(slides.slides(two, "svg"), Lecture("week5", ())).count("<section>") == 2


PRINTED = b"%PDF-1.4\n1 0 obj\n<</Title (Gates)>>\nendobj\nxref\n0 2\n0000000000 65535 f \n0000000009 00000 n \n"
PRINTED += b"trailer\n<</Size 2\n/Info 1 0 R>>\nstartxref\n44\n%%EOF\n"


def test_the_author_of_what_is_printed() -> None:
    told = printed.authored(PRINTED, "Ä. (Ω)")
    assert told.startswith(PRINTED)
    begin = int(re.findall(rb"startxref\n(\d+)\n%%EOF\n", told)[-1])
    assert told[begin:].startswith(b"xref\n0 1\n0000000000 65535 f \n1 1\n")
    place = int(told[begin:].splitlines()[4][:10])
    assert told[place:begin] == b"1 0 obj\n<</Title (Gates)\n/Author <feff00c4002e0020002803a90029>>>\nendobj\n"
    assert b"/Info 1 0 R\n/Prev 44>>" in told[begin:]


def test_what_is_printed_by_nobody_or_in_another_way_stays() -> None:
    assert printed.authored(PRINTED, "") == PRINTED
    assert printed.authored(b"%PDF-1.5\nstartxref\n44\n%%EOF\n", "A. Teacher") == b"%PDF-1.5\nstartxref\n44\n%%EOF\n"


def test_a_drawing_without_a_size_is_refused(two: list[Picture]) -> None:
    two[1].laid_out["svg"].write_text("<svg viewBox='0 0 1 1'/>", encoding="utf-8")
    with pytest.raises(ValueError, match=r"the drawing 02-gates.svg must have a width and a height; got"):
        printed.html(slides.slides(two, "svg"), WEEK)


def test_a_page_of_markdown(two: list[Picture], tmp_path: Path) -> None:
    path = tmp_path / "week5.md"
    printed.write_list(two, replace(WEEK, address=links.HOME), path)
    text = path.read_text(encoding="utf-8")
    assert text.startswith("# Gates \\& more\n\nA. Teacher\n\nEach picture leads to its view")
    assert text.count("## Gates\n\nWhen do the gates open, shut, saturate?\n") == 1
    assert "### How often the gates saturate\n\nWait.\n" in text
    assert text.count(f"](<{LINK}>)") == 2
    assert "<script" not in text.replace("\\<", "")
    for file in re.findall(r"\]\(([\w/.-]+\.png)\)\]", text):
        assert (tmp_path / file).is_file()
    assert len(re.findall(r"!\[Alt", text)) == 2


def test_titles_of_one_page_differ(tmp_path: Path) -> None:
    found = slides.slides([picture(tmp_path), picture(tmp_path, "02-gates")], "png")
    assert [one.title for one in found] == ["When do the gates open, shut, saturate?", "How often the gates saturate"]


def test_titles_are_read_as_plain_text() -> None:
    assert album.plain("Path of h<sub>t</sub> in<br>two") == "Path of hₜ in two"
    assert album.plain('<span style="font-size: 3px">a &lt; b</span>') == "a < b"


def test_what_xml_cannot_hold_is_a_box(two: list[Picture], tmp_path: Path) -> None:
    alt = album.readable("the bell \x07,\n escape \x1b, half a pair \ud800")
    assert alt == "the bell □, escape □, half a pair □"
    page = replace(slides.slides(two, "png")[0], alt=alt, title=alt, caption=alt)
    powerpoint.write([page], WEEK, tmp_path / "week5.pptx")
    sheet = Presentation(str(tmp_path / "week5.pptx")).slides[1]
    assert sheet.shapes.title.text_frame.text == alt


LONG = (
    "Why does the gradient of the loss by an early hidden state vanish in a plain network, and hardly in an LSTM? " * 3
)


@pytest.mark.parametrize("text", ["Where?", LONG[:166], LONG[:300], "W" * 300, "V" * 300, "梯度消失" * 75])
def test_titles_of_any_length_have_room(text: str, two: list[Picture], tmp_path: Path) -> None:
    lecture = replace(WEEK, title=text, author=text)
    pages = [replace(page, title=text) for page in slides.slides(two, "png")]
    powerpoint.write(pages, lecture, tmp_path / "week5.pptx")
    front, sheet, _ = Presentation(str(tmp_path / "week5.pptx")).slides
    for shape in (*front.placeholders, sheet.shapes.title):
        assert _height(text, shape.width / 914_400, shape.text_frame.paragraphs[0].runs[0].font.size.pt) <= shape.height
        assert shape.text_frame.margin_top == 0
    html = printed.html([replace(page, title=text) for page in slides.slides(two, "svg")], lecture)
    large = sheet.shapes.title.text_frame.paragraphs[0].runs[0].font.size.pt
    assert f"height: 0.750in; font-size: {large:.0f}pt" in html
    assert (large == slides.TITLE_POINTS) == (text == "Where?")


def _height(text: str, inches: float, points: float) -> float:
    """Of a text in lines of a sans serif, in EMU: a letter is half as wide as high, a capital or sign of China more."""
    wide = {"W": 0.95, "V": 0.67, "梯": 1.0}.get(text[-1], 0.5)
    lines = -(-len(text) * wide * points // (72 * inches))
    return lines * 1.2 * points * 12_700


STEPS = (
    "xₜ = w σ(xₜ₋₁) + b, x₀ = 0.5, E = (σ(x₅₀) − 0.7)². Rate 0.1, max_norm 1, 400 steps from w = 6, b = −3.05. "
    "Unclipped: ‖g‖ up to 2,183 (step 163); last E 0.09. Clipped: ‖g‖ up to 4,443 (step 251); last E 0.0004385. "
    "Dotted: max_norm. ▽ 0, or below 10⁻⁸."
)


@pytest.mark.parametrize("text", ["LSTM, 8 units", STEPS, 2 * STEPS])
def test_captions_are_whole_and_have_room(text: str, two: list[Picture], tmp_path: Path) -> None:
    pictures = [replace(one, caption=text) for one in two]
    powerpoint.write(slides.slides(pictures, "png"), WEEK, tmp_path / "week5.pptx")
    html = printed.html(slides.slides(pictures, "svg"), WEEK)
    for sheet in list(Presentation(str(tmp_path / "week5.pptx")).slides)[1:]:
        [caption] = [shape for shape in sheet.shapes if shape.has_text_frame and shape.text_frame.text == text]
        [shown] = [shape for shape in sheet.shapes if hasattr(shape, "image")]
        points = caption.text_frame.paragraphs[0].runs[0].font.size.pt
        assert _height(text, caption.width.inches, points) <= caption.height
        assert shown.top + shown.height < caption.top
        assert caption.top + caption.height <= Inches(7.3)
        assert points == slides.SMALL_POINTS or text == 2 * STEPS
        assert f"top: {caption.top.inches:.3f}in" in html
        assert f"height: {caption.height.inches:.3f}in; font-size: {points:.0f}pt" in html
    assert html.count(f">{text}</p>") == 2


@pytest.mark.parametrize(("text", "end"), [("word " * 400, "word …"), ("梯" * 2_000, "梯 …")])
def test_captions_end_where_room_ends(text: str, end: str) -> None:
    box = slides.captioned(slides.MOST_LINES)
    assert slides.shortened("short", box) == "short"
    cut = slides.shortened(text, box)
    assert cut.endswith(end)
    assert slides.below(cut) == box
    assert 0.8 * box.height * 914_400 < _height(cut[:-2], box.width, slides.LEAST_POINTS) <= box.height * 914_400


@pytest.mark.parametrize("size", [(100, 10), (10, 100), (16, 9)])
def test_pictures_fill_their_place(size: tuple[int, int]) -> None:
    place, box = slides.fitted(slides.PICTURE, *size), slides.PICTURE
    assert place.width / place.height == pytest.approx(size[0] / size[1])
    assert max(place.width / box.width, place.height / box.height) == pytest.approx(1)
    assert place.left - box.left == pytest.approx(box.left + box.width - place.left - place.width)
    assert isinstance(place, Box)


def test_smaller_pictures(tmp_path: Path) -> None:
    large = picture(tmp_path, size=(1600, 800)).files["png"]
    before = large.stat().st_size
    making.narrow(large, 800)
    with Image.open(large) as smaller:
        assert smaller.size == (800, 400)
        assert smaller.mode == "P"
    assert large.stat().st_size < before / 4
    assert {path.suffix for path in tmp_path.iterdir()} == {".png", ".svg"}


def test_smaller_pictures_stay_transparent(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    Image.new("RGBA", (640, 400), (200, 0, 0, 0)).save(path)
    making.narrow(path, 320)
    with Image.open(path) as smaller:
        assert smaller.mode == "RGBA"
        assert smaller.getpixel((3, 3))[3] == 0  # type: ignore[index]
