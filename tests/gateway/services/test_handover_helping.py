"""Talks, clocks and outcomes: what social work records of its own caseload."""

from datetime import date, timedelta

import pytest

from gateway.services.handover import Handovers, Helping
from schemas.audit import Act
from schemas.errors import Conflict, Denied, Invalid
from schemas.help import Channel, Help, HelpOutcome, HelpResult
from schemas.ids import CaseId
from schemas.moments import instant, local, local_day
from tests.support.installation import START, Town
from tests.support.social import caseload

TODAY = START.date()


@pytest.fixture
def helping(town: Town) -> Helping:
    return Helping(town.house, town.door, town.codes)


def taken_over(town: Town) -> tuple[CaseId, str]:
    """A help request that sanne took over."""
    case = town.help_request()
    ref = town.ref(town.as_user("sanne"), case)
    Handovers(town.house, town.door, town.codes).acknowledge(town.as_user("sanne"), ref)
    return case, ref


def result(outcome: HelpOutcome, *helps: Help, **more: object) -> HelpResult:
    return HelpResult.model_validate({"uitkomst": outcome, "hulp": frozenset(helps), **more})


def day_of(ms: int) -> date:
    return local_day(instant(ms))


def test_the_first_talk_starts_the_clock_of_eight_weeks(town: Town, helping: Helping) -> None:
    case, ref = taken_over(town)
    town.clock.forward(days=9)
    talked = TODAY + timedelta(days=8)
    helping.record_first_talk(town.as_user("sanne"), ref, talked)
    asked = town.handover(case)
    assert day_of(asked["first_talk_at"]) == talked
    assert day_of(asked["decision_due"]) == talked + timedelta(days=56)
    assert local(instant(asked["decision_due"])).strftime("%H:%M") == "23:59"
    assert town.told(case)[-1] == Act.TALK_RECORDED
    assert town.log(Act.HELP_RECORDED, town.subject(case)) == []


def test_a_decision_never_falls_due_in_a_weekend_or_on_a_holiday(town: Town, helping: Helping) -> None:
    case, ref = taken_over(town)
    town.clock.forward(days=30)
    talked = date(2026, 11, 6)  # A Friday, eight weeks before New Year's Day, which opens a weekend.
    helping.record_first_talk(town.as_user("sanne"), ref, talked)
    assert day_of(town.handover(case)["decision_due"]) == date(2027, 1, 4)


def test_after_the_first_talk_the_caseload_shows_the_next_clock(town: Town, helping: Helping) -> None:
    _, ref = taken_over(town)
    helping.record_first_talk(town.as_user("sanne"), ref, TODAY)
    (line,) = caseload(town, "sanne")
    assert set(line.terms) == {"beschikking"}


@pytest.mark.parametrize("days", [-1, 1], ids=["before the request", "still to come"])
def test_a_talk_lies_between_the_request_and_today(town: Town, helping: Helping, days: int) -> None:
    _, ref = taken_over(town)
    with town.nothing_changes(), pytest.raises(Invalid) as wrong:
        helping.record_first_talk(town.as_user("sanne"), ref, TODAY + timedelta(days=days))
    assert [problem.veld for problem in wrong.value.fields] == ["datum"]


def test_a_talk_is_recorded_once_and_after_the_request_was_taken_over(town: Town, helping: Helping) -> None:
    asker = town.as_user("sanne")
    waiting = town.give(town.help_request(), "sanne")
    with pytest.raises(Conflict) as early:
        helping.record_first_talk(asker, waiting, TODAY)
    _, ref = taken_over(town)
    helping.record_first_talk(asker, ref, TODAY)
    with pytest.raises(Conflict) as again:
        helping.record_first_talk(asker, ref, TODAY)
    assert (early.value.code, again.value.code) == ("niet_overgenomen", "al_vastgelegd")


