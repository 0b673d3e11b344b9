"""What was found in a file, for the visitor to confirm or to correct."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final, TypeVar

import numpy as np
import streamlit as st

from rnnviz import own
from rnnviz.checkpoints import Splits
from rnnviz.checkpoints.checkpoint import STARTS
from rnnviz.names import CELL_LABELS, Pooling
from rnnviz.spec.described import form, joined, sizes
from rnnviz.ui.pages.your_network.files import Given
from rnnviz.ui.selection import MAX_CHARACTERS
from rnnviz.ui.shell import frame

Option = TypeVar("Option", bound=str)

NONE: Final = "None"
_ONE_HOT: Final = "None: one-hot vectors"
_SPLITS: Final[Mapping[Splits, str]] = {
    "words": "Words, upper and lower case alike",
    "exact words": "Words, upper and lower case different",
    "exact characters": "Single characters",
}

_GUESSED: Final = (
    "This file does not say which layer reads which: embedding and output layer are proposed by names and shapes. "
    "Compare one known input below."
)

_UNUSED: Final = "unused"
_OPEN: Final = "open"

_ONLY_THE_MAKER: Final = (
    "Only whoever has made the network knows it. If h depends on it in another way, rnnviz.capture reads the model in "
    "Python."
)

_OVER_STEPS: Final[Mapping[Pooling, str]] = {"mean": "The mean over the steps", "max": "The maximum over the steps"}
_POOLED: Final[Mapping[Pooling, str]] = {
    "ends": "The end of each direction (h_n)",
    "last": "The output at the last step",
    **_OVER_STEPS,
}


def chosen(files: Given) -> own.Choice:
    """The choice that stands in the controls; each begins at the likeliest."""
    named = {part.name: part for part in files.parts}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = _one(files, "part", "Recurrent layer", list(named), lambda one: _described(named[one]))
        part = named[name]
        rest = own.without(files.tensors, _answered_as_start(files, part))
        proposal = own.proposed(part, rest, files.vocabulary)
        choice = own.with_head(proposal, _head(files, part, proposal), files.tensors)
        choice = _input(files, choice)
        if part.model.cell == "rnn":
            kinds = {"tanh": "tanh", "relu": "ReLU"}
            options = sorted(kinds, key=lambda one: one != proposal.nonlinearity)
            kind = _one(files, f"nonlinearity_{part.name}", "Activation", options, kinds.__getitem__)
            choice = replace(choice, nonlinearity="relu" if kind == "relu" else "tanh")
        if choice.head and choice.vocabulary and not _is_wide(files, choice):
            choice = replace(choice, pooling=_pooling(files, choice))
    with frame.place():
        _say(files, choice, rest)
    with frame.place():
        choice = _answered(files, choice)
        if _is_wide(files, choice):
            st.caption(frame.plain(_likeliest_alone(files, choice)))
    with frame.place():
        return _classes(files, choice)


def _say(files: Given, choice: own.Choice, rest: Mapping[str, np.ndarray]) -> None:
    """What is not shown of the file, what is assumed, and what was not taken for what, each with its reason."""
    for reason in files.tensors.left_out:
        st.caption(frame.plain(f"Not shown: {reason}."))
    for reason in (*files.tensors.assumed, *own.assumed_of(choice, files.tensors)):
        st.caption(frame.plain(f"Assumed: {reason}."))
    tokens = None if files.vocabulary is None else len(files.vocabulary.tokens)
    refused = {
        "embedding": own.no_embeddings(choice.part, rest, tokens),
        "output layer": own.no_heads(choice.part, rest),
    }
    for role, reasons in refused.items():
        for name, reason in reasons:
            if name not in (choice.embedding, choice.head):
                st.caption(frame.plain(f"Not taken as {role}: {reason}."))
    if not files.tensors.says_readers and (choice.embedding or choice.head):
        st.caption(_GUESSED)


def _answered(files: Given, choice: own.Choice) -> own.Choice:
    """With what h depends on beside the weights, by the visitor's word; why it might is said above it."""
    found = own.doubts(choice, files.tensors)
    for reason in found.values():
        st.caption(frame.plain(f"To be answered: {reason}."))
    fitting = [name for name in found if own.can_start(choice.part, files.tensors[name])]
    said = {name: _use_of(files, choice, name) for name in fitting}
    begun = {use: name for name, use in reversed(said.items()) if use in STARTS}
    unused = [name for name, use in said.items() if use == _UNUSED]
    if others := [name for name in found if name not in fitting]:
        says = st.checkbox(
            "h depends on none of these tensors" if not fitting else f"h does not depend on {', '.join(others)}",
            key=f"your_network.unused_{choice.part.name}_{files.network}", help=_ONLY_THE_MAKER,
        )  # fmt: skip
        unused += others if says else []
    start = tuple(begun.get(state, "") for state in STARTS) if begun else choice.start
    return replace(choice, unused=tuple(unused), start=start[: 1 + (choice.part.model.cell == "lstm")])


