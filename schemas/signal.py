"""The signal contract: what a partner may send about one arrear, and what it hears back, line by line.

One line is one signal. Every column of the contract stands in ``COLUMNS``; any other column is refused at the door.
A line becomes a ``SignalIn`` or one ``LineResult`` that names the field and never the value. No code tells whether a
person lives here or is known. Source: docs/reference/upload-contract.md.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from enum import StrEnum

from schemas import validation as read
from schemas.errors import Invalid
from schemas.parties import PartnerType
from schemas.person import Contact, Finance, Identity
from schemas.phone import phone


class Soort(StrEnum):
    """What a line does: a first signal, an update, an announced end of supply, a correction or a withdrawal."""

    VROEGSIGNAAL = "vroegsignaal"
    GEACTUALISEERD = "geactualiseerd"
    EINDELEVERING = "eindelevering"
    CORRECTIE = "correctie"
    INTREKKING = "intrekking"


class LineCode(StrEnum):
    """The closed list of answers to one line; E_ refuses the line, W_ accepts it with a warning."""

    ACCEPTED = "ACCEPTED"
    DUPLICATE = "DUPLICATE"
    W_BSN_VERWIJDERD = "W_BSN_VERWIJDERD"
    E_FIELD = "E_FIELD"
    E_REF = "E_REF"
    E_BSN = "E_BSN"
    E_LEGAL_PERSON = "E_LEGAL_PERSON"
    E_GEMEENTE = "E_GEMEENTE"
    E_GRONDSLAG = "E_GRONDSLAG"
    E_ATTEST = "E_ATTEST"

    @property
    def accepted(self) -> bool:
        """Whether the line is now with the municipality (a duplicate already was)."""
        return not self.startswith("E_")


HINTS: Mapping[LineCode, str] = {
    LineCode.ACCEPTED: "Aangenomen",
    LineCode.DUPLICATE: "Deze regel is al eerder aangeleverd; er is niets veranderd",
    LineCode.W_BSN_VERWIJDERD: "Aangenomen; het burgerservicenummer is verwijderd en niet bewaard. Laat deze kolom weg",
    LineCode.E_FIELD: "Dit veld klopt niet",
    LineCode.E_REF: "Noem in vervangt_ref de signaal_ref van het eerdere signaal",
    LineCode.E_BSN: "Hier staat een burgerservicenummer; daarvoor is geen grondslag. Haal het weg",
    LineCode.E_LEGAL_PERSON: "Vroegsignalering geldt alleen voor natuurlijke personen",
    LineCode.E_GEMEENTE: "Deze regel is niet voor deze gemeente",
    LineCode.E_GRONDSLAG: "Voor dit soort signaal heeft u in deze gemeente geen grondslag",
    LineCode.E_ATTEST: "Niet alle vereiste stappen voor het doorgeven zijn bevestigd",
}
"""What a person reads next to a code when the field has no better hint of its own."""


@dataclass(frozen=True, slots=True)
class LineResult:
    """The answer to one line; ``regel`` is 1-based without the header, ``veld`` is a name of the contract or None."""

    regel: int
    code: LineCode
    veld: str | None = None
    hint: str = ""

    @classmethod
    def of(cls, regel: int, code: LineCode, veld: str | None = None) -> "LineResult":
        """Answer with the standing hint of the code."""
        return cls(regel, code, veld, HINTS[code])


@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class SignalIn:
    """One line that fits the contract, in canonical form (ISO dates, whole cents, E.164, upper-case postcode).

    Only in a withdrawal may ``achternaam``, ``postcode``, ``huisnummer``, ``bedrag_cent`` and the two dates be empty.
    The repr is silent on purpose: a signal is personal data.
    """

    signaal_ref: str
    soort: Soort
    levering_id: str | None = None
    partner_id: str | None = None
    partner_type: PartnerType | None = None
    gemeentecode: str | None = None
    vervangt_ref: str | None = None
    natuurlijk_persoon: bool = True
    voorletters: str | None = None
    voorvoegsel: str | None = None
    achternaam: str = ""
    geboortedatum: str | None = None
    postcode: str = ""
    huisnummer: int = 0
    huisletter: str | None = None
    toevoeging: str | None = None
    straat: str | None = None
    plaats: str | None = None
    telefoon_1: str | None = None
    telefoon_2: str | None = None
    email: str | None = None
    klantnummer: str | None = None
    bedrag_cent: int = 0
    oudste_vordering: str | None = None
    peildatum: str | None = None
    einde_levering: str | None = None
    crisissignaal: bool = False
    warme_overdracht: bool = False
    att_persoonlijk_contact: bool | None = None
    att_gewezen_schuldhulp: bool | None = None
    att_herinneringen: int | None = None
    att_aanbod_datum: str | None = None
    att_geen_afwijzing: bool | None = None

    def __repr__(self) -> str:
        return "SignalIn(…)"

    @property
    def withdrawal(self) -> bool:
        """Whether the line takes an earlier signal back."""
        return self.soort is Soort.INTREKKING

    def identity(self) -> Identity:
        """The part that is sealed under ``identiteit``."""
        return Identity(**{field: getattr(self, field) for field in Identity.model_fields})

    def contact(self) -> Contact:
        """The part that is sealed under ``contact``."""
        numbers = tuple(dict.fromkeys(n for n in (self.telefoon_1, self.telefoon_2) if n))
        return Contact(
            voorvoegsel=self.voorvoegsel,
            achternaam=self.achternaam,
            telefoonnummers=numbers,
            email=self.email,
        )

    def finance(self) -> Finance:
        """The part that is sealed under ``financien``."""
        return Finance(**{field: getattr(self, field) for field in Finance.model_fields})

    def fingerprint_parts(self) -> tuple[str, ...]:
        """The content of the line in canonical form and fixed order, for the keyed fingerprint made elsewhere.

        What says who delivers (levering_id, partner_id, partner_type, gemeentecode) is left out: the same line in a
        second upload is the same line. An absent value and an empty text differ from every present value.
        """
        return (
            "regel/1",
            *("" if (value := getattr(self, name)) is None else f"={value}" for name in _CONTENT),
        )


DELIVERY_FIELDS = frozenset({"levering_id", "partner_id", "partner_type", "gemeentecode"})
"""Columns about the delivery itself; when present they must equal what the authenticated party may say."""

_CONTENT = tuple(field.name for field in fields(SignalIn) if field.name not in DELIVERY_FIELDS)

Reader = Callable[[str], object]


def _word(kind: type[StrEnum], hint: str) -> Reader:
    known = {member.value: member for member in kind}

    def reader(raw: str) -> object:
        word = known.get(raw.strip().lower().replace(" ", "_")) if len(raw) < read.MAX_REF else None
        if word is None:
            raise Invalid(hint)
        return word

    return reader


COLUMNS: Mapping[str, Reader] = {
    "levering_id": read.reference,
    "partner_id": read.party_number,
    "partner_type": _word(
        PartnerType, "Kies huur, zorg, energie, water of een ander aangewezen soort partner"
    ),
    "gemeentecode": read.municipality,
    "signaal_ref": read.reference,
    "soort": _word(Soort, "Kies vroegsignaal, geactualiseerd, eindelevering, correctie of intrekking"),
    "vervangt_ref": read.reference,
    "natuurlijk_persoon": read.yes_no,
    "voorletters": read.initials,
    "voorvoegsel": read.name,
    "achternaam": read.name,
    "geboortedatum": read.birth_date,
    "postcode": read.postcode,
    "huisnummer": read.house_number,
    "huisletter": read.house_letter,
    "toevoeging": read.addition,
    "straat": read.street,
    "plaats": read.name,
    "telefoon_1": phone,
    "telefoon_2": phone,
    "email": read.email,
    "klantnummer": read.reference,
    "bedrag": read.euros,
    "bedrag_cent": read.cents,
    "oudste_vordering": read.calendar_date,
    "peildatum": read.calendar_date,
    "einde_levering": read.calendar_date,
    "crisissignaal": read.yes_no,
    "warme_overdracht": read.yes_no,
    "att_persoonlijk_contact": read.yes_no,
    "att_gewezen_schuldhulp": read.yes_no,
    "att_herinneringen": read.count,
    "att_aanbod_datum": read.calendar_date,
    "att_geen_afwijzing": read.yes_no,
}
"""Every column of the contract that is read, with its reader; ``bsn`` is known too, but only to be dropped."""

BSN_COLUMN = "bsn"
RESULT_COLUMNS = frozenset({"regel", "resultaat_code", "resultaat_veld", "resultaat_hint"})
"""What a receipt adds to a partner's own lines; ignored when the mended receipt is sent again."""

