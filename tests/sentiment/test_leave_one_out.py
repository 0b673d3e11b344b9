"""All words left out at once, against one reading a word."""

import pytest
import torch

from rnnviz.sentiment.explaining import omission_logits
from rnnviz.sentiment.recipes import NetworkSpec
from tests.sentiment.test_network import SPECS, network_of


@pytest.mark.parametrize("spec", SPECS)
@pytest.mark.parametrize("time", [2, 23])
def test_each_word_left_out_as_if_it_had_never_stood_there(spec: NetworkSpec, time: int) -> None:
    network = network_of(spec)
    ids = torch.randint(50, (time,), generator=torch.Generator().manual_seed(4))
    rest = [torch.cat([ids[:k], ids[k + 1 :]]) for k in range(time)]
    alone = [network(row[None], torch.tensor([len(row)]))[0] for row in (*rest, ids)]
    found = omission_logits(network, ids)
    torch.testing.assert_close(found, torch.stack(alone).detach())
    assert found.std() > 1e-4  # they differ, so that agreeing means something