def _use_key(files: Given, part: own.Part, name: str) -> str:
    return f"your_network.use_{part.name}_{name}_{files.network}"


def _answered_as_start(files: Given, part: own.Part) -> list[str]:
    """The tensors that the visitor has said a layer begins with, in controls that stand below what follows from it."""
    return [name for name in files.tensors if st.session_state.get(_use_key(files, part, name)) in STARTS]


def _use_of(files: Given, choice: own.Choice, name: str) -> str:
    """What the visitor says that the network does with a tensor which may be the state it begins with."""
    uses = {
        _OPEN: "Please choose",
        STARTS[0]: "h begins with it, as it is",
        **({STARTS[1]: "c begins with it, as it is"} if choice.part.model.cell == "lstm" else {}),
        _UNUSED: "h does not depend on it",
    }
    key = _use_key(files, choice.part, name)
    return st.selectbox(
        frame.plain(name), list(uses), key=key, format_func=uses.__getitem__, width=330, help=_ONLY_THE_MAKER
    )


def known_pair(files: Given, choice: own.Choice) -> tuple[str, str]:
    """What the owner knows of the network, as it was typed: an input, and its outputs for that."""
    with st.expander("Check it: what does your model give for one input?", key=f"your_network.pair_{files.network}"):
        left, right = frame.pair("your_network_pair", (1, 1))
        kind = "A text" if choice.vocabulary is not None else "One row of numbers for each time step"
        given = left.text_area(kind, key=f"your_network.known_input_{files.network}", max_chars=MAX_CHARACTERS)
        outputs = right.text_area(
            "Outputs of your model for it", key=f"your_network.known_outputs_{files.network}", max_chars=MAX_CHARACTERS,
            help="Logits or probabilities, with at least two decimals: one row for the whole input, or one row for "
            "each time step. The model must be in evaluation mode.",
        )  # fmt: skip
    return given, outputs


def tensors_table(files: Given, choice: own.Choice) -> list[dict[str, str]]:
    """Every tensor of the file, its shape, and what it is taken for."""
    roles = {choice.embedding: "embedding"} | {choice.head: "output layer"}
    if choice.head:
        roles[f"{choice.head.removesuffix('weight')}bias"] = "output layer"

    def role(name: str) -> str:
        return "recurrent layer" if own.is_of(choice.part, name) else roles.get(name, "not used")

    return [
        {"Tensor": name, "Shape": " × ".join(map(str, tensor.shape)), "Taken for": role(name)}
        for name, tensor in files.tensors.items()
    ]


def _described(part: own.Part) -> str:
    model = part.model
    reset = form(model) if model.resets_before else ""  # the activation is chosen beside it
    return f"{part.name or 'the whole file'}: {joined(CELL_LABELS[model.cell], reset, sizes(model))}"


def _head(files: Given, part: own.Part, proposal: own.Choice) -> str:
    if not part.heads:
        return ""
    options = list(dict.fromkeys((proposal.head, *part.heads, "")))
    # An answer to what h begins with may bring another proposal, which is then shown.
    key = f"head_{part.name}_{proposal.head}"
    return _one(files, key, "Output layer", options, lambda name: _matrix(files.tensors, name, NONE))


