"""Who sees which case: lists without persons, full cases of the own caseload, views for a purpose."""

from datetime import timedelta

import pytest

from gateway.services.casework import LISTED, CaseLine, Casework, Worklists
from gateway.store import parties, work
from gateway.store.change import Change
from schemas.audit import Act
from schemas.errors import Denied, NotFound
from schemas.moments import millis
from schemas.parties import PartyKind
from tests.support.installation import START, TENANT, Town
from tests.support.social import caseload, lists


@pytest.fixture
def casework(town: Town) -> Casework:
    return Casework(town.house, town.door, town.codes)


def refs(lines: list[CaseLine]) -> list[str]:
    return [line.ref for line in lines]


def test_a_social_worker_reads_the_full_case_of_the_own_caseload(town: Town, casework: Casework) -> None:
    case = town.urgent_person(achternaam="Zwaan", bedrag="512,10", voorvoegsel="")
    ref = town.give(case, "sanne")
    view = casework.read(town.as_user("sanne"), ref).view.model_dump(exclude_unset=True)
    assert view["achternaam"] == "Zwaan"
    assert view["dossierkenmerk"] == ref
    assert view["signalen"][0]["bedrag"] == 51_210
    assert view["categorie"] == "spoed"


def test_a_colleague_without_the_case_is_refused_with_the_reason(town: Town, casework: Casework) -> None:
    case = town.urgent_person()
    ref = town.give(case, "sanne")
    with pytest.raises(Denied) as refused:
        casework.read(town.as_user("tariq"), ref)
    assert [failing.condition for failing in refused.value.failing] == ["toegewezen"]
    assert "teamleider" in refused.value.detail
    entry = town.log(Act.ACCESS_DENIED)[-1]
    assert (entry["dec"], entry["rsn"], entry["gr"], entry["org"]) == (
        "deny",
        "toegewezen",
        "SW01",
        "wijkteam",
    )
    assert town.told(case)[-1] == Act.ACCESS_DENIED


def test_nothing_is_opened_for_who_is_refused(town: Town, casework: Casework) -> None:
    ref = town.give(town.urgent_person(), "sanne")
    with pytest.raises(Denied):
        casework.read(town.as_user("tariq"), ref)
    assert "seal" not in town.log()[-1]


def test_a_case_that_waits_is_shown_to_the_team_without_a_person(town: Town, casework: Casework) -> None:
    case = town.urgent_person()
    asker = town.as_user("tariq")
    view = casework.read(asker, town.ref(asker, case)).view.model_dump(exclude_unset=True)
    assert set(view) == {
        "dossierkenmerk",
        "wijk",
        "categorie",
        "route",
        "samenloop",
        "overdracht",
        "termijnen",
        "signalen",
    }


def test_every_reading_is_an_entry_that_names_grant_fields_and_what_was_opened(
    town: Town, casework: Casework
) -> None:
    case = town.urgent_person()
    ref = town.give(case, "sanne")
    shown = casework.read(town.as_user("sanne"), ref)
    entry = town.log(Act.CASE_READ, town.subject(case))[-1]
    assert (entry["pur"], entry["gr"], entry["role"]) == ("hulpverlenen", "SW01", "sociaal_werk")
    assert {"bedrag", "achternaam"} <= set(entry["cat"])
    assert entry["sealn"] == 3
    assert shown.entry.index == len(town.log()) - 1


def test_a_reader_stands_in_for_an_absent_colleague_and_no_longer(town: Town, casework: Casework) -> None:
    ref = town.give(town.urgent_person(), "sanne")
    now = town.house.now_ms()
    absence = {
        "tenant": TENANT,
        "absence_id": town.house.new_id(),
        "user_id": "sanne",
        "replacement": "tariq",
        "from_at": now,
        "until_at": now + 60_000,
        "recorded_by": "ineke",
    }
    town.house.store.commit(Change((parties.record_absence(absence),)))
    assert casework.read(town.as_user("tariq"), ref).view
    assert [line.stands_in for line in caseload(town, "tariq")] == [True]
    town.clock.forward(minutes=1)
    with pytest.raises(Denied):
        casework.read(town.as_user("tariq"), ref)
    assert caseload(town, "tariq") == []


def test_a_caseload_holds_the_own_open_cases_urgent_first(town: Town, casework: Casework) -> None:
    calm, urgent, other = town.wealthy_debtor(), town.urgent_person(), town.urgent_person()
    mine = [town.give(case, "sanne") for case in (calm, urgent)]
    town.give(other, "tariq")
    lines = caseload(town, "sanne")
    assert refs(lines) == [mine[1], mine[0]]
    assert [(line.category, line.urgent, line.state) for line in lines] == [
        ("spoed", True, "sociaal_werk"),
        ("hoge_achterstand", False, "sociaal_werk"),
    ]
    assert lines[0].terms == {"aanbod": millis(START + timedelta(days=28))}


