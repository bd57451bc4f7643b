"""Who works at the command line: a member of staff on record, named with ``--user``; the log keeps the name."""

from typing import TYPE_CHECKING, Annotated

import typer

from schemas.errors import NotFound

if TYPE_CHECKING:
    from gateway.wiring import Gateway
    from schemas.parties import PartyKind
    from schemas.principal import Principal

User = Annotated[
    str,
    typer.Option("--user", envvar="SLUIS_USER", help="Medewerker namens wie u werkt.", show_default=False),
]
OptionalUser = Annotated[
    str | None,
    typer.Option("--user", envvar="SLUIS_USER", help="Medewerker namens wie u werkt; zonder: de beheerder."),
]


def staff_of(gateway: "Gateway", user: str, kind: "PartyKind") -> "Principal":
    """Stand for a member of staff of a party of this kind.

    Raises:
        NotFound: nobody of such a party is on record under this name.
    """
    from gateway.store import parties
    from schemas.ids import ClientId, Tenant, UserId
    from schemas.principal import Principal

    house, tenant = gateway.house, Tenant(gateway.house.settings.tenant)
    with house.store.read() as connection:
        row = parties.find_user(connection, tenant, user)
        party = None if row is None else parties.find_party(connection, tenant, row["party_id"])
    if party is None or party.kind is not kind:
        raise NotFound(f"Er is geen medewerker van een partij van de soort {kind} met dit kenmerk")
    return Principal(
        tenant=tenant,
        party=party.party_id,
        kind=kind,
        client=ClientId("opdrachtregel"),
        user=UserId(user),
        purposes=frozenset(purpose for of, purpose in house.register.table if of is kind),
    )
