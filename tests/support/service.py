"""The whole service behind a real socket, with a client for everybody in its cast, for tests that stand outside.

::

    with a_service(tmp_path, Service) as service:
        service.person(achternaam="Adelaar")  # delivered and matched over HTTP
        record = service.lease("bel-cem")[0]

What a test asks goes over HTTP; what it checks behind the service's back is the log and the rows.
"""

import itertools
import secrets
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import httpx2
import pytest

from audit import query
from audit.entry import read
from audit.layout import tile_path, unpack
from audit.tree import TILE_WIDTH
from audit.verify import Report, verify
from bench.rig import crash_server
from connectors.registry import JSON
from gateway.app import create_app
from gateway.demo.cast import ROLES, Cast, Role
from gateway.demo.client import PartyClient
from gateway.demo.stage import START, TENANT, Build, Stage
from gateway.services.administration import operator
from gateway.services.export import LogExport
from gateway.store import cases
from gateway.store.change import Change
from gateway.wiring import DATABASE
from keys.client_keys import sign_assertion
from keys.verification import verify_ed25519
from schemas.audit import Act
from schemas.ids import CaseId, ClientId, PartyId, UserId
from schemas.parties import PartyKind
from schemas.principal import Principal
from tests.support.cli import environment
from tests.support.deliveries import as_json, line
from tests.support.tokens import ASSERTION_TYPE

SURNAMES = ("Adelaar", "Bever", "Condor", "Das", "Egel", "Fazant", "Gans", "Hermelijn", "Ibis", "Kraai")
_OWN_TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'gateway_%' ORDER BY name"


BEFORE = (
    Act.LOG_OPENED,
    Act.KEY_UNSEALED,
    Act.POLICY_LOADED,
    Act.PARTY_REGISTERED,
    Act.USER_REGISTERED,
    Act.CLIENT_REGISTERED,
    Act.TOKEN_ISSUED,
    Act.LOG_EXPORTED,
)
"""What the log tells before a play begins, that clients took tokens for it, and that it left the house."""


@dataclass(frozen=True)
class Exported:
    """A log as it left the house: what was proved about it, and its entries in order."""

    report: Report
    entries: Sequence[Mapping[str, Any]]

    def acts(self, *left_out: Act) -> list[str]:
        """Give what happened, in order, as ``act party-kind``."""
        told = (entry for entry in self.entries if entry["act"] not in left_out)
        return [f"{entry['act']} {entry.get('role', '')}".strip() for entry in told]


