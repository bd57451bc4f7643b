"""Cases that only named people may know of, and people who may not work on a case because they know the resident.

A restricted case is social work's alone: it is not called about and not written to, and whoever is not named hears
that there is no such case. Every look at one is marked in the log.
"""

from collections.abc import Collection, Sequence
from typing import Any, Final

from sqlalchemy import Connection

from audit.entry import Event
from gateway.disclosure import Codes, Door, load
from gateway.disclosure.door import Ask
from gateway.disclosure.dossier import facts_of
from gateway.disclosure.worker import leads
from gateway.events import tell
from gateway.installation import Installation
from gateway.services.shielding.moving import at_social_work
from gateway.store import calls, cases, parties, trust
from gateway.store.change import Change, Row, Write
from schemas.audit import Act
from schemas.case import CaseState
from schemas.errors import Conflict, Failing, FieldProblem, Invalid, NotFound
from schemas.help import Handing, Restriction
from schemas.ids import CaseId
from schemas.parties import PartyKind
from schemas.principal import Principal

_PURPOSES: Final = {PartyKind.MATCHING: "matchen", PartyKind.SOCIAAL_WERK: "hulpverlenen"}
_HELP: Final = "hulpverlenen"
_NOT_YOURS: Final = Failing(
    "rol_teamleider",
    "Alleen een teamleider of de gemeente schermt dossiers af.",
    "De vrager is geen teamleider van sociaal werk en geen medewerker van de gemeente.",
)
_STRANGER: Final = FieldProblem(
    "medewerkers", "onbekend", "Noem actieve medewerkers van sociaal werk of van de gemeente"
)


class Restrictions:
    """Restricts cases to named people, and keeps people out who know the resident."""

    def __init__(self, house: Installation, door: Door, codes: Codes) -> None:
        self._house = house
        self._door = door
        self._codes = codes

    def restrict(self, principal: Principal, ref: str, reason: Restriction, users: Sequence[str]) -> None:
        """Let only ``users``, and whoever restricts, know of a case.

        It goes to social work, and back to the basket when its worker is not among them. Somebody of the municipality
        who is named decides on doubts about this resident.

        Raises:
            Denied: neither a team leader nor the municipality. NotFound: no such reference.
            Invalid: somebody named is of neither social work nor the municipality. Conflict: restricted already, or moved meanwhile.
        """
        self._insist_on_lead(principal)
        with self._house.store.read() as connection:
            case, subject = self._case(connection, principal, ref)
            for user in users:
                self._insist_on_worker(connection, principal, user)
        if case["restricted"] is not None:
            raise Conflict("Dit dossier is al afgeschermd", code="al_afgeschermd")
        named = frozenset((*users, *([principal.user] if principal.user else [])))
        event = self._told(principal, Act.CASE_RESTRICTED, case, subject, reason, sorted(named))
        self._house.store.commit(Change(tuple(self._close(principal, case, reason, named)), (event,)))

    def lift(self, principal: Principal, ref: str) -> None:
        """Let everybody know of a case again whose business it is.

        Raises:
            Denied: neither a team leader nor the municipality. NotFound: no such reference, or not named for it.
            Conflict: not restricted, or moved meanwhile.
        """
        self._insist_on_lead(principal)
        with self._house.store.read() as connection:
            case, subject = self._case(connection, principal, ref)
        if case["restricted"] is None:
            raise Conflict("Dit dossier is niet afgeschermd", code="niet_afgeschermd")
        event = self._told(principal, Act.CASE_UNRESTRICTED, case, subject, case["restricted"], [])
        names = trust.forget_names(principal.tenant, CaseId(case["case_id"]))
        self._house.store.commit(Change((names, cases.move(case, restricted=None)), (event,)))

    def declare_conflict(self, principal: Principal, ref: str) -> None:
        """Let a social worker say "I know this person": from here on the case is somebody else's.

        Raises:
            NotFound: no such reference. Denied: not the asker's business to begin with; the refusal is in the log.
            Conflict: said before, or the case moved meanwhile.
        """
        with self._house.store.read() as connection:
            dossier = load(connection, principal, self._codes.resolve(connection, principal, ref))
            ask = Ask(dossier, facts_of(connection, self._house, principal, dossier))
            subject = self._subject(connection, dossier.case)
        decision = self._door.decide(principal, _HELP, ask)
        if not decision.allow or principal.user is None:
            self._door.refuse(principal, _HELP, decision.failing, ask=ask, nearest=decision.nearest)
        case, user = dossier.case, principal.user
        known = trust.declare_conflict(principal.tenant, dossier.case_id, user, self._house.now_ms())
        away = cases.release(case, self._house.now_ms()) if case["owner"] == user else [cases.move(case)]
        told = [self._told(principal, Act.CONFLICT_DECLARED, case, subject, "", [user])]
        if case["owner"] == user:
            reason = Handing.BELANGENCONFLICT.value
            told.append(self._told(principal, Act.CASE_ASSIGNED, case, subject, reason, []))
        self._house.store.commit(Change((known, *away), tuple(told)))

    def _close(
        self, principal: Principal, case: Row, reason: Restriction, named: Collection[str]
    ) -> list[Write]:
        now, case_id = self._house.now_ms(), CaseId(case["case_id"])
        names = trust.name(principal.tenant, case_id, sorted(named), by=principal.actor, now=now)
        values: dict[str, Any] = {"restricted": reason.value, **at_social_work(case)}
        away: list[Write] = [calls.recall_case(principal.tenant, case_id, now)]
        if case["owner"] is not None and case["owner"] not in named:
            values["owner"] = None
            away.append(cases.end_assignment(case, now))
        return [names, *away, cases.move(case, **values)]

    def _insist_on_lead(self, principal: Principal) -> None:
        with self._house.store.read() as connection:
            may = principal.kind is PartyKind.MATCHING or leads(connection, principal)
        if principal.kind not in _PURPOSES or not may:
            purpose = _PURPOSES.get(principal.kind, "")
            self._door.refuse(principal, purpose, [_NOT_YOURS], code="alleen_teamleider")

    def _insist_on_worker(self, connection: Connection, principal: Principal, user: str) -> None:
        row = parties.find_user(connection, principal.tenant, user)
        party = None if row is None else parties.find_party(connection, principal.tenant, row["party_id"])
        if party is None or party.kind not in _PURPOSES:
            raise Invalid(fields=[_STRANGER])

    def _case(self, connection: Connection, principal: Principal, ref: str) -> tuple[Row, str | None]:
        case_id = self._codes.resolve(connection, principal, ref)
        case = cases.find_case(connection, principal.tenant, case_id)
        if case is None or case["state"] == CaseState.GESLOTEN:
            raise NotFound
        return case, self._subject(connection, case)

    @staticmethod
    def _subject(connection: Connection, case: Row) -> str | None:
        members = cases.all_signals_of_case(connection, case["tenant"], CaseId(case["case_id"]))
        return members[0]["signal_id"] if members else None

    @staticmethod
    def _told(
        principal: Principal, act: Act, case: Row, subject: str | None, reason: str, users: Sequence[str]
    ) -> Event:
        return tell(
            principal,
            act,
            _PURPOSES[principal.kind],
            subject=subject,
            case=case["case_id"],
            reason=reason,
            detail={"medewerkers": list(users)} if users else {},
        )
