"""What an agent reports: one result per record, one way through the table, and help is never refused for a formality."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson
import pytest

from gateway.services.callback import Callback
from gateway.services.dialling import Dialling
from gateway.services.results import GRACE_MS, Recorded, Results
from keys.envelope import Context, Permit
from schemas.audit import Act
from schemas.call import CONSEQUENCES, CallResult, Outcome
from schemas.case import CALLABLE_STATES, OPEN_STATES, TABLE, CaseEvent, CaseState
from schemas.errors import Conflict, Invalid, NotFound
from schemas.ids import CaseId
from schemas.moments import AMSTERDAM, instant, local_day, millis
from schemas.person import DataClass
from tests.support.installation import START, Town, an_installation

VERIFIED = {outcome for outcome, consequence in CONSEQUENCES.items() if consequence.verified}
AFTER = {
    Outcome.NIET_OPGENOMEN: "in_belronde",
    Outcome.VOICEMAIL: "in_belronde",
    Outcome.FOUT_NUMMER: "brief",
    Outcome.TERUGBELLEN: "in_belronde",
    Outcome.GEVERIFIEERD_GEWEIGERD: "geweigerd",
    Outcome.ZELF_BETAALD: "betaald",
    Outcome.HULPVRAAG: "hulp_gevraagd",
    Outcome.BEZWAAR: "brief",
    Outcome.NIET_BELLEN: "brief",
    Outcome.ANDERE_TAAL: "sociaal_werk",
    Outcome.OVERLEDEN_GEMELD: "sociaal_werk",
    Outcome.DREIGING: "sociaal_werk",
    Outcome.ACUUT: "sociaal_werk",
}
ROOM = OPEN_STATES - {CaseState.OPEN}
"""States in which a resident may ring back."""


def said(town: Town, outcome: Outcome, **more: Any) -> CallResult:
    if outcome is Outcome.TERUGBELLEN:
        more.setdefault("terugbellen_op", town.clock.at + timedelta(hours=5))
    return CallResult(uitkomst=outcome, **more)


def record(town: Town, ref: str, result: CallResult, agent: str = "farid") -> Recorded:
    return Results(town.house, town.codes).record(town.as_user(agent), ref, result)


def verify(town: Town, case: CaseId, ref: str, agent: str = "farid") -> None:
    line = town.written[case]
    dialling = Dialling(town.house, town.door, town.codes)
    answer = dialling.verify(town.as_user(agent), ref, line["geboortedatum"], int(line["huisnummer"]))
    assert answer.confirmed


def call(town: Town, outcome: Outcome, **more: Any) -> Recorded:
    """Lease, verify where needed, report."""
    leased = town.lease()
    if outcome in VERIFIED:
        verify(town, town.behind(town.as_user("farid"), leased.ref), leased.ref)
    return record(town, leased.ref, said(town, outcome, **more))


def ring(town: Town, case: CaseId, agent: str = "farid") -> str:
    """Let the resident ring back."""
    return Callback(town.house, town.codes).search(town.as_user(agent), town.written[case]["telefoon_1"]).ref


def files(town: Town) -> bytes:
    home = town.house.settings.home
    return b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())


# --- Every outcome ------------------------------------------------------------------------------------------------


def test_every_outcome_has_its_state() -> None:
    assert set(AFTER) == set(Outcome)


def everybody_leased(town: Town, **changes: object) -> Iterator[tuple[Outcome, CaseId, str]]:
    """Give, for every outcome, somebody to call whose record is in the agent's hands."""
    for case in town.bring([town.someone() for _ in Outcome]):
        town.change(case, **changes)
    for outcome in Outcome:
        leased = town.lease()
        case = town.behind(town.as_user("farid"), leased.ref)
        if outcome in VERIFIED:
            verify(town, case, leased.ref)
        yield outcome, case, leased.ref


@pytest.mark.parametrize("start", sorted(CALLABLE_STATES))
def test_every_outcome_leads_where_it_should(town: Town, start: CaseState) -> None:
    for outcome, case, ref in everybody_leased(town, state=start):
        done = record(town, ref, said(town, outcome))
        row = town.row(case)
        assert (done.state, row["state"]) == (AFTER[outcome], AFTER[outcome])
        assert (done.number, row["attempts"]) == (1, 1)
        assert bool(row["phone_blocked"]) == CONSEQUENCES[outcome].blocks_phone
        assert bool(row["reached"]) == CONSEQUENCES[outcome].reached
        (attempt,) = town.attempts(case)
        assert (attempt["outcome"], attempt["number"], attempt["daypart"]) == (outcome, 1, "ochtend")
        assert attempt["user_id"] == "farid"
        told = town.told(case)
        assert Act.CALL_RECORDED in told
        assert (Act.CASE_TRANSITION in told) == (AFTER[outcome] != start)


