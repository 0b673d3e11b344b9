"""The data set from its files: the same from either, and no text on both sides of a score."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from rnnviz.sentiment.reviews import is_held_back, read
from tests.sentiment.made_up import frames, write_folder, write_parquet


def test_folder_and_file_hold_the_same(tmp_path: Path) -> None:
    of_file = read(write_parquet(tmp_path / "a") / "imdb_reviews.parquet")
    for other in (read(tmp_path / "a"), read(write_folder(tmp_path / "b"))):
        assert list(other) == list(of_file)
        for part, reviews in of_file.items():
            assert other[part].texts == reviews.texts
            np.testing.assert_array_equal(other[part].labels, reviews.labels)


def test_no_text_stands_where_it_would_flatter(tmp_path: Path) -> None:
    labelled, unlabelled = frames()
    data = read(write_parquet(tmp_path / "a"))
    original = labelled[labelled["split"] == "train"]
    validation, test = set(data["validation"].texts), set(data["test"].texts)
    assert validation == set(original["text"][original["movie"].map(is_held_back)])
    assert not validation & set(data["train"].texts)
    assert not test & set(original["text"])
    assert not (validation | set(labelled["text"][labelled["split"] == "test"])) & set(data["unlabelled"].texts)
    # Made-up reviews repeat, so that each of these had something to leave out.
    assert len(data["test"]) < 120
    assert len(data["validation"]) > 0
    assert len(data["train"]) < 120 - len(data["validation"])
    assert 0 < len(data["unlabelled"]) < len(unlabelled)


def test_labels(tmp_path: Path) -> None:
    data = read(write_parquet(tmp_path / "a"))
    labelled, _ = frames()
    truth = dict(zip(labelled["text"][::-1], labelled["label"][::-1], strict=True))
    agreeing = [truth[text] == label for text, label in zip(data["test"].texts, data["test"].labels, strict=True)]
    assert np.mean(agreeing) > 0.95  # a text of one sentence may stand on both sides
    assert np.isnan(data["unlabelled"].labels).all()


def test_one_movie_in_ten_is_held_back() -> None:
    held = [is_held_back(f"tt{k:07d}") for k in range(5000)]
    assert 0.08 < np.mean(held) < 0.12
    assert is_held_back("tt0137523") == is_held_back("tt0137523")


def test_without_unlabelled_reviews(tmp_path: Path) -> None:
    assert len(read(write_parquet(tmp_path / "a", with_unlabelled=False))["unlabelled"]) == 0


def test_no_data(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="data must be the folder aclImdb or the file imdb_reviews"):
        read(tmp_path)


def test_rows_of_a_file_are_in_the_order_of_the_folder(tmp_path: Path) -> None:
    """Numbers are sorted as numbers: 10 comes after 9."""
    data = read(write_folder(tmp_path / "b"))
    labelled, _ = frames()
    test = labelled[(labelled["split"] == "test") & labelled["text"].isin(data["test"].texts)]
    assert isinstance(test, pd.DataFrame)
    assert data["test"].texts == tuple(test["text"])


def test_folders_without_a_review_are_refused(tmp_path: Path) -> None:
    for part in ("train", "test"):
        for label in ("pos", "neg"):
            (tmp_path / part / label).mkdir(parents=True)
    with pytest.raises(ValueError, match="data must hold labelled reviews"):
        read(tmp_path)
