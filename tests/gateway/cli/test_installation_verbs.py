"""Making an installation, serving it over a real socket, and opening it by the operator's door."""

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx2
import pytest

from gateway.cli.control import SOCKET
from gateway.wiring import DATABASE
from keys.client_keys import sign_assertion
from tests.support.cli import PASSPHRASE, Ran, a_partner, an_installation, call, environment, run

PATIENCE = 60.0


class Service:
    """A service in a process of its own."""

    def __init__(self, home: Path, **settings: str) -> None:
        self.home = home
        env = environment(home, passphrase=None, SLUIS_PORT="0", **settings)
        command = [sys.executable, "-m", "gateway", "serve"]
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, env=env)
        assert self.process.stderr is not None
        self.said = [self.process.stderr.readline().decode(), self.process.stderr.readline().decode()]
        self.origin = self.said[-1].split()[-1]

    def ready(self) -> int:
        """Ask whether it can serve; waits until it answers at all."""
        until = time.monotonic() + PATIENCE
        while True:
            try:
                return httpx2.get(f"{self.origin}/gezondheid/klaar").status_code
            except httpx2.TransportError:
                assert time.monotonic() < until, "the service does not answer"
                time.sleep(0.05)

    def unseal(self, passphrase: str = PASSPHRASE) -> Ran:
        """Open it by the operator's door."""
        return call("unseal", home=self.home, passphrase=passphrase)

    def end(self, number: int = signal.SIGTERM) -> int:
        """End it by a signal; gives its exit code."""
        self.process.send_signal(number)
        return self.process.wait()

    def close(self) -> None:
        """Leave nothing behind, whatever happened."""
        self.process.kill()
        self.process.wait()
        assert self.process.stderr is not None
        self.process.stderr.close()


