"""The contract of one party for one purpose, written from the grants and open to everybody.

A party is named by its kind, or by its own id and then gets the contract of its kind to the letter: what may be seen
follows from the kind alone, and nothing but the id that was asked with tells which party asked.
Like ``/v1/openapi.json`` it describes resources and is none itself, so the contract does not list it.
"""

from collections.abc import Callable
from functools import cache

import orjson
from fastapi import APIRouter
from starlette.responses import Response

from gateway.api.contract import About
from gateway.api.routes import PUBLIC, router
from gateway.policy.contract import openapi
from gateway.policy.register import Register
from schemas.errors import NotFound
from schemas.ids import PartyId
from schemas.parties import PartyKind

_HEADERS = {"Access-Control-Allow-Origin": "*", "Cache-Control": "public, max-age=3600"}
"""For browsers of other sites too (``/core/publish-openapi``); a contract changes only with the register."""

_KINDS = frozenset(PartyKind)
_NO_CONTRACT = "Voor deze partij en dit doel is er geen contract"


def register_routes(register: Register, about: About, kind_of: Callable[[PartyId], PartyKind]) -> APIRouter:
    """Make the route of ``/openapi/{partij}/{doel}.json``; ``about`` is what the whole contract says of itself.

    ``kind_of`` looks up a party on record and raises ``NotFound``; the name of a kind always means the kind.
    """
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
        """Geef het contract van een partij, of van een soort partij, voor een doel: precies wat zij mag zien."""
        try:
            kind = PartyKind(partij) if partij in _KINDS else kind_of(PartyId(partij))
            content = written(kind, doel)
        except NotFound:
            # One text, so that a wrong purpose does not tell that there is such a party.
            raise NotFound(_NO_CONTRACT) from None
        return Response(content, headers=_HEADERS, media_type="application/json")

    return routes
