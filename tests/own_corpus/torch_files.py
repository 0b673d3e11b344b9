"""Files that trainings leave, and cells that torch does not have."""

import warnings
from argparse import Namespace
from collections import Counter, OrderedDict
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from torch import nn
from torch.nn.utils import parametrizations, prune

from tests.own_corpus.cases import Case, Made, Truth
from tests.own_corpus.torch_cases import (
    BOTH,
    OTHERS,
    TRAINING,
    WORDS,
    Words,
    apart,
    drawn,
    of,
    saved,
    words,
)

GRU: Final = nn.GRU


def trained(model: nn.Module) -> tuple[torch.optim.Optimizer, Any]:
    """An optimizer and a scheduler after a step."""
    optimizer = torch.optim.Adam(model.parameters(), 0.0)
    for one in model.parameters():
        one.grad = torch.ones_like(one)
    optimizer.step()
    return optimizer, torch.optim.lr_scheduler.MultiStepLR(optimizer, [30, 80])


def beside(**more: Any) -> Callable[[nn.Module], object]:
    """A state dict beside other values."""
    return lambda model: {"state_dict": model.state_dict()} | more


def prefixed(*prefixes: str) -> Callable[[nn.Module], object]:
    return lambda model: {"".join(prefixes) + name: one for name, one in model.state_dict().items()}


def resumed(model: nn.Module) -> object:
    optimizer, scheduler = trained(model)
    return {
        "epoch": 5, "model_state_dict": model.state_dict(), "optimizer_state_dict": optimizer.state_dict(),
        "scheduler": scheduler.state_dict(), "loss": torch.tensor(0.25),
    }  # fmt: skip


def imagenet(model: nn.Module) -> object:
    optimizer, _ = trained(model)
    return {
        "epoch": 3, "arch": "lstm", "state_dict": model.state_dict(), "best_acc1": torch.tensor(71.2),
        "optimizer": optimizer.state_dict(),
    }  # fmt: skip


def lightning(model: nn.Module) -> object:
    optimizer, scheduler = trained(model)
    return {
        "epoch": 2, "global_step": 40, "pytorch-lightning_version": "2.4.0",
        "state_dict": OrderedDict((f"model.{name}", one) for name, one in model.state_dict().items()),
        "loops": {"fit_loop": {"state_dict": {}, "epoch_progress": {"total": {"ready": 3}}}},
        "callbacks": {"ModelCheckpoint{'monitor': 'val_loss'}": {"best_model_score": torch.tensor(0.3)}},
        "optimizer_states": [optimizer.state_dict()], "lr_schedulers": [scheduler.state_dict()],
        "hparams_name": "hparams", "hyper_parameters": {"lr": 0.001, "cell": "lstm"},
    }  # fmt: skip


def averaged(model: nn.Module) -> object:
    other = {name: one * 0.9 for name, one in model.state_dict().items()}
    return {"model": model.state_dict(), "model_ema": other, "step": 7}


def split(model: nn.Module) -> object:
    state = model.state_dict()
    return {"embedding_state": {"emb.weight": state["emb.weight"]}, "state_dict": state}


def halved(kind: torch.dtype) -> Callable[[Path], Made]:
    """In another precision; what is right is computed of the rounded numbers."""

    def make(folder: Path) -> Made:
        model = drawn(Words(nn.LSTM, num_layers=2))
        for one in model.parameters():
            one.data = one.data.to(kind).float()
        state = {name: one.to(kind) for name, one in model.state_dict().items()}
        return Made(saved(folder, state), {"rnn": model.truth()})

    return make


def normed(
    where: str, norm: Callable[..., nn.Module], *, is_known: bool = True, **options: Any
) -> Callable[[Path], Made]:
    """A layer under a norm or a mask of its weights."""

    def make(folder: Path) -> Made:
        model = drawn(Words(nn.LSTM))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            norm(model.get_submodule(where), **options)
            drawn_again(model)
            truth = plain_truth(model)
        return Made(saved(folder, model.state_dict()), {"rnn": truth if is_known else replace(truth, outputs=None)})

    return make


