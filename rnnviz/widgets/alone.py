"""A widget as one HTML file with its script and its data; stepping and hovering work without a network or a server."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any, Final

from rnnviz.palette import GROUNDS, Theme
from rnnviz.widgets.bundling import bundle, named
from rnnviz.widgets.packing import message
from rnnviz.widgets.sources import ASSETS

PLAIN: Final = frozenset({"listing", "review_words", "text_numbers", "sequence_kinds", "live_grid"})
"""The widgets that receive plain data; all others receive bytes."""

OFFLINE: Final = "Steps and numbers work offline. To run the network again, open the application."

_FONT: Final = '"Source Sans", "Source Sans 3", Helvetica, Arial, sans-serif'

_VARIABLES: Final = {
    "text-color": "ink",
    "background-color": "background",
    "secondary-background-color": "panel",
    "border-color": "line",
    "primary-color": "accent",
    "link-color": "accent",
}
"""Streamlit's names for the colours that it gives widgets, with their names in the palette."""

_PAGE: Final = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<title>{title}</title>
<style>
:root {{ {variables} }}
body {{ margin: 0 auto; max-width: 1400px; padding: 16px; font: 16px/1.5 var(--st-font); }}
body {{ background: {background}; color: var(--st-text-color); }}
h1 {{ font-size: 24px; }}
footer {{ font-size: 14px; overflow-wrap: anywhere; margin-top: 16px; }}
a {{ color: var(--st-link-color); }}
</style>
</head>
<body>
{heading}
<main id="widget"></main>
<footer>{link} {note}</footer>
<template id="parts"><style>{css}</style>{html}</template>
<script type="application/json" id="data">{data}</script>
<script type="module">
{script}
const parentElement = document.getElementById("widget").attachShadow({{ mode: "open" }});
parentElement.append(document.getElementById("parts").content.cloneNode(true));
const {{ bytes, plain }} = JSON.parse(document.getElementById("data").textContent);
const data = bytes === undefined ? plain : Uint8Array.from(atob(bytes), (letter) => letter.charCodeAt(0));
const nobody = () => {{}};
const told = {{ setStateValue: nobody, setTriggerValue: nobody, answered: false }};
savedWidget({{ data, parentElement, key: "alone", name: "alone", ...told }});
const frame = window.location.protocol === "about:" && window.frameElement;
const fit = () => {{ frame.style.height = `${{document.documentElement.scrollHeight}}px`; }};
if (frame) new ResizeObserver(fit).observe(document.body);
</script>
</body>
</html>
"""


@dataclass(frozen=True)
class Looks:
    """How a page looks.

    Attributes:
        transparent: Whether what is behind the page shows through.
        titled: Whether the widget shows its own title.
    """

    theme: Theme
    transparent: bool = False
    titled: bool = False


def alone(
    name: str, data: Mapping[str, Any] | bytes, title: str, link: str, looks: Looks, *, note: str = OFFLINE
) -> str:
    """A page with a widget that still works.

    Args:
        data: What the widget gets at opening.
        link: To its view; empty for none.
        note: What can be done with the page, in its last line.
    """
    from rnnviz import figures

    folder = ASSETS / name
    css = "\n".join(
        path.read_text(encoding="utf-8") for path in (ASSETS / "shared" / "base.css", folder / f"{name}.css")
    )
    return _PAGE.format(
        policy=figures.POLICY,
        title=escape(title),
        heading="" if looks.titled else f"<h1>{escape(title)}</h1>",
        variables="; ".join(f"{variable}: {value}" for variable, value in variables(looks.theme).items()),
        background="transparent" if looks.transparent else GROUNDS[looks.theme]["background"],
        link=figures.linked(link),
        note=escape(note),
        css=css,
        html=(folder / f"{name}.html").read_text(encoding="utf-8"),
        data=_written(name, data),
        script=_script(name),
    )


def colors(theme: Theme) -> dict[str, str]:
    """The colours of a theme under the names of Streamlit's CSS variables."""
    return {f"--st-{variable}": GROUNDS[theme][color] for variable, color in _VARIABLES.items()}


def variables(theme: Theme) -> dict[str, str]:
    """The colours and fonts of a theme under the names of Streamlit's CSS variables."""
    return colors(theme) | {"--st-font": _FONT, "--st-heading-font": _FONT, "--st-code-font": "ui-monospace, monospace"}


def _script(name: str) -> str:
    """The widget's function under its own name; no text in it can end the script element early."""
    script = named(bundle(ASSETS / name / f"{name}.js"), "savedWidget")
    return script.replace("</", "<\\/")


def _written(name: str, data: Mapping[str, Any] | bytes) -> str:
    if isinstance(data, bytes):
        return json.dumps({"bytes": base64.b64encode(data).decode("ascii")})
    if name in PLAIN:
        return json.dumps({"plain": dict(data)}, allow_nan=False).replace("<", "\\u003c")
    return json.dumps({"bytes": base64.b64encode(message(data)).decode("ascii")})
