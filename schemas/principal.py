"""Who is asking: the authenticated client, the party it acts for and, for staff, the person."""

from dataclasses import dataclass

from schemas.ids import ClientId, PartyId, Tenant, UserId
from schemas.parties import PartyKind


@dataclass(frozen=True, slots=True)
class Principal:
    """The asker of one request, taken from a verified access token.

    ``purposes`` are the scopes of the token: what this request may be about (doelbinding).
    """

    tenant: Tenant
    party: PartyId
    kind: PartyKind
    client: ClientId
    user: UserId | None
    purposes: frozenset[str]
    token: str = ""

    @property
    def actor(self) -> str:
        """The person if there is one, else the machine."""
        return self.user or self.client
