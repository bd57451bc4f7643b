"""The installation a verb works on: ``--home DIR`` or ``SLUIS_HOME``, and the passphrase that opens it."""

import getpass
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from gateway.settings import Settings
from gateway.usecases import UseCases, use_cases
from gateway.wiring import Gateway, assemble

Home = Annotated[
    Path, typer.Option("--home", envvar="SLUIS_HOME", help="Map van de installatie.", show_default=False)
]


def settings_of(home: Path) -> Settings:
    """Read the settings of an installation: ``settings.env`` in its folder, then the environment."""
    return Settings(home=home, _env_file=home / "settings.env")


def passphrase(settings: Settings, *, confirm: bool = False) -> bytearray:
    """Get the passphrase: from the file of the settings, from ``SLUIS_PASSPHRASE``, or typed twice."""
    if settings.passphrase_file is not None:
        return bytearray(settings.passphrase_file.read_bytes().strip())
    given = os.environb.get(b"SLUIS_PASSPHRASE")
    if given is not None:
        return bytearray(given)
    if not sys.stdin.isatty():
        raise typer.BadParameter("Geef het wachtwoord met SLUIS_PASSPHRASE_FILE of SLUIS_PASSPHRASE")
    typed = getpass.getpass("Wachtwoord van de sleutels: ")
    if confirm and getpass.getpass("Nog eens: ") != typed:
        raise typer.BadParameter("De twee wachtwoorden verschillen")
    return bytearray(typed.encode())


@contextmanager
def opened(home: Path) -> Iterator[tuple[Gateway, UseCases]]:
    """Open an installation for one verb and close it after."""
    settings = settings_of(home)
    gateway = assemble(settings)
    try:
        gateway.unseal(passphrase(settings))
        yield gateway, use_cases(gateway, settings.origin or "https://sluis.example")
    finally:
        gateway.close()
