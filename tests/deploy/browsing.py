"""Visitors who keep cookies, upload and download, as a browser does, over Streamlit's own protocol."""

import asyncio
import http.client
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Common_pb2 import UploadedFileInfo
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection

from tests.deploy.nginx import COOKIE
from tests.visiting import PATIENCE, View, visitor, written


@dataclass(frozen=True)
class Answer:
    """What came back for a request."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes


@dataclass
class Browser:
    """A visitor at an address, with the cookies so far; one who refuses them gets none."""

    url: str
    cookies: dict[str, str] = field(default_factory=dict)
    refuses: bool = False

    @property
    def replica(self) -> int:
        """The port of the replica that the cookie names; 0 if none does."""
        return int(self.cookies.get(COOKIE, 0))

    def request(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Answer:
        """Ask over HTTP; names of headers have ``_`` for ``-``."""
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=PATIENCE)
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            connection.request(method, path, body, self.headers | given)
            response = connection.getresponse()
            self.take(response.headers.get_all("Set-Cookie") or ())
            return Answer(response.status, response.headers, response.read())
        finally:
            connection.close()

    def get(self, path: str, **headers: str) -> Answer:
        """Ask for a page or a file."""
        return self.request("GET", path, **headers)

    @property
    def headers(self) -> dict[str, str]:
        """What it sends with each request, also with that for a websocket."""
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return {"User-Agent": "tests", **({"Cookie": cookies} if cookies else {})}

    def take(self, cookies: Sequence[str]) -> None:
        """Keep the cookies that came with an answer."""
        if not self.refuses:
            for one in cookies:
                self.cookies |= {name: morsel.value for name, morsel in SimpleCookie(one).items()}

    @asynccontextmanager
    async def open(self, view: View) -> AsyncIterator["Page"]:
        """Open a page: what its address answers first, then the websocket; it is closed at the end."""
        assert self.get(f"/{view.page}").status == 200
        assert self.get("/_stcore/health").status == 200  # as the page asks before it opens its websocket
        async with self.connect(view) as page:
            yield page

    @asynccontextmanager
    async def connect(self, view: View) -> AsyncIterator["Page"]:
        """Open the websocket of a page that the browser has already, and wait until the page is there."""
        async with visitor(self.url, self.headers) as there:
            assert there.response is not None
            self.take(there.response.headers.get_all("Set-Cookie"))
            page = Page(self, there, view)
            await page.run()
            yield page


@dataclass
class Page:
    """A page that is open: what its last run showed."""

    browser: Browser
    there: ClientConnection
    view: View
    session: str = ""
    shown: list[ForwardMsg] = field(default_factory=list)

    async def run(self, *states: WidgetState) -> None:
        """Run the page once more, with what its widgets say."""
        await self.there.send(written(self.view, states))
        self.shown = []
        while True:
            told = await self._next()
            self.shown.append(told)
            if told.WhichOneof("type") == "new_session":
                self.session = told.new_session.initialize.session_id
            if told.WhichOneof("type") == "script_finished":
                if told.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY:
                    break
                self.shown = []
        assert not self.elements("exception"), self.elements("exception")

    def elements(self, kind: str) -> list[Any]:
        """What the page shows of a kind, as ``button``."""
        deltas = [told.delta.new_element for told in self.shown if told.WhichOneof("type") == "delta"]
        return [getattr(one, kind) for one in deltas if one.WhichOneof("type") == kind]

    def popovers(self) -> dict[str, str]:
        """The ids of the menus by their labels."""
        blocks = [told.delta.add_block for told in self.shown if told.WhichOneof("type") == "delta"]
        return {one.popover.label: one.popover.id for one in blocks if one.WhichOneof("type") == "popover"}

    async def upload(self, name: str, content: bytes) -> tuple[int, UploadedFileInfo]:
        """Send a file as the page does: an address by the websocket, the content by HTTP; the status of that."""
        asked = BackMsg()
        asked.file_urls_request.request_id = "1"
        asked.file_urls_request.file_names.append(name)
        asked.file_urls_request.session_id = self.session
        await self.there.send(asked.SerializeToString())
        while (told := await self._next()).WhichOneof("type") != "file_urls_response":
            pass
        [urls] = told.file_urls_response.file_urls
        status = upload(self.browser, urls.upload_url, name, content)
        return status, UploadedFileInfo(name=name, size=len(content), file_id=urls.file_id, file_urls=urls)

    async def _next(self) -> ForwardMsg:
        async with asyncio.timeout(PATIENCE):
            return ForwardMsg.FromString(await self.there.recv(decode=False))


def upload(browser: Browser, path: str, name: str, content: bytes) -> int:
    """Send a file to an address for uploads; the status of the answer."""
    edge = uuid.uuid4().hex
    head = f'--{edge}\r\nContent-Disposition: form-data; name="{name}"; filename="{name}"\r\n\r\n'
    body = head.encode() + content + f"\r\n--{edge}--\r\n".encode()
    headers = {"Content_Type": f"multipart/form-data; boundary={edge}", "Origin": browser.url}
    return browser.request("PUT", path, body, **headers, X_Xsrftoken=browser.cookies.get("_streamlit_xsrf", "")).status
