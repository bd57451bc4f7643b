"""Who is asking."""

from dataclasses import FrozenInstanceError

import pytest

from schemas.ids import ClientId, PartyId, Tenant, UserId
from schemas.parties import PartyKind
from schemas.principal import Principal


def asker(user: str | None) -> Principal:
    return Principal(
        tenant=Tenant("GM0637"),
        party=PartyId("belteam"),
        kind=PartyKind.CALLCENTER,
        client=ClientId("belteam-client"),
        user=UserId(user) if user else None,
        purposes=frozenset({"bellen"}),
    )


def test_the_actor_is_the_person_if_there_is_one_else_the_machine() -> None:
    assert asker("farid").actor == "farid"
    assert asker(None).actor == "belteam-client"


def test_nobody_becomes_somebody_else_on_the_way() -> None:
    with pytest.raises(FrozenInstanceError):
        asker("farid").user = UserId("noor")  # type: ignore[misc]
