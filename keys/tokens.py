"""Access tokens (RFC 9068) and client assertions (RFC 7523): issued and verified by joserfc behind a strict reader.

Every refusal is the same ``Unauthenticated``: neither the cause nor a word of a library leaves this module. Times are
whole seconds since 1970 from the injected wall clock. Rules: NL GOV Assurance profile OAuth 2.0, RFC 8725.
"""

import json
import secrets
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from threading import Lock
from typing import Annotated, Any, Final, Generic, Literal, Self, TypeVar

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from keys.client_keys import ClientKey
from keys.jose_parser import read
from schemas.errors import Unauthenticated

TTL: Final = 300
"""Life of an access token in seconds (decision 9)."""

_SKEW: Final = 5
_MAX_TOKEN_LIFE: Final = 900
_MAX_ASSERTION_LIFE: Final = 300
_REMEMBERED: Final = 4096
_TOKEN_TYPES: Final = frozenset[str | None]({"at+jwt"})
_ASSERTION_TYPES: Final = frozenset[str | None]({None, "JWT", "client-authentication+jwt"})

Clock = Callable[[], int]
Value = TypeVar("Value")
Jti = Annotated[str, Field(pattern=r"^[\x21-\x7e]{16,256}$")]


class _Claims(BaseModel):
    """What every token of ours and every assertion says; times are integers, never text (RFC 7519 §4.1)."""

    model_config = ConfigDict(strict=True, frozen=True, hide_input_in_errors=True)

    iss: str
    sub: str
    aud: str
    iat: int = Field(ge=0)
    exp: int = Field(ge=0)
    jti: Jti

    def lives(self, now: int, longest: int) -> bool:
        """Whether ``now`` lies inside a life of at most ``longest`` seconds."""
        return self.iat <= now + _SKEW and now < self.exp and 0 < self.exp - self.iat <= longest


class AccessClaims(_Claims):
    """The claims of an access token: RFC 9068 plus who the client acts for; ``ver`` is our version byte."""

    model_config = ConfigDict(extra="forbid")

    ver: Literal[1]
    client_id: str
    azp: str
    scope: str
    tenant: str
    party: str
    kind: str
    user: str | None = None


class _AssertionClaims(_Claims):
    """The claims of a client assertion; more are allowed (clients add their own) and ignored."""

    nbf: int = Field(default=0, ge=0)


@dataclass(frozen=True, slots=True)
class Assertion:
    """A client assertion that holds: who signed it, its one-time number and when it ends."""

    client_id: str
    jti: str
    exp: int


class TokenKeys:
    """The ES256 keys of the installation: one signs, the others (next, previous) are published and verify."""

    def __init__(self, current: ECKey, others: Sequence[ECKey] = ()) -> None:
        self.current = current
        self.kid = current.thumbprint()
        self._public = {key.thumbprint(): _public(key) for key in (current, *others)}

    @classmethod
    def from_pkcs8(cls, current: bytes, others: Sequence[bytes] = ()) -> Self:
        """Read private keys in PKCS #8 (DER or PEM) as the key ring keeps them."""
        return cls(ECKey.import_key(current), [ECKey.import_key(key) for key in others])

    def find(self, kid: str) -> ECKey:
        """Give the public key with this thumbprint.

        Raises:
            Unauthenticated: no key of ours has it.
        """
        try:
            return self._public[kid]
        except KeyError:
            raise Unauthenticated from None

    def jwks(self) -> dict[str, list[dict[str, str]]]:
        """Give the public keys as a JWK set (RFC 7517), ready to publish."""
        use = {"alg": "ES256", "use": "sig"}
        return {"keys": [{**_members(key), "kid": kid, **use} for kid, key in self._public.items()]}


