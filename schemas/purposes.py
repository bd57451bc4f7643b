"""The purpose register's vocabulary: what a grant, a guardrail, a field and a condition are.

The register itself is data (``schemas/register/*.yaml``, written for a privacy officer, hence Dutch keys);
``gateway.policy.compile`` loads it strictly. Sources: AVG art. 5(1)(b), 6 and 30; Wgs art. 3, 8b;
purposes and grounds carry the IRIs of the W3C Data Privacy Vocabulary 2.3.
"""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from schemas.parties import PartyKind
from schemas.person import DataClass
from schemas.transforms import Transform


class Purpose(StrEnum):
    """What a request may be about (doel); the keys are also the OAuth scopes."""

    AANLEVEREN = "aanleveren"
    TERUGKOPPELEN = "terugkoppelen"
    MATCHEN = "matchen"
    VERRIJKEN = "verrijken"
    BELLEN = "bellen"
    HULPVERLENEN = "hulpverlenen"
    AANSCHRIJVEN = "aanschrijven"
    ZORGMELDEN = "zorgmelden"
    CRISISHULP = "crisishulp"
    TOEZIEN = "toezien"
    OPENBAARMAKEN = "openbaarmaken"
    STUREN = "sturen"
    STATISTIEK = "statistiek"
    INZIEN = "inzien"
    BEHEREN = "beheren"
    SCHULDHULP = "schuldhulp"


class Shape(StrEnum):
    """The form of a field's value (soort): decides which transforms fit and the type in a view."""

    TEKST = "tekst"
    CODE = "code"
    DATUM = "datum"
    GETAL = "getal"
    CENTEN = "centen"
    JANEE = "janee"
    POSTCODE = "postcode"
    TELEFOONS = "telefoons"
    PSEUDONIEM = "pseudoniem"
    TERUGKOPPELCODE = "terugkoppelcode"
    LIJST = "lijst"
    TELLING = "telling"


_ALWAYS = frozenset({Transform.VOLLEDIG, Transform.AANWEZIG, Transform.CONTROLE, Transform.VERBORGEN})
SUITABLE: Mapping[Shape, frozenset[Transform]] = {
    Shape.TEKST: _ALWAYS | {Transform.INITIALEN},
    Shape.CODE: _ALWAYS | {Transform.TERUGKOPPELCODE, Transform.EFFECT},
    Shape.DATUM: _ALWAYS | {Transform.MAAND, Transform.GEBOORTEJAAR, Transform.LEEFTIJDSKLASSE},
    Shape.GETAL: _ALWAYS,
    Shape.CENTEN: _ALWAYS | {Transform.BEDRAGKLASSE},
    Shape.JANEE: _ALWAYS,
    Shape.POSTCODE: _ALWAYS | {Transform.POSTCODE4},
    Shape.TELEFOONS: _ALWAYS | {Transform.TELEFOON_GEMASKEERD},
    Shape.PSEUDONIEM: frozenset({Transform.PSEUDONIEM, Transform.VERBORGEN}),
    Shape.TERUGKOPPELCODE: _ALWAYS,
    Shape.LIJST: _ALWAYS | {Transform.AANTALKLASSE},
    Shape.TELLING: _ALWAYS | {Transform.AANTALKLASSE},
}
"""Which transforms fit which form of value; any other would add or invent information."""

Text = Annotated[str, Field(min_length=3, max_length=600)]
Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
Iri = Annotated[str, Field(pattern=r"^https://w3id\.org/dpv[A-Za-z0-9/#.-]*$")]


class Entry(BaseModel):
    """One entry of the register: frozen, and strict about words it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class FieldSpec(Entry):
    """One field of the closed list: its form, the key class it is sealed under and where it comes from.

    ``klasse`` is None for a field that is not sealed (a code, a clock or a count); ``per`` says whether a
    case has one value or one per signal; ``vorm`` gives the closed keys of each object of a list.
    """

    naam: Text
    soort: Shape
    klasse: DataClass | None = None
    bron: Literal["partner", "afgeleid", "contact", "verrijking", "gateway"]
    per: Literal["dossier", "signaal"] = "dossier"
    vorm: Mapping[Key, Shape] = Field(default_factory=dict)
    gevoelig: Text | None = None

    @model_validator(mode="after")
    def _a_list_says_its_keys(self) -> Self:
        if (self.soort is Shape.LIJST) != bool(self.vorm):
            raise ValueError("alleen een lijst heeft een vorm, en een lijst moet er een hebben")
        return self


class LegalGround(Entry):
    """A legal ground: the article in words and its DPV IRI."""

    naam: Text
    iri: Iri


class Activity(Entry):
    """A processing activity of the controller's register of processing (AVG art. 30) with its version."""

    naam: Text
    versie: Annotated[int, Field(ge=1)]


class PurposeSpec(Entry):
    """A purpose in words: whose it is, on which grounds it may rest and under which activity it is registered."""

    naam: Text
    partij: PartyKind
    iri: Iri
    verwerking: str
    grondslagen: Annotated[tuple[str, ...], Field(min_length=1)]


class ConditionSpec(Entry):
    """A fact about a case and an asker, explained twice: what the user can do, what the officer must know."""

    betekenis: Text
    gebruiker: Text
    toezicht: Text
    sluit_uit: tuple[Key, ...] = ()


class Grant(Entry):
    """One permission: this party may for this purpose see these fields, this coarse, under these conditions."""

    id: Annotated[str, Field(pattern=r"^[A-Z]{2}[0-9]{2}$")]
    partij: PartyKind
    doel: Purpose
    grondslag: str
    zin: Text
    voorwaarden: Annotated[tuple[Key, ...], Field(min_length=1)]
    velden: Annotated[Mapping[Key, Transform], Field(min_length=1)]
    bewaartermijn: Text
    eigenaar: Text
    herzien_op: date


class Guardrail(Entry):
    """A rule that no grant may break, owned by controller and privacy officer together.

    ``hoogstens`` caps what the parties may see of the fields; ``alleen_als`` (all) and
    ``alleen_als_een_van`` (at least one) name conditions every grant on them must ask;
    ``bestaat_niet`` names fields that may not even be in the list.
    """

    id: Annotated[str, Field(pattern=r"^NOOIT-[0-9]{2}$")]
    zin: Text
    partijen: tuple[PartyKind, ...] | Literal["alle"] = "alle"
    behalve: tuple[PartyKind, ...] = ()
    velden: tuple[Key, ...] | Literal["alle"] = ()
    hoogstens: Transform | None = None
    alleen_als: tuple[Key, ...] = ()
    alleen_als_een_van: tuple[Key, ...] = ()
    bestaat_niet: tuple[Key, ...] = ()

    @model_validator(mode="after")
    def _forbids_something(self) -> Self:
        rules = self.hoogstens or self.alleen_als or self.alleen_als_een_van
        if bool(rules) != bool(self.velden) or not (rules or self.bestaat_niet):
            raise ValueError("een waarborg noemt velden met een grens, of velden die niet mogen bestaan")
        return self

    def concerns(self, party: PartyKind, field: str) -> bool:
        """Say whether this rule speaks about ``field`` for ``party``."""
        named = self.partijen == "alle" or party in self.partijen
        return named and party not in self.behalve and (self.velden == "alle" or field in self.velden)
