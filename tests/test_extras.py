"""A package that only some commands need: they ask for it by name in one line, and no other command needs it."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

from rnnviz.extras import PACKAGES, SCHEDULER_VARIABLE
from tests.sentiment.made_up import write_parquet
from tests.serving import ROOT

WITHOUT: Final = """\
import sys
sys.modules.update(dict.fromkeys({modules!r}))  # as if it were not installed
from rnnviz.cli import main
sys.exit(main(sys.argv[1:]))
"""
EVERY: Final = tuple(module for modules in PACKAGES.values() for module in modules)


def without(modules: tuple[str, ...], *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """What a command comes to where these modules cannot be imported."""
    return subprocess.run(
        [sys.executable, "-c", WITHOUT.format(modules=modules), *arguments],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


def test_export() -> None:
    ended = without(("pptx",), "export", str(ROOT / "docs" / "gallery.yaml"))
    line = 'python-pptx (the extra rnnviz[export]); install it with: pip install "python-pptx>=1.0.2,<2"'
    assert (ended.returncode, ended.stdout, ended.stderr) == (1, "", f"rnnviz: export needs {line}\n")


def test_export_without_any_of_its_packages() -> None:
    ended = without(tuple(PACKAGES["export"]), "export", str(ROOT / "docs" / "gallery.yaml"))
    assert ended.returncode == 1
    assert ended.stderr.startswith("rnnviz: export needs python-pptx and pyyaml and websockets (the extra")
    assert ended.stderr.endswith('pip install "python-pptx>=1.0.2,<2" "pyyaml>=6.0.2,<7" "websockets>=14"\n')


def test_a_cluster() -> None:
    ended = without(("distributed",), "app", **{SCHEDULER_VARIABLE: "tcp://127.0.0.1:8786"})
    line = "distributed (the extra rnnviz[cluster]); install it with: pip install"
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == f'rnnviz: {SCHEDULER_VARIABLE} needs {line} "distributed>=2025.1"\n'


def test_several_processes(tmp_path: Path) -> None:
    data, started_by_torchrun = write_parquet(tmp_path / "data"), {"TORCHELASTIC_RUN_ID": "1"}
    ended = without(("lightning_fabric",), "train", "sentiment", "--data", str(data), **started_by_torchrun)
    line = "lightning-fabric (the extra rnnviz[devices]); install it with: pip install"
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == f'rnnviz: training by several processes needs {line} "lightning-fabric>=2.6"\n'


def test_the_command_itself_needs_none() -> None:
    ended = without(EVERY, "--help")
    assert (ended.returncode, ended.stderr) == (0, "")
