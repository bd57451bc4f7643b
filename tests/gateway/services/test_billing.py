"""The bill: one unit per case and month, nothing for what brought nothing, and a budget that nobody passes."""

import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from gateway.services.billing import Billing
from gateway.services.callback import Callback
from gateway.services.dialling import Dialling
from gateway.services.letters import LetterOrders
from gateway.store import billing as units
from gateway.store.change import Change, Insert
from gateway.store.tables import BilledRow
from schemas.audit import Act
from schemas.billing import Credit, Standing, Statement
from schemas.call import Outcome
from schemas.errors import Conflict, Denied, LogBroken
from schemas.ids import CaseId
from schemas.moments import AMSTERDAM
from schemas.parties import PartyKind
from tests.support.erasure import Archive
from tests.support.installation import TENANT, Town, an_installation

MONTH, NEXT = "2026-11", "2026-12"
TARIFF, BUDGET = 575, 1_850_000


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with an_installation(tmp_path, call_tariff_cent=TARIFF, call_budget_cent=BUDGET) as opened:
        yield opened


@pytest.fixture
def narrow(tmp_path: Path) -> Iterator[Town]:
    """A town whose budget pays for two cases."""
    with an_installation(tmp_path, call_tariff_cent=100, call_budget_cent=299) as opened:
        yield opened


def bill(town: Town, month: str = MONTH) -> Statement:
    return Billing(town.house).month(town.as_party("management"), month)


def lease(town: Town, wanted: int, agent: str = "farid") -> list[CaseId]:
    asker = town.as_user(agent)
    records = Dialling(town.house, town.door, town.codes).lease(asker, wanted)
    return [town.behind(asker, record.ref) for record in records]


def next_month(town: Town) -> None:
    town.clock.at = datetime(2026, 12, 1, 10, 0, tzinfo=AMSTERDAM)


# --- What is a unit -----------------------------------------------------------------------------------------------


def test_the_first_record_of_a_case_in_a_month_is_a_unit_and_the_next_are_free(town: Town) -> None:
    case = town.person()
    for _ in range(2):
        town.call(Outcome.NIET_OPGENOMEN, verified=False)
        town.clock.forward(days=1)
    assert bill(town) == Statement(MONTH, 1, {}, TARIFF, final=False)
    (due,) = town.log(Act.BILLING_DUE)
    assert (due["rsn"], due["org"], due["pur"]) == (MONTH, "belteam", "bellen")
    assert town.log(Act.BILLING_DUE, subject=town.subject(case)) == [due]


def test_a_record_that_is_given_back_and_leased_again_is_one_unit(town: Town) -> None:
    town.person()
    asker, dialling = town.as_user("farid"), Dialling(town.house, town.door, town.codes)
    dialling.release(asker, town.lease().ref)
    assert town.lease("noor")
    assert bill(town).delivered == 1


def test_a_case_that_is_called_on_in_the_next_month_is_a_unit_of_that_month_too(town: Town) -> None:
    town.person()
    town.call(Outcome.NIET_OPGENOMEN, verified=False)
    next_month(town)
    town.call(Outcome.NIET_OPGENOMEN, verified=False)
    assert (bill(town).billable, bill(town, NEXT).billable) == (1, 1)
    assert (bill(town).final, bill(town, NEXT).final) == (True, False)


def test_who_calls_back_is_no_unit(town: Town) -> None:
    town.person(telefoon_1="06-12345678")
    town.call(Outcome.NIET_OPGENOMEN, verified=False)
    before = len(town.log(Act.BILLING_DUE))
    Callback(town.house, town.codes).search(town.as_user("farid"), "06-12345678")
    assert len(town.log(Act.BILLING_DUE)) == before == 1


def test_a_whole_lease_makes_a_unit_of_every_case_in_it(town: Town) -> None:
    town.bring([town.someone() for _ in range(4)])
    assert len(lease(town, 5)) == 4
    assert bill(town).amount_cent == 4 * TARIFF


# --- Credits ------------------------------------------------------------------------------------------------------


def test_a_case_taken_back_before_the_first_attempt_is_credited_and_told(town: Town) -> None:
    case = town.person()
    town.lease()
    town.withdraw(case)
    assert bill(town) == Statement(MONTH, 1, {Credit.INGETROKKEN: 1}, TARIFF, final=False)
    (credited,) = town.log(Act.BILLING_CREDITED)
    assert credited["rsn"] == f"{MONTH}/ingetrokken"
    assert town.log(Act.BILLING_CREDITED, subject=town.subject(case)) == [credited]


def test_a_case_taken_back_after_the_first_attempt_is_paid_for(town: Town) -> None:
    case = town.person()
    town.call(Outcome.VOICEMAIL, verified=False)
    town.withdraw(case)
    assert bill(town).credited == {}


