"""A visitor of a server that has just begun sees an example, and the network's own answer once it is loaded."""

import sys
from pathlib import Path
from typing import Final

from playwright.sync_api import Page, expect

from rnnviz.sentiment import load
from rnnviz.ui.reviews import prepared
from rnnviz.ui.reviews.samples import OPENING
from tests.browser.test_sentiment import box, expect_judged, part
from tests.browser.waiting import PATIENCE, settle
from tests.serving import running

TYPED: Final = "A superb film, and I would watch it again."

# The application, which loads torch once a file is there.
SLOW: Final = """
import sys, time
from pathlib import Path
from rnnviz import cli
from rnnviz.ui.shell import warmup
gate, load = Path(sys.argv.pop(1)), warmup.load_torch
def slow():
    while not gate.exists():
        time.sleep(0.05)
    load()
warmup.load_torch = slow
sys.exit(cli.main(sys.argv[1:]))
"""


def test_an_example_stands_there_until_the_network_is_loaded_and_what_is_typed_stays(
    page: Page, tmp_path: Path
) -> None:
    gate, model = tmp_path / "gate", load("bilstm")
    command = (str(gate), "app", "--port")
    with running(tmp_path / "output.txt", program=(sys.executable, "-c", SLOW), command=command) as server:
        try:
            page.goto(f"{server.url}/Sentiment")
            expect(box(page)).to_have_value(OPENING, timeout=PATIENCE)
            expect_judged(page, model, OPENING)
            expect(part(page, "notice")).to_have_text(prepared.LABEL)
            expect(part(page, "foot", "review-words")).to_contain_text(prepared.LABEL)
            expect(part(page, "curves", "review-words").locator(".turn").first).to_have_text("▲ gorgeous")
            box(page).fill("")
            box(page).press_sequentially(TYPED[:-6], delay=20)
            expect(part(page, "notice")).to_have_text(prepared.LOADING, timeout=PATIENCE)
            expect(part(page, "number")).to_have_text("–")
            assert server.get("/readyz").status == 503
            box(page).press_sequentially(TYPED[-6:-3], delay=20)
        finally:
            gate.touch()
        box(page).press_sequentially(TYPED[-3:], delay=20)
        expect_judged(page, model, TYPED)
        expect(part(page, "notice")).to_have_text("", timeout=PATIENCE)
        expect(page.get_by_text("Predict.")).to_be_visible(timeout=PATIENCE)
        settle(page)
        expect(box(page)).to_have_value(TYPED)
        expect(part(page, "detail", "review-words")).to_contain_text(f"of {len(model.read(TYPED).ids) - 1}, ")
        page.goto("about:blank")  # or the page would ask for its server, which ends here
