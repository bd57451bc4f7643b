"""The references that parties use: a pseudonym per party, purpose and period, and the way back to the case."""

from dataclasses import dataclass, replace

from sqlalchemy import Connection

from gateway.disclosure.worker import hidden
from gateway.events import tell
from gateway.installation import Installation
from gateway.store import cases
from gateway.store.change import Change, Row, Write
from schemas.audit import Act
from schemas.errors import Invalid, NotFound
from schemas.ids import CaseId
from schemas.principal import Principal

_LIFETIME = "dossier"
_PER_ROUND = frozenset({"bellen", "aanschrijven"})


@dataclass(frozen=True, slots=True)
class Code:
    """A spoken pseudonym with the write that makes it resolvable, if it is not yet."""

    text: str
    write: Write | None


@dataclass(frozen=True, slots=True)
class Found:
    """What a reference leads to: the case and its row, the canonical spelling, and the purpose it was given for."""

    case_id: CaseId
    case: Row | None
    code: str
    purpose: str


class Codes:
    """Makes and resolves the references of one installation."""

    def __init__(self, house: Installation) -> None:
        self._house = house

    def give(self, connection: Connection, principal: Principal, purpose: str, case: Row) -> Code:
        """Give the reference that this party uses for a case and purpose; the same one all through the period."""
        period = case["month"] if purpose in _PER_ROUND else _LIFETIME
        tenant, party, case_id = principal.tenant, principal.party, case["case_id"]
        attempt = 0
        while True:
            text = self._house.pseudonyms.spoken(tenant, party, purpose, period, case_id, attempt)
            row = cases.find_code(connection, tenant, party, text)
            if row is None:
                return Code(text, self._remember(principal, purpose, period, text, case_id))
            if self._behind(row) == case_id:
                return Code(text, None)
            attempt += 1

    def resolve(self, connection: Connection, principal: Principal, text: str) -> CaseId:
        """Give the case behind a reference of this very party.

        Raises:
            NotFound: no such reference, or a slip of the tongue that the check symbol caught.
        """
        return self.find(connection, principal, text).case_id

    def find(self, connection: Connection, principal: Principal, text: str) -> Found:
        """Give what is behind a reference.

        Somebody who may not know of a restricted case hears that there is none; that he asked is in the log.

        Raises:
            NotFound: see ``resolve``.
        """
        try:
            code = self._house.pseudonyms.normalise(text)
        except Invalid:
            raise NotFound from None
        row = cases.find_code(connection, principal.tenant, principal.party, code)
        if row is None:
            raise NotFound
        case_id = CaseId(self._behind(row))
        case = cases.find_case(connection, principal.tenant, case_id)
        if case is not None and hidden(connection, principal, case):
            self._tell_of_hidden(connection, principal, row["purpose"], case)
            raise NotFound
        return Found(case_id, case, code, row["purpose"])

    def _tell_of_hidden(self, connection: Connection, principal: Principal, purpose: str, case: Row) -> None:
        members = cases.all_signals_of_case(connection, principal.tenant, CaseId(case["case_id"]))
        subject = members[0]["signal_id"] if members else None
        told = tell(
            principal,
            Act.ACCESS_DENIED,
            purpose,
            subject=subject,
            case=case["case_id"],
            reason="afgeschermd",
        )
        self._house.store.commit(Change(events=(replace(told, decision="deny"),)))

    def _behind(self, row: Row) -> str:
        return self._house.pseudonyms.open_pointer(
            row["tenant"], row["party_id"], row["purpose"], row["period"], row["code"], row["pointer"]
        )

    def _remember(self, principal: Principal, purpose: str, period: str, text: str, case: str) -> Write:
        tenant, party = principal.tenant, principal.party
        pointer = self._house.pseudonyms.seal_pointer(tenant, party, purpose, period, text, case)
        return cases.remember_code(
            {
                "tenant": tenant,
                "party_id": party,
                "code": text,
                "purpose": purpose,
                "period": period,
                "pointer": pointer,
            }
        )
