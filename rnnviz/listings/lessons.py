"""Short listings of a lecture on recurrent networks: shapes, gradients, cells, attention and a character network."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor, nn

from rnnviz import attention, capture, characters, figures, sentiment, show
from rnnviz.characters import CharacterModel
from rnnviz.listings.block import Block, Names
from rnnviz.listings.manual import MANUAL
from rnnviz.listings.sentiment import SENTIMENT
from rnnviz.trace import Trace


@dataclass(frozen=True)
class Lesson:
    """A heading of the notebook and the blocks under it; ``preamble`` are lines that the blocks need before them.

    >>> from rnnviz import listings
    >>> [lesson.heading for lesson in listings.LESSONS][:2]
    ['Kinds of sequence problem', 'An RNN by hand, against nn.RNN']
    """

    heading: str
    blocks: tuple[Block, ...]
    preamble: str = ""


# --- Kinds of sequence problem, by their shapes ---


def _in_step() -> Names:
    """Many to many, in step: the network gives an output at every step. The axes are batch, step and unit."""
    torch.manual_seed(0)
    x = torch.randn(4, 6, 3)  # 4 sequences, 6 steps, 3 features
    rnn = nn.RNN(3, 5, batch_first=True)
    output, h_n = rnn(x)
    return locals()


def _many_to_one(output: Tensor) -> Names:
    """Many to one: only the state of the last step goes on, as for the sentiment of a review."""
    last = output[:, -1]
    return locals()


def _one_to_many(x: Tensor, rnn: nn.RNN) -> Names:
    """One to many: the first input is given, and each output becomes the next input."""
    back = nn.Linear(5, 3)
    one, h = x[:, :1], None
    outputs = []
    for _ in range(4):
        state, h = rnn(one, h)
        one = back(state)
        outputs.append(one)
    written = torch.cat(outputs, dim=1)
    return locals()


def _delayed(x: Tensor, h_n: Tensor) -> Names:
    """Many to many, delayed: the last state of the encoder is the first state of the decoder, as in translation."""
    decoder = nn.RNN(3, 5, batch_first=True)
    start = torch.zeros(4, 1, 3)
    decoded, _ = decoder(start, h_n)
    return locals()


def _unrolled(x: Tensor, rnn: nn.RNN) -> Names:
    """`rnnviz.show` draws a network unrolled over its steps, here for the first of the four sequences. Click into the
    picture, then step with the arrow keys.
    """
    unrolled = show(rnn, x)
    return locals()


# --- The RNN by hand ---


def _step_through(x: Tensor, rnn: nn.RNN) -> Names:
    """The same RNN with all its arithmetic. The numbers of each step are those that are printed above."""
    arithmetic = show(rnn, x)
    return locals()


# --- Gradients ---


def _vanishing() -> Names:
    """The gradient of the last state is measured at every input of 60 steps. In an RNN with its default
    initialization it is almost zero at the first step.
    """
    torch.manual_seed(0)
    inputs = torch.randn(1, 60, 8, requires_grad=True)
    rnn = nn.RNN(8, 32, batch_first=True)
    states, _ = rnn(inputs)
    (by_input,) = torch.autograd.grad(states[:, -1].sum(), inputs)
    norms = by_input.norm(dim=2).squeeze(0)
    vanished = (norms[0] / norms[-1]).item()
    return locals()


def _vanishing_drawn(norms: Tensor) -> Names:
    """The axis is logarithmic, so a straight line is a factor that is the same at each step."""
    curve = figures.GradientCurve("rnn", "", norms[None].numpy())
    vanishing = figures.step_gradient_curves([curve], signal="x", at=59)
    return locals()


def _exploding(inputs: Tensor, rnn: nn.RNN) -> Names:
    """With an orthogonal recurrent matrix times 1.2 and the identity in place of tanh, each step back makes the
    gradient 1.2 times as long.
    """
    W = torch.nn.init.orthogonal_(torch.empty(32, 32)) * 1.2
    gradient = torch.ones(32)
    lengths = [gradient.norm().item()]
    for _ in range(60):
        gradient = gradient @ W
        lengths.append(gradient.norm().item())
    exploded = lengths[-1] / lengths[0]
    return locals()


def _exploding_drawn(lengths: list[float]) -> Names:
    """The lengths of this gradient, by the step that it has come back to."""
    curve = figures.GradientCurve("rnn", "orthogonal × 1.2", np.array([lengths[::-1]]))
    exploding = figures.step_gradient_curves([curve], at=60)
    return locals()


def _clipping(rnn: Any) -> Names:
    """`clip_grad_norm_` makes a gradient shorter if its norm is above `max_norm`, and keeps its direction. It returns
    the norm before.
    """
    loss = 100 * rnn(torch.ones(1, 20, 8))[0].pow(2).sum()
    loss.backward()
    before = nn.utils.clip_grad_norm_(rnn.parameters(), max_norm=1.0)
    after = nn.utils.get_total_norm([p.grad for p in rnn.parameters() if p.grad is not None])
    return locals()


# --- The cells with gates, one step by hand ---


def _lstm() -> Names:
    """An LSTM has three gates and a cell state c. Torch stacks the weights of the gates i
    and f, the candidate g and the gate o in one matrix for the input, and in another one for the state.
    """
    torch.manual_seed(0)
    sequence = torch.randn(1, 5, 3)
    lstm = nn.LSTM(3, 4, batch_first=True)
    lstm_output, _ = lstm(sequence)
    return locals()


def _lstm_by_hand(sequence: Tensor, lstm: Any) -> Names:
    """The forget gate multiplies the old cell state, and the input gate multiplies the candidate g. The
    new cell state is the sum of both products. The new h is the output gate times the tanh of the cell state.
    """
    h, c = torch.zeros(1, 4), torch.zeros(1, 4)
    for t in range(5):
        sums = sequence[:, t] @ lstm.weight_ih_l0.T + lstm.bias_ih_l0 + h @ lstm.weight_hh_l0.T + lstm.bias_hh_l0
        i, f, g, o = sums.chunk(4, dim=1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        h = torch.sigmoid(o) * torch.tanh(c)
    return locals()


def _inside(lstm: nn.LSTM, sequence: Tensor) -> Names:
    """`nn.LSTM` returns no gates. `rnnviz.capture` gives every gate of every step, with the axes layer, direction,
    batch, step and unit.
    """
    trace = capture(lstm, sequence)
    forget_gate = trace["f"]
    return locals()


def _gates_drawn(trace: Trace) -> Names:
    """All signals of the LSTM as heatmaps: a column is a step, a row is a unit."""
    heatmaps = show(trace)
    return locals()


def _cell_drawn(lstm: nn.LSTM, sequence: Tensor) -> Names:
    """The LSTM's cell at one step, with its three gates and its cell state."""
    cell = show(lstm, sequence, view="cell")
    return locals()