@pytest.mark.parametrize("reached", [False, True])
def test_the_seventh_attempt_is_the_last_whatever_comes_of_it(town: Town, *, reached: bool) -> None:
    for outcome, case, ref in everybody_leased(town, attempts=6, state="in_belronde", reached=reached):
        done = record(town, ref, said(town, outcome))
        contact = reached or CONSEQUENCES[outcome].reached
        nothing = CONSEQUENCES[outcome].event is CaseEvent.POGING
        ended = "geen_reactie" if contact else "onbereikt"
        assert done.state == town.state(case) == (ended if nothing else AFTER[outcome])
        assert town.row(case)["attempts"] == 7
    town.clock.forward(days=20)
    assert Dialling(town.house, town.door, town.codes).lease(town.as_user("farid"), 5) == []


@pytest.mark.parametrize("outcome", sorted(VERIFIED))
def test_only_a_verified_resident_can_refuse_or_have_paid(town: Town, outcome: Outcome) -> None:
    case = town.person()
    leased = town.lease()
    with town.nothing_changes(), pytest.raises(Conflict) as refused:
        record(town, leased.ref, said(town, outcome))
    assert refused.value.code == "niet_geverifieerd"
    verify(town, case, leased.ref)
    assert record(town, leased.ref, said(town, outcome)).state == AFTER[outcome]


# --- Offers, notices, clocks -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("outcome", [Outcome.HULPVRAAG, Outcome.GEVERIFIEERD_GEWEIGERD, Outcome.ZELF_BETAALD])
def test_a_talk_that_decides_is_an_offer_on_record(town: Town, outcome: Outcome) -> None:
    case = town.person()
    town.call(outcome)
    (offer,) = town.offers(case)
    now = town.house.now_ms()
    assert (offer["channel"], offer["done_at"], offer["result"]) == ("telefoon", now, outcome)
    assert (offer["template"], offer["notice"]) == ("eerste_aanbod", 1)
    assert (town.row(case)["offer_at"], town.row(case)["notice_at"]) == (now, now)
    assert Act.OFFER_RECORDED in town.told(case)


@pytest.mark.parametrize(
    "outcome", [Outcome.VOICEMAIL, Outcome.BEZWAAR, Outcome.TERUGBELLEN, Outcome.DREIGING]
)
def test_no_offer_and_no_notice_where_nothing_could_be_said(town: Town, outcome: Outcome) -> None:
    """Nobody showed who he was: then nothing was told, and no duty may seem to be fulfilled."""
    case = town.person()
    call(town, outcome)
    assert town.offers(case) == []
    assert town.row(case)["offer_at"] is None
    assert town.row(case)["notice_at"] is None


def test_a_first_offer_by_another_channel_stays_the_first(town: Town) -> None:
    case = town.person()
    town.change(case, offer_at=5, offer_channel="brief", notice_at=5)
    town.call(Outcome.ZELF_BETAALD)
    row = town.row(case)
    assert (row["offer_at"], row["offer_channel"], row["notice_at"]) == (5, "brief", 5)


def test_a_help_request_starts_the_clock_of_four_weeks(town: Town) -> None:
    case = town.help_request()
    handover = town.handover(case)
    now = town.house.now_ms()
    assert (handover["requested_at"], town.row(case)["accepted_at"]) == (now, now)
    assert local_day(instant(handover["first_talk_due"])) == START.date() + timedelta(days=28)
    assert not handover["threatening"]
    assert handover["acknowledged_at"] is None
    assert [act for act in town.told(case) if act == Act.HELP_REQUESTED] == [Act.HELP_REQUESTED]


@pytest.mark.parametrize(
    ("start", "due"),
    [
        ("2026-11-03T10:00", "2026-11-06"),
        ("2026-11-05T10:00", "2026-11-10"),
        ("2026-11-07T10:00", "2026-11-11"),
        ("2026-12-23T10:00", "2026-12-29"),
        ("2026-10-23T10:00", "2026-10-28"),
        ("2027-03-25T20:45", "2027-04-01"),
    ],
)
def test_when_supply_is_about_to_end_it_is_three_working_days(tmp_path: Path, start: str, due: str) -> None:
    moment = datetime.fromisoformat(start).replace(tzinfo=AMSTERDAM)
    with an_installation(tmp_path, start=moment) as town:
        case = town.person(crisissignaal="ja")
        town.change(case, state="belbaar", category="bellen")
        town.call(Outcome.HULPVRAAG)
        handover = town.handover(case)
        assert handover["threatening"]
        assert local_day(instant(handover["first_talk_due"])).isoformat() == due
        assert town.row(case)["first_talk_due"] == handover["first_talk_due"]


