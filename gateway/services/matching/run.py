"""The run: compare what is new with itself and with what is known, link, propose, and open cases."""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Self

import orjson
from sqlalchemy import Connection

from audit.entry import Event
from gateway.events import tell
from gateway.installation import Installation
from gateway.matching.normalise import Profile
from gateway.matching.rules import RULES_VERSION, Mode
from gateway.matching.run import Earlier, MatchResult, Proposal, match
from gateway.services.matching.comparison import Comparison
from gateway.store import cases, signals, work
from gateway.store.change import Change, Row, Write
from gateway.store.trust import Trust, trust_of
from schemas.audit import Act
from schemas.case import ENDED_STATES, OPEN_STATES, CaseState
from schemas.ids import CaseId, RunId, SubjectId, Tenant
from schemas.moments import instant, local, millis, month_of
from schemas.principal import Principal

_RUNNING = OPEN_STATES - ENDED_STATES

SUCCESSION = timedelta(days=183)
"""Opeenvolgend: another signal in the six months before (the national definition)."""


@dataclass(frozen=True, slots=True)
class RunReport:
    """What a run did, in counts; ``opened`` are the cases that now wait for a route."""

    run_id: RunId
    signals: int
    links: int
    proposals: int
    joined: int
    opened: tuple[CaseId, ...]


@dataclass(slots=True)
class _Plan:
    writes: list[Write] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    opened: list[CaseId] = field(default_factory=list)
    joined: int = 0


