"""``sluis ris``: one round of delivery to the case system of social work, for an installation that does not serve."""

import typer

from gateway.cli.home import Home, opened, operator_of
from gateway.cli.speech import NO, Json, answering, document, show


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    group = typer.Typer(help="Uitwisseling met het systeem van sociaal werk.", no_args_is_help=True)
    group.callback()(_group)
    group.command("deliver")(deliver)
    app.add_typer(group, name="ris")


def _group() -> None:
    """Uitwisseling met het systeem van sociaal werk."""


def deliver(home: Home, *, as_json: Json = False) -> None:
    """Zet klaar wat veranderd is en bezorg wat wacht; het antwoord is nee als er iets blijft wachten."""
    with answering(), opened(home) as (gateway, cases):
        from gateway.api.exchange import ronde_of

        done = ronde_of(cases.exchange.delivery.run(operator_of(gateway)))
    if as_json:
        document(done.model_dump(mode="json", by_alias=True))
    else:
        show(f"{done.klaargezet} klaargezet, {done.bezorgd} bezorgd, {done.geweigerd} geweigerd")
    if done.wachtend or done.geweigerd:
        raise typer.Exit(NO)
