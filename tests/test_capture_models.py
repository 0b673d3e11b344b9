"""capture of whole models: each layer of them against a loop over cells, and the model left as it was."""

import copy
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pack_sequence, pad_packed_sequence
from torch.utils.checkpoint import checkpoint

from rnnviz import figures
from rnnviz.capture import capture
from rnnviz.trace import Trace
from tests.cell_loop import check, check_gradients, record, run, weighed
from tests.together import together

MODULES: dict[str, Any] = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}
CELLS: dict[str, Any] = {"rnn": nn.RNNCell, "lstm": nn.LSTMCell, "gru": nn.GRUCell}


class Classifier(nn.Module):
    """A recurrent layer inside a module inside a model."""

    def __init__(self, rnn: nn.Module, units: int = 4) -> None:
        super().__init__()
        self.encoder = nn.ModuleDict({"rnn": rnn})
        self.norm, self.output = nn.BatchNorm1d(units), nn.Linear(units, 2)

    def forward(self, x: Tensor, scale: float = 1.0) -> Tensor:
        output, _ = self.encoder["rnn"](x * scale)
        return self.output(self.norm(output.mean(1)))


class Loop(nn.Module):
    """A cell over the steps of (batch, time, feature), its state carried on."""

    def __init__(self, cell: nn.Module) -> None:
        super().__init__()
        self.cell = cell

    def forward(self, x: Tensor, state: Any = None) -> Any:
        for x_t in x.unbind(-2):
            state = self.cell(x_t, state)
        return state


class Chunks(nn.Module):
    """A layer over a sequence in pieces, its state carried on, or begun anew."""

    def __init__(self, rnn: nn.Module, *, carried: bool = True) -> None:
        super().__init__()
        self.rnn, self.carried = rnn, carried

    def forward(self, x: Tensor, size: int) -> Tensor:
        outputs, state = [], None
        for part in x.split(size, dim=1):
            output, state = self.rnn(part, state if self.carried else None)
            outputs.append(output)
        return torch.cat(outputs, 1)


def seeded(make: Any, *args: Any, **options: Any) -> Any:
    torch.manual_seed(0)
    return make(*args, **options)


def opened(model: nn.Module, x: object, path: str) -> Trace:
    """The only trace of a model, checked."""
    torch.manual_seed(1)
    traces = capture(model, x)
    torch.manual_seed(1)
    calls = record(model, x)
    assert list(traces) == [path]
    check(traces[path], calls[path])
    return traces[path]


# --- One forward pass ---


@pytest.mark.parametrize("cell", MODULES)
def test_a_layer_inside_a_model(cell: str) -> None:
    model = seeded(Classifier, MODULES[cell](3, 4, num_layers=2, batch_first=True)).eval()
    trace = opened(model, torch.randn(2, 5, 3), "encoder.rnn")
    assert (trace.cell, trace.sizes["layer"], trace.sizes["time"]) == (cell, 2, 5)


def test_arguments_by_position_and_by_name() -> None:
    model, x = seeded(Classifier, nn.GRU(3, 4, batch_first=True)).eval(), torch.randn(2, 5, 3)
    plain = capture(model, x)["encoder.rnn"]["h"]
    for given in ((x, 2.0), {"x": x, "scale": 2.0}):
        assert not np.allclose(capture(model, given)["encoder.rnn"]["h"], plain)
        opened(model, given, "encoder.rnn")


@pytest.mark.parametrize("batch_first", [False, True])
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("sorted_", [False, True])
def test_packed_sequences(*, batch_first: bool, bidirectional: bool, sorted_: bool) -> None:
    rnn = seeded(nn.LSTM, 3, 4, num_layers=2, batch_first=batch_first, bidirectional=bidirectional)
    sequences = [torch.randn(length, 3) for length in ((5, 4, 1) if sorted_ else (1, 5, 4))]
    packed = pack_sequence(sequences, enforce_sorted=sorted_)
    trace = opened(nn.Sequential(rnn), packed, "0")
    assert trace.lengths.tolist() == [len(sequence) for sequence in sequences]
    assert np.isnan(trace["c"][:, :, 2, trace.lengths[2] :]).all()
    alone = capture(rnn, packed)
    for signal in "hcifgo":
        np.testing.assert_allclose(alone[signal], trace[signal], rtol=0, atol=1e-6)


def test_packed_sequences_with_initial_states() -> None:
    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.gru = nn.GRU(3, 4)

        def forward(self, packed: PackedSequence, h: Tensor) -> Tensor:
            return pad_packed_sequence(self.gru(packed, hx=h)[0])[0]

    packed = pack_padded_sequence(torch.randn(5, 3, 3), torch.tensor([2, 5, 3]), enforce_sorted=False)
    opened(seeded(Model), {"packed": packed, "h": torch.randn(1, 3, 4)}, "gru")


