"""Checking a signature with nothing but a public key: what an outsider needs, without key store or database."""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from schemas.errors import SealBroken


def verify_ed25519(public_key: bytes, message: bytes, signature: bytes, /) -> None:
    """Return when the signature holds (RFC 8032); fits the log's protocol of a verifier.

    Raises:
        SealBroken: it does not.
    """
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        raise SealBroken from None
