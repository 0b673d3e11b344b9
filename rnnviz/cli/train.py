"""``python -m rnnviz train``: trains a network for a task, or all networks that ship."""

import argparse
import math
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from rnnviz.attention.recipes import RECIPES
from rnnviz.characters.recipes import NAMES as CHARACTERS
from rnnviz.cli import attention, characters, sentiment, sequences, words
from rnnviz.cli.output import Line, chosen
from rnnviz.names import CELLS
from rnnviz.sentiment.recipes import NAMES as REVIEWERS
from rnnviz.spec import OPTIMIZERS, RECURRENTS, TASKS, ModelSpec, TaskSpec, TrainSpec, is_family

if TYPE_CHECKING:
    from rnnviz.train import Event, Measured

ALL_THAT_SHIP: Final = "shipped"
INTERRUPTED: Final = 130
"""The exit code after Ctrl-C, as shells have it."""

_OPTIONS: Final[dict[str, dict[str, Any]]] = {
    "--cell": {"choices": CELLS, "default": "lstm", "help": "kind of network"},
    "--length": {"type": int, "default": 20, "help": "how far apart things are"},
    "--hidden": {"type": int, "default": 32, "metavar": "UNITS", "help": "units per layer"},
    "--layers": {"type": int, "default": 1, "help": "number of layers"},
    "--embedding": {"type": int, "default": 16, "metavar": "SIZE", "help": "size of the embedding of a token"},
    "--forget-bias": {"type": float, "default": 1.0, "metavar": "BIAS", "help": "of an LSTM"},
    "--recurrent": {"choices": RECURRENTS, "default": "default", "help": "initialization of W_hh"},
    "--optimizer": {"choices": OPTIMIZERS, "default": "adam", "help": "optimizer"},
    "--rate": {"type": float, "default": 0.003, "help": "learning rate"},
    "--max-norm": {"type": float, "default": 1.0, "metavar": "NORM", "help": "of the gradient, inf for unclipped"},
    "--steps": {"type": int, "default": 1000, "help": "updates"},
    "--batch": {"type": int, "default": 64, "metavar": "SIZE", "help": "sequences per update"},
    "--seed": {"type": int, "default": 0, "help": "seed of weights and data"},
}

_TRAINED_APART: Final[dict[str, Callable[[argparse.Namespace], None]]] = {
    sentiment.TASK: sentiment.train,
    sequences.TASK: sequences.train,
    attention.TASK: attention.train,
    characters.TASK: characters.train,
    words.TASK: words.train,
}
"""What ``train`` takes beside the tasks of ``rnnviz.tasks``, with the function that trains it."""

_NETWORKS: Final[dict[str, Collection[str]]] = {
    sentiment.TASK: REVIEWERS,
    attention.TASK: RECIPES,
    characters.TASK: CHARACTERS,
}
"""The tasks of which single networks can be asked for, with the names of these networks."""

