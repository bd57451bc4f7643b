"""Law: no echo. What a canary carries comes back to nobody it is not meant for, and stands nowhere in the clear.

Two flights. In the first every resident of the service is a canary and every operation is used as it is meant to be:
only the answers in ``MEANT`` may sing. In the second everybody sends canaries where they do not belong, in every
place of every operation: no answer may sing. After both, nor may a log line, an error, an entry of the log or a file.
"""

import json
import logging
import re
import traceback
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import httpx2
import pytest
from starlette.requests import Request
from starlette.responses import Response

from connectors.registry import CSV, JSON, XLSX
from gateway.app import create_app
from schemas.errors import SluisError
from tests.adversary.catalogue import RECIPES
from tests.support.deliveries import as_csv, as_format, as_json, line
from tests.support.frame import Lines
from tests.support.service import Outside, Service, a_process, a_service, staff

BSN = "999990019"
NAME, STREET, TOWN = "Kanariepieter", "Kanariestraat", "Kanariedorp"
POSTCODE, MAIL, NOTE = "2719ZX", "kanarie@canary.example.nl", "De kanarie zingt zacht"
NUMBER, PHONE = "47110", "06-44477"

NEEDLES: Mapping[str, re.Pattern[str]] = {
    "bsn": re.compile(BSN),
    "persoon": re.compile("kanarie", re.IGNORECASE),
    "telefoon": re.compile(r"(\+31|06-|0)6?44477\d{3}|06-44477"),
    "postcode": re.compile("2719 ?ZX", re.IGNORECASE),
    "email": re.compile("canary", re.IGNORECASE),
}
PERSON = frozenset(NEEDLES) - {"bsn"}
MEANT: Mapping[str, frozenset[str]] = {
    "POST /belrecords/_lease": frozenset({"persoon", "telefoon"}),
    "GET /koppelvoorstellen/{ref}": PERSON,
    "GET /koppelingen/{ref}": PERSON,
    "GET /dossiers/{ref}": PERSON,
    "GET /dossiers/{ref}/weergaven/{doel}": PERSON,
    "POST /hulpvragen/{ref}/overnames": PERSON,
    "POST /dossiers/{ref}/noodtoegangen": PERSON - {"email"},
    "GET /briefopdrachten/{ref}/adressen": frozenset({"persoon", "postcode"}),
}
"""The only operations whose answers may hold something of a resident, and what; a BSN is in none of them."""


def songs(text: str) -> set[str]:
    """Name the canaries that sing in a text."""
    return {kind for kind, needle in NEEDLES.items() if needle.search(text)}


def heard(answer: httpx2.Response) -> set[str]:
    head = "\n".join(f"{name}: {value}" for name, value in answer.headers.items())
    return songs(head) | songs(answer.content.decode("utf-8", "replace"))


class Aviary(Service):
    """A service in which everybody who is delivered is a canary."""

    def someone(self, **changes: str) -> dict[str, str]:
        row = super().someone()
        n = int(row["signaal_ref"].removeprefix("S-"))
        letters = "".join("abcdefghij"[int(digit)] for digit in f"{n:03d}")
        canary = {
            "signaal_ref": f"KANARIE-{n}",
            "klantnummer": f"KANARIE-K{n}",
            "achternaam": f"{NAME}{letters}",
            "straat": STREET,
            "plaats": TOWN,
            "postcode": POSTCODE,
            "huisnummer": str(int(NUMBER) + n),
            "telefoon_1": f"{PHONE}{n:03d}",
            "email": MAIL,
            "bsn": BSN,
        }
        row = row | canary | changes
        self.written[row["achternaam"]] = row
        return row


@dataclass
class Watch:
    """Everything that could carry a canary away: log lines, and every error that the product raised."""

    log: Lines = field(default_factory=Lines)
    errors: list[str] = field(default_factory=list)

    def build(self, gateway: Any, origin: str) -> Any:
        """Make the service, with an ear at its error handler."""
        frame: Any = create_app(gateway, origin)
        api = frame._app._api
        answer = api.exception_handlers[SluisError]

        async def listening(request: Request, error: Exception) -> Response:
            self.errors.append("".join(traceback.format_exception(error)) + repr(error))
            written: Response = await answer(request, error)
            return written

        api.exception_handlers[SluisError] = listening
        return frame


