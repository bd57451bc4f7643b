"""``sluis demo``: a month in a synthetic town, played over real HTTP against its own server."""

import json
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.files import write_private
from gateway.cli.speech import answering, say, show

if TYPE_CHECKING:
    from gateway.cli.control import Control


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("demo")(demo)


def demo(
    home: Annotated[Path | None, typer.Option(help="Map om te bewaren; zonder: een tijdelijke map.")] = None,
    credentials: Annotated[
        Path | None, typer.Option(help="Schrijf hier de toegang van alle partijen.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Begin van het toeval; hetzelfde getal, dezelfde maand.")] = 637,
    months: Annotated[
        int | None,
        typer.Option(min=1, max=24, help="Speel zoveel maanden achter elkaar, elk met een rapport."),
    ] = None,
    *,
    serve: Annotated[bool, typer.Option("--serve", help="Blijf daarna draaien.")] = False,
    tamper: Annotated[
        bool, typer.Option("--tamper", help="Knoei daarna met een rij en laat zien dat het opvalt.")
    ] = False,
) -> None:
    """Speel een maand in een verzonnen stad: van levering tot afsluiting, met een gecontroleerd logboek."""
    with answering(), tempfile.TemporaryDirectory(prefix="sluis-demo-") as folder:
        where = home if home is not None else Path(folder) / "home"
        if months is not None:
            _play_year(where, seed, months, kept=home is not None)
            return
        _play(where, seed, credentials, serve=serve, tamper=tamper, kept=home is not None)


def _play_year(home: Path, seed: int, months: int, *, kept: bool) -> None:
    from gateway.app import create_app
    from gateway.demo.stage import Stage
    from gateway.demo.year import BEGIN, CHOICES, year

    stage = Stage(home, create_app, BEGIN, CHOICES)
    if kept:
        _keep_key(home, stage.passphrase)
    try:
        with stage.serving():
            year(stage, seed, months, say=show)
    finally:
        stage.close()


def _play(home: Path, seed: int, credentials: Path | None, *, serve: bool, tamper: bool, kept: bool) -> None:
    from gateway.app import create_app
    from gateway.cli.control import Control
    from gateway.demo.month import month, open_day
    from gateway.demo.proof import verifier_key
    from gateway.demo.stage import Stage

    stage = Stage(home, create_app)
    if kept:
        _keep_key(home, stage.passphrase)
    try:
        with stage.serving():
            month(stage, seed, say=show, tamper=tamper)
            vkey = verifier_key(stage)
            say(f"Controlesleutel van het logboek: {vkey}")
            if serve:
                open_day(stage, seed)
            if credentials is not None:
                access = stage.cast.credentials(stage.origin, vkey)
                write_private(credentials, json.dumps(access, indent=2).encode())
                say(f"Toegang van alle partijen: {credentials}")
            if serve:
                _stay(stage.origin, Control(stage.gateway, home))
    finally:
        stage.close()


def _keep_key(home: Path, passphrase: bytes) -> None:
    """Leave a kept demo openable: its throw-away passphrase in a file, named in the settings of the folder."""
    secret = home.absolute() / "wachtwoord"
    write_private(secret, passphrase)
    write_private(home / "settings.env", f"SLUIS_DEMO=true\nSLUIS_PASSPHRASE_FILE={secret}\n".encode())


def _stay(origin: str, control: "Control") -> None:
    """Go on until Ctrl-C; the door of the operator is open for as long."""
    control.start()
    say(f"De demo draait op {origin} (stop met Ctrl-C)")
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        say("Gestopt")
    finally:
        control.close()
