"""The PDF that the menu writes by hand: each byte of its table of objects, its picture and its words."""

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest

from rnnviz.widgets.sources import ASSETS
from tests import pdf
from tests.node import NODE

SCRIPT = """
    import { writeFileSync } from "node:fs";
    import { deflateSync } from "node:zlib";
    import { channels, written } from "./pdf.mjs";
    const { data, width, height, told } = JSON.parse(process.argv[2]);
    const { colors, alphas } = channels(Uint8ClampedArray.from(data));
    const picture = { width, height, colors: deflateSync(colors), alphas: alphas && deflateSync(alphas) };
    writeFileSync("out.pdf", written(picture, told));
"""
WORDS = ("Gate fₜ (σ) \\ ) <x> 😀", "A heatmap: “not bad”\nin two lines.", "http://host/Gates?words=a%20b&t=1")


def made(pixels: np.ndarray, folder: Path) -> pdf.Pdf:
    """The PDF of a picture of shape (height, width, 4), read back."""
    source = (ASSETS / "save_figure" / "pdf.js").read_text(encoding="utf-8")
    (folder / "pdf.mjs").write_text(source, encoding="utf-8")
    (folder / "run.mjs").write_text(SCRIPT, encoding="utf-8")
    height, width, _ = pixels.shape
    told = dict(zip(("title", "alt", "link"), WORDS, strict=True))
    given = json.dumps({"data": pixels.ravel().tolist(), "width": width, "height": height, "told": told})
    subprocess.run([str(NODE), "run.mjs", given], cwd=folder, check=True, timeout=60)
    return pdf.read((folder / "out.pdf").read_bytes())


@pytest.fixture
def pixels() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (9, 16, 4), np.uint8)


def test_an_opaque_picture_fills_a_slide(pixels: np.ndarray, tmp_path: Path) -> None:
    pixels[..., 3] = 255
    found = made(pixels, tmp_path)
    assert found.size == (960, 540)
    np.testing.assert_array_equal(found.colors, pixels[..., :3])
    assert found.alphas is None


def test_what_is_transparent_stays_so(pixels: np.ndarray, tmp_path: Path) -> None:
    found = made(pixels, tmp_path)
    np.testing.assert_array_equal(found.colors, pixels[..., :3])
    np.testing.assert_array_equal(found.alphas, pixels[..., 3])


def test_title_link_and_description_are_any_words(pixels: np.ndarray, tmp_path: Path) -> None:
    found = made(pixels, tmp_path)
    assert (found.title, found.alt, found.subject) == WORDS
