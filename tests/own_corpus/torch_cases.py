"""Files of PyTorch: what ``torch.save`` and safetensors write of models as people have them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor, nn

from tests.own.files import as_safetensors, as_torch
from tests.own_corpus.cases import Case, Made, Truth

WORDS: Final = 11
TEXT: Final = np.array([3, 1, 4, 1, 5, 9, 2, 6])
"""What every network that reads tokens is given."""

Kind = type[nn.RNN] | type[nn.LSTM] | type[nn.GRU]


def drawn(module: nn.Module, seed: int = 1) -> nn.Module:
    """The module in evaluation, with other numbers than its start, so that every tensor counts."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for one in module.parameters():
            one.copy_(torch.randn(one.shape, generator=generator, dtype=torch.float32) * 0.4)
        for name, one in module.named_buffers():
            if one.dtype.is_floating_point:
                one.copy_(torch.rand(one.shape, generator=generator) + 0.5 if "var" in name else one)
    return module.eval()


def rows(features: int, steps: int = 8, seed: int = 7) -> np.ndarray:
    """An input of numbers (time, feature)."""
    return np.random.default_rng(seed).normal(size=(steps, features)).astype(np.float32)


def states_of(rnn: nn.RNNBase, read: Tensor, start: Sequence[Tensor] = ()) -> tuple[np.ndarray, ...]:
    """What torch itself has of every layer (time, direction * unit), of modules with the lowest layers alone.

    Args:
        start: The initial h, and c of an LSTM, each of shape (layer * direction, unit).
    """
    found = []
    for count in range(1, rnn.num_layers + 1):
        options: dict[str, Any] = {"nonlinearity": rnn.nonlinearity} if isinstance(rnn, nn.RNN) else {}
        lower = type(rnn)(
            rnn.input_size, rnn.hidden_size, count, bias=rnn.bias, bidirectional=rnn.bidirectional, **options
        )
        there = lower.state_dict()
        lower.load_state_dict({name: value for name, value in rnn.state_dict().items() if name in there})
        with torch.inference_mode():
            first = [one[: count * (1 + rnn.bidirectional)].float() for one in start]
            found.append(
                lower(read.float(), tuple(first) if len(first) == 2 else first[0] if first else None)[0].numpy()
            )
    return tuple(found)


def cell_states(cell: nn.Module, read: Tensor) -> np.ndarray:
    """The states of a loop over a cell of torch (time, unit)."""
    state, found = None, []
    with torch.inference_mode():
        for row in read:
            state = cell(row[None], state)
            found.append((state[0] if isinstance(state, tuple) else state)[0])
    return torch.stack(found).numpy()


def saved(folder: Path, content: object, name: str = "mine.pt") -> Path:
    """What ``torch.save`` or safetensors write."""
    path = folder / name
    path.write_bytes(as_safetensors(content) if name.endswith("safetensors") else as_torch(content))
    return path


class Begun(nn.Module):
    """A recurrent module that begins with states which are learned, the same for each sequence."""

    def __init__(self, kind: Kind, *, zero_c: bool = False, **options: Any) -> None:
        super().__init__()
        self.rnn = kind(5, 6, batch_first=True, **options)
        shape = (self.rnn.num_layers * (1 + self.rnn.bidirectional), 1, 6)
        self.h0 = nn.Parameter(torch.ones(shape))
        if kind is nn.LSTM and not zero_c:
            self.c0 = nn.Parameter(torch.ones(shape))

    def states(self) -> tuple[Tensor, ...]:
        """The initial h, and c of an LSTM, for one sample."""
        kept = tuple(one.detach() for one in (self.h0, getattr(self, "c0", None)) if one is not None)
        return (*kept, torch.zeros_like(kept[0])) if isinstance(self.rnn, nn.LSTM) and len(kept) == 1 else kept

    def forward(self, x: Tensor) -> Tensor:
        """Its output on a batch."""
        first = [one.repeat(1, len(x), 1) for one in (self.h0, getattr(self, "c0", None)) if one is not None]
        if isinstance(self.rnn, nn.LSTM) and len(first) == 1:
            first.append(torch.zeros_like(first[0]))
        output: Tensor = self.rnn(x, tuple(first) if len(first) == 2 else first[0])[0]
        return output

    def truth(self) -> Truth:
        """What it computes of rows."""
        x = rows(5)
        with torch.inference_mode():
            return Truth(x, states_of(self.rnn, torch.from_numpy(x), tuple(one[:, 0] for one in self.states())))


