"""A case in the hands of the social worker who asks, and the refusal for everybody else's."""

from dataclasses import dataclass
from typing import Any, NoReturn

from sqlalchemy import Connection

from audit.entry import Event
from gateway.disclosure import Codes, Door, Dossier, load
from gateway.disclosure.door import Ask
from gateway.disclosure.dossier import facts_of
from gateway.events import tell
from gateway.installation import Installation
from gateway.policy.facts import Facts
from gateway.store import cases
from gateway.store.change import Row
from schemas.audit import Act
from schemas.case import CaseFacts, CaseState
from schemas.errors import Conflict
from schemas.principal import Principal

PURPOSE = "hulpverlenen"


@dataclass(frozen=True, slots=True)
class Held:
    """A case with what holds about it for the asker; ``subject`` is whom the log tells of."""

    dossier: Dossier
    facts: Facts
    subject: str

    @property
    def case(self) -> Row:
        """The row of the case."""
        return self.dossier.case

    @property
    def state(self) -> CaseFacts:
        """What the transition table looks at."""
        case = self.case
        return CaseFacts(
            CaseState(case["state"]), case["attempts"], bool(case["reached"]), bool(case["offer_at"])
        )

    @property
    def asked(self) -> Row:
        """The help request of the case.

        Raises:
            Conflict: nobody asked for help here.
        """
        if self.dossier.handover is None:
            raise Conflict("Voor dit dossier is geen hulp gevraagd", code="geen_hulpvraag")
        return self.dossier.handover

    @property
    def taken_over(self) -> Row:
        """The help request that a social worker acknowledged.

        Raises:
            Conflict: there is none, or nobody took it over yet.
        """
        if self.asked["acknowledged_at"] is None:
            raise Conflict("Neem eerst de hulpvraag over", code="niet_overgenomen")
        return self.asked

    def tell(self, principal: Principal, act: Act, reason: str = "", **detail: Any) -> Event:
        """Tell what happened to this case."""
        case = self.dossier.case_id
        return tell(principal, act, PURPOSE, subject=self.subject, case=case, reason=reason, detail=detail)


class Reach:
    """Finds cases by reference and keeps to the own caseload."""

    def __init__(self, house: Installation, door: Door, codes: Codes) -> None:
        self._house = house
        self._door = door
        self._codes = codes

    def find(self, connection: Connection, principal: Principal, ref: str) -> Held:
        """Find the case behind a reference of this party.

        Raises:
            NotFound: no such reference.
        """
        dossier = load(connection, principal, self._codes.resolve(connection, principal, ref))
        facts = facts_of(connection, self._house, principal, dossier)
        ever = cases.all_signals_of_case(connection, principal.tenant, dossier.case_id)
        return Held(dossier, facts, ever[0]["signal_id"])

    def own(self, principal: Principal, ref: str) -> Held:
        """Find a case of the own caseload, or of the colleague for whom the asker stands in.

        Raises:
            NotFound: no such reference. Denied: it is somebody else's; the refusal is in the log.
        """
        with self._house.store.read() as connection:
            held = self.find(connection, principal, ref)
        if not held.facts.toegewezen:
            self.refuse(principal, held)
        return held

    def refuse(self, principal: Principal, held: Held) -> NoReturn:
        """Refuse as if nothing but the signals spoke for the asker.

        Raises:
            Denied: always; the refusal is in the log.
        """
        known = held.facts
        speaks = Facts(geaccepteerd=known.geaccepteerd, geen_belangenconflict=known.geen_belangenconflict)
        bare = Ask(held.dossier, speaks)
        decision = self._door.decide(principal, PURPOSE, bare)
        self._door.refuse(principal, PURPOSE, decision.failing, ask=bare, nearest=decision.nearest)
