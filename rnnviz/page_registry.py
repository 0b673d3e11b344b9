"""The pages, a row each, for navigation, links, tours and exports. A new page is a row here and files of its own."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final


@dataclass(frozen=True)
class Target:
    """A figure or a widget of a page; ``Page.targets`` has it by its key.

    Attributes:
        what: Its name.
        view: The part of a link that leads to its view; empty for the view with which the page opens.
    """

    what: str
    view: str = ""


@dataclass(frozen=True, eq=False)
class Page:
    """A page of the lecture path.

    Attributes:
        path: Of its script, as ``st.page_link`` takes it; the number in it tells its file from all others. Its place is
            that in ``PAGES``.
        title, question, answer: Its name, the question it answers, and how.
        opening: Changes to the lecture's own example, for a visitor who has chosen nothing yet.
        choices: Choices of its views with which it is first shown, where that is not the first of each.
        targets: What a stop of a tour may point at.
        takes: What it shows of a visitor's network and text from another page: ``NETWORK`` for both, ``REVIEW`` for a
            network that classifies or a text alone; empty for pages with networks of their own, or with none.
        takes_in: The choices, each by its name and its value, with one of which alone it does; none for all.
    """

    path: str
    title: str
    question: str
    answer: str = ""
    opening: Mapping[str, str | int] = field(default_factory=dict)
    choices: Mapping[str, str] = field(default_factory=dict)
    targets: Mapping[str, Target] = field(default_factory=dict)
    takes: str = ""
    takes_in: tuple[tuple[str, str], ...] = ()

    @property
    def address(self) -> str:
        """Its title as addresses write it."""
        return self.title.replace(" ", "_")


NETWORK: Final = "network"
REVIEW: Final = "review"

_WORDS: Final = "cell=lstm&input=words"
_SEQUENCES: Final = "views=sequences.view:"
_GATES: Final = f"{_WORDS}&views=gates.view:"
_GRADIENTS: Final = f"{_WORDS}&views=gradients.view:"
_STATES: Final = f"{_WORDS}&views=hidden_states.view:"

_LONG_SENTENCE: Final = (
    "The film my sister had wanted to see since she read the book that her friend wrote last year on a boat was not "
    "nearly as good as they both hoped"
)
"""Who was disappointed stands at its beginning, with what at its end."""

HOME: Final = Page("app.py", "Home", "What does a recurrent network do while it reads?")
SEQUENCES: Final = Page(
    "pages/1_Sequences.py",
    "Sequences",
    "What kinds of sequence problem are there?",
    "Five kinds of problem, each with a drawing and a small trained network; how text becomes numbers and vectors.",
    choices={"sequences.kind": "in-step"},
    targets={
        "sequences.kinds": Target("the five kinds"),
        "sequences.unrolled": Target("the network on its sequence"),
        "sequences.counts": Target("the two bags of words", f"{_SEQUENCES}order"),
        "sequences.states": Target("the states of both texts", f"{_SEQUENCES}order"),
        "sequences.shuffled": Target("the words shuffled", f"{_SEQUENCES}order"),
        "sequences.numbers": Target("the text as an array", f"{_SEQUENCES}text-to-numbers"),
        "sequences.one_hot": Target("the product with a one-hot vector", f"{_SEQUENCES}embeddings"),
        "sequences.classes": Target("the map of embeddings", f"{_SEQUENCES}embeddings"),
        "sequences.update": Target("one update of word vectors", f"{_SEQUENCES}word-vectors"),
        "sequences.loss": Target("the loss of the word vectors", f"{_SEQUENCES}word-vectors"),
        "sequences.vectors": Target("the map of word vectors", f"{_SEQUENCES}word-vectors"),
        "sequences.guesses": Target("the guesses for the blank", f"{_SEQUENCES}masked-word"),
        "sequences.by_word": Target("every word in turn as the blank", f"{_SEQUENCES}masked-word"),
    },
)
STEP_THROUGH: Final = Page(
    "pages/2_Step_through.py",
    "Step through",
    "What happens inside the cell at every step?",
    "The unrolled network, one step at a time: every product, gate and state, and how each number is computed.",
    opening={"t": 1},
    targets={"step_through": Target("the network, step by step")},
    takes=NETWORK,
)
HIDDEN_STATES: Final = Page(
    "pages/3_Hidden_states.py",
    "Hidden states",
    "How do h and c change over time?",
    "Every unit at every word, for three cells side by side, and which units are on in a range that you select.",
    opening={"cell": "lstm", "trained": "brackets"},
    targets={
        "hidden_states": Target("the heatmaps of the states", _WORDS),
        "hidden_states.path": Target("the path of the state", _WORDS),
    },
    takes=NETWORK,
)
GATES: Final = Page(
    "pages/4_Gates.py",
    "Gates",
    "When do the gates open, shut, saturate?",
    "Each gate of each unit over the words, how often it saturates, and how long each unit remembers.",
    opening={"cell": "lstm", "trained": "adding"},
    targets={
        "gates.time.panels": Target("the heatmaps of the gates", _WORDS),
        "gates.memory.panels": Target("the heatmaps of the gates that keep the state", f"{_GATES}unit-memory"),
        "gates.figure": Target("the figure", f"{_GATES}unit-memory"),
    },
    takes=NETWORK,
)
GRADIENTS: Final = Page(
    "pages/5_Gradients.py",
    "Gradients",
    "How far back does the gradient reach?",
    "How large the gradient is many steps before the loss, for three cells and their initializations, and why.",
    opening={"cell": "rnn", "input_size": 16, "hidden_size": 64, "input": "words", "words": _LONG_SENTENCE},
    targets={
        "gradients.time": Target("the gradient over the steps", _WORDS),
        "gradients.length": Target("the gradient against the length", f"{_GRADIENTS}against-length"),
        "gradients.singular": Target("the singular values", f"{_GRADIENTS}why"),
        "gradients.jacobian": Target("the Jacobians", f"{_GRADIENTS}why"),
        "gradients.triangle": Target("which loss reaches which step", f"{_GRADIENTS}which-loss-reaches-which-step"),
        "gradients.words": Target("the coloured input", f"{_GRADIENTS}on-the-input"),
    },
    takes=NETWORK,
)
CLIPPING: Final = Page(
    "pages/6_Clipping.py",
    "Clipping",
    "What does clipping prevent?",
    "A cliff in the loss that throws gradient descent off, and networks trained with and without clipping.",
    choices={"training.preset": "irnn-10-steps-sgd"},
    targets={
        "cliff": Target("the map of the cliff"),
        "cliff.steps": Target("the two descents, step by step"),
        "rates": Target("the loss for each learning rate", "views=clipping.view:learning-rates"),
        "training.loss": Target("the loss", "views=clipping.view:in-training"),
        "training.grad_norm": Target("the norm of the gradient", "views=clipping.view:in-training"),
        "training.update_norm": Target("the length of the updates", "views=clipping.view:in-training"),
        "training.singular_value": Target("the largest singular value", "views=clipping.view:in-training"),
        "training.dead": Target("the dead units", "views=clipping.view:in-training"),
        "training.answers": Target("the outputs", "views=clipping.view:in-training"),
        "thresholds.thresholds": Target("the loss for each threshold", "views=clipping.view:thresholds"),
        "thresholds.shares": Target("the share of clipped updates", "views=clipping.view:thresholds"),
    },
)
MEMORY: Final = Page(
    "pages/7_Memory.py",
    "Memory",
    "How far back can a network remember?",
    "Tasks that need memory over 5 to 100 steps: which cells solve them, and what truncated backpropagation loses.",
    targets={
        "memory.grid": Target("which cells solve the task"),
        "memory.scores": Target("the trainings"),
        "memory.example": Target("the task", "views=memory.view:the-task"),
        "memory.window": Target("what truncated backpropagation loses", "views=memory.view:truncated-backpropagation"),
    },
)
SENTIMENT: Final = Page(
    "pages/8_Sentiment.py",
    "Sentiment",
    "Is this review positive?",
    "A trained BiLSTM predicts while you type: word by word, for each direction, and which words decide.",
    opening={"cell": "lstm", "trained": "reviews-bilstm"},
    targets={
        "sentiment.review": Target("the review"),
        "sentiment.words": Target("the prediction word by word"),
        "sentiment.map": Target("the embeddings of all words", "views=sentiment.view:tokens"),
        "sentiment.importance": Target("the importance of each word", "views=sentiment.view:why"),
        "sentiment.orders": Target("other orders of the words", "views=sentiment.view:what-if"),
        "sentiment.padding": Target("what padding does", "views=sentiment.view:traps"),
        "sentiment.epochs": Target("the training", "views=sentiment.view:its-training"),
        "sentiment.confusion": Target("the confusion matrix", "views=sentiment.view:its-training"),
        "sentiment.reliability": Target("the calibration", "views=sentiment.view:its-training"),
    },
    takes=REVIEW,
)
ATTENTION: Final = Page(
    "pages/9_Attention.py",
    "Attention",
    "Where does the network look?",
    "A sequence translated with and without attention, step by step: each score, each weight, and what your changes "
    "do.",
    choices={"attention.score": "dot-product"},
    targets={
        "attention.decoding": Target("the decoding, step by step"),
        "attention.reverse": Target("accuracy against length", "views=attention.view:against-length"),
        "attention.words": Target("the weights of the words", "views=attention.view:on-a-review"),
        "attention.agreement": Target("attention against importance", "views=attention.view:on-a-review"),
    },
    takes=REVIEW,
    takes_in=(("attention.view", "on-a-review"), ("attention.view", "sentiment")),
)
CHARACTERS: Final = Page(
    "pages/10_Characters.py",
    "Characters",
    "What does a character RNN learn?",
    "Text generated character by character, what single units track, and a network that learns while you watch.",
    targets={
        "characters.writing": Target("the text as it is generated"),
        "characters.bars": Target("the probabilities", "views=characters.view:temperature"),
        "characters.entropy": Target("the entropy", "views=characters.view:temperature"),
        "characters.example": Target("the softmax of three numbers", "views=characters.view:temperature"),
        "characters.neurons": Target("the text coloured by a unit", "views=characters.view:neurons"),
        "characters.match": Target("the text with a phrase", "views=characters.view:match"),
        "characters.curves": Target("the training", "views=characters.view:learning"),
    },
)

DYNAMICS: Final = Page(
    "pages/17_Dynamics.py",
    "Dynamics",
    "Where would the state go if the input stopped?",
    "The states at which a network rests under a constant input: what it can remember, and for how long.",
    opening={"cell": "gru", "trained": "flip-flop", "t": 2},
    targets={
        "dynamics.plane": Target("the plane of the states"),
        "dynamics.eigenvalues": Target("the eigenvalues", "views=dynamics.view:eigenvalues"),
        "dynamics.modes": Target("the leading modes", "views=dynamics.view:leading-modes"),
        "dynamics.automaton": Target("the automaton", "views=dynamics.view:automaton"),
        "dynamics.word": Target("the network on the word", "views=dynamics.view:automaton"),
    },
    takes=NETWORK,
)
INTERVENTIONS: Final = Page(
    "pages/18_Interventions.py",
    "Interventions",
    "What does a unit do to the output?",
    "States and gates ablated, clamped, patched and steered while the network runs, and what follows from it.",
    opening={"cell": "gru", "trained": "brackets", "interventions": "clamp:h@0:u2=1"},
    targets={
        "interventions.panels": Target("the states before and after"),
        "interventions.output": Target("the output before and after"),
        "interventions.grid": Target("the effect of each patch", "views=interventions.view:patch-grid"),
        "interventions.units": Target("what is lost without each unit", "views=interventions.view:each-unit"),
        "interventions.probes": Target("the accuracy of the probes", "views=interventions.view:probe"),
        "interventions.direction": Target("the direction of a probe", "views=interventions.view:probe"),
    },
    takes=NETWORK,
)
IN_CODE: Final = Page(
    "pages/11_In_code.py",
    "In code",
    "How is this written in PyTorch?",
    "The sentiment program and an RNN by hand, block by block: what each line gives, and the part of the network "
    "that it is.",
    targets={
        "in_code.sentiment": Target("the sentiment program"),
        "in_code.manual": Target("the RNN by hand", "views=in_code.view:manual-loop"),
    },
)

GLOSSARY: Final = Page(
    "pages/12_Glossary.py",
    "Glossary",
    "What does this word mean?",
    "The terms of all pages in alphabetical order, each with a link to a view that shows it.",
)
REFERENCES: Final = Page(
    "pages/13_References.py",
    "References",
    "Which papers, books and programs does rnnviz use?",
    "All sources in alphabetical order, each with what is taken from it and links to the pages that use it.",
)

COMPARISON: Final = Page(
    "pages/14_Comparison.py",
    "Comparison",
    "Which cell does what, and what helps against vanishing and exploding gradients?",
    "RNN, GRU and LSTM beside each other by all that was measured here, and the remedies with what each of them did.",
)

YOUR_NETWORK: Final = Page(
    "pages/15_Your_network.py",
    "Your network",
    "What does my own network do while it reads?",
    "Open the file of a network that you trained in PyTorch or Keras: its states, gates and gradients on every page.",
)

YOUR_TRAINING: Final = Page(
    "pages/16_Your_training.py",
    "Your training",
    "What happens inside my network while it trains?",
    "Watch a training of your own with one line of Python: gradients by step, norms, units, gates, and what is wrong.",
)

BESIDE: Final = (GLOSSARY, REFERENCES, COMPARISON, YOUR_NETWORK, YOUR_TRAINING)
"""Beside the course: prose leads to them."""

GROUPS: Final[Mapping[str, tuple[Page, ...]]] = {
    "Basics": (SEQUENCES, STEP_THROUGH, HIDDEN_STATES, GATES),
    "Training": (GRADIENTS, CLIPPING, MEMORY),
    "Applications": (SENTIMENT, ATTENTION, CHARACTERS),
    "Inside": (DYNAMICS, INTERVENTIONS),
    "Yours": (IN_CODE, YOUR_NETWORK, YOUR_TRAINING),
    "Look up": (COMPARISON, GLOSSARY, REFERENCES),
}
"""The pages below Home in the navigation, by the headings over them."""

PAGES: Final = tuple(page for pages in GROUPS.values() for page in pages if page not in BESIDE)
"""In the order of the course."""

BY_TITLE: Final = {page.title: page for page in (HOME, *PAGES, *BESIDE)}
BY_ADDRESS: Final = {page.address: page for page in PAGES}

INSIDE: Final = (HIDDEN_STATES, GATES, GRADIENTS)
"""The pages that show any trained network from inside."""

PARAMETERS: Final = (
    "v", "trained", "cell", "input_size", "hidden_size", "num_layers", "output_size", "bidirectional", "bias",
    "nonlinearity", "seed", "forget_bias", "recurrent", "recurrent_scale", "reset", "input", "numbers", "words",
    "after", "second", "layer", "direction", "t", "picture", "fold", "present", "notation", "tour", "units", "span",
    "threshold", "views", "entries", "edits", "interventions",
)  # fmt: skip
"""The parameters of a link to any page: the version, and the fields of what a visitor looks at."""