def begun(kind: Kind, **options: Any) -> Callable[[Path], Made]:
    """Writes a ``Begun``."""

    def make(folder: Path) -> Made:
        model = drawn(Begun(kind, **options))
        return Made(saved(folder, model.state_dict()), {"rnn": model.truth()})

    return make


class Words(nn.Module):
    """Tokens, a recurrent module, an output layer; by any names."""

    def __init__(
        self, kind: Kind, *, emb: str = "emb", rnn: str = "rnn", fc: str = "fc", outputs: int = 3, size: int = 5,
        units: int = 6, **options: Any,
    ) -> None:  # fmt: skip
        super().__init__()
        self.names = emb, rnn, fc
        module = kind(size, units, **options)
        if emb:
            self.add_module(emb, nn.Embedding(WORDS, size))
        self.add_module(rnn, module)
        if fc:
            self.add_module(fc, nn.Linear(units * (1 + module.bidirectional), outputs))

    def truth(self, x: np.ndarray | None = None) -> Truth:
        """What it computes of a text, or of rows, at every step."""
        emb, rnn, fc = self.names
        module = self.get_submodule(rnn)
        x = (TEXT if emb else rows(module.input_size)) if x is None else x
        with torch.inference_mode():
            read = self.get_submodule(emb)(torch.from_numpy(x)) if emb else torch.from_numpy(x)
            states = states_of(module, read)
            outputs = self.get_submodule(fc)(torch.from_numpy(states[-1])).numpy() if fc else None
        return Truth(x, states, outputs)


def words(
    kind: Kind, content: Callable[[nn.Module], object] = nn.Module.state_dict, name: str = "mine.pt", **options: Any
) -> Callable[[Path], Made]:
    """Writes a ``Words``; ``content`` is what is saved of it."""

    def make(folder: Path) -> Made:
        model = drawn(Words(kind, **options))
        return Made(saved(folder, content(model), name), {model.names[1]: model.truth()})

    return make


class Apart(nn.Module):
    """Modules by their names, and what is right of the recurrent ones."""

    def __init__(self, truths: Mapping[str, Callable[["Apart"], Truth]], **modules: nn.Module) -> None:
        super().__init__()
        self.truths = truths
        for name, one in modules.items():
            self.add_module(name, one)


def apart(
    truths: Mapping[str, Callable[[Any], Truth]], content: Callable[[nn.Module], object] = nn.Module.state_dict,
    name: str = "mine.pt", **modules: Callable[[], nn.Module],
) -> Callable[[Path], Made]:  # fmt: skip
    """Writes a model of these modules."""

    def make(folder: Path) -> Made:
        model = drawn(Apart(truths, **{called: one() for called, one in modules.items()}))
        return Made(saved(folder, content(model), name), {part: truth(model) for part, truth in truths.items()})

    return make


def of(rnn: str, *, emb: str = "", fc: str = "", x: np.ndarray | None = None) -> Callable[[nn.Module], Truth]:
    """What a module of a model computes of a text or of rows, and a linear layer of that."""

    def truth(model: nn.Module) -> Truth:
        module = model.get_submodule(rnn)
        given = (TEXT if emb else rows(module.input_size)) if x is None else x
        with torch.inference_mode():
            read = model.get_submodule(emb)(torch.from_numpy(given)) if emb else torch.from_numpy(given)
            states = states_of(module, read) if isinstance(module, nn.RNNBase) else (cell_states(module, read),)
            outputs = model.get_submodule(fc)(torch.from_numpy(states[-1])).numpy() if fc else None
        return Truth(given, states, outputs)

    return truth


