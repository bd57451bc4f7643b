"""``sluis party``: putting parties, their staff and their clients on record, and listing the parties."""

import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.cli.files import contents, map_named
from gateway.cli.home import Home, opened, operator_of
from gateway.cli.speech import Json, answering, document, fitting, one_of, say, show
from schemas.errors import Invalid, SluisError

_HANDLE = re.compile(r"[a-z0-9][a-z0-9-]{1,39}")
_LONG_NUMBER = re.compile(r"[0-9]{8}")
_LARGEST_JWK = 16_384
_BAD_KEY = "sleutel_ongeldig"
_SECRET = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
"""The members of a JWK that hold a secret (RFC 7518 sections 6.2.2, 6.3.2 and 6.4)."""

PartyName = Annotated[str, typer.Argument(metavar="PARTY", help="Kenmerk van de partij.", show_default=False)]


def add_to(app: typer.Typer) -> None:
    """Add the verbs."""
    group = typer.Typer(help="Partijen, hun medewerkers en hun systemen.", no_args_is_help=True)
    group.command("add")(add)
    group.command("list")(listing)
    group.command("user")(user)
    group.command("client")(client)
    group.command("show")(members)
    group.command("end-user")(end_user)
    group.command("end-client")(end_client)
    app.add_typer(group, name="party")


def handle(given: str) -> str:
    """Read the id of a party, a member of staff or a client: it stands in the log, so it may not be a number.

    Raises:
        Invalid: another shape.
    """
    if _HANDLE.fullmatch(given) is None or _LONG_NUMBER.search(given):
        raise Invalid("Kies een kenmerk van kleine letters, cijfers en streepjes, zonder lang getal")
    return given


def add(
    party: PartyName,
    home: Home,
    kind: Annotated[str, typer.Option(help="Soort, bijvoorbeeld signaalpartner.", show_default=False)],
    name: Annotated[str, typer.Option(help="Naam zoals mensen haar lezen.", show_default=False)],
    number: Annotated[str, typer.Option(help="OIN of KvK-nummer.", show_default=False)],
    sector: Annotated[str | None, typer.Option(help="Sector van een signaalpartner.")] = None,
    column_map: Annotated[str | None, typer.Option("--map", help="Kolommentabel van de export.")] = None,
    *,
    refuse_bsn: Annotated[bool, typer.Option(help="Weiger een regel met een BSN.")] = False,
    strip_columns: Annotated[bool, typer.Option(help="Laat vreemde kolommen weg.")] = False,
) -> None:
    """Neem een partij op."""
    given = {
        "party_id": fitting(handle, party, "PARTY"),
        "column_map": column_map,
        "bsn_policy": "refuse" if refuse_bsn else "strip",
        "forbidden_columns": "strip" if strip_columns else "refuse",
        **_described(kind, name, number, sector),
    }
    map_named(column_map, home)
    with answering(), opened(home) as (gateway, cases):
        from schemas.parties import Party

        by = operator_of(gateway)
        cases.administration.register_party(by, Party.model_validate({"tenant": by.tenant, **given}))
        say(f"Partij {party} opgenomen")


def _described(kind: str, name: str, number: str, sector: str | None) -> dict[str, Any]:
    from schemas.parties import PartnerType, PartyKind
    from schemas.validation import party_number

    chosen = one_of(PartyKind, kind, "--kind")
    if (chosen is PartyKind.SIGNAALPARTNER) != (sector is not None):
        raise typer.BadParameter(
            "een signaalpartner heeft een sector, een andere partij niet", param_hint="--sector"
        )
    return {
        "kind": chosen,
        "name": name,
        "number": fitting(party_number, number, "--number"),
        "partner_type": one_of(PartnerType, sector, "--sector") if sector is not None else None,
    }


def listing(home: Home, *, as_json: Json = False) -> None:
    """Noem de opgenomen partijen."""
    with answering(), opened(home, keys=False) as (gateway, cases):
        for party in cases.administration.parties(operator_of(gateway).tenant):
            if as_json:
                document(party.model_dump(mode="json"))
            else:
                show(f"{party.party_id:20} {party.kind:16} {party.number:20} {party.name}")


def user(
    party: PartyName,
    user_id: Annotated[str, typer.Argument(metavar="USER", help="Kenmerk van de medewerker.")],
    home: Home,
    role: Annotated[str, typer.Option(help="Rol bij de partij.")] = "medewerker",
) -> None:
    """Neem een medewerker van een partij op."""
    fitting(handle, user_id, "USER")
    fitting(handle, role, "--role")
    with answering(), opened(home) as (gateway, cases):
        from schemas.ids import PartyId, UserId

        by = operator_of(gateway)
        cases.administration.register_user(by, PartyId(party), UserId(user_id), role)
        say(f"Medewerker {user_id} van {party} opgenomen")


