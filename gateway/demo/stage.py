"""Where the demo plays: a throw-away installation, its own server on 127.0.0.1, and a business clock that moves."""

import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import uvicorn

from gateway import wiring
from gateway.api.wire import server_config
from gateway.demo.cast import Cast
from gateway.settings import Settings
from gateway.usecases import use_cases
from gateway.wiring import Gateway
from keys.profiles import CHEAPEST
from schemas.errors import Unavailable
from schemas.ids import Tenant
from schemas.moments import AMSTERDAM

TENANT = Tenant("GM0637")
START = datetime(2026, 10, 2, 9, 0, tzinfo=AMSTERDAM)
"""When the play begins: a Friday morning."""
_PATIENCE = 20.0


Build = Callable[[Gateway, str], Any]
"""Makes the service of an open installation at an origin; the demo takes it, the application is its sibling."""


class MovableClock:
    """The business clock of the demo: set to a moment, and ticking on from there when it is let go."""

    def __init__(self, start: datetime) -> None:
        self._at = start
        self._since: float | None = None

    def __call__(self) -> datetime:
        """Give the present moment of the play."""
        if self._since is None:
            return self._at
        return self._at + timedelta(seconds=time.monotonic() - self._since)

    def set(self, moment: datetime) -> None:
        """Put the clock at a moment and hold it there."""
        self._at, self._since = moment.astimezone(UTC), None

    def forward(self, **by: float) -> None:
        """Move the clock on, in the words of ``timedelta``."""
        self.set(self() + timedelta(**by))

    def let_go(self) -> None:
        """Let the clock tick on from where it stands, as fast as the real one."""
        self._at, self._since = self(), time.monotonic()


class Stage:
    """An open demo installation with its server; ``origin`` is where it listens."""

    def __init__(
        self, home: Path, build: Build, start: datetime = START, choices: Mapping[str, Any] | None = None
    ) -> None:
        self._build = build
        self.clock = MovableClock(start)
        self.cast = Cast(TENANT)
        self.passphrase = secrets.token_urlsafe(24).encode()
        self._listener = _listen()
        port = self._listener.getsockname()[1]
        self.origin = f"http://127.0.0.1:{port}"
        self.settings = Settings(
            home=home, tenant=TENANT, demo=True, port=port, origin=self.origin, **(choices or {})
        )
        wiring.found(self.settings, self.passphrase, CHEAPEST)
        self.gateway = wiring.assemble(self.settings, self.clock)
        self.gateway.unseal(self.passphrase)
        wiring.prepare_process()
        self.cast.register(use_cases(self.gateway, self.origin).administration)

    @contextmanager
    def serving(self) -> Iterator[None]:
        """Serve real HTTP from a thread for the length of the block."""
        server = uvicorn.Server(server_config(self._build(self.gateway, self.origin)))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [self._listener]}, daemon=True)
        thread.start()
        try:
            _wait(server)
            yield
        finally:
            server.should_exit = True
            thread.join()

    def close(self) -> None:
        """Close the installation; the folder is the caller's."""
        self.gateway.close()
        self._listener.close()


def _listen() -> socket.socket:
    """Listen on a free port; the protocol is named, or asyncio leaves Nagle's 40 ms on every answer (measured)."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    listener.listen(128)
    return listener


def _wait(server: uvicorn.Server) -> None:
    until = time.monotonic() + _PATIENCE
    while not server.started:
        if time.monotonic() > until:
            raise Unavailable("De server van de demo start niet")
        time.sleep(0.02)