def test_a_record_that_never_showed_to_have_arrived_is_credited_after_the_month(town: Town) -> None:
    town.person()
    town.lease()
    town.clock.forward(hours=1)
    assert bill(town).credited == {}
    next_month(town)
    assert bill(town).credited == {Credit.ONBEVESTIGD: 1}


def test_a_question_or_a_return_shows_that_a_record_arrived(town: Town) -> None:
    town.bring([town.someone(), town.someone()])
    dialling, asker = Dialling(town.house, town.door, town.codes), town.as_user("farid")
    asked, returned = (record.ref for record in dialling.lease(asker, 2))
    dialling.verify(asker, asked, "1980-01-01", 1)
    dialling.release(asker, returned)
    next_month(town)
    assert bill(town).credited == {}


def test_work_of_the_next_month_does_not_pay_for_a_record_of_this_one(town: Town) -> None:
    town.person()
    town.lease()
    next_month(town)
    town.call(Outcome.NIET_OPGENOMEN, verified=False)
    assert bill(town).credited == {Credit.ONBEVESTIGD: 1}
    assert bill(town, NEXT).credited == {}


def test_making_the_bill_twice_credits_once(town: Town) -> None:
    case = town.person()
    town.lease()
    town.withdraw(case)
    assert bill(town) == bill(town)
    assert len(town.log(Act.BILLING_CREDITED)) == 1


def test_two_who_make_the_bill_at_once_credit_once(town: Town) -> None:
    case = town.person()
    town.lease()
    town.withdraw(case)
    house, *_ = town.jostled(lambda: bill(town))
    assert Billing(house).month(town.as_party("management"), MONTH).credited == {Credit.INGETROKKEN: 1}
    assert len(town.log(Act.BILLING_CREDITED)) == 1


# --- The bill and the log -----------------------------------------------------------------------------------------


def test_every_bill_is_told_with_its_count_and_without_money(town: Town) -> None:
    town.person()
    town.lease()
    bill(town)
    (counted,) = town.log(Act.BILLING_COUNTED)
    assert (counted["rsn"], counted["n"], counted["role"]) == (MONTH, 1, "management")
    assert {"5.75", "5,75", str(TARIFF), str(BUDGET)}.isdisjoint(map(str, counted.values()))


def test_a_unit_that_the_log_does_not_tell_raises_and_is_named(town: Town) -> None:
    town.person()
    town.lease()
    row = {"tenant": TENANT, "unit_id": "f" * 32, "month": MONTH, "party_id": "belteam", "at": 1}
    town.house.store.commit(Change((Insert(BilledRow, [row]),)))
    with pytest.raises(LogBroken, match="geleverd 2, volgens het logboek 1"):
        bill(town)
    assert town.log(Act.BILLING_COUNTED) == []


def test_the_bill_outlives_the_cases_and_forgets_which_they_were(town: Town) -> None:
    archive = Archive(town)
    case = archive.ended_case()
    before = bill(town)
    archive.decide()
    town.clock.forward(days=300)
    archive.run()
    with town.house.store.read() as connection:
        kept = connection.exec_driver_sql("SELECT case_id FROM gateway_billed").scalars().all()
    assert kept == [None]
    assert replace(bill(town), final=before.final) == before
    assert archive.remaining(case, []) == {}


# --- Who may see it -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "kind", [k for k in PartyKind if k not in {PartyKind.MANAGEMENT, PartyKind.MATCHING, PartyKind.BEHEER}]
)
def test_nobody_else_sees_money(town: Town, kind: PartyKind) -> None:
    asker = town.as_party(kind)
    with pytest.raises(Denied):
        Billing(town.house).month(asker, MONTH)
    with pytest.raises(Denied):
        Billing(town.house).meter(asker)


