"""Numbers that nobody may call any more: put on the list, and a wrong one taken out of what the partner delivered.

The machine opens names and numbers for it, under an entry of its own; nobody sees them. A wrong number goes out of
the sealed contact group and out of every index, so that the stranger behind it finds no case when he rings back.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

import orjson

from audit.entry import Event
from gateway.disclosure.blind import dropped, traces
from gateway.disclosure.machine import naming, opened
from gateway.disclosure.record import SealedValue, of_signal
from gateway.events import tell
from gateway.installation import Installation
from gateway.matching.candidates import search_keys
from gateway.matching.normalise import PersonFacts, facts_of_groups
from gateway.services.results.call import Call
from gateway.store import cases, numbers
from gateway.store.change import Change, Row, Write
from schemas.audit import Act
from schemas.call import NO_CALL, NUMBER, Outcome
from schemas.errors import FieldProblem, Invalid
from schemas.ids import SubjectId, Tenant
from schemas.parties import PartnerType
from schemas.person import DataClass
from schemas.phone import phone
from schemas.principal import Principal

BREACH_TERM: Final = timedelta(hours=72)
"""AVG art. 33(1): a breach is notified within 72 hours."""

_CONTACT: Final = ("contact",)
_BOTH: Final = (*_CONTACT, "identity")
"""A name is only needed to find the indexes that a wrong number stands in."""

_UNKNOWN = FieldProblem("nummer", "onbekend_nummer", "Noem een nummer dat op het belrecord staat")


@dataclass(frozen=True, slots=True)
class Cleared:
    """What follows from a number that nobody may call; ``left``: another number of this resident may be."""

    writes: tuple[Write, ...] = ()
    events: tuple[Event, ...] = ()
    left: bool = True


@dataclass(frozen=True, slots=True)
class _Known:
    """A signal with what was opened of it."""

    row: Row
    contact: dict[str, Any]
    identity: Mapping[str, Any] = field(default_factory=dict)

    @property
    def numbers(self) -> tuple[str, ...]:
        return tuple(self.contact["telefoonnummers"])


class Numbers:
    """Takes numbers away from those who call."""

    def __init__(self, house: Installation) -> None:
        self._house = house

    def clear(self, principal: Principal, call: Call) -> Cleared:
        """Say what must be written so that nobody calls the number (wrong) or the numbers (objection) of this talk.

        Raises:
            Invalid: the number named is no number, or not one of this resident.
        """
        known = self._open(principal, call)
        everything = frozenset(number for one in known for number in one.numbers)
        gone = self._named(call, everything)
        subject, case = call.lease["signal_id"], call.dossier.case_id
        blocked = tell(
            principal, Act.NUMBER_BLOCKED, "bellen", subject=subject, case=case, reason=call.result.uitkomst
        )
        writes: list[Write] = numbers.block([self._row(principal, call, number) for number in sorted(gone)])
        if call.result.uitkomst is not Outcome.FOUT_NUMMER:
            return Cleared(tuple(writes), (blocked,), left=False)
        touched = [one for one in known if gone.intersection(one.numbers)]
        writes += [self._rewrite(one, gone) for one in touched]
        writes += self._forget(principal.tenant, touched, gone)
        writes.append(numbers.add_incidents([self._incident(principal, call, one) for one in touched]))
        removed = [_removed(principal, call, one) for one in touched]
        return Cleared(tuple(writes), (blocked, *removed), left=bool(everything - gone))

    def _open(self, principal: Principal, call: Call) -> list[_Known]:
        """Open every signal of the case, also one that was withdrawn: the telephone rings all the same."""
        tenant, case = principal.tenant, call.dossier.case_id
        with self._house.store.read() as connection:
            rows = cases.all_signals_of_case(connection, tenant, case)
        if not rows:
            return []
        groups = _BOTH if call.result.uitkomst is Outcome.FOUT_NUMMER else _CONTACT
        values = [[of_signal(row, group) for group in groups] for row in rows]
        told = tuple(self._told(principal, call, row, of) for row, of in zip(rows, values, strict=True))
        entries = self._house.store.commit(Change(events=told)).entries
        return [
            _Known(row, *opened(self._house.vault, event, entry, of))
            for row, event, entry, of in zip(rows, told, entries, values, strict=True)
        ]

    def _told(self, principal: Principal, call: Call, row: Row, values: Sequence[SealedValue]) -> Event:
        event = tell(
            principal,
            Act.NUMBER_COMPARED,
            "bellen",
            subject=row["signal_id"],
            case=call.dossier.case_id,
            reason=call.result.uitkomst,
        )
        return naming(event, ("telefoonnummers",), values, self._house.register.digest)

    @staticmethod
    def _named(call: Call, known: frozenset[str]) -> frozenset[str]:
        """Give the numbers it is about: the one that the agent named, else all of them."""
        if call.result.nummer is None:
            return known
        try:
            named = phone(call.result.nummer)
        except Invalid:
            raise Invalid(fields=[_UNKNOWN]) from None
        if named not in known:
            raise Invalid(fields=[_UNKNOWN])
        return frozenset({named})

    def _row(self, principal: Principal, call: Call, number: str) -> Row:
        return {
            "tenant": principal.tenant,
            "number": self._house.hidden(NUMBER, number),
            "reason": str(call.result.uitkomst),
            "at": call.now,
            "until": call.now + int(NO_CALL.total_seconds() * 1000),
        }

    def _rewrite(self, one: _Known, gone: frozenset[str]) -> Write:
        """Seal the contact group anew without these numbers, under the same key and in the same place."""
        left = [number for number in one.numbers if number not in gone]
        key = self._house.vault.key_for(one.row["tenant"], one.row["signal_id"], DataClass.CONTACT)
        plain = orjson.dumps({**one.contact, "telefoonnummers": left})
        sealed = self._house.vault.seal(key, of_signal(one.row, "contact").context, plain)
        return numbers.rewrite(one.row, sealed, has_phone=bool(left))

    def _forget(self, tenant: Tenant, touched: Sequence[_Known], gone: frozenset[str]) -> list[Write]:
        """Drop the blind tags by which these numbers lead to these signals."""
        keys = [key for _, key in search_keys(map(_facts, touched)) if gone.intersection(key[1])]
        with self._house.store.read() as connection:
            found = traces(self._house, connection, tenant, keys)
        return dropped(tenant, found, [one.row["signal_id"] for one in touched])

    def _incident(self, principal: Principal, call: Call, one: _Known) -> Row:
        return {
            "tenant": principal.tenant,
            "incident_id": self._house.new_id(),
            "kind": numbers.WRONG_NUMBER,
            "case_id": call.dossier.case_id,
            "signal_id": one.row["signal_id"],
            "party_id": principal.party,
            "source": one.row["party_id"],
            "at": call.now,
            "due": call.now + int(BREACH_TERM.total_seconds() * 1000),
        }


def _removed(principal: Principal, call: Call, one: _Known) -> Event:
    subject, case = one.row["signal_id"], call.dossier.case_id
    return tell(principal, Act.NUMBER_REMOVED, "bellen", subject=subject, case=case)


def _facts(one: _Known) -> PersonFacts:
    return facts_of_groups(
        SubjectId(one.row["signal_id"]), one.identity, one.contact, PartnerType(one.row["partner_type"])
    )
