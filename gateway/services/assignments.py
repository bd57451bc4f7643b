"""Who is responsible for a case: giving it to a social worker, taking it back, standing in for somebody absent.

Responsibility decides who sees a case in full, so it is given by a team leader or the municipality, never taken.
The one exception is a help request, which a social worker takes over by acknowledging it.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import Connection

from audit.entry import Event
from gateway.disclosure import Codes, Door
from gateway.disclosure.worker import leads
from gateway.events import tell
from gateway.installation import Installation
from gateway.store import cases, parties, trust
from gateway.store.change import Change, Row
from schemas.audit import Act
from schemas.errors import Conflict, Failing, FieldProblem, Invalid, NotFound
from schemas.help import AT_SOCIAL_WORK, Handing
from schemas.ids import CaseId, PartyId
from schemas.moments import AMSTERDAM, local_day, millis
from schemas.parties import PartyKind
from schemas.principal import Principal

LONGEST_ABSENCE = timedelta(days=366)
"""A longer absence is a change of team: a stand-in must not become a second reader for ever."""

_PURPOSES = {PartyKind.MATCHING: "matchen", PartyKind.SOCIAAL_WERK: "hulpverlenen"}
_NOT_YOURS = Failing(
    "rol_teamleider",
    "Alleen een teamleider of de gemeente verdeelt dossiers.",
    "De vrager is geen teamleider van sociaal werk en geen medewerker van de gemeente.",
)
_STRANGER = FieldProblem("medewerker", "onbekend", "Geen actieve medewerker van het team")
_NOT_NEAR = FieldProblem("medewerker", "niet_mogelijk", "Dit dossier kan niet naar deze medewerker")
_NO_TEAM = FieldProblem("team", "onbekend", "Geen team van sociaal werk")
_NO_STAND_IN = FieldProblem("vervanger", "onbekend", "Kies een andere actieve medewerker van hetzelfde team")
_NO_PERIOD = FieldProblem(
    "tot", "periode", "De laatste dag ligt niet voor de eerste, niet voor vandaag en binnen een jaar"
)


@dataclass(frozen=True, slots=True)
class Absence:
    """Days on which ``replacement`` sees the caseload of ``user``; the last day is included."""

    user: str
    replacement: str
    first: date
    last: date


class Assignments:
    """Divides cases among social workers."""

    def __init__(self, house: Installation, door: Door, codes: Codes) -> None:
        self._house = house
        self._door = door
        self._codes = codes

    def assign(self, principal: Principal, ref: str, user: str, reason: Handing) -> None:
        """Make a social worker responsible for a case, instead of whoever was.

        Raises:
            Denied: the asker does not divide work. NotFound: no such reference. Invalid: no such colleague.
            Conflict: the case is not with social work, is with this colleague already, or moved meanwhile.
        """
        self._insist_on_lead(principal)
        with self._house.store.read() as connection:
            case, subject = self._case(connection, principal, ref)
            team = self._insist_on_colleague(connection, principal, user, _STRANGER)["party_id"]
            _insist_on_distance(connection, case, user)
        if case["owner"] == user:
            raise Conflict("Dit dossier staat al op naam van deze medewerker", code="al_toegewezen")
        row = self._row(principal, case, user, reason)
        event = self._told(principal, case, subject, reason, {"medewerker": user, "eerder": case["owner"]})
        self._house.store.commit(Change(tuple(cases.assign(case, row, team=team)), (event,)))

    def allot(self, principal: Principal, ref: str, team: str, reason: Handing) -> None:
        """Put a case in the basket of one team, where no other team sees it any more; nobody has it then.

        Raises:
            Denied: the asker does not divide work. NotFound: no such reference. Invalid: no such team.
            Conflict: the case is not with social work, is that team's already, or moved meanwhile.
        """
        self._insist_on_lead(principal)
        with self._house.store.read() as connection:
            case, subject = self._case(connection, principal, ref)
            party = parties.find_party(connection, principal.tenant, PartyId(team))
        if party is None or party.kind is not PartyKind.SOCIAAL_WERK:
            raise Invalid(fields=[_NO_TEAM])
        if case["team"] == team:
            raise Conflict("Dit dossier is al van dit team", code="al_toegewezen")
        event = self._told(principal, case, subject, reason, {"team": team, "eerder": case["owner"]})
        away = [cases.end_assignment(case, self._house.now_ms()), cases.move(case, owner=None, team=team)]
        self._house.store.commit(Change(tuple(away), (event,)))

    def release(self, principal: Principal, ref: str) -> None:
        """Put a case back among the work that waits.

        Raises:
            Denied: the asker does not divide work. NotFound: no such reference.
            Conflict: nobody has the case, or it moved meanwhile.
        """
        self._insist_on_lead(principal)
        with self._house.store.read() as connection:
            case, subject = self._case(connection, principal, ref)
        if case["owner"] is None:
            raise Conflict("Dit dossier staat op niemands naam", code="niet_toegewezen")
        event = self._told(principal, case, subject, "teruggegeven", {"eerder": case["owner"]})
        self._house.store.commit(Change(tuple(cases.release(case, self._house.now_ms())), (event,)))

    def record_absence(self, principal: Principal, absence: Absence) -> str:
        """Let a colleague stand in for somebody for a period; gives the id of the record.

        Raises:
            Denied: the asker does not divide work. Invalid: no such colleagues, or no such period.
        """
        self._insist_on_lead(principal)
        with self._house.store.read() as connection:
            away = self._insist_on_colleague(connection, principal, absence.user, _STRANGER)
            stands_in = self._insist_on_colleague(connection, principal, absence.replacement, _NO_STAND_IN)
        if absence.user == absence.replacement or away["party_id"] != stands_in["party_id"]:
            raise Invalid(fields=[_NO_STAND_IN])
        self._insist_on_period(absence)
        row = self._absence(principal, absence)
        days = f"{absence.first}/{absence.last}"
        detail = {"medewerker": absence.user, "vervanger": absence.replacement, "dagen": days}
        event = tell(principal, Act.ABSENCE_RECORDED, _PURPOSES[principal.kind], detail=detail)
        self._house.store.commit(Change((parties.record_absence(row),), (event,)))
        return str(row["absence_id"])

    def _insist_on_lead(self, principal: Principal) -> None:
        with self._house.store.read() as connection:
            leader = principal.kind is PartyKind.SOCIAAL_WERK and leads(connection, principal)
        if principal.kind is PartyKind.MATCHING or leader:
            return
        purpose = _PURPOSES.get(principal.kind, "")
        self._door.refuse(principal, purpose, [_NOT_YOURS], code="alleen_teamleider")

    def _case(self, connection: Connection, principal: Principal, ref: str) -> tuple[Row, str]:
        tenant, case = principal.tenant, self._codes.resolve(connection, principal, ref)
        row = cases.find_case(connection, tenant, case)
        if row is None:
            raise NotFound
        if row["state"] not in AT_SOCIAL_WORK:
            raise Conflict("Dit dossier is niet bij sociaal werk", code="niet_bij_sociaal_werk")
        return row, cases.all_signals_of_case(connection, tenant, case)[0]["signal_id"]

    def _insist_on_colleague(
        self, connection: Connection, principal: Principal, user: str, problem: FieldProblem
    ) -> Row:
        """Find an active social worker: of the team leader's own team, or of any team for the municipality."""
        row = parties.find_user(connection, principal.tenant, user)
        party = None if row is None else parties.find_party(connection, principal.tenant, row["party_id"])
        if row is None or party is None or party.kind is not PartyKind.SOCIAAL_WERK:
            raise Invalid(fields=[problem])
        if principal.kind is PartyKind.SOCIAAL_WERK and party.party_id != principal.party:
            raise Invalid(fields=[problem])
        return row

    def _insist_on_period(self, absence: Absence) -> None:
        today = local_day(self._house.now())
        fits = absence.first <= absence.last <= absence.first + LONGEST_ABSENCE
        if not fits or absence.last < today:
            raise Invalid(fields=[_NO_PERIOD])

    def _row(self, principal: Principal, case: Row, user: str, reason: Handing) -> Row:
        return {
            "tenant": principal.tenant,
            "assignment_id": self._house.new_id(),
            "case_id": case["case_id"],
            "user_id": user,
            "from_at": self._house.now_ms(),
            "assigned_by": principal.actor,
            "reason": reason.value,
        }

    def _absence(self, principal: Principal, absence: Absence) -> Row:
        return {
            "tenant": principal.tenant,
            "absence_id": self._house.new_id(),
            "user_id": absence.user,
            "replacement": absence.replacement,
            "from_at": _midnight(absence.first),
            "until_at": _midnight(absence.last + timedelta(days=1)),
            "recorded_by": principal.actor,
        }

    @staticmethod
    def _told(
        principal: Principal, case: Row, subject: str, reason: str, detail: dict[str, str | None]
    ) -> Event:
        known = {name: value for name, value in detail.items() if value is not None}
        return tell(
            principal,
            Act.CASE_ASSIGNED,
            _PURPOSES[principal.kind],
            subject=subject,
            case=CaseId(case["case_id"]),
            reason=reason,
            detail=known,
        )


def _insist_on_distance(connection: Connection, case: Row, user: str) -> None:
    """Give no case to somebody who knows the resident, nor a restricted one to somebody who is not named.

    Raises:
        Invalid: the same answer for both, and for somebody who is no colleague at all.
    """
    tenant, case_id = case["tenant"], CaseId(case["case_id"])
    named = case["restricted"] is None or user in trust.confidants(connection, tenant, case_id)
    if not named or trust.knows_resident(connection, tenant, case_id, user):
        raise Invalid(fields=[_NOT_NEAR])


def _midnight(day: date) -> int:
    return millis(datetime.combine(day, time(), AMSTERDAM))
