"""The walk through time as a file: every step is in it, in order, and the last is what is on screen there."""

import re
from base64 import b64decode, b64encode
from collections.abc import Callable
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.browser.test_saving import opened, saved
from tests.browser.waiting import PATIENCE, settle

Visit = Callable[[str], Page]
PAGES: Final = {
    "step_through": "/Step_through?cell=lstm&t=1",
    "cell": "/Step_through?cell=lstm&t=1&picture=cell",
    "backward": "/Step_through?t=1&cell=rnn&picture=backward",
    "panels": "/Hidden_states?cell=lstm&t=1",
    "unrolled": "/Sequences",
    "decoding": "/Attention",
    "writing": "/Characters",
    "cliff": "/Clipping",
    "reader": "/",
    "phase_plane": "/Dynamics?views=dynamics.input:zeros",
}
SLOW_TO_DRAW: Final = """() => {
  const decode = HTMLImageElement.prototype.decode;
  HTMLImageElement.prototype.decode = async function () {
    await new Promise((resolve) => setTimeout(resolve, 700));
    return decode.call(this);
  };
}"""
LOOK: Final = """async ([file, times]) => {
  const video = Object.assign(document.createElement("video"), { muted: true, src: `data:video/mp4;base64,${file}` });
  const heard = (name) => new Promise((resolve, reject) => {
    video[name] = resolve;
    video.onerror = () => reject(video.error.message);
  });
  // A video says "loadeddata" and "seeked" before there is a picture to draw: until then a canvas stays blank.
  const presented = () => new Promise((resolve) => video.requestVideoFrameCallback(resolve));
  await Promise.all([heard("onloadeddata"), presented()]);
  const height = Math.round(320 * video.videoHeight / video.videoWidth);
  const canvas = Object.assign(document.createElement("canvas"), { width: 320, height });
  const pen = canvas.getContext("2d");
  const looks = [];
  for (const time of times) {
    const sought = Promise.all([heard("onseeked"), presented()]);
    video.currentTime = time;
    await sought;
    pen.drawImage(video, 0, 0, canvas.width, canvas.height);
    looks.push(canvas.toDataURL().split(",")[1]);
  }
  return { width: video.videoWidth, height: video.videoHeight, duration: video.duration, looks };
}"""


def asked(page: Page, **values: str) -> Locator:
    """The part of the opened menu that saves walks, with its fields filled in."""
    menu = opened(page)
    walk = menu.locator(".save-walk")
    walk.locator("summary").click()
    expect(walk.get_by_role("button", name="Animated GIF")).to_be_enabled(timeout=PATIENCE)
    for name, value in {"pixels": "960", **values}.items():
        field = walk.locator(f"[data-part={name}]")
        field.select_option(value) if name == "pixels" else field.fill(value)
    return walk


def pictures(path: Path) -> list[np.ndarray]:
    """Small, in colours: of a step there may be no other mark than its ground."""
    found = []
    with Image.open(path) as file:
        for k in range(file.n_frames):  # type: ignore[attr-defined]
            file.seek(k)
            found.append(np.asarray(file.convert("RGB").resize((480, 480), Image.Resampling.BOX), np.float64))
    return found


@pytest.mark.parametrize("name", PAGES)
def test_a_gif_shows_every_step(visit: Visit, tmp_path: Path, name: str) -> None:
    page = visit(PAGES[name])
    if name == "unrolled":
        page.locator("input[value=in-step]").focus()
        page.keyboard.press("Space")
        expect(page.locator(".unrolled [data-part=step]")).to_have_text(re.compile("of [1-9]"), timeout=PATIENCE)
        settle(page)
    before, address = page.locator("[data-part=step]").first.inner_text(), page.url
    walk = asked(page, first="0", last="2", seconds="0.3")
    expect(walk.locator("[data-part=plan]")).to_have_text("3 pictures. Duration: 3 s.")
    path = saved(page, walk, "Animated GIF", tmp_path)
    assert re.fullmatch(r"rnnviz-[a-z0-9-]+\.gif", path.name)
    expect(walk.get_by_role("status")).to_have_text(
        re.compile(f"Saved as {re.escape(path.name)}: 960 × 540 pixels, [0-9.]+ MB")
    )
    with Image.open(path) as file:
        assert file.size == (960, 540)
        assert file.info["loop"] == 0
    shown = pictures(path)
    assert len(shown) == 3
    assert all(len(np.unique(picture)) > 50 for picture in shown)
    assert all(np.abs(one - other).max() > 20 for one, other in pairwise(shown))
    expect(page.locator("[data-part=step]").first).to_have_text(before)
    page.wait_for_timeout(400)
    assert page.url == address


