"""A service of its own for every journey."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.service import Service, a_service


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    """The whole service behind a real socket."""
    with a_service(tmp_path, Service) as running:
        yield running
