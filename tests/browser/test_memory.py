"""The page of memory in a real browser: what ships, cells that are looked at, and grids that are trained there."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from rnnviz import memory_grid
from rnnviz.history import NEVER
from rnnviz.memory_grid import REGIMES, STEPS_LIMIT, VARIANTS, cell_spec
from rnnviz.outcome import Outcome, outcome
from rnnviz.runs import network_name
from rnnviz.spec import TaskSpec
from rnnviz.train import train
from tests.browser.test_clipping_training import LEFT, PLOT, another, button, kill_workers
from tests.browser.waiting import PATIENCE, settle, shown_charts, until
from tests.serving import Server

Visit = Callable[[str], Page]
ENOUGH = 20_000
"""Bytes of a picture of a grid that goes on, the widget's own script and style among them."""


def address(**choices: str) -> str:
    """The link to a view; ``latch_steps`` stands for ``memory.latch_steps``."""
    return "/Memory?views=" + quote(" ".join(f"memory.{name}:{value}" for name, value in sorted(choices.items())))


def small(updates: int, cells: str = "rnn", distances: str = "5") -> str:
    return address(latch_distances=distances, cells=cells, latch_steps=str(updates))


def cells(page: Page) -> list[str]:
    """The texts of the grid's cells, row by row, whether it goes on or not."""
    found: list[str] = page.evaluate(
        """(plot) => {
          const live = [...document.querySelectorAll("*")].map((host) => host.shadowRoot?.querySelector(".live-grid"));
          const grid = live.find(Boolean);
          if (grid) return [...grid.querySelectorAll("td button")].map((cell) => cell.textContent);
          const marks = document.querySelector(plot)?._fullData?.at(-1);
          return marks ? marks.text.map((text) => text.replaceAll("<br>", "\\n")) : []; }""",
        PLOT,
    )
    return found


def lines(made: Outcome) -> str:
    """What the cell of an outcome of the latch says."""
    ends = zip(made.solved_at, made.last, strict=True)
    return "\n".join(f"✓ {at}" if at != NEVER else f"✗ {score:.0%}" for at, score in ends)


def says(page: Page, *words: str) -> bool:
    """Whether each cell has these words in it; there is no grid for a moment while its picture is exchanged."""
    found = cells(page)
    return len(found) == len(words) and all(word in cell for word, cell in zip(words, found, strict=True))


def updates_of(page: Page) -> int:
    """How many updates the first cell has made, as it says; 0 before the first and once it is done."""
    found = re.match(r"([0-9,]+) of\n", next(iter(cells(page)), ""))
    return int(found[1].replace(",", "")) if found else 0


def radio(page: Page, name: str) -> Locator:
    return page.get_by_role("radio", name=name, exact=True)


def heading(page: Page, place: int) -> str:
    found: str = page.evaluate(
        "([plot, n]) => document.querySelectorAll(plot)[n]?._fullLayout?.title?.text ?? ''", [PLOT, place]
    )
    return found


def begin(page: Page) -> None:
    """Train all of a grid that is not trained yet."""
    page.get_by_text("Other distances, cells and updates; train it here").click()
    button(page, "Train all").click()
    expect(button(page, "Stop")).to_be_visible(timeout=PATIENCE)


def test_the_grid_that_ships_is_there_at_once(visit: Visit) -> None:
    page = visit("/Memory")
    known = memory_grid.shipped()
    wanted = [lines(known[spec]) for spec in memory_grid.grid_specs("latch")]
    until(page, lambda: cells(page) == wanted)
    assert heading(page, 0) == "Latch, T = 40: only LSTM, forget bias 3 solves it"
    curves: list[Any] = page.wait_for_function(
        "(plot) => document.querySelectorAll(plot)[1]?._fullData?.map(({ x, y }) => [[...x], [...y]])", arg=PLOT
    ).json_value()
    last = known[cell_spec(TaskSpec("latch", REGIMES["latch"].usual[-1]), VARIANTS[-1])]
    for (x, y), scores in zip(curves, last.scores, strict=True):
        assert x == list(last.measured_at[: len(scores)])
        assert y == pytest.approx(scores, abs=1e-6)
    expect(shown_charts(page).nth(1).locator(".legendtext")).to_have_text(["seed 0", "seed 1", "seed 2"])


