"""The closed vocabulary: axes, cells, signals, their symbols, words and formulas, in torch's conventions."""

from typing import Final, Literal, get_args

Cell = Literal["rnn", "lstm", "gru"]
Direction = Literal["forward", "reverse"]
Nonlinearity = Literal["tanh", "relu"]
Pooling = Literal["ends", "last", "mean", "max"]
Reset = Literal["after", "before"]

CELLS: Final[tuple[Cell, ...]] = get_args(Cell)
DIRECTIONS: Final[tuple[Direction, ...]] = get_args(Direction)
NONLINEARITIES: Final[tuple[Nonlinearity, ...]] = get_args(Nonlinearity)
POOLINGS: Final[tuple[Pooling, ...]] = get_args(Pooling)
"""What an output layer is given of a sequence: the state that each direction ends with, the output at the last step, or
the mean or the maximum of the outputs over the steps."""
RESETS: Final[tuple[Reset, ...]] = get_args(Reset)
"""Whether the reset gate of a GRU multiplies what W_hn makes of the state, as in torch, or the state before that."""
AXES: Final = ("layer", "direction", "batch", "time", "unit")

SIGNALS: Final[dict[Cell, tuple[str, ...]]] = {
    "rnn": ("h",),
    "lstm": ("h", "c", "i", "f", "g", "o"),
    "gru": ("h", "r", "z", "n"),
}
"""What is recorded of a cell at every step, the states first."""

GATES: Final[dict[Cell, tuple[str, ...]]] = {
    "rnn": ("h",),
    "lstm": ("i", "f", "g", "o"),
    "gru": ("r", "z", "n"),
}
"""The blocks of rows in torch's stacked weights, in torch's order; a plain RNN has one, its state."""

STATES: Final[dict[Cell, tuple[str, ...]]] = {"rnn": ("h",), "lstm": ("h", "c"), "gru": ("h",)}
"""What a cell hands on to the next step."""

SIGMOID_GATES: Final = frozenset("iforz")
"""The signals that lie between 0 and 1; all others are signed."""


def sigmoid_gates(cell: Cell) -> tuple[str, ...]:
    """The gates between 0 and 1 of a cell, in the order of its signals."""
    return tuple(gate for gate in SIGNALS[cell] if gate in SIGMOID_GATES)


CELL_LABELS: Final[dict[Cell, str]] = {"rnn": "RNN", "lstm": "LSTM", "gru": "GRU"}
ARROWS: Final[dict[Direction, str]] = {"forward": "→", "reverse": "←"}

LABELS: Final = {
    "x": "input",
    "y": "output (logits)",
    "h": "hidden state",
    "c": "cell state",
    "i": "input gate",
    "f": "forget gate",
    "g": "cell candidate",
    "o": "output gate",
    "r": "reset gate",
    "z": "update gate",
    "n": "new candidate",
}

SYMBOLS: Final = {signal: f"{signal}_t" for signal in LABELS}
"""LaTeX of every signal at step t."""

PRODUCTS: Final[dict[Cell, dict[str, str]]] = {
    "rnn": {},
    "lstm": {
        "f*c": r"f_t \odot c_{t-1}",
        "i*g": r"i_t \odot g_t",
        "tanh(c)": r"\tanh(c_t)",
    },
    "gru": {
        "hh.n+b": r"W_{hn} h_{t-1} + b_{hn}",
        "r*(hh.n+b)": r"r_t \odot (W_{hn} h_{t-1} + b_{hn})",
        "(1-z)*n": r"(1 - z_t) \odot n_t",
        "z*h": r"z_t \odot h_{t-1}",
    },
}
"""LaTeX of what a step of torch's cells also computes.

Beside these there are ``ih.k`` (W_ik x_t), ``hh.k`` (W_hk h_{t-1}) and ``sum.k`` of each gate k.
"""

_RESET_BEFORE: Final = {
    "r*h": r"r_t \odot h_{t-1}",
    "hh.n": r"W_{hn} (r_t \odot h_{t-1})",
    "hh.n+b": r"W_{hn} (r_t \odot h_{t-1}) + b_{hn}",
    **{name: PRODUCTS["gru"][name] for name in ("(1-z)*n", "z*h")},
}


def products(cell: Cell, reset: Reset = "after") -> dict[str, str]:
    """The ``PRODUCTS`` of a cell; those of a GRU that resets before the product have another ``hh.n``."""
    return _RESET_BEFORE if (cell, reset) == ("gru", "before") else PRODUCTS[cell]


READ_OUT: Final[dict[Cell, tuple[str, str]]] = {
    "rnn": ("W_{hy}", "b_y"),
    "lstm": ("W_{hy}", "b_y"),
    "gru": ("W_{hy}", "b_y"),
}
"""LaTeX of the output layer's weight and bias; in an LSTM W_ho is the output gate's."""

TEMPERATURE: Final = r"p_i = \frac{\exp(z_i / T)}{\sum_j \exp(z_j / T)}"
"""LaTeX of the distribution that logits z mean at a temperature T."""


def formulas(
    cell: Cell, *, bias: bool = True, nonlinearity: Nonlinearity = "tanh", reset: Reset = "after"
) -> dict[str, str]:
    """LaTeX of every equation of a cell's step, by the signal it gives, in the order of computation.

    ``nonlinearity`` is that of a plain RNN and ``reset`` that of a GRU; an LSTM has no choice.

    Source: torch.nn.RNN, torch.nn.LSTM and torch.nn.GRU, whose letters and conventions these are; Cho et al. (2014),
        arXiv 1406.1078, equation 8, for a GRU that resets before the product.
    """
    if cell == "rnn":
        activation = r"\tanh" if nonlinearity == "tanh" else r"\mathrm{ReLU}"
        return {"h": f"h_t = {activation}({_affine('h', bias)})"}
    if cell == "lstm":
        return {
            **{k: f"{k}_t = {_activation(k)}({_affine(k, bias)})" for k in GATES["lstm"]},
            "c": r"c_t = f_t \odot c_{t-1} + i_t \odot g_t",
            "h": r"h_t = o_t \odot \tanh(c_t)",
        }
    b_in, b_hn = (" + b_{in}", " + b_{hn}") if bias else ("", "")
    hidden = {
        "after": rf"r_t \odot (W_{{hn}} h_{{t-1}}{b_hn})",
        "before": rf"W_{{hn}} (r_t \odot h_{{t-1}}){b_hn}",
    }[reset]
    return {
        **{k: f"{k}_t = {_activation(k)}({_affine(k, bias)})" for k in "rz"},
        "n": rf"n_t = \tanh(W_{{in}} x_t{b_in} + {hidden})",
        "h": r"h_t = (1 - z_t) \odot n_t + z_t \odot h_{t-1}",
    }


def _activation(gate: str) -> str:
    return r"\sigma" if gate in SIGMOID_GATES else r"\tanh"


def _affine(gate: str, bias: bool) -> str:
    b_i, b_h = (f" + b_{{i{gate}}}", f" + b_{{h{gate}}}") if bias else ("", "")
    return f"W_{{i{gate}}} x_t{b_i} + W_{{h{gate}}} h_{{t-1}}{b_h}"
