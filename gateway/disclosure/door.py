"""The door itself: nothing of a person passes before the log entry that names it is durable."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NoReturn

from audit.entry import Event
from audit.log import Appended
from gateway.disclosure.dossier import Dossier, alone
from gateway.disclosure.machine import permit
from gateway.disclosure.record import SealedValue, needed, open_all, record
from gateway.installation import Installation
from gateway.policy.decide import decide
from gateway.policy.facts import Facts
from gateway.policy.register import Decision
from gateway.policy.views import View, Views, minimise
from gateway.store import numbers
from gateway.store.change import Change, Row, Write
from schemas.audit import Act
from schemas.call import NUMBER
from schemas.errors import Denied, Failing
from schemas.ids import SubjectId, Tenant
from schemas.moments import local_day
from schemas.person import DataClass
from schemas.principal import Principal
from schemas.purposes import Purpose

_PERSONAL = frozenset({DataClass.IDENTITEIT, DataClass.CONTACT})
"""The key classes of what a person is known by; arrears and notes are of other classes."""


_NUMBERS = "telefoonnummers"


@dataclass(frozen=True, slots=True)
class Ask:
    """What is asked about one case: the dossier, what holds about it, and values that the asker brings in."""

    dossier: Dossier
    facts: Facts
    extra: Mapping[str, Any] = field(default_factory=dict)
    why: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Disclosed:
    """A view that left, and where the log entry stands that names it."""

    view: View
    body: bytes
    entry: Appended
    decision: Decision


@dataclass(frozen=True, slots=True)
class _Passing:
    ask: Ask
    decision: Decision
    values: Sequence[SealedValue]
    events: tuple[Event, ...]


class Door:
    """Discloses for one installation."""

    def __init__(self, house: Installation) -> None:
        self._house = house
        self._views = Views(house.register)

    def decide(self, principal: Principal, purpose: str, ask: Ask) -> Decision:
        """Decide without showing anything: the policy, and no to a case that nobody reported (any more)."""
        facts = ask.facts if ask.dossier.people else replace(ask.facts, geaccepteerd=False)
        decision = decide(self._house.register, principal.kind, purpose, facts)
        if decision.allow and not ask.dossier.people:
            missing = self._house.register.texts["geaccepteerd"]
            return replace(decision, allow=False, failing=(missing,), nearest=decision.grant, fields={})
        return decision

    def show(
        self, principal: Principal, purpose: str, act: Act, ask: Ask, writes: Sequence[Write] = ()
    ) -> Disclosed:
        """Show one case for a purpose, or record the refusal.

        Raises:
            Denied: the policy says no; the refusal is in the log.
            Conflict, Unavailable: nothing was opened.
        """
        decision = self.decide(principal, purpose, ask)
        if not decision.allow:
            self.refuse(principal, purpose, decision.failing, ask=ask, nearest=decision.nearest)
        return self._pass(principal, act, [(ask, decision)], writes)[0]

    def show_allowed(
        self,
        principal: Principal,
        act: Act,
        asks: Sequence[tuple[Ask, Decision]],
        writes: Sequence[Write] = (),
        events: Sequence[Event] = (),
    ) -> list[Disclosed]:
        """Show several cases that were decided on, in one commit; all of them or none."""
        return self._pass(principal, act, asks, writes, events)

    def compare(
        self,
        principal: Principal,
        purpose: str,
        act: Act,
        signals: Sequence[Row],
        facts: Facts,
        why: Mapping[str, tuple[str, ...]],
    ) -> list[Disclosed]:
        """Show who was reported in each of these signals, whether or not a case holds them yet; nothing of arrears.

        ``why`` says for each signal id what its entry tells.

        Raises:
            Denied: the policy says no; the refusal is in the log.
        """
        decision = decide(self._house.register, principal.kind, purpose, facts)
        if not decision.allow:
            self.refuse(principal, purpose, decision.failing, nearest=decision.nearest)
        narrow = self._of_persons(decision)
        asks = [(Ask(alone(one), facts, why=why[one["signal_id"]]), narrow) for one in signals]
        return self._pass(principal, act, asks, ())

    def _of_persons(self, decision: Decision) -> Decision:
        """Narrow a decision to what tells one person from another."""
        known = self._house.register.fields
        fields = {name: how for name, how in decision.fields.items() if known[name].klasse in _PERSONAL}
        per_case = tuple(step for step in decision.per_case if step[0] in fields)
        return replace(decision, fields=fields, per_case=per_case, per_signal=())

    def refuse(
        self,
        principal: Principal,
        purpose: str,
        failing: Sequence[Failing],
        *,
        ask: Ask | None = None,
        nearest: str = "",
        code: str | None = None,
    ) -> NoReturn:
        """Record that somebody asked for what is not his to ask, and say so.

        ``ask`` names the case that was asked for, if it came that far; ``nearest`` is the grant that missed least.

        Raises:
            Denied: always, with the conditions that failed.
        """
        asked = () if ask is None else ask.dossier.people
        event = Event(
            act=Act.ACCESS_DENIED,
            tenant=principal.tenant,
            party=principal.party,
            role=principal.kind,
            user=principal.user or "",
            client=principal.client,
            purpose=purpose if purpose in set(Purpose) else "",
            grant=nearest,
            register=self._house.register.digest,
            decision="deny",
            reason="+".join(item.condition for item in failing)[:120],
            subject=SubjectId(asked[0]["signal_id"]) if asked else None,
            case=ask.dossier.case["case_id"] if ask else None,
            why=ask.why if ask else (),
        )
        self._house.store.commit(Change(events=(event,)))
        raise Denied(" ".join(item.for_user for item in failing), code=code, failing=failing)

    def _pass(
        self,
        principal: Principal,
        act: Act,
        asks: Sequence[tuple[Ask, Decision]],
        writes: Sequence[Write],
        events: Sequence[Event] = (),
    ) -> list[Disclosed]:
        passing = [self._prepare(principal, act, ask, decision) for ask, decision in asks]
        told = [event for item in passing for event in item.events]
        entries = self._house.store.commit(Change(tuple(writes), (*told, *events))).entries
        shown, at = [], 0
        for item in passing:
            own = entries[at : at + len(item.events)]
            at += len(item.events)
            shown.append(self._open(item, own))
        return shown

    def _callable(self, given: Sequence[str]) -> tuple[str, ...]:
        """Leave out the numbers that nobody may call: whoever is to call need not know them."""
        prints = {number: self._house.hidden(NUMBER, number) for number in given}
        with self._house.store.read() as connection:
            never = numbers.blocked(
                connection, Tenant(self._house.settings.tenant), prints.values(), self._house.now_ms()
            )
        return tuple(number for number, known in prints.items() if known not in never)

    def _prepare(self, principal: Principal, act: Act, ask: Ask, decision: Decision) -> _Passing:
        values = needed(ask.dossier, decision.shown)
        by_subject: dict[str, list[bytes]] = {s["signal_id"]: [] for s in ask.dossier.people}
        for value in values:
            by_subject.setdefault(value.context.subject, []).append(value.blob)
        events = tuple(
            self._event(principal, act, ask, decision, subject, blobs)
            for subject, blobs in by_subject.items()
        )
        return _Passing(ask, decision, values, events)

    def _event(
        self,
        principal: Principal,
        act: Act,
        ask: Ask,
        decision: Decision,
        subject: str,
        blobs: Sequence[bytes],
    ) -> Event:
        return Event(
            act=act,
            tenant=principal.tenant,
            party=principal.party,
            role=principal.kind,
            user=principal.user or "",
            client=principal.client,
            purpose=decision.purpose,
            grant=decision.grant,
            ground=decision.ground,
            register=decision.register,
            decision="permit",
            subject=SubjectId(subject),
            case=ask.dossier.case["case_id"],
            fields=decision.shown,
            sealed=tuple(blobs),
            why=ask.why,
            n=1,
        )

    def _open(self, item: _Passing, entries: Sequence[Appended]) -> Disclosed:
        permits = {
            event.subject: permit(event, entry) for event, entry in zip(item.events, entries, strict=True)
        }
        opened = open_all(
            item.values,
            lambda context, blob: self._house.vault.open(permits[SubjectId(context.subject)], context, blob),
        )
        values = record(item.ask.dossier, opened, item.ask.extra)
        if item.decision.purpose == Purpose.BELLEN:
            values = {**values, _NUMBERS: self._callable(values.get(_NUMBERS) or ())}
        view = minimise(item.decision, values, local_day(self._house.now()))
        typed = self._views.typed(item.decision, view)
        body = typed.model_dump_json(by_alias=True, exclude_unset=True).encode()
        return Disclosed(typed, body, entries[0], item.decision)
