"""A town in which cases ended long ago, and everything a test needs to see that they are gone."""

from base64 import urlsafe_b64decode
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson

from gateway.services.holds import Holds
from gateway.services.month_end import MonthEndPlans, MonthEndRuns
from gateway.services.retention import RetentionDecisions, RetentionPlans, RetentionRuns
from gateway.store import erasure, work
from gateway.store.change import Change, Receipt, Row
from gateway.store.commit import Store
from keys.signing import Es256
from schemas.call import Outcome
from schemas.ids import CaseId
from schemas.moments import month_of
from schemas.retention import Terms
from tests.support.installation import TENANT, Town

SEALED = ("identity", "contact", "finance")


class PowerCut(Exception):
    """The machine stopped here."""


def power_cut() -> None:
    """Stop."""
    raise PowerCut


class Interrupted:
    """A store at whose n-th commit something happens: before it, or after it became durable."""

    def __init__(self, store: Store, at: int, action: Callable[[], object], *, after: bool = False) -> None:
        self._store = store
        self._left = at
        self._action = action
        self._after = after

    def __getattr__(self, name: str) -> Any:
        """Be the store for everything else."""
        return getattr(self._store, name)

    def commit(self, change: Change) -> Receipt:
        """Count down to the moment."""
        self._left -= 1
        if self._left == 0 and not self._after:
            self._action()
        receipt = self._store.commit(change)
        if self._left == 0 and self._after:
            self._action()
        return receipt


class Archive:
    """The retention desk of a town: Rosa is its privacy officer."""

    def __init__(self, town: Town) -> None:
        self.town = town
        house, codes, keyring = town.house, town.codes, town.gateway.keyring
        self.rosa = town.as_party("privacy_officer", user="rosa")
        self.decisions = RetentionDecisions(house)
        self.plans = RetentionPlans(house, codes)
        self.signer = Es256(keyring, TENANT)
        self.runs = RetentionRuns(house, keyring, self.signer)
        self.holds = Holds(house, codes)

    def decide(self, terms: Terms | None = None) -> None:
        """Record the controller's decision."""
        self.decisions.decide(self.rosa, terms or Terms(), "Collegebesluit 2026/123")

    def refused_case(self, **changes: str) -> CaseId:
        """Make a case with every kind of row: called, with a note, refused, written to and linked."""
        case = self.town.person(**changes)
        self.town.call(Outcome.TERUGBELLEN, omschrijving="Belt liever zelf", terugbellen_op=self._tomorrow())
        offer = {
            "tenant": TENANT, "offer_id": self.town.house.new_id(), "case_id": case, "channel": "brief",
            "ordered_at": self.town.house.now_ms(), "ordered_by": "olga", "done_at": self.town.house.now_ms(),
        }  # fmt: skip
        self.town.house.store.commit(Change((work.order_offer(offer),)))
        self.town.change(case, state="geweigerd", offer_at=self.town.house.now_ms())
        return case

    def _tomorrow(self) -> Any:
        return self.town.clock() + timedelta(days=1)

    def close_month(self) -> None:
        """Close the month that it is, with two persons."""
        town = self.town
        plans = MonthEndPlans(town.house, town.codes)
        olga, piet = town.as_party("matching", user="olga"), town.as_party("matching", user="piet")
        plan = plans.plan(olga, month_of(town.clock()))
        plans.confirm(piet, plan.plan_id)
        MonthEndRuns(town.house).run(piet, plan.plan_id)

    def ended_case(self, **changes: str) -> CaseId:
        """Make a case that was closed at month end, with an offer and without help."""
        case = self.refused_case(**changes)
        self.close_month()
        assert self.town.state(case) == "gesloten"
        return case

    def run(self) -> Any:
        """Plan and run."""
        return self.runs.run(self.rosa, self.plans.plan(self.rosa).plan_id)

    def interrupted(self, at: int, action: Callable[[], object], *, after: bool = False) -> RetentionRuns:
        """Give a desk whose n-th commit is disturbed."""
        store: Any = Interrupted(self.town.house.store, at, action, after=after)
        house = replace(self.town.house, store=store)
        return RetentionRuns(house, self.town.gateway.keyring, self.signer)

    def blobs(self, case: CaseId) -> list[bytes]:
        """Give everything that is sealed about a case."""
        rows = [row[column] for row in self.town.signals(case) for column in SEALED]
        return rows + [row["note"] for row in self.town.attempts(case) if row["note"]]

    def remaining(self, case: CaseId, subjects: Iterable[str]) -> dict[str, int]:
        """Count per table what still names a case or its subjects."""
        with self.town.house.store.read() as connection:
            found = erasure.remaining(connection, TENANT, [case], list(subjects))
        return {table: n for table, n in found.items() if n}

    def rows(self, table: str) -> list[Row]:
        """Give every row of a table."""
        with self.town.house.store.read() as connection:
            found = connection.exec_driver_sql(f"SELECT * FROM {table}")
            return [dict(row) for row in found.mappings()]

    def on_disk(self, *needles: bytes) -> list[Path]:
        """Give the files of the installation in which one of these byte strings stands."""
        home = self.town.house.settings.home
        return [
            f for f in sorted(home.iterdir()) if f.is_file() and any(n in f.read_bytes() for n in needles)
        ]


def claims(certificate: str) -> dict[str, Any]:
    """Read the payload of a compact JWS without verifying it."""
    part = certificate.split(".")[1]
    content: dict[str, Any] = orjson.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return content