class Outside:
    """All that can be done with nothing but HTTP; clients are named by the member of staff, or else by the party."""

    def __init__(self, origin: str, cast: Cast) -> None:
        self.origin = origin
        self.cast = cast
        self.http = httpx2.Client(timeout=60)
        self.written: dict[str, Mapping[str, str]] = {}
        self._clients: dict[str, PartyClient] = {}
        self._count = itertools.count()

    def close(self) -> None:
        """Let all connections go."""
        self.http.close()
        for client in self._clients.values():
            client.close()

    # --- Asking -------------------------------------------------------------------------------------------------

    @property
    def api(self) -> str:
        """Where the routes of the contract stand."""
        return f"{self.origin}/v1"

    def bearer(self, name: str) -> str:
        """Give the Authorization header of a client, with a token for all its purposes."""
        if name not in self._clients:
            client_id = f"client-{name}"
            self._clients[name] = PartyClient(self.origin, client_id, self.cast.keys[client_id])
        return self._clients[name].authorization

    def form(self, name: str, **more: str) -> dict[str, str]:
        """Give the form of a good token request, signed by the client."""
        client_id, now = f"client-{name}", int(time.time())  # noqa: TID251 (a client has a clock of its own)
        claims = {"iss": client_id, "sub": client_id, "aud": self.origin, "iat": now, "exp": now + 60}
        signed = sign_assertion(self.cast.keys[client_id], {**claims, "jti": secrets.token_urlsafe(24)})
        return {
            "grant_type": "client_credentials",
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": signed,
            **more,
        }

    def token(self, name: str, *scope: str) -> str:
        """Give the Authorization header of a client with a fresh token for some of its purposes."""
        answer = self.http.post(f"{self.origin}/oauth/token", data=self.form(name, scope=" ".join(scope)))
        return f"Bearer {_good(answer)['access_token']}"

    def ask(self, name: str, method: str, path: str, **more: Any) -> httpx2.Response:
        """Send a request as somebody; ``path`` is a path of the API, or a whole path with ``/v1``."""
        headers = {"Authorization": self.bearer(name), **more.pop("headers", {})}
        url = self.origin + path if path.startswith("/v1/") else self.api + path
        return self.http.request(method, url, headers=headers, **more)

    def get(self, name: str, path: str) -> Any:
        """Ask, and insist on an answer."""
        return _good(self.ask(name, "GET", path))

    def post(self, name: str, path: str, body: Any = None) -> Any:
        """Send JSON, and insist that it is taken."""
        more = {} if body is None else {"json": body}
        return _good(self.ask(name, "POST", path, **more))

    # --- The road of a signal -----------------------------------------------------------------------------------

    def someone(self, **changes: str) -> dict[str, str]:
        """Write a line about a person whom no earlier line is about."""
        n = next(self._count)
        own = {
            "signaal_ref": f"S-{n:04d}",
            "achternaam": SURNAMES[n % len(SURNAMES)] + "s" * (n // len(SURNAMES)),
            "geboortedatum": f"{1950 + n % 50}-{1 + n % 12:02d}-{1 + n % 28:02d}",
            "postcode": f"{2700 + n % 29}AB",
            "huisnummer": str(1 + n),
            "telefoon_1": f"06-1{n:07d}",
            "telefoon_2": "",
            "email": "",
            "oudste_vordering": "2026-06-01",
            "peildatum": "2026-09-30",
            "att_herinneringen": "3",
        }
        row = line(**(own | changes))
        self.written[row["achternaam"]] = row
        return row

    def deliver(
        self, rows: Sequence[Mapping[str, str]], partner: str = "woonstichting", key: str | None = None
    ) -> Any:
        """Deliver lines and give the receipt."""
        headers = {"Content-Type": JSON} | ({"Idempotency-Key": key} if key else {})
        return _good(self.ask(partner, "POST", "/leveringen", content=as_json(rows), headers=headers))

    def match(self) -> Any:
        """Start a matching round."""
        return self.post("gem-anna", "/matchrondes")

    def person(self, **changes: str) -> dict[str, str]:
        """Bring a new person in: delivered and matched; by default somebody whom the call center calls."""
        row = self.someone(**changes)
        receipt = self.deliver([row])
        assert receipt["aangenomen"] == 1, receipt
        self.match()
        return row

    def urgent(self, **changes: str) -> dict[str, str]:
        """Bring a new person in who goes to social work at once."""
        return self.person(**{"crisissignaal": "ja", **changes})

    def lease(self, agent: str = "bel-cem", count: int = 5) -> Any:
        """Take dial records."""
        return self.post(agent, "/belrecords/_lease", {"aantal": count})["belrecords"]

    def verify(self, ref: str, row: Mapping[str, str], agent: str = "bel-cem") -> bool:
        """Ask the control question with the resident's own answers."""
        said = {"geboortedatum": row["geboortedatum"], "huisnummer": int(row["huisnummer"])}
        return bool(self.post(agent, f"/belrecords/{ref}/verificaties", said)["bevestigd"])

    def called(self, row: Mapping[str, str], agent: str = "bel-cem", **result: Any) -> str:
        """Call somebody who waits for a call, with a verified talk and this result; gives the dial reference."""
        ref = next(r["ref"] for r in self.lease(agent) if r["achternaam"] == row["achternaam"])
        assert self.verify(ref, row, agent)
        self.post(agent, f"/belrecords/{ref}/belresultaten", result)
        return str(ref)

    def waiting(self, **changes: str) -> str:
        """Bring an urgent person in; gives the reference under which the case waits at social work."""
        earlier = {one["ref"] for one in self.get("sw-eva", "/werkvoorraden")["dossiers"]}
        self.urgent(**changes)
        (fresh,) = {one["ref"] for one in self.get("sw-eva", "/werkvoorraden")["dossiers"]} - earlier
        return str(fresh)

    def owned(self, user: str = "sw-farid", **changes: str) -> str:
        """Bring an urgent person in and give the case to a social worker; gives its reference."""
        ref = self.waiting(**changes)
        self.post("sw-eva", f"/dossiers/{ref}/toewijzingen", {"medewerker": user, "reden": "verdeling"})
        return ref


class Service(Outside):
    """A demo installation that serves from this process, with what stands behind it within reach."""

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage.origin, stage.cast)
        self.stage = stage

    def rows(self) -> dict[str, int]:
        """Count the rows of every table of the gateway."""
        with self.stage.gateway.house.store.read() as connection:
            names = connection.exec_driver_sql(_OWN_TABLES).scalars().all()
            return {
                name: connection.exec_driver_sql(f"SELECT count(*) FROM {name}").scalar_one()
                for name in names
                if name != "gateway_assertion"
            }

    def log(self, since: int = 0) -> list[dict[str, Any]]:
        """Give the entries from index ``since`` on, oldest first, without those of the tokens that it took."""
        everything = query.Slice(tenant=TENANT)
        with self.stage.gateway.house.store.read() as connection:
            found = query.lines(connection, everything, 1_000_000)
        entries = [one.entry for one in reversed(found) if one.index >= since]
        return [entry for entry in entries if entry["act"] != Act.TOKEN_ISSUED]

    def newest_case(self) -> CaseId:
        """Give the case of the signal that came in last."""
        newest = "SELECT case_id FROM gateway_case_signal ORDER BY signal_id DESC LIMIT 1"
        with self.stage.gateway.house.store.read() as connection:
            return CaseId(connection.exec_driver_sql(newest).scalar_one())

    def reference(self, name: str, purpose: str, case: CaseId) -> str:
        """Give the reference under which a party may know a case, also one that no route would tell it."""
        house = self.stage.gateway.house
        with house.store.read() as connection:
            row = cases.find_case(connection, TENANT, case)
            assert row is not None
            code = self.stage.gateway.codes.give(connection, principal(name), purpose, row)
        if code.write is not None:
            house.store.commit(Change((code.write,)))
        return code.text

    def size(self) -> int:
        """Give the number of log entries."""
        with self.stage.gateway.house.store.read() as connection:
            return sum(query.years(connection, TENANT).values())

    def export(self, folder: Path) -> Exported:
        """Let the log leave as files and verify them offline with the public key alone."""
        writer = LogExport(self.stage.gateway.house, self.stage.gateway.signer)
        key = writer.write(operator(TENANT), folder).key
        report = verify(folder, verify_ed25519, key)
        bundles = (
            folder / tile_path("entries", first // TILE_WIDTH, min(TILE_WIDTH, report.size - first))
            for first in range(0, report.size, TILE_WIDTH)
        )
        entries = [read(entry) for bundle in bundles for entry in unpack(bundle.read_bytes())]
        return Exported(report, entries)


def _good(answer: httpx2.Response) -> Any:
    assert answer.is_success, (answer.request.method, answer.request.url, answer.status_code, answer.text)
    return answer.json() if answer.content else {}


_Kind = TypeVar("_Kind", bound="Service")


@contextmanager
def a_service(
    folder: Path, kind: Callable[[Stage], _Kind], build: Build = create_app, start: datetime = START
) -> Iterator[_Kind]:
    """Serve a new installation in ``folder`` for the length of the block; its case system takes files beside it."""
    outside = folder / "ris"
    outside.mkdir()
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("SLUIS_RIS_FOLDER", str(outside))
        stage = Stage(folder / "home", build, start)
    service = kind(stage)
    try:
        with stage.serving():
            yield service
            service.close()
    finally:
        stage.close()


class Process(Outside):
    """A service that the product's own command runs; what it says on its console is kept."""

    def __init__(self, origin: str, cast: Cast, home: Path, said: Path, pid: int) -> None:
        super().__init__(origin, cast)
        self.home = home
        self.said = said
        self.pid = pid

    def rows(self) -> dict[str, int]:
        """Count the rows of every table of the gateway, from beside the service."""
        database = sqlite3.connect(f"file:{self.home / DATABASE}?mode=ro", uri=True)
        with closing(database):
            names = [name for (name,) in database.execute(_OWN_TABLES)]
            return {name: database.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in names}

    def peak(self) -> int:
        """Give the most memory that the process ever held, in bytes."""
        status = Path(f"/proc/{self.pid}/status").read_text(encoding="ascii")
        return int(status.partition("VmHWM:")[2].split()[0]) * 1024


@contextmanager
def a_process(folder: Path, **settings: str) -> Iterator[Process]:
    """Serve a new installation by the product's own command for the length of the block."""
    site, cast = crash_server.found(folder / "home", START)
    secret, said = folder / "passphrase", folder / "console"
    secret.write_bytes(site.passphrase)
    given = {
        "PORT": str(site.port),
        "PASSPHRASE_FILE": str(secret),
        "TENANT": TENANT,
        "DEMO": "true",
        **settings,
    }
    env = environment(site.home, None, **{f"SLUIS_{name}": value for name, value in given.items()})
    with said.open("wb") as console:
        command = [sys.executable, "-m", "gateway", "serve"]
        process = subprocess.Popen(command, env=env, stdout=console, stderr=console)
        running = Process(site.origin, cast, site.home, said, process.pid)
        try:
            wait_until_ready(running, process)
            yield running
        finally:
            running.close()
            process.terminate()
            process.wait()


def wait_until_ready(outside: Outside, process: "subprocess.Popen[bytes]") -> None:
    """Wait until the service says that it can serve."""
    while process.poll() is None:
        try:
            if outside.http.get(f"{outside.origin}/gezondheid/klaar").is_success:
                return
        except httpx2.TransportError:
            time.sleep(0.05)
    raise AssertionError("the service ended before it served")


def role_of(name: str) -> Role:
    """Give the role behind the short name of a client."""
    return next(role for role in ROLES if name == (role.user or role.party))


def principal(name: str) -> Principal:
    """Give who a client is to the service, with all its purposes."""
    role = role_of(name)
    return Principal(
        tenant=TENANT,
        party=PartyId(role.party),
        kind=role.kind,
        client=ClientId(role.client_id),
        user=UserId(role.user) if role.user else None,
        purposes=frozenset(role.purposes),
    )


def staff(kind: PartyKind) -> list[str]:
    """Name the clients of a kind of party, in the order of the cast."""
    return [role.user or role.party for role in ROLES if role.kind is kind]
