"""A case system over REST, by our own contract: ``PUT /dossiers/{kenmerk}`` with a key against repeats and a version.

The system answers 200, 201 or 204 when it has the dossier, 409 when it has this version or a newer one (which is as
good), 408, 425, 429 or 5xx when it may be tried again, and any other 4xx when it does not want it.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from connectors.http import Outbound
from schemas.errors import Unavailable
from schemas.ris import Fate, Message

_THERE: Final = frozenset({200, 201, 204, HTTPStatus.CONFLICT})
_AGAIN: Final = frozenset({408, 425, 429, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
"""Not now, or not with this credential: an operator mends that, and the dossier must not be lost meanwhile."""


class Ris:
    """Delivers dossiers to one case system."""

    def __init__(self, base: str, token: str) -> None:
        self._out = Outbound(base, token)

    def deliver(self, reference: str, message: Message) -> Fate:
        """Send one dossier under its reference; sending it again changes nothing over there."""
        headers: Mapping[str, str] = {
            "Idempotency-Key": message.key,
            "Dossier-Version": str(message.version),
        }
        try:
            status = self._out.put(f"/dossiers/{reference}", message.body, headers).status
        except Unavailable:
            return Fate.LATER
        if status in _THERE:
            return Fate.BEZORGD
        again = status in _AGAIN or status >= HTTPStatus.INTERNAL_SERVER_ERROR or status < HTTPStatus.OK
        moved = HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST
        return Fate.LATER if again or moved else Fate.GEWEIGERD

    def close(self) -> None:
        """Let the connection go."""
        self._out.close()
