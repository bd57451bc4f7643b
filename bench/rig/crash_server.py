"""A demo installation that is made to be killed: founded once, served by processes that die without a word."""

import multiprocessing
import os
import secrets
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from multiprocessing.process import BaseProcess
from pathlib import Path

import uvicorn

from audit.log import Log
from gateway import wiring
from gateway.api.wire import server_config
from gateway.app import create_app
from gateway.demo.cast import Cast
from gateway.demo.stage import TENANT, MovableClock
from gateway.disclosure import Codes, Door
from gateway.settings import Settings
from gateway.store.commit import Store
from gateway.usecases import use_cases
from gateway.wiring import Gateway
from keys.details import DetailSealer
from keys.profiles import CHEAPEST

START_SECONDS = 60.0
MakeStore = Callable[[Path, Log], Store]
"""Makes a store of its own on the database of a site."""


@dataclass(frozen=True)
class Site:
    """Where the installation stands and how it is opened; the port stays the same for all its servers."""

    home: Path
    port: int
    passphrase: bytes

    @property
    def origin(self) -> str:
        """The public origin, which tokens and assertions name."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def settings(self) -> Settings:
        """The settings of every server of this site; the share of a client is not what is tested."""
        return Settings(
            home=self.home,
            tenant=TENANT,
            demo=True,
            port=self.port,
            origin=self.origin,
            requests_per_minute=6_000_000,
        )


def found(home: Path, start: datetime) -> tuple[Site, Cast]:
    """Make the installation with everybody on record."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    site, cast = Site(home, port, secrets.token_hex(24).encode()), Cast(TENANT)
    wiring.found(site.settings, site.passphrase, CHEAPEST)
    gateway = wiring.assemble(site.settings, MovableClock(start))
    gateway.unseal(site.passphrase)
    cast.register(use_cases(gateway, site.origin).administration)
    gateway.close()
    return site, cast


class NotStartedError(RuntimeError):
    """A server that should have started did not: it opens nothing when the log's end does not hold."""


def start(site: Site, at: datetime, make: MakeStore | None = None) -> BaseProcess:
    """Start a server process on a store of this making (else the product's); waits until it listens."""
    process = _launch(site, at, make)
    until = time.monotonic() + START_SECONDS
    while not _listens(site.port):
        if time.monotonic() > until or not process.is_alive():
            raise NotStartedError
        time.sleep(0.005)
    return process


def stillborn(site: Site, at: datetime, seconds: float) -> None:
    """Start a server process and kill it so much later, ready or not."""
    process = _launch(site, at)
    time.sleep(seconds)
    process.kill()
    process.join()


def _launch(site: Site, at: datetime, make: MakeStore | None = None) -> BaseProcess:
    """Fork a server from a process that has imported everything."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    process = context.Process(target=serve, args=(site, at, make), daemon=True)
    process.start()
    return process


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def serve(site: Site, at: datetime, make: MakeStore | None = None) -> None:
    """Serve until killed, with the business clock standing at ``at``."""
    gateway = wiring.assemble(site.settings, MovableClock(at))
    gateway.unseal(site.passphrase)
    if make:
        gateway = _on(gateway, make)
    wiring.prepare_process()
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", site.port))
    listener.listen(128)
    uvicorn.Server(server_config(create_app(gateway, site.origin))).run(sockets=[listener])


def _on(gateway: Gateway, make: MakeStore) -> Gateway:
    """Open the same installation with another store."""
    house = gateway.house
    house.store.close()
    log = Log(gateway.signer, DetailSealer(house.vault), house.settings.log_origin, os.urandom)
    house = replace(house, store=make(house.settings.home / wiring.DATABASE, log))
    return replace(gateway, house=house, door=Door(house), codes=Codes(house))
