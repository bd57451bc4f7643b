"""One case: in full for its owner, or as a party's view for a purpose."""

from gateway.disclosure import Codes, Disclosed, Door, load
from gateway.disclosure.codes import Code
from gateway.disclosure.door import Ask
from gateway.disclosure.dossier import facts_of
from gateway.disclosure.worker import marked
from gateway.installation import Installation
from gateway.policy.decide import decide
from gateway.policy.facts import Facts
from gateway.services.casework.lines import PURPOSE, again, insist_on_grant
from gateway.store.change import Write
from schemas.audit import Act
from schemas.errors import Failing, NotFound
from schemas.principal import Principal

_NOT_IN_TOKEN = Failing(
    "doel", "Uw token is niet voor dit doel uitgegeven", "Het token draagt dit doel niet (scope)"
)


class Casework:
    """Reads cases for whoever may."""

    def __init__(self, house: Installation, door: Door, codes: Codes) -> None:
        self._house = house
        self._door = door
        self._codes = codes

    def read(self, principal: Principal, ref: str) -> Disclosed:
        """Show a case in full to the social worker whose case it is, or who stands in.

        Raises:
            NotFound: no such reference. Denied: not the own caseload; the refusal is in the log.
        """
        return self._show(principal, ref, PURPOSE, Act.CASE_READ)

    def view(self, principal: Principal, ref: str, purpose: str) -> Disclosed:
        """Show whatever this party may see of a case for a purpose.

        A party without any grant for the purpose is refused before the reference is looked at, so that nobody
        can try out references. A reference that is not the asker's own gets the no of a case about which nothing
        holds, with the first thing it misses: the rest would be sentences about a case that may not exist.

        Raises:
            Denied: the policy says no, or the token was issued for other purposes; the refusal is in the log.
        """
        insist_on_grant(self._house, self._door, principal, purpose)
        if purpose not in principal.purposes:
            self._door.refuse(principal, purpose, [_NOT_IN_TOKEN], code="doel_ontbreekt")
        try:
            return self._show(principal, ref, purpose, Act.VIEW_READ)
        except NotFound:
            nothing = decide(self._house.register, principal.kind, purpose, Facts())
            self._door.refuse(principal, purpose, nothing.failing[:1], nearest=nothing.nearest)

    def _show(self, principal: Principal, ref: str, purpose: str, act: Act) -> Disclosed:
        insist_on_grant(self._house, self._door, principal, purpose)

        def show() -> Disclosed:
            ask, writes = self._ask(principal, ref, purpose)
            return self._door.show(principal, purpose, act, ask, writes)

        return again(show)

    def _ask(self, principal: Principal, ref: str, purpose: str) -> tuple[Ask, list[Write]]:
        """Put the question for the door together; the view names the case by this purpose's own reference."""
        with self._house.store.read() as connection:
            found = self._codes.find(connection, principal, ref)
            dossier = load(connection, principal, found.case_id, found.case)
            facts = facts_of(connection, self._house, principal, dossier)
            if found.purpose == purpose:
                code = Code(found.code, None)
            else:
                code = self._codes.give(connection, principal, purpose, dossier.case)
        ask = Ask(dossier, facts, {"dossierkenmerk": code.text}, marked(dossier.case))
        return ask, [code.write] if code.write else []
