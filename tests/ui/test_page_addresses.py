"""An address that somebody typed leads to the page that it means, with its parameters."""

import asyncio
from collections.abc import MutableMapping
from typing import Any

import pytest
from starlette.responses import PlainTextResponse

from rnnviz.page_registry import PAGES
from rnnviz.ui.server.addresses import PageAddresses
from tests.together import together


def led_to(path: str, query: str = "", accept: str = "text/html") -> str:
    """Where a browser is sent from an address; empty if the application answers."""
    sent: list[MutableMapping[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    scope = {
        "type": "http", "method": "GET", "path": path, "query_string": query.encode(),
        "headers": [(b"accept", accept.encode())],
    }  # fmt: skip
    asyncio.run(PageAddresses(PlainTextResponse("the application"))(scope, receive, send))
    return dict(sent[0]["headers"]).get(b"location", b"").decode()


@pytest.mark.parametrize(
    ("path", "page"),
    [
        ("/clipping", "/Clipping"),
        ("/glossary", "/Glossary"),
        ("/references", "/References"),
        ("/hidden_states", "/Hidden_states"),
        ("/Hidden-states", "/Hidden_states"),
        ("/Hidden states", "/Hidden_states"),
        ("/Gates/x", "/Gates"),
        ("/gates/x/y", "/Gates"),
    ],
)
def test_an_address_written_otherwise_leads_to_its_page_with_its_parameters(path: str, page: str) -> None:
    assert led_to(path) == page
    assert led_to(path, "views=a%3Ab&cell=lstm") == f"{page}?views=a%3Ab&cell=lstm"


@together("path", ["/", "/nowhere", "/Gates/_stcore/health", *(f"/{page.address}" for page in PAGES)])
def test_every_other_address_is_left_to_the_application(path: str) -> None:
    assert led_to(path) == ""


def test_what_asks_for_no_page_is_left_alone() -> None:
    assert led_to("/clipping", accept="*/*") == ""
