"""``sluis openapi``: the contract of the API, without starting a server."""

import tempfile
from pathlib import Path

import typer

from gateway.cli.speech import answering, show


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("openapi")(openapi)


def openapi() -> None:
    """Schrijf het OpenAPI-contract van /v1 naar de standaarduitvoer."""
    from gateway.app import contract
    from gateway.settings import Settings
    from gateway.wiring import assemble, found
    from keys.profiles import CHEAPEST

    with answering(), tempfile.TemporaryDirectory(prefix="sluis-") as folder:
        settings = Settings(home=Path(folder) / "home")
        found(settings, b"contract zonder gegevens", CHEAPEST)
        gateway = assemble(settings)
        try:
            show(contract(gateway).decode())
        finally:
            gateway.close()