def test_the_last_picture_is_that_of_the_last_step(visit: Visit, tmp_path: Path) -> None:
    page = visit("/Hidden_states?cell=lstm&t=2")
    walk = asked(page)
    gif = pictures(saved(page, walk, "Animated GIF", tmp_path))
    png = pictures(saved(page, page.get_by_test_id("stPopoverBody"), "For a slide", tmp_path))[0]
    apart = [np.abs(picture - png).mean() for picture in gif]
    assert len(gif) == 3
    assert apart[2] < 3, apart
    assert apart[2] < 0.7 * min(apart[:2]), apart


def test_many_steps_come_window_by_window(visit: Visit, tmp_path: Path) -> None:
    words = "+".join(f"word{k}" for k in range(150))
    page = visit(f"/Step_through?cell=lstm&hidden_size=64&input=words&words={words}&t=100")
    walk = asked(page)
    assert [walk.locator(f"[data-part={name}]").input_value() for name in ("first", "last")] == ["70", "129"]
    walk.locator("[data-part=first]").fill("0")
    walk.locator("[data-part=last]").fill("149")
    expect(walk.locator("[data-part=plan]")).to_have_text("50 pictures: every 3rd is shown. Duration: 42 s.")
    for name, value in {"first": "9", "last": "11"}.items():
        walk.locator(f"[data-part={name}]").fill(value)
    shown = pictures(saved(page, walk, "Animated GIF", tmp_path))
    assert len(shown) == 3
    expect(page.locator(".step-through [data-part=step]")).to_have_text(re.compile("t = 100 "))
    expect(page.locator(".step-through [data-part=loading]")).to_be_hidden()


def test_a_video_takes_its_time(visit: Visit, tmp_path: Path) -> None:
    page = visit(PAGES["step_through"])
    walk = asked(page, seconds="1")
    page.evaluate(SLOW_TO_DRAW)
    path = saved(page, walk, "Video", tmp_path)
    assert path.suffix == ".mp4"
    found = page.evaluate(LOOK, [b64encode(path.read_bytes()).decode(), [0.5, 1.5, 3.5]])
    assert (found["width"], found["height"]) == (960, 540)
    assert found["duration"] == pytest.approx(3 * 1 + 2, abs=0.5)
    looks = [np.asarray(Image.open(BytesIO(b64decode(look))).convert("RGBA"), np.float64) for look in found["looks"]]
    assert all(look[..., 3].min() == 255 for look in looks), "the browser gave no picture of the video"
    shades = [len(np.unique(look)) for look in looks]
    assert min(shades) > 50, shades
    assert all(np.abs(one - other).max() > 60 for one, other in pairwise(looks))


def test_a_transparent_ground_is_none_for_a_video(visit: Visit, tmp_path: Path) -> None:
    page = visit(PAGES["panels"])
    walk = asked(page)
    page.get_by_test_id("stPopoverBody").get_by_role("radio", name="Transparent").click()
    expect(walk).to_have_attribute("data-ground", "transparent", timeout=PATIENCE)
    expect(walk.get_by_role("button", name="Video")).to_be_disabled()
    expect(walk.get_by_role("button", name="Video")).to_have_text(re.compile("no transparent background"))
    settle(page)
    with Image.open(saved(page, walk, "Animated GIF", tmp_path)) as file:
        assert file.convert("RGBA").getpixel((3, 3))[3] == 0  # type: ignore[index]


@pytest.mark.smoke("save_walk")
def test_by_the_keyboard_and_cancelled(visit: Visit) -> None:
    page = visit(PAGES["step_through"])
    page.get_by_role("button", name="Save", exact=True).first.focus()
    page.keyboard.press("Enter")
    walk = page.get_by_test_id("stPopoverBody").locator(".save-walk")
    summary = walk.locator("summary")
    expect(summary).to_be_visible(timeout=PATIENCE)
    settle(page)
    is_focused = "node => node === node.getRootNode().activeElement"
    video = walk.get_by_role("button", name="Video")
    for name in (summary, video):
        for _ in range(12):
            page.keyboard.press("Tab")
            if name.evaluate(is_focused):
                break
        if name is video:
            walk.locator("[data-part=seconds]").evaluate("field => { field.value = 5; }")  # it goes on until cancelled
        page.keyboard.press("Enter")
    cancel = walk.get_by_role("button", name="Cancel")
    expect(cancel).to_be_focused()
    expect(walk.get_by_role("progressbar")).to_be_visible()
    page.keyboard.press("Enter")
    expect(walk.get_by_role("status")).to_have_text("Cancelled.", timeout=PATIENCE)
    expect(cancel).to_be_hidden()
    expect(walk.get_by_role("button", name="Video")).to_be_focused()
    expect(page.locator(".step-through [data-part=step]")).to_have_text(re.compile("t = 1 "))
    walk.locator("[data-part=first]").fill("2")
    expect(walk.locator("[data-part=plan]")).to_have_text("The last step must come after the first, both from 0 to 2.")
    expect(walk.get_by_role("button", name="Animated GIF")).to_be_disabled()
