"""Keyed fingerprints: equal content gives equal bytes for this municipality, and tells nothing to a thief of the rows.

Used to recognise a file or a line that was delivered before. Full length, unlike a search tag, because it is
only ever compared with what the same partner sent; ``version | HMAC-SHA-256``.
"""

from keys.framing import frame
from keys.hierarchy import CHECK
from keys.keyring import Keyring

_PURPOSE = "vingerafdruk"


class Fingerprints:
    """Fingerprints under the keys of a municipality; needs the class ``identiteit``."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    def of(self, tenant: str, label: str, *parts: str | bytes) -> bytes:
        """Fingerprint ``parts`` (33 bytes); ``label`` keeps kinds apart."""
        version = self._keyring.named(tenant, CHECK)
        mac = self._keyring.mac(tenant, CHECK, version, _PURPOSE).copy()
        mac.update(frame(label, *parts))
        return bytes((version,)) + mac.finalize()
