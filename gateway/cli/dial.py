"""``sluis dial``: the file path of a call center whose dialer has no API: dial records out, results back in."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.files import contents, write_private
from gateway.cli.home import Home, opened
from gateway.cli.speech import NO, Json, ReadableFile, answering, document, say, show
from gateway.cli.staff import User, staff_of

if TYPE_CHECKING:
    from gateway.api.dialfile import Uitkomstenbon


def add_to(app: typer.Typer) -> None:
    """Add the verbs."""
    group = typer.Typer(help="Bellen met een kiezer zonder API.", no_args_is_help=True)
    group.command("lease")(lease)
    group.command("results")(results)
    app.add_typer(group, name="dial")


def lease(
    target: Annotated[Path, typer.Argument(metavar="BESTAND", dir_okay=False, show_default=False)],
    home: Home,
    user: User,
    count: Annotated[int, typer.Option(min=1, max=500, help="Hoeveel belrecords ten hoogste.")] = 25,
) -> None:
    """Schrijf belrecords naar een CSV-bestand dat alleen u kunt lezen; een bestand dat er al is blijft staan."""
    if target.exists():
        raise typer.BadParameter("dit bestand is er al", param_hint="BESTAND")
    with answering(), opened(home) as (gateway, cases):
        from gateway.api.dialfile import dial_file
        from schemas.parties import PartyKind

        asker = staff_of(gateway, user, PartyKind.CALLCENTER)
        records = cases.dialling.lease(asker, count)
        write_private(target, dial_file(records))
    show(f"{len(records)} belrecords")


def results(file: ReadableFile, home: Home, user: User, *, as_json: Json = False) -> None:
    """Lees de uitkomsten van een belronde in; het antwoord is nee als er een regel geweigerd is."""
    with answering(), opened(home) as (gateway, cases):
        from connectors.callcenter import LIMITS
        from gateway.api.dialfile import bon_of, taken
        from schemas.parties import PartyKind

        asker = staff_of(gateway, user, PartyKind.CALLCENTER)
        body = contents(file, LIMITS.max_bytes)
        bon = bon_of(list(taken(cases.dialling, cases.results, asker, body)))
    _tell(bon, as_json=as_json)
    if any(line.code.refused for line in bon.resultaten):
        raise typer.Exit(NO)


def _tell(bon: "Uitkomstenbon", *, as_json: bool) -> None:
    if as_json:
        document(bon.model_dump(mode="json", by_alias=True))
        return
    for line in bon.resultaten:
        if line.code.refused:
            say(f"regel {line.regel}: {line.code} {line.veld or ''} {line.hint}")
    show(f"{bon.vastgelegd} van {bon.aantal} regels vastgelegd")
