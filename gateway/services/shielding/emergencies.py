"""Emergency access: at once, the smallest view, for a day, and judged by somebody else within a working day.

Whoever leaves one unjudged too long gets no other: the right is suspended by itself. A restricted case and a resident
whom the worker knows stay closed; then the team leader is called.
"""

from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Final

from sqlalchemy import Connection

from gateway.disclosure import Codes, Disclosed, Door, load
from gateway.disclosure.door import Ask
from gateway.disclosure.dossier import facts_of
from gateway.disclosure.worker import leads
from gateway.events import tell
from gateway.installation import Installation
from gateway.store import cases, emergencies
from gateway.store.change import Change, Row, Write
from schemas.audit import Act
from schemas.errors import Conflict, Failing, NotFound
from schemas.help import EMERGENCY_HOURS, REVIEW_DAYS, EmergencyReason, EmergencyVerdict
from schemas.ids import CaseId
from schemas.moments import AMSTERDAM, local_day, millis
from schemas.parties import PartyKind
from schemas.principal import Principal

_HELP: Final = "hulpverlenen"
_PURPOSES: Final = {PartyKind.SOCIAAL_WERK: _HELP, PartyKind.PRIVACY_OFFICER: "toezien"}
_TRIES: Final = 4
_SUSPENDED: Final = Failing(
    "noodtoegang_opgeschort",
    "Een eerdere noodtoegang van u is niet op tijd beoordeeld. Bel uw teamleider.",
    "Een eerdere noodtoegang van de vrager wacht langer dan een werkdag op beoordeling.",
)
_NOT_YOURS: Final = Failing(
    "tweede_persoon",
    "Noodtoegang beoordeelt de teamleider of de privacy officer, nooit wie haar gebruikte.",
    "De vrager is geen teamleider of privacy officer, of gebruikte de noodtoegang zelf.",
)


@dataclass(frozen=True, slots=True)
class Emergency:
    """Emergency access that waits for a judgement; instants are ms UTC. Nothing in it tells who the resident is."""

    emergency_id: str
    ref: str
    user: str
    reason: EmergencyReason
    started_at: int
    review_due: int


