"""Lists in baskets: what lies where, counted and sifted, and what a district costs to ask for."""

from gateway.services.casework import Sift, Worklists
from gateway.services.handover import Helping
from gateway.services.letters import LetterOrders, Post, Printing
from gateway.services.shielding import Restrictions
from schemas.audit import Act
from schemas.baskets import Basket
from schemas.call import Outcome
from schemas.clocks import Stage
from schemas.help import HelpOutcome, HelpResult, Restriction
from schemas.ids import CaseId
from schemas.moments import instant
from tests.support.installation import Town
from tests.support.social import caseload, lists, sifted, waiting

B = Basket


def line_of(town: Town, case: CaseId, user: str = "tariq") -> tuple[Basket, ...]:
    ref = town.ref(town.as_user(user), case)
    (found,) = [line for line in waiting(town, user) if line.ref == ref]
    return found.baskets


def returned_letter(town: Town) -> CaseId:
    """A case whose letter came back from the post."""
    case, post = town.letter_person(), town.as_party("briefdienst")
    parts = (town.house, town.door, town.codes)
    batch = LetterOrders(*parts).order(town.as_user("olga")).batch_id
    assert batch is not None
    Printing(*parts).print_file(post, batch)
    Post(*parts).confirm_sent(post, batch, town.clock().date())
    Post(*parts).returned(post, batch, [town.ref(post, case, "aanschrijven")])
    return case


def recurring(town: Town) -> CaseId:
    """A case of somebody whose last one ended in a refusal a month ago."""
    person = town.someone()
    first = town.bring([person])[0]
    town.call(Outcome.GEVERIFIEERD_GEWEIGERD)
    town.change(first, state="gesloten", close_reason="regelt_het_zelf", closed_at=town.house.now_ms())
    town.clock.forward(days=30)
    return town.bring([person | {"signaal_ref": "OPNIEUW", "peildatum": "2026-11-15"}])[0]


def test_every_kind_of_work_lies_in_its_basket(town: Town) -> None:
    urgent, calm, asked = town.urgent_person(), town.wealthy_debtor(), town.help_request()
    undeliverable = returned_letter(town)
    assert line_of(town, urgent) == (B.TE_BEOORDELEN, B.SPOED)
    assert line_of(town, calm) == (B.TE_BEOORDELEN,)
    assert line_of(town, asked) == (B.OVERDRACHT,)
    assert line_of(town, undeliverable) == (B.TE_BEOORDELEN, B.ONBESTELBAAR)


def test_who_refused_before_and_comes_again_lies_in_a_basket_of_its_own(town: Town) -> None:
    again = recurring(town)
    assert town.state(again) == "sociaal_werk"
    assert B.HERHALING in line_of(town, again)


def test_two_signals_in_a_month_lie_in_the_basket_of_several(town: Town) -> None:
    person = town.someone(crisissignaal="ja")
    case = town.bring([person, person | {"signaal_ref": "NOG-EEN"}])[0]
    assert B.MEERVOUDIG in line_of(town, case)


def test_a_clock_that_runs_out_puts_a_case_in_the_basket_of_clocks(town: Town) -> None:
    case = town.wealthy_debtor()
    assert B.TERMIJN not in line_of(town, case)
    town.clock.forward(days=21)  # The offer is due on a Tuesday, five working days on.
    (line,) = waiting(town)
    assert (line.baskets, line.stages) == ((B.TE_BEOORDELEN, B.TERMIJN), {"aanbod": Stage.BIJNA})
    town.clock.forward(days=8)
    assert waiting(town)[0].stages == {"aanbod": Stage.VERLOPEN}


def test_a_promised_call_waits_in_its_basket_until_somebody_spoke_to_the_resident(town: Town) -> None:
    case = town.person()
    soon = instant(town.house.now_ms() + 4 * 3_600_000)
    town.call(Outcome.TERUGBELLEN, terugbellen_op=soon)
    town.change(case, state="sociaal_werk")
    ref = town.give(case, "sanne")
    (line,) = caseload(town, "sanne")
    assert (line.baskets, instant(line.call_back or 0)) == ((B.TERUGBELLEN,), soon)
    town.clock.forward(hours=5)
    helping = Helping(town.house, town.door, town.codes)
    helping.record_help(town.as_user("sanne"), ref, HelpResult(uitkomst=HelpOutcome.GEWEIGERD))
    assert [line.call_back for line in caseload(town, "sanne")] == [None]


