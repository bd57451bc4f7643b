"""The call center's day, one promise per test: what a resident says has its effect at once, and nobody is lost."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from gateway.services.callback import Callback
from gateway.services.casework import Casework
from gateway.services.dialling import Dialling, DialRecord
from gateway.services.incidents import Incidents, Verdict
from gateway.services.results import LATE_MS, Recorded, Results
from gateway.store import calls, numbers
from gateway.store.change import Change
from schemas.audit import Act
from schemas.call import MESSAGES, NO_CALL, OWN_RIGHT, CallResult, Outcome
from schemas.errors import Conflict, Invalid, NotFound
from schemas.ids import CaseId
from schemas.moments import AMSTERDAM, millis
from tests.support.deliveries import line
from tests.support.installation import TENANT, Town

TWO = {"telefoon_1": "06-11111111", "telefoon_2": "079 3621234"}


def dialling(town: Town) -> Dialling:
    return Dialling(town.house, town.door, town.codes)


def results(town: Town) -> Results:
    return Results(town.house, town.codes)


def record(town: Town, ref: str, outcome: Outcome, agent: str = "farid", **said: Any) -> Recorded:
    return results(town).record(town.as_user(agent), ref, CallResult(uitkomst=outcome, **said))


def ring(town: Town, number: str, agent: str = "farid") -> str:
    return Callback(town.house, town.codes).search(town.as_user(agent), number).ref


def leases(town: Town, agent: str = "farid") -> list[DialRecord]:
    return dialling(town).lease(town.as_user(agent), 5)


def next_month(town: Town) -> None:
    town.clock.at = datetime(2026, 12, 1, 10, 0, tzinfo=AMSTERDAM)


def again(town: Town, case: CaseId, **changes: str) -> CaseId:
    """Let the partner report the same resident once more, in a later month."""
    row = {**town.written[case], "signaal_ref": f"{town.written[case]['signaal_ref']}-later", **changes}
    return town.bring([line(**row)])[0]


# --- Ringing back ---------------------------------------------------------------------------------------------------


def test_an_inbound_call_on_the_079_number_tells_nothing_before_it_is_known_who_rings(town: Town) -> None:
    case = town.person()
    town.lease()
    town.clock.forward(minutes=20)
    found = Callback(town.house, town.codes).search(town.as_user("noor"), town.written[case]["telefoon_1"])
    assert set(found.__slots__) == {"ref", "expires_at"}
    with pytest.raises(Conflict) as refused:
        record(town, found.ref, Outcome.GEVERIFIEERD_GEWEIGERD, "noor")
    assert refused.value.code == "niet_geverifieerd"


# --- Promised calls -------------------------------------------------------------------------------------------------


def promise(town: Town, at: datetime, agent: str = "farid") -> CaseId:
    case = town.person()
    town.call(Outcome.TERUGBELLEN, agent, terugbellen_op=at)
    return case


def test_a_promised_call_is_offered_first_at_the_promised_time(town: Town) -> None:
    moment = town.clock.at + timedelta(days=1, hours=4)
    case = promise(town, moment)
    others = town.bring([town.someone() for _ in range(3)])
    assert not {case} & {town.behind(town.as_user("farid"), one.ref) for one in leases(town)}
    town.clock.at = moment
    first = leases(town)[0]
    assert town.behind(town.as_user("farid"), first.ref) == case
    assert first.promised_at == millis(moment)
    assert others


def test_a_promised_call_is_not_made_before_its_time(town: Town) -> None:
    moment = town.clock.at + timedelta(days=1, hours=4)
    promise(town, moment)
    town.clock.at = moment - timedelta(minutes=1)
    assert leases(town) == []


def test_a_promised_call_is_made_though_the_spread_of_attempts_would_forbid_it(town: Town) -> None:
    case = promise(town, town.clock.at + timedelta(minutes=30))
    town.clock.forward(minutes=30)
    (found,) = leases(town)
    assert town.behind(town.as_user("farid"), found.ref) == case


def test_a_promise_is_kept_by_the_team_that_made_it_and_after_an_hour_by_whoever_is_there(town: Town) -> None:
    moment = town.clock.at + timedelta(days=1)
    case = promise(town, moment)
    town.change(case, promised_to="een-ander-belteam")
    town.clock.at = moment + timedelta(minutes=59)
    assert leases(town) == []
    town.clock.forward(minutes=1)
    assert len(leases(town)) == 1


@pytest.mark.parametrize(
    ("moment", "code"),
    [
        ("2026-11-04T21:00", "buiten_belvenster"),
        ("2026-11-04T08:29", "buiten_belvenster"),
        ("2026-11-08T12:00", "buiten_belvenster"),
        ("2026-11-07T17:00", "buiten_belvenster"),
        ("2026-11-18T10:00", "te_ver"),
        ("9999-12-31T10:00", "te_ver"),
        ("2026-11-03T10:00", "moment"),
        ("2025-11-03T10:00", "moment"),
    ],
)
def test_a_promise_that_cannot_be_kept_is_refused(town: Town, moment: str, code: str) -> None:
    town.person()
    ref = town.lease().ref
    at = datetime.fromisoformat(moment).replace(tzinfo=AMSTERDAM)
    with town.nothing_changes(), pytest.raises(Invalid) as refused:
        record(town, ref, Outcome.TERUGBELLEN, terugbellen_op=at)
    assert [(field.veld, field.code) for field in refused.value.fields] == [("terugbellenOp", code)]


def test_after_the_seventh_attempt_nobody_seems_to_be_promised_a_call(town: Town) -> None:
    case = town.person()
    town.change(case, attempts=6, state="in_belronde")
    ref = town.lease().ref
    done = record(town, ref, Outcome.TERUGBELLEN, terugbellen_op=town.clock.at + timedelta(days=1))
    assert done.message == MESSAGES["belofte_zonder_poging"]
    assert town.row(case)["promised_at"] is None


def test_a_promise_ends_with_the_call_that_keeps_it(town: Town) -> None:
    moment = town.clock.at + timedelta(days=1)
    case = promise(town, moment)
    town.clock.at = moment
    town.call(Outcome.NIET_OPGENOMEN, verified=False)
    row = town.row(case)
    assert (row["promised_at"], row["promised_to"]) == (None, None)


def test_ringing_in_before_it_leaves_a_promise_standing(town: Town) -> None:
    moment = town.clock.at + timedelta(days=2)
    case = promise(town, moment)
    town.clock.forward(hours=3)
    record(town, ring(town, town.written[case]["telefoon_1"]), Outcome.VOICEMAIL)
    row = town.row(case)
    assert (row["promised_at"], row["not_before"]) == (millis(moment), millis(moment))


# --- Not to be called ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("outcome", [Outcome.BEZWAAR, Outcome.NIET_BELLEN])
def test_an_objection_and_do_not_call_have_their_effect_at_once(town: Town, outcome: Outcome) -> None:
    case = town.person()
    record(town, town.lease().ref, outcome)
    row = town.row(case)
    assert (row["state"], bool(row["phone_blocked"])) == ("brief", True)
    town.clock.forward(days=10)
    assert leases(town) == []
    assert Act.NUMBER_BLOCKED in town.told(case)


@pytest.mark.parametrize("outcome", [Outcome.BEZWAAR, Outcome.NIET_BELLEN])
def test_whoever_does_not_want_to_be_called_is_not_called_in_later_months_either(
    town: Town, outcome: Outcome
) -> None:
    case = town.person()
    record(town, town.lease().ref, outcome)
    town.change(case, state="gesloten", closed_at=1)
    next_month(town)
    later = again(town, case)
    assert later != case
    assert town.state(later) == "brief"


def test_a_blocked_number_is_not_called_for_somebody_the_computer_cannot_link(town: Town) -> None:
    """The next signal has no birth date, so nobody knows that it is the same person; the number is known."""
    case = town.person(**TWO)
    record(town, town.lease().ref, Outcome.NIET_BELLEN)
    stranger = town.someone(telefoon_1="0611111111", telefoon_2="")
    (other,) = town.bring([stranger])
    assert town.state(other) == "belbaar"
    assert leases(town) == []
    assert town.state(other) == "brief"
    assert town.told(other)[-1] == Act.CASE_TRANSITION
    assert town.row(case)["phone_blocked"]


def test_of_two_numbers_only_the_blocked_one_is_left_out_of_the_dial_record(town: Town) -> None:
    town.person(telefoon_1="06-11111111")
    record(town, town.lease().ref, Outcome.BEZWAAR)
    town.person(telefoon_1="06-11111111", telefoon_2="06-22222222")
    (found,) = leases(town)
    assert found.numbers == ("+31622222222",)
    assert b"+31622222222" in found.shown.body
    assert b"+31611111111" not in found.shown.body
    seen = Casework(town.house, town.door, town.codes).view(town.as_user("farid"), found.ref, "bellen")
    assert seen.view.model_dump()["telefoonnummers"] == ("+31622222222",)


def test_a_number_on_the_list_stands_readable_nowhere_and_comes_off_after_two_years(town: Town) -> None:
    town.person(telefoon_1="06-19283746")
    record(town, town.lease().ref, Outcome.BEZWAAR)
    home = town.house.settings.home
    assert b"19283746" not in b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())
    with town.house.store.read() as connection:
        now = town.house.now_ms()
        later = now + int(NO_CALL.total_seconds() * 1000)
        assert numbers.lapsed(connection, TENANT, later - 1) == []
        (known,) = numbers.lapsed(connection, TENANT, later)
        assert numbers.blocked(connection, TENANT, [known], now) == {known}
        assert numbers.blocked(connection, TENANT, [known], later) == frozenset()


# --- Wrong numbers ---------------------------------------------------------------------------------------------------


def test_a_wrong_number_is_gone_from_what_the_partner_delivered(town: Town) -> None:
    case = town.person()
    before = town.signals(case)[0]["contact"]
    record(town, town.lease().ref, Outcome.FOUT_NUMMER)
    (signal,) = town.signals(case)
    assert signal["contact"] != before
    assert not signal["has_phone"]
    assert town.state(case) == "brief"
    assert Act.NUMBER_REMOVED in town.told(case)


def test_the_stranger_at_a_wrong_number_finds_no_case_when_he_rings_back(town: Town) -> None:
    case = town.person()
    record(town, town.lease().ref, Outcome.FOUT_NUMMER)
    with pytest.raises(NotFound):
        ring(town, town.written[case]["telefoon_1"])


def test_of_two_numbers_the_wrong_one_goes_and_the_other_is_called_next(town: Town) -> None:
    case = town.person(**TWO)
    done = record(town, town.lease().ref, Outcome.FOUT_NUMMER, nummer="06 1111 1111")
    assert (done.state, town.row(case)["attempts"]) == ("in_belronde", 1)
    town.clock.forward(days=1, hours=4)
    (found,) = leases(town)
    assert found.numbers == ("+31793621234",)
    assert ring(town, "079-3621234")
    with pytest.raises(NotFound):
        ring(town, "06-11111111")


def test_a_wrong_number_is_called_for_nobody_else_either(town: Town) -> None:
    town.person(telefoon_1="06-11111111")
    record(town, town.lease().ref, Outcome.FOUT_NUMMER)
    other = town.person(telefoon_1="06-11111111")
    assert leases(town) == []
    assert town.state(other) == "brief"


@pytest.mark.parametrize("named", ["06-99999999", "kanarie"])
def test_a_wrong_number_that_is_not_on_the_record_is_refused_and_nothing_is_half_done(
    town: Town, named: str
) -> None:
    town.person(**TWO)
    ref = town.lease().ref
    with town.nothing_changes(), pytest.raises(Invalid) as refused:
        record(town, ref, Outcome.FOUT_NUMMER, nummer=named)
    assert [(field.veld, field.code) for field in refused.value.fields] == [("nummer", "onbekend_nummer")]
    assert "kanarie" not in str(refused.value)


def test_a_wrong_number_waits_for_the_privacy_officer_with_72_hours_on_the_clock(town: Town) -> None:
    case = town.person()
    record(town, town.lease().ref, Outcome.FOUT_NUMMER)
    incidents, officer = Incidents(town.house, town.codes), town.as_party("privacy_officer")
    (incident,) = incidents.waiting(officer)
    assert incident.due - incident.at == 72 * 3600 * 1000
    assert (incident.kind, incident.reporter, incident.source) == (
        "verkeerd_nummer",
        "belteam",
        "woonstichting",
    )
    assert town.behind(officer, incident.ref) == case
    incidents.judge(officer, incident.incident_id, Verdict.DATALEK_GEREGISTREERD)
    assert incidents.waiting(officer) == []
    assert town.told(case)[-1] == Act.INCIDENT_JUDGED
    with pytest.raises(Conflict) as twice:
        incidents.judge(officer, incident.incident_id, Verdict.GEEN_DATALEK)
    assert twice.value.code == "al_beoordeeld"
    with pytest.raises(NotFound):
        incidents.judge(officer, "f" * 32, Verdict.GEEN_DATALEK)


def test_after_a_wrong_number_a_new_number_of_the_partner_is_called(town: Town) -> None:
    case = town.person()
    record(town, town.lease().ref, Outcome.FOUT_NUMMER)
    town.change(case, state="gesloten", closed_at=1)
    next_month(town)
    later = again(town, case, telefoon_1="06-55555555")
    assert town.state(later) == "belbaar"
    (found,) = leases(town)
    assert found.numbers == ("+31655555555",)


# --- To social work --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("outcome", "category"),
    [
        (Outcome.ANDERE_TAAL, "andere_taal"),
        (Outcome.OVERLEDEN_GEMELD, "overlijden_gemeld"),
        (Outcome.DREIGING, "veiligheid"),
    ],
)
def test_social_work_is_told_why_a_case_comes_to_it(town: Town, outcome: Outcome, category: str) -> None:
    case = town.person()
    record(town, town.lease().ref, outcome)
    row = town.row(case)
    assert (row["state"], row["category"]) == ("sociaal_werk", category)


def test_another_language_is_no_end_social_work_takes_it_up_and_may_call(town: Town) -> None:
    case = town.person()
    record(town, town.lease().ref, Outcome.ANDERE_TAAL)
    row = town.row(case)
    assert not row["phone_blocked"]
    assert not row["protected"]


@pytest.mark.parametrize("outcome", [Outcome.OVERLEDEN_GEMELD, Outcome.DREIGING])
def test_after_a_death_or_a_threat_nobody_calls_and_no_letter_goes_out(town: Town, outcome: Outcome) -> None:
    case = town.person()
    record(town, town.lease().ref, outcome)
    row = town.row(case)
    assert row["phone_blocked"]
    assert row["protected"]
    town.change(case, state="gesloten", closed_at=1)
    next_month(town)
    assert town.state(again(town, case)) == "sociaal_werk"


# --- Acute need ------------------------------------------------------------------------------------------------------


def acute(town: Town, ref: str, **said: Any) -> Recorded:
    done = record(town, ref, Outcome.ACUUT, **said)
    assert "112" in done.message
    assert "113" in done.message
    return done


def test_acute_need_goes_to_social_work_at_once_on_top_of_the_pile(town: Town) -> None:
    case = town.person()
    done = acute(town, town.lease().ref, omschrijving="Zegt er een eind aan te maken")
    row = town.row(case)
    assert (done.state, row["category"], bool(row["urgent"])) == ("sociaal_werk", "acuut", True)
    assert Act.ACUTE_REPORTED in town.told(case)
    assert town.attempts(case)[0]["note"] is not None


def test_what_was_said_in_acute_need_is_sealed(town: Town) -> None:
    town.person()
    acute(town, town.lease().ref, omschrijving="Kanarie " * 100)
    home = town.house.settings.home
    assert b"anarie" not in b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())


@pytest.mark.parametrize(
    "said",
    [
        {"omschrijving": "x" * 2000},
        {"omschrijving": "999990019 NL91ABNA0417164300 \u202e<script>"},
        {"omschrijving": "\x00\x1b[31m"},
        {"nummer": "kanarie", "tipkaart": "bestaat-9"},
        {"terugbellen_op": datetime(2020, 1, 1, tzinfo=AMSTERDAM)},
    ],
)
def test_no_content_stands_in_the_way_of_acute_need(town: Town, said: dict[str, Any]) -> None:
    case = town.person()
    acute(town, town.lease().ref, **said)
    assert town.state(case) == "sociaal_werk"


@pytest.mark.parametrize("state", ["afgerond", "verlopen", "teruggeroepen", "teruggegeven"])
def test_no_ended_dial_record_stands_in_the_way_of_acute_need(town: Town, state: str) -> None:
    case = town.person()
    ref = town.lease().ref
    if state == "afgerond":
        record(town, ref, Outcome.VOICEMAIL)
    elif state == "teruggegeven":
        dialling(town).release(town.as_user("farid"), ref)
    elif state == "teruggeroepen":
        town.withdraw(case)
    town.clock.forward(days=3)
    done = acute(town, ref)
    assert (done.state, town.row(case)["category"]) == ("sociaal_werk", "acuut")
    assert town.row(case)["attempts"] == (1 if state == "afgerond" else 0)
    assert town.row(case)["closed_at"] is None


@pytest.mark.parametrize(
    "state", ["brief", "sociaal_werk", "hulp_gevraagd", "overgedragen", "betaald", "geweigerd", "gesloten"]
)
def test_no_state_of_a_case_stands_in_the_way_of_acute_need(town: Town, state: str) -> None:
    case = town.person()
    ref = town.lease().ref
    closed = 1 if state == "gesloten" else None
    town.change(case, state=state, closed_at=closed)
    acute(town, ref)
    row = town.row(case)
    assert (row["category"], bool(row["urgent"]), row["closed_at"]) == ("acuut", True, None)
    assert row["state"] == (state if state in {"hulp_gevraagd", "overgedragen"} else "sociaal_werk")


def test_acute_need_stays_on_the_pile_and_can_be_read_when_the_partner_takes_everything_back(
    town: Town,
) -> None:
    case = town.person()
    acute(town, town.lease().ref)
    town.withdraw(case)
    row = town.row(case)
    assert (row["state"], bool(row["urgent"]), row["closed_at"]) == ("sociaal_werk", True, None)
    shown = Casework(town.house, town.door, town.codes).read(town.as_user("sanne"), town.give(case, "sanne"))
    assert shown.view.model_dump()["achternaam"] == town.written[case]["achternaam"]


def test_a_new_signal_takes_no_urgency_from_acute_need(town: Town) -> None:
    case = town.person()
    acute(town, town.lease().ref)
    assert again(town, case, bedrag="5,00") == case
    assert town.row(case)["urgent"]


def test_acute_need_told_twice_is_one_report(town: Town) -> None:
    case = town.person()
    ref = town.lease().ref
    first = acute(town, ref)
    with town.nothing_changes():
        again_told = acute(town, ref)
    assert (again_told.attempt_id, again_told.repeated) == (first.attempt_id, True)
    assert len(town.attempts(case)) == 1


# --- Agents who know the resident --------------------------------------------------------------------------------------


def test_an_agent_who_knows_the_resident_never_gets_the_case_again_and_a_colleague_does(town: Town) -> None:
    case = town.person()
    ref = town.lease("farid").ref
    dialling(town).step_aside(town.as_user("farid"), ref)
    assert leases(town, "farid") == []
    (found,) = leases(town, "noor")
    assert town.behind(town.as_user("noor"), found.ref) == case
    assert town.row(case)["attempts"] == 0
    assert Act.CONFLICT_RECORDED in town.told(case)


def test_an_agent_who_knows_the_resident_does_not_get_the_next_case_of_that_person_either(town: Town) -> None:
    case = town.person()
    dialling(town).step_aside(town.as_user("farid"), town.lease("farid").ref)
    town.change(case, state="gesloten", closed_at=1)
    next_month(town)
    later = again(town, case)
    assert leases(town, "farid") == []
    (found,) = leases(town, "noor")
    assert town.behind(town.as_user("noor"), found.ref) == later


def test_when_that_resident_rings_back_a_colleague_must_take_the_call(town: Town) -> None:
    case = town.person()
    dialling(town).step_aside(town.as_user("farid"), town.lease("farid").ref)
    number = town.written[case]["telefoon_1"]
    with pytest.raises(Conflict) as refused:
        ring(town, number, "farid")
    assert refused.value.code == "belangenconflict"
    assert ring(town, number, "noor")


def test_a_record_that_was_put_down_takes_no_questions_and_no_result(town: Town) -> None:
    town.person()
    ref = town.lease().ref
    dialling(town).step_aside(town.as_user("farid"), ref)
    with pytest.raises(Conflict):
        dialling(town).verify(town.as_user("farid"), ref, "1980-01-01", 1)
    with pytest.raises(Conflict):
        record(town, ref, Outcome.VOICEMAIL)
    with pytest.raises(Conflict):
        dialling(town).step_aside(town.as_user("farid"), ref)


# --- Withdrawn while being called ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("outcome", sorted(set(Outcome) - OWN_RIGHT))
def test_what_is_nobodys_right_is_refused_when_the_signal_was_withdrawn_during_the_call(
    town: Town, outcome: Outcome
) -> None:
    case = town.person()
    ref = town.lease().ref
    later = town.clock.at + timedelta(hours=5)
    said: dict[str, Any] = {"terugbellen_op": later} if outcome is Outcome.TERUGBELLEN else {}
    town.withdraw(case)
    with town.nothing_changes(), pytest.raises(Conflict) as refused:
        record(town, ref, outcome, **said)
    assert refused.value.code == "teruggeroepen"


@pytest.mark.parametrize("outcome", sorted(OWN_RIGHT - {Outcome.ACUUT}))
def test_what_a_resident_said_for_himself_counts_though_the_signal_was_withdrawn_the_attempt_does_not(
    town: Town, outcome: Outcome
) -> None:
    case = town.person()
    ref = town.lease().ref
    town.withdraw(case)
    done = record(town, ref, outcome)
    assert done.message == MESSAGES["teruggeroepen"]
    assert town.row(case)["attempts"] == 0
    assert [attempt["outcome"] for attempt in town.attempts(case)] == [outcome]
    asked = outcome is Outcome.HULPVRAAG
    assert town.state(case) == ("hulp_gevraagd" if asked else "ingetrokken")
    assert (town.row(case)["closed_at"] is None) == asked


def test_but_a_day_later_it_is_too_late_for_all_but_acute_need(town: Town) -> None:
    town.person()
    leased = town.lease()
    town.clock.forward(minutes=15, milliseconds=LATE_MS + 1)
    with pytest.raises(Conflict) as refused:
        record(town, leased.ref, Outcome.HULPVRAAG)
    assert refused.value.code == "verlopen"
    acute(town, leased.ref)


def test_help_asked_for_half_an_hour_too_late_is_help_asked_for(town: Town) -> None:
    case = town.person()
    leased = town.lease()
    town.clock.forward(hours=2)
    assert record(town, leased.ref, Outcome.HULPVRAAG).state == "hulp_gevraagd"
    assert town.row(case)["attempts"] == 0


# --- Results that do not fit --------------------------------------------------------------------------------------------


def test_a_result_for_a_case_that_month_end_closed_is_refused_and_changes_nothing(town: Town) -> None:
    case = town.person()
    ref = town.lease().ref
    town.house.store.commit(Change((calls.recall_case(TENANT, case, town.house.now_ms()),)))
    town.change(case, state="gesloten", closed_at=town.house.now_ms(), close_reason="definitief_geen_contact")
    with town.nothing_changes(), pytest.raises(Conflict) as refused:
        record(town, ref, Outcome.VOICEMAIL)
    assert refused.value.code == "teruggeroepen"


def test_a_result_under_the_reference_of_another_party_is_not_found(town: Town) -> None:
    case = town.person()
    town.lease()
    theirs = town.ref(town.as_user("sanne"), case)
    with town.nothing_changes(), pytest.raises(NotFound):
        record(town, theirs, Outcome.VOICEMAIL)


def test_a_result_for_a_case_that_was_never_leased_is_not_found(town: Town) -> None:
    case = town.person()
    ours = town.ref(town.as_user("farid"), case, "bellen")
    with town.nothing_changes(), pytest.raises(NotFound):
        record(town, ours, Outcome.HULPVRAAG)


@pytest.mark.parametrize(
    "second", sorted(set(Outcome) - {Outcome.VOICEMAIL, Outcome.ACUUT, Outcome.TERUGBELLEN})
)
def test_a_second_result_that_contradicts_the_first_is_refused_whatever_it_says(
    town: Town, second: Outcome
) -> None:
    town.person()
    ref = town.lease().ref
    record(town, ref, Outcome.VOICEMAIL)
    with town.nothing_changes(), pytest.raises(Conflict) as refused:
        record(town, ref, second)
    assert refused.value.code == "al_afgerond"


def test_everything_that_does_not_fit_is_named_at_once_and_nothing_is_recorded(town: Town) -> None:
    town.person()
    ref = town.lease().ref
    with town.nothing_changes(), pytest.raises(Invalid) as refused:
        record(
            town,
            ref,
            Outcome.VOICEMAIL,
            omschrijving="bsn 999990019\u202e",
            terugbellen_op=town.clock.at + timedelta(days=1),
            nummer="06-11111111",
            tipkaart="bestaat-9",
        )
    assert {(field.veld, field.code) for field in refused.value.fields} == {
        ("terugbellenOp", "moment"),
        ("omschrijving", "tekens"),
        ("omschrijving", "bsn"),
        ("nummer", "niet_hier"),
        ("tipkaart", "tipkaart"),
    }
    assert "999990019" not in str(refused.value)
