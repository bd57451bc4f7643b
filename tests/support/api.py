"""The whole service of an installation under test, asked in process with real tokens."""

import asyncio
import itertools
from collections.abc import Mapping
from typing import Any

import httpx2

from gateway.app import create_app
from gateway.services.tokens import Client
from gateway.usecases import use_cases
from keys.tokens import Assertion
from schemas.principal import Principal
from tests.support.installation import Town

ISSUER = "https://sluis.example"
CANARY = "Kanarie-9413"
"""A value that no answer may ever repeat."""


class Api:
    """Every route of ``/v1`` over one town."""

    def __init__(self, town: Town) -> None:
        self._app = create_app(town.gateway, ISSUER)
        self._tokens = use_cases(town.gateway, ISSUER).tokens
        self._proofs = itertools.count()

    def get(self, asker: Principal, path: str, **more: Any) -> httpx2.Response:
        """Ask as somebody with all the purposes of that party."""
        return self.send(asker, "GET", path, **more)

    def post(self, asker: Principal, path: str, body: Any = None, **more: Any) -> httpx2.Response:
        """Send JSON as somebody."""
        return self.send(asker, "POST", path, **({} if body is None else {"json": body}), **more)

    def send(self, asker: Principal, method: str, path: str, **more: Any) -> httpx2.Response:
        """Send a request; the answer never repeats the canary."""
        headers = {"Authorization": f"Bearer {self._bearer(asker)}", **more.pop("headers", {})}
        answer = asyncio.run(self._send(method, path, headers, more))
        assert CANARY not in answer.text
        return answer

    async def _send(
        self, method: str, path: str, headers: Mapping[str, str], more: Mapping[str, Any]
    ) -> httpx2.Response:
        transport = httpx2.ASGITransport(app=self._app)
        async with httpx2.AsyncClient(transport=transport, base_url=f"{ISSUER}/v1") as http:
            return await http.request(method, path, headers=headers, **more)

    def _bearer(self, asker: Principal) -> str:
        client = Client(
            client_id=asker.client,
            tenant=asker.tenant,
            party=asker.party,
            kind=asker.kind,
            user=asker.user,
            purposes=tuple(sorted(asker.purposes)),
            proof=Assertion(asker.client, f"proof-{next(self._proofs)}", 2**40),
        )
        return str(self._tokens.issue(client, None)["access_token"])


def wrong(answer: httpx2.Response) -> set[str]:
    """Give the fields that a 400 names."""
    assert answer.status_code == 400, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    return {problem["veld"] for problem in answer.json()["errors"]}


def problem(answer: httpx2.Response) -> tuple[int, str]:
    """Give status and code of a problem document."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    found = answer.json()
    assert found["status"] == answer.status_code
    return answer.status_code, found["type"].removeprefix("/problemen/")