def alone(kind: Kind, name: str = "mine.pt", **options: Any) -> Callable[[Path], Made]:
    """Writes a recurrent module that is the whole file."""

    def make(folder: Path) -> Made:
        module = drawn(kind(4, 5, **options))
        x = rows(4)
        return Made(saved(folder, module.state_dict(), name), {"": Truth(x, states_of(module, torch.from_numpy(x)))})

    return make


KINDS: Final[Mapping[str, Kind]] = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn": nn.RNN}
LAYERS: Final = "PyTorch: RNN, LSTM, GRU"
ENDS: Final = "PyTorch: embeddings and output layers"
TRAINING: Final = "PyTorch: files of a training"
OTHERS: Final = "PyTorch: cells of others"
BOTH: Final = {"bidirectional": True}
FORMS: Final[Mapping[str, Mapping[str, Any]]] = {
    "1-layer": {}, "2-layers": {"num_layers": 2}, "4-layers": {"num_layers": 4, "dropout": 0.3},
    "8-layers": {"num_layers": 8}, "both-ways": BOTH,
    "both-ways-3-layers": BOTH | {"num_layers": 3}, "no-bias": {"bias": False},
    "batch-first-both-ways": BOTH | {"batch_first": True, "num_layers": 2, "bias": False},
}  # fmt: skip


def layer_cases() -> list[Case]:
    """Modules of torch in all their forms."""
    found = [
        Case(
            f"torch-{cell}-{form}",
            LAYERS,
            f"`nn.{kind.__name__}` between an embedding and an output layer, {_told(options)}",
            words(kind, **options),
        )
        for cell, kind in KINDS.items()
        for form, options in FORMS.items()
    ]
    found += [
        Case(f"torch-{cell}-alone", LAYERS, f"the state dict of one `nn.{kind.__name__}`", alone(kind, num_layers=2))
        for cell, kind in KINDS.items()
    ]
    relu = {"nonlinearity": "relu"}
    return [
        *found,
        Case("torch-rnn-relu", LAYERS, "`nn.RNN` with ReLU", words(nn.RNN, **relu), "asked", chosen=relu),
        Case(
            "torch-rnn-relu-both",
            LAYERS,
            "`nn.RNN` with ReLU, both directions, 2 layers",
            words(nn.RNN, **relu, **BOTH, num_layers=2),
            "asked",
            chosen=relu,
        ),
        Case(
            "torch-large-vocabulary",
            LAYERS,
            "a language model with 300 words, of which the likeliest is shown",
            words(nn.LSTM, fc="decoder", outputs=300),
        ),
        Case("torch-wide", LAYERS, "`nn.RNN` with 2,100 units", wide, "refused", "hidden_size"),
        Case(
            "torch-9-layers", LAYERS, "`nn.LSTM` with 9 layers", alone(nn.LSTM, num_layers=9), "refused", "num_layers"
        ),
        Case(
            "torch-proj",
            LAYERS,
            "`nn.LSTM` with `proj_size=3`",
            projected,
            "refused",
            "proj_size",
        ),
        *(
            Case(
                f"torch-{cell}cell",
                LAYERS,
                f"a loop over `nn.{kind.__name__}`",
                apart(
                    {"cell": of("cell", emb="emb", fc="out")},
                    emb=lambda: nn.Embedding(WORDS, 5),
                    cell=lambda kind=kind: kind(5, 6),
                    out=lambda: nn.Linear(6, 3),
                ),
            )
            for cell, kind in {"lstm": nn.LSTMCell, "gru": nn.GRUCell, "rnn": nn.RNNCell}.items()
        ),
        Case(
            "torch-cell-relu",
            LAYERS,
            "a loop over `nn.RNNCell` with ReLU",
            apart(
                {"cell": of("cell", emb="emb", fc="out")},
                emb=lambda: nn.Embedding(WORDS, 5),
                cell=lambda: nn.RNNCell(5, 6, nonlinearity="relu"),
                out=lambda: nn.Linear(6, 3),
            ),
            "asked",
            chosen=relu,
        ),
    ]


