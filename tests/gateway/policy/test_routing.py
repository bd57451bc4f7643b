"""Every case gets exactly one way, for a reason a person can read, and never because of a guess."""

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.policy.routing import (
    QUESTIONS,
    Channel,
    Earlier,
    Route,
    RoutingFacts,
    RoutingSettings,
    load_rules,
    route,
)
from schemas.errors import Invalid
from tests.support.register import replaced

RULES = load_rules()
PLAIN = RoutingFacts(total_cent=50_000, highest_cent=50_000, has_phone=True)
DEFAULT = RoutingSettings()
AMOUNTS = (0, 7_499, 7_500, 199_999, 200_000, 200_001, 900_000)


def routed(settings: RoutingSettings = DEFAULT, **facts: object) -> Route:
    return route(RULES, replace(PLAIN, **facts), settings)  # type: ignore[arg-type]


def every_fact() -> Iterator[RoutingFacts]:
    switches = ("crisis", "end_of_supply", "several", "protected", "has_phone", "phone_blocked")
    for total, highest, earlier in product(AMOUNTS, AMOUNTS, Earlier):
        if highest <= total:
            for values in product((False, True), repeat=len(switches)):
                flags = dict(zip(switches, values, strict=True))
                yield RoutingFacts(total_cent=total, highest_cent=highest, earlier=earlier, **flags)


def every_setting() -> Iterator[RoutingSettings]:
    for scope, several, floor, recurrence in product(
        ("persoon", "signaal"), (False, True), (0, 7_500), ("geen", "geweigerd_of_onbereikt", "alle")
    ):
        yield RoutingSettings(
            limit_scope=scope,  # type: ignore[arg-type]
            several_to_social_work=several,
            floor_cent=floor,
            recurrence=recurrence,  # type: ignore[arg-type]
        )


def expected(facts: RoutingFacts, chosen: RoutingSettings) -> tuple[Channel, bool]:
    """The weighing frame, written a second time as plain conditions."""
    amount = facts.total_cent if chosen.limit_scope == "persoon" else facts.highest_cent
    repeats = {
        "geen": set(),
        "geweigerd_of_onbereikt": {Earlier.GEWEIGERD, Earlier.ONBEREIKT},
        "alle": {Earlier.GEWEIGERD, Earlier.ONBEREIKT, Earlier.ANDERS},
    }[chosen.recurrence]
    if facts.crisis or facts.end_of_supply:
        return Channel.SOCIAAL_WERK, True
    if amount > 200_000 or (facts.several and chosen.several_to_social_work) or facts.protected:
        return Channel.SOCIAAL_WERK, False
    if facts.total_cent < chosen.floor_cent:
        return Channel.BRIEF, False
    if facts.earlier in repeats:
        return Channel.SOCIAAL_WERK, False
    return (Channel.CALLCENTER if facts.has_phone and not facts.phone_blocked else Channel.BRIEF), False


@pytest.mark.parametrize("chosen", list(every_setting()), ids=str)
def test_every_combination_takes_the_way_of_the_weighing_frame(chosen: RoutingSettings) -> None:
    for facts in every_fact():
        way = route(RULES, facts, chosen)
        assert (way.channel, way.urgent) == expected(facts, chosen)


@pytest.mark.parametrize(
    ("total", "channel"),
    [(200_000, Channel.CALLCENTER), (200_001, Channel.SOCIAAL_WERK), (199_999, Channel.CALLCENTER)],
)
def test_exactly_two_thousand_euros_is_still_called(total: int, channel: Channel) -> None:
    assert routed(total_cent=total, highest_cent=total).channel is channel


def test_the_limit_counts_the_person_or_the_signal_as_the_municipality_chose() -> None:
    per_signal = RoutingSettings(limit_scope="signaal")
    assert routed(total_cent=300_000, highest_cent=150_000).channel is Channel.SOCIAAL_WERK
    assert routed(per_signal, total_cent=300_000, highest_cent=150_000).channel is Channel.CALLCENTER


def test_an_announced_end_of_supply_is_urgent_whatever_else_holds() -> None:
    way = routed(end_of_supply=True, total_cent=1, highest_cent=1, earlier=Earlier.ANDERS)
    assert (way.channel, way.urgent, way.category) == (Channel.SOCIAAL_WERK, True, "spoed")


