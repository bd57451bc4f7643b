"""Help requests that wait, and the social worker who takes one over warmly: with everything said on the phone."""

from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import Connection

from gateway.disclosure import Codes, Disclosed, Door, Dossier, load
from gateway.disclosure.door import Ask
from gateway.disclosure.dossier import facts_of
from gateway.disclosure.worker import marked
from gateway.installation import Installation
from gateway.policy.register import Decision
from gateway.services.handover.own import PURPOSE, Held, Reach
from gateway.store import cases, work
from gateway.store.change import Row, Write
from schemas.audit import Act
from schemas.case import CaseEvent, Move, advance
from schemas.errors import Conflict, NotFound
from schemas.help import Handing
from schemas.ids import CaseId
from schemas.principal import Principal

_TRIES = 4
WAITING_CARD: Final = (
    "signaaltype",
    "crisissignaal",
    "dossierkenmerk",
    "categorie",
    "route",
    "samenloop",
    "overdracht",
    "termijnen",
)
"""What the team sees of a help request that nobody has yet: codes and clocks, so that nothing is opened for it."""

CARD: Final = (*WAITING_CARD, "pogingen", "beste_moment", "omschrijving", "aanbod", "script")
"""What the receiving worker reads before the call: what was said and by whom, not yet who owes what to whom."""


@dataclass(frozen=True, slots=True)
class HelpRequest:
    """A resident who said yes and waits for social work; nothing in it tells who that is.

    ``verified``: the caller showed who it was. Instants are ms UTC; ``shown`` is what the team may see of it.
    """

    ref: str
    requested_at: int
    first_talk_due: int
    threatening: bool
    verified: bool
    shown: Disclosed


@dataclass(frozen=True, slots=True)
class _Card:
    row: Row
    ask: Ask
    decision: Decision
    writes: list[Write]


class Handovers:
    """The desk where help requests arrive."""

    def __init__(self, house: Installation, door: Door, codes: Codes) -> None:
        self._house = house
        self._door = door
        self._codes = codes
        self._reach = Reach(house, door, codes)

    def waiting(self, principal: Principal) -> list[HelpRequest]:
        """List the help requests that nobody has yet, the shortest clock first."""
        for _ in range(_TRIES):
            try:
                return self._waiting(principal)
            except Conflict:
                continue  # Another reader was quicker to remember the same reference.
        raise Conflict

    def card(self, principal: Principal, ref: str) -> Disclosed:
        """Show the warm card of a help request: to the team its codes, to whoever took it over also what was said.

        Raises:
            NotFound: no such reference. Denied: not the team's work; the refusal is in the log.
            Conflict: nobody asked for help here.
        """
        with self._house.store.read() as connection:
            held = self._reach.find(connection, principal, ref)
            ask, writes = self._ask(connection, principal, held.dossier)
        decision = self._door.decide(principal, PURPOSE, ask)
        if not decision.allow:
            self._reach.refuse(principal, held)
        names = CARD if held.asked and held.facts.toegewezen else WAITING_CARD
        shown = decision.only(names)
        return self._door.show_allowed(principal, Act.CASE_READ, [(ask, shown)], writes)[0]

    def acknowledge(self, principal: Principal, ref: str) -> Disclosed:
        """Take a help request over: the case is now in this social worker's name, and is shown in full.

        Raises:
            NotFound: no such reference. Denied: not the team's work; the refusal is in the log.
            Conflict: nobody asked for help here, or a colleague was quicker.
        """
        with self._house.store.read() as connection:
            held = self._reach.find(connection, principal, ref)
            if principal.user is None or not (held.facts.in_werkvoorraad or held.facts.toegewezen):
                self._reach.refuse(principal, held)
            asked, move = held.asked, advance(held.state, CaseEvent.OVERDRACHT)
            ask, writes = self._ask(connection, principal, self._after(principal, held, move))
        decision = self._door.decide(principal, PURPOSE, ask)
        if not decision.allow:
            self._reach.refuse(principal, held)
        taken = work.acknowledge(asked, acknowledged_at=self._house.now_ms(), acknowledged_by=principal.actor)
        writes = [taken, *self._assign(principal, held, move), *writes]
        events = (
            held.tell(principal, Act.HANDOVER_ACKNOWLEDGED),
            held.tell(principal, Act.CASE_TRANSITION, move.to.value),
        )
        return self._door.show_allowed(principal, Act.CASE_READ, [(ask, decision)], writes, events)[0]

    def _waiting(self, principal: Principal) -> list[HelpRequest]:
        with self._house.store.read() as connection:
            rows = work.waiting_handovers(connection, principal.tenant)
            cards = [card for row in rows if (card := self._card(connection, principal, row)) is not None]
        if not cards:
            return []
        writes = [write for card in cards for write in card.writes]
        asks = [(card.ask, card.decision) for card in cards]
        shown = self._door.show_allowed(principal, Act.CASE_LISTED, asks, writes)
        return [_request(card, view) for card, view in zip(cards, shown, strict=True)]

    def _card(self, connection: Connection, principal: Principal, row: Row) -> _Card | None:
        """Put one request on the list, without opening anything; what somebody has already is not the team's."""
        try:
            dossier = load(connection, principal, CaseId(row["case_id"]))
        except NotFound:
            return None  # Restricted, and the asker may not even know.
        ask, writes = self._ask(connection, principal, dossier)
        decision = self._door.decide(principal, PURPOSE, ask).only(WAITING_CARD)
        return _Card(row, ask, decision, writes) if ask.facts.in_werkvoorraad and decision.allow else None

    def _ask(self, connection: Connection, principal: Principal, dossier: Dossier) -> tuple[Ask, list[Write]]:
        facts = facts_of(connection, self._house, principal, dossier)
        code = self._codes.give(connection, principal, PURPOSE, dossier.case)
        ask = Ask(dossier, facts, {"dossierkenmerk": code.text}, marked(dossier.case))
        return ask, [code.write] if code.write else []

    @staticmethod
    def _after(principal: Principal, held: Held, move: Move) -> Dossier:
        """Give the dossier as this very commit leaves it, so that the door decides on what then holds."""
        case: Any = {**held.case, "owner": principal.user, "state": move.to.value}
        return replace(held.dossier, case=case)

    def _assign(self, principal: Principal, held: Held, move: Move) -> list[Write]:
        if held.case["owner"] == principal.user:
            return [cases.move(held.case, state=move.to.value)]
        row = {
            "tenant": principal.tenant,
            "assignment_id": self._house.new_id(),
            "case_id": held.dossier.case_id,
            "user_id": principal.user,
            "from_at": self._house.now_ms(),
            "assigned_by": principal.actor,
            "reason": Handing.HULPVRAAG.value,
        }
        return cases.assign(held.case, row, state=move.to.value, team=principal.party)


def _request(card: _Card, shown: Disclosed) -> HelpRequest:
    row = card.row
    return HelpRequest(
        ref=card.ask.extra["dossierkenmerk"],
        requested_at=row["requested_at"],
        first_talk_due=row["first_talk_due"],
        threatening=bool(row["threatening"]),
        verified=bool(row["verified"]),
        shown=shown,
    )
