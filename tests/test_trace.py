"""Trace: validation, access, the table and the file."""

import dataclasses
import io
import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnviz.names import AXES, CELLS, SIGNALS, Cell
from rnnviz.trace import Trace
from tests.together import together


def make(
    cell: Cell = "lstm",
    shape: tuple[int, ...] = (2, 2, 3, 4, 5),
    lengths: tuple[int, ...] | None = None,
    *,
    grads: bool = True,
    dtype: Any = np.float32,
    **changes: Any,
) -> Trace:
    random = np.random.default_rng(0)
    true = np.array(lengths or (shape[3],) * shape[2])
    kinds = []
    for _ in range(2):
        arrays = {signal: random.normal(size=shape).astype(dtype) for signal in SIGNALS[cell]}
        for array in arrays.values():
            array[:, :, np.arange(shape[3]) >= true[:, None]] = np.nan
        kinds.append(arrays)
    labels = tuple(tuple(f"w{t}" for t in range(shape[3])) for _ in range(shape[2]))
    fields: dict[str, Any] = {"cell": cell, "tokens": labels, "lengths": true, "values": kinds[0]}
    fields |= {"grads": kinds[1], "loss": 0.5} if grads else {}
    return Trace(**(fields | changes))


def same(one: Trace, other: Trace) -> None:
    assert (one.cell, one.tokens, one.loss) == (other.cell, other.tokens, other.loss)
    assert np.array_equal(one.lengths, other.lengths)
    for kind in ("values", "grads"):
        assert list(getattr(one, kind)) == list(getattr(other, kind))
        for signal, array in getattr(one, kind).items():
            assert array.dtype == getattr(other, kind)[signal].dtype
            assert np.array_equal(array, getattr(other, kind)[signal], equal_nan=True)


def test_access() -> None:
    trace = make(lengths=(4, 2, 3))
    assert trace.sizes == dict(zip(AXES, (2, 2, 3, 4, 5), strict=True))
    assert trace.directions == ("forward", "reverse")
    assert trace["f"].shape == (2, 2, 3, 4, 5)
    assert "f" in trace
    assert "r" not in trace
    panel = trace.panel("c", layer=1, direction="reverse", batch=2)
    assert np.array_equal(panel, trace["c"][1, 1, 2], equal_nan=True)
    gradient = trace.panel("c", layer=1, direction="reverse", batch=2, gradient=True)
    assert np.array_equal(gradient, trace.grads["c"][1, 1, 2], equal_nan=True)
    assert make(shape=(1, 1, 1, 2, 3)).directions == ("forward",)
    assert repr(trace) == "Trace(lstm; layer 2, direction 2, batch 3, time 4, unit 5; with gradients)"


def test_signals_stand_in_the_order_of_the_vocabulary() -> None:
    trace = make("gru")
    shuffled = make("gru", values={signal: trace[signal] for signal in "nzrh"})
    assert tuple(shuffled.values) == SIGNALS["gru"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"layer": 3}, "layer must be in 0..1 for this trace; got 3"),
        ({"layer": -1}, "layer must be in 0..1 for this trace; got -1"),
        ({"batch": 3}, "batch must be in 0..2 for this trace; got 3"),
        ({"direction": "backward"}, "direction must be forward or reverse for this trace; got 'backward'"),
        ({"signal": "r"}, "signal must be one of h, c, i, f, g, o for this trace; got 'r'"),
    ],
)
def test_wrong_panels_are_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make().panel(**({"signal": "h"} | arguments))


def test_what_is_not_there() -> None:
    trace = make(grads=False)
    with pytest.raises(KeyError, match="signal must be one of h, c, i, f, g, o; got 'n'"):
        trace["n"]
    with pytest.raises(ValueError, match="this trace holds none"):
        trace.panel("h", gradient=True)
    with pytest.raises(ValueError, match="direction must be forward for this trace"):
        make(shape=(1, 1, 1, 2, 3)).panel("h", direction="reverse")


def test_nothing_can_be_changed() -> None:
    trace = make()
    with pytest.raises(AttributeError):
        trace.loss = 1.0  # type: ignore[misc]
    for array in (*trace.values.values(), *trace.grads.values(), trace.lengths, trace.panel("h")):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0
    with pytest.raises(TypeError):
        trace.values["h"] = trace["c"]  # type: ignore[index]


NAN = np.full((2, 2, 3, 4, 5), np.nan, np.float32)


@together(
    "changes, message",
    [
        ({"cell": "mlp"}, "cell must be one of rnn, lstm, gru; got 'mlp'"),
        ({"values": {"h": NAN}}, "values of lstm must hold h, c, i, f, g, o; got h"),
        ({"grads": {"h": NAN}}, "grads of lstm must hold h, c, i, f, g, o; got h"),
        (
            {"values": dict.fromkeys("hcifgo", np.zeros_like(NAN, int))},
            "must be float32 or float64 as all the others; got int64",
        ),
        ({"grads": dict.fromkeys("hcifgo", NAN.astype(float))}, "as all the others; got float64"),
        ({"grads": dict.fromkeys("hcifgo", NAN[:1])}, r"got shape \(1, 2, 3, 4, 5\)"),
        ({"lengths": np.array([4, 4])}, "lengths must be 3 whole numbers"),
        ({"lengths": np.array([4.0, 4, 4])}, "lengths must be 3 whole numbers"),
        ({"lengths": np.array([4, 0, 4])}, "lengths must be in 1..4; got 0 to 4"),
        ({"lengths": np.array([4, 3, 4])}, "must be NaN on padded steps"),
        ({"tokens": (("a",) * 4,) * 2}, "tokens must hold 3 tuples"),
        ({"tokens": (("a",) * 3,) * 3}, "tokens must hold 4 labels a sample, one a step; got 3"),
        ({"tokens": (("a", "b", "c", 4),) * 3}, "tokens must be str; got int"),
    ],
)
def test_invalid_traces_are_refused(changes: dict[str, Any], message: str) -> None:
    trace = make()
    with pytest.raises(ValueError, match=message):
        dataclasses.replace(trace, **changes)


