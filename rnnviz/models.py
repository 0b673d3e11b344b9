"""Networks built from a ModelSpec: the same spec and edits give the same weights, in any thread, at any time."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from functools import lru_cache
from typing import Any, Final, TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from rnnviz import checkpoints
from rnnviz.cells import Recurrent, cell_of, recurrent
from rnnviz.kernels import ResetBeforeGRU, reset_of
from rnnviz.names import Cell
from rnnviz.spec import Edit, ModelSpec

_MODULES: dict[Cell, type[nn.RNN | nn.LSTM | nn.GRU]] = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}
_SMALL: Final = 0.001
"""The standard deviation of W_ih beside an identity; Le, Jaitly, Hinton (2015), section 3."""
_SIZES: Final = ("input_size", "hidden_size", "num_layers", "output_size", "bidirectional", "bias")
"""What the weights of a trained network cannot do without."""
_OF_CELLS: Final[Mapping[Cell, tuple[str, ...]]] = {"rnn": ("nonlinearity",), "gru": ("reset",)}
"""The same, of some cells."""

Module = TypeVar("Module", bound=nn.Module)


class Network(nn.Module):
    """A recurrent module, batch first, and a linear read-out of all its units; no head where ``output_size`` is 0.

    Attributes:
        start: The initial h, and c of an LSTM, each of shape (layer * direction, unit); none where they are zeros, and
            ``rnn`` alone begins with zeros in any case.
    """

    start: tuple[Tensor, ...] = ()

    def __init__(self, spec: ModelSpec, device: str | torch.device | None = None) -> None:
        super().__init__()
        options = {"nonlinearity": spec.nonlinearity} if spec.cell == "rnn" else {}
        kind = ResetBeforeGRU if spec.resets_before else _MODULES[spec.cell]
        self.rnn = kind(
            spec.input_size,
            spec.hidden_size,
            num_layers=spec.num_layers,
            bias=spec.bias,
            batch_first=True,
            bidirectional=spec.bidirectional,
            device=device,
            **options,
        )
        width = len(spec.directions) * spec.hidden_size
        self.head = nn.Linear(width, spec.output_size, device=device) if spec.output_size else None

    def forward(self, x: Tensor) -> Tensor:
        """Logits (..., time, output), or without a read-out the top layer's states, from x (..., time, feature)."""
        output, _ = self.rnn(x, self.first(0 if x.dim() == 2 else len(x)))
        logits: Tensor = output if self.head is None else self.head(output)
        return logits

    def first(self, batch: int = 0) -> Any:
        """``start`` as ``rnn`` takes it, for a batch of so many samples, or for one sample without that axis."""
        states = [one[:, None].repeat(1, batch, 1) if batch else one for one in self.start]
        return (tuple(states) if len(states) == 2 else states[0]) if states else None


def build(spec: ModelSpec, edits: Sequence[Edit] = ()) -> Network:
    """The network that a spec means, with the weights that torch draws right after ``torch.manual_seed(spec.seed)``.

    They are the same on every processor to the last bit, but for the small W_ih beside an identity. Torch's own modules
    may differ in that bit. The weights come from a generator of their own, so torch's random state is neither used nor
    moved, and threads do not disturb each other. The recurrent module draws first, then the read-out, then what the
    spec's ``recurrent`` puts in place of torch's W_hh, so that all other weights stay those of the seed.

    A spec with ``trained`` draws nothing: its weights are those of the checkpoint ``<trained>-<cell>``. Of a checkpoint
    with one layer in two directions, the forward one can be had alone, without a read-out. Edits come last; those of
    ``x`` are left to ``edit_input``.

    The network is in eval mode and without gradients on its parameters, since it may be shared: gradients with respect
    to activations still flow. To train one, call ``.train().requires_grad_()``.

    Raises:
        ValueError: If an edit names no parameter, lies outside it, or is no finite number; if there is no such
            checkpoint, or it has other sizes.

    >>> import torch
    >>> from rnnviz import ModelSpec, build
    >>> network = build(ModelSpec("gru", input_size=3, hidden_size=4, output_size=2))
    >>> network.rnn
    GRU(3, 4, batch_first=True)
    >>> tuple(network(torch.zeros(1, 5, 3)).shape)
    (1, 5, 2)
    """
    network = _undrawn(spec)
    if spec.trained:
        _fill(network, spec)
    else:
        generator = torch.Generator().manual_seed(spec.seed)
        _draw(network.rnn.parameters(), spec.hidden_size, generator)
        if network.head is not None:
            _draw(network.head.parameters(), network.head.in_features, generator)
        _initialise(network.rnn, spec, generator)
    return _edited(network, edits)


