"""The call center's dial records: leased in small numbers, verified without being shown, recalled at once.

A lease shows salutation, surname, numbers and the script, inside the calling window and for at most seven
attempts per case; whatever else the agent needs is answered with yes or no.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import count
from typing import Any

from sqlalchemy import Connection

from audit.entry import Event
from gateway.disclosure import Disclosed
from gateway.disclosure.door import Ask
from gateway.disclosure.dossier import Dossier, facts_of, load
from gateway.events import tell
from gateway.policy.register import Decision
from gateway.services.dialling.talking import Talking
from gateway.store import billing, calls, cases, trust
from gateway.store.change import Change, Row, Write
from schemas.audit import Act
from schemas.call import CONTROL, PATIENCE, Attempt, DayPart, refuse_attempt
from schemas.case import CaseEvent, CaseFacts, CaseState, advance
from schemas.errors import Conflict, Failing, TooMany
from schemas.ids import CaseId
from schemas.moments import instant, local, millis, month_of
from schemas.principal import Principal

_TRIES = 16
"""Every round at least one of those who reach for the same case gets it, so this many agents can."""

_PAGE = 40


@dataclass(frozen=True, slots=True)
class DialRecord:
    """One dial record in an agent's hands.

    ``numbers`` are those that may be called; ``control`` is the code with which the resident can check the call;
    ``promised_at`` (ms UTC) when the resident chose this moment himself.
    """

    ref: str
    expires_at: int
    attempt: int
    shown: Disclosed
    numbers: tuple[str, ...]
    control: str
    promised_at: int | None = None


@dataclass(frozen=True, slots=True)
class _Candidate:
    dossier: Dossier
    ref: str
    control: str
    lease: Row
    ask: Ask
    decision: Decision
    writes: tuple[Write, ...]
    unit: Row | None


class Dialling(Talking):
    """Leases; and, with ``Talking``, verification and recall."""

    def lease(self, principal: Principal, wanted: int) -> list[DialRecord]:
        """Hand out at most ``wanted`` dial records (the setting ``lease_size`` caps it); none left gives none.

        Raises:
            Denied: outside the calling window. TooMany: the agent holds too many already.
        """
        self._insist_on_window(principal)
        for _ in range(_TRIES):
            room = self._room(principal)
            chosen = self._choose(principal, min(wanted, room))
            if not chosen:
                return []
            try:
                handed = self._hand_out(principal, chosen)
            except Conflict:
                continue  # Another agent was quicker with one of these; choose again.
            if handed:
                return handed
        return []

    def _insist_on_window(self, principal: Principal) -> None:
        now = self._house.now()
        if self._house.calendar.is_open(now):
            return
        opening = self._house.calendar.next_opening(now).isoformat(timespec="minutes")
        failing = Failing(
            "binnen_belvenster",
            f"Het is nu geen beltijd; er mag weer gebeld worden vanaf {opening}",
            "Buiten de beltijden of op een feestdag",
        )
        self._door.refuse(principal, "bellen", [failing], code="buiten_belvenster")

    def _room(self, principal: Principal) -> int:
        now = self._house.now_ms()
        with self._house.store.read() as connection:
            held = calls.held_leases(connection, principal.tenant, principal.client)
        running = sum(lease["expires_at"] > now for lease in held)
        room = self._house.settings.open_leases - running
        if room <= 0:
            raise TooMany("Rond eerst de belrecords af die u al heeft", code="te_veel_belrecords")
        return int(min(room, self._house.settings.lease_size))

    def _choose(self, principal: Principal, wanted: int) -> list[_Candidate]:
        chosen: list[_Candidate] = []
        budget, month = billing.budget_of(self._house.settings), month_of(self._house.now())
        with self._house.store.read() as connection:
            purse = billing.Purse.open(connection, budget, principal.tenant, month)
            for row, attempts in self._waiting(connection, principal):
                if len(chosen) >= wanted:
                    break
                fits = self._timely(row, attempts) and not _knows(connection, principal, row)
                candidate = self._candidate(connection, principal, row, purse) if fits else None
                if candidate is not None and purse.pays(candidate.unit):
                    chosen.append(candidate)
        return chosen

    def _waiting(self, connection: Connection, principal: Principal) -> Iterator[tuple[Row, Sequence[Row]]]:
        """Give every callable case with its attempts: those that turn out otherwise must not hide the rest."""
        tenant, now = principal.tenant, self._house.now_ms()
        kept = millis(self._house.now() - PATIENCE)
        for page in count():
            ours = cases.Callers(tenant, principal.party, now, kept)
            rows = cases.callable_cases(connection, ours, _PAGE, page * _PAGE)
            made = calls.attempts_of_cases(connection, tenant, [row["case_id"] for row in rows])
            yield from ((row, made.get(row["case_id"], ())) for row in rows)
            if len(rows) < _PAGE:
                return

    def _timely(self, row: Row, made: Sequence[Row]) -> bool:
        """Say whether a case may be called at this hour; a moment that the resident chose is always right."""
        now = self._house.now()
        if row["promised_at"] is not None and row["promised_at"] <= millis(now):
            return True
        attempts = [_attempt(one) for one in made]
        return refuse_attempt(attempts, local(now), self._house.calendar.daypart(now)) is None

    def _candidate(
        self, connection: Connection, principal: Principal, row: Row, purse: billing.Purse
    ) -> _Candidate | None:
        dossier = load(connection, principal, CaseId(row["case_id"]))
        if not dossier.signals or not any(s["has_phone"] for s in dossier.signals):
            return None
        code = self._codes.give(connection, principal, "bellen", row)
        lease, control = self._lease_row(principal, dossier, code.text)
        leased = replace(dossier, lease=lease)
        facts = facts_of(connection, self._house, principal, leased)
        ask = Ask(leased, facts, {"dossierkenmerk": code.text}, (f"belrecord:{lease['lease_id']}",))
        decision = self._door.decide(principal, "bellen", ask)
        if not decision.allow:
            return None
        ended = calls.expire_case(principal.tenant, dossier.case_id, self._house.now_ms())
        moved = cases.move(row, not_before=lease["expires_at"])
        writes = (ended, calls.lease(lease), moved, *([code.write] if code.write else []))
        unit_id, now = self._house.new_id(), lease["leased_at"]
        unit = purse.unit(connection, dossier.case_id, principal.party, unit_id, now)
        return _Candidate(dossier, code.text, control, lease, ask, decision, writes, unit)

    def _lease_row(self, principal: Principal, dossier: Dossier, ref: str) -> tuple[dict[str, Any], str]:
        """Give the row of a new dial record, and the code that goes with it, of which only a fingerprint is kept."""
        now, tenant, lease = self._house.now(), principal.tenant, self._house.new_id()
        until = now + timedelta(minutes=self._house.settings.lease_minutes)
        control = self._house.pseudonyms.spoken(tenant, principal.party, CONTROL, "belrecord", lease)
        row = {
            "tenant": tenant,
            "lease_id": lease,
            "case_id": dossier.case_id,
            "signal_id": dossier.signals[0]["signal_id"],
            "party_id": principal.party,
            "client_id": principal.client,
            "user_id": principal.user,
            "ref": ref,
            "leased_at": millis(now),
            "expires_at": millis(until),
            "state": "open",
            "inbound": False,
            "ended_at": None,
            "verified_at": None,
            "tries": 0,
            "control": self._house.hidden(CONTROL, control),
        }
        return row, control

    def _hand_out(self, principal: Principal, chosen: Sequence[_Candidate]) -> list[DialRecord]:
        writes = [write for candidate in chosen for write in candidate.writes]
        units = [candidate.unit for candidate in chosen if candidate.unit is not None]
        writes.extend(billing.take(billing.budget_of(self._house.settings), units))
        asks = [(candidate.ask, candidate.decision) for candidate in chosen]
        due = [_due(principal, candidate) for candidate in chosen if candidate.unit is not None]
        shown = self._door.show_allowed(principal, Act.DIAL_LEASED, asks, writes, due)
        return list(self._callable(principal, chosen, shown))

    def _callable(
        self, principal: Principal, chosen: Sequence[_Candidate], shown: Sequence[Disclosed]
    ) -> Iterator[DialRecord]:
        """Give the records with a number that may be called; who has none left gets a letter."""
        for candidate, view in zip(chosen, shown, strict=True):
            left = tuple(view.view.model_dump(exclude_unset=True)["telefoonnummers"])
            if not left:
                self._write_instead(principal, candidate)
                continue
            case = candidate.dossier.case
            yield DialRecord(
                ref=candidate.ref,
                expires_at=candidate.lease["expires_at"],
                attempt=case["attempts"] + 1,
                shown=view,
                numbers=left,
                control=candidate.control,
                promised_at=case["promised_at"],
            )

    def _write_instead(self, principal: Principal, candidate: _Candidate) -> None:
        """Let the way of a case be a letter; whoever was quicker with it may do so as well."""
        tenant, case = principal.tenant, candidate.dossier.case_id
        with self._house.store.read() as connection:
            row = cases.find_case(connection, tenant, case) or candidate.dossier.case
        move = advance(CaseFacts(CaseState(row["state"]), row["attempts"]), CaseEvent.ROUTE_BRIEF)
        writes = (
            calls.end_lease(candidate.lease, "teruggegeven", self._house.now_ms()),
            cases.move(row, state=move.to.value, promised_at=None, promised_to=None),
        )
        subject = candidate.lease["signal_id"]
        event = tell(
            principal, Act.CASE_TRANSITION, "bellen", subject=subject, case=case, reason="niet_bellen"
        )
        self._house.store.commit(Change(writes, (event,)))


def _due(principal: Principal, chosen: _Candidate) -> Event:
    """Tell of a unit of the bill: the first dial record of this case in this month."""
    unit, lease = chosen.unit or {}, chosen.lease
    return tell(
        principal,
        Act.BILLING_DUE,
        "bellen",
        subject=lease["signal_id"],
        case=lease["case_id"],
        reason=unit["month"],
    )


def _attempt(row: Row) -> Attempt:
    return Attempt(local(instant(row["at"])), DayPart(row["daypart"]), bool(row["inbound"]))


def _knows(connection: Connection, principal: Principal, row: Row) -> bool:
    """Say whether this agent said to know the resident."""
    return trust.knows_resident(connection, principal.tenant, CaseId(row["case_id"]), principal.actor)