@pytest.fixture(scope="module")
def watch() -> Iterator[Watch]:
    """Listen to every logger of this process but those of the client of the tests."""
    watching, root, own = Watch(), logging.getLogger(), logging.getLogger("sluis.verzoek")
    watching.log.addFilter(lambda record: not record.name.startswith(("httpx", "httpcore")))
    levels = root.level, own.level
    root.addHandler(watching.log)
    root.setLevel(logging.DEBUG)
    for client in ("httpx2", "httpcore2"):
        logging.getLogger(client).setLevel(logging.WARNING)
    yield watching
    root.removeHandler(watching.log)
    root.setLevel(levels[0])
    own.setLevel(levels[1])


@pytest.fixture(scope="module")
def aviary(tmp_path_factory: pytest.TempPathFactory, watch: Watch) -> Iterator[Aviary]:
    """A service full of canaries."""
    with a_service(tmp_path_factory.mktemp("volière"), Aviary, watch.build) as running:
        yield running


# --- The first flight: the service is used as it is meant to be --------------------------------------------------------

GOOD = [(operation, kind) for operation, recipes in RECIPES.items() for kind in recipes]


@pytest.mark.parametrize(("operation", "kind"), GOOD, ids=str)
def test_an_answer_holds_of_a_resident_only_what_it_is_meant_to(
    aviary: Aviary, operation: str, kind: Any
) -> None:
    answer = RECIPES[operation][kind](aviary).send(aviary, operation.split(maxsplit=1)[0])
    assert answer.is_success
    assert heard(answer) <= MEANT.get(operation, frozenset())


def test_the_canaries_can_be_heard_where_they_may_sing(aviary: Aviary) -> None:
    """A test that hears nothing proves nothing: where somebody may see a resident, the ear must hear one."""
    for operation, kinds in MEANT.items():
        first = next(iter(RECIPES[operation]))
        assert heard(RECIPES[operation][first](aviary).send(aviary, operation.split()[0])) == kinds, operation


# --- The second flight: canaries where they do not belong --------------------------------------------------------------

KEY = f"{NAME}-{BSN}"
"""A canary as a name of something. A delivery with a column that nobody may see is refused by naming the column, so a
name that looks like one is repeated there on purpose; this one does not look like one."""

CANARIES = (BSN, NAME, f"{PHONE}001", f"{POSTCODE}{NUMBER}", MAIL, NOTE)
HEADERS: tuple[Mapping[str, str], ...] = (
    {"Idempotency-Key": f"{BSN}-{NAME}"},
    {"Idempotency-Key": NOTE},
    {"Accept": f"text/{NAME}"},
    {"Accept-Language": NAME, "User-Agent": MAIL, "Referer": f"https://{NAME}.example/{BSN}"},
    {"Cookie": f"naam={NAME}", "X-Request-Id": BSN, "X-Forwarded-For": NAME, "Traceparent": f"00-{NAME}-01"},
    {"Authorization": f"Bearer {NAME}.{BSN}.{MAIL}"},
    {"Authorization": f"Basic {NAME}"},
    {"Content-Encoding": NAME},
)
BODIES: tuple[bytes, ...] = (
    NOTE.encode(),
    f'{{"{KEY}": {BSN}'.encode(),
    b"\xff\xfe" + NAME.encode("utf-16-le"),
    json.dumps([NAME, {KEY: BSN}, MAIL]).encode(),
    json.dumps(NAME).encode(),
    f'{{"{KEY}": 1, "{KEY}": 2}}'.encode(),
    (f'{{"{KEY}": "' + NAME * 90_000 + '"}').encode(),
)
ECHOED = {
    "POST /bewaarbesluiten": "kenmerk",
}
"""Members that an answer repeats on purpose: the number of a public decision, written by the privacy officer."""


