"""Wrapping of data keys under a class key: ``"GK" | version | nonce(12) | ciphertext(32) | tag(16)``, 63 bytes.

The associated data binds municipality, class, class key and its version, the data key's id and its subject, so a
row that is moved or relabelled does not open. The marker ``GK`` lets ``keys.shred`` find every wrapped key in a file.
"""

import hmac
import os
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC

from keys.entropy import wipe
from keys.framing import frame
from keys.profiles import COMMIT_BYTES, COMMIT_LABEL, KEY_BYTES, NONCE_BYTES, TAG_BYTES, WRAP_FORMAT
from keys.providers import KekContext
from schemas.errors import SealBroken

MARKER: Final = b"GK" + bytes([WRAP_FORMAT])
WRAPPED_BYTES: Final = len(MARKER) + NONCE_BYTES + KEY_BYTES + TAG_BYTES
_NONCE_END: Final = len(MARKER) + NONCE_BYTES


class KekState(StrEnum):
    """Life of a class key version (NIST SP 800-57 part 1, section 7)."""

    PRE_ACTIVE = "pre-active"
    ACTIVE = "active"
    DECRYPT_ONLY = "decrypt-only"
    COMPROMISED = "compromised"
    DESTROYED = "destroyed"


@dataclass(frozen=True, slots=True)
class Kek:
    """An open class key version; ``bound`` is the part of the associated data that all its keys share."""

    context: KekContext
    aead: AESGCM = field(repr=False)
    bound: bytes = field(repr=False)

    @property
    def version(self) -> int:
        """The version that rows name."""
        return self.context.version


def open_kek(context: KekContext, key: bytearray) -> Kek:
    """Make a class key usable and wipe the buffer it came in."""
    kek = Kek(context, AESGCM(key), frame("sluis-dek", context.canonical()))
    wipe(key)
    return kek


def commitment(key: bytes | bytearray | memoryview) -> bytes:
    """Sixteen bytes that only this key gives: GCM alone would let two keys open one ciphertext."""
    mac = HMAC(key, SHA256())
    mac.update(COMMIT_LABEL)
    return mac.finalize()[:COMMIT_BYTES]


def wrap(kek: Kek, key_id: bytes, subject: str, key: bytes | bytearray | memoryview) -> bytes:
    """The data key under the class key, bound to its id and subject."""
    nonce = os.urandom(NONCE_BYTES)
    return MARKER + nonce + kek.aead.encrypt(nonce, key, kek.bound + key_id + subject.encode())


def unwrap(kek: Kek, key_id: bytes, subject: str, wrapped: bytes, committed: bytes) -> bytearray:
    """The data key, in a buffer that the caller wipes.

    Raises:
        SealBroken: the row was altered, moved or relabelled, or its commitment is another key's.
    """
    key = bytearray(KEY_BYTES)
    if len(wrapped) != WRAPPED_BYTES or not wrapped.startswith(MARKER):
        raise SealBroken
    bound = kek.bound + key_id + subject.encode()
    try:
        kek.aead.decrypt_into(wrapped[len(MARKER) : _NONCE_END], wrapped[_NONCE_END:], bound, key)
    except InvalidTag:
        raise SealBroken from None
    if not hmac.compare_digest(commitment(key), committed):
        wipe(key)
        raise SealBroken
    return key
