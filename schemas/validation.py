"""How people write things, and the one form in which the product keeps them.

Every reader takes the text of one cell and returns its canonical value, or raises ``Invalid`` whose detail is a
Dutch hint for the person who has to mend the cell. A hint is a fixed sentence: it never carries the value.

Lengths are those of the national information model for vroegsignalering (names AN200, initials AN20, house
number AN5, addition AN4); what is accepted and what is refused is described in docs/reference/upload-contract.md.
"""

import re
import unicodedata
from datetime import date

from schemas.errors import Invalid

MAX_NAME, MAX_INITIALS, MAX_ADDITION, MAX_REF, MAX_EMAIL = 200, 20, 4, 64, 254
MAX_CENTS = 9_999_999_999
"""DECIMAL(10,2), the width of an amount in the municipal data model (GGM)."""

_FORMULA_STARTS = frozenset("=+-@\uff1d\uff0b\uff0d\uff20")
_BROKEN = "\ufffd"


def text(raw: str, limit: int = MAX_NAME) -> str:
    """Clean a text: white space of any kind becomes one space, Unicode becomes NFC.

    Refused are control, direction and other invisible characters, unreadable characters (U+FFFD) and a text that a
    spreadsheet would run as a formula (OWASP, CSV injection).
    """
    if len(raw) > limit * 4:
        raise Invalid(f"Schrijf hier ten hoogste {limit} tekens")
    clean = " ".join(raw.split())
    if not clean.isascii():
        clean = unicodedata.normalize("NFC", clean)
    if not clean.isprintable() or _BROKEN in clean:
        raise Invalid("Deze cel bevat onzichtbare of onleesbare tekens")
    if clean and clean[0] in _FORMULA_STARTS:
        raise Invalid("Een tekst begint hier niet met =, +, - of @")
    if len(clean) > limit:
        raise Invalid(f"Schrijf hier ten hoogste {limit} tekens")
    return clean


_DIGIT = re.compile(r"\d")
_LETTER = re.compile(r"[^\W\d_]")


def name(raw: str, limit: int = MAX_NAME) -> str:
    """Read a name: letters with what stands between them; a digit in a name is a mistake or a number in disguise."""
    clean = text(raw, limit)
    if _DIGIT.search(clean) or not _LETTER.search(clean):
        raise Invalid("Een naam bestaat uit letters, zonder cijfers")
    return clean


def initials(raw: str) -> str:
    """Read initials as people write them (``J.P.``, ``J P``, ``jp``); matching folds the writing."""
    return name(raw, MAX_INITIALS)


_LONG_NUMBER = re.compile(r"\d[\d .-]{3,}\d")


def street(raw: str) -> str:
    """Read a street; ``Plein 1944`` is one, a longer number is something else that does not belong here."""
    clean = text(raw)
    if any(sum(map(str.isdigit, run)) > 4 for run in _LONG_NUMBER.findall(clean)):  # noqa: PLR2004 (a year)
        raise Invalid("Een straatnaam bevat geen lang nummer")
    if not _LETTER.search(clean):
        raise Invalid("Een straatnaam bevat letters; zet het huisnummer in zijn eigen kolom")
    return clean


_POSTCODE = re.compile(r"([1-9][0-9]{3}) ?([A-Za-z]{2})", re.ASCII)


def postcode(raw: str) -> str:
    """Read a Dutch postcode: ``1234 ab`` → ``1234AB``."""
    found = _POSTCODE.fullmatch(raw.strip())
    if found is None:
        raise Invalid("Schrijf een postcode als 1234 AB")
    return found[1] + found[2].upper()


_HOUSE_NUMBER = re.compile(r"0{0,4}([1-9][0-9]{0,4})", re.ASCII)


def house_number(raw: str) -> int:
    """Read a house number: 1 to 99999; letter and addition have columns of their own."""
    found = _HOUSE_NUMBER.fullmatch(raw.strip())
    if found is None:
        raise Invalid("Schrijf alleen het huisnummer (1-99999); letter en toevoeging hebben een eigen kolom")
    return int(found[1])


def house_letter(raw: str) -> str:
    """Read a house letter: one letter, upper case."""
    clean = raw.strip()
    if len(clean) != 1 or not ("a" <= clean.lower() <= "z"):
        raise Invalid("Een huisletter is één letter")
    return clean.upper()


