"""Named parameter sets, so that every choice of an algorithm stands in one place with its reason.

Sources: NIST SP 800-38D (GCM), RFC 7914 (scrypt), RFC 5869 (HKDF), ISO/IEC 7816-4 (padding).
"""

from dataclasses import dataclass
from typing import Final

SUITE_GCM: Final = 1
"""AES-256-GCM, random 96-bit nonces: a data key seals fewer than 10^4 values and a class key wraps fewer than
10^7 keys, far below the 2^32 limit of SP 800-38D section 8.3. Suite 2 is reserved for AES-256-GCM-SIV (RFC 8452),
for machines whose snapshots may be forked."""

ENVELOPE_FORMAT: Final = 1
"""Version byte of a sealed value."""
WRAP_FORMAT: Final = 1
"""Version byte of a wrapped key."""
KEY_FILE_FORMAT: Final = 1
"""Version of the key file of the file provider."""

KEY_BYTES: Final = 32
KEY_ID_BYTES: Final = 16
NONCE_BYTES: Final = 12
TAG_BYTES: Final = 16
PADDING_STEP: Final = 64
"""Sealed plaintexts are padded to steps of this many bytes, so that a length tells little."""

COMMIT_LABEL: Final = b"gw-commit-v1"
COMMIT_BYTES: Final = 16
"""GCM does not commit to its key; HMAC(key, label) beside the wrapped key does."""

CANDIDATES_PER_TAG: Final = 8
"""How many subjects share a search tag on average, so that a stolen index key confirms nobody."""

DEK_CACHE_SIZE: Final = 1_000
DEK_CACHE_SECONDS: Final = 300.0


@dataclass(frozen=True, slots=True)
class ScryptProfile:
    """Costs of scrypt (RFC 7914): memory is ``128 * n * r`` bytes."""

    n: int
    r: int
    p: int


STANDARD: Final = ScryptProfile(n=2**17, r=8, p=1)
"""About half a second and 134 MB, the interactive choice of OWASP for scrypt."""
CHEAPEST: Final = ScryptProfile(n=2**4, r=1, p=1)
"""Only for tests: opens at once and protects nothing."""
