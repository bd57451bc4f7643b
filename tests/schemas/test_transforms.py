"""Minimisation only ever moves down: the lattice and its functions."""

import itertools
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.transforms import (
    AGE_BANDS,
    AMOUNT_BANDS,
    COUNT_BANDS,
    EFFECTS,
    FEEDBACK_CODES,
    UNSEEN,
    Transform,
    apply,
    coarser,
    meet,
    output_name,
)

T = Transform
TODAY = date(2026, 11, 23)
NAMES = st.text(alphabet="abcdefgéëïöüABCDEFG", min_size=1, max_size=12)
DATES = st.dates(date(1910, 1, 1), TODAY).map(date.isoformat)
PHONES = st.lists(st.from_regex(r"\+31[1-9][0-9]{8}", fullmatch=True), min_size=1, max_size=3).map(tuple)
COUNTS = st.integers(0, 500)
CODES = st.sampled_from(
    ["geweigerd", "onbereikt", "overgedragen", "open", "overleden", "geen_inwoner", "iets_nieuws"]
)

SUITING: list[tuple[Transform, st.SearchStrategy[Any]]] = [
    (T.INITIALEN, NAMES),
    (T.MAAND, DATES),
    (T.GEBOORTEJAAR, DATES),
    (T.LEEFTIJDSKLASSE, DATES),
    (T.POSTCODE4, st.from_regex(r"[1-9][0-9]{3}[A-Z]{2}", fullmatch=True)),
    (T.BEDRAGKLASSE, st.integers(1, 1_000_000)),
    (T.TELEFOON_GEMASKEERD, PHONES),
    (T.PSEUDONIEM, st.just("7K3P-9QX2-C")),
    (T.TERUGKOPPELCODE, CODES),
    (T.AANTALKLASSE, st.lists(COUNTS, min_size=1, max_size=30)),
    (T.AANTALKLASSE, st.dictionaries(NAMES, COUNTS, min_size=1)),
    (T.EFFECT, st.sampled_from(["ingezetene", "geheim", "curatele", "overleden", "iets_nieuws"])),
]
CASES = [*SUITING, *((t, NAMES) for t in (T.VOLLEDIG, T.AANWEZIG, T.CONTROLE, T.VERBORGEN))]


@pytest.mark.parametrize(("transform", "values"), CASES, ids=lambda case: str(case)[:40])
def test_every_transform_is_idempotent(transform: Transform, values: st.SearchStrategy[Any]) -> None:
    @settings(max_examples=60)
    @given(values)
    def twice_is_once(value: Any) -> None:
        once = apply(transform, value, TODAY)
        assert apply(transform, once, TODAY) == once

    twice_is_once()


@pytest.mark.parametrize(("transform", "values"), SUITING, ids=lambda case: str(case)[:40])
def test_what_a_coarser_transform_shows_follows_from_the_finer_one(
    transform: Transform, values: st.SearchStrategy[Any]
) -> None:
    @settings(max_examples=60)
    @given(values)
    def composes(value: Any) -> None:
        finer = apply(transform, value, TODAY)
        for lower in Transform:
            if coarser(lower, transform):
                assert apply(lower, finer, TODAY) == apply(lower, value, TODAY)

    composes()


@pytest.mark.parametrize(("transform", "values"), SUITING, ids=lambda case: str(case)[:40])
def test_two_values_that_look_alike_stay_alike_further_down(
    transform: Transform, values: st.SearchStrategy[Any]
) -> None:
    @settings(max_examples=60)
    @given(values, values)
    def never_splits(one: Any, other: Any) -> None:
        if apply(transform, one, TODAY) == apply(transform, other, TODAY):
            for lower in (low for low in Transform if coarser(low, transform)):
                assert apply(lower, one, TODAY) == apply(lower, other, TODAY)

    never_splits()


def test_the_order_is_a_partial_order_with_everything_on_top_and_nothing_below() -> None:
    for one, other in itertools.product(Transform, repeat=2):
        assert coarser(one, one)
        assert coarser(one, T.VOLLEDIG)
        assert coarser(T.VERBORGEN, one)
        assert not (one is not other and coarser(one, other) and coarser(other, one))
        for third in Transform:
            assert not (coarser(one, other) and coarser(other, third)) or coarser(one, third)


