"""A lecture of one's own: made while browsing, presented by keys, saved, opened again, and told to no server."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Final
from urllib.parse import unquote

import pytest
from playwright.sync_api import Browser, Locator, Page, WebSocket, expect

from rnnviz import tours
from rnnviz.ui.shell import tour_check
from tests.browser.test_saving import PRINT
from tests.browser.waiting import LISTEN, PATIENCE, settle
from tests.serving import Server
from tests.ui.test_link import LONG_NUMBERS

Visit = Callable[[str], Page]

GATES: Final = "/Gates?cell=lstm&input=words&hidden_size=16"
GRADIENTS: Final = "/Gradients?cell=lstm"
STEPS: Final = "/Step_through?cell=gru&seed=5"
KEPT: Final = "JSON.parse(localStorage['rnnviz.lecture'] ?? '{\"stops\": []}')"


def dialog(page: Page) -> Locator:
    return page.get_by_role("dialog", name="My lecture")


def add(page: Page, words: str) -> None:
    page.keyboard.press("a")
    expect(dialog(page).get_by_role("textbox", name="Words").last).to_be_focused()
    page.keyboard.type(words)
    page.keyboard.press("Escape")
    expect(dialog(page)).to_have_count(0)


def opened(page: Page) -> Locator:
    page.keyboard.press("l")
    expect(dialog(page)).to_be_visible()
    return dialog(page)


def words_of(page: Page) -> list[str]:
    return [one.input_value() for one in dialog(page).get_by_role("textbox", name="Words").all()]


def at(page: Page, number: int, said: str) -> None:
    expect(page.locator(".tour-bar select")).to_have_value(str(number), timeout=PATIENCE)
    expect(page.locator(".tour-own")).to_have_text(re.compile(re.escape(said)), timeout=PATIENCE)
    settle(page)


def whispered(page: Page) -> list[bytes]:
    """What the page tells its server from now on."""
    sent: list[bytes] = []

    def note(told: bytes | str) -> None:
        sent.append(told if isinstance(told, bytes) else told.encode())

    def listen(socket: WebSocket) -> None:
        socket.on("framesent", note)

    page.on("websocket", listen)
    page.on("request", lambda request: sent.append(request.url.encode() + (request.post_data_buffer or b"")))
    return sent


def test_a_lecture_is_made_presented_saved_and_opened_again(
    visit: Visit, page: Page, server: Server, tmp_path: Path
) -> None:
    sent = whispered(page)
    visit(GATES)
    add(page, "Aardvark: half *open*.")
    visit(GRADIENTS)
    add(page, "Bandicoot, where did it go?")
    visit(STEPS)
    add(page, "Capybara")
    expect(page.get_by_role("button", name="My lecture · 3")).to_be_visible()

    box = opened(page)
    assert words_of(page) == ["Aardvark: half *open*.", "Bandicoot, where did it go?", "Capybara"]
    box.get_by_role("button", name=re.compile("^Earlier: 3")).click()
    assert words_of(page) == ["Aardvark: half *open*.", "Capybara", "Bandicoot, where did it go?"]
    expect(box.get_by_role("button", name=re.compile("^Earlier: 2"))).to_be_focused()
    page.keyboard.press("Enter")
    assert words_of(page)[0] == "Capybara"
    expect(box.get_by_role("button", name=re.compile("^Later: 1"))).to_be_focused()
    box.get_by_role("button", name=re.compile("^Remove: 2")).click()
    assert words_of(page) == ["Capybara", "Bandicoot, where did it go?"]
    expect(box.get_by_role("button", name="Undo")).to_be_focused()
    page.keyboard.press("Enter")
    assert words_of(page) == ["Capybara", "Aardvark: half *open*.", "Bandicoot, where did it go?"]
    box.get_by_text("Title and author").click()
    box.get_by_label("Title", exact=True).last.fill("Dingo")

    box.get_by_role("button", name="Present").click()
    at(page, 1, "Capybara")
    expect(page.locator("html[data-presenting]")).to_be_attached()
    page.keyboard.press("n")
    at(page, 2, "Aardvark: half open.")
    expect(page.locator(".tour-own em")).to_have_text("open")
    expect(page).to_have_url(re.compile(r"/Gates\?.*hidden_size=16"))
    page.keyboard.press("n")
    at(page, 3, "Bandicoot")
    expect(page.get_by_role("button", name="Next →")).to_be_disabled()
    page.reload()
    at(page, 3, "Bandicoot")
    page.keyboard.press("b")
    page.keyboard.press("b")
    at(page, 1, "Capybara")
    page.go_back()
    at(page, 2, "Aardvark")
    page.keyboard.press("p")
    page.get_by_role("button", name="Leave").click()
    expect(page.locator(".tour-bar")).to_have_count(0, timeout=PATIENCE)
    settle(page)

    box = opened(page)
    box.get_by_text("Save, share, make slides").click()
    files = {name: saved(page, name, tmp_path) for name in ("Save as tour file", "Save as view file")}
    assert [file.name for file in files.values()] == ["dingo.md", "dingo.json"]
    tour, problems = tours.read_file(files["Save as tour file"])
    assert tour is not None, problems
    assert [stop.text for stop in tour.stops] == ["Capybara", "Aardvark: half *open*.", "Bandicoot, where did it go?"]
    assert [(stop.page, stop.look) for stop in tour.stops] == [
        ("Step through", "step_through"), ("Gates", "gates.time.panels"), ("Gradients", "gradients.time"),
    ]  # fmt: skip
    assert tour_check.link_problems(tour) == []
    for file in files.values():
        box.get_by_role("button", name="Remove all stops").click()
        assert words_of(page) == []
        assert page.evaluate(KEPT)["stops"] == []
        box.get_by_label("Open a lecture").set_input_files(file)
        expect(box.get_by_text("Opened: 3 stops.")).to_be_visible()
        assert words_of(page) == ["Capybara", "Aardvark: half *open*.", "Bandicoot, where did it go?"]
    settle(page)

    everything = b"\n".join(sent)
    assert len(sent) > 10
    for word in (b"Aardvark", b"Bandicoot", b"Capybara", b"Dingo"):
        assert word not in everything
        assert word not in server.log.read_bytes()


def test_formulas_and_lists_are_set_for_the_audience(visit: Visit, page: Page) -> None:
    visit(GATES)
    add(page, "Weights $\\alpha_{ij} \\le 1$, and $\\frac{a}{b}$.\n\n- one\n- *two*")
    opened(page).get_by_role("button", name="Present").click()
    words = page.locator(".tour-own")
    expect(words.locator("li")).to_have_text(["one", "two"])
    expect(words.locator("ul")).to_have_css("list-style-type", "disc")
    expect(words.locator("li em")).to_have_text("two")
    expect(words.locator("math")).to_have_text("αij≤1")
    expect(words.locator("code")).to_have_text("\\frac{a}{b}")  # more than the page sets is shown as it is


@pytest.mark.parametrize("size", [(1024, 768), (1366, 768), (1920, 1500)])
def test_the_figure_that_is_pointed_at_is_named_and_another_can_be_chosen(
    visit: Visit, page: Page, size: tuple[int, int]
) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    visit("/Hidden_states?cell=lstm&input=words&hidden_size=16")
    page.keyboard.press("a")
    look = dialog(page).get_by_label("Points at")
    expect(look).to_be_visible()
    expect(look).to_have_value("hidden_states")
    title = dialog(page).get_by_role("textbox", name="Title").first
    expect(title).to_have_value("Hidden states: the heatmaps of the states")
    look.select_option(label="the path of the state")
    expect(title).to_have_value("Hidden states: the path of the state")
    title.fill("Mine")
    look.select_option(label="nothing")
    expect(title).to_have_value("Mine")
    assert page.evaluate(KEPT)["stops"][0]["look"] == ""


@pytest.mark.parametrize("size", [(1024, 768), (1366, 768), (1920, 1080)])
@pytest.mark.parametrize(("address", "look"), [("/Memory", "memory.grid"), ("/Sequences", "sequences.unrolled")])
def test_a_stop_points_at_what_takes_most_of_the_window(
    visit: Visit, page: Page, size: tuple[int, int], address: str, look: str
) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    visit(address)
    page.keyboard.press("a")
    expect(dialog(page).get_by_label("Points at")).to_have_value(look)


def test_a_stop_can_point_at_what_is_in_its_view(visit: Visit, page: Page) -> None:
    visit("/Clipping")
    page.keyboard.press("a")
    options = dialog(page).get_by_label("Points at").locator("option")
    of_cliff = ["nothing", "the map of the cliff", "the two descents, step by step"]
    expect(options).to_have_text(of_cliff)
    page.keyboard.press("Escape")
    visit("/Clipping?views=clipping.view:learning-rates")  # the first stop is not on show any more
    page.keyboard.press("a")
    rows = dialog(page).locator("[data-stop]")
    expect(rows.nth(1).locator("select option")).to_have_text(["nothing", "the loss for each learning rate"])
    expect(rows.nth(0).locator("select option")).to_have_text(of_cliff)


def test_the_command_is_copied_and_that_is_said_beside_the_button(visit: Visit, page: Page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    visit(GATES)
    add(page, "Ours")
    box = opened(page)
    box.get_by_text("Save, share, make slides").click()
    button = box.get_by_role("button", name="Copy the command")
    button.click()
    said = box.get_by_text("Copied.")
    expect(said).to_be_in_viewport()
    assert abs(said.evaluate(TOP) - button.evaluate(TOP)) < 40
    assert page.evaluate("navigator.clipboard.readText()").startswith("python -m rnnviz export")


def stop(page: str, params: dict[str, str], **more: object) -> dict[str, object]:
    return {"page": page, "params": params, "title": "", "look": "", "text": "", "question": "", "answer": "", **more}


def with_lecture(page: Page, *stops: dict[str, object]) -> Locator:
    """The dialog, opened where slides are made, of a lecture that this browser has kept."""
    kept = {"title": "Dingo", "author": "", "stops": [{**one, "id": k + 1} for k, one in enumerate(stops)]}
    page.evaluate("(kept) => localStorage.setItem('rnnviz.lecture', kept)", json.dumps(kept))
    box = opened(page)
    box.get_by_text("Save, share, make slides").click()
    return box


def slide_of(section: Locator) -> str:
    """The drawing on a slide, without what is not drawn."""
    address = section.locator("img").get_attribute("src") or ""
    return re.sub(r"<(style|title)\b.*?</\1>|<[^>]*>", "", unquote(address.partition(",")[2]), flags=re.DOTALL)


def test_slides_are_made_in_the_browser(visit: Visit, page: Page, server: Server) -> None:
    visit("/")
    sent = whispered(page)
    box = with_lecture(
        page,
        stop(
            "Gates", {"cell": "lstm"}, look="gates.time.panels", text="Half *open*.", question="Which?", answer="All."
        ),
        stop("Gradients", {"cell": "lstm"}, look="gradients.time", title="<b>Aardvark</b>", text="long " * 100),
        stop("Step through", {"cell": "lstm"}, view={"cell": "gru", "seed": "7"}, look="step_through"),
        stop("Gates", {"cell": "gpt"}, look="gates.time.panels", title="Broken"),
        stop("Gates", {"cell": "gru", "trained": "own-0123456789abcdef"}, look="gates.time.panels", title="Mine"),
        stop("Gates", {"cell": "lstm"}, look="gates.figure", title="Elsewhere", text="Bandicoot"),
        stop("Sequences", {}, look="sequences.kinds"),
    )
    box.get_by_role("button", name="Make slides").click()
    expect(box.get_by_text("10 slides are ready.")).to_be_visible(timeout=4 * PATIENCE)
    problems = box.locator("[data-part=slides-problems] li")
    expect(problems).to_have_text([
        "Stop 1, “Gates”: a slide has no room for: the lines of single units.",
        re.compile("^Stop 3, “Step through”: a slide has no room for: .+[.]$"),
        "Stop 4, “Broken”: the page says: cell must be one of rnn, lstm, gru; got gpt. Its slide has no picture.",
        re.compile("^Stop 5, “Mine”: the page says: .*file.*Its slide has no picture[.]$"),
        "Stop 6, “Elsewhere”: its view has no picture of what it points at. Its slide has no picture.",
    ])  # fmt: skip
    page.evaluate(PRINT)
    expect(box.get_by_role("button", name="Save as PDF, or print")).to_be_focused()
    page.keyboard.press("Enter")
    expect(box.get_by_text("The print dialog saves them")).to_be_visible(timeout=PATIENCE)
    assert page.evaluate("() => window.named") == "dingo"
    slides = page.locator(".rnnviz-printed section")
    stops = ["Gates", "Gates", "<b>Aardvark</b>", "<b>Aardvark</b>", "Step through", "Broken", "Mine", "Elsewhere"]
    expect(slides.locator("h1")).to_have_text(["Dingo", *stops, "Sequences"])
    assert [section.locator("img").count() for section in slides.all()] == [0, 1, 0, 0, 1, 1, 0, 0, 0, 1]
    expect(slides.nth(1).locator("p em")).to_have_text("open")
    expect(slides.nth(1)).to_contain_text("Question. Which?")
    expect(slides.nth(2)).to_contain_text("All.")
    for gate in ("input gate", "forget gate", "output gate", "cell state"):
        assert gate in slide_of(slides.nth(1))
    expect(slides.nth(5).locator("small")).to_have_text(re.compile("GRU.*seed 7"))
    assert len(re.findall(rb"/Type\s*/Page\b", page.pdf(prefer_css_page_size=True))) == 10
    expect(page.locator("iframe")).to_have_count(0)
    everything = b"\n".join(sent)
    assert b"gpt" in everything, "the frames are heard"
    for word in (b"Aardvark", b"Bandicoot", b"Dingo"):
        assert word not in everything
        assert word not in server.log.read_bytes()


def test_making_slides_can_be_stopped(visit: Visit, page: Page) -> None:
    visit("/")
    box = with_lecture(page, *(stop("Gates", {"cell": "lstm", "seed": str(k)}) for k in range(1, 9)))
    box.get_by_role("button", name="Make slides").click()
    expect(box.get_by_text("Drawing stop 2 of 8")).to_be_visible(timeout=PATIENCE)
    box.get_by_role("button", name="Stop", exact=True).click()
    expect(box.get_by_text("Stopped. Nothing is made.")).to_be_visible()
    expect(page.locator("iframe")).to_have_count(0)
    expect(box.get_by_role("button", name="Make slides")).to_be_focused()
    box.get_by_role("button", name="Make slides").click()
    expect(box.get_by_text("Drawing stop 1 of 8")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("iframe")).to_have_count(0)


TOP: Final = "(node) => node.getBoundingClientRect().top"


def saved(page: Page, name: str, folder: Path) -> Path:
    with page.expect_download() as download:
        dialog(page).get_by_role("button", name=name).click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def test_a_view_that_no_link_holds_is_presented_whole(visit: Visit, page: Page, tmp_path: Path) -> None:
    visit("/Step_through?cell=lstm&seed=5")
    box = page.get_by_role("textbox", name="Numbers", exact=True)
    box.fill(LONG_NUMBERS)
    box.press("Control+Enter")
    expect(page.get_by_text("Too long for a link: the numbers.")).to_be_visible()
    settle(page)
    page.get_by_role("button", name="Add this view to my lecture").click()
    page.keyboard.type("All of it.")
    page.keyboard.press("Escape")
    page.wait_for_function(f"() => {KEPT}.stops[0].view?.numbers?.length > 6000", timeout=PATIENCE)
    visit(GATES)
    add(page, "And the gates.")
    opened(page).get_by_role("button", name="Present").click()
    at(page, 1, "All of it.")
    expect(page.get_by_text("Too long for a link: the numbers.")).to_be_attached()
    page.keyboard.press("n")
    at(page, 2, "And the gates.")
    page.keyboard.press("b")
    at(page, 1, "All of it.")
    page.keyboard.press("p")
    expect(page.get_by_role("textbox", name="Numbers", exact=True)).to_have_value(LONG_NUMBERS)
    box = opened(page)
    box.get_by_text("Save, share, make slides").click()
    tour, _ = tours.read_file(saved(page, "Save as tour file", tmp_path))
    assert tour is not None
    expect(box.get_by_text("Stop 1: its view has a text that is too long for a link")).to_be_visible()
    whole = json.loads(saved(page, "Save as view file", tmp_path).read_text(encoding="utf-8"))
    assert whole["params"]["numbers"] == whole["lecture"]["stops"][0]["view"]["numbers"] == LONG_NUMBERS


def test_a_second_tab_sees_the_change_and_a_stranger_nothing(
    visit: Visit, page: Page, browser: Browser, server: Server
) -> None:
    visit(GATES)
    add(page, "Ours")
    other = page.context.new_page()
    other.add_init_script(LISTEN)
    other.goto(f"{server.url}{GRADIENTS}")
    settle(other)
    box = opened(other)
    assert words_of(other) == ["Ours"]
    opened(page).get_by_role("textbox", name="Words").fill("Changed")
    expect(box.get_by_role("textbox", name="Words")).to_have_value("Changed")
    other.close()
    page.keyboard.press("Escape")
    opened(page).get_by_role("button", name="Present").click()
    at(page, 1, "Changed")
    stranger = browser.new_page()
    stranger.add_init_script(LISTEN)
    stranger.goto(page.url)
    settle(stranger)
    expect(stranger.locator(".tour-own")).to_have_text(
        "This stop is not in the lecture of this browser. Its view is shown."
    )
    expect(stranger.locator("h1")).to_have_text("Gates")
    stranger.close()


def test_the_link_of_a_stop_is_that_of_its_view(visit: Visit, page: Page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    visit(GATES)
    add(page, "Ours")
    opened(page).get_by_role("button", name=re.compile("^Show this stop: 1")).click()
    at(page, 1, "Ours")
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert "_lecture" not in page.evaluate("navigator.clipboard.readText()")


def test_where_nothing_is_stored_that_is_said(visit: Visit, page: Page) -> None:
    page.add_init_script("Storage.prototype.setItem = () => { throw new DOMException('no', 'QuotaExceededError'); };")
    visit(GATES)
    page.keyboard.press("a")
    expect(dialog(page).get_by_role("alert")).to_contain_text("This browser has no more room for it.")
    page.keyboard.type("Kept here")
    page.keyboard.press("Escape")
    opened(page)
    assert words_of(page) == ["Kept here"]
    expect(dialog(page).get_by_role("alert")).to_contain_text("Save it as a file.")


def test_a_page_that_no_stop_can_show_says_so(visit: Visit, page: Page) -> None:
    visit("/")
    page.keyboard.press("a")
    expect(dialog(page).get_by_role("alert")).to_contain_text("This page has no view that a lecture can show.")


def test_what_a_file_says_stays_text(visit: Visit, page: Page, tmp_path: Path) -> None:
    hostile = "<img src=x onerror=alert(1)> [a](javascript:alert(1)) $\\href{x}{y}$ **b**"
    stop = {"page": "Gates", "params": {"cell": "lstm"}, "title": hostile, "text": hostile, "question": hostile}
    file = tmp_path / "x.json"
    file.write_text(json.dumps({"rnnviz": 1, "lecture": {"title": hostile, "stops": [stop]}}), encoding="utf-8")
    visit(GATES)
    page.get_by_role("button", name="View as file").click()
    page.get_by_label("Open a view file").set_input_files(file)
    expect(dialog(page).get_by_text("Opened: 1 stop.")).to_be_visible()
    dialog(page).get_by_role("button", name="Present").click()
    at(page, 1, "<img src=x onerror=alert(1)> [a](javascript:alert(1))")
    expect(page.locator(".tour-own :is(img, a, script)")).to_have_count(0)
    file.write_text('{"rnnviz": 1, "lecture": {"stops": 3}}', encoding="utf-8")
    opened(page).get_by_label("Open a lecture").set_input_files(file)
    expect(dialog(page).get_by_role("alert")).to_have_text("A lecture must have stops; got something else.")
    assert words_of(page) == [hostile]