_ADDITION = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9 ./-]{0,2}[A-Za-z0-9])?", re.ASCII)


def addition(raw: str) -> str:
    """Read an addition of at most four characters; a leading ``-`` or ``/`` as in ``12-2`` is dropped."""
    clean = raw.strip().lstrip("-/ ").strip() if len(raw) < MAX_REF else ""
    if _ADDITION.fullmatch(clean) is None:
        raise Invalid("Een toevoeging heeft ten hoogste vier letters of cijfers")
    return clean


_REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._/:#-]{0,62}[A-Za-z0-9]|[A-Za-z0-9]", re.ASCII)


def reference(raw: str) -> str:
    """Read a reference or customer number: letters, digits and ``. _ / : # -``, at most 64."""
    clean = raw.strip() if len(raw) < MAX_EMAIL else ""
    if _REFERENCE.fullmatch(clean) is None:
        raise Invalid("Gebruik letters, cijfers en . _ / : # -, ten hoogste 64 tekens")
    return clean


_ISO = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})", re.ASCII)
_DUTCH = re.compile(r"([0-9]{1,2})-([0-9]{1,2})-([0-9]{4})", re.ASCII)
_YEARS = range(1900, 2100)
_DATE_HINT = "Schrijf een bestaande datum als jjjj-mm-dd of d-m-jjjj"


def _date_parts(raw: str) -> tuple[int, int, int]:
    clean = raw.strip() if len(raw) < MAX_REF else ""
    if found := _ISO.fullmatch(clean):
        return int(found[1]), int(found[2]), int(found[3])
    if found := _DUTCH.fullmatch(clean):
        return int(found[3]), int(found[2]), int(found[1])
    raise Invalid(_DATE_HINT)


def calendar_date(raw: str) -> str:
    """Read a date that exists (1900-2099), ISO or d-m-jjjj, into ISO; two-digit years are refused as ambiguous."""
    year, month, day = _date_parts(raw)
    if year not in _YEARS:
        raise Invalid(_DATE_HINT)
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        raise Invalid(_DATE_HINT) from None


_EMPTY_BIRTH = re.compile(r"0{4}-00-00|00?-00?-0{4}|(?:19|20)[0-9]{2}(?:0[0-9]|1[0-2])00|0{8}", re.ASCII)


def birth_date(raw: str) -> str | None:
    """Read a birth date; a partial one as the BRP knows it (``1985-00-00``) is omitted, never completed."""
    if _EMPTY_BIRTH.fullmatch(raw.strip()):
        return None
    year, month, day = _date_parts(raw)
    if year in _YEARS and (day == 0 or month == 0) and month <= 12:  # noqa: PLR2004 (months)
        return None
    return calendar_date(raw)


_PLAIN_EURO = re.compile(r"([0-9]{1,8})(?:[.,]([0-9]{1,2}))?", re.ASCII)
_DUTCH_EURO = re.compile(r"([0-9]{1,3}(?:[. ][0-9]{3})+),([0-9]{1,2})", re.ASCII)
_ENGLISH_EURO = re.compile(r"([0-9]{1,3}(?:[, ][0-9]{3})+)\.([0-9]{1,2})", re.ASCII)
_GROUPED_EURO = re.compile(
    r"([0-9]{1,3}(?:([.,])[0-9]{3})(?:\2[0-9]{3})+|[0-9]{1,3}(?: [0-9]{3})+)()", re.ASCII
)
_EURO_FORMS = (_PLAIN_EURO, _DUTCH_EURO, _ENGLISH_EURO)
_AMBIGUOUS_EURO = re.compile(r"[0-9]{1,3}[.,][0-9]{3}", re.ASCII)


def _bare_amount(raw: str) -> str:
    clean = " ".join(raw.split()) if len(raw) < MAX_REF else ""
    clean = clean.removeprefix("€").removeprefix("EUR").removesuffix("€").removesuffix("EUR").strip()
    return re.sub(r",(?:-|--|=)$", "", clean)


