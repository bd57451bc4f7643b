"""The frame around every request: version and security headers on every answer, a cap on the body, one log line.

Pure ASGI and outermost, because a 500 leaves FastAPI outside its own middleware (measured). What nobody foresaw
leaves its type and its route in the log, and no value.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson
from fastapi import APIRouter, FastAPI
from fastapi.telemetry import TelemetryConfig
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Lifespan, Message, Receive, Scope, Send

from gateway.api.contract import About, document
from gateway.api.principals import Gate
from gateway.api.problems import HANDLERS, guarded
from gateway.api.routes import OutsideRoute, Route
from schemas.errors import Broken
from schemas.principal import Principal

SECURITY_HEADERS: Final[tuple[tuple[bytes, bytes], ...]] = (
    (b"cache-control", b"no-store"),
    (
        b"content-security-policy",
        b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"strict-transport-security", b"max-age=31536000; includeSubDomains"),
    (b"referrer-policy", b"no-referrer"),
)
"""On every answer unless the route set its own (``/transport/security-headers``, internet.nl)."""

_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_MOUNT: Final = "/v1"
_HANG_UP: Final = (b"connection", b"close")
_LITTLE: Final = 65_536
"""Bytes of an unread body that are worth a connection that stays open."""

_NO_TELEMETRY: Final[TelemetryConfig] = {
    "tracing": False,
    "metrics": False,
    "logs": False,
    "operation_spans": False,
    "auto_configure": False,
}
"""FastAPI would record failed input and stack traces and send them where an environment variable says (zero egress)."""


@dataclass(frozen=True, slots=True)
class BodyLimits:
    """The largest body in bytes and the longest time in seconds that it may take to come in."""

    body_bytes: int = 25_000_000
    body_seconds: float = 120.0


class Frame:
    """Wraps the whole service; see the module."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        version: str,
        log: logging.Logger,
        ticks: Callable[[], float],
        limits: BodyLimits,
    ) -> None:
        self._app = app
        self._always = ((b"api-version", version.encode("ascii")), *SECURITY_HEADERS)
        self._log = log
        self._ticks = ticks
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection event of ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, method = self._ticks(), scope["method"]
        body = self._body(scope, receive)
        answer = _Answer(send, self._always, body)
        if method == "HEAD":
            # A copy: the server looks at its own scope to know that no body may follow (RFC 9110 9.3.2).
            scope = {**scope, "method": "GET"}
        failure = await guarded(self._app, scope, receive if body is None else body.receive, answer.send)
        if self._log.isEnabledFor(logging.INFO):
            line = self._line(scope, method, answer.status, self._ticks() - began)
            self._write(orjson.dumps(line | failure).decode())

    def _write(self, text: str) -> None:
        """Log without looking up who calls: that walk over the stack costs more than the line (measured)."""
        log = self._log
        log.handle(log.makeRecord(log.name, logging.INFO, "", 0, text, (), None))

    def _body(self, scope: Scope, receive: Receive) -> "_Body | None":
        """Guard the body; requests without one pay nothing."""
        length = _header(scope, b"content-length")
        if length is None and _header(scope, b"transfer-encoding") is None:
            return None
        return _Body(receive, self._limits, announced=int(length) if length and length.isdigit() else None)

    def _line(self, scope: Scope, method: str, status: int, seconds: float) -> dict[str, str | int | float]:
        """Say what may be said of a request: no URL, no header, no body, no person."""
        asker = scope.get("sluis.asker")
        return {
            "methode": method if method in _METHODS else "ANDERS",
            "route": _template(scope),
            "status": status,
            "ms": round(seconds * 1000, 2),
            "doel": scope.get("sluis.purpose", ""),
            "partij": asker.kind if isinstance(asker, Principal) else "",
            "code": scope.get("sluis.code", ""),
        }


