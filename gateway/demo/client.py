"""A party as the server knows it: over real HTTP, with a signed assertion and a token of five minutes."""

import secrets
import time
from collections.abc import Mapping
from typing import Any

import httpx2

from keys.client_keys import sign_assertion
from schemas.errors import Broken

_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_RENEW = 240


class PartyClient:
    """One client of the demo; asks a new token in time."""

    def __init__(self, origin: str, client_id: str, jwk: Mapping[str, str]) -> None:
        self._origin = origin
        self._client_id = client_id
        self._jwk = jwk
        self._http = httpx2.Client(base_url=f"{origin}/v1", timeout=60)
        self._until = 0.0
        self.calls = 0

    @property
    def authorization(self) -> str:
        """The header of the present token, for a program that sends its own requests."""
        if time.monotonic() > self._until:
            self._renew()
        return self._http.headers["Authorization"]

    def get(self, path: str, **more: Any) -> httpx2.Response:
        """Ask."""
        return self._send("GET", path, **more)

    def post(self, path: str, body: Any = None, **more: Any) -> httpx2.Response:
        """Send JSON."""
        if body is not None:
            more["json"] = body
        return self._send("POST", path, **more)

    def upload(self, content: bytes, media_type: str, key: str) -> httpx2.Response:
        """Deliver a file of signals."""
        headers = {"Content-Type": media_type, "Idempotency-Key": key}
        return self._send("POST", "/leveringen", content=content, headers=headers)

    def close(self) -> None:
        """Let the connection go."""
        self._http.close()

    def _send(self, method: str, path: str, **more: Any) -> httpx2.Response:
        if time.monotonic() > self._until:
            self._renew()
        self.calls += 1
        return self._http.request(method, path, **more)

    def _renew(self) -> None:
        now = int(time.time())  # noqa: TID251 (a client has a clock of its own)
        claims = {
            "iss": self._client_id,
            "sub": self._client_id,
            "aud": self._origin,
            "iat": now,
            "exp": now + 60,
            "jti": secrets.token_urlsafe(24),
        }
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": _ASSERTION,
            "client_assertion": sign_assertion(self._jwk, claims),
        }
        # An old token beside the assertion would be a second way to say who one is (RFC 6749 2.3).
        self._http.headers.pop("Authorization", None)
        answer = self._http.post(f"{self._origin}/oauth/token", data=form)
        answer.raise_for_status()
        self._http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        self._until = time.monotonic() + _RENEW


def succeed(answer: httpx2.Response) -> dict[str, Any]:
    """Give the body of an answer that must be a good one.

    Raises:
        Broken: it is not; names method, path and status, and no content.
    """
    if answer.is_success:
        found: dict[str, Any] = answer.json() if answer.content else {}
        return found
    where = f"{answer.request.method} {answer.request.url.path}"
    raise Broken(f"De server antwoordde {answer.status_code} op {where}")
