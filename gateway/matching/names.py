"""Names as people and systems write them, brought to a form in which equal names are equal.

A surname becomes a set of *cores*: its words without prefixes ("van den"), so that both orders of a double
name share a core. A *sound* key forgives spelling that Dutch ears do not tell apart.
"""

import re
import unicodedata
from itertools import pairwise

_WORD = re.compile(r"[^\W\d_]+")
_WORD_WITH_DOT = re.compile(r"([^\W\d_]+)(\.?)")
_VOWEL = re.compile(r"[aeiouy]")
_DOUBLE = re.compile(r"(.)\1+")

_LETTERS = str.maketrans(
    {
        "ø": "o",
        "đ": "d",
        "ð": "d",
        "ł": "l",
        "\N{LATIN SMALL LETTER DOTLESS I}": "i",
        "æ": "ae",
        "œ": "oe",
        "ß": "ss",
        "þ": "th",
    }
)

_PREFIXES = frozenset(
    _WORD.findall(
        "van de der den het t ten ter te v d vd vdr fan op in aan bij uit tot s la le les du des da dos das do di"
        " del della von zu zur zum el al ben bin ibn bint abu abou ait oulad ould e ev geb geboren wed gen"
    )
)
"""Words that stand before a name or join two names; alone they never tell families apart."""

_ARTICLES = frozenset(_WORD.findall("el al ben ait abu abou bou oulad"))
"""Prefixes that many registers glue to the name (El Idrissi, Elidrissi): both spellings become cores."""

_MOJIBAKE_ROUNDS = 2
_CORES = 4
_INITIALS = 4


def _single_byte_letters() -> dict[int, int]:
    """What Windows-1252 shows for the bytes 0x80-0x9F, mapped back to the byte."""
    table = {}
    for byte in range(0x80, 0xA0):
        shown = bytes([byte]).decode("cp1252", errors="replace")
        if shown != "\N{REPLACEMENT CHARACTER}":
            table[ord(shown)] = byte
    return table


_CP1252 = _single_byte_letters()


def repair(text: str) -> str:
    """Undo UTF-8 that was read as Windows-1252 ("Ã©" for "é"), also when it happened twice."""
    for _ in range(_MOJIBAKE_ROUNDS):
        if text.isascii():
            return text
        try:
            text = text.translate(_CP1252).encode("latin-1").decode("utf-8")
        except UnicodeError:
            return text
    return text


def fold(text: str) -> str:
    """Lower case without diacritics; letters that do not decompose get their usual Dutch spelling."""
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFKD", repair(text)).lower().translate(_LETTERS)
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def cores(surname: str) -> frozenset[str]:
    """The words of a surname that carry it, at most four; empty when there is no letter at all."""
    words = [word.replace("ij", "y") for word in _WORD.findall(fold(surname))]
    bare = [word for word in words if word not in _PREFIXES and len(word) > 1]
    glued = [first + second for first, second in pairwise(words) if first in _ARTICLES and second in bare]
    return frozenset((bare + glued)[:_CORES] or words[-1:])


_SOUNDS = (
    ("sch", "s"),
    ("ch", "g"),
    ("ck", "k"),
    ("c", "k"),
    ("q", "k"),
    ("z", "s"),
    ("v", "f"),
    ("w", "f"),
    ("ei", "y"),
    ("ou", "au"),
    ("dt", "t"),
    ("th", "t"),
)
_SILENT = str.maketrans("", "", "aeiou")


def sound(core: str) -> str:
    """How a core sounds: "Decker" and "Dekker", "Meijer" and "Meier" get one key."""
    for spelled, heard in _SOUNDS:
        core = core.replace(spelled, heard)
    single = _DOUBLE.sub(r"\1", core)
    return single[:1] + single[1:].translate(_SILENT)


def initials(text: str) -> tuple[str, str]:
    """The initials (at most four) and the given name, if one is written out: "Johan P." is ("jp", "johan").

    Capitals without dots are initials, unless they may as well be a short name ("EVA"): then only the first
    letter is certain.
    """
    letters, given = "", ""
    for word, dot in _WORD_WITH_DOT.findall(repair(text)):
        folded = fold(word).replace("ij", "y")
        if dot or len(folded) == 1:
            letters += folded[:1]
        elif _are_initials(word):
            letters += folded if word.isupper() else folded[:1]
        else:
            letters += folded[:1]
            given = given or ("" if word.isupper() and len(word) <= _INITIALS else folded)
    return letters[:_INITIALS], given


def _are_initials(word: str) -> bool:
    if word.isupper() and len(word) == len("JP"):
        return True
    return not _VOWEL.search(fold(word)) and len(word) <= _INITIALS


def within_one(left: str, right: str) -> bool:
    """Whether one typing slip (a letter too many, too few, wrong, or two swapped) separates the two.

    Restricted Damerau-Levenshtein distance of at most one, in linear time.
    """
    if left == right:
        return True
    if abs(len(left) - len(right)) > 1:
        return False
    start = _agreement(left, right)
    left, right = left[start:], right[start:]
    if len(left) != len(right):
        longer, shorter = (left, right) if len(left) > len(right) else (right, left)
        return longer[1:] == shorter
    swapped = left[1:2] + left[:1] + left[2:]
    return left[1:] == right[1:] or swapped == right


def _agreement(left: str, right: str) -> int:
    for place, (one, other) in enumerate(zip(left, right, strict=False)):
        if one != other:
            return place
    return min(len(left), len(right))
