"""Rates of the keys: seal, open, tags, pseudonyms, log details; ratios against bare AES-256-GCM.

Run ``python -m bench.keys``. One thread; every line is the best of three. The bar of each promise stands beside it.
"""

import hashlib
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from keys.details import DetailSealer
from keys.envelope import Context, Permit, Vault
from keys.keyring import Keyring
from keys.profiles import CHEAPEST, KEY_BYTES, NONCE_BYTES
from keys.providers.file import FileProvider
from keys.pseudonym import Pseudonyms
from keys.rotation import rotate
from keys.shred import destroy
from keys.tags import TagBook
from schemas.person import DataClass

TENANT = "GM0637"
PASSPHRASE = b"bench"
MANY = 15_000
SIGNALS = 5_000
CLASSES = (DataClass.IDENTITEIT, DataClass.CONTACT, DataClass.FINANCIEN)
INDEXES = ("telefoon", "naam_geboortedatum", "adres_geboortedatum", "adres_naam", "email")
PAYLOAD = b"x" * 250


def report(what: str, count: int, run: Callable[[], object], bar: str = "", tries: int = 3) -> float:
    """Print the rate of ``run``, which does ``count`` things, and give the seconds a thing takes."""
    best = min(_seconds(run) for _ in range(tries)) / count
    print(f"{what:52} {1 / best:>11,.0f} /s {best * 1e6:>9.2f} µs   {bar}")
    return best


def _seconds(run: Callable[[], object]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def subject(number: int) -> str:
    return f"{number:032x}"


def founded(home: Path) -> Keyring:
    provider = FileProvider.create(home / "root.json", PASSPHRASE, CHEAPEST)
    keyring = Keyring.create(home / "keys.db", provider, [TENANT], now_ms=0, monotonic=time.monotonic)
    keyring.unseal(PASSPHRASE)
    return keyring


def places(block: int) -> list[Context]:
    """Three sealed fields of each of 5,000 people nobody has seen before."""
    people = [subject(block * MANY + n // 3) for n in range(MANY)]
    return [
        Context(TENANT, "gateway_signal", "payload", who, who, CLASSES[n % 3]) for n, who in enumerate(people)
    ]


def pairs(here: list[Context]) -> list[tuple[str, DataClass]]:
    return [(place.subject, place.data_class) for place in here]


def sealing(vault: Vault) -> list[tuple[Context, bytes]]:
    blocks = iter(range(100))

    def fresh() -> list[bytes]:
        here = places(next(blocks))
        keys = vault.new_keys(TENANT, pairs(here))
        return [vault.seal(key, place, PAYLOAD) for key, place in zip(keys, here, strict=True)]

    report(
        "new keys, stored", MANY, lambda: vault.new_keys(TENANT, pairs(places(next(blocks)))), "≥ 50,000 /s"
    )
    report("new key, stored, and a value sealed with it", MANY, fresh, "≥ 60,000 /s")
    here = places(99)
    keys = vault.keys_for(TENANT, pairs(here))
    work = list(zip(keys, here, strict=True))
    seal = report("seal", MANY, lambda: [vault.seal(key, place, PAYLOAD) for key, place in work])
    aead, padded = AESGCM(os.urandom(KEY_BYTES)), PAYLOAD.ljust(256, b"\0")
    raw = report(
        "bare AES-256-GCM with a random nonce, encrypt",
        MANY,
        lambda: [aead.encrypt(os.urandom(NONCE_BYTES), padded, b"a" * 120) for _ in range(MANY)],
    )
    print(f"{'ratio: seal to bare encrypt':52} {seal / raw:>11.1f} ×")
    return [(place, vault.seal(key, place, PAYLOAD)) for key, place in work]


def opening(ring: Keyring, vault: Vault, sealed: list[tuple[Context, bytes]]) -> None:
    permit = Permit(b"", 0, frozenset(hashlib.sha256(value).digest() for _, value in sealed))
    some = sealed[:SIGNALS]

    def opened() -> None:
        ring.deks.clear()
        for place, value in some:
            vault.open(permit, place, value)

    report("open, key from the store", SIGNALS, opened, "≤ 60 µs")
    report(
        "open many, keys from the store", SIGNALS, lambda: (ring.deks.clear(), vault.open_many(permit, some))
    )
    place, value = some[0]
    repeat = range(MANY)
    cached = report(
        "open, key in the cache", MANY, lambda: [vault.open(permit, place, value) for _ in repeat], "≤ 12 µs"
    )
    aead, nonce = AESGCM(os.urandom(KEY_BYTES)), bytes(NONCE_BYTES)
    boxed = aead.encrypt(nonce, PAYLOAD, b"a" * 120)
    raw = report(
        "bare AES-256-GCM, decrypt", MANY, lambda: [aead.decrypt(nonce, boxed, b"a" * 120) for _ in repeat]
    )
    print(f"{'ratio: open (cached) to bare decrypt':52} {cached / raw:>11.1f} ×")


def searching(ring: Keyring) -> None:
    book = TagBook(ring, 200_000)
    wanted = [
        (index, ("jansen", "1980-01-01", str(n)), subject(n)) for n in range(SIGNALS) for index in INDEXES
    ]
    report(
        "signals tagged (5 tags, 5 pointers)",
        SIGNALS,
        lambda: book.entries_for(TENANT, wanted),
        "≥ 12,000 /s",
    )
    entries = book.entries_for(TENANT, wanted)
    hits = [(index, tag, parts, ptr) for (index, parts, _), (tag, ptr) in zip(wanted, entries, strict=True)]
    report("pointers followed", len(hits), lambda: book.resolve_many(TENANT, hits))
    names = Pseudonyms(ring)
    report(
        "pseudonyms",
        MANY,
        lambda: [names.spoken(TENANT, "p", "bellen", "2026-11", subject(n)) for n in range(MANY)],
    )


def details(ring: Keyring) -> None:
    sealer, blocks = DetailSealer(Vault(ring)), iter(range(900, 1000))

    def cold() -> None:
        first = next(blocks) * MANY
        sealer.seal_many(TENANT, [(subject(first + n), PAYLOAD) for n in range(SIGNALS)])

    known = [(subject(900 * MANY + n), PAYLOAD) for n in range(SIGNALS)]
    report("log details, new people", SIGNALS, cold)
    report("log details, known people", SIGNALS, lambda: sealer.seal_many(TENANT, known), "≥ 40,000 /s")


def upkeep(ring: Keyring) -> None:
    deks = rotate(ring, PASSPHRASE, TENANT, DataClass.CONTACT, 1).rewrapped
    report(
        "keys rewrapped by a renewal",
        deks,
        lambda: rotate(ring, PASSPHRASE, TENANT, DataClass.CONTACT, 2),
        tries=1,
    )
    people = [subject(n) for n in range(500)]
    report(
        "people erased, with proof from the disk",
        len(people),
        lambda: destroy(ring, TENANT, people, DataClass, ground="bench", now_ms=3, backup_days=14),
        tries=1,
    )


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        ring = founded(Path(folder))
        report("unseal (without the passphrase's stretching)", 1, lambda: ring.unseal(PASSPHRASE))
        vault = Vault(ring)
        opening(ring, vault, sealing(vault))
        searching(ring)
        details(ring)
        upkeep(ring)
        ring.close()


if __name__ == "__main__":
    main()
