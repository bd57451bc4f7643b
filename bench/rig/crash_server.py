"""A demo installation that is made to be killed: founded once, served by processes that die without a word.

Two planted faults show that the checks can see what they look for: answers before the commit, and a log that says
it wrote what it did not.
"""

import multiprocessing
import os
import secrets
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from multiprocessing.process import BaseProcess
from pathlib import Path

import uvicorn
from sqlalchemy import Connection

from audit.entry import Event
from audit.log import Appended, Log
from gateway import wiring
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
from schemas.audit import ActType

START_SECONDS = 60.0
_LINGER = 0.03
"""Seconds between an early answer and its commit: about what a group of changes takes on a slow disk."""


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
    site, cast = Site(home, port, secrets.token_bytes(24)), Cast(TENANT)
    wiring.found(site.settings, site.passphrase, CHEAPEST)
    gateway = wiring.assemble(site.settings, MovableClock(start))
    gateway.unseal(site.passphrase)
    cast.register(use_cases(gateway, site.origin).administration)
    gateway.close()
    return site, cast


def start(site: Site, at: datetime, fault: str = "") -> BaseProcess:
    """Start a server process, forked from one that has imported everything; waits until it listens."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    process = context.Process(target=serve, args=(site, at, fault), daemon=True)
    process.start()
    until = time.monotonic() + START_SECONDS
    while not _listens(site.port):
        if time.monotonic() > until or not process.is_alive():
            raise RuntimeError("the server did not start")
        time.sleep(0.005)
    return process


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def serve(site: Site, at: datetime, fault: str = "") -> None:
    """Serve until killed, with the business clock standing at ``at``."""
    gateway = wiring.assemble(site.settings, MovableClock(at))
    gateway.unseal(site.passphrase)
    if fault:
        gateway = FAULTS[fault](gateway)
    wiring.prepare_process()
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", site.port))
    listener.listen(128)
    config = uvicorn.Config(
        create_app(gateway, site.origin),
        access_log=False,
        server_header=False,
        log_level="critical",
        lifespan="off",
    )
    uvicorn.Server(config).run(sockets=[listener])


class EarlyStore(Store):
    """A store with the fault of every tuned database: it answers, and commits a little later."""

    def _transaction(self, group: list) -> list:  # type: ignore[type-arg]  # what waits is the store's own secret
        self._raw.execute("BEGIN IMMEDIATE")
        kept = [item for item in group if self._apply(item)]
        self._settle(group, self._append(kept))
        time.sleep(_LINGER)
        self._raw.execute("COMMIT")
        return []


class ForgetfulLog:
    """A log that claims to have written every disclosure and keeps none."""

    def __init__(self, log: Log) -> None:
        self._log = log

    def append(self, connection: Connection, events: Sequence[Event], now_ms: int) -> list[Appended]:
        """Append what is no disclosure, and make up the rest."""
        kept = [event for event in events if event.act.typ is not ActType.ACCESS]
        written = iter(self._log.append(connection, kept, now_ms) if kept else [])
        return [_made_up() if event.act.typ is ActType.ACCESS else next(written) for event in events]


def _made_up() -> Appended:
    return Appended(10**9, os.urandom(32), "sluis.example/audit", 2026, os.urandom(16).hex())


def _early(path: Path, log: Log) -> Store:
    return EarlyStore(path, log, wiring.wall_ms)


def _forgetful(path: Path, log: Log) -> Store:
    return Store(path, ForgetfulLog(log), wiring.wall_ms)


def _with(make: Callable[[Path, Log], Store]) -> Callable[[Gateway], Gateway]:
    """Open the same installation with another store."""

    def changed(gateway: Gateway) -> Gateway:
        house = gateway.house
        house.store.close()
        log = Log(gateway.signer, DetailSealer(house.vault), house.settings.log_origin, os.urandom)
        house = replace(house, store=make(house.settings.home / wiring.DATABASE, log))
        return replace(gateway, house=house, door=Door(house), codes=Codes(house))

    return changed


FAULTS: Mapping[str, Callable[[Gateway], Gateway]] = {"early": _with(_early), "forgetful": _with(_forgetful)}
"""Planted faults, by the name that ``--fault`` takes."""
