"""A matching round: what is certain is linked, what is doubtful waits for a person, and nothing is done twice."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from connectors.registry import JSON
from gateway.matching.rules import RULES_VERSION
from gateway.services.intake import Intake
from gateway.services.intake.receive import Upload
from gateway.services.matching import MatchRun, Review, RunReport
from gateway.store import cases, signals, work
from gateway.store.change import Row
from schemas.audit import Act
from schemas.call import Outcome
from schemas.case import CaseState
from schemas.errors import Conflict
from schemas.ids import CaseId
from schemas.moments import millis
from schemas.signal import LineCode
from tests.support.deliveries import as_json
from tests.support.installation import TENANT, Town

Line = Mapping[str, str]


def reported_by(row: Line, n: int = 2, **changes: str) -> dict[str, str]:
    """The same person in another signal."""
    return {**row, "signaal_ref": f"{row['signaal_ref']}-{n}", "bedrag": f"{n},00", **changes}


def without_birthday(row: Line, n: int = 2, **changes: str) -> dict[str, str]:
    """Probably the same person, but nobody can be sure."""
    return reported_by(row, n, geboortedatum="", **changes)


def links(town: Town, kind: str = "same_person") -> list[Row]:
    with town.house.store.read() as connection:
        query = f"SELECT * FROM gateway_link WHERE kind = '{kind}' AND revoked_at IS NULL ORDER BY a, b"
        return [dict(row) for row in connection.exec_driver_sql(query).mappings()]


def case_of(town: Town, ref: str, partner: str = "woonstichting") -> CaseId | None:
    """The case of a signal by the partner's reference, as the partner's next line would find it."""
    with town.house.store.read() as connection:
        tag = town.house.fingerprints.of(TENANT, "kenmerk", partner, ref)
        party = town.as_party(partner).party
        signal = signals.named(connection, TENANT, party, [tag])[tag].signal
        assert signal is not None
        found = signals.case_of_signal(connection, TENANT, signal)
    return CaseId(found) if found else None


def proposals(town: Town) -> list[Row]:
    with town.house.store.read() as connection:
        return work.open_proposals(connection, TENANT)


def a_doubtful_pair(town: Town) -> tuple[Line, Line]:
    row = town.someone()
    other = without_birthday(row)
    town.deliver([row])
    town.deliver([other], "waterbedrijf")
    return row, other


# --- One person -----------------------------------------------------------------------------------------------------


def test_one_person_of_two_partners_gets_one_case(town: Town) -> None:
    row = town.someone()
    town.deliver([row])
    town.deliver([reported_by(row)], "waterbedrijf")
    report = town.match()
    assert (report.signals, report.links, report.proposals, len(report.opened)) == (2, 1, 0, 1)
    (case,) = report.opened
    assert {signal["party_id"] for signal in town.signals(case)} == {"woonstichting", "waterbedrijf"}
    assert town.row(case)["samenloop"] == "meervoudig"


def test_a_link_keeps_rule_evidence_version_and_who_started_the_round(town: Town) -> None:
    row = town.someone()
    town.deliver([row, reported_by(row)])
    report = town.match()
    (link,) = links(town)
    assert link["rule"].startswith("R")
    assert int(link["evidence"]) > 0
    assert (link["ruleset"], link["run_id"], link["actor"]) == (RULES_VERSION, report.run_id, "olga")


def test_two_persons_at_one_address_get_a_case_each(town: Town) -> None:
    row = town.someone(voorletters="A.")
    other = town.someone(**{name: row[name] for name in ("postcode", "huisnummer")}, achternaam="Zeearend")
    first, second = town.bring([row, other])
    assert first != second
    assert [town.row(case)["samenloop"] for case in (first, second)] == ["meervoudig", "meervoudig"]
    assert links(town) == []
    assert len(links(town, "same_address")) == 1


def test_a_neighbour_of_long_ago_makes_nobody_several(town: Town) -> None:
    row = town.someone()
    town.bring([row])
    town.clock.forward(days=400)
    place = {name: row[name] for name in ("postcode", "huisnummer", "huisletter", "toevoeging")}
    (case,) = town.bring([town.someone(**place)])
    assert town.row(case)["samenloop"] == "enkelvoudig"


def test_somebody_alone_is_single(town: Town) -> None:
    assert town.row(town.person())["samenloop"] == "enkelvoudig"


def test_a_case_is_opened_with_its_clock_from_the_earliest_signal(town: Town) -> None:
    row = town.someone()
    town.deliver([row])
    first = town.clock.at
    town.clock.forward(days=3)
    town.deliver([reported_by(row)], "waterbedrijf")
    town.clock.forward(days=1)
    (case,) = town.match().opened
    assert town.row(case)["offer_due"] == millis(first + timedelta(days=28))
    assert town.row(case)["opened_at"] == millis(town.clock.at)
    assert town.row(case)["month"] == "2026-11"


# --- Nothing twice ----------------------------------------------------------------------------------------------------


def without_runs(town: Town) -> list[tuple[object, ...]]:
    return [row for row in town._rows() if row[0] != "gateway_run"]


def test_a_second_round_changes_nothing(town: Town) -> None:
    row = town.someone()
    town.bring([row, reported_by(row), town.someone()])
    before = without_runs(town)
    again = town.match()
    assert without_runs(town) == before
    assert (again.signals, again.links, again.proposals, again.opened) == (0, 0, 0, ())


def test_a_second_round_with_open_doubts_changes_nothing(town: Town) -> None:
    """Also the address that the two share is noted once."""
    a_doubtful_pair(town)
    town.match()
    before = without_runs(town)
    again = town.match()
    assert without_runs(town) == before
    assert (again.signals, again.opened) == (2, ())


def test_of_two_rounds_at_once_one_counts(town: Town) -> None:
    town.deliver([town.someone() for _ in range(5)])

    def start(_: int) -> RunReport | None:
        try:
            return MatchRun(town.house).start(town.as_user("olga"))
        except Conflict:
            return None

    with ThreadPoolExecutor(4) as pool:
        reports = [report for report in pool.map(start, range(4)) if report is not None]
    assert sum(len(report.opened) for report in reports) == 5
    with town.house.store.read() as connection:
        assert len(cases.cases_in(connection, TENANT, list(CaseState))) == 5


def test_a_withdrawal_during_the_round_stops_the_round_and_nothing_is_stored(town: Town) -> None:
    received = town.deliver([town.someone()])
    partner = town.as_party("woonstichting")
    house, _, _ = town.jostled(lambda: None)
    intake = Intake(town.house)
    house.store._actions.append(lambda: intake.withdraw(partner, received.delivery_id, []))  # type: ignore[attr-defined]
    with pytest.raises(Conflict):
        MatchRun(house).start(town.as_user("olga"))
    with town.house.store.read() as connection:
        assert cases.cases_in(connection, TENANT, list(CaseState)) == []


# --- Doubt ------------------------------------------------------------------------------------------------------------


def test_a_doubt_holds_both_signals_back_round_after_round(town: Town) -> None:
    row, other = a_doubtful_pair(town)
    report = town.match()
    assert (report.proposals, report.opened) == (1, ())
    assert case_of(town, row["signaal_ref"]) is None
    assert case_of(town, other["signaal_ref"], "waterbedrijf") is None
    assert town.match().opened == ()


def test_a_doubt_about_somebody_who_has_a_case_holds_the_new_signal_back(town: Town) -> None:
    row = town.someone()
    (case,) = town.bring([row])
    town.deliver([without_birthday(row)], "waterbedrijf")
    assert town.match().opened == ()
    assert len(town.signals(case)) == 1


def test_a_no_gives_each_a_case_and_is_not_asked_again(town: Town) -> None:
    row, other = a_doubtful_pair(town)
    town.match()
    (asked,) = proposals(town)
    assert (
        Review(town.house, town.door).decide(town.as_user("olga"), asked["proposal_id"], same=False) is None
    )
    report = town.match()
    assert (report.proposals, len(report.opened)) == (0, 2)
    assert case_of(town, row["signaal_ref"]) != case_of(town, other["signaal_ref"], "waterbedrijf")


def test_a_yes_gives_both_one_case(town: Town) -> None:
    row, other = a_doubtful_pair(town)
    town.match()
    (asked,) = proposals(town)
    link = Review(town.house, town.door).decide(town.as_user("olga"), asked["proposal_id"], same=True)
    report = town.match()
    assert len(report.opened) == 1
    assert case_of(town, row["signaal_ref"]) == case_of(town, other["signaal_ref"], "waterbedrijf")
    assert [(one["link_id"], one["rule"]) for one in links(town)] == [(link, "PERSOON")]


def test_a_yes_about_a_running_case_lets_the_signal_join_it(town: Town) -> None:
    row = town.someone()
    (case,) = town.bring([row])
    town.deliver([without_birthday(row)], "waterbedrijf")
    town.match()
    Review(town.house, town.door).decide(town.as_user("olga"), proposals(town)[0]["proposal_id"], same=True)
    report = town.match()
    assert (report.joined, report.opened) == (1, (case,))
    assert len(town.signals(case)) == 2


def test_a_doubt_of_which_one_signal_was_taken_back_is_moot(town: Town) -> None:
    row, _ = a_doubtful_pair(town)
    town.match()
    received = Intake(town.house).receive(
        town.as_party("waterbedrijf"),
        Upload(
            as_json([{"signaal_ref": "I", "soort": "intrekking", "vervangt_ref": f"{row['signaal_ref']}-2"}]),
            JSON,
        ),
    )
    assert received.results[0].code is LineCode.ACCEPTED
    assert Review(town.house, town.door).waiting(town.as_user("olga")) == []
    assert len(town.match().opened) == 1


# --- Recurrence ---------------------------------------------------------------------------------------------------------


def test_a_new_signal_joins_the_running_case(town: Town) -> None:
    row = town.someone()
    (case,) = town.bring([row])
    town.deliver([reported_by(row)], "waterbedrijf")
    report = town.match()
    assert (report.joined, report.opened) == (1, (case,))
    assert {signal["state"] for signal in town.signals(case)} == {"gekoppeld"}
    assert town.row(case)["samenloop"] == "meervoudig"


def test_a_running_case_of_an_earlier_month_becomes_consecutive(town: Town) -> None:
    row = town.someone()
    (case,) = town.bring([row])
    town.clock.forward(days=30)
    town.deliver([reported_by(row)], "waterbedrijf")
    town.match()
    assert town.row(case)["samenloop"] == "opeenvolgend"


def test_a_correction_joins_its_case_and_brings_nothing_new(town: Town) -> None:
    row = town.someone()
    (case,) = town.bring([row])
    town.deliver([reported_by(row, soort="correctie", vervangt_ref=row["signaal_ref"])])
    assert town.match().opened == (case,)
    assert town.row(case)["samenloop"] == "enkelvoudig"


@pytest.mark.parametrize("days", [40, 183, 300])
def test_after_a_closed_case_a_new_one_is_opened_that_knows_the_last(town: Town, days: int) -> None:
    row = town.someone()
    (case,) = town.bring([row])
    town.change(case, state="gesloten", closed_at=millis(town.clock.at), close_reason="zelf_betaald")
    town.clock.forward(days=days)
    town.deliver([reported_by(row)])
    (new,) = town.match().opened
    assert new != case
    assert town.row(new)["previous"] == case
    assert town.row(new)["samenloop"] == ("opeenvolgend" if days <= 183 else "enkelvoudig")
    assert town.row(new)["attempts"] == 0


@pytest.mark.parametrize("state", ["betaald", "geweigerd", "geen_reactie", "onbereikt"])
def test_a_case_with_a_result_gets_no_new_signal_for_that_needs_an_offer_of_its_own(
    town: Town, state: str
) -> None:
    row = town.someone()
    (case,) = town.bring([row])
    town.change(case, state=state, offer_at=1)
    town.deliver([reported_by(row)], "waterbedrijf")
    (new,) = town.match().opened
    assert town.row(new)["previous"] == case
    assert town.row(new)["offer_at"] is None


@pytest.mark.parametrize("state", ["sociaal_werk", "hulp_gevraagd", "overgedragen", "brief"])
def test_whoever_is_being_helped_keeps_one_case(town: Town, state: str) -> None:
    row = town.someone()
    (case,) = town.bring([row])
    town.change(case, state=state)
    town.deliver([reported_by(row)], "waterbedrijf")
    assert town.match().opened == (case,)


def test_an_objection_and_a_protection_outlive_the_case(town: Town) -> None:
    row = town.someone()
    (case,) = town.bring([row])
    town.change(case, state="gesloten", phone_blocked=True, protected=True)
    town.deliver([reported_by(row)])
    (new,) = town.match().opened
    assert town.row(new)["phone_blocked"]
    assert town.row(new)["protected"]


def test_a_case_that_is_worked_on_during_the_round_is_joined_all_the_same(town: Town) -> None:
    row = town.someone()
    (case,) = town.bring([row])
    town.deliver([reported_by(row)], "waterbedrijf")
    house, _, _ = town.jostled(lambda: town.change(case, urgent=True))
    MatchRun(house).start(town.as_user("olga"))
    assert len(town.signals(case)) == 2
    assert town.row(case)["urgent"]


def test_a_case_that_is_closed_during_the_round_takes_no_signal(town: Town) -> None:
    """Else the signal would be lost in a case that nobody looks at again."""
    row = town.someone()
    (case,) = town.bring([row])
    town.deliver([reported_by(row)], "waterbedrijf")
    house, _, _ = town.jostled(lambda: town.change(case, state="gesloten"))
    # The entries of the two comparisons, of what is new and of what is known, go first.
    house.store._actions += [lambda: None, lambda: None]  # type: ignore[attr-defined]
    with pytest.raises(Conflict):
        MatchRun(house).start(town.as_user("olga"))
    assert len(town.signals(case)) == 1
    (new,) = town.match().opened
    assert town.row(new)["previous"] == case


def test_a_person_is_judged_with_all_that_earlier_links_tell(town: Town) -> None:
    """The new signal shares its number with the second only; the case is that of the first."""
    row = town.someone()
    moved = reported_by(row, 2, postcode="2711CD", huisnummer="99", telefoon_1="06-33333333")
    (case,) = town.bring([row])
    town.deliver([moved], "waterbedrijf")
    town.match()
    for asked in proposals(town):
        Review(town.house, town.door).decide(town.as_user("olga"), asked["proposal_id"], same=True)
    town.match()
    town.deliver([reported_by(moved, 3)], "energiebedrijf")
    town.match()
    assert len(town.signals(case)) == 3


# --- The log ------------------------------------------------------------------------------------------------------------


def test_a_comparison_is_one_entry_with_its_count_and_comes_before_anything_is_opened(town: Town) -> None:
    town.deliver([town.someone() for _ in range(5)])
    report = town.match()
    runs = town.log(Act.MATCH_RUN)
    assert [entry["n"] for entry in runs] == [5]
    assert runs[0]["pur"] == "matchen"
    assert len(town.log(Act.CASE_OPENED)) == len(report.opened) == 5


def test_a_round_with_nothing_new_opens_nothing(town: Town) -> None:
    town.match()
    assert town.log(Act.MATCH_RUN) == []


# --- Deciding and undoing -------------------------------------------------------------------------------------------------


def test_a_help_request_during_a_doubt_stays_where_it_is(town: Town) -> None:
    row = town.someone()
    (case,) = town.bring([row])
    town.call(Outcome.HULPVRAAG)
    town.deliver([without_birthday(row)], "waterbedrijf")
    town.match()
    assert town.state(case) == "hulp_gevraagd"