def test_three_directions_are_refused() -> None:
    with pytest.raises(ValueError, match="must have 1 or 2 directions; got 3"):
        make(shape=(1, 3, 1, 2, 2))


def test_tidy_table() -> None:
    trace = make(lengths=(4, 2, 3))
    frame = trace.to_frame("f")
    assert tuple(frame.columns) == (*AXES, "value")
    assert len(frame) == trace["f"].size
    row = frame.query("layer == 1 and direction == 'reverse' and batch == 2 and time == 1 and unit == 3")
    assert row["value"].item() == trace["f"][1, 1, 2, 1, 3]
    assert int(frame["value"].isna().sum()) == 3 * 2 * 2 * 5
    gradient = trace.to_frame("f", gradient=True)["value"].to_numpy()
    assert np.array_equal(gradient, trace.grads["f"].ravel(), equal_nan=True)


@settings(deadline=None, max_examples=30)
@given(
    cell=st.sampled_from(CELLS),
    shape=st.tuples(*[st.integers(1, 3), st.integers(1, 2), *[st.integers(1, 3)] * 3]),
    text=st.text(st.characters(codec=None, exclude_categories=()), max_size=5),
    grads=st.booleans(),
    loss=st.one_of(st.none(), st.floats(allow_nan=False)),
    dtype=st.sampled_from([np.float32, np.float64]),
)
def test_file_and_pickle_give_the_same_trace(
    cell: Cell, shape: tuple[int, ...], text: str, loss: float | None, dtype: Any, *, grads: bool
) -> None:
    trace = make(cell, shape, grads=grads, dtype=dtype, loss=loss, tokens=((text,) * shape[3],) * shape[2])
    file = io.BytesIO()
    trace.save(file)
    file.seek(0)
    same(Trace.load(file), trace)
    copied = pickle.loads(pickle.dumps(trace))  # noqa: S301 - our own bytes
    same(copied, trace)
    assert not copied["h"].flags.writeable


def test_file_on_disk(tmp_path: Path) -> None:
    trace = make(lengths=(4, 2, 3))
    path = tmp_path / "a trace"
    trace.save(path)
    same(Trace.load(path), trace)
    same(Trace.load(str(path)), trace)
    with pytest.raises(FileNotFoundError):
        Trace.load(tmp_path / "none.npz")


class Bomb:
    """Code that would run if anything were unpickled."""

    def __reduce__(self) -> tuple[Any, ...]:
        return pytest.fail, ("code in a file was run",)


def saved() -> dict[str, np.ndarray]:
    file = io.BytesIO()
    make().save(file)
    file.seek(0)
    with np.load(file) as arrays:
        return dict(arrays)


def stored(**arrays: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.savez(file, **arrays)  # type: ignore[arg-type]
    return file.getvalue()


def hostile_files() -> dict[str, bytes]:
    good = saved()
    whole = stored(**good)
    compressed = io.BytesIO()
    np.savez_compressed(compressed, **good)  # type: ignore[arg-type]
    huge = io.BytesIO()
    with zipfile.ZipFile(huge, "w") as archive:
        header = b"{'descr': '<f4', 'fortran_order': False, 'shape': (4000000000, 4000000000), }"
        archive.writestr("values.h.npy", b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header)
    plain = io.BytesIO()
    np.save(plain, np.zeros(3))
    about = np.frombuffer(b'{"format": 1, "cell": "lstm", "tokens": 3}', np.uint8)
    return {
        "empty": b"",
        "noise": b"not a zip at all",
        "cut short": whole[: len(whole) // 2],
        "damaged": whole[:300] + b"\xff" * 64 + whole[364:],
        "pickle": pickle.dumps(Bomb()),
        "pickled array": stored(**(good | {"lengths": np.array([Bomb()], dtype=object)})),
        "compressed": compressed.getvalue(),
        "stranger inside": stored(**good, other=np.zeros(3)),
        "huge": huge.getvalue(),
        "nothing inside": stored(),
        "missing signal": stored(**{name: array for name, array in good.items() if name != "values.f"}),
        "missing text": stored(**{name: array for name, array in good.items() if name != "about"}),
        "wrong text": stored(**(good | {"about": about})),
        "text of numbers": stored(**(good | {"about": np.arange(4.0)})),
        "not json": stored(**(good | {"about": np.frombuffer(b"{", np.uint8)})),
        "deep json": stored(**(good | {"about": np.frombuffer(b"[" * 100_000, np.uint8)})),
        "another format": stored(**(good | {"about": np.frombuffer(b'{"format": 2}', np.uint8)})),
        "wrong loss": stored(**(good | {"loss": np.array(["x"])})),
        "wrong lengths": stored(**(good | {"lengths": np.array([9, 9, 9])})),
        "a plain array": plain.getvalue(),
    }


@together("name", list(hostile_files()))
def test_hostile_files_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"expected a trace that Trace\.save wrote"):
        Trace.load(io.BytesIO(hostile_files()[name]))
