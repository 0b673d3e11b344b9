"""One training by two processes that torchrun starts: the network that one process makes, to rounding."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from rnnviz.sentiment import BAG, fitting, load
from rnnviz.sentiment.process_group import Alone, process_group
from rnnviz.sentiment.reviews import read
from tests.sentiment.made_up import OURS, go_on, interrupting, write_parquet
from tests.sentiment.several import RECIPES, told
from tests.serving import ROOT

pytest.importorskip("lightning_fabric", reason="lightning-fabric is optional")

PROCESSES = 2


def torchrun(module: str, *arguments: str) -> str:
    """What two processes print."""
    launch = ["-m", "torch.distributed.run", "--nnodes", "1", "--nproc-per-node", str(PROCESSES)]
    meeting = ["--rdzv-backend", "c10d", "--rdzv-endpoint", "127.0.0.1:0", "--local-addr", "127.0.0.1"]
    done = subprocess.run(
        [sys.executable, *launch, *meeting, "-m", module, *arguments],
        cwd=ROOT,
        env=os.environ | {"GLOO_SOCKET_IFNAME": "lo", "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where two processes have trained, one network from where a single one was stopped."""
    folder = tmp_path_factory.mktemp("several")
    data = read(write_parquet(folder / "data"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fitting, "SAVED_EVERY", 0.0)
        with pytest.raises(KeyboardInterrupt):
            go_on(OURS, data, folder / "ours.unfinished", interrupting(18))
    torchrun("tests.sentiment.several", str(folder))
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("name", RECIPES)
def test_two_make_what_one_makes(folder: Path, name: str) -> None:
    one = told(go_on(RECIPES[name], read(folder / "data"), folder / f"{name}.alone", lambda _: None))
    leader, other = (load_file(folder / f"{name}.{place}.safetensors") for place in range(PROCESSES))
    assert one.keys() == leader.keys() == other.keys()
    for key, expected in one.items():
        assert torch.equal(leader[key], other[key]), key
        torch.testing.assert_close(leader[key], expected, atol=1e-3, rtol=1e-3)


@pytest.mark.slow
def test_the_command(folder: Path) -> None:
    names, out = ("lecture-lstm", BAG), folder / "models"
    chosen = [argument for name in names for argument in ("--only", name)]
    said = torchrun("rnnviz", "train", "sentiment", "--data", str(folder / "data"), "--out", str(out), *chosen)
    speakers = [line.partition(":")[0] for line in said.splitlines()]
    assert speakers == ["lecture-lstm"] * 11 + [BAG]  # one of the two speaks
    files = {f"{name}.{ending}" for name in names for ending in ("json", "safetensors")}
    assert {path.name for path in out.iterdir()} == files
    assert all(load(name, out).card["test"]["accuracy"] > 0.4 for name in names)


def test_without_torchrun_there_is_one() -> None:
    with process_group() as all_of_us:
        assert isinstance(all_of_us, Alone)