def test_counts_tell_of_every_basket_whatever_basket_is_asked_for(town: Town) -> None:
    town.urgent_person()
    town.wealthy_debtor()
    found = sifted(town, basket=B.SPOED)
    assert [line.category for line in found.lines] == ["spoed"]
    assert found.counts == {**dict.fromkeys(B, 0), B.TE_BEOORDELEN: 2, B.SPOED: 1}
    assert sifted(town, basket=B.ONBESTELBAAR).lines == []


def test_only_what_is_listed_is_told_to_the_log(town: Town) -> None:
    urgent, calm = town.urgent_person(), town.wealthy_debtor()
    sifted(town, basket=B.SPOED)
    assert [len(town.log(Act.CASE_LISTED, town.subject(case))) for case in (urgent, calm)] == [1, 0]


def test_a_list_is_sifted_by_the_kind_of_signal(town: Town) -> None:
    rent = town.urgent_person()
    town.person("waterbedrijf", crisissignaal="ja")
    found = sifted(town, kind="huur")
    assert [line.ref for line in found.lines] == [town.ref(town.as_user("tariq"), rent)]
    assert found.lines[0].types == ("huur",)
    assert found.counts[B.SPOED] == 1


def test_a_list_is_sifted_by_district_and_shows_no_address(town: Town) -> None:
    here = town.urgent_person(postcode="2712AB")
    town.urgent_person(postcode="2713AB")
    found = sifted(town, district="2712")
    assert [line.ref for line in found.lines] == [town.ref(town.as_user("tariq"), here)]
    assert "2712" not in repr(found)
    assert found.counts[B.SPOED] == 1
    assert sifted(town, district="9999").lines == []


def test_districts_are_compared_under_an_entry_that_stands_first_and_names_what_may_be_opened(
    town: Town,
) -> None:
    cases = [town.urgent_person(postcode="2712AB"), town.urgent_person(postcode="2713AB")]
    sifted(town, district="2712")
    (entry,) = town.log(Act.CASES_SIFTED)
    assert (entry["n"], entry["cat"], entry["gr"], entry["sealn"]) == (2, ["wijk"], "SW03", 2)
    (told,) = town.log(Act.CASE_LISTED)
    assert "wijk" in told["cat"]
    assert town.log(Act.CASE_LISTED, town.subject(cases[1])) == []


def test_without_a_district_nothing_is_opened(town: Town) -> None:
    town.urgent_person()
    sifted(town, kind="huur", basket=B.SPOED)
    assert town.log(Act.CASES_SIFTED) == []
    assert all("seal" not in entry for entry in town.log(Act.CASE_LISTED))


def test_the_own_caseload_is_sifted_too(town: Town) -> None:
    mine = town.give(town.urgent_person(postcode="2712AB"), "sanne")
    town.give(town.urgent_person(postcode="2713AB"), "sanne")
    asker = town.as_user("sanne")
    from_list = lists(town).caseload(asker, Sift(district="2712"))
    assert [line.ref for line in from_list.lines] == [mine]
    assert town.log(Act.CASES_SIFTED)[-1]["gr"] == "SW01"


def test_a_case_given_back_during_help_waits_for_the_team_and_is_not_lost(town: Town) -> None:
    case = town.help_request()
    town.give(case, "sanne")
    town.change(case, state="overgedragen", owner=None)
    assert B.TE_BEOORDELEN in line_of(town, case)


def test_a_restricted_case_is_in_nobody_elses_list_nor_count(town: Town) -> None:
    case = town.urgent_person()
    leader = town.as_user("ineke")
    Restrictions(town.house, town.door, town.codes).restrict(
        leader, town.ref(leader, case), Restriction.COLLEGA, ["sanne"]
    )
    assert waiting(town, "tariq") == []
    assert sifted(town, district="2700").counts == dict.fromkeys(B, 0)
    assert [line.category for line in waiting(town, "sanne")] == ["spoed"]


def test_a_reader_who_loses_the_race_for_a_new_reference_reads_on(town: Town) -> None:
    case, asker = town.urgent_person(), town.as_user("tariq")
    parts = town.jostled(lambda: town.ref(asker, case))
    assert len(Worklists(*parts).waiting(asker).lines) == 1


def test_a_list_is_sifted_by_what_was_allotted_to_the_team(town: Town) -> None:
    allotted = town.urgent_person()
    town.urgent_person()
    town.change(allotted, team="wijkteam")
    found = sifted(town, team="wijkteam")
    assert [line.ref for line in found.lines] == [town.ref(town.as_user("tariq"), allotted)]
    assert found.counts[B.SPOED] == 1
    assert len(waiting(town)) == 2
