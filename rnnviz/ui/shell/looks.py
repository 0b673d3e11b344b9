"""What Streamlit's themes cannot set: its text that would be too pale to read, and cells that scroll."""

from html import escape
from typing import Final

import streamlit as st

from rnnviz.palette import GROUNDS, Theme

_SHEET: Final = """
[data-testid=stCaptionContainer], [data-testid=stExpander] summary {{ color: {soft}; opacity: 1; }}
[data-testid=stExpander] summary:hover, [data-testid=stExpander] [open] > summary {{ color: {ink}; }}
[data-testid=stCode] .token:is(.keyword, .tag, .function, .class-name, .selector) {{ color: {accent}; }}
[data-testid=stCode] .token:is(.comment, .punctuation, .operator) {{ color: {soft}; }}
[data-testid=stCode] .token:is(.string, .char, .number, .boolean) {{ color: {good}; }}
[data-testid=stTable] [data-testid=stMarkdownContainer] {{ overflow: visible; }}
.stApp :is(a, button, pre, summary, canvas, [role=region], .rnnviz-term):focus-visible {{
  outline: 2px solid {accent}; outline-offset: 2px;
}}
.stApp button:is(
  [data-testid=stPopoverButton], [data-testid=stBaseButton-secondary], [data-testid=stBaseButton-tertiary],
  [data-testid=stPopover] *
):is(:hover, :active, [aria-expanded=true]) {{ color: {accent}; }}
[data-testid=stMarkdown] details {{
  margin-top: 1rem; padding: 0 0.75rem; border: 1px solid {line}; border-radius: 0.5rem;
}}
[data-testid=stMarkdown] summary {{
  margin: 0 -0.75rem; padding: 0.5rem 0.75rem; color: {soft}; font-size: 0.875rem; cursor: pointer;
}}
[data-testid=stMarkdown] :is(summary:hover, [open] > summary) {{ color: {ink}; }}
.st-key-navigation nav {{ display: grid; grid-template-columns: 1fr 1fr; column-gap: 0.25rem; }}
.st-key-navigation :is(h2, a:first-child) {{ grid-column: 1 / -1; }}
.st-key-navigation a {{
  display: block; margin: 1px 0; padding: 0 0.5rem; border-radius: 0.5rem; color: {ink}; font-size: 0.875rem;
  line-height: 1.5rem; text-decoration: none;
}}
.st-key-navigation a:is(:first-child, [aria-current]) {{ font-weight: 600; }}
.st-key-navigation h2 {{
  margin: 0.4rem 0 0; padding: 0 0.5rem; color: {soft}; font-size: 0.75rem; font-weight: 600; line-height: 1.25rem;
}}
.st-key-navigation a:is(:hover, [aria-current]) {{ background: color-mix(in srgb, {soft} 12%, transparent); }}
.st-key-control_notation [role=radio] {{ padding-inline: 0.375rem; }}
.st-key-home [data-testid=stPageLink]:not(.st-key-home_begin *) {{ margin-left: -0.5rem; }}
.st-key-home [data-testid=stPageLink] a :is(span, div, p) {{ white-space: normal; }}
@media (hover: none) {{ .modebar-container {{ display: none; }} }}
@media (max-width: 640px) {{
  .modebar-container, :is(.st-key-gradients-time, .st-key-gradients-length) .annotation {{ display: none; }}
  .js-plotly-plot .gtitle {{ font-size: 16px !important; }}
  .js-plotly-plot :is(.xtitle, .ytitle) {{ font-size: 13px !important; }}
  :is(.st-key-gradients-time, .st-key-gradients-length) .legendtext {{ font-size: 11px !important; }}
}}
[data-testid=stMainBlockContainer] {{ padding-top: 3.75rem; --between: 1rem; }}
@media (min-width: 769px) and (max-width: 1100px) {{ [data-testid=stMainBlockContainer] {{ padding-top: 2.5rem; }} }}
[data-testid=stSidebarHeader] {{ margin-bottom: 0; }}
@media (max-height: 960px) {{
  [data-testid=stMainBlockContainer] {{ --between: 0.5rem; }}
  .stMain [data-testid=stVerticalBlock] {{ gap: var(--between); }}
  .stMain [data-testid=stHorizontalBlock] {{ row-gap: var(--between); }}
}}
.streamlit-embedded :is([data-testid=stSidebar], [data-testid=stHeader], [data-testid=stExpandSidebarButton]) {{
  display: none;
}}
.streamlit-embedded [data-testid=stMainBlockContainer] {{ padding: 12px 16px 24px; }}
.stApp .stMain {{ scroll-padding-top: var(--header, 0px); }}
@media (min-width: 769px) {{
  .stApp [data-testid=stHeader] {{ background: none; }}
  .stApp [data-testid=stHeader], .stApp [data-testid=stHeader] * {{ pointer-events: none; }}
  .stApp [data-testid=stHeader] :is(button, a, [data-testid=stStatusWidget]) {{ pointer-events: auto; }}
}}
.stApp .stMain:focus-visible {{ outline: 2px solid {accent}; outline-offset: -2px; }}
[data-testid=stStatusWidget]:not(:has([data-testid=stConnectionStatus])) {{ display: none; }}
.stApp[data-test-script-state=running] .stMain::after {{
  content: "Computing …"; position: fixed; right: 1rem; bottom: 1rem; z-index: 99; padding: 0.3rem 0.8rem;
  border: 1px solid {soft}; border-radius: 1rem; background: {background}; color: {ink}; font-size: 0.875rem;
  opacity: 0; animation: rnnviz-computing 0s 0.7s forwards, rnnviz-waiting 0s 4s forwards;
}}
@keyframes rnnviz-computing {{ to {{ opacity: 1; }} }}
@keyframes rnnviz-waiting {{ to {{ content: "Still computing. The server may be busy; nothing is lost."; }} }}
"""
"""Corrections of Streamlit's styles. It fades captions and lines of expanders to three fifths, below WCAG's contrast
of 4.5 for text, and colours code alike in both themes. A formula in a table is slightly taller than its cell, which
then scrolls. Only a tint shows the keyboard's focus on its links and small buttons. A button under the pointer is
written in a darker primary colour, which cannot be read in the dark theme. A link is cut where it has no room in one
line, but a tour's title must not be. The links to the pages are ours, and stand closer together and in two columns, so
that the settings have room on a laptop. Where nothing hovers, and on a phone, the buttons over a picture always cover
its title. On a phone names at the ends of curves, which the legend has too, cover the axis; a title of one line is
wider than the window, and that of an axis longer than the axis.
A page begins right under Streamlit's header, which is empty, and in a low window all on it is closer together: on a
laptop the picture needs the room. On all but a phone what is scrolled shows through the header, and what keeps to the
top of the window can be clicked there. Streamlit's own "Stop" in it would end the page, where a visitor means the
training.
A view in a frame of another page (Streamlit's parameter ``embed``) has the room of the frame, and the navigation is
that page's. While a costly view is computed, the picture of before stays and pales; after a moment a text beside it
says that the computation goes on, and after some seconds that the server may be full.
"""

