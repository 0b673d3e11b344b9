"""A ``tokenizer.json`` of each kind, as the package trains it on a few sentences."""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

SENTENCES: Final = ["the film was good", "the film was bad", "a good film and a bad one", "unseen and unheard"] * 5
KINDS: Final = ("bytes", "wordpiece", "unigram")


@cache  # two trainings number the tokens differently
def made(kind: str) -> str:
    """The text of the file."""
    return {"bytes": _bytes, "wordpiece": _wordpiece, "unigram": _unigram}[kind]().to_str()


def changed(kind: str, **parts: Mapping[str, Any]) -> str:
    """The same with other parts."""
    return json.dumps(json.loads(made(kind)) | parts)


def _bytes() -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer, tokenizer.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=280, initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator(SENTENCES, trainer)
    return tokenizer


def _wordpiece() -> Tokenizer:
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))  # noqa: S106 - a token
    tokenizer.normalizer, tokenizer.pre_tokenizer = normalizers.Lowercase(), pre_tokenizers.Whitespace()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
    tokenizer.train_from_iterator(SENTENCES, trainers.WordPieceTrainer(
        vocab_size=60, special_tokens=special, show_progress=False,
    ))  # fmt: skip
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    tokenizer.decoder = decoders.WordPiece()
    return tokenizer


def _unigram() -> Tokenizer:
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.pre_tokenizer, tokenizer.decoder = pre_tokenizers.Metaspace(), decoders.Metaspace()
    tokenizer.train_from_iterator(SENTENCES, trainers.UnigramTrainer(
        vocab_size=50, unk_token="<unk>", special_tokens=["<unk>"], show_progress=False,  # noqa: S106 - a token
    ))  # fmt: skip
    return tokenizer
