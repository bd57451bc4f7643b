"""Edges of the work: what happens to a case when life does not follow the process. Others stand where they belong.

The whole list, with the test of each, is ``docs/explanation/edge-cases.md``.
"""

from datetime import date, datetime
from typing import Any

import pytest

from connectors.registry import JSON
from gateway.services.casework import Casework
from gateway.services.dialling import Dialling
from gateway.services.handover import Handovers, Helping
from gateway.services.intake import Intake
from gateway.services.intake.receive import Upload
from gateway.services.letters import LetterOrders
from gateway.services.matching import Review
from gateway.services.month_end import MonthEndPlans, MonthEndRuns
from gateway.services.results import Results
from gateway.services.shielding import Protections
from gateway.store import work
from schemas.audit import Act
from schemas.call import CallResult, Outcome
from schemas.errors import Conflict, Denied
from schemas.help import Channel, HelpOutcome, HelpResult, Opinion, Protection
from schemas.ids import CaseId
from schemas.moments import AMSTERDAM
from tests.support.deliveries import as_json
from tests.support.installation import TENANT, Town
from tests.support.social import caseload, waiting


def full(town: Town, ref: str, user: str = "sanne") -> dict[str, Any]:
    shown = Casework(town.house, town.door, town.codes).read(town.as_user(user), ref)
    return shown.view.model_dump(exclude_unset=True)


def close_the_month(town: Town) -> None:
    plans, runs = MonthEndPlans(town.house, town.codes), MonthEndRuns(town.house)
    month = f"{town.clock():%Y-%m}"
    plan = plans.plan(town.as_user("olga"), month).plan_id
    plans.confirm(town.as_party("matching", "piet"), plan)
    runs.run(town.as_user("olga"), plan)


def told_to_partner(town: Town, case: CaseId) -> set[str]:
    with town.house.store.read() as connection:
        ids = [signal["signal_id"] for signal in town.signals(case)]
        return {row["code"] for row in work.feedback_of(connection, TENANT, ids).values()}


# --- Who lives where, with whom -------------------------------------------------------------------------------------


def test_residents_of_one_address_stay_strangers_to_each_other(town: Town) -> None:
    """A care home, a student house, a couple: the address makes a flag and shows nobody another's arrears."""
    home = {"postcode": "2712AB", "huisnummer": "7", "crisissignaal": "ja"}
    cases = town.bring([town.someone(**home) for _ in range(3)])
    assert len(set(cases)) == 3
    mine = full(town, town.give(cases[0], "sanne"))
    assert mine["achternaam"] == town.written[cases[0]]["achternaam"]
    names = {town.written[case]["achternaam"] for case in cases[1:]}
    assert not any(name in str(mine) for name in names)
    assert len(mine["signalen"]) == 1
    town.give(cases[1], "tariq")
    theirs = town.ref(town.as_user("sanne"), cases[1])
    with pytest.raises(Denied):
        full(town, theirs)


def test_who_moves_within_the_town_is_asked_about_and_then_one_case(town: Town) -> None:
    person = town.someone(crisissignaal="ja")
    case = town.bring([person])[0]
    ref = town.give(case, "sanne")
    moved = {"signaal_ref": "NA-DE-VERHUIZING", "postcode": "2799ZZ", "huisnummer": "99"}
    town.clock.forward(minutes=1)
    town.bring([person | moved])
    assert len(full(town, ref)["signalen"]) == 1
    review, olga = Review(town.house, town.door), town.as_user("olga")
    (doubt,) = review.waiting(olga)
    review.decide(olga, doubt.proposal_id, same=True)
    town.route(town.match().opened)
    assert len(full(town, ref)["signalen"]) == 2
    assert full(town, ref)["postcode"] == "2799ZZ"


def test_who_left_the_municipality_is_closed_without_an_offer_and_the_partner_hears_only_that(
    town: Town,
) -> None:
    case = town.wealthy_debtor()
    ref = town.give(case, "sanne")
    gone = HelpResult(uitkomst=HelpOutcome.GEEN_INWONER)
    state = Helping(town.house, town.door, town.codes).record_help(town.as_user("sanne"), ref, gone)
    assert state == "ingetrokken"
    close_the_month(town)
    row = town.row(case)
    assert (row["state"], row["close_reason"], row["offer_at"]) == ("gesloten", "geen_inwoner", None)
    assert told_to_partner(town, case) == {"niet_opgepakt_geen_inwoner"}


