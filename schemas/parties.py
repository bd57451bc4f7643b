"""Who takes part: the kinds of parties of the matrix, the sectors that may signal, and a party on record.

Source: the party column of the purpose × party × field matrix (docs/reference/doelbinding.md).
"""

from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict

from schemas.ids import PartyId, Tenant


class PartyKind(StrEnum):
    """The fifteen chairs at the table; a grant always names exactly one of them."""

    SIGNAALPARTNER = "signaalpartner"
    MATCHING = "matching"
    VERRIJKING = "verrijking"
    CALLCENTER = "callcenter"
    SOCIAAL_WERK = "sociaal_werk"
    BRIEFDIENST = "briefdienst"
    MELDPUNT = "meldpunt"
    CRISISTEAM = "crisisteam"
    PRIVACY_OFFICER = "privacy_officer"
    WOO = "woo"
    MANAGEMENT = "management"
    CBS = "cbs"
    BETROKKENE = "betrokkene"
    BEHEER = "beheer"
    SCHULDHULP = "schuldhulp"


class PartnerType(StrEnum):
    """The sector of a signal partner; which of them may signal where is a dated register of grounds."""

    HUUR = "huur"
    ZORG = "zorg"
    ENERGIE = "energie"
    WATER = "water"
    HYPOTHEEK = "hypotheek"
    CAK = "cak"
    BELASTINGDIENST = "belastingdienst"
    TOESLAGEN = "toeslagen"


class Party(BaseModel):
    """A party as the municipality registered it; ``number`` is an OIN (20 digits) or KvK number (8 digits)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tenant: Tenant
    party_id: PartyId
    kind: PartyKind
    name: str
    number: str
    partner_type: PartnerType | None = None
    column_map: str | None = None
    bsn_policy: Literal["strip", "refuse"] = "strip"
    forbidden_columns: Literal["refuse", "strip"] = "refuse"