class Emergencies:
    """Gives emergency access and lets others judge it."""

    def __init__(self, house: Installation, door: Door, codes: Codes) -> None:
        self._house = house
        self._door = door
        self._codes = codes

    def open(self, principal: Principal, ref: str, reason: EmergencyReason) -> Disclosed:
        """Show a case to a worker whose case it is not, as little of it as reaching the resident takes.

        Raises:
            NotFound: no such reference, or a restricted case. Denied: no person asks, the asker knows the resident,
            nobody reported this case any more, or the right is suspended; the refusal is in the log.
        """
        with self._house.store.read() as connection:
            dossier = load(connection, principal, self._codes.resolve(connection, principal, ref))
            facts = facts_of(connection, self._house, principal, dossier)
            suspended = self._suspended(connection, principal)
            code = self._codes.give(connection, principal, _HELP, dossier.case)
        if suspended:
            self._door.refuse(principal, _HELP, [_SUSPENDED], ask=Ask(dossier, facts))
        person = principal.user is not None
        why = (f"noodtoegang:{reason.value}",)
        given = replace(facts, toegewezen=False, noodtoegang=person)
        ask = Ask(dossier, given, {"dossierkenmerk": code.text}, why)
        writes: list[Write] = [code.write] if code.write else []
        if person:
            writes.append(emergencies.add(self._row(principal, dossier.case_id, reason)))
        return self._door.show(principal, _HELP, Act.EMERGENCY_OPENED, ask, writes)

    def waiting(self, principal: Principal) -> list[Emergency]:
        """List what waits for this person's judgement, the shortest clock first.

        Raises:
            Denied: neither a team leader nor a privacy officer; the refusal is in the log.
        """
        for _ in range(_TRIES):
            try:
                return self._waiting(principal)
            except Conflict:
                continue  # Another reader was quicker to remember the same reference.
        raise Conflict

    def _waiting(self, principal: Principal) -> list[Emergency]:
        with self._house.store.read() as connection:
            if not self._may_judge(connection, principal):
                self._refuse(principal)
            rows = [
                row
                for row in emergencies.unreviewed(connection, principal.tenant)
                if self._concerns(principal, row)
            ]
            listed = [self._one(connection, principal, row) for row in rows]
        # One case may have been opened in several emergencies; its reference is remembered once.
        writes = {one.ref: write for one, write in listed if write is not None}.values()
        events = tuple(
            tell(principal, Act.CASE_LISTED, _PURPOSES[principal.kind], case=row["case_id"]) for row in rows
        )
        if events:
            told = (replace(event, fields=("dossierkenmerk",)) for event in events)
            self._house.store.commit(Change(tuple(writes), tuple(told)))
        return [emergency for emergency, _ in listed]

    def judge(self, principal: Principal, emergency: str, verdict: EmergencyVerdict) -> None:
        """Record what a second person thinks of it; an access that was wrong ends at once.

        Raises:
            Denied: not the asker's to judge; the refusal is in the log. NotFound: no such access.
            Conflict: it was judged already.
        """
        with self._house.store.read() as connection:
            if not self._may_judge(connection, principal):
                self._refuse(principal)
            row = emergencies.find(connection, principal.tenant, emergency)
            if row is None or not self._concerns(principal, row):
                raise NotFound
            members = cases.all_signals_of_case(connection, principal.tenant, CaseId(row["case_id"]))
        if row["reviewed_at"] is not None:
            raise Conflict("Deze noodtoegang is al beoordeeld", code="al_beoordeeld")
        now = self._house.now_ms()
        ends = now if verdict is EmergencyVerdict.ONTERECHT else row["until_at"]
        judged = emergencies.judge(
            row,
            reviewed_at=now,
            reviewed_by=principal.actor,
            verdict=verdict.value,
            until_at=min(ends, row["until_at"]),
        )
        event = tell(
            principal,
            Act.EMERGENCY_REVIEWED,
            _PURPOSES[principal.kind],
            subject=members[0]["signal_id"] if members else None,
            case=row["case_id"],
            reason=verdict,
        )
        self._house.store.commit(Change((judged,), (event,)))

    def _may_judge(self, connection: Connection, principal: Principal) -> bool:
        return principal.kind is PartyKind.PRIVACY_OFFICER or (
            principal.kind is PartyKind.SOCIAAL_WERK and leads(connection, principal)
        )

    def _refuse(self, principal: Principal) -> None:
        purpose = _PURPOSES.get(principal.kind, "")
        self._door.refuse(principal, purpose, [_NOT_YOURS], code="alleen_tweede_persoon")

    @staticmethod
    def _concerns(principal: Principal, row: Row) -> bool:
        """Say whether somebody may judge: a leader of the own team, and nobody of himself."""
        own_team = principal.kind is PartyKind.PRIVACY_OFFICER or row["party_id"] == principal.party
        return bool(own_team and row["user_id"] != principal.user)

    def _suspended(self, connection: Connection, principal: Principal) -> bool:
        now = self._house.now_ms()
        waits = emergencies.unreviewed(connection, principal.tenant)
        return any(row["user_id"] == principal.user and row["review_due"] < now for row in waits)

    def _one(self, connection: Connection, principal: Principal, row: Row) -> tuple[Emergency, Write | None]:
        case = cases.find_case(connection, principal.tenant, CaseId(row["case_id"]))
        if case is None:
            raise NotFound
        code = self._codes.give(connection, principal, _PURPOSES[principal.kind], case)
        emergency = Emergency(
            emergency_id=row["emergency_id"],
            ref=code.text,
            user=row["user_id"],
            reason=EmergencyReason(row["reason"]),
            started_at=row["started_at"],
            review_due=row["review_due"],
        )
        return emergency, code.write

    def _row(self, principal: Principal, case: CaseId, reason: EmergencyReason) -> Row:
        now = self._house.now()
        due = self._house.calendar.add_working_days(local_day(now), REVIEW_DAYS)
        end_of_day = datetime.combine(due + timedelta(days=1), time(), AMSTERDAM)
        return {
            "tenant": principal.tenant,
            "emergency_id": self._house.new_id(),
            "case_id": case,
            "party_id": principal.party,
            "user_id": principal.user,
            "reason": reason.value,
            "started_at": millis(now),
            "until_at": millis(now + timedelta(hours=EMERGENCY_HOURS)),
            "review_due": millis(end_of_day) - 1,
        }
