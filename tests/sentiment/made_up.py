"""Reviews that nobody wrote, small networks for them, and both as files."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from rnnviz.checkpoints.storing import write
from rnnviz.sentiment.fitting import Epoch, Event, Fitted, Tell, fit
from rnnviz.sentiment.process_group import Alone, ProcessGroup
from rnnviz.sentiment.recipes import NetworkSpec, Noise, Phase, Recipe
from rnnviz.sentiment.reviews import Part, Reviews

SUBJECTS = ("film", "movie", "story", "acting", "music")
SAID = {1: ("superb", "lovely", "great", "moving"), 0: ("awful", "dull", "stale", "boring")}

LECTURE = Recipe("lecture-bilstm", NetworkSpec(40, 6, 5, True, "last", 8), (Phase(6, 0.02),), batch_size=8)
LONELY = replace(LECTURE, batch_size=99)
"""Of 100 reviews, the last one is a batch of its own."""
OURS = Recipe(
    "bilstm",
    NetworkSpec(40, 6, 5, True, "attention"),
    (Phase(1, 0.02, teachers=("bag",)), Phase(2, 0.02, fades=True, teachers=("bag", "network"), phrases=4)),
    has_marks=True,
    noise=Noise(words=0.1, embedding=0.2, pooled=0.1),
    window=12,
    reads_pieces=True,
    max_norm=1.0,
    is_calibrated=True,
    batch_size=16,
)


def text(random: np.random.Generator, label: int) -> str:
    """A few sentences, most of which say the same."""
    said = [
        SAID[label if random.random() < 0.9 else 1 - label][random.integers(4)] for _ in range(random.integers(1, 4))
    ]
    return " ".join(f"The {SUBJECTS[random.integers(5)]} is {word}{'.!'[random.integers(2)]}" for word in said)


def frames(reviews: int = 120) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Labelled and unlabelled reviews as the parquet files have them."""
    random = np.random.Generator(np.random.PCG64(7))
    rows = [
        {
            "split": split,
            "label": label,
            "rating": 9 if label else 2,
            "text": text(random, label),
            "id": k,
            "movie": f"tt{random.integers(30):07d}",
        }
        for split in ("train", "test")
        for label in (1, 0)
        for k in range(reviews // 2)
    ]
    unlabelled = [{"id": k, "movie": "tt9", "text": text(random, k % 2)} for k in range(reviews)]
    return pd.DataFrame(rows), pd.DataFrame(unlabelled)


def write_parquet(folder: Path, reviews: int = 120, *, with_unlabelled: bool = True) -> Path:
    """The two files."""
    labelled, unlabelled = frames(reviews)
    folder.mkdir(parents=True)
    labelled.to_parquet(folder / "imdb_reviews.parquet")
    if with_unlabelled:
        unlabelled.to_parquet(folder / "imdb_unlabelled.parquet")
    return folder


def write_many(folder: Path, reviews: int = 2_600, at_once: int = 1) -> Path:
    """One file of labelled reviews, no two of them alike, which say the same several times over."""
    labelled, _ = frames(reviews)
    folder.mkdir(parents=True, exist_ok=True)
    texts = [f"{_own(k)} {' '.join([text] * at_once)}" for k, text in enumerate(labelled["text"])]
    labelled.assign(text=texts).to_parquet(folder / "imdb_reviews.parquet")
    return folder / "imdb_reviews.parquet"


def _own(k: int) -> str:
    """A few words that no other review begins with, and that say nothing of its label."""
    return " ".join(("and", "then")[int(bit)] for bit in f"{k * 2741 % 8192:013b}")


def write_folder(folder: Path) -> Path:
    """The same reviews as the original folder has them."""
    labelled, unlabelled = frames()
    for (split, label), rows in labelled.groupby(["split", "label"]):
        _write_part(folder, str(split), "pos" if label == 1 else "neg", rows)
    _write_part(folder, "train", "unsup", unlabelled.assign(rating=0))
    return folder


def _write_part(folder: Path, split: str, name: str, rows: pd.DataFrame) -> None:
    part = folder / split / name
    part.mkdir(parents=True)
    for row in rows.itertuples():
        (part / f"{row.id}_{row.rating}.txt").write_text(str(row.text), encoding="utf-8")
    addresses = "".join(f"http://www.imdb.com/title/{movie}/usercomments\n" for movie in rows["movie"])
    (folder / split / f"urls_{name}.txt").write_text(addresses)


def go_on(
    recipe: Recipe,
    data: Mapping[Part, Reviews],
    unfinished: Path,
    tell: Tell,
    process_group: ProcessGroup | None = None,
) -> Fitted:
    """Train, and keep what is not finished in a file, from which it goes on."""
    begun = unfinished.read_bytes() if (process_group or Alone()).leads and unfinished.is_file() else b""
    return fit(
        recipe, data, tell, begun=begun, keep=lambda _, content: write(unfinished, content), process_group=process_group
    )


def interrupting(after: int) -> Tell:
    """Ctrl-C after so many updates."""
    left = iter(range(after - 1))

    def tell(event: Event[Epoch]) -> None:
        if next(left, None) is None:
            raise KeyboardInterrupt

    return tell
