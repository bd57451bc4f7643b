"""``sluis init`` and ``sluis serve``: making an installation and letting it work."""

import logging
import sys
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.home import Home, passphrase, settings_of
from gateway.cli.speech import answering, say


def add_to(app: typer.Typer) -> None:
    """Add the verbs."""
    app.command("init")(init)
    app.command("serve")(serve)
    app.command("unseal")(unseal)


def init(home: Home, tenant: Annotated[str, typer.Option(help="Gemeentecode (CBS).")] = "GM0637") -> None:
    """Maak een nieuwe installatie: sleutelbestand, sleutelopslag en lege tabellen."""
    from gateway.wiring import found

    with answering():
        settings = settings_of(home).model_copy(update={"tenant": tenant})
        found(settings, passphrase(settings, confirm=True))
        _remember(home, tenant)
        say(f"Installatie gemaakt in {home}. Bewaar het wachtwoord: zonder wachtwoord is alles onleesbaar.")


def _remember(home: Path, tenant: str) -> None:
    target = home / "settings.env"
    target.write_text(f"SLUIS_TENANT={tenant}\n", encoding="utf-8")
    target.chmod(0o600)


def serve(home: Home) -> None:
    """Laat de dienst werken; zonder wachtwoordbestand begint hij verzegeld."""
    import uvicorn

    from gateway.app import create_app
    from gateway.cli.control import Control
    from gateway.wiring import assemble, prepare_process

    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(message)s")
    with answering():
        settings = settings_of(home)
        gateway = assemble(settings)
        origin = settings.origin or f"http://{settings.host}:{settings.port}"
        control = Control(gateway, home)
        try:
            if settings.passphrase_file is not None:
                gateway.unseal(passphrase(settings))
            control.start()
            prepare_process()
            say("Open" if not gateway.keyring.sealed else f"Verzegeld; open met: sluis unseal --home {home}")
            uvicorn.run(
                create_app(gateway, origin),
                host=settings.host,
                port=settings.port,
                access_log=False,
                server_header=False,
                log_level="warning",
                lifespan="off",
            )
        finally:
            control.close()
            gateway.close()


def unseal(home: Home) -> None:
    """Open de sleutels van een dienst die verzegeld draait."""
    from gateway.cli import control

    with answering():
        control.unseal(home, passphrase(settings_of(home)))
        say("Open")