def test_settings_that_are_printed_or_told_to_the_log_hold_no_money(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    logging.getLogger("sluis").warning("%r", town.house.settings)
    assert "call_budget_period" in caplog.text
    assert not any(word in caplog.text for word in (str(TARIFF), str(BUDGET), "tariff"))
    assert not {"call_tariff_cent", "call_budget_cent"} & set(town.house.settings.in_force())


# --- The budget ---------------------------------------------------------------------------------------------------


def test_a_budget_that_runs_out_in_the_middle_of_a_lease_gives_what_it_pays_for(narrow: Town) -> None:
    narrow.bring([narrow.someone() for _ in range(4)])
    assert len(lease(narrow, 5)) == 2
    assert lease(narrow, 5, "noor") == []
    meter = Billing(narrow.house).meter(narrow.as_party("management"))
    assert (meter.taken, meter.most, meter.spent_cent, meter.standing) == (2, 2, 200, Standing.OP)


def test_who_was_begun_is_called_on_when_the_budget_is_used_up(narrow: Town) -> None:
    narrow.bring([narrow.someone() for _ in range(3)])
    begun = set(lease(narrow, 5))
    narrow.clock.forward(days=1)
    assert set(lease(narrow, 5)) == begun
    assert bill(narrow).delivered == 2


def test_a_held_record_stays_in_order_when_the_budget_is_used_up(narrow: Town) -> None:
    narrow.bring([narrow.someone() for _ in range(3)])
    lease(narrow, 1)
    narrow.call(Outcome.HULPVRAAG, "noor", omschrijving="Graag hulp")
    assert bill(narrow).billable == 2


def test_a_credit_makes_room_again(narrow: Town) -> None:
    narrow.bring([narrow.someone() for _ in range(3)])
    withdrawn, _ = lease(narrow, 5)
    narrow.withdraw(withdrawn)
    bill(narrow)
    assert len(lease(narrow, 5, "noor")) == 1


def test_many_agents_at_once_never_pass_the_budget(narrow: Town) -> None:
    narrow.bring([narrow.someone() for _ in range(6)])
    with ThreadPoolExecutor(4) as agents:
        found = list(agents.map(lambda agent: lease(narrow, 1, agent), ["farid", "noor"] * 4))
    assert sum(map(len, found)) == 2
    assert bill(narrow).delivered == 2


def test_two_that_took_the_last_unit_at_once_are_told_apart(narrow: Town) -> None:
    budget = units.budget_of(narrow.house.settings)

    def unit(number: int) -> dict[str, Any]:
        return {
            "tenant": TENANT, "unit_id": f"{number:032x}", "month": MONTH, "party_id": "belteam", "at": 1
        }  # fmt: skip

    narrow.house.store.commit(Change(tuple(units.take(budget, [unit(1), unit(2)]))))
    with pytest.raises(Conflict):
        narrow.house.store.commit(Change(tuple(units.take(budget, [unit(3)]))))
    with narrow.house.store.read() as connection:
        assert units.taken(connection, TENANT, [MONTH]) == 2


def test_a_new_year_has_a_new_budget(narrow: Town) -> None:
    narrow.bring([narrow.someone() for _ in range(3)])
    lease(narrow, 5)
    narrow.clock.at = datetime(2027, 1, 4, 10, 0, tzinfo=AMSTERDAM)
    assert len(lease(narrow, 5)) == 2


# --- The letter instead -------------------------------------------------------------------------------------------


@pytest.fixture
def lettered(tmp_path: Path) -> Iterator[Town]:
    """A town whose budget pays for two cases and whose others get a letter."""
    with an_installation(
        tmp_path, call_tariff_cent=100, call_budget_cent=299, call_budget_spent="brief"
    ) as opened:
        yield opened


def test_the_rest_goes_to_the_letter_batch_and_who_was_begun_does_not(lettered: Town) -> None:
    people = lettered.bring([lettered.someone() for _ in range(5)])
    begun = lease(lettered, 5)
    olga = lettered.as_user("olga")
    assert Billing(lettered.house).divert(olga) == 3
    rest = [case for case in people if case not in begun]
    assert {lettered.state(case) for case in rest} == {"brief"}
    assert {lettered.state(case) for case in begun} == {"belbaar"}
    assert [entry["rsn"] for entry in lettered.log(Act.CASE_ROUTED)][-3:] == ["belbudget_op"] * 3
    assert LetterOrders(lettered.house, lettered.door, lettered.codes).order(olga).count == 3


def test_nobody_is_diverted_while_there_is_room_or_when_the_setting_says_stop(lettered: Town) -> None:
    lettered.person()
    assert Billing(lettered.house).divert(lettered.as_user("olga")) == 0
    stopping = replace(
        lettered.house, settings=lettered.house.settings.model_copy(update={"call_budget_spent": "stop"})
    )
    lettered.bring([lettered.someone() for _ in range(2)])
    lease(lettered, 5)
    assert Billing(stopping).divert(lettered.as_user("olga")) == 0
    assert Billing(lettered.house).divert(lettered.as_party("management")) == 0


def test_a_case_that_moves_while_it_is_diverted_is_looked_at_again(lettered: Town) -> None:
    first, *_ = lettered.bring([lettered.someone() for _ in range(4)])
    begun = lease(lettered, 5)
    (moved, other) = (case for case in [first, *_] if case not in begun)
    house, *_parts = lettered.jostled(lambda: lettered.withdraw(moved))
    assert Billing(house).divert(lettered.as_user("olga")) == 1
    assert (lettered.state(moved), lettered.state(other)) == ("ingetrokken", "brief")


def test_the_clock_of_a_month_is_that_of_the_netherlands(town: Town) -> None:
    town.person()
    town.clock.at = datetime(2026, 11, 30, 20, 59, tzinfo=AMSTERDAM)
    town.lease()
    town.clock.forward(hours=3, minutes=30)
    assert (bill(town).delivered, bill(town, NEXT).delivered) == (1, 0)
