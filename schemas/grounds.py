"""The register of grounds (grondslagenregister): who may signal what, where, from when, on which source.

Sources: Besluit gemeentelijke schuldhulpverlening art. 2 ff. (Stb. 2020, 240), Tijdelijke regeling signaal
betalingsachterstanden (Stcrt. 2021, 45719; 2024, 10148; 2025, 17636), Wgs art. 8b and 10.
"""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from schemas.parties import PartnerType
from schemas.purposes import Entry, Text

Municipality = Annotated[str, Field(pattern=r"^GM[0-9]{4}$")]
Attestation = Literal[
    "att_persoonlijk_contact",
    "att_gewezen_schuldhulp",
    "att_herinneringen",
    "att_aanbod_datum",
    "att_geen_afwijzing",
]


class Ground(Entry):
    """One dated permission to signal; an empty list of municipalities or creditors means every one of them.

    ``schuldeisers`` are names as the regulation writes them, matched on the registered party's name;
    ``min_bedrag`` is in cents, ``min_dagen`` the age of the oldest claim on the reference date.
    """

    sector: PartnerType
    schuldeisers: tuple[str, ...] = ()
    gemeenten: tuple[Municipality, ...] = ()
    min_bedrag: Annotated[int, Field(ge=0)] = 0
    min_dagen: Annotated[int, Field(ge=0)] = 0
    geldig_van: date
    geldig_tot: date | None = None
    bron: Text

    def valid_on(self, day: date) -> bool:
        """Say whether the ground holds on ``day``; the last day is included."""
        return self.geldig_van <= day and (self.geldig_tot is None or day <= self.geldig_tot)


class SectorDuty(Entry):
    """What a sector must have done itself before it may signal, as attestations on every line.

    Each required attestation must be filled in and hold: yes, a date not in the future, or at least
    ``min_herinneringen`` reminders.
    """

    vereist: tuple[Attestation, ...]
    min_herinneringen: Annotated[int, Field(ge=0)] = 0
    bron: Text


class GroundsRegister(Entry):
    """The whole register of grounds: the dated permissions and the duty of each sector."""

    grondslagen: tuple[Ground, ...]
    plichten: Mapping[PartnerType, SectorDuty]
