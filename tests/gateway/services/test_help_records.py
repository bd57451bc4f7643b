"""What is kept of a contact: codes to count with, a sealed note, and nothing that does not belong together."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.services.casework import Casework
from gateway.services.handover import Handovers, Helping
from gateway.store import erasure, records
from schemas.errors import Invalid
from schemas.help import (
    ENDINGS,
    REFERRED,
    Help,
    HelpOutcome,
    HelpResult,
    Opinion,
    Referral,
    ReportReason,
    ReportStep,
    misfits,
)
from schemas.ids import CaseId
from tests.support.installation import TENANT, Town

NOTE = "Belt liever met haar zus erbij"


@pytest.fixture
def helping(town: Town) -> Helping:
    return Helping(town.house, town.door, town.codes)


def talked(town: Town, helping: Helping) -> tuple[CaseId, str]:
    """A help request that sanne took over and talked about."""
    case = town.help_request()
    ref = town.ref(town.as_user("sanne"), case)
    Handovers(town.house, town.door, town.codes).acknowledge(town.as_user("sanne"), ref)
    helping.record_first_talk(town.as_user("sanne"), ref, town.clock().date())
    return case, ref


FULL = HelpResult(
    uitkomst=HelpOutcome.HULP_GEGEVEN,
    hulp=frozenset({Help.QUICK_FIX, Help.VERWIJZING_FINANCIEEL}),
    verwijzingen=frozenset({Referral.NOODFONDS, Referral.BUDGETBEHEER}),
    beleving=frozenset({Opinion.SCHAAMTE, Opinion.OP_TIJD}),
    melding=ReportStep.NIET_NODIG,
    melding_reden=ReportReason.WAARGENOMEN_GEDRAG,
    notitie=NOTE,
)


def test_everything_that_was_said_about_a_contact_is_on_record_in_codes(town: Town, helping: Helping) -> None:
    case, ref = talked(town, helping)
    helping.record_help(town.as_user("sanne"), ref, FULL)
    with town.house.store.read() as connection:
        (row,) = records.records_of(connection, TENANT, case)
    assert (row["outcome"], row["help_given"]) == ("hulp_gegeven", "quick_fix verwijzing_financieel")
    assert (row["referrals"], row["opinions"]) == ("budgetbeheer noodfonds", "op_tijd schaamte")
    assert (row["report"], row["report_reason"]) == ("overwogen_niet_nodig", "waargenomen_gedrag")
    assert (row["recorded_by"], row["at"]) == ("sanne", town.house.now_ms())


def test_a_note_is_sealed_at_rest_and_read_in_the_full_case_alone(town: Town, helping: Helping) -> None:
    case, ref = talked(town, helping)
    helping.record_help(town.as_user("sanne"), ref, FULL)
    with town.house.store.read() as connection:
        (row,) = records.records_of(connection, TENANT, case)
    assert NOTE.encode() not in row["note"]
    view = Casework(town.house, town.door, town.codes).read(town.as_user("sanne"), ref).view.model_dump()
    assert view["notitie"] == NOTE
    assert view["omschrijving"] == "Wil graag hulp met de post"


def test_the_full_case_shows_every_answer_as_a_line(town: Town, helping: Helping) -> None:
    _, ref = talked(town, helping)
    helping.record_help(town.as_user("sanne"), ref, FULL)
    view = Casework(town.house, town.door, town.codes).read(town.as_user("sanne"), ref).view.model_dump()
    given = [(line["onderdeel"], line["antwoord"]) for line in view["gegeven_hulp"]]
    assert ("verwijzing", "noodfonds") in given
    assert ("beleving", "schaamte") in given
    assert ("melding_reden", "waargenomen_gedrag") in given
    assert {line["datum"] for line in view["gegeven_hulp"]} == {"2026-11-03"}


def test_a_refusal_to_a_social_worker_keeps_how_the_resident_looks_at_it(
    town: Town, helping: Helping
) -> None:
    case = town.wealthy_debtor()
    ref = town.give(case, "sanne")
    said = HelpResult(
        uitkomst=HelpOutcome.GEWEIGERD, beleving=frozenset({Opinion.VREES_OPLICHTING, Opinion.INMENGING})
    )
    helping.record_help(town.as_user("sanne"), ref, said)
    with town.house.store.read() as connection:
        (row,) = records.records_of(connection, TENANT, case)
    assert (row["outcome"], row["opinions"]) == ("geweigerd", "inmenging vrees_voor_oplichting")


def test_what_was_recorded_goes_with_the_case_when_it_is_erased(town: Town, helping: Helping) -> None:
    case, ref = talked(town, helping)
    helping.record_help(town.as_user("sanne"), ref, FULL)
    with town.house.store.read() as connection:
        assert erasure.remaining(connection, TENANT, [case], [])["gateway_help_record"] == 1
    assert any(model.__tablename__ == "gateway_help_record" for model, _ in erasure.PLACES)


@pytest.mark.parametrize(
    ("result", "field"),
    [
        (HelpResult(uitkomst=HelpOutcome.HULP_GEGEVEN), "hulp"),
        (HelpResult(uitkomst=HelpOutcome.GEWEIGERD, hulp=frozenset({Help.ADVIES})), "hulp"),
        (
            HelpResult(
                uitkomst=HelpOutcome.HULP_GEGEVEN,
                hulp=frozenset({Help.ADVIES}),
                verwijzingen=frozenset({Referral.WIJKTEAM}),
            ),
            "verwijzingen",
        ),
        (HelpResult(uitkomst=HelpOutcome.ONBEREIKT, beleving=frozenset({Opinion.WELKOM})), "beleving"),
        (HelpResult(uitkomst=HelpOutcome.GEWEIGERD, melding=ReportStep.GEDAAN), "meldingReden"),
        (
            HelpResult(uitkomst=HelpOutcome.GEWEIGERD, melding_reden=ReportReason.ACUUT_GEVAAR),
            "meldingReden",
        ),
    ],
)
def test_parts_that_do_not_belong_together_are_refused_by_their_field(
    town: Town, helping: Helping, result: HelpResult, field: str
) -> None:
    _, ref = talked(town, helping)
    with town.nothing_changes(), pytest.raises(Invalid) as refused:
        helping.record_help(town.as_user("sanne"), ref, result)
    assert [problem.veld for problem in refused.value.fields] == [field]


RESULTS = st.builds(
    HelpResult,
    uitkomst=st.sampled_from(HelpOutcome),
    hulp=st.frozensets(st.sampled_from(Help)),
    verwijzingen=st.frozensets(st.sampled_from(Referral), max_size=2),
    beleving=st.frozensets(st.sampled_from(Opinion), max_size=2),
    melding=st.none() | st.sampled_from(ReportStep),
    melding_reden=st.none() | st.sampled_from(ReportReason),
)


@given(RESULTS)
@settings(max_examples=150)
def test_a_result_without_misfits_holds_together(result: HelpResult) -> None:
    if misfits(result):
        return
    assert bool(result.hulp) == (result.uitkomst is HelpOutcome.HULP_GEGEVEN)
    assert not result.verwijzingen or REFERRED & result.hulp
    assert not result.beleving or ENDINGS[result.uitkomst].reached
    assert (result.melding is None) == (result.melding_reden is None)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Haar bsn is 123456782", "bsn"),
        ("Betaalt van NL91 ABNA 0417 1643 00", "rekeningnummer"),
        ("Wil \u202eniet", "tekens"),
    ],
)
def test_a_number_that_finds_a_person_stays_out_of_a_social_workers_note(
    town: Town, helping: Helping, text: str, code: str
) -> None:
    _, ref = talked(town, helping)
    with town.nothing_changes(), pytest.raises(Invalid) as refused:
        helping.record_help(town.as_user("sanne"), ref, FULL.model_copy(update={"notitie": text}))
    assert [(one.veld, one.code) for one in refused.value.fields] == [("notitie", code)]


def test_a_social_worker_may_write_more_than_an_agent(town: Town, helping: Helping) -> None:
    _, ref = talked(town, helping)
    long = FULL.model_copy(update={"notitie": "woord " * 80})
    assert helping.record_help(town.as_user("sanne"), ref, long) == "overgedragen"
