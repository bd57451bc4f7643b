"""Clients, keys and tokens for tests: the real token service on a clock that stands still and a client list in memory."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from typing import Any

from joserfc.jwk import ECKey

from gateway.services.tokens import TokenService
from keys.client_keys import Algorithm, new_client_jwk, public_jwk, sign_assertion
from keys.jose_parser import read
from keys.tokens import AccessTokens, Assertion, ClientAssertions, TokenKeys
from schemas.errors import Unauthenticated
from schemas.principal import Principal
from tests.support.forgeries import Good

ISSUER = "https://sluis.example"
TOKEN_ENDPOINT = f"{ISSUER}/oauth/token"
NOW = 1_790_000_000
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def client_jwk(name: str = "corporatie", alg: Algorithm = "ES256") -> dict[str, str]:
    """Give the private key of a test client, the same for the whole run."""
    return _client_jwk(name, alg)


@cache
def _client_jwk(name: str, alg: Algorithm) -> dict[str, str]:
    return {**new_client_jwk(alg), "kid": f"{name}-{alg.lower()}"}


@cache
def token_keys() -> TokenKeys:
    """Give the signing keys of the installation under test: the current and the next."""
    return TokenKeys(ECKey.generate_key("P-256"), [ECKey.generate_key("P-256")])


def client_row(client_id: str = "corporatie", **changes: Any) -> dict[str, Any]:
    """Give the row of a registered client as the store would."""
    row = {
        "client_id": client_id,
        "tenant": "GM0637",
        "party_id": "woonstichting",
        "kind": "signaalpartner",
        "user_id": None,
        "purposes": "aanleveren terugkoppelen",
        "jwk": json.dumps(public_jwk(client_jwk(client_id))),
        "allow_rs256": False,
    }
    return row | changes


class Register:
    """What the token service told the log, and which assertions that used up."""

    def __init__(self) -> None:
        self.said: list[tuple[str, str]] = []
        self.used: set[tuple[str, str]] = set()

    def issued(self, who: Principal, purposes: Sequence[str], proof: Assertion) -> None:
        """Remember a token that was given."""
        self._spend(proof)
        self.said.append((f"issued to {who.client}", " ".join(purposes)))

    def refused(self, known: Collection[str]) -> None:
        """Remember an assertion that did not hold."""
        self.said.append(("refused", " ".join(sorted(known))))

    def withheld(self, who: Principal, proof: Assertion) -> None:
        """Remember a client that asked too much."""
        self._spend(proof)
        self.said.append((f"withheld from {who.client}", ""))

    def _spend(self, proof: Assertion) -> None:
        if (proof.client_id, proof.jti) in self.used:
            raise Unauthenticated
        self.used.add((proof.client_id, proof.jti))


@dataclass
class Authority:
    """A token service with its clock and its clients within reach of the test."""

    clients: dict[str, Mapping[str, Any]] = field(default_factory=lambda: {"corporatie": client_row()})
    now: int = NOW
    numbers: Any = field(default_factory=count)

    def __post_init__(self) -> None:
        """Build the real service on the fakes."""
        self.access = AccessTokens(token_keys, ISSUER, lambda: self.now)
        self.told = Register()
        self.assertions = ClientAssertions([ISSUER, TOKEN_ENDPOINT], lambda: self.now, self._spent)
        self.ended: set[str] = set()
        self.service = TokenService(self.access, self.assertions, self.clients.get, self.told, self.ended)

    def _spent(self, client_id: str, jti: str) -> bool:
        return (client_id, jti) in self.told.used

    def claims(self, client_id: str = "corporatie", **changes: Any) -> dict[str, Any]:
        """Give the claims of a good assertion; a change to None leaves the claim out."""
        good = {"iss": client_id, "sub": client_id, "aud": ISSUER, "iat": self.now, "exp": self.now + 60}
        claims = good | {"jti": f"one-time-number-{next(self.numbers)}"} | changes
        return {name: value for name, value in claims.items() if value is not None}

    def assertion(self, client_id: str = "corporatie", alg: Algorithm = "ES256", **changes: Any) -> str:
        """Give a signed assertion."""
        return sign_assertion(client_jwk(client_id, alg), self.claims(client_id, **changes))

    def form(self, client_id: str = "corporatie", **more: str) -> dict[str, str]:
        """Give the form of a good token request."""
        proof = {"client_assertion_type": ASSERTION_TYPE, "client_assertion": self.assertion(client_id)}
        return {"grant_type": "client_credentials", **proof, **more}

    def bearer(self, *scope: str, kind: str = "signaalpartner", client_id: str = "corporatie") -> str:
        """Give an access token, issued without the detour of an assertion."""
        return self.access.issue(
            client_id=client_id,
            tenant="GM0637",
            party="woonstichting",
            kind=kind,
            user=None,
            scope=scope or ("aanleveren",),
        )


def good_token(authority: Authority) -> Good:
    """Give an access token that holds, in pieces, with the key that signs it."""
    compact = read(authority.bearer(), {"at+jwt"})
    header = {"alg": "ES256", "kid": compact.kid, "typ": "at+jwt"}
    return Good(header, compact.claims, token_keys().current, "JWT")


def good_assertion(authority: Authority) -> Good:
    """Give a client assertion that holds, in pieces, with the key that signs it."""
    jwk = client_jwk()
    private = ECKey.import_key({name: value for name, value in jwk.items() if name not in {"kid", "alg"}})
    return Good({"alg": "ES256", "kid": jwk["kid"], "typ": "JWT"}, authority.claims(), private, "at+jwt")
