"""From a row of the synthetic town to what matching may know of it, for scoring and for tests."""

from collections.abc import Mapping

from gateway.matching.normalise import PersonFacts
from schemas.ids import SubjectId
from schemas.parties import PartnerType


def person_facts(row: Mapping[str, str], subject: str) -> PersonFacts:
    """The personal part of a row of the upload contract."""
    return PersonFacts(
        subject=SubjectId(subject),
        achternaam=row["achternaam"],
        voorletters=row["voorletters"],
        geboortedatum=row["geboortedatum"],
        postcode=row["postcode"],
        huisnummer=int(row["huisnummer"]),
        huisletter=row["huisletter"],
        toevoeging=row["toevoeging"],
        telefoonnummers=tuple(row[field] for field in ("telefoon_1", "telefoon_2") if row[field]),
        sector=PartnerType(row["partner_type"]),
    )