class _Answer:
    """Passes an answer on with the headers that belong on every answer."""

    __slots__ = ("_always", "_body", "_send", "status")

    def __init__(self, send: Send, always: Sequence[tuple[bytes, bytes]], body: "_Body | None") -> None:
        self._send = send
        self._always = always
        self._body = body
        self.status = 0

    async def send(self, message: Message) -> None:
        """Send one message of the answer (the server leaves out the body of a HEAD)."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            own = {name.lower() for name, _ in message["headers"]}
            message["headers"] = [*message["headers"], *(pair for pair in self._always if pair[0] not in own)]
            if self._body is not None and self._body.endless:
                message["headers"].append(_HANG_UP)
        await self._send(message)


class _Body:
    """Counts a body while it comes in and stops it at the cap or at the end of its time."""

    __slots__ = ("_announced", "_deadline", "_done", "_limits", "_receive", "_size")

    def __init__(self, receive: Receive, limits: BodyLimits, *, announced: int | None) -> None:
        self._receive = receive
        self._limits = limits
        self._announced = announced
        self._size = 0
        self._done = False
        self._deadline: float | None = None

    async def receive(self) -> Message:
        """Give the next message.

        Raises:
            HTTPException: 413 over the cap, 408 out of time; FastAPI passes this class of error through as it is.
        """
        if self._done:
            return await self._receive()
        if (self._announced or 0) > self._limits.body_bytes:
            raise HTTPException(413)
        message = await self._in_time()
        self._size += len(message.get("body", b""))
        if self._size > self._limits.body_bytes:
            raise HTTPException(413)
        self._done = not message.get("more_body", False)
        return message

    @property
    def endless(self) -> bool:
        """Whether the sender may still have much to send: the server would go on reading and throwing away."""
        return not self._done and (self._announced is None or self._announced > _LITTLE)

    async def _in_time(self) -> Message:
        loop = asyncio.get_running_loop()
        self._deadline = self._deadline or loop.time() + self._limits.body_seconds
        try:
            async with asyncio.timeout_at(self._deadline):
                return await self._receive()
        except TimeoutError:
            raise HTTPException(408) from None


def _header(scope: Scope, name: bytes) -> bytes | None:
    return next((value for found, value in scope["headers"] if found == name), None)


def _template(scope: Scope) -> str:
    """Name the route as the contract writes it; a path that no route knows is not repeated."""
    route = scope.get("route")
    path = getattr(route, "path_format", "") if route is not None else ""
    return str(scope.get("root_path", "")) + path if path else "-"


def create_api(
    about: About,
    routers: Sequence[APIRouter],
    *,
    outside: Sequence[BaseRoute] = (),
    gate: Gate,
    log: logging.Logger,
    ticks: Callable[[], float],
    limits: BodyLimits | None = None,
    lifespan: Lifespan[Any] | None = None,
) -> Frame:
    """Build the service: ``routers`` under ``/v1``, the routes of ``outside`` (tokens, metadata) next to it.

    ``ticks`` is a monotonic clock in seconds; ``log`` gets one JSON line per request.

    Raises:
        Broken: a route under ``/v1`` neither requires a token nor says that it is public.
    """
    v1 = FastAPI(
        openapi_url=None, redirect_slashes=False, exception_handlers=dict(HANDLERS), telemetry=_NO_TELEMETRY
    )
    v1.state.gate = gate
    for router in routers:
        # Not include_router: our routers carry their whole prefix, and its wrapping costs time on every request.
        v1.router.routes.extend(router.routes)
    _deny_by_default(v1.router.routes)
    v1.router.routes.append(_contract(document(about, v1.router.routes)))
    root = Starlette(routes=outside, exception_handlers=HANDLERS, lifespan=lifespan)
    root.router.redirect_slashes = False
    return Frame(_Split(v1, root), version=about.version, log=log, ticks=ticks, limits=limits or BodyLimits())


class _Split:
    """Sends ``/v1/…`` to the API and the rest to what stands next to it, as a mount would, without its cost."""

    def __init__(self, api: ASGIApp, rest: ASGIApp) -> None:
        self._api = api
        self._rest = rest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection event of ASGI."""
        if scope["type"] == "http" and scope["path"].startswith(f"{_MOUNT}/"):
            scope["app_root_path"], scope["root_path"] = scope["root_path"], scope["root_path"] + _MOUNT
            await self._api(scope, receive, send)
        else:
            await self._rest(scope, receive, send)


def _deny_by_default(routes: Sequence[BaseRoute]) -> None:
    for route in routes:
        if not isinstance(route, Route) or (route.required is None and not route.public):
            raise Broken("Een route zonder doel die niet openbaar is", code="route_zonder_doel")


def _contract(written: Mapping[str, Any]) -> OutsideRoute:
    """Serve the contract to everybody, browsers of other sites included (``/core/publish-openapi``)."""
    content = orjson.dumps(written)
    headers = {"Access-Control-Allow-Origin": "*"}

    async def contract(_request: Request) -> Response:
        return Response(content, headers=headers, media_type="application/json")

    return OutsideRoute("/openapi.json", contract, methods=["GET"])
