"""Under the service: what is no HTTP gets the answer that everything wrong gets, and nobody says who another is."""

import json
import socket
from collections.abc import Iterator

import httpx2
import pytest
from starlette.types import Receive, Scope, Send

from gateway.api.contract import API_VERSION
from tests.support.frame import CANARY, Live, live

GOOD = b"GET /adres HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 203.0.113.9\r\nForwarded: for=203.0.113.9\r\n\r\n"
STREAM = b"POST /stroom HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
NO_HTTP = {
    "text": CANARY.encode() + b"\r\n\r\n",
    "bytes": bytes(range(128, 256)) + b"\r\n\r\n",
    "tls": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 50 + b"\r\n\r\n",
    "two lengths": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
    "no host": b"GET / HTTP/1.1\r\n\r\n",
    "a space in a name": b"GET / HTTP/1.1\r\nHost : x\r\n\r\n",
}


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Say who asks; on ``/stroom`` begin an answer and wait for more."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    if scope["path"] == "/stroom":
        await send({"type": "http.response.body", "body": b"begin", "more_body": True})
        while (await receive())["type"] != "http.disconnect":
            pass
    else:
        await send({"type": "http.response.body", "body": scope["client"][0].encode()})


@pytest.fixture(scope="module")
def server() -> Iterator[Live]:
    with live(application) as running:
        yield running


def say(server: Live, sent: bytes) -> bytes:
    """Send this and give all that comes back until the server hangs up."""
    with socket.create_connection((server.host, server.port), timeout=20) as line:
        line.sendall(sent)
        found = bytearray()
        while more := line.recv(65_536):
            found += more
    return bytes(found)


def assert_problem(answer: bytes) -> None:
    head, _, body = answer.partition(b"\r\n\r\n")
    status, *lines = head.decode("ascii").split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    assert status == "HTTP/1.1 400 Bad Request"
    assert headers["content-type"] == "application/problem+json"
    assert (headers["api-version"], headers["connection"]) == (API_VERSION, "close")
    assert headers["cache-control"] == "no-store"
    assert int(headers["content-length"]) == len(body)
    found = json.loads(body)
    assert (found["status"], found["type"]) == (400, "/problemen/ongeldig")
    assert CANARY.encode() not in answer


@pytest.mark.parametrize("sent", NO_HTTP.values(), ids=NO_HTTP)
def test_what_is_no_http_gets_a_problem_document_with_the_version(server: Live, sent: bytes) -> None:
    assert_problem(say(server, sent))


def test_no_http_after_a_good_request_gets_it_too(server: Live) -> None:
    answer = say(server, GOOD + NO_HTTP["text"])
    assert answer.startswith(b"HTTP/1.1 200")
    assert_problem(answer[answer.rindex(b"HTTP/1.1 400") :])


def test_a_body_that_breaks_off_into_nonsense_ends_the_answer_that_had_begun(server: Live) -> None:
    with socket.create_connection((server.host, server.port), timeout=20) as line:
        line.sendall(STREAM)
        found = bytearray()
        while b"begin" not in found:
            found += line.recv(65_536)
        line.sendall(b"xyz\r\n")
        while more := line.recv(65_536):
            found += more
    assert found.count(b"HTTP/1.1 ") == 1
    assert b"ongeldig" not in found


def test_nobody_says_for_another_where_a_request_comes_from(server: Live) -> None:
    answer = httpx2.get(f"{server.url}/adres", headers={"X-Forwarded-For": "203.0.113.9"})
    assert answer.text == "127.0.0.1"
