"""The view of many learning rates: its sentences are the numbers that ship, and it leads to a training of its own."""

import pytest
from streamlit.testing.v1 import AppTest

from rnnviz import clipping
from rnnviz.ui.pages.clipping import rates
from tests.serving import ROOT


def visit(views: str) -> AppTest:
    page = AppTest.from_file(ROOT / "app.py", default_timeout=60).switch_page("pages/6_Clipping.py")
    page.query_params["views"] = views
    return page.run()


@pytest.mark.parametrize("name", clipping.RATED)
def test_the_sentences_are_made_of_the_numbers(name: str) -> None:
    found = clipping.shipped_rates(name)
    learned, lowest = rates.told(found)
    for rate, bare, clipped in zip(found.rates, found.medians("unclipped"), found.medians("clipped"), strict=True):
        without, _, with_it = learned.partition("; clipped at ")
        assert (f" {rate:g}," in f"{without},".replace(" and", ",")) == (bare < 0.1)
        assert (f" {rate:g}," in f" {with_it},".replace(" and", ",").replace(".,", ",")) == (clipped < 0.1)
    for arm in clipping.ARMS:
        at = found.medians(arm).argmin()
        assert f"{arm} {found.medians(arm)[at]:.2g} at {found.rates[at]:g}" in lowest


def test_the_network_is_in_the_link_and_its_text_is_shown() -> None:
    page = visit("clipping.view:learning-rates rates.network:gru")
    assert not page.exception
    shown = " ".join(each.value for each in page.markdown)
    assert "widens it; it reaches no lower loss" in " ".join(shown.split())
    assert "unclipped 0.003 at 0.3" in shown.replace("\\", "")


@pytest.mark.parametrize(("network", "preset"), [("irnn", "irnn-10-steps-sgd"), ("lstm", "lstm-sgd")])
def test_a_button_leads_to_the_training_of_this_network(network: str, preset: str) -> None:
    page = visit(f"clipping.view:learning-rates rates.network:{network}")
    page.button(key="rates.train").click().run()
    assert not page.exception
    views = str(page.query_params["views"])
    assert "clipping.view:in-training" in views
    assert f"training.preset:{preset}" in views
    labels = [each.label for each in page.number_input]
    assert labels[:2] == ["Learning rate", "Threshold max_norm"], "side by side, before all other settings"
