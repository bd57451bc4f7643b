"""The log from outside: the receipt of a disclosure, which its receiver keeps and anybody can verify offline."""

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import PlainTextResponse, Response

from gateway.api.deps import Asker
from gateway.api.routes import router
from gateway.services.oversight import Oversight

_TEXT = {200: {"description": "Bewijs in de vorm c2sp.org/tlog-proof", "content": {"text/plain": {}}}}


def receipt_routes(oversight: Oversight) -> APIRouter:
    """Make the routes of ``/logontvangsten``."""
    routes = router("/logontvangsten", "logboek")

    @routes.get("/{jaar}/{index}", responses=_TEXT, response_class=PlainTextResponse)  # type: ignore[arg-type]
    def receipt(
        asker: Asker,
        jaar: Annotated[int, Path(ge=2020, le=2200)],
        index: Annotated[int, Path(ge=0, le=2**53)],
    ) -> Response:
        """Geef het bewijs dat een verstrekking in het logboek staat; het is zonder ons na te rekenen."""
        text = oversight.receipt(asker, jaar, index)
        return PlainTextResponse(text)

    return routes
