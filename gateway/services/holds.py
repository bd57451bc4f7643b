"""Legal holds: a case that may not be erased yet, whatever its term says (Archiefwet, a running request)."""

from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import Connection

from gateway.disclosure import Codes
from gateway.events import tell
from gateway.installation import Installation
from gateway.store import cases, erasure, governance
from gateway.store.change import Change, Row
from schemas.audit import Act
from schemas.errors import Conflict, Denied, Failing, NotFound
from schemas.ids import CaseId
from schemas.parties import PartyKind
from schemas.principal import Principal
from schemas.retention import HoldReason

_PURPOSE: Final = "toezien"
_NOT_YOURS: Final = Failing(
    "partij_privacy_officer",
    "Een bewaarplicht legt de privacy officer vast.",
    "De vrager is geen privacy officer.",
)


@dataclass(frozen=True, slots=True)
class Hold:
    """A hold that stands; ``placed_at`` is in ms UTC."""

    hold_id: str
    reason: HoldReason
    placed_at: int


class Holds:
    """Places and lifts holds."""

    def __init__(self, house: Installation, codes: Codes) -> None:
        self._house = house
        self._codes = codes

    def place(self, principal: Principal, ref: str, reason: HoldReason) -> Hold:
        """Put a case under a hold; it then beats erasure, and month end leaves the case as it is.

        Raises:
            Denied: not a privacy officer; the refusal is in the log. NotFound: no such reference.
            Conflict: the case is being erased at this moment (``wordt_gewist``), or moved meanwhile.
        """
        self._insist(principal)
        with self._house.store.read() as connection:
            case = self._case(connection, principal, ref)
            if case["case_id"] in erasure.expiring(connection, principal.tenant):
                raise Conflict("Dit dossier wordt op dit moment gewist", code="wordt_gewist")
            subject = self._subject(connection, case)
        row = self._row(principal, case, reason)
        # The case does not change, but its version does: an erasure that has just read it starts again.
        writes = (governance.add_hold(row), cases.move(case))
        event = tell(
            principal, Act.HOLD_PLACED, _PURPOSE, subject=subject, case=case["case_id"], reason=reason
        )
        self._house.store.commit(Change(writes, (event,)))
        return _hold(row)

    def lift(self, principal: Principal, hold: str) -> None:
        """End a hold; the case is due again by its term.

        Raises:
            Denied: not a privacy officer; the refusal is in the log. NotFound: no such hold.
            Conflict: it was lifted already.
        """
        self._insist(principal)
        with self._house.store.read() as connection:
            row = governance.find_hold(connection, principal.tenant, hold)
            case = cases.find_case(connection, principal.tenant, row["case_id"]) if row else None
            if row is None or case is None:
                raise NotFound
            subject = self._subject(connection, case)
        lifted = governance.lift_hold(row, by=principal.actor, now=self._house.now_ms())
        event = tell(
            principal,
            Act.HOLD_LIFTED,
            _PURPOSE,
            subject=subject,
            case=CaseId(case["case_id"]),
            reason=row["reason"],
        )
        self._house.store.commit(Change((lifted,), (event,)))

    def standing(self, principal: Principal, ref: str) -> list[Hold]:
        """Give the holds on a case, oldest first; looking is in the log.

        Raises:
            Denied: not a privacy officer; the refusal is in the log. NotFound: no such reference.
        """
        self._insist(principal)
        with self._house.store.read() as connection:
            case = self._case(connection, principal, ref)
            found = governance.standing_holds(connection, principal.tenant)
            subject = self._subject(connection, case)
        told = tell(principal, Act.CASE_LISTED, _PURPOSE, subject=subject, case=CaseId(case["case_id"]))
        self._house.store.commit(Change(events=(replace(told, fields=("bewaarplicht",)),)))
        return [_hold(row) for row in found if row["case_id"] == case["case_id"]]

    def _insist(self, principal: Principal) -> None:
        if principal.kind is PartyKind.PRIVACY_OFFICER:
            return
        told = tell(principal, Act.ACCESS_DENIED, _PURPOSE, reason=_NOT_YOURS.condition, n=0)
        self._house.store.commit(Change(events=(replace(told, decision="deny"),)))
        raise Denied(_NOT_YOURS.for_user, failing=[_NOT_YOURS])

    def _case(self, connection: Connection, principal: Principal, ref: str) -> Row:
        case = cases.find_case(connection, principal.tenant, self._codes.resolve(connection, principal, ref))
        if case is None:
            raise NotFound
        return case

    @staticmethod
    def _subject(connection: Connection, case: Row) -> str | None:
        members = cases.all_signals_of_case(connection, case["tenant"], CaseId(case["case_id"]))
        return members[0]["signal_id"] if members else None

    def _row(self, principal: Principal, case: Row, reason: HoldReason) -> Row:
        return {
            "tenant": principal.tenant,
            "hold_id": self._house.new_id(),
            "case_id": case["case_id"],
            "reason": reason.value,
            "placed_by": principal.actor,
            "placed_at": self._house.now_ms(),
            "lifted_at": None,
            "lifted_by": None,
        }


def _hold(row: Row) -> Hold:
    return Hold(row["hold_id"], HoldReason(row["reason"]), row["placed_at"])
