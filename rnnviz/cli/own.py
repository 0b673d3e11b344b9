"""``python -m rnnviz open``: the application with a network out of a file, or with the record of a training."""

import argparse
import os
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from rnnviz.cli.app import add_places, listen_and_serve
from rnnviz.cli.output import existing_file
from rnnviz.names import CELL_LABELS, NONLINEARITIES, POOLINGS, RESETS
from rnnviz.page_registry import YOUR_TRAINING
from rnnviz.places import MODELS_VARIABLE, RECORDS_VARIABLE

if TYPE_CHECKING:
    from rnnviz.checkpoints import Checkpoint

_NONE: Final = "none"

_OF_NETWORKS: Final = (
    "vocab",
    "part",
    "embedding",
    "head",
    "splits",
    "nonlinearity",
    "classes",
    "pooling",
    "reset",
    "unused",
    "start",
    "check",
    "name",
    "to",
)
"""The options that say something of a network."""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command ``open`` and its arguments."""
    parser = commands.add_parser(
        "open",
        help="start the application with a network or a training of your own",
        description="Find the RNN, LSTM or GRU in a file of PyTorch, Keras or ONNX, and start the application with it. "
        "What is not given is guessed from the names and shapes of the tensors, and printed. Of a folder that "
        "rnnviz.watch(model, folder=…) writes into, show the training, and follow it while it goes on.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "file",
        type=Path,
        help="a .safetensors file, a .pt or .pth file with a state dict, a .keras or .h5 file of Keras, a .onnx file, "
        "or the folder of a record",
    )
    parser.add_argument(
        "--vocab", type=Path, metavar="FILE", help="a JSON list or object, one token per line, or a tokenizer.json"
    )
    parser.add_argument("--part", help="the path of the recurrent layer, as encoder.rnn; default: the largest")
    parser.add_argument("--embedding", metavar="NAME", help=f"the tensor with the embedding, or {_NONE}")
    parser.add_argument("--head", metavar="NAME", help=f"the weights of the output layer, or {_NONE}")
    parser.add_argument(
        "--splits", choices=("words", "exact words", "exact characters"), help="what a text is split into"
    )
    parser.add_argument("--nonlinearity", choices=NONLINEARITIES, help="of a plain RNN; a state dict does not have it")
    parser.add_argument("--classes", metavar="NAMES", help="the names of the outputs, with commas between")
    parser.add_argument(
        "--pooling",
        choices=POOLINGS,
        help="what the output layer gets of a text; default: as the file has it, else the end of each direction",
    )
    parser.add_argument(
        "--reset",
        choices=RESETS,
        help="of a GRU, after or before the product with W_hn; default: as the file has it, else after, as in torch",
    )
    parser.add_argument(
        "--unused",
        metavar="NAMES",
        help="tensors on which h does not depend, with commas between, where the file has some that look as if it did",
    )
    parser.add_argument(
        "--start",
        metavar="NAMES",
        help="the tensors that the network begins with, h_0 and of an LSTM c_0, with a comma between; default: zeros, "
        "or as the file has it",
    )
    parser.add_argument(
        "--check",
        type=Path,
        metavar="PAIR",
        help="an .npz file with what the network is known to give for one input: text, tokens or x, and outputs or h; "
        "the network is opened only if it does",
    )
    parser.add_argument("--name", help="what the network is called in links; default: from the name of the file")
    parser.add_argument(
        "--to",
        type=Path,
        metavar="FOLDER",
        help="save it in this folder and start nothing; app --models FOLDER then offers all networks of the folder",
    )
    add_places(parser)
    parser.set_defaults(command=_open, until_interrupted=True)


def _open(arguments: argparse.Namespace) -> int:
    """Read the file, say what was found, and save the network or start the application with it."""
    from rnnviz import checkpoints, record

    if arguments.file.name == record.FILE and arguments.file.is_file():
        arguments.file = arguments.file.parent
    if arguments.file.is_dir() and not Path(arguments.file, "saved_model.pb").exists():
        return _open_record(arguments)
    if not arguments.file.exists():
        raise ValueError(
            f"FILE must be a network's file or the folder of a record; got {arguments.file}, where there is none. A "
            "training that has just been started makes its folder in a moment"
        )
    known = _found(arguments)
    checked = [known.card["checked"]] if "checked" in known.card else []
    for line in (f"{arguments.file.name}: {_told(known)}", *checked, *_left_out(arguments.file, known)):
        print(line, flush=True)
    if arguments.to is not None:
        print(checkpoints.save(known, arguments.to))
        return 0
    with TemporaryDirectory(prefix="rnnviz-") as folder:
        checkpoints.save(known, folder)
        os.environ[MODELS_VARIABLE] = folder
        path = f"/Step_through?{urlencode({'cell': known.model.cell, 'trained': known.family})}"
        listen_and_serve(arguments, path)
    return 0


def _open_record(arguments: argparse.Namespace) -> int:
    """Start the application with the record of a training, or with all records of a folder."""
    from rnnviz import records

    given = [name for name in _OF_NETWORKS if getattr(arguments, name) is not None]
    if given:
        raise ValueError(f"--{given[0]} must be of a network in a file; got it with the folder {arguments.file}")
    records.check_folder(arguments.file)
    os.environ[RECORDS_VARIABLE] = str(arguments.file.resolve())
    for name in records.offered_names():
        print(f"{name}: {records.load(name)}", flush=True)
    listen_and_serve(arguments, f"/{YOUR_TRAINING.address}")
    return 0


def _found(arguments: argparse.Namespace) -> "Checkpoint":
    if not arguments.file.is_dir():
        existing_file(arguments.file, "file")
    from rnnviz import own

    if arguments.vocab is not None:
        existing_file(arguments.vocab, "--vocab")
    if arguments.check is not None:
        existing_file(arguments.check, "--check")
    chosen: dict[str, Any] = {
        name: "" if value == _NONE else value
        for name in ("part", "embedding", "head", "splits", "nonlinearity", "pooling", "reset")
        if (value := getattr(arguments, name)) is not None
    }
    if arguments.classes is not None:
        chosen["classes"] = tuple(name.strip() for name in arguments.classes.split(","))
    for name in ("unused", "start"):
        if (given := getattr(arguments, name)) is not None:
            chosen[name] = tuple(one.strip() for one in given.split(","))
    family = arguments.name or own.named_after(arguments.file.stem)
    return own.open_file(arguments.file, vocabulary=arguments.vocab, family=family, pair=arguments.check, **chosen)


def _left_out(path: Path, known: "Checkpoint") -> list[str]:
    """What else is in the file that may have been meant, a line each."""
    from rnnviz import own
    from rnnviz.own.tensors import read_file

    tensors, _ = read_file(path)
    found = own.parts(tensors)
    part = next(one for one in found if one.name == known.card["opened"]["part"])
    others = [f"also in the file: {one.name}; open it with --part {one.name}" for one in found if one is not part]
    others += [f"not shown: {reason}" for reason in tensors.left_out]
    tokens = len(known.vocabulary) or None
    opened = known.card["opened"]
    refused = {"embedding": own.no_embeddings(part, tensors, tokens), "output layer": own.no_heads(part, tensors)}
    others += [
        f"not taken as {role}: {reason}" for role, reasons in refused.items() for name, reason in reasons
        if name not in (opened["embedding"], opened["head"])
    ]  # fmt: skip
    return others


def _told(known: "Checkpoint") -> str:
    """What was found, in one line."""
    model, opened = known.model, known.card["opened"]
    layers = f", {model.num_layers} layers" if model.num_layers > 1 else ""
    both = ", both directions" if model.bidirectional else ""
    form = ", reset before the product" if model.resets_before else ""
    part = f"{opened['part']}: " if opened["part"] else ""
    pooling = f" (pooling {opened['pooling']})" if "pooling" in opened else ""
    reads = f"{len(known.vocabulary):,} tokens, split into {known.splits}" if known.vocabulary else "numbers"
    return (
        f"{part}{CELL_LABELS[model.cell]}{form}, {model.input_size} to {model.hidden_size} units{layers}{both}; "
        f"embedding {opened['embedding'] or _NONE}; output layer {opened['head'] or _NONE}{pooling}; reads {reads}"
    )
