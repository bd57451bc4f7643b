"""The way a case gets: by rules a person can read, with amounts that nobody keeps, and again when signals change."""

import json
import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from gateway.services.intake import Intake
from gateway.services.routing import Routing
from gateway.store import work
from gateway.store.change import Change
from schemas.audit import Act
from schemas.call import Outcome
from schemas.case import CaseState
from schemas.errors import Conflict
from schemas.ids import CaseId
from schemas.moments import millis
from tests.support.installation import TENANT, Town, an_installation

Line = Mapping[str, str]


def reported_by(row: Line, n: int = 2, **changes: str) -> dict[str, str]:
    return {**row, "signaal_ref": f"{row['signaal_ref']}-{n}", "bedrag": f"{n},00", **changes}


def joining(town: Town, case: CaseId, row: Line, **changes: str) -> None:
    """Let another signal of the same person join the case, and weigh it again."""
    town.deliver([reported_by(row, **changes)], "waterbedrijf")
    report = town.match()
    assert case in report.opened
    town.route(report.opened)


def trace(town: Town, case: CaseId) -> list[list[object]]:
    return list(json.loads(town.row(case)["trace"]))


# --- The way ------------------------------------------------------------------------------------------------------


WAYS: list[tuple[dict[str, str], str, str]] = [
    ({}, "belbaar", "bellen"),
    ({"bedrag": "2.000,00"}, "belbaar", "bellen"),
    ({"bedrag": "2.000,01"}, "sociaal_werk", "hoge_achterstand"),
    ({"bedrag": "0,01"}, "belbaar", "bellen"),
    ({"telefoon_1": ""}, "brief", "brief"),
    ({"telefoon_1": "", "telefoon_2": "079 3621234"}, "belbaar", "bellen"),
    ({"crisissignaal": "ja"}, "sociaal_werk", "spoed"),
    ({"soort": "eindelevering"}, "sociaal_werk", "spoed"),
    ({"einde_levering": "2026-12-24"}, "sociaal_werk", "spoed"),
    ({"telefoon_1": "", "crisissignaal": "ja"}, "sociaal_werk", "spoed"),
]


def test_a_signal_decides_the_way(town: Town) -> None:
    made = town.bring([town.someone(**changes) for changes, _, _ in WAYS])
    for case, (changes, state, category) in zip(made, WAYS, strict=True):
        row = town.row(case)
        assert (row["state"], row["category"]) == (state, category), changes
        assert bool(row["urgent"]) == (category == "spoed")


def test_two_thousand_euros_exactly_over_two_signals_may_be_called_and_a_cent_more_not(town: Town) -> None:
    exactly = town.someone(bedrag="1.500,00")
    more = town.someone(bedrag="1.500,00")
    town.deliver([exactly, more])
    town.deliver([reported_by(exactly, bedrag="500,00"), reported_by(more, bedrag="500,01")], "waterbedrijf")
    first, second = town.match().opened
    town.route()
    assert {town.state(first), town.state(second)} == {"belbaar", "sociaal_werk"}


def test_the_limit_may_count_each_signal_by_itself(tmp_path: Path) -> None:
    with an_installation(tmp_path, callable_limit_scope="signaal") as town:
        row = town.someone(bedrag="1.500,00")
        (case,) = town.bring([row, reported_by(row, bedrag="1.500,00")])
        assert town.state(case) == "belbaar"


def test_several_signals_may_be_for_social_work(tmp_path: Path) -> None:
    with an_installation(tmp_path, several_to_social_work=True) as town:
        row = town.someone()
        (case,) = town.bring([row, reported_by(row)])
        assert (town.state(case), town.row(case)["category"]) == ("sociaal_werk", "meervoudig")


def test_small_arrears_may_get_a_letter_only(tmp_path: Path) -> None:
    with an_installation(tmp_path, floor_cent=7_500) as town:
        small, enough = town.bring([town.someone(bedrag="74,99"), town.someone(bedrag="75,00")])
        assert [town.state(case) for case in (small, enough)] == ["brief", "belbaar"]


def test_the_counts_tell_how_many_went_where(town: Town) -> None:
    town.deliver(
        [town.someone(), town.someone(), town.someone(telefoon_1=""), town.someone(crisissignaal="ja")]
    )
    assert town.route(town.match().opened) == {"callcenter": 2, "brief": 1, "sociaal_werk": 1}
    assert town.route() == {}


# --- The trace ----------------------------------------------------------------------------------------------------


def test_the_trace_holds_every_rule_that_was_looked_at_and_ends_with_the_one_that_fitted(town: Town) -> None:
    steps = trace(town, town.person())
    assert [step[0] for step in steps] == ["R10", "R20", "R30", "R40", "R50", "R60", "R70"]
    assert [step[1] for step in steps] == [False] * 6 + [True]
    assert all(isinstance(step[2], str) and step[2].endswith(".") for step in steps)


