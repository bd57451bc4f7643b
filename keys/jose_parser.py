"""A strict reader of compact JWS, in front of joserfc: what is not exactly a token of ours is never verified.

JOSE libraries accept more shapes than a gateway needs: padding, duplicate members, ``crit``, embedded keys. This reader
takes one shape (RFC 7515 §7.1 with the header members alg, kid and typ) and refuses the rest with the same error,
so that the cause of a refusal never reaches the sender.
"""

import base64
import binascii
import json
import re
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any, Final, NoReturn

from schemas.errors import Unauthenticated

MAX_CHARS: Final = 8192
"""Longest token that is looked at; ours are about 700 characters, an RSA assertion about 1,100."""

_SHAPE: Final = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)")
_MEMBERS: Final = frozenset({"alg", "kid", "typ"})
_DIGITS: Final = 16


@dataclass(frozen=True, slots=True)
class Compact:
    """A token that has the right shape; nothing in it is to be believed before its signature is verified."""

    alg: str
    kid: str
    claims: dict[str, Any]


def read(token: str, types: AbstractSet[str | None]) -> Compact:
    """Take a compact JWS apart; ``types`` are the accepted values of ``typ`` (None: the member may be absent).

    Raises:
        Unauthenticated: for every other shape, without saying which.
    """
    shape = _SHAPE.fullmatch(token) if len(token) <= MAX_CHARS else None
    if shape is None:
        raise Unauthenticated
    header, claims = _object(shape[1]), _object(shape[2])
    _decode(shape[3])
    alg, kid = header.get("alg"), header.get("kid")
    if header.keys() - _MEMBERS or not isinstance(alg, str) or not isinstance(kid, str):
        raise Unauthenticated
    if not _typ_fits(header, types):
        raise Unauthenticated
    return Compact(alg=alg, kid=kid, claims=claims)


def _typ_fits(header: dict[str, Any], types: AbstractSet[str | None]) -> bool:
    """Tell an absent ``typ`` from a null one: only the first may mean None."""
    if "typ" not in header:
        return None in types
    return isinstance(header["typ"], str) and header["typ"] in types


def _decode(part: str) -> bytes:
    """Decode base64url and refuse every second way to write the same bytes (RFC 4648 §3.5)."""
    try:
        raw = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except binascii.Error:
        raise Unauthenticated from None
    if base64.urlsafe_b64encode(raw).rstrip(b"=") != part.encode("ascii"):
        raise Unauthenticated
    return raw


def _object(part: str) -> dict[str, Any]:
    """Read a JSON object without duplicate members, NaN, floats or giant numbers, in UTF-8 only (RFC 8725 §3.7)."""
    try:
        value = json.loads(
            _decode(part).decode("utf-8"),
            object_pairs_hook=_once,
            parse_constant=_refuse,
            parse_float=_refuse,
            parse_int=_integer,
        )
    except (ValueError, RecursionError):
        raise Unauthenticated from None
    if not isinstance(value, dict):
        raise Unauthenticated
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse an object that names a member twice: two readers could believe different ones."""
    members = dict(pairs)
    if len(members) != len(pairs):
        raise Unauthenticated
    return members


def _refuse(_text: str) -> NoReturn:
    """Refuse a JSON value that no token of ours holds."""
    raise Unauthenticated


def _integer(text: str) -> int:
    """Read a number of at most sixteen digits: enough for any time, too short to cost time."""
    if len(text) > _DIGITS:
        raise Unauthenticated
    return int(text)