class AccessTokens:
    """Issues access tokens and verifies them; a verified token is remembered until it ends."""

    def __init__(self, keys: Callable[[], TokenKeys], issuer: str, clock: Clock) -> None:
        self._keys = keys
        self._issuer = issuer
        self._clock = clock
        self._seen = _Remembered[AccessClaims](_REMEMBERED)

    def issue(
        self,
        *,
        client_id: str,
        tenant: str,
        party: str,
        kind: str,
        user: str | None,
        scope: Sequence[str],
        ttl: int = TTL,
    ) -> str:
        """Sign a token for a client; ``scope`` holds the purposes it may be used for, ``ttl`` is in seconds."""
        now = self._clock()
        whom = {"client_id": client_id, "azp": client_id, "tenant": tenant, "party": party, "kind": kind}
        if user is not None:
            whom["user"] = user
        claims = {"iss": self._issuer, "aud": self._issuer, "sub": client_id, "iat": now, "exp": now + ttl}
        more = {"jti": secrets.token_urlsafe(16), "scope": " ".join(scope), "ver": 1}
        keys = self._keys()
        header = {"alg": "ES256", "kid": keys.kid, "typ": "at+jwt"}
        return jws.serialize_compact(header, _json({**claims, **whom, **more}), keys.current, ["ES256"])

    def verify(self, token: str) -> AccessClaims:
        """Give the claims of a token of ours that is alive.

        Raises:
            Unauthenticated: for every other text.
        """
        now, digest = self._clock(), _digest(token)
        claims = self._seen.get(digest, now)
        if claims is None:
            claims = self._checked(token, now)
            self._seen.put(digest, claims.exp, claims)
        return claims

    def jwks(self) -> dict[str, list[dict[str, str]]]:
        """Give the public keys that verify these tokens (RFC 7517)."""
        return self._keys().jwks()

    def _checked(self, token: str, now: int) -> AccessClaims:
        compact = read(token, _TOKEN_TYPES)
        if compact.alg != "ES256":
            raise Unauthenticated
        _verify(token, self._keys().find(compact.kid), "ES256")
        claims = _model(AccessClaims, compact.claims)
        ours = claims.iss == claims.aud == self._issuer and claims.sub == claims.client_id == claims.azp
        if not ours or not claims.lives(now, _MAX_TOKEN_LIFE):
            raise Unauthenticated
        return claims


class ClientAssertions:
    """Verifies the signed assertion with which a client shows who it is (``private_key_jwt``).

    ``audiences`` are the strings of which exactly one must be the audience (issuer or token endpoint). ``spent`` says
    whether (client, jti) was used before; whoever answers the assertion uses it up, in one commit with that answer.
    """

    def __init__(self, audiences: Sequence[str], clock: Clock, spent: Callable[[str, str], bool]) -> None:
        self._audiences = frozenset(audiences)
        self._clock = clock
        self._spent = spent

    def verify(
        self, assertion: str, keys_of: Callable[[str], Sequence[ClientKey]], named: str | None = None
    ) -> Assertion:
        """Give who signed; ``keys_of`` gives the keys registered for a client id, none for a stranger.

        ``named`` is the client id that stood beside the assertion, if any did (RFC 7521 §4.2).

        Raises:
            Unauthenticated: for every assertion that does not hold, the second use included.
        """
        compact = read(assertion, _ASSERTION_TYPES)
        claims = _model(_AssertionClaims, compact.claims)
        pinned = {key.kid: key for key in keys_of(claims.iss)}.get(compact.kid)
        if pinned is None or pinned.alg != compact.alg:
            raise Unauthenticated
        _verify(assertion, pinned.key, pinned.alg)
        if claims.sub != claims.iss or claims.aud not in self._audiences or not self._alive(claims):
            raise Unauthenticated
        if named not in {None, claims.iss} or self._spent(claims.iss, claims.jti):
            raise Unauthenticated
        return Assertion(client_id=claims.iss, jti=claims.jti, exp=claims.exp)

    def _alive(self, claims: _AssertionClaims) -> bool:
        now = self._clock()
        return claims.lives(now, _MAX_ASSERTION_LIFE) and claims.nbf <= now + _SKEW


class _Remembered(Generic[Value]):
    """The last verified tokens by SHA-256, so that a busy client costs a hash and a look-up, not a signature."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._values: OrderedDict[bytes, tuple[int, Value]] = OrderedDict()
        self._lock = Lock()

    def get(self, digest: bytes, now: int) -> Value | None:
        """Give what was remembered and has not ended."""
        with self._lock:
            found = self._values.get(digest)
            if found is None or found[0] <= now:
                return None
            self._values.move_to_end(digest)
            return found[1]

    def put(self, digest: bytes, until: int, value: Value) -> None:
        """Remember until ``until`` (seconds) and forget what was asked for least recently."""
        with self._lock:
            self._values[digest] = (until, value)
            self._values.move_to_end(digest)
            if len(self._values) > self._size:
                self._values.popitem(last=False)


Claims = TypeVar("Claims", bound=_Claims)


def _verify(token: str, key: ECKey | RSAKey, alg: str) -> None:
    try:
        jws.deserialize_compact(token, key, [alg])
    except (JoseError, ValueError):
        raise Unauthenticated from None


def _model(model: type[Claims], claims: Mapping[str, Any]) -> Claims:
    try:
        return model.model_validate(claims)
    except ValidationError:
        raise Unauthenticated from None


def _public(key: ECKey) -> ECKey:
    return ECKey.import_key({**_members(key)})


def _members(key: ECKey) -> dict[str, str]:
    return {name: str(value) for name, value in key.as_dict(private=False).items() if name != "kid"}


def _digest(token: str) -> bytes:
    return sha256(token.encode("utf-8", "surrogatepass")).digest()


def _json(claims: Mapping[str, Any]) -> str:
    return json.dumps(claims, separators=(",", ":"))
