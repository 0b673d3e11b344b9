"""A ``tokenizer.json`` that anybody may have written: its tokens, and texts as their numbers.

The library that reads it is written in Rust. It ends on files that it does not expect, a pattern in such a file may
take any time, and a replacement any memory. So it is loaded in a process that answers one request and ends:
``python -m rnnviz.tokenizing``.
"""

import json
import os
import reprlib
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from rnnviz import places
from rnnviz.caching import cached
from rnnviz.extras import require

if TYPE_CHECKING:
    from tokenizers import Tokenizer as Native

EXTRA: Final = "tokenizers"
"""The extra whose package reads these files."""

KINDS: Final = ("BPE", "WordPiece", "Unigram", "WordLevel")
"""The models that such a file may have."""

_SECONDS: Final = 10
_MOST_MEMORY: Final = 2 * 2**30
_MOST_LETTERS: Final = 600
_REFUSED: Final = 3
"""How the process ends if the file or a text is refused; it ends otherwise if the library crashes."""


@dataclass(frozen=True)
class Tokenizer:
    """What splits a text into the tokens of a vocabulary.

    Attributes:
        content: The text of the ``tokenizer.json``. It is not read before it is needed.

    >>> from rnnviz.tokenizing import Tokenizer
    >>> tokens = {"[UNK]": 0, "un": 1, "##seen": 2}
    >>> whole = {"model": {"type": "WordPiece", "vocab": tokens, "unk_token": "[UNK]", "max_input_chars_per_word": 100,
    ...     "continuing_subword_prefix": "##"}, "version": "1.0", "added_tokens": []}
    >>> tokenizer = Tokenizer(json.dumps(whole))
    >>> tokenizer.vocabulary() == (tokens, "[UNK]")
    True
    >>> tokenizer.numbers(["unseen", "film"])
    [[1, 2], [0]]
    """

    content: str = field(repr=False)

    @cached_property
    def digest(self) -> str:
        """The SHA-256 digest of the file."""
        return sha256(self.content.encode()).hexdigest()

    @property
    def cache_key(self) -> str:
        """What stands for it where results are kept."""
        return self.digest

    def vocabulary(self) -> tuple[dict[str, int], str]:
        """The number of each token, and the token that stands for what is not in the vocabulary; empty if none does.

        Raises:
            ValueError: If the package is missing, or the file is not what it should be.
        """
        found = _answer(self, {"ask": "vocabulary"})
        return found["numbers"], found["unknown"]

    def numbers(self, texts: Sequence[str], most: int = 1_000_000) -> list[list[int]]:
        """The numbers of the tokens of each text, the first ``most`` of them.

        Special tokens are added as the file says; nothing is padded or cut.

        Raises:
            ValueError: If the package is missing, or the file or a text is not what it should be, or takes too long.
        """
        whole = [text.encode("utf-8", "replace").decode("utf-8") for text in texts]
        found: list[list[int]] = _answer(self, {"ask": "numbers", "texts": whole, "most": most})["numbers"]
        return found

    def text_of(self, numbers: Sequence[int]) -> str:
        """A text of some tokens, without the special ones."""
        return str(_answer(self, {"ask": "text", "numbers": list(numbers)})["text"])


@cached(64)
def numbers_of(tokenizer: Tokenizer, text: str, most: int) -> list[int]:
    """The numbers of the tokens of one text, kept for whoever asks again; see ``Tokenizer.numbers``."""
    return tokenizer.numbers([text], most)[0]


def _answer(tokenizer: Tokenizer, request: Mapping[str, Any]) -> dict[str, Any]:
    require(EXTRA, "a tokenizer.json of pieces of words")
    try:
        ended = subprocess.run(
            [sys.executable, "-P", "-m", "rnnviz.tokenizing"],
            input=json.dumps({"content": tokenizer.content, **request}).encode(),
            capture_output=True, check=False, timeout=_SECONDS,
            env={**os.environ, **places.search_path(), "RAYON_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false",
                 "RUST_BACKTRACE": "0"},
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise ValueError(f"a tokenizer must read a text in {_SECONDS} seconds; this one took longer") from None
    if ended.returncode == _REFUSED:
        raise ValueError(ended.stderr.decode("utf-8", "replace")[:_MOST_LETTERS])
    if ended.returncode:
        raise ValueError("a tokenizer must be whole and split this text; the library that reads it ended at this one")
    answer: dict[str, Any] = json.loads(ended.stdout)
    return answer


def main() -> int:
    """Answer one request from the standard input; for ``Tokenizer`` alone."""
    if sys.platform == "linux":  # others have no such limit, or do not keep it
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    request = json.load(sys.stdin)
    try:
        answer = _OF[request["ask"]](_native(request["content"]), request)
    except Exception as error:  # noqa: BLE001 - the library raises bare ones; one that ends it is no Exception
        sys.stderr.buffer.write(f"a tokenizer.json must be as Hugging Face writes it; {error}".encode())
        return _REFUSED
    sys.stdout.write(json.dumps(answer))
    return 0


def _native(content: str) -> "Native":
    from tokenizers import Tokenizer as Native

    native = Native.from_str(content)
    native.no_padding()
    native.no_truncation()
    return native


def _vocabulary(native: "Native", request: Mapping[str, Any]) -> dict[str, Any]:
    numbers = native.get_vocab(with_added_tokens=True)
    model = json.loads(request["content"])["model"]
    unknown = model.get("unk_token") or ""
    if isinstance(place := model.get("unk_id"), int):
        unknown = native.id_to_token(place) or ""
    return {"numbers": numbers, "unknown": unknown if unknown in numbers else ""}


def _numbers(native: "Native", request: Mapping[str, Any]) -> dict[str, Any]:
    return {"numbers": [native.encode(text).ids[: request["most"]] for text in request["texts"]]}


def _text(native: "Native", request: Mapping[str, Any]) -> dict[str, Any]:
    return {"text": native.decode(request["numbers"])}


_OF: Final = {"vocabulary": _vocabulary, "numbers": _numbers, "text": _text}


def kind_of(data: object) -> str:
    """What a ``tokenizer.json`` has as its model, out of what JSON gives of it; empty for other files.

    Raises:
        ValueError: If it is none of ``KINDS``.
    """
    model = data.get("model") if isinstance(data, Mapping) else None
    if not isinstance(model, Mapping):
        return ""
    kind = model.get("type")
    if kind is None:  # as older files have it
        kind = "BPE" if "merges" in model else "Unigram" if isinstance(model.get("vocab"), list) else "WordPiece"
    if kind not in KINDS:
        raise ValueError(f"the model of a tokenizer.json must be one of {', '.join(KINDS)}; got {reprlib.repr(kind)}")
    return str(kind)


if __name__ == "__main__":
    sys.exit(main())