def of_layer(layer: Recurrent, edits: Sequence[Edit] = (), head: nn.Linear | None = None) -> Network:
    """A recurrent module of anybody's as a network, with a copy of its weights in float32; with a read-out if given.

    Like those of ``build`` it is in eval mode, without gradients on its parameters; dropout between layers is left out.

    Raises:
        TypeError: If it is none of torch's recurrent modules.
        ValueError: If it has projections, the read-out does not fit it, or an edit names what is not there.

    >>> import torch
    >>> from rnnviz.models import of_layer
    >>> of_layer(torch.nn.GRU(3, 4)).rnn
    GRU(3, 4, batch_first=True)
    """
    recurrent(layer)
    network = _undrawn(spec_of(layer, head))
    for name, parameter in layer.named_parameters():
        network.rnn.get_parameter(name).copy_(parameter.detach())
    if head is not None and network.head is not None:
        network.head.weight.copy_(head.weight.detach())
        given: Tensor | None = head.bias
        network.head.bias.copy_(torch.zeros(head.out_features) if given is None else given.detach())
    return _edited(network, edits)


def _undrawn(spec: ModelSpec) -> Network:
    """A network in eval mode whose weights are still to be filled in.

    Copying an outline takes a third of the time of making one, of which torch spends most on drawing no weights.
    """
    sizes = {name: getattr(spec, name) for name in (*_SIZES, "nonlinearity", "reset")}
    network = deepcopy(_outline(spec.cell, **sizes))
    for module in filter(None, (network.rnn, network.head)):
        for name, parameter in list(module.named_parameters(recurse=False)):
            setattr(module, name, nn.Parameter(torch.empty(parameter.shape), requires_grad=False))
    return network


@lru_cache(maxsize=64)
def _outline(cell: Cell, **sizes: Any) -> Network:
    """A network without memory for its weights."""
    return Network(ModelSpec(cell, **sizes), device="meta").eval()


def spec_of(layer: Recurrent, head: nn.Linear | None = None) -> ModelSpec:
    """The sizes of a recurrent module of anybody's, and of its read-out; its weights come from no seed of ours."""
    width = layer.hidden_size * (2 if layer.bidirectional else 1)
    if head is not None and head.in_features != width:
        raise ValueError(f"head must take the {width} numbers of the top layer; got {head.in_features}")
    return ModelSpec(
        cell_of(layer),
        layer.input_size,
        layer.hidden_size,
        layer.num_layers,
        output_size=0 if head is None else head.out_features,
        bidirectional=layer.bidirectional,
        bias=layer.bias,
        nonlinearity=layer.nonlinearity if isinstance(layer, nn.RNN) else "tanh",
        reset=reset_of(layer),
    )


def _edited(network: Network, edits: Sequence[Edit]) -> Network:
    """The network with edits of its own numbers; those of ``x`` are left out."""
    named = _named(network)
    for edit in edits:
        if edit.name == "x":
            continue
        if edit.name not in named:
            raise ValueError(f"an edit must name x or one of {', '.join(named)}; got {edit.name!r}")
        _put(named[edit.name], edit)
    return network


def _named(network: Network) -> dict[str, nn.Parameter]:
    """The parameters by the names that edits give them."""
    head = {name: parameter for name, parameter in network.named_parameters() if name.startswith("head.")}
    return dict(network.rnn.named_parameters()) | head


def filled(make: Callable[[], Module], tensors: Mapping[str, np.ndarray]) -> Module:
    """The network that ``make`` makes, as in ``build``, with the weights of a file that anybody may have written.

    No memory is taken for the sizes that the file claims before its numbers are known to have them. It is a ValueError
    if the tensors are not just the parameters of the network, each of finite float16 or float32 numbers in its shape.
    """
    with torch.device("meta"):
        network = make()
    wanted = {name: tuple(parameter.shape) for name, parameter in network.named_parameters()}
    if set(tensors) != set(wanted):
        raise ValueError(f"weights must be {', '.join(wanted)}; got {', '.join(tensors) or 'nothing'}")
    for name, shape in wanted.items():
        tensor = tensors[name]
        if tensor.dtype not in (np.float16, np.float32) or tensor.shape != shape:
            raise ValueError(
                f"{name} must be float16 or float32 of shape {shape}; got {tensor.dtype} of shape {tensor.shape}"
            )
        if not np.isfinite(tensor).all():
            raise ValueError(f"{name} must be finite numbers; got others")
    weights = {name: torch.from_numpy(tensor.astype(np.float32)) for name, tensor in tensors.items()}
    network.load_state_dict(weights, assign=True)
    return network.requires_grad_(requires_grad=False).eval()


