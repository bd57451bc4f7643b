"""Use case: a client shows who it is and gets a short token; a token becomes a principal.

The token endpoint and every route of the API stand on this service; keys and signatures stay in ``keys.tokens``.
"""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from keys.client_keys import ClientKey, client_key
from keys.tokens import TTL, AccessTokens, Assertion, ClientAssertions
from schemas.errors import Denied, Unauthenticated
from schemas.ids import ClientId, PartyId, Tenant, UserId
from schemas.parties import PartyKind
from schemas.principal import Principal

Find = Callable[[str], Mapping[str, Any] | None]
"""Gives the row of an active client together with the ``kind`` of its party, or None for a stranger."""


@dataclass(frozen=True, slots=True)
class Client:
    """A registered OAuth client: the party it belongs to, the person behind it if any, and what it may ask for.

    ``proof`` is the assertion with which it came; the answer to it uses it up.
    """

    client_id: ClientId
    tenant: Tenant
    party: PartyId
    kind: PartyKind
    user: UserId | None
    purposes: tuple[str, ...]
    proof: Assertion


class Told(Protocol):
    """The log, as far as it hears who came in and who did not."""

    def issued(self, who: Principal, purposes: Sequence[str], proof: Assertion) -> None:
        """Tell of a token and use up what it was given for, durably, before it is given.

        Raises:
            Unauthenticated: that was used up already.
        """

    def refused(self, known: Collection[str]) -> None:
        """Tell of an assertion that did not hold; ``known`` names the registered client that it spoke of, if any."""

    def withheld(self, who: Principal, proof: Assertion) -> None:
        """Tell of a client that showed who it is and asked for what it may not have; uses up its proof.

        Raises:
            Unauthenticated: that was used up already.
        """


class TokenService:
    """Authenticates clients, issues access tokens and verifies them.

    ``ended`` are the clients whose access was taken away: it is looked at for every token, so that taking access away
    works at once and not when the last token ends.
    """

    def __init__(
        self,
        access: AccessTokens,
        assertions: ClientAssertions,
        find: Find,
        told: Told,
        ended: Collection[str],
    ) -> None:
        self._access = access
        self._assertions = assertions
        self._find = find
        self._told = told
        self._ended = ended

    def authenticate(self, assertion: str, named: str | None = None) -> Client:
        """Give the client that signed the assertion (RFC 7523 §3), if it is the one that was ``named`` beside it.

        ``issue`` uses the assertion up.

        Raises:
            Unauthenticated: the assertion does not hold or was used before, whatever the cause.
        """
        rows: dict[str, Mapping[str, Any]] = {}

        def keys_of(client_id: str) -> Sequence[ClientKey]:
            found = self._find(client_id)
            if found is None:
                return ()
            rows[client_id] = found
            return _keys(found)

        try:
            proven = self._assertions.verify(assertion, keys_of, named)
        except Unauthenticated:
            self._told.refused(rows)
            raise
        return _client(rows[proven.client_id], proven)

    def issue(self, client: Client, scope: Sequence[str] | None) -> dict[str, str | int]:
        """Give the token response of RFC 6749 §5.1; without a scope the client gets all its purposes.

        Raises:
            Denied: the client asks for a purpose that it does not have, or has none.
            Unauthenticated: somebody else used the assertion up in the meantime.
        """
        wanted = tuple(dict.fromkeys(client.purposes if scope is None else scope))
        if not wanted or not set(wanted) <= set(client.purposes):
            self._told.withheld(_principal(client, wanted), client.proof)
            raise Denied(code="doel_niet_toegekend")
        token = self._access.issue(
            client_id=client.client_id,
            tenant=client.tenant,
            party=client.party,
            kind=client.kind,
            user=client.user,
            scope=wanted,
        )
        self._told.issued(_principal(client, wanted), wanted, client.proof)
        return {"access_token": token, "token_type": "Bearer", "expires_in": TTL, "scope": " ".join(wanted)}

    def verify(self, bearer: str) -> Principal:
        """Give who holds this access token.

        Raises:
            Unauthenticated: the token does not hold, whatever the cause.
        """
        claims = self._access.verify(bearer)
        if claims.client_id in self._ended:
            raise Unauthenticated
        return Principal(
            tenant=Tenant(claims.tenant),
            party=PartyId(claims.party),
            kind=_kind(claims.kind),
            client=ClientId(claims.client_id),
            user=None if claims.user is None else UserId(claims.user),
            purposes=frozenset(claims.scope.split(" ")),
            token=claims.jti,
        )

    def jwks(self) -> Mapping[str, Any]:
        """Give the public keys that verify our access tokens (RFC 7517)."""
        return self._access.jwks()


def _keys(row: Mapping[str, Any]) -> list[ClientKey]:
    """Read the registered public keys: one JWK, or a set while a client changes keys."""
    registered = json.loads(row["jwk"])
    found = registered.get("keys", [registered])
    return [client_key(jwk, rs256=bool(row["allow_rs256"])) for jwk in found]


def _client(row: Mapping[str, Any], proof: Assertion) -> Client:
    return Client(
        client_id=ClientId(row["client_id"]),
        tenant=Tenant(row["tenant"]),
        party=PartyId(row["party_id"]),
        kind=PartyKind(row["kind"]),
        user=None if row["user_id"] is None else UserId(row["user_id"]),
        purposes=tuple(row["purposes"].split()),
        proof=proof,
    )


def _principal(client: Client, purposes: Sequence[str]) -> Principal:
    return Principal(
        tenant=client.tenant,
        party=client.party,
        kind=client.kind,
        client=client.client_id,
        user=client.user,
        purposes=frozenset(purposes),
    )


def _kind(text: str) -> PartyKind:
    """Read the kind of party; one that this version does not know is no valid token (after a downgrade)."""
    try:
        return PartyKind(text)
    except ValueError:
        raise Unauthenticated from None
