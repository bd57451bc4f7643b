"""A decision, a view, loading the register, proving it; against a hand-written if.

Run ``python -m bench.policy``. One thread, CPU time; every line is the best of five. The bar of each promise stands beside it.
"""

import json
import time
import timeit
from collections.abc import Callable
from typing import Any

from gateway.policy.compile import load
from gateway.policy.decide import decide
from gateway.policy.explain import prove
from gateway.policy.facts import Facts
from gateway.policy.routing import RoutingFacts, RoutingSettings, load_rules, route
from gateway.policy.views import Views, minimise
from schemas.parties import PartyKind
from tests.gateway.policy.test_views import RECORD, TODAY
from tests.support.register import CALLING, facts

FIELDS = ("aanhef", "voorvoegsel", "achternaam", "telefoonnummers", "dossierkenmerk", "script")


def report(what: str, run: Callable[[], object], number: int, bar: str = "") -> float:
    """Print and give the microseconds that ``run`` takes."""
    best = min(timeit.repeat(run, timer=time.process_time, number=number, repeat=5)) / number * 1e6
    print(f"{what:<58}{best:>12.2f} µs   {bar}")
    return best


def by_hand(held: Facts) -> tuple[str, ...]:
    """The same dial record decided by a hand-written if, without grant, ground, digest or reason."""
    if (
        held.geleend
        and held.belbaar
        and held.dossier_open
        and held.onder_bedraggrens
        and held.binnen_belvenster
        and held.pogingen_over
        and held.niet_geweigerd
        and held.geen_bezwaar
        and held.niet_beschermd
        and held.budget_beschikbaar
    ):
        return FIELDS
    return ()


def json_by_hand(record: dict[str, Any]) -> bytes:
    """The same dial record picked and written without any check."""
    return json.dumps({name: record[name] for name in FIELDS}).encode()


def main() -> None:
    """Print every figure."""
    register, rules = load(), load_rules()
    views, calling, nothing = Views(register), facts(*CALLING), Facts()
    party, worker = PartyKind.CALLCENTER, PartyKind.SOCIAAL_WERK
    permit = decide(register, party, "bellen", calling)
    full = decide(register, worker, "hulpverlenen", facts("toegewezen", "geaccepteerd"))
    case = RoutingFacts(total_cent=50_000, highest_cent=50_000, has_phone=True)

    hand = report("a hand-written if", lambda: by_hand(calling), 200_000)
    yes = report(
        "a decision that permits", lambda: decide(register, party, "bellen", calling), 100_000, "≤ 5"
    )
    report(
        "a decision that refuses, ten conditions named",
        lambda: decide(register, party, "bellen", nothing),
        50_000,
        "≤ 5",
    )
    print(f"{'the table against the hand-written if':<58}{yes / hand:>12.1f} ×")
    picked = report("pick and write a dial record, unchecked", lambda: json_by_hand(RECORD), 50_000)
    dial = report(
        "minimise, validate and serialise a dial record",
        lambda: views.serialise(permit, minimise(permit, RECORD, TODAY)),
        20_000,
        "≤ 50",
    )
    report(
        "minimise, validate and serialise a full case, two signals",
        lambda: views.serialise(full, minimise(full, RECORD, TODAY)),
        10_000,
        "≤ 50",
    )
    print(f"{'a checked view against an unchecked one':<58}{dial / picked:>12.1f} ×")
    report("route a case, with its trace", lambda: route(rules, case, RoutingSettings()), 20_000)
    report("load, check and compile the register", load, 10)
    report("prove every guardrail", lambda: list(prove(register)), 50, "≤ 10 s")


if __name__ == "__main__":
    main()