def drawn_again(model: nn.Module) -> None:
    generator = torch.Generator().manual_seed(5)
    with torch.no_grad():
        for one in model.parameters():
            one.copy_(torch.randn(one.shape, generator=generator) * 0.4 + 0.1)


def plain_truth(model: nn.Module) -> Truth:
    """By torch's own forward of a module whose weights are computed."""
    x = np.array([3, 1, 4, 1, 5])
    with torch.inference_mode():
        states = model.rnn(model.emb(torch.from_numpy(x)))[0]
        return Truth(x, (states.numpy(),), model.fc(states).numpy())


def older(folder: Path) -> Made:
    model = drawn(Words(nn.LSTM, **BOTH))
    path = folder / "mine.pth"
    torch.save({"epoch": 1, "state_dict": model.state_dict(), "loss": 0.5}, path, _use_new_zipfile_serialization=False)
    return Made(path, {"rnn": model.truth()})


def named(name: str) -> Callable[[Path], Made]:
    return words(nn.GRU, name=name)


def whole(folder: Path) -> Made:
    torch.save(nn.Sequential(nn.Embedding(5, 3), nn.GRU(3, 4)), folder / "model.pt")
    return Made(folder / "model.pt")


def scripted(folder: Path) -> Made:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.jit.save(torch.jit.script(nn.GRU(3, 4)), folder / "model.pt")
    return Made(folder / "model.pt")


def quantized(folder: Path) -> Made:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = torch.ao.quantization.quantize_dynamic(nn.Sequential(nn.Embedding(5, 3), nn.LSTM(3, 4)), {nn.LSTM})
        torch.save(model.state_dict(), folder / "model.pt")
    return Made(folder / "model.pt")


def raw(name: str, content: bytes) -> Callable[[Path], Made]:
    def make(folder: Path) -> Made:
        (folder / name).write_bytes(content)
        return Made(folder / name)

    return make


EMPTY_ARCHIVE: Final = b"PK\x05\x06" + bytes(18)


def cut(folder: Path) -> Made:
    path = words(nn.GRU)(folder).path
    path.write_bytes(path.read_bytes()[:1000])
    return Made(path)


def misnamed(folder: Path) -> Made:
    path = words(nn.GRU, name="a.safetensors")(folder).path
    return Made(path.rename(folder / "a.pt"))


def saved_model(folder: Path) -> Made:
    """A folder as ``tf.saved_model.save`` makes it."""
    path = folder / "model"
    (path / "variables").mkdir(parents=True)
    (path / "saved_model.pb").write_bytes(b"\x08\x01")
    return Made(path)


def tensors(**shapes: tuple[int, ...]) -> Callable[[Path], Made]:
    """A file of tensors of a cell that torch does not have."""

    def make(folder: Path) -> Made:
        generator = torch.Generator().manual_seed(2)
        state = {name.replace("__", "."): torch.randn(shape, generator=generator) for name, shape in shapes.items()}
        return Made(saved(folder, state))

    return make


def more(**shapes: tuple[int, ...]) -> Callable[[Path], Made]:
    """An LSTM with more in it than torch's."""
    cell = {
        "emb__weight": (WORDS, 5),
        "rnn__weight_ih": (24, 5),
        "rnn__weight_hh": (24, 6),
        "rnn__bias_ih": (24,),
        "rnn__bias_hh": (24,),
    }
    return tensors(**cell, **shapes, fc__weight=(3, 6), fc__bias=(3,))  # fmt: skip