def in_the_path(template: str, path: str) -> Iterator[str]:
    used = path.removeprefix("/v1").split("/")
    for at, part in enumerate(template.split("/")):
        if part.startswith("{"):
            for canary in CANARIES:
                yield "/".join([*used[:at], quote(canary, safe=""), *used[at + 1 :]])


def in_the_query(path: str) -> Iterator[str]:
    for names in (("proef", "sinds", "pagina"), ("naam", "bsn", NAME)):
        for canary in CANARIES:
            yield f"{path}?{urlencode(dict.fromkeys(names, canary))}"


def in_the_body(operation: str, body: Any) -> Iterator[Any]:
    yield {KEY: BSN}
    if not isinstance(body, dict):
        return
    for canary in CANARIES:
        yield {**body, canary: canary}
        for member in body:
            if ECHOED.get(operation) != member:
                yield {**body, member: canary}
            yield {**body, member: [canary]}
            yield {**body, member: {canary: [canary]}}


def flights(operation: str, path: str, body: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give every way to send this request with canaries in the wrong place: the path, and what goes with it."""
    method, template = operation.split()
    good: dict[str, Any] = {} if body is None else {"json": body}
    for wrong in (*in_the_path(template, path), *in_the_query(path)):
        yield wrong, good
    for headers in HEADERS:
        yield path, {**good, "headers": dict(headers)}
    if method != "POST":
        return
    for media_type in (JSON, CSV, f"text/{NAME}; charset={NAME}"):
        for raw in BODIES:
            yield path, {"content": raw, "headers": {"Content-Type": media_type}}
    for wrong_body in in_the_body(operation, body):
        yield path, {"json": wrong_body}


@pytest.mark.parametrize(("operation", "kind"), GOOD, ids=str)
def test_no_answer_repeats_what_does_not_belong_there(aviary: Aviary, operation: str, kind: Any) -> None:
    call = RECIPES[operation][kind](aviary)
    meant = MEANT.get(operation, frozenset())
    for path, given in flights(operation, call.path, call.body):
        answer = aviary.ask(call.client, operation.split(maxsplit=1)[0], path, **given)
        assert answer.status_code < 500, (path, given)
        assert heard(answer) <= (meant if answer.is_success else set()), (path, given, answer.text)


@pytest.mark.parametrize("column", sorted(line()))
def test_no_receipt_repeats_a_value_of_the_file(aviary: Aviary, column: str) -> None:
    for canary in CANARIES:
        rows = [aviary.someone(**{column: canary}), aviary.someone(**{column: f"={canary}"})]
        for media_type in (JSON, CSV, XLSX):
            body, headers = as_format(media_type, rows), {"Content-Type": media_type}
            answer = aviary.ask(
                "waterbedrijf", "POST", "/leveringen?proef=true", content=body, headers=headers
            )
            assert answer.status_code == 200
            assert heard(answer) == set(), answer.text


def test_a_file_without_a_header_repeats_nobody(aviary: Aviary) -> None:
    whole = [aviary.someone(), aviary.someone()]
    headless = as_csv(whole).split(b"\r\n", 1)[1]
    strange = [{**whole[0], KEY: BSN, MAIL: NOTE}]
    tries = [
        (headless, CSV),
        (as_csv(strange), CSV),
        (as_json(strange), JSON),
        (as_format(XLSX, strange), XLSX),
    ]
    for body, media_type in tries:
        answer = aviary.ask(
            "waterbedrijf", "POST", "/leveringen", content=body, headers={"Content-Type": media_type}
        )
        assert answer.status_code == 400
        assert heard(answer) == set(), answer.text


def test_nothing_beside_the_contract_repeats_a_canary(aviary: Aviary) -> None:
    form = aviary.form("woonstichting")
    forms = [{**form, name: f"{NAME} {BSN}"} for name in (*form, "scope", "client_id", "client_secret", NAME)]
    paths = [
        "/.well-known/jwks.json",
        "/.well-known/proofs-jwks.json",
        "/.well-known/log-vkeys",
        "/gezondheid/klaar",
        "/v1/openapi.json",
        f"/{NAME}",
        f"/v1/{NAME}/{BSN}",
    ]
    paths += [f"/v1/openapi/{quote(canary)}/{quote(canary)}.json" for canary in CANARIES]
    answers = [aviary.http.post(f"{aviary.origin}/oauth/token", data=fields) for fields in forms]
    checks = [{"code": "0000-0000-0", "nummer": f"{PHONE}001"}, *({"code": c, "nummer": c} for c in CANARIES)]
    answers += [aviary.http.post(f"{aviary.api}/belcontroles", json=check) for check in checks]
    for path in paths:
        for method in ("GET", "PUT", "OPTIONS", "POST", "TRACE"):
            url = f"{aviary.origin}{path}?naam={NAME}"
            answers.append(aviary.http.request(method, url, headers={"X-Naam": NAME}))
    for answer in answers:
        assert answer.status_code < 500
        assert heard(answer) == set(), (answer.request.url, answer.text)


# --- After both -------------------------------------------------------------------------------------------------------


def in_the_clear(home: Path) -> dict[str, set[str]]:
    """Name the canaries that stand in the files of an installation, or in their names."""
    found = {
        path.name: songs(path.name) | songs(path.read_bytes().decode("latin-1")) for path in home.iterdir()
    }
    return {name: sung for name, sung in found.items() if sung}


def test_no_error_of_the_product_tells_of_a_resident(aviary: Aviary, watch: Watch) -> None:
    assert len(watch.errors) > 100
    assert [text for text in watch.errors if songs(text)] == []


def test_no_log_line_tells_of_a_resident(aviary: Aviary, watch: Watch) -> None:
    assert any('"route":"/v1/leveringen"' in text for text in watch.log.lines)
    assert [text for text in watch.log.lines if songs(text)] == []


def test_no_entry_of_the_log_tells_of_a_resident(aviary: Aviary) -> None:
    told = aviary.log()
    assert len(told) > 1000
    assert [entry for entry in told if songs(json.dumps(entry))] == []


def test_no_file_of_the_installation_holds_a_resident_in_the_clear(aviary: Aviary) -> None:
    home = aviary.stage.settings.home
    assert {path.name for path in home.iterdir()} >= {"sluis.db", "sluis.db-wal", "keys.db"}
    assert in_the_clear(home) == {}


def test_the_ear_hears_a_canary_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "plat").write_bytes(b"\x00\x81" + f"{PHONE}123;{NAME}".encode() + b"\xff")
    (tmp_path / f"{BSN}.csv").touch()
    assert in_the_clear(tmp_path) == {"plat": {"persoon", "telefoon"}, f"{BSN}.csv": {"bsn"}}


def test_the_service_of_the_command_line_says_nothing_on_its_console(tmp_path: Path) -> None:
    with a_process(tmp_path) as running:
        for operation, recipes in RECIPES.items():
            knock(running, operation, staff(next(iter(recipes)))[0])
        headers = {"Content-Type": JSON, "Idempotency-Key": f"{BSN}-{NAME}"}
        body = as_json([line(achternaam=NAME, email=MAIL, bsn=BSN, postcode=POSTCODE)])
        taken = running.ask("woonstichting", "POST", "/leveringen", content=body, headers=headers)
        assert (taken.json()["aangenomen"], heard(taken)) == (1, set())
    lines = running.said.read_text()
    assert lines.count('"status":') > 1000
    assert "Traceback" not in lines
    assert songs(lines) == set()
    assert in_the_clear(running.home) == {}


def knock(outside: Outside, operation: str, client: str) -> None:
    """Send the canaries to an operation of a service that knows nobody."""
    method, template = operation.split()
    path = template.replace("{jaar}", "2026").replace("{index}", "0").replace("{doel}", "bellen")
    path = path.replace("{maand}", "2026-09")
    path = path.replace("{ref}", "0" * 32 if "/leveringen" in template else "0000-0000-0")
    for wrong, given in flights(operation, path, {"naam": NAME}):
        answer = outside.ask(client, method, wrong, **given)
        assert answer.status_code < 500
        assert heard(answer) == set()
