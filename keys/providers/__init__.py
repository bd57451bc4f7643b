"""Who holds the root key: the contract of a provider (a key file now; a token, a vault or a cloud service later).

A provider is called at unsealing, at rotation and for a new municipality, never per person: the root wraps the
class keys, and those wrap everything else.
"""

from dataclasses import dataclass
from typing import Protocol

from keys.framing import frame
from schemas.person import DataClass


@dataclass(frozen=True, slots=True)
class KekContext:
    """Which class key is wrapped; bound to the wrapped bytes, so that two rows cannot be swapped."""

    tenant: str
    data_class: DataClass
    kek_id: bytes
    version: int

    def canonical(self) -> bytes:
        """The bytes every provider binds (associated data, or the ``context`` of a transit engine)."""
        return frame("sluis-kek", self.tenant, self.data_class, self.kek_id, str(self.version))


class Provider(Protocol):
    """Wraps and unwraps class keys under a root that leaves this object in no form.

    Raises:
        Sealed: the root is not open.
        SealBroken: the bytes were altered or belong to another context.
    """

    def unseal(self, passphrase: bytes | bytearray) -> None:
        """Open the root; ``Sealed`` with code ``wachtwoord_onjuist`` when the passphrase is wrong."""

    def seal(self) -> None:
        """Forget the root."""

    def wrap(self, context: KekContext, key: bytes | bytearray) -> bytes:
        """Wrap a class key for this context."""

    def unwrap(self, context: KekContext, blob: bytes) -> bytearray:
        """Give the class key back, in a buffer that the caller wipes."""

    def rewrap(self, context: KekContext, blob: bytes) -> bytes:
        """Wrap anew under the present root."""

    def health(self) -> str:
        """``open`` or ``verzegeld``."""
