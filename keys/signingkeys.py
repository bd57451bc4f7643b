"""Making, storing and loading of signing keys; each private key is 32 bytes, wrapped under the class ``tekenen``."""

import base64
import hashlib
import json
import os
from dataclasses import dataclass, field
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from keys.entropy import wipe
from keys.profiles import KEY_BYTES, KEY_ID_BYTES
from keys.wrapping import Kek, commitment, unwrap, wrap
from schemas.errors import SealBroken

CHECKPOINT: Final = "checkpoint"
TOKEN: Final = "token"  # noqa: S105 (a purpose, not a secret)
RECEIPT: Final = "receipt"
ALGORITHMS: Final = {CHECKPOINT: "Ed25519", TOKEN: "ES256", RECEIPT: "ES256"}
"""What each purpose signs with; a key serves one purpose only."""

Private = Ed25519PrivateKey | ec.EllipticCurvePrivateKey


@dataclass(frozen=True, slots=True)
class SigningKey:
    """An open signing key; ``kid`` is the RFC 7638 thumbprint of its public part."""

    kid: str
    purpose: str
    algorithm: str
    private: Private = field(repr=False)


@dataclass(frozen=True, slots=True)
class Published:
    """A public key that was checked against its wrapped private part when the keyring opened."""

    kid: str
    algorithm: str
    public: bytes


def new_row(kek: Kek, purpose: str, now_ms: int) -> dict[str, Any]:
    """A fresh key for a purpose as a row of ``keys_public``, active from now."""
    algorithm = ALGORITHMS[purpose]
    key = Ed25519PrivateKey.generate() if algorithm == "Ed25519" else ec.generate_private_key(ec.SECP256R1())
    public, key_id = public_bytes(key), os.urandom(KEY_ID_BYTES)
    kid, raw = thumbprint(jwk(algorithm, public)), _private_bytes(key)
    row = {
        "tenant": kek.context.tenant, "purpose": purpose, "kid": kid, "algorithm": algorithm, "state": "active",
        "public": public, "key_id": key_id, "kek_version": kek.version, "commitment": commitment(raw),
        "wrapped": wrap(kek, key_id, _place(purpose, kid), raw), "created_ms": now_ms,
    }  # fmt: skip
    wipe(raw)
    return row


def open_row(kek: Kek, row: Any) -> SigningKey:
    """Unwrap a row of ``keys_public``; ``SealBroken`` when it was altered or shows another's public key."""
    raw = unwrap(kek, row.key_id, _place(row.purpose, row.kid), row.wrapped, row.commitment)
    private: Private
    if row.algorithm == "Ed25519":
        private = Ed25519PrivateKey.from_private_bytes(raw)
    else:
        private = ec.derive_private_key(int.from_bytes(raw, "big"), ec.SECP256R1())
    wipe(raw)
    if public_bytes(private) != row.public or thumbprint(jwk(row.algorithm, row.public)) != row.kid:
        raise SealBroken
    return SigningKey(row.kid, row.purpose, row.algorithm, private)


def rewrapped(old: Kek, new: Kek, row: Any) -> bytes:
    """The private key of a row under another version of the class key."""
    place = _place(row.purpose, row.kid)
    raw = unwrap(old, row.key_id, place, row.wrapped, row.commitment)
    try:
        return wrap(new, row.key_id, place, raw)
    finally:
        wipe(raw)


def public_bytes(key: Private) -> bytes:
    """Raw public key: 32 bytes for Ed25519, the uncompressed point (65 bytes) for P-256."""
    if isinstance(key, Ed25519PrivateKey):
        return key.public_key().public_bytes_raw()
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def jwk(algorithm: str, public: bytes) -> dict[str, str]:
    """The required members of the public JWK (RFC 7517, RFC 8037), in the order that RFC 7638 hashes."""
    if algorithm == "Ed25519":
        return {"crv": "Ed25519", "kty": "OKP", "x": _b64(public)}
    return {"crv": "P-256", "kty": "EC", "x": _b64(public[1:33]), "y": _b64(public[33:])}


def thumbprint(members: dict[str, str]) -> str:
    """RFC 7638: SHA-256 over the required members, sorted, without spaces."""
    canonical = json.dumps(members, sort_keys=True, separators=(",", ":"))
    return _b64(hashlib.sha256(canonical.encode()).digest())


def _private_bytes(key: Private) -> bytearray:
    if isinstance(key, Ed25519PrivateKey):
        return bytearray(key.private_bytes_raw())
    return bytearray(key.private_numbers().private_value.to_bytes(KEY_BYTES, "big"))


def _place(purpose: str, kid: str) -> str:
    return f"@sign.{purpose}.{kid}"


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
