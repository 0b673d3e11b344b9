"""The first lines of a script: the visitor's network in torch, its input, and its trace."""

from collections.abc import Iterable, Sequence

from rnnviz import checkpoints
from rnnviz.answers import noun_of
from rnnviz.checkpoints import EXACT, Checkpoint, held
from rnnviz.checkpoints.classifiers import pooling_of
from rnnviz.checkpoints.reviews import model_of as reviewer_of
from rnnviz.names import Direction
from rnnviz.runs import NETWORK
from rnnviz.spec import Edit, ModelSpec
from rnnviz.text import MAX_COLUMNS
from rnnviz.ui.codegen.source import Raw, call, literal, set_to
from rnnviz.ui.selection import (
    READERS,
    Selection,
    checkpoint_of,
    described,
    initial,
    network,
    rows_in,
    translator_of,
    unknown_steps,
    without_viewpoint,
)

_MODULES = {"rnn": "RNN", "lstm": "LSTM", "gru": "GRU"}
_ROWS = 10
"""The most rows, and numbers in a row, that are written out."""


def traced(selection: Selection, *, head: bool = False) -> str:
    """The network, its input, the output of its module alone, and the trace; the read-out too if ``head``.

    Returns:
        Lines that define ``rnn``, ``x``, ``tokens``, ``output``, ``h_n`` and ``trace``, and what is wanted of ``head``.
    """
    return f"{set_up(selection, head=head)}\n{captured(selection)}\n"


def captured(selection: Selection) -> str:
    """The output of the module alone, and the trace, from ``rnn``, ``x`` and ``tokens``."""
    states = "(h_n, c_n)" if selection.model.cell == "lstm" else "h_n"
    alone = "step by step" if selection.model.resets_before else "torch alone"
    told = "" if state_names(selection) else "  # and all gates"
    both = f"hx = {state_tuple(selection, '{}[:, None]')}\n" if len(state_names(selection)) == 2 else ""
    return (
        f"{both}output, {states} = rnn(x[None]{initial_argument(selection)})  # {alone}: h of the top layer\n"
        f"{capture_line(selection, 'trace')}{told}"
    )


def capture_line(selection: Selection, name: str) -> str:
    """The trace alone, under a name, from ``rnn``, ``x`` and ``tokens``."""
    return f"{name} = rnnviz.capture(rnn, x[None]{initial_argument(selection, 'hx=')}, tokens=[tokens])"


def initial_argument(selection: Selection, name: str = "") -> str:
    """The argument of the initial state for a batch of one, if it is not zero."""
    if len(state_names(selection)) == 2:  # a line of its own in ``captured``, as there is no room for two
        return f", {name}hx"
    return f", {name}{state_tuple(selection, '{}[:, None]')}" if state_names(selection) else ""


def state_names(selection: Selection) -> tuple[str, ...]:
    """What the initial states are called in scripts, ``h_0`` and for an LSTM ``c_0``; none where they are zeros."""
    if not (translator_of(selection.model) or selection.after or initial(selection)):
        return ()
    return ("h_0", "c_0") if selection.model.cell == "lstm" else ("h_0",)


def state_tuple(selection: Selection, form: str = "{}") -> str:
    """The initial state as torch's modules take it: one tensor, or of an LSTM two; ``form`` is that of each."""
    states = [form.format(name) for name in state_names(selection)]
    return states[0] if len(states) == 1 else f"({', '.join(states)})"


def initial_named(selection: Selection) -> dict[str, object]:
    """The initial state as ``reach`` takes it, if it is not zero; it needs ``input_lines`` or ``initial_lines``."""
    names = state_names(selection)
    return {"hx": Raw(f"[{', '.join(f'{name}.numpy()' for name in names)}]")} if names else {}


