"""The verb ``demo`` at its edges; the month itself is proved where the README shows it."""

from pathlib import Path

import pytest

from tests.support.cli import call, environment, run


def test_a_seed_is_a_number() -> None:
    assert call("demo", "--seed", "veel").code == 2
    assert call("demo", "--bestaat-niet").code == 2


def test_the_demo_does_not_play_in_an_installation_that_is_there(home: Path) -> None:
    """Synthetic people never get among real ones."""
    before = {path.name: path.read_bytes() for path in home.iterdir()}
    told = run("demo", "--home", home, env=environment(passphrase=None))
    assert (told.code, told.out) == (1, "")
    assert told.err == "In deze map staat al een installatie, of een deel ervan\n"
    assert {path.name: path.read_bytes() for path in home.iterdir()} == before


@pytest.mark.parametrize("option", ["--home", "--credentials", "--seed", "--months", "--serve", "--tamper"])
def test_the_help_of_the_demo_names_every_option(option: str) -> None:
    assert option in call("demo", "--help").out