def client(
    party: PartyName,
    client_id: Annotated[str, typer.Argument(metavar="CLIENT", help="Kenmerk van het systeem.")],
    home: Home,
    purpose: Annotated[list[str], typer.Option(help="Doel; herhaal voor meer.", show_default=False)],
    jwk: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="Publieke sleutel van het systeem (JWK).")
    ] = None,
    new: Annotated[Path | None, typer.Option(help="Maak een sleutel en schrijf hem hier (0600).")] = None,
    of_user: Annotated[str | None, typer.Option("--user", help="Medewerker achter het systeem.")] = None,
    *,
    rs256: Annotated[bool, typer.Option("--rs256", help="Sta een RS256-sleutel toe.")] = False,
) -> None:
    """Geef een systeem van een partij toegang voor doelen."""
    fitting(handle, client_id, "CLIENT")
    if (jwk is None) == (new is None):
        raise typer.BadParameter("geef er precies een", param_hint="--jwk of --new")
    with answering(), opened(home) as (gateway, cases), _key(jwk, new) as key:
        from schemas.ids import ClientId, PartyId, UserId

        cases.administration.register_client(
            operator_of(gateway),
            PartyId(party),
            ClientId(client_id),
            purpose,
            key,
            user=UserId(of_user) if of_user is not None else None,
            rs256=rs256,
        )
        say(f"Systeem {client_id} van {party} heeft toegang voor {', '.join(purpose)}")


def members(party: PartyName, home: Home, *, as_json: Json = False) -> None:
    """Noem de medewerkers en de systemen van een partij, ook die geen toegang meer hebben."""
    with answering(), opened(home, keys=False) as (gateway, cases):
        from schemas.ids import PartyId

        users, clients = cases.administration.members(operator_of(gateway).tenant, PartyId(party))
        told = [
            *({"user": row["user_id"], "role": row["role"], "active": row["active"]} for row in users),
            *(
                {
                    "client": row["client_id"],
                    "user": row["user_id"],
                    "purposes": row["purposes"].split(),
                    "active": row["client_id"] not in gateway.house.ended,
                }
                for row in clients
            ),
        ]
        for one in told:
            document(one) if as_json else show(_line(one))


def _line(one: Mapping[str, Any]) -> str:
    what, name = ("systeem", one["client"]) if "client" in one else ("medewerker", one["user"])
    about = ", ".join(one["purposes"]) if "client" in one else one["role"]
    return f"{what:10} {name:30} {'' if one['active'] else '(geen toegang) '}{about}"


def end_user(
    user_id: Annotated[str, typer.Argument(metavar="USER", help="Kenmerk van de medewerker.")], home: Home
) -> None:
    """Neem een medewerker de toegang af, meteen, ook als de dienst draait."""
    from gateway.cli.control import END_USER

    with answering():
        _end(home, END_USER, user_id)
        say(f"Medewerker {user_id} heeft geen toegang meer; wijs openstaande dossiers opnieuw toe")


def end_client(
    client_id: Annotated[str, typer.Argument(metavar="CLIENT", help="Kenmerk van het systeem.")], home: Home
) -> None:
    """Neem een systeem de toegang af, meteen, ook als de dienst draait."""
    from gateway.cli.control import END_CLIENT

    with answering():
        _end(home, END_CLIENT, client_id)
        say(f"Systeem {client_id} heeft geen toegang meer")


def _end(home: Path, word: bytes, name: str) -> None:
    from gateway.cli.control import done

    done(home, word, fitting(handle, name, "KENMERK").encode())


@contextmanager
def _key(public: Path | None, new: Path | None) -> Iterator[Mapping[str, Any]]:
    """Read the key to register, or make one; a new key that is not registered in the block is taken away again."""
    if public is not None:
        yield _public_key(public)
    elif new is not None:
        try:
            yield _new_key(new)
        except SluisError:
            new.unlink(missing_ok=True)
            raise


def _public_key(path: Path) -> Mapping[str, Any]:
    try:
        found = json.loads(contents(path, _LARGEST_JWK))
    except (ValueError, RecursionError):
        raise Invalid("Dit bestand is geen JWK", code=_BAD_KEY) from None
    if not isinstance(found, dict):
        raise Invalid("Dit bestand is geen JWK", code=_BAD_KEY)
    if found.keys() & _SECRET:
        raise Invalid("In dit bestand staat een geheime sleutel; geef alleen de publieke", code=_BAD_KEY)
    return found


def _new_key(target: Path) -> Mapping[str, Any]:
    """Make a key pair; the private JWK stands in ``target``, for its owner alone."""
    from keys.client_keys import new_client_jwk

    made = new_client_jwk()
    with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(made, file, indent=2)
    return made