def started(
    *names: str, cell: Any = nn.LSTM, shape: tuple[int, ...] = (1, 1, 6), zero: bool = False
) -> Callable[[Path], Made]:
    """A model with learned initial states."""

    def make(folder: Path) -> Made:
        model = drawn(Words(cell))
        state = {name: torch.full(shape, 0.0 if zero else 0.5 - k) for k, name in enumerate(names)}
        x = np.array([3, 1, 4, 1, 5])
        hx = tuple(one.reshape(1, 6) for one in state.values())
        with torch.inference_mode():
            states = model.rnn(model.emb(torch.from_numpy(x)), hx if cell is nn.LSTM else hx[0])[0]
            truth = Truth(x, (states.numpy(),), model.fc(states).numpy())
        return Made(saved(folder, model.state_dict() | state), {"rnn": truth})

    return make


def pair(folder: Path, *, is_list: bool = False) -> Made:
    """Two models in one file."""
    encoder, decoder = (
        drawn(Words(nn.GRU, emb="embedding", rnn="gru", fc="")),
        drawn(Words(nn.GRU, emb="embedding", rnn="gru", fc="out", outputs=WORDS), 2),
    )
    content: object = [encoder.state_dict(), decoder.state_dict()]
    if not is_list:
        content = {"iteration": 4000, "en": encoder.state_dict(), "de": decoder.state_dict(), "loss": 2.5}
    return Made(saved(folder, content, "pair.tar"), {"en.gru": encoder.truth(), "de.gru": decoder.truth()})


def spectral(module: nn.Module) -> nn.Module:
    return nn.utils.spectral_norm(module)


def weight_norm(module: nn.Module, name: str = "weight") -> nn.Module:
    return nn.utils.weight_norm(module, name)


def renamed(made: Made, prefix: str) -> Made:
    """The same under the prefix that its names have."""
    return replace(made, truths={prefix + name: truth for name, truth in made.truths.items()})


def dropped(folder: Path) -> Made:
    model = drawn(Words(nn.LSTM))
    state = {
        f"rnn.module.{name[4:]}" if name.startswith("rnn.") else name: one for name, one in model.state_dict().items()
    }
    state["rnn.weight_hh_l0_raw"] = state.pop("rnn.module.weight_hh_l0")
    return Made(saved(folder, state), {"rnn.module": model.truth()})


