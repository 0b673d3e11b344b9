"""A stranger's network, out of the file that it was saved in: what is recurrent in it, and it as a checkpoint."""

from rnnviz.checkpoints.bounds import MOST_BYTES, MOST_WEIGHTS
from rnnviz.checkpoints.classifiers import split, split_all
from rnnviz.own.checking import Pair, check, checked, read_pair, typed_pair
from rnnviz.own.choosing import (
    MOST_OUTPUTS,
    Choice,
    assumed_of,
    doubts,
    pooling_in,
    proposed,
    with_embedding,
    with_head,
)
from rnnviz.own.classifying import Classified, classify
from rnnviz.own.files import open_file
from rnnviz.own.opening import Files, checkpoint, family_of, named_after
from rnnviz.own.parts import Part, is_of, parts, weights_of
from rnnviz.own.proposals import no_embeddings, no_heads
from rnnviz.own.stacks import Tensors, without
from rnnviz.own.starting import can_start, state_after
from rnnviz.own.tensors import ENDINGS, beside, read
from rnnviz.own.vocabulary import Vocabulary, numbered, of_tokens, read_vocabulary

__all__ = [
    "ENDINGS",
    "MOST_BYTES",
    "MOST_OUTPUTS",
    "MOST_WEIGHTS",
    "Choice",
    "Classified",
    "Files",
    "Pair",
    "Part",
    "Tensors",
    "Vocabulary",
    "assumed_of",
    "beside",
    "can_start",
    "check",
    "checked",
    "checkpoint",
    "classify",
    "doubts",
    "family_of",
    "is_of",
    "named_after",
    "no_embeddings",
    "no_heads",
    "numbered",
    "of_tokens",
    "open_file",
    "parts",
    "pooling_in",
    "proposed",
    "read",
    "read_pair",
    "read_vocabulary",
    "split",
    "split_all",
    "state_after",
    "typed_pair",
    "weights_of",
    "with_embedding",
    "with_head",
    "without",
]
