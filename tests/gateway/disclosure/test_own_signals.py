"""A partner sees of a case its own signals and nothing that another partner, or the municipality, knows."""

from collections.abc import Mapping
from typing import Any

import pytest

from gateway.disclosure.door import Ask
from gateway.disclosure.dossier import facts_of, load
from gateway.store import work
from gateway.store.change import Change
from schemas.audit import Act
from schemas.errors import Denied, NotFound
from schemas.ids import CaseId
from tests.support.installation import TENANT, Town


def shared(town: Town) -> CaseId:
    """A case of one person with arrears at two partners."""
    row = town.someone(signaal_ref="HUUR-1", bedrag="100,00")
    town.deliver([row])
    town.deliver([{**row, "signaal_ref": "WATER-1", "bedrag": "200,00"}], "waterbedrijf")
    (case,) = town.match().opened
    town.route([case])
    return case


def told(town: Town, case: CaseId, code: str = "hulp_gestart", *, days_ago: int = 0) -> None:
    """Tell both partners how it went."""
    at = town.house.now_ms() - days_ago * 24 * 3_600_000
    rows = [
        {"tenant": TENANT, "signal_id": s["signal_id"], "code": code, "pause_until": "2026-12-03", "at": at}
        for s in town.signals(case)
    ]
    town.house.store.commit(Change((work.add_feedback(rows),)))


def view(town: Town, partner: str, case: CaseId, purpose: str) -> Mapping[str, Any]:
    asker = town.as_party(partner)
    with town.house.store.read() as connection:
        dossier = load(connection, asker, case)
        facts = facts_of(connection, town.house, asker, dossier)
    shown = town.door.show(asker, purpose, Act.CASE_READ, Ask(dossier, facts))
    return shown.view.model_dump(exclude_unset=True)


@pytest.mark.parametrize(
    ("partner", "own", "foreign"),
    [("woonstichting", "HUUR-1", "WATER-1"), ("waterbedrijf", "WATER-1", "HUUR-1")],
)
def test_a_partner_sees_its_own_signals_only(town: Town, partner: str, own: str, foreign: str) -> None:
    seen = str(view(town, partner, shared(town), "aanleveren"))
    assert own in seen
    assert foreign not in seen


def test_a_partner_sees_nothing_of_the_person_the_case_or_the_arrears_of_others(town: Town) -> None:
    seen = view(town, "woonstichting", shared(town), "aanleveren")
    assert set(seen) <= {"signalen"}
    assert all(
        set(signal) <= {"signaal_ref", "signaaltype", "peildatum", "einde_levering"}
        for signal in seen["signalen"]
    )


def test_the_entry_names_the_own_subject_only(town: Town) -> None:
    case = shared(town)
    view(town, "woonstichting", case, "aanleveren")
    by_party = {s["party_id"]: s["signal_id"] for s in town.signals(case)}
    assert len(town.log(Act.CASE_READ, by_party["woonstichting"])) == 1
    assert town.log(Act.CASE_READ, by_party["waterbedrijf"]) == []


def test_a_partner_without_a_signal_in_the_case_is_refused_and_told_so_in_the_log(town: Town) -> None:
    case = shared(town)
    with pytest.raises(Denied) as refused:
        view(town, "energiebedrijf", case, "aanleveren")
    assert "eigen_signaal" in {failing.condition for failing in refused.value.failing}
    (entry,) = town.log(Act.ACCESS_DENIED)
    assert entry["org"] == "energiebedrijf"
    assert "subc" not in entry, "the refusal points at no resident"


def test_feedback_is_a_code_of_the_closed_list(town: Town) -> None:
    case = shared(town)
    told(town, case)
    seen = str(view(town, "woonstichting", case, "terugkoppelen"))
    assert "hulp_gestart" in seen
    assert "WATER-1" not in seen


@pytest.mark.parametrize(("days", "visible"), [(0, True), (89, True), (91, False)])
def test_feedback_is_there_for_ninety_days(town: Town, days: int, *, visible: bool) -> None:
    case = shared(town)
    told(town, case, days_ago=days)
    if visible:
        assert "hulp_gestart" in str(view(town, "woonstichting", case, "terugkoppelen"))
        return
    with pytest.raises(Denied):
        view(town, "woonstichting", case, "terugkoppelen")


def test_a_case_that_is_not_there_is_not_found(town: Town) -> None:
    with pytest.raises(NotFound):
        view(town, "woonstichting", CaseId("f" * 32), "aanleveren")
