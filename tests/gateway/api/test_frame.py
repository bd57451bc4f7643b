"""What every answer carries, and what the frame does with requests that do not behave."""

import json
import socket
import time
from typing import Any

import httpx2
import pytest

from gateway.api.frame import SECURITY_HEADERS
from gateway.api.routes import MAX_JSON
from tests.support.frame import CANARY, CAP, Service, build, live
from tests.support.tokens import Authority

PATH = "/v1/voorbeelden"
LINE = {"naam": "Jansen", "geboortedatum": "1980-02-29"}

ANSWERS = [
    ("GET", PATH, 200),
    ("GET", f"{PATH}/openbaar", 200),
    ("GET", f"{PATH}/{'0' * 32}", 404),
    ("DELETE", f"{PATH}/{'0' * 32}", 204),
    ("GET", f"{PATH}/bellen", 403),
    ("GET", f"{PATH}/kapot", 500),
    ("GET", f"{PATH}/onbetrouwbaar", 500),
    ("GET", f"{PATH}?maxResults=0", 400),
    ("PUT", PATH, 405),
    ("GET", f"{PATH}/", 404),
    ("GET", "/v1", 404),
    ("GET", "/v1/", 404),
    ("GET", "/v1/nergens", 404),
    ("GET", "/nergens", 404),
    ("GET", "/docs", 404),
    ("GET", "/v1/docs", 404),
    ("GET", "/openapi.json", 404),
    ("GET", "/v1/openapi.json", 200),
    ("PUT", "/oauth/token", 405),
    ("GET", "/.well-known/jwks.json", 200),
    ("GET", "/.well-known/jwks.json/", 404),
]


@pytest.mark.parametrize(("method", "path", "status"), ANSWERS)
def test_every_answer_carries_version_and_security_headers(
    service: Service, method: str, path: str, status: int
) -> None:
    answer = service.http.request(method, path, headers=service.bearer())
    assert answer.status_code == status
    assert answer.headers["api-version"] == "1.2.3"
    for name, value in SECURITY_HEADERS:
        found = answer.headers[name.decode()]
        assert found == value.decode() or (name == b"cache-control" and path.startswith("/.well-known"))
    assert "server" not in answer.headers
    assert len(answer.headers.get_list("cache-control")) == 1


@pytest.mark.parametrize(("method", "path", "status"), [a for a in ANSWERS if a[2] >= 400])
def test_every_error_is_a_problem_document_in_dutch(
    service: Service, method: str, path: str, status: int
) -> None:
    answer = service.http.request(method, path, headers=service.bearer())
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["status"] == status
    assert body["type"].startswith("/problemen/")
    assert body["title"]
    assert body["detail"]
    assert body.keys() <= {"type", "title", "status", "detail", "errors", "redenen"}


@pytest.mark.parametrize(("method", "path", "status"), [a for a in ANSWERS if a[0] == "GET" and a[2] != 500])
def test_head_answers_as_get_without_a_body(service: Service, method: str, path: str, status: int) -> None:
    full = service.http.request(method, path, headers=service.bearer())
    head = service.http.head(path, headers=service.bearer())
    assert (head.status_code, head.content) == (status, b"")
    for name in ("content-type", "content-length", "api-version"):
        assert head.headers.get(name) == full.headers.get(name)


def test_a_connection_is_in_step_after_a_head(service: Service) -> None:
    request = f"HEAD {PATH}/openbaar HTTP/1.1\r\nHost: x\r\n\r\nGET {PATH}/openbaar HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    answer = exchange(service, request.encode())
    assert answer.count(b"HTTP/1.1 200") == 2
    assert answer.count(b'{"aantal":0}') == 1


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("PUT", PATH, "GET, HEAD, POST"),
        ("DELETE", PATH, "GET, HEAD, POST"),
        ("POST", f"{PATH}/{'0' * 32}", "DELETE, GET, HEAD"),
        ("OPTIONS", PATH, "GET, HEAD, POST"),
        ("OPTIONS", f"{PATH}/bellen", "GET, HEAD"),
        ("PUT", f"{PATH}/bestanden", "POST"),
        ("GET", "/oauth/token", "POST"),
        ("HEAD", "/oauth/token", "POST"),
        ("POST", "/.well-known/jwks.json", "GET, HEAD"),
        ("POST", "/v1/openapi.json", "GET, HEAD"),
    ],
)
def test_a_405_names_every_method_of_the_path(service: Service, method: str, path: str, allow: str) -> None:
    answer = service.http.request(method, path, headers=service.bearer())
    assert answer.status_code == 405
    assert answer.headers["allow"] == allow