def _forget_gate_drawn(trace: Trace) -> Names:
    """`rnnviz.figures` draws traces with plotly. This is the forget gate alone."""
    forget_heatmap = figures.signal_heatmap(trace, "f")
    return locals()


def _gru(sequence: Tensor) -> Names:
    """A GRU has two gates and no cell state. n is the candidate for the new state. The reset gate
    r multiplies the part of n that comes from the previous state.
    """
    gru = nn.GRU(3, 4, batch_first=True)
    gru_output, _ = gru(sequence)
    return locals()


def _gru_by_hand(sequence: Tensor, gru: Any) -> Names:
    """The new state is a mixture: z of the old state and 1 - z of the candidate n."""
    h = torch.zeros(1, 4)
    for t in range(5):
        x_r, x_z, x_n = (sequence[:, t] @ gru.weight_ih_l0.T + gru.bias_ih_l0).chunk(3, dim=1)
        h_r, h_z, h_n = (h @ gru.weight_hh_l0.T + gru.bias_hh_l0).chunk(3, dim=1)
        r, z = torch.sigmoid(x_r + h_r), torch.sigmoid(x_z + h_z)
        n = torch.tanh(x_n + r * h_n)
        h = (1 - z) * n + z * h
    return locals()


# --- After the sentiment program ---