def initial_lines(selection: Selection) -> str:
    """Lines that define ``text``, ``decoding`` and the initial state ``h_0``; empty if that is zero.

    After another text, and of a file that has them, they define the initial states alone, and need ``known``.
    """
    names = state_names(selection)
    states = ", ".join(names) + "," * (len(names) == 1)
    if selection.after:
        edits = [edit for edit in selection.edits if edit.name != "x"]
        named: dict[str, object] = {"edits": edits} if edits else {}
        start = set_to("start", "own.state_after", Raw("known"), Raw("before"), **named)
        return f"before = {literal(selection.after)}\n{start}\n{states} = map(torch.from_numpy, start)"
    if not (whole := translator_of(selection.model)):
        return f"{states} = map(torch.tensor, known.start_of(known.model))" if names else ""
    return (
        f"text = {literal(selection.words)}\n"
        f"decoding = attention.load({literal(whole)}).decode(text)  # by the whole network\n"
        "h_0 = torch.tensor(decoding.start)[None]  # of the encoder"
    )


def set_up(selection: Selection, *, head: bool = False) -> str:
    """Lines that define ``rnn``, its input ``x`` and ``tokens``, and, if wanted, the read-out ``head``."""
    return f"{network_lines(network(selection), selection.edits, head=head)}\n\n{input_lines(selection)}\n"


def network_lines(model: ModelSpec, edits: Sequence[Edit] = (), *, head: bool = False) -> str:
    """A network by torch's own modules or ours, or a trained one; numbers that were typed over come last.

    Args:
        edits: Those of ``x`` are left to ``input_lines``.
        head: Whether the read-out is wanted.

    Returns:
        Lines that define ``rnn``, and ``head`` where it is wanted, or drawn before what comes after it.
    """
    with_head = model.output_size > 0 and (head or model.recurrent != "default")
    if model.trained:
        lines = [
            known_line(model),
            "network = rnnviz.build(known.model)",
            "rnn, head = network.rnn, network.head" if with_head else "rnn = network.rnn",
        ]
    else:
        module = "ResetBeforeGRU" if model.resets_before else f"nn.{_MODULES[model.cell]}"
        lines = [
            f"torch.manual_seed({model.seed})",
            set_to("rnn", module, model.input_size, model.hidden_size, **_options(model)),
        ]
        if with_head:
            width = model.hidden_size * len(model.directions)
            lines.append(f"head = nn.Linear({width}, {model.output_size})")
        lines.append(start_lines(model))
    places = [f"{place(edit)} = {literal(edit.value)}" for edit in edits if edit.name != "x"]
    places = [line for line in places if with_head or not line.startswith("head.")]
    return "\n".join(filter(None, [*lines, _without_gradient(places)]))


def known_line(model: ModelSpec) -> str:
    """The file of a trained network, as ``known``; nothing of an untrained one."""
    if not model.trained:
        return ""
    known = checkpoints.load(f"{model.trained}-{model.cell}")
    before = "# Trained on this server, which keeps its file.\n" if NETWORK.fullmatch(model.trained) else ""
    if known.family.startswith(held.FAMILY) and (needed := known.card.get("needs")):
        packages = " ".join(f'"{package}"' for package in needed.split())
        before = f"# To read the file: pip install {packages}\n"
    return f"{before}known = {loaded(known)}"


def loaded(known: Checkpoint) -> str:
    """The expression that loads a trained network: by its name, or out of the file that a visitor opened."""
    if not known.family.startswith(held.FAMILY):
        return f"checkpoints.load({literal(known.name)})"
    return call("own.open_file", known.card["label"], **known.card["opened"])


def model_of(model: ModelSpec) -> object:
    """A network's settings as a script has them: a trained one's are read from its file."""
    if model.trained:
        name = f"{model.trained}-{model.cell}"
        if checkpoints.load(name).model == model:
            return Raw(f"{loaded(checkpoints.load(name))}.model")
    return model


def place(edit: Edit) -> str:
    """The place of a number that was typed over, in torch's names."""
    index = ", ".join(map(str, edit.index))
    return f"{'' if edit.name == 'x' or edit.name.startswith('head.') else 'rnn.'}{edit.name}[{index}]"


