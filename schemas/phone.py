"""Phone numbers: as people write them in, E.164 out (ITU-T E.164).

Ordinary Dutch numbers take a short way of our own, which asks for their length and first digit only: which ranges
are issued changes from year to year, and a range that our table does not know yet is no reason to offer somebody no
help. The ``phonenumbers`` library reads everything else; it is imported when the first uncommon number comes by.
"""

import re

from schemas.errors import Invalid

_HINT = "Schrijf één telefoonnummer, bijvoorbeeld 06-12345678 of +31 79 3621234"
_SEPARATORS = str.maketrans("", "", " ().-\u00a0\u2010\u2011\u2013")
_ORDINARY = re.compile(
    r"(?:\+310?|00310?|0)"
    r"([1-7][0-9]{8}|8[4578][0-9]{7})",
    re.ASCII,
)
_WRITTEN = re.compile(r"\+?[0-9 ().\-\u00a0\u2010\u2011\u2013/]{5,30}", re.ASCII)


def phone(raw: str) -> str:
    """Read one phone number that a person can be called on: ``06-1234 5678`` → ``+31612345678``.

    Without a country code it is Dutch, also when a spreadsheet ate the leading zero. Refused are text around the
    number, two numbers in one cell, and service and premium numbers.
    """
    clean = raw.strip() if len(raw) <= 64 else ""  # noqa: PLR2004 (no written number is longer)
    found = _ORDINARY.fullmatch(clean.translate(_SEPARATORS))
    if found is not None:
        return "+31" + found[1]
    if _WRITTEN.fullmatch(clean) is None:
        raise Invalid(_HINT)
    return _uncommon(clean)


def _uncommon(clean: str) -> str:
    import phonenumbers as library  # noqa: PLC0415 (20 MB that most deliveries never need)

    kinds = library.PhoneNumberType
    personal = (kinds.MOBILE, kinds.FIXED_LINE, kinds.FIXED_LINE_OR_MOBILE, kinds.VOIP, kinds.PERSONAL_NUMBER)
    try:
        number = library.parse(clean, "NL")
    except library.NumberParseException:
        raise Invalid(_HINT) from None
    if not library.is_valid_number(number) or library.number_type(number) not in personal:
        raise Invalid(_HINT)
    return str(library.format_number(number, library.PhoneNumberFormat.E164))
