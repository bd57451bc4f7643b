"""Keys of OAuth clients as JWK (RFC 7517): what a party registers, and the client's side of an assertion.

A key is pinned to one algorithm when it is registered: PS256 or ES256, RS256 only when the client was allowed it,
because the NL GOV profile asks for it and FAPI 2.0 forbids it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from schemas.errors import Invalid

Algorithm = Literal["ES256", "PS256", "RS256"]

_KTY: Final = {"ES256": "EC", "PS256": "RSA", "RS256": "RSA"}
_PUBLIC: Final = {"EC": ("kty", "crv", "x", "y"), "RSA": ("kty", "n", "e")}
_MIN_RSA_BITS: Final = 2048
_MIN_RSA_CHARS: Final = 342
_MAX_RSA_BITS: Final = 8192
_RSA_BITS: Final = 3072
_RSA_EXPONENT: Final = 65537


@dataclass(frozen=True, slots=True)
class ClientKey:
    """A public key of a client with the one algorithm it may be used with."""

    kid: str
    alg: str
    key: ECKey | RSAKey


def client_key(jwk: Mapping[str, Any], *, rs256: bool = False) -> ClientKey:
    """Read a JWK into a pinned public key; private members are left behind.

    Raises:
        Invalid: the key has no ``kid`` or ``alg``, or is too weak or of another kind than its algorithm.
    """
    kid, alg = jwk.get("kid"), jwk.get("alg")
    if not isinstance(kid, str) or not kid or not isinstance(alg, str):
        raise Invalid(code="sleutel_ongeldig")
    if alg not in _KTY or jwk.get("kty") != _KTY[alg] or (alg == "RS256" and not rs256):
        raise Invalid(code="sleutel_ongeldig")
    return ClientKey(kid=kid, alg=alg, key=_public(jwk))


def _public(jwk: Mapping[str, Any]) -> ECKey | RSAKey:
    """Import only the public members and refuse weak keys (RFC 8725 §3.5, §3.6)."""
    try:
        members = {name: str(jwk[name]) for name in _PUBLIC[jwk["kty"]]}
        key = _import(members)
    except (KeyError, ValueError, JoseError):
        raise Invalid(code="sleutel_ongeldig") from None
    if not _strong(key):
        raise Invalid(code="sleutel_ongeldig")
    return key


def _import(members: Mapping[str, str]) -> ECKey | RSAKey:
    if members["kty"] == "EC":
        return ECKey.import_key({**members})
    if len(members["n"]) < _MIN_RSA_CHARS:
        # Looked at before the import, which only warns about it.
        raise ValueError
    return RSAKey.import_key({**members})


def _strong(key: ECKey | RSAKey) -> bool:
    if isinstance(key, ECKey):
        return key.curve_name == "P-256"
    numbers = key.public_key.public_numbers()
    bits = numbers.n.bit_length()
    return _MIN_RSA_BITS <= bits <= _MAX_RSA_BITS and numbers.e >= _RSA_EXPONENT and numbers.e % 2 == 1


def new_client_jwk(alg: Algorithm = "ES256") -> dict[str, str]:
    """Make a private JWK with ``kid`` (RFC 7638 thumbprint) and ``alg``, to hand to a client once."""
    key: ECKey | RSAKey
    key = ECKey.generate_key("P-256") if alg == "ES256" else RSAKey.generate_key(_RSA_BITS)
    members = {name: str(value) for name, value in key.as_dict(private=True).items()}
    return {**members, "kid": key.thumbprint(), "alg": alg}


def public_jwk(jwk: Mapping[str, Any]) -> dict[str, str]:
    """Keep the members of a JWK that a party may register: the public ones, ``kid`` and ``alg``."""
    names = (*_PUBLIC[str(jwk["kty"])], "kid", "alg")
    return {name: str(jwk[name]) for name in names}


def sign_assertion(jwk: Mapping[str, Any], claims: Mapping[str, Any]) -> str:
    """Sign a client assertion (RFC 7523) with a private JWK; this is the client's side."""
    alg = str(jwk["alg"])
    key = _import({name: str(value) for name, value in jwk.items() if name not in {"alg", "kid"}})
    header = {"alg": alg, "kid": str(jwk["kid"])}
    return jws.serialize_compact(header, json.dumps(dict(claims)), key, [alg])
