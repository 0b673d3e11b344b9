"""Small networks as files, as people save them."""

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import h5py
import numpy as np
import torch
from safetensors.torch import save
from torch import Tensor, nn

VOCABULARY = ("<pad>", "<unk>", "good", "bad", "film", "not", "a")


class Classifier(nn.Module):
    """Words to classes, as a course has it."""

    def __init__(self) -> None:
        super().__init__()
        self.emb = nn.Embedding(len(VOCABULARY), 5)
        self.rnn = nn.LSTM(5, 6, num_layers=2, bidirectional=True, batch_first=True)
        self.fc = nn.Linear(12, 3)


def classifier() -> Classifier:
    """The same weights each time."""
    torch.manual_seed(3)
    return Classifier()


def written(folder: Path) -> Path:
    """The file of the classifier in a folder, with its vocabulary beside it as ``vocab.json``."""
    (folder / "vocab.json").write_text(json.dumps(VOCABULARY), encoding="utf-8")
    path = folder / "mine.pt"
    path.write_bytes(as_torch(classifier().state_dict()))
    return path


class LanguageModel(nn.Module):
    """Words to the next word, in one direction, so that it may go on from the state that another text leaves."""

    def __init__(self, cell: type[nn.LSTM | nn.GRU]) -> None:
        super().__init__()
        self.emb = nn.Embedding(len(VOCABULARY), 5)
        self.rnn = cell(5, 6, num_layers=2, batch_first=True)
        self.decoder = nn.Linear(6, len(VOCABULARY))


def language_model(cell: type[nn.LSTM | nn.GRU] = nn.LSTM) -> LanguageModel:
    """The same weights each time."""
    torch.manual_seed(4)
    return LanguageModel(cell)


def written_model(folder: Path, cell: type[nn.LSTM | nn.GRU] = nn.LSTM) -> Path:
    """The file of the language model in a folder, with its vocabulary beside it as ``vocab.json``."""
    (folder / "vocab.json").write_text(json.dumps(VOCABULARY), encoding="utf-8")
    path = folder / f"{cell.__name__.lower()}.pt"
    path.write_bytes(as_torch(language_model(cell).state_dict()))
    return path


def as_torch(saved: object) -> bytes:
    """What ``torch.save`` writes."""
    with io.BytesIO() as file:
        torch.save(saved, file)
        return file.getvalue()


def as_safetensors(tensors: Mapping[str, Tensor]) -> bytes:
    """What safetensors write."""
    return save(dict(tensors))


def keras_gru(path: Path, weights: Sequence[np.ndarray], **settings: object) -> Path:
    """A file as Keras writes it of one GRU of these weights, with the settings of ``keras.layers.GRU``."""
    config = {"activation": "tanh", "recurrent_activation": "sigmoid", "return_sequences": True, "go_backwards": False}
    layer = {"class_name": "GRU", "module": "keras.layers", "config": {"name": "gru"} | config | settings}
    model = {"class_name": "Sequential", "config": {"layers": [layer]}}
    with io.BytesIO() as file, zipfile.ZipFile(path, "w") as archive:
        with h5py.File(file, "w") as made:
            for number, weight in enumerate(weights):
                made[f"layers/gru/cell/vars/{number}"] = weight
        archive.writestr("config.json", json.dumps(model))
        archive.writestr("model.weights.h5", file.getvalue())
    return path
