"""Sluis as a benchmark meets it: a demo installation, served by a process of its own."""

import os
import tempfile
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from gateway.app import create_app
from gateway.demo.client import PartyClient
from gateway.demo.stage import Stage


@dataclass(frozen=True)
class Served:
    """A running service and the keys of its clients."""

    pid: int
    origin: str
    keys: dict[str, dict[str, str]]

    def client(self, name: str) -> PartyClient:
        """One of the cast, over HTTP."""
        return PartyClient(self.origin, name, self.keys[name])


def serve(pipe: Connection) -> None:
    """Serve until told to end; says what it serves when ready."""
    os.environ["SLUIS_REQUESTS_PER_MINUTE"] = "60000000"  # the limit is not what is measured here
    with tempfile.TemporaryDirectory(prefix="sluis-bench-") as folder:
        stage = Stage(Path(folder) / "home", create_app)
        with stage.serving():
            pipe.send(Served(os.getpid(), stage.origin, stage.cast.keys))
            pipe.poll(None)
