"""Words in other orders move a network and no bag."""

import numpy as np
import pytest

from rnnviz.sentiment.shuffling import shuffled
from tests.sentiment.test_model import TEXT, bag, model_of


def test_a_network_moves_and_a_bag_does_not() -> None:
    network = model_of(attention=True)
    found, counted = shuffled(network, TEXT, orders=20), shuffled(bag(), TEXT, orders=20)
    assert found.shape == counted.shape == (20,)
    assert np.ptp(found) > 1e-6
    assert np.ptp(counted) == 0
    np.testing.assert_array_equal(shuffled(network, TEXT, orders=20), found)
    assert not np.array_equal(shuffled(network, TEXT, seed=1, orders=20), found)


def test_nothing_to_read() -> None:
    network = model_of(attention=True)
    with pytest.raises(ValueError, match="at least one word"):
        shuffled(network, "  ")