@pytest.mark.parametrize(
    "wish", ["text/html", "application/xml", "application/json;q=0", "image/*", "application/jsonx", "", "x"]
)
def test_an_answer_in_another_format_is_not_pretended(service: Service, wish: str) -> None:
    answer = service.http.get(PATH, headers=service.bearer() | {"Accept": wish})
    assert (answer.status_code, answer.json()["type"]) == (406, "/problemen/antwoordformaat_onbekend")


@pytest.mark.parametrize(
    "wish",
    [
        "*/*",
        "application/json",
        "application/*",
        "text/html, application/json;q=0.1",
        "APPLICATION/JSON;v=1",
        "*/*;q=0.001",
    ],
)
def test_a_wish_that_json_meets_gets_json(service: Service, wish: str) -> None:
    answer = service.http.get(PATH, headers=service.bearer() | {"Accept": wish})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/xml"},
        {"Content-Type": "application/jsonx"},
        {"Content-Type": "application/vnd.api+json"},
        {"Content-Type": "multipart/form-data; boundary=x"},
        {"Content-Type": ""},
        {},
        {"Content-Type": "application/json", "Content-Encoding": "gzip"},
    ],
)
def test_a_body_in_another_format_is_not_read(service: Service, headers: dict[str, str]) -> None:
    answer = service.http.post(PATH, headers=service.bearer() | headers, content=b'{"regels":[]}')
    assert (answer.status_code, answer.json()["type"].partition("/problemen/")[2]) in {
        (415, "verkeerd_formaat"),
        (415, "codering_onbekend"),
    }


def test_a_route_reads_the_formats_that_its_contract_names(service: Service) -> None:
    for media_type in ("text/csv", "text/csv; charset=windows-1252", "application/json"):
        headers = service.bearer() | {"Content-Type": media_type}
        answer = service.http.post(f"{PATH}/bestanden", headers=headers, content=b"a;b\n")
        assert (answer.status_code, answer.json()) == (201, {"aantal": 4})
    other = service.bearer() | {"Content-Type": "application/pdf"}
    assert service.http.post(f"{PATH}/bestanden", headers=other, content=b"%PDF").status_code == 415


@pytest.mark.parametrize(
    "body",
    [
        b'{"regels":[],"regels":[]}',
        b'{"regels":NaN}',
        b'{"regels":[]',
        b"\xef\xbb\xbf{}",
        '{"regels":[]}'.encode("utf-16"),
        b'{"regels":["\xff"]}',
        b"[" * 100_000,
        b'{"regels":[' + b"9" * 5000 + b"]}",
        b"",
        b"\0",
    ],
)
def test_a_body_that_is_no_plain_json_is_refused_without_echo(service: Service, body: bytes) -> None:
    headers = service.bearer() | {"Content-Type": "application/json"}
    answer = service.http.post(PATH, headers=headers, content=body)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["veld"] == "body"


def test_a_stranger_is_refused_before_the_body_is_looked_at(service: Service) -> None:
    for body in (b"{", b'{"regels":1}', b"x" * (CAP + 1)):
        answer = service.http.post(PATH, headers={"Content-Type": "text/plain"}, content=body)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == 'Bearer realm="sluis"'


def test_a_body_of_the_largest_size_is_read_and_one_byte_more_is_not(service: Service) -> None:
    headers = service.bearer() | {"Content-Type": "text/csv"}
    assert service.http.post(f"{PATH}/bestanden", headers=headers, content=b"x" * CAP).json() == {
        "aantal": CAP
    }
    answer = service.http.post(f"{PATH}/bestanden", headers=headers, content=b"x" * (CAP + 1))
    assert (answer.status_code, answer.json()["type"]) == (413, "/problemen/te_groot")


def test_a_body_without_a_length_is_stopped_at_the_cap(service: Service) -> None:
    headers = service.bearer() | {"Content-Type": "text/csv"}
    for path, media_type in ((f"{PATH}/bestanden", "text/csv"), (PATH, "application/json")):
        endless = (b"x" * 10_000 for _ in range(100))
        answer = service.http.post(path, headers=headers | {"Content-Type": media_type}, content=endless)
        assert (answer.status_code, answer.headers["content-type"]) == (413, "application/problem+json")


def exchange(service: Service, request: bytes, *, wait: bool = True) -> bytes:
    """Send bytes as they are and read what comes back until the server hangs up."""
    with socket.create_connection((service.live.host, service.live.port), timeout=10) as connection:
        connection.sendall(request)
        if not wait:
            return b""
        seen = b""
        while part := connection.recv(65_536):
            seen += part
        return seen


