"""``python -m rnnviz train sentiment`` and ``… predict``, from made-up reviews to judgements."""

import csv
import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from rnnviz import cli
from rnnviz.checkpoints.storing import packed, unpacked
from rnnviz.cli import sentiment
from rnnviz.sentiment import BAG, load
from rnnviz.sentiment.phrases import CASES
from tests.sentiment.made_up import LECTURE, OURS, write_folder, write_parquet
from tests.serving import PATIENCE, ROOT

NAMES = (LECTURE.name, OURS.name, BAG)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with small networks, made by the command."""
    folder = tmp_path_factory.mktemp("trained")
    write_parquet(folder / "data")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sentiment, "RECIPES", {recipe.name: recipe for recipe in (LECTURE, OURS)})
        chosen = [argument for name in NAMES for argument in ("--only", name)]
        data = ["--data", str(folder / "data" / "imdb_reviews.parquet")]
        assert cli.main(["train", "sentiment", *data, *chosen, "--out", str(folder / "models")]) == 0
    return folder


def predicted(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, str]]:
    assert cli.main(["predict", *arguments]) == 0
    return list(csv.DictReader(io.StringIO(capsys.readouterr().out)))


def test_what_is_made(trained: Path) -> None:
    files = {f"{name}.{ending}" for name in NAMES for ending in ("safetensors", "json")}
    assert {path.name for path in (trained / "models").iterdir()} == files


@pytest.mark.parametrize("name", NAMES)
def test_the_card_says_what_the_files_do(trained: Path, name: str) -> None:
    model = load(name, trained / "models")
    card = json.loads((trained / "models" / f"{name}.json").read_text(encoding="utf-8"))
    assert card == dict(model.card)
    assert card["reviews"]["test"] == card["test"]["reviews"] == sum(map(sum, card["test"]["confusion"]))
    right = sum(card["test"]["confusion"][k][k] for k in (0, 1))
    assert card["test"]["accuracy"] == pytest.approx(right / card["test"]["reviews"], abs=1e-4)
    assert card["test"]["accuracy"] > 0.75
    assert sum(row["reviews"] for row in card["test"]["lengths"]) == card["test"]["reviews"]
    assert sum(row[0] for row in card["test"]["reliability"]) == card["test"]["reviews"]
    assert 0 <= card["test"]["calibration_error"] <= 1
    predicted = model.predict([case.text for case in CASES])
    stored = np.array([case["predicted"] for case in card["cases"]], float)  # None without a known word
    np.testing.assert_allclose(stored, predicted, rtol=1e-4)
    assert card["seconds"] > 0


def test_the_folder_gives_the_same_networks(trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sentiment, "RECIPES", {OURS.name: OURS})
    data = str(write_folder(tmp_path / "aclImdb"))
    assert cli.main(["train", "sentiment", "--data", data, "--model", OURS.name, "--out", str(tmp_path / "out")]) == 0
    name = f"{OURS.name}.safetensors"
    assert (tmp_path / "out" / name).read_bytes() == (trained / "models" / name).read_bytes()


def test_texts_from_the_command(trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = predicted(capsys, "--folder", str(trained / "models"), "a superb, lovely film", "an awful, dull film", "")
    assert [row["text"] for row in rows] == ["a superb, lovely film", "an awful, dull film", ""]
    assert float(rows[0]["probability"]) > 0.6
    assert float(rows[1]["probability"]) < 0.4
    assert rows[2]["probability"] == ""


def test_unknown_words_alone_get_no_prediction(trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["predict", "--folder", str(trained / "models"), "zyx qwv", "a superb film"]) == 0
    out, err = capsys.readouterr()
    assert [row["probability"] == "" for row in csv.DictReader(io.StringIO(out))] == [True, False]
    assert err.startswith("1 of 2 texts: no word is in the vocabulary, so there is no prediction")


def test_lines_of_the_input(trained: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("a superb film\r\nan awful film\n"))
    rows = predicted(capsys, "--folder", str(trained / "models"), "--model", BAG)
    assert [row["text"] for row in rows] == ["a superb film", "an awful film"]
    assert float(rows[0]["probability"]) > float(rows[1]["probability"])


def test_a_table(trained: Path, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text('id,review\n1,"a superb film,\nlovely"\n\n2,awful\n', encoding="utf-8-sig")
    chosen = ["--csv", str(tmp_path / "in.csv"), "--column", "review", "--out", str(tmp_path / "out.csv")]
    assert cli.main(["predict", "--folder", str(trained / "models"), *chosen]) == 0
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["probability", "id", "review"]
    assert rows[0]["review"] == "a superb film,\nlovely"
    expected = load("bilstm", trained / "models").predict([row["review"] for row in rows])
    np.testing.assert_allclose([float(row["probability"]) for row in rows], expected, atol=1e-4)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["train", "sentiment"], "rnnviz: train sentiment needs --data"),
        (
            ["train", "sentiment", "--data", "nowhere"],
            "rnnviz: --data must be a folder or a file that is there; got nowhere",
        ),
        (["predict", "--csv", "{csv}"], "rnnviz: column must be one of id, review; got 'text'"),
        (["predict", "--csv", "{csv}", "a text"], "rnnviz: texts must come from the command or from a table; got both"),
        (["predict", "--csv", "{short}"], "as the first; the one that ends in line 4 has 1"),
        (["predict", "--csv", "{long}"], "must be a table; line 2: field larger than field limit"),
        (["predict", "--csv", "{predicted}"], "must have no column probability, since one is added; it has one"),
        (["predict", "--csv", "{empty}"], "must have a line of headings; got an empty file"),
        (["predict", "--folder", "{folder}", "a text"], "rnnviz: expected the sentiment model bilstm in"),
    ],
)
def test_what_cannot_be_done(
    arguments: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    contents = {
        "csv": "id,review\n1,x\n",
        "short": "id,text\n1,x\n\n2\n",
        "long": f"text\n{'x' * 200_000}\n",
        "predicted": "probability,text\n0.5,x\n",
        "empty": "",
    }
    for name, content in contents.items():
        (tmp_path / name).write_text(content)
    places = {"folder": tmp_path} | {name: tmp_path / name for name in contents}
    assert cli.main([argument.format(**places) for argument in arguments]) == 1
    assert message in capsys.readouterr().err


def test_damaged_files(trained: Path, tmp_path: Path) -> None:
    for ending in ("safetensors", "json"):
        content = (trained / "models" / f"bilstm.{ending}").read_bytes()
        (tmp_path / f"bilstm.{ending}").write_bytes(content)
    whole = (tmp_path / "bilstm.safetensors").read_bytes()
    for damaged in (b"", whole[:100], whole[:-10], whole.replace(b'\\"format\\": 1', b'\\"format\\": 2')):
        (tmp_path / "bilstm.safetensors").write_bytes(damaged)
        with pytest.raises(ValueError, match="expected the sentiment model bilstm in"):
            load("bilstm", tmp_path)
    tensors, about = unpacked(whole)
    for network in ({"hidden": 10**9}, {"hidden": 10**6}, {"words": True}, {"dense": -1}, {"bidirectional": 1}):
        content = packed(tensors, {**about, "network": about["network"] | network})
        (tmp_path / "bilstm.safetensors").write_bytes(content)
        with pytest.raises(ValueError, match=r"expected the sentiment model bilstm in .* must be"):
            load("bilstm", tmp_path)
    (tmp_path / "bilstm.safetensors").write_bytes(whole)
    for card in ("", "[1]", "[" * 100_000, "9" * 9_000):
        (tmp_path / "bilstm.json").write_text(card)
        with pytest.raises(ValueError, match="expected the sentiment model bilstm in"):
            load("bilstm", tmp_path)
    with pytest.raises(ValueError, match="a sentiment model must be one of lecture-lstm"):
        load("../bilstm")


@pytest.mark.skipif(os.name == "nt", reason="Windows has no terminals of this kind")
@pytest.mark.usefixtures("interruptible")
def test_interrupting_at_a_terminal(tmp_path: Path) -> None:
    import pty

    leader, follower = pty.openpty()
    data, out = str(write_parquet(tmp_path / "data", 4000)), str(tmp_path / "out")
    command = [sys.executable, "-m", "rnnviz", "train", "sentiment", "--only", "lecture-lstm", "--data", data]
    process = subprocess.Popen([*command, "--out", out], cwd=ROOT, stdout=follower, stderr=follower)
    os.close(follower)
    said = b""
    while b"on validation" not in said:
        said += os.read(leader, 1024)
    process.send_signal(signal.SIGINT)
    try:
        while piece := os.read(leader, 1024):
            said += piece
    except OSError:  # how Linux says that nobody writes any more
        pass
    os.close(leader)
    assert process.wait(PATIENCE) == 130
    assert b"lecture-lstm: stopped; the same command goes on with what is in" in said
    assert b"Traceback" not in said
    assert [path.name for path in Path(out).iterdir()] == ["lecture-lstm.unfinished"]
