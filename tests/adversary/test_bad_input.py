"""Bad input to the service as the command line runs it: a clear answer, nothing stored, nothing repeated, still there.

The server is a process of its own; every test also shows that it goes on, and at the end that it said nothing about
what it was sent and never held more memory than it may.
"""

import contextlib
import io
import json
import re
import socket
import zipfile
from collections.abc import Iterator

import httpx2
import pytest

from connectors.registry import CSV, JSON, XLSX
from tests.support.deliveries import as_csv, as_json, as_xlsx, line, part, repack, sheet
from tests.support.service import Process, a_process

WORD = "Geheimpje"
"""Stands in everything that is sent, and may come back in nothing."""

SHEET = "xl/worksheets/sheet1.xml"
MEMORY = 700_000_000
"""Bytes that the process may hold while it reads the largest body that is allowed, one after the other."""


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    """The service as a process, for all tests of this file."""
    with a_process(tmp_path_factory.mktemp("slecht")) as process:
        yield process
        assert process.peak() < MEMORY
    said = process.said.read_text()
    assert "Traceback" not in said
    assert WORD not in said


@contextlib.contextmanager
def nothing_kept(running: Process) -> Iterator[None]:
    """Insist that the block changes no row, and that the service works as before."""
    before = running.rows()
    yield
    assert running.http.get(f"{running.origin}/gezondheid/klaar").status_code == 200
    assert {**running.rows(), "gateway_assertion": 0} == {**before, "gateway_assertion": 0}


def upload(running: Process, body: object, media_type: str, **headers: str) -> httpx2.Response:
    given = {"Content-Type": media_type, **headers}
    return running.ask("woonstichting", "POST", "/leveringen", content=body, headers=given)


def assert_refused(answer: httpx2.Response, *statuses: int) -> None:
    assert answer.status_code in statuses, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == answer.status_code
    assert problem["detail"]
    assert WORD not in answer.text


def good(**changes: str) -> dict[str, str]:
    dates = {"peildatum": "2026-11-01", "oudste_vordering": "2026-06-01"}
    return line(**({"plaats": WORD} | dates | changes))


