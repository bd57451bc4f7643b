"""Whatever happens in whatever order, the log stays what it promises (a Hypothesis state machine).

The model is a plain list of entries per log, hashed by the recursive definition; every checkpoint and receipt that
was ever handed out must hold for ever.
"""

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from audit import receipt as receipts
from audit.check import database
from audit.checkpoint import Checkpoint, open_checkpoint
from audit.erasure import erase
from audit.export import write
from audit.log import Log
from audit.query import Slice, count, entry_at, inclusion, newest_checkpoint, sealed_detail, years
from audit.tree import consistency_proof, leaf_hash, node_hash, verify_consistency
from audit.verify import verify
from schemas.errors import KeyDestroyed
from schemas.ids import Tenant
from tests.support.audit import HOST, NOON, Ed25519, Sealer, make_engine, read_case, verify_ed25519

TENANTS = (Tenant("GM0637"), Tenant("GM0344"))
DAY = 86_400_000
KEY = Ed25519().vkey
Place = tuple[str, int]


def mth(leaves: list[bytes]) -> bytes:
    if len(leaves) == 1:
        return leaves[0]
    split = 2 ** ((len(leaves) - 1).bit_length() - 1)
    return node_hash(mth(leaves[:split]), mth(leaves[split:]))


class TheLog(RuleBasedStateMachine):
    """Two municipalities, a clock that may run back or jump a year, commits that may be rolled back."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="sluis-log-"))
        self.engine = make_engine()
        self.connection = self.engine.connect()
        self.transaction = self.connection.begin()
        self.sealer = Sealer()
        self.log = Log(Ed25519(), self.sealer, HOST, os.urandom)
        self.now = NOON
        self.entries: dict[Place, list[bytes]] = {}
        self.points: dict[Place, list[Checkpoint]] = {}
        self.kept: list[tuple[Place, receipts.Receipt]] = []
        self.erased: set[tuple[str, str]] = set()

    def teardown(self) -> None:
        """Let go of the database and the folder."""
        self.transaction.rollback()
        self.connection.close()
        self.engine.dispose()
        shutil.rmtree(self.folder)

    @initialize()
    def begin(self) -> None:
        """Never start from nothing, so that every rule has something to look at."""
        self.append([(0, 1)])

    @rule(batch=st.lists(st.tuples(st.integers(0, 1), st.integers(0, 5)), min_size=1, max_size=40))
    def append(self, batch: list[tuple[int, int]]) -> None:
        """Commit a group of events of both municipalities."""
        fit = [(tenant, who) for tenant, who in batch if (TENANTS[tenant], f"{who:032x}") not in self.erased]
        events = [read_case(who, tenant=TENANTS[tenant]) for tenant, who in fit]
        appended = self.log.append(self.connection, events, self.now)
        for event, one in zip(events, appended, strict=True):
            place = (event.tenant, one.year)
            self._learn(place)
            assert leaf_hash(self.entries[place][one.index]) == one.leaf
            assert one.origin == f"{HOST}/audit/{event.tenant}/{one.year}"
        self._remember({(event.tenant, one.year) for event, one in zip(events, appended, strict=True)})

    def _learn(self, place: Place) -> None:
        known = self.entries.setdefault(place, [])
        size = years(self.connection, place[0])[place[1]]
        known += [entry_at(self.connection, *place, index) for index in range(len(known), size)]

    def _remember(self, places: set[Place]) -> None:
        for place in places:
            _, note = newest_checkpoint(self.connection, *place)
            point = open_checkpoint(note.encode(), KEY, verify_ed25519)
            self.points.setdefault(place, []).append(point)

    @rule(amount=st.integers(1, 40), size=st.integers(1, 300))
    def lose_a_commit(self, amount: int, size: int) -> None:
        """Roll a commit back: no trace of it may stay."""
        before = {tenant: years(self.connection, tenant) for tenant in TENANTS}
        savepoint = self.connection.begin_nested()
        self.log.append(self.connection, [read_case(7)] * (amount * size % 300 + 1), self.now)
        savepoint.rollback()
        assert {tenant: years(self.connection, tenant) for tenant in TENANTS} == before

    @rule(step=st.sampled_from([0, 1, 1000, DAY, -1, -DAY, 100 * DAY]))
    def move_the_clock(self, step: int) -> None:
        """Let the wall clock run, jump or fall back."""
        self.now += step

    @rule(data=st.data())
    def keep_a_receipt(self, data: st.DataObject) -> None:
        """Hand a receipt to somebody who keeps it."""
        place = data.draw(st.sampled_from(sorted(self.entries)))
        index = data.draw(st.integers(0, len(self.entries[place]) - 1))
        receipt = receipts.parse(str(inclusion(self.connection, *place, index)).encode())
        assert receipt.entry == self.entries[place][index]
        self.kept.append((place, receipt))

    @precondition(lambda self: len(self.erased) < 6)
    @rule(tenant=st.sampled_from(TENANTS), who=st.integers(0, 5))
    def erase_a_subject(self, tenant: Tenant, who: int) -> None:
        """Destroy a person's key, details and index."""
        subject = f"{who:032x}"
        indexed = count(self.connection, Slice(tenant=tenant, subject=subject))
        self.sealer.destroy(tenant, subject)
        assert erase(self.connection, tenant, [subject]) == indexed
        assert count(self.connection, Slice(tenant=tenant, subject=subject)) == 0
        self.erased.add((tenant, subject))
        with pytest.raises(KeyDestroyed):
            self.sealer.open(tenant, subject, bytes(40))

    @rule(data=st.data())
    def let_an_outsider_look(self, data: st.DataObject) -> None:
        """Export one log; it must continue every checkpoint and hold every receipt that was ever given out."""
        place = data.draw(st.sampled_from(sorted(self.entries)))
        old, receipt = self.folder / "old", self.folder / "receipt"
        size = write(self.connection, *place, self.folder / "log")
        old.write_text(self._note(data.draw(st.sampled_from(self.points[place]))))
        held = [one for where, one in self.kept if where == place]
        more: dict[str, Any] = {}
        if held:
            receipt.write_text(str(data.draw(st.sampled_from(held))))
            more["receipt"] = receipt
        report = verify(self.folder / "log", verify_ed25519, str(KEY), old=old, **more)
        assert report.size == size == len(self.entries[place])

    def _note(self, point: Checkpoint) -> str:
        place = point.origin.split("/")
        row = self.connection.exec_driver_sql(
            "SELECT note FROM audit_checkpoint WHERE tenant = ? AND year = ? AND size = ?",
            (place[2], int(place[3]), point.size),
        ).scalar()
        return str(row)

    @invariant()
    def every_log_is_a_tree_over_its_entries(self) -> None:
        """The newest checkpoint is the root over all entries, and each earlier one a prefix."""
        for place, entries in self.entries.items():
            leaves = [leaf_hash(entry) for entry in entries]
            points = self.points[place]
            assert (points[-1].size, points[-1].root) == (len(leaves), mth(leaves))
            first = points[0]
            proof = consistency_proof(
                first.size,
                len(leaves),
                lambda height, n, all_=leaves: mth(all_[n << height : (n + 1) << height]),
            )
            verify_consistency(first.size, len(leaves), proof, first.root, points[-1].root)

    @invariant()
    def the_database_agrees_with_itself(self) -> None:
        """The operator's check finds nothing wrong."""
        for place in self.entries:
            assert database(self.connection, *place, KEY, verify_ed25519) == len(self.entries[place])

    @invariant()
    def receipts_hold_for_ever(self) -> None:
        """Every receipt ever given out still verifies offline."""
        for _, receipt in self.kept:
            receipts.check(receipt, KEY, verify_ed25519)

    @invariant()
    def what_was_erased_is_gone(self) -> None:
        """No detail of an erased subject is left; the number of details is that of the others."""
        for place, entries in self.entries.items():
            held = sum(
                sealed_detail(self.connection, *place, index) is not None for index in range(len(entries))
            )
            subjects = self.connection.exec_driver_sql(
                "SELECT count(*) FROM audit_subject WHERE tenant = ? AND year = ?", place
            ).scalar()
            assert held == subjects


TheLog.TestCase.settings = settings(max_examples=15, stateful_step_count=15, deadline=None)
TestTheLog = TheLog.TestCase
