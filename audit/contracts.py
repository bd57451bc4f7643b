"""What the log needs from outside and gets from the wiring: a signer, a verifier, a sealer and randomness.

The log itself can neither sign, nor verify a signature, nor open an envelope; whoever reads this room knows
that it holds no key.
"""

from collections.abc import Sequence
from typing import Protocol


class Signer(Protocol):
    """Signs checkpoints; Ed25519 by RFC 8032."""

    @property
    def name(self) -> str:
        """The key name of the signed note: no spaces and no plus sign, e.g. ``gateway.example/audit``."""

    @property
    def public_key(self) -> bytes:
        """The raw public key, 32 bytes."""

    def sign(self, message: bytes, /) -> bytes:
        """Return the raw signature of ``message``, 64 bytes."""


class Verifier(Protocol):
    """Checks one Ed25519 signature."""

    def __call__(self, public_key: bytes, message: bytes, signature: bytes, /) -> None:
        """Return when the signature holds.

        Raises:
            Broken: when it does not (``SealBroken`` is one); never answers with a flag.
        """


class DetailSealer(Protocol):
    """Seals the erasable part of entries under the audit key of its subject, or of the municipality."""

    def seal_many(self, tenant: str, details: Sequence[tuple[str | None, bytes]], /) -> list[bytes]:
        """Seal each ``(subject or None, plaintext)``; same order, same length."""

    def open(self, tenant: str, subject: str | None, blob: bytes, /) -> bytes:
        """Open one sealed detail.

        Raises:
            KeyDestroyed: when the subject was erased.
            SealBroken: when the blob was altered or belongs to somebody else.
        """


class Nonce(Protocol):
    """A source of random bytes, such as ``os.urandom``."""

    def __call__(self, length: int, /) -> bytes:
        """Return ``length`` unpredictable bytes."""
