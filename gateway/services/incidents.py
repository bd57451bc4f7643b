"""Incidents before the privacy officer: what may be a data breach, with the 72 hours of AVG art. 33 on the clock."""

from dataclasses import dataclass, replace
from enum import StrEnum

from gateway.disclosure import Codes
from gateway.events import tell
from gateway.installation import Installation
from gateway.store import cases, numbers
from gateway.store.change import Change, Row, Write
from schemas.audit import Act
from schemas.errors import Conflict, NotFound
from schemas.ids import CaseId
from schemas.principal import Principal

_TRIES = 4


class Verdict(StrEnum):
    """What the privacy officer found: no breach, one for the register, or one that is notified (AVG art. 33)."""

    GEEN_DATALEK = "geen_datalek"
    DATALEK_GEREGISTREERD = "datalek_geregistreerd"
    DATALEK_GEMELD = "datalek_gemeld"


@dataclass(frozen=True, slots=True)
class Incident:
    """An incident that waits for a judgement; instants are ms UTC, ``ref`` is the officer's reference of the case.

    ``reporter`` reported it, ``source`` is the partner whose signal it began with; nothing in it tells who the
    resident or the stranger is.
    """

    incident_id: str
    kind: str
    at: int
    due: int
    reporter: str
    source: str
    ref: str


class Incidents:
    """The list of incidents and the judgement on them."""

    def __init__(self, house: Installation, codes: Codes) -> None:
        self._house = house
        self._codes = codes

    def waiting(self, principal: Principal) -> list[Incident]:
        """List the incidents that nobody judged yet, the shortest clock first; each is in the log."""
        for _ in range(_TRIES):
            try:
                return self._waiting(principal)
            except Conflict:
                continue  # Another reader was quicker to remember the same reference.
        raise Conflict

    def judge(self, principal: Principal, incident: str, verdict: Verdict) -> None:
        """Record what was found.

        Raises:
            NotFound: no such incident. Conflict: it was judged already (code ``al_beoordeeld``).
        """
        with self._house.store.read() as connection:
            row = numbers.find_incident(connection, principal.tenant, incident)
        if row is None:
            raise NotFound
        if row["judged_at"] is not None:
            raise Conflict("Dit incident is al beoordeeld", code="al_beoordeeld")
        now = self._house.now_ms()
        write = numbers.judge_incident(row, verdict=verdict.value, judged_by=principal.actor, judged_at=now)
        told = tell(
            principal,
            Act.INCIDENT_JUDGED,
            "toezien",
            subject=row["signal_id"],
            case=CaseId(row["case_id"]),
            reason=verdict.value,
            why=(f"incident:{incident}",),
        )
        self._house.store.commit(Change((write,), (told,)))

    def _waiting(self, principal: Principal) -> list[Incident]:
        writes: dict[str, Write] = {}
        found: list[Incident] = []
        with self._house.store.read() as connection:
            rows = numbers.open_incidents(connection, principal.tenant)
            for row in rows:
                case = cases.find_case(connection, principal.tenant, CaseId(row["case_id"]))
                if case is None:
                    continue
                code = self._codes.give(connection, principal, "toezien", case)
                if code.write is not None:
                    writes[code.text] = code.write
                found.append(_incident(row, code.text))
        told = [
            replace(
                tell(principal, Act.CASE_LISTED, "toezien", subject=row["signal_id"], case=row["case_id"]),
                fields=("dossierkenmerk",),
            )
            for row in rows
        ]
        self._house.store.commit(Change(tuple(writes.values()), tuple(told)))
        return found


def _incident(row: Row, ref: str) -> Incident:
    return Incident(
        incident_id=row["incident_id"],
        kind=row["kind"],
        at=row["at"],
        due=row["due"],
        reporter=row["party_id"],
        source=row["source"],
        ref=ref,
    )