REQUIRED = ("signaal_ref", "soort")
REQUIRED_SIGNAL = (
    "achternaam",
    "postcode",
    "huisnummer",
    "bedrag",
    "oudste_vordering",
    "peildatum",
)
"""Beside ``REQUIRED``, what every line but a withdrawal must fill; ``bedrag`` stands for either way of writing it."""

_MISSING = "Vul dit veld in"


def read_line(
    regel: int, cells: Mapping[str, str], columns: Mapping[str, Reader] = COLUMNS
) -> SignalIn | LineResult:
    """Read the filled cells of one line by contract name; the first problem in contract order makes the answer.

    Further fields with a problem are named in the hint, so that a partner mends a line in one go.
    """
    values: dict[str, object] = {}
    problems: dict[str, str] = {}
    for column, raw in cells.items():
        try:
            values[column] = columns[column](raw)
        except Invalid as problem:
            problems[column] = problem.detail
    _check_amount(values, problems)
    _check_filled(values, problems)
    _check_order(values, problems)
    return _answer(regel, values, problems)


def _check_amount(values: dict[str, object], problems: dict[str, str]) -> None:
    euros = values.pop("bedrag", None)
    if euros is None:
        return
    if "bedrag_cent" in values or "bedrag_cent" in problems:
        problems["bedrag"] = "Vul bedrag of bedrag_cent in, niet allebei"
    values["bedrag_cent"] = euros


