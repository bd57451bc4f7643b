"""Law: no egress. The guard of the suite refuses what would leave this machine, and nothing on it."""

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.no_egress.egress import LEDGER, EgressRefused, is_local

# From the block that is reserved for documentation (RFC 5737): nobody's machine.
ELSEWHERE = ("192.0.2.1", 443)

tries_to_leave = pytest.mark.tries_to_leave
Outcome = subprocess.CompletedProcess[str]


@tries_to_leave
@pytest.mark.parametrize("ask", [socket.socket.connect, socket.socket.connect_ex])
def test_a_connection_to_another_machine_is_refused(ask: Callable[..., object]) -> None:
    with socket.socket() as out, pytest.raises(EgressRefused):
        ask(out, ELSEWHERE)


@tries_to_leave
def test_a_datagram_to_another_machine_is_refused() -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as out, pytest.raises(EgressRefused):
        out.sendto(b"x", ELSEWHERE)


@tries_to_leave
def test_a_name_is_not_even_looked_up() -> None:
    with pytest.raises(EgressRefused):
        socket.getaddrinfo("gemeente.example", 443)


@tries_to_leave
def test_an_asynchronous_client_is_refused_too() -> None:
    with pytest.raises(EgressRefused):
        asyncio.run(asyncio.open_connection(*ELSEWHERE))


@tries_to_leave
def test_a_process_started_by_a_test_is_refused_and_told_to_the_suite() -> None:
    code = f"import socket; socket.socket().connect({ELSEWHERE!r})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "EgressRefused" in done.stderr
    ledger = Path(os.environ[LEDGER]).read_text(encoding="utf-8")
    assert ledger.splitlines()[-1] == f"socket.connect {ELSEWHERE[0]}"


def test_a_swallowed_refusal_fails_the_test_that_caused_it(pytest_on: Callable[[str], Outcome]) -> None:
    report = pytest_on(
        "import socket\n"
        "def test_quiet_telemetry():\n"
        "    try:\n"
        f"        socket.create_connection({ELSEWHERE!r})\n"
        "    except Exception:\n"
        "        pass\n"
    )
    assert report.returncode == 1
    assert "tried to leave this machine: socket.getaddrinfo 192.0.2.1" in report.stdout


def test_what_did_not_run_is_listed_with_its_reason(pytest_on: Callable[[str], Outcome]) -> None:
    report = pytest_on(
        "import pytest\ndef test_pdf():\n    pytest.skip('program tesseract is not installed')\n"
    )
    assert report.returncode == 0
    assert "not run: 1" in report.stdout
    assert "test_planted.py::test_pdf: program tesseract is not installed" in report.stdout
    assert report.stdout.splitlines()[-1].startswith("1 skipped in")


def test_this_machine_stays_reachable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname()).close()
    with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as client:
        monkeypatch.chdir(tmp_path)
        server.bind("door")
        server.listen()
        client.connect("door")


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost", "", None, b"127.0.0.2"])
def test_loopback_is_local(host: object) -> None:
    assert is_local(host)


@pytest.mark.parametrize(
    "host", ["10.0.0.1", "fe80::1%eth0", "127.0.0.1.example", "0x7f000001.example", "example"]
)
def test_everything_else_is_not(host: str) -> None:
    assert not is_local(host)


@pytest.fixture
def pytest_on(tmp_path: Path) -> Callable[[str], Outcome]:
    """Run pytest on one planted test under the suite's own conftest, in a process of its own."""

    def run(source: str) -> Outcome:
        (tmp_path / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
        (tmp_path / "test_planted.py").write_text(source, encoding="utf-8")
        command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.conftest", "-p", "no:cacheprovider"]
        command += ["-W", "error", "--import-mode=importlib", "--rootdir", str(tmp_path), str(tmp_path)]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    return run