def test_a_list_names_nobody_and_opens_nothing(town: Town, casework: Casework) -> None:
    case = town.urgent_person(achternaam="Zwaan")
    town.give(case, "sanne")
    line = caseload(town, "sanne")[0]
    assert "Zwaan" not in repr(line)
    entry = town.log(Act.CASE_LISTED, town.subject(case))[-1]
    assert entry["cat"] == list(LISTED)
    assert (entry["gr"], entry["pur"]) == ("SW01", "hulpverlenen")
    assert "seal" not in entry


def test_a_list_is_one_entry_per_subject_in_one_commit(town: Town, casework: Casework) -> None:
    one, other = town.someone(), town.someone()
    twice = town.bring([one | {"crisissignaal": "ja"}, one | {"crisissignaal": "ja", "signaal_ref": "X-1"}])[
        0
    ]
    once = town.bring([other | {"crisissignaal": "ja"}])[0]
    for case in (twice, once):
        town.give(case, "sanne")
    caseload(town, "sanne")
    assert len(town.log(Act.CASE_LISTED)) == 3
    for signal in town.signals(twice):
        assert len(town.log(Act.CASE_LISTED, signal["signal_id"])) == 1


def test_the_waiting_work_of_the_team_is_what_nobody_has(town: Town, casework: Casework) -> None:
    calm, urgent, taken = town.wealthy_debtor(), town.urgent_person(), town.urgent_person()
    asked = town.help_request()
    town.give(taken, "sanne")
    town.letter_person()
    asker = town.as_user("tariq")
    lines = lists(town).waiting(asker).lines
    assert refs(lines) == [town.ref(asker, case) for case in (urgent, calm, asked)]
    assert "eerste_gesprek" in lines[2].terms
    assert all(entry["gr"] == "SW03" for entry in town.log(Act.CASE_LISTED))


def test_an_empty_list_leaves_no_entry(town: Town, casework: Casework) -> None:
    before = len(town.log())
    assert caseload(town, "sanne") == []
    assert len(town.log()) == before


def test_a_machine_of_social_work_has_no_caseload(town: Town, casework: Casework) -> None:
    town.give(town.urgent_person(), "sanne")
    assert lists(town).caseload(town.as_party("sociaal_werk")).lines == []


def test_a_withdrawn_case_leaves_every_list(town: Town, casework: Casework) -> None:
    case = town.urgent_person()
    ref = town.give(case, "sanne")
    town.withdraw(case)
    assert caseload(town, "sanne") == []
    with pytest.raises(Denied) as refused:
        casework.read(town.as_user("sanne"), ref)
    assert "geaccepteerd" in [failing.condition for failing in refused.value.failing]


@pytest.mark.parametrize("kind", sorted(set(PartyKind) - {PartyKind.SOCIAAL_WERK}))
def test_no_other_party_has_a_caseload(town: Town, casework: Casework, kind: str) -> None:
    asker = town.as_party("woonstichting" if kind == "signaalpartner" else kind)
    for listing in (lists(town).caseload, lists(town).waiting):
        with pytest.raises(Denied):
            listing(asker)
    assert [entry["rsn"] for entry in town.log(Act.ACCESS_DENIED)] == ["geen_grant", "geen_grant"]


def test_an_unknown_reference_is_not_found(town: Town, casework: Casework) -> None:
    known = town.give(town.urgent_person(), "sanne")
    for ref in ("7K3P-9QX2-C", "onzin", known[:-1] + ("A" if known[-1] != "A" else "B")):
        with pytest.raises(NotFound):
            casework.read(town.as_user("sanne"), ref)


def test_a_reference_of_another_party_means_nothing_here(town: Town, casework: Casework) -> None:
    case = town.urgent_person()
    theirs = town.ref(town.as_user("olga"), case, "matchen")
    town.give(case, "sanne")
    with pytest.raises(NotFound):
        casework.read(town.as_user("sanne"), theirs)


def test_a_party_without_a_grant_cannot_try_out_references(town: Town, casework: Casework) -> None:
    asker = town.as_party("callcenter")
    real = town.ref(asker, town.person(), "bellen")
    for ref in (real, "7K3P-9QX2-C"):
        with pytest.raises(Denied) as refused:
            casework.view(asker, ref, "hulpverlenen")
        assert refused.value.failing[0].condition == "geen_grant"
    assert len(town.log(Act.ACCESS_DENIED)) == 2


