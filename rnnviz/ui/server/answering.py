"""Questions that a widget asks over HTTP, beside the websocket of its page."""

import json
from threading import Semaphore
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response

from rnnviz.ui.reviews import direct
from rnnviz.ui.shell import warmup

_NEVER_KEPT: Final = {"Cache-Control": "no-store"}

MOST_AT_ONCE: Final = 16
"""Questions that are answered or wait. Who asks beside them is answered by his page, in turn with all other pages."""

_free: Final = Semaphore(MOST_AT_ONCE)


async def review(request: Request) -> Response:
    """The answer to a key in a review; see ``ui.reviews.direct``."""
    if warmup.is_loading():
        return _refusal(503, "the networks are still loading")
    try:
        asked = direct.question(await _body(request))
    except ValueError as error:
        return _refusal(400, str(error))
    if not _free.acquire(blocking=False):
        return _refusal(503, "the server is busy")
    try:
        found = await run_in_threadpool(direct.answered, asked)
    finally:
        _free.release()
    written = json.dumps(found, allow_nan=False, separators=(",", ":"))
    return Response(written, media_type="application/json", headers=_NEVER_KEPT)


async def _body(request: Request) -> bytes:
    """What was sent.

    Raises:
        ValueError: If it is too long, or its sender is gone.
    """
    raw = b""
    try:
        async for part in request.stream():
            raw += part
            if len(raw) > direct.MOST_BYTES:
                raise ValueError(f"a question must have at most {direct.MOST_BYTES:,} bytes")
    except ClientDisconnect:
        raise ValueError("a question must be sent to its end") from None
    return raw


def _refusal(status: int, why: str) -> Response:
    # Whoever has more to send would otherwise be listened to without end.
    return PlainTextResponse(why, status_code=status, headers={**_NEVER_KEPT, "Connection": "close"})