@pytest.mark.parametrize(
    ("helps", "reason"),
    [
        ([Help.QUICK_FIX], "advies_of_quick_fix"),
        ([Help.ADVIES, Help.QUICK_FIX], "advies_of_quick_fix"),
        ([Help.ADVIES, Help.VERWIJZING_NIET_FINANCIEEL], "vervolghulp"),
        ([Help.SCHULDHULP], "vervolghulp"),
    ],
)
def test_help_given_is_kept_as_codes_with_the_result_the_case_will_close_with(
    town: Town, helping: Helping, helps: list[Help], reason: str
) -> None:
    case, ref = taken_over(town)
    helping.record_first_talk(town.as_user("sanne"), ref, TODAY)
    state = helping.record_help(town.as_user("sanne"), ref, result(HelpOutcome.HULP_GEGEVEN, *helps))
    asked = town.handover(case)
    assert (state, town.row(case)["close_reason"]) == ("overgedragen", reason)
    assert (asked["outcome"], asked["help_given"]) == ("hulp_gegeven", " ".join(sorted(helps)))
    assert asked["settled_at"] == town.house.now_ms()
    assert town.log(Act.HELP_RECORDED, town.subject(case))[-1]["rsn"] == "hulp_gegeven"


def test_what_kind_of_help_it_was_stands_in_the_erasable_part_of_the_log_alone(
    town: Town, helping: Helping
) -> None:
    case, ref = taken_over(town)
    helping.record_first_talk(town.as_user("sanne"), ref, TODAY)
    helping.record_help(town.as_user("sanne"), ref, result(HelpOutcome.HULP_GEGEVEN, Help.SCHULDHULP))
    assert "schuldhulp" not in str(town.log(Act.HELP_RECORDED, town.subject(case))[-1])


def test_help_needs_a_first_talk(town: Town, helping: Helping) -> None:
    _, ref = taken_over(town)
    own = town.give(town.urgent_person(), "sanne")
    for known in (ref, own):
        with town.nothing_changes(), pytest.raises(Conflict) as early:
            helping.record_help(town.as_user("sanne"), known, result(HelpOutcome.HULP_GEGEVEN, Help.ADVIES))
        assert early.value.code == "geen_gesprek"


@pytest.mark.parametrize(
    "wrong", [result(HelpOutcome.HULP_GEGEVEN), result(HelpOutcome.GEWEIGERD, Help.ADVIES)]
)
def test_help_is_named_exactly_when_it_was_given(town: Town, helping: Helping, wrong: HelpResult) -> None:
    _, ref = taken_over(town)
    with pytest.raises(Invalid) as refused:
        helping.record_help(town.as_user("sanne"), ref, wrong)
    assert [problem.veld for problem in refused.value.fields] == ["hulp"]


_OUTCOMES = [
    (HelpOutcome.GEWEIGERD, "geweigerd", True),
    (HelpOutcome.GEEN_HULP_NODIG, "geweigerd", True),
    (HelpOutcome.ZELF_BETAALD, "betaald", True),
    (HelpOutcome.GEEN_REACTIE, "geen_reactie", False),
]


@pytest.mark.parametrize(("outcome", "state", "offered"), _OUTCOMES)
def test_after_a_request_it_may_still_end_without_help(
    town: Town,
    helping: Helping,
    outcome: HelpOutcome,
    state: str,
    offered: bool,
) -> None:
    case, ref = taken_over(town)
    offers = len(town.offers(case))
    assert helping.record_help(town.as_user("sanne"), ref, result(outcome)) == state
    assert town.state(case) == state
    assert town.handover(case)["outcome"] == outcome
    assert len(town.offers(case)) == offers + offered
    tail = ["help.recorded", "case.transition", "offer.recorded"]
    assert town.told(case)[-2 - offered :] == tail[: 2 + offered]


@pytest.mark.parametrize(
    ("outcome", "state"), [(o, s) for o, s, _ in _OUTCOMES] + [(HelpOutcome.ONBEREIKT, "onbereikt")]
)
def test_social_work_ends_its_own_cases_without_a_request(
    town: Town, helping: Helping, outcome: HelpOutcome, state: str
) -> None:
    case = town.urgent_person()
    ref = town.give(case, "sanne")
    town.change(case, reached=True)
    assert helping.record_help(town.as_user("sanne"), ref, result(outcome)) == state
    assert town.log(Act.CASE_TRANSITION, town.subject(case))[-1]["rsn"] == state


