"""The operator's door to a running service: a socket in the home folder, for this user of this machine only."""

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.cli.home import LONGEST
from gateway.services.administration import Administration, operator
from schemas.errors import SluisError, Unavailable
from schemas.ids import ClientId, UserId

if TYPE_CHECKING:
    from gateway.wiring import Gateway

SOCKET = "control.sock"
UNSEAL, END_CLIENT, END_USER = b"unseal", b"end-client", b"end-user"
_DONE = b"goed\n"
_RUNBOOK = "docs/runbook/restore.md"
_LONGEST_ADDRESS = 107
_LONGEST_WORD = 16


class Control:
    """Listens for what cannot wait until the service is stopped: opening the keys, and taking access away.

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
            # Whoever hangs up half way must not take the door with him.
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
        return _DONE + said.encode()


def act(gateway: "Gateway", word: bytes, about: bytes | bytearray) -> str:
    """Do what a question asks, and give what the operator should know.

    Raises:
        Unavailable: there is no such question. NotFound: who was named has no access. Sealed: a wrong passphrase, or
        the keys are not open.
    """
    if word == UNSEAL:
        gateway.unseal(about)
        return warning(gateway)
    if word in {END_CLIENT, END_USER}:
        _end(gateway, word, about.decode("ascii", "replace"))
        return ""
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


def ask(home: Path, word: bytes, about: bytes | bytearray) -> str:
    """Let the running service do something; gives what the operator should know.

    Raises:
        Unavailable: no service is running here (``geen_dienst``), or it refuses.
    """
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(30)
        try:
            with _address(home / SOCKET) as address:
                line.connect(address)
            line.sendall(word + b" " + about)
            line.shutdown(socket.SHUT_WR)
            answer = line.recv(4 * LONGEST)
        except OSError:
            raise Unavailable("Hier draait geen dienst", code="geen_dienst") from None
    if not answer.startswith(_DONE):
        code, _, detail = answer.decode("utf-8", "replace").partition("\n")
        raise Unavailable(detail.strip() or "De dienst gaf geen antwoord", code=code or "geen_antwoord")
    return answer.removeprefix(_DONE).decode()