class MatchRun:
    """Starts a matching run on everything that no case holds yet."""

    def __init__(self, house: Installation) -> None:
        self._house = house

    def start(self, principal: Principal) -> RunReport:
        """Compare, link what is certain, propose what is doubtful, open a case per person.

        Raises:
            Conflict: another run or a partner's withdrawal came in between; start again.
        """
        run = RunId(self._house.new_id())
        result, rows, minors = self._compare(principal, run)
        known = {row["signal_id"]: {**row, "minor": row["signal_id"] in minors} for row in rows}
        plan = self._plan(principal, run, result, known)
        counts = {
            "signalen": len(rows),
            "koppelingen": len(result.links),
            "voorstellen": len(result.proposals),
            "geopend": len(plan.opened),
        }
        plan.writes.append(work.add_run(self._run_row(principal, run, counts)))
        self._house.store.commit(Change(tuple(plan.writes), tuple(plan.events)))
        opened = tuple(dict.fromkeys(plan.opened))
        return RunReport(run, len(rows), len(result.links), len(result.proposals), plan.joined, opened)

    def _compare(self, principal: Principal, run: RunId) -> tuple[MatchResult, list[Row], frozenset[str]]:
        """Compare what is new; gives the result, the new rows, and which of them are about somebody under age."""
        tenant = principal.tenant
        with self._house.store.read() as connection:
            rows = signals.unlinked_signals(connection, tenant)
        comparison = Comparison(self._house, principal, run)
        fresh = comparison.open(rows)
        known_rows = comparison.candidates(fresh)
        known = comparison.open(known_rows)
        earlier = self._earlier(tenant, [*fresh, *known])
        adult = _eighteen_years_before(self._house.now())
        minors = frozenset(profile.subject for profile in fresh if profile.dob > adult)
        found = match(fresh, known, earlier=earlier, mode=Mode(self._house.settings.matching))
        return found, rows, minors

    def _earlier(self, tenant: Tenant, everybody: Sequence[Profile]) -> Earlier:
        subjects = [profile.subject for profile in everybody]
        with self._house.store.read() as connection:
            links = work.links_of(connection, tenant, subjects)
            apart = work.told_apart(connection, tenant, subjects)
        joined = frozenset((SubjectId(row["a"]), SubjectId(row["b"])) for row in links)
        return Earlier(joined, frozenset((SubjectId(a), SubjectId(b)) for a, b in apart))

    def _plan(self, principal: Principal, run: RunId, result: MatchResult, rows: Mapping[str, Row]) -> _Plan:
        plan = _Plan()
        with self._house.store.read() as connection:
            waiting = self._record(connection, principal, run, result, plan)
            groups = [group for group in result.groups if waiting.isdisjoint(group)]
            held = _Held.of(connection, principal.tenant, groups, rows)
        neighbours = _neighbours(result.address_links, rows)
        linked = [subject for members in groups for subject in members if subject in rows]
        plan.writes.extend(signals.set_states(principal.tenant, linked, "gekoppeld", was="gevalideerd"))
        for members in groups:
            fresh = [rows[subject] for subject in members if subject in rows]
            self._settle(principal, run, _Group(fresh, neighbours, held.past(members, fresh)), plan)
        return plan

    def _record(
        self, connection: Connection, principal: Principal, run: RunId, result: MatchResult, plan: _Plan
    ) -> frozenset[str]:
        """Record links and new proposals; give the subjects that wait for a person's decision."""
        now = self._house.now_ms()
        links = [
            self._link(principal, run, now, a=x.a, b=x.b, rule=x.rule, bits=x.evidence) for x in result.links
        ]
        shared = [
            self._link(principal, run, now, a=a, b=b, rule="ADRES", bits=0, kind="same_address")
            for a, b in _unrecorded(connection, principal.tenant, result.address_links)
        ]
        plan.writes.append(work.add_links([*links, *shared]))
        standing = {(p["a"], p["b"]) for p in work.open_proposals(connection, principal.tenant)}
        asked = {(p.a, p.b): p for p in result.proposals if (p.a, p.b) not in standing}
        plan.writes.append(
            work.add_proposals([self._proposal(principal, run, p, now) for p in asked.values()])
        )
        return frozenset(end for pair in (*standing, *asked) for end in pair)

    def _settle(self, principal: Principal, run: RunId, group: "_Group", plan: _Plan) -> None:
        """Put the new signals of one person into the running case of that person, or open one."""
        tenant, past, subjects = principal.tenant, group.past, [row["signal_id"] for row in group.fresh]
        running = next((row for row in past.held if CaseState(row["state"]) in _RUNNING), None)
        if running is not None:
            case = CaseId(running["case_id"])
            together = _grown(running, group.fresh, self._house.now())
            plan.writes.extend(cases.join(running, subjects, self._house.now_ms(), samenloop=together))
            plan.joined += 1
        else:
            case = CaseId(self._house.new_id())
            row = self._case_row(tenant, case, run, group)
            plan.writes.extend(cases.open_case(row, subjects))
            before = (one["case_id"] for one in (*past.held, *past.left))
            plan.writes.extend(past.trust.inherited(row, before))
        # Also a case that lost its signal to this correction of it must be looked at.
        plan.opened.extend((case, *(CaseId(row["case_id"]) for row in past.left)))
        plan.events.extend(
            tell(principal, Act.CASE_OPENED, "matchen", subject=subject, case=case, why=(f"run:{run}",))
            for subject in subjects
        )

    def _case_row(self, tenant: Tenant, case: CaseId, run: RunId, group: "_Group") -> Row:
        now, past = self._house.now(), group.past
        earliest = min(row["received_at"] for row in group.fresh)
        offer_due = millis(instant(earliest) + timedelta(days=self._house.settings.offer_days))
        return {
            "tenant": tenant,
            "case_id": case,
            "state": CaseState.OPEN.value,
            "month": month_of(now),
            "run_id": run,
            "opened_at": millis(now),
            "category": "",
            "samenloop": _samenloop(group, now),
            "offer_due": offer_due,
            "phone_blocked": any(row["phone_blocked"] for row in (*past.held, *past.left)),
            "protected": any(row["protected"] for row in (*past.held, *past.left))
            or any(row["minor"] for row in group.fresh),
            "restricted": next((r["restricted"] for r in (*past.held, *past.left) if r["restricted"]), None),
            "previous": past.held[0]["case_id"] if past.held else None,
        }

    def _link(
        self,
        principal: Principal,
        run: RunId,
        now: int,
        *,
        a: str,
        b: str,
        rule: str,
        bits: int,
        kind: str = "same_person",
    ) -> Row:
        return {
            "tenant": principal.tenant,
            "link_id": self._house.new_id(),
            "a": a,
            "b": b,
            "kind": kind,
            "rule": str(rule),
            "evidence": str(bits),
            "ruleset": RULES_VERSION,
            "run_id": run,
            "actor": principal.actor,
            "at": now,
        }

    def _proposal(self, principal: Principal, run: RunId, proposal: Proposal, now: int) -> Row:
        return {
            "tenant": principal.tenant,
            "proposal_id": self._house.new_id(),
            "a": proposal.a,
            "b": proposal.b,
            "reasons": orjson.dumps(list(proposal.reasons)).decode(),
            "text": proposal.text,
            "run_id": run,
            "at": now,
        }

    def _run_row(self, principal: Principal, run: RunId, counts: Mapping[str, int]) -> Row:
        now = self._house.now()
        return {
            "tenant": principal.tenant,
            "run_id": run,
            "kind": "matchen",
            "month": month_of(now),
            "started_by": principal.actor,
            "at": millis(now),
            "counts": orjson.dumps(counts).decode(),
        }


