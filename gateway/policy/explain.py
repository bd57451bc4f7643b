"""Why, in Dutch, for two readers: the user hears what to do, the officer hears what failed.

Also the answers of ``policy show`` (what can a party ever see, and when) and ``policy prove`` (does every
guardrail hold). None of it opens anything or names a resident.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from gateway.policy.lint import breaches
from gateway.policy.register import Decision, Register
from schemas.parties import PartyKind
from schemas.purposes import Grant
from schemas.transforms import Transform


@dataclass(frozen=True, slots=True)
class Explanation:
    """One decision told twice."""

    for_user: str
    for_officer: str


@dataclass(frozen=True, slots=True)
class Possible:
    """Something a party can see: the field, how coarse, through which grant, under which conditions."""

    grant: str
    purpose: str
    field: str
    transform: Transform
    conditions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Proof:
    """Whether one guardrail holds in every state, and over how many grants and fields that was looked at."""

    guardrail: str
    sentence: str
    holds: bool
    checked: int
    broken_by: tuple[str, ...]


def explain(register: Register, decision: Decision) -> Explanation:
    """Say why a decision is what it is."""
    if decision.allow:
        return Explanation(
            "U mag dit zien.",
            f"Toegestaan door {decision.grant} op grond van {_grounds(register, decision)}; "
            f"getoond: {', '.join(decision.shown) or 'niets'}; "
            f"alleen te controleren: {', '.join(decision.checked) or 'niets'}.",
        )
    failing = "; ".join(f"{item.condition}: {item.for_officer}" for item in decision.failing)
    nearest = f" Dichtstbijzijnde grant: {decision.nearest}." if decision.nearest else ""
    return Explanation(
        " ".join(item.for_user for item in decision.failing),
        f"Geweigerd voor {decision.party} met doel '{decision.purpose}'. {failing}{nearest}",
    )


def _grounds(register: Register, decision: Decision) -> str:
    return " en ".join(register.legal_grounds[key].naam for key in decision.ground.split("+"))


def possible(register: Register, party: PartyKind) -> Iterator[Possible]:
    """List everything a party can ever see or check, grant by grant, in register order."""
    for grant in register.grants:
        if grant.partij is party:
            for field, transform in grant.velden.items():
                yield Possible(grant.id, grant.doel, field, transform, grant.voorwaarden)


def prove(register: Register) -> Iterator[Proof]:
    """Check every guardrail against every grant; exact for every state, because facts only ever add rights."""
    for rule in register.guardrails:
        looked_at = sum(
            rule.concerns(grant.partij, field) for grant in register.grants for field in grant.velden
        )
        broken = tuple(
            f"{register.grants[place].id}:{field}" for place, field in breaches(rule, register.grants)
        )
        exists = tuple(name for name in rule.bestaat_niet if name in register.fields)
        yield Proof(rule.id, rule.zin, not broken and not exists, looked_at, (*broken, *exists))


def when(register: Register, grant: Grant) -> str:
    """Say a grant's conditions as one clause."""
    return ", en ".join(register.conditions[name].betekenis for name in grant.voorwaarden)
