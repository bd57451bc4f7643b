"""A service in the frame with a few example routes, and the same on a real socket."""

import logging
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

import httpx2
import uvicorn
from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from gateway.api.contract import About
from gateway.api.deps import Aanleverend, Asker, Bellend, MediaType, RawBody, Ref
from gateway.api.frame import BodyLimits, Frame, create_api
from gateway.api.limits import Limits
from gateway.api.oauth import token_route
from gateway.api.principals import Gate, insist
from gateway.api.routes import PUBLIC, router
from gateway.api.wellknown import wellknown_routes
from gateway.api.wire import server_config
from schemas.errors import LogBroken, NotFound
from tests.support.tokens import ISSUER, Authority

ABOUT = About(
    version="1.2.3",
    server="https://sluis.example/v1",
    token_endpoint=f"{ISSUER}/oauth/token",
    contact_name="Gemeente Voorbeeld",
    contact_url="https://sluis.example",
    contact_email="privacy@sluis.example",
)
PURPOSES = ("aanleveren", "bellen", "terugkoppelen")
CANARY = "Kanarie-123456782"
CAP = 200_000
"""Largest body of the server under test."""


class Regel(BaseModel):
    """A line of the example delivery."""

    model_config = ConfigDict(extra="forbid")

    naam: str = Field(max_length=40)
    geboortedatum: date


class Voorbeeld(BaseModel):
    """An example delivery."""

    model_config = ConfigDict(extra="forbid")

    regels: list[Regel]


class Antwoord(BaseModel):
    """An example answer."""

    aantal: int


examples = router("/voorbeelden", "voorbeelden")


@examples.post("", status_code=201)
async def make(asker: Aanleverend, voorbeeld: Voorbeeld) -> Antwoord:
    """Tel de regels van een voorbeeld."""
    return Antwoord(aantal=len(voorbeeld.regels))


@examples.get("")
def find(asker: Aanleverend, max_results: Annotated[int, Query(alias="maxResults", ge=1)] = 10) -> Antwoord:
    """Noem het aantal."""
    return Antwoord(aantal=max_results)


@examples.get("/openbaar", openapi_extra=dict(PUBLIC))
async def public() -> Antwoord:
    """Antwoord zonder token."""
    return Antwoord(aantal=0)


@examples.get("/kapot")
def broken(asker: Aanleverend) -> Antwoord:
    """Faal onverwacht, met een waarde in de fout."""
    raise RuntimeError(CANARY)


@examples.get("/onbetrouwbaar")
def untrusted(asker: Aanleverend) -> Antwoord:
    """Faal op een controle."""
    raise LogBroken(CANARY)


@examples.get("/bellen")
async def calling(asker: Bellend) -> Antwoord:
    """Antwoord alleen voor het doel bellen."""
    return Antwoord(aantal=1)


@examples.get("/doelen/{doel}")
async def any_purpose(asker: Asker, doel: str) -> Antwoord:
    """Antwoord voor het doel in het pad."""
    insist(asker, doel)
    return Antwoord(aantal=1)


_CSV: dict[str, Any] = {
    "requestBody": {"required": True, "content": {"text/csv": {}, "application/json": {}}}
}


@examples.post("/bestanden", status_code=201, openapi_extra=_CSV)
def upload(asker: Aanleverend, body: RawBody, media_type: MediaType) -> Antwoord:
    """Tel de bytes van een bestand."""
    assert media_type in {"text/csv", "application/json"}
    return Antwoord(aantal=len(body))


@examples.get("/{ref}")
async def one(asker: Aanleverend, ref: Ref) -> Antwoord:
    """Zoek een voorbeeld dat er niet is."""
    raise NotFound


@examples.delete("/{ref}", status_code=204)
async def remove(asker: Aanleverend, ref: Ref) -> None:
    """Verwijder een voorbeeld."""


def build(authority: Authority, *, per_minute: int = 60_000, body: BodyLimits | None = None) -> Frame:
    """Build the service under test; its log goes to the logger ``sluis.verzoek.test``."""
    limits = Limits(per_minute, time.monotonic)
    return create_api(
        ABOUT,
        [examples],
        outside=[
            token_route(authority.service, limits),
            *wellknown_routes(ISSUER, PURPOSES, authority.service.jwks),
        ],
        gate=Gate(authority.service, limits),
        log=logging.getLogger("sluis.verzoek.test"),
        ticks=time.monotonic,
        limits=body,
    )


def listener() -> socket.socket:
    """Give a listening socket on a free port of 127.0.0.1.

    Its protocol is named: asyncio sets TCP_NODELAY only on sockets that say TCP, and without it every second answer
    waits 40 ms for an acknowledgement (measured).
    """
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.bind(("127.0.0.1", 0))
    listening.listen()
    return listening


@dataclass
class Live:
    """A server on a real socket."""

    host: str
    port: int

    @property
    def url(self) -> str:
        """Its origin."""
        return f"http://{self.host}:{self.port}"


@contextmanager
def live(app: Any) -> Iterator[Live]:
    """Serve an ASGI app on a free port of 127.0.0.1 with the flags of production until the block ends."""
    with listener() as listening:
        config = server_config(app)
        config.timeout_keep_alive = 2
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            while not server.started:
                time.sleep(0.01)
            host, port = listening.getsockname()
            yield Live(host, port)
        finally:
            server.should_exit = True
            thread.join()


class Lines(logging.Handler):
    """Keeps every log line of the process."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@dataclass
class Service:
    """The server, a client for it, the authority behind it and everything that was logged."""

    live: Live
    http: httpx2.Client
    authority: Authority
    log: Lines

    def bearer(self, *scope: str) -> dict[str, str]:
        """Give the header with a token for these purposes."""
        return {"Authorization": f"Bearer {self.authority.bearer(*scope)}"}
