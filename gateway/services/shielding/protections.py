"""Protections: secrecy, guardianship or safety, learned from whoever knows; then social work alone comes near.

What it is stands in the log and nowhere else: the case only knows that there is something.
"""

from typing import Final

from sqlalchemy import Connection

from gateway.disclosure import Codes, Door, load
from gateway.disclosure.door import Ask
from gateway.disclosure.dossier import facts_of
from gateway.events import tell
from gateway.installation import Installation
from gateway.policy.facts import Facts
from gateway.services.shielding.moving import at_social_work
from gateway.store import calls, cases
from gateway.store.change import Change, Row
from schemas.audit import Act
from schemas.case import CaseState
from schemas.errors import Conflict, NotFound
from schemas.help import Protection
from schemas.parties import PartyKind
from schemas.principal import Principal

_PURPOSES: Final = {PartyKind.MATCHING: "matchen", PartyKind.SOCIAAL_WERK: "hulpverlenen"}


class Protections:
    """Protects residents."""

    def __init__(self, house: Installation, door: Door, codes: Codes) -> None:
        self._house = house
        self._door = door
        self._codes = codes

    def protect(self, principal: Principal, ref: str, reason: Protection) -> None:
        """Let social work alone come near a resident: dial records are recalled, letters are not sent.

        Raises:
            NotFound: no such reference. Denied: not the asker's business; the refusal is in the log.
            Conflict: protected already, or the case moved meanwhile.
        """
        with self._house.store.read() as connection:
            case, subject = self._own(connection, principal, ref)
        if case["protected"]:
            raise Conflict("Dit dossier is al beschermd", code="al_beschermd")
        moved = cases.move(case, protected=True, **at_social_work(case))
        recalled = calls.recall_case(principal.tenant, case["case_id"], self._house.now_ms())
        event = tell(
            principal,
            Act.CASE_PROTECTED,
            _PURPOSES[principal.kind],
            subject=subject,
            case=case["case_id"],
            reason=reason,
        )
        self._house.store.commit(Change((moved, recalled), (event,)))

    def _own(self, connection: Connection, principal: Principal, ref: str) -> tuple[Row, str | None]:
        """Find a case that the municipality, or its social worker, may speak about."""
        purpose = _PURPOSES.get(principal.kind, "")
        dossier = load(connection, principal, self._codes.resolve(connection, principal, ref))
        if dossier.case["state"] in {CaseState.GESLOTEN, CaseState.INGETROKKEN}:
            raise NotFound
        facts = facts_of(connection, self._house, principal, dossier)
        helper = principal.kind is PartyKind.SOCIAAL_WERK
        near = facts.geen_belangenconflict and (facts.toegewezen or facts.in_werkvoorraad)
        if purpose == "" or (helper and not near):
            speaks = Facts(geaccepteerd=facts.geaccepteerd, geen_belangenconflict=facts.geen_belangenconflict)
            ask = Ask(dossier, speaks)
            decision = self._door.decide(principal, purpose, ask)
            self._door.refuse(principal, purpose, decision.failing, ask=ask, nearest=decision.nearest)
        members = cases.all_signals_of_case(connection, principal.tenant, dossier.case_id)
        return dossier.case, members[0]["signal_id"] if members else None
