"""Errors as problem documents (RFC 9457, API Design Rules ``/core/error-handling``): Dutch, and they echo nothing.

FastAPI's own answers repeat the input (measured); these know only our texts, the place of a field and a stable code.
``type`` is a relative reference, ``/problemen/<code>``, the same for ever; ``docs/reference`` explains the codes.
"""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any, Final

import orjson
from fastapi.dependencies.utils import get_flat_params
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import TypeAdapter
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Match, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from schemas.errors import (
    Broken,
    Conflict,
    Denied,
    FieldProblem,
    Invalid,
    NotFound,
    SluisError,
    TooLarge,
    TooMany,
    Unauthenticated,
    Unavailable,
    WrongMediaType,
)

Handler = Callable[[Request, Any], Coroutine[Any, Any, Response]]

MEDIA_TYPE: Final = "application/problem+json"

STATUS: Final[Mapping[type[SluisError], int]] = {
    Invalid: 400,
    Unauthenticated: 401,
    Denied: 403,
    NotFound: 404,
    Conflict: 409,
    TooLarge: 413,
    WrongMediaType: 415,
    TooMany: 429,
    Unavailable: 503,
    Broken: 500,
    SluisError: 500,
}
"""The status of every error of the product; a class that is missing takes that of its nearest ancestor."""

CHALLENGE: Final = 'Bearer realm="sluis"'
"""One challenge for every refused token (RFC 6750 §3): the cause is nobody's business."""

FRAMEWORK: Final[Mapping[int, tuple[str, str]]] = {
    400: ("ongeldig", Invalid.title),
    401: ("niet_aangemeld", Unauthenticated.title),
    403: ("geen_grondslag", Denied.title),
    404: ("niet_gevonden", NotFound.title),
    405: ("methode_niet_toegestaan", "Deze methode kan hier niet"),
    406: ("antwoordformaat_onbekend", "Dit antwoordformaat is er niet"),
    408: ("te_langzaam", "De aanvraag kwam niet op tijd binnen"),
    413: ("te_groot", TooLarge.title),
    415: ("verkeerd_formaat", WrongMediaType.title),
    503: ("tijdelijk_niet_beschikbaar", Unavailable.title),
}
"""Code and title of the errors that the framework raises, by status."""

_UNKNOWN: Final = ("intern", Broken.title)

FIELD_HINTS: Final[Mapping[str, tuple[str, str]]] = {
    "missing": ("verplicht", "Dit veld is verplicht"),
    "extra_forbidden": ("onbekend_veld", "Dit veld bestaat hier niet"),
    "json_invalid": ("json_ongeldig", "De inhoud is geen geldige JSON, of noemt een veld twee keer"),
    "string_too_short": ("te_kort", "Deze waarde is te kort"),
    "string_too_long": ("te_lang", "Deze waarde is te lang"),
    "string_pattern_mismatch": ("patroon", "Deze waarde heeft niet de afgesproken vorm"),
    "enum": ("keuze", "Kies een van de waarden uit het contract"),
    "literal_error": ("keuze", "Kies een van de waarden uit het contract"),
}
"""Code and hint of a wrong field, by the kind of error that pydantic found; every other kind is ``vorm``."""

_HINT: Final = ("vorm", "Deze waarde heeft niet de afgesproken vorm")
_MAX_INDEX: Final = 100_000

SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "description": "Een fout volgens RFC 9457; herhaalt nooit de inhoud van de aanvraag.",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {
            "type": "string",
            "format": "uri-reference",
            "description": "Vaste verwijzing naar de code.",
        },
        "title": {"type": "string", "description": "Wat er mis is, in het kort."},
        "status": {"type": "integer", "description": "De HTTP-status."},
        "detail": {"type": "string", "description": "Wat er mis is en wat u kunt doen."},
        "errors": {
            "type": "array",
            "description": "De velden die niet kloppen.",
            "items": {
                "type": "object",
                "required": ["veld", "code", "hint"],
                "properties": {name: {"type": "string"} for name in ("veld", "code", "hint")},
            },
        },
        "redenen": {
            "type": "array",
            "description": "De voorwaarden waaraan niet is voldaan.",
            "items": {
                "type": "object",
                "required": ["voorwaarde", "uitleg"],
                "properties": {name: {"type": "string"} for name in ("voorwaarde", "uitleg")},
            },
        },
    },
}
"""The JSON Schema of a problem document, for the API contract."""


def problem(
    status: int,
    code: str,
    title: str,
    detail: str = "",
    *,
    headers: Mapping[str, str] | None = None,
    more: Mapping[str, Any] | None = None,
) -> Response:
    """Make a problem document; every text is ours, never the sender's."""
    body = {"type": f"/problemen/{code}", "title": title, "status": status, "detail": detail or title}
    content = orjson.dumps({**body, **(more or {})})
    return Response(content, status, dict(headers or {}), media_type=MEDIA_TYPE)


