"""The module of a widget: its script, markup and styles in one, as a browser imports it."""

import json
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Final

from rnnviz import places
from rnnviz.widgets.bundling import bundle, named, slim

ASSETS: Final = places.ASSETS / "components"

PART_OF_PAGE: Final = frozenset({"bar", "tour"})
"""Widgets that are drawn with the styles of the page; the others are apart from it, with the looks of all widgets."""

_NO_FACTS: Final[Mapping[str, object]] = MappingProxyType({})
_DRESSED: Final = """\
const dressed = new WeakSet();
const mount = (component) => {
const { parentElement } = Object.assign(component, { facts: widgetFacts });
if (!dressed.has(parentElement)) {
dressed.add(parentElement);
const view = Object.assign(document.createElement("div"), { innerHTML: widgetMarkup });
view.append(Object.assign(document.createElement("style"), { textContent: widgetStyles }));
parentElement.prepend(view);
}
const { host } = parentElement.getRootNode();
if (host) host.redraw = () => widget(component);
return widget(component);
};
"""
"""What mounts the widget with ``{data, parentElement, setStateValue, setTriggerValue}``. The host gets ``redraw()``,
which draws the widget again, as in other colours for a picture."""


def source(name: str, facts: Mapping[str, object] = _NO_FACTS, ending: str = "export default mount;") -> str:
    """JavaScript that a browser can run from a blob as well as from an address.

    Args:
        facts: What the widget shows beside its data and is the same for everybody, as ``component.facts``.
        ending: The end of the module, which exports ``mount(component)`` or what makes use of it.

    Raises:
        FileNotFoundError: If there is no widget of this name.
    """
    folder = ASSETS / name
    styles = (*([] if name in PART_OF_PAGE else [ASSETS / "shared" / "base.css"]), folder / f"{name}.css")
    parts = {
        "widgetFacts": dict(facts),
        "widgetMarkup": (folder / f"{name}.html").read_text(encoding="utf-8"),
        "widgetStyles": "\n".join(path.read_text(encoding="utf-8") for path in styles),
    }
    written = (f"const {name} = {json.dumps(part)};" for name, part in parts.items())
    script = slim(named(bundle(folder / f"{name}.js"), "widget"))
    return "\n".join([script, *written, _DRESSED, ending])


@cache
def widgets() -> frozenset[str]:
    """The names of all widgets."""
    return frozenset(path.parent.name for path in ASSETS.glob("*/*.html"))
