"""Who takes part: putting parties, their staff and their clients on record, each of it in the log."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from audit.entry import Event
from gateway.events import tell
from gateway.installation import Installation
from gateway.store import parties
from gateway.store.change import Change, Row, Write
from keys.client_keys import client_key, public_jwk
from schemas.audit import Act
from schemas.errors import Conflict, Denied, NotFound
from schemas.ids import ClientId, PartyId, Tenant, UserId
from schemas.parties import Party, PartyKind
from schemas.principal import Principal

_NO_GRANT = "doel_niet_toegekend"


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
        self._register(parties.register_party(party), event)

    def register_user(self, by: Principal, party: PartyId, user: UserId, role: str) -> None:
        """Put a member of staff of a party on record.

        Raises:
            Conflict: a user with this id exists. NotFound: there is no such party.
        """
        self.party(by.tenant, party)
        row = {"tenant": by.tenant, "user_id": user, "party_id": party, "role": role, "active": True}
        event = tell(by, Act.USER_REGISTERED, "beheren", detail={"party": party, "user": user})
        self._register(parties.register_user(row), event)

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
            NotFound: there is no such party, or the user is not of that party.
            Denied: a party of this kind has no grant for one of the purposes.
        """
        client_key(jwk, rs256=rs256)
        self._check_purposes(self.party(by.tenant, party), purposes)
        if user is not None:
            self._check_user(by.tenant, party, user)
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
        self._register(parties.register_client(row), event)

    def end_client(self, by: Principal, client: ClientId) -> None:
        """Take a client's access away, at once: tokens that it holds are refused from now on.

        Raises:
            NotFound: no such client has access.
        """
        told = tell(by, Act.CLIENT_ENDED, "beheren", detail={"client": client})
        self._end(parties.end_client(by.tenant, client), told, [client])

    def end_user(self, by: Principal, user: UserId) -> None:
        """End the work of a member of staff, at once, through whatever client; caseloads stay to be given away.

        Raises:
            NotFound: no such member of staff is at work.
        """
        with self._house.store.read() as connection:
            clients = parties.clients_behind(connection, by.tenant, user)
        told = tell(by, Act.USER_ENDED, "beheren", detail={"user": user, "clients": clients})
        self._end(parties.end_user(by.tenant, user), told, clients)

    def _end(self, write: Write, told: Event, clients: Sequence[str]) -> None:
        try:
            self._house.store.commit(Change((write,), (told,)))
        except Conflict:
            raise NotFound("Dit kenmerk heeft hier geen toegang") from None
        self._house.ended.update(clients)

    def members(self, tenant: Tenant, party: PartyId) -> tuple[list[Row], list[Row]]:
        """Give the staff and the clients of a party, also those whose access ended.

        Raises:
            NotFound: there is no such party.
        """
        self.party(tenant, party)
        with self._house.store.read() as connection:
            return parties.users_of(connection, tenant, party), parties.clients_of(connection, tenant, party)

    def _register(self, write: Write, event: Event) -> None:
        try:
            self._house.store.commit(Change((write,), (event,)))
        except Conflict:
            raise Conflict("Dit kenmerk is al in gebruik", code="kenmerk_bezet") from None

    def _check_purposes(self, party: Party, purposes: Sequence[str]) -> None:
        strange = [purpose for purpose in purposes if not self._house.register.pair(party.kind, purpose)]
        if strange or not purposes:
            named = ", ".join(strange) or "niets"
            raise Denied(
                f"Een partij van de soort {party.kind} heeft geen grant voor {named}", code=_NO_GRANT
            )

    def _check_user(self, tenant: Tenant, party: PartyId, user: UserId) -> None:
        with self._house.store.read() as connection:
            found = parties.find_user(connection, tenant, user)
        if found is None or found["party_id"] != party:
            raise NotFound("Deze medewerker staat niet bij deze partij")

    def party(self, tenant: Tenant, party: PartyId) -> Party:
        """Give a party on record.

        Raises:
            NotFound: there is none.
        """
        with self._house.store.read() as connection:
            found = parties.find_party(connection, tenant, party)
        if found is None:
            raise NotFound("Deze partij is hier niet opgenomen")
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