def test_the_order_is_a_lattice_every_pair_has_one_greatest_lower_bound() -> None:
    for one, other in itertools.product(Transform, repeat=2):
        bound = meet(one, other)
        assert coarser(bound, one)
        assert coarser(bound, other)
        lower = [t for t in Transform if coarser(t, one) and coarser(t, other)]
        assert all(coarser(t, bound) for t in lower)


@pytest.mark.parametrize("transform", Transform)
def test_no_value_stays_no_value(transform: Transform) -> None:
    assert apply(transform, None, TODAY) in {None, False}


@pytest.mark.parametrize("transform", sorted(UNSEEN))
@given(NAMES)
@settings(max_examples=20)
def test_a_verify_only_or_hidden_value_never_leaves(transform: Transform, value: str) -> None:
    assert apply(transform, value, TODAY) is None


@pytest.mark.parametrize(
    ("transform", "value", "shown"),
    [
        (T.INITIALEN, "Jan Willem", "J.W."),
        (T.INITIALEN, "j.w.", "J.W."),
        (T.MAAND, "2026-11-23", "2026-11"),
        (T.GEBOORTEJAAR, "1985-00-00", "1985"),
        (T.LEEFTIJDSKLASSE, "1985-02-29", "40_66"),
        (T.LEEFTIJDSKLASSE, "2010-01-01", "tot_18"),
        (T.LEEFTIJDSKLASSE, "1950-12-31", "vanaf_67"),
        (T.POSTCODE4, "2711AB", "2711"),
        (T.BEDRAGKLASSE, 1, "tot_250"),
        (T.BEDRAGKLASSE, 25_000, "250_tot_500"),
        (T.BEDRAGKLASSE, 200_000, "1000_tot_en_met_2000"),
        (T.BEDRAGKLASSE, 200_001, "boven_2000"),
        (T.TELEFOON_GEMASKEERD, ("+31612345678",), ("********78",)),
        (T.TERUGKOPPELCODE, "geweigerd", "geen_hulp_gestart"),
        (T.TERUGKOPPELCODE, "onbereikt", "geen_hulp_gestart"),
        (T.TERUGKOPPELCODE, "veiligheid", "in_behandeling"),
        (T.AANTALKLASSE, [], "0"),
        (T.AANTALKLASSE, 100, "vanaf_100"),
        (T.AANTALKLASSE, {"huur": 12}, {"huur": "10_24"}),
        (T.EFFECT, "geheim", "alleen_intern"),
        (T.EFFECT, "curatele", "niet_benaderen"),
        (T.EFFECT, "ingezetene", "geen"),
        (T.AANWEZIG, "", False),
        (T.AANWEZIG, (), False),
        (T.AANWEZIG, "x", True),
    ],
)
def test_a_known_value_becomes_a_known_class(transform: Transform, value: Any, shown: Any) -> None:
    assert apply(transform, value, TODAY) == shown


def test_refused_and_unreached_cannot_be_told_apart_by_a_partner() -> None:
    folded = {apply(T.TERUGKOPPELCODE, code, TODAY) for code in ("geweigerd", "onbereikt", "regelt_het_zelf")}
    assert folded == {"geen_hulp_gestart"}


@given(st.integers(-10, 10**9))
@settings(max_examples=100)
def test_bands_cover_every_number_with_a_listed_name(number: int) -> None:
    for bands in (AGE_BANDS, AMOUNT_BANDS, COUNT_BANDS):
        assert bands.of(number) in bands.names


def test_closed_lists_answer_with_closed_codes() -> None:
    for code in ("alles", "mogelijk", "geweigerd", "ingezetene"):
        assert apply(T.EFFECT, code, TODAY) in EFFECTS
        assert apply(T.TERUGKOPPELCODE, code, TODAY) in FEEDBACK_CODES


def test_a_generalised_field_never_carries_the_name_of_the_full_one() -> None:
    assert output_name("geboortedatum", T.LEEFTIJDSKLASSE) == "leeftijdsklasse"
    assert output_name("postcode", T.POSTCODE4) == "postcode4"
    assert output_name("bedrag", T.BEDRAGKLASSE) == "bedragklasse"
    for transform in Transform:
        if transform not in {T.VOLLEDIG, T.PSEUDONIEM}:
            assert output_name("bedrag", transform) != "bedrag"
