"""What the gateway signs: checkpoints of the log (Ed25519), receipts and certificates (JWS ES256), access tokens.

Keys are fetched from the keyring at every use, so that sealing it ends signing at once. A process without the class
``tekenen`` can publish and verify, not sign.
"""

from typing import Final

from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc import jws
from joserfc.jwk import ECKey

from keys.keyring import Keyring
from keys.signingkeys import CHECKPOINT, RECEIPT, TOKEN, SigningKey, jwk
from keys.tokens import TokenKeys
from keys.verification import verify_ed25519
from schemas.errors import SealBroken

__all__ = ["Ed25519", "Es256", "public_jwks", "token_keys", "verify_ed25519"]


class Ed25519:
    """Signs checkpoints with the key of one municipality; fits the log's protocol of a signer.

    ``name`` is the key name of the signed note (C2SP): no spaces, no plus sign.
    """

    def __init__(self, keyring: Keyring, tenant: str, name: str) -> None:
        self._keyring, self._tenant = keyring, tenant
        self.name: Final = name

    @property
    def public_key(self) -> bytes:
        """The raw public key, 32 bytes."""
        return self._keyring.published(self._tenant, CHECKPOINT)[0].public

    @property
    def public_keys(self) -> list[bytes]:
        """The raw public keys, present and earlier: what an older checkpoint may be signed with."""
        return [key.public for key in self._keyring.published(self._tenant, CHECKPOINT)]

    def sign(self, message: bytes, /) -> bytes:
        """The raw signature, 64 bytes (RFC 8032); ``Sealed`` while the keyring is."""
        private = self._keyring.signing(self._tenant, CHECKPOINT).private
        if not isinstance(private, Ed25519PrivateKey):
            raise SealBroken
        return private.sign(message)


class Es256:
    """Signs receipts and certificates of one municipality as compact JWS (RFC 7515, RFC 7518 ES256)."""

    def __init__(self, keyring: Keyring, tenant: str) -> None:
        self._keyring, self._tenant = keyring, tenant

    def sign(self, payload: bytes, typ: str) -> str:
        """``header.payload.signature``; the header holds alg, kid (RFC 7638 thumbprint) and typ, nothing else."""
        key = self._keyring.signing(self._tenant, RECEIPT)
        header = {"alg": "ES256", "kid": key.kid, "typ": typ}
        return jws.serialize_compact(header, payload, _eckey(key), algorithms=["ES256"])

    def jwks(self) -> dict[str, list[dict[str, str]]]:
        """The public keys, present and earlier, for whoever verifies a receipt (RFC 7517)."""
        return {"keys": public_jwks(self._keyring, self._tenant, RECEIPT)}


def token_keys(keyring: Keyring, tenant: str) -> TokenKeys:
    """The keys of the access tokens: the present one signs, earlier ones still verify."""
    current = keyring.signing(tenant, TOKEN)
    earlier = [key for key in keyring.published(tenant, TOKEN) if key.kid != current.kid]
    points = [EllipticCurvePublicKey.from_encoded_point(SECP256R1(), key.public) for key in earlier]
    return TokenKeys(_eckey(current), [ECKey.import_key(point) for point in points])


def public_jwks(keyring: Keyring, tenant: str, purpose: str) -> list[dict[str, str]]:
    """The published public keys of a purpose, the active one first."""
    return [
        {**jwk(key.algorithm, key.public), "kid": key.kid, "alg": key.algorithm, "use": "sig"}
        for key in keyring.published(tenant, purpose)
    ]


def _eckey(key: SigningKey) -> ECKey:
    if not isinstance(key.private, EllipticCurvePrivateKey):
        raise SealBroken
    return ECKey.import_key(key.private)
