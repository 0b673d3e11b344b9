"""The state dicts of the networks of ``tests.own.networks``: each from its paper, as its users would write it."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import torch
from torch import nn

from tests.own import networks
from tests.own_corpus.cases import Case, Happens, Made, Truth
from tests.own_corpus.torch_cases import TEXT, cell_states, drawn, rows, saved, states_of

KIND: Final = "PyTorch: networks of papers"

Ends = tuple[str, str]
"""The embedding that a module reads, and the linear layer that reads it; empty for none."""


def paper(kind: Callable[[], nn.Module], modules: Mapping[str, Ends]) -> Callable[[Path], Made]:
    """Writes the state dict of a network, whose recurrent modules are these."""

    def make(folder: Path) -> Made:
        torch.manual_seed(0)
        model = drawn(kind())
        found = {name: truth_of(model, name, *ends) for name, ends in modules.items()}
        return Made(saved(folder, model.state_dict()), found)

    return make


def truth_of(model: nn.Module, name: str, emb: str, head: str) -> Truth:
    """What a module of a network computes by itself, from zeros."""
    rnn: Any = model.get_submodule(name)
    x = TEXT if emb else rows(rnn.input_size)
    with torch.inference_mode():
        read = model.get_submodule(emb)(torch.from_numpy(x)) if emb else torch.from_numpy(x)
        states = states_of(rnn, read) if isinstance(rnn, nn.RNNBase) else (cell_states(rnn, read),)
        outputs = model.get_submodule(head)(torch.from_numpy(states[-1])).numpy() if head else None
    return Truth(x, states, outputs)


def case(
    kind: type[nn.Module], modules: Mapping[str, Ends], happens: Happens = "right", told: str = "", **chosen: Any
) -> Case:
    about = (kind.__doc__ or "").partition("\n")[0].rstrip(".")
    return Case(f"paper-{kind.__name__.lower()}", KIND, about, paper(kind, modules), happens, told, chosen)


NO: Final = ("", "")
CASES: Final = [
    case(networks.WordModel, {"rnn": ("encoder", "decoder")}),
    case(networks.CharacterModel, {"lstm": ("", "output")}),
    case(
        networks.Translator,
        {"encoder": ("source", ""), "decoder": NO},
        "asked",
        part="encoder",
        embedding="source.weight",
    ),
    case(networks.Tagger, {"lstm": ("embedding", "tags")}),
    case(networks.SpeechModel, {f"rnns.{k}": NO for k in range(3)}, "asked", nonlinearity="relu"),
    case(networks.ConvolutionThenLSTM, {"lstm": ("", "classes")}, "asked", head="classes.weight"),
    case(networks.PackedClassifier, {"rnn": ("embedding", "")}),
    case(networks.SineModel, {"first": NO, "second": ("", "output")}),
    case(networks.SessionRecommender, {"cell": ("", "items")}, "asked", head="items.weight", unused=("items.weight",)),
    case(networks.SimpleRecurrentNetwork, {"hidden": ("", "output")}, "asked", nonlinearity="tanh"),
    case(networks.TwoWayModel, {}, "refused", "proj_size"),
    case(
        networks.TextAutoencoder,
        {"encoder": ("embedding", ""), "decoder": ("", "output")},
        "asked",
        unused=("start.weight",),
    ),
    case(networks.SiameseLSTM, {"lstm": ("embedding", "")}),
    case(
        networks.HierarchicalAttention,
        {"words.gru": ("embedding", ""), "sentences.gru": NO},
        "asked",
        part="words.gru",
        embedding="embedding.weight",
    ),
    case(
        networks.PointerNetwork,
        {"encoder": NO, "decoder": NO},
        "asked",
        unused=("keys.weight", "query.weight", "encoder.weight_hh_l0"),
    ),
    case(networks.AcousticModel, {}, "refused", "proj_size"),
    case(
        networks.ResidualEncoder,
        {"bottom": ("embedding", ""), **{f"layers.{k}": NO for k in range(3)}},
        "asked",
        embedding="embedding.weight",
    ),
]