def _check_filled(values: Mapping[str, object], problems: dict[str, str]) -> None:
    needed = REQUIRED if values.get("soort") is Soort.INTREKKING else REQUIRED + REQUIRED_SIGNAL
    for column in needed:
        written = "bedrag_cent" if column == "bedrag" and "bedrag" not in problems else column
        if written not in values and written not in problems:
            problems[column] = _MISSING


def _check_order(values: Mapping[str, object], problems: dict[str, str]) -> None:
    day = values.get("peildatum")
    if not isinstance(day, str):
        return
    for column in ("geboortedatum", "oudste_vordering", "att_aanbod_datum"):
        earlier = values.get(column)
        if isinstance(earlier, str) and earlier > day:
            problems[column] = "Deze datum ligt na de peildatum"


def _answer(regel: int, values: dict[str, object], problems: Mapping[str, str]) -> SignalIn | LineResult:
    if values.get("natuurlijk_persoon") is False:
        return LineResult.of(regel, LineCode.E_LEGAL_PERSON, "natuurlijk_persoon")
    if problems:
        return _refuse(regel, problems)
    if values["soort"] in _REPLACING and "vervangt_ref" not in values:
        return LineResult.of(regel, LineCode.E_REF, "vervangt_ref")
    if values["soort"] is Soort.VROEGSIGNAAL and "vervangt_ref" in values:
        hint = "Een eerste vroegsignaal vervangt niets; kies een andere soort of laat vervangt_ref leeg"
        return LineResult(regel, LineCode.E_REF, "vervangt_ref", hint)
    return SignalIn(**values)  # type: ignore[arg-type]  # each reader returns the type of its own field


_REPLACING = frozenset({Soort.CORRECTIE, Soort.INTREKKING})


def _refuse(regel: int, problems: Mapping[str, str]) -> LineResult:
    wrong = [column for column in COLUMNS if column in problems]
    first = wrong[0]
    hint = problems[first]
    if len(wrong) > 1:
        hint += f". Kijk ook naar: {', '.join(wrong[1:])}"
    code = LineCode.E_GEMEENTE if first == "gemeentecode" else LineCode.E_FIELD
    return LineResult(regel, code, first, hint)
