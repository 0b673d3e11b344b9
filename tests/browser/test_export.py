"""The command for a whole lecture, as it is typed: its files are opened and looked at."""

import csv
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
from PIL import Image
from playwright.sync_api import Page
from pptx import Presentation

from rnnviz.export import devtools, links
from rnnviz.export.slides import LINKED
from rnnviz.page_registry import BY_ADDRESS
from rnnviz.places import ASSETS
from rnnviz.ui.selection import without_viewpoint
from rnnviz.ui.selection.link import from_params
from rnnviz.ui.shell import networks
from rnnviz.widgets import bundling
from tests.browser import chromium
from tests.serving import ROOT, Server

GALLERY: Final = ROOT / "docs" / "gallery.md"
PATIENCE: Final = 180
LECTURE: Final = """\
title: Vanishing gradients
author: A. Teacher
address: https://rnn.example.org
figures:
  - link: http://127.0.0.1:8501/Gradients?cell=lstm&words=the+film+was+not+bad
    title: Where did it go?
    note: Who has seen this curve before?
  - link: /Hidden_states?cell=lstm&trained=
    figure: hidden_states
"""


def command(*arguments: str) -> dict[str, Any]:
    """What starts the command as somebody types it, for subprocess."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), devtools.VARIABLE: str(chromium.require())}
    return {
        "args": [sys.executable, "-m", "rnnviz", "export", *arguments],
        "cwd": ROOT,
        "env": environment,
        "text": True,
    }


def exported(*arguments: str) -> tuple[str, str]:
    """What the command has said, on either way."""
    done = subprocess.run(**command(*arguments), capture_output=True, timeout=PATIENCE, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout, done.stderr


def colors(path: Path) -> int:
    with Image.open(path) as picture:
        found = picture.convert("RGB").resize((400, 300), Image.Resampling.NEAREST).getcolors(120_000)
    return len(found or ())


@pytest.fixture(scope="module")
def week5(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a lecture of two pictures in every format, made by an application of its own."""
    folder = tmp_path_factory.mktemp("export")
    (folder / "week5.yaml").write_text(LECTURE, encoding="utf-8")
    every = "png,svg,html,csv,json,pptx,pdf,md"
    told, said = exported(str(folder / "week5.yaml"), "--to", str(folder), "--formats", every)
    assert "1 of 2: Gradients, gradients-time" in said
    assert "2 pictures of 2 views" in told
    return folder


NAMES: Final = ("01-gradients-time", "02-hidden-states")


def test_every_file_is_there_and_nothing_else(week5: Path) -> None:
    files = {f"{name}.{form}" for name in NAMES for form in ("png", "svg", "html", "csv", "json")}
    assert {path.name for path in (week5 / "week5").iterdir()} == files
    assert {path.name for path in week5.iterdir()} == {
        "week5",
        *(f"week5.{form}" for form in ["yaml", "pptx", "pdf", "md"]),
    }


def test_pictures_are_whole_and_not_blank(week5: Path) -> None:
    for name in NAMES:
        path = week5 / "week5" / f"{name}.png"
        with Image.open(path) as picture:
            assert picture.width == 3840
            assert picture.convert("RGBA").getchannel("A").getextrema() == (255, 255)
        assert colors(path) > 20


def test_drawings_have_title_caption_and_a_link_that_readers_can_follow(week5: Path) -> None:
    curve = (week5 / "week5" / "01-gradients-time.svg").read_text(encoding="utf-8")
    root = ET.fromstring(curve)  # noqa: S314 - our own
    text = " ".join("".join(element.itertext()) for element in root.iter("{http://www.w3.org/2000/svg}text"))
    assert "gradient" in text
    assert "LSTM" in text
    shown = [link.get("href") for link in root.iter("{http://www.w3.org/2000/svg}a")]
    assert set(shown) == {"https://rnn.example.org/Gradients?cell=lstm&input=words&words=the+film+was+not+bad"}
    assert "film" in curve
    states = ET.fromstring((week5 / "week5" / "02-hidden-states.svg").read_text(encoding="utf-8"))  # noqa: S314
    told = states.find("{http://www.w3.org/2000/svg}desc")
    assert told is not None
    assert (told.text or "").startswith("https://rnn.example.org/Hidden_states?")


