"""Who may enter: bearer token in the header only, a purpose per route, a share per client.

A route names its purpose with ``require``; the route class lets the asker in before it reads a byte of the body.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from fastapi.dependencies.models import Dependant
from starlette.requests import Request

from gateway.api.limits import Limits
from schemas.errors import Denied, Failing, Unauthenticated
from schemas.principal import Principal


class Verifier(Protocol):
    """Turns a bearer token into a principal or raises ``Unauthenticated``."""

    def verify(self, bearer: str) -> Principal:
        """Give who holds this token."""


@dataclass(frozen=True, slots=True)
class Required:
    """The purposes of which a token must carry one to use a route; none means that every asker may."""

    purposes: tuple[str, ...]

    async def __call__(self, request: Request) -> Principal:
        """Give the asker that the route let in (a FastAPI dependency).

        Raises:
            Unauthenticated: the route is not one of ``gateway.api.routes``, so nobody was let in.
        """
        asker = request.scope.get("sluis.asker")
        if not isinstance(asker, Principal):
            raise Unauthenticated
        return asker

    def purpose_of(self, asker: Principal) -> str:
        """Give the purpose for which this asker may enter.

        Raises:
            Denied: the token carries none of them.
        """
        if not self.purposes:
            return ""
        for purpose in self.purposes:
            if purpose in asker.purposes:
                return purpose
        raise _purpose_missing(self.purposes)


def require(*purposes: str) -> Required:
    """Make the dependency of a route: ``Annotated[Principal, Depends(require("bellen"))]``."""
    return Required(purposes)


def insist(asker: Principal, purpose: str) -> None:
    """Check a purpose that only the request names (the generic view route).

    Raises:
        Denied: the token does not carry it.
    """
    if purpose not in asker.purposes:
        raise _purpose_missing(())


def _purpose_missing(purposes: Sequence[str]) -> Denied:
    wanted = " of ".join(purposes)
    text = f"Vraag een token met het doel {wanted}" if wanted else "Uw token is niet voor dit doel uitgegeven"
    failing = Failing(condition="doel", for_user=text, for_officer="Het token draagt dit doel niet (scope)")
    return Denied(text, code="doel_ontbreekt", failing=[failing])


@dataclass(frozen=True, slots=True)
class Gate:
    """Lets an asker in: a token that holds, a purpose that fits, a share that is not used up."""

    tokens: Verifier
    limits: Limits

    def admit(self, request: Request, required: Required) -> Principal:
        """Give the asker of this request and write asker and purpose on its scope.

        Raises:
            Unauthenticated: no token in the header, or one that does not hold.
            Denied: the token is for other purposes.
            TooMany: the client's share of this purpose is used up.
        """
        asker = self.tokens.verify(_bearer(request))
        request.scope["sluis.asker"] = asker
        purpose = required.purpose_of(asker)
        request.scope["sluis.purpose"] = purpose
        self.limits.take(asker.client, purpose)
        return asker


def _bearer(request: Request) -> str:
    """Take the token from the one Authorization header (RFC 6750 §2.1); never from the URL or a form."""
    found = [value for name, value in request.scope["headers"] if name == b"authorization"]
    if len(found) != 1 or found[0][:7].lower() != b"bearer ":
        raise Unauthenticated
    return str(found[0][7:], "latin-1")


def required_by(dependant: Dependant) -> Required | None:
    """Find what a route requires among its dependencies, at any depth; None for a public route."""
    if isinstance(dependant.call, Required):
        return dependant.call
    return next((found for inner in dependant.dependencies if (found := required_by(inner))), None)