async def refused(request: Request, error: Exception) -> Response:
    """Answer an error of the product with its own status, code and texts."""
    error = error if isinstance(error, SluisError) else Broken()
    request.scope["sluis.code"] = error.code
    if isinstance(error, Broken):
        # Which invariant broke is for the operator's log, not for the other side of the line.
        return problem(500, Broken.code, Broken.title)
    return problem(
        _status(error), error.code, error.title, error.detail, headers=_headers(error), more=_more(error)
    )


def _status(error: SluisError) -> int:
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def _headers(error: SluisError) -> dict[str, str]:
    if isinstance(error, Unauthenticated):
        return {"WWW-Authenticate": CHALLENGE}
    if isinstance(error, TooMany | Unavailable):
        return {"Retry-After": str(error.retry_after)}
    return {}


def _more(error: SluisError) -> dict[str, Any]:
    if isinstance(error, Invalid) and error.fields:
        return {"errors": [_field(field) for field in error.fields]}
    if isinstance(error, Denied) and error.failing:
        return {"redenen": [{"voorwaarde": f.condition, "uitleg": f.for_user} for f in error.failing]}
    return {}


def _field(field: FieldProblem) -> dict[str, str]:
    return {"veld": field.veld, "code": field.code, "hint": field.hint}


async def unreadable(request: Request, error: Exception) -> Response:
    """Answer input that does not fit the contract: all fields at once, places and hints, no values."""
    found = error.errors() if isinstance(error, RequestValidationError) else ()
    known = _known_names(request.scope.get("route"))
    fields = [_field_problem(item["type"], item["loc"], known) for item in found]
    return await refused(request, Invalid(fields=fields))


def _field_problem(kind: str, loc: Sequence[str | int], known: frozenset[str]) -> FieldProblem:
    code, hint = FIELD_HINTS.get(kind, _HINT)
    place = loc[1:] if kind != "json_invalid" else ()
    names = [_name(part, known) for part in place] or [str(loc[0])]
    return FieldProblem(veld=".".join(names), code=code, hint=hint)


def _name(part: str | int, known: frozenset[str]) -> str:
    """Name a step of the place only if it is a word of the contract: a key can be a value (an unknown field)."""
    if isinstance(part, int):
        return str(part) if 0 <= part < _MAX_INDEX else "*"
    return part if part in known else "*"


def _known_names(route: object) -> frozenset[str]:
    """Collect every field name of the route's own contract."""
    if not isinstance(route, APIRoute):
        return frozenset()
    names = {field.alias for field in get_flat_params(route.dependant)}
    body = route.body_field.field_info.annotation if route.body_field else None
    if body is not None:
        names |= _properties(TypeAdapter(body).json_schema())
    return frozenset(names)


def _properties(schema: object) -> set[str]:
    """Collect the property names of a JSON Schema at every depth."""
    if isinstance(schema, list):
        return set[str]().union(*(_properties(item) for item in schema))
    if not isinstance(schema, dict):
        return set()
    named = schema.get("properties")
    own = set(named) if isinstance(named, dict) else set[str]()
    return own.union(*(_properties(item) for item in schema.values()))


async def from_framework(request: Request, error: Exception) -> Response:
    """Answer an error of the framework (no such route, method or format); its own text is left behind."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    headers = error.headers if isinstance(error, HTTPException) else None
    if status == 405:  # noqa: PLR2004 (RFC 9110 15.5.6)
        headers = {"Allow": _allowed(request)}
    code, title = FRAMEWORK.get(status, _UNKNOWN)
    request.scope["sluis.code"] = code
    return problem(status, code, title, headers=headers)


def _allowed(request: Request) -> str:
    """Unite the methods of all routes of this resource (the framework names only those of the first).

    Where two templates fit (``/dossiers/_zoek`` and ``/dossiers/{ref}``) the one with fewer parameters is meant.
    """
    routes = (route for route in request.app.router.routes if isinstance(route, Route))
    fitting = [route for route in routes if route.matches(request.scope)[0] is not Match.NONE]
    meant = min(fitting, key=lambda route: len(route.param_convertors)).path_format
    methods = set[str]().union(*(route.methods or () for route in fitting if route.path_format == meant))
    if "GET" in methods:
        methods.add("HEAD")
    return ", ".join(sorted(methods))


async def broken(request: Request, error: Exception) -> Response:
    """Answer what nobody foresaw; the frame logs its type and route, nothing else."""
    del error
    return await refused(request, Broken())


async def guarded(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> dict[str, str]:
    """Run an app and give the name of what went wrong unforeseen: the one edge handler of the service.

    The answer has gone out by then (``broken``); the framework raises on, and the server would print a traceback.
    """
    try:
        await app(scope, receive, send)
    except Exception as error:  # noqa: BLE001 (the edge: nothing may leave as a traceback)
        return {"fout": type(error).__name__}
    return {}


async def gone(request: Request, error: Exception) -> Response:
    """Close a request whose sender hung up half way; nobody reads this answer and nothing was done."""
    del error
    return await from_framework(request, HTTPException(400))


HANDLERS: Final[dict[int | type[Exception], Handler]] = {
    SluisError: refused,
    RequestValidationError: unreadable,
    HTTPException: from_framework,
    ClientDisconnect: gone,
    Exception: broken,
}
"""Which answer belongs to which error, for every app of the service."""
