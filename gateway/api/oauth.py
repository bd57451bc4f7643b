"""The token endpoint: client credentials with ``private_key_jwt`` on authlib's core classes (RFC 6749, RFC 7523).

Errors are RFC 6749 JSON with fixed texts. authlib's own assertion verifier is not used: it takes an audience list
with a stranger in it and a life of a hundred years (measured); ours sits behind the token service.
"""
# mypy: allow-untyped-calls
# authlib has no annotations; what comes out of it is checked in the next line.

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NoReturn, Protocol
from urllib.parse import parse_qsl

import orjson
from authlib.oauth2.rfc6749 import AuthorizationServer, ClientCredentialsGrant, OAuth2Request
from authlib.oauth2.rfc6749.errors import (
    InvalidClientError,
    InvalidRequestError,
    InvalidScopeError,
    OAuth2Error,
)
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from gateway.api.limits import Limits
from gateway.api.routes import OutsideRoute, essence
from schemas.errors import Denied, TooMany, Unauthenticated, Unavailable
from schemas.ids import ClientId

PATH: Final = "/oauth/token"

_METHOD: Final = "private_key_jwt"
_ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_FORM: Final = "application/x-www-form-urlencoded"
_MAX_FORM: Final = 16_384
_MAX_FIELDS: Final = 10
_NO_STORE: Final = {"Cache-Control": "no-store", "Pragma": "no-cache"}


class Client(Protocol):
    """What this endpoint knows of a client."""

    @property
    def client_id(self) -> ClientId:
        """The identity that the assertion proved."""


class TokenService(Protocol):
    """What this endpoint calls: proving who a client is, and issuing."""

    def authenticate(self, assertion: str, named: str | None) -> Any:
        """Give the client, which must be the one that was named beside it, or raise ``Unauthenticated``."""

    def issue(self, client: Any, scope: Sequence[str] | None) -> dict[str, str | int]:
        """Use up the assertion and give the token response.

        Raises ``Denied`` when the scope is not the client's, ``Unauthenticated`` when the assertion was used before.
        """


@dataclass(frozen=True, slots=True)
class _Caller:
    """A client as authlib asks about it."""

    client: Any

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        """Whether the client may prove itself in this way here."""
        return method == _METHOD and endpoint == "token"

    def check_grant_type(self, grant_type: str) -> bool:
        """Whether the client may use this grant: all have one (NL GOV profile 2.1.3)."""
        return grant_type == ClientCredentialsGrant.GRANT_TYPE


class _Form(OAuth2Request):
    """A token request, already read and checked; TLS ends at the proxy, so the scheme is a formality."""

    payload: Any

    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__("POST", f"https://localhost{PATH}")
        self.payload = BasicOAuth2Payload(dict(fields))


class _Grant(ClientCredentialsGrant):
    """Client credentials, proven by a signed assertion and by nothing else."""

    TOKEN_ENDPOINT_AUTH_METHODS = [_METHOD]  # noqa: RUF012 (an instance variable to authlib)


class TokenServer(AuthorizationServer):
    """authlib's authorization server with our client authentication, our tokens and our texts."""

    def __init__(self, service: TokenService, limits: Limits) -> None:
        super().__init__()
        self._service = service
        self._limits = limits
        self.register_grant(_Grant)
        self.register_client_auth_method(_METHOD, self._authenticate)
        self.register_token_generator("default", self._issue)

    def query_client(self, client_id: str) -> None:
        """Know nobody by name alone: clients are found by the assertion."""
        del client_id

    def save_token(self, token: Mapping[str, Any], request: OAuth2Request) -> None:
        """Keep nothing: a token carries what it says and lives five minutes."""

    def send_signal(self, name: str, *args: object, **kwargs: object) -> None:
        """Tell nobody: the log of the service is not authlib's."""

    def create_oauth2_request(self, request: Mapping[str, str]) -> _Form:
        """Hand the fields of a form to authlib."""
        return _Form(request)

    def handle_response(self, status: int, body: Any, headers: Sequence[tuple[str, str]]) -> Response:
        """Make the answer; never cached (RFC 6749 §5.1)."""
        del headers
        return _answer(status, dict(body))

    def _authenticate(self, query_client: object, request: _Form) -> _Caller:
        del query_client
        form = request.payload.data
        if form.get("client_assertion_type") != _ASSERTION_TYPE or "client_assertion" not in form:
            _refuse_client()
        try:
            client = self._service.authenticate(form["client_assertion"], form.get("client_id"))
        except Unauthenticated:
            _refuse_client()
        self._limits.take(client.client_id, PATH)
        return _Caller(client)

    def _issue(self, client: _Caller, scope: str | None, **_rest: object) -> dict[str, str | int]:
        try:
            return self._service.issue(client.client, None if scope is None else scope.split())
        except Denied:
            raise InvalidScopeError from None
        except Unauthenticated:
            _refuse_client()


def _refuse_client() -> NoReturn:
    """Refuse a client with one answer for every cause."""
    raise InvalidClientError(description="Client authentication failed", status_code=401)


def token_route(service: TokenService, limits: Limits) -> OutsideRoute:
    """Make the route of the token endpoint; ``limits`` counts tokens per client."""
    server = TokenServer(service, limits)

    async def token(request: Request) -> Response:
        try:
            form = await _form(request)
            # A thread, because using up an assertion waits for the disk.
            answer: Response = await run_in_threadpool(server.create_token_response, form)
        except OAuth2Error as error:
            return _answer(400, {"error": error.error, "error_description": error.description})
        except TooMany as error:
            return _busy(429, error.retry_after)
        except Unavailable as error:
            return _busy(503, error.retry_after)
        return answer

    return OutsideRoute(PATH, token, methods=["POST"])


async def _form(request: Request) -> dict[str, str]:
    """Read the form: every field once, in UTF-8, and no second way to authenticate (RFC 6749 §2.3, §3.2).

    Raises:
        InvalidRequestError: the body is something else.
    """
    headers = request.headers
    if essence(headers.get("content-type", "")) != _FORM or "authorization" in headers:
        raise InvalidRequestError("Send a form with a client assertion and no Authorization header")
    body = await _small_body(request)
    try:
        pairs = parse_qsl(body.decode("ascii"), errors="strict", max_num_fields=_MAX_FIELDS)
    except ValueError:
        raise InvalidRequestError("The form is not readable") from None
    form = dict(pairs)
    if len(form) != len(pairs) or "client_secret" in form:
        raise InvalidRequestError("Every field once, and no client_secret")
    if not form.get("grant_type"):
        # RFC 6749 5.2: a required parameter that is missing, which is not a grant that we do not know.
        raise InvalidRequestError("The grant_type is missing")
    return form


async def _small_body(request: Request) -> bytes:
    """Read at most 16 kB: nobody has proven anything yet."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MAX_FORM:
            raise InvalidRequestError("The form is too large")
    return bytes(body)


def _answer(status: int, body: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Response:
    return Response(
        orjson.dumps(body), status, {**_NO_STORE, **(headers or {})}, media_type="application/json"
    )


def _busy(status: int, seconds: int) -> Response:
    body = {"error": "temporarily_unavailable", "error_description": "Try again later"}
    return _answer(status, body, {"Retry-After": str(seconds)})
