"""The call center's dial records: leased in small numbers, verified without being shown, recalled at once.

A lease shows salutation, surname, numbers and the script, inside the calling window and for at most seven
attempts per case; whatever else the agent needs is answered with yes or no.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import count
from typing import Any

import orjson
from sqlalchemy import Connection

from audit.entry import Event, sealed_hashes
from audit.log import Appended
from gateway.disclosure import Codes, Disclosed, Door
from gateway.disclosure.door import Ask
from gateway.disclosure.dossier import Dossier, facts_of, load
from gateway.disclosure.record import SealedValue
from gateway.events import tell
from gateway.installation import Installation
from gateway.policy.register import Decision
from gateway.store import billing, calls, cases
from gateway.store.change import Change, Row, Write
from keys.envelope import Context, Permit
from schemas.audit import Act
from schemas.call import PER_DAY, Attempt, DayPart, refuse_attempt
from schemas.errors import Conflict, Failing, NotFound, TooMany
from schemas.ids import CaseId
from schemas.moments import instant, local, millis, month_of
from schemas.person import DataClass
from schemas.principal import Principal

_TRIES = 16
"""Every round at least one of those who reach for the same case gets it, so this many agents can."""

_PAGE = 40
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class DialRecord:
    """One dial record in an agent's hands."""

    ref: str
    expires_at: int
    attempt: int
    shown: Disclosed


@dataclass(frozen=True, slots=True)
class Verified:
    """The answer to a verification question: yes or no, and how many questions are left."""

    confirmed: bool
    left: int


@dataclass(frozen=True, slots=True)
class _Candidate:
    dossier: Dossier
    ref: str
    lease: Row
    ask: Ask
    decision: Decision
    writes: tuple[Write, ...]
    unit: Row | None


