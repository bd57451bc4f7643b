"""Who takes part: putting parties, their staff and their clients on record, each of it in the log."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from gateway.events import tell
from gateway.installation import Installation
from gateway.store import parties
from gateway.store.change import Change
from keys.client_keys import client_key, public_jwk
from schemas.audit import Act
from schemas.errors import NotFound
from schemas.ids import ClientId, PartyId, Tenant, UserId
from schemas.parties import Party, PartyKind
from schemas.principal import Principal


class Administration:
    """Registration by the municipality's operator."""

    def __init__(self, house: Installation) -> None:
        self._house = house

    def register_party(self, by: Principal, party: Party) -> None:
        """Put a party on record.

        Raises:
            Conflict: a party with this id exists.
        """
        event = tell(by, Act.PARTY_REGISTERED, "beheren", detail={"party": party.party_id})
        self._house.store.commit(Change((parties.register_party(party),), (event,)))

    def register_user(self, by: Principal, party: PartyId, user: UserId, role: str) -> None:
        """Put a member of staff of a party on record.

        Raises:
            Conflict: a user with this id exists.
        """
        row = {"tenant": by.tenant, "user_id": user, "party_id": party, "role": role, "active": True}
        event = tell(by, Act.USER_REGISTERED, "beheren", detail={"party": party, "user": user})
        self._house.store.commit(Change((parties.register_user(row),), (event,)))

    def register_client(
        self,
        by: Principal,
        party: PartyId,
        client: ClientId,
        purposes: Sequence[str],
        jwk: Mapping[str, Any],
        *,
        user: UserId | None = None,
        rs256: bool = False,
    ) -> None:
        """Give a client of a party access for some purposes; only the public members of its key are kept.

        Raises:
            Conflict: a client with this id exists. Invalid: the key is too weak or says too little.
        """
        client_key(jwk, rs256=rs256)
        row = {
            "tenant": by.tenant,
            "client_id": client,
            "party_id": party,
            "user_id": user,
            "jwk": json.dumps(public_jwk(jwk)),
            "allow_rs256": rs256,
            "purposes": " ".join(purposes),
            "active": True,
        }
        event = tell(by, Act.CLIENT_REGISTERED, "beheren", detail={"party": party, "client": client})
        self._house.store.commit(Change((parties.register_client(row),), (event,)))

    def party(self, tenant: Tenant, party: PartyId) -> Party:
        """Give a party on record.

        Raises:
            NotFound: there is none.
        """
        with self._house.store.read() as connection:
            found = parties.find_party(connection, tenant, party)
        if found is None:
            raise NotFound
        return found

    def parties(self, tenant: Tenant) -> list[Party]:
        """Give every party on record, by id."""
        with self._house.store.read() as connection:
            return parties.parties(connection, tenant)


def operator(tenant: Tenant) -> Principal:
    """Stand for whoever works at the command line of the machine itself."""
    return Principal(
        tenant=tenant,
        party=PartyId("beheer"),
        kind=PartyKind.BEHEER,
        client=ClientId("opdrachtregel"),
        user=None,
        purposes=frozenset({"beheren"}),
    )
