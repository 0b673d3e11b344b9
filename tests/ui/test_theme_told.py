"""The theme that is kept is the one that Streamlit puts together, and is put together once."""

from collections.abc import Iterator

import pytest
from streamlit import config
from streamlit.proto.NewSession_pb2 import CustomThemeConfig
from streamlit.runtime import app_session

from rnnviz.ui.server import theme_told

SECTIONS = ("theme", "theme.light", "theme.dark", "theme.sidebar", "theme.light.sidebar", "theme.dark.sidebar")
OPTIONS = {
    "theme.primaryColor": "#123456",
    "theme.font": "Sans, serif",
    "theme.headingFontSizes": ["3rem", "2rem"],
    "theme.dark.backgroundColor": "#101010",
    "theme.light.sidebar.textColor": "#222222",
}


@pytest.fixture
def themed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    now = app_session._populate_theme_msg  # another test may have begun a server, which keeps another theme
    monkeypatch.setattr(app_session, "_populate_theme_msg", getattr(now, "__wrapped__", now))
    before = {name: config.get_option(name) for name in OPTIONS}
    for name, value in OPTIONS.items():
        config.set_option(name, value)
    yield
    for name, value in before.items():
        config.set_option(name, value)


def told() -> bytes:
    """The theme as a session tells it."""
    theme = CustomThemeConfig()
    for section in SECTIONS:
        part = theme
        for name in section.split(".")[1:]:
            part = getattr(part, name)
        app_session._populate_theme_msg(part, section)
    content: bytes = theme.SerializeToString(deterministic=True)
    return content


@pytest.mark.usefixtures("themed")
def test_it_is_what_streamlit_tells_and_looked_up_once(monkeypatch: pytest.MonkeyPatch) -> None:
    alone = told()
    assert b"#123456" in alone
    theme_told.keep()
    theme_told.keep()
    assert told() == alone
    monkeypatch.setattr(config, "get_options_for_section", lambda section: pytest.fail(f"looked up again: {section}"))
    assert told() == alone


def test_streamlit_alone_looks_it_up_at_every_run(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_up: list[str] = []

    def look_up(section: str) -> dict[str, object]:
        looked_up.append(section)
        return {}

    monkeypatch.setattr(config, "get_options_for_section", look_up)
    original = getattr(app_session._populate_theme_msg, "__wrapped__", app_session._populate_theme_msg)
    for _ in range(2):
        original(CustomThemeConfig(), "theme")
    assert looked_up == ["theme", "theme"], "theme_told is not needed any more"
