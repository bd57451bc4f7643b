"""The token endpoint over a real socket: client credentials with a signed assertion, and nothing else."""

import ast
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

import gateway
from gateway.api.limits import Limits
from gateway.api.oauth import token_route
from schemas.errors import Unavailable
from tests.support.forgeries import insiders, outsiders
from tests.support.frame import Service, build, live
from tests.support.tokens import ISSUER, Authority, client_row, good_assertion, good_token

REFUSED = {"error": "invalid_client", "error_description": "Client authentication failed"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def ask(service: Service, **form: Any) -> httpx2.Response:
    return service.http.post("/oauth/token", data=form)


def test_a_client_gets_a_token_and_the_token_opens_the_api(service: Service) -> None:
    answer = ask(service, **service.authority.form(scope="aanleveren"))
    assert answer.status_code == 200
    assert (answer.headers["cache-control"], answer.headers["pragma"]) == ("no-store", "no-cache")
    body = answer.json()
    assert body.keys() == {"access_token", "token_type", "expires_in", "scope"}
    assert (body["token_type"], body["expires_in"], body["scope"]) == ("Bearer", 300, "aanleveren")
    bearer = {"Authorization": f"bearer {body['access_token']}"}
    assert service.http.get("/v1/voorbeelden", headers=bearer).status_code == 200


def test_without_a_scope_the_client_gets_all_its_purposes(service: Service) -> None:
    assert ask(service, **service.authority.form()).json()["scope"] == "aanleveren terugkoppelen"
    again = ask(service, **service.authority.form(scope="terugkoppelen terugkoppelen"))
    assert again.json()["scope"] == "terugkoppelen"


@pytest.mark.parametrize("scope", ["bellen", "aanleveren bellen", "aanleveren,terugkoppelen", "*", "é"])
def test_a_scope_that_is_not_the_clients_is_invalid(service: Service, scope: str) -> None:
    answer = ask(service, **service.authority.form(scope=scope))
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_scope")
    assert answer.headers["cache-control"] == "no-store"


def test_an_assertion_is_good_for_one_token(service: Service) -> None:
    form = service.authority.form()
    assert ask(service, **form).status_code == 200
    again = ask(service, **form)
    assert (again.status_code, again.json()) == (401, REFUSED)


def test_a_request_that_lost_a_race_for_its_assertion_is_refused_as_any_other(service: Service) -> None:
    form = service.authority.form()
    service.authority.assertions._spent = lambda _client, _jti: False
    assert ask(service, **form).status_code == 200
    again = ask(service, **form)
    assert (again.status_code, again.json()) == (401, REFUSED)


@pytest.mark.parametrize(
    "change",
    [
        {"client_assertion": ""},
        {"client_assertion": "x"},
        {"client_assertion_type": ""},
        {"client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:saml2-bearer"},
        {"client_id": "energie"},
        {"client_id": ""},
    ],
)
def test_every_failed_proof_gets_the_same_answer(service: Service, change: dict[str, str]) -> None:
    answer = ask(service, **(service.authority.form() | change))
    if change == {"client_id": ""}:  # an empty field counts as left out (RFC 6749 3.1)
        assert answer.status_code == 200
    else:
        assert (answer.status_code, answer.json()) == (401, REFUSED)


def test_a_proof_that_is_missing_altogether_gets_it_too(service: Service) -> None:
    for form in (
        {"grant_type": "client_credentials"},
        {"grant_type": "client_credentials", "client_id": "corporatie"},
    ):
        answer = ask(service, **form)
        assert (answer.status_code, answer.json()) == (401, REFUSED)


@pytest.mark.parametrize(
    "grant",
    [
        "authorization_code",
        "refresh_token",
        "password",
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "x",
    ],
)
def test_there_is_one_grant(service: Service, grant: str) -> None:
    answer = ask(service, **(service.authority.form() | {"grant_type": grant}))
    assert (answer.status_code, answer.json()["error"]) == (400, "unsupported_grant_type")


@pytest.mark.parametrize("grant", [None, ""])
def test_a_request_that_names_no_grant_is_no_request(service: Service, grant: str | None) -> None:
    """An empty field counts as left out (RFC 6749 3.1)."""
    form = service.authority.form()
    named = {} if grant is None else {"grant_type": grant}
    for sent in ({key: value for key, value in form.items() if key != "grant_type"} | named, named):
        answer = ask(service, **sent)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    assert ask(service, **form).status_code == 200


def test_a_second_way_to_authenticate_is_no_request(service: Service) -> None:
    form = service.authority.form()
    twice = ask(service, **form, client_secret="x")
    basic = service.http.post("/oauth/token", data=form, auth=("corporatie", "x"))
    for answer in (twice, basic):
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    assert ask(service, **form).status_code == 200


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        (FORM, b"grant_type=client_credentials&grant_type=client_credentials"),
        (FORM, b"grant_type=\xff"),
        (FORM, b"grant_type=%ff"),
        (FORM, b"&".join(b"a%d=1" % n for n in range(50))),
        (FORM, b"grant_type=" + b"x" * 20_000),
        ({"Content-Type": "application/json"}, b'{"grant_type":"client_credentials"}'),
        ({}, b"grant_type=client_credentials"),
    ],
)
def test_a_form_that_cannot_be_read_is_no_request(
    service: Service, headers: dict[str, str], body: bytes
) -> None:
    answer = service.http.post("/oauth/token", headers=headers, content=body)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    assert answer.headers["content-type"] == "application/json"


