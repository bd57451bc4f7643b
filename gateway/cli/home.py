"""The installation a verb works on: ``--home DIR`` or ``SLUIS_HOME``, and the passphrase that opens it."""

import getpass
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from gateway.settings import Settings
    from gateway.usecases import UseCases
    from gateway.wiring import Gateway
    from schemas.principal import Principal

LONGEST = 1024
"""Bytes of a passphrase; the operator's door reads no more."""

Home = Annotated[
    Path, typer.Option("--home", envvar="SLUIS_HOME", help="Map van de installatie.", show_default=False)
]


def settings_of(home: Path) -> "Settings":
    """Read the settings of an installation: ``settings.env`` in its folder, then the environment."""
    from pydantic import ValidationError

    from gateway.settings import Settings

    try:
        return Settings(home=home, _env_file=home / "settings.env")
    except ValidationError as problem:
        wrong = ", ".join(f"SLUIS_{error['loc'][0]}".upper() for error in problem.errors())
        raise typer.BadParameter(f"Deze instelling klopt niet: {wrong}") from None


def passphrase(settings: "Settings", *, confirm: bool = False) -> bytearray:
    """Get the passphrase: from the file of the settings, from ``SLUIS_PASSPHRASE``, or typed twice."""
    given = _given(settings, confirm=confirm)
    if not 0 < len(given) <= LONGEST:
        raise typer.BadParameter(f"Het wachtwoord is leeg of langer dan {LONGEST} bytes")
    return given


def _given(settings: "Settings", *, confirm: bool) -> bytearray:
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
def opened(home: Path, *, keys: bool = True) -> Iterator[tuple["Gateway", "UseCases"]]:
    """Open an installation for one verb and close it after; without ``keys`` it stays sealed and asks nothing."""
    from gateway.usecases import use_cases
    from gateway.wiring import assemble

    settings = settings_of(home)
    gateway = assemble(settings)
    try:
        if keys:
            gateway.unseal(passphrase(settings))
        yield gateway, use_cases(gateway, settings.origin or "https://sluis.example")
    finally:
        gateway.close()


def operator_of(gateway: "Gateway") -> "Principal":
    """Stand for whoever works at the command line of this installation."""
    from gateway.services.administration import operator
    from schemas.ids import Tenant

    return operator(Tenant(gateway.house.settings.tenant))
