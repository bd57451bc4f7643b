"""The contract of one party for one purpose, written from the grants and open to everybody.

Like ``/v1/openapi.json`` it describes resources and is none itself, so the contract does not list it.
"""

from functools import cache

import orjson
from fastapi import APIRouter
from starlette.responses import Response

from gateway.api.contract import About
from gateway.api.routes import PUBLIC, router
from gateway.policy.contract import openapi
from gateway.policy.register import Register
from schemas.errors import NotFound
from schemas.parties import PartyKind

_HEADERS = {"Access-Control-Allow-Origin": "*", "Cache-Control": "public, max-age=3600"}
"""For browsers of other sites too (``/core/publish-openapi``); a contract changes only with the register."""


def register_routes(register: Register, about: About) -> APIRouter:
    """Make the route of ``/openapi/{partij}/{doel}.json``; ``about`` is what the whole contract says of itself."""
    routes = router("/openapi", "contract")
    contact = {"name": about.contact_name, "url": about.contact_url, "email": about.contact_email}

    @cache
    def written(partij: PartyKind, doel: str) -> bytes:
        return orjson.dumps(
            openapi(
                register,
                partij,
                doel,
                server=about.server,
                token_endpoint=about.token_endpoint,
                contact=contact,
                version=about.version,
            )
        )

    @routes.get("/{partij}/{doel}.json", openapi_extra=dict(PUBLIC), include_in_schema=False)
    def contract(partij: str, doel: str) -> Response:
        """Geef het contract van een soort partij voor een doel: precies de velden die zij mag zien."""
        try:
            kind = PartyKind(partij)
        except ValueError:
            raise NotFound from None
        return Response(written(kind, doel), headers=_HEADERS, media_type="application/json")

    return routes