_TERMS: Final = """
.rnnviz-term {{
  anchor-name: --term; anchor-scope: --term; white-space: nowrap; cursor: help;
  text-decoration: underline dotted {soft}; text-underline-offset: 0.2em;
}}
.rnnviz-term:is(:not(:hover, :focus-within), [data-shut]) > span {{ display: none; }}
.rnnviz-term > span {{
  display: block; position: absolute; left: 0; z-index: 9; width: min(24rem, 100%); padding: 0.5rem 0.75rem;
  border: 1px solid {soft}; border-radius: 0.5rem; background: {panel}; color: {ink};
  font-size: 0.875rem; font-style: normal; line-height: 1.5; white-space: normal; cursor: auto;
}}
.rnnviz-term .katex {{ white-space: nowrap; }}
:is(p, li):has(> .rnnviz-term, > em > .rnnviz-term) {{ position: relative; }}
@supports (anchor-scope: --term) {{
  [data-testid=stMarkdownContainer]:has(.rnnviz-term) {{ anchor-name: --prose; anchor-scope: --prose; }}
  .rnnviz-term > span {{
    position: fixed; position-anchor: --term; position-try-fallbacks: flip-block; top: anchor(bottom);
    left: max(anchor(--prose left), min(anchor(left), anchor(--prose right) - 24rem));
    width: min(24rem, anchor-size(--prose width));
  }}
}}
.streamlit-embedded .rnnviz-term a {{ display: none; }}
.st-key-comparison [data-testid=stMarkdownContainer]:has(> table) {{ overflow-x: auto; }}
.st-key-comparison td:first-child {{ min-width: 11rem; }}
@media (max-width: 640px) {{
  .st-key-comparison td:first-child {{ min-width: 6.5rem; }}
  .st-key-comparison :is(th, td) {{ padding: 0.25rem 0.375rem; font-size: 0.875rem; }}
}}
:is(.st-key-glossary, .st-key-references) h2 {{ padding: 0.75rem 0 0; font-size: 1.25rem; scroll-margin-top: 1rem; }}
"""
"""A term of the glossary and its explanation, which stands under it, or above it at the foot of the window, and never
wider than the prose. A browser that cannot place it by the term has it at the left of the paragraph."""

_ON_PRIMARY: Final = "[data-testid=stBaseButton-primary] {{ color: {background}; }}"
"""Streamlit writes white on primary buttons, whose colour is light in the dark theme, as it serves for text too."""


def apply(theme: Theme) -> None:
    """Correct what would be too pale in this theme."""
    sheet = _SHEET + _TERMS + (_ON_PRIMARY if theme == "dark" else "")
    st.html(f"<style>{sheet.format(**GROUNDS[theme])}</style>")


def scrolled(text: str, lines: int, said: str) -> None:
    """A part of a text that can be scrolled, with the keyboard too.

    Args:
        text: From anywhere: nothing in it is markup.
        lines: So many are seen at most, the last one whole: what is beyond shows in a padding, but not in a border.
        said: What it is, for those who do not see it.
    """
    looks = (
        f"box-sizing: border-box; max-height: calc({1.5 * lines}em + 1.8rem); overflow: auto; margin: 0; "
        "padding: 0 1rem; border: solid transparent; border-width: 0.9rem 0; border-radius: 0.5rem; "
        "white-space: pre-wrap; overflow-wrap: anywhere; font-size: 0.875rem; line-height: 1.5; "
        "background: color-mix(in srgb, currentColor 5%, transparent);"
    )
    told = escape(text).replace("\n", "&#10;")  # lines of blanks alone would be emptied on the way
    st.html(f'<pre tabindex="0" role="region" aria-label="{escape(said)}" style="{looks}">&#10;{told}</pre>')
