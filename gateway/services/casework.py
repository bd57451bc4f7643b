"""Reading cases: the own caseload, the work that waits, one case in full, and any party's view for a purpose.

A list shows references, codes and terms, never a person; a case in full is shown to its owner alone.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from sqlalchemy import Connection

from audit.entry import Event
from gateway.disclosure import Codes, Disclosed, Door, Dossier, load
from gateway.disclosure.codes import Code
from gateway.disclosure.door import Ask
from gateway.disclosure.dossier import facts_of
from gateway.events import tell
from gateway.installation import Installation
from gateway.policy.decide import decide
from gateway.policy.facts import Facts
from gateway.policy.register import NO_GRANT, Decision
from gateway.store import cases, parties
from gateway.store.change import Change, Row, Write
from schemas.audit import Act
from schemas.case import CaseState
from schemas.errors import Conflict, Failing, NotFound
from schemas.help import Channel
from schemas.ids import CaseId
from schemas.principal import Principal

LISTED = ("crisissignaal", "dossierkenmerk", "categorie", "route", "termijnen")
"""The fields of the register that a line of a list is made of; whoever may not see them all, sees no line."""

_PURPOSE = "hulpverlenen"
_WAITING = (CaseState.HULP_GEVRAAGD, CaseState.SOCIAAL_WERK)
_TRIES = 4
_NOT_IN_TOKEN = Failing(
    "doel", "Uw token is niet voor dit doel uitgegeven", "Het token draagt dit doel niet (scope)"
)


@dataclass(frozen=True, slots=True)
class CaseLine:
    """A case in a list; ``terms`` maps the clocks that still run to their last moment (ms UTC).

    ``stands_in``: the case belongs to an absent colleague. ``visit_on``: the day (ISO) of a planned home visit.
    """

    ref: str
    category: str
    urgent: bool
    state: CaseState
    stands_in: bool = False
    visit_on: str | None = None
    terms: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Listed:
    lines: list[CaseLine] = field(default_factory=list)
    writes: list[Write] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)


_T = TypeVar("_T")


class Casework:
    """Reads cases for whoever may."""

    def __init__(self, house: Installation, door: Door, codes: Codes) -> None:
        self._house = house
        self._door = door
        self._codes = codes

    def caseload(self, principal: Principal) -> list[CaseLine]:
        """List the open cases of this member of staff and of absent colleagues; urgent and oldest first.

        Raises:
            Denied: this party has no caseload; the refusal is in the log.
        """
        self._insist_on_grant(principal, _PURPOSE)

        def own(connection: Connection) -> Iterable[Row]:
            user, tenant = principal.user, principal.tenant
            if user is None:
                return ()
            absent = parties.replaced_by(connection, tenant, user, self._house.now_ms())
            return cases.caseload(connection, tenant, {user, *absent})

        return self._list(principal, own)

    def waiting(self, principal: Principal) -> list[CaseLine]:
        """List the work of the team that nobody has been given yet; urgent first, then by its nearest clock.

        Raises:
            Denied: this party has no such work; the refusal is in the log.
        """
        self._insist_on_grant(principal, _PURPOSE)

        def unassigned(connection: Connection) -> Iterable[Row]:
            rows = cases.cases_in(connection, principal.tenant, _WAITING)
            return sorted((row for row in rows if row["owner"] is None), key=_priority)

        return self._list(principal, unassigned)

    def read(self, principal: Principal, ref: str) -> Disclosed:
        """Show a case in full to the social worker whose case it is, or who stands in.

        Raises:
            NotFound: no such reference. Denied: not the own caseload; the refusal is in the log.
        """
        return self._show(principal, ref, _PURPOSE, Act.CASE_READ)

    def view(self, principal: Principal, ref: str, purpose: str) -> Disclosed:
        """Show whatever this party may see of a case for a purpose.

        A party without any grant for the purpose is refused before the reference is looked at, so that nobody
        can try out references. A reference that is not the asker's own gets the no of a case about which nothing
        holds, with the first thing it misses: the rest would be sentences about a case that may not exist.

        Raises:
            Denied: the policy says no, or the token was issued for other purposes; the refusal is in the log.
        """
        self._insist_on_grant(principal, purpose)
        if purpose not in principal.purposes:
            self._door.refuse(principal, purpose, [_NOT_IN_TOKEN], code="doel_ontbreekt")
        try:
            return self._show(principal, ref, purpose, Act.VIEW_READ)
        except NotFound:
            nothing = decide(self._house.register, principal.kind, purpose, Facts())
            self._door.refuse(principal, purpose, nothing.failing[:1], nearest=nothing.nearest)

    def _show(self, principal: Principal, ref: str, purpose: str, act: Act) -> Disclosed:
        self._insist_on_grant(principal, purpose)

        def show() -> Disclosed:
            ask, writes = self._ask(principal, ref, purpose)
            return self._door.show(principal, purpose, act, ask, writes)

        return _again(show)

    def _ask(self, principal: Principal, ref: str, purpose: str) -> tuple[Ask, list[Write]]:
        """Put the question for the door together; the view names the case by this purpose's own reference."""
        with self._house.store.read() as connection:
            case, asked, given_for = self._codes.find(connection, principal, ref)
            dossier = load(connection, principal, case)
            facts = facts_of(connection, self._house, principal, dossier)
            same = given_for == purpose
            code = (
                Code(asked, None) if same else self._codes.give(connection, principal, purpose, dossier.case)
            )
        return Ask(dossier, facts, {"dossierkenmerk": code.text}), [code.write] if code.write else []

    def _insist_on_grant(self, principal: Principal, purpose: str) -> None:
        if not self._house.register.pair(principal.kind, purpose):
            self._door.refuse(principal, purpose, [NO_GRANT])

    def _list(self, principal: Principal, choose: Callable[[Connection], Iterable[Row]]) -> list[CaseLine]:
        def tell_and_list() -> list[CaseLine]:
            listed = _Listed()
            with self._house.store.read() as connection:
                for row in choose(connection):
                    self._line(connection, principal, row, listed)
            if listed.events:
                self._house.store.commit(Change(tuple(listed.writes), tuple(listed.events)))
            return listed.lines

        return _again(tell_and_list)

    def _line(self, connection: Connection, principal: Principal, row: Row, listed: _Listed) -> None:
        dossier = load(connection, principal, CaseId(row["case_id"]))
        facts = facts_of(connection, self._house, principal, dossier)
        decision = self._door.decide(principal, _PURPOSE, Ask(dossier, facts))
        if not set(LISTED) <= set(decision.shown):
            return
        code = self._codes.give(connection, principal, _PURPOSE, row)
        listed.lines.append(_line(principal, dossier, code.text))
        listed.writes.extend([code.write] if code.write else [])
        listed.events.extend(_told(principal, dossier, decision))