def start_lines(model: ModelSpec) -> str:
    """The weights of an untrained network that do not start as torch draws them.

    Returns:
        Lines after the modules, in the order in which ``rnnviz.build`` draws; empty if there are none.
    """
    size, recurrent, others = model.hidden_size, list[str](), list[str]()
    if model.recurrent == "orthogonal":
        recurrent += [
            f"for block in weight.split({size}):",
            f"    random = torch.empty({size}, {size}, dtype=torch.float64)",
            "    block.copy_(nn.init.orthogonal_(random))",
        ]
    elif model.recurrent == "identity":
        gates = {"rnn": 1, "lstm": 4, "gru": 3}[model.cell]
        recurrent.append(f"weight.copy_(torch.eye({size}){f'.repeat({gates}, 1)' * (gates > 1)})")
    if model.recurrent_scale != 1:
        recurrent.append(f"weight.mul_({literal(float(model.recurrent_scale))})")
    if model.starts_small:
        others = ["else:", '    weight.normal_(0, 0.001 if "weight_ih" in name else 0)']
    elif model.has_forget_bias and model.forget_bias is not None:
        bias = literal(float(model.forget_bias))
        test = f'{"elif" if recurrent else "if"} name.startswith("bias"):'
        others = [test, f'    weight[{size}:{2 * size}] = {bias} if "bias_ih" in name else 0']
    if not recurrent and not others:
        return ""
    inside = ['if "weight_hh" in name:', *(f"    {line}" for line in recurrent)] if recurrent else []
    return _without_gradient(
        ["for name, weight in rnn.named_parameters():", *(f"    {line}" for line in (*inside, *others))]
    )


def input_lines(selection: Selection) -> str:
    """What the network reads, as a tensor of shape (time, feature), and a label a step.

    Returns:
        Lines that define ``x`` and ``tokens``, and ``h_0`` if the initial state is not zero; for a trained network they
        need ``known``.
    """
    known = checkpoint_of(selection.model)
    first = initial_lines(selection)
    changed = [f"{place(edit)} = {literal(float(edit.value))}" for edit in selection.edits if edit.name == "x"]
    if selection.input == "numbers":
        lines = [f"x = {_rows(selection.numbers)}", *changed, "tokens = row_labels(x.numpy())"]
        return "\n".join([*lines, first] if first else lines)
    if translator_of(selection.model):
        tokens = "tokens = decoding.inputs  # <start>, then what the network has output"
        return "\n".join([first, tokens, "x = torch.from_numpy(known.vectors(tokens))", *changed])
    split = "own.split(known, text)" if known and known.tokenizer else _split(known.splits if known else "words")
    read = "known.vectors(tokens)"
    if known is None:
        model = selection.model
        read = call("word_vectors", Raw("tokens"), model.input_size, seed=model.seed)
    lines = [f"text = {literal(selection.words)}", f"tokens = {split}", f"x = torch.from_numpy({read})", *changed]
    return "\n".join([*lines, first] if first else lines)


def _rows(text: str) -> str:
    rows = rows_in(text)
    if max(rows.shape) > _ROWS:
        wide = {"max_columns": rows.shape[1]} if rows.shape[1] > MAX_COLUMNS else {}
        return f"torch.from_numpy({call('parse_rows', text, **wide)})"
    lines = [Raw(literal(row)) for row in rows]
    whole = literal(lines)
    if len(rows) > 1:  # as it is thought of: a row a step
        whole = "[\n" + "".join(f"    {line},\n" for line in lines) + "]"
    return f"torch.tensor({whole})"


def _split(splits: str) -> str:
    """The expression that splits a text, as ``selection.READERS`` does."""
    if splits not in READERS or splits == "exact words":
        return "words_of(text)"
    if splits in ("characters", EXACT):
        return f"{splits.replace(' ', '_')}_of(text)"
    return f"tokens_of(text, has_marks={splits == 'review'})"


