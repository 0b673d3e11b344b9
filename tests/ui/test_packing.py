"""Messages of bytes as the browser's own module reads them."""

import json
import subprocess
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest

from rnnviz.widgets.packing import coarse, exact, largest, message, roundable, rounded, whole
from rnnviz.widgets.sources import ASSETS
from tests.node import NODE
from tests.ui.messages import decoded, unpacked

READ: Final = """
import { readFileSync } from "node:fs";
import { unpack } from "./message.mjs";
const plain = (_, value) => (ArrayBuffer.isView(value) ? Array.from(value, String) : value);
console.log(JSON.stringify(unpack(new Uint8Array(readFileSync("sent.bin"))), plain));
"""


@pytest.mark.parametrize("most", [1e-9, 0.2, 1.0, 5.0, 326.0])
def test_rounding_keeps_every_hundredth_apart(most: float) -> None:
    array = np.random.default_rng(0).uniform(-most, most, (50, 40)).astype(np.float32)
    sent = rounded(array)
    assert sent.levels is not None
    assert np.abs(decoded(sent) - array).max() <= 0.51 / sent.levels + 1e-9
    for threshold in np.arange(0, 101) / 100:
        np.testing.assert_array_equal(decoded(sent) >= np.float32(threshold), array >= np.float32(threshold))


@pytest.mark.parametrize("most", [1e-6, 0.3, 1.0, 1e6, 3e38])
def test_coarse_numbers_are_off_by_half_a_level_at_most(most: float) -> None:
    array = np.random.default_rng(1).uniform(-1, 1, (30, 20)).astype(np.float32) * np.float32(most)
    sent = coarse(array, largest(array))
    assert sent.codes.dtype == np.int8
    assert np.abs(decoded(sent).astype(np.float64) - array).max() <= 0.505 * largest(array) / 126


@pytest.mark.parametrize("pack", [rounded, lambda array: coarse(array, largest(array)), exact])
def test_what_is_not_finite_stays_so(pack: Any) -> None:
    array = np.array([[0.5, np.nan, -0.5], [np.inf, 0.25, -np.inf]], np.float32)
    known = np.isfinite(array)
    got = decoded(pack(array))
    np.testing.assert_array_equal(got[~known], array[~known])
    np.testing.assert_allclose(got[known], array[known], atol=0.003)


def test_what_rounding_would_lose_is_sent_as_it_is() -> None:
    array = np.array([[0.5, 328.0]], np.float32)
    assert not roundable(array)
    np.testing.assert_array_equal(decoded(rounded(array)), array)


def test_nothing_finite() -> None:
    array = np.full((2, 3), np.nan, np.float32)
    assert largest(array) == pytest.approx(1e-6)
    for sent in (rounded(array), coarse(array, largest(array))):
        assert np.isnan(decoded(sent)).all()


def test_a_message_takes_little_more_than_its_numbers() -> None:
    array = np.zeros((100, 50), np.float32)
    assert len(message({"a": exact(array)})) - array.nbytes < 100
    assert len(message({"a": rounded(array)})) - array.nbytes // 2 < 100


def test_any_view_is_sent_in_the_order_that_is_seen() -> None:
    array = np.arange(24, dtype=np.float32).reshape(4, 6)
    for view in (array.T, array[::2, ::-1], array[:, 1:3], np.broadcast_to(array[0], (3, 6)), array.astype(">f8")):
        np.testing.assert_array_equal(unpacked(message({"a": exact(view)}))["a"], view)


def test_what_json_cannot_hold_is_refused() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        message({"a": float("nan")})
    with pytest.raises(TypeError, match=r"a message must be of plain data and Packed; got ndarray"):
        message({"a": np.zeros(3)})


def test_the_browsers_module_reads_it(tmp_path: Path) -> None:
    random = np.random.default_rng(2)
    numbers = random.normal(size=(7, 3)).astype(np.float32)
    numbers[2, 1], numbers[3, 0], numbers[4, 2] = np.nan, np.inf, -np.inf
    arrays = {
        "exact": exact(numbers.T),
        "rounded": rounded(numbers),
        "coarse": coarse(numbers, largest(numbers)),
        "whole": whole(np.array([3, 0, 65535])),
        "empty": exact(np.zeros((0, 4))),
    }
    sent = message({"words": ["é", "界", '"\n'], "deep": [{"arrays": arrays}], "none": None})
    (tmp_path / "sent.bin").write_bytes(b"\0" * 3 + sent)
    source = (ASSETS / "shared" / "message.js").read_text(encoding="utf-8")
    (tmp_path / "message.mjs").write_text(source, encoding="utf-8")
    read = READ.replace('readFileSync("sent.bin")', 'readFileSync("sent.bin").subarray(3)')
    done = subprocess.run(
        [str(NODE), "--input-type=module", "--eval", read], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    got = json.loads(done.stdout)
    assert (got["words"], got["none"]) == (["é", "界", '"\n'], None)
    for name, packed in arrays.items():
        found = got["deep"][0]["arrays"][name]
        assert tuple(found["shape"]) == packed.codes.shape
        values = np.array([float(value.replace("Infinity", "inf")) for value in found["values"]], np.float32)
        np.testing.assert_array_equal(values, decoded(packed).ravel().astype(np.float32))
        assert found["off"] == (0 if packed.levels is None else 0.5 / packed.levels)