CASES: Final = [
    # --- Beside the weights ---
    Case(
        "train-resume",
        TRAINING,
        "`epoch`, `model_state_dict`, optimizer, scheduler and `loss`",
        words(nn.LSTM, resumed),
    ),
    Case(
        "train-imagenet",
        TRAINING,
        "`state_dict` beside `best_acc1` and `arch`",
        words(nn.LSTM, imagenet, "model_best.pth.tar"),
    ),
    Case(
        "train-lightning",
        TRAINING,
        "a checkpoint of Lightning",
        lambda folder: renamed(words(nn.LSTM, lightning, "epoch=2.ckpt")(folder), "model."),
    ),
    Case("train-counter", TRAINING, "a Counter of a scheduler", words(GRU, beside(milestones=Counter([30, 80])))),
    Case(
        "train-numpy",
        TRAINING,
        "losses as NumPy arrays and numbers",
        words(GRU, beside(losses=np.ones(3), best=np.float64(0.5), epochs=np.arange(3))),
    ),
    Case(
        "train-args",
        TRAINING,
        "the arguments of the command line as a Namespace",
        words(GRU, beside(args=Namespace(lr=1, path=Path("x")))),
    ),
    Case(
        "train-vocabulary",
        TRAINING,
        "a vocabulary as a dict beside the weights",
        words(GRU, beside(stoi={"a": 0, "b": 1}, itos=["a", "b"])),
    ),
    Case(
        "train-rng",
        TRAINING,
        "the state of random generators",
        words(GRU, beside(rng=torch.get_rng_state(), numpy=np.random.RandomState(0).get_state())),
    ),
    Case(
        "train-tuple-key",
        TRAINING,
        "`net` as the key of the state dict",
        words(GRU, lambda model: {"net": model.state_dict(), "acc": 71.0, "epoch": 3}),
    ),
    Case(
        "train-own-key",
        TRAINING,
        "another key for the state dict",
        words(GRU, lambda model: {"my_rnn": model.state_dict(), "epoch": 3}),
    ),
    Case("train-ema", TRAINING, "averaged weights beside the weights", words(GRU, averaged)),
    Case("train-twice", TRAINING, "the embedding once more under another key", words(GRU, split)),
    Case(
        "train-parallel",
        TRAINING,
        "DataParallel: `module.`",
        lambda folder: renamed(words(nn.LSTM, prefixed("module."))(folder), "module."),
    ),
    Case(
        "train-compiled",
        TRAINING,
        "`torch.compile`: `_orig_mod.`",
        lambda folder: renamed(words(nn.LSTM, prefixed("_orig_mod."))(folder), "_orig_mod."),
    ),
    Case(
        "train-parallel-compiled",
        TRAINING,
        "both prefixes",
        lambda folder: renamed(words(nn.LSTM, prefixed("module.", "_orig_mod."))(folder), "module._orig_mod."),
    ),
    Case(
        "train-encoder-decoder",
        TRAINING,
        "`en` and `de` as two state dicts, as in PyTorch's chatbot tutorial",
        pair,
    ),
    Case(
        "train-list",
        TRAINING,
        "a list of two state dicts",
        lambda folder: pair(folder, is_list=True),
        "refused",
        "must be a state dict",
    ),
    Case("train-older", TRAINING, "a file of torch before 1.6", older),
    *(
        Case(f"train-name-{ending}", TRAINING, f"a file ending in `.{ending}`", named(f"a.{ending}"))
        for ending in ("pth", "bin", "ckpt", "th", "tar", "pt.tar")
    ),
    Case(
        "train-safetensors-two",
        TRAINING,
        "safetensors of two LSTMs, one on the other: it has the names sorted, and no order",
        apart(
            {"lower": of("lower", emb="emb"), "higher": of("higher", fc="fc")},
            name="a.safetensors",
            emb=lambda: nn.Embedding(WORDS, 5),
            lower=lambda: nn.LSTM(5, 6),
            higher=lambda: nn.LSTM(6, 6),
            fc=lambda: nn.Linear(6, 3),
        ),
    ),
    Case("train-safetensors", TRAINING, "safetensors", words(nn.LSTM, name="a.safetensors", **BOTH)),
    *(
        Case(f"train-{str(kind)[6:]}", TRAINING, f"weights in {str(kind)[6:]}", halved(kind))
        for kind in (torch.float16, torch.bfloat16, torch.float64)
    ),
    Case("train-pkl", TRAINING, "a file ending in `.pkl`", named("a.pkl"), "refused", "must end with"),
    Case("train-whole", TRAINING, "a whole model, pickled", whole, "refused", "torch.save(model.state_dict(), path)"),
    Case("train-scripted", TRAINING, "a model of TorchScript", scripted, "refused", "TorchScript"),
    Case("train-quantized", TRAINING, "an LSTM after `quantize_dynamic`", quantized, "refused", "quantized"),
    Case(
        "train-pointer",
        TRAINING,
        "a pointer of Git LFS",
        raw("a.pt", b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n"),
        "refused",
        "Git LFS",
    ),
    Case("train-saved-model", TRAINING, "the folder of a SavedModel", saved_model, "refused", "SavedModel"),
    Case("train-pb", TRAINING, "a `.pb` of TensorFlow", raw("saved_model.pb", b"\x08\x01"), "refused", "SavedModel"),
    Case("train-zip", TRAINING, "any archive", raw("a.pt", EMPTY_ARCHIVE), "refused", "archive"),
    Case("train-cut", TRAINING, "a file that was cut short", cut, "refused", "damaged or cut short"),
    Case("train-renamed", TRAINING, "safetensors with the name of a file of PyTorch", misnamed, "refused", "rename it"),
    Case("train-empty", TRAINING, "an empty file", raw("a.pt", b""), "refused", "empty"),
    Case(
        "train-html",
        TRAINING,
        "a web page that was downloaded in its place",
        raw("a.pt", b"<!DOCTYPE html><html>404</html>"),
        "refused",
        "other bytes",
    ),
    Case(
        "train-nan",
        TRAINING,
        "a training that ended in NaN",
        words(GRU, lambda model: {n: one * float("nan") for n, one in model.state_dict().items()}),
        "refused",
        "finite",
    ),
    Case(
        "train-mask",
        TRAINING,
        "an attention mask with -inf beside the GRU",
        words(GRU, lambda model: {**model.state_dict(), "mask": nn.Transformer.generate_square_subsequent_mask(4)}),
    ),
    Case(
        "train-optimizer",
        TRAINING,
        "the state of an optimizer alone",
        words(GRU, lambda model: trained(model)[0].state_dict()),
        "refused",
        "state dict",
    ),
    Case(
        "train-cnn",
        TRAINING,
        "a network without a recurrent layer",
        tensors(conv__weight=(3, 3, 2, 2), fc__weight=(4, 3)),
        "refused",
        "RNN, LSTM or GRU",
    ),
    # --- Weights that are computed ---
    Case("norm-weight-head", OTHERS, "`weight_norm` on the output layer, the older form", normed("fc", weight_norm)),
    Case(
        "norm-weight-hh",
        OTHERS,
        "`weight_norm` on W_hh, the older form",
        normed("rnn", weight_norm, name="weight_hh_l0"),
    ),
    Case(
        "norm-weight-new-head", OTHERS, "`weight_norm` on the output layer", normed("fc", parametrizations.weight_norm)
    ),
    Case(
        "norm-weight-new-hh",
        OTHERS,
        "`weight_norm` on W_hh",
        normed("rnn", parametrizations.weight_norm, name="weight_hh_l0"),
    ),
    Case(
        "norm-spectral-head",
        OTHERS,
        "`spectral_norm` on the output layer, the older form",
        normed("fc", spectral, is_known=False),
    ),
    Case(
        "norm-spectral-new-head",
        OTHERS,
        "`spectral_norm` on the output layer",
        normed("fc", parametrizations.spectral_norm, is_known=False),
    ),
    Case(
        "norm-orthogonal-hh",
        OTHERS,
        "an orthogonal W_hh by parametrizations",
        normed("rnn", parametrizations.orthogonal, name="weight_hh_l0"),
        "refused",
        "weight_hh_l0",
    ),
    Case(
        "norm-pruned-head",
        OTHERS,
        "a pruned output layer, with its mask",
        normed("fc", prune.l1_unstructured, is_known=False, name="weight", amount=0.5),
    ),
    Case(
        "norm-pruned-hh",
        OTHERS,
        "a pruned W_hh, with its mask",
        normed("rnn", prune.l1_unstructured, name="weight_hh_l0", amount=0.5),
        "refused",
        "weight_hh_l0",
    ),
    # --- Initial states ---
    Case("start-h0-c0", OTHERS, "learned `h0` and `c0`", started("h0", "c0"), "refused", "begins with"),
    Case("start-h0", OTHERS, "a learned `h0` of a GRU", started("h0", cell=nn.GRU), "refused", "begins with"),
    Case(
        "start-init-hidden",
        OTHERS,
        "`init_hidden` and `init_cell` of shape (6,)",
        started("init_hidden", "init_cell", shape=(6,)),
        "refused",
        "begins with",
    ),
    *(
        Case(
            f"start-{name}", OTHERS, f"a learned start called `{name}`", started(name, cell=nn.GRU), "refused", "begin"
        )
        for name in ("h_start", "hidden", "initial", "h", "rnn_state", "start_of_all")
    ),
    Case("start-both", OTHERS, "h and c of a start in one tensor", more(first=(2, 1, 1, 6)), "refused", "begin"),
    Case(
        "cell-beside",
        OTHERS,
        "an LSTM cell, and beside it a LayerNorm of h",
        more(norm__weight=(6,), norm__bias=(6,)),
        "refused",
        "may change h",
    ),
    Case(
        "cell-decay",
        OTHERS,
        "an LSTM cell, and beside it a matrix that gives as many numbers as h has, as in GRU-D",
        more(decay__weight=(6, 6), decay__bias=(6,)),
        "refused",
        "may change h",
    ),
    Case("start-zero", OTHERS, "an `h0` of zeros", started("h0", "c0", zero=True)),
    # --- Cells ---
    Case(
        "cell-layernorm",
        OTHERS,
        "an LSTM cell with LayerNorms, as in torch's custom cells",
        more(
            rnn__layernorm_i__weight=(24,),
            rnn__layernorm_i__bias=(24,),
            rnn__layernorm_h__weight=(24,),
            rnn__layernorm_h__bias=(24,),
            rnn__layernorm_c__weight=(6,),
            rnn__layernorm_c__bias=(6,),
        ),
        "refused",
        "layernorm_i",
    ),
    Case(
        "cell-peephole",
        OTHERS,
        "an LSTM with peepholes",
        more(rnn__weight_ci=(6,), rnn__weight_cf=(6,), rnn__weight_co=(6,)),
        "refused",
        "weight_ci",
    ),
    Case(
        "cell-peephole-ch",
        OTHERS,
        "peepholes as one matrix `weight_ch`",
        more(rnn__weight_ch=(18, 6)),
        "refused",
        "weight_ch",
    ),
    Case(
        "cell-attention-inside",
        OTHERS,
        "a cell with attention inside",
        more(rnn__attn__weight=(6, 12)),
        "refused",
        "attn",
    ),
    Case(
        "cell-projection",
        OTHERS,
        "an LSTM cell with a projection of its own",
        more(rnn__proj__weight=(6, 6)),
        "refused",
        "proj",
    ),
    Case(
        "cell-timegate", OTHERS, "a phased LSTM: `tau`, `phase`", more(rnn__tau=(6,), rnn__phase=(6,)), "refused", "tau"
    ),
    Case(
        "cell-i2h",
        OTHERS,
        "`i2h` and `h2o`, as in PyTorch's tutorial on names",
        tensors(i2h__weight=(6, 17), i2h__bias=(6,), h2o__weight=(3, 6), h2o__bias=(3,)),
        "refused",
        "i2h.weight",
    ),
    Case(
        "cell-x2h",
        OTHERS,
        "an LSTM of two Linear layers, `x2h` and `h2h`",
        tensors(rnn__x2h__weight=(24, 5), rnn__h2h__weight=(24, 6), fc__weight=(3, 6)),
        "refused",
        "x2h.weight",
    ),
    Case(
        "cell-mgu",
        OTHERS,
        "a cell with 2 gates",
        tensors(rnn__weight_ih_l0=(12, 5), rnn__weight_hh_l0=(12, 6)),
        "refused",
        "1, 3 or 4 times",
    ),
    Case(
        "cell-indrnn",
        OTHERS,
        "an IndRNN: W_hh is a vector",
        tensors(rnn__weight_ih_l0=(6, 5), rnn__weight_hh_l0=(6,)),
        "refused",
        "weight_hh_l0",
    ),
    Case(
        "cell-convlstm",
        OTHERS,
        "a ConvLSTM",
        tensors(cell__conv__weight=(24, 11, 3, 3), cell__conv__bias=(24,)),
        "refused",
        "RNN, LSTM or GRU",
    ),
    Case(
        "cell-convlstm-names",
        OTHERS,
        "a ConvLSTM with torch's names",
        tensors(cell__weight_ih_l0=(24, 5, 3, 3), cell__weight_hh_l0=(24, 6, 3, 3)),
        "refused",
        "matrices",
    ),
    Case("cell-no-ih", OTHERS, "W_hh without W_ih", tensors(rnn__weight_hh_l0=(24, 6)), "refused", "weight_ih_l0"),
    Case(
        "cell-weight-drop",
        OTHERS,
        "an LSTM with dropped weights: `weight_hh_l0_raw`",
        dropped,
    ),
]