def test_an_unbatched_input() -> None:
    for layer in (nn.LSTM(3, 4), nn.GRU(3, 4, batch_first=True, bidirectional=True)):
        opened(nn.Sequential(layer), torch.randn(5, 3), "0")


# --- A layer that is called several times ---


@pytest.mark.parametrize("cell", MODULES)
def test_calls_that_go_on_are_one_sequence(cell: str) -> None:
    rnn = seeded(MODULES[cell], 3, 4, num_layers=2, batch_first=True)
    x = torch.randn(2, 7, 3)
    trace = opened(Chunks(rnn), (x, 3), "rnn")
    whole = capture(rnn, x)
    for signal in trace.values:
        np.testing.assert_allclose(trace[signal], whole[signal], rtol=0, atol=1e-6)


@pytest.mark.parametrize(("bidirectional", "carried"), [(False, False), (True, True)])
def test_calls_that_begin_anew_stay_apart(*, bidirectional: bool, carried: bool) -> None:
    model = seeded(Chunks, nn.LSTM(3, 4, batch_first=True, bidirectional=bidirectional), carried=carried)
    x = torch.randn(2, 7, 3)
    traces, calls = capture(model, (x, 3)), record(model, (x, 3))["rnn"]
    assert list(traces) == ["rnn#1", "rnn#2", "rnn#3"]
    for trace, call in zip(traces.values(), calls, strict=True):
        check(trace, [call])


