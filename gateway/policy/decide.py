"""One decision: party × purpose × facts → fields with transforms, or the conditions that failed.

Deny by default. A decision is two dictionary look-ups, a few integer comparisons and a ready answer; only a
refusal builds something. Source: AVG art. 5(1)(b) and 25.
"""

from collections.abc import Mapping
from types import MappingProxyType

from gateway.policy.facts import Facts, mask
from gateway.policy.register import NO_GRANT, Decision, Entry, Register
from schemas.errors import Denied, Failing
from schemas.parties import PartyKind
from schemas.transforms import Transform

_NOTHING: Mapping[str, Transform] = MappingProxyType({})


def decide(register: Register, party_kind: PartyKind, purpose: str, facts: Facts) -> Decision:
    """Decide what a party may see for a purpose while ``facts`` hold; never raises, an unknown purpose is no."""
    entry = register.table.get((party_kind, purpose))
    if entry is None:
        return _refuse(register, party_kind, purpose, "", "", (NO_GRANT,))
    held = mask(facts)
    chosen = 0
    for index, required in enumerate(entry.required):
        if held & required == required:
            chosen |= 1 << index
    if chosen:
        return entry.permits[chosen]
    return _refuse_nearest(register, party_kind, purpose, entry, held)


def _refuse_nearest(register: Register, party: PartyKind, purpose: str, entry: Entry, held: int) -> Decision:
    """Name what the nearest grant missed: the one that came furthest (most conditions held), in register order."""
    index, furthest = 0, -1
    for place, required in enumerate(entry.required):
        reached = (required & held).bit_count()
        if reached > furthest:
            index, furthest = place, reached
    failing = tuple([text for bit, text in entry.texts[index] if not held & bit])
    activity = entry.permits[0].activity
    return _refuse(register, party, purpose, activity, entry.grants[index].id, failing)


def _refuse(
    register: Register,
    party: PartyKind,
    purpose: str,
    activity: str,
    nearest: str,
    failing: tuple[Failing, ...],
) -> Decision:
    return Decision(
        allow=False,
        party=party,
        purpose=purpose,
        grant="",
        ground="",
        activity=activity,
        register=register.digest,
        fields=_NOTHING,
        failing=failing,
        nearest=nearest,
    )


def require(decision: Decision) -> Decision:
    """Pass a permitting decision on.

    Raises:
        Denied: the decision is no; carries the failing conditions for user and officer.
    """
    if not decision.allow:
        raise Denied(" ".join(item.for_user for item in decision.failing), failing=decision.failing)
    return decision
