"""What a reviewer reads: a Dutch sentence on what differs and what agrees, without a single value."""

from collections.abc import Iterator

from gateway.matching.evidence import Bit
from gateway.matching.normalise import Profile
from gateway.matching.rules import Reason, Verdict
from schemas.parties import PartnerType

_SECTOR = {
    PartnerType.HUUR: "de verhuurder",
    PartnerType.ZORG: "de zorgverzekeraar",
    PartnerType.ENERGIE: "energie",
    PartnerType.WATER: "water",
    PartnerType.HYPOTHEEK: "de hypotheekverstrekker",
    PartnerType.CAK: "het CAK",
    PartnerType.BELASTINGDIENST: "de Belastingdienst",
    PartnerType.TOESLAGEN: "Toeslagen",
}

_WORDS = {
    Reason.DOB_SWAPPED: "dag en maand van de geboortedatum lijken verwisseld",
    Reason.DOB_SLIP: "geboortedatum wijkt één teken af",
    Reason.FIRST_OF_JANUARY: "1 januari is vaak een administratieve geboortedatum",
    Reason.NAME_OTHER: "achternaam verschilt",
    Reason.NAME_NEAR: "achternaam wordt anders gespeld",
    Reason.INITIALS_OTHER: "voorletters of voornaam verschillen",
    Reason.INITIALS_MISSING: "voorletters ontbreken",
    Reason.ONE_INITIAL: "maar één voorletter om op te vergelijken",
    Reason.MOVED: "adres verschilt, mogelijk verhuisd",
    Reason.PHONE_OTHER: "telefoonnummers verschillen",
    Reason.TWIN: "op dit adres is ook iemand met dezelfde naam en geboortedatum maar andere voorletters bekend",
    Reason.SUFFIX_MISSING: "toevoeging ontbreekt bij een van beide",
    Reason.SUFFIX_OTHER: "toevoeging bij het huisnummer verschilt",
    Reason.CLUSTER: "samen met andere signalen spreken geboortedata of voorletters elkaar tegen",
}

_AGREEMENTS = (
    (Bit.DOB_SAME, "geboortedatum"),
    (Bit.HOUSE_SAME, "adres"),
    (Bit.NAME_SAME, "naam"),
    (Bit.INITIAL_SAME, "voorletters"),
    (Bit.GIVEN_SAME, "voornaam"),
    (Bit.PHONE_SAME, "telefoon"),
)


def sentence(left: Profile, right: Profile, verdict: Verdict) -> str:
    """For example "geboortedatum ontbreekt bij water; adres, naam en telefoon gelijk"."""
    doubts = "; ".join(_doubts(left, right, verdict))
    agreed = [word for bit, word in _AGREEMENTS if verdict.evidence & bit]
    if verdict.evidence & Bit.PHONE_SAME and verdict.evidence & Bit.PHONE_OTHER:
        agreed[-1] = "een vast nummer"
    if not agreed:
        return doubts
    listed = " en ".join(filter(None, (", ".join(agreed[:-1]), agreed[-1])))
    return f"{doubts}; {listed} gelijk"


def _doubts(left: Profile, right: Profile, verdict: Verdict) -> Iterator[str]:
    for reason in verdict.reasons:
        if reason is Reason.DOB_MISSING:
            yield f"geboortedatum ontbreekt bij {_without_date(left, right)}"
        else:
            yield _WORDS[reason]


def _without_date(left: Profile, right: Profile) -> str:
    """The sector or sectors that sent no usable birth date."""
    lacking = [profile.sector for profile in (left, right) if not profile.dob]
    names = sorted({_SECTOR[sector] for sector in lacking if sector is not None})
    if len(lacking) > 1 and len(names) < len(lacking):
        return "beide"
    return " en ".join(names) or "een van beide"
