"""The words that routes are written in: who asks for what purpose, a reference, a key against repeats, a raw body."""

from typing import Annotated

from fastapi import Depends, Header, Path
from starlette.requests import Request

from gateway.api.principals import require
from gateway.api.routes import essence
from schemas.principal import Principal

Asker = Annotated[Principal, Depends(require())]
"""Any asker with a valid token; the use case decides (``insist`` checks a purpose named in the path)."""

Aanleverend = Annotated[Principal, Depends(require("aanleveren"))]
Terugkoppelend = Annotated[Principal, Depends(require("terugkoppelen"))]
Matchend = Annotated[Principal, Depends(require("matchen"))]
Bellend = Annotated[Principal, Depends(require("bellen"))]
Hulpverlenend = Annotated[Principal, Depends(require("hulpverlenen"))]
Aanschrijvend = Annotated[Principal, Depends(require("aanschrijven"))]
Toeziend = Annotated[Principal, Depends(require("toezien"))]
Sturend = Annotated[Principal, Depends(require("sturen"))]
Beherend = Annotated[Principal, Depends(require("beheren"))]

Ref = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$", description="Verwijzing: 32 hexadecimale cijfers.")]
"""An opaque reference in a path; never a number or name of a person (``/core/no-sensitive-uris``)."""

Kenmerk = Annotated[
    str,
    Path(
        pattern=r"^[0-9A-Za-z-]{9,20}$", description="Uw kenmerk van een dossier, bijvoorbeeld 7K3P-9QX2-C."
    ),
]
"""A pseudonym that this party uses for a case; it means nothing to anybody else."""

_KEY = Header(
    alias="Idempotency-Key",
    pattern=r"^[\x21-\x7e]{1,200}$",
    description="Zelfgekozen sleutel: dezelfde aanvraag met dezelfde sleutel verandert niets meer.",
)
IdempotencyKey = Annotated[str | None, _KEY]
"""The sender's own key against repeats; one to two hundred visible characters, or none."""


async def _raw_body(request: Request) -> bytes:
    return await request.body()


async def _media_type(request: Request) -> str:
    return essence(request.headers.get("content-type", ""))


async def _content_type(request: Request) -> str:
    return request.headers.get("content-type", "")


RawBody = Annotated[bytes, Depends(_raw_body)]
"""The body as it came in, for routes that name their formats in ``openapi_extra``."""

ContentType = Annotated[str, Depends(_content_type)]
"""The whole Content-Type header, for a reader that wants its character set."""

MediaType = Annotated[str, Depends(_media_type)]
"""The media type of the body without parameters; the route has checked that it is one of its formats."""