def head_of(service: Service, path: str, length: int) -> bytes:
    bearer = service.bearer()["Authorization"]
    return (
        f"POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: {bearer}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {length}\r\nConnection: close\r\n\r\n"
    ).encode()


def test_a_body_that_is_announced_too_large_is_not_waited_for(service: Service) -> None:
    answer = exchange(service, head_of(service, PATH, CAP + 1))
    assert answer.startswith(b"HTTP/1.1 413")


def test_a_sender_that_dawdles_is_cut_off(service: Service) -> None:
    answer = exchange(service, head_of(service, PATH, 100) + b'{"regels":')
    assert answer.startswith(b"HTTP/1.1 408")
    assert b"application/problem+json" in answer


def mark(service: Service) -> int:
    """Wait until the lines of earlier requests are in (a line follows its answer) and count them."""
    seen = -1
    while seen != len(service.log.lines):
        seen = len(service.log.lines)
        time.sleep(0.05)
    return seen


def logged(service: Service, since: int, count: int) -> list[dict[str, Any]]:
    """Wait for lines of the request log after ``since``."""
    for _ in range(200):
        found = [json.loads(line) for line in service.log.lines[since:] if line.startswith('{"methode"')]
        if len(found) >= count:
            break
        time.sleep(0.02)
    return found


@pytest.mark.parametrize("path", [PATH, f"{PATH}/bestanden"])
def test_a_connection_cut_half_way_does_nothing_and_the_server_stays_up(service: Service, path: str) -> None:
    since = mark(service)
    body = json.dumps({"regels": [LINE | {"naam": CANARY}]}).encode()
    exchange(service, head_of(service, path, len(body) + 100) + body, wait=False)
    found = logged(service, since, 1)
    assert [(line["route"], line["status"]) for line in found] == [(path, 400)]
    assert "fout" not in found[0]
    assert not any(CANARY in line for line in service.log.lines)
    assert service.http.get(f"{PATH}/openbaar").status_code == 200


def test_one_line_per_request_says_only_what_it_may(service: Service) -> None:
    since = mark(service)
    ref = f"{PATH}/{'a' * 32}"
    service.http.get(
        f"{ref}?zoek={CANARY}", headers=service.bearer() | {"X-Naam": CANARY, "User-Agent": CANARY}
    )
    service.http.request(CANARY.upper(), f"/{CANARY}", headers={"Host": "x"})
    service.http.get("/.well-known/openid-configuration")
    read, odd, meta = logged(service, since, 3)
    ms = read.pop("ms")
    assert read == {
        "methode": "GET",
        "route": f"{PATH}/{{ref}}",
        "status": 404,
        "doel": "aanleveren",
        "partij": "signaalpartner",
        "code": "niet_gevonden",
    }
    assert isinstance(ms, float)
    assert (odd["methode"], odd["route"], odd["status"]) == ("ANDERS", "-", 404)
    assert meta["route"] == "/.well-known/openid-configuration"


def test_what_nobody_foresaw_leaves_its_type_and_route_and_nothing_else(service: Service) -> None:
    since = mark(service)
    answer = service.http.get(f"{PATH}/kapot", headers=service.bearer())
    assert answer.json() == {
        "type": "/problemen/intern",
        "title": "Er ging iets mis bij ons",
        "status": 500,
        "detail": "Er ging iets mis bij ons",
    }
    service.http.get(f"{PATH}/onbetrouwbaar", headers=service.bearer())
    broken, untrusted = logged(service, since, 2)
    assert (broken["fout"], broken["route"]) == ("RuntimeError", f"{PATH}/kapot")
    assert untrusted["code"] == "logboek_gebroken"
    assert not any(CANARY in line or "Traceback" in line for line in service.log.lines)