def test_several_signals_are_called_unless_the_municipality_chose_otherwise() -> None:
    assert routed(several=True).channel is Channel.CALLCENTER
    assert routed(RoutingSettings(several_to_social_work=True), several=True).category == "meervoudig"


def test_a_protected_person_is_never_called_nor_written_to_by_others() -> None:
    for facts in every_fact():
        if facts.protected:
            assert route(RULES, facts, DEFAULT).channel is Channel.SOCIAAL_WERK


def test_a_small_arrear_gets_a_letter_where_the_municipality_has_a_floor() -> None:
    floor = RoutingSettings(floor_cent=7_500)
    assert routed(floor, total_cent=7_499, highest_cent=7_499).channel is Channel.BRIEF
    assert routed(floor, total_cent=7_500, highest_cent=7_500).channel is Channel.CALLCENTER


@pytest.mark.parametrize(
    ("recurrence", "earlier", "category"),
    [
        ("geen", Earlier.GEWEIGERD, "bellen"),
        ("geweigerd_of_onbereikt", Earlier.GEWEIGERD, "herhaling"),
        ("geweigerd_of_onbereikt", Earlier.ONBEREIKT, "herhaling"),
        ("geweigerd_of_onbereikt", Earlier.ANDERS, "bellen"),
        ("alle", Earlier.ANDERS, "herhaling"),
        ("alle", Earlier.GEEN, "bellen"),
    ],
)
def test_recurrence_goes_to_social_work_by_setting(recurrence: str, earlier: Earlier, category: str) -> None:
    chosen = RoutingSettings(recurrence=recurrence)  # type: ignore[arg-type]
    assert routed(chosen, earlier=earlier).category == category


def test_who_objected_to_calls_gets_a_letter() -> None:
    assert routed(phone_blocked=True).channel is Channel.BRIEF
    assert routed(has_phone=False).channel is Channel.BRIEF


def test_the_trace_tells_every_rule_looked_at_and_only_the_last_one_matched() -> None:
    for facts in every_fact():
        trace = route(RULES, facts, DEFAULT).trace
        assert [step.rule for step in trace] == [rule.id for rule in RULES.rules[: len(trace)]]
        assert [step.matched for step in trace] == [False] * (len(trace) - 1) + [True]


def test_the_trace_names_no_amount() -> None:
    for rule in RULES.rules:
        assert not re.search(r"\d|euro|€", rule.ja + rule.nee)


@settings(max_examples=200)
@given(st.integers(0, 10**7), st.integers(0, 10**7), st.booleans())
def test_more_arrears_never_move_a_case_from_social_work_to_the_call_center(
    one: int,
    more: int,
    has_phone: bool,
) -> None:
    low = routed(total_cent=one, highest_cent=one, has_phone=has_phone)
    high = routed(total_cent=one + more, highest_cent=one + more, has_phone=has_phone)
    assert not (low.channel is Channel.SOCIAAL_WERK and high.channel is not Channel.SOCIAAL_WERK)


def test_a_route_says_which_rules_decided() -> None:
    assert routed().rules == RULES.digest
    assert len(RULES.digest) == 64


def test_every_question_is_asked_by_a_rule() -> None:
    assert {rule.als for rule in RULES.rules} == set(QUESTIONS)


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("als: beschermd", "als: aardig", "onbekend"),
        ("id: R20", "id: R10", "dubbel"),
        ("als: altijd", "als: beschermd", "volgorde"),
        ("als: boven_grens", "als: altijd", "volgorde"),
        ("kanaal: callcenter", "kanaal: duif", "enum"),
        ("  nee: Deze regel past altijd.\n", "", "missing"),
    ],
)
def test_a_wrong_rule_is_refused_with_its_line(tmp_path: Path, old: str, new: str, code: str) -> None:
    with pytest.raises(Invalid) as wrong:
        load_rules(replaced(tmp_path, "routing.yaml", old, new))
    assert code in {problem.code for problem in wrong.value.fields}
    assert all(problem.veld.startswith("routing.yaml:") for problem in wrong.value.fields)