def undrawn_embedding(words: int, size: int) -> nn.Embedding:
    """An embedding whose weights are still to be filled in.

    ``nn.Embedding(words, size)`` would draw them. On the device "meta" torch does that in its compiler, whose import
    takes 1.5 s, nearly as long as that of torch itself, and the first network of a process would wait for it.
    """
    undrawn = torch.empty(words, size)
    embedding: nn.Embedding = nn.Embedding.from_pretrained(undrawn, freeze=False)  # type: ignore[no-untyped-call]
    return embedding


def edit_input(x: Tensor, edits: Sequence[Edit]) -> Tensor:
    """A copy of an input (time, feature) with the edits named ``x``, in order; the others are left to ``build``.

    Raises:
        ValueError: If an edit lies outside ``x`` or is no finite number.
    """
    edited = x.detach().clone()
    for edit in edits:
        if edit.name == "x":
            _put(edited, edit)
    return edited


def _draw(parameters: Iterable[Tensor], fan: int, generator: torch.Generator) -> None:
    """Fill the parameters in order from the uniform distribution with which torch starts them.

    Product and sum are rounded apart. Torch does so on some processors and fuses them on others, so that its weights
    differ there in the last bit. A link must show the same digits everywhere.
    """
    bound = torch.tensor(1.0 / math.sqrt(fan))
    for parameter in parameters:
        parameter.copy_(torch.rand(parameter.shape, generator=generator).mul_(2 * bound).sub_(bound))


def _fill(network: Network, spec: ModelSpec) -> None:
    """The weights of a trained network, and what it begins with."""
    checkpoint = checkpoints.load(f"{spec.trained}-{spec.cell}")
    model = _forward_half(checkpoint.model) if spec == _forward_half(checkpoint.model) else checkpoint.model
    for name in (*_SIZES, *_OF_CELLS.get(spec.cell, ())):
        trained, wanted = getattr(model, name), getattr(spec, name)
        if trained != wanted:
            raise ValueError(f"{name} must be {trained}, as {checkpoint.name} was trained; got {wanted}")
    for name, parameter in _named(network).items():
        parameter.copy_(torch.from_numpy(checkpoint.weights[name].copy()))
    network.start = tuple(torch.from_numpy(one.copy()) for one in checkpoint.start_of(spec))


def _forward_half(model: ModelSpec) -> ModelSpec:
    """The forward direction of a network of one layer, which needs nothing of the other, without a read-out."""
    return replace(model, bidirectional=False, output_size=0) if model.num_layers == 1 else model


def _initialise(rnn: nn.Module, spec: ModelSpec, generator: torch.Generator) -> None:
    """Replace torch's weights where the spec wants others, layer by layer, forward before reverse."""
    forget = slice(spec.hidden_size, 2 * spec.hidden_size)  # the second block of rows, in torch's order
    for name, parameter in rnn.named_parameters():
        kind = name.split("_l")[0]
        if kind == "weight_hh":
            for block in parameter.view(-1, spec.hidden_size, spec.hidden_size):  # (gate, unit, unit)
                if spec.recurrent == "orthogonal":
                    block.copy_(_orthogonal(spec.hidden_size, generator))
                elif spec.recurrent == "identity":
                    nn.init.eye_(block)
            parameter.mul_(spec.recurrent_scale)
        elif spec.starts_small:
            parameter.normal_(0, _SMALL if kind == "weight_ih" else 0, generator=generator)
        elif spec.has_forget_bias and spec.forget_bias is not None and kind in ("bias_ih", "bias_hh"):
            parameter[forget] = spec.forget_bias if kind == "bias_ih" else 0


def _orthogonal(size: int, generator: torch.Generator) -> Tensor:
    """A random orthogonal matrix, each as likely as any other, in float64.

    What processors and their libraries round differently there is gone in float32.
    """
    return nn.init.orthogonal_(torch.empty(size, size, dtype=torch.float64), generator=generator)


def _put(tensor: Tensor, edit: Edit) -> None:
    """Write one number in its place."""
    shape = tuple(tensor.shape)
    inside = len(edit.index) == len(shape) and all(0 <= k < size for k, size in zip(edit.index, shape, strict=False))
    if not inside:
        expected = ", ".join(f"0..{size - 1}" for size in shape)
        raise ValueError(f"index of an edit of {edit.name} must be in ({expected}); got {tuple(edit.index)}")
    if not math.isfinite(edit.value):
        raise ValueError(f"value of an edit of {edit.name} must be a finite number; got {edit.value}")
    with torch.no_grad():
        tensor[tuple(edit.index)] = edit.value
