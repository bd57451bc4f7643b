"""The OpenAPI contract by the API Design Rules 2.2.1: errors as problem documents, API-Version on every answer.

FastAPI documents a 422 that we never give and leaves out what the rules ask; this adds and removes, nothing more.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from fastapi.openapi.utils import get_openapi
from starlette.routing import BaseRoute

from gateway.api import problems
from gateway.api.routes import Route
from schemas.errors import Invalid

API_VERSION: Final = "1.0.0"
"""The version of the API, which every answer bears; its major number stands in the path."""

_SCHEME: Final = "oauth2"
_VERSION: Final = {"$ref": "#/components/headers/API-Version"}
_PROBLEM: Final = {"$ref": "#/components/schemas/Problem"}
_DROPPED: Final = ("HTTPValidationError", "ValidationError")


@dataclass(frozen=True, slots=True)
class About:
    """What the contract says of itself; ``server`` is the absolute https address of ``/v1``, without a slash.

    ``token_endpoint`` is where a token for the purposes in the contract is had.
    """

    version: str
    server: str
    token_endpoint: str
    contact_name: str
    contact_url: str
    contact_email: str
    title: str = "Sluis"
    description: str = "Uitwisseling van signalen voor vroegsignalering, per partij en per doel."


def document(about: About, routes: Sequence[BaseRoute]) -> dict[str, Any]:
    """Write the contract of these routes (a whole API, or what one party may use for one purpose)."""
    contact = {"name": about.contact_name, "url": about.contact_url, "email": about.contact_email}
    written = get_openapi(
        title=about.title,
        version=about.version,
        description=about.description,
        routes=routes,
        servers=[{"url": about.server}],
        contact=contact,
    )
    for route in routes:
        if isinstance(route, Route) and route.include_in_schema:
            for operation in _operations(written, route):
                _complete(operation, route)
    written["components"] = _components(written.get("components", {}), about, _scopes(routes))
    return written


def _operations(written: dict[str, Any], route: Route) -> Iterator[dict[str, Any]]:
    for method in route.methods or ():
        yield written["paths"][route.path_format][method.lower()]


def _complete(operation: dict[str, Any], route: Route) -> None:
    responses = operation["responses"]
    responses.pop("422", None)
    responses.setdefault("400", {"description": Invalid.title})
    responses.setdefault("default", {"description": "Elke andere fout, als probleemdocument."})
    for status, response in responses.items():
        response["headers"] = {**response.get("headers", {}), "API-Version": _VERSION}
        if not status.startswith(("2", "3")):
            response["content"] = {problems.MEDIA_TYPE: {"schema": _PROBLEM}}
    if route.required is not None:
        operation["security"] = [{_SCHEME: list(route.required.purposes)}]


def _scopes(routes: Sequence[BaseRoute]) -> dict[str, str]:
    needed = [route.required for route in routes if isinstance(route, Route) and route.required]
    return {purpose: f"Doel {purpose}" for required in needed for purpose in required.purposes}


def _components(found: dict[str, Any], about: About, scopes: dict[str, str]) -> dict[str, Any]:
    schemas = {name: spec for name, spec in found.get("schemas", {}).items() if name not in _DROPPED}
    header = {"description": "Volledige versie van deze API.", "schema": {"type": "string"}}
    flow = {"tokenUrl": about.token_endpoint, "scopes": scopes}
    return {
        "schemas": {**schemas, "Problem": problems.SCHEMA},
        "headers": {"API-Version": header},
        "securitySchemes": {_SCHEME: {"type": "oauth2", "flows": {"clientCredentials": flow}}},
    }
