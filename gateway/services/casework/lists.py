"""Lists of cases: the own caseload and the work that nobody has yet, in baskets, and sifted on request.

Where somebody lives is sealed and stays so. Who sifts by district has the machine compare the first four digits of
sealed postcodes, under a log entry that stands before any of them is opened; what comes out is logged line by line.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from audit.entry import Event
from gateway.disclosure import Codes, Door
from gateway.disclosure.machine import batch, opened
from gateway.disclosure.record import SealedValue, district, needed
from gateway.installation import Installation
from gateway.services.casework.lines import (
    PURPOSE,
    Candidate,
    CaseLine,
    again,
    candidate,
    insist_on_grant,
)
from gateway.store import cases, parties
from gateway.store.change import Change, Row, Write
from schemas.audit import Act
from schemas.baskets import Basket
from schemas.help import AT_SOCIAL_WORK
from schemas.principal import Principal


@dataclass(frozen=True, slots=True)
class Sift:
    """What a list is narrowed to; ``district`` are the four digits of a postcode, ``kind`` is a signal type.

    ``team``: what is allotted to that team alone; without it also what any team may take.
    """

    basket: Basket | None = None
    kind: str | None = None
    district: str | None = None
    team: str | None = None

    def fits(self, one: Candidate) -> bool:
        """Say whether a case passes, as far as that can be told without opening anything."""
        return self.kind in {None, *one.types} and self.team in {None, one.case["team"]}


@dataclass(frozen=True, slots=True)
class Worklist:
    """Cases, the most pressing first, and how many of what was sifted lie in each basket (all baskets, also at zero)."""

    lines: list[CaseLine]
    counts: Mapping[Basket, int]


@dataclass(frozen=True, slots=True)
class _Listed:
    lines: list[CaseLine] = field(default_factory=list)
    writes: list[Write] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)


Choose = Callable[[Connection], Iterable[Row]]


class Worklists:
    """Lists cases for social workers."""

    def __init__(self, house: Installation, door: Door, codes: Codes) -> None:
        self._house = house
        self._door = door
        self._codes = codes

    def caseload(self, principal: Principal, sift: Sift | None = None) -> Worklist:
        """List the open cases of this member of staff and of absent colleagues; urgent and oldest first.

        Raises:
            Denied: this party has no caseload; the refusal is in the log.
        """

        def own(connection: Connection) -> Iterable[Row]:
            user, tenant = principal.user, principal.tenant
            if user is None:
                return ()
            absent = parties.replaced_by(connection, tenant, user, self._house.now_ms())
            return cases.caseload(connection, tenant, {user, *absent})

        return self._list(principal, own, sift or Sift())

    def waiting(self, principal: Principal, sift: Sift | None = None) -> Worklist:
        """List the work of the team that nobody has been given yet; urgent first, then by its nearest clock.

        Raises:
            Denied: this party has no such work; the refusal is in the log.
        """

        def unassigned(connection: Connection) -> Iterable[Row]:
            rows = cases.cases_in(connection, principal.tenant, sorted(AT_SOCIAL_WORK))
            return sorted((row for row in rows if row["owner"] is None), key=_priority)

        return self._list(principal, unassigned, sift or Sift())

    def _list(self, principal: Principal, choose: Choose, sift: Sift) -> Worklist:
        insist_on_grant(self._house, self._door, principal, PURPOSE)
        return again(lambda: self._tell_and_list(principal, choose, sift))

    def _tell_and_list(self, principal: Principal, choose: Choose, sift: Sift) -> Worklist:
        with self._house.store.read() as connection:
            looked = (
                candidate(connection, self._house, self._door, principal, row) for row in choose(connection)
            )
            found = [one for one in looked if one is not None and sift.fits(one)]
            if sift.district is not None:
                found = self._living_in(principal, found, sift.district)
            counts = Counter(basket for one in found for basket in one.baskets)
            listed = self._write(connection, principal, found, sift)
        if listed.events:
            self._house.store.commit(Change(tuple(listed.writes), tuple(listed.events)))
        return Worklist(listed.lines, {basket: counts[basket] for basket in Basket})

    def _write(
        self, connection: Connection, principal: Principal, found: Sequence[Candidate], sift: Sift
    ) -> _Listed:
        listed = _Listed()
        more = () if sift.district is None else ("wijk",)
        for one in found:
            if sift.basket is None or sift.basket in one.baskets:
                code = self._codes.give(connection, principal, PURPOSE, one.case)
                listed.lines.append(one.line(principal, code.text))
                listed.writes.extend([code.write] if code.write else [])
                listed.events.extend(one.told(principal, *more))
        return listed

    def _living_in(self, principal: Principal, found: Sequence[Candidate], wanted: str) -> list[Candidate]:
        """Let the machine compare districts: one entry per grant, durable before anything is opened."""
        by_grant: dict[str, list[tuple[Candidate, SealedValue]]] = {}
        for one in found:
            if "wijk" in one.decision.shown:
                value = needed(one.dossier, ["wijk"])[0]
                by_grant.setdefault(one.decision.grant, []).append((one, value))
        groups = list(by_grant.values())
        if not groups:
            return []
        events = tuple(_compared(principal, group) for group in groups)
        entries = self._house.store.commit(Change(events=events)).entries
        living: set[str] = set()
        for group, event, entry in zip(groups, events, entries, strict=True):
            plain = opened(self._house.vault, event, entry, [value for _, value in group])
            there = (district(one) == wanted for one in plain)
            living.update(one.case["case_id"] for (one, _), yes in zip(group, there, strict=True) if yes)
        return [one for one in found if one.case["case_id"] in living]


def _compared(principal: Principal, group: Sequence[tuple[Candidate, SealedValue]]) -> Event:
    """Tell of a comparison by the machine under one grant."""
    values = [value for _, value in group]
    return batch(principal, Act.CASES_SIFTED, group[0][0].decision, ("wijk",), values, why="wijk")


def _priority(row: Row) -> tuple[bool, int, str]:
    return not row["urgent"], row["first_talk_due"] or row["offer_due"], row["case_id"]
