"""A town of its own for every test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.installation import Town, an_installation


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    """An open installation with its cast; see ``tests.support.installation``."""
    with an_installation(tmp_path) as opened:
        yield opened