def test_every_view_of_every_task(visit: Visit) -> None:
    page = visit("/Memory")
    titles = {
        "The task": r"{name}, T = \d+$",
        "Truncated backpropagation": r"{name}(, with every seed)?: .*solves? it at .*k = \d+$",
        "By distance": r"{name}, T = \d+: .*solves? it$",
    }
    for view, title in titles.items():
        radio(page, view).click()
        for name in ("Latch", "Adding", "Copy", "Temporal order"):
            radio(page, name).click()
            said = title.format(name=name)
            wanted = re.compile(
                f"^(?:{said.replace(' ', chr(92) + 's?')})"
            )  # two lines of a title have no space between
            expect(page.locator(".gtitle").first).to_have_text(wanted, timeout=PATIENCE)
    expect(page).to_have_url(re.compile("memory.task%3Atemporal-order"))
    expect(page.get_by_test_id("stException")).to_have_count(0)


def test_a_cell_is_clicked_or_chosen_by_keyboard_and_is_in_the_link(visit: Visit, browser: Browser) -> None:
    page = visit("/Memory")
    shown_charts(page).first.locator(".textpoint").nth(11).click(force=True)
    until(page, lambda: heading(page, 1) == "GRU: accuracy")
    expect(radio(page, "T = 20")).to_be_checked()
    expect(radio(page, "GRU")).to_be_checked()
    settle(page)
    radio(page, "GRU").press("ArrowRight")
    page.keyboard.press("Enter")
    until(page, lambda: heading(page, 1) == "LSTM: accuracy")
    settle(page)
    radio(page, "T = 20").press("ArrowLeft")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Look inside the network of seed 0, solved after 100 updates")).to_be_visible()
    expect(page).to_have_url(re.compile("memory.column%3Alstm.*memory.row%3At-10"))
    with another(browser, page.url) as other:
        expect(radio(other, "T = 10")).to_be_checked()
        expect(radio(other, "LSTM")).to_be_checked()
        until(other, lambda: heading(other, 1) == "LSTM: accuracy")


@pytest.mark.parametrize("title", ["Hidden states", "Gates", "Gradients"])
def test_into_a_network_that_ships(visit: Visit, title: str) -> None:
    page = visit(address(row="t-20", column="lstm-forget-bias-1"))
    page.get_by_test_id("stMain").get_by_role("link", name=title).click()
    expect(page.get_by_role("heading", name=title)).to_be_visible(timeout=PATIENCE)
    settle(page)
    expect(page).to_have_url(re.compile("trained=memory-latch-20-bias1"))
    expect(page.get_by_role("combobox", name="Network")).to_have_value("Memory: latch 20, forget bias 1")
    expect(radio(page, "LSTM").first).to_be_checked()
    expect(page.get_by_test_id("stException")).to_have_count(0)


def test_a_grid_fills_in_and_its_networks_can_be_looked_into(visit: Visit) -> None:
    page = visit(small(70, "gru+lstm-forget-bias-3", "15"))
    until(page, lambda: cells(page) == ["not\ntrained"] * 2)
    begin(page)
    expect(button(page, "Stop")).to_have_count(0, timeout=2 * PATIENCE)
    specs = [cell_spec(TaskSpec("latch", 15), variant, steps=70) for variant in (VARIANTS[1], VARIANTS[4])]
    made = [lines(outcome(train(spec))) for spec in specs]
    until(page, lambda: cells(page) == made)
    page.reload()
    settle(page)
    until(page, lambda: cells(page) == made)
    page.get_by_test_id("stMain").get_by_role("link", name="Gates").click()
    expect(page.get_by_role("heading", name="Gates")).to_be_visible(timeout=PATIENCE)
    settle(page)
    expect(page).to_have_url(re.compile(re.escape(f"trained={network_name(specs[1], 0)}")))
    expect(page.get_by_test_id("stException")).to_have_count(0)
    expect(page.get_by_test_id("stMain")).to_contain_text("after 16 words whether the first of them was yes or no")


