"""One service for all tests of a file in this folder; what a test needs, its recipe brings in."""

from collections.abc import Iterator

import pytest

from tests.support.service import Service, a_service


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The whole service behind a real socket."""
    with a_service(tmp_path_factory.mktemp("dienst"), Service) as running:
        yield running