def _history_drawn(history: list[tuple[float, float, float, float]]) -> Names:
    """The loss and the accuracy after each epoch."""
    keys = ("loss", "accuracy", "validation_loss", "validation_accuracy")
    epochs = [{"phase": "train", **dict(zip(keys, epoch, strict=True))} for epoch in history]
    learning = figures.epoch_curves(epochs)  # type: ignore[arg-type]
    return locals()


def _word_by_word() -> Names:
    """A network of rnnviz that was trained on more reviews, and its prediction after each word of a text."""
    words = show(sentiment.load("bilstm"), "I expected it to be great, but it was terrible.")
    return locals()


# --- Two directions, two layers, attention ---


def _bidirectional(sequence: Tensor) -> Names:
    """The output of a bidirectional LSTM has the states of both directions side by side. The reverse direction has
    read the whole sequence at the first step, not at the last.
    """
    both = nn.LSTM(3, 4, batch_first=True, bidirectional=True)
    both_output, (both_h, _) = both(sequence)
    forward_end, reverse_end = both_output[:, -1, :4], both_output[:, 0, 4:]
    return locals()


def _layers(sequence: Tensor) -> Names:
    """With two layers, the states of the first layer are the inputs of the second. `output` has the states of the
    last layer, and `h_n` has the last state of each layer.
    """
    deep = nn.LSTM(3, 4, num_layers=2, batch_first=True)
    deep_output, (deep_h, _) = deep(sequence)
    return locals()


def _attention(both_output: Tensor) -> Names:
    """Attention gives each state a score, and softmax turns the scores into weights that sum to 1. The context is the
    weighted mean of all states.
    """
    query = torch.randn(8)
    scores = both_output @ query / 8**0.5
    weights = torch.softmax(scores, dim=1)
    context = (weights[:, :, None] * both_output).sum(dim=1)
    return locals()


def _attention_drawn() -> Names:
    """A trained network with attention that writes a date in another form. The weights of each output step are drawn
    over the source.
    """
    date = show(attention.load("dates-dot"), "5 March 1998")
    return locals()


# --- A character network ---


def _characters() -> Names:
    """A character network predicts the next character at every step. Its text is one sentence, again and again, so
    60 updates are enough.
    """
    torch.manual_seed(0)
    sentence = "a recurrent network reads one character at a time. "
    alphabet = sorted(set(sentence))
    codes = torch.tensor([alphabet.index(character) for character in sentence * 4])
    embed, reader = nn.Embedding(len(alphabet), 16), nn.LSTM(16, 64, batch_first=True)
    head = nn.Linear(64, len(alphabet))
    optimizer = torch.optim.Adam([*embed.parameters(), *reader.parameters(), *head.parameters()], lr=1e-2)
    for _ in range(60):
        predicted = head(reader(embed(codes[None, :-1]))[0])
        character_loss = nn.functional.cross_entropy(predicted[0], codes[1:])
        optimizer.zero_grad()
        character_loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    return locals()


def _sampling(
    alphabet: list[str], codes: Tensor, embed: nn.Embedding, reader: nn.LSTM, head: nn.Linear
) -> Names:  # fmt: skip
    """Each character is drawn from the softmax of the logits and becomes the next input. A temperature below 1 makes
    the likely characters more likely.
    """
    temperature, code = 0.5, codes[:1]
    memory: Any = None
    text = ""
    for _ in range(60):
        state, memory = reader(embed(code)[None], memory)
        probabilities = torch.softmax(head(state[0, -1]) / temperature, dim=0)
        code = torch.multinomial(probabilities, 1)
        text += alphabet[int(code)]
    return locals()


def _shipped() -> Names:
    """Some character networks of rnnviz are trained already. This one writes Python source."""
    python = characters.load("python-lstm")
    written_text = characters.generate(python, "def ", count=60, temperature=0.5, seed=0).text
    return locals()


def _units_drawn(python: CharacterModel, written_text: str) -> Names:
    """The states of this network while it reads its own text."""
    reading = show(python.trace(written_text), signals=("h", "c"))
    return locals()


_REVIEWS: Final = """\
from rnnviz import listings
from rnnviz.sentiment import synthetic

data = listings.pairs(synthetic.reviews(2_000, seed=0))"""

