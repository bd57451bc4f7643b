"""``sluis init``, ``sluis serve`` and ``sluis unseal``: making an installation and letting it work."""

import logging
import signal
import socket
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from gateway.cli.home import Home, passphrase, settings_of
from gateway.cli.speech import answering, fitting, say

if TYPE_CHECKING:
    from gateway.settings import Settings
    from gateway.wiring import Gateway


def add_to(app: typer.Typer) -> None:
    """Add the verbs."""
    app.command("init")(init)
    app.command("serve")(serve)
    app.command("unseal")(unseal)


def init(
    home: Home,
    tenant: Annotated[str, typer.Option(envvar="SLUIS_TENANT", help="Gemeentecode (CBS).")] = "GM0637",
) -> None:
    """Maak een nieuwe installatie: sleutelbestand, sleutelopslag en lege tabellen."""
    from gateway.wiring import found
    from schemas.validation import municipality

    with answering():
        code = fitting(municipality, tenant, "--tenant")
        settings = settings_of(home).model_copy(update={"tenant": code})
        found(settings, passphrase(settings, confirm=True))
        _remember(home, code)
        say(f"Installatie gemaakt in {home}. Bewaar het wachtwoord: zonder wachtwoord is alles onleesbaar.")


def _remember(home: Path, tenant: str) -> None:
    target = home / "settings.env"
    target.write_text(f"SLUIS_TENANT={tenant}\n", encoding="utf-8")
    target.chmod(0o600)


def serve(home: Home) -> None:
    """Laat de dienst werken; zonder wachtwoordbestand begint hij verzegeld."""
    from gateway.wiring import assemble

    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(message)s")
    # The server stops in good order on this signal and then raises it again; for a service that is a good end.
    signal.signal(signal.SIGTERM, _stop)
    with answering():
        settings = settings_of(home)
        gateway = assemble(settings)
        try:
            if settings.passphrase_file is not None:
                gateway.unseal(passphrase(settings))
            with _listening(settings.host, settings.port) as listener:
                _serve(gateway, settings, listener)
        finally:
            gateway.close()


def _stop(_number: int, _frame: object) -> NoReturn:
    raise SystemExit(0)


def _listening(host: str, port: int) -> socket.socket:
    """Listen; the protocol is named, or asyncio leaves Nagle's 40 ms on every answer (measured)."""
    family, kind, protocol, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP
    )[0]
    listener = socket.socket(family, kind, protocol)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(address)
    listener.listen(128)
    return listener


def _serve(gateway: "Gateway", settings: "Settings", listener: socket.socket) -> None:
    """Serve until a signal; the door of the operator is open for as long."""
    import uvicorn

    from gateway.api.wire import server_config
    from gateway.app import create_app
    from gateway.cli.control import Control, warning
    from gateway.wiring import prepare_process

    origin = f"http://{settings.host}:{listener.getsockname()[1]}"
    app = create_app(gateway, settings.origin or origin)
    control = Control(gateway, settings.home)
    control.start()
    try:
        prepare_process()
        sealed = f"Verzegeld; open met: sluis unseal --home {settings.home}"
        say(sealed if gateway.keyring.sealed else "\n".join(filter(None, ("Open", warning(gateway)))))
        say(f"Sluis luistert op {origin}")
        with suppress(KeyboardInterrupt):
            uvicorn.Server(server_config(app)).run(sockets=[listener])
    finally:
        control.close()


def unseal(home: Home) -> None:
    """Open de sleutels van een dienst die verzegeld draait."""
    from gateway.cli import control

    with answering():
        warning = control.ask(home, control.UNSEAL, passphrase(settings_of(home)))
        say("Open")
        if warning:
            say(warning)
