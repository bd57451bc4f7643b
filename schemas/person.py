"""A person as the gateway keeps him: every group of fields is sealed apart, under the key class it belongs to.

The call center's reading role never loads the class ``financien``; purpose limitation becomes a missing key.
"""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict


class DataClass(StrEnum):
    """The key classes; each municipality has one key-encryption key per class."""

    IDENTITEIT = "identiteit"
    CONTACT = "contact"
    FINANCIEN = "financien"
    NOTITIES = "notities"
    ZOEKEN = "zoeken"
    PSEUDONIEM = "pseudoniem"
    LOGBOEK = "logboek"
    TEKENEN = "tekenen"


class _Payload(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Identity(_Payload):
    """Class ``identiteit``: who and where; ``geboortedatum`` is ISO (YYYY-MM-DD) or None."""

    voorletters: str | None = None
    voorvoegsel: str | None = None
    achternaam: str
    geboortedatum: str | None = None
    postcode: str
    huisnummer: int
    huisletter: str | None = None
    toevoeging: str | None = None
    straat: str | None = None
    plaats: str | None = None


class Contact(_Payload):
    """Class ``contact``: what a dial record needs and nothing else; numbers in E.164."""

    voorvoegsel: str | None = None
    achternaam: str
    telefoonnummers: tuple[str, ...] = ()
    bron: str = "partner"
    email: str | None = None


class Finance(_Payload):
    """Class ``financien``: the arrear (cents) and what the partner attested about its own effort."""

    signaal_ref: str
    klantnummer: str | None = None
    bedrag_cent: int
    oudste_vordering: str | None = None
    peildatum: str | None = None
    einde_levering: str | None = None
    att_persoonlijk_contact: bool | None = None
    att_gewezen_schuldhulp: bool | None = None
    att_herinneringen: int | None = None
    att_aanbod_datum: str | None = None
    att_geen_afwijzing: bool | None = None


class Note(_Payload):
    """Class ``notities``: what an agent or social worker wrote in a contact (at most 280 characters)."""

    beste_moment: str | None = None
    omschrijving: str | None = None
