"""The moving picture of the README: the application, stepped through by its key: ``python -m docs.recording``."""

import io
import json
import time
from base64 import b64decode
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from PIL import Image

from rnnviz.export import devtools
from rnnviz.export.application import running
from rnnviz.export.devtools import Browser, Tab

FILE: Final = Path(__file__).parent / "step-through.gif"
VIEW: Final = "/Step_through?cell=lstm&input=words&words=The+film+was+not+good&hidden_size=4&present=1"
STEPS: Final = 5
SECONDS: Final = 1.4
"""How long a step stays."""

WINDOW: Final = (1280, 880)
WIDTH: Final = 960
PATIENCE: Final = 60.0
_AT: Final = """\
[...document.querySelectorAll("[data-testid=stBidiComponentIsolated]")]
  .map((one) => one.shadowRoot?.querySelector("[data-part=step]")?.textContent ?? "").find(Boolean) ?? ""
"""


def main() -> None:
    """Write the file."""
    with (
        TemporaryDirectory() as folder,
        running("http://127.0.0.1:8501", Path(folder)) as url,
        Browser(devtools.require(), "127.0.0.1") as browser,
        browser.tab(*WINDOW) as tab,
    ):
        tab.call("Page.navigate", url=url + VIEW)
        pictures = [_picture(tab, step) for step in range(STEPS)]
    first, *others = pictures
    first.save(FILE, save_all=True, append_images=others, duration=round(1000 * SECONDS), loop=0, optimize=True)
    print(f"{FILE}: {FILE.stat().st_size / 1e6:.2f} MB")


def _picture(tab: Tab, step: int) -> Image.Image:
    """The window at a step, to which a key leads from the one before; in the colours of a GIF."""
    if step:
        for kind in ("rawKeyDown", "keyUp"):
            tab.call("Input.dispatchKeyEvent", type=kind, key="ArrowRight", code="ArrowRight", windowsVirtualKeyCode=39)
    deadline = time.monotonic() + PATIENCE
    while not str(tab.evaluate(_AT)).startswith(f"t = {step} "):
        if time.monotonic() > deadline:
            raise TimeoutError(f"step {step} did not come; the page is at {json.dumps(tab.evaluate(_AT))}")
        time.sleep(0.1)
    time.sleep(1.0 if step else 4.0)  # what is drawn after the numbers: fonts, formulas, the frame that glides
    shot = Image.open(io.BytesIO(b64decode(tab.call("Page.captureScreenshot", format="png")["data"])))
    height = round(WIDTH * shot.height / shot.width)
    return shot.convert("RGB").resize((WIDTH, height), Image.Resampling.LANCZOS).quantize(128)


if __name__ == "__main__":
    main()
