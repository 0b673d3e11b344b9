"""YAML that anybody may have written, read only as texts, lists and mappings.

PyYAML's parser finds out what stands where; the types that it infers (dates, numbers, Python objects) are not used.
Anchors are refused: with them, a small file can expand to gigabytes.
"""

import reprlib
from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Any, Final, TypeAlias

import yaml

Node: TypeAlias = Any
"""A node of PyYAML, which has no types."""

MAX_DEPTH: Final = 6
MAX_EVENTS: Final = 10_000
_TAGS: Final = ("str", "int", "float", "bool", "null", "timestamp", "seq", "map")


def composed(text: str) -> Node:
    """The only document of a text.

    Raises:
        ValueError: If it is no YAML, or has anchors, tags or more levels than a lecture needs.
    """
    try:
        _check_events(text)
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise ValueError(f"line {mark.line + 1 if mark else 1}: this is no YAML: {error.problem}") from None
    except yaml.YAMLError as error:
        raise ValueError(f"this is no YAML: {reprlib.repr(str(error))}") from None
    if node is None:
        raise ValueError("a lecture must have figures; got nothing")
    return node


def _check_events(text: str) -> None:
    depth = documents = 0
    for count, event in enumerate(yaml.parse(text, Loader=yaml.SafeLoader)):
        line = event.start_mark.line + 1
        if count >= MAX_EVENTS:
            raise ValueError(f"line {line}: a lecture must have at most {MAX_EVENTS:,} parts; got more")
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise ValueError(f"line {line}: anchors and aliases (& and *) are not read; got one")
        tag = getattr(event, "tag", None)
        if tag and tag.removeprefix("tag:yaml.org,2002:") not in _TAGS:
            raise ValueError(f"line {line}: tags are not read; got {reprlib.repr(tag)}")
        documents += isinstance(event, yaml.DocumentStartEvent)
        if documents > 1:
            raise ValueError(f"line {line}: a lecture must be one document; got another after ---")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            raise ValueError(f"line {line}: a lecture must have at most {MAX_DEPTH} levels; got more")


def line(node: Node) -> int:
    """The line that a node begins in, from 1."""
    return int(node.start_mark.line) + 1


def mapping(
    node: Node, what: str, known: Collection[str], older: Mapping[str, str] = MappingProxyType({})
) -> dict[str, Node]:
    """The values of a mapping by their keys, without empty ones.

    Args:
        what: The mapping's name in messages.
        known: The keys that it may have.
        older: Older names of some of these keys, with the names that they have now.

    Raises:
        ValueError: If the node is no mapping, or has an unknown key, or one key twice.
    """
    expected = ", ".join(known)
    if not isinstance(node, yaml.MappingNode):
        raise ValueError(f"line {line(node)}: {what} must be keys with values, of {expected}; got {_shown(node)}")  # noqa: TRY004 - of a text
    found: dict[str, Node] = {}
    for key, value in node.value:
        name = key.value if isinstance(key, yaml.ScalarNode) else ""
        name = older.get(name, name)
        if name not in known:
            raise ValueError(f"line {line(key)}: {what} may have {expected}; got {_shown(key)}")
        if name in found:
            raise ValueError(f"line {line(key)}: {what} must have one {name}; got another")
        found[name] = value
    return {name: value for name, value in found.items() if not _is_empty(value)}


def sequence(node: Node, what: str, most: int) -> list[Node]:
    """The items of a list; ``what`` names it in messages.

    Raises:
        ValueError: If the node is no list, is empty, or has more than ``most`` items.
    """
    if not isinstance(node, yaml.SequenceNode):
        raise ValueError(f"line {line(node)}: {what} must be a list, a dash before each; got {_shown(node)}")  # noqa: TRY004 - of a text
    if not 1 <= len(node.value) <= most:
        raise ValueError(f"line {line(node)}: {what} must be 1..{most:,}; got {len(node.value):,}")
    return list(node.value)


def text(node: Node, what: str, most: int) -> str:
    """A text without white space around it; ``what`` names it in messages.

    Raises:
        ValueError: If the node is no text, has more than ``most`` characters, or some that no slide file can hold.
    """
    if not isinstance(node, yaml.ScalarNode):
        raise ValueError(f"line {line(node)}: {what} must be a text; got {_shown(node)}")  # noqa: TRY004 - of a text
    said = str(node.value).strip()
    if len(said) > most:
        raise ValueError(f"line {line(node)}: {what} must have at most {most:,} characters; got {len(said):,}")
    bad = next(
        (char for char in said if not (char.isprintable() or char in "\n\t\u00ad\u200b\u200d\u3000\u00a0")), None
    )
    if bad is not None:
        raise ValueError(f"line {line(node)}: {what} must be readable text; got the character {bad!r}")
    return said


def words(node: Node, what: str, most: int) -> list[str]:
    """The words of a list, or of one text that separates them with commas."""
    if isinstance(node, yaml.ScalarNode):
        return [word.strip() for word in text(node, what, 1000).split(",")]
    return [text(one, what, 100) for one in sequence(node, what, most)]


def _is_empty(node: Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and not str(node.value).strip()


def _shown(node: Node) -> str:
    if isinstance(node, yaml.ScalarNode):
        return reprlib.repr(node.value)
    return "a list" if isinstance(node, yaml.SequenceNode) else "keys with values"
