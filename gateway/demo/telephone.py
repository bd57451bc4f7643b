"""The residents at the other end of the line: who answers, what they say, decided by chance with a seed.

The rates are the pilot's: about 70 % of those called are spoken to in the end, and about 20 % of those say yes.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from random import Random

from schemas.call import Outcome
from schemas.errors import Invalid
from schemas.phone import phone

_ANSWERS = 0.2
"""Chance that an attempt is answered; over seven attempts four in five answer, and not everybody shows who he is."""

_VOICEMAIL, _WRONG = 0.25, 0.006
_SPOKEN: tuple[tuple[Outcome, float], ...] = (
    (Outcome.HULPVRAAG, 0.16),
    (Outcome.GEVERIFIEERD_GEWEIGERD, 0.49),
    (Outcome.ZELF_BETAALD, 0.26),
    (Outcome.ANDERE_TAAL, 0.03),
    (Outcome.BEZWAAR, 0.02),
    (Outcome.TERUGBELLEN, 0.04),
)
_MOMENTS = ("werkdagen na 18:00", "dinsdagochtend", "donderdagmiddag", "zaterdag voor 12:00", "liefst vroeg")
_WORDS = (
    "Wil graag overzicht van alle post",
    "Inkomen is gedaald door minder uren",
    "Heeft een regeling maar komt er niet uit",
    "Wil weten of er hulp bij budget is",
    "Schrok van de brief en wil praten",
)


@dataclass(frozen=True, slots=True)
class Answer:
    """How a call went: its outcome and, if somebody was spoken to, what the resident said of himself."""

    outcome: Outcome
    born: str | None = None
    number: int | None = None
    moment: str | None = None
    words: str | None = None


class Telephone:
    """Everybody who can be called, by number; made from the deliveries of the synthetic town."""

    def __init__(self, rows: Iterable[Mapping[str, str]], seed: int) -> None:
        self._chance = Random(f"{seed}/telefoon")
        self._residents: dict[str, Mapping[str, str]] = {}
        for row in rows:
            for column in ("telefoon_1", "telefoon_2"):
                if row.get(column):
                    self._list(row[column], row)

    def _list(self, number: str, row: Mapping[str, str]) -> None:
        try:
            canonical = phone(number)
        except Invalid:
            return
        known = self._residents.get(canonical)
        if known is None or (not known.get("geboortedatum") and row.get("geboortedatum")):
            self._residents[canonical] = row

    def call(self, number: str) -> Answer:
        """Dial a number and see what happens."""
        draw = self._chance.random()
        if draw < _WRONG:
            return Answer(Outcome.FOUT_NUMMER)
        if draw > _ANSWERS:
            missed = self._chance.random() < _VOICEMAIL
            return Answer(Outcome.VOICEMAIL if missed else Outcome.NIET_OPGENOMEN)
        return self._talk(number)

    def _talk(self, number: str) -> Answer:
        outcomes, weights = zip(*_SPOKEN, strict=True)
        outcome = self._chance.choices(outcomes, weights)[0]
        row = self._residents.get(number, {})
        house = row.get("huisnummer", "")
        return Answer(
            outcome,
            born=_iso(row.get("geboortedatum", "")),
            number=int(house) if house.isdigit() else None,
            moment=self._chance.choice(_MOMENTS) if outcome is Outcome.HULPVRAAG else None,
            words=self._chance.choice(_WORDS) if outcome is Outcome.HULPVRAAG else None,
        )


def _iso(text: str) -> str | None:
    """Read a birth date as the town writes it (ISO or d-m-jjjj)."""
    parts = text.split("-")
    if len(parts) != 3 or not all(part.isdigit() for part in parts):  # noqa: PLR2004 (day, month, year)
        return None
    year, month, day = parts if len(parts[0]) == 4 else reversed(parts)  # noqa: PLR2004 (YYYY first)
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return None
