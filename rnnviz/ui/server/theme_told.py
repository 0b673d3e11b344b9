"""The theme, put together once. Streamlit looks up its few hundred options anew at every run, while everybody waits."""

from functools import wraps
from typing import Any

from streamlit.proto.NewSession_pb2 import CustomThemeConfig
from streamlit.runtime import app_session


def keep() -> None:
    """Have every session of this process tell the theme as it was told first; called again, nothing happens."""
    put_together: Any = app_session._populate_theme_msg
    if hasattr(put_together, "__wrapped__"):
        return
    kept: dict[str, CustomThemeConfig] = {}

    @wraps(put_together)
    def tell(message: CustomThemeConfig, section: str = "theme") -> None:
        if section not in kept:
            kept[section] = CustomThemeConfig()
            put_together(kept[section], section)
        if kept[section].ByteSize():  # else to merge would say that there is such a section
            message.MergeFrom(kept[section])

    app_session._populate_theme_msg = tell  # type: ignore[assignment]
