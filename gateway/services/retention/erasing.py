"""The run: what is due expires, is erased in chunks, read back, and certified; what broke off is finished first."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import orjson

from gateway.events import tell
from gateway.installation import Installation
from gateway.services.retention.batches import Batch, Batches, Run
from gateway.services.retention.decisions import PURPOSES, Decision, RetentionDecisions, insist
from gateway.services.retention.logbook import Logbook
from gateway.services.retention.planning import KIND, again, due_cases, stray_signals
from gateway.services.retention.proof import TYPE, Certifier, insist_on_absence, payload, shredded
from gateway.services.retention.sweeping import sweep
from gateway.store import erasure, governance, work
from gateway.store.change import Change, Row
from keys.keyring import Keyring
from keys.shred import journal
from schemas.audit import Act
from schemas.errors import Conflict, NotFound
from schemas.ids import RunId
from schemas.principal import Principal

CHUNK: Final = 200
"""Cases that expire together; a run that breaks off has whole chunks behind it."""

_UNDECIDED: Final = "De verwerkingsverantwoordelijke heeft nog geen besluit over bewaartermijnen vastgelegd"
_OTHER_TERMS: Final = "Sinds dit plan is over andere termijnen besloten; maak een nieuw plan"


@dataclass(frozen=True, slots=True)
class Erased:
    """What a run erased, in counts, and its certificate (compact JWS, ES256)."""

    plan_id: RunId
    counts: Mapping[str, int]
    keys: int
    certificate: str


class RetentionRuns:
    """Erases what is due."""

    def __init__(self, house: Installation, keyring: Keyring, certifier: Certifier) -> None:
        self._house = house
        self._keyring = keyring
        self._certifier = certifier
        self._batches = Batches(house, keyring)
        self._logbook = Logbook(house, keyring, self._batches)

    def run(self, principal: Principal, plan: str) -> Erased:
        """Erase what was due when the plan was made and is not held; running again what broke off finishes it.

        Raises:
            Denied: neither privacy officer nor operator. NotFound: no such plan.
            Conflict: no decision of the controller (``geen_besluit``), other terms than planned
            (``termijnen_veranderd``), run before (``al_uitgevoerd``), or things kept moving.
            Broken: something was still there when read back (``niet_gewist``); there is no certificate.
            Unavailable: a file is in use; run again.
        """
        insist(self._house, principal, set(PURPOSES))
        decision = self._decision(principal)
        row = self._plan(principal, plan, decision)
        for other in self._broken_off(principal, plan):
            self._complete(Run(principal, other["run_id"]), decision)
        return self._complete(Run(principal, plan), decision, row["at"])

    def certificate(self, principal: Principal, plan: str) -> str:
        """Give the certificate of a run.

        Raises:
            Denied: neither privacy officer nor operator. NotFound: there is none.
        """
        insist(self._house, principal, set(PURPOSES))
        with self._house.store.read() as connection:
            row = governance.find_certificate(connection, principal.tenant, plan)
        if row is None:
            raise NotFound
        return str(row["jws"])

    def _decision(self, principal: Principal) -> Decision:
        decision = RetentionDecisions(self._house).current(principal.tenant)
        if decision is None:
            raise Conflict(_UNDECIDED, code="geen_besluit")
        return decision

    def _plan(self, principal: Principal, plan: str, decision: Decision) -> Row:
        with self._house.store.read() as connection:
            row = work.find_run(connection, principal.tenant, plan)
            certified = governance.find_certificate(connection, principal.tenant, plan)
        if row is None or row["kind"] != KIND:
            raise NotFound
        if certified is not None:
            raise Conflict("Dit plan is al uitgevoerd", code="al_uitgevoerd")
        if orjson.loads(row["counts"])["termijnen"] != decision.terms.digest:
            raise Conflict(_OTHER_TERMS, code="termijnen_veranderd")
        return row

    def _broken_off(self, principal: Principal, plan: str) -> list[Row]:
        with self._house.store.read() as connection:
            rows = erasure.uncertified(connection, principal.tenant, KIND)
        return [row for row in rows if row["run_id"] != plan and "begonnen" in orjson.loads(row["counts"])]

    def _complete(self, run: Run, decision: Decision, as_of: int | None = None) -> Erased:
        """Finish what expired; with ``as_of`` (ms UTC) also let what was due at that moment expire and go."""
        self._batches.begin(run)
        while batch := again(lambda: self._expire_some(run, decision, as_of)):
            self._batches.erase(run, batch)
        if as_of is not None:
            while batch := again(lambda: self._strays(run, decision, as_of)):
                self._batches.erase(run, batch)
            again(lambda: self._batches.count(run, *sweep(self._house, run.principal.tenant, decision.terms)))
        self._logbook.erase(run)
        return self._certify(run, decision)

    def _expire_some(self, run: Run, decision: Decision, as_of: int | None) -> Batch | None:
        """Take the next chunk: cases that expired in a run that broke off, then those that are due and free."""
        tenant, undo = run.principal.tenant, timedelta(hours=self._house.settings.month_end_undo_hours)
        with self._house.store.read() as connection:
            expired = erasure.expiring(connection, tenant, run.plan)[:CHUNK]
            due = (
                [] if expired or as_of is None else due_cases(connection, tenant, decision.terms, as_of, undo)
            )
            free = [one.row for one in due if not one.holds][:CHUNK]
            cases = tuple(expired or (row["case_id"] for row in free))
            signals = tuple(erasure.subjects_of(connection, tenant, cases)) if cases else ()
        if not cases:
            return None
        return self._batches.open(run, Batch(cases, signals), erasure.expire(free, run.plan) if free else ())

    def _strays(self, run: Run, decision: Decision, as_of: int) -> Batch | None:
        with self._house.store.read() as connection:
            strays = stray_signals(connection, run.principal.tenant, decision.terms, as_of, CHUNK)
        return self._batches.open(run, Batch((), tuple(strays)), ()) if strays else None

    def _certify(self, run: Run, decision: Decision) -> Erased:
        """Read back, tell the log, and sign what was found."""
        entries = [line for line in journal(self._keyring) if line.ground == run.ground]
        insist_on_absence(self._house, entries)
        now, tenant = self._house.now_ms(), run.principal.tenant
        keys = shredded(entries, now, self._house.settings.keystore_backup_days)
        row, counts = self._batches.counts(run)
        told = tell(
            run.principal, Act.RETENTION_RUN, run.purpose, reason="gewist", n=counts.get("dossiers", 0)
        )
        entry = self._house.store.commit(Change(events=(told,))).entries[0]
        jws = self._certifier.sign(payload(self._house, row, decision, counts, keys, entry), TYPE)
        kept = {"tenant": tenant, "run_id": run.plan, "jws": jws, "at": now}
        self._house.store.commit(Change((governance.add_certificate(kept),)))
        return Erased(RunId(run.plan), counts, keys.count, jws)
