"""How much of the server's memory uploaded files may take: of one visitor, and of all together.

Streamlit bounds the size of one file, and keeps every file in memory until its visitor replaces it or leaves.
"""

from collections.abc import Callable
from typing import Final

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit.runtime import get_instance
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager

ROUTE: Final = "/_stcore/upload_file/"
MOST_OF_ONE: Final = 144 * 2**20
"""The most bytes of one visitor: a largest network while another takes its place, a vocabulary and a text."""

MOST_OF_ALL: Final = 400 * 2**20
"""The most bytes of all visitors together."""


def held() -> dict[str, int]:
    """The bytes of the files of each session that has some."""
    manager = get_instance().uploaded_file_mgr
    if not isinstance(manager, MemoryUploadedFileManager):
        raise TypeError(f"uploads must be kept in memory; got {type(manager).__name__}")
    stored = list(manager.file_storage.items())
    return {session: sum(len(file.data) for file in list(files.values())) for session, files in stored if files}


class Uploads:
    """ASGI middleware that refuses an upload: with 413 where there is no room, with 411 where its size is unknown."""

    def __init__(self, app: ASGIApp, taken: Callable[[], dict[str, int]] = held) -> None:
        self.app = app
        self.taken = taken
        self.coming: list[tuple[str, int]] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or refuse it."""
        if scope["type"] != "http" or scope["method"] != "PUT" or ROUTE not in scope["path"]:
            await self.app(scope, receive, send)
            return
        session = scope["path"].partition(ROUTE)[2].partition("/")[0]
        size = Headers(scope=scope).get("content-length", "")
        if not (size.isascii() and size.isdigit()):
            await PlainTextResponse("the length of an upload must be given", status_code=411)(scope, receive, send)
        elif problem := self._problem(session, int(size)):
            await PlainTextResponse(problem, status_code=413)(scope, receive, send)
        else:
            upload = (session, int(size))
            self.coming.append(upload)
            try:
                await self.app(scope, receive, send)
            finally:
                self.coming.remove(upload)

    def _problem(self, session: str, size: int) -> str | None:
        taken = self.taken()
        mine = taken.get(session, 0) + sum(count for one, count in self.coming if one == session)
        if mine + size > MOST_OF_ONE:
            return f"the files of one visit must have at most {MOST_OF_ONE // 2**20} MB together"
        if sum(taken.values()) + sum(count for _, count in self.coming) + size > MOST_OF_ALL:
            return "the server holds as many files as it has room for; try again when another visitor has left"
        return None
