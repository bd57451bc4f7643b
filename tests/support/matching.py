"""One made-up person to vary in matching tests."""

from dataclasses import replace
from typing import Any

from gateway.matching.normalise import PersonFacts, Profile, profile
from schemas.ids import SubjectId

FACTS = PersonFacts(
    subject=SubjectId("0"),
    achternaam="Jansen",
    voorletters="J.P.",
    geboortedatum="1985-03-24",
    postcode="2790 AB",
    huisnummer=12,
    telefoonnummers=("+31680012347",),
)


def person(subject: str, **changes: Any) -> Profile:
    """The profile of the same person with some facts changed."""
    return profile(replace(FACTS, subject=SubjectId(subject), **changes))
