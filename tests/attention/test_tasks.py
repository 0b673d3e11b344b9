"""What the networks learn from, and what they refuse to read."""

import itertools

import numpy as np
import pytest

from rnnviz.attention.decoding import END
from rnnviz.attention.tasks import LONGEST, TRAINED_TO, draw_digits, is_held_out, task


def test_batches_of_digits_are_reversed_and_end() -> None:
    reverse = task("reverse")
    lengths = set()
    for pairs in itertools.islice(reverse.batches(8, np.random.default_rng(3)), 300):
        lengths.add(pairs.x.shape[1])
        assert pairs.y.shape == (8, pairs.x.shape[1] + 1)
        np.testing.assert_array_equal(pairs.y[:, :-1], pairs.x[:, ::-1])
        assert {reverse.said[k] for k in pairs.y[:, -1]} == {END}
        assert not is_held_out(pairs.x).any()
    assert lengths == set(range(1, TRAINED_TO + 1))


def test_batches_of_dates_say_what_is_right() -> None:
    dated = task("dates")
    for pairs in itertools.islice(dated.batches(8, np.random.default_rng(3)), 100):
        for x, y in zip(pairs.x, pairs.y, strict=True):
            text = "".join(dated.read[k] for k in x)
            assert dated.right(text) == "".join(dated.said[k] for k in y[:-1])
            assert dated.said[y[-1]] == END


@pytest.mark.parametrize("name", ["reverse", "dates"])
def test_the_same_generator_draws_the_same(name: str) -> None:
    first, second = (task(name).batches(8, np.random.default_rng(7)) for _ in range(2))
    for one, other in itertools.islice(zip(first, second, strict=False), 30):
        np.testing.assert_array_equal(one.x, other.x)
        np.testing.assert_array_equal(one.y, other.y)


def test_one_in_ten_is_held_out() -> None:
    digits = np.array(list(itertools.product(range(10), repeat=4)))
    assert is_held_out(digits).mean() == pytest.approx(0.1, abs=0.01)
    assert not is_held_out(np.arange(10)[:, None]).any()
    generator = np.random.default_rng(2)
    assert is_held_out(draw_digits(2, 50, generator, held_out=True)).all()
    assert not is_held_out(draw_digits(30, 50, generator, held_out=False)).any()
    with pytest.raises(ValueError, match="length must be at least 2"):
        draw_digits(1, 5, generator, held_out=True)


def test_upper_and_lower_case_are_read_alike() -> None:
    dated = task("dates")
    np.testing.assert_array_equal(dated.encode(["5 MAR 1998"]), dated.encode(["5 mar 1998"]))


@pytest.mark.parametrize("name", ["reverse", "dates"])
def test_samples_can_be_read_and_have_an_answer(name: str) -> None:
    one = task(name)
    for sample in one.samples:
        one.check(sample)
        assert one.right(sample)


@pytest.mark.parametrize(
    ("name", "source", "message"),
    [
        ("reverse", "", "Enter digits 0 to 9."),
        ("reverse", None, "Enter digits 0 to 9; got None."),
        ("reverse", 12, "Enter digits 0 to 9; got 12."),
        ("reverse", "12a3b", "Enter digits 0 to 9; got 'a', 'b'."),
        ("reverse", "1" * (LONGEST + 1), "Enter at most 40 characters; got 41."),
        ("reverse", "1" * 10**6, "Enter at most 40 characters; got 1,000,000."),
        ("reverse", "١٢", "Enter digits 0 to 9; got"),
        ("dates", "5\n3", r"Enter a date of letters.* got '\\n'"),
        ("dates", "März 5", "got 'ä'"),
        ("dates", "<script>", "got '<', '>'"),
    ],
)
def test_what_cannot_be_read(name: str, source: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        task(name).check(source)
