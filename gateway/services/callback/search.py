"""A resident calls the local number back: the case is found by the caller's number.

Nothing is said before the caller has shown who it is.
Only cases of which this call center held a dial record are found, so the number is no way to probe who is known.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection

from gateway.disclosure import Codes
from gateway.events import tell
from gateway.installation import Installation
from gateway.services.callback.numbers import behind_number
from gateway.store import calls, cases, trust
from gateway.store.change import Change, Row
from schemas.audit import Act
from schemas.errors import Conflict, NotFound
from schemas.ids import CaseId
from schemas.moments import millis
from schemas.phone import phone
from schemas.principal import Principal

_TRIES = 4

KNOWN = "belangenconflict"
"""The code of the refusal to an agent who knows the resident."""


@dataclass(frozen=True, slots=True)
class Found:
    """The reference under which the agent verifies and records, and until when (ms UTC)."""

    ref: str
    expires_at: int


class Callback:
    """Finding who is calling back."""

    def __init__(self, house: Installation, codes: Codes) -> None:
        self._house = house
        self._codes = codes

    def search(self, principal: Principal, number: str) -> Found:
        """Find the open case behind a caller's number; each search is in the log, also a vain one.

        Raises:
            Invalid: not a telephone number. NotFound: no case that this call center has called.
            Conflict: this agent said to know the resident (code ``belangenconflict``): a colleague takes the call.
        """
        caller = phone(number)
        for _ in range(_TRIES):
            try:
                return self._search(principal, caller)
            except Conflict as moved:
                if moved.code == KNOWN:
                    raise
                continue  # A colleague works on the same case; look again at what it is now.
        raise Conflict

    def _search(self, principal: Principal, caller: str) -> Found:
        with self._house.store.read() as connection:
            case = self._called(connection, principal, caller)
            if case is not None:
                _insist_stranger(connection, principal, case)
                code = self._codes.give(connection, principal, "bellen", case)
                newest = cases.signals_of_case(connection, principal.tenant, case["case_id"])[0]
                held = calls.lease_on(connection, principal.tenant, principal.client, case["case_id"])
        if case is None:
            nothing = tell(principal, Act.CALLBACK_SEARCHED, "bellen", reason="niets", n=0)
            self._house.store.commit(Change(events=(nothing,)))
            raise NotFound
        subject = newest["signal_id"]
        event = tell(principal, Act.CALLBACK_SEARCHED, "bellen", subject=subject, case=case["case_id"])
        if held is not None and held["expires_at"] > self._house.now_ms():
            # The resident rings whoever is calling him: that talk belongs to the record in the agent's hands.
            self._house.store.commit(Change(events=(event,)))
            return Found(held["ref"], held["expires_at"])
        lease = self._lease(principal, case, subject, code.text)
        # While the resident is on the line nobody else calls him; a dial record that is out stays out.
        waits = cases.move(case, not_before=max(case["not_before"], lease["expires_at"]))
        writes = (waits, calls.lease(lease), *([code.write] if code.write else []))
        self._house.store.commit(Change(writes, (event,)))
        return Found(code.text, lease["expires_at"])

    def _called(self, connection: Connection, principal: Principal, caller: str) -> Row | None:
        tenant = principal.tenant
        subjects = behind_number(self._house, connection, tenant, caller)
        for case in cases.cases_of_signals(connection, tenant, subjects):
            live = cases.signals_of_case(connection, tenant, case["case_id"])
            dialled = calls.was_leased(connection, tenant, principal.party, case["case_id"])
            if case["closed_at"] is None and live and dialled:
                return case
        return None

    def _lease(self, principal: Principal, case: Row, signal: str, ref: str) -> dict[str, Any]:
        now = self._house.now()
        return {
            "tenant": principal.tenant,
            "lease_id": self._house.new_id(),
            "case_id": case["case_id"],
            "signal_id": signal,
            "party_id": principal.party,
            "client_id": principal.client,
            "user_id": principal.user,
            "ref": ref,
            "leased_at": millis(now),
            "expires_at": millis(now + timedelta(minutes=self._house.settings.lease_minutes)),
            "state": "open",
            "inbound": True,
            "ended_at": None,
            "verified_at": None,
            "tries": 0,
        }


def _insist_stranger(connection: Connection, principal: Principal, case: Row) -> None:
    if trust.knows_resident(connection, principal.tenant, CaseId(case["case_id"]), principal.actor):
        raise Conflict("U kent deze inwoner; verbind door naar een collega", code=KNOWN)