def test_numbers_are_those_of_the_trace(week5: Path) -> None:
    with (week5 / "week5" / "02-hidden-states.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    selection, problems = from_params({"cell": "lstm", "trained": ""})
    assert not problems
    trace = networks.recording(without_viewpoint(selection)).trace
    units = range(trace.sizes["unit"])
    found = [[float(row[f"lstm h[{k}]"]) for k in units] for row in rows]
    assert found == pytest.approx(trace.panel("h"), rel=1e-6)


def test_json_has_the_same_numbers_and_the_link(week5: Path) -> None:
    found = json.loads((week5 / "week5" / "02-hidden-states.json").read_text(encoding="utf-8"))
    with (week5 / "week5" / "02-hidden-states.csv").open(encoding="utf-8", newline="") as file:
        first, *rows = csv.reader(file)
    assert [column["name"] for column in found["columns"]] == first
    assert [[str(cell) for cell in row] for row in found["rows"]] == rows
    assert "/Hidden_states?" in found["link"]


def test_the_slides(week5: Path) -> None:
    _, curve, states = Presentation(str(week5 / "week5.pptx")).slides
    for sheet, page in ((curve, "Gradients"), (states, "Hidden_states")):
        [shown] = [shape for shape in sheet.shapes if hasattr(shape, "image")]
        assert shown.image.size[0] == 3840
        assert len(shown._element.nvPicPr.cNvPr.get("descr")) > 40
        address = shown.click_action.hyperlink.address
        assert address.startswith(f"https://rnn.example.org/{page}?")
        texts = [shape.text_frame for shape in sheet.shapes if shape.has_text_frame]
        [link] = [run for text in texts for run in text.paragraphs[0].runs if run.text == LINKED]
        assert link.hyperlink.address == address
    assert curve.shapes.title.text_frame.text == "Where did it go?"
    assert curve.notes_slide.notes_text_frame.text == "Who has seen this curve before?"
    assert states.shapes.title.text_frame.text == "How do h and c change over time?"


def test_the_pages_in_print(week5: Path) -> None:
    printed = (week5 / "week5.pdf").read_bytes()
    assert printed.startswith(b"%PDF-")
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 3
    assert printed.count(b"/URI (https://rnn.example.org/Gradients?") >= 2
    assert b"/Alt " in printed
    title, author = (f"\ufeff{text}".encode("utf-16-be").hex() for text in ("Vanishing gradients", "A. Teacher"))
    assert b"/Title (Vanishing gradients)" in printed or f"/Title <{title}>".encode() in printed.lower()
    assert f"/Author <{author}>".encode() in printed
    assert b"/MediaBox [0 0 960 540]" in printed or b"/MediaBox [0 0 959" in printed


def test_a_page_without_a_network_is_among_them(week5: Path) -> None:
    text = (week5 / "week5" / "02-hidden-states.html").read_text(encoding="utf-8")
    assert "default-src 'none'" in text
    assert "https://rnn.example.org/Hidden_states" in text


def test_in_the_dark_from_a_running_application(server: Server, tmp_path: Path) -> None:
    source = tmp_path / "pasted.txt"
    source.write_text("# what is wrong with a link is told\n/Gates?cell=lstn\n", encoding="utf-8")
    _, said = exported(
        str(source),
        "--to",
        str(tmp_path),
        "--formats",
        "md",
        "--background",
        "dark",
        "--width",
        "800",
        "--server",
        server.url,
    )
    assert "line 2: the page says:" in said
    assert "lstn" in said
    pictures = list((tmp_path / "pasted").glob("*.png"))
    assert pictures
    for path in pictures:
        with Image.open(path) as picture:
            assert picture.width == 800
            assert picture.convert("RGB").getpixel((2, 2)) == (18, 22, 29)
    assert f"{server.url}/Gates?" in (tmp_path / "pasted.md").read_text(encoding="utf-8")


@pytest.mark.skipif(os.name == "nt", reason="signals")
@pytest.mark.usefixtures("interruptible")
def test_what_is_interrupted_leaves_what_is_whole(server: Server, tmp_path: Path) -> None:
    source = tmp_path / "long.txt"
    source.write_text("/Gates\n/Gradients\n" * 50, encoding="utf-8")
    asked = command(str(source), "--to", str(tmp_path), "--server", server.url, "--formats", "png,pdf")
    short = Path(tempfile.mkdtemp())  # sockets have short names
    asked["env"]["TMPDIR"] = str(short)
    with subprocess.Popen(**asked, stderr=subprocess.PIPE, start_new_session=True) as process:
        deadline = time.monotonic() + PATIENCE
        while len(list((tmp_path / "long").glob("*.png"))) < 2:
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)
        os.kill(process.pid, signal.SIGINT)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert re.search(r"stopped; whole: \d+ pictures in", said)
    for path in (tmp_path / "long").iterdir():
        assert colors(path) > 20
    assert {path.name for path in tmp_path.iterdir()} == {"long.txt", "long"}
    short.rmdir()  # what the browser had there is gone


