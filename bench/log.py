"""Figures of the log: appends by batch size, Merkle tree against hash chain, proofs, offline verification.

Run: ``python -m bench.log [--entries 1000000]`` from the root of the checkout. Every ratio is of one run.
"""

import argparse
import resource
import statistics
import tempfile
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from sqlalchemy import Connection, Engine

from audit.checkpoint import Checkpoint, sign
from audit.entry import draft, finish
from audit.export import write
from audit.layout import pack, tile_path, tiles_of
from audit.query import inclusion
from audit.tree import TILE_WIDTH, grow, leaf_hash, root_of
from audit.verify import verify
from tests.support.audit import NOON, TENANT, Ed25519, make_engine, make_log, read_case, verify_ed25519


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def durable(engine: Engine) -> None:
    with engine.connect() as connection:
        raw = connection.connection.cursor()
        raw.execute("PRAGMA journal_mode=WAL")
        raw.execute("PRAGMA synchronous=FULL")


def appends(folder: Path) -> None:
    engine = make_engine(folder / "log.db")
    durable(engine)
    log, events = make_log(), [read_case(number) for number in range(5000)]
    print("append, events with sealed details, file database, synchronous=FULL")
    for batch, rounds in ((1, 200), (16, 100), (64, 50), (512, 10), (5000, 4)):
        inside, whole = [], []
        for _ in range(rounds):
            start = time.perf_counter()
            with engine.begin() as connection:
                inside.append(seconds(lambda c=connection, n=batch: log.append(c, events[:n], NOON)))
            whole.append(time.perf_counter() - start)
        append, commit = statistics.median(inside), statistics.median(whole)
        print(
            f"  batch {batch:5}: {append * 1e3:8.3f} ms append, {commit * 1e3:8.3f} ms with commit,"
            f" {batch / append:9.0f} events/s, {batch / commit:9.0f} durable events/s"
        )
    with engine.connect() as connection:
        receipts(connection)
        print(f"  export: {seconds(lambda: write(connection, TENANT, 2026, folder / 'out')):.2f} s")
    engine.dispose()


def receipts(connection: Connection) -> None:
    took = [seconds(lambda at=at: inclusion(connection, TENANT, 2026, at)) for at in range(1, 400, 8)]
    print(f"  receipt from tiles: {statistics.median(took) * 1e3:.2f} ms")


def chain_or_tree() -> None:
    entries = [finish(draft(read_case(number), NOON, 0, bytes(106)).leaf, b"x") for number in range(20_000)]

    def chain() -> None:
        link = b""
        for entry in entries:
            link = sha256(link + entry).digest()

    def tree(batch: int) -> None:
        size, edge = 0, ()
        for at in range(0, len(entries), batch):
            growth = grow(size, edge, [leaf_hash(entry) for entry in entries[at : at + batch]])
            size, edge = growth.size, growth.edge
            root_of(edge)

    base = min(seconds(chain) for _ in range(3))
    print(f"hashing {len(entries[0])}-byte entries, per entry")
    print(f"  hash chain:             {base / len(entries) * 1e6:6.2f} us")
    for batch in (1, 16, 256, 5000):
        took = min(seconds(lambda n=batch: tree(n)) for _ in range(3))
        print(
            f"  tree, root per {batch:5}:   {took / len(entries) * 1e6:6.2f} us, {took / base:4.1f} x the chain"
        )


def make_export(folder: Path, size: int) -> Path:
    """Write an export of ``size`` entries straight to files, without a database."""
    signer, directory = Ed25519(), folder / "large"
    levels: dict[int, list[bytes]] = {}
    edge: tuple[bytes, ...] = ()
    for first in range(0, size, TILE_WIDTH):
        numbers = range(first, min(first + TILE_WIDTH, size))
        entries = [finish(draft(read_case(n), NOON + n, 0, n.to_bytes(106)).leaf, b"%d" % n) for n in numbers]
        growth = grow(first, edge, [leaf_hash(entry) for entry in entries])
        edge = growth.edge
        for level, hashes in enumerate(growth.levels):
            levels.setdefault(level, []).extend(hashes)
        put(directory / tile_path("entries", first // TILE_WIDTH, len(entries)), pack(entries))
    for level, n, width in tiles_of(size):
        put(directory / tile_path(level, n, width), b"".join(levels[level][n * TILE_WIDTH :][:width]))
    point = Checkpoint(f"sluis.example/audit/{TENANT}/2026", size, root_of(edge))
    put(directory / "checkpoint", sign(point, signer).encode())
    put(directory / "vkey", f"{signer.vkey}\n".encode())
    return directory


def put(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def verification(folder: Path, size: int) -> None:
    directory = make_export(folder, size)
    took = seconds(lambda: verify(directory, verify_ed25519, str(Ed25519().vkey)))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"verify {size} entries offline: {took:.2f} s, {size / took:,.0f} entries/s, peak {peak:.0f} MB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=100_000, help="size of the log to verify")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        chain_or_tree()
        appends(Path(name))
        verification(Path(name), wanted.entries)


if __name__ == "__main__":
    main()
