"""Joins the wings: makes a new installation, opens an existing one, and hands every use case its parts.

The only place that reads a clock, makes an id or draws randomness; everything else gets them handed in.
"""

import fcntl
import gc
import os
import secrets
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime
from datetime import time as time_of_day
from pathlib import Path
from typing import IO, Protocol

from audit import schema as audit_schema
from audit.log import Log
from gateway.disclosure import Codes, Door
from gateway.installation import Installation
from gateway.policy.calendar import Calendar, CallingHours, Window
from gateway.policy.compile import packaged_register
from gateway.policy.routing import load_rules
from gateway.services.administration import operator
from gateway.services.opening import Opening
from gateway.settings import Settings
from gateway.store import parties, restored
from gateway.store import schema as gateway_schema
from gateway.store.commit import Store, alone
from keys.details import DetailSealer
from keys.envelope import Vault
from keys.fingerprint import Fingerprints
from keys.keyring import ALL, Keyring
from keys.process import harden_process
from keys.profiles import STANDARD, ScryptProfile
from keys.providers.file import FileProvider
from keys.pseudonym import Pseudonyms
from keys.signing import Ed25519
from keys.tags import TagBook
from schemas.errors import Conflict, Invalid, Unavailable
from schemas.person import DataClass

KEY_FILE, KEY_STORE, DATABASE, LOCK = "root.key", "keys.db", "sluis.db", "sluis.lock"
DEMO = "demo"
"""An empty file in the home of a demo, from its founding on."""
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_NEEDED = (
    (KEY_STORE, "sleutelopslag_ontbreekt", "key-loss.md"),
    (DATABASE, "database_ontbreekt", "restore.md"),
)


class Clock(Protocol):
    """The business clock: what day it is for residents, terms and calling windows."""

    def __call__(self) -> datetime:
        """Give the present instant, aware, in UTC."""


def wall_clock() -> datetime:
    """Give the real time."""
    return datetime.now(UTC)  # noqa: TID251 (this is where clocks come from)


def wall_ms() -> int:
    """Give the real time in milliseconds UTC: log times and tokens use it, whatever the business clock says."""
    return time.time_ns() // 1_000_000


def new_id() -> str:
    """Make an id: a UUIDv7 (RFC 9562) as 32 hex digits, so that ids sort by the time they were made."""
    stamp = wall_ms().to_bytes(6, "big")
    tail = bytearray(secrets.token_bytes(10))
    tail[0] = 0x70 | (tail[0] & 0x0F)
    tail[2] = 0x80 | (tail[2] & 0x3F)
    return (stamp + tail).hex()


def found(settings: Settings, passphrase: bytes | bytearray, profile: ScryptProfile = STANDARD) -> None:
    """Make a new installation in the home folder: key file, key store, empty tables.

    Raises:
        Conflict: there is one already.
    """
    home = settings.home
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    if any((home / name).exists() for name in (KEY_FILE, KEY_STORE, DATABASE)):
        raise Conflict("In deze map staat al een installatie, of een deel ervan")
    if settings.demo:
        _private(home / DEMO)
    provider = FileProvider.create(home / KEY_FILE, passphrase, profile)
    keyring = Keyring.create(
        home / KEY_STORE, provider, [settings.tenant], now_ms=wall_ms(), monotonic=time.monotonic
    )
    keyring.close()
    _private(home / DATABASE)
    migrate(settings)


def migrate(settings: Settings) -> None:
    """Bring the tables of every owner to the present version, all of them or none."""
    with alone(settings.home / DATABASE) as connection:
        gateway_schema.migrate(connection)
        audit_schema.migrate(connection)


def _private(path: Path) -> None:
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))


@dataclass(frozen=True, slots=True)
class Gateway:
    """An open installation with its parts; starts sealed."""

    house: Installation
    door: Door
    codes: Codes
    keyring: Keyring
    signer: Ed25519
    lock: IO[bytes]

    def unseal(self, passphrase: bytes | bytearray) -> None:
        """Load the keys, and look whether what they open is in order; when it is not, everything stays sealed.

        Only the classes of the settings are loaded: what asks for another meets ``Sealed`` (``klasse_niet_geladen``).

        Raises:
            Sealed: the passphrase is wrong. LogBroken: the end of the log was changed.
        """
        self.keyring.unseal(passphrase, _classes(self.house.settings))
        with ExitStack() as undo:
            undo.callback(self.keyring.seal)
            Opening(self.house, self.keyring, self.signer).begin(operator(self.house.tenant))
            undo.pop_all()

    @property
    def apart(self) -> int:
        """How many signals are set apart because their keys are missing (docs/runbook/restore.md)."""
        with self.house.store.read() as connection:
            return len(restored.apart(connection, self.house.settings.tenant))

    def find_client(self, client_id: str) -> dict[str, object] | None:
        """Give the row of an active client, for the token service."""
        with self.house.store.read() as connection:
            row = parties.find_client(connection, client_id)
        return None if row is None else dict(row)

    def close(self) -> None:
        """Stop the writer, forget the keys, let the home folder go."""
        self.house.store.close()
        self.keyring.close()
        self.lock.close()


