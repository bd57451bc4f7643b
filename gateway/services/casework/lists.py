"""Lists of cases: the own caseload and the work that nobody has yet, in baskets, and sifted on request.

Where somebody lives is sealed and stays so. Who sifts by district has the machine compare the first four digits of
sealed postcodes, under a log entry that stands before any of them is opened; what comes out is logged line by line.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import orjson
from sqlalchemy import Connection

from audit.entry import Event, sealed_hashes
from gateway.disclosure import Codes, Door
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
from keys.envelope import Permit
from schemas.audit import Act
from schemas.baskets import Basket
from schemas.help import AT_SOCIAL_WORK
from schemas.ids import SubjectId
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
        asked = [(one, needed(one.dossier, ["wijk"])[0]) for one in found if "wijk" in one.decision.shown]
        if not asked:
            return []
        grants = sorted({one.decision.grant for one, _ in asked})
        events = [_compared(principal, grant, asked) for grant in grants]
        entries = self._house.store.commit(Change(events=tuple(events))).entries
        permits = {
            grant: Permit(entry.leaf, entry.index, frozenset(sealed_hashes(event.sealed)))
            for grant, event, entry in zip(grants, events, entries, strict=True)
        }
        return [one for one, value in asked if self._district(permits[one.decision.grant], value) == wanted]

    def _district(self, permit: Permit, value: SealedValue) -> str | None:
        return district(orjson.loads(self._house.vault.open(permit, value.context, value.blob)))


def _compared(principal: Principal, grant: str, asked: Sequence[tuple[Candidate, SealedValue]]) -> Event:
    """Tell of a comparison by the machine: of how many residents, and which sealed values it may open."""
    mine = [(one, value) for one, value in asked if one.decision.grant == grant]
    decision = mine[0][0].decision
    return Event(
        act=Act.CASES_SIFTED,
        tenant=principal.tenant,
        party=principal.party,
        role=principal.kind,
        user=principal.user or "",
        client=principal.client,
        purpose=decision.purpose,
        grant=grant,
        ground=decision.ground,
        register=decision.register,
        decision="permit",
        subjects=tuple(SubjectId(value.context.subject) for _, value in mine),
        fields=("wijk",),
        sealed=tuple(value.blob for _, value in mine),
        n=len(mine),
        why=("wijk",),
    )


def _priority(row: Row) -> tuple[bool, int, str]:
    return not row["urgent"], row["first_talk_due"] or row["offer_due"], row["case_id"]
