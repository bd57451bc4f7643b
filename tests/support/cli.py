"""The command line in tests: as a process of its own, as a user has it, or in this process where that is enough.

Every answer is searched for the canary: what stands in the files of these tests may come back on stdout only where a
verb's result is made of it, and never on stderr.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from audit import query
from gateway.cli.main import app
from gateway.settings import Settings
from gateway.wiring import Gateway, assemble, found
from keys.profiles import CHEAPEST

PASSPHRASE = "correct horse battery staple"
CANARY = "Kanariepiet"
"""A surname of the files in these tests."""


@dataclass(frozen=True)
class Ran:
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def documents(self) -> list[dict[str, Any]]:
        """Stdout as one JSON document per line; anything else on stdout is an error."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def document(self) -> dict[str, Any]:
        """The one document on stdout."""
        (only,) = self.documents
        return only


def environment(home: Path | None = None, passphrase: str | None = PASSPHRASE, **more: str) -> dict[str, str]:
    """Give the environment of a command: nothing of ``SLUIS_`` but what is named here."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("SLUIS_")}
    given = {"SLUIS_HOME": home, "SLUIS_PASSPHRASE": passphrase}
    kept = {name: os.environ[name] for name in ("SLUIS_TEST_EGRESS",) if name in os.environ}
    return clean | kept | {name: str(value) for name, value in given.items() if value is not None} | more


def run(*words: str | Path, env: Mapping[str, str] | None = None) -> Ran:
    """Run the command as a process of its own."""
    command = [sys.executable, "-m", "gateway", *map(str, words)]
    done = subprocess.run(
        command,
        capture_output=True,
        check=False,
        stdin=subprocess.DEVNULL,
        env=dict(env) if env is not None else environment(),
    )
    return _quiet(Ran(done.returncode, done.stdout.decode(), done.stderr.decode()))


def call(*words: str | Path, home: Path | None = None, passphrase: str | None = PASSPHRASE) -> Ran:
    """Run the command in this process; an error that the command did not foresee is raised here."""
    own = environment(home, passphrase)
    env = {name: own.get(name) for name in {*own, *os.environ} if name.startswith("SLUIS_")}
    done = CliRunner(env=env).invoke(app, [str(word) for word in words])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return _quiet(Ran(done.exit_code, done.stdout, done.stderr))


def _quiet(ran: Ran) -> Ran:
    assert CANARY.casefold() not in ran.err.casefold()
    assert "Traceback" not in ran.err
    return ran


def an_installation(folder: Path) -> Path:
    """Found an installation at the lowest costs of its passphrase; gives its home."""
    home = folder / "sluis"
    found(Settings(home=home), PASSPHRASE.encode(), CHEAPEST)
    return home


def a_partner(home: Path, party: str = "woonstichting") -> str:
    """Put a housing corporation on record by the command line."""
    words = (
        "--kind",
        "signaalpartner",
        "--name",
        "Woonstichting",
        "--number",
        "12345678",
        "--sector",
        "huur",
    )
    assert call("party", "add", party, *words, home=home).code == 0
    return party


def an_open_gateway(home: Path) -> Gateway:
    """Open an installation in this process; the caller closes it."""
    gateway = assemble(Settings(home=home))
    gateway.unseal(PASSPHRASE.encode())
    return gateway


def receipt_of(home: Path, index: int) -> str:
    """Ask the receipt of an entry of the log, as the API gives it."""
    gateway = an_open_gateway(home)
    try:
        with gateway.house.store.read() as connection:
            (year,) = query.years(connection, "GM0637")
            return str(query.inclusion(connection, "GM0637", year, index))
    finally:
        gateway.close()
