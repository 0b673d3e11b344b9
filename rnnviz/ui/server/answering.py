"""Questions that a widget asks over HTTP, beside the websocket of its page."""

import json

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from rnnviz.ui.reviews import direct
from rnnviz.ui.shell import warmup


async def review(request: Request) -> Response:
    """The answer to a key in a review; see ``ui.reviews.direct``."""
    if warmup.is_loading():
        return _refusal(503, "the networks are still loading")
    raw = b""
    async for part in request.stream():
        raw += part
        if len(raw) > direct.MOST_BYTES:
            return _refusal(413, f"a question must have at most {direct.MOST_BYTES:,} bytes")
    try:
        asked = direct.question(raw)
    except ValueError as error:
        return _refusal(400, str(error))
    found = json.dumps(await run_in_threadpool(direct.answered, asked), allow_nan=False, separators=(",", ":"))
    return Response(found, media_type="application/json", headers={"Cache-Control": "no-store"})


def _refusal(status: int, why: str) -> Response:
    return PlainTextResponse(why, status_code=status, headers={"Cache-Control": "no-store"})