# --- Who died, is young, is looked after ----------------------------------------------------------------------------


def test_when_a_resident_turns_out_to_have_died_calling_stops_at_once_and_social_work_ends_it(
    town: Town,
) -> None:
    case = town.person()
    town.call(Outcome.OVERLEDEN_GEMELD)
    assert (town.state(case), bool(town.row(case)["phone_blocked"])) == ("sociaal_werk", True)
    town.clock.forward(days=1)
    assert Dialling(town.house, town.door, town.codes).lease(town.as_user("noor"), 1) == []
    ref = town.give(case, "sanne")
    died = HelpResult(uitkomst=HelpOutcome.OVERLEDEN, notitie="Dochter gesproken, wil later zelf bellen")
    Helping(town.house, town.door, town.codes).record_help(town.as_user("sanne"), ref, died)
    close_the_month(town)
    assert town.row(case)["close_reason"] == "overleden"
    assert told_to_partner(town, case) == {"niet_opgepakt_overleden"}


def test_a_death_during_help_ends_the_help_and_its_clocks(town: Town) -> None:
    case = town.help_request()
    ref = town.ref(town.as_user("sanne"), case)
    Handovers(town.house, town.door, town.codes).acknowledge(town.as_user("sanne"), ref)
    died = HelpResult(uitkomst=HelpOutcome.OVERLEDEN)
    Helping(town.house, town.door, town.codes).record_help(town.as_user("sanne"), ref, died)
    assert town.handover(case)["settled_at"] is not None
    assert all(not line.terms.keys() & {"eerste_gesprek"} for line in caseload(town, "sanne"))


@pytest.mark.parametrize(
    ("born", "state"),
    [("2008-11-04", "sociaal_werk"), ("2008-11-03", "belbaar"), ("", "belbaar")],
    ids=["a day too young", "eighteen today", "age unknown"],
)
def test_a_minor_is_never_called_and_goes_to_social_work(town: Town, born: str, state: str) -> None:
    case = town.person(geboortedatum=born)
    assert town.state(case) == state
    assert bool(town.row(case)["protected"]) == (state == "sociaal_werk")


@pytest.mark.parametrize("reason", Protection)
def test_a_resident_under_guardianship_or_secrecy_is_social_works_alone(
    town: Town, reason: Protection
) -> None:
    case = town.person()
    record, olga = town.lease(), town.as_user("olga")
    Protections(town.house, town.door, town.codes).protect(olga, town.ref(olga, case, "matchen"), reason)
    assert town.state(case) == "sociaal_werk"
    with pytest.raises(Conflict) as recalled:
        Results(town.house, town.codes).record(
            town.as_user("farid"), record.ref, CallResult(uitkomst=Outcome.VOICEMAIL)
        )
    assert recalled.value.code == "teruggeroepen"
    ref = town.give(case, "sanne")
    with pytest.raises(Conflict):
        LetterOrders(town.house, town.door, town.codes).order(town.as_user("sanne"), [ref])
    (entry,) = town.log(Act.CASE_PROTECTED, town.subject(case))
    assert entry["rsn"] == reason


def test_a_worker_protects_the_own_case_and_no_colleagues(town: Town) -> None:
    protections, case = Protections(town.house, town.door, town.codes), town.wealthy_debtor()
    ref = town.give(case, "sanne")
    with pytest.raises(Denied):
        protections.protect(
            town.as_user("tariq"), town.ref(town.as_user("tariq"), case), Protection.VEILIGHEID
        )
    protections.protect(town.as_user("sanne"), ref, Protection.VEILIGHEID)
    with pytest.raises(Conflict):
        protections.protect(town.as_user("sanne"), ref, Protection.CURATELE)


# --- What was said on the phone -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("outcome", "protected"), [(Outcome.ANDERE_TAAL, False), (Outcome.DREIGING, True)], ids=str
)
def test_another_language_or_a_threat_brings_a_case_to_social_work(
    town: Town, outcome: Outcome, *, protected: bool
) -> None:
    case = town.person()
    town.call(outcome)
    assert town.state(case) == "sociaal_werk"
    assert bool(town.row(case)["protected"]) == protected
    assert len(waiting(town)) == 1


