"""The page “Your network” in a real browser: a file is opened, corrected, refused, and nobody else's."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from playwright.sync_api import Browser, Locator, Page, expect
from torch import nn

from tests.browser.test_step_through import at_step
from tests.browser.waiting import LISTEN, PATIENCE, settle
from tests.own.files import VOCABULARY, as_torch, classifier, keras_gru, written
from tests.own.onnx_models import Tagger, exported
from tests.own.test_checking import known_of

Visit = Callable[[str], Page]


@pytest.fixture
def files(tmp_path: Path) -> Path:
    written(tmp_path)
    return tmp_path


def box(page: Page, name: str) -> Locator:
    return page.locator(f".st-key-your_network-{name} input[type=file]").first


def add(page: Page, name: str, file: Path) -> None:
    box(page, name).set_input_files(file)
    expect(page.get_by_test_id("stFileUploader").get_by_text(file.name)).to_be_visible()
    settle(page)


def upload(page: Page, files: Path, network: str = "mine.pt", vocabulary: str = "vocab.json") -> None:
    for name, file in (("file", network), ("vocabulary", vocabulary)):
        if file:
            add(page, name, files / file)


def chosen(page: Page) -> Locator:
    return page.get_by_role("combobox", name="Network")


def press_open(page: Page) -> None:
    page.get_by_role("button", name="Open the network").click()
    expect(page.get_by_text("is open.")).to_be_visible()
    settle(page)


def test_a_file_is_opened_and_nobody_elses(visit: Visit, files: Path, browser: Browser) -> None:
    page = visit("/Your_network")
    upload(page, files)
    page.get_by_label("Names of the outputs (3), with commas between (optional)").fill("no, maybe, yes")
    page.keyboard.press("Enter")
    settle(page)
    press_open(page)
    page.get_by_test_id("stMain").get_by_role("link", name="Step through").click()
    expect(page.locator("h1")).to_have_text("Step through")
    settle(page)
    expect(chosen(page)).to_have_value("From a file: mine.pt")
    expect(page.get_by_text("equals torch to")).to_be_visible()
    page.get_by_label("Words", exact=True).fill("not a good film")
    page.keyboard.press("ControlOrMeta+Enter")
    page.wait_for_url(re.compile("trained=own-.*words=not"))
    settle(page)
    with browser.new_context() as context:
        other = settle_at(context.new_page(), page.url)
        expect(other.get_by_test_id("stAlert")).to_contain_text("Open the file on the page")
        expect(chosen(other)).to_have_value("Untrained")
        other.get_by_test_id("stSidebar").get_by_role("link", name="Your network").click()
        expect(other.locator("h1")).to_have_text("Your network")
        settle(other)
        upload(other, files)
        other.get_by_label("Names of the outputs (3), with commas between (optional)").fill("no, maybe, yes")
        press_open(other)  # at once: what was just typed counts
        other.get_by_test_id("stMain").get_by_role("link", name="Step through").click()
        expect(other.locator("h1")).to_have_text("Step through")
        expect(other.get_by_label("Words", exact=True)).to_have_value("not a good film")
        other.get_by_test_id("stSidebar").get_by_role("link", name="Your network").click()
        other.get_by_role("button", name="Close it").click()
        settle(other)
        expect(other.get_by_text("is open.")).to_have_count(0)


def test_numbers_in_a_second_file_are_asked_for(visit: Visit, tmp_path: Path) -> None:
    model = onnx.ModelProto.FromString(exported(Tagger(nn.GRU), torch.zeros(4, 1, dtype=torch.int64)))
    onnx.save(model, tmp_path / "mine.onnx", save_as_external_data=True, location="mine.onnx.data", size_threshold=0)
    page = visit("/Your_network")
    box(page, "file").set_input_files(tmp_path / "mine.onnx")
    asked = page.get_by_text("has its numbers in another file: mine.onnx.data")
    expect(asked).to_be_visible()
    expect(page.get_by_test_id("stAlert")).to_have_count(0)
    page.locator("[class*=st-key-your_network-beside] input[type=file]").set_input_files(tmp_path / "mine.onnx.data")
    press_open(page)
    box(page, "file").set_input_files(tmp_path / "mine.onnx.data")
    expect(asked).to_have_count(0)


def test_a_known_pair_is_checked_before_it_is_opened(visit: Visit, files: Path) -> None:
    page = visit("/Your_network")
    upload(page, files, vocabulary="")
    page.get_by_text("Check it: what does your model give for one input?").click()
    page.get_by_label("A text", exact=True).fill("not a good film")
    answer = page.get_by_role("textbox", name="Outputs of your model for it")
    answer.fill(" ".join(f"{one:.4f}" for one in known_of("mean")["softmax"]))
    (files / "bad.json").write_text('{"a": ', encoding="utf-8")
    add(page, "vocabulary", files / "bad.json")
    expect(page.get_by_role("button", name="Open the network")).to_be_disabled()
    page.get_by_role("button", name="Remove bad.json").click()
    settle(page)
    add(page, "vocabulary", files / "vocab.json")  # what was typed stays
    expect(page.get_by_label("A text", exact=True)).to_have_value("not a good film")
    page.get_by_role("button", name="Open the network").click()
    expect(page.get_by_test_id("stAlert")).to_contain_text("equal with pooling mean")
    settle(page)
    answer.fill(" ".join(f"{one:.4f}" for one in known_of("ends")["softmax"]))
    press_open(page)
    expect(page.get_by_text("For a known input, the outputs are those given")).to_be_visible()


def test_a_large_language_model_is_shown_with_its_likeliest_words(visit: Visit, tmp_path: Path) -> None:
    layers = {"emb": nn.Embedding(300, 5), "rnn": nn.GRU(5, 600), "decoder": nn.Linear(600, 300)}
    (tmp_path / "large.pt").write_bytes(as_torch(nn.ModuleDict(layers).state_dict()))
    (tmp_path / "vocab.json").write_text(json.dumps([f"w{number}" for number in range(300)]), encoding="utf-8")
    page = visit("/Your_network")
    upload(page, tmp_path, "large.pt")
    expect(page.get_by_text("decoder.weight has 300 outputs.")).to_contain_text("called by its token")
    press_open(page)
    page.get_by_test_id("stMain").get_by_role("link", name="Step through").click()
    expect(page.get_by_test_id("stAlert")).to_contain_text("This network has 600 units")
    page.get_by_test_id("stMain").get_by_role("link", name="Hidden states").click()
    expect(page.get_by_text(re.compile(r"Output: “w\d+”"))).to_be_visible()


def test_what_is_wrong_with_a_link_stays_on_a_page_that_begins_with_a_chart(visit: Visit) -> None:
    page = visit("/Hidden_states?cell=lstm&trained=own-0123456789abcdef0123456789abcdef-01234567")
    expect(page.locator(".rnnviz-later")).to_have_count(0)
    expect(page.get_by_test_id("stAlert")).to_contain_text("This link shows a network from a file")


def settle_at(page: Page, url: str) -> Page:
    page.add_init_script(LISTEN)
    page.goto(url)
    return settle(page)


def test_what_is_wrong_with_a_file_is_said_and_the_rest_stays(visit: Visit, files: Path) -> None:
    (files / "bad.pt").write_bytes(b"not a network")
    page = visit("/Your_network")
    box(page, "file").set_input_files(files / "bad.pt")
    expect(page.get_by_test_id("stAlert")).to_contain_text("bad.pt: a file of torch must be what torch.save writes")
    page.get_by_role("button", name="Remove bad.pt").click()
    settle(page)
    upload(page, files)
    names = page.get_by_label("Names of the outputs (3), with commas between (optional)")
    names.fill("one, two")
    page.keyboard.press("Enter")
    settle(page)
    page.get_by_role("button", name="Open the network").click()
    expect(page.get_by_test_id("stAlert")).to_contain_text("classes must be 3 names, one an output; got 2")
    expect(names).to_have_value("one, two")


def test_whether_h_depends_on_a_tensor_is_asked(visit: Visit, tmp_path: Path) -> None:
    begins = {f"rnn.{name}": value for name, value in nn.GRU(3, 4).state_dict().items()} | {"h0": torch.ones(1, 1, 4)}
    (tmp_path / "mine.pt").write_bytes(as_torch(begins))
    page = visit("/Your_network")
    box(page, "file").set_input_files(tmp_path / "mine.pt")
    expect(page.get_by_text("To be answered: h0 (1, 1, 4) looks like the state that rnn begins with")).to_be_visible()
    settle(page)
    page.get_by_role("button", name="Open the network").click()
    expect(page.get_by_test_id("stAlert")).to_contain_text("name them as unused: h0")
    settle(page)
    asked = page.get_by_role("combobox", name="h0", exact=True)
    asked.click()
    page.get_by_role("option", name="h begins with it, as it is").click()
    settle(page)
    press_open(page)
    page.get_by_test_id("stMain").get_by_role("link", name="Hidden states").click()
    expect(page.locator("h1")).to_have_text("Hidden states")
    settle(page)
    expect(page.get_by_text("The initial state is the one that the network’s file has").first).to_be_visible()


def test_a_file_in_onnx_is_opened(visit: Visit, files: Path) -> None:
    torch.manual_seed(1)
    module = Tagger(nn.RNN, nonlinearity="relu", num_layers=2)
    (files / "mine.onnx").write_bytes(exported(module, torch.zeros(4, 1, dtype=torch.long)))
    page = visit("/Your_network")
    upload(page, files, "mine.onnx")
    activation = page.get_by_role("combobox", name="Activation")
    expect(activation).to_have_value("ReLU")
    press_open(page)
    page.get_by_test_id("stMain").get_by_role("link", name="Hidden states").click()
    expect(page.locator("h1")).to_have_text("Hidden states")
    expect(chosen(settle(page))).to_have_value("From a file: mine.onnx")


def test_a_gru_of_keras_that_resets_before_shows_its_own_arithmetic(visit: Visit, files: Path) -> None:
    rng, t = np.random.default_rng(0), 2
    weights = [rng.normal(0, 0.7, shape).astype(np.float32) for shape in ((4, 9), (3, 9), (9,))]
    gates, of_states, bias = (np.split(weight, 3, axis=-1) for weight in weights)  # Keras has z, r, h
    x, h = rng.normal(size=(5, 4)).astype(np.float32), np.zeros(3)
    for row in x[: t + 1]:
        before, z, r = h, *(1 / (1 + np.exp(-(row @ gates[k] + h @ of_states[k] + bias[k]))) for k in (0, 1))
        n = np.tanh(row @ gates[2] + (r * h) @ of_states[2] + bias[2])
        h = (1 - z) * n + z * h
    keras_gru(files / "mine.keras", weights, reset_after=False)
    page = visit("/Your_network")
    box(page, "file").set_input_files(files / "mine.keras")
    expect(page.get_by_role("combobox", name="Recurrent layer")).to_have_value(re.compile("reset before the product"))
    press_open(page)
    page.get_by_test_id("stMain").get_by_role("link", name="Step through").click()
    expect(page.locator("h1")).to_have_text("Step through")
    settle(page)
    page.get_by_label("Numbers", exact=True).fill("\n".join(" ".join(map(str, row)) for row in x))
    page.keyboard.press("ControlOrMeta+Enter")
    settle(page)
    for _ in range(t):
        page.get_by_role("button", name="Next step").click()
    at_step(page, t, len(x) - 1)
    expect(page.locator(".badge.good summary")).to_contain_text("equals the forward pass")
    operands = page.locator('.inside .line[data-line="n"] .operand')
    for place, expected in ((2, r), (3, before), (4, r * before), (5, (r * before) @ of_states[2]), (-1, n)):
        shown = operands.nth(place).locator(".values > span").all_text_contents()
        assert [float(text.replace("−", "-")) for text in shown] == pytest.approx(expected.tolist(), abs=6e-5), place


def test_a_network_predicts_while_a_text_is_typed(visit: Visit, files: Path) -> None:
    page = visit("/Your_network")
    upload(page, files)
    page.get_by_role("combobox", name="The output layer gets").click()
    page.get_by_role("option", name="The mean over the steps").click()
    settle(page)
    press_open(page)
    page.get_by_test_id("stMain").get_by_role("link", name="Sentiment").click()
    box = page.get_by_role("textbox", name="A text; the network predicts while you type")
    box.fill("not a good film")
    ids = torch.tensor([[VOCABULARY.index(word) for word in ["not", "a", "good", "film"]]])
    model = classifier()
    with torch.inference_mode():
        expected = model.fc(model.rnn(model.emb(ids))[0].mean(1)).softmax(-1)[0]
    said = f"P(class {int(expected.argmax())}) = {float(expected.max()):.3f}"
    expect(page.locator(".review [data-part=number]")).to_have_text(said, timeout=PATIENCE)
    expect(page.locator(".review-words [data-part=keys]")).to_have_text("class 0class 1class 2")
    page.wait_for_url(re.compile("trained=own-.*words=not"))
    inside = page.get_by_test_id("stMain").get_by_role("link", name="Hidden states")
    expect(inside).to_have_attribute("href", re.compile("words=not"))
    inside.click()
    expect(page.locator("h1")).to_have_text("Hidden states")
    expect(page.get_by_label("Words", exact=True)).to_have_value("not a good film")


def test_match_searches_a_text_that_is_uploaded(visit: Visit, files: Path) -> None:
    (files / "text.txt").write_text("not a good film\na bad film", encoding="utf-8")
    page = visit("/Your_network")
    upload(page, files)
    press_open(page)
    page.get_by_test_id("stMain").get_by_role("link", name="Hidden states").click()
    expect(page.locator("h1")).to_have_text("Hidden states")
    page.get_by_role("radio", name="Match").click()
    box = page.get_by_label(re.compile("^Text to search"))
    expect(box).to_be_visible()
    page.get_by_text("From a text file").click()
    page.locator(".st-key-hidden_states-text_file input[type=file]").set_input_files(files / "text.txt")
    expect(box).to_have_value("not a good film\na bad film")
    expect(page.get_by_text("steps in 2 lines of your text.")).to_be_visible()
    page.wait_for_url(re.compile("entries=hidden_states.text"))


@pytest.mark.smoke
def test_the_sample_opens_on_a_phone(visit: Visit) -> None:
    page = visit("/Your_network")
    page.set_viewport_size({"width": 390, "height": 844})
    page.get_by_role("button", name="Try it with a sample file").click()
    press_open(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_test_id("stMain").get_by_role("link", name="Gates").click()
    expect(page.locator("h1")).to_have_text("Gates")
    expect(chosen(settle(page))).to_have_value("From a file: brackets-lstm.safetensors")
