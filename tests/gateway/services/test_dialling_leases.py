"""Dial records: inside the window, a few at a time, never an eighth attempt, never twice the same case at once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from gateway.services.callback import Callback
from gateway.services.dialling import Dialling, DialRecord
from gateway.services.results import Results
from gateway.store import calls
from schemas.audit import Act
from schemas.call import CallResult, Outcome
from schemas.case import CALLABLE_STATES, CaseState
from schemas.errors import Conflict, Denied, NotFound, Sealed, TooMany
from schemas.ids import CaseId
from schemas.moments import AMSTERDAM, millis
from schemas.parties import PartyKind
from schemas.principal import Principal
from tests.support.installation import START, TENANT, Town, an_installation


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """One installation with one resident to call, for tests that only move the clock."""
    start = at("2026-10-20T10:00:00")
    with an_installation(tmp_path_factory.mktemp("window"), start=start) as opened:
        opened.person()
        yield opened


@pytest.fixture
def dialling(town: Town) -> Dialling:
    return Dialling(town.house, town.door, town.codes)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=AMSTERDAM)


def lease(town: Town, wanted: int = 1, agent: str = "farid") -> list[DialRecord]:
    return Dialling(town.house, town.door, town.codes).lease(town.as_user(agent), wanted)


def held_cases(town: Town, records: list[DialRecord], agent: str = "farid") -> list[CaseId]:
    return [town.behind(town.as_user(agent), record.ref) for record in records]


# --- What is shown ------------------------------------------------------------------------------------------------


def test_a_record_shows_salutation_surname_numbers_and_script_and_nothing_else(town: Town) -> None:
    town.person(achternaam="Adelaar", voorvoegsel="van den", telefoon_1="06-12345678")
    shown = town.lease().shown.view.model_dump(exclude_unset=True)
    assert shown == {
        "dossierkenmerk": shown["dossierkenmerk"],
        "aanhef": "heer of mevrouw",
        "voorvoegsel": "van den",
        "achternaam": "Adelaar",
        "telefoonnummers": ("+31612345678",),
        "script": "eerste_aanbod@2",
        **{name: shown[name] for name in shown if name in {"geboortedatum", "huisnummer"}},
    }
    assert not {"geboortedatum", "huisnummer"} & {
        name for name, value in shown.items() if value not in (None, True)
    }


def test_the_numbers_of_all_signals_are_given_once_each(town: Town) -> None:
    row = town.someone(telefoon_1="06-11111111", telefoon_2="079 3621234")
    again = {**row, "signaal_ref": "B", "bedrag": "5,00", "telefoon_2": "06-22222222"}
    town.bring([row, again])
    shown = town.lease().shown.view.model_dump()
    assert sorted(shown["telefoonnummers"]) == ["+31611111111", "+31622222222", "+31793621234"]


def test_a_lease_is_told_before_it_is_shown_with_its_fields_and_grant(town: Town) -> None:
    case = town.person()
    record = town.lease()
    (entry,) = town.log(Act.DIAL_LEASED, town.subject(case))
    assert (entry["pur"], entry["gr"], entry["dec"]) == ("bellen", "CC01", "permit")
    assert {"achternaam", "telefoonnummers"} <= set(entry["cat"])
    assert "bedrag" not in entry["cat"]
    assert record.shown.entry.leaf


def test_the_reference_is_the_same_all_through_the_round_and_another_for_another_party(town: Town) -> None:
    case = town.person()
    first = town.lease()
    town.clock.forward(minutes=20)
    assert town.lease().ref == first.ref
    assert town.ref(town.as_user("sanne"), case) != first.ref


# --- The window ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("moment", "open_"),
    [
        ("2026-10-24T16:59:00", True),
        ("2026-10-26T08:29:00", False),
        ("2026-10-26T08:30:00", True),
        ("2026-11-03T08:29:59", False),
        ("2026-11-03T08:30:00", True),
        ("2026-11-03T20:59:59", True),
        ("2026-11-03T21:00:00", False),
        ("2026-11-07T08:59:59", False),
        ("2026-11-07T09:00:00", True),
        ("2026-11-07T16:59:59", True),
        ("2026-11-07T17:00:00", False),
        ("2026-11-08T12:00:00", False),
        ("2026-12-25T12:00:00", False),
        ("2026-12-26T12:00:00", False),
        ("2027-01-01T12:00:00", False),
        ("2027-03-27T16:59:00", True),
        ("2027-03-29T12:00:00", False),
        ("2027-03-30T08:29:00", False),
        ("2027-03-30T08:30:00", True),
        ("2027-04-27T12:00:00", False),
        ("2027-05-06T12:00:00", False),
    ],
)
def test_nobody_is_called_outside_the_window(shared: Town, moment: str, *, open_: bool) -> None:
    shared.clock.at = at(moment)
    before = len(shared.log(Act.DIAL_LEASED))
    if open_:
        (record,) = lease(shared)
        Dialling(shared.house, shared.door, shared.codes).release(shared.as_user("farid"), record.ref)
        return
    with pytest.raises(Denied) as refused:
        lease(shared)
    assert refused.value.code == "buiten_belvenster"
    assert len(shared.log(Act.DIAL_LEASED)) == before
    assert shared.log(Act.ACCESS_DENIED)[-1]["rsn"] == "binnen_belvenster"


def test_the_refusal_says_when_calling_begins_again(tmp_path: Path) -> None:
    opening = an_installation(tmp_path, start=at("2026-11-07T17:00:00"))
    with opening as town, pytest.raises(Denied, match="2026-11-09T08:30"):
        lease(town)


def test_a_lease_taken_just_before_closing_time_may_be_finished_after_it(tmp_path: Path) -> None:
    with an_installation(tmp_path, start=at("2026-11-03T20:59:00")) as town:
        case = town.person()
        record = town.lease()
        town.clock.forward(minutes=10)
        done = Results(town.house, town.codes).record(
            town.as_user("farid"), record.ref, CallResult(uitkomst=Outcome.HULPVRAAG)
        )
        assert done.state == town.state(case) == "hulp_gevraagd"


# --- How many -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("wanted", "given"), [(0, 0), (-3, 0), (1, 1), (4, 4), (5, 5), (40, 5)])
def test_no_more_records_are_given_than_asked_and_than_the_setting_allows(
    town: Town, wanted: int, given: int
) -> None:
    town.bring([town.someone() for _ in range(8)])
    assert len(lease(town, wanted)) == given


def test_whoever_holds_too_many_gets_no_more_until_some_are_done(town: Town) -> None:
    town.bring([town.someone() for _ in range(14)])
    records = [*lease(town, 5), *lease(town, 5)]
    assert len(records) == 10
    with pytest.raises(TooMany) as refused:
        lease(town)
    assert refused.value.code == "te_veel_belrecords"
    assert len(lease(town, 5, "noor")) == 4
    Dialling(town.house, town.door, town.codes).release(town.as_user("farid"), records[0].ref)
    assert len(lease(town, 5)) == 1


def test_when_nobody_can_be_called_there_is_nothing_to_give(town: Town) -> None:
    assert lease(town, 5) == []


def test_a_lease_expires_and_the_case_returns(town: Town) -> None:
    town.person()
    record = town.lease()
    assert record.expires_at == town.house.now_ms() + 15 * 60_000
    assert lease(town, 1, "noor") == []
    town.clock.forward(minutes=14, seconds=59)
    assert lease(town, 1, "noor") == []
    town.clock.forward(seconds=1)
    (again,) = lease(town, 1, "noor")
    assert again.ref == record.ref
    with town.house.store.read() as connection:
        states = connection.exec_driver_sql("SELECT state FROM gateway_lease ORDER BY lease_id").scalars()
        assert list(states) == ["verlopen", "open"]


def test_a_record_that_was_given_back_is_there_for_the_next(town: Town, dialling: Dialling) -> None:
    case = town.person()
    record = town.lease()
    dialling.release(town.as_user("farid"), record.ref)
    assert lease(town, 1, "noor")[0].ref == record.ref
    assert [e["act"] for e in town.log(Act.DIAL_RELEASED, town.subject(case))] == [Act.DIAL_RELEASED]
    with pytest.raises(Conflict) as refused:
        dialling.release(town.as_user("farid"), record.ref)
    assert refused.value.code == "teruggegeven"


# --- Who is called -----------------------------------------------------------------------------------------------------


CALLABLE = {
    "state": "belbaar",
    "phone_blocked": False,
    "protected": False,
    "attempts": 6,
    "over_limit": False,
    "not_before": millis(START),
}
NOT_TO_BE_CALLED: list[dict[str, object]] = [
    *({"state": state} for state in sorted(set(CaseState) - CALLABLE_STATES)),
    {"phone_blocked": True},
    {"protected": True},
    {"attempts": 7},
    {"attempts": 8},
    {"over_limit": True},
    {"not_before": millis(START) + 1},
]


def test_whoever_must_not_be_called_is_not_called(town: Town, dialling: Dialling) -> None:
    case = town.person()
    for changes in NOT_TO_BE_CALLED:
        town.change(case, **(CALLABLE | changes))
        assert lease(town, 5) == [], changes
        town.change(case, **CALLABLE)
        (record,) = lease(town, 5)
        dialling.release(town.as_user("farid"), record.ref)


def test_those_who_cannot_be_called_hide_nobody_behind_them(town: Town) -> None:
    """Corrections of a whole delivery wait for the next round: until then the others must still be called."""
    waiting = town.bring([town.someone() for _ in range(45)])
    for case in waiting:
        town.change(case, protected=True)
    town.clock.forward(minutes=1)
    later = town.person()
    assert held_cases(town, lease(town, 1)) == [later]


def test_the_least_called_come_first_and_then_the_longest_waiting(town: Town) -> None:
    oldest = town.person()
    town.clock.forward(minutes=1)
    second = town.person()
    town.change(oldest, attempts=1)
    assert held_cases(town, lease(town, 5)) == [second, oldest]


def test_attempts_are_spread_over_the_day_and_the_days(town: Town) -> None:
    town.person()
    dayparts = []
    for _ in range(7 * 24):
        for record in lease(town, 1) if town.house.calendar.is_open(town.house.now()) else []:
            result = CallResult(uitkomst=Outcome.NIET_OPGENOMEN)
            Results(town.house, town.codes).record(town.as_user("farid"), record.ref, result)
            dayparts.append((town.clock.at.date(), town.house.calendar.daypart(town.house.now())))
        town.clock.forward(hours=1)
    assert len(dayparts) == len(set(dayparts)) == 7
    assert max(sum(day == other for other, _ in dayparts) for day, _ in dayparts) <= 2


def test_a_moment_that_a_resident_chose_is_kept_also_when_it_was_tried_before(town: Town) -> None:
    case = town.person()
    later = town.clock.at + timedelta(minutes=70)
    town.call(Outcome.TERUGBELLEN, terugbellen_op=later)
    town.clock.forward(minutes=69)
    assert lease(town) == []
    town.clock.forward(minutes=1)
    assert held_cases(town, lease(town)) == [case]


def test_after_a_promise_that_was_kept_the_spread_holds_again(town: Town) -> None:
    town.person()
    town.call(Outcome.TERUGBELLEN, terugbellen_op=town.clock.at + timedelta(minutes=70))
    town.clock.forward(minutes=70)
    town.call(Outcome.NIET_OPGENOMEN)
    town.clock.forward(hours=3)
    assert lease(town) == []


def test_a_promise_makes_no_eighth_attempt(town: Town) -> None:
    case = town.person()
    town.call(Outcome.TERUGBELLEN, terugbellen_op=town.clock.at + timedelta(minutes=70))
    town.change(case, attempts=7)
    town.clock.forward(minutes=90)
    assert lease(town) == []


# --- At the same moment ---------------------------------------------------------------------------------------------


def test_two_agents_never_hold_the_same_case(town: Town) -> None:
    town.bring([town.someone() for _ in range(12)])

    def grab(n: int) -> list[CaseId]:
        agent = ("farid", "noor")[n % 2]
        return held_cases(town, lease(town, 2, agent), agent)

    with ThreadPoolExecutor(6) as pool:
        taken = [case for cases in pool.map(grab, range(6)) for case in cases]
    assert len(taken) == len(set(taken)) == 12
    assert len(town.log(Act.DIAL_LEASED)) == 12


def test_whoever_is_overtaken_gets_the_next_one(town: Town) -> None:
    first = town.person()
    town.clock.forward(minutes=1)
    second = town.person()
    house, door, codes = town.jostled(lambda: lease(town, 1, "noor"))
    (record,) = Dialling(house, door, codes).lease(town.as_user("farid"), 1)
    assert held_cases(town, [record]) == [second]
    with town.house.store.read() as connection:
        (other,) = calls.held_leases(connection, TENANT, "noor-client")
    assert other["case_id"] == first


# --- Recalls --------------------------------------------------------------------------------------------------------


def test_recalls_are_told_since_a_moment_and_to_the_party_that_held_them(
    town: Town, dialling: Dialling
) -> None:
    case = town.person()
    record = town.lease()
    town.clock.forward(minutes=1)
    town.withdraw(case)
    moment = town.house.now_ms()
    assert dialling.recalled(town.as_user("noor"), 0) == [(record.ref, moment)]
    assert dialling.recalled(town.as_user("noor"), moment - 1) == [(record.ref, moment)]
    assert dialling.recalled(town.as_user("noor"), moment) == []
    assert dialling.recalled(town.as_party("sociaal_werk"), 0) == []


# --- Verification ----------------------------------------------------------------------------------------------------


def known(town: Town, case: CaseId) -> tuple[str, int]:
    line = town.written[case]
    return line["geboortedatum"], int(line["huisnummer"])


def test_birth_day_and_house_number_together_are_a_yes_and_anything_else_a_no(
    town: Town, dialling: Dialling
) -> None:
    case = town.person()
    record = town.lease()
    born, number = known(town, case)
    agent = town.as_user("farid")
    answers = [
        dialling.verify(agent, record.ref, *said) for said in ((born, number + 1), ("1900-01-01", number))
    ]
    assert [(answer.confirmed, answer.left) for answer in answers] == [(False, 2), (False, 1)]
    assert dialling.verify(agent, record.ref, born, number).confirmed


def test_an_answer_says_yes_or_no_and_nothing_of_what_is_known(town: Town, dialling: Dialling) -> None:
    case = town.person()
    record = town.lease()
    answer = dialling.verify(town.as_user("farid"), record.ref, "1900-01-01", 1)
    born, _ = known(town, case)
    assert born not in repr(answer)
    assert set(vars(type(answer))["__slots__"]) == {"confirmed", "left"}


def test_without_a_birth_date_the_answer_is_always_no(town: Town, dialling: Dialling) -> None:
    case = town.person(geboortedatum="")
    record = town.lease()
    number = int(town.written[case]["huisnummer"])
    for born in ("", "None", "1900-01-01"):
        assert not dialling.verify(town.as_user("farid"), record.ref, born, number).confirmed


def test_any_of_the_signals_may_know_the_resident(town: Town, dialling: Dialling) -> None:
    row = town.someone()
    (case,) = town.bring([row, {**row, "signaal_ref": "B", "bedrag": "5,00"}])
    record = town.lease()
    assert dialling.verify(town.as_user("farid"), record.ref, *known(town, case)).confirmed
    assert len(town.log(Act.DIAL_VERIFIED)) == 3


def test_after_so_many_questions_there_is_no_answer_any_more(town: Town, dialling: Dialling) -> None:
    case = town.person()
    record = town.lease()
    agent = town.as_user("farid")
    for left in (2, 1, 0):
        assert dialling.verify(agent, record.ref, "1900-01-01", 1).left == left
    with pytest.raises(TooMany) as refused:
        dialling.verify(agent, record.ref, *known(town, case))
    assert refused.value.code == "controles_op"


def test_leasing_again_and_again_is_no_guessing_machine(town: Town, dialling: Dialling) -> None:
    """Six questions a day about one resident, over all records, agents and calls back."""
    case = town.person()
    number = town.written[case]["telefoon_1"]
    asked = 0
    for n in range(8):
        agent = town.as_user(("farid", "noor")[n % 2])
        (record,) = dialling.lease(agent, 1)
        asked += _guess(dialling, agent, record.ref)
        dialling.release(agent, record.ref)
        found = Callback(town.house, town.codes).search(agent, number)
        asked += _guess(dialling, agent, found.ref)
        dialling.release(agent, found.ref)
        town.clock.forward(minutes=16)
    assert asked == 6
    town.clock.forward(days=1)
    (record,) = dialling.lease(town.as_user("farid"), 1)
    assert dialling.verify(town.as_user("farid"), record.ref, *known(town, case)).confirmed


def _guess(dialling: Dialling, agent: Principal, ref: str) -> int:
    """Ask until there is no answer any more; give how often there was one."""
    for n in range(10):
        try:
            dialling.verify(agent, ref, "1900-01-01", n)
        except TooMany:
            return n
    raise AssertionError("one can ask for ever")


def test_every_question_is_in_the_log_before_anything_is_compared(town: Town, dialling: Dialling) -> None:
    case = town.person()
    record = town.lease()
    dialling.verify(town.as_user("farid"), record.ref, "1900-01-01", 1)
    (entry,) = town.log(Act.DIAL_VERIFIED, town.subject(case))
    assert (entry["pur"], entry["cat"]) == ("bellen", ["geboortedatum", "huisnummer"])
    assert entry["pol"] == town.house.register.digest


def test_a_yes_is_kept_with_the_record(town: Town, dialling: Dialling) -> None:
    case = town.person()
    record = town.lease()
    agent = town.as_user("farid")
    dialling.verify(agent, record.ref, *known(town, case))
    dialling.verify(agent, record.ref, "1900-01-01", 1)
    with town.house.store.read() as connection:
        held = calls.lease_on(connection, TENANT, agent.client, case)
    assert held is not None
    assert held["verified_at"] == town.house.now_ms()


def test_a_question_about_a_record_of_another_is_not_found(town: Town, dialling: Dialling) -> None:
    town.person()
    record = town.lease("farid")
    for asker in (town.as_user("noor"), town.as_party("callcenter")):
        with pytest.raises(NotFound):
            dialling.verify(asker, record.ref, "1900-01-01", 1)
        with pytest.raises(NotFound):
            dialling.release(asker, record.ref)
    assert town.log(Act.DIAL_VERIFIED) == []


@pytest.mark.parametrize("slip", ["AAAA-AAAA-A", "", "nonsense", "7K3P-9QX2-X"])
def test_a_reference_with_a_slip_is_not_found(town: Town, dialling: Dialling, slip: str) -> None:
    town.person()
    town.lease()
    with pytest.raises(NotFound):
        dialling.verify(town.as_user("farid"), slip, "1900-01-01", 1)


def test_a_record_that_ran_out_answers_nothing(town: Town, dialling: Dialling) -> None:
    case = town.person()
    record = town.lease()
    town.clock.forward(minutes=15)
    with pytest.raises(Conflict) as refused:
        dialling.verify(town.as_user("farid"), record.ref, *known(town, case))
    assert refused.value.code == "verlopen"


def test_nothing_is_compared_when_the_log_cannot_be_written(town: Town, dialling: Dialling) -> None:
    case = town.person()
    record = town.lease()
    town.gateway.keyring.seal()
    with pytest.raises(Sealed):
        dialling.verify(town.as_user("farid"), record.ref, *known(town, case))


def test_only_a_call_center_gets_dial_records(town: Town) -> None:
    town.person()
    for kind in (PartyKind.SOCIAAL_WERK, PartyKind.BRIEFDIENST, PartyKind.SIGNAALPARTNER):
        assert Dialling(town.house, town.door, town.codes).lease(town.as_party(kind), 5) == []
    assert town.log(Act.DIAL_LEASED) == []
