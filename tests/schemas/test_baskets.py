"""Work baskets: where a case lies, and that none is lost between them."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.baskets import RECURRING, UNDELIVERABLE, Basket, Situation, baskets_of
from schemas.case import CaseState
from schemas.clocks import Stage
from schemas.help import AT_SOCIAL_WORK

B = Basket
PLAIN = Situation(CaseState.SOCIAAL_WERK, "hoge_achterstand", owned=True)
SITUATIONS = st.builds(
    Situation,
    state=st.sampled_from(CaseState),
    category=st.sampled_from(["bellen", "brief", RECURRING, UNDELIVERABLE, "spoed"]),
    owned=st.booleans(),
    urgent=st.booleans(),
    promised=st.booleans(),
    samenloop=st.sampled_from(["enkelvoudig", "meervoudig", "opeenvolgend", "meervoudig_opeenvolgend"]),
    stage=st.sampled_from(Stage),
)


@pytest.mark.parametrize(
    ("change", "basket"),
    [
        ({"owned": False}, B.TE_BEOORDELEN),
        ({"urgent": True}, B.SPOED),
        ({"samenloop": "meervoudig_opeenvolgend"}, B.MEERVOUDIG),
        ({"category": RECURRING}, B.HERHALING),
        ({"promised": True}, B.TERUGBELLEN),
        ({"state": CaseState.HULP_GEVRAAGD}, B.OVERDRACHT),
        ({"stage": Stage.BIJNA}, B.TERMIJN),
        ({"stage": Stage.VERLOPEN}, B.TERMIJN),
        ({"category": UNDELIVERABLE}, B.ONBESTELBAAR),
    ],
    ids=str,
)
def test_one_thing_about_a_case_puts_it_in_one_basket(change: dict[str, object], basket: Basket) -> None:
    assert baskets_of(PLAIN) == ()
    assert baskets_of(replace(PLAIN, **change)) == (basket,)  # type: ignore[arg-type]  # one dictionary for all types


def test_a_signal_that_only_comes_again_is_not_several() -> None:
    assert baskets_of(replace(PLAIN, samenloop="opeenvolgend")) == ()


def test_a_case_may_lie_in_several_baskets_in_the_order_of_the_list() -> None:
    several = replace(PLAIN, owned=False, urgent=True, samenloop="meervoudig", stage=Stage.VERLOPEN)
    assert baskets_of(several) == (B.TE_BEOORDELEN, B.SPOED, B.MEERVOUDIG, B.TERMIJN)


@given(SITUATIONS)
def test_no_case_that_nobody_has_is_lost(case: Situation) -> None:
    if case.state in AT_SOCIAL_WORK and not case.owned:
        assert {B.TE_BEOORDELEN, B.OVERDRACHT} & set(baskets_of(case))


@given(SITUATIONS)
def test_only_social_works_cases_lie_in_its_baskets(case: Situation) -> None:
    found = baskets_of(case)
    assert not found or case.state in AT_SOCIAL_WORK
    assert list(found) == [basket for basket in Basket if basket in found]