def _options(model: ModelSpec) -> dict[str, object]:
    """The arguments of a module that are not torch's defaults."""
    found: dict[str, object] = {"num_layers": model.num_layers} if model.num_layers > 1 else {}
    if model.cell == "rnn" and model.nonlinearity == "relu":
        found["nonlinearity"] = "relu"
    if not model.bias:
        found["bias"] = False
    return found | {"batch_first": True} | ({"bidirectional": True} if model.bidirectional else {})


def _without_gradient(lines: Iterable[str]) -> str:
    inside = "\n".join(f"    {line}" for line in lines)
    return f"with torch.no_grad():\n{inside}" if inside else ""


# --- What figures and widgets are told beside the trace ---


def outputs_lines(selection: Selection, *, name: str = "said") -> str:
    """Lines that define what a trained network outputs at each step, from ``known``, ``output``, ``head`` and ``x``.

    Args:
        name: What it is called.

    Returns:
        Nothing of a network whose outputs are not known.
    """
    known = checkpoint_of(selection.model)
    if known is None or pooling_of(known) in ("mean", "max"):
        return ""
    if whole := translator_of(selection.model):
        if any(edit.name != "x" for edit in selection.edits):
            return ""
        return (
            f"right = attention.load({literal(whole)}).task.right(text)\n"
            "right = (*right, decoding.symbols[-1]) if right else None\n"
            f"{name} = answers.decoded(decoding.output, decoding.probabilities, right)"
        )
    if known.outputs is not None:
        return f"{name} = answers.likeliest(known, output[0].numpy())"
    has_head = network(selection).output_size > 0
    logits = "logits = head(output[0]).numpy()  # (time, output)\n" if has_head else ""
    if reviewer := reviewer_of(known.name):
        states = "output[0].numpy(), logits" if has_head else "output[0].numpy()"
        reads = f"reader = sentiment.load({literal(reviewer)})\n"
        positive = f"positive = reader.concluded({states})\n"
        return f"{logits}{reads}{positive}{name} = answers.sentiment_answer(len(x), positive)"
    return f"{logits}{name} = answers.answers(known, logits, tokens, x.numpy())" if has_head else ""


def told_of_outputs(selection: Selection, *, name: str = "said") -> dict[str, object]:
    """What ``rnnviz.show`` is told of them."""
    known = checkpoint_of(selection.model)
    if known is None or not outputs_lines(selection):
        return {}
    noun = noun_of(known)
    return {"answers": Raw(name)} | ({"noun": noun} if noun else {})


def viewpoint(selection: Selection) -> dict[str, object]:
    """The title, the unknown steps, and the step and units with which a widget opens, as ``rnnviz.show`` takes them."""
    told: dict[str, object] = {"title": described.line(network(selection), len(selection.edits))}
    told |= {"unknown": list(unknown)} if (unknown := unknown_steps(without_viewpoint(selection))) else {}
    return told | ({"t": selection.t} if selection.t else {}) | ({"units": selection.units} if selection.units else {})


def captioned(selection: Selection, *, with_place: bool = True) -> dict[str, object]:
    """The layer and direction if they are not the first, and the caption's words on the network."""
    where = located(selection.layer, selection.direction) if with_place else {}
    return where | {"caption": list(described.sentences(selection))}


def shown_line(what: Raw, selection: Selection, *more: Raw, **options: object) -> str:
    """The statement that opens a widget of a trace, or of a module and its input ``more``."""
    where = located(selection.layer, selection.direction)
    return f"{call('rnnviz.show', what, *more, **options, **where)}.show()"


def located(layer: int, direction: Direction) -> dict[str, object]:
    """A layer and direction as figures take them, if they are not the first."""
    return ({"layer": layer} if layer else {}) | ({"direction": direction} if direction != "forward" else {})
