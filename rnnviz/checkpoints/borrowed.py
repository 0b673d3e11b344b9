"""Checkpoints that are the recurrent part of networks of another kind, read from the files of these."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from rnnviz.checkpoints.checkpoint import Checkpoint


@dataclass(frozen=True)
class Borrowed:
    """A kind of networks that ship, whose recurrent parts are checkpoints too.

    Attributes:
        folder: Where they lie among those that ship.
        files: The name of the checkpoint, and that of the file without its ending.
        read: The checkpoint, from its name, the bytes of the file and the text of its card's file. Files of another
            kind raise ValueError, KeyError or TypeError.
        has_card: Whether a file of that name in JSON has the card; otherwise the text is empty.
    """

    folder: str
    files: Mapping[str, str]
    read: Callable[[str, bytes, str], Checkpoint]
    has_card: bool = True

    def names(self, shipped: Path) -> tuple[str, ...]:
        """The checkpoints whose files lie in the folder of all networks that ship."""
        return tuple(name for name in self.files if self.path_of(name, shipped).is_file())

    def path_of(self, name: str, shipped: Path) -> Path:
        """Where the file of a checkpoint lies; it need not exist."""
        return shipped / self.folder / f"{self.files[name]}.safetensors"

    def checkpoint(self, name: str, content: bytes, path: Path) -> Checkpoint:
        """The checkpoint of a file's content, with the card beside it."""
        card = path.with_suffix(".json").read_text(encoding="utf-8") if self.has_card else ""
        return self.read(name, content, card)