LESSONS: Final = (
    Lesson(
        "Kinds of sequence problem",
        (
            Block(
                "Many to many, in step",
                _in_step,
                prints="output.shape, h_n.shape",
                checks=("output.shape == (4, 6, 5)", "h_n.shape == (1, 4, 5)"),
            ),
            Block("Many to one", _many_to_one, prints="last.shape", checks=("last.shape == (4, 5)",)),
            Block("One to many", _one_to_many, prints="written.shape", checks=("written.shape == (4, 4, 3)",)),
            Block("Many to many, delayed", _delayed, prints="decoded.shape", checks=("decoded.shape == (4, 1, 5)",)),
            Block("Unrolled", _unrolled, draws="unrolled"),
        ),
    ),
    Lesson("An RNN by hand, against nn.RNN", (*MANUAL, Block("Step by step", _step_through, draws="arithmetic"))),
    Lesson(
        "Gradients vanish and explode",
        (
            Block("Vanishing", _vanishing, prints="vanished", checks=("vanished < 1e-6",)),
            Block("Vanishing, drawn", _vanishing_drawn, draws="vanishing"),
            Block("Exploding", _exploding, prints="exploded", checks=("1e4 < exploded < 1e5",)),
            Block("Exploding, drawn", _exploding_drawn, draws="exploding"),
            Block("Clipping by norm", _clipping, prints="before, after", checks=("before > 1", "after <= 1")),
        ),
    ),
    Lesson(
        "LSTM and GRU",
        (
            Block("LSTM", _lstm, prints="lstm_output.shape"),
            Block(
                "LSTM by hand", _lstm_by_hand, prints="h", checks=("torch.allclose(h, lstm_output[:, -1], atol=1e-6)",)
            ),
            Block(
                "Every gate of an LSTM",
                _inside,
                prints="trace, forget_gate.shape",
                checks=(
                    "forget_gate.shape == (1, 1, 1, 5, 4)",
                    "torch.allclose(torch.tensor(forget_gate[0, 0, :, -1]), torch.sigmoid(f), atol=1e-6)",
                ),
            ),
            Block("All signals, drawn", _gates_drawn, draws="heatmaps"),
            Block("The cell, drawn", _cell_drawn, draws="cell"),
            Block("The forget gate, drawn", _forget_gate_drawn, draws="forget_heatmap"),
            Block("GRU", _gru, prints="gru_output.shape"),
            Block("GRU by hand", _gru_by_hand, prints="h", checks=("torch.allclose(h, gru_output[:, -1], atol=1e-6)",)),
        ),
    ),
    Lesson(
        "The sentiment program",
        (
            *SENTIMENT,
            Block("Training, drawn", _history_drawn, draws="learning"),
            Block("A trained network, word by word", _word_by_word, draws="words"),
        ),
        _REVIEWS,
    ),
    Lesson(
        "Two directions, two layers, attention",
        (
            Block(
                "Bidirectional LSTM",
                _bidirectional,
                prints="both_output.shape, both_h.shape",
                checks=(
                    "both_output.shape == (1, 5, 8)",
                    "torch.equal(both_h[0], forward_end)",
                    "torch.equal(both_h[1], reverse_end)",
                ),
            ),
            Block(
                "Two layers",
                _layers,
                prints="deep_output.shape, deep_h.shape",
                checks=("deep_output.shape == (1, 5, 4)", "torch.equal(deep_h[-1], deep_output[:, -1])"),
            ),
            Block(
                "Attention over states",
                _attention,
                prints="weights, context.shape",
                checks=("context.shape == (1, 8)", "abs(weights.sum().item() - 1) < 1e-6"),
            ),
            Block("A trained network with attention", _attention_drawn, draws="date"),
        ),
    ),
    Lesson(
        "A character network",
        (
            Block("Training", _characters, prints="character_loss", checks=("character_loss < 1",)),
            Block("Sampling", _sampling, prints="text", checks=("len(text) == 60",)),
            Block("A trained network", _shipped, prints="written_text", checks=("written_text.startswith('def ')",)),
            Block("Its states, drawn", _units_drawn, draws="reading"),
        ),
    ),
)
"""In the order of the notebook."""
