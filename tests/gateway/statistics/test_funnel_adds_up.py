"""Every case of a month has one ending, and the funnel is sums of endings."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.statistics.funnel import (
    CALLABLE,
    CALLED,
    CASES,
    END,
    HELPED,
    NOT_CALLED,
    REACHED,
    SAMENLOOP,
    SECTOR,
    SIGNALS,
    SPOKEN,
    YES,
    Ending,
    Group,
    Place,
    case_population,
    ending_of,
    insist_adds_up,
    place_of,
)
from schemas.case import CaseState, CloseReason
from schemas.errors import Broken

groups = st.builds(
    Group,
    count=st.integers(1, 50),
    state=st.sampled_from([state.value for state in CaseState]),
    reason=st.sampled_from([None, *(reason.value for reason in CloseReason)]),
    samenloop=st.sampled_from(SAMENLOOP.categories),
    sector=st.sampled_from(SECTOR.categories),
    called_for=st.booleans(),
    blocked=st.booleans(),
    attempts=st.integers(0, 7),
    reached=st.booleans(),
    accepted=st.booleans(),
)
CASE = Group(
    1,
    "gesloten",
    None,
    "enkelvoudig",
    "zorg",
    called_for=True,
    blocked=False,
    attempts=3,
    reached=False,
    accepted=False,
)


@given(st.lists(groups, max_size=40))
def test_every_case_is_in_exactly_one_place_of_the_report(found: list[Group]) -> None:
    population = case_population(found)
    insist_adds_up("dossiers", population, CASES, sum(group.count for group in found))


@given(groups)
def test_an_ending_says_what_happened(case: Group) -> None:
    ending = ending_of(case)
    assert (ending in CALLED) == (case.attempts > 0)
    assert (ending in SPOKEN) == (case.attempts > 0 and (case.reached or case.accepted or case.helped))
    assert (ending in YES) == (case.attempts > 0 and (case.accepted or case.helped))
    assert (ending in HELPED) == case.helped
    assert (ending in REACHED) == (case.reached or case.accepted or case.helped)


def test_each_step_of_the_funnel_is_part_of_the_one_before() -> None:
    steps = [set(Ending), set(CALLABLE), set(CALLED), set(SPOKEN), set(YES)]
    assert all(after < before for before, after in pairwise(steps))
    assert set(HELPED) < set(REACHED)
    assert set(END.categories) == set(Ending)
    assert len(END.categories) == len(Ending)


@pytest.mark.parametrize(
    ("changes", "ending"),
    [
        ({}, Ending.MINDER_POGINGEN),
        ({"attempts": 7}, Ending.ZEVEN_POGINGEN),
        ({"state": "in_belronde"}, Ending.LOOPT_NOG),
        ({"blocked": True}, Ending.NIET_MEER_BELLEN),
        ({"state": "ingetrokken"}, Ending.GEBELD_INGETROKKEN),
        ({"reached": True, "reason": "regelt_het_zelf"}, Ending.REGELT_ZELF),
        ({"reached": True, "state": "betaald"}, Ending.BETAALD),
        ({"reached": True, "reason": "overleden"}, Ending.ANDERS),
        ({"reached": True, "state": "in_belronde"}, Ending.GESPREK_LOOPT),
        ({"accepted": True, "state": "hulp_gevraagd"}, Ending.JA_LOOPT),
        ({"accepted": True, "state": "geweigerd"}, Ending.JA_AFGEZIEN),
        ({"accepted": True, "reason": "advies_of_quick_fix"}, Ending.JA_ADVIES),
        ({"accepted": True, "reason": "vervolghulp"}, Ending.JA_HULP),
        ({"attempts": 0, "state": "belbaar"}, Ending.BELBAAR),
        ({"attempts": 0, "called_for": False}, Ending.BRIEF),
        ({"attempts": 0, "called_for": False, "state": "sociaal_werk"}, Ending.SOCIAAL_WERK),
        ({"attempts": 0, "reached": True}, Ending.ONGEBELD_GESPROKEN),
        ({"attempts": 0, "accepted": True}, Ending.ONGEBELD_JA),
        ({"attempts": 0, "reason": "vervolghulp"}, Ending.ONGEBELD_HULP),
        ({"attempts": 0, "state": "ingetrokken"}, Ending.ONGEBELD_INGETROKKEN),
    ],
    ids=str,
)
def test_where_a_case_ends(changes: dict[str, object], ending: Ending) -> None:
    assert ending_of(replace(CASE, **changes)) is ending  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "parts",
    [
        {(Place.WACHT,): 9},
        {(Place.WACHT,): 11},
        {(Place.WACHT,): 9, ("elders",): 1},
        {(Place.WACHT,): 11, (Place.VERVANGEN,): -1},
    ],
    ids=["one lost", "one twice", "one nowhere", "one below zero"],
)
def test_a_report_that_does_not_add_up_is_not_made(parts: dict[tuple[str, ...], int]) -> None:
    with pytest.raises(Broken, match="tellen niet op") as broken:
        insist_adds_up("signalen", parts, SIGNALS, 10)
    assert broken.value.code == "cijfers_tellen_niet_op"


@pytest.mark.parametrize(
    ("state", "held", "this_month", "place"),
    [
        ("gevalideerd", False, False, Place.WACHT),
        ("gekoppeld", True, True, Place.NIEUW_DOSSIER),
        ("gekoppeld", True, False, Place.LOPEND_DOSSIER),
        ("ingetrokken", True, True, Place.INGETROKKEN),
        ("vervangen", False, False, Place.VERVANGEN),
    ],
)
def test_where_a_signal_went(state: str, held: bool, this_month: bool, place: Place) -> None:
    assert place_of(state, held=held, this_month=this_month) is place


def test_who_was_not_called_has_no_attempts() -> None:
    population = case_population([CASE, replace(CASE, attempts=0)])
    assert {(key[0] in NOT_CALLED, key[3]) for key in population} == {(True, ""), (False, "3")}