def _again(work: Callable[[], _T]) -> _T:
    """Repeat what only lost the race to remember a new reference: reading never fails for another reader."""
    for _ in range(_TRIES):
        try:
            return work()
        except Conflict:
            continue
    raise Conflict


def _told(principal: Principal, dossier: Dossier, decision: Decision) -> Iterable[Event]:
    """Tell of a line in a list, one entry per subject (Logboek Dataverwerkingen)."""
    for signal in dossier.people:
        told = tell(principal, Act.CASE_LISTED, _PURPOSE, subject=signal["signal_id"], case=dossier.case_id)
        yield replace(
            told, grant=decision.grant, ground=decision.ground, register=decision.register, fields=LISTED
        )


def _line(principal: Principal, dossier: Dossier, ref: str) -> CaseLine:
    case = dossier.case
    visits = [
        o["planned_for"] for o in dossier.offers if o["channel"] == Channel.HUISBEZOEK and not o["done_at"]
    ]
    return CaseLine(
        ref=ref,
        category=case["category"],
        urgent=bool(case["urgent"]),
        state=CaseState(case["state"]),
        stands_in=case["owner"] not in {None, principal.user},
        visit_on=visits[0] if visits else None,
        terms=_terms(dossier),
    )


def _terms(dossier: Dossier) -> dict[str, int]:
    """Give the clocks that still run: the offer, the first talk, the decision (Wgs art. 3, 4, 4a)."""
    case, handover = dossier.case, dossier.handover
    terms = {"aanbod": None if case["offer_at"] else case["offer_due"]}
    if handover is not None and handover["settled_at"] is None:
        talked = handover["first_talk_at"] is not None
        terms["eerste_gesprek"] = None if talked else handover["first_talk_due"]
        terms["beschikking"] = handover["decision_due"]
    return {name: due for name, due in terms.items() if due is not None}


def _priority(row: Row) -> tuple[bool, int, str]:
    return not row["urgent"], row["first_talk_due"] or row["offer_due"], row["case_id"]
