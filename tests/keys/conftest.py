"""A key store per test module's wish: ``ring`` is open for all classes, ``home`` is its folder."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from keys.envelope import Vault
from keys.keyring import Keyring
from tests.support.keys import Monotonic, open_keyring


@pytest.fixture
def clock() -> Monotonic:
    return Monotonic()


@pytest.fixture
def ring(tmp_path: Path, clock: Monotonic) -> Iterator[Keyring]:
    keyring = open_keyring(tmp_path, clock=clock)
    yield keyring
    keyring.close()


@pytest.fixture
def vault(ring: Keyring) -> Vault:
    return Vault(ring)
