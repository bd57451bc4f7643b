"""An installation for every test that asks one, copied from one that was founded once."""

import shutil
from pathlib import Path

import pytest

from tests.support.cli import a_partner, an_installation


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation with one partner, to copy."""
    home = an_installation(tmp_path_factory.mktemp("cli"))
    a_partner(home)
    return home


@pytest.fixture
def home(founded: Path, tmp_path: Path) -> Path:
    """An installation with one partner, the test's own."""
    return Path(shutil.copytree(founded, tmp_path / "sluis"))