_TAKEN_BY: Final[dict[str, tuple[str, ...]]] = {
    **dict.fromkeys((*_OPTIONS, "--name"), TASKS),
    "--seed": (*TASKS, sentiment.TASK),
    "--data": (sentiment.TASK, characters.TASK, words.TASK),
    "--only": tuple(_NETWORKS),
}
"""The tasks that take an option; all tasks take an option that is not listed."""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command ``train`` and its arguments."""
    parser = commands.add_parser(
        "train",
        help="train a network, or all that ship",
        description="Train a network for a task, and save it in a file that the pages can open.",
        allow_abbrev=False,
    )
    task = (
        f"{', '.join(TASKS)}; or {ALL_THAT_SHIP}: all networks for these that ship, as they were made; "
        f"or {sentiment.TASK}: those that classify reviews; "
        f"or {characters.TASK}: the character networks, as they were made; "
        f"or {sequences.TASK}: those of the page Sequences, as they were made; "
        f"or {attention.TASK}: those of the page Attention, as they were made; "
        f"or {words.TASK}: the one that guesses a masked word, as it was made"
    )
    parser.add_argument("task", choices=(*TASKS, ALL_THAT_SHIP, *_TRAINED_APART), metavar="task", help=task)
    for name, options in _OPTIONS.items():
        told = f"{options['help']}; default: {options['default']}"
        parser.add_argument(name, **options | {"default": None, "help": told})
    parser.add_argument("--name", type=_family, help="its name on the pages; default: task and length")
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="default: with the finished runs; or assets/models")
    data = (
        "of sentiment and words: the folder aclImdb, or the file imdb_reviews.parquet with imdb_unlabelled.parquet "
        "beside it; of "
        "characters: the file tinyshakespeare.txt"
    )
    parser.add_argument("--data", type=Path, metavar="PATH", help=data)
    only = f"of {', '.join(_NETWORKS)}: which of their networks, also several; default: all"
    parser.add_argument("--only", action="append", metavar="NAME", help=only)
    parser.add_argument("--model", action="append", dest="only", help=argparse.SUPPRESS)  # its name in former versions
    parser.set_defaults(command=_train)


def _check(arguments: argparse.Namespace) -> None:
    """Refuse options that the task does not take, and fill in the defaults."""
    for option, tasks in _TAKEN_BY.items():
        if _given(arguments, option) is not None and arguments.task not in tasks:
            raise ValueError(f"{option} must go with one of {', '.join(tasks)}; got it with {arguments.task}")
    if arguments.forget_bias is not None and arguments.cell not in (None, "lstm"):
        raise ValueError(f"--forget-bias must go with --cell lstm; got it with {arguments.cell}")
    if arguments.data is not None and not arguments.data.exists():
        raise FileNotFoundError(f"--data must be a folder or a file that is there; got {arguments.data}")
    known = _NETWORKS.get(arguments.task, ())
    if strange := sorted(set(arguments.only or ()) - set(known)):
        raise ValueError(f"--only must be one of {', '.join(known)}; got {strange[0]!r:.80}")
    for option, options in _OPTIONS.items():
        if _given(arguments, option) is None:
            setattr(arguments, _field(option), options["default"])


def _field(option: str) -> str:
    return option.removeprefix("--").replace("-", "_")


def _given(arguments: argparse.Namespace, option: str) -> object:
    return getattr(arguments, _field(option))


def _train(arguments: argparse.Namespace) -> int:
    """Train, measure and save, one network after the other."""
    _check(arguments)
    import torch

    torch.set_num_threads(1)
    try:
        _TRAINED_APART.get(arguments.task, _train_on_tasks)(arguments)
    except KeyboardInterrupt:  # what it leaves has been told
        return INTERRUPTED
    return 0


def _train_on_tasks(arguments: argparse.Namespace) -> None:
    from rnnviz.checkpoints import SHIPPED, runs_folder, save
    from rnnviz.train import checkpoint_of, train

    out = chosen(arguments.out, SHIPPED) if arguments.task == ALL_THAT_SHIP else arguments.out or runs_folder()
    for family, spec in _wanted(arguments):
        with Line(f"{family}-{spec.model.cell}") as line:
            checkpoint = checkpoint_of(train(spec, _showing(line)), family)
            card = checkpoint.card
            right = "none" if card["accuracy"] is None else f"{card['accuracy']:.1%}"
            line.end(
                f"loss {card['loss']}, accuracy {right} on {card['held_out']} held-out sequences: "
                f"{save(checkpoint, out)}"
            )


def _wanted(arguments: argparse.Namespace) -> Iterator[tuple[str, TrainSpec]]:
    """The trainings that were asked for, with the names of their networks."""
    from rnnviz import tasks
    from rnnviz.train import recipes

    if arguments.task == ALL_THAT_SHIP:
        yield from recipes()
        return
    task = TaskSpec(arguments.task, arguments.length)
    model = ModelSpec(
        arguments.cell,
        arguments.embedding,
        arguments.hidden,
        arguments.layers,
        forget_bias=arguments.forget_bias if arguments.cell == "lstm" else None,
        recurrent=arguments.recurrent,
        nonlinearity="relu" if arguments.recurrent == "identity" else "tanh",
    )
    yield (
        arguments.name or f"{task.name}-{task.length}",
        TrainSpec(
            tasks.task(task).fitted(model),
            task,
            optimizer=arguments.optimizer,
            rate=arguments.rate,
            max_norm=None if arguments.max_norm == math.inf else arguments.max_norm,
            steps=arguments.steps,
            batch_size=arguments.batch,
            seeds=(arguments.seed,),
        ),
    )


def _showing(line: Line) -> Callable[["Event[Measured | None]"], None]:
    """What shows each event on a line, with the score that was measured last."""
    score = math.nan

    def show(event: "Event[Measured | None]") -> None:
        nonlocal score
        if event.measured is not None:
            score = event.measured.score[0]
        line.tell(event, f", score {score:.4f}")

    return show


def _family(text: str) -> str:
    if not is_family(text):
        raise argparse.ArgumentTypeError(f"must be lower case letters, digits and hyphens, at most 60; got {text!r}")
    return text