def test_help_without_a_verification_goes_on_marked_as_unverified(town: Town) -> None:
    case = town.person()
    town.call(Outcome.HULPVRAAG, verified=False)
    assert town.state(case) == "hulp_gevraagd"
    assert not town.handover(case)["verified"]
    (offer,) = town.offers(case)
    assert not offer["notice"]
    assert town.row(case)["notice_at"] is None


def test_whoever_asks_for_help_again_after_it_ended_starts_anew(town: Town) -> None:
    """Paid, thought it over, rings back: the earlier request must not stand in the way."""
    case = town.help_request()
    town.change(case, state="betaald")
    town.clock.forward(days=2)
    ref = ring(town, case)
    done = record(town, ref, said(town, Outcome.HULPVRAAG, omschrijving="Toch graag hulp"))
    assert done.state == "hulp_gevraagd"
    handover = town.handover(case)
    assert handover["requested_at"] == town.house.now_ms()
    assert handover["acknowledged_at"] is None
    assert handover["outcome"] is None


def test_a_help_request_leaves_a_case_in_the_hands_that_have_it(town: Town) -> None:
    case = town.person()
    town.lease()
    town.give(case, "sanne")
    town.change(case, state="sociaal_werk")
    ref = ring(town, case, "noor")
    record(town, ref, said(town, Outcome.HULPVRAAG), "noor")
    assert town.row(case)["owner"] == "sanne"


# --- When the next attempt may be ---------------------------------------------------------------------------------------


def test_after_an_attempt_the_case_waits_as_long_as_the_rule_says(town: Town) -> None:
    case = town.person()
    town.call(Outcome.NIET_OPGENOMEN, verified=False)
    assert town.row(case)["not_before"] == millis(START.replace(hour=12))


def test_a_promised_moment_is_the_moment(town: Town) -> None:
    case = town.person()
    later = town.clock.at + timedelta(days=2, hours=1)
    town.call(Outcome.TERUGBELLEN, terugbellen_op=later)
    assert town.row(case)["not_before"] == millis(later)
    assert town.attempts(case)[0]["callback_at"] == millis(later)


@pytest.mark.parametrize(
    ("outcome", "hours"),
    [
        (Outcome.TERUGBELLEN, None),
        (Outcome.TERUGBELLEN, 0),
        (Outcome.TERUGBELLEN, -1),
        (Outcome.VOICEMAIL, 2),
    ],
)
def test_a_moment_belongs_to_calling_back_and_lies_ahead(
    town: Town, outcome: Outcome, hours: int | None
) -> None:
    town.person()
    leased = town.lease()
    moment = None if hours is None else town.clock.at + timedelta(hours=hours)
    with town.nothing_changes(), pytest.raises(Invalid) as refused:
        record(town, leased.ref, CallResult(uitkomst=outcome, terugbellen_op=moment))
    assert [field.veld for field in refused.value.fields] == ["terugbellenOp"]


# --- Notes ---------------------------------------------------------------------------------------------------------------


def test_what_was_said_is_sealed_and_stands_readable_nowhere(town: Town) -> None:
    town.person()
    town.call(
        Outcome.HULPVRAAG, omschrijving="Kanarie zingt over de hypotheek", beste_moment="na de kanariepiet"
    )
    found = files(town).lower()
    assert b"kanarie" not in found


def test_social_work_reads_what_was_said(town: Town) -> None:
    case = town.help_request()
    (attempt,) = town.attempts(case)
    for table, key, row in (
        ("gateway_attempt", attempt["attempt_id"], attempt),
        ("gateway_handover", case, town.handover(case)),
    ):
        place = Context("GM0637", table, "note", key, row["note_subject"], DataClass.NOTITIES)
        permit = Permit(b"\0" * 32, 0, frozenset({sha256(row["note"]).digest()}))
        assert orjson.loads(town.house.vault.open(permit, place, row["note"])) == {
            "beste_moment": "na zessen",
            "omschrijving": "Wil graag hulp met de post",
        }