def test_what_goes_on_moves_in_its_place_through_a_reload_until_it_is_stopped(visit: Visit) -> None:
    sent: list[int] = []
    page = visit("/Memory")
    page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: sent.append(len(frame))))
    page.goto(page.url.partition("?")[0] + small(3000, "lstm+gru", "100").removeprefix("/Memory"))
    settle(page)
    begin(page)
    until(page, lambda: updates_of(page))
    grid = page.get_by_role("table").element_handle()
    first, before = updates_of(page), len(sent)
    until(page, lambda: updates_of(page) > first + 20)
    assert page.get_by_role("table").element_handle().evaluate("(now, then) => now === then", grid)
    assert max(sent[before:]) < ENOUGH
    page.get_by_role("button", name=re.compile("^GRU, distance T 100")).click()
    expect(radio(page, "LSTM")).not_to_be_checked(timeout=PATIENCE)
    page.reload()
    settle(page)
    until(page, lambda: updates_of(page) > first)
    page.wait_for_timeout(LEFT)  # until then the visitor before the reload counts as one who watches
    button(page, "Stop").click()
    until(page, lambda: says(page, "stopped", "not\ntrained"))
    expect(shown_charts(page).first).to_be_visible()


def test_two_visitors_watch_one_training_and_one_of_them_leaves_it(visit: Visit, browser: Browser) -> None:
    page = visit(small(2999, distances="100"))
    begin(page)
    until(page, lambda: updates_of(page))
    with another(browser, page.url) as other:
        expect(button(other, "Stop")).to_be_visible()
        before = updates_of(page)
        until(other, lambda: updates_of(other) > before)
        button(page, "Stop").click()
        expect(page.get_by_text("Other visitors watch 1 of these trainings")).to_be_visible(timeout=PATIENCE)
        until(page, lambda: says(page, "goes on\nfor others"))
        left = updates_of(other)
        until(other, lambda: updates_of(other) > left)
        other.wait_for_timeout(LEFT)
        button(other, "Stop").click()
        until(other, lambda: says(other, "stopped"))


def test_a_killed_worker_is_told_and_the_training_can_be_begun_again(visit: Visit, server: Server) -> None:
    page = visit(small(2998, distances="100"))
    begin(page)
    until(page, lambda: updates_of(page))
    kill_workers(server)
    expect(page.get_by_text("One training has failed")).to_be_visible(timeout=PATIENCE)
    until(page, lambda: says(page, "failed"))
    button(page, "Train the failed ones again").click()
    until(page, lambda: updates_of(page))
    expect(page.get_by_text("One training has failed")).to_have_count(0)
    button(page, "Stop").click()
    until(page, lambda: says(page, "stopped"))


def test_too_many_updates_are_refused_with_the_limit(visit: Visit) -> None:
    page = visit(small(10**9, distances="100"))
    page.get_by_text("Other distances, cells and updates; train it here").click()
    box = page.get_by_role("spinbutton", name=f"Updates, at most (50 to {STEPS_LIMIT:,})")
    expect(box).to_have_value(str(STEPS_LIMIT))
    box.fill("5000")
    box.press("Enter")
    settle(page)
    expect(page.get_by_test_id("stNumberInput")).to_contain_text(f"{STEPS_LIMIT:,}")
    until(page, lambda: cells(page) == ["not\ntrained"])


def test_a_narrow_window_holds_it_all(visit: Visit, page: Page) -> None:
    page.set_viewport_size({"width": 400, "height": 800})
    visit("/Memory")
    titles = {
        "By distance": "Latch, T = 40: only",
        "The task": "Latch, T",
        "Truncated backpropagation": "Latch, with every",
    }
    for view, title in titles.items():
        radio(page, view).click()
        expect(page.locator(".gtitle").first).to_have_text(re.compile(f"^{title}"), timeout=PATIENCE)
        page.wait_for_function("() => document.documentElement.scrollWidth <= window.innerWidth")
    expect(page.get_by_test_id("stException")).to_have_count(0)
