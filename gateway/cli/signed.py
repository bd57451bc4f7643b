"""Checking a signed receipt or certificate with python-jose: a second implementation beside the one that signs.

The only place that may import it. It is lenient in ways that a verifier may not be (it takes padding, ignores ``crit``
and lets missing claims pass), so it sees nothing but one shape: a compact JWS (RFC 7515 §7.1) in its one spelling, with
the header members alg, kid and typ, ES256, and claims in strict JSON.
"""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from schemas.errors import Invalid

_SHAPE = re.compile(rb"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]{86})\n?")
_WORD = re.compile(r"[A-Za-z0-9._+/-]{1,100}")
_COORDINATE = re.compile(r"[A-Za-z0-9_-]{43}")
_HEADER = frozenset({"alg", "kid", "typ"})
_DIGITS = 16
"""Most digits of a number in a proof of ours: enough for every time and every count."""
_CODE = "handtekening_onjuist"

Keys = Mapping[str, Mapping[str, str]]
"""Public keys by their ``kid``, each as the four members of an EC key."""


@dataclass(frozen=True, slots=True)
class Signed:
    """What was signed: the kind of document, the key that signed it and what it says."""

    typ: str
    kid: str
    claims: dict[str, Any]


def keys_of(jwks: bytes) -> Keys:
    """Read the P-256 keys of a JWK set (RFC 7517); keys of other kinds are passed over, as the standard asks.

    Raises:
        Invalid: no JWK set, a key twice, or no key that could have signed.
    """
    found = _object(jwks).get("keys")
    usable = [key for key in found if _usable(key)] if isinstance(found, list) else []
    trusted = {key["kid"]: {name: key[name] for name in ("kty", "crv", "x", "y")} for key in usable}
    if not usable or len(trusted) != len(usable):
        raise Invalid("Dit bestand is geen JWKS met ES256-sleutels", code="sleutel_ongeldig")
    return trusted


def _usable(key: object) -> bool:
    return (
        isinstance(key, dict)
        and (key.get("kty"), key.get("crv")) == ("EC", "P-256")
        and key.get("alg", "ES256") == "ES256"
        and key.get("use", "sig") == "sig"
        and _word(key.get("kid"))
        and all(isinstance(key.get(at), str) and _COORDINATE.fullmatch(key[at]) for at in ("x", "y"))
    )


def check(data: bytes, trusted: Keys, issuer: str | None = None) -> Signed:
    """Check a signed document against keys from another source; ``issuer`` is who must have issued it.

    Raises:
        Invalid: it is not exactly what one of the keys signed.
    """
    shape = _SHAPE.fullmatch(data)
    if shape is None:
        raise Invalid("Dit is geen ondertekend bewijs", code=_CODE)
    header, _, _ = _object(_decode(shape[1])), _object(_decode(shape[2])), _decode(shape[3])
    if header.keys() != _HEADER or header["alg"] != "ES256" or not all(map(_word, header.values())):
        raise Invalid("Dit bewijs heeft een kop die wij niet schrijven", code=_CODE)
    if header["kid"] not in trusted:
        raise Invalid("Geen van de gegeven sleutels heeft dit ondertekend", code=_CODE)
    claims = _verified(data.rstrip(b"\n").decode("ascii"), trusted[header["kid"]], issuer)
    return Signed(header["typ"], header["kid"], claims)


def _verified(token: str, key: Mapping[str, str], issuer: str | None) -> dict[str, Any]:
    from jose import jwt
    from jose.exceptions import JOSEError

    wanted = {"require_iss": True, "require_iat": True, "require_jti": True}
    try:
        claims = jwt.decode(token, dict(key), algorithms=["ES256"], issuer=issuer, options=wanted)
    except (JOSEError, ValueError, TypeError, OverflowError):
        raise Invalid("De handtekening of wat eronder hoort te staan klopt niet", code=_CODE) from None
    if not isinstance(claims["iss"], str) or type(claims["iat"]) is not int:
        raise Invalid("Het bewijs zegt niet wie het uitgaf en wanneer", code=_CODE)
    return claims


def _word(text: object) -> bool:
    return isinstance(text, str) and _WORD.fullmatch(text) is not None


def _decode(part: bytes) -> bytes:
    """Decode base64url in its one spelling (RFC 4648 §3.5)."""
    try:
        raw = base64.urlsafe_b64decode(part + b"=" * (-len(part) % 4))
    except binascii.Error:
        raise Invalid("Dit bewijs is beschadigd", code=_CODE) from None
    if base64.urlsafe_b64encode(raw).rstrip(b"=") != part:
        raise Invalid("Dit bewijs staat in een afwijkende spelling", code=_CODE)
    return raw


def _object(raw: bytes) -> dict[str, Any]:
    """Read a JSON object that names no member twice and holds whole numbers only (RFC 8725 §3.7)."""
    try:
        found = json.loads(
            raw.decode("utf-8"),
            object_pairs_hook=_once,
            parse_constant=_refuse,
            parse_float=_refuse,
            parse_int=_whole,
        )
    except (ValueError, RecursionError):
        raise Invalid("Dit is geen geldige JSON", code=_CODE) from None
    if not isinstance(found, dict):
        raise Invalid("Dit is geen JSON-object", code=_CODE)
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError
    return members


def _refuse(_text: str) -> NoReturn:
    raise ValueError


def _whole(text: str) -> int:
    if len(text) > _DIGITS:
        raise ValueError
    return int(text)