@dataclass(frozen=True, slots=True)
class _Past:
    """Earlier cases, newest first: those of the person, and those that a correction took its signal from.

    An objection to calls, a protection and a restriction hold on; also when a partner corrects who was meant.
    """

    held: Sequence[Row]
    left: Sequence[Row]
    trust: Trust


@dataclass(frozen=True, slots=True)
class _Group:
    """One person: the new signals, who shares an address (counts only), and the earlier cases."""

    fresh: Sequence[Row]
    neighbours: Mapping[str, int]
    past: _Past


@dataclass(frozen=True, slots=True)
class _Held:
    """Which cases hold which signals, asked for a whole run at once."""

    by_signal: Mapping[str, Sequence[Row]]
    trust: Trust

    @classmethod
    def of(
        cls,
        connection: Connection,
        tenant: Tenant,
        groups: Iterable[Sequence[SubjectId]],
        rows: Mapping[str, Row],
    ) -> Self:
        """Read the cases of everybody in the groups, and of what their new signals replace."""
        members = {subject for group in groups for subject in group}
        replaced = {row["replaces"] for row in rows.values() if row["replaces"]}
        by_signal: dict[str, list[Row]] = {}
        for row in cases.cases_of_signals(connection, tenant, members | replaced):
            by_signal.setdefault(row["signal_id"], []).append(row)
        every = (row["case_id"] for found in by_signal.values() for row in found)
        return cls(by_signal, trust_of(connection, tenant, every))

    def past(self, members: Iterable[str], fresh: Iterable[Row]) -> _Past:
        """Give the past of one person."""
        return _Past(self._cases(members), self._cases(row["replaces"] for row in fresh), self.trust)

    def _cases(self, subjects: Iterable[str]) -> list[Row]:
        found = (row for subject in subjects for row in self.by_signal.get(subject, ()))
        return sorted(found, key=_age, reverse=True)


def _eighteen_years_before(now: datetime) -> str:
    """Give the last birth date (ISO) of somebody of age; social work alone comes near who is younger."""
    today = local(now)
    return f"{today.year - 18:04d}-{today:%m-%d}"


def _age(case: Row) -> tuple[int, str]:
    return case["opened_at"], case["case_id"]


def _neighbours(links: Iterable[tuple[SubjectId, SubjectId]], new: Container[str]) -> dict[str, int]:
    """Count per new subject how many others share its address in this run."""
    homes: dict[str, set[str]] = {}
    for a, b in links:
        homes.setdefault(a, set()).update(one for one in (a, b) if one in new)
    return {member: len(home) - 1 for home in homes.values() for member in home}


def _unrecorded(
    connection: Connection, tenant: Tenant, pairs: Sequence[tuple[SubjectId, SubjectId]]
) -> list[tuple[SubjectId, SubjectId]]:
    """Give the pairs at one address that no link tells of yet: what waits for a decision comes by every run."""
    found = work.links_of(connection, tenant, {b for _, b in pairs}, "same_address")
    known = {(link["a"], link["b"]) for link in found}
    return [pair for pair in pairs if pair not in known]


def _samenloop(group: _Group, now: datetime) -> str:
    """Tell single, several and consecutive apart (both of the last two can hold)."""
    several = len(group.fresh) > 1 or any(group.neighbours.get(row["signal_id"], 0) for row in group.fresh)
    since = millis(now - SUCCESSION)
    return _name(several=several, consecutive=any(row["opened_at"] >= since for row in group.past.held))


def _grown(case: Row, fresh: Sequence[Row], now: datetime) -> str:
    """Tell what a running case is now that these signals join it; a correction brings nothing new."""
    known, this_month = str(case["samenloop"]), case["month"] == month_of(now)
    if all(row["replaces"] for row in fresh):
        return known
    several, consecutive = known.startswith("meervoudig"), known.endswith("opeenvolgend")
    return _name(several=several or this_month, consecutive=consecutive or not this_month)


def _name(*, several: bool, consecutive: bool) -> str:
    if several and consecutive:
        return "meervoudig_opeenvolgend"
    if several:
        return "meervoudig"
    return "opeenvolgend" if consecutive else "enkelvoudig"
