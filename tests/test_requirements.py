"""What is required says the same wherever it is said: for pip, in the package, in the lock."""

import re
import subprocess
import sys
import tomllib
from itertools import product
from typing import Final

import pytest
from packaging.markers import Environment, default_environment
from packaging.requirements import Requirement
from packaging.version import Version

from rnnviz.extras import PACKAGES
from tests import newest
from tests.serving import ROOT
from tests.together import together

PROJECT: Final = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS: Final[dict[str, list[str]]] = PROJECT["optional-dependencies"]
LOCK: Final = (ROOT / "requirements-lock.txt").read_text(encoding="utf-8")
PYTHONS: Final = ("3.11", "3.12", "3.13", "3.14")
SYSTEMS: Final = {
    "linux": ("Linux", "posix", "x86_64"),
    "darwin": ("Darwin", "posix", "arm64"),
    "win32": ("Windows", "nt", "AMD64"),
}


def listed(file: str) -> list[str]:
    return newest.lines((ROOT / file).read_text(encoding="utf-8"))


def locked() -> list[tuple[Requirement, list[str]]]:
    """Each pin of the lock with its hashes."""
    text = re.sub(r"^\s*#.*\n", "", LOCK, flags=re.MULTILINE).replace("\\\n", " ")
    rows = [line.split("--hash=") for line in text.splitlines() if line.strip()]
    return [(Requirement(pin.strip()), [given.strip() for given in hashes]) for pin, *hashes in rows]


def machine(system: str, python: str) -> Environment:
    """What markers are read with on such a machine."""
    name, kind, processor = SYSTEMS[system]
    here = {"sys_platform": system, "platform_system": name, "os_name": kind, "platform_machine": processor}
    version = {"python_version": python, "python_full_version": f"{python}.0", "implementation_name": "cpython"}
    other = {"platform_python_implementation": "CPython"}
    return default_environment() | here | version | other  # type: ignore[return-value]


def test_the_package_and_the_file_for_pip_require_the_same() -> None:
    assert sorted([*PROJECT["dependencies"], *EXTRAS["export"]]) == sorted(listed("requirements.txt"))


def test_the_tests_have_every_extra() -> None:
    extras = {*EXTRAS["cluster"], *EXTRAS["devices"], *EXTRAS["keras"], *EXTRAS["onnx"], *EXTRAS["tokenizers"]}
    assert extras <= set(listed("requirements-dev.txt"))


def test_a_command_names_what_its_extra_installs() -> None:
    assert {extra: list(packages.values()) for extra, packages in PACKAGES.items()} == {
        extra: packages for extra, packages in EXTRAS.items() if extra != "all"
    }


def test_the_lock_pins_releases_with_their_hashes_and_names_no_address() -> None:
    assert "://" not in LOCK
    pins = locked()
    assert len(pins) > 80
    for pin, hashes in pins:
        [exact] = pin.specifier
        assert exact.operator == "=="
        assert Version(exact.version).local is None, pin  # a build that only some machine has
        assert hashes, pin
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", given) for given in hashes), pin


@together("system, python", list(product(SYSTEMS, PYTHONS)))
def test_the_lock_has_all_that_is_required_within_its_bounds(system: str, python: str) -> None:
    here = machine(system, python)
    pins: dict[str, list[Version]] = {}
    for pin, _ in locked():
        if pin.marker is None or pin.marker.evaluate(here):
            pins.setdefault(pin.name, []).append(Version(next(iter(pin.specifier)).version))
    assert all(len(versions) == 1 for versions in pins.values()), "one release each"
    for requirement in map(Requirement, [*listed("requirements.txt"), *listed("requirements-dev.txt")]):
        if requirement.marker is not None and not requirement.marker.evaluate(here):
            continue
        [version] = pins.get(requirement.name, [None])
        assert version is not None, f"{requirement} is not in requirements-lock.txt: make lock"
        assert version in requirement.specifier, f"{requirement} is locked at {version}: make lock"


def test_classifiers_name_the_pythons_that_are_locked() -> None:
    named = [line.rpartition(" ")[2] for line in PROJECT["classifiers"] if re.search(r":: 3\.\d+$", line)]
    assert named == list(PYTHONS)


@pytest.mark.parametrize(
    ("bounded", "free"),
    [
        ("streamlit~=1.67.0", "streamlit>=1.67.0"),
        ("plotly>=7.1,<8", "plotly>=7.1"),
        ("segno<2,>=1.6", "segno>=1.6"),
        ("torch>=2.9", "torch>=2.9"),
        ("one==1.2", "one"),
        ("one~=1.2, !=1.3", "one>=1.2,!=1.3"),
        ("one[two] >= 1.2, <= 3 ; python_version < '3.12'", "one[two]>= 1.2 ; python_version < '3.12'"),
        ("bare", "bare"),
    ],
)
def test_upper_bounds_are_taken_off(bounded: str, free: str) -> None:
    assert newest.unbounded(bounded) == free
    assert Requirement(free)


def test_the_newest_of_everything_is_asked_for() -> None:
    told = subprocess.run(
        [sys.executable, "-S", "-m", "tests.newest"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    everything = [Requirement(line) for file in newest.FILES for line in listed(file)]
    assert [Requirement(line).name for line in told] == [requirement.name for requirement in everything]
    assert not [line for line in told if re.search(r"<|==|~=", line)]
    assert "streamlit>=1.67.0" in told


def test_the_start_leaves_the_package_importable() -> None:
    """With make and without it, on every system: what is downloaded from a page runs in any folder."""
    start = (ROOT / "README.md").read_text(encoding="utf-8").partition("## Start")[2].partition("\n## ")[0]
    plain = [line for line in start.splitlines() if "pip install -r" in line]
    assert len(plain) == 2
    assert all(line.endswith(" install -r requirements.txt -e .") for line in plain)
    make = (ROOT / "Makefile").read_text(encoding="utf-8")
    (rule,) = re.findall(r"^\$\(VENV\)/\.installed:(.*)\n((?:\t.*\n)+)", make, re.MULTILINE)
    assert "pyproject.toml" in rule[0]
    assert "$(PIP) install -r requirements.txt -e ." in rule[1]
