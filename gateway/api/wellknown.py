"""Public metadata: where tokens are had, and which keys verify them and what we sign (RFC 8414, RFC 7517, C2SP)."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import orjson
from starlette.requests import Request
from starlette.responses import Response

from gateway.api.oauth import PATH
from gateway.api.routes import OutsideRoute

JWKS_PATH: Final = "/.well-known/jwks.json"
PROOFS_PATH: Final = "/.well-known/proofs-jwks.json"
LOG_KEYS_PATH: Final = "/.well-known/log-vkeys"

_WEEK: Final = {"Cache-Control": "public, max-age=604800"}
_DAY: Final = {"Cache-Control": "public, max-age=86400"}


def metadata(issuer: str, purposes: Sequence[str]) -> dict[str, Any]:
    """Describe the authorization server; ``issuer`` is the origin of the service without a slash at the end."""
    return {
        "issuer": issuer,
        "token_endpoint": issuer + PATH,
        "jwks_uri": issuer + JWKS_PATH,
        "scopes_supported": list(purposes),
        "response_types_supported": [],
        "grant_types_supported": ["client_credentials"],
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": ["PS256", "ES256", "RS256"],
    }


def wellknown_routes(
    issuer: str, purposes: Sequence[str], jwks: Callable[[], Mapping[str, Any]]
) -> list[OutsideRoute]:
    """Make the routes of the metadata and the keys.

    Metadata may be kept for a week (NL GOV profile 3.1.5), keys for a day: the next key is published at least a day
    before it signs.
    """
    described = orjson.dumps(metadata(issuer, purposes))

    async def server(_request: Request) -> Response:
        return Response(described, headers=_WEEK, media_type="application/json")

    async def keys(_request: Request) -> Response:
        return Response(orjson.dumps(jwks()), headers=_DAY, media_type="application/json")

    paths = ("/.well-known/oauth-authorization-server", "/.well-known/openid-configuration")
    return [
        *(OutsideRoute(path, server, methods=["GET"]) for path in paths),
        OutsideRoute(JWKS_PATH, keys, methods=["GET"]),
    ]


def proof_routes(
    jwks: Callable[[], Mapping[str, Any]], log_keys: Callable[[], Sequence[str]]
) -> list[OutsideRoute]:
    """Make the routes of the keys that check proofs offline: signed documents (JWS), and receipts of the log.

    ``log_keys`` gives verifier keys (C2SP vkey), the present one first; earlier ones stay, for older proofs. Keys that
    are had where the proof is had show that the two agree: an auditor compares them with a copy from elsewhere.
    """

    async def signed(_request: Request) -> Response:
        return Response(orjson.dumps(jwks()), headers=_DAY, media_type="application/json")

    async def logged(_request: Request) -> Response:
        text = "".join(f"{key}\n" for key in log_keys())
        return Response(text, headers=_DAY, media_type="text/plain")

    return [
        OutsideRoute(PROOFS_PATH, signed, methods=["GET"]),
        OutsideRoute(LOG_KEYS_PATH, logged, methods=["GET"]),
    ]
