"""How far attention agrees with gradient and leaving out: each by its definition, and what is kept of many texts."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from rnnviz import cli
from rnnviz.sentiment import faithfulness
from rnnviz.sentiment.explaining import agreement, leave_one_out
from rnnviz.sentiment.network import SentimentNetwork
from rnnviz.ui.shell import frame
from tests.sentiment.made_up import write_parquet
from tests.sentiment.test_model import TEXT, bag, model_of
from tests.serving import ROOT


def test_the_gradient_is_that_by_the_one_of_each_token() -> None:
    """Each embedding is stretched a little and the judgement watched, with the weights of attention as they were."""
    model = model_of()
    network = model.network
    assert isinstance(network, SentimentNetwork)
    network.double()
    ids = torch.tensor([model.read(TEXT).ids])
    lengths = torch.tensor([ids.shape[1]])
    with torch.no_grad():
        x = network.embedding(ids)
        weights = network.weigh(network.states(x, lengths), lengths)

        def predicted(t: int, by: float) -> float:
            stretched = x.clone()
            stretched[0, t] *= 1 + by
            pooled = torch.einsum("bt,btu->bu", weights, network.states(stretched, lengths))
            return float(network.classify(pooled)) / model.temperature

        slopes = [abs(predicted(t, 1e-5) - predicted(t, -1e-5)) / 2e-5 for t in range(ids.shape[1])]
    found = faithfulness.gradient_sizes(model, TEXT)
    np.testing.assert_allclose(found, slopes, rtol=1e-5, atol=1e-9)
    assert np.ptp(found) > 1e-3
    assert all(parameter.grad is None for parameter in network.parameters())


def test_sizes_are_the_three_ways_and_their_taus() -> None:
    model = model_of()
    found = faithfulness.sizes(model, TEXT)
    assert found.tokens == model.read(TEXT).tokens
    np.testing.assert_allclose(found.values[0], model.attention(TEXT))
    np.testing.assert_allclose(found.values[2], np.abs(leave_one_out(model, TEXT)))
    assert found.values[0].sum() == pytest.approx(1)
    assert found.taus == tuple(agreement(found.values[one], found.values[other]) for one, other in faithfulness.PAIRS)
    assert faithfulness.sizes(model, TEXT, 4).values.shape == (3, 4)


def test_what_has_no_attention_says_so() -> None:
    with pytest.raises(ValueError, match="only a network with attention"):
        faithfulness.sizes(model_of(attention=False), TEXT)
    with pytest.raises(TypeError, match="counts words"):
        faithfulness.gradient_sizes(bag(), TEXT)
    with pytest.raises(ValueError, match="at least one word"):
        faithfulness.sizes(model_of(), " ")


def test_kept_and_read_back(tmp_path: Path) -> None:
    model = model_of()
    texts = [TEXT, "good", "The film is bad.", "not good, not bad"]
    taus = list(faithfulness.each(model, texts, 400))
    assert len(taus) == 3  # one word has no ranking
    kept = faithfulness.measured(model, taus, seed=5, longest=400)
    path = tmp_path / "agreement.json"
    path.write_text(faithfulness.as_text(kept), encoding="utf-8")
    assert faithfulness.load(path) == kept
    assert (kept.network, kept.texts, kept.seed) == ("bilstm", 3, 5)
    assert all(list(column) == sorted(column) for column in kept.taus)


def test_equal_seeds_draw_equal_texts() -> None:
    texts = [str(k) for k in range(100)]
    assert faithfulness.draw(5, texts, 1) == faithfulness.draw(5, texts, 1) != faithfulness.draw(5, texts, 2)
    assert sorted(faithfulness.draw(500, texts, 1)) == sorted(texts)


@pytest.mark.parametrize(
    "change",
    [
        {"taus": [[0.1], [0.2]]},
        {"taus": [[0.1], [0.2], [2.0]]},
        {"taus": [[0.1], [0.2], [0.3, 0.2]]},
        {"taus": [[0.1], [0.2], ["x"]]},
        {"taus": None},
        {"texts": 2},
    ],
)
def test_a_damaged_file_is_told(tmp_path: Path, change: dict[str, object]) -> None:
    path = tmp_path / "agreement.json"
    whole = {"network": "bilstm", "texts": 1, "seed": 0, "longest": 400, "taus": [[0.1], [0.2], [0.3]]}
    path.write_text(json.dumps(whole), encoding="utf-8")
    assert faithfulness.load(path).texts == 1
    path.write_text(json.dumps(whole | change), encoding="utf-8")
    with pytest.raises(ValueError, match=r"agreement\.json must h"):
        faithfulness.load(path)


def test_what_ships_is_what_the_prose_says() -> None:
    kept = faithfulness.load()
    assert (kept.network, kept.texts, kept.seed, kept.longest) == ("bilstm", 1_000, 0, 400)
    gradient, left_out, both = (np.mean(column) for column in kept.taus)
    prose = " ".join((frame.TEXTS / "attention.md").read_text(encoding="utf-8").split())
    assert "On a thousand reviews" in prose
    said = f"agree with each other (τ = {both:.2f} on average) twice as well as attention with either".replace(
        "0.", "."
    )
    assert f"gradient and leaving out {said}" in prose
    assert 1.9 < both / max(gradient, left_out) < 2.2
    assert 1.9 < both / min(gradient, left_out) < 2.4
    document = (ROOT / "docs" / "sentiment.md").read_text(encoding="utf-8")
    names = (f"{faithfulness.WAYS[one]} and {faithfulness.WAYS[other]}" for one, other in faithfulness.PAIRS)
    for name, column in zip(names, kept.taus, strict=True):
        mean, least, most = (f"{number:.3f}"[1:] for number in (np.mean(column), column[50], column[949]))
        assert f"| {name} | {mean} | {least} and {most} |" in document


def test_the_command_measures_reviews(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "agreement.json"
    data = write_parquet(tmp_path / "reviews") / "imdb_reviews.parquet"
    assert cli.main(["agreement", "--data", str(data), "--reviews", "3", "--out", str(out)]) == 0
    assert "attention and gradient: tau " in capsys.readouterr().out
    assert faithfulness.load(out).texts == 3
    assert cli.main(["agreement", "--data", str(data), "--reviews", "0", "--out", str(out)]) == 1
    assert "--reviews must be at least 1; got 0" in capsys.readouterr().err
