"""A case system of social work of our own contract, behind a real socket, that fails in every way that a test asks."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TOKEN = "geheim-van-het-ris"


@dataclass
class Arrived:
    """A dossier as it stands over there, and how often it was sent."""

    body: Mapping[str, Any]
    version: int
    keys: list[str] = field(default_factory=list)


class CaseSystem:
    """Keeps the newest version of every dossier; ``faults`` are answered first, in order.

    A fault is a status, ``"zwijgt"`` (takes the dossier and hangs up without an answer) or ``"weg"`` (hangs up at once).
    """

    def __init__(self) -> None:
        self.dossiers: dict[str, Arrived] = {}
        self.faults: list[int | str] = []
        self.asked = 0
        self.seen: dict[str, int] = {}
        self.origin = ""

    def take(self, reference: str, key: str, version: int, body: bytes) -> int:
        """Store a dossier once; a version that is not newer changes nothing."""
        known = self.dossiers.get(reference)
        if known is not None and key in known.keys:
            return 200
        if known is not None and known.version >= version:
            return 409
        self.dossiers[reference] = Arrived(json.loads(body), version, [*(known.keys if known else []), key])
        self.seen[key] = self.seen.get(key, 0) + 1
        return 201 if known is None else 200


class Handler(BaseHTTPRequestHandler):
    """Speaks the contract of ``docs/reference/ris.md``."""

    protocol_version = "HTTP/1.1"
    system: CaseSystem

    def do_PUT(self) -> None:
        """Take a dossier, or fail as the test asks."""
        self.system.asked += 1
        fault = self.system.faults.pop(0) if self.system.faults else None
        body = self.rfile.read(int(self.headers["Content-Length"]))
        known = self.headers["Authorization"] == f"Bearer {TOKEN}"
        if fault == "weg" or isinstance(fault, int) or not known:
            self._say(fault if isinstance(fault, int) else 401, hang_up=fault == "weg")
            return
        reference = self.path.removeprefix("/dossiers/")
        version, key = int(self.headers["Dossier-Version"]), self.headers["Idempotency-Key"]
        self._say(self.system.take(reference, key, version, body), hang_up=fault == "zwijgt")

    def _say(self, status: int, *, hang_up: bool) -> None:
        self.close_connection = hang_up
        if hang_up:
            return
        self.send_response(status)
        if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
            self.send_header("Location", "http://127.0.0.1:9/elders")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def a_case_system() -> Iterator[CaseSystem]:
    """Serve on the loopback until the end of the block."""
    system = CaseSystem()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Own", (Handler,), {"system": system}))
    server.daemon_threads = True
    system.origin = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield system
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
