"""The scorecard: how well a partner delivers, in groups of lines that are never too small to be about somebody."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.registry import JSON
from gateway.services.intake import Intake
from gateway.services.intake.receive import Upload
from gateway.services.scorecard import TABLES, Scorecard, Scorecards, released
from gateway.statistics.disclosure import INTERNAL
from schemas.audit import Act
from schemas.case import CloseReason
from schemas.errors import Denied, Invalid, NotFound
from schemas.parties import PartyKind
from schemas.scorecard import Told, place, population
from schemas.signal import LineCode
from tests.support.deliveries import as_json
from tests.support.installation import Town, an_installation


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with an_installation(tmp_path) as opened:
        yield opened


def send(town: Town, count: int, partner: str = "woonstichting", **changes: str) -> None:
    rows = [town.someone(**changes) for _ in range(count)]
    Intake(town.house).receive(town.as_party(partner), Upload(as_json(rows), JSON))


def card(town: Town, asker: str = "management", **more: str) -> Scorecard:
    partner = None if asker == "woonstichting" else "woonstichting"
    return Scorecards(town.house).card(town.as_party(asker), partner=partner, **more)


def table(found: Scorecard, name: str) -> dict[tuple[str, ...], int | str]:
    return {group.categories: group.count for group in found.groups if group.table == name}


# --- What is counted ----------------------------------------------------------------------------------------------


def test_lines_are_counted_by_answer_number_and_bsn(town: Town) -> None:
    send(town, 7, telefoon_1="")
    send(town, 9)
    send(town, 6, bsn="999990019")
    send(town, 8, postcode="onbekend")
    found = card(town)
    assert table(found, "regels") == {("aangenomen",): 22, ("geweigerd",): 8}
    assert sum(map(int, table(found, "weigering").values())) == 8
    assert any("E_FIELD" in block for block in table(found, "weigering"))
    assert table(found, "telefoon")[("met_nummer",)] == 15
    assert table(found, "bsn") == {("zonder_bsn",): 16, ("bsn_verwijderd",): 6}


def test_what_came_of_lines_is_counted_after_closing(town: Town) -> None:
    people = town.bring([town.someone() for _ in range(12)])
    for case in people[:6]:
        town.change(case, state="gesloten", close_reason=CloseReason.BETAALD.value, closed_at=1)
    afloop = table(card(town), "afloop")
    assert sum(map(int, afloop.values())) == 12
    assert next(n for block, n in afloop.items() if "zelf_betaald" in block) == 6


def test_a_line_that_was_sent_twice_counts_once(town: Town) -> None:
    rows = [town.someone() for _ in range(6)]
    for extra in ("", "x"):
        town.deliver([*rows, town.someone(signaal_ref=f"N{extra}")])
    assert table(card(town), "regels") == {("aangenomen", "geweigerd"): 8}


def test_another_partner_and_another_month_are_not_counted(town: Town) -> None:
    send(town, 6)
    send(town, 9, "waterbedrijf")
    town.clock.forward(days=30)
    send(town, 10)
    assert table(card(town, month="2026-11"), "regels") == {("aangenomen", "geweigerd"): 6}
    assert table(card(town), "regels") == {("aangenomen", "geweigerd"): 10}


# --- Small groups -------------------------------------------------------------------------------------------------


def test_too_few_lines_show_nothing_at_all(town: Town) -> None:
    send(town, 4)
    with pytest.raises(Denied, match="te klein"):
        card(town)


def test_a_small_reason_is_counted_together_with_others(town: Town) -> None:
    send(town, 9, postcode="onbekend")
    send(town, 2, natuurlijk_persoon="nee")
    send(town, 20)
    assert {block: n for block, n in table(card(town), "weigering").items() if n != 11} == {}


lines = st.builds(
    Told,
    code=st.sampled_from(LineCode),
    signal=st.booleans(),
    has_phone=st.booleans(),
    taken_back=st.booleans(),
    closed=st.none() | st.sampled_from([reason.value for reason in CloseReason]),
)


@settings(max_examples=60)
@given(st.lists(lines, max_size=120))
def test_no_group_is_ever_smaller_than_five_and_every_table_adds_up(told: list[Told]) -> None:
    tables, shown = released(told)
    counted = [one for one in told if one.code is not LineCode.DUPLICATE]
    refused = sum(not one.code.accepted for one in counted)
    about = {"weigering": refused, "regels": len(counted)}
    accepted = len(counted) - refused if tables is TABLES else len(counted)
    assert all(n >= INTERNAL for n in shown.volumes.values())
    for dimension in tables.dimensions:
        volumes = [n for (name, _), n in shown.volumes.items() if name == dimension.name]
        assert volumes == [] or sum(volumes) == about.get(dimension.name, accepted)


@settings(max_examples=60)
@given(st.lists(lines, min_size=20, max_size=60))
def test_a_few_refused_lines_cannot_be_computed_from_any_two_numbers(told: list[Told]) -> None:
    """Every table either leaves the refused out as a whole, five or more of them, or hides them in one group."""
    _, shown = released(told)
    refused = sum(not one.code.accepted for one in told if one.code is not LineCode.DUPLICATE)
    sums = Counter[str]()
    for (name, _), n in shown.volumes.items():
        sums[name] += n
    gaps = {abs(a - b) for a in sums.values() for b in sums.values()}
    assert refused >= INTERNAL or gaps == {0}


@given(lines)
def test_a_line_has_one_place_in_every_table_that_is_about_it(told: Told) -> None:
    found = place(told)
    assert all(
        category == "" or category in dimension.categories
        for category, dimension in zip(found, TABLES.dimensions, strict=True)
    )
    refused = not told.code.accepted
    assert (bool(found[1]), bool(found[2]), bool(found[3]), bool(found[4])) == (refused, *[not refused] * 3)


def test_lines_sent_twice_have_no_place() -> None:
    assert population([Told(LineCode.DUPLICATE), Told(LineCode.ACCEPTED)]) == Counter(
        {place(Told(LineCode.ACCEPTED)): 1}
    )


# --- Who sees what ------------------------------------------------------------------------------------------------


def test_a_partner_that_delivers_well_sees_its_card_too(town: Town) -> None:
    send(town, 6, telefoon_1="")
    send(town, 20)
    found = table(card(town), "telefoon")
    assert {n for block, n in found.items() if "zonder_nummer" in block} == {6}


def test_a_partner_sees_its_own_card_in_classes(town: Town) -> None:
    send(town, 30)
    assert table(card(town, "woonstichting"), "regels") == {("aangenomen", "geweigerd"): "25_49"}


def test_the_card_of_another_partner_is_not_found(town: Town) -> None:
    send(town, 30)
    with pytest.raises(NotFound):
        Scorecards(town.house).card(town.as_party("waterbedrijf"), partner="woonstichting")
    own = Scorecards(town.house).card(town.as_party("woonstichting"), partner="woonstichting")
    assert own.partner == "woonstichting"


@pytest.mark.parametrize("partner", ["belteam", "niemand", "gemeente"])
def test_only_partners_have_a_card(town: Town, partner: str) -> None:
    with pytest.raises(NotFound):
        Scorecards(town.house).card(town.as_party("management"), partner=partner)


def test_the_management_says_whose_card(town: Town) -> None:
    with pytest.raises(Invalid):
        Scorecards(town.house).card(town.as_party("management"))


@pytest.mark.parametrize("kind", [PartyKind.CALLCENTER, PartyKind.SOCIAAL_WERK, PartyKind.BEHEER])
def test_nobody_else_sees_a_card(town: Town, kind: PartyKind) -> None:
    send(town, 30)
    with pytest.raises(Denied):
        Scorecards(town.house).card(town.as_party(kind), partner="woonstichting")


def test_every_look_is_told_without_a_person(town: Town) -> None:
    send(town, 30)
    card(town)
    (entry,) = town.log(Act.SCORECARD_READ)
    assert (entry["rsn"], entry["role"]) == ("2026-11", "management")
    assert not {"subc", "casc", "seal"} & set(entry)
