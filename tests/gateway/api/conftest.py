"""One live server in the frame for all tests of a file in this folder; and the whole service over a town."""

import logging
from collections.abc import Iterator

import httpx2
import pytest

from gateway.api.frame import BodyLimits
from tests.support.api import Api
from tests.support.frame import CANARY, CAP, Lines, Service, build, live
from tests.support.installation import Town, an_installation
from tests.support.tokens import Authority


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    authority, log = Authority(), Lines()
    root, own = logging.getLogger(), logging.getLogger("sluis.verzoek.test")
    root.addHandler(log)
    own.setLevel(logging.INFO)
    body = BodyLimits(body_bytes=CAP, body_seconds=1.0)
    with live(build(authority, body=body)) as server, httpx2.Client(base_url=server.url) as http:
        yield Service(server, http, authority, log)
    root.removeHandler(log)
    # The client of these tests logs its URLs; the server's own lines are in question.
    own_lines = [line for line in log.lines if "HTTP Request:" not in line]
    assert own_lines
    assert not [line for line in own_lines if CANARY.casefold() in line.casefold()]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """An open installation with its cast, one for all tests of a file; see ``tests.support.installation``."""
    with an_installation(tmp_path_factory.mktemp("town")) as opened:
        yield opened


@pytest.fixture(scope="module")
def api(town: Town) -> Api:
    """Every route over that town."""
    return Api(town)
