"""What a stop may point at: the figures and widgets of the pages, by the keys that they are shown under."""

from dataclasses import dataclass
from typing import Final

PAGES: Final = {
    "Sequences": "Sequences",
    "Step_through": "Step through",
    "Hidden_states": "Hidden states",
    "Gates": "Gates",
    "Gradients": "Gradients",
    "Clipping": "Clipping",
    "Memory": "Memory",
    "Sentiment": "Sentiment",
    "Attention": "Attention",
    "Characters": "Characters",
}
"""The pages that a tour may go to: what stands in the address, and the title."""


@dataclass(frozen=True)
class Target:
    """A figure or a widget of a page.

    Attributes
    ----------
    what : str
        What it is called.
    view : str
        Part of a link, after the page, to a view on which it is; empty for the one that the page opens with.
    """

    what: str
    view: str = ""


_WORDS: Final = "cell=lstm&input=words"
_SEQUENCES: Final = "views=sequences.view:"
_GATES: Final = f"{_WORDS}&views=gates.view:"
_GRADIENTS: Final = f"{_WORDS}&views=gradients.view:"
_STATES: Final = f"{_WORDS}&views=hidden_states.view:"

TARGETS: Final[dict[str, dict[str, Target]]] = {
    "Sequences": {
        "sequences.kinds": Target("the five kinds"),
        "sequences.unrolled": Target("the network on its sequence"),
        "sequences.counts": Target("the words counted", f"{_SEQUENCES}order"),
        "sequences.states": Target("the states of both texts", f"{_SEQUENCES}order"),
        "sequences.shuffled": Target("the words shuffled", f"{_SEQUENCES}order"),
        "sequences.numbers": Target("the text as an array", f"{_SEQUENCES}text-to-numbers"),
        "sequences.one_hot": Target("the product with a one-hot vector", f"{_SEQUENCES}embeddings"),
        "sequences.classes": Target("the map of embeddings", f"{_SEQUENCES}embeddings"),
    },
    "Step through": {"step_through": Target("the network, step by step")},
    "Hidden states": {
        "hidden_states": Target("the heatmaps of the states", _WORDS),
        "hidden_states.path": Target("the path of the state", _WORDS),
    },
    "Gates": {
        "gates.time.panels": Target("the heatmaps of the gates", _WORDS),
        "gates.memory.panels": Target("the heatmaps of what is kept", f"{_GATES}memory"),
        "gates.figure": Target("the figure", f"{_GATES}memory"),
    },
    "Gradients": {
        "gradients.time": Target("the gradient step by step back", _WORDS),
        "gradients.length": Target("the gradient against the length", f"{_GRADIENTS}against-length"),
        "gradients.singular": Target("the singular values", f"{_GRADIENTS}why"),
        "gradients.jacobian": Target("the Jacobians", f"{_GRADIENTS}why"),
        "gradients.triangle": Target("which loss reaches which step", f"{_GRADIENTS}which-loss-reaches-which-step"),
        "gradients.words": Target("the coloured input", f"{_GRADIENTS}on-the-input"),
    },
    "Clipping": {
        "cliff": Target("the map of the cliff"),
        "cliff.steps": Target("the two descents, step by step"),
        "training.loss": Target("the loss", "views=clipping.view:in-training"),
        "training.grad_norm": Target("the norm of the gradient", "views=clipping.view:in-training"),
        "training.update_norm": Target("the length of the updates", "views=clipping.view:in-training"),
        "training.singular_value": Target("the largest singular value", "views=clipping.view:in-training"),
        "training.dead": Target("the dead units", "views=clipping.view:in-training"),
        "training.answers": Target("the answers", "views=clipping.view:in-training"),
        "thresholds.thresholds": Target("the loss for each threshold", "views=clipping.view:thresholds"),
        "thresholds.shares": Target("how often is clipped", "views=clipping.view:thresholds"),
    },
    "Memory": {
        "memory.grid": Target("which cell remembers how far"),
        "memory.scores": Target("the trainings"),
        "memory.example": Target("the task", "views=memory.view:the-task-drawn"),
        "memory.window": Target("what truncated training loses", "views=memory.view:truncated-backpropagation"),
    },
    "Sentiment": {
        "sentiment.review": Target("the review"),
        "sentiment.words": Target("the judgement word by word"),
        "sentiment.map": Target("all that it read at once", "views=sentiment.view:what-it-read"),
        "sentiment.importance": Target("what each word did", "views=sentiment.view:why"),
        "sentiment.orders": Target("other orders of the words", "views=sentiment.view:what-if"),
        "sentiment.padding": Target("what padding does", "views=sentiment.view:traps"),
        "sentiment.epochs": Target("the training", "views=sentiment.view:training"),
        "sentiment.confusion": Target("what is taken for what", "views=sentiment.view:training"),
        "sentiment.reliability": Target("how sure it is when it is right", "views=sentiment.view:training"),
    },
    "Attention": {
        "attention.decoding": Target("the decoding, step by step"),
        "attention.reverse": Target("accuracy against length", "views=attention.view:against-length"),
        "attention.words": Target("the weights of the words", "views=attention.view:sentiment"),
        "attention.agreement": Target("weights against importance", "views=attention.view:sentiment"),
    },
    "Characters": {
        "characters.writing": Target("the text as it is written"),
        "characters.bars": Target("the probabilities", "views=characters.view:temperature"),
        "characters.entropy": Target("the entropy", "views=characters.view:temperature"),
        "characters.example": Target("the softmax of three numbers", "views=characters.view:temperature"),
        "characters.neurons": Target("the text in the colours of a unit", "views=characters.view:neurons"),
        "characters.match": Target("the text with a phrase", "views=characters.view:match"),
        "characters.curves": Target("the training", "views=characters.view:learning"),
    },
}
"""By the title of the page."""
