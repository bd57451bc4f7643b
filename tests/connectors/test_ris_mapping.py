"""A case system's words: out and back without loss, or not at all; maps are data and are read strictly."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.ris.mapping import inward, outward, packaged_maps, read_map, ris_map
from schemas.errors import Invalid, NotFound
from schemas.ris import RisMap, Tree

CANARY = "Kanariepiet"
PLAIN = 'name = "t"\ndescription = "Een tabel"\n'
MAPS = [ris_map(name) for name in packaged_maps()]
EXAMPLE = ris_map("voorbeeld")

texts = st.text(max_size=20)
leaves = texts | st.integers(-(10**9), 10**9) | st.booleans() | st.none()


def dossiers(table: RisMap) -> st.SearchStrategy[Tree]:
    """Make dossiers of our own words: days where days stand, codes where codes stand, anything else anywhere."""
    plain = sorted({*table.fields, "stand", "notitie"} - {*table.days, *table.codes})
    days = {name: st.dates().map(str) for name in table.days}
    codes = {name: st.sampled_from(sorted(known)) for name, known in table.codes.items()}
    own = days | codes

    def holding(inside: st.SearchStrategy[Tree]) -> st.SearchStrategy[Tree]:
        free: dict[str, st.SearchStrategy[Tree]] = dict.fromkeys(
            plain, leaves | inside | st.lists(inside, max_size=3)
        )
        return st.fixed_dictionaries({}, optional={**free, **own})

    return st.recursive(st.fixed_dictionaries({}, optional=own), holding, max_leaves=8)


@pytest.mark.parametrize("table", MAPS, ids=lambda table: table.name)
@given(data=st.data())
def test_a_dossier_comes_back_as_it_went(table: RisMap, data: st.DataObject) -> None:
    dossier = data.draw(dossiers(table))
    assert inward(table, outward(table, dossier)) == dossier


@given(st.recursive(leaves, lambda inside: st.lists(inside) | st.dictionaries(texts, inside), max_leaves=10))
def test_whatever_does_not_fit_is_refused_and_never_damaged(tree: Tree) -> None:
    try:
        there = outward(EXAMPLE, tree)
    except Invalid:
        return
    assert inward(EXAMPLE, there) == tree


def test_names_codes_and_days_are_those_of_the_other_system() -> None:
    ours: Tree = {"pogingen": [{"datum": "2026-11-03", "dagdeel": "avond", "bereikt": True}], "stand": "open"}
    assert outward(EXAMPLE, ours) == {
        "ContactMomenten": [{"Datum": "03-11-2026", "DagDeel": "A", "Bereikt": True}],
        "stand": "open",
    }


def test_a_text_that_looks_like_a_day_stays_a_text() -> None:
    ours: Tree = {"omschrijving": "2026-11-03", "notitie": "03-11-2026"}
    assert outward(EXAMPLE, ours) == {"Toelichting": "2026-11-03", "notitie": "03-11-2026"}


@pytest.mark.parametrize(
    "confusing",
    [
        {"ZaakNummer": "x"},
        {"dagdeel": "O"},
        {"datum": "03-11-2026"},
        {"datum": CANARY},
        {"pogingen": [{"Datum": "x"}]},
    ],
)
def test_what_would_be_taken_for_something_else_is_refused_without_a_value(confusing: Tree) -> None:
    with pytest.raises(Invalid) as caught:
        outward(EXAMPLE, confusing)
    assert caught.value.code == "ris_verwarring"
    assert CANARY not in caught.value.detail


@pytest.mark.parametrize(
    "wrong",
    [
        "geen toml [",
        PLAIN,
        PLAIN + "onbekend = 1\n[fields]\n",
        PLAIN + '[fields]\na = "X"\nb = "X"\n',
        PLAIN + '[fields]\n[codes.dagdeel]\nochtend = "O"\navond = "O"\n',
        PLAIN + 'dates = "mm/dd"\n[fields]\n',
    ],
)
def test_a_map_that_loses_something_or_is_not_understood_is_refused(wrong: str) -> None:
    with pytest.raises(Invalid):
        read_map(wrong)


def test_a_map_that_is_not_there_is_not_found() -> None:
    for name in ("niets", "../voorbeeld", ""):
        with pytest.raises(NotFound):
            ris_map(name)
