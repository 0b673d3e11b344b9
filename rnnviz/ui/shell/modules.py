"""The modules of the widgets: script, markup and styles of each in one, which a browser fetches once.

Streamlit sends all three again with every update, up to 60 kB beside some kB of data. Where the application's own
server runs, an update therefore only says where the module is; under ``streamlit run`` it brings the module itself.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from hashlib import sha256
from typing import Final

from rnnviz.ui.shell import keys, own_tour
from rnnviz.widgets.sources import source, widgets

ROUTE: Final = "/widgets/{file}"
ADDRESS: Final = "/widgets/{name}.{digest}.js"
"""Where the server has a module; the address changes with the content, so a browser may keep it."""

_ADDRESSES: Final = re.compile(r"/widgets/(?P<name>[a-z_]+)\.[0-9a-f]{16}\.js")
_FETCHED: Final = """\
const load = (again) =>
import(new URL(again ? `${ADDRESS}?${again}` : ADDRESS, location.origin)).catch(async (error) => {
if (again === 5) throw error;
await new Promise((then) => { setTimeout(then, 200 * 2 ** again); });
return load(again + 1);
});
const loading = load(0);
export default async (component) => (await loading).default(component);
"""
"""Fetches a module once a page. Where the network fails it tries for six seconds, at addresses that differ, since some
browsers remember a failure."""

_FACTS: Final[Mapping[str, Callable[[], Mapping[str, object]]]] = {
    "bar": lambda: {"keys": keys.plain(), "tours": own_tour.rules()},
    "tour": lambda: {"tours": own_tour.rules()},
}
"""What widgets show beside their data and is the same for everybody."""

_served = False


def serve() -> None:
    """Say that this process has a server which sends modules at their addresses."""
    global _served  # noqa: PLW0603 - a process has one server
    _served = True


def is_served() -> bool:
    """Whether this process has the application's own server, and a browser can ask it over HTTP."""
    return _served


@dataclass(frozen=True)
class Module:
    """The module of one widget.

    Attributes:
        source: JavaScript that a browser can run from a blob as well as from an address.
    """

    name: str
    source: str

    @cached_property
    def address(self) -> str:
        """Where a server has it."""
        return ADDRESS.format(name=self.name, digest=sha256(self.source.encode()).hexdigest()[:16])

    @property
    def sent(self) -> str:
        """What an update brings: a script that fetches the module, or the module itself where no server has it."""
        return f"const ADDRESS = {json.dumps(self.address)};\n{_FETCHED}" if _served else self.source


@cache
def of(name: str) -> Module:
    """The module of a widget.

    Raises:
        FileNotFoundError: If there is no widget of this name.
    """
    return Module(name, source(name, _FACTS.get(name, dict)()))


def at(address: str) -> Module | None:
    """The module at an address, by whom it is asked for is not known; None if nothing is there."""
    found = _ADDRESSES.fullmatch(address)
    module = of(found["name"]) if found and found["name"] in widgets() else None
    return module if module is not None and module.address == address else None