def test_a_call_goes_on_from_whichever_call_returned_its_state() -> None:
    class Alternating(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.cell = nn.GRUCell(3, 4)

        def forward(self, x: Tensor, y: Tensor) -> None:
            h = k = torch.zeros(2, 4)
            for x_t, y_t in zip(x.unbind(1), y.unbind(1), strict=True):
                h, k = self.cell(x_t, h), self.cell(y_t, k)

    model, x, y = seeded(Alternating), torch.randn(2, 4, 3), torch.randn(2, 4, 3)
    traces, calls = capture(model, (x, y)), record(model, (x, y))["cell"]
    assert list(traces) == ["cell#1", "cell#2"]
    check(traces["cell#1"], calls[::2])
    check(traces["cell#2"], calls[1::2])


def test_a_state_that_is_changed_between_steps_begins_anew() -> None:
    class Damped(Loop):
        def forward(self, x: Tensor, state: Any = None) -> Any:
            for x_t in x.unbind(1):
                state = 0.5 * self.cell(x_t, state)
            return state

    model, x = seeded(Damped, nn.RNNCell(3, 4)), torch.randn(2, 3, 3)
    traces, calls = capture(model, x), record(model, x)["cell"]
    assert list(traces) == ["cell#1", "cell#2", "cell#3"]
    for trace, call in zip(traces.values(), calls, strict=True):
        check(trace, [call])


def test_other_weights_begin_anew() -> None:
    class Halved(Loop):
        def forward(self, x: Tensor, state: Any = None) -> Any:
            for x_t in x.unbind(1):
                state = self.cell(x_t, state)
                self.cell.weight_hh = nn.Parameter(self.cell.weight_hh / 2)
            return state

    model, x = seeded(Halved, nn.GRUCell(3, 4)), torch.randn(2, 2, 3)
    traces, calls = capture(model, x), record(model, x)["cell"]
    assert list(traces) == ["cell#1", "cell#2"]
    for trace, call in zip(traces.values(), calls, strict=True):
        check(trace, [call])


# --- Single cells ---


@together("cell", CELLS)
@together("bias", [False, True])
@together("shape", [(2, 6, 3), (6, 3)])
@together("with_state", [False, True])
def test_a_loop_over_a_cell(cell: str, shape: tuple[int, ...], *, bias: bool, with_state: bool) -> None:
    model = seeded(Loop, CELLS[cell](3, 4, bias=bias))
    state = torch.randn(*shape[:-2], 4)
    given = ((state, -state) if cell == "lstm" else state) if with_state else None
    trace = opened(model, (torch.randn(shape), given), "cell")
    assert trace.tokens[0] == ("0", "1", "2", "3", "4", "5")


def test_a_loop_over_a_cell_with_relu() -> None:
    opened(seeded(Loop, nn.RNNCell(3, 4, nonlinearity="relu")), torch.randn(2, 6, 3), "cell")


def test_a_cell_by_itself_is_one_step() -> None:
    cell, x = seeded(nn.LSTMCell, 3, 4), torch.randn(2, 3)
    trace = capture(cell, x)
    check(trace, record(cell, x)[""])
    h, c = torch.randn(2, 4), torch.randn(2, 4)
    check(capture(cell, x, hx=(h, c)), record(cell, (x, (h, c)))[""])


# --- Dtypes ---


def test_float64_stays_float64() -> None:
    model = seeded(Classifier, nn.LSTM(3, 4, batch_first=True)).double().eval()
    x = torch.randn(2, 5, 3).double()
    trace = capture(model, x)["encoder.rnn"]
    assert trace["c"].dtype == np.float64
    check(trace, record(model, x)["encoder.rnn"], atol=1e-12)


@pytest.mark.parametrize("cell", MODULES)
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_half_precision_is_computed_in_float32(cell: str, dtype: torch.dtype) -> None:
    rnn = seeded(MODULES[cell], 3, 4, num_layers=2)
    x = torch.randn(5, 2, 3)
    rounded, rounded_x = copy.deepcopy(rnn).to(dtype), x.to(dtype)
    exact = capture(copy.deepcopy(rounded).float(), rounded_x.float(), loss=lambda output: output.sum())
    alone = capture(rounded, rounded_x, loss=lambda output: output.sum())
    inside = capture(nn.Sequential(rounded), rounded_x)["0"]
    for signal in exact.values:
        assert alone[signal].dtype == inside[signal].dtype == np.float32
        np.testing.assert_allclose(alone[signal], exact[signal], rtol=0, atol=1e-6)
        np.testing.assert_allclose(inside[signal], exact[signal], rtol=0, atol=1e-6)
        np.testing.assert_allclose(alone.grads[signal], exact.grads[signal], rtol=1e-5, atol=1e-6)
    with torch.no_grad():  # and it is what the module computes, but for its own rounding
        np.testing.assert_allclose(inside["h"][-1, 0].swapaxes(0, 1), rounded(rounded_x)[0].float(), rtol=0, atol=0.03)


def test_under_autocast_a_trace_is_in_float32() -> None:
    """What reaches the layer was rounded by the layer before it; the layer itself is computed in float32."""
    model, x = seeded(nn.Sequential, nn.Linear(3, 3), nn.GRU(3, 4, batch_first=True)), torch.randn(2, 5, 3)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        inside = capture(model, x)["1"]
        rounded = model[0](x).detach()
        alone = capture(model[1], rounded.float())
    assert rounded.dtype == torch.bfloat16
    np.testing.assert_allclose(inside["z"], alone["z"], rtol=0, atol=1e-6)
    np.testing.assert_allclose(alone["z"], capture(model[1], rounded.float())["z"], rtol=0, atol=1e-6)


def test_a_compiled_model_is_read_as_it_is_written() -> None:
    class Compiled(nn.Module):
        """A model as ``torch.compile`` gives it back, with the original under this name."""

        def __init__(self, model: nn.Module) -> None:
            super().__init__()
            self._orig_mod = model

    model, x = seeded(Classifier, nn.GRU(3, 4, batch_first=True)).eval(), torch.randn(2, 5, 3)
    trace = capture(Compiled(model), x)["encoder.rnn"]
    assert np.array_equal(trace["z"], capture(model, x)["encoder.rnn"]["z"])


def test_states_of_a_half_precision_layer() -> None:
    lstm, x = seeded(nn.LSTM, 3, 4).half(), torch.randn(5, 3).half()
    hx = torch.randn(1, 4).half(), torch.randn(1, 4).half()
    exact = capture(copy.deepcopy(lstm).float(), x.float(), hx=(hx[0].float(), hx[1].float()))
    np.testing.assert_allclose(capture(lstm, x, hx=hx)["c"], exact["c"], rtol=0, atol=1e-6)


@pytest.mark.filterwarnings("ignore:LSTM with projections is not supported with oneDNN")
def test_a_projected_layer_is_drawn_saved_and_read(tmp_path: Any) -> None:
    model = seeded(nn.Sequential, nn.LSTM(3, 6, proj_size=2, batch_first=True, bidirectional=True))
    trace = opened(model, torch.randn(2, 5, 3), "0")
    assert (trace["h"].shape[-1], trace["o"].shape[-1], trace.sizes["unit"]) == (2, 6, 6)
    assert len(trace.to_frame("h")) == 2 * 2 * 5 * 2
    assert len(trace.to_frame("c")) == 2 * 2 * 5 * 6
    trace.save(tmp_path / "trace.npz")
    again = Trace.load(tmp_path / "trace.npz")
    for signal in trace.values:
        np.testing.assert_array_equal(again[signal], trace[signal])
        figures.signal_heatmap(trace, signal)
    figures.saturation_scatter(trace)
    figures.state_trajectory(trace)


# --- Dropout ---


@together("cell", MODULES)
@together("batch_first", [False, True])
@together("bidirectional", [False, True])
@together("form", ["batch", "unbatched", "packed"])
@together("dtype", [torch.float32, torch.float64])
def test_dropout_between_layers_as_it_fell(
    cell: str, form: str, dtype: torch.dtype, *, batch_first: bool, bidirectional: bool
) -> None:
    options: dict[str, Any] = {"batch_first": batch_first, "bidirectional": bidirectional, "dtype": dtype}
    rnn = seeded(MODULES[cell], 3, 4, num_layers=3, dropout=0.5, **options)
    x: Any = torch.randn(5, 3, dtype=dtype) if form == "unbatched" else torch.randn(5, 5, 3, dtype=dtype)
    if form == "packed":
        x = pack_padded_sequence(x, [3, 5, 1, 4, 4], batch_first=batch_first, enforce_sorted=False)
    model = nn.Sequential(rnn)
    torch.manual_seed(1)
    trace = capture(model, x)["0"]
    torch.manual_seed(1)
    with torch.no_grad():
        output, final = rnn(x)
    if form == "packed":
        output = pad_packed_sequence(output, batch_first=batch_first)[0]
    output = output[None] if form == "unbatched" else output if batch_first else output.transpose(0, 1)
    shown = np.nan_to_num(np.concatenate([*trace["h"][-1]], -1))
    np.testing.assert_allclose(shown, output, rtol=0, atol=1e-5)
    dry = capture(copy.deepcopy(rnn).eval(), x)
    assert np.array_equal(dry["h"][0], trace["h"][0], equal_nan=True)
    assert not np.allclose(np.nan_to_num(dry["h"][-1]), np.nan_to_num(trace["h"][-1]), atol=1e-3)
    h_n = (final[0] if cell == "lstm" else final).reshape(3, 1 + bidirectional, -1, 4)
    ends = trace["h"][:, 0, np.arange(len(trace.lengths)), trace.lengths - 1]
    np.testing.assert_allclose(ends, h_n[:, 0], rtol=0, atol=1e-5)


def test_the_gates_above_dropout_read_what_it_left() -> None:
    model, x = seeded(nn.Sequential, nn.GRU(3, 4, 2, dropout=0.5)), torch.randn(6, 2, 3)
    torch.manual_seed(1)
    trace = capture(model, x)["0"]
    torch.manual_seed(1)
    calls = record(model, x)["0"]
    torch.manual_seed(1)
    mask = functional.dropout(torch.ones(6, 2, 4), 0.5).transpose(0, 1).double()
    check(trace, calls, [mask])


def test_dropout_in_a_loop_falls_anew_at_every_call() -> None:
    rnn = seeded(nn.LSTM, 3, 4, num_layers=2, dropout=0.5, batch_first=True)
    model, x = Chunks(rnn), torch.randn(2, 6, 3)
    torch.manual_seed(1)
    trace = capture(model, (x, 1))["rnn"]
    torch.manual_seed(1)
    calls = record(model, (x, 1))["rnn"]
    torch.manual_seed(1)
    masks = torch.cat([functional.dropout(torch.ones(1, 2, 4), 0.5).transpose(0, 1) for _ in range(6)], 1)
    check(trace, calls, [masks.double()])
    assert len(calls) == trace.sizes["time"] == 6


def test_dropout_that_drops_everything_and_a_single_layer() -> None:
    trace = capture(seeded(nn.Sequential, nn.RNN(3, 4, 2, dropout=1.0)), torch.randn(5, 2, 3))["0"]
    assert np.ptp(trace["h"][1], axis=1).max() < 1e-6  # all samples read zeros
    with pytest.warns(UserWarning, match="dropout option adds"):
        single = nn.Sequential(nn.RNN(3, 4, dropout=0.5))
    opened(single, torch.randn(5, 2, 3), "0")


def test_dropout_that_cannot_be_checked_is_refused() -> None:
    model = nn.Sequential(nn.LSTM(3, 4, 2, dropout=0.5)).bfloat16()
    with pytest.raises(ValueError, match=r"dropout must not be active: call module.eval\(\) first; got dropout 0.5"):
        capture(model, torch.randn(5, 3).bfloat16())
    with pytest.raises(ValueError, match="dropout must not be active"):
        capture(model[0], torch.randn(5, 3).bfloat16())


# --- Gradients ---


class Reader(nn.Module):
    """A layer whose output and final states are all used, whatever it reads."""

    def __init__(self, rnn: nn.Module) -> None:
        super().__init__()
        self.rnn = rnn

    def forward(self, x: Any) -> list[Tensor]:
        output, final = self.rnn(x)
        output = output.data if isinstance(output, PackedSequence) else output
        return [output.relu_(), *(final if isinstance(final, tuple) else (final,))]


@together("cell", MODULES)
@together("form", ["batch", "unbatched", "packed"])
@together("bidirectional", [False, True])
@together("dtype", [torch.float32, torch.float64])
def test_gradients_through_output_and_final_states(
    cell: str, form: str, dtype: torch.dtype, *, bidirectional: bool
) -> None:
    rnn = seeded(MODULES[cell], 3, 4, num_layers=2, bidirectional=bidirectional, dtype=dtype)
    x: Any = torch.randn(5, 3, dtype=dtype) if form == "unbatched" else torch.randn(5, 3, 3, dtype=dtype)
    if form == "packed":
        x = pack_padded_sequence(x, [3, 5, 1], enforce_sorted=False)
    model = Reader(rnn)
    check_gradients(capture(model, x, loss=weighed), model, x, weighed)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("shape", [(2, 6, 3), (6, 3)])
def test_gradients_of_a_loop_over_a_cell(cell: str, shape: tuple[int, ...]) -> None:
    model, x = seeded(Loop, CELLS[cell](3, 4)), torch.randn(shape)
    traces = capture(model, x, loss=weighed)
    assert list(traces) == ["cell"]
    check_gradients(traces, model, x, weighed)


@pytest.mark.parametrize("cell", MODULES)
@pytest.mark.parametrize("carried", [False, True])
def test_gradients_of_several_calls(cell: str, *, carried: bool) -> None:
    model = seeded(Chunks, MODULES[cell](3, 4, num_layers=2, batch_first=True), carried=carried)
    given = torch.randn(2, 7, 3), 3
    check_gradients(capture(model, given, loss=weighed), model, given, weighed)


def test_a_detached_state_hands_nothing_back() -> None:
    class Truncated(Loop):
        def forward(self, x: Tensor, state: Any = None) -> Any:
            for t, x_t in enumerate(x.unbind(1)):
                state = self.cell(x_t, state.detach() if t == 3 else state)
            return state

    model, x = seeded(Truncated, nn.GRUCell(3, 4)), torch.randn(2, 6, 3)
    traces = capture(model, x, loss=weighed)
    grads = traces["cell"].grads["h"]
    assert not grads[..., :3, :].any()
    assert grads[..., 3:, :].all()
    check_gradients(traces, model, x, weighed)


def test_gradients_through_dropout_between_layers() -> None:
    """As those of two layers with dropout of the model's own between them."""

    class Stacked(nn.Module):
        def __init__(self, rnn: Any) -> None:
            super().__init__()
            self.low, self.high, self.drop = nn.GRU(3, 4), nn.GRU(4, 4), nn.Dropout(0.5)
            for layer, own in enumerate((self.low, self.high)):
                own.load_state_dict({f"{n[:-1]}0": w for n, w in rnn.state_dict().items() if n.endswith(str(layer))})

        def forward(self, x: Tensor) -> Tensor:
            return self.high(self.drop(self.low(x)[0]))[0]

    rnn, x = seeded(nn.GRU, 3, 4, num_layers=2, dropout=0.5), torch.randn(5, 2, 3)
    stacked = Stacked(rnn)
    torch.manual_seed(1)
    whole = capture(nn.Sequential(rnn), x, loss=lambda returned: weighed(returned[0]))["0"]
    torch.manual_seed(1)
    parts = capture(stacked, x, loss=weighed)
    assert whole.loss == pytest.approx(parts["high"].loss, rel=1e-5)
    for layer, path in enumerate(("low", "high")):
        for signal in whole.grads:
            np.testing.assert_allclose(whole.grads[signal][layer], parts[path].grads[signal][0], rtol=0, atol=1e-5)


def test_gradients_where_no_weight_learns() -> None:
    model, x = seeded(Reader, nn.LSTM(3, 4)).requires_grad_(requires_grad=False), torch.randn(5, 2, 3)
    check_gradients(capture(model, x, loss=weighed), copy.deepcopy(model).requires_grad_(), x, weighed)


def test_a_loss_that_a_layer_does_not_lead_to() -> None:
    class Frozen(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.low, self.high = nn.GRU(3, 4), nn.GRU(4, 4)

        def forward(self, x: Tensor) -> Tensor:
            with torch.no_grad():
                x = self.low(x)[0]
            return self.high(x)[0]

    traces = capture(seeded(Frozen), torch.randn(5, 2, 3), loss=weighed)
    assert not any(grad.any() for grad in traces["low"].grads.values())
    assert all(grad.any() for grad in traces["high"].grads.values())


@pytest.mark.parametrize("outside", [torch.no_grad, torch.enable_grad, torch.inference_mode])
def test_a_loss_leaves_nothing_behind(outside: Any) -> None:
    model, words = seeded(Busy), torch.tensor([[1, 2, 3], [3, 2, 1]])
    before, random_before = copy.deepcopy(model.state_dict()), torch.get_rng_state()
    with outside():
        mode = torch.is_grad_enabled(), torch.is_inference_mode_enabled()
        assert capture(model, words, loss=weighed)["rnn"].grads
        assert mode == (torch.is_grad_enabled(), torch.is_inference_mode_enabled())
    assert torch.equal(torch.get_rng_state(), random_before)
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())
    assert all(p.grad is None and p.requires_grad for p in model.parameters())
    assert model.state is None


# --- The model is only read ---


class Busy(nn.Module):
    """A model whose forward changes whatever a forward may change."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(5, 3, max_norm=0.1)
        self.rnn = nn.LSTM(3, 4, 2, batch_first=True, dropout=0.5)
        self.norm, self.drop = nn.BatchNorm1d(4), nn.Dropout(0.5)
        self.register_buffer("count", torch.zeros(1))
        self.state: Any = None
        self.seen: list[int] = []

    def forward(self, words: Tensor, *, fails: bool = False) -> Tensor:
        output, self.state = self.rnn(self.embedding(words), self.state)
        self.count += 1
        self.seen.append(len(words))
        output = self.norm(self.drop(output).mean(1))
        if fails:
            raise RuntimeError("as a model may")
        return output


@together("outside", [torch.no_grad, torch.enable_grad, torch.inference_mode])
@together("training", [False, True])
@together("fails", [False, True])
def test_the_model_is_left_as_it_was(outside: Any, *, training: bool, fails: bool) -> None:
    model = seeded(Busy).train(training)
    model.rnn.register_forward_hook(lambda *_: None)
    words = torch.tensor([[1, 2, 3], [3, 2, 1]])
    before, attributes = copy.deepcopy(model.state_dict()), dict(vars(model))
    hooks = [(m, len(m._forward_hooks), len(m._forward_pre_hooks)) for m in model.modules()]
    random_before = torch.get_rng_state()
    with outside():
        if fails:
            with pytest.raises(RuntimeError, match="as a model may"):
                capture(model, {"words": words, "fails": True})
        else:
            first, second = (capture(model, words)["rnn"] for _ in range(2))
            assert all(np.array_equal(first[s], second[s]) for s in "hcifgo")
    assert torch.equal(torch.get_rng_state(), random_before)
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())
    assert vars(model) == attributes
    assert model.state is None
    assert model.seen == []
    assert all((len(m._forward_hooks), len(m._forward_pre_hooks)) == (a, b) for m, a, b in hooks)
    assert all(p.grad is None and p.requires_grad for p in model.parameters())
    assert all(m.training == training for m in model.modules())


def test_buffers_made_in_inference_mode_are_put_back() -> None:
    with torch.inference_mode():
        model = seeded(Busy)
        capture(model, torch.tensor([[1, 2, 3], [3, 2, 1]]))
    assert model.count.item() == 0


def test_hooks_of_the_user() -> None:
    """What a hook makes of the arguments is what the layer reads; what it makes of the result is not the layer's."""
    model = seeded(Classifier, nn.GRU(3, 4, batch_first=True)).eval()
    x = torch.randn(2, 5, 3)
    model.encoder["rnn"].register_forward_pre_hook(lambda _, args: (2 * args[0],))
    model.encoder["rnn"].register_forward_hook(lambda _, __, result: (result[0] * 0, result[1]))
    trace = capture(model, x)["encoder.rnn"]
    np.testing.assert_allclose(trace["h"], capture(model.encoder["rnn"], 2 * x)["h"], rtol=0, atol=1e-6)


def test_what_the_model_writes_into_its_tensors_later_is_not_seen() -> None:
    class Overwriting(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.rnn = nn.RNN(3, 3, batch_first=True)

        def forward(self, x: Tensor) -> Tensor:
            output, h = self.rnn(x)
            x.zero_()
            h.zero_()
            return output.relu_()

    model = seeded(Overwriting)
    x = torch.randn(2, 5, 3)
    expected = capture(model.rnn, x)
    np.testing.assert_allclose(capture(model, x)["rnn"]["h"], expected["h"], rtol=0, atol=1e-6)


def test_later_training_does_not_change_a_trace() -> None:
    model = seeded(Classifier, nn.GRU(3, 4, batch_first=True)).eval()
    trace = capture(model, torch.randn(2, 5, 3))["encoder.rnn"]
    before = trace["z"].copy()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
    assert np.array_equal(trace["z"], before)


def test_diverged_weights() -> None:
    model = seeded(Chunks, nn.LSTM(3, 4, batch_first=True))
    with torch.no_grad():
        model.rnn.weight_hh_l0.fill_(torch.nan)
    trace = capture(model, (torch.randn(2, 4, 3), 1))["rnn"]
    assert np.isnan(trace["h"][:, :, :, 1:]).all()


def test_a_layer_that_is_shared_by_two_paths_has_the_first() -> None:
    rnn = nn.GRU(3, 3)
    assert list(capture(nn.ModuleDict({"a": Chunks(rnn), "b": rnn})["a"], (torch.randn(4, 2, 3), 9))) == ["rnn"]


# --- Labels ---


def test_labels_where_they_fit() -> None:
    class Two(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.short, self.long = nn.GRU(3, 3, batch_first=True), nn.GRU(3, 3, batch_first=True)

        def forward(self, x: Tensor) -> None:
            self.long(self.short(x)[0].repeat(1, 2, 1))

    traces = capture(Two(), torch.randn(2, 3, 3), tokens=[list("abc"), list("def")])
    assert traces["short"].tokens == (("a", "b", "c"), ("d", "e", "f"))
    assert traces["long"].tokens == (("0", "1", "2", "3", "4", "5"),) * 2


# --- What is refused ---


class ZoneoutLSTM(nn.LSTM):
    """A subclass that keeps half of each state."""

    def forward(self, x: Tensor, hx: Any = None) -> Any:
        output, state = super().forward(x, hx)
        return output / 2, state


class LastGRU(nn.GRU):
    """A subclass that returns its output alone."""

    def forward(self, x: Tensor) -> Tensor:  # type: ignore[override]
        return super().forward(x)[0]


class HandLSTM(nn.Module):
    """An LSTM by hand."""

    def __init__(self) -> None:
        super().__init__()
        self.weight_ih, self.weight_hh = nn.Parameter(torch.randn(16, 3)), nn.Parameter(torch.randn(16, 4))

    def forward(self, x: Tensor) -> Tensor:
        return x


class ShortGRU(nn.GRU):
    """A subclass that returns its last states alone."""

    def forward(self, x: Tensor) -> Tensor:  # type: ignore[override]
        return super().forward(x)[0][-2:]


class OddGRU(nn.GRU):
    """A subclass that returns something else."""

    def forward(self, x: Tensor) -> Any:  # type: ignore[override]
        return {"output": super().forward(x)[0]}


def test_subclasses_that_compute_the_same_are_read() -> None:
    class OwnLSTM(nn.LSTM):
        pass

    x = torch.randn(5, 2, 3)
    rnn = seeded(OwnLSTM, 3, 4)
    check(capture(rnn, x), record(rnn, x)[""])
    gru = seeded(LastGRU, 3, 4)
    for trace in (capture(gru, x), capture(nn.Sequential(gru), x)["0"]):
        np.testing.assert_allclose(trace["h"][0, 0].swapaxes(0, 1), gru(x).detach(), rtol=0, atol=1e-6)


X = torch.randn(5, 2, 3)
REFUSALS = [
    (
        lambda: capture(nn.Sequential(nn.Linear(3, 4), nn.ReLU()), X),
        TypeError,
        "must contain .*; got Sequential, Linear",
    ),
    (lambda: capture(nn.Sequential(HandLSTM()), X), TypeError, r"got 0 \(HandLSTM\), whose steps are its own code"),
    (lambda: capture(HandLSTM(), X), TypeError, r"got module \(HandLSTM\).*copy its weights"),
    (
        lambda: capture(nn.Sequential(ZoneoutLSTM(3, 4)), X),
        ValueError,
        r"0 \(ZoneoutLSTM\) must return what nn.LSTM comp",
    ),
    (lambda: capture(ZoneoutLSTM(3, 4), X), ValueError, "computes with its weights; got states that are .* away"),
    (lambda: capture(ShortGRU(3, 4), X), ValueError, "got states that are inf away"),
    (lambda: capture(OddGRU(3, 4), X), TypeError, "must read and return tensors; got dict"),
    (lambda: capture(nn.ModuleDict({"a": nn.GRU(3, 4)}), X), NotImplementedError, "forward"),
    (lambda: capture(Loop(nn.GRUCell(3, 4)), X[:, :0]), ValueError, "got no call of cell"),
    (lambda: capture(nn.Sequential(nn.GRU(3, 4)), X, [5, 5]), ValueError, "lengths must be given for an nn.RNN"),
    (lambda: capture(nn.Sequential(nn.GRU(3, 4)), X, hx=X), ValueError, "hx must be given for an nn.RNN"),
    (lambda: capture(Reader(nn.GRU(3, 4)), X, loss=lambda result: result[0]), ValueError, "loss must return a scalar"),
    (lambda: capture(nn.GRU(3, 4), pack_sequence([X[:, 0]]), [5]), ValueError, "lengths must be None for a packed"),
]


@together("call, error, message", REFUSALS)
def test_refusals_say_what_was_expected(call: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        call()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_scripted_layer_is_refused_by_its_name() -> None:
    with pytest.raises(TypeError, match=r"got 0 \(GRU\), whose steps are its own code"):
        capture(nn.Sequential(torch.jit.script(nn.GRU(3, 4))), X)


@pytest.mark.parametrize("document", ["README.md", "docs/library.md"])
def test_the_examples_of_the_documents_run(document: str) -> None:
    text = (Path(__file__).resolve().parents[1] / document).read_text("utf-8")
    names: dict[str, Any] = {}
    examples = [block for block in re.findall(r"```python\n(.*?)```", text, re.DOTALL) if "rnnviz.capture" in block]
    assert examples
    for example in examples:
        exec(example, names)  # noqa: S102 - the project's own documents
    assert names["trace"].cell == "lstm"


def test_run_takes_what_capture_takes() -> None:
    model, x = seeded(Classifier, nn.GRU(3, 4, batch_first=True)).eval(), torch.randn(2, 5, 3)
    assert torch.equal(run(model, (x, 1.0)), run(model, {"x": x}))


class Checkpointed(nn.Module):
    """Saves memory: what the layer computes is computed again on the way back."""

    def __init__(self, rnn: nn.Module, reentrant: bool | None) -> None:
        super().__init__()
        self.rnn, self.out, self.reentrant = rnn, nn.Linear(4, 1), reentrant

    def forward(self, x: Tensor) -> Tensor:
        def inner(x: Tensor) -> Tensor:
            return self.rnn(x)[0]

        if self.reentrant is None:
            return self.out(inner(x))
        return self.out(checkpoint(inner, x, use_reentrant=self.reentrant))


@pytest.mark.parametrize("kind", MODULES)
def test_what_is_computed_again_on_the_way_back_is_no_call(kind: str) -> None:
    rnn, x = seeded(MODULES[kind], 3, 4), torch.randn(2, 5, 3)
    plain = Checkpointed(rnn, None)
    again = Checkpointed(rnn, reentrant=False)
    again.out = plain.out
    expected, found = (capture(model, x, loss=torch.sum)["rnn"] for model in (plain, again))
    np.testing.assert_allclose(found["h"], expected["h"], atol=1e-6)
    np.testing.assert_allclose(found.grads["h"], expected.grads["h"], atol=1e-6)
    assert np.abs(found.grads["h"]).max() > 0


def test_a_reentrant_checkpoint_is_refused_with_a_way_out() -> None:
    model, x = Checkpointed(seeded(nn.GRU, 3, 4), reentrant=True), torch.randn(2, 5, 3, requires_grad=True)
    with pytest.raises(ValueError, match=r"rnn \(GRU\): .* use_reentrant=True. Take use_reentrant=False, or no loss"):
        capture(model, x, loss=torch.sum)
    assert capture(model, x)["rnn"]["h"].shape[-1] == 4


class Doubled(nn.GRU):
    """Computes something else than its weights say."""

    def forward(self, *given: Any) -> Any:
        output, state = super().forward(*given)
        return 1 - output, state


def test_a_subclass_in_half_precision_is_checked_too() -> None:
    model = nn.Sequential(Doubled(3, 4)).bfloat16()
    with pytest.raises(ValueError, match=r"must return what nn.GRU computes with its weights"):
        capture(model, torch.randn(5, 2, 3).bfloat16())


class Named(nn.GRU):
    """The same as its parent."""


def test_one_that_only_rounds_is_not_refused() -> None:
    for seed in range(5):
        torch.manual_seed(seed)
        capture(nn.Sequential(Named(3, 16)).bfloat16(), torch.randn(60, 2, 3).bfloat16())


class MadeInForward(nn.Module):
    """A model that makes a layer in its forward."""

    def __init__(self) -> None:
        super().__init__()
        self.gru = nn.GRU(3, 4, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        return nn.LSTM(4, 2, batch_first=True)(self.gru(x)[0])[0]


def test_a_layer_that_forward_makes_is_told_and_the_others_are_shown() -> None:
    with pytest.warns(UserWarning, match=r"no modules of the model and have no trace: LSTM\. Make them in __init__"):
        traces = capture(MadeInForward(), torch.ones(1, 5, 3))
    assert list(traces) == ["gru"]


@pytest.mark.parametrize("inside", [False, True])
def test_a_layer_without_numbers_is_refused(*, inside: bool) -> None:
    layer = nn.LSTM(3, 4, device="meta")
    model = nn.Sequential(layer) if inside else layer
    with pytest.raises(ValueError, match="must have numbers; it is on the meta device"):
        capture(model, torch.ones(5, 1, 3))


@pytest.mark.filterwarnings("ignore:torch.:UserWarning", "ignore::DeprecationWarning")
def test_quantized_layers_are_called_so() -> None:
    model = torch.ao.quantization.quantize_dynamic(nn.Sequential(nn.LSTM(3, 4)), {nn.LSTM}, dtype=torch.qint8)
    with pytest.raises(TypeError, match="0 is quantized, and has no weights in floats"):
        capture(model, torch.ones(5, 1, 3))
