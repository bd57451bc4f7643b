"""The operator's door to a running service: a socket in the home folder, for this user of this machine only."""

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.cli.home import LONGEST
from schemas.errors import SluisError, Unavailable

if TYPE_CHECKING:
    from gateway.wiring import Gateway

SOCKET = "control.sock"
_LONGEST_ADDRESS = 107


class Control:
    """Listens for one thing: the passphrase that opens the keys."""

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
            given = bytearray(asker.recv(LONGEST))
            self._gateway.unseal(given.rstrip(b"\n"))
        except TimeoutError:
            return b"te laat\n"
        except SluisError as error:
            return f"{error.code}\n".encode()
        return b"open\n"


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


def unseal(home: Path, passphrase: bytearray) -> None:
    """Send the passphrase to the running service.

    Raises:
        Unavailable: no service is running here, or it refuses.
    """
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(30)
        try:
            with _address(home / SOCKET) as address:
                line.connect(address)
            line.sendall(passphrase)
            line.shutdown(socket.SHUT_WR)
            answer = line.recv(LONGEST)
        except OSError:
            raise Unavailable("Hier draait geen dienst", code="geen_dienst") from None
    if answer != b"open\n":
        raise Unavailable("Het wachtwoord past niet", code=answer.decode("ascii", "replace").strip())