def wide(folder: Path) -> Made:
    return Made(saved(folder, nn.RNN(1, 2100).state_dict()))


def projected(folder: Path) -> Made:
    return Made(saved(folder, nn.LSTM(4, 5, proj_size=3).state_dict()))


def _told(options: Mapping[str, Any]) -> str:
    parts = [f"`{name}={value}`" for name, value in options.items()]
    return ", ".join(parts) or "one layer"


def end_cases() -> list[Case]:
    """What stands below and above the recurrent module, by other names and in other orders."""
    emb = lambda: nn.Embedding(WORDS, 5)  # noqa: E731
    gru, lstm = (lambda: nn.GRU(5, 6)), (lambda: nn.LSTM(5, 6))
    fc = lambda: nn.Linear(6, 3)  # noqa: E731
    plain, bare = {"rnn": of("rnn", emb="emb")}, {"rnn": of("rnn")}
    full = {"rnn": of("rnn", emb="emb", fc="fc")}
    found = [
        Case(
            f"torch-named-{e}-{r}-{f}".lower(),
            ENDS,
            f"`{e}`, `{r}`, `{f}` as names",
            words(nn.LSTM, emb=e, rnn=r, fc=f),
        )
        for e, r, f in (
            ("embedding", "lstm", "hidden2tag"),
            ("word_embeddings", "encoder", "classifier"),
            ("embed", "rnn", "out"),
            ("wte", "gru", "lm_head"),
            ("lookup_table", "blstm", "linear"),
            ("encoder", "rnn", "decoder"),
            ("embeds", "layer", "V"),
            ("token_embedding", "core", "proj"),
        )
    ]
    found += [
        Case(
            "torch-named-e",
            ENDS,
            "an embedding called `E`",
            words(nn.GRU, emb="E"),
            "asked",
            chosen={"embedding": "E.weight"},
        ),
        Case(
            "torch-named-vectors",
            ENDS,
            "an embedding called `word_vectors`",
            words(nn.GRU, emb="word_vectors"),
            "asked",
            chosen={"embedding": "word_vectors.weight"},
        ),
        Case("torch-tied", ENDS, "a language model whose `decoder` has the weights of its `encoder`", tied),
        Case(
            "torch-tied-emb",
            ENDS,
            "a language model with tied weights, `embedding` and `fc`",
            lambda folder: tied(folder, "embedding", "fc"),
        ),
        Case("torch-no-head", ENDS, "an embedding and a GRU", apart(plain, emb=emb, rnn=gru)),
        Case(
            "torch-no-emb",
            ENDS,
            "numbers into a GRU, an output layer",
            apart({"rnn": of("rnn", fc="fc")}, rnn=gru, fc=fc),
        ),
        Case(
            "torch-head-no-bias",
            ENDS,
            "an output layer without a bias",
            apart(full, emb=emb, rnn=gru, fc=lambda: nn.Linear(6, 3, bias=False)),
        ),
        Case(
            "torch-two-heads",
            ENDS,
            "two output layers, `actor` and `critic`",
            apart({"rnn": of("rnn", fc="actor")}, rnn=gru, actor=fc, critic=lambda: nn.Linear(6, 1)),
            "asked",
            "both fit",
            {"head": "actor.weight"},
        ),
        Case(
            "torch-deep-head",
            ENDS,
            "`fc1`, ReLU and `fc2` as the head",
            apart(plain, emb=emb, rnn=gru, fc1=lambda: nn.Linear(6, 8), fc2=lambda: nn.Linear(8, 3)),
        ),
        Case(
            "torch-deep-head-same",
            ENDS,
            "`fc1`, ReLU and `fc2`, as wide as the states",
            apart(plain, emb=emb, rnn=gru, fc1=lambda: nn.Linear(6, 6), fc2=fc),
        ),
        Case(
            "torch-sequential-head",
            ENDS,
            "`nn.Sequential` of Linear, ReLU, Dropout, Linear",
            apart(
                plain,
                emb=emb,
                rnn=gru,
                head=lambda: nn.Sequential(nn.Linear(6, 4), nn.ReLU(), nn.Dropout(), nn.Linear(4, 2)),
            ),
        ),
        Case(
            "torch-norm-head",
            ENDS,
            "LayerNorm before the output layer",
            apart(plain, emb=emb, rnn=gru, norm=lambda: nn.LayerNorm(6), fc=fc),
        ),
        Case(
            "torch-batchnorm-head",
            ENDS,
            "BatchNorm1d before the output layer",
            apart(plain, emb=emb, rnn=gru, bn=lambda: nn.BatchNorm1d(6), fc=fc),
        ),
        Case(
            "torch-norm-plain",
            ENDS,
            "LayerNorm without weights of its own is nowhere in the file",
            apart(full, emb=emb, rnn=gru, fc=fc),
        ),
        Case(
            "torch-rms-head",
            ENDS,
            "RMSNorm before the output layer",
            apart(plain, emb=emb, rnn=gru, norm=lambda: nn.RMSNorm(6), fc=fc),
        ),
        Case(
            "torch-prelu-head",
            ENDS,
            "PReLU before the output layer",
            apart(plain, emb=emb, rnn=gru, act=nn.PReLU, fc=fc),
            "asked",
            chosen={"embedding": "emb.weight"},
        ),
        Case(
            "torch-attention",
            ENDS,
            "additive attention over the states, `attn` and `context`",
            apart(
                plain,
                emb=emb,
                rnn=gru,
                attn=lambda: nn.Linear(6, 6),
                context=lambda: nn.Linear(6, 1, bias=False),
                fc=fc,
            ),
        ),
        Case("torch-attention-vector", ENDS, "attention with a learned query `attention.query`", attended),
        Case(
            "torch-mha",
            ENDS,
            "MultiheadAttention over the states",
            apart(plain, emb=emb, rnn=gru, attn=lambda: nn.MultiheadAttention(6, 2), fc=fc),
        ),
        Case(
            "torch-conv-head",
            ENDS,
            "a convolution over the states",
            apart(plain, emb=emb, rnn=gru, conv=lambda: nn.Conv1d(6, 6, 3), fc=fc),
        ),
        Case(
            "torch-transformer-head",
            ENDS,
            "a TransformerEncoderLayer over the states",
            apart(plain, emb=emb, rnn=gru, tr=lambda: nn.TransformerEncoderLayer(6, 2, 12), fc=fc),
        ),
        Case(
            "torch-bilinear",
            ENDS,
            "a Bilinear layer as the head",
            apart(plain, emb=emb, rnn=gru, fc=lambda: nn.Bilinear(6, 6, 2)),
        ),
        Case(
            "torch-pooled-both",
            ENDS,
            "mean and maximum side by side into the head",
            apart(plain, emb=emb, rnn=gru, fc=lambda: nn.Linear(12, 3)),
        ),
        Case(
            "torch-crf",
            ENDS,
            "a tagger with a CRF: `crf.transitions`",
            tagger_with_crf,
            "asked",
            chosen={"head": "fc.weight"},
        ),
        Case(
            "torch-linear-below",
            ENDS,
            "a Linear below the GRU, as wide as the states",
            apart(bare, inp=lambda: nn.Linear(6, 5), rnn=gru),
        ),
        Case(
            "torch-linear-below-head",
            ENDS,
            "a Linear below the GRU, and an output layer",
            apart({"rnn": of("rnn", fc="fc")}, inp=lambda: nn.Linear(4, 5), rnn=gru, fc=fc),
        ),
        Case(
            "torch-linear-called-embedding",
            ENDS,
            "a Linear called `embedding`",
            apart(bare, embedding=lambda: nn.Linear(5, 5), rnn=gru),
        ),
        Case(
            "torch-linear-called-encoder",
            ENDS,
            "a Linear called `encoder`, an output layer `decoder`",
            apart({"rnn": of("rnn", fc="decoder")}, encoder=lambda: nn.Linear(5, 5), rnn=gru, decoder=fc),
        ),
        Case(
            "torch-emb-linear",
            ENDS,
            "a Linear between the embedding and the GRU",
            apart({"rnn": of("rnn", fc="fc")}, emb=emb, proj=lambda: nn.Linear(5, 5), rnn=gru, fc=fc),
        ),
        Case(
            "torch-emb-linear-wider",
            ENDS,
            "a Linear of another width between the embedding and the GRU",
            apart(
                {"rnn": of("rnn", fc="fc")},
                emb=lambda: nn.Embedding(WORDS, 4),
                proj=lambda: nn.Linear(4, 5),
                rnn=gru,
                fc=fc,
            ),
        ),
        Case(
            "torch-emb-norm",
            ENDS,
            "LayerNorm between the embedding and the GRU",
            apart({"rnn": of("rnn", fc="fc")}, emb=emb, norm=lambda: nn.LayerNorm(5), rnn=gru, fc=fc),
        ),
        Case(
            "torch-emb-conv",
            ENDS,
            "a convolution between the embedding and the LSTM",
            apart({"rnn": of("rnn", fc="fc")}, emb=emb, conv=lambda: nn.Conv1d(5, 5, 3), rnn=lstm, fc=fc),
        ),
        Case(
            "torch-emb-positions",
            ENDS,
            "embeddings of words and of positions, added",
            apart({"rnn": of("rnn", fc="fc")}, word_emb=emb, pos_emb=lambda: nn.Embedding(40, 5), rnn=lstm, fc=fc),
        ),
        Case(
            "torch-emb-two",
            ENDS,
            "embeddings of words and of tags, side by side",
            apart(
                {"rnn": of("rnn", fc="fc")},
                word_emb=lambda: nn.Embedding(WORDS, 3),
                tag_emb=lambda: nn.Embedding(4, 2),
                rnn=lstm,
                fc=fc,
            ),
        ),
        Case(
            "torch-two-grus",
            ENDS,
            "two GRUs of other widths, one on the other",
            apart(
                {"low": of("low", emb="emb"), "high": of("high", fc="fc")},
                emb=emb,
                low=gru,
                high=lambda: nn.GRU(6, 4),
                fc=lambda: nn.Linear(4, 3),
            ),
        ),
        Case(
            "torch-two-lstms-same",
            ENDS,
            "two LSTMs of the same width, one on the other",
            apart(
                {"lstm1": of("lstm1", emb="emb"), "lstm2": of("lstm2", fc="fc")},
                emb=lambda: nn.Embedding(WORDS, 6),
                lstm1=lambda: nn.LSTM(6, 6),
                lstm2=lambda: nn.LSTM(6, 6),
                fc=fc,
            ),
            "asked",
            chosen={"embedding": "emb.weight", "head": "fc.weight"},
        ),
        Case(
            "torch-two-lstms-backward",
            ENDS,
            "the upper LSTM comes first in the file",
            apart(
                {"top": of("top", fc="fc"), "bottom": of("bottom", emb="emb")},
                emb=lambda: nn.Embedding(WORDS, 6),
                top=lambda: nn.LSTM(6, 6),
                bottom=lambda: nn.LSTM(6, 6),
                fc=fc,
            ),
            "asked",
            chosen={"embedding": "emb.weight", "head": "fc.weight"},
        ),
        Case(
            "torch-list-lstms",
            ENDS,
            "three LSTMs in an `nn.ModuleList`",
            apart(
                {f"layers.{k}": of(f"layers.{k}", emb="" if k else "emb", fc="fc" if k == 2 else "") for k in range(3)},
                emb=lambda: nn.Embedding(WORDS, 6),
                layers=lambda: nn.ModuleList(nn.LSTM(6, 6) for _ in range(3)),
                fc=fc,
            ),
            "asked",
            chosen={"embedding": "emb.weight", "head": "fc.weight"},
        ),
        Case(
            "torch-cells-stacked",
            ENDS,
            "two LSTMCells, one on the other",
            apart(
                {"first": of("first"), "second": of("second", fc="linear")},
                first=lambda: nn.LSTMCell(1, 6),
                second=lambda: nn.LSTMCell(6, 6),
                linear=lambda: nn.Linear(6, 1),
            ),
        ),
        Case(
            "torch-two-ways-apart",
            ENDS,
            "two LSTMs, one for each direction, side by side into the head",
            apart(
                {"forward_lstm": of("forward_lstm", emb="emb"), "backward_lstm": of("backward_lstm", emb="emb")},
                emb=emb,
                forward_lstm=lstm,
                backward_lstm=lstm,
                fc=lambda: nn.Linear(12, 3),
            ),
        ),
        *(
            Case(
                f"torch-begun-{name}",
                ENDS,
                f"a learned initial state, {about}",
                begun(kind, **options),
                "asked",
                chosen={"start": names},
            )
            for name, about, kind, options, names in (
                ("gru", "of a GRU", nn.GRU, {}, ("h0",)),
                ("lstm", "h and c of an LSTM", nn.LSTM, {}, ("h0", "c0")),
                ("lstm-2", "of two layers in both directions", nn.LSTM, BOTH | {"num_layers": 2}, ("h0", "c0")),
                ("lstm-h", "h of an LSTM alone", nn.LSTM, {"zero_c": True}, ("h0",)),
            )
        ),
        Case(
            "torch-encoder-decoder",
            ENDS,
            "a GRU encoder, and a GRU decoder with the output layer, both of the same width",
            apart(
                {
                    "encoder.gru": of("encoder.gru", emb="encoder.emb"),
                    "decoder.gru": of("decoder.gru", emb="decoder.emb", fc="decoder.out"),
                },
                encoder=lambda: nn.ModuleDict({"emb": nn.Embedding(WORDS, 5), "gru": nn.GRU(5, 6)}),
                decoder=lambda: nn.ModuleDict(
                    {"emb": nn.Embedding(WORDS, 5), "gru": nn.GRU(5, 6), "out": nn.Linear(6, WORDS)}
                ),
            ),
            "asked",
            chosen={"unused": ("encoder.gru.weight_hh_l0",)},
        ),
        Case(
            "torch-parallel",
            ENDS,
            "two LSTMs on two inputs, the sum of both into the head",
            apart(
                {"text": of("text", emb="emb"), "price": of("price")},
                emb=emb,
                text=lstm,
                price=lambda: nn.LSTM(2, 6),
                fc=fc,
            ),
        ),
        Case(
            "torch-residual",
            ENDS,
            "a skip connection around the GRU, added before the output layer",
            apart({"rnn": of("rnn")}, skip=lambda: nn.Linear(5, 6), rnn=gru, fc=fc),
        ),
        Case(
            "torch-gated-head",
            ENDS,
            "a highway gate before the output layer",
            apart(plain, emb=emb, rnn=gru, gate=lambda: nn.Linear(6, 6), fc=fc),
        ),
        Case(
            "torch-vae",
            ENDS,
            "mean and log-variance of the last state",
            apart(plain, emb=emb, rnn=gru, mu=fc, logvar=fc),
        ),
    ]
    return found


def tied(folder: Path, emb: str = "encoder", fc: str = "decoder") -> Made:
    model = drawn(Words(nn.LSTM, emb=emb, fc=fc, outputs=WORDS, size=6))
    model.get_submodule(fc).weight = model.get_submodule(emb).weight
    return Made(saved(folder, model.state_dict()), {"rnn": model.truth()})


def attended(folder: Path) -> Made:
    model = drawn(Words(nn.LSTM, **BOTH))
    state = model.state_dict() | {"attention.query": torch.ones(12), "attention.weight": torch.ones(12, 12)}
    return Made(saved(folder, state), {"rnn": replace(model.truth(), outputs=None)})


def tagger_with_crf(folder: Path) -> Made:
    model = drawn(Words(nn.LSTM, **BOTH))
    state = model.state_dict() | {f"crf.{name}": torch.ones(3) for name in ("start_transitions", "end_transitions")}
    return Made(saved(folder, state | {"crf.transitions": torch.ones(3, 3)}), {"rnn": model.truth()})


CASES: Final = [*layer_cases(), *end_cases()]