PLACES = {
    "path": ("GET", f"{PATH}/{CANARY}", {}, None),
    "unknown path": ("GET", f"/v1/{CANARY}", {}, None),
    "path outside": ("GET", f"/{CANARY}", {}, None),
    "query value": ("GET", f"{PATH}?maxResults={CANARY}", {}, None),
    "query name": ("GET", f"{PATH}?{CANARY}=1", {}, None),
    "method": (CANARY.upper(), PATH, {}, None),
    "accept": ("GET", PATH, {"Accept": CANARY}, None),
    "content type": ("POST", PATH, {"Content-Type": CANARY}, b"{}"),
    "content encoding": (
        "POST",
        PATH,
        {"Content-Type": "application/json", "Content-Encoding": CANARY},
        b"{}",
    ),
    "bearer": ("GET", PATH, {"Authorization": f"Bearer {CANARY}"}, None),
    "scheme": ("GET", PATH, {"Authorization": f"{CANARY} x"}, None),
    "purpose in path": ("GET", f"{PATH}/doelen/{CANARY}", {}, None),
    "body": ("POST", PATH, {"Content-Type": "application/json"}, CANARY.encode()),
    "value": ("POST", PATH, {"Content-Type": "application/json"}, json.dumps({"regels": CANARY}).encode()),
    "date": (
        "POST",
        PATH,
        {"Content-Type": "application/json"},
        json.dumps({"regels": [LINE | {"geboortedatum": CANARY}]}).encode(),
    ),
    "long name": (
        "POST",
        PATH,
        {"Content-Type": "application/json"},
        json.dumps({"regels": [LINE | {"naam": CANARY * 9}]}).encode(),
    ),
    "field name": ("POST", PATH, {"Content-Type": "application/json"}, json.dumps({CANARY: 1}).encode()),
    "field name deep": (
        "POST",
        PATH,
        {"Content-Type": "application/json"},
        json.dumps({"regels": [LINE | {CANARY: 1}]}).encode(),
    ),
    "field name twice": (
        "POST",
        PATH,
        {"Content-Type": "application/json"},
        f'{{"{CANARY}":1,"{CANARY}":2}}'.encode(),
    ),
    "token form": (
        "POST",
        "/oauth/token",
        {"Content-Type": "application/x-www-form-urlencoded"},
        f"grant_type={CANARY}&scope={CANARY}".encode(),
    ),
    "assertion": (
        "POST",
        "/oauth/token",
        {"Content-Type": "application/x-www-form-urlencoded"},
        f"grant_type=client_credentials&client_id={CANARY}&client_assertion={CANARY}".encode(),
    ),
    "token body": ("POST", "/oauth/token", {"Content-Type": CANARY}, CANARY.encode()),
}


@pytest.mark.parametrize("place", PLACES)
def test_nothing_that_was_sent_comes_back(service: Service, place: str) -> None:
    method, path, headers, body = PLACES[place]
    answer = service.http.request(method, path, headers=service.bearer() | headers, content=body)
    said = f"{answer.headers} {answer.text}".casefold()
    assert CANARY.casefold() not in said
    assert answer.status_code >= 400 or place == "query name"


def test_all_wrong_fields_are_named_at_once_by_place_and_code(service: Service) -> None:
    body = {"regels": [{"naam": "x" * 41}, LINE, {"naam": 1, "geboortedatum": "x", "extra": 1}], "meer": 1}
    answer = service.http.post(PATH, headers=service.bearer(), json=body)
    assert answer.status_code == 400
    assert [(error["veld"], error["code"]) for error in answer.json()["errors"]] == [
        ("regels.0.naam", "te_lang"),
        ("regels.0.geboortedatum", "verplicht"),
        ("regels.2.naam", "vorm"),
        ("regels.2.geboortedatum", "vorm"),
        ("regels.2.*", "onbekend_veld"),
        ("*", "onbekend_veld"),
    ]
    assert all(error["hint"] for error in answer.json()["errors"])


def test_a_wrong_query_is_named_as_the_contract_names_it(service: Service) -> None:
    answer = service.http.get(f"{PATH}?maxResults=0", headers=service.bearer())
    assert [(error["veld"], error["code"]) for error in answer.json()["errors"]] == [("maxResults", "vorm")]


def test_no_page_of_the_framework_is_left(service: Service) -> None:
    for path in ("/docs", "/redoc", "/openapi.json", "/v1/docs", "/v1/redoc", "/v1/docs/oauth2-redirect"):
        assert service.http.get(path).status_code == 404
    slash = service.http.get(f"{PATH}/openbaar/", headers=service.bearer(), follow_redirects=False)
    assert slash.status_code == 404


def test_the_contract_may_be_read_from_everywhere_and_nothing_else(service: Service) -> None:
    origin = {"Origin": "https://elders.example"}
    assert service.http.get("/v1/openapi.json", headers=origin).headers["access-control-allow-origin"] == "*"
    for path in (f"{PATH}/openbaar", "/.well-known/jwks.json", "/v1/nergens"):
        assert "access-control-allow-origin" not in service.http.get(path, headers=origin).headers


def test_json_of_a_model_is_capped_lower_than_a_delivery() -> None:
    authority = Authority()
    body = json.dumps({"regels": [LINE] * 25_000}).encode()
    assert len(body) > MAX_JSON
    headers = {"Authorization": f"Bearer {authority.bearer()}", "Content-Type": "application/json"}
    with live(build(authority)) as server, httpx2.Client(base_url=server.url) as http:
        assert http.post(PATH, headers=headers, content=body).status_code == 413
        assert http.post(f"{PATH}/bestanden", headers=headers, content=body).status_code == 201
