"""Doubtful pairs before a person: shown side by side, decided, and undone when they were wrong."""

from dataclasses import dataclass

import orjson
from sqlalchemy import Connection

from gateway.disclosure import Disclosed, Door
from gateway.events import tell
from gateway.installation import Installation
from gateway.matching.rules import RULES_VERSION
from gateway.policy.facts import Facts
from gateway.services.matching.links import BY_PERSON, find, insist_standing
from gateway.services.matching.unseen import insist_visible, reasons, visible
from gateway.store import calls, cases, signals, work
from gateway.store.change import Change, Row, Write
from schemas.audit import Act
from schemas.errors import Conflict, NotFound
from schemas.ids import CaseId
from schemas.principal import Principal


@dataclass(frozen=True, slots=True)
class Waiting:
    """A doubtful pair as a list shows it: codes and a sentence that names no values."""

    proposal_id: str
    reasons: tuple[str, ...]
    text: str
    at: int


@dataclass(frozen=True, slots=True)
class Pair:
    """A doubtful pair with the two persons side by side, the way two partners reported them."""

    waiting: Waiting
    persons: tuple[Disclosed, ...]


class Review:
    """The decisions on doubtful pairs."""

    def __init__(self, house: Installation, door: Door) -> None:
        self._house = house
        self._door = door

    def waiting(self, principal: Principal) -> list[Waiting]:
        """Give the pairs that wait for a person who may know of both; nothing of a person is in the list."""
        with self._house.store.read() as connection:
            rows = visible(connection, principal, work.open_proposals(connection, principal.tenant))
        return [_waiting(row) for row in rows]

    def pair(self, principal: Principal, proposal: str) -> Pair:
        """Show the two persons of a pair that waits for a decision; after it nobody needs to see them together.

        Raises:
            NotFound: no such proposal, or none that the asker may know of. Conflict: it was decided already.
            Denied: the policy says no, or one of the two was taken back; the refusal is in the log.
        """
        row = self._proposal(principal, proposal)
        if row["decision"] is not None:
            raise Conflict("Over dit voorstel is al besloten", code="al_besloten")
        with self._house.store.read() as connection:
            found = signals.signals_by_id(connection, principal.tenant, [row["a"], row["b"]])
            why = reasons(connection, principal, (row["a"], row["b"]), f"voorstel:{proposal}")
        both = {signal["signal_id"]: signal for signal in found if signal["state"] in signals.LIVE}
        ends = [row["a"], row["b"]]
        facts = Facts(geaccepteerd=both.keys() >= set(ends), ronde_gestart=bool(row["run_id"]))
        persons = [both[end] for end in ends if end in both]
        shown = self._door.compare(principal, "matchen", Act.MATCH_PROPOSED, persons, facts, why)
        return Pair(_waiting(row), tuple(shown))

    def decide(self, principal: Principal, proposal: str, *, same: bool) -> str | None:
        """Record that a pair is one person or is not; gives the id of the link that a yes makes.

        Raises:
            NotFound: no such proposal, or none that the asker may know of. Conflict: it was decided already.
        """
        row = self._proposal(principal, proposal)
        now = self._house.now_ms()
        decision = "zelfde" if same else "ander"
        writes: list[Write] = [
            work.decide_proposal(row, decision=decision, decided_by=principal.actor, decided_at=now)
        ]
        link = self._house.new_id() if same else None
        if link is not None:
            writes.append(work.add_links([self._link(principal, row, link, now)]))
        events = tuple(
            tell(
                principal,
                Act.MATCH_DECIDED,
                "matchen",
                subject=row[end],
                reason=decision,
                why=(f"voorstel:{proposal}",),
            )
            for end in ("a", "b")
        )
        self._house.store.commit(Change(tuple(writes), events))
        return link

    def undo(self, principal: Principal, link: str) -> list[CaseId]:
        """Take a link back: the signals go their own way again; gives the cases that must be looked at.

        Raises:
            NotFound: no such link, or none that the asker may know of. Conflict: it was undone already (code ``al_losgemaakt``).
        """
        with self._house.store.read() as connection:
            row = find(connection, principal, link)
            insist_visible(self._house, connection, principal, row)
            insist_standing(row)
            undone, leavers = _parting(connection, row)
            held = cases.cases_of_signals(connection, principal.tenant, [row["a"], *leavers])
            leaving = signals.signals_by_id(connection, principal.tenant, leavers)
        now = self._house.now_ms()
        writes: list[Write] = [work.revoke_link(one, by=principal.actor, now=now) for one in undone]
        writes.extend(self._leave(row["a"], held, leaving))
        events = tuple(
            tell(
                principal,
                Act.MATCH_UNDONE,
                "matchen",
                subject=row[end],
                reason="ander",
                why=(f"koppeling:{link}",),
            )
            for end in ("a", "b")
        )
        self._house.store.commit(Change(tuple(writes), events))
        return list(dict.fromkeys(CaseId(case["case_id"]) for case in held))

    def _leave(self, stays: str, held: list[Row], leaving: list[Row]) -> list[Write]:
        """Let these signals leave the case of the one that stays; the next run gives them one of their own."""
        by_signal = {row["signal_id"]: row["case_id"] for row in held}
        case = by_signal.get(stays)
        gone = [row for row in leaving if case is not None and by_signal.get(row["signal_id"]) == case]
        writes: list[Write] = []
        for row in gone:
            tenant, signal = row["tenant"], row["signal_id"]
            writes.append(cases.drop_member(tenant, CaseId(case or ""), signal))
            if row["state"] == "gekoppeld":
                writes.append(signals.set_state(tenant, signal, "gevalideerd", was="gekoppeld"))
        if gone:  # A dial record that is out may show what belongs to somebody else.
            tenant, left = gone[0]["tenant"], CaseId(case or "")
            writes += [calls.recall_case(tenant, left, self._house.now_ms()), cases.stir(tenant, left)]
        return writes

    def _proposal(self, principal: Principal, proposal: str) -> Row:
        with self._house.store.read() as connection:
            row = work.find_proposal(connection, principal.tenant, proposal)
            if row is None:
                raise NotFound
            insist_visible(self._house, connection, principal, row)
        return row

    def _link(self, principal: Principal, row: Row, link: str, now: int) -> dict[str, object]:
        return {
            "tenant": principal.tenant,
            "link_id": link,
            "a": row["a"],
            "b": row["b"],
            "kind": "same_person",
            "rule": BY_PERSON,
            "evidence": row["reasons"],
            "ruleset": RULES_VERSION,
            "run_id": row["run_id"],
            "actor": principal.actor,
            "at": now,
        }


def _parting(connection: Connection, link: Row) -> tuple[list[Row], list[str]]:
    """Give the links to undo, and the signals that then are somebody else than the first end.

    Whoever is tied to the first end along another road as well leaves alone, and all its links with it.
    """
    tenant, leaver = link["tenant"], link["b"]
    together = work.same_person(connection, tenant, [leaver], without=link["link_id"])
    if link["a"] not in together:
        return [link], sorted(together)
    return work.links_of(connection, tenant, [leaver]), [leaver]


def _waiting(row: Row) -> Waiting:
    return Waiting(row["proposal_id"], tuple(orjson.loads(row["reasons"])), row["text"], row["at"])
