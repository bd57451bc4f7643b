"""The controller's decision on terms: without one, nothing is erased."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from gateway.events import tell
from gateway.installation import Installation
from gateway.store import governance
from gateway.store.change import Change, Row
from schemas.audit import Act
from schemas.errors import Denied, Failing, FieldProblem, Invalid
from schemas.ids import Tenant
from schemas.parties import PartyKind
from schemas.principal import Principal
from schemas.retention import Terms

PURPOSES: Final[Mapping[PartyKind, str]] = {
    PartyKind.PRIVACY_OFFICER: "toezien",
    PartyKind.BEHEER: "beheren",
}
"""Who plans and erases: the privacy officer, and the scheduled job of the operator, who sees no resident."""

_NOT_YOURS: Final = Failing(
    "partij_privacy_officer",
    "Bewaartermijnen zijn werk van de privacy officer; de beheerder voert ze uit.",
    "De vrager is geen privacy officer, en geen beheerder die een besluit uitvoert.",
)
_REFERENCE: Final = FieldProblem(
    "kenmerk", "kenmerk", "Het kenmerk van het besluit: 3 tot 80 letters, cijfers, spaties en . : / -"
)


@dataclass(frozen=True, slots=True)
class Decision:
    """A recorded decision; ``reference`` is that of the document in which the controller decided."""

    decision_id: str
    terms: Terms
    reference: str
    decided_at: int


class RetentionDecisions:
    """Records decisions."""

    def __init__(self, house: Installation) -> None:
        self._house = house

    def decide(self, principal: Principal, terms: Terms, reference: str) -> Decision:
        """Record what the controller decided; it holds from now on, for cases that ended before as well.

        Raises:
            Denied: not a privacy officer; the refusal is in the log. Invalid: not the reference of a document.
        """
        insist(self._house, principal, {PartyKind.PRIVACY_OFFICER})
        if not re.fullmatch(r"[\w .:/-]{3,80}", reference):
            raise Invalid(fields=[_REFERENCE])
        row = {
            "tenant": principal.tenant,
            "decision_id": self._house.new_id(),
            "terms": terms.model_dump_json(),
            "reference": reference,
            "decided_by": principal.actor,
            "decided_at": self._house.now_ms(),
        }
        detail = {"kenmerk": reference, "termijnen": terms.model_dump()}
        event = tell(principal, Act.RETENTION_DECIDED, PURPOSES[principal.kind], detail=detail)
        self._house.store.commit(Change((governance.add_decision(row),), (event,)))
        return _decision(row)

    def current(self, tenant: Tenant) -> Decision | None:
        """Give the decision that holds now, or None."""
        with self._house.store.read() as connection:
            row = governance.latest_decision(connection, tenant)
        return None if row is None else _decision(row)


def insist(house: Installation, principal: Principal, kinds: set[PartyKind]) -> None:
    """Let only parties of these kinds pass.

    Raises:
        Denied: anybody else; the refusal is in the log.
    """
    if principal.kind in kinds:
        return
    told = tell(principal, Act.ACCESS_DENIED, "toezien", reason=_NOT_YOURS.condition, n=0)
    house.store.commit(Change(events=(replace(told, decision="deny"),)))
    raise Denied(_NOT_YOURS.for_user, failing=[_NOT_YOURS])


def _decision(row: Row) -> Decision:
    terms = Terms.model_validate_json(row["terms"])
    return Decision(row["decision_id"], terms, row["reference"], row["decided_at"])