def test_a_resident_who_denies_the_debt_is_on_record_and_the_partner_hears_no_more_than_of_a_refusal(
    town: Town,
) -> None:
    case = town.wealthy_debtor()
    ref = town.give(case, "sanne")
    said = HelpResult(uitkomst=HelpOutcome.GEWEIGERD, beleving=frozenset({Opinion.SCHULD_KLOPT_NIET}))
    Helping(town.house, town.door, town.codes).record_help(town.as_user("sanne"), ref, said)
    assert {"datum": "2026-11-03", "onderdeel": "beleving", "antwoord": "schuld_klopt_niet"} in (
        full(town, ref)["gegeven_hulp"]
    )
    close_the_month(town)
    assert told_to_partner(town, case) == {"geen_hulp_gestart"}


def test_somebody_born_on_a_leap_day_is_verified_by_that_day(town: Town) -> None:
    case = town.person(geboortedatum="1984-02-29")
    record = town.lease()
    dialling = Dialling(town.house, town.door, town.codes)
    number = int(town.written[case]["huisnummer"])
    assert not dialling.verify(town.as_user("farid"), record.ref, "1984-02-28", number).confirmed
    assert dialling.verify(town.as_user("farid"), record.ref, "1984-02-29", number).confirmed


# --- What partners do -----------------------------------------------------------------------------------------------


def test_an_arrear_that_grew_over_the_limit_takes_the_case_out_of_the_agents_hands(town: Town) -> None:
    person = town.someone(bedrag="900,00")
    case = town.bring([person])[0]
    record = town.lease()
    grown = person | {
        "soort": "geactualiseerd",
        "signaal_ref": f"{person['signaal_ref']}-2",
        "vervangt_ref": person["signaal_ref"],
        "bedrag": "2.400,00",
    }
    assert town.bring([grown])[0] == case
    assert town.state(case) == "sociaal_werk"
    with pytest.raises(Conflict):
        Results(town.house, town.codes).record(
            town.as_user("farid"), record.ref, CallResult(uitkomst=Outcome.VOICEMAIL)
        )


def test_an_attestation_that_proves_false_cannot_be_corrected_into_a_signal_only_taken_back(
    town: Town,
) -> None:
    person = town.someone(crisissignaal="ja")
    case = town.bring([person])[0]
    ref = town.give(case, "sanne")
    false = person | {
        "soort": "correctie",
        "signaal_ref": f"{person['signaal_ref']}-2",
        "vervangt_ref": person["signaal_ref"],
        "att_persoonlijk_contact": "nee",
    }
    answer = Intake(town.house).receive(town.as_party("woonstichting"), Upload(as_json([false]), JSON))
    assert [result.code.value for result in answer.results] == ["E_ATTEST"]
    town.withdraw(case)
    with pytest.raises(Denied):
        full(town, ref)


def test_an_end_of_supply_without_an_earlier_signal_is_urgent_work_but_starts_no_three_day_clock(
    town: Town,
) -> None:
    case = town.person("energiebedrijf", soort="eindelevering", einde_levering="2026-12-01")
    assert bool(town.row(case)["urgent"])
    assert town.row(case)["first_talk_due"] is None
    ref = town.give(case, "sanne")
    due = Helping(town.house, town.door, town.codes).accept(
        town.as_user("sanne"), ref, Channel.TELEFOON, informed=True
    )
    assert datetime.fromtimestamp(due / 1000, AMSTERDAM).date() == date(2026, 11, 6)


def test_help_that_runs_is_not_erased_and_the_resident_who_asked_keeps_his_helper(town: Town) -> None:
    """Erasure while a duty runs: a request for it changes nothing about the case until the help has ended."""
    case = town.help_request()
    ref = town.ref(town.as_user("sanne"), case)
    Handovers(town.house, town.door, town.codes).acknowledge(town.as_user("sanne"), ref)
    town.clock.forward(days=400)
    close_the_month(town)
    assert town.state(case) == "overgedragen"
    assert full(town, ref)["achternaam"]


def test_a_reference_that_was_given_out_before_the_case_was_closed_shows_nothing_after(town: Town) -> None:
    case = town.wealthy_debtor()
    ref = town.give(case, "sanne")
    said = HelpResult(uitkomst=HelpOutcome.GEWEIGERD)
    Helping(town.house, town.door, town.codes).record_help(town.as_user("sanne"), ref, said)
    close_the_month(town)
    assert town.state(case) == "gesloten"
    assert caseload(town, "sanne") == []