def test_an_answer_in_a_contact_is_a_recorded_offer_with_channel_and_notice(
    town: Town, helping: Helping
) -> None:
    case = town.urgent_person()
    ref = town.give(case, "sanne")
    told = result(HelpOutcome.GEWEIGERD, kanaal=Channel.AFSPRAAK, geinformeerd=True)
    helping.record_help(town.as_user("sanne"), ref, told)
    (offer,) = town.offers(case)
    assert (offer["channel"], offer["result"], offer["notice"]) == ("afspraak", "geweigerd", True)
    assert offer["done_at"] == town.house.now_ms()
    row = town.row(case)
    assert (row["offer_channel"], row["reached"]) == ("afspraak", True)
    assert row["offer_at"] == row["notice_at"] == town.house.now_ms()
    assert town.log(Act.OFFER_RECORDED, town.subject(case))[-1]["rsn"] == "afspraak"


def test_without_the_notice_none_is_recorded(town: Town, helping: Helping) -> None:
    case = town.urgent_person()
    ref = town.give(case, "sanne")
    helping.record_help(town.as_user("sanne"), ref, result(HelpOutcome.GEWEIGERD))
    assert town.row(case)["notice_at"] is None
    assert [offer["notice"] for offer in town.offers(case)] == [False]


def test_an_earlier_offer_and_notice_keep_their_day(town: Town, helping: Helping) -> None:
    case, ref = taken_over(town)
    before = town.row(case)
    town.clock.forward(days=5)
    helping.record_help(
        town.as_user("sanne"),
        ref,
        result(HelpOutcome.GEWEIGERD, kanaal=Channel.HUISBEZOEK, geinformeerd=True),
    )
    after = town.row(case)
    kept = ("offer_at", "offer_channel", "notice_at")
    assert [after[name] for name in kept] == [before[name] for name in kept]


def test_nobody_who_was_never_reached_has_gone_silent(town: Town, helping: Helping) -> None:
    ref = town.give(town.urgent_person(), "sanne")
    with town.nothing_changes(), pytest.raises(Conflict) as refused:
        helping.record_help(town.as_user("sanne"), ref, result(HelpOutcome.GEEN_REACTIE))
    assert refused.value.code == "eerder_bereikt"


def test_unreached_by_social_work_is_no_offer(town: Town, helping: Helping) -> None:
    case = town.urgent_person()
    ref = town.give(case, "sanne")
    helping.record_help(town.as_user("sanne"), ref, result(HelpOutcome.ONBEREIKT))
    assert (town.row(case)["offer_at"], town.offers(case)) == (None, [])


def test_who_refuses_after_help_was_noted_does_not_close_as_helped(town: Town, helping: Helping) -> None:
    case, ref = taken_over(town)
    asker = town.as_user("sanne")
    helping.record_first_talk(asker, ref, TODAY)
    helping.record_help(asker, ref, result(HelpOutcome.HULP_GEGEVEN, Help.SCHULDHULP))
    helping.record_help(asker, ref, result(HelpOutcome.GEWEIGERD))
    assert town.row(case)["close_reason"] is None
    assert town.handover(case)["help_given"] is None


def test_a_yes_at_the_door_is_asked_and_taken_over_in_one_step(town: Town, helping: Helping) -> None:
    case = town.wealthy_debtor()
    ref = town.give(case, "sanne")
    helping.accept(town.as_user("sanne"), ref, Channel.HUISBEZOEK, informed=True)
    row, asked = town.row(case), town.handover(case)
    assert (row["state"], row["owner"], row["accepted_at"]) == ("overgedragen", "sanne", town.house.now_ms())
    assert (asked["acknowledged_by"], asked["verified"], asked["threatening"]) == ("sanne", True, False)
    assert day_of(asked["first_talk_due"]) == TODAY + timedelta(days=28)
    assert row["first_talk_due"] == asked["first_talk_due"]
    assert [offer["result"] for offer in town.offers(case)] == ["hulpvraag"]
    assert town.told(case)[-4:] == [
        "help.requested",
        "handover.acknowledged",
        "case.transition",
        "offer.recorded",
    ]


