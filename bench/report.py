"""The numbers of a month report out of a full store, against reading its cases and counting them in Python.

Run: ``./sluis bench report [--cases N]``. Target: at most 0.5 s from an installation of 100,000 cases, the protection
of small groups included; the baseline counts the same month from its rows, unprotected. What the worst installation
takes, with all its cases in one month, stands beside it without a target.
"""

import argparse
import os
import random
import sqlite3
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, create_engine, text

from bench.rig.targets import at_most, conclude
from gateway.services.reporting.counting import count
from gateway.services.reporting.typesetting import pdf
from gateway.statistics.assembly import Frame, reports
from gateway.statistics.report import Readers
from gateway.store.change import insert_rows, table_of
from gateway.store.commit import reading_engine
from gateway.store.plans import teach
from gateway.store.tables import METADATA, AttemptRow, CaseRow, CaseSignalRow, SignalRow
from schemas.case import CloseReason
from schemas.ids import Tenant

TENANT, TARGET, MONTHS = Tenant("GM0637"), 0.5, 12
SECTORS = ("zorg", "zorg", "huur", "energie", "water")
TOGETHER = ("enkelvoudig", "enkelvoudig", "opeenvolgend", "meervoudig")
PARTS = ("ochtend", "middag", "avond")
Row = dict[str, Any]


class Store:
    """A database of open columns, with blobs of the usual size where values are sealed."""

    def __init__(self, path: Path, cases: int, months: int) -> None:
        self._chance, self._number = random.Random(637), 0
        engine = create_engine(f"sqlite:///{path}", isolation_level="AUTOCOMMIT")
        METADATA.create_all(engine)
        with engine.connect() as connection:
            teach(connection)
            connection.execute(text("PRAGMA synchronous=0"))
            for start in range(0, cases, 5_000):
                connection.execute(text("BEGIN"))
                self._fill(connection, range(start, min(cases, start + 5_000)), cases, months)
                connection.execute(text("COMMIT"))
        engine.dispose()

    def _id(self) -> str:
        """Make an id that sorts by its time, as real ones do."""
        self._number += 1
        return f"0192{self._number:012x}{self._chance.getrandbits(64):016x}"

    def _fill(self, connection: Connection, numbers: range, cases: int, months: int) -> None:
        made = [self._case(number * months // cases) for number in numbers]
        signals = [self._signal(row) for row in made for _ in range(1 + (self._chance.random() < 0.12))]
        attempts = [self._attempt(row, number) for row in made for number in range(row["attempts"])]
        members = [
            {"tenant": TENANT, "case_id": s["case_id"], "signal_id": s["signal_id"], "linked_at": 1}
            for s in signals
        ]
        for model, rows in (
            (CaseRow, made),
            (SignalRow, signals),
            (CaseSignalRow, members),
            (AttemptRow, attempts),
        ):
            insert_rows(connection, table_of(model), rows)

    def _case(self, month: int) -> Row:
        pick = self._chance.choice
        attempts = pick((0, 0, 0, 1, 2, 3, 4, 5, 6, 7))
        reached = attempts > 0 and self._chance.random() < 0.7
        return {
            "tenant": TENANT,
            "case_id": self._id(),
            "state": "gesloten",
            "month": f"2026-{month + 1:02d}",
            "run_id": "r",
            "opened_at": 1,
            "category": "bellen" if attempts else "brief",
            "samenloop": pick(TOGETHER),
            "trace": "x" * 900,
            "attempts": attempts,
            "reached": reached,
            "accepted_at": 1 if reached and self._chance.random() < 0.2 else None,
            "offer_due": 1,
            "close_reason": pick(tuple(CloseReason)).value,
        }

    def _signal(self, case: Row) -> Row:
        return {
            "case_id": case["case_id"],
            "tenant": TENANT,
            "signal_id": self._id(),
            "delivery_id": "d",
            "line": self._number,
            "party_id": "p",
            "partner_type": self._chance.choice(SECTORS),
            "soort": "vroegsignaal",
            "state": "gekoppeld",
            "month": case["month"],
            "received_at": 1,
            **{name: os.urandom(16) for name in ("line_tag", "ref_tag")},
            **{name: os.urandom(190) for name in ("identity", "contact", "finance")},
        }

    def _attempt(self, case: Row, number: int) -> Row:
        return {
            "tenant": TENANT,
            "attempt_id": self._id(),
            "case_id": case["case_id"],
            "lease_id": self._id(),
            "number": number + 1,
            "at": number,
            "daypart": self._chance.choice(PARTS),
            "outcome": "niet_opgenomen",
            "reached": case["reached"] and number + 1 == case["attempts"],
            "verified": False,
            "script_code": "s",
            "script_version": 1,
            "party_id": "c",
        }


def by_hand(path: Path, month: str) -> Counter[tuple[Any, ...]]:
    """Count a month as a first version would: read its cases and signals, count in Python."""
    with sqlite3.connect(path) as database:
        rows = database.execute(
            "SELECT c.*, s.partner_type FROM gateway_case c JOIN gateway_case_signal m USING (tenant, case_id) "
            "JOIN gateway_signal s USING (tenant, signal_id) WHERE c.tenant = ? AND c.month = ?",
            (TENANT, month),
        )
        names = [column[0] for column in rows.description]
        wanted = ("state", "close_reason", "samenloop", "attempts", "reached", "partner_type")
        return Counter(tuple(dict(zip(names, row, strict=True))[name] for name in wanted) for row in rows)


def best(run: Callable[[], object]) -> float:
    """Give the shortest of five runs, in seconds on the wall."""

    def times() -> Iterator[float]:
        for _ in range(5):
            began = time.perf_counter()
            run()
            yield time.perf_counter() - began

    return min(times())


def measure(folder: Path, cases: int, months: int) -> float:
    """Fill a store and print what a report takes; gives the seconds of its numbers."""
    path, month = folder / f"{months}.db", "2026-01"
    Store(path, cases, months)
    engine = reading_engine(path)
    frames = {readers: Frame(month, "Sluisstad", "2026-02-01T09:00:00+01:00") for readers in Readers}
    with engine.connect() as connection:

        def numbers() -> dict[Readers, Any]:
            return reports(count(connection, TENANT, month, 0, 2), frames)

        taken = best(numbers)
        page = best(lambda: pdf(numbers()[Readers.INTERN])) - taken
    of = f"{cases // months:,} of {cases:,} cases"
    print(f"a month of {of:28} {taken:6.3f} s numbers, {max(page, 0):5.3f} s PDF, {_hand(path, month)}")
    engine.dispose()
    return taken


def _hand(path: Path, month: str) -> str:
    return f"{best(lambda: by_hand(path, month)):6.3f} s by hand"


def main(words: Sequence[str] | None = None) -> None:
    """Measure a month of a year, and the worst case."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--cases", type=int, default=100_000)
    given = options.parse_args(words)
    with tempfile.TemporaryDirectory(prefix="sluis-bench-") as folder:
        taken = measure(Path(folder), given.cases, MONTHS)
        measure(Path(folder), given.cases, 1)
    conclude([at_most(f"report numbers from {given.cases:,} cases", taken, TARGET, "s")])


if __name__ == "__main__":
    main()