def assemble(settings: Settings, clock: Clock = wall_clock, ids: Callable[[], str] = new_id) -> Gateway:
    """Open the installation in the home folder; it starts sealed.

    Raises:
        Unavailable: there is none, one of its files is gone, another process has it open, or it is a demo where
            production is meant, or the other way round.
    """
    home = settings.home
    insist_on_files(home)
    _keep_apart(settings)
    with ExitStack() as undo:
        lock = undo.enter_context(_exclusive(home / LOCK))
        migrate(settings)
        keyring = Keyring(home / KEY_STORE, FileProvider(home / KEY_FILE), time.monotonic)
        undo.callback(keyring.close)
        signer = Ed25519(keyring, settings.tenant, f"{settings.log_origin}/audit/{settings.tenant}")
        house = _house(settings, keyring, signer, clock, ids)
        undo.pop_all()  # All went well: from here on the gateway closes them.
    return Gateway(house, Door(house), Codes(house), keyring, signer, lock)


def insist_on_files(home: Path) -> None:
    """Refuse a home without all its files: a key store or database made anew would hide that the old one is gone.

    Raises:
        Unavailable: there is no installation (``geen_installatie``), or a part of it is gone, with the runbook that helps.
    """
    if not (home / KEY_FILE).exists():
        raise Unavailable("In deze map staat geen installatie", code="geen_installatie")
    for name, code, runbook in _NEEDED:
        if not (home / name).is_file() or not (home / name).stat().st_size:
            raise Unavailable(f"{name} ontbreekt of is leeg; zie docs/runbook/{runbook}", code=code)


def _keep_apart(settings: Settings) -> None:
    """Refuse production data to the demo, and demo secrets to production: a home stays what it was founded as.

    Raises:
        Unavailable: the home is the other kind, or a demo would listen to more than this machine.
    """
    made_for_demo = (settings.home / DEMO).exists()
    if made_for_demo and not settings.demo:
        raise Unavailable("Dit is een demo; haar sleutels dienen niet voor echte gegevens", code="is_demo")
    if settings.demo and not made_for_demo:
        raise Unavailable("De demo opent geen installatie met echte gegevens", code="geen_demo")
    if settings.demo and settings.host not in _LOOPBACK:
        raise Unavailable("Een demo luistert alleen naar deze machine", code="demo_naar_buiten")


def _house(
    settings: Settings, keyring: Keyring, signer: Ed25519, clock: Clock, ids: Callable[[], str]
) -> Installation:
    """Put the parts together; the store comes last, for it starts to work at once."""
    vault = Vault(keyring)
    log = Log(signer, DetailSealer(vault), settings.log_origin, os.urandom)
    store = Store(settings.home / DATABASE, log, wall_ms)
    with store.read() as connection:
        ended = parties.ended_clients(connection)
    return Installation(
        settings=settings,
        vault=vault,
        tags=TagBook(keyring, settings.expected_subjects),
        fingerprints=Fingerprints(keyring),
        pseudonyms=Pseudonyms(keyring),
        register=packaged_register(),
        rules=load_rules(),
        calendar=Calendar(_hours(settings)),
        now=clock,
        new_id=ids,
        store=store,
        ended=set(ended),
    )


def _classes(settings: Settings) -> frozenset[DataClass]:
    """Give the key classes of this process; without those of the log nothing could be told, so nothing could be done."""
    if not settings.key_classes:
        return ALL
    return frozenset(map(DataClass, settings.key_classes.split(","))) | {DataClass.LOGBOEK, DataClass.TEKENEN}


def _hours(settings: Settings) -> CallingHours:
    """Read when may be called.

    Raises:
        Invalid: a window closes before it opens, or a day does not exist.
    """
    try:
        closed = frozenset(date.fromisoformat(day) for day in settings.calling_closed.split(",") if day)
    except ValueError:
        raise Invalid("SLUIS_CALLING_CLOSED noemt een dag die niet bestaat", code="instelling") from None
    return CallingHours(_window(settings.calling_weekdays), _window(settings.calling_saturday), closed)


def _window(hours: str) -> Window:
    opens, closes = (time_of_day.fromisoformat(part) for part in hours.split("-"))
    if opens >= closes:
        raise Invalid("Een belvenster sluit voordat het opengaat", code="instelling")
    return Window(opens, closes)


def prepare_process() -> None:
    """Make a process ready to serve: no core dumps, and a collector that leaves start-up's objects alone.

    A delivery makes half a million short-lived objects; with Python's defaults the collector walks everything that
    was imported again and again, a quarter of the time of an upload (measured).
    """
    harden_process()
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)


def _exclusive(path: Path) -> IO[bytes]:
    """Hold the home folder for this process alone: the embedded database has one writer."""
    held = path.open("ab")
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        held.close()
        raise Unavailable("Een ander proces gebruikt deze installatie", code="in_gebruik") from None
    return held