def test_no_attack_on_an_assertion_gets_a_token(service: Service) -> None:
    good = good_assertion(service.authority)
    for name, text in (*outsiders(good), *insiders(good)):
        form = service.authority.form() | {"client_assertion": text.encode("utf-8", "replace").decode()}
        answer = ask(service, **form)
        refused = (answer.status_code, answer.json()) == (401, REFUSED)
        assert refused or (len(text) > 9_000 and answer.json()["error"] == "invalid_request"), name
    assert ask(service, **(service.authority.form() | {"client_assertion": good.token})).status_code == 200


def test_no_attack_on_an_access_token_opens_the_api(service: Service) -> None:
    good = good_token(service.authority)
    expected = service.http.get("/v1/voorbeelden")
    assert expected.status_code == 401
    tried = 0
    for name, text in (*outsiders(good), *insiders(good)):
        if (
            not text
            or not text.isascii()
            or not text.isprintable()
            or text != text.strip()
            or len(text) > 15_000
        ):
            continue  # no header of HTTP can carry it
        answer = service.http.get("/v1/voorbeelden", headers={"Authorization": f"Bearer {text}"})
        assert (answer.status_code, answer.content) == (401, expected.content), name
        without_date = [{k: v for k, v in a.headers.items() if k != "date"} for a in (answer, expected)]
        assert without_date[0] == without_date[1], name
        tried += 1
    assert tried >= 150
    headers = {"Authorization": f"Bearer {good.token}"}
    assert service.http.get("/v1/voorbeelden", headers=headers).status_code == 200


def test_a_token_counts_in_the_header_only(service: Service) -> None:
    bearer = service.authority.bearer()
    attempts: list[dict[str, Any]] = [
        {"params": {"access_token": bearer}},
        {"cookies": {"access_token": bearer}},
        {"headers": {"Authorization": bearer}},
        {"headers": {"Authorization": f"DPoP {bearer}"}},
        {"headers": {"Authorization": f"Basic {bearer}"}},
        {"headers": {"Authorization": f"Bearer  {bearer}"}},
        {"headers": {"Authorization": "Bearer"}},
        {"headers": {"Authorization": f"Barrel {bearer}"}},
        {"headers": {"X-Authorization": f"Bearer {bearer}"}},
        {"headers": [("Authorization", f"Bearer {bearer}"), ("Authorization", f"Bearer {bearer}")]},
    ]
    for attempt in attempts:
        headers = attempt.pop("headers", {})
        cookie = {"Cookie": f"access_token={bearer}"} if attempt.pop("cookies", None) else {}
        sent = [*(headers.items() if isinstance(headers, dict) else headers), *cookie.items()]
        answer = service.http.get("/v1/voorbeelden", headers=sent, **attempt)
        assert answer.status_code == 401