def test_in_a_threatening_situation_three_working_days_count(town: Town, helping: Helping) -> None:
    town.clock.forward(days=2)  # Thursday: Friday, Monday and Tuesday are the three days.
    case = town.urgent_person()
    helping.accept(town.as_user("sanne"), town.give(case, "sanne"), Channel.AFSPRAAK, informed=False)
    asked = town.handover(case)
    assert asked["threatening"]
    assert day_of(asked["first_talk_due"]) == date(2026, 11, 10)


def test_who_said_no_may_still_say_yes(town: Town, helping: Helping) -> None:
    case, ref = taken_over(town)
    asker = town.as_user("sanne")
    helping.record_first_talk(asker, ref, TODAY)
    helping.record_help(asker, ref, result(HelpOutcome.GEWEIGERD))
    town.clock.forward(days=3)
    helping.accept(asker, ref, Channel.TELEFOON, informed=True)
    asked = town.handover(case)
    assert (town.state(case), asked["requested_at"]) == ("overgedragen", town.house.now_ms())
    anew = ("first_talk_at", "decision_due", "outcome", "help_given", "settled_at")
    assert [asked[name] for name in anew] == [None] * 5


def test_a_yes_counts_once(town: Town, helping: Helping) -> None:
    _, ref = taken_over(town)
    waiting = town.give(town.help_request(), "sanne")
    for known in (ref, waiting):
        with town.nothing_changes(), pytest.raises(Conflict):
            helping.accept(town.as_user("sanne"), known, Channel.TELEFOON, informed=True)


def test_only_the_own_caseload_is_written_about(town: Town, helping: Helping) -> None:
    case, ref = taken_over(town)
    stranger = town.as_user("tariq")
    tries = [
        lambda: helping.accept(stranger, ref, Channel.TELEFOON, informed=True),
        lambda: helping.record_first_talk(stranger, ref, TODAY),
        lambda: helping.record_help(stranger, ref, result(HelpOutcome.GEWEIGERD)),
    ]
    for attempt in tries:
        with town.nothing_changes(), pytest.raises(Denied) as refused:
            attempt()
        assert [failing.condition for failing in refused.value.failing] == ["toegewezen"]
    assert len(town.log(Act.ACCESS_DENIED, town.subject(case))) == 3


def test_work_that_waits_is_not_the_own_caseload(town: Town, helping: Helping) -> None:
    case = town.urgent_person()
    asker = town.as_user("sanne")
    with pytest.raises(Denied):
        helping.record_help(asker, town.ref(asker, case), result(HelpOutcome.ONBEREIKT))


def test_of_two_outcomes_at_once_one_is_kept(town: Town) -> None:
    case, ref = taken_over(town)
    asker = town.as_user("sanne")
    calm = Helping(town.house, town.door, town.codes)
    parts = town.jostled(lambda: calm.record_help(asker, ref, result(HelpOutcome.ZELF_BETAALD)))
    with pytest.raises(Conflict):
        Helping(*parts).record_help(asker, ref, result(HelpOutcome.GEWEIGERD))
    assert town.state(case) == "betaald"
    assert town.handover(case)["outcome"] == "zelf_betaald"


def test_help_that_was_accepted_can_be_finished_after_the_partner_withdrew(
    town: Town, helping: Helping
) -> None:
    case, ref = taken_over(town)
    helping.record_first_talk(town.as_user("sanne"), ref, TODAY)
    town.withdraw(case)
    assert town.state(case) == "overgedragen"
    helping.record_help(town.as_user("sanne"), ref, result(HelpOutcome.HULP_GEGEVEN, Help.ADVIES))
    assert town.handover(case)["outcome"] == "hulp_gegeven"
