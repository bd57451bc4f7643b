"""A resident rings back: found by number, only where this call center called, and nothing is said before it is known who rings."""

from datetime import timedelta

import pytest

from gateway.disclosure.door import Ask
from gateway.disclosure.dossier import facts_of, load
from gateway.services.callback import Callback, Found
from gateway.services.dialling import Dialling
from gateway.services.intake import Intake
from gateway.services.results import Results
from gateway.store import calls
from schemas.audit import Act
from schemas.call import CallResult, Outcome
from schemas.errors import Denied, Invalid, NotFound
from schemas.ids import CaseId
from schemas.principal import Principal
from tests.support.installation import START, TENANT, Town


@pytest.fixture
def callback(town: Town) -> Callback:
    return Callback(town.house, town.codes)


def number_of(town: Town, case: CaseId) -> str:
    return town.written[case]["telefoon_1"]


def called(town: Town, **changes: str) -> CaseId:
    """Somebody whose dial record this call center held."""
    case = town.person(**changes)
    town.lease()
    town.clock.forward(minutes=20)
    return case


def test_whoever_was_called_is_found_by_number_under_the_reference_of_the_round(
    town: Town, callback: Callback
) -> None:
    case = town.person()
    record = town.lease()
    town.clock.forward(minutes=20)
    found = callback.search(town.as_user("noor"), number_of(town, case))
    assert found == Found(record.ref, town.house.now_ms() + 15 * 60_000)
    assert town.behind(town.as_user("noor"), found.ref) == case


@pytest.mark.parametrize("written", ["06-12345678", "+31612345678", "0031 6 1234 5678", "(06) 12 34 56 78"])
def test_a_number_is_found_however_it_is_written(town: Town, callback: Callback, written: str) -> None:
    called(town, telefoon_1="06 1234 5678")
    assert callback.search(town.as_user("farid"), written).ref


def test_the_second_number_finds_too(town: Town, callback: Callback) -> None:
    called(town, telefoon_2="079 3621234")
    assert callback.search(town.as_user("farid"), "0793621234").ref


def test_who_was_never_called_is_not_found_though_he_is_known(town: Town, callback: Callback) -> None:
    """Else the search would tell who has arrears to whoever types in numbers."""
    case = town.person()
    with pytest.raises(NotFound):
        callback.search(town.as_user("farid"), number_of(town, case))


def test_known_uncalled_and_unknown_give_the_same_answer_and_the_same_entry(
    town: Town, callback: Callback
) -> None:
    case = town.person()
    entries = []
    for number in (number_of(town, case), "06-55555555"):
        with pytest.raises(NotFound) as refused:
            callback.search(town.as_user("farid"), number)
        entry = town.log(Act.CALLBACK_SEARCHED)[-1]
        varying = {"id", "t", "actc", "cli", "detc"}
        entries.append((str(refused.value), {k: v for k, v in entry.items() if k not in varying}))
    assert entries[0] == entries[1]
    assert "subc" not in entries[0][1]


def test_a_search_is_in_the_log_with_whom_it_found(town: Town, callback: Callback) -> None:
    case = called(town)
    callback.search(town.as_user("farid"), number_of(town, case))
    assert town.told(case)[-1] == Act.CALLBACK_SEARCHED


def test_another_party_finds_nobody(town: Town, callback: Callback) -> None:
    case = called(town)
    with pytest.raises(NotFound):
        callback.search(town.as_party("sociaal_werk"), number_of(town, case))


@pytest.mark.parametrize("text", ["", "kanarie", "112", "06-1234", "06-12345678 of 079-3621234"])
def test_what_is_no_number_is_refused_without_an_echo(town: Town, callback: Callback, text: str) -> None:
    with pytest.raises(Invalid) as refused:
        callback.search(town.as_user("farid"), text)
    assert "kanarie" not in str(refused.value)
    assert town.log(Act.CALLBACK_SEARCHED) == []


@pytest.mark.parametrize(
    "changes", [{"state": "gesloten", "closed_at": 1}, {"state": "ingetrokken", "closed_at": 1}]
)
def test_a_case_that_is_over_is_not_found(town: Town, callback: Callback, changes: dict[str, object]) -> None:
    case = called(town)
    town.change(case, **changes)
    with pytest.raises(NotFound):
        callback.search(town.as_user("farid"), number_of(town, case))


def test_a_case_of_which_every_signal_was_taken_back_is_not_found(town: Town, callback: Callback) -> None:
    case = called(town)
    (signal,) = town.signals(case)
    Intake(town.house).withdraw(town.as_party("woonstichting"), signal["delivery_id"], [])
    with pytest.raises(NotFound):
        callback.search(town.as_user("farid"), number_of(town, case))


