"""Pairwise pseudonyms: what a party sees instead of a person, different for each party, purpose and period.

``HMAC-SHA-256(key of the municipality, frame("gwpsn1", party, purpose, period, subject, attempt))``. The spoken form
is eight Crockford symbols and a check symbol over GF(32), ``7K3P-9QX2-C``; the check catches every single wrong
symbol and every swap of neighbours. Pseudonymised data stays personal data (EDPB guidelines 01/2025).
"""

import os
from typing import Final

from cryptography.exceptions import InvalidTag

from keys.framing import frame
from keys.hierarchy import LINK, PSEUDONYM
from keys.keyring import Keyring
from keys.profiles import NONCE_BYTES
from schemas.errors import FieldProblem, Invalid, SealBroken

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O and U."""
_VALUE: Final = {symbol: value for value, symbol in enumerate(ALPHABET)}
_READ: Final = str.maketrans("ILO", "110", "- ")
_SPOKEN: Final = 8
_MACHINE: Final = 13
_POLYNOMIAL: Final = 0b100101
"""x^5 + x^2 + 1, primitive over GF(2)."""
_LABEL: Final = "gwpsn1"


def check_symbol(symbols: str) -> str:
    """The check over GF(32): ``i = 2 * (i xor d)`` over the digits."""
    check = 0
    for symbol in symbols:
        check = (check ^ _VALUE[symbol]) << 1
        if check >= len(ALPHABET):
            check ^= _POLYNOMIAL
    return ALPHABET[check]


def normalise(text: str) -> str:
    """A pseudonym as people type it, in its one written form ``7K3P-9QX2-C``.

    Lower case, spaces, missing hyphens and the look-alikes I, L and O are understood.

    Raises:
        Invalid: not nine symbols of the alphabet, or the check symbol does not fit.
    """
    symbols = text.strip().upper().translate(_READ)
    known = len(symbols) == _SPOKEN + 1 and all(symbol in _VALUE for symbol in symbols)
    if not known or check_symbol(symbols[:_SPOKEN]) != symbols[_SPOKEN]:
        problem = FieldProblem(
            "pseudoniem", "E_PSEUDONIEM", "Lees het nummer nog eens voor: er zit een fout in"
        )
        raise Invalid("Dit is geen geldig nummer", fields=(problem,))
    return _hyphenated(symbols)


class Pseudonyms:
    """Makes pseudonyms and the sealed rows that lead back from them; needs the class ``pseudoniem``."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    def spoken(
        self, tenant: str, party: str, purpose: str, period: str, subject: str, attempt: int = 0
    ) -> str:
        """The speakable form; ``attempt`` counts up when the party has this one already in this period."""
        value = self._value(tenant, "gesproken", (party, purpose, period, subject, str(attempt)))
        symbols = _symbols(value, _SPOKEN)
        return _hyphenated(symbols + check_symbol(symbols))

    def machine(
        self, tenant: str, party: str, purpose: str, period: str, subject: str, attempt: int = 0
    ) -> str:
        """Thirteen symbols (65 bits) and the letter of the key version; for files, not for phones."""
        version = self._keyring.named(tenant, PSEUDONYM)
        value = self._value(tenant, "machine", (party, purpose, period, subject, str(attempt)))
        return _symbols(value, _MACHINE) + chr(ord("A") + version - 1)

    def label(self, tenant: str, pseudonym: str) -> str:
        """The pseudonym with method and key version, so that it can be migrated (the lesson of NEN 7524)."""
        return f"{_LABEL}.v{self._keyring.named(tenant, PSEUDONYM)}:{pseudonym}"

    def normalise(self, text: str) -> str:
        """See the function of the same name."""
        return normalise(text)

    def seal_pointer(
        self, tenant: str, party: str, purpose: str, period: str, pseudonym: str, subject: str
    ) -> bytes:
        """The row that leads back from a pseudonym: ``version | nonce | ciphertext | tag``; deleting it is final."""
        version = self._keyring.named(tenant, LINK)
        cipher = self._keyring.cipher(tenant, LINK, version, "terug")
        nonce = os.urandom(NONCE_BYTES)
        bound = frame(bytes((version,)), party, purpose, period, pseudonym)
        return b"".join((bytes((version,)), nonce, cipher.encrypt(nonce, subject.encode(), bound)))

    def open_pointer(
        self, tenant: str, party: str, purpose: str, period: str, pseudonym: str, pointer: bytes
    ) -> str:
        """The subject behind a pseudonym.

        Raises:
            SealBroken: the row was altered or belongs to another party, purpose, period or pseudonym.
        """
        if len(pointer) <= 1 + NONCE_BYTES or pointer[0] not in self._keyring.versions(tenant, LINK):
            raise SealBroken
        cipher = self._keyring.cipher(tenant, LINK, pointer[0], "terug")
        bound = frame(pointer[:1], party, purpose, period, pseudonym)
        try:
            return cipher.decrypt(pointer[1 : 1 + NONCE_BYTES], pointer[1 + NONCE_BYTES :], bound).decode()
        except InvalidTag:
            raise SealBroken from None

    def _value(self, tenant: str, form: str, parts: tuple[str, ...]) -> bytes:
        version = self._keyring.named(tenant, PSEUDONYM)
        mac = self._keyring.mac(tenant, PSEUDONYM, version, form).copy()
        mac.update(frame(_LABEL, *parts))
        return mac.finalize()


def _symbols(digest: bytes, count: int) -> str:
    """The first ``5 * count`` bits as symbols."""
    number = int.from_bytes(digest[:16], "big") >> (128 - 5 * count)
    return "".join(ALPHABET[number >> (5 * place) & 31] for place in reversed(range(count)))


def _hyphenated(symbols: str) -> str:
    return f"{symbols[:4]}-{symbols[4:8]}-{symbols[8:]}"
