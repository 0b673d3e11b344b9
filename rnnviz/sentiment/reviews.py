"""The Large Movie Review Dataset from its files: labelled for training, validation and test, and unlabelled."""

import hashlib
import re
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import numpy as np
import pandas as pd

Part = Literal["train", "validation", "test", "unlabelled"]

LABELLED: Final = "imdb_reviews.parquet"
UNLABELLED: Final = "imdb_unlabelled.parquet"
HELD_BACK: Final = 10
"""One movie in so many is for validation, with all of its reviews."""

_TITLE: Final = re.compile(r"tt\d+")
_FILE: Final = re.compile(r"(\d+)_(\d+)\.txt")


@dataclass(frozen=True, eq=False)
class Reviews:
    """Texts and their labels, float32 of shape (review,): 1 for praise, 0 for blame, NaN where nobody said."""

    texts: tuple[str, ...]
    labels: np.ndarray

    def __len__(self) -> int:
        return len(self.texts)


def read(path: Path) -> dict[Part, Reviews]:
    """All reviews, in four parts that share no text where that would flatter a score.

    The validation reviews are all those of one movie in ten: reviews of one movie resemble each other. A text that
    stands in two parts stays in the one that is measured on, but test texts that also stand in the original training
    part are left out. The parts are ``train``, ``validation``, ``test``, and ``unlabelled``, which is empty if there is
    no file of it.

    Args:
        path: The folder ``aclImdb`` as it is published; or the file ``imdb_reviews.parquet``, with
            ``imdb_unlabelled.parquet`` beside it; or the folder of these two.

    Raises FileNotFoundError if there is no such data, ValueError if there is no review in it.
    """
    if (path / "train" / "pos").is_dir():
        labelled = pd.concat([_folder(path, split, label) for split in ("train", "test") for label in (1, 0)])
        unlabelled = _folder(path, "train", None)
    else:
        file = path / LABELLED if path.is_dir() else path
        if not file.is_file():
            raise FileNotFoundError(f"data must be the folder aclImdb or the file {LABELLED}; got {path}")
        labelled = pd.read_parquet(file)
        beside = file.with_name(UNLABELLED)
        unlabelled = pd.read_parquet(beside) if beside.is_file() else labelled[:0].assign(label=np.nan)
    if labelled.empty:
        raise ValueError(f"data must hold labelled reviews, as in aclImdb/train/pos and train/neg; got none in {path}")
    return _parts(labelled, unlabelled.assign(label=np.nan))


def is_held_back(movie: str) -> bool:
    """Whether the reviews of a movie, by its id as ``tt0137523``, are for validation.

    It is the same on every machine and for every order of the data.
    """
    return int.from_bytes(hashlib.blake2b(movie.encode(), digest_size=8).digest(), "big") % HELD_BACK == 0


def _parts(labelled: pd.DataFrame, unlabelled: pd.DataFrame) -> dict[Part, Reviews]:
    original = labelled[labelled["split"] == "train"]
    test = labelled[labelled["split"] == "test"]
    held_back = original["movie"].map(is_held_back).astype(bool)
    validation, train = original[held_back], original[~held_back]
    measured = set(validation["text"]) | set(test["text"])
    return {
        "train": _without(train, set(validation["text"])),
        "validation": _without(validation, set()),
        "test": _without(test, set(original["text"])),
        "unlabelled": _without(unlabelled, measured),
    }


def _without(rows: pd.DataFrame, texts: AbstractSet[str]) -> Reviews:
    kept = rows[~rows["text"].isin(texts)]
    return Reviews(tuple(kept["text"]), kept["label"].to_numpy(np.float32))


def _folder(path: Path, split: str, label: int | None) -> pd.DataFrame:
    """The reviews of one folder in the order of their numbers; the movie of each stands in a list of addresses."""
    name = {1: "pos", 0: "neg", None: "unsup"}[label]
    files = sorted(
        (int(found[1]), file) for file in (path / split / name).glob("*.txt") if (found := _FILE.fullmatch(file.name))
    )
    if not files:
        return pd.DataFrame({"split": [], "label": [], "text": [], "movie": []})
    movies = _TITLE.findall((path / split / f"urls_{name}.txt").read_text(encoding="utf-8"))
    texts = [file.read_bytes().decode("utf-8") for _, file in files]
    return pd.DataFrame(
        {"split": split, "label": label, "text": texts, "movie": [movies[number] for number, _ in files]}
    )