def zipped(**parts: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return out.getvalue()


def bomb() -> bytes:
    """Make a workbook whose sheet is half a gigabyte of nothing once unpacked."""
    return repack(as_xlsx([good()]), {SHEET: b"<worksheet>" + b" " * 500_000_000 + b"</worksheet>"})


NOISE = bytes(range(256)) * 40
BODIES = {
    "garbage as csv": (NOISE, CSV),
    "garbage as json": (NOISE, JSON),
    "garbage as xlsx": (NOISE, XLSX),
    "nothing as csv": (b"", CSV),
    "nothing as json": (b"", JSON),
    "nothing as xlsx": (b"", XLSX),
    "utf-16 csv": (as_csv([good()]).decode().encode("utf-16"), CSV),
    "utf-16 json": (as_json([good()]).decode().encode("utf-16"), JSON),
    "latin json": (json.dumps([good(straat="Façade")], ensure_ascii=False).encode("latin-1"), JSON),
    "half a json": (as_json([good()])[:-40], JSON),
    "half an xlsx": (as_xlsx([good()])[:-40], XLSX),
    "a zip that is no workbook": (zipped(geheim=WORD.encode()), XLSX),
    "a member twice": (b'[{"achternaam": "%s", "achternaam": "%s"}]' % ((WORD.encode(),) * 2), JSON),
    "deep json": (b"[" * 100_000, JSON),
    "a long number": (b'[{"bedrag": ' + b"9" * 5_000 + b"]", JSON),
    "nan": (b'[{"bedrag": NaN}]', JSON),
    "json as csv": (as_json([good()]), CSV),
    "csv as json": (as_csv([good()]), JSON),
    "csv as xlsx": (as_csv([good()]), XLSX),
    "no column names": (as_csv([good()]).split(b"\r\n", 1)[1], CSV),
}


@pytest.mark.parametrize("case", BODIES)
def test_what_cannot_be_read_is_refused_whole(running: Process, case: str) -> None:
    body, media_type = BODIES[case]
    with nothing_kept(running):
        assert_refused(upload(running, body, media_type), 400, 413, 415)


@pytest.mark.parametrize(
    "media_type", ["text/plain", "application/xml", "", "application/json, text/csv", "multipart/form-data"]
)
def test_another_format_is_refused_before_it_is_read(running: Process, media_type: str) -> None:
    with nothing_kept(running):
        assert_refused(upload(running, as_json([good()]), media_type), 415)
        packed = upload(running, as_json([good()]), JSON, **{"Content-Encoding": "gzip"})
        assert_refused(packed, 415)


def test_a_bomb_in_a_workbook_does_not_go_off(running: Process) -> None:
    body = bomb()
    assert len(body) < 1_000_000
    with nothing_kept(running):
        assert_refused(upload(running, body, XLSX), 400, 413)
        entity = part(as_xlsx([good()]), SHEET)
        entity = b'<!DOCTYPE a [<!ENTITY b "' + b"c" * 1000 + b'">]>' + entity.split(b"?>", 1)[-1]
        assert_refused(upload(running, repack(as_xlsx([good()]), {SHEET: entity}), XLSX), 400)


def test_a_formula_refuses_its_line_alone(running: Process) -> None:
    rows = [good(signaal_ref="F-1", plaats="=1+1"), good(signaal_ref="F-2", achternaam=WORD)]
    body = sheet([list(rows[0]), *(list(row.values()) for row in rows)])
    before = running.rows()["gateway_signal"]
    receipt = upload(running, body, XLSX)
    assert [(r["code"], r["veld"]) for r in receipt.json()["resultaten"]] == [
        ("E_FIELD", "plaats"),
        ("ACCEPTED", None),
    ]
    assert "=1+1" not in receipt.text
    assert running.rows()["gateway_signal"] == before + 1


def test_a_field_of_a_million_characters_refuses_its_line_alone(running: Process) -> None:
    rows = [good(signaal_ref="L-1", achternaam=WORD * 111_112), good(signaal_ref="L-2", huisnummer="77")]
    for media_type, body in ((JSON, as_json(rows)), (CSV, as_csv(rows))):
        answer = running.ask(
            "woonstichting",
            "POST",
            "/leveringen?proef=true",
            content=body,
            headers={"Content-Type": media_type},
        )
        codes = [result["code"] for result in answer.json().get("resultaten", [])]
        assert codes == ["E_FIELD", "ACCEPTED"] or answer.status_code == 400
        assert WORD not in answer.text


def test_ten_million_lines_stop_at_the_cap(running: Process) -> None:
    header = as_csv([good()]).split(b"\r\n", 1)[0] + b"\r\n"
    with nothing_kept(running):
        assert_refused(upload(running, header + b";\n" * 10_000_000, CSV), 413)
        assert_refused(upload(running, b"[" + b"{}," * 5_000_000 + b"{}]", JSON), 413)
        small = as_csv([good(signaal_ref=f"M-{n}") for n in range(50_001)])
        assert_refused(upload(running, small, CSV), 413)


def test_an_endless_body_stops_at_the_cap(running: Process) -> None:
    """Twenty times the cap is on offer; the service hangs up long before."""
    sent = 0

    def endless() -> Iterator[bytes]:
        nonlocal sent
        yield as_csv([good()])
        for _ in range(500):
            sent += 1_000_000
            yield b";" * 999_999 + b"\n"

    with nothing_kept(running):
        try:
            answer: httpx2.Response | None = upload(running, endless(), CSV)
        except httpx2.TransportError:
            answer = None  # hung up while we were still sending
        if answer is not None:
            assert_refused(answer, 413)
        assert sent < 100_000_000
        announced = raw(running, "POST", "/v1/leveringen", {"Content-Length": "26000000"}, b"")
        assert announced.startswith(b"HTTP/1.1 413")


@pytest.mark.parametrize("media_type", [CSV, "text/plain"])
def test_the_service_hangs_up_on_who_goes_on_sending_after_a_refusal(
    running: Process, media_type: str
) -> None:
    stranger = {"Authorization": "Bearer niets", "Content-Type": media_type, "Transfer-Encoding": "chunked"}
    sent = 0
    with nothing_kept(running), wire(running) as line_:
        line_.sendall(head(running, "POST", "/v1/leveringen", stranger))
        with contextlib.suppress(ConnectionError):
            while sent < 500_000_000:
                line_.sendall(b"f4240\r\n" + b";" * 1_000_000 + b"\r\n")
                sent += 1_000_000
    assert sent < 100_000_000


# --- The wire ----------------------------------------------------------------------------------------------------------


def head(running: Process, method: str, path: str, headers: dict[str, str]) -> bytes:
    own = {"Host": "localhost", "Authorization": running.bearer("woonstichting"), "Content-Type": CSV}
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in (own | headers).items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def wire(running: Process) -> socket.socket:
    line_ = socket.create_connection(("127.0.0.1", int(running.origin.rpartition(":")[2])))
    line_.settimeout(30)
    return line_


def read_all(line_: socket.socket) -> bytes:
    answer = b""
    with contextlib.suppress(ConnectionError):
        while chunk := line_.recv(65_536):
            answer += chunk
    return answer


def raw(running: Process, method: str, path: str, headers: dict[str, str], body: bytes) -> bytes:
    """Send bytes as they are and read until the service hangs up, or has nothing more to say."""
    with wire(running) as line_:
        line_.sendall(head(running, method, path, {**headers, "Connection": "close"}) + body)
        line_.shutdown(socket.SHUT_WR)
        return read_all(line_)


def test_a_sender_who_hangs_up_half_way_leaves_nothing(running: Process) -> None:
    body = as_csv([good(signaal_ref="H-1")])
    with nothing_kept(running):
        for cut in (0, 1, len(body) // 2, len(body) - 1):
            with wire(running) as line_:
                line_.sendall(head(running, "POST", "/v1/leveringen", {"Content-Length": str(len(body))}))
                line_.sendall(body[:cut])
        with wire(running) as line_:
            line_.sendall(head(running, "POST", "/v1/leveringen", {"Transfer-Encoding": "chunked"}))
            line_.sendall(b"%x\r\n" % len(body) + body + b"\r\n")  # the last chunk never comes
        for _ in range(5):
            upload(running, b"x", "text/plain")  # whatever was under way is done by the time these are


def test_slow_senders_do_not_hold_up_the_others(running: Process) -> None:
    lines = [wire(running) for _ in range(40)]
    try:
        with nothing_kept(running):
            for line_ in lines:
                line_.sendall(
                    head(running, "POST", "/v1/leveringen", {"Content-Length": "1000"}) + WORD.encode()
                )
            for _ in range(5):
                assert upload(running, NOISE, JSON).status_code == 400
    finally:
        for line_ in lines:
            line_.close()


HIDDEN = (
    "GET /v1/leveringen/00000000000000000000000000000000 HTTP/1.1\r\nHost: x\r\nAuthorization: {}\r\n\r\n"
)
SMUGGLING = {
    "length and chunks": {"Content-Length": "4", "Transfer-Encoding": "chunked"},
    "chunks spelled oddly": {"Transfer-Encoding": "xchunked"},
    "chunks twice": {"Transfer-Encoding": "chunked, chunked"},
    "chunks and identity": {"Transfer-Encoding": "identity, chunked"},
    "two lengths": {"Content-Length": "4, 400"},
    "a length that is none": {"Content-Length": "+4"},
    "a length below zero": {"Content-Length": "-4"},
    "a space in a name": {"Content-Length ": "4"},
    "a folded line": {"X-A": "b\r\n Content-Length: 400"},
    "a bare line feed": {"X-A": "b\nTransfer-Encoding: chunked"},
}


@pytest.mark.parametrize("case", SMUGGLING)
def test_a_request_hidden_in_another_is_not_served(running: Process, case: str) -> None:
    """Whatever the first is taken for, there is at most one answer about a delivery, and never a 200."""
    hidden = HIDDEN.format(running.bearer("woonstichting")).encode()
    body = b"0\r\n\r\n" + hidden
    with nothing_kept(running):
        answer = raw(running, "POST", "/v1/leveringen", SMUGGLING[case], body)
        statuses = re.findall(rb"HTTP/1\.1 (\d{3})", answer)
        assert len(statuses) <= 1, answer
        assert statuses in ([], [b"400"], [b"415"]), answer
        assert WORD.encode() not in answer


@pytest.mark.parametrize(
    "bytes_",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + NOISE,
        b"GET /\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /v1/\x00 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET http://elders.example/v1/dossiers HTTP/1.1\r\nHost: x\r\n\r\n",
        b"CONNECT elders.example:443 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 200_000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"".join(b"X%d: y\r\n" % n for n in range(20_000)) + b"\r\n",
        b"POST /v1/leveringen HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
    ids=lambda value: value[:24].decode("latin-1").strip(),
)
def test_what_is_no_request_gets_no_more_than_a_refusal(running: Process, bytes_: bytes) -> None:
    with nothing_kept(running), wire(running) as line_:
        with contextlib.suppress(OSError):  # the service may have hung up already
            line_.sendall(bytes_)
            line_.shutdown(socket.SHUT_WR)
        statuses = re.findall(rb"HTTP/1\.1 (\d{3})", read_all(line_))
        assert all(status[:1] == b"4" for status in statuses), statuses


@pytest.mark.parametrize(
    "path",
    [
        "/v1/../v1/dossiers",
        "/v1/%2e%2e/dossiers",
        "/v1//dossiers",
        "/v1/dossiers/",
        "/v1/dossiers%00",
        "/v1/dossiers/..%2f..%2fetc%2fpasswd",
        "/V1/dossiers",
        "/v1/dossiers;x=1",
    ],
)
def test_another_spelling_of_a_path_leads_nowhere(running: Process, path: str) -> None:
    with nothing_kept(running):
        answer = raw(running, "GET", path, {}, b"")
        assert answer.startswith((b"HTTP/1.1 404", b"HTTP/1.1 400")), answer
