"""The one class of route: lets the asker in, checks the formats, and only then reads the body.

FastAPI parses the body first and asks questions later; a stranger would learn the contract from its 400s, and a
delivery in the wrong format would be read as something else.
"""

import json
import re
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any, Final

from fastapi.routing import APIRoute, APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match
from starlette.routing import Route as StarletteRoute
from starlette.types import Scope

from gateway.api.principals import Gate, Required, required_by
from schemas.errors import WrongMediaType

PUBLIC: Final[Mapping[str, Any]] = {"security": []}
"""``openapi_extra`` of a route that needs no token; without it and without ``require`` the app refuses to start."""

MAX_JSON: Final = 1_000_000
"""Bytes of JSON that are parsed on the event loop; deliveries are read raw, in a thread, up to the cap."""

_JSON: Final = "application/json"
_ANYTHING: Final = "*/*"
_WEIGHT: Final = re.compile(r"[01](\.[0-9]{0,3})?")
_PLAIN_WISHES: Final = ([b"*/*"], [b"application/json"])


class StrictRequest(Request):
    """A request whose JSON body is UTF-8, names no member twice and holds no NaN (RFC 8259, RFC 7493)."""

    async def json(self) -> Any:
        """Read the body as JSON.

        Raises:
            json.JSONDecodeError: it is not; the error holds no piece of it.
            HTTPException: 413, it is larger than one answer of a person or a client can be.
        """
        body = await self.body()
        if len(body) > MAX_JSON:
            raise HTTPException(413)
        try:
            return json.loads(body.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_number)
        except (ValueError, RecursionError):
            raise json.JSONDecodeError("ongeldig", "", 0) from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError
    return members


def _no_number(_text: str) -> None:
    raise ValueError


class Route(APIRoute):
    """A route of the API with its purposes and its formats; ``required`` is None on a public route."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap FastAPI's handler in the checks that come before it."""
        handle = super().get_route_handler()
        required, reads, offers = self.required, self.reads, self.offers

        async def checked(request: Request) -> Response:
            if required is not None:
                gate: Gate = request.app.state.gate
                gate.admit(request, required)
            _check_accept(request, offers)
            if not reads or (self.spares_body and _is_bare(request)):
                return await handle(request)
            _check_content_type(request, reads)
            return await handle(StrictRequest(request.scope, request.receive))

        return checked

    @property
    def required(self) -> Required | None:
        """What a token must carry for this route."""
        return required_by(self.dependant)

    @property
    def public(self) -> bool:
        """Whether the route says of itself that it needs no token."""
        return (self.openapi_extra or {}).get("security") == []

    @property
    def reads(self) -> frozenset[str]:
        """The media types of the request body that the contract names; empty when there is no body."""
        declared = (self.openapi_extra or {}).get("requestBody", {}).get("content", {})
        return frozenset(declared) or frozenset({_JSON} if self.body_field else ())

    @property
    def spares_body(self) -> bool:
        """Whether the contract lets a client leave the body out."""
        return self.body_field is not None and not self.body_field.field_info.is_required()

    @property
    def offers(self) -> frozenset[str]:
        """The media types of a successful answer that the contract names."""
        good = (spec for status, spec in self.responses.items() if str(status).startswith("2"))
        return frozenset({_JSON, *(name for spec in good for name in spec.get("content", {}))})


class OutsideRoute(StarletteRoute):
    """A route next to ``/v1`` (tokens, metadata, the contract itself) that the log can name."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Match as Starlette does and leave the route on the scope, as FastAPI does."""
        match, found = super().matches(scope)
        return match, {**found, "route": self} if match is not Match.NONE else found


def router(prefix: str, *tags: str) -> APIRouter:
    """Make a router for one resource: our routes, no redirects on a slash (``/core/no-trailing-slash``)."""
    return APIRouter(prefix=prefix, tags=list(tags), route_class=Route, redirect_slashes=False)


def essence(media_type: str) -> str:
    """Strip the parameters from a media type: ``text/csv; charset=utf-8`` is ``text/csv``."""
    return media_type.partition(";")[0].strip().lower()


def _is_bare(request: Request) -> bool:
    """Whether a request brings no content at all (RFC 9110, 6.4); what is not there has no format."""
    headers = request.headers
    return headers.get("content-length", "0") == "0" and "transfer-encoding" not in headers


def _check_content_type(request: Request, reads: frozenset[str]) -> None:
    headers = request.headers
    if headers.get("content-encoding", "identity").lower() != "identity":
        raise WrongMediaType(code="codering_onbekend")
    if essence(headers.get("content-type", "")) not in reads:
        raise WrongMediaType


def preferred(request: Request, offers: Sequence[str]) -> str:
    """Choose among the formats of an answer by what is asked for most; without a wish the first."""
    ranges = sorted(_ranges(request), key=_weight, reverse=True)
    fitting = (offer for part in ranges for offer in offers if _covers(essence(part), offer))
    return next(fitting, offers[0])


def _check_accept(request: Request, offers: frozenset[str]) -> None:
    """Answer 406 when nothing we offer is asked for (RFC 9110 §12.5.1); without a wish anything goes."""
    wishes = _wishes(request)
    if not wishes or wishes in _PLAIN_WISHES:
        return
    ranges = [part for part in _ranges(request) if _weight(part) > 0]
    if not any(_covers(essence(part), offer) for part in ranges for offer in offers):
        raise HTTPException(406)


def _wishes(request: Request) -> list[bytes]:
    return [value for name, value in request.scope["headers"] if name == b"accept"]


def _ranges(request: Request) -> list[str]:
    return b",".join(_wishes(request)).decode("latin-1").split(",")


def _weight(part: str) -> float:
    """Give the weight of a media range; zero means: not this, and what is no weight counts as none given."""
    written = [p.strip().lower()[2:] for p in part.split(";")[1:] if p.strip().lower().startswith("q=")]
    return float(written[0]) if written and _WEIGHT.fullmatch(written[0]) else 1.0


def _covers(wanted: str, offer: str) -> bool:
    if wanted.endswith("/*"):
        return wanted in {_ANYTHING, offer.partition("/")[0] + "/*"}
    return wanted == offer
