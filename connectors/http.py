"""The only outbound client: one address, one credential, short patience, no redirects, and nothing of a body in a log.

Redirects are not followed (a credential and a resident's data must not go where a server points), environment proxies
are not read (zero egress but to the address of the settings), answers are read up to a limit.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from schemas.errors import Invalid, Unavailable

if TYPE_CHECKING:
    import httpx2

TIMEOUT_SECONDS: Final = 10.0
MOST_BYTES: Final = 65_536
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the status alone; what a server says of a resident is not read."""

    status: int


class Outbound:
    """A connection to one service."""

    def __init__(self, base: str, token: str) -> None:
        """Make a client for ``base`` (https; plain http only to this machine).

        Raises:
            Invalid: another address.
        """
        import httpx2  # noqa: PLC0415 (half the start of a process that never calls out)

        _insist_on_safety(base)
        self._client: httpx2.Client = httpx2.Client(
            base_url=base.rstrip("/"),
            headers={"Authorization": f"Bearer {token}"},
            timeout=TIMEOUT_SECONDS,
            follow_redirects=False,
            trust_env=False,
        )

    def put(self, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Send JSON.

        Raises:
            Unavailable: no whole answer came; whether it arrived is not known.
        """
        import httpx2  # noqa: PLC0415 (see above)

        sent = {"Content-Type": "application/json", **headers}
        try:
            with self._client.stream("PUT", path, content=body, headers=sent) as answer:
                _drain(answer)
                return Answer(answer.status_code)
        except httpx2.HTTPError:
            raise Unavailable("De andere kant antwoordt niet", code="niet_bereikbaar") from None

    def close(self) -> None:
        """Let the connection go."""
        self._client.close()


def _insist_on_safety(base: str) -> None:
    try:
        parts = urlsplit(base)
        host = parts.hostname or ""
    except ValueError:
        host, parts = "", urlsplit("")
    safe = parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK)
    if not host or not safe or "@" in parts.netloc or parts.query or parts.fragment:
        raise Invalid("Dit adres is niet met https", code="adres_onveilig")


def _drain(answer: "httpx2.Response") -> None:
    """Read an answer to its end, so that it counts as whole; not past the limit."""
    read = 0
    for chunk in answer.iter_bytes():
        read += len(chunk)
        if read > MOST_BYTES:
            return
