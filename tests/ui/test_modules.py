"""The modules of widgets: what a browser fetches once, and what an update brings instead."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from rnnviz.ui.shell import keys, modules, own_tour
from rnnviz.widgets import sources
from tests.node import NODE
from tests.together import together

DOCUMENT = """
globalThis.document = {
  createElement: () => ({ append(...parts) { this.parts = parts; } }),
};
const root = { views: [], prepend(view) { this.views.push(view); }, getRootNode: () => ({}) };
"""
"""As much of a browser as dressing needs."""


def run(code: str, folder: Path) -> str:
    done = subprocess.run(
        [str(NODE), "--input-type=module", "--eval", code], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize("name", sorted(sources.widgets()))
def test_a_module_is_javascript_and_touches_nothing_before_it_is_mounted(name: str, tmp_path: Path) -> None:
    (tmp_path / "module.mjs").write_text(modules.of(name).source, encoding="utf-8")
    assert run('import mount from "./module.mjs"; console.log(typeof mount);', tmp_path) == "function"


def test_a_module_brings_markup_and_styles_once_for_each_place(tmp_path: Path) -> None:
    source = modules.of("panels").source
    # The widget itself is not what is tested here.
    script = "const widget = () => 7;\n" + source[source.index("const widgetFacts") :]
    (tmp_path / "module.mjs").write_text(script, encoding="utf-8")
    out = run(
        DOCUMENT
        + """
        const { default: mount } = await import("./module.mjs");
        const given = [mount({ parentElement: root }), mount({ parentElement: root })];
        const [{ innerHTML, parts }] = root.views;
        console.log(given.join(), root.views.length, innerHTML.includes("panels"), parts[0].textContent.length > 3000);
        """,
        tmp_path,
    )
    assert out == "7,7 1 true true"


def test_a_widget_finds_what_is_the_same_for_everybody(tmp_path: Path) -> None:
    source = modules.of("bar").source
    script = "const widget = ({ facts }) => JSON.stringify(facts);\n" + source[source.index("const widgetFacts") :]
    (tmp_path / "module.mjs").write_text(script, encoding="utf-8")
    mount = 'const { default: mount } = await import("./module.mjs"); console.log(mount({ parentElement: root }));'
    assert json.loads(run(DOCUMENT + mount, tmp_path)) == {"keys": keys.plain(), "tours": own_tour.rules()}


def test_the_parts_of_the_page_go_without_the_looks_of_what_is_apart() -> None:
    base = (sources.ASSETS / "shared" / "base.css").read_text(encoding="utf-8").split("\n", 1)[0]
    assert {name for name in sources.widgets() if base not in modules.of(name).source} == sources.PART_OF_PAGE


@together("name", sorted(sources.widgets()))
def test_a_module_is_found_at_its_address_alone(name: str) -> None:
    address = modules.of(name).address
    assert modules.at(address) is modules.of(name)
    digest = address.split(".")[1]
    assert modules.at(address.replace(digest, digest[::-1])) is None


@pytest.mark.parametrize(
    "address",
    ["", "/widgets/", "/widgets/shared.0123456789abcdef.js", "/widgets/../app.0123456789abcdef.js", "/widgets/bar.js",
     "/widgets/bar.0123456789abcdef.js/x", "/widgets/" + "a" * 10_000 + ".0123456789abcdef.js"],
)  # fmt: skip
def test_elsewhere_there_is_nothing(address: str) -> None:
    assert modules.at(address) is None


def test_an_update_brings_the_module_unless_a_server_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    module = modules.of("bar")
    monkeypatch.setattr(modules, "_served", False)
    assert module.sent == module.source
    modules.serve()
    assert module.address in module.sent
    assert len(module.sent) < 500


def test_fetching_tries_again_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two failures, then the module; the third address differs from the first."""
    monkeypatch.setattr(modules, "_served", True)
    script = modules.of("bar").sent
    fetch = """
        const asked = [];
        const fetched = async (url) => {
          asked.push(url.href);
          if (asked.length < 3) throw new Error("no network");
          return { default: (component) => component + 1 };
        };
        globalThis.location = { origin: "http://here" };
    """
    (tmp_path / "sent.mjs").write_text(fetch + re.sub(r"\bimport\(", "fetched(", script) + "export { asked };")
    out = run(
        'const { default: mount, asked } = await import("./sent.mjs");'
        "console.log(await mount(1), new Set(asked).size);",
        tmp_path,
    )
    assert out == "2 3"