def test_the_trace_names_no_amount(town: Town) -> None:
    cases = [town.person(bedrag=bedrag) for bedrag in ("1.987,65", "4.321,09")]
    assert not any(re.search(r"\d{2}", str(step[2])) for case in cases for step in trace(town, case))


def test_no_amount_stands_readable_in_any_file_after_routing(town: Town) -> None:
    row = town.someone(bedrag="1.987,65")
    (case,) = town.bring([row])
    joining(town, case, row, bedrag="1.234,56")
    assert town.state(case) == "sociaal_werk"
    files = b"".join(path.read_bytes() for path in town.house.settings.home.rglob("*") if path.is_file())
    amounts = ("1987", "1.987", "198765", "1234,56", "1234.56", "123456", "3222", "322221", "3.222")
    spelled = [a for a in amounts if re.search(rf"(?<![0-9a-f]){re.escape(a)}(?![0-9a-f])".encode(), files)]
    assert spelled == []


def test_routing_is_told_with_the_rule_that_decided_and_opening_amounts_is_one_entry(town: Town) -> None:
    case = town.person()
    (told,) = town.log(Act.CASE_ROUTED, town.subject(case))
    assert told["rsn"] == "R70"
    opened = town.log(Act.MATCH_RUN)[-1]
    assert (opened["cat"], opened["n"]) == (["bedrag"], 1)
    assert (opened["gr"], opened["leg"]) == ("MA01", "publieke_taak")


# --- Again ----------------------------------------------------------------------------------------------------------


def test_a_second_signal_that_brings_the_sum_over_the_limit_takes_the_case_from_the_call_center(
    town: Town,
) -> None:
    row = town.someone(bedrag="1.900,00")
    (case,) = town.bring([row])
    joining(town, case, row, bedrag="100,01")
    assert town.state(case) == "sociaal_werk"
    assert town.row(case)["category"] == "hoge_achterstand"


def test_a_case_that_waits_for_a_letter_is_called_when_a_number_comes_in(town: Town) -> None:
    row = town.someone(telefoon_1="")
    (case,) = town.bring([row])
    joining(town, case, row, telefoon_1="06-22222222")
    assert town.state(case) == "belbaar"


def test_a_letter_that_is_under_way_stays_under_way(town: Town) -> None:
    """Else one resident would get the letter and the call, and the next cases of the round no way at all."""
    row = town.someone(telefoon_1="")
    (case,) = town.bring([row])
    order = {"tenant": TENANT, "offer_id": "o", "case_id": case, "channel": "brief", "ordered_at": 1}
    town.house.store.commit(Change((work.order_offer(order | {"ordered_by": "olga"}),)))
    joining(town, case, row, telefoon_1="06-22222222")
    assert town.state(case) == "brief"


def test_whoever_was_called_in_vain_is_not_called_again_for_a_new_number(town: Town) -> None:
    row = town.someone()
    (case,) = town.bring([row])
    town.change(case, state="brief", attempts=7)
    joining(town, case, row, telefoon_1="06-22222222")
    assert town.state(case) == "brief"


def test_one_case_that_cannot_move_stops_no_other(town: Town) -> None:
    row = town.someone(telefoon_1="")
    (stuck,) = town.bring([row])
    town.change(stuck, attempts=7)
    town.deliver([reported_by(row, telefoon_1="06-22222222")], "waterbedrijf")
    town.deliver([town.someone()])
    town.route(town.match().opened)
    with town.house.store.read() as connection:
        query = "SELECT count(*) FROM gateway_case WHERE state = 'open'"
        assert connection.exec_driver_sql(query).scalar() == 0


def test_weighing_again_never_fails_whatever_the_case_went_through(town: Town) -> None:
    """In every state, with and without live signals: a round must not break on one case."""
    made = town.bring([town.someone() for _ in range(2 * len(CaseState))])
    pairs = list(zip(CaseState, made[::2], made[1::2], strict=True))
    for state, *both in pairs:
        for case in both:
            town.change(case, state=state)
    for _, _, without in pairs:
        (signal,) = town.signals(without)
        Intake(town.house).withdraw(town.as_party("woonstichting"), signal["delivery_id"], [signal["line"]])
    town.route(made)
    kept = {"hulp_gevraagd", "overgedragen", "gesloten", "ingetrokken"}
    for state, with_signals, without in pairs:
        assert town.state(with_signals) == ("belbaar" if state in {"open", "brief"} else state)
        assert town.state(without) == (state if state in kept else "ingetrokken")
        assert (town.row(without)["closed_at"] is not None) == (state not in kept)


def test_help_goes_on_when_the_partner_withdraws(town: Town) -> None:
    case = town.help_request()
    town.withdraw(case)
    assert town.state(case) == "hulp_gevraagd"
    assert town.row(case)["closed_at"] is None


