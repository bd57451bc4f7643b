"""Upload of 5,000 lines over HTTP: parse, validate, seal, tags, log, commit.

Run: ``./sluis bench upload``. Target: 2,000 lines/s on the wall, below 300 MB. The server is a process of its own, so
that memory and CPU are its alone. The baseline in the same run reads the same file with csv.DictReader and inserts its
rows, unsealed and unlogged, into SQLite with the same durability.
"""

import csv
import io
import sqlite3
import tempfile
import time
from pathlib import Path

from bench.rig import sluis
from bench.rig.process import cpu_seconds, memory_mb, serving
from bench.rig.sluis import Served
from bench.rig.targets import at_least, at_most, conclude
from gateway.demo.stage import START
from gateway.demo.town import Town

LINES, RUNS = 5_000, 4
LEAST, MOST_MB = 2_000, 300


def _rows() -> list[dict[str, str]]:
    """Lines of one month of a town so large that one partner has them all; no two are the same."""
    town = Town(inhabitants=125_000 * LINES * RUNS // 400, first_month=START.date().replace(day=1))
    rows = [signal.row | {"signaal_ref": f"H{n}"} for n, signal in enumerate(town.month(START.date()))]
    return [
        row | {"partner_type": "huur", "klantnummer": ""} for row in rows if row["soort"] == "vroegsignaal"
    ]


def _file(rows: list[dict[str, str]]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), delimiter=";", restval="")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def _baseline(body: bytes, folder: Path) -> float:
    database = sqlite3.connect(folder / "baseline.db", isolation_level=None)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=FULL")
    began = time.process_time()
    rows = list(csv.DictReader(io.StringIO(body.decode()), delimiter=";"))
    names = list(rows[0])
    database.execute(f"CREATE TABLE IF NOT EXISTS signal ({', '.join(names)})")
    database.execute("BEGIN IMMEDIATE")
    marks = ", ".join("?" * len(names))
    database.executemany(f"INSERT INTO signal VALUES ({marks})", [tuple(row.values()) for row in rows])
    database.execute("COMMIT")
    return time.process_time() - began


def _upload(served: Served, bodies: list[bytes]) -> list[tuple[float, float]]:
    """Upload one file after the other; gives seconds on the wall, and of the server's CPU."""
    client, took = served.client("client-woonstichting"), []
    client.get("/leveringen/" + "0" * 32)
    for number, body in enumerate(bodies):
        used, began = cpu_seconds(served.pid), time.perf_counter()
        answer = client.upload(body, "text/csv", f"meting-{number}").json()
        took.append((time.perf_counter() - began, cpu_seconds(served.pid) - used))
        if answer.get("aangenomen") != LINES:
            raise RuntimeError(f"refused: {answer}"[:1000])
    return took


def main() -> None:
    """Measure and compare."""
    rows = _rows()
    bodies = [_file(rows[at * LINES : (at + 1) * LINES]) for at in range(RUNS)]
    with tempfile.TemporaryDirectory(prefix="sluis-bench-") as folder:
        plain = min(_baseline(body, Path(folder)) for body in bodies)
    with serving(sluis.serve) as served:
        idle, _ = memory_mb(served.pid)
        took = _upload(served, bodies)
        _, peak = memory_mb(served.pid)
    wall, cpu = (sorted(seconds)[len(took) // 2] for seconds in zip(*took, strict=True))
    print(f"{RUNS} uploads of {LINES} lines ({len(bodies[0]) / 1e6:.1f} MB), the median:")
    print(f"  {LINES / cpu:,.0f} lines/s of CPU; the server held {idle:.0f} MB before")
    print(f"  plain insert of the same file: {plain:.2f} s of CPU; ratio {cpu / plain:.0f}")
    conclude(
        [
            at_least(f"upload: {LINES:,} lines end to end", LINES / wall, LEAST, "lines/s"),
            at_most("upload: the server's own peak memory", peak, MOST_MB, "MB"),
        ]
    )


if __name__ == "__main__":
    main()
