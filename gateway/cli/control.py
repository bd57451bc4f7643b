"""The operator's door to a running service: a socket in the home folder, for this user of this machine only."""

import json
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.cli.home import LONGEST, opened
from gateway.services.administration import Administration, operator
from schemas.errors import Invalid, LogBroken, SluisError, Unavailable
from schemas.ids import ClientId, UserId

if TYPE_CHECKING:
    from gateway.wiring import Gateway

SOCKET = "control.sock"
UNSEAL, END_CLIENT, END_USER, EXPORT = b"unseal", b"end-client", b"end-user", b"export"
_DONE = b"goed\n"
_RUNBOOK = "docs/runbook/restore.md"
_LONGEST_ADDRESS = 107
_LONGEST_WORD = 16
_PATIENCE = 30.0
_EXPORTING = threading.Lock()
"""One export at a time: two into one folder would write through each other."""


class Control:
    """Listens for what cannot wait until the service is stopped: opening keys, ending access, exporting the log.

    A question is one word, a space, and what it is about; the answer is ``goed``, or a code and a sentence.
    """

    def __init__(self, gateway: "Gateway", home: Path) -> None:
        self._gateway = gateway
        self._path = home / SOCKET
        self._listener = socket.socket(socket.AF_UNIX)

    def start(self) -> None:
        """Listen from a thread; the socket is readable by its owner alone."""
        self._path.unlink(missing_ok=True)
        with _address(self._path) as address:
            self._listener.bind(address)
        self._path.chmod(0o600)
        self._listener.listen()
        threading.Thread(target=self._listen, name="control", daemon=True).start()

    def close(self) -> None:
        """Stop listening and take the socket away."""
        with suppress(OSError):  # A close alone would leave the listening thread waiting.
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._path.unlink(missing_ok=True)

    def _listen(self) -> None:
        while True:
            try:
                asker, _ = self._listener.accept()
            except OSError:
                return
            # Each in a thread of his own: access must end at once, also while a long log is being exported.
            threading.Thread(target=self._hear, args=(asker,), name="operator", daemon=True).start()

    def _hear(self, asker: socket.socket) -> None:
        # Whoever hangs up half way is nobody's trouble.
        with asker, suppress(OSError):
            asker.settimeout(5)
            asker.sendall(self._answer(asker))

    def _answer(self, asker: socket.socket) -> bytes:
        try:
            word, _, about = bytearray(asker.recv(LONGEST + _LONGEST_WORD)).rstrip(b"\n").partition(b" ")
            said = act(self._gateway, bytes(word), about)
        except TimeoutError:
            return b"te_laat\nDat duurde te lang\n"
        except SluisError as error:
            return f"{error.code}\n{error.detail}\n".encode()
        except OSError as error:
            return f"machine\nDat gaat hier niet: {error.strerror or error}\n".encode()
        return _DONE + said.encode()


def act(gateway: "Gateway", word: bytes, about: bytes | bytearray) -> str:
    """Do what a question asks, and give what the operator should know.

    Raises:
        Unavailable: there is no such question. NotFound: who was named has no access, or there is no such log.
        Sealed: a wrong passphrase, or the keys are not open. Invalid, Conflict, LogBroken, OSError: an export that
        may not or cannot be written there.
    """
    if word == UNSEAL:
        gateway.unseal(about)
        return warning(gateway)
    if word in {END_CLIENT, END_USER}:
        _end(gateway, word, about.decode("ascii", "replace"))
        return ""
    if word == EXPORT:
        with _EXPORTING:
            return _export(gateway, about)
    raise Unavailable("Dat kan hier niet", code="onbekende_vraag")


def warning(gateway: "Gateway") -> str:
    """Say what is not in order once the keys are open; nothing when all is well."""
    apart = gateway.apart
    return f"{apart} meldingen staan apart: hun sleutels ontbreken; zie {_RUNBOOK}" if apart else ""


def _end(gateway: "Gateway", word: bytes, name: str) -> None:
    administration, by = Administration(gateway.house), operator(gateway.house.tenant)
    if word == END_CLIENT:
        administration.end_client(by, ClientId(name))
    else:
        administration.end_user(by, UserId(name))


def _export(gateway: "Gateway", about: bytes | bytearray) -> str:
    """Write the log of a year to a folder (both as JSON); gives the report and the years that have a log, as JSON."""
    from gateway.services.export import LogExport

    directory, year = _asked(about)
    logs, by = LogExport(gateway.house, gateway.signer), operator(gateway.house.tenant)
    report = logs.write(by, directory, year)
    return json.dumps({**asdict(report), "root": report.root.hex(), "years": logs.years(by)})


def _asked(about: bytes | bytearray) -> tuple[Path, int | None]:
    try:
        asked = json.loads(about)
        directory, year = Path(asked["directory"]), asked["year"]
    except (ValueError, KeyError, TypeError):
        raise Invalid("Deze vraag is niet te lezen") from None
    if not directory.is_absolute():
        raise Invalid("Geef de hele naam van de map, vanaf de wortel")
    return directory, year


@contextmanager
def _address(path: Path) -> Iterator[str]:
    """Give a name for the socket that the system takes: it knows 107 bytes (unix(7)), and folders may lie deeper."""
    if len(os.fsencode(path)) <= _LONGEST_ADDRESS:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


def done(home: Path, word: bytes, about: bytes, patience: float = _PATIENCE) -> str:
    """Let the running service do something, for it holds the installation; or do it here when none is running.

    Raises:
        as :func:`ask` and :func:`act`.
    """
    try:
        return ask(home, word, about, patience)
    except Unavailable as error:
        if error.code != "geen_dienst":
            raise
    with opened(home) as (gateway, _):
        return act(gateway, word, about)


def ask(home: Path, word: bytes, about: bytes | bytearray, patience: float = _PATIENCE) -> str:
    """Let the running service do something within ``patience`` seconds; gives what the operator should know.

    Raises:
        Unavailable: no service is running here (``geen_dienst``), or it refuses. LogBroken: the log does not verify.
        Invalid: more is asked than the door hears.
    """
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(patience)
        try:
            with _address(home / SOCKET) as address:
                line.connect(address)
            if len(about) > LONGEST:
                raise Invalid("Dat is te lang om aan een draaiende dienst te vragen")
            line.sendall(word + b" " + about)
            line.shutdown(socket.SHUT_WR)
            answer = line.recv(4 * LONGEST)
        except OSError:
            raise Unavailable("Hier draait geen dienst", code="geen_dienst") from None
    if not answer.startswith(_DONE):
        code, _, detail = answer.decode("utf-8", "replace").partition("\n")
        if code == LogBroken.code:
            raise LogBroken(detail.strip())
        raise Unavailable(detail.strip() or "De dienst gaf geen antwoord", code=code or "geen_antwoord")
    return answer.removeprefix(_DONE).decode()
