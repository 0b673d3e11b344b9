"""What a message of ``widgets.packing`` says, read back."""

import json
from typing import Any, Final

import numpy as np

from rnnviz.widgets.packing import Packed

TYPES: Final = {"f4": "<f4", "i2": "<i2", "i1": "<i1", "u2": "<u2"}


def decoded(packed: Packed) -> np.ndarray:
    """The numbers of an array as it is sent: as ``unpack`` of ``assets/components/shared/message.js``."""
    codes, levels = packed.codes, packed.levels
    if levels is None:
        return codes
    middle = 0.5 if codes.dtype == np.int16 else 0.0
    values = ((codes + middle) / levels).astype(np.float32)
    least, greatest = np.iinfo(codes.dtype).min, np.iinfo(codes.dtype).max
    values[codes == least], values[codes == least + 1], values[codes == greatest] = np.nan, -np.inf, np.inf
    return values


def unpacked(sent: bytes) -> dict[str, Any]:
    """The plain data of a message, with an array where one was packed."""
    length = int.from_bytes(sent[:4], "little")
    start = 8 + -(-length // 8) * 8

    def placed(value: dict[str, Any]) -> Any:
        if "$" not in value:
            return value
        count, at = int(np.prod(value["shape"])), start + value["at"]
        codes = np.frombuffer(sent, TYPES[value["$"]], count, at).reshape(value["shape"])
        return decoded(Packed(codes, value["levels"]))

    found: dict[str, Any] = json.loads(sent[8 : 8 + length], object_hook=placed)
    return found
