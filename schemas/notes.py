"""What may stand in a note of a call or a contact: short, readable text without identifiers of a person.

Wgs art. 8b limits the stage before a help request to data that are needed; a number that finds somebody in any
register never is. Hidden characters are refused because they can make a reader see another text than was written.
"""

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

from schemas.call import NOTE_LENGTH
from schemas.errors import FieldProblem
from schemas.validation import is_bsn

_HIDDEN: Final = frozenset({"Cc", "Cs", "Co", "Cn"})
_TURNING: Final = frozenset(
    "\u061c\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
)
"""Marks that reorder or hide text (Unicode TR 36): a reader must see what was written."""
_PLAIN: Final = frozenset("\n\t")
_DIGITS: Final = re.compile(r"(?<![0-9])[0-9](?:[ .\-]?[0-9]){8}(?![ .\-]?[0-9])")
_ACCOUNT: Final = re.compile(r"\b[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b", re.IGNORECASE)

_HINTS: Final = {
    "te_lang": f"Ten hoogste {NOTE_LENGTH} tekens; meer alleen bij acute nood",
    "tekens": "Er staan onzichtbare of sturende tekens in",
    "bsn": "Schrijf geen burgerservicenummer op",
    "rekeningnummer": "Schrijf geen rekeningnummer op",
}


def refuse_note(field: str, text: str, most: int | None = NOTE_LENGTH) -> list[FieldProblem]:
    """Say what is wrong with a note, by code; never what stands in it. Without ``most`` its length was seen to."""
    return [FieldProblem(field, code, _HINTS[code]) for code in _wrong(text, most)]


def readable(text: str) -> str:
    """Take out what hides or reorders text: in acute need nothing is refused for it."""
    return "".join(char for char in text if not _hides(char))


def _wrong(text: str, most: int | None) -> Iterator[str]:
    if most is not None and len(text) > most:
        yield "te_lang"
    if any(map(_hides, text)):
        yield "tekens"
    if any(is_bsn(re.sub(r"[^0-9]", "", found)) for found in _DIGITS.findall(text)):
        yield "bsn"
    if _ACCOUNT.search(text):
        yield "rekeningnummer"


def _hides(char: str) -> bool:
    return char in _TURNING or (char not in _PLAIN and unicodedata.category(char) in _HIDDEN)