def test_the_gallery_is_there_and_says_what_is_to_be_seen() -> None:
    text = GALLERY.read_text(encoding="utf-8")
    shown = re.findall(r"\[!\[((?:\\.|[^\\\]])*)\]\(([^)]+)\)\]\(<([^>]+)>\)", text)
    files = {path.name for path in (ROOT / "docs" / "gallery").iterdir()}
    assert len(shown) >= 20
    assert {Path(file).name for _, file, _ in shown} == files
    assert all(len(alt) > 20 for alt, _, _ in shown)
    assert {links.read(link).page for _, _, link in shown} == set(BY_ADDRESS)
    assert sum(path.stat().st_size for path in (ROOT / "docs" / "gallery").iterdir()) < 4_000_000
    for _, file, _ in shown:
        assert colors(GALLERY.parent / file) > 20, file


@pytest.mark.parametrize("address", ["/Gates?cell=lstm", "/Hidden_states?cell=lstm"])
def test_a_picture_may_be_named_as_in_the_sources_or_as_its_file_is(visit: Callable[[str], Page], address: str) -> None:
    page = visit(address)
    script = bundling.module(ASSETS / "components" / "shared" / "page_pictures.js", "pages")
    page.evaluate(f"() => {{ {script}\nglobalThis.asked = pages.pagePictures(globalThis); }}")
    keys: list[str] = page.evaluate("() => asked.pictures()")
    assert keys
    for key in keys:
        short = key.partition("-")[2] or key
        spelled = {key, key.replace("-", ".", 1), key.replace("_", "-"), short, short.replace("_", "-"), short.upper()}
        assert {page.evaluate("(name) => asked.meant(name)", name) for name in spelled} == {key}
    assert page.evaluate("() => asked.meant('nowhere')") == ""


def test_a_part_of_the_gallery_comes_out_again(server: Server, tmp_path: Path) -> None:
    """One view of each of four pages: no error, no blank picture, of the size that ships."""
    whole = (ROOT / "docs" / "gallery.yaml").read_text(encoding="utf-8")
    head, *entries = re.split(r"(?m)^(?=  - link:)", whole)
    part = tmp_path / "gallery.yaml"
    part.write_text(head + "".join(entries[::6]), encoding="utf-8")
    _, said = exported(str(part), "--to", str(tmp_path), "--width", "1280", "--server", server.url)
    assert "the page says" not in said
    made = sorted((tmp_path / "gallery").iterdir())
    assert len(made) == len(entries[::6])
    for path in made:
        with Image.open(path) as now, Image.open(ROOT / "docs" / "gallery" / path.name) as shipped:
            assert now.size[0] == shipped.size[0]
            assert now.size[1] == pytest.approx(shipped.size[1], rel=0.05)
        assert colors(path) > 20