def test_a_view_under_a_reference_that_is_not_ones_own_is_refused_as_if_it_were_nobodys(
    town: Town, casework: Casework
) -> None:
    case = town.urgent_person()
    town.give(case, "sanne")
    theirs = town.ref(town.as_user("olga"), case, "matchen")
    before, answers = len(town.log(Act.ACCESS_DENIED)), set()
    for ref in (theirs, "7K3P-9QX2-C", "0000-0000-0", "ZZZZZZZZZ"):
        with pytest.raises(Denied) as refused:
            casework.view(town.as_user("sanne"), ref, "hulpverlenen")
        answers.add((refused.value.code, refused.value.detail, refused.value.failing))
    assert len(answers) == 1
    told = town.log(Act.ACCESS_DENIED)[before:]
    assert [(e["dec"], e["rsn"], e["gr"], e["pur"]) for e in told] == [
        ("deny", "toegewezen", "SW01", "hulpverlenen")
    ] * 4
    assert town.log(Act.ACCESS_DENIED, town.subject(case)) == []


def test_a_reference_of_ones_own_that_may_not_be_looked_at_now_is_refused_like_an_unknown_one(
    town: Town, casework: Casework
) -> None:
    ref = town.give(town.urgent_person(), "sanne")
    said = []
    for asked in (ref, "7K3P-9QX2-C"):
        with pytest.raises(Denied) as refused:
            casework.view(town.as_user("tariq"), asked, "hulpverlenen")
        said.append((refused.value.detail, refused.value.failing))
    assert said[0] == said[1]


def test_a_purpose_that_does_not_exist_is_refused_and_not_repeated_in_the_log(
    town: Town, casework: Casework
) -> None:
    with pytest.raises(Denied):
        casework.view(town.as_user("sanne"), "7K3P-9QX2-C", "Jansen 12 <script>")
    entry = town.log(Act.ACCESS_DENIED)[-1]
    assert "pur" not in entry
    assert entry["dec"] == "deny"


def test_the_view_shows_the_municipality_what_matching_needs(town: Town, casework: Casework) -> None:
    asker, case = town.as_user("olga"), town.person(achternaam="Zwaan")
    view = casework.view(asker, town.ref(asker, case, "matchen"), "matchen").view
    assert view.model_dump()["achternaam"] == "Zwaan"
    assert town.log(Act.VIEW_READ)[-1]["gr"] == "MA01"


def test_the_view_names_the_case_by_the_reference_of_its_own_purpose(town: Town, casework: Casework) -> None:
    asker, case = town.as_party("woonstichting"), town.person()
    other = town.ref(asker, case, "terugkoppelen")
    view = casework.view(asker, other, "aanleveren").view.model_dump(exclude_unset=True)
    assert view == {"signalen": view["signalen"]}
    asker = town.as_user("olga")
    ref = town.ref(asker, case, "matchen")
    assert casework.view(asker, ref, "matchen").view.model_dump()["dossierkenmerk"] == ref


def test_a_partner_sees_its_own_signal_and_never_a_persons_other_arrears(
    town: Town, casework: Casework
) -> None:
    person = town.someone()
    case = town.bring([person])[0]
    town.bring([person | {"signaal_ref": "E-1", "einde_levering": ""}], "energiebedrijf")
    assert len(town.signals(case)) == 2
    asker = town.as_party("woonstichting")
    view = casework.view(asker, town.ref(asker, case, "aanleveren"), "aanleveren").view.model_dump()
    assert [signal["signaal_ref"] for signal in view["signalen"]] == [person["signaal_ref"]]


def test_a_party_with_a_grant_whose_conditions_fail_hears_which(town: Town, casework: Casework) -> None:
    asker = town.as_user("farid")
    ref = town.ref(asker, town.person(), "bellen")
    with pytest.raises(Denied) as refused:
        casework.view(asker, ref, "bellen")
    assert [failing.condition for failing in refused.value.failing] == ["geleend"]


def test_readers_who_race_to_remember_a_reference_both_succeed(town: Town) -> None:
    case = town.urgent_person()
    asker = town.as_user("sanne")
    town.change(case, owner="sanne")
    house, door, codes = town.jostled(lambda: town.ref(asker, case))
    lines = Worklists(house, door, codes).caseload(asker).lines
    assert refs(lines) == [town.ref(asker, case)]
    assert len(town.log(Act.CASE_LISTED)) == 1


def test_a_planned_visit_stands_in_the_caseload(town: Town, casework: Casework) -> None:
    case = town.urgent_person()
    town.give(case, "sanne")
    visit = {
        "tenant": TENANT,
        "offer_id": town.house.new_id(),
        "case_id": case,
        "channel": "huisbezoek",
        "ordered_at": town.house.now_ms(),
        "ordered_by": "sanne",
        "planned_for": "2026-11-05",
    }
    town.house.store.commit(Change((work.order_offer(visit),)))
    assert [line.visit_on for line in caseload(town, "sanne")] == ["2026-11-05"]


def test_a_clock_that_was_met_runs_no_more(town: Town, casework: Casework) -> None:
    case = town.help_request()
    town.give(case, "sanne")
    line = caseload(town, "sanne")[0]
    assert set(line.terms) == {"eerste_gesprek"}
    assert line.state == "hulp_gevraagd"