def _input(files: Given, choice: own.Choice) -> own.Choice:
    """With the embedding and how a text is split; without a vocabulary, whether tokens have numbers for names."""
    part, vocabulary = choice.part, files.vocabulary
    one_hot = vocabulary is not None and len(vocabulary.tokens) == part.model.input_size
    options = list(dict.fromkeys((choice.embedding, *part.embeddings, "")))
    none = _ONE_HOT if one_hot else "None: it reads numbers"
    name = _one(
        files, f"embedding_{part.name}", "Embedding", options, lambda name: _matrix(files.tensors, name, none)
    ) if part.embeddings else ""  # fmt: skip
    choice = own.with_embedding(choice, name, files.tensors, vocabulary)
    if choice.vocabulary is None:
        return choice
    usual = choice.splits
    if vocabulary and vocabulary.tokenizer is not None:
        _one(files, "splits", "Text is split into", ["pieces"], lambda _: "Tokens, by the tokenizer")
        return choice
    kinds = sorted(_SPLITS, key=lambda one: one != usual)
    return replace(choice, splits=_one(files, "splits", "Text is split into", kinds, _SPLITS.__getitem__))


def _pooling(files: Given, choice: own.Choice) -> Pooling:
    """What the output layer is given of a text, first what the file says; in one direction the last step is the end."""
    part = choice.part
    kinds = _POOLED if part.model.bidirectional else {"ends": "The last step", **_OVER_STEPS}
    options = sorted(kinds, key=lambda one: one != choice.pooling)
    return _one(
        files, f"pooling_{part.name}_{choice.head}", "The output layer gets", options, kinds.__getitem__
    )  # fmt: skip


def _classes(files: Given, choice: own.Choice) -> own.Choice:
    """With the names of the outputs, if the visitor gives as many as there are; of many they are the tokens."""
    if not choice.head or _is_wide(files, choice):
        return choice
    count = len(files.tensors[choice.head])
    read = choice.vocabulary
    usual = (
        ", ".join(read.tokens) if read and len(read.tokens) == count and not any("," in t for t in read.tokens) else ""
    )
    asked = f"Names of the outputs ({count})" if count > 1 else "Names of the two classes of the logit"
    of = files.key if usual else files.network
    typed = st.text_input(
        f"{asked}, with commas between (optional)",
        value=usual, key=f"your_network.classes_{of}_{choice.head}", max_chars=MAX_CHARACTERS,
    )  # fmt: skip
    names = tuple(name.strip() for name in typed.split(",") if name.strip())
    return replace(choice, classes=names)


def _is_wide(files: Given, choice: own.Choice) -> bool:
    """Whether the output layer has too many outputs to show each."""
    return bool(choice.head) and len(files.tensors[choice.head]) > own.MOST_OUTPUTS


def _likeliest_alone(files: Given, choice: own.Choice) -> str:
    """What is shown of an output layer with many outputs, and by which names."""
    rows, read = len(files.tensors[choice.head]), choice.vocabulary
    tokens = len(files.tensors[choice.embedding]) if choice.embedding else len(read.tokens) if read else 0
    named = "called by its token" if rows == tokens else "called by its number, since it has no token"
    return (
        f"{choice.head} has {rows:,} outputs. The pages show the likeliest output of each step with its probability, "
        f"{named}. They draw the outputs one by one only if there are at most {own.MOST_OUTPUTS}."
    )


def _matrix(tensors: Mapping[str, np.ndarray], name: str, none: str) -> str:
    return f"{name} ({' × '.join(map(str, tensors[name].shape))})" if name else none


def _one(files: Given, name: str, label: str, options: Sequence[Option], shown: Callable[[Option], str]) -> Option:
    picked: Option = st.selectbox(
        label, options, key=f"your_network.{name}_{files.key}", format_func=shown, width=330,
        disabled=len(options) == 1,
    )  # fmt: skip
    return picked