def test_a_token_for_another_purpose_is_refused_with_the_reason(service: Service) -> None:
    answer = service.http.get("/v1/voorbeelden/bellen", headers=service.bearer("aanleveren"))
    assert answer.status_code == 403
    assert answer.json()["type"] == "/problemen/doel_ontbreekt"
    assert answer.json()["redenen"] == [
        {"voorwaarde": "doel", "uitleg": "Vraag een token met het doel bellen"}
    ]
    named = service.http.get("/v1/voorbeelden/doelen/bellen", headers=service.bearer("aanleveren"))
    assert (named.status_code, named.json()["redenen"][0]["voorwaarde"]) == (403, "doel")
    own = service.http.get("/v1/voorbeelden/doelen/aanleveren", headers=service.bearer("aanleveren"))
    assert own.status_code == 200


def test_the_metadata_leads_to_the_endpoint_and_the_keys(service: Service) -> None:
    first, second = (
        service.http.get(f"/.well-known/{name}")
        for name in ("oauth-authorization-server", "openid-configuration")
    )
    assert first.json() == second.json()
    described = first.json()
    assert first.headers["cache-control"] == "public, max-age=604800"
    assert described["issuer"] == ISSUER
    assert described["grant_types_supported"] == ["client_credentials"]
    assert described["token_endpoint_auth_methods_supported"] == ["private_key_jwt"]
    assert described["token_endpoint_auth_signing_alg_values_supported"] == ["PS256", "ES256", "RS256"]
    assert (
        service.http.get(described["jwks_uri"].removeprefix(ISSUER)).json()
        == service.authority.service.jwks()
    )
    form = service.authority.form()
    assert service.http.post(described["token_endpoint"].removeprefix(ISSUER), data=form).status_code == 200


@contextmanager
def served(authority: Authority, per_minute: int = 60_000) -> Iterator[httpx2.Client]:
    app = build(authority, per_minute=per_minute)
    with live(app) as server, httpx2.Client(base_url=server.url) as http:
        yield http


def test_a_client_that_asks_too_often_has_to_wait() -> None:
    authority = Authority()
    with served(authority, per_minute=30) as http:
        tokens = [http.post("/oauth/token", data=authority.form()) for _ in range(4)]
        calls = [
            http.get("/v1/voorbeelden", headers={"Authorization": f"Bearer {authority.bearer()}"})
            for _ in range(4)
        ]
    assert [answer.status_code for answer in tokens] == [200, 200, 200, 429]
    assert tokens[-1].json()["error"] == "temporarily_unavailable"
    assert [answer.status_code for answer in calls] == [200, 200, 200, 429]
    assert calls[-1].json()["type"] == "/problemen/te_vaak"
    assert all(1 <= int(answers[-1].headers["retry-after"]) <= 2 for answers in (tokens, calls))


def test_a_store_that_does_not_answer_is_no_reason_to_issue() -> None:
    authority = Authority(clients={"corporatie": client_row()})

    def unavailable(client_id: str, jti: str) -> bool:
        raise Unavailable

    authority.assertions._spent = unavailable
    with served(authority) as http:
        answer = http.post("/oauth/token", data=authority.form())
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert answer.json()["error"] == "temporarily_unavailable"


def test_authlibs_own_assertion_verifier_is_used_nowhere() -> None:
    banned = ("authlib.jose", "authlib.oauth2.rfc7523", "authlib.integrations")
    root = Path(gateway.__file__).parent.parent
    files = [
        path for room in ("gateway", "keys", "audit", "connectors") for path in (root / room).rglob("*.py")
    ]
    imported = {
        module
        for path in files
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        for module in _modules(node)
    }
    assert "authlib.oauth2.rfc6749" in imported
    assert not [name for name in imported if name.startswith(banned)]


def _modules(node: ast.AST) -> list[str]:
    if isinstance(node, ast.ImportFrom):
        return [node.module or ""]
    return [alias.name for alias in node.names] if isinstance(node, ast.Import) else []


def test_the_route_is_post_only_and_its_texts_are_ascii() -> None:
    route = token_route(Authority().service, Limits(60, lambda: 0.0))
    assert route.methods == {"POST"}
    assert json.dumps(REFUSED).isascii()