def test_no_note_is_no_sealed_value(town: Town) -> None:
    case = town.person()
    town.call(Outcome.VOICEMAIL, omschrijving="", beste_moment=None)
    assert town.attempts(case)[0]["note"] is None


@pytest.mark.parametrize("field", ["omschrijving", "beste_moment"])
def test_nothing_is_written_about_the_stranger_at_a_wrong_number(town: Town, field: str) -> None:
    town.person()
    leased = town.lease()
    with town.nothing_changes(), pytest.raises(Invalid) as refused:
        record(town, leased.ref, said(town, Outcome.FOUT_NUMMER, **{field: "Mevrouw Kanarie nam op"}))
    assert "Kanarie" not in str(refused.value)
    assert record(town, leased.ref, said(town, Outcome.FOUT_NUMMER)).state == "brief"


# --- Once ------------------------------------------------------------------------------------------------------------------


def test_sending_a_result_again_changes_nothing(town: Town) -> None:
    case = town.person()
    leased = town.lease()
    first = record(town, leased.ref, said(town, Outcome.VOICEMAIL))
    size = len(town.log())
    with town.nothing_changes():
        again = record(town, leased.ref, said(town, Outcome.VOICEMAIL))
    assert (again.attempt_id, again.number, again.repeated) == (first.attempt_id, first.number, True)
    assert len(town.log()) == size
    assert town.row(case)["attempts"] == 1


def test_another_result_for_the_same_record_is_refused(town: Town) -> None:
    town.person()
    leased = town.lease()
    record(town, leased.ref, said(town, Outcome.VOICEMAIL))
    with town.nothing_changes(), pytest.raises(Conflict) as refused:
        record(town, leased.ref, said(town, Outcome.HULPVRAAG))
    assert refused.value.code == "al_afgerond"


def test_a_result_can_be_sent_again_when_a_colleague_has_the_record_by_then(town: Town) -> None:
    town.person()
    leased = town.lease("farid")
    first = record(town, leased.ref, said(town, Outcome.VOICEMAIL))
    town.clock.forward(hours=4)
    assert town.lease("noor").ref == leased.ref
    again = record(town, leased.ref, said(town, Outcome.VOICEMAIL), "farid")
    assert (again.attempt_id, again.repeated) == (first.attempt_id, True)


def test_two_results_at_the_same_moment_leave_one_attempt(town: Town) -> None:
    case = town.person()
    leased = town.lease()
    result = said(town, Outcome.VOICEMAIL)
    house, _, codes = town.jostled(lambda: record(town, leased.ref, result))
    with pytest.raises(Conflict):
        Results(house, codes).record(town.as_user("farid"), leased.ref, result)
    assert town.row(case)["attempts"] == 1
    assert record(town, leased.ref, result).repeated


# --- Records that ended -----------------------------------------------------------------------------------------------------


def test_a_talk_may_take_longer_than_the_record(town: Town) -> None:
    case = town.person()
    leased = town.lease()
    town.clock.at = instant(leased.expires_at + GRACE_MS).astimezone(AMSTERDAM)
    record(town, leased.ref, said(town, Outcome.VOICEMAIL))
    assert town.row(case)["attempts"] == 1


def test_but_not_for_ever(town: Town) -> None:
    case = town.person()
    leased = town.lease()
    town.clock.at = instant(leased.expires_at + GRACE_MS + 1).astimezone(AMSTERDAM)
    with pytest.raises(Conflict) as refused:
        record(town, leased.ref, said(town, Outcome.VOICEMAIL))
    assert refused.value.code == "verlopen"
    assert town.row(case)["attempts"] == 0


def test_a_record_that_was_recalled_takes_no_result(town: Town) -> None:
    case = town.person()
    leased = town.lease()
    town.withdraw(case)
    with pytest.raises(Conflict) as refused:
        record(town, leased.ref, said(town, Outcome.VOICEMAIL))
    assert refused.value.code == "teruggeroepen"


def test_a_record_that_somebody_else_has_by_now_takes_no_result(town: Town) -> None:
    case = town.person()
    leased = town.lease("farid")
    town.clock.forward(minutes=16)
    town.lease("noor")
    with pytest.raises(Conflict) as refused:
        record(town, leased.ref, said(town, Outcome.VOICEMAIL), "farid")
    assert refused.value.code == "verlopen"
    record(town, leased.ref, said(town, Outcome.VOICEMAIL), "noor")
    assert town.row(case)["attempts"] == 1


