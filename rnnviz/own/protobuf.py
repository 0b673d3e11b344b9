"""How much a message of protobuf would unpack to, counted on its bytes before anything is made of it."""

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from google.protobuf.descriptor import Descriptor, FieldDescriptor

_MOST_FIELDS: Final = 50_000
_MOST_PACKED: Final = 2**20
"""The most bytes of whole numbers side by side, of which each may take eight bytes once it is unpacked."""

_DEEPEST: Final = 32
_VARINT, _LONG, _BYTES, _SHORT = 0, 1, 2, 5
_WIDTHS: Final = {_LONG: 8, _SHORT: 4}


def check_message(content: bytes, descriptor: "Descriptor") -> None:
    """Refuse a message with too many parts.

    An empty message of two bytes becomes a whole object, so a file of them would become many times as large.

    Raises:
        ValueError: What is the most; or that the bytes are no message.
    """
    fields = packed = 0
    waiting: list[tuple[int, int, Descriptor, int]] = [(0, len(content), descriptor, 0)]
    while waiting:
        at, end, kind, depth = waiting.pop()
        if depth > _DEEPEST:
            raise ValueError(f"a file of protobuf must have messages at most {_DEEPEST} deep; got deeper ones")
        while at < end:
            fields += 1
            key, at = _varint(content, at, end)
            field = kind.fields_by_number.get(key >> 3)
            length = 0
            if key & 7 == _VARINT:
                _, at = _varint(content, at, end)
            elif key & 7 == _BYTES:
                length, at = _varint(content, at, end)
            elif key & 7 in _WIDTHS:
                length = _WIDTHS[key & 7]
            else:
                raise ValueError(f"a file of protobuf must have fields of known kinds; got kind {key & 7}")
            if length > end - at:
                raise ValueError("a file of protobuf must be whole; a part of it ends after its end")
            if field is not None and key & 7 == _BYTES:
                if field.message_type is not None:
                    waiting.append((at, at + length, field.message_type, depth + 1))
                elif _is_packed(field):
                    packed += length
            at += length
            if fields > _MOST_FIELDS or packed > _MOST_PACKED:
                raise ValueError(
                    f"a file of protobuf must have at most {_MOST_FIELDS:,} fields, and {_MOST_PACKED:,} bytes of "
                    "whole numbers; it has more"
                )


def _is_packed(field: "FieldDescriptor") -> bool:
    """Whether bytes of the field are numbers side by side that become larger."""
    fixed = (field.CPPTYPE_FLOAT, field.CPPTYPE_DOUBLE, field.CPPTYPE_STRING)
    return field.cpp_type not in fixed


def _varint(content: bytes, at: int, end: int) -> tuple[int, int]:
    """A number of up to ten bytes and where it ends."""
    value = shift = 0
    while at < end and shift < 70:
        byte = content[at]
        value |= (byte & 127) << shift
        at += 1
        if byte < 128:
            return value, at
        shift += 7
    raise ValueError("a file of protobuf must be whole; a number in it has no end")
