"""Upload of 5,000 lines over HTTP: parse, validate, seal, tags, log, commit. Target: 2,000 lines/s, below 300 MB.

Run: ./sluis bench upload. The baseline in the same run reads the same file with csv.DictReader and inserts its
rows, unsealed and unlogged, into SQLite with the same durability.
"""

import csv
import io
import resource
import sqlite3
import tempfile
import time
from pathlib import Path

from gateway.app import create_app
from gateway.demo.client import PartyClient
from gateway.demo.stage import START, Stage
from gateway.demo.town import Town

LINES = 5_000
RUNS = 3


def _file() -> bytes:
    town = Town(inhabitants=125_000 * LINES // 100, first_month=START.date().replace(day=1))
    text = io.StringIO()
    rows = [signal.row | {"signaal_ref": f"H{n}"} for n, signal in enumerate(town.month(START.date()))]
    rows = [
        row | {"partner_type": "huur", "klantnummer": ""} for row in rows if row["soort"] == "vroegsignaal"
    ]
    writer = csv.DictWriter(text, list(rows[0]), delimiter=";", restval="")
    writer.writeheader()
    writer.writerows(rows[:LINES])
    return text.getvalue().encode()


def _baseline(body: bytes, folder: Path) -> float:
    database = sqlite3.connect(folder / "baseline.db", isolation_level=None)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=FULL")
    began = time.perf_counter()
    rows = list(csv.DictReader(io.StringIO(body.decode()), delimiter=";"))
    names = list(rows[0])
    database.execute(f"CREATE TABLE IF NOT EXISTS signal ({', '.join(names)})")
    database.execute("BEGIN IMMEDIATE")
    marks = ", ".join("?" * len(names))
    database.executemany(f"INSERT INTO signal VALUES ({marks})", [tuple(row.values()) for row in rows])
    database.execute("COMMIT")
    return time.perf_counter() - began


def main() -> None:
    body = _file()
    with tempfile.TemporaryDirectory(prefix="sluis-bench-") as folder:
        plain = min(_baseline(body, Path(folder)) for _ in range(RUNS))
        seconds = []
        for run in range(RUNS):
            stage = Stage(Path(folder) / f"home{run}", create_app)
            with stage.serving():
                client = PartyClient(
                    stage.origin, "client-woonstichting", stage.cast.keys["client-woonstichting"]
                )
                client.get("/leveringen/" + "0" * 32)
                began = time.perf_counter()
                answer = client.upload(body, "text/csv", "meting")
                seconds.append(time.perf_counter() - began)
                if answer.json()["aangenomen"] != LINES:
                    raise RuntimeError(f"refused: {answer.json()['resultaten'][:3]}")
                client.close()
            stage.close()
    best, peak = min(seconds), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"upload of {LINES} lines ({len(body) / 1e6:.1f} MB): {', '.join(f'{s:.2f}' for s in seconds)} s")
    print(
        f"  best {LINES / best:,.0f} lines/s (target 2,000); peak memory {peak:.0f} MB, this process (target 300)"
    )
    print(f"  plain insert of the same file: {plain:.2f} s; ratio {best / plain:.1f}")


if __name__ == "__main__":
    main()