def euros(raw: str) -> int:
    """Read an amount in euro into whole cents: ``1234,5``, ``€ 1.234,50``, ``1,234.50``, ``250,-``.

    ``1.234`` and ``1,234`` are refused: they mean one thing to a Dutch and another to an English spreadsheet. A
    column map may say which of the two is meant. Negative amounts and more than two decimals are refused.
    """
    clean = _bare_amount(raw)
    if _AMBIGUOUS_EURO.fullmatch(clean):
        raise Invalid("Dit bedrag is op twee manieren te lezen; schrijf 1234,00 of 1,23")
    for form in _EURO_FORMS:
        if found := form.fullmatch(clean):
            return _cents(found[1], found[2])
    if found := _GROUPED_EURO.fullmatch(clean):
        return _cents(found[1], None)
    raise Invalid("Schrijf een bedrag in euro als 1234,56")


def _cents(whole: str, decimals: str | None) -> int:
    units = int(re.sub(r"[., ]", "", whole))
    cents = units * 100 + int((decimals or "0").ljust(2, "0"))
    if cents > MAX_CENTS:
        raise Invalid("Dit bedrag is te groot")
    return cents


_CENTS = re.compile(r"[0-9]{1,10}", re.ASCII)


def cents(raw: str) -> int:
    """Read a whole number of cents (0 to 9,999,999,999)."""
    if _CENTS.fullmatch(raw.strip()) is None:
        raise Invalid("Schrijf bedrag_cent als een geheel aantal centen")
    return int(raw)


_YES = frozenset({"ja", "j", "true", "waar", "1", "x", "yes", "y"})
_NO = frozenset({"nee", "n", "false", "onwaar", "0", "no"})


def yes_no(raw: str) -> bool:
    """Read yes or no as people write it: ja/nee, j/n, true/false, waar/onwaar, 1/0, yes/no, x."""
    word = raw.strip().lower() if len(raw) < MAX_REF else ""
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise Invalid("Schrijf ja of nee")


_COUNT = re.compile(r"[0-9]{1,2}", re.ASCII)


def count(raw: str) -> int:
    """Read a small number (0 to 99), such as the number of reminders."""
    if _COUNT.fullmatch(raw.strip()) is None:
        raise Invalid("Schrijf een getal van 0 tot en met 99")
    return int(raw)


_EMAIL = re.compile(
    r"(?=.{3,254}$)(?![=+@-])([A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64})"
    r"@((?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63})",
    re.ASCII,
)


def email(raw: str) -> str:
    """Read an e-mail address by shape (the HTML standard's rule, with a dot in the domain); domain in lower case."""
    clean = raw.strip() if len(raw) <= MAX_EMAIL * 2 else ""
    found = _EMAIL.fullmatch(clean)
    if found is None:
        raise Invalid("Schrijf een e-mailadres als naam@voorbeeld.nl")
    return f"{found[1]}@{found[2].lower()}"


_PARTY_NUMBER = re.compile(r"[0-9]{20}|[0-9]{8}", re.ASCII)


def party_number(raw: str) -> str:
    """Read the number of an organisation by shape: an OIN (20 digits) or a KvK number (8 digits)."""
    if _PARTY_NUMBER.fullmatch(raw.strip()) is None:
        raise Invalid("Schrijf een OIN (20 cijfers) of een KvK-nummer (8 cijfers)")
    return raw.strip()


_MUNICIPALITY = re.compile(r"(?:[Gg][Mm])?([0-9]{4})", re.ASCII)


def municipality(raw: str) -> str:
    """Read a CBS municipality code by shape: ``GM0637``, also written ``0637``."""
    found = _MUNICIPALITY.fullmatch(raw.strip())
    if found is None:
        raise Invalid("Schrijf een gemeentecode als GM0637")
    return f"GM{found[1]}"


_NINE_DIGITS = re.compile(r"[0-9]{9}", re.ASCII)
_BSN_WEIGHTS = (9, 8, 7, 6, 5, 4, 3, 2, -1)


def is_bsn(raw: str) -> bool:
    """Whether nine digits pass the elfproef (Besluit BSN); one in eleven numbers does by chance."""
    if _NINE_DIGITS.fullmatch(raw) is None or raw == "000000000":
        return False
    return sum(w * int(d) for w, d in zip(_BSN_WEIGHTS, raw, strict=True)) % 11 == 0