class Dialling:
    """Leases, verification and recall."""

    def __init__(self, house: Installation, door: Door, codes: Codes) -> None:
        self._house = house
        self._door = door
        self._codes = codes

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
                return self._hand_out(principal, chosen)
            except Conflict:
                continue  # Another agent was quicker with one of these; choose again.
        return []

    def verify(self, principal: Principal, ref: str, born: str, number: int) -> Verified:
        """Compare what a resident says (birth date as ISO, house number) with what is known: yes or no.

        Without a known birth date the answer is always no: the agent asks the resident to call back.

        Raises:
            NotFound: no such dial record. Conflict: it ended or was recalled. TooMany: all questions are used,
            those of this dial record or those of the resident for a day.
        """
        lease, dossier = self._held(principal, ref)
        left = self._questions_left(lease, dossier)
        if left <= 0:
            raise TooMany("Alle controlevragen zijn gebruikt", code="controles_op")
        tries = lease["tries"] + 1
        asked = [_identity(signal) for signal in dossier.signals]
        events = tuple(self._question(principal, dossier, value) for value in asked)
        write = calls.note_verification(lease, tries=tries, verified_at=lease["verified_at"])
        entries = self._house.store.commit(Change((write,), events)).entries
        known = [
            orjson.loads(self._house.vault.open(_permit(entry, value), value.context, value.blob))
            for entry, value in zip(entries, asked, strict=True)
        ]
        confirmed = any(k.get("geboortedatum") == born and k["huisnummer"] == number for k in known)
        if confirmed:
            self._settle(principal, {**lease, "tries": tries}, dossier)
        return Verified(confirmed, left - 1)

    def recalled(self, principal: Principal, since: int) -> list[tuple[str, int]]:
        """Give (reference, moment) of the dial records of this party that were recalled after ``since`` (ms UTC)."""
        with self._house.store.read() as connection:
            rows = calls.recalled(connection, principal.tenant, principal.party, since)
        return [(row["ref"], row["ended_at"]) for row in rows]

    def release(self, principal: Principal, ref: str) -> None:
        """Give a dial record back unused.

        Raises:
            NotFound: no such dial record. Conflict: it ended already.
        """
        lease, dossier = self._held(principal, ref)
        now = self._house.now_ms()
        writes = [calls.end_lease(lease, "teruggegeven", now)]
        if not lease["inbound"]:  # When somebody rang himself, a moment that was promised stays promised.
            writes.append(cases.move(dossier.case, not_before=now))
        subject = lease["signal_id"]
        event = tell(principal, Act.DIAL_RELEASED, "bellen", subject=subject, case=dossier.case_id)
        self._house.store.commit(Change(tuple(writes), (event,)))

    def _questions_left(self, lease: Row, dossier: Dossier) -> int:
        """Count what may still be asked: leasing again and again must not make a guessing machine."""
        most = self._house.settings.verify_tries
        since = millis(self._house.now() - _DAY)
        with self._house.store.read() as connection:
            asked = calls.questions_about(connection, lease["tenant"], dossier.case_id, since)
        return int(min(most - lease["tries"], most * PER_DAY - asked))

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
                timely = self._timely(attempts)
                candidate = self._candidate(connection, principal, row, purse) if timely else None
                if candidate is not None and purse.pays(candidate.unit):
                    chosen.append(candidate)
        return chosen

    def _waiting(self, connection: Connection, principal: Principal) -> Iterator[tuple[Row, Sequence[Row]]]:
        """Give every callable case with its attempts: those that turn out otherwise must not hide the rest."""
        tenant, now = principal.tenant, self._house.now_ms()
        for page in count():
            rows = cases.callable_cases(connection, tenant, now, _PAGE, page * _PAGE)
            made = calls.attempts_of_cases(connection, tenant, [row["case_id"] for row in rows])
            yield from ((row, made.get(row["case_id"], ())) for row in rows)
            if len(rows) < _PAGE:
                return

    def _timely(self, made: Sequence[Row]) -> bool:
        """Say whether a case may be called at this hour; a moment that the resident chose is always right."""
        now = self._house.now()
        promised = made[-1]["callback_at"] if made else None
        if promised is not None and promised <= millis(now):
            return True
        attempts = [_attempt(row) for row in made]
        return refuse_attempt(attempts, local(now), self._house.calendar.daypart(now)) is None

    def _candidate(
        self, connection: Connection, principal: Principal, row: Row, purse: billing.Purse
    ) -> _Candidate | None:
        dossier = load(connection, principal, CaseId(row["case_id"]))
        if not dossier.signals or not any(s["has_phone"] for s in dossier.signals):
            return None
        code = self._codes.give(connection, principal, "bellen", row)
        lease = self._lease_row(principal, dossier, code.text)
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
        return _Candidate(dossier, code.text, lease, ask, decision, writes, unit)

    def _lease_row(self, principal: Principal, dossier: Dossier, ref: str) -> dict[str, Any]:
        now = self._house.now()
        until = now + timedelta(minutes=self._house.settings.lease_minutes)
        return {
            "tenant": principal.tenant,
            "lease_id": self._house.new_id(),
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
        }

    def _hand_out(self, principal: Principal, chosen: Sequence[_Candidate]) -> list[DialRecord]:
        writes = [write for candidate in chosen for write in candidate.writes]
        units = [candidate.unit for candidate in chosen if candidate.unit is not None]
        writes.extend(billing.take(billing.budget_of(self._house.settings), units))
        asks = [(candidate.ask, candidate.decision) for candidate in chosen]
        due = [_due(principal, candidate) for candidate in chosen if candidate.unit is not None]
        shown = self._door.show_allowed(principal, Act.DIAL_LEASED, asks, writes, due)
        return [
            DialRecord(c.ref, c.lease["expires_at"], c.dossier.case["attempts"] + 1, view)
            for c, view in zip(chosen, shown, strict=True)
        ]

    def _held(self, principal: Principal, ref: str) -> tuple[Row, Dossier]:
        with self._house.store.read() as connection:
            case = self._codes.resolve(connection, principal, ref)
            code = self._house.pseudonyms.normalise(ref)
            lease = calls.latest_lease(connection, principal.tenant, principal.party, code, principal.client)
            if lease is None:
                raise NotFound
            dossier = load(connection, principal, case)
        insist_open(lease, self._house.now_ms())
        return lease, dossier

    def _question(self, principal: Principal, dossier: Dossier, value: SealedValue) -> Event:
        asked = tell(
            principal, Act.DIAL_VERIFIED, "bellen", subject=value.context.subject, case=dossier.case_id
        )
        return replace(
            asked,
            fields=("geboortedatum", "huisnummer"),
            sealed=(value.blob,),
            register=self._house.register.digest,
        )

    def _settle(self, principal: Principal, lease: Mapping[str, Any], dossier: Dossier) -> None:
        write = calls.note_verification(lease, tries=lease["tries"], verified_at=self._house.now_ms())
        subject = lease["signal_id"]
        event = tell(
            principal,
            Act.DIAL_VERIFIED,
            "bellen",
            subject=subject,
            case=dossier.case_id,
            reason="bevestigd",
        )
        self._house.store.commit(Change((write,), (event,)))


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


def _identity(signal: Row) -> SealedValue:
    key = signal["signal_id"]
    context = Context(signal["tenant"], "gateway_signal", "identity", key, key, DataClass.IDENTITEIT)
    return SealedValue("identity", key, context, signal["identity"])


def _permit(entry: Appended, value: SealedValue) -> Permit:
    return Permit(entry.leaf, entry.index, frozenset(sealed_hashes([value.blob])))


def insist_open(lease: Row, now: int) -> None:
    """Let only a running lease pass.

    Raises:
        Conflict: it was recalled, finished or has expired; the code says which.
    """
    if lease["state"] == "open" and lease["expires_at"] > now:
        return
    state = "verlopen" if lease["state"] == "open" else lease["state"]
    raise Conflict(f"Dit belrecord is {state}", code=state)


def _attempt(row: Row) -> Attempt:
    return Attempt(local(instant(row["at"])), DayPart(row["daypart"]), bool(row["inbound"]))
