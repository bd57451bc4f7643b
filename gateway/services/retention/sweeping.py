"""What goes before its case: feedback that was visible long enough, dial records, references of a round that is over.

And what outlives all cases: numbers that nobody called for long enough.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from gateway.installation import Installation
from gateway.store import cases, erasure, governance, numbers
from gateway.store.change import Row, Write
from schemas.ids import PartyId, Tenant
from schemas.retention import Terms

_DAY_MS: Final = 24 * 3600 * 1000
_ROUND: Final = frozenset({"bellen", "aanschrijven"})
"""Purposes whose references live as long as a round of calls or letters."""


def sweep(house: Installation, tenant: Tenant, terms: Terms) -> tuple[Sequence[Write], Mapping[str, int]]:
    """Give the writes that delete it, with their counts; what is under a legal hold stays, orphans never do."""
    now = house.now_ms()
    with house.store.read() as connection:
        held = {hold["case_id"] for hold in governance.standing_holds(connection, tenant)}
        members = governance.members_of(connection, tenant, sorted(held))
        kept = {member["signal_id"] for rows in members.values() for member in rows}
        told = erasure.old_feedback(connection, tenant, now - terms.terugkoppeling_dagen * _DAY_MS)
        over = erasure.ended_cases(connection, tenant, now - terms.belgegevens_dagen * _DAY_MS)
        ended = frozenset(row["case_id"] for row in over) - held
        leases = erasure.old_leases(connection, tenant, sorted(ended))
        lapsed = numbers.lapsed(connection, tenant, now)
        known = erasure.case_ids(connection, tenant)
        codes = [row for row in erasure.codes(connection, tenant) if _is_over(house, row, known, ended)]
    feedback = [signal for signal in told if signal not in kept]
    writes = [
        *(governance.drop_feedback(tenant, signal) for signal in feedback),
        *(erasure.drop_lease(tenant, lease) for lease in leases),
        *(cases.forget_code(tenant, PartyId(row["party_id"]), row["code"]) for row in codes),
        *(numbers.unblock(tenant, number) for number in lapsed),
    ]
    counts = {
        "terugkoppelingen": len(feedback),
        "belrecords": len(leases),
        "kenmerken": len(codes),
        "nummers": len(lapsed),
    }
    return writes, counts


def _is_over(house: Installation, row: Row, known: frozenset[str], ended: frozenset[str]) -> bool:
    case = house.pseudonyms.open_pointer(
        row["tenant"], row["party_id"], row["purpose"], row["period"], row["code"], row["pointer"]
    )
    return case not in known or (row["purpose"] in _ROUND and case in ended)