def test_of_two_residents_with_one_telephone_only_who_was_called_is_found(
    town: Town, callback: Callback
) -> None:
    first = called(town, telefoon_1="06-44444444")
    town.person(telefoon_1="06-44444444")
    found = callback.search(town.as_user("farid"), "06-44444444")
    assert town.behind(town.as_user("farid"), found.ref) == first


def test_a_shared_telephone_shows_nobody_and_verifies_only_who_it_is_about(
    town: Town, callback: Callback
) -> None:
    """A housemate who rings back hears nothing: birth day and house number decide."""
    case = called(town)
    agent = town.as_user("farid")
    found = callback.search(agent, number_of(town, case))
    dialling = Dialling(town.house, town.door, town.codes)
    line = town.written[case]
    assert not dialling.verify(agent, found.ref, "1999-09-09", int(line["huisnummer"])).confirmed
    shown = _view(town, agent, case)
    assert not {"achternaam", "telefoonnummers", "signalen"} & shown
    assert dialling.verify(agent, found.ref, line["geboortedatum"], int(line["huisnummer"])).confirmed
    assert {"achternaam", "signalen"} <= _view(town, agent, case)


def _view(town: Town, agent: Principal, case: CaseId) -> set[str]:
    """What the agent may see of a case now."""
    with town.house.store.read() as connection:
        dossier = load(connection, agent, case)
        facts = facts_of(connection, town.house, agent, dossier)
    ask = Ask(dossier, facts, {"dossierkenmerk": town.ref(agent, case, "bellen")})
    shown = town.door.show(agent, "bellen", Act.CASE_READ, ask).view.model_dump(exclude_unset=True)
    return {name for name, value in shown.items() if value is not None}


def test_without_a_call_from_the_resident_the_agent_sees_nothing(town: Town) -> None:
    case = called(town)
    with pytest.raises(Denied):
        _view(town, town.as_user("farid"), case)


# --- What else is out ---------------------------------------------------------------------------------------------


def test_while_the_resident_is_on_the_line_nobody_calls_him(town: Town, callback: Callback) -> None:
    case = called(town)
    callback.search(town.as_user("noor"), number_of(town, case))
    dialling = Dialling(town.house, town.door, town.codes)
    assert dialling.lease(town.as_user("farid"), 5) == []
    town.clock.forward(minutes=15)
    assert len(dialling.lease(town.as_user("farid"), 5)) == 1


def test_a_promised_moment_stays_promised(town: Town, callback: Callback) -> None:
    case = town.person()
    town.call(Outcome.TERUGBELLEN, terugbellen_op=START + timedelta(days=2))
    before = town.row(case)["not_before"]
    found = callback.search(town.as_user("farid"), number_of(town, case))
    assert town.row(case)["not_before"] == before
    Dialling(town.house, town.door, town.codes).release(town.as_user("farid"), found.ref)
    assert town.row(case)["not_before"] == before


def test_ringing_back_takes_no_record_out_of_the_hands_of_who_just_called(
    town: Town, callback: Callback
) -> None:
    """A left a message; the resident rings at once and gets B: both may still report."""
    case = town.person()
    out = town.lease("farid")
    found = callback.search(town.as_user("noor"), number_of(town, case))
    results = Results(town.house, town.codes)
    results.record(town.as_user("noor"), found.ref, CallResult(uitkomst=Outcome.VOICEMAIL))
    results.record(town.as_user("farid"), out.ref, CallResult(uitkomst=Outcome.VOICEMAIL))
    assert town.row(case)["attempts"] == 1
    assert len(town.attempts(case)) == 2


def test_who_rings_the_very_agent_that_is_calling_gets_the_record_in_his_hands(
    town: Town, callback: Callback
) -> None:
    case = town.person()
    out = town.lease("farid")
    found = callback.search(town.as_user("farid"), number_of(town, case))
    assert found == Found(out.ref, out.expires_at)
    with town.house.store.read() as connection:
        assert len(calls.held_leases(connection, TENANT, "farid-client")) == 1


def test_two_agents_may_search_at_once(town: Town) -> None:
    case = called(town)
    number = number_of(town, case)
    house, _, codes = town.jostled(
        lambda: Callback(town.house, town.codes).search(town.as_user("noor"), number)
    )
    assert Callback(house, codes).search(town.as_user("farid"), number).ref


def test_no_number_stands_readable_in_any_file(town: Town, callback: Callback) -> None:
    called(town, telefoon_1="06-19283746")
    callback.search(town.as_user("farid"), "06-19283746")
    home = town.house.settings.home
    found = b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())
    assert b"19283746" not in found