@contextmanager
def serving(home: Path, **settings: str) -> Iterator[Service]:
    service = Service(home, **settings)
    try:
        service.ready()
        yield service
    finally:
        service.close()


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service that nobody has opened yet; tests run in the order of this file."""
    home = an_installation(tmp_path_factory.mktemp("serve"))
    a_partner(home)
    words = ("party", "client", "woonstichting", "leverancier", "--purpose", "aanleveren")
    assert call(*words, "--new", home.parent / "key.jwk", home=home).code == 0
    with serving(home) as service:
        yield service


def token(service: Service) -> httpx2.Response:
    """Ask a token with the key that the command line made."""
    jwk = json.loads((service.home.parent / "key.jwk").read_text())
    now = int(time.time())  # noqa: TID251 (a client's own clock)
    claims = {"iss": "leverancier", "sub": "leverancier", "aud": service.origin, "jti": os.urandom(8).hex()}
    assertion = sign_assertion(jwk, {**claims, "iat": now, "exp": now + 60})
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": assertion,
    }
    return httpx2.post(f"{service.origin}/oauth/token", data=form)


def test_a_service_starts_sealed_and_says_how_to_open_it(sealed: Service) -> None:
    assert sealed.said[0] == f"Verzegeld; open met: sluis unseal --home {sealed.home}\n"
    assert sealed.ready() == 503
    assert httpx2.get(f"{sealed.origin}/gezondheid/leeft").status_code == 200
    assert token(sealed).status_code == 503


def test_the_operators_door_is_for_this_user_alone(sealed: Service) -> None:
    assert (sealed.home / SOCKET).stat().st_mode & 0o777 == 0o600


def test_while_it_is_sealed_no_log_leaves_the_house(sealed: Service, tmp_path: Path) -> None:
    told = call("audit", "export", tmp_path / "log", home=sealed.home)
    assert (told.code, told.out) == (1, "")
    assert "sleutel" in told.err
    assert not (tmp_path / "log").exists()


def test_a_wrong_passphrase_leaves_it_sealed(sealed: Service) -> None:
    told = sealed.unseal("iets anders")
    assert (told.code, told.out) == (1, "")
    assert "Het wachtwoord is onjuist" in told.err
    assert sealed.ready() == 503


def test_whoever_hangs_up_half_way_does_not_take_the_door_with_him(sealed: Service) -> None:
    for last_words in (b"", b"x" * 5000):
        with socket.socket(socket.AF_UNIX) as line:
            line.connect(str(sealed.home / SOCKET))
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            line.sendall(last_words)
    assert sealed.unseal("iets anders").code == 1


def test_the_passphrase_opens_it_and_its_clients_get_tokens(sealed: Service) -> None:
    assert sealed.unseal() == Ran(0, "", "Open\n")
    assert sealed.ready() == 200
    granted = token(sealed)
    assert granted.status_code == 200
    assert granted.json()["scope"] == "aanleveren"


def delivered(service: Service, bearer: str) -> int:
    return httpx2.get(
        f"{service.origin}/v1/leveringen/{'0' * 32}", headers={"Authorization": bearer}
    ).status_code


def test_access_ends_at_once_beside_the_running_service(sealed: Service) -> None:
    sealed.unseal()
    bearer = f"Bearer {token(sealed).json()['access_token']}"
    assert delivered(sealed, bearer) == 404
    assert run("party", "end-client", "leverancier", env=environment(sealed.home)).code == 0
    assert delivered(sealed, bearer) == 401
    assert token(sealed).status_code == 401
    again = run("party", "end-client", "leverancier", env=environment(sealed.home))
    assert (again.code, again.err) == (1, "Dit kenmerk heeft hier geen toegang\n")


def test_a_second_process_leaves_it_alone(sealed: Service) -> None:
    told = run("serve", env=environment(sealed.home))
    assert (told.code, told.out) == (1, "")
    assert "Een ander proces gebruikt deze installatie" in told.err
    assert call("party", "list", home=sealed.home).code == 1
    assert sealed.ready() == 200


def test_the_log_can_be_checked_beside_it(sealed: Service) -> None:
    told = call("audit", "check", "--json", home=sealed.home)
    assert told.code == 0
    assert told.document["valid"] is True


def test_the_log_leaves_the_house_beside_it(sealed: Service, tmp_path: Path) -> None:
    sealed.unseal()
    told = call("audit", "export", tmp_path / "log", "--json", home=sealed.home, passphrase=None)
    assert (told.code, told.document["valid"]) == (0, True)
    key = call("audit", "keys", home=sealed.home).out.strip()
    assert told.document == call("audit", "verify", tmp_path / "log", "--json", "--vkey", key).document
    entries = b"".join(path.read_bytes() for path in (tmp_path / "log" / "tile" / "entries").rglob("*.p/*"))
    assert entries.count(b'"act":"log.exported"') == 1
    assert sealed.ready() == 200


def test_a_name_counts_from_the_operators_own_folder(
    sealed: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sealed.unseal()
    monkeypatch.chdir(tmp_path)
    assert call("audit", "export", "log", home=sealed.home).code == 0
    assert (tmp_path / "log" / "checkpoint").is_file()


def test_beside_it_nothing_is_exported_that_would_not_be_without_it(sealed: Service, tmp_path: Path) -> None:
    sealed.unseal()
    told = call("audit", "export", tmp_path / "log", "--year", "1999", home=sealed.home)
    assert (told.code, told.err) == (1, "Van dit jaar is er geen logboek\n")
    assert not (tmp_path / "log").exists()
    (tmp_path / "brief.txt").write_text("van mij")
    told = call("audit", "export", tmp_path, home=sealed.home)
    assert (told.code, told.err) == (1, "De map bevat iets anders dan een export van het logboek\n")
    told = call("audit", "export", tmp_path / "brief.txt" / "log", home=sealed.home)
    assert (told.code, told.err) == (1, "Dat gaat hier niet: Not a directory\n")
    assert (tmp_path / "brief.txt").read_text() == "van mij"


def test_a_broken_log_is_reported_by_the_service_that_found_it(home: Path, tmp_path: Path) -> None:
    with serving(home) as service:
        service.unseal()
        with closing(sqlite3.connect(home / DATABASE)) as database, database:
            for (name,) in database.execute(
                "SELECT name FROM sqlite_master WHERE type = 'trigger'"
            ).fetchall():
                database.execute(f"DROP TRIGGER {name}")
            database.execute("DELETE FROM audit_log WHERE idx = 1")
        told = call("audit", "export", tmp_path / "log", "--json", home=home)
    assert (told.code, told.document["valid"]) == (1, False)
    assert told.document["reason"].startswith("In het logboek ontbreekt een ")


def test_a_taken_port_is_told(sealed: Service, home: Path) -> None:
    port = sealed.origin.rpartition(":")[2]
    told = run("serve", env=environment(home, SLUIS_PORT=port))
    assert told.code == 1
    assert told.err.startswith("Dat gaat hier niet")


def test_it_ends_in_good_order(sealed: Service) -> None:
    assert sealed.end() == 0
    assert not (sealed.home / SOCKET).exists()
    assert sealed.unseal().code == 1


def test_with_a_file_for_the_passphrase_it_starts_open(home: Path, tmp_path: Path) -> None:
    secret = tmp_path / "passphrase"
    secret.write_text(f"{PASSPHRASE}\n")
    with serving(home, SLUIS_PASSPHRASE_FILE=str(secret)) as service:
        assert service.said[0] == "Open\n"
        assert service.ready() == 200
        assert service.end(signal.SIGINT) == 0


def test_with_the_wrong_file_it_does_not_start(home: Path, tmp_path: Path) -> None:
    secret = tmp_path / "passphrase"
    secret.write_text("iets anders")
    assert run("serve", env=environment(home, SLUIS_PASSPHRASE_FILE=str(secret))).code == 1
    assert run("serve", env=environment(home, SLUIS_PASSPHRASE_FILE=str(tmp_path / "geen"))).code == 1


# --- init -----------------------------------------------------------------------------------------------------------


def test_a_new_installation_is_its_owners_and_is_made_once(tmp_path: Path) -> None:
    home = tmp_path / "sluis"
    made = call("init", "--tenant", "gm0344", home=home)
    assert (made.code, made.out) == (0, "")
    assert "Bewaar het wachtwoord" in made.err
    modes = {path.name: path.stat().st_mode & 0o777 for path in home.iterdir()}
    assert set(modes.values()) == {0o600}
    assert home.stat().st_mode & 0o777 == 0o700
    assert (home / "settings.env").read_text() == "SLUIS_TENANT=GM0344\n"
    again = call("init", home=home)
    assert (again.code, again.err) == (1, "In deze map staat al een installatie, of een deel ervan\n")
    assert (home / "settings.env").read_text() == "SLUIS_TENANT=GM0344\n"


def test_the_municipality_may_come_from_the_environment(tmp_path: Path) -> None:
    assert run("init", env=environment(tmp_path / "sluis", SLUIS_TENANT="GM0599")).code == 0
    assert (tmp_path / "sluis" / "settings.env").read_text() == "SLUIS_TENANT=GM0599\n"


@pytest.mark.parametrize("tenant", ["", "Zoetermeer", "GM06370", "GM0637\nSLUIS_DEMO=1"])
def test_a_municipality_that_is_no_code_is_wrong_usage(tmp_path: Path, tenant: str) -> None:
    assert call("init", "--tenant", tenant, home=tmp_path / "sluis").code == 2
    assert not (tmp_path / "sluis").exists()


@pytest.mark.parametrize("passphrase", [None, "", "x" * 1025], ids=["none", "empty", "too long"])
def test_without_a_passphrase_there_is_no_installation(tmp_path: Path, passphrase: str | None) -> None:
    told = call("init", home=tmp_path / "sluis", passphrase=passphrase)
    assert told.code == 2
    assert not (tmp_path / "sluis").exists()


def test_the_contract_of_the_api_is_printed_without_an_installation() -> None:
    told = run("openapi")
    assert (told.code, told.err) == (0, "")
    assert json.loads(told.out)["info"]["title"] == "Sluis"