def test_a_record_of_another_is_not_there(town: Town) -> None:
    town.person()
    leased = town.lease("farid")
    for asker in (town.as_user("noor"), town.as_party("sociaal_werk")):
        with pytest.raises(NotFound):
            Results(town.house, town.codes).record(asker, leased.ref, said(town, Outcome.VOICEMAIL))


@pytest.mark.parametrize("slip", ["AAAA-AAAA-A", "", "nonsense"])
def test_a_reference_with_a_slip_is_not_there(town: Town, slip: str) -> None:
    with pytest.raises(NotFound):
        record(town, slip, said(town, Outcome.VOICEMAIL))


# --- Residents who ring back -------------------------------------------------------------------------------------------------


def _stays(state: CaseState, outcome: Outcome) -> bool:
    event = CONSEQUENCES[outcome].event
    held = state in {CaseState.HULP_GEVRAAGD, CaseState.OVERGEDRAGEN}
    away = state is CaseState.SOCIAAL_WERK and event is CaseEvent.ROUTE_BRIEF
    return event is CaseEvent.POGING or held or away or event not in TABLE[state]


@pytest.mark.parametrize("state", sorted(ROOM))
def test_whatever_a_resident_says_who_rings_back_can_be_recorded(town: Town, state: CaseState) -> None:
    """In every state: a talk that took place is on record, uses up no attempt, and takes nothing from social work."""
    called = []
    for outcome, case, ref in everybody_leased(town):
        Dialling(town.house, town.door, town.codes).release(town.as_user("farid"), ref)
        town.change(case, state=state, attempts=4, not_before=millis(town.clock.at) + 1)
        called.append((outcome, case))
    town.clock.forward(days=2)
    for outcome, case in called:
        ref = ring(town, case)
        if outcome in VERIFIED:
            verify(town, case, ref)
        done = record(town, ref, said(town, outcome))
        row = town.row(case)
        moved = TABLE[state].get(CONSEQUENCES[outcome].event)
        assert row["state"] == done.state == (state if moved is None or _stays(state, outcome) else moved.to)
        assert row["attempts"] == 4
        assert bool(row["phone_blocked"]) == CONSEQUENCES[outcome].blocks_phone
        assert [attempt["outcome"] for attempt in town.attempts(case)] == [outcome]
        if state in {CaseState.SOCIAAL_WERK, CaseState.HULP_GEVRAAGD, CaseState.OVERGEDRAGEN}:
            assert row["state"] not in {"brief", "belbaar"}


def test_ringing_back_uses_up_none_of_the_seven_and_hides_none(town: Town) -> None:
    case = town.person()
    for _ in range(4):
        town.call(Outcome.VOICEMAIL, verified=False)
        record(town, ring(town, case), said(town, Outcome.VOICEMAIL))
        town.clock.forward(days=1, hours=2)
        town.clock.at = town.clock.at.replace(hour=10 if town.clock.at.day % 2 else 14)
        while town.clock.at.weekday() > 4:
            town.clock.forward(days=1)
    assert town.row(case)["attempts"] == 4
    assert len(town.attempts(case)) == 8
    assert town.lease().attempt == 5


def test_whoever_rang_is_not_called_a_moment_later(town: Town) -> None:
    case = town.person()
    town.lease()
    town.clock.forward(minutes=16)
    record(town, ring(town, case), said(town, Outcome.VOICEMAIL))
    assert Dialling(town.house, town.door, town.codes).lease(town.as_user("noor"), 5) == []


def test_help_asked_by_ringing_back_recalls_the_record_that_is_out(town: Town) -> None:
    """The agent who is about to dial must not: it is being taken care of."""
    case = town.person()
    out = town.lease("farid")
    record(town, ring(town, case, "noor"), said(town, Outcome.HULPVRAAG), "noor")
    dialling = Dialling(town.house, town.door, town.codes)
    assert [ref for ref, _ in dialling.recalled(town.as_user("farid"), 0)] == [out.ref]
    with pytest.raises(Conflict) as refused:
        record(town, out.ref, said(town, Outcome.VOICEMAIL), "farid")
    assert refused.value.code == "teruggeroepen"


def test_results_are_told_by_code_and_never_with_words(town: Town) -> None:
    case = town.person()
    town.call(Outcome.HULPVRAAG, omschrijving="Kanarie")
    (entry,) = town.log(Act.CALL_RECORDED, town.subject(case))
    assert (entry["rsn"], entry["pur"]) == ("hulpvraag", "bellen")