def test_a_case_with_a_signal_left_goes_on(town: Town) -> None:
    row = town.someone(bedrag="1.500,00")
    (case,) = town.bring([row, reported_by(row, bedrag="1.500,00")])
    signal = next(s for s in town.signals(case) if s["line"] == 2)
    Intake(town.house).withdraw(town.as_party("woonstichting"), signal["delivery_id"], [2])
    town.route([case])
    assert town.state(case) == "sociaal_werk"


def test_the_end_of_a_case_that_was_taken_back_is_told_and_dated(town: Town) -> None:
    case = town.person()
    town.withdraw(case)
    assert town.row(case)["closed_at"] == town.house.now_ms()
    assert town.told(case)[-1] == Act.CASE_TRANSITION


def test_a_case_that_does_not_exist_is_passed_over(town: Town) -> None:
    assert town.route([CaseId("f" * 32)]) == {}


# --- Recurrence -------------------------------------------------------------------------------------------------------


def closed(town: Town, reason: str, *, days: int) -> CaseId:
    """A new case of somebody whose last one ended like this."""
    row = town.someone()
    (case,) = town.bring([row])
    town.change(case, state="gesloten", closed_at=millis(town.clock.at), close_reason=reason)
    town.clock.forward(days=days)
    town.deliver([reported_by(row)])
    (new,) = town.match().opened
    town.route([new])
    return new


@pytest.mark.parametrize(
    ("reason", "state"),
    [
        ("regelt_het_zelf", "sociaal_werk"),
        ("definitief_geen_contact", "sociaal_werk"),
        ("zelf_betaald", "belbaar"),
        ("vervolghulp", "belbaar"),
        ("geen_reactie_na_eerder_contact", "sociaal_werk"),
    ],
)
def test_whoever_refused_or_was_unreached_is_for_social_work_the_next_time(
    town: Town, reason: str, state: str
) -> None:
    assert town.state(closed(town, reason, days=60)) == state


def test_what_ended_longer_ago_than_the_window_counts_no_more(town: Town) -> None:
    assert town.state(closed(town, "regelt_het_zelf", days=200)) == "belbaar"


@pytest.mark.parametrize(("recurrence", "state"), [("geen", "belbaar"), ("alle", "sociaal_werk")])
def test_recurrence_is_a_choice_of_the_municipality(tmp_path: Path, recurrence: str, state: str) -> None:
    with an_installation(tmp_path, recurrence=recurrence) as town:
        assert town.state(closed(town, "zelf_betaald", days=60)) == state


def test_a_refusal_that_is_not_closed_yet_counts_too(town: Town) -> None:
    row = town.someone()
    (case,) = town.bring([row])
    town.call(Outcome.GEVERIFIEERD_GEWEIGERD)
    assert town.state(case) == "geweigerd"
    town.deliver([reported_by(row)], "waterbedrijf")
    (new,) = town.match().opened
    town.route([new])
    assert town.state(new) == "sociaal_werk"


# --- Who weighs, and what comes in between -----------------------------------------------------------------------------


def test_it_is_the_municipality_that_weighs_also_when_a_partner_gave_rise_to_it(town: Town) -> None:
    """The log must not say that a landlord looked at the arrears of the water company."""
    row = town.someone()
    (case,) = town.bring([row, reported_by(row)])
    size = len(town.log())
    Routing(town.house).route(town.as_party("woonstichting"), [case])
    new = town.log()[size:]
    assert {entry["act"] for entry in new} == {Act.MATCH_RUN, Act.CASE_ROUTED}
    assert {(entry["org"], entry["role"]) for entry in new} == {("gemeente", "matching")}


def test_a_case_that_moves_meanwhile_is_weighed_again(town: Town) -> None:
    town.deliver([town.someone()])
    (case,) = town.match().opened
    house, _, _ = town.jostled(lambda: town.change(case, protected=True))
    assert Routing(house).route(town.as_user("olga"), [case]) == {"sociaal_werk": 1}
    assert town.row(case)["category"] == "beschermd"


def test_a_case_that_never_stands_still_is_a_conflict_and_nothing_is_routed(town: Town) -> None:
    town.deliver([town.someone(), town.someone()])
    first, second = town.match().opened
    house, _, _ = town.jostled(lambda: town.change(first, urgent=True))
    house.store._actions *= 20  # type: ignore[attr-defined]
    with pytest.raises(Conflict):
        Routing(house).route(town.as_user("olga"), [first, second])
    assert town.state(second) == "open"


def test_a_recall_reaches_the_agent_at_once(town: Town) -> None:
    row = town.someone()
    (case,) = town.bring([row])
    record = town.lease()
    town.clock.forward(seconds=10)
    joining(town, case, row, crisissignaal="ja")
    with town.house.store.read() as connection:
        query = "SELECT state, ended_at, ref FROM gateway_lease"
        assert connection.exec_driver_sql(query).all() == [("teruggeroepen", town.house.now_ms(), record.ref)]
